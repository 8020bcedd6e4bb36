//! GraphQL over HTTP, as its specification draft says: queries by GET and POST, mutations by POST, in `application/json` or
//! `application/graphql-response+json`; subscriptions as server-sent events.

use std::time::Duration;

use async_graphql::{Request as Query, Response as Answer, Value, Variables, parser::types::OperationType};
use poem::{
    Body, Request, Response,
    error::ReadBodyError,
    handler,
    http::{HeaderValue, StatusCode, header},
    web::Data as Shared,
};
use serde::{Deserialize, Serialize};

use super::{Denied, Gate, caller, denied, messages, negotiate::Form, origin, origin::Origin, scan, socket, stream};
use crate::{
    i18n::{self, Locale},
    identity::Viewer,
    limits::{Left, Who},
    web::pages,
};

/// Forms of an answer to GraphQL.
const FORMS: [Form; 3] = [Form::Json, Form::GraphqlJson, Form::Events];

/// The parameters of a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Value>,
    extensions: Option<Value>,
}

/// Who asks how.
struct Asking<'a> {
    gate: &'a Gate,
    req: &'a Request,
    locale: Locale,
    form: Form,
}

/// GraphQL over POST. Only `application/json` is taken, which a page of another site cannot send unasked.
#[handler]
pub async fn post(req: &Request, body: Body, Shared(gate): Shared<&Gate>) -> Response {
    let locale = caller::preferred_locale(req).unwrap_or_default();
    let Some(form) = Form::of(req, &FORMS) else { return not_acceptable(locale) };
    let asking = Asking { gate, req, locale, form };
    let is_json =
        req.content_type().is_some_and(|t| t.split(';').next().is_some_and(|t| t.trim().eq_ignore_ascii_case("application/json")));
    if !is_json {
        return asking.refuse(&denied(StatusCode::UNSUPPORTED_MEDIA_TYPE, locale, "BAD_REQUEST", "request-content-type", &[]));
    }
    // Whoever sends slowly is not waited for longer than whoever asks for much.
    let limits = &gate.app().config.limits;
    let read = tokio::time::timeout(Duration::from_secs(limits.timeout_seconds), body.into_bytes_limit(limits.body_bytes));
    let bytes = match read.await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(ReadBodyError::PayloadTooLarge)) => {
            let args = [("max", limits.body_bytes.into())];
            return asking.refuse(&denied(StatusCode::PAYLOAD_TOO_LARGE, locale, "BAD_REQUEST", "request-body-too-large", &args));
        }
        Ok(Err(_)) => return asking.refuse(&bad_request(locale, "…")),
        Err(_) => {
            let args = [("seconds", limits.timeout_seconds.into())];
            return asking.refuse(&denied(StatusCode::REQUEST_TIMEOUT, locale, "TIMEOUT", "request-timeout", &args));
        }
    };
    match asking.parse(&bytes) {
        Ok(query) => asking.answer(query, false).await,
        Err(refusal) => asking.refuse(&refusal),
    }
}

/// Queries over GET, for caches, links and `EventSource`; the explorer for a browser; a WebSocket where one is asked for.
#[handler]
pub async fn get(req: &Request, uri: &poem::http::Uri, Shared(gate): Shared<&Gate>) -> Response {
    if req.headers().contains_key(header::SEC_WEBSOCKET_KEY) {
        return socket::accept(req, gate).await;
    }
    let locale = caller::preferred_locale(req).unwrap_or_default();
    let Some(form) = Form::of(req, &[FORMS.as_slice(), &[Form::Html]].concat()) else { return not_acceptable(locale) };
    let text = uri.query().unwrap_or_default();
    if form == Form::Html && text.is_empty() {
        return pages::explorer(locale);
    }
    let form = if form == Form::Html { Form::Json } else { form };
    let asking = Asking { gate, req, locale, form };
    match asking.parse_text(text) {
        Ok(query) => asking.answer(query, true).await,
        Err(refusal) => asking.refuse(&refusal),
    }
}

/// What may be sent here, for browsers that ask first.
#[handler]
pub fn preflight(req: &Request, Shared(gate): Shared<&Gate>) -> Response {
    origin::preflight(gate.app(), req)
}

fn not_acceptable(locale: Locale) -> Response {
    let refusal = denied(StatusCode::NOT_ACCEPTABLE, locale, "BAD_REQUEST", "request-not-acceptable", &[]);
    write(refusal.status, Form::Json, locale, &refusal.response, None)
}

fn bad_request(locale: Locale, detail: &str) -> Box<Denied> {
    denied(StatusCode::BAD_REQUEST, locale, "BAD_REQUEST", "request-bad-request", &[("detail", messages::detail(detail).into())])
}

impl Gate {
    /// Reads the JSON of a request, from whichever door.
    pub(super) fn parse(&self, bytes: &[u8], locale: Locale) -> Result<Query, Box<Denied>> {
        scan::json(bytes, &self.app().config.limits).map_err(|excess| self.excess(StatusCode::BAD_REQUEST, excess, locale))?;
        if bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[') {
            return Err(denied(StatusCode::BAD_REQUEST, locale, "BAD_REQUEST", "request-batch", &[]));
        }
        let parameters: Parameters = serde_json::from_slice(bytes).map_err(|error| bad_request(locale, &error.to_string()))?;
        query_of(parameters, locale)
    }
}

fn query_of(parameters: Parameters, locale: Locale) -> Result<Query, Box<Denied>> {
    let object = |path: &'static str, value: Option<Value>| match value {
        None | Some(Value::Null) => Ok(Value::Object(Default::default())),
        Some(value @ Value::Object(_)) => Ok(value),
        Some(_) => {
            let args = [("path", path.into()), ("expected", i18n::text(locale, "type-object", &[("type", "".into())]).into())];
            Err(denied(StatusCode::BAD_REQUEST, locale, "BAD_REQUEST", "request-validation-wrong-type", &args))
        }
    };
    let mut query = Query::new(parameters.query.unwrap_or_default());
    query.operation_name = parameters.operation_name;
    query.variables = Variables::from_value(object("variables", parameters.variables)?);
    if let Value::Object(extensions) = object("extensions", parameters.extensions)? {
        query.extensions.0 = extensions.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    }
    Ok(query)
}

impl Asking<'_> {
    fn parse(&self, bytes: &[u8]) -> Result<Query, Box<Denied>> {
        self.gate.parse(bytes, self.locale)
    }

    /// Reads the parameters of an address: those that are no texts are JSON.
    fn parse_text(&self, text: &str) -> Result<Query, Box<Denied>> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text).map_err(|e| bad_request(self.locale, &e.to_string()))?;
        let find = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
        let json = |name: &str| {
            find(name)
                .filter(|text| !text.is_empty())
                .map(|text| {
                    scan::json(text.as_bytes(), &self.gate.app().config.limits)
                        .map_err(|excess| self.gate.excess(StatusCode::BAD_REQUEST, excess, self.locale))?;
                    serde_json::from_str(&text).map_err(|error| bad_request(self.locale, &error.to_string()))
                })
                .transpose()
        };
        let (variables, extensions) = (json("variables")?, json("extensions")?);
        query_of(Parameters { query: find("query"), operation_name: find("operationName"), variables, extensions }, self.locale)
    }

    async fn viewer(&self) -> Result<Viewer, Box<Denied>> {
        let app = self.gate.app();
        let refuse = |error| Box::new(Denied::from_error(error, self.locale));
        // Before a look at the database, so that trying tokens is not free.
        if let Some(address) = caller::address(app, self.req) {
            app.limiter.spend(&Who::address(address), 1).map_err(refuse)?;
        }
        if Origin::of(app, self.req) == Origin::Foreign {
            return Err(denied(StatusCode::FORBIDDEN, self.locale, "FORBIDDEN", "request-foreign-origin", &[]));
        }
        caller::viewer(app, self.req).await.map_err(refuse)
    }

    async fn answer(&self, query: Query, is_get: bool) -> Response {
        let viewer = match self.viewer().await {
            Ok(viewer) => viewer,
            Err(refusal) => return self.refuse(&refusal),
        };
        let locale = viewer.locale;
        let asking = Asking { gate: self.gate, req: self.req, locale, form: self.form };
        let key = self.req.headers().get("idempotency-key").map(|v| v.to_str().unwrap_or_default().trim_matches('"'));
        let admitted = match self.gate.admit(&viewer, query, key) {
            Ok(admitted) => admitted,
            Err(refusal) => return asking.refuse(&refusal),
        };
        if is_get && admitted.kind == OperationType::Mutation {
            let mut response = asking.refuse(&denied(StatusCode::METHOD_NOT_ALLOWED, locale, "BAD_REQUEST", "request-use-post", &[]));
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
            return response;
        }
        if self.form == Form::Events {
            return stream::events(self.gate, self.req, viewer, admitted);
        }
        if admitted.kind == OperationType::Subscription {
            return asking.refuse(&denied(StatusCode::OK, locale, "BAD_REQUEST", "request-subscription-transport", &[]));
        }
        let left = admitted.left;
        let answer = self.gate.execute(admitted).await;
        let status = if executed(&answer) {
            StatusCode::OK
        } else if answer.errors.iter().any(|e| code(e) == Some("TIMEOUT")) {
            StatusCode::GATEWAY_TIMEOUT
        } else {
            at_fault(self.form)
        };
        write(status, self.form, locale, &answer, left)
    }

    fn refuse(&self, refusal: &Denied) -> Response {
        let status = if refusal.status == StatusCode::OK { at_fault(self.form) } else { refusal.status };
        write(status, self.form, self.locale, &refusal.response, refusal.left)
    }
}

/// What HTTP says where a document is at fault: to those who asked for plain JSON nothing is amiss with HTTP.
fn at_fault(form: Form) -> StatusCode {
    if form == Form::Json { StatusCode::OK } else { StatusCode::BAD_REQUEST }
}

fn code(error: &async_graphql::ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// Whether execution began: only then is there anything to say of the data.
pub(super) fn executed(answer: &Answer) -> bool {
    answer.data != Value::Null || answer.errors.iter().any(|e| !e.path.is_empty()) || answer.errors.is_empty()
}

/// An answer as it goes out.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [async_graphql::ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    extensions: &'a std::collections::BTreeMap<String, Value>,
}

/// The JSON of an answer.
pub(super) fn json(answer: &Answer) -> String {
    let data = executed(answer).then_some(&answer.data);
    serde_json::to_string(&Written { errors: &answer.errors, data, extensions: &answer.extensions }).unwrap_or_default()
}

fn write(status: StatusCode, form: Form, locale: Locale, answer: &Answer, left: Option<Left>) -> Response {
    let form = if form == Form::GraphqlJson { form } else { Form::Json };
    let mut builder = Response::builder()
        .status(status)
        .content_type(form.media_type())
        .header(header::CONTENT_LANGUAGE, locale.tag())
        .header(header::CACHE_CONTROL, "no-store");
    for (name, value) in &answer.http_headers {
        builder = builder.header(name, value);
    }
    if let Some(left) = left {
        builder = builder
            .header("ratelimit-limit", left.limit.to_string())
            .header("ratelimit-remaining", left.remaining.to_string())
            .header("ratelimit-reset", left.reset_seconds.to_string());
    }
    let wait = answer.errors.iter().find_map(|e| e.extensions.as_ref()?.get("retryAfter").cloned());
    if let Some(Value::Number(seconds)) = wait {
        builder = builder.header(header::RETRY_AFTER, seconds.to_string());
    }
    builder.body(json(answer))
}
