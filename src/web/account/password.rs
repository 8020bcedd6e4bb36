//! Passwords: forgotten, set anew, changed.

use askama::Template;
use serde_json::json;

use crate::web::{
    failure::{Failure, FieldError},
    ui::{Answer, Ui},
};

#[derive(Template)]
#[template(path = "account/forgot.html")]
struct Forgot {
    ui: Ui,
}

pub async fn forgot(ui: Ui) -> Answer {
    ui.ask_shell().await?;
    ui.page(&Forgot { ui: ui.clone() })
}

/// The answer is the same whether or not there is such an account.
pub async fn ask(ui: Ui) -> Answer {
    let input = ui.form.input(&ui).text("email").finish()?;
    match ui.mutate("requestPasswordReset", input, "").await {
        Ok(_) => ui.go("/login", Some(("flash-reset-sent", ui.form.get("email").trim()))),
        Err(Failure::Refused(errors)) => forgot(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

#[derive(Template)]
#[template(path = "account/reset.html")]
struct Reset {
    ui: Ui,
}

pub async fn reset(ui: Ui) -> Answer {
    ui.ask_shell().await?;
    ui.page(&Reset { ui: ui.clone() })
}

pub async fn renew(ui: Ui) -> Answer {
    let input = json!({ "token": ui.param("token"), "password": ui.form.get("password") });
    match ui.mutate("resetPassword", input, "").await {
        Ok(_) => ui.go("/login", Some(("flash-password-reset", ""))),
        Err(Failure::Refused(errors)) => {
            // The link is no field of the form.
            let shown = errors.into_iter().map(|e| if e.field() == "token" { FieldError { path: Vec::new(), ..e } } else { e }).collect();
            reset(ui.with_errors(shown)).await
        }
        Err(other) => Err(other),
    }
}

#[derive(Template)]
#[template(path = "account/password.html")]
struct Password {
    ui: Ui,
}

pub async fn show(ui: Ui) -> Answer {
    if !ui.is_known() {
        return Err(Failure::LogIn);
    }
    ui.ask_shell().await?;
    ui.page(&Password { ui: ui.clone() })
}

pub async fn change(ui: Ui) -> Answer {
    let input = ui.form.input(&ui).text("current").text("password").finish()?;
    match ui.mutate("changePassword", input, "").await {
        Ok(_) => ui.go("/me/settings", Some(("flash-password-changed", ""))),
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}
