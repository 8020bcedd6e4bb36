//! Accounts of programs and their keys.

use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{people::Person, person, settle};
use crate::web::{
    failure::Failure,
    parts::List,
    ui::{Answer, Ui},
};

const LIST: &str = "{ ...Shell participants(filter: { role: SERVICE }, first: 100) { nodes { id name roles createdAt } } }";

#[derive(Template)]
#[template(path = "admin/services.html")]
struct Page {
    ui: Ui,
    services: Vec<Person>,
}

/// A new key, which is shown this once.
#[derive(Template)]
#[template(path = "admin/token.html")]
struct NewToken {
    ui: Ui,
    secret: String,
    back: String,
}

pub async fn list(ui: Ui) -> Answer {
    #[derive(Deserialize)]
    struct Data {
        participants: List<Person>,
    }
    let data: Data = ui.ask(LIST, Value::Null).await?;
    ui.page(&Page { services: data.participants.nodes, ui: ui.clone() })
}

pub async fn create(ui: Ui) -> Answer {
    let input = ui.form.input(&ui).text("name").finish()?;
    match ui.mutate("createServiceAccount", input, "participant { id }").await {
        Ok(payload) => {
            let id = payload["participant"]["id"].as_str().unwrap_or_default();
            ui.go(&format!("/admin/people/{id}"), Some(("flash-service-created", "")))
        }
        Err(Failure::Refused(errors)) => list(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

pub async fn create_token(ui: Ui) -> Answer {
    let scopes = if ui.form.has("converse") { json!(["INTAKE", "CONVERSE"]) } else { json!(["INTAKE"]) };
    let input = ui.form.input(&ui).with("serviceAccountId", ui.param("id")).with("scopes", scopes).text("name");
    let outcome = match input.int("expiresInDays").finish() {
        Ok(input) => ui.mutate("createAccessToken", input, "created { secret }").await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(payload) => {
            ui.ask_shell().await?;
            let secret = payload["created"]["secret"].as_str().unwrap_or_default().to_owned();
            ui.page(&NewToken { secret, back: format!("/admin/people/{}", ui.param("id")), ui: ui.clone() })
        }
        Err(Failure::Refused(errors)) => person::show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

pub async fn revoke_token(ui: Ui) -> Answer {
    let to = format!("/admin/people/{}", ui.form.get("owner"));
    let input = json!({ "tokenId": ui.param("id") });
    settle(ui.clone(), ("revokeAccessToken", Ok(input)), &to, "flash-token-revoked", list).await
}
