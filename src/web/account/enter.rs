//! The pages that links in mails lead to: confirming an address, claiming an installation.

use askama::Template;
use poem::http::{HeaderValue, header};
use serde_json::json;

use crate::web::{
    self,
    errors::Note,
    failure::Failure,
    ui::{Answer, Ui},
};

#[derive(Template)]
#[template(path = "claim.html")]
struct Claim {
    ui: Ui,
}

fn note(ui: &Ui, title: &str, body: &str, button: Option<&str>) -> Answer {
    ui.page(&Note { ui: ui.clone(), title: ui.t(title), lines: vec![ui.t(body)], button: button.map(|b| ui.t(b)) })
}

/// Asks before it confirms, so that programs that look at the links of a mail do not use them up.
pub async fn confirm(ui: Ui) -> Answer {
    ui.ask_shell().await?;
    note(&ui, "web-confirm-title", "web-confirm-body", Some("web-confirm-button"))
}

pub async fn confirmed(ui: Ui) -> Answer {
    ui.mutate("confirmEmail", json!({ "token": ui.param("token") }), "").await?;
    let to = if ui.is_known() { "/me" } else { "/login" };
    ui.go(to, Some(("flash-confirmed", "")))
}

pub async fn claim(ui: Ui) -> Answer {
    ui.page(&Claim { ui: ui.clone() })
}

pub async fn claimed(ui: Ui) -> Answer {
    let account =
        ui.form.input(&ui).text("name").text("email").text("password").with("locale", ui.locale().tag().to_uppercase()).finish()?;
    match ui.mutate("claimInstallation", json!({ "token": ui.param("token"), "account": account }), "session { token }").await {
        Ok(payload) => {
            let mut response = ui.go("/admin", Some(("flash-claimed", "")))?;
            let token = payload["session"]["token"].as_str().unwrap_or_default();
            if let Ok(cookie) = HeaderValue::from_str(&web::session_cookie(ui.app(), token)) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            Ok(response)
        }
        Err(Failure::Refused(errors)) => {
            let ui = ui.with_errors(errors.into_iter().map(|e| e.inside("account")).collect());
            claim(ui).await
        }
        Err(other) => Err(other),
    }
}
