//! Tokens for programs that act for somebody.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::web::{
    failure::Failure,
    ui::{Answer, Ui},
};

#[derive(Deserialize)]
struct Data {
    me: Option<Owner>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    access_tokens: Option<Vec<Token>>,
}

/// A key for programs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    pub id: String,
    pub name: String,
    pub scopes: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Template)]
#[template(path = "account/tokens.html")]
struct Tokens {
    ui: Ui,
    tokens: Vec<Token>,
    scopes: Vec<&'static str>,
    /// Of the token that was just made.
    secret: Option<String>,
}

impl Tokens {
    /// Whether a box stays ticked when the form is shown again.
    fn ticked(&self, scope: &str) -> bool {
        self.ui.form.all("scopes").iter().any(|s| s == scope)
    }
}

async fn page(ui: Ui, secret: Option<String>) -> Answer {
    let document = "{ ...Shell me { accessTokens { id name scopes createdAt expiresAt revokedAt } } }";
    let owner = ui.ask::<Data>(document, Value::Null).await?.me.ok_or(Failure::LogIn)?;
    let mut scopes = vec!["READ", "PARTICIPATE"];
    scopes.extend([("TRIAGE", ui.is_expert()), ("ADMINISTER", ui.is_administrator())].iter().filter(|s| s.1).map(|s| s.0));
    ui.page(&Tokens { tokens: owner.access_tokens.unwrap_or_default(), scopes, secret, ui: ui.clone() })
}

pub async fn show(ui: Ui) -> Answer {
    page(ui, None).await
}

/// The secret is shown in the answer itself: it is kept nowhere, not even for the time of a redirect.
pub async fn create(ui: Ui) -> Answer {
    let input = match ui.form.input(&ui).text("name").list("scopes").int("expiresInDays").finish() {
        Ok(input) => input,
        Err(Failure::Refused(errors)) => return show(ui.with_errors(errors)).await,
        Err(other) => return Err(other),
    };
    match ui.mutate("createAccessToken", input, "created { secret }").await {
        Ok(payload) => page(ui, payload["created"]["secret"].as_str().map(str::to_owned)).await,
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

pub async fn revoke(ui: Ui) -> Answer {
    ui.mutate("revokeAccessToken", json!({ "tokenId": ui.form.get("tokenId") }), "").await?;
    ui.go("/me/tokens", Some(("flash-own-token-revoked", "")))
}
