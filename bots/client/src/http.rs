//! The way there and back.

use std::{
    fmt::Write,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use cynic::Operation;
use rand::{SeedableRng, rngs::StdRng};
use reqwest::{
    Method, RequestBuilder, Response, StatusCode, Url,
    header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Error, UserError, retry::Pace};

/// Bytes of an answer at the most. What the bots ask for stays far below it.
const ANSWER: usize = 8 * 1024 * 1024;
/// A platform that wants us to wait longer is not waited for: the caller decides.
const PATIENCE: Duration = Duration::from_secs(60);
/// For a connection to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// Where the platform is and how to talk to it.
#[derive(Clone)]
pub struct Settings {
    /// Where the API is: `https://veche.example.org/graphql`.
    pub api: String,
    /// The access token of a service account.
    pub token: String,
    /// For one try of one request, from its first byte to the answer's last.
    pub timeout: Duration,
    /// How often to try again what failed on the way.
    pub retries: u32,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("api", &self.api)
            .field("timeout", &self.timeout)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}

/// Talks to the platform. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    acting_for: Option<HeaderValue>,
    language: Option<HeaderValue>,
}

pub(crate) struct Shared {
    http: reqwest::Client,
    api: Url,
    token: HeaderValue,
    timeout: Duration,
    retries: u32,
    pub(crate) pace: Pace,
    random: Mutex<StdRng>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("api", &self.shared.api.as_str()).finish_non_exhaustive()
    }
}

/// The key of an action that is what it is by these parts: a text that is the same for the same parts only.
pub fn key(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// What one try came to.
enum Failure {
    /// To be tried again, after this time if the platform said so.
    Passing(Error, Option<Duration>),
    Final(Error),
}

impl Client {
    /// Prepares connections; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Unexpected`] where the address or the token cannot be used.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Self::with_pace(settings, Pace::USUAL)
    }

    pub(crate) fn with_pace(settings: Settings, pace: Pace) -> Result<Self, Error> {
        let unusable = |what: &str| Error::Unexpected(format!("the {what} cannot be used"));
        let api = Url::parse(&settings.api).map_err(|_| unusable("address of the API"))?;
        if !matches!(api.scheme(), "http" | "https") {
            return Err(unusable("address of the API"));
        }
        let mut token = HeaderValue::from_str(&format!("Bearer {}", settings.token.trim())).map_err(|_| unusable("access token"))?;
        token.set_sensitive(true);
        // Somebody else in the program may have chosen one before: as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT.min(settings.timeout))
            // The token goes nowhere but where it was told to.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("veche-client/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| Error::Unexpected(describe(e)))?;
        let random = Mutex::new(StdRng::from_os_rng());
        let shared = Shared { http, api, token, timeout: settings.timeout, retries: settings.retries, pace, random };
        Ok(Self { shared: Arc::new(shared), acting_for: None, language: None })
    }

    /// The same client, acting for the account that an address on a channel belongs to.
    #[must_use]
    pub fn acting_for(&self, channel: &str, address: &str) -> Self {
        // What cannot be sent must not become a request of the service account's own: it names nobody.
        let value = HeaderValue::from_str(&format!("{channel}:{address}")).unwrap_or(HeaderValue::from_static("?"));
        Self { acting_for: Some(value), ..self.clone() }
    }

    /// The same client, answered in a language (`ru`, `en`).
    #[must_use]
    pub fn in_language(&self, locale: &str) -> Self {
        Self { language: HeaderValue::from_str(&locale.to_ascii_lowercase()).ok(), ..self.clone() }
    }

    /// Asks.
    ///
    /// # Errors
    /// [`Error`]; what is on the way only after all tries.
    pub async fn run<Q: DeserializeOwned, V: Serialize>(&self, operation: Operation<Q, V>) -> Result<Q, Error> {
        self.send(&operation, None).await
    }

    /// Does something once, however often it has to be tried: `key` goes as the input's `clientMutationId`, up to 128 visible ASCII characters.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Refused`] where the payload has refusals.
    pub async fn write<Q: DeserializeOwned, V: Serialize>(&self, operation: Operation<Q, V>, key: &str) -> Result<Q, Error> {
        self.send(&operation, Some(key)).await
    }

    async fn send<Q: DeserializeOwned, V: Serialize>(&self, operation: &Operation<Q, V>, key: Option<&str>) -> Result<Q, Error> {
        let body = Bytes::from(document(operation, key)?);
        let data = self
            .trying(|| async {
                let request = self.request(Method::POST, self.shared.api.clone(), "application/graphql-response+json, application/json");
                let (status, headers, bytes) = self.fetch(request.header(CONTENT_TYPE, "application/json").body(body.clone())).await?;
                answered(status, &headers, &bytes)
            })
            .await
            .map_err(|error| self.acted(error))?;
        if key.is_some() {
            refused(&data)?;
        }
        serde_json::from_value(data).map_err(|e| Error::Unexpected(e.to_string()))
    }

    /// A client that acts for somebody is forbidden to where there is nobody to act for.
    fn acted(&self, error: Error) -> Error {
        match error {
            Error::Denied { code, message, .. } if code == "FORBIDDEN" && self.acting_for.is_some() => Error::Unlinked(message),
            error => error,
        }
    }

    /// Uploads a file, to be named in a later write. Gives its identifier.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Refused`] where the platform does not take the file.
    pub async fn upload(&self, name: &str, content_type: &str, bytes: Vec<u8>) -> Result<String, Error> {
        #[derive(serde::Deserialize)]
        struct Uploaded {
            id: String,
        }
        let mut address = self.shared.api.join("files").map_err(|e| Error::Unexpected(e.to_string()))?;
        address.query_pairs_mut().append_pair("name", name);
        let content_type = HeaderValue::from_str(content_type).unwrap_or(HeaderValue::from_static("application/octet-stream"));
        let bytes = Bytes::from(bytes);
        self.trying(|| async {
            let request = self.request(Method::POST, address.clone(), "application/json").header("x-veche-upload", "1");
            let (status, headers, answer) = self.fetch(request.header(CONTENT_TYPE, &content_type).body(bytes.clone())).await?;
            if status.is_success() {
                let uploaded: Uploaded = serde_json::from_slice(&answer).map_err(|e| Failure::Final(Error::Unexpected(e.to_string())))?;
                return Ok(uploaded.id);
            }
            let message = serde_json::from_slice::<Value>(&answer).ok();
            let message = message.as_ref().and_then(|v| v.get("error")?.as_str()).unwrap_or_default();
            Err(of_status(status, &headers, message))
        })
        .await
    }

    /// A request that carries who we are.
    pub(crate) fn request(&self, method: Method, address: Url, accept: &'static str) -> RequestBuilder {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, self.shared.token.clone());
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        if let Some(language) = &self.language {
            headers.insert(ACCEPT_LANGUAGE, language.clone());
        }
        if let Some(whom) = &self.acting_for {
            headers.insert(HeaderName::from_static("x-acting-for"), whom.clone());
        }
        self.shared.http.request(method, address).headers(headers)
    }

    pub(crate) fn api(&self) -> Url {
        self.shared.api.clone()
    }

    /// A wait after some failures.
    pub(crate) fn wait(&self, failures: u32) -> Duration {
        let mut random = self.shared.random.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.pace.wait(failures, &mut *random)
    }

    async fn fetch(&self, request: RequestBuilder) -> Result<(StatusCode, HeaderMap, Vec<u8>), Failure> {
        let exchange = async {
            let response = request.send().await.map_err(lost)?;
            let (status, headers) = (response.status(), response.headers().clone());
            Ok((status, headers, bounded(response).await?))
        };
        match tokio::time::timeout(self.shared.timeout, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::Passing(Error::Network("no answer in time".into()), None)),
        }
    }

    async fn trying<T, F: Future<Output = Result<T, Failure>>>(&self, mut attempt: impl FnMut() -> F) -> Result<T, Error> {
        let mut failures = 0;
        loop {
            let (error, told) = match attempt().await {
                Ok(done) => return Ok(done),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing(error, told)) => (error, told),
            };
            if failures >= self.shared.retries || told.is_some_and(|wait| wait > PATIENCE) {
                return Err(error);
            }
            failures += 1;
            // Who is told a time comes a little later than that, not all at once.
            let wait = told.unwrap_or_default() + self.wait(failures);
            tracing::debug!(%error, failures, ?wait, "trying again");
            tokio::time::sleep(wait).await;
        }
    }
}

/// The JSON of an operation, with the key in its input.
pub(crate) fn document(operation: &impl Serialize, key: Option<&str>) -> Result<Vec<u8>, Error> {
    let unusable = |e: serde_json::Error| Error::Unexpected(e.to_string());
    let mut document = serde_json::to_value(operation).map_err(unusable)?;
    if let Some(key) = key {
        let Some(input) = document.pointer_mut("/variables/input").and_then(Value::as_object_mut) else {
            return Err(Error::Unexpected("a write without an input".into()));
        };
        input.insert("clientMutationId".into(), key.into());
    }
    serde_json::to_vec(&document).map_err(unusable)
}

/// Reads an answer, unless it does not end.
async fn bounded(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if bytes.len() + chunk.len() > ANSWER {
            return Err(Failure::Final(Error::Unexpected(format!("longer than {ANSWER} bytes"))));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn lost(error: reqwest::Error) -> Failure {
    if error.is_builder() {
        return Failure::Final(Error::Unexpected(describe(error)));
    }
    Failure::Passing(Error::Network(describe(error)), None)
}

/// What happened, without the address.
pub(crate) fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(deeper) = cause {
        let _ = write!(text, ": {deeper}");
        cause = deeper.source();
    }
    text
}

/// The data of an answer, or what was denied.
fn answered(status: StatusCode, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Failure> {
    let Ok(mut answer) = serde_json::from_slice::<Value>(bytes) else {
        return Err(of_status(status, headers, ""));
    };
    if let Some(error) = answer.get("errors").and_then(Value::as_array).and_then(|e| e.first()) {
        return Err(denied(error, headers));
    }
    match answer.get_mut("data").map(Value::take) {
        Some(data) if status.is_success() && !data.is_null() => Ok(data),
        _ => Err(of_status(status, headers, "")),
    }
}

/// What an error of GraphQL means.
pub(crate) fn denial(error: &Value, headers: &HeaderMap) -> Error {
    let extension = |name: &str| error.get("extensions").and_then(|e| e.get(name));
    Error::Denied {
        code: extension("code").and_then(Value::as_str).unwrap_or("BAD_REQUEST").to_owned(),
        message: error.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
        retry_after: extension("retryAfter").and_then(Value::as_f64).and_then(seconds).or_else(|| told(headers)),
    }
}

fn denied(error: &Value, headers: &HeaderMap) -> Failure {
    let error = denial(error, headers);
    match &error {
        Error::Denied { code, retry_after, .. } if matches!(code.as_str(), "RATE_LIMITED" | "INTERNAL" | "TIMEOUT") => {
            let wait = *retry_after;
            Failure::Passing(error, wait)
        }
        _ => Failure::Final(error),
    }
}

/// What a status means that came without a document of GraphQL.
fn of_status(status: StatusCode, headers: &HeaderMap, message: &str) -> Failure {
    let wait = told(headers);
    let denied = |code: &str| Error::Denied { code: code.into(), message: message.into(), retry_after: wait };
    match status {
        StatusCode::TOO_MANY_REQUESTS => Failure::Passing(denied("RATE_LIMITED"), wait),
        status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
            Failure::Passing(Error::Network(format!("HTTP {status}")), wait)
        }
        StatusCode::UNAUTHORIZED => Failure::Final(denied("UNAUTHENTICATED")),
        StatusCode::FORBIDDEN => Failure::Final(denied("FORBIDDEN")),
        status if status.is_client_error() && !message.is_empty() => {
            let code = if status == StatusCode::PAYLOAD_TOO_LARGE { "TOO_LONG" } else { "INVALID_FORMAT" };
            Failure::Final(Error::Refused(vec![UserError { code: code.into(), message: message.into(), path: Vec::new() }]))
        }
        status => Failure::Final(Error::Unexpected(format!("HTTP {status}"))),
    }
}

/// How long to wait, as the header says it in seconds.
fn told(headers: &HeaderMap) -> Option<Duration> {
    seconds(headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?)
}

fn seconds(number: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number).ok()
}

/// The refusals of a payload.
fn refused(data: &Value) -> Result<(), Error> {
    let payloads = data.as_object().into_iter().flat_map(|fields| fields.values());
    let mut errors = Vec::new();
    for refusal in payloads.filter_map(|payload| payload.get("userErrors")?.as_array()).flatten() {
        errors.push(serde_json::from_value(refusal.clone()).map_err(|e| Error::Unexpected(e.to_string()))?);
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Refused(errors)) }
}
