//! The end of mails of a kind, by the link in one of them. Whoever holds the link needs no session.

use poem::{
    Body, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::{Data, Path},
};

use crate::{
    app::App,
    notify,
    web::{
        errors::Note,
        failure::Failure,
        plain,
        ui::{Answer, Ui},
    },
};

/// Asks and explains: looking at a link ends nothing, as mail servers look at links too.
pub async fn show(ui: Ui) -> Answer {
    ui.ask_shell().await?;
    let known = notify::unsubscription(ui.app(), ui.param("token")).await.map_err(|error| Failure::of(error, ui.locale()))?;
    let known = known.ok_or(Failure::NotFound)?;
    let kind = ui.named("alert", known.kind.name());
    let page = if known.on {
        Note {
            title: ui.t("unsubscribe-title"),
            lines: vec![ui.t1("unsubscribe-body", "kind", kind), ui.t("unsubscribe-others")],
            button: Some(ui.t("unsubscribe-button")),
            ui: ui.clone(),
        }
    } else {
        Note {
            title: ui.t("unsubscribe-done-title"),
            lines: vec![ui.t1("unsubscribe-done-body", "kind", kind), ui.t("unsubscribe-others")],
            button: None,
            ui: ui.clone(),
        }
    };
    ui.page(&page)
}

/// What a mail program sends for one click (RFC 8058, 3.1).
const ONE_CLICK: &[u8] = b"List-Unsubscribe=One-Click";
/// Bytes of a request at the most.
const MOST: usize = 16 * 1024;

/// Ends the mails: for a mail program, which follows no redirects, and for the button of the page.
#[handler]
pub async fn end(Path(token): Path<String>, body: Body, Data(app): Data<&App>) -> Response {
    let Ok(body) = body.into_bytes_limit(MOST).await else { return plain(StatusCode::PAYLOAD_TOO_LARGE, "too large") };
    match notify::unsubscribe(app, &token).await {
        Ok(Some(_)) if body.windows(ONE_CLICK.len()).any(|part| part == ONE_CLICK) => plain(StatusCode::OK, "ok"),
        Ok(Some(_)) => {
            let mut response = Response::builder().status(StatusCode::SEE_OTHER).finish();
            if let Ok(location) = HeaderValue::from_str(&format!("/unsubscribe/{token}")) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            response
        }
        Ok(None) => plain(StatusCode::NOT_FOUND, "not found"),
        Err(error) => {
            tracing::error!(%error, "failed to end mails");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "try again later")
        }
    }
}
