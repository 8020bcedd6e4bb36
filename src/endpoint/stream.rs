//! GraphQL over server-sent events, distinct connections mode: one operation a connection.

use std::time::Duration;

use futures_util::StreamExt;
use poem::{
    IntoResponse, Request, Response,
    http::{HeaderValue, StatusCode, header},
    web::sse::{Event, SSE},
};

use super::{Admitted, Gate, caller, denied, http};
use crate::{
    app::App,
    error::Error,
    identity::{self, Viewer},
};

/// Between comments that keep a quiet connection open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Between looks at whether the caller is still who they were.
const RECHECK: Duration = Duration::from_secs(60);

/// Answers as they come.
pub fn events(gate: &Gate, req: &Request, viewer: Viewer, admitted: Admitted) -> Response {
    let Some(seat) = gate.0.seats.take(viewer.address) else {
        let refusal = denied(StatusCode::SERVICE_UNAVAILABLE, viewer.locale, "RATE_LIMITED", "request-too-many-sockets", &[]);
        let mut response = Response::builder().status(refusal.status).content_type("application/json").body(http::json(&refusal.response));
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
        return response;
    };
    let open = gate.app().metrics.socket_opened();
    let ended = ended(gate.app().clone(), caller::token(req).map(str::to_owned), viewer);
    let answers = gate.stream(admitted).take_until(Box::pin(ended)).map(move |answer| {
        // The seat is taken for as long as the stream lives.
        let _ = (&seat, &open);
        Event::message(http::json(&answer)).event_type("next")
    });
    let complete = futures_util::stream::once(std::future::ready(Event::message("").event_type("complete")));
    let mut response = SSE::new(answers.chain(complete).boxed()).keep_alive(KEEP_ALIVE).into_response();
    // A proxy that collects answers would keep them back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Resolves when a caller's session or token has ended, or the server ends.
pub async fn ended(app: App, token: Option<String>, viewer: Viewer) {
    let mut stopping = app.stopping.subscribe();
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = tokio::time::sleep(RECHECK) => (),
        }
        if let Some(token) = &token
            && let Err(Error::Unauthenticated) = identity::authenticate(&app, token, Some(viewer.locale), viewer.address).await
        {
            return;
        }
    }
}
