//! A client as it should be: it tries again what may not have arrived, with the same key.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use rand::Rng;
use serde_json::{Value, json};

/// How long a client tries one operation. The longest fault lasts six seconds, and the program some to come back.
const PATIENCE: Duration = Duration::from_secs(90);

/// What a client knows in the end.
#[derive(Debug)]
pub enum Answer {
    /// Acknowledged: the mutation's payload.
    Done(Value),
    /// Refused, with the code. `uncertain` when an earlier try may have been carried out.
    Refused { code: String, uncertain: bool },
    /// Nobody knows whether it was done.
    Unknown,
}

/// One try.
enum Try {
    Answered(Answer),
    /// It may have been carried out or not.
    Lost,
    /// It was not carried out; so many seconds later it may be.
    Later(u64),
}

/// A client of HTTP. Which cryptography it takes must be said once in a process.
pub fn http() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

/// A mutation to send.
pub struct Call<'a> {
    pub token: &'a str,
    pub mutation: &'a str,
    pub input: &'a Value,
    pub select: &'a str,
    /// The same for every try.
    pub key: &'a str,
}

pub struct Client {
    http: reqwest::Client,
    url: String,
    retries: AtomicUsize,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        let http = crate::client::http().timeout(Duration::from_secs(20)).build().unwrap();
        Self { http, url: format!("http://{address}/graphql"), retries: AtomicUsize::new(0) }
    }

    /// How often something was tried again.
    pub fn retries(&self) -> usize {
        self.retries.load(Ordering::Relaxed)
    }

    pub async fn call(&self, call: &Call<'_>) -> Answer {
        let deadline = Instant::now() + PATIENCE;
        let mut uncertain = false;
        for attempt in 0_u32.. {
            let pause = match self.attempt(call).await {
                Try::Answered(Answer::Refused { code, .. }) => return Answer::Refused { code, uncertain },
                Try::Answered(answer) => return answer,
                Try::Later(seconds) => Duration::from_secs(seconds),
                Try::Lost => {
                    uncertain = true;
                    Duration::from_millis(rand::rng().random_range(10..100 << attempt.min(4)))
                }
            };
            if Instant::now() + pause > deadline {
                break;
            }
            tokio::time::sleep(pause).await;
            self.retries.fetch_add(1, Ordering::Relaxed);
        }
        Answer::Unknown
    }

    async fn attempt(&self, call: &Call<'_>) -> Try {
        let Call { mutation, select, .. } = call;
        let type_name = match *mutation {
            "createInitiative" => "InitiativeInput".to_owned(),
            _ => format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]),
        };
        let query = format!("mutation($input: {type_name}!) {{ {mutation}(input: $input) {{ {select} userErrors {{ code path }} }} }}");
        let request = self
            .http
            .post(&self.url)
            .bearer_auth(call.token)
            .header("Idempotency-Key", call.key)
            .json(&json!({ "query": query, "variables": { "input": call.input } }));
        let Ok(response) = request.send().await else { return Try::Lost };
        let status = response.status();
        // A conflict: the same key is being worked on right now.
        if status.is_server_error() || status.as_u16() == 409 {
            return Try::Lost;
        }
        let Ok(answer) = response.json::<Value>().await else { return Try::Lost };
        if let Some(error) = answer["errors"].get(0) {
            return match error["extensions"]["code"].as_str() {
                Some("INTERNAL") => Try::Lost,
                // It was done, but the server died before it could keep what it answered.
                Some("ALREADY_DONE") => Try::Answered(Answer::Unknown),
                Some("RATE_LIMITED") => Try::Later(error["extensions"]["retryAfter"].as_u64().unwrap_or(1)),
                _ => panic!("{mutation} {} is a mistake: {answer}", call.input),
            };
        }
        let payload = &answer["data"][mutation];
        match payload["userErrors"][0]["code"].as_str() {
            Some(code) => Try::Answered(Answer::Refused { code: code.to_owned(), uncertain: false }),
            None => Try::Answered(Answer::Done(payload.clone())),
        }
    }
}
