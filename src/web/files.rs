//! Uploads and downloads.

use poem::{
    Body, Request, Response, handler,
    http::{StatusCode, header},
    web::{Data, Path, Query},
};
use serde::Deserialize;
use uuid::Uuid;

use super::pages;
use crate::{
    app::App,
    attachments, channels,
    endpoint::caller,
    error::{Error, ErrorCode, Refusal},
    gid::{self, Kind},
    i18n::Locale,
    identity::Act,
};

/// The name of an uploaded file.
#[derive(Deserialize)]
pub struct Name {
    name: String,
}

/// The secret of a ticket's link, for an author without an account.
#[derive(Deserialize)]
pub struct Secret {
    secret: Option<String>,
}

/// Takes a file as the body of a request; `X-Veche-Upload: 1` shows that no form of another site sent it.
#[handler]
pub async fn upload(req: &Request, body: Body, query: poem::Result<Query<Name>>, Data(app): Data<&App>) -> Response {
    let locale = caller::preferred_locale(req).unwrap_or_default();
    let outcome = async {
        let viewer = caller::viewer(app, req).await?;
        if !req.headers().contains_key("x-veche-upload") {
            return Err(Refusal::new(ErrorCode::Required, "X-Veche-Upload").into());
        }
        let name = query.map_err(|_| Error::from(Refusal::new(ErrorCode::Required, "fileName")))?.0.name;
        let most = app.config.limits.upload_bytes;
        let content_type = req.content_type().unwrap_or("application/octet-stream").to_owned();
        let bytes = body.into_bytes_limit(most).await;
        let bytes = bytes.map_err(|_| Error::from(Refusal::new(ErrorCode::TooLong, "file").with("max", most).with("actual", "+")))?;
        attachments::store(app, &viewer, &name, &content_type, &bytes).await
    };
    match outcome.await {
        Ok(id) => json(StatusCode::OK, &serde_json::json!({ "id": gid::encode(Kind::Attachment, id) })),
        Err(error) => refused(error, locale),
    }
}

/// Gives a file to whoever may read what it belongs to. It is never shown inside our own pages, so that nothing in it can run.
#[handler]
pub async fn download(req: &Request, Path(id): Path<String>, query: poem::Result<Query<Secret>>, Data(app): Data<&App>) -> Response {
    let outcome = async {
        let viewer = caller::viewer(app, req).await?;
        let id = Uuid::try_parse(&id).map_err(|_| Refusal::new(ErrorCode::NotFound, "id"))?;
        let secret = query.ok().and_then(|q| q.0.secret);
        attachments::content(app, &viewer, id, secret.as_deref()).await
    };
    match outcome.await {
        Ok(file) => attachment(&file.name, &file.content_type, file.content),
        Err(error) => refused(error, caller::preferred_locale(req).unwrap_or_default()),
    }
}

/// Gives administrators a message that could not be read, as it came: bytes, of which nothing is believed.
#[handler]
pub async fn raw(req: &Request, Path(id): Path<String>, Data(app): Data<&App>) -> Response {
    let outcome = async {
        let viewer = caller::viewer(app, req).await?;
        viewer.may(Act::Administer)?;
        let id = Uuid::try_parse(&id).map_err(|_| Refusal::new(ErrorCode::NotFound, "id"))?;
        channels::unreadable_raw(app, &viewer, id).await
    };
    match outcome.await {
        Ok(content) => attachment(&format!("message-{id}.raw"), "application/octet-stream", content),
        Err(error) => refused(error, caller::preferred_locale(req).unwrap_or_default()),
    }
}

/// A file to be saved, which no browser shows or runs.
fn attachment(name: &str, content_type: &str, content: Vec<u8>) -> Response {
    let plain = |b: u8| if b.is_ascii_alphanumeric() || b".-_".contains(&b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    let name: String = name.bytes().map(plain).collect();
    Response::builder()
        .content_type(content_type)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}"))
        .header(header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'")
        .body(content)
}

fn json(status: StatusCode, value: &serde_json::Value) -> Response {
    Response::builder().status(status).content_type("application/json; charset=utf-8").body(value.to_string())
}

fn refused(error: Error, locale: Locale) -> Response {
    let status = pages::status(&error);
    let error = error.for_client(locale);
    json(status, &serde_json::json!({ "error": error.message }))
}
