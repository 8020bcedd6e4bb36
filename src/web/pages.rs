//! The explorer of the API, the schema, health, and what is said when no page can be made.

use askama::Template;
use poem::{
    Response, handler,
    http::{StatusCode, header},
    web::Data,
};

use super::{assets, plain};
use crate::{
    app::App,
    error::{Error, ErrorCode},
    i18n::{self, Locale},
};

/// What the explorer shows at first.
const EXAMPLE: &str = "{\n  initiatives(first: 5, orderBy: MOST_VOTES) {\n    totalCount\n    nodes {\n      title\n      state\n      threshold\n      tally { ballots counts }\n      department { name }\n    }\n  }\n}";

/// The explorer stands outside the frame of the pages: it is shown where a browser asks the endpoint itself.
#[derive(Template)]
#[template(path = "explorer.html")]
struct Explorer {
    locale: Locale,
    example: &'static str,
}

impl Explorer {
    fn t(&self, key: &str) -> String {
        i18n::text(self.locale, key, &[])
    }

    fn asset(&self, name: &str) -> String {
        assets::url(name)
    }
}

/// The HTTP status of an error.
pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::Refused(refusals) if refusals.iter().any(|r| r.code == ErrorCode::NotFound) => StatusCode::NOT_FOUND,
        Error::Refused(_) | Error::BadRequest(_) => StatusCode::BAD_REQUEST,
        Error::Repeated => StatusCode::CONFLICT,
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden => StatusCode::FORBIDDEN,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Whatever went wrong outside our own handlers: an unknown path, a wrong method.
pub async fn failed(error: poem::Error) -> Response {
    let status = error.status();
    if status.is_server_error() {
        tracing::error!(%error, "a request failed");
    }
    let key = if status == StatusCode::NOT_FOUND { "web-not-found-title" } else { "web-refused-title" };
    plain(status, &Locale::ALL.map(|l| i18n::text(l, key, &[])).join(" / "))
}

/// The explorer of the API.
pub fn explorer(locale: Locale) -> Response {
    match (Explorer { locale, example: EXAMPLE }).render() {
        Ok(text) => Response::builder().content_type("text/html; charset=utf-8").header(header::CONTENT_LANGUAGE, locale.tag()).body(text),
        Err(error) => {
            tracing::error!(%error, "failed to render the explorer");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "failed to render the page")
        }
    }
}

/// The schema, for tools that read it from here.
#[handler]
pub async fn schema() -> Response {
    let answer = Response::builder().content_type("text/plain; charset=utf-8").header(header::CACHE_CONTROL, "max-age=3600");
    answer.body(include_str!("../../schema.graphql"))
}

/// The process runs.
#[handler]
pub async fn live() -> Response {
    plain(StatusCode::OK, "live")
}

/// The process can do its work: the database answers.
#[handler]
pub async fn ready(Data(app): Data<&App>) -> Response {
    let probe = sqlx::query("select 1").execute(&app.db);
    match tokio::time::timeout(std::time::Duration::from_secs(2), probe).await {
        Ok(Ok(_)) => plain(StatusCode::OK, "ready"),
        _ => plain(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}
