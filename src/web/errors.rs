//! What is shown when something cannot be: kindly, and without losing what was typed.

use askama::Template;
use poem::{IntoResponse, Response, http::StatusCode};

use super::{
    account::log_in,
    failure::Failure,
    plain,
    ui::{Answer, Ui},
};

#[derive(Template)]
#[template(path = "note.html")]
pub struct Note {
    pub ui: Ui,
    pub title: String,
    pub lines: Vec<String>,
    pub button: Option<String>,
}

/// A form of another session, to be looked at and sent anew.
#[derive(Template)]
#[template(path = "again.html")]
struct Again {
    ui: Ui,
    action: String,
    typed: Vec<(String, String)>,
    shown: Vec<String>,
}

/// Shows what was typed, to be sent once more by hand to an address of ours.
///
/// # Errors
/// The template failed.
pub fn again(ui: &Ui, status: StatusCode, action: &str, typed: Vec<(String, String)>) -> Answer {
    let said = |(name, value): &&(String, String)| value.contains(char::is_whitespace) && !["next", "carried"].contains(&name.as_str());
    let shown = typed.iter().filter(said).map(|(_, value)| value.clone()).collect();
    ui.page_with(status, &Again { ui: ui.clone(), action: action.to_owned(), typed, shown })
}

/// The page for a failure.
pub async fn show(ui: Ui, failure: Failure) -> Response {
    // The frame is better with the reader's name; without it, it does as well.
    let _ = ui.ask_shell().await;
    let note = |status: StatusCode, title: &str, lines: Vec<String>| {
        let page = Note { ui: ui.clone(), title: ui.t(title), lines, button: None };
        ui.page_with(status, &page).unwrap_or_else(|_| plain(status, &page.title))
    };
    match failure {
        Failure::NotFound => note(StatusCode::NOT_FOUND, "web-not-found-title", vec![ui.t("web-not-found-body")]),
        Failure::Foreign => note(StatusCode::FORBIDDEN, "web-foreign-title", vec![ui.t("web-foreign-body")]),
        Failure::Refused(errors) => {
            let missing = errors.iter().any(|e| matches!(e.code.as_str(), "NOT_FOUND" | "NotFound"));
            let status = if missing { StatusCode::NOT_FOUND } else { StatusCode::UNPROCESSABLE_ENTITY };
            note(status, "web-refused-title", errors.into_iter().map(|e| e.message).collect())
        }
        Failure::Other(status, message) => {
            let title = if status.is_server_error() { "web-error-title" } else { "web-refused-title" };
            note(status, title, vec![message])
        }
        Failure::LogIn => log_in::asked(&ui),
        Failure::Stale if ui.form.is_sent() => {
            again(&ui, StatusCode::FORBIDDEN, &ui.path, ui.form.typed()).unwrap_or_else(|_| plain(StatusCode::FORBIDDEN, ""))
        }
        Failure::Stale => note(StatusCode::FORBIDDEN, "web-foreign-title", vec![ui.t("web-foreign-body")]),
    }
    .into_response()
}
