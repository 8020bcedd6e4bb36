//! Finding a ticket by its number and code, for whoever wrote without an account.

use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    feedback::is_number,
    web::{
        failure::FieldError,
        ui::{Answer, Ui},
    },
};

#[derive(Template)]
#[template(path = "tickets/track.html")]
struct Page {
    ui: Ui,
}

#[derive(Deserialize)]
struct Data {
    ticket: Option<Value>,
}

pub async fn show(ui: Ui) -> Answer {
    ui.ask_shell().await?;
    ui.page(&Page { ui: ui.clone() })
}

pub async fn find(ui: Ui) -> Answer {
    let (number, code) = (ui.form.get("number").trim(), ui.form.get("code").trim());
    if !is_number(number) {
        let wrong = FieldError::new("number", ui.t("track-wrong-number"));
        return show(ui.with_errors(vec![wrong])).await;
    }
    let secret = Some(code).filter(|code| !code.is_empty());
    let document = "query($number: String!, $secret: String) { ticket(number: $number, secret: $secret) { id } }";
    let data: Data = ui.ask(document, json!({ "number": number, "secret": secret })).await?;
    if data.ticket.is_none() {
        // Which of the two is wrong is nobody's business.
        let wrong = FieldError::new("code", ui.t("track-not-found"));
        return show(ui.with_errors(vec![wrong])).await;
    }
    ui.go(&path(number, code), None)
}

/// The address of a ticket's page, with the secret of its link where there is one.
pub fn path(number: &str, secret: &str) -> String {
    let query = serde_urlencoded::to_string([("secret", secret)]).unwrap_or_default();
    if secret.is_empty() { format!("/tickets/{number}") } else { format!("/tickets/{number}?{query}") }
}
