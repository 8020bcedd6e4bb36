//! Server-sent events: what the platform says unasked.

use std::time::Duration;

use cynic::{QueryFragment, QueryVariables, SubscriptionBuilder};
use futures_util::stream::{self, BoxStream, StreamExt};
use reqwest::{Method, Response, header::CONTENT_TYPE};
use serde_json::Value;

use crate::{
    Client, Error,
    http::{denial, describe, document},
    outgoing::NotificationChannel,
    schema,
};

/// The platform says something at least every fifteen seconds, if only a comment.
const SILENCE: Duration = Duration::from_secs(50);
/// For the beginning of an answer.
const OPENING: Duration = Duration::from_secs(20);
/// Bytes of one event at the most.
const EVENT: usize = 1024 * 1024;

#[derive(QueryVariables)]
struct Variables {
    channel: NotificationChannel,
}

#[derive(QueryFragment)]
#[cynic(variables = "Variables")]
struct Subscription {
    #[arguments(channel: $channel)]
    // Names what is asked for; what comes is read elsewhere.
    #[allow(dead_code)]
    outgoing: i32,
}

impl Client {
    /// Says when there may be messages to carry, as often as there may. The stream never ends: it connects again, also where it gave an
    /// error, after a wait that grows. Whoever drops it closes the connection.
    ///
    /// # Errors
    /// [`Error::Unexpected`] where the request cannot be made; the stream's own say why there is no connection.
    pub async fn outgoing(&self, channel: NotificationChannel) -> Result<BoxStream<'static, Result<i32, Error>>, Error> {
        let body = document(&Subscription::build(Variables { channel }), None)?;
        let listening = Listening { client: self.clone(), body, failures: 0, open: None };
        let events = stream::unfold(listening, |mut listening| async move {
            let event = listening.next().await;
            Some((event, listening))
        });
        Ok(events.boxed())
    }
}

/// A subscription that is kept up.
struct Listening {
    client: Client,
    body: Vec<u8>,
    /// Since something last went well.
    failures: u32,
    open: Option<Open>,
}

struct Open {
    response: Response,
    lines: Lines,
}

impl Listening {
    async fn next(&mut self) -> Result<i32, Error> {
        loop {
            if self.open.is_none() {
                if self.failures > 0 {
                    tokio::time::sleep(self.client.wait(self.failures)).await;
                }
                // Until it went well it counts as a failure: a connection that closes at once is no reason to hurry.
                self.failures = self.failures.saturating_add(1);
                self.open = Some(self.connect().await?);
            }
            let Some(open) = &mut self.open else { continue };
            match open.event().await {
                Ok(Some(data)) => {
                    let event = read(&data);
                    if event.is_ok() {
                        self.failures = 0;
                    } else {
                        self.open = None;
                    }
                    return event;
                }
                Ok(None) => self.open = None,
                Err(error) => {
                    self.open = None;
                    return Err(error);
                }
            }
        }
    }

    async fn connect(&self) -> Result<Open, Error> {
        let request = self.client.request(Method::POST, self.client.api(), "text/event-stream");
        let request = request.header(CONTENT_TYPE, "application/json").body(self.body.clone());
        let response = tokio::time::timeout(OPENING, request.send()).await;
        let response = response.map_err(|_| Error::Network("no answer in time".into()))?.map_err(|e| Error::Network(describe(e)))?;
        let is_stream =
            response.headers().get(CONTENT_TYPE).and_then(|t| t.to_str().ok()).is_some_and(|t| t.starts_with("text/event-stream"));
        let mut open = Open { response, lines: Lines::default() };
        if is_stream && open.response.status().is_success() {
            return Ok(open);
        }
        // A refusal is a document of its own.
        let (status, headers) = (open.response.status(), open.response.headers().clone());
        let mut bytes = Vec::new();
        while let Ok(Some(chunk)) = open.chunk().await {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > EVENT {
                break;
            }
        }
        let answer = serde_json::from_slice::<Value>(&bytes).ok();
        let refusal = answer.as_ref().and_then(|a| a.get("errors")?.get(0));
        Err(refusal.map_or_else(|| Error::Network(format!("HTTP {status}")), |error| denial(error, &headers)))
    }
}

/// The number in an event.
fn read(data: &str) -> Result<i32, Error> {
    let answer: Value = serde_json::from_str(data).map_err(|e| Error::Unexpected(e.to_string()))?;
    if let Some(error) = answer.get("errors").and_then(|e| e.get(0)) {
        return Err(denial(error, &reqwest::header::HeaderMap::new()));
    }
    let number = answer.get("data").and_then(|d| d.get("outgoing")?.as_i64());
    number.and_then(|n| i32::try_from(n).ok()).ok_or_else(|| Error::Unexpected("an event without a number".into()))
}

impl Open {
    async fn chunk(&mut self) -> Result<Option<bytes::Bytes>, Error> {
        let chunk = tokio::time::timeout(SILENCE, self.response.chunk()).await;
        chunk.map_err(|_| Error::Network("silence".into()))?.map_err(|e| Error::Network(describe(e)))
    }

    /// The data of the next event; nothing when the stream is over.
    async fn event(&mut self) -> Result<Option<String>, Error> {
        loop {
            if let Some(data) = self.lines.event() {
                return Ok(Some(data));
            }
            if self.lines.held() > EVENT {
                return Err(Error::Unexpected(format!("an event of more than {EVENT} bytes")));
            }
            match self.chunk().await? {
                Some(chunk) => self.lines.push(&chunk),
                None => return Ok(None),
            }
        }
    }
}

/// Bytes of a stream of events, taken apart.
#[derive(Default)]
struct Lines {
    /// What has no line end yet.
    rest: Vec<u8>,
    /// Lines of data of the event that is not over yet.
    data: Vec<String>,
    /// Events that are over.
    events: std::collections::VecDeque<String>,
    size: usize,
}

impl Lines {
    fn push(&mut self, chunk: &[u8]) {
        self.rest.extend_from_slice(chunk);
        let mut begin = 0;
        while let Some(length) = self.rest[begin..].iter().position(|&b| b == b'\n') {
            let line = self.rest[begin..begin + length].trim_ascii_end();
            begin += length + 1;
            if line.is_empty() {
                let data = std::mem::take(&mut self.data).join("\n");
                self.size = 0;
                if !data.is_empty() {
                    self.events.push_back(data);
                }
            } else if let Some(data) = line.strip_prefix(b"data:") {
                let data = String::from_utf8_lossy(data.strip_prefix(b" ").unwrap_or(data)).into_owned();
                self.size += data.len();
                self.data.push(data);
            }
        }
        self.rest.drain(..begin);
    }

    fn event(&mut self) -> Option<String> {
        self.events.pop_front()
    }

    /// Bytes of what is not over yet.
    fn held(&self) -> usize {
        self.rest.len() + self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_however_they_are_cut() {
        let stream = b": hello\n\nevent: next\r\ndata: {\"data\":\r\ndata: {\"outgoing\":3}}\r\n\r\nevent: complete\ndata:\n\n";
        for size in 1..stream.len() {
            let mut lines = Lines::default();
            stream.chunks(size).for_each(|chunk| lines.push(chunk));
            assert_eq!(lines.event().as_deref().map(read), Some(Ok(3)), "{size}");
            assert_eq!(lines.event(), None);
            assert_eq!(lines.held(), 0);
        }
    }
}
