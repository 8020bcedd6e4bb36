//! graphql-transport-ws, the protocol of the package `graphql-ws`, to the letter:
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>.

use std::{ops::ControlFlow, time::Duration};

use async_graphql::Response as Answer;
use futures_util::{SinkExt, StreamExt, stream::BoxStream};
use poem::{
    FromRequest, IntoResponse, Request, Response, handler,
    http::StatusCode,
    web::{
        Data as Shared,
        websocket::{CloseCode, Message, WebSocket, WebSocketConfig, WebSocketStream},
    },
};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};
use tokio::time::{Instant, timeout};
use tokio_stream::StreamMap;

use super::{Denied, Gate, caller, denied, http, origin::Origin, seats::Seat, stream};
use crate::{
    error,
    i18n::Locale,
    identity::{self, Viewer},
    limits::Who,
    telemetry,
};

/// The one protocol that is spoken.
const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to read a message.
const PATIENCE: Duration = Duration::from_secs(30);
const TOO_BIG: &str = "Message too big";
/// Bytes of the name of an operation.
const LONGEST_ID: usize = 128;
/// Bytes of the buffer that each connection reads into. The usual 128 KiB would be the largest part of a quiet connection.
const READ_BUFFER: usize = 4 * 1024;

/// Subscriptions (and any other operation) over WebSocket.
#[handler]
pub async fn upgrade(req: &Request, Shared(gate): Shared<&Gate>) -> Response {
    accept(req, gate).await
}

/// Turns a request into a WebSocket.
pub async fn accept(req: &Request, gate: &Gate) -> Response {
    let locale = caller::preferred_locale(req).unwrap_or_default();
    match open(req, gate, locale).await {
        Ok(response) => response,
        Err(refusal) => {
            let builder = Response::builder().status(refusal.status).content_type("application/json; charset=utf-8");
            let builder = if refusal.status == StatusCode::SERVICE_UNAVAILABLE { builder.header("retry-after", "30") } else { builder };
            builder.body(http::json(&refusal.response))
        }
    }
}

async fn open(req: &Request, gate: &Gate, locale: Locale) -> Result<Response, Box<Denied>> {
    let app = gate.app();
    let no_protocol = || denied(StatusCode::BAD_REQUEST, locale, "BAD_REQUEST", "request-socket-protocol", &[]);
    if Origin::of(app, req) == Origin::Foreign {
        return Err(denied(StatusCode::FORBIDDEN, locale, "FORBIDDEN", "request-foreign-origin", &[]));
    }
    let offered = req.headers().get_all("sec-websocket-protocol").iter().filter_map(|p| p.to_str().ok());
    if !offered.flat_map(|p| p.split(',')).any(|p| p.trim() == PROTOCOL) {
        return Err(no_protocol());
    }
    let refuse = |error| Box::new(Denied::from_error(error, locale));
    if let Some(address) = caller::address(app, req) {
        app.limiter.spend(&Who::address(address), 1).map_err(refuse)?;
    }
    let viewer = caller::viewer(app, req).await.map_err(refuse)?;
    let too_many = || denied(StatusCode::SERVICE_UNAVAILABLE, locale, "RATE_LIMITED", "request-too-many-sockets", &[]);
    let seat = gate.0.seats.take(viewer.address).ok_or_else(too_many)?;
    let websocket = WebSocket::from_request(req, &mut poem::RequestBody::default()).await.map_err(|_| no_protocol())?;
    // What is somewhat too large is read to its end, so that the reason arrives; what is much too large is cut off.
    let most = app.config.limits.body_bytes.saturating_mul(4);
    let config = WebSocketConfig::default().max_message_size(Some(most)).max_frame_size(Some(most)).read_buffer_size(READ_BUFFER);
    let open = app.metrics.socket_opened();
    let (gate, token) = (gate.clone(), caller::token(req).map(str::to_owned));
    let (give, stream) = tokio::sync::oneshot::channel();
    // Taken along here, where the request's id is still known.
    tokio::spawn(telemetry::carry(async move {
        let Ok(stream) = stream.await else { return };
        let connection = Connection {
            id: token,
            acknowledged: false,
            initialised: false,
            operations: StreamMap::new(),
            viewer,
            gate,
            _seat: seat,
            _open: open,
        };
        // Boxed, so that a quiet connection keeps no more than it needs.
        Box::pin(connection.serve(stream)).await;
    }));
    let upgraded = websocket.protocols([PROTOCOL]).config(config).on_upgrade(move |stream| async move {
        let _ = give.send(stream);
    });
    Ok(upgraded.into_response())
}

/// What a client sends.
enum Sent {
    ConnectionInit(Map<String, Value>),
    Ping(Option<Map<String, Value>>),
    Pong,
    Subscribe { id: String, payload: Box<RawValue> },
    Complete { id: String },
}

impl Sent {
    /// Reads a message; `None` when it is not one of the protocol.
    fn read(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            r#type: String,
            id: Option<String>,
            #[serde(borrow)]
            payload: Option<&'a RawValue>,
        }
        let Envelope { r#type, id, payload } = serde_json::from_str(text).ok()?;
        let object = || payload.map_or(Some(None), |p| serde_json::from_str(p.get()).ok());
        Some(match r#type.as_str() {
            "connection_init" => Self::ConnectionInit(object()?.unwrap_or_default()),
            "ping" => Self::Ping(object()?),
            "pong" => object().map(|_: Option<Map<String, Value>>| Self::Pong)?,
            "subscribe" => {
                let id = id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)?;
                Self::Subscribe { id, payload: payload?.to_owned() }
            }
            "complete" => Self::Complete { id: id? },
            _ => return None,
        })
    }
}

/// That a payload has a query.
#[derive(Deserialize)]
struct WithQuery<'a> {
    #[serde(borrow, rename = "query")]
    _query: std::borrow::Cow<'a, str>,
}

/// Why a connection is closed.
struct Close(u16, String);

fn close(code: u16, reason: impl Into<String>) -> Close {
    Close(code, reason.into())
}

/// What an operation brings next.
enum Brought {
    Next(Answer),
    /// It was refused before it began; nothing follows.
    Refused(Answer),
    End,
}

struct Connection {
    gate: Gate,
    viewer: Viewer,
    /// The session's or access token behind it.
    id: Option<String>,
    initialised: bool,
    acknowledged: bool,
    operations: StreamMap<String, BoxStream<'static, Brought>>,
    _seat: Seat,
    _open: telemetry::Open,
}

impl Connection {
    async fn serve(mut self, mut stream: WebSocketStream) {
        let limits = self.gate.app().config.limits.clone();
        let init = tokio::time::sleep(Duration::from_secs(limits.socket_init_seconds));
        let every = Duration::from_secs(limits.socket_ping_seconds.max(1));
        let mut tick = tokio::time::interval_at(Instant::now() + every, every);
        let mut heard = Instant::now();
        let mut ended = Box::pin(stream::ended(self.gate.app().clone(), self.id.clone(), self.viewer.clone()));
        tokio::pin!(init);
        let Close(code, reason) = loop {
            let step = tokio::select! {
                message = stream.next() => {
                    heard = Instant::now();
                    match message {
                        Some(Ok(Message::Text(text))) if text.len() > limits.body_bytes => ControlFlow::Break(close(1009, TOO_BIG)),
                        Some(Ok(Message::Text(text))) => {
                            let before = self.acknowledged;
                            let step = self.hear(&text, &mut stream).await;
                            if self.acknowledged && !before {
                                // The token of the first message counts from now on.
                                ended = Box::pin(stream::ended(self.gate.app().clone(), self.id.clone(), self.viewer.clone()));
                            }
                            step
                        }
                        Some(Ok(Message::Binary(_))) => ControlFlow::Break(close(4400, "Invalid message received")),
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => ControlFlow::Continue(()),
                        Some(Ok(Message::Close(_))) => {
                            // The answer to it is waiting to be sent.
                            let _ = timeout(PATIENCE, stream.close()).await;
                            return;
                        }
                        None => return,
                        Some(Err(error)) if error.kind() == std::io::ErrorKind::Other => ControlFlow::Break(close(1009, TOO_BIG)),
                        Some(Err(_)) => return,
                    }
                }
                Some((id, brought)) = self.operations.next(), if !self.operations.is_empty() => self.bring(&id, brought, &mut stream).await,
                () = &mut init, if !self.initialised => ControlFlow::Break(close(4408, "Connection initialisation timeout")),
                _ = tick.tick() => {
                    if heard.elapsed() > every * 3 {
                        // Nobody is there to read a reason.
                        return;
                    }
                    send(&mut stream, Message::Ping(Vec::new())).await
                }
                () = &mut ended => ControlFlow::Break(if *self.gate.app().stopping.borrow() {
                    close(1001, "Going away")
                } else {
                    close(4403, "Forbidden")
                }),
            };
            if let ControlFlow::Break(close) = step {
                break close;
            }
        };
        if code != 0 {
            let message = Message::Close(Some((CloseCode::from(code), reason)));
            let _ = timeout(PATIENCE, async {
                stream.send(message).await?;
                // The other side answers with its own; until then the reason may be on its way.
                while let Some(Ok(_)) = stream.next().await {}
                Ok::<(), std::io::Error>(())
            })
            .await;
        }
    }

    async fn hear(&mut self, text: &str, stream: &mut WebSocketStream) -> ControlFlow<Close> {
        let limits = &self.gate.app().config.limits;
        let sent = super::scan::json(text.as_bytes(), limits).ok().and_then(|()| Sent::read(text));
        let Some(sent) = sent else { return ControlFlow::Break(close(4400, "Invalid message received")) };
        match sent {
            Sent::ConnectionInit(payload) => {
                if std::mem::replace(&mut self.initialised, true) {
                    return ControlFlow::Break(close(4429, "Too many initialisation requests"));
                }
                if self.identify(payload).await.is_err() {
                    return ControlFlow::Break(close(4403, "Forbidden"));
                }
                self.acknowledged = true;
                send(stream, Message::Text(json!({ "type": "connection_ack" }).to_string())).await
            }
            Sent::Ping(payload) => {
                let mut pong = json!({ "type": "pong" });
                if let Some(payload) = payload {
                    pong["payload"] = Value::Object(payload);
                }
                send(stream, Message::Text(pong.to_string())).await
            }
            Sent::Pong => ControlFlow::Continue(()),
            Sent::Subscribe { .. } if !self.acknowledged => ControlFlow::Break(close(4401, "Unauthorized")),
            Sent::Subscribe { id, .. } if self.operations.contains_key(&id) => {
                let id: String = id.chars().take(24).collect();
                ControlFlow::Break(close(4409, format!("Subscriber for {id} already exists")))
            }
            Sent::Subscribe { id, payload } => self.subscribe(id, payload.get()),
            Sent::Complete { id } => {
                self.operations.remove(&id);
                ControlFlow::Continue(())
            }
        }
    }

    /// Takes the token from the first message, for clients that cannot set headers.
    async fn identify(&mut self, payload: Map<String, Value>) -> error::Result<()> {
        let named = ["authorization", "Authorization", "token"].iter().find_map(|key| payload.get(*key)?.as_str());
        if let Some(token) = named {
            let app = self.gate.app();
            if let Some(address) = self.viewer.address {
                app.limiter.spend(&Who::address(address), 1)?;
            }
            let token = token.strip_prefix("Bearer ").unwrap_or(token).trim();
            self.viewer = identity::authenticate(app, token, Some(self.viewer.locale), self.viewer.address).await?;
            self.id = Some(token.to_owned());
        }
        Ok(())
    }

    fn subscribe(&mut self, id: String, payload: &str) -> ControlFlow<Close> {
        let locale = self.viewer.locale;
        let most = self.gate.app().config.limits.subscriptions;
        // The protocol wants a text here, were it empty.
        let has_query = serde_json::from_str::<WithQuery<'_>>(payload).is_ok();
        let query = match self.gate.parse(payload.as_bytes(), locale) {
            Ok(_) if !has_query => return ControlFlow::Break(close(4400, "Invalid message received")),
            // A payload of another form is no message of this protocol.
            Err(_) => return ControlFlow::Break(close(4400, "Invalid message received")),
            Ok(query) => Ok::<_, Box<Denied>>(query),
        };
        let admitted = query.and_then(|query| {
            if self.operations.len() >= most {
                return Err(denied(
                    StatusCode::TOO_MANY_REQUESTS,
                    locale,
                    "TOO_COMPLEX",
                    "request-too-many-operations",
                    &[("max", most.into())],
                ));
            }
            self.gate.admit(&self.viewer, query, None)
        });
        let brought = match admitted {
            Ok(admitted) => self.gate.stream(admitted).map(Brought::Next).chain(one(Brought::End)).boxed(),
            Err(refusal) => one(Brought::Refused(refusal.response)).boxed(),
        };
        self.operations.insert(id, brought);
        ControlFlow::Continue(())
    }

    async fn bring(&mut self, id: &str, brought: Brought, stream: &mut WebSocketStream) -> ControlFlow<Close> {
        let message = match brought {
            // An answer without data is the end of the operation: the engine refused it.
            Brought::Next(answer) | Brought::Refused(answer) if !http::executed(&answer) => {
                self.operations.remove(id);
                json!({ "id": id, "type": "error", "payload": answer.errors }).to_string()
            }
            Brought::Next(answer) | Brought::Refused(answer) => {
                format!(r#"{{"id":{},"type":"next","payload":{}}}"#, Value::from(id), http::json(&answer))
            }
            Brought::End => {
                self.operations.remove(id);
                json!({ "id": id, "type": "complete" }).to_string()
            }
        };
        send(stream, Message::Text(message)).await
    }
}

fn one(brought: Brought) -> impl futures_util::Stream<Item = Brought> + Send {
    futures_util::stream::once(std::future::ready(brought))
}

/// Sends a message; a client that does not read is given up.
async fn send(stream: &mut WebSocketStream, message: Message) -> ControlFlow<Close> {
    match timeout(PATIENCE, stream.send(message)).await {
        Ok(Ok(())) => ControlFlow::Continue(()),
        // Nobody is there to read a reason.
        _ => ControlFlow::Break(close(0, "")),
    }
}

/// How a message is understood, for tests.
#[cfg(test)]
pub fn kind_of_message(text: &str) -> Option<&'static str> {
    Some(match Sent::read(text)? {
        Sent::ConnectionInit(_) => "connection_init",
        Sent::Ping(_) => "ping",
        Sent::Pong => "pong",
        Sent::Subscribe { id, .. } => {
            if id.is_ascii() {
                "subscribe"
            } else {
                "subscribe, not ASCII"
            }
        }
        Sent::Complete { .. } => "complete",
    })
}
