//! The GraphQL endpoint: JSON over POST, subscriptions over WebSocket (graphql-transport-ws) and server-sent events.

use std::time::Duration;

use async_graphql::{Data, Executor, ServerError, http::ALL_WEBSOCKET_PROTOCOLS};
use async_graphql_poem::{GraphQLProtocol, GraphQLWebSocket};
use futures_util::StreamExt;
use poem::{
    Body, IntoResponse, Request, Response, handler,
    http::{StatusCode, header},
    web::{
        Data as Shared,
        sse::{Event, SSE},
        websocket::WebSocket,
    },
};

use super::{
    messages::{self, Spoken},
    pages, request,
};
use crate::{
    app::App,
    error::Error,
    graphql::batch,
    i18n::{self, Locale},
    identity::{self, Viewer},
    schema::ApiSchema,
};

/// GraphQL over POST. Only `application/json` is taken, which a page of another site cannot send unasked.
#[handler]
pub async fn post(req: &Request, body: Body, Shared(app): Shared<&App>, Shared(api): Shared<&ApiSchema>) -> Response {
    let locale = request::preferred_locale(req).unwrap_or_default();
    let is_json =
        req.content_type().is_some_and(|t| t.split(';').next().is_some_and(|t| t.trim().eq_ignore_ascii_case("application/json")));
    if !is_json {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, locale, "BAD_REQUEST", "request-content-type", &[]);
    }
    let limits = &app.config.limits;
    let Ok(bytes) = body.into_bytes_limit(limits.body_bytes).await else {
        return refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            locale,
            "BAD_REQUEST",
            "request-body-too-large",
            &[("max", limits.body_bytes.into())],
        );
    };
    let parsed: Result<async_graphql::Request, _> = serde_json::from_slice(&bytes);
    let query = match parsed {
        Ok(query) if !query.query.trim().is_empty() => query,
        Ok(_) => {
            let args = [("path", "query".into()), ("expected", i18n::text(locale, "type-string", &[]).into())];
            return refused(StatusCode::BAD_REQUEST, locale, "BAD_REQUEST", "request-validation-missing-argument", &args);
        }
        Err(error) => {
            let args = [("detail", messages::detail(&error.to_string()).into())];
            return refused(StatusCode::BAD_REQUEST, locale, "BAD_REQUEST", "request-bad-request", &args);
        }
    };
    let viewer = match request::viewer(app, req).await {
        Ok(viewer) => viewer,
        Err(error) => {
            let status = if matches!(error, Error::Unauthenticated) { StatusCode::UNAUTHORIZED } else { StatusCode::INTERNAL_SERVER_ERROR };
            return answer(status, locale, &async_graphql::Response::from_errors(vec![failure(error, locale)]));
        }
    };
    let locale = viewer.locale;
    let query = query.data(batch(app, &viewer)).data(viewer);
    let api = Spoken { api: api.clone(), locale };
    if wants_stream(req) {
        return stream(&api, query);
    }
    let limit = Duration::from_secs(limits.timeout_seconds);
    let Ok(response) = tokio::time::timeout(limit, api.execute(query)).await else {
        return refused(
            StatusCode::GATEWAY_TIMEOUT,
            locale,
            "BAD_REQUEST",
            "request-timeout",
            &[("seconds", limits.timeout_seconds.into())],
        );
    };
    answer(StatusCode::OK, locale, &response)
}

fn failure(error: Error, locale: Locale) -> ServerError {
    error.for_client(locale).into_server_error(async_graphql::Pos::default())
}

fn refused(status: StatusCode, locale: Locale, code: &'static str, key: &str, args: &[(&str, i18n::Value)]) -> Response {
    let mut error = ServerError::new(i18n::text(locale, key, args), None);
    let mut extensions = async_graphql::ErrorExtensionValues::default();
    extensions.set("code", code);
    error.extensions = Some(extensions);
    answer(status, locale, &async_graphql::Response::from_errors(vec![error]))
}

fn answer(status: StatusCode, locale: Locale, response: &async_graphql::Response) -> Response {
    let mut builder = Response::builder()
        .status(status)
        .content_type("application/json; charset=utf-8")
        .header(header::CONTENT_LANGUAGE, locale.tag())
        .header(header::CACHE_CONTROL, "no-store");
    for (name, value) in &response.http_headers {
        builder = builder.header(name, value);
    }
    let wait = response.errors.iter().find_map(|e| e.extensions.as_ref()?.get("retryAfter").cloned());
    if let Some(async_graphql::Value::Number(seconds)) = wait {
        builder = builder.header(header::RETRY_AFTER, seconds.to_string());
    }
    match serde_json::to_string(response) {
        Ok(text) => builder.body(text),
        Err(error) => {
            tracing::error!(%error, "failed to write an answer");
            super::plain(StatusCode::INTERNAL_SERVER_ERROR, "failed to write the answer")
        }
    }
}

fn wants_stream(req: &Request) -> bool {
    req.headers().get(header::ACCEPT).and_then(|a| a.to_str().ok()).is_some_and(|a| a.contains("text/event-stream"))
}

/// A subscription as server-sent events (the GraphQL over SSE protocol, distinct connections).
fn stream(api: &Spoken, query: async_graphql::Request) -> Response {
    let next = |response| Event::message(serde_json::to_string(&response).unwrap_or_default()).event_type("next");
    let complete = futures_util::stream::once(std::future::ready(Event::message("").event_type("complete")));
    let events = api.execute_stream(query, None).map(next).chain(complete);
    SSE::new(events.boxed()).keep_alive(Duration::from_secs(15)).into_response()
}

/// The explorer for a browser; anything else is told to use POST.
#[handler]
pub async fn get(req: &Request, Shared(app): Shared<&App>, Shared(api): Shared<&ApiSchema>) -> Response {
    if req.headers().contains_key(header::SEC_WEBSOCKET_KEY) {
        return upgrade(req, app, api).await;
    }
    let locale = request::preferred_locale(req).unwrap_or_default();
    let accepts_html = req.headers().get(header::ACCEPT).and_then(|a| a.to_str().ok()).is_some_and(|a| a.contains("text/html"));
    if accepts_html {
        return pages::explorer(locale);
    }
    let mut response = refused(StatusCode::METHOD_NOT_ALLOWED, locale, "BAD_REQUEST", "request-use-post", &[]);
    response.headers_mut().insert(header::ALLOW, poem::http::HeaderValue::from_static("POST"));
    response
}

/// Subscriptions over WebSocket.
#[handler]
pub async fn socket(req: &Request, Shared(app): Shared<&App>, Shared(api): Shared<&ApiSchema>) -> Response {
    upgrade(req, app, api).await
}

async fn upgrade(req: &Request, app: &App, api: &ApiSchema) -> Response {
    let locale = request::preferred_locale(req).unwrap_or_default();
    if !request::same_origin(app, req) {
        return refused(StatusCode::FORBIDDEN, locale, "FORBIDDEN", "request-forbidden", &[]);
    }
    let offered = req.headers().get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|p| p.to_str().ok()).unwrap_or_default();
    let Some(protocol) = offered.split(',').find_map(|p| p.trim().parse().ok()) else {
        return refused(StatusCode::BAD_REQUEST, locale, "BAD_REQUEST", "request-socket-protocol", &[]);
    };
    let viewer = match request::viewer(app, req).await {
        Ok(viewer) => viewer,
        Err(error) => return answer(StatusCode::UNAUTHORIZED, locale, &async_graphql::Response::from_errors(vec![failure(error, locale)])),
    };
    let Ok(websocket) = req_socket(req).await else {
        return refused(StatusCode::BAD_REQUEST, locale, "BAD_REQUEST", "request-socket-protocol", &[]);
    };
    let (app, api) = (app.clone(), Spoken { api: api.clone(), locale: viewer.locale });
    websocket
        .protocols(ALL_WEBSOCKET_PROTOCOLS)
        .on_upgrade(move |stream| async move {
            GraphQLWebSocket::new(stream, api, GraphQLProtocol(protocol))
                .on_connection_init(move |payload| init(app, viewer, payload))
                .serve()
                .await;
        })
        .into_response()
}

async fn req_socket(req: &Request) -> poem::Result<WebSocket> {
    use poem::FromRequest;
    WebSocket::from_request(req, &mut poem::RequestBody::default()).await
}

/// Takes the token from the first message, for clients that cannot set headers.
async fn init(app: App, viewer: Viewer, payload: serde_json::Value) -> async_graphql::Result<Data> {
    let named = ["authorization", "Authorization", "token"].iter().find_map(|key| payload.get(key)?.as_str());
    let viewer = match named {
        Some(token) => {
            let token = token.strip_prefix("Bearer ").unwrap_or(token).trim();
            let authenticated = identity::authenticate(&app, token, Some(viewer.locale), viewer.address).await;
            authenticated.map_err(|error| error.for_client(viewer.locale))?
        }
        None => viewer,
    };
    let mut data = Data::default();
    data.insert(batch(&app, &viewer));
    data.insert(viewer);
    Ok(data)
}
