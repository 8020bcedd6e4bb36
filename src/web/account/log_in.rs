//! Logging in and out. Whoever has to log in in the middle of something goes on with what they had typed.

use askama::Template;
use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};
use serde_json::json;

use crate::{
    demo,
    web::{
        self, errors,
        failure::{Failure, FieldError},
        form, plain,
        ui::{self, Answer, Ui},
    },
};

#[derive(Template)]
#[template(path = "account/login.html")]
struct LogIn {
    ui: Ui,
    next: String,
    /// A form that waits for its sender, as `application/x-www-form-urlencoded`.
    carried: String,
    asked: bool,
    /// Accounts to try, where the installation is a demonstration.
    offers: Vec<demo::Offer>,
}

async fn offers(ui: &Ui) -> Result<Vec<demo::Offer>, Failure> {
    demo::offers(ui.app()).await.map_err(|error| Failure::of(error, ui.locale()))
}

/// The way back that an address names, if it is one of ours.
fn next(given: &str) -> String {
    ui::local(given).filter(|to| !to.starts_with("/log")).unwrap_or("/me").to_owned()
}

pub async fn show(ui: Ui) -> Answer {
    if ui.is_known() {
        return ui.go(&next(ui.arg("next")), None);
    }
    let offers = offers(&ui).await?;
    ui.page(&LogIn { next: next(ui.arg("next")), carried: String::new(), asked: !ui.arg("next").is_empty(), offers, ui: ui.clone() })
}

/// Asks somebody to log in: for a page by going to the form, for a form that was sent by keeping it.
pub fn asked(ui: &Ui) -> Response {
    if !ui.form.is_sent() {
        let to = serde_urlencoded::to_string([("next", ui.with_args(&[]))]).unwrap_or_default();
        return ui.go(&format!("/login?{to}"), None).unwrap_or_else(|_| plain(StatusCode::UNAUTHORIZED, ""));
    }
    let mut typed = ui.form.typed();
    typed.extend(ui.form.uploaded().into_iter().map(|id| (form::UPLOADED.to_owned(), id)));
    let carried = serde_urlencoded::to_string(&typed).unwrap_or_default();
    let page = LogIn { ui: ui.clone(), next: ui.path.clone(), carried, asked: true, offers: Vec::new() };
    ui.page_with(StatusCode::UNAUTHORIZED, &page).unwrap_or_else(|_| plain(StatusCode::UNAUTHORIZED, ""))
}

/// A new session begins with every log-in; whatever session the browser brought is of no use to anybody.
pub async fn send(ui: Ui) -> Answer {
    let (carried, to) = (ui.form.get("carried").to_owned(), next(ui.form.get("next")));
    let input = ui.form.input(&ui).text("email").text("password").finish()?;
    let payload = match ui.mutate("logIn", input, "session { token participant { locale } }").await {
        Ok(payload) => payload,
        Err(Failure::Refused(errors)) => {
            let ui = ui.with_errors(errors.into_iter().map(|e| FieldError { path: Vec::new(), ..e }).collect());
            let offers = offers(&ui).await?;
            return ui.page(&LogIn { ui: ui.clone(), next: to, carried, asked: false, offers });
        }
        Err(other) => return Err(other),
    };
    let token = payload["session"]["token"].as_str().unwrap_or_default();
    let mut response = if carried.is_empty() {
        ui.go(&to, Some(("flash-logged-in", "")))?
    } else {
        // The form of before belongs to no session: it is shown again in the new one, to be sent by hand.
        go_on(&ui, &to, &carried, token).await?
    };
    if let Ok(cookie) = HeaderValue::from_str(&web::session_cookie(ui.app(), token)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn go_on(ui: &Ui, to: &str, carried: &str, token: &str) -> Answer {
    let ui = ui.in_session(token).await?;
    errors::again(&ui, StatusCode::OK, to, form::pairs(carried.as_bytes()))
}

pub async fn out(ui: Ui) -> Answer {
    ui.mutate("logOut", json!({}), "").await?;
    let mut response = ui.go("/", Some(("flash-logged-out", "")))?;
    if let Ok(cookie) = HeaderValue::from_str(&web::no_session_cookie(ui.app())) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
