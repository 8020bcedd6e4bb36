//! Where something began: the request that a log line, a job, and the jobs of that job go back to.

use std::sync::Arc;

use serde_json::Value;
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::traces;

/// Keys of a job's payload; no job has fields of these names, and none refuses fields that it does not know.
const REQUEST: &str = "_request";
const TRACE: &str = "_traceparent";

tokio::task_local! {
    static REQUEST_ID: RequestId;
}

/// The id of a request: the caller's own (`X-Request-Id`) or one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// An id that a caller gives: 1 to 64 of `A–Z a–z 0–9 . _ -`, so that it can stand in any log line.
    pub fn given(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        fits.then(|| Self(text.into()))
    }

    /// A new one: 16 hexadecimal digits. It needs no secrecy, only to differ.
    pub fn fresh() -> Self {
        // It must not repeat, whatever the simulated chance of a test says.
        #[allow(clippy::disallowed_methods)]
        let id = Uuid::new_v4();
        Self(id.simple().to_string()[..16].into())
    }

    /// The id of the request that this task works for.
    pub fn current() -> Option<Self> {
        REQUEST_ID.try_with(Clone::clone).ok()
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Runs something for this request.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        REQUEST_ID.scope(self, work).await
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Takes the present request and span along into a task of its own (`tokio::spawn`, an upgraded connection), which would lose them.
pub fn carry<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let (id, span) = (RequestId::current(), Span::current());
    async move {
        match id {
            Some(id) => id.scope(work).await,
            None => work.await,
        }
    }
    .instrument(span)
}

/// Writes into the payload of a new job which request it goes back to.
pub fn stamp(payload: &mut Value) {
    if let (Some(fields), Some(id)) = (payload.as_object_mut(), RequestId::current()) {
        fields.insert(REQUEST.into(), id.as_str().into());
        if let Some(trace) = traces::current() {
            fields.insert(TRACE.into(), trace.into());
        }
    }
}

/// What [`stamp`] wrote.
#[derive(Debug, Default)]
pub struct Origin {
    /// The request.
    pub request: Option<RequestId>,
    /// Its place in a trace (`traceparent` of W3C Trace Context).
    pub traceparent: Option<String>,
}

impl Origin {
    /// Of a job's payload.
    pub fn of(payload: &Value) -> Self {
        let text = |key| payload.get(key).and_then(Value::as_str);
        Self { request: text(REQUEST).and_then(RequestId::given), traceparent: text(TRACE).map(str::to_owned) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_given_id_cannot_break_a_log_line() {
        for good in ["a", "7f3A.b_c-9", &"x".repeat(64)] {
            assert_eq!(RequestId::given(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a\nb", "ä", "a\"", "{}", &"x".repeat(65)] {
            assert!(RequestId::given(bad).is_none(), "{bad:?}");
        }
        let (one, other) = (RequestId::fresh(), RequestId::fresh());
        assert!(one != other && RequestId::given(one.as_str()).is_some());
    }

    #[tokio::test]
    async fn a_job_remembers_its_request_and_spawned_work_too() {
        let mut payload = json!({ "event": 7 });
        stamp(&mut payload);
        assert_eq!(payload, json!({ "event": 7 }), "outside of a request there is nothing to remember");
        let id = RequestId::given("abc").unwrap();
        let spawned = id.clone().scope(async { tokio::spawn(carry(async { RequestId::current() })).await.unwrap() }).await;
        assert_eq!(spawned, Some(id.clone()));
        id.clone().scope(async { stamp(&mut payload) }).await;
        assert_eq!(payload["event"], 7);
        assert_eq!(Origin::of(&payload).request, Some(id));
        assert!(Origin::of(&json!({ "_request": "no good" })).request.is_none());
    }
}
