//! What is done around every request: its id, its span, its numbers.

use std::{sync::Arc, time::Instant};

use poem::{
    Endpoint, PathPattern, Request, Response,
    error::NotFoundError,
    handler,
    http::{HeaderName, HeaderValue, Method},
    web::Data,
};
use tracing::{Instrument, Span};

use super::pages;
use crate::{
    app::App,
    config::MetricsFor,
    telemetry::{self, RequestId},
};

/// The header of a request's id, in both directions.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What stands in for the pattern of a path that none of ours matches.
const UNMATCHED: &str = "unmatched";

/// Answers a request under its id, whatever goes wrong.
pub async fn observed<E: Endpoint<Output = Response>>(app: App, endpoint: Arc<E>, req: Request) -> poem::Result<Response> {
    let began = Instant::now();
    let id = header(&req, REQUEST_ID.as_str()).and_then(RequestId::given).unwrap_or_else(RequestId::fresh);
    let method = method(req.method());
    let span = span(&id, method, &req);
    let answering = async {
        match endpoint.call(req).await {
            Ok(response) => (pattern(response.data()), response),
            Err(error) => (pattern(error.data()), pages::failed(error).await),
        }
    };
    let (route, mut response) = id.clone().scope(answering).instrument(span.clone()).await;
    let (status, elapsed) = (response.status().as_u16(), began.elapsed());
    app.metrics.http(method, &route, status, elapsed);
    span.in_scope(|| tracing::debug!(%route, status, millis = elapsed.as_millis(), "answered"));
    telemetry::answered(&span, method, &route, status);
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    Ok(response)
}

/// At level `ERROR`, so that it stands in log lines of every level.
fn span(id: &RequestId, method: &'static str, req: &Request) -> Span {
    let kind = telemetry::enabled().then_some("server");
    let path = first_segment(req.uri().path());
    let span = tracing::error_span!("request", %id, method, path, otel.kind = kind);
    if let Some(trace) = header(req, "traceparent") {
        telemetry::adopt(&span, trace);
    }
    span
}

fn header<'r>(req: &'r Request, name: &str) -> Option<&'r str> {
    req.headers().get(name)?.to_str().ok()
}

/// The start of a path. The rest is left out: behind `/confirm/` and `/claim/` it is a secret, and on paths that are none of ours anything.
fn first_segment(path: &str) -> &str {
    let end = path.bytes().skip(1).position(|b| b == b'/').map_or(path.len(), |at| at + 1);
    let first = &path[..end];
    let plain = first.bytes().skip(1).all(|b| b.is_ascii_lowercase() || b == b'.');
    if plain && first.len() <= 32 { first } else { "/…" }
}

/// The method, of which only those of RFC 9110 and `PATCH` are told apart.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

fn pattern(pattern: Option<&PathPattern>) -> Arc<str> {
    pattern.map_or_else(|| UNMATCHED.into(), |p| p.0.clone())
}

/// The numbers for Prometheus; for those who may not have them there is no such path.
#[handler]
pub async fn metrics(req: &Request, Data(app): Data<&App>) -> poem::Result<Response> {
    let shown = match app.config.telemetry.metrics {
        MetricsFor::Off => false,
        MetricsFor::Public => true,
        // What a proxy on this machine hands on comes from here only seemingly.
        MetricsFor::Local => {
            let forwarded = ["x-forwarded-for", "forwarded", "x-real-ip"].iter().any(|name| req.headers().contains_key(*name));
            !forwarded && req.remote_addr().as_socket_addr().is_some_and(|a| a.ip().to_canonical().is_loopback())
        }
    };
    if !shown {
        return Err(NotFoundError.into());
    }
    let numbers = app.metrics.scrape(&app.db).await;
    Ok(Response::builder().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_sees_only_the_start_of_a_path() {
        for (path, seen) in [
            ("/", "/"),
            ("/graphql", "/graphql"),
            ("/graphql/ws", "/graphql"),
            ("/confirm/secret", "/confirm"),
            ("/schema.graphql", "/schema.graphql"),
            ("/anna@example.org", "/…"),
            ("/Anna/x", "/…"),
            ("/%D0%B0", "/…"),
            ("//x", "/"),
        ] {
            assert_eq!(first_segment(path), seen, "{path}");
        }
        assert_eq!(first_segment(&format!("/{}", "a".repeat(40))), "/…");
    }
}
