//! One's own profile.

use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::web::{
    failure::Failure,
    ui::{Answer, Ui},
};

#[derive(Deserialize)]
struct Data {
    me: Option<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    id: String,
    name: String,
    bio: String,
    email: Option<String>,
    confirmed: Option<bool>,
    locale: Option<String>,
}

#[derive(Template)]
#[template(path = "account/settings.html")]
struct Settings {
    ui: Ui,
    me: Profile,
}

pub async fn show(ui: Ui) -> Answer {
    let data: Data = ui.ask("{ ...Shell me { id name bio email confirmed locale } }", Value::Null).await?;
    let me = data.me.ok_or(Failure::LogIn)?;
    ui.page(&Settings { me, ui: ui.clone() })
}

pub async fn save(ui: Ui) -> Answer {
    let input = ui.form.input(&ui).text("name").text("bio").maybe("locale").finish()?;
    match ui.mutate("updateProfile", input, "").await {
        Ok(_) => ui.go("/me/settings", Some(("flash-profile-saved", ""))),
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

/// Sends the mail with the link that confirms the address once more.
pub async fn confirm(ui: Ui) -> Answer {
    ui.mutate("resendConfirmation", json!({}), "").await?;
    ui.go("/me/settings", Some(("flash-confirmation-sent", "")))
}
