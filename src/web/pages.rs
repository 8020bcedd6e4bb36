//! The few pages that links in mails lead to, the explorer, and health.

use askama::Template;
use poem::{
    Body, IntoResponse, Request, Response, handler,
    http::{StatusCode, header},
    web::{Data, Path, Query},
};
use serde::Deserialize;

use super::plain;
use crate::{
    app::App,
    endpoint::caller,
    error::{Error, ErrorCode, Refusal, Result},
    feedback::{self, Reply},
    gid::{self, Kind},
    i18n::{self, Locale},
    identity::{self, Register},
    initiatives,
    page::Args,
};

/// Bytes of a form at the most.
const FORM: usize = 256 * 1024;
/// What the explorer shows at first.
const EXAMPLE: &str = "{\n  initiatives(first: 5, orderBy: MOST_VOTES) {\n    totalCount\n    nodes {\n      title\n      state\n      threshold\n      tally { ballots counts }\n      department { name }\n    }\n  }\n}";

macro_rules! page {
    ($name:ident, $path:literal { $($field:ident : $type:ty),* $(,)? }) => {
        #[derive(Template)]
        #[template(path = $path)]
        struct $name { locale: Locale, $($field: $type),* }

        impl $name {
            fn t(&self, key: &str) -> String {
                i18n::text(self.locale, key, &[])
            }
        }
    };
}

page!(Home, "home.html" {});
page!(Note, "note.html" { title: String, lines: Vec<String>, button: Option<String> });
page!(Claim, "claim.html" { errors: Vec<String>, name: String, email: String });
page!(Explorer, "explorer.html" { example: &'static str });
page!(Ticket, "ticket.html" {
    title: String, subject: String, state: String, sent: bool, errors: Vec<String>, articles: Vec<Article>, may_reply: bool, text: String,
});

struct Article {
    from_us: bool,
    stamp: String,
    at: String,
    body: String,
}

fn html(status: StatusCode, locale: Locale, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => Response::builder()
            .status(status)
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_LANGUAGE, locale.tag())
            .header(header::CACHE_CONTROL, "no-store")
            .body(text),
        Err(error) => {
            tracing::error!(%error, "failed to render a page");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "failed to render the page")
        }
    }
}

fn locale(req: &Request) -> Locale {
    caller::preferred_locale(req).unwrap_or_default()
}

fn note(status: StatusCode, locale: Locale, title: &str, body: &str, button: Option<&str>) -> Response {
    let text = |key: &str| i18n::text(locale, key, &[]);
    let page = Note { locale, title: text(title), lines: vec![text(body)], button: button.map(text) };
    html(status, locale, &page)
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

/// A page for an error; a missing thing says so without telling whether it exists for others.
fn error_page(locale: Locale, error: Error) -> Response {
    let status = status(&error);
    if status == StatusCode::NOT_FOUND {
        return note(status, locale, "web-not-found-title", "web-not-found-body", None);
    }
    let message = error.for_client(locale).message;
    let title = i18n::text(locale, if status.is_server_error() { "web-error-title" } else { "web-refused-title" }, &[]);
    html(status, locale, &Note { locale, title, lines: vec![message], button: None })
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

#[handler]
pub async fn home(req: &Request) -> Response {
    let locale = locale(req);
    html(StatusCode::OK, locale, &Home { locale })
}

/// The explorer of the API.
pub fn explorer(locale: Locale) -> Response {
    html(StatusCode::OK, locale, &Explorer { locale, example: EXAMPLE })
}

fn asset(content_type: &'static str, text: &'static str) -> Response {
    Response::builder().content_type(content_type).header(header::CACHE_CONTROL, "max-age=3600").body(text)
}

#[handler]
pub async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("static/style.css"))
}

#[handler]
pub async fn explorer_script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("static/explorer.js"))
}

#[handler]
pub async fn explorer_style() -> Response {
    asset("text/css; charset=utf-8", include_str!("static/explorer.css"))
}

#[handler]
pub async fn schema() -> Response {
    asset("text/plain; charset=utf-8", include_str!("../../schema.graphql"))
}

/// Asks before it confirms, so that programs that look at the links of a mail do not use them up.
#[handler]
pub async fn confirm(req: &Request) -> Response {
    note(StatusCode::OK, locale(req), "web-confirm-title", "web-confirm-body", Some("web-confirm-button"))
}

#[handler]
pub async fn confirmed(req: &Request, Path(token): Path<String>, Data(app): Data<&App>) -> Response {
    let outcome = async {
        let viewer = visitor(app, req).await?;
        identity::confirm_email(app, &viewer, &token).await
    };
    match outcome.await {
        Ok(_) => note(StatusCode::OK, locale(req), "web-confirmed-title", "web-confirmed-body", None),
        Err(error) => error_page(locale(req), error),
    }
}

/// The viewer of a form, which must come from a page of ours.
async fn visitor(app: &App, req: &Request) -> Result<identity::Viewer> {
    if !caller::is_own(app, req) {
        return Err(Error::Forbidden);
    }
    caller::viewer(app, req).await
}

#[handler]
pub async fn claim(req: &Request) -> Response {
    let locale = locale(req);
    html(StatusCode::OK, locale, &Claim { locale, errors: Vec::new(), name: String::new(), email: String::new() })
}

#[derive(Deserialize)]
struct ClaimForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

async fn form<T: serde::de::DeserializeOwned>(body: Body) -> Result<T> {
    let refused = || Error::from(Refusal::new(ErrorCode::TooLong, "text").with("max", FORM).with("actual", "+"));
    let bytes = body.into_bytes_limit(FORM).await.map_err(|_| refused())?;
    serde_urlencoded::from_bytes(&bytes).map_err(|_| Refusal::new(ErrorCode::InvalidFormat, "text").with("example", "UTF-8").into())
}

#[handler]
pub async fn claimed(req: &Request, Path(token): Path<String>, body: Body, Data(app): Data<&App>) -> Response {
    let locale = locale(req);
    let input: ClaimForm = match form(body).await {
        Ok(input) => input,
        Err(error) => return error_page(locale, error),
    };
    let register = Register { name: input.name.clone(), email: input.email.clone(), password: input.password, locale };
    let outcome = async { identity::claim(app, &visitor(app, req).await?, &token, &register).await };
    match outcome.await {
        Ok(session) => {
            let page = note(StatusCode::OK, locale, "web-claim-title", "web-claim-done", None);
            page.with_header(header::SET_COOKIE, super::session_cookie(app, &session.token)).into_response()
        }
        Err(Error::Refused(refusals)) => {
            let errors = refusals.iter().map(|r| r.message(locale)).collect();
            html(StatusCode::BAD_REQUEST, locale, &Claim { locale, errors, name: input.name, email: input.email })
        }
        Err(error) => error_page(locale, error),
    }
}

#[derive(Deserialize, Default)]
struct Secret {
    secret: Option<String>,
}

async fn show_ticket(
    req: &Request,
    app: &App,
    number: &str,
    secret: Option<&str>,
    sent: bool,
    errors: Vec<String>,
    text: String,
) -> Response {
    let locale = locale(req);
    let outcome = async {
        let viewer = caller::viewer(app, req).await?;
        let row = feedback::by_number(app, &viewer, number, secret).await?;
        let args = Args { size: 100, from: None, backward: false };
        let articles = feedback::sql::articles(&app.db, row.id, false, &args).await?;
        Ok((viewer, row, articles))
    };
    match outcome.await {
        Ok((viewer, row, articles)) => {
            let state = format!("web-ticket-state-{}", row.state.name().to_lowercase().replace('_', "-"));
            let author = row.author_id.is_some() && row.author_id == viewer.id;
            let opened = secret.is_some_and(|secret| feedback::opens(&app.keys, row.id, secret));
            let page = Ticket {
                locale,
                title: i18n::text(locale, "web-ticket-title", &[("number", row.number.clone().into())]),
                subject: row.subject.clone(),
                state: i18n::text(locale, &state, &[]),
                sent,
                may_reply: (author || opened) && row.state != feedback::State::Merged,
                articles: articles
                    .into_iter()
                    .map(|a| Article {
                        from_us: a.direction == feedback::sql::Direction::Out,
                        stamp: a.created_at.to_rfc3339(),
                        at: a.created_at.format("%Y-%m-%d %H:%M UTC").to_string(),
                        body: a.body,
                    })
                    .collect(),
                text,
                errors,
            };
            html(if page.errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST }, locale, &page)
        }
        Err(error) => error_page(locale, error),
    }
}

#[handler]
pub async fn ticket(req: &Request, Path(number): Path<String>, query: poem::Result<Query<Secret>>, Data(app): Data<&App>) -> Response {
    let secret = query.map(|q| q.0).unwrap_or_default().secret;
    show_ticket(req, app, &number, secret.as_deref(), false, Vec::new(), String::new()).await
}

#[derive(Deserialize)]
struct ReplyForm {
    #[serde(default)]
    text: String,
}

#[handler]
pub async fn ticket_reply(
    req: &Request,
    Path(number): Path<String>,
    query: poem::Result<Query<Secret>>,
    body: Body,
    Data(app): Data<&App>,
) -> Response {
    let secret = query.map(|q| q.0).unwrap_or_default().secret;
    let input: ReplyForm = match form(body).await {
        Ok(input) => input,
        Err(error) => return error_page(locale(req), error),
    };
    let outcome = async {
        let viewer = visitor(app, req).await?;
        let row = feedback::by_number(app, &viewer, &number, secret.as_deref()).await?;
        let reply = Reply { text: input.text.clone(), note: false, secret: secret.clone(), uploads: Vec::new() };
        feedback::reply(app, &viewer, row.id, reply).await
    };
    match outcome.await {
        Ok(_) => show_ticket(req, app, &number, secret.as_deref(), true, Vec::new(), String::new()).await,
        Err(Error::Refused(refusals)) => {
            let errors = refusals.iter().map(|r| r.message(locale(req))).collect();
            show_ticket(req, app, &number, secret.as_deref(), false, errors, input.text).await
        }
        Err(error) => error_page(locale(req), error),
    }
}

/// Where links in notifications lead: a short account of an initiative; other things are read through the API.
#[handler]
pub async fn node(req: &Request, Path(id): Path<String>, Data(app): Data<&App>) -> Response {
    let locale = locale(req);
    let outcome = async {
        let not_found = || Error::from(Refusal::new(ErrorCode::NotFound, "id"));
        let viewer = caller::viewer(app, req).await?;
        let Some((Kind::Initiative, id)) = gid::decode(&id) else { return Err(not_found()) };
        let row = initiatives::visible(app, &viewer, id).await?;
        if row.hidden_at.is_some() { Err(not_found()) } else { Ok(row) }
    };
    match outcome.await {
        Ok(row) => html(StatusCode::OK, locale, &Note { locale, title: row.title, lines: vec![row.goal, row.effect], button: None }),
        Err(error) => error_page(locale, error),
    }
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
