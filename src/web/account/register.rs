//! Making an account.

use askama::Template;

use crate::web::{
    failure::Failure,
    ui::{self, Answer, Ui},
};

#[derive(Template)]
#[template(path = "account/register.html")]
struct Register {
    ui: Ui,
}

#[derive(Template)]
#[template(path = "account/registered.html")]
struct Registered {
    ui: Ui,
}

pub async fn show(ui: Ui) -> Answer {
    if ui.is_known() {
        return ui.go(ui::local(ui.arg("next")).unwrap_or("/me"), None);
    }
    ui.page(&Register { ui: ui.clone() })
}

pub async fn send(ui: Ui) -> Answer {
    let input = ui.form.input(&ui).text("name").text("email").text("password").with("locale", ui.locale().tag().to_uppercase()).finish()?;
    match ui.mutate("register", input, "email").await {
        Ok(_) => ui.go("/register/done", None),
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

pub async fn done(ui: Ui) -> Answer {
    ui.ask_shell().await?;
    ui.page(&Registered { ui: ui.clone() })
}
