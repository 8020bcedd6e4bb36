//! The GraphQL endpoint: everything between the network and the schema. It refuses what is hostile or too large before it costs
//! anything, says every refusal in the caller's language, and keeps to the letter of its protocols: GraphQL over HTTP,
//! graphql-transport-ws, GraphQL over server-sent events.

pub mod caller;
pub mod guard;
mod http;
mod messages;
mod misfit;
mod negotiate;
mod origin;
mod persisted;
mod scan;
mod seats;
mod socket;
mod stream;
#[cfg(test)]
mod tests;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::{
    ErrorExtensionValues, Request, Response, ServerError, Value,
    parser::types::{ExecutableDocument, Field, OperationType},
};
use futures_util::{StreamExt, stream::BoxStream};
use poem::http::StatusCode;
use tracing::Instrument;

pub use http::{get, post, preflight};
pub use origin::with_cors;
pub use socket::upgrade;

use self::{
    guard::{Cycle, Excess, Measure, Refused},
    messages::Asked,
    persisted::Persisted,
    seats::Seats,
};
use crate::{
    app::App,
    config::Limits,
    error::Error,
    graphql::batch,
    i18n::{self, Locale},
    idempotency::{self, Claim, Known},
    identity::Viewer,
    limits::{Left, Who},
    schema::{self, ApiSchema},
    telemetry,
};

/// The way into the schema: a handle, cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    app: App,
    api: ApiSchema,
    /// What a document of our own pages may hold.
    page_limits: Limits,
    persisted: Persisted,
    seats: Seats,
}

/// A request that was refused before its execution.
#[derive(Debug)]
pub struct Denied {
    /// For HTTP. 200 where a document is at fault: whether that is a failure of HTTP depends on the form of the answer.
    pub status: StatusCode,
    /// What is wrong.
    pub response: Response,
    /// The rate that is spent, for the headers.
    pub left: Option<Left>,
}

/// A request that may be executed.
pub struct Admitted {
    request: Request,
    asked: Asked,
    locale: Locale,
    cost: usize,
    claim: Option<Claim>,
    /// Query, mutation or subscription.
    pub kind: OperationType,
    /// The root field, `several` or `invalid`.
    label: &'static str,
    /// What is left of the caller's rate.
    pub left: Option<Left>,
}

impl Gate {
    /// Builds the schema of an application.
    pub fn new(app: &App) -> Self {
        Self(Arc::new(Inner {
            app: app.clone(),
            api: schema::build(app.clone()),
            page_limits: page_limits(&app.config.limits),
            persisted: Persisted::new(),
            seats: Seats::new(&app.config.limits),
        }))
    }

    /// The application behind it.
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// Looks at a request before it costs anything, and counts its cost.
    ///
    /// # Errors
    /// It is too large, is not GraphQL, or the caller has asked too much lately.
    pub fn admit(&self, viewer: &Viewer, request: Request, key: Option<&str>) -> Result<Admitted, Box<Denied>> {
        self.admit_within(viewer, request, key, &self.0.app.config.limits)
    }

    /// Executes a document of one of our own pages. It goes the way of every request, so that permissions, rates, keys and time-outs
    /// are the same, but an operator's limits for strangers' documents do not break our pages.
    pub async fn answer_page(&self, viewer: &Viewer, request: Request) -> Response {
        match self.admit_within(viewer, request, None, &self.0.page_limits) {
            Ok(admitted) => self.execute(admitted).await,
            Err(denied) => denied.response,
        }
    }

    fn admit_within(&self, viewer: &Viewer, mut request: Request, key: Option<&str>, limits: &Limits) -> Result<Admitted, Box<Denied>> {
        let locale = viewer.locale;
        self.0.persisted.resolve(&mut request).map_err(|missing| missing.denied(locale))?;
        if request.query.trim().is_empty() {
            let args = [("path", "query".into()), ("expected", i18n::text(locale, "type-string", &[]).into())];
            return Err(denied(StatusCode::BAD_REQUEST, locale, "BAD_REQUEST", "request-validation-missing-argument", &args));
        }
        scan::document(&request.query, limits).map_err(|excess| self.excess(StatusCode::OK, excess, locale))?;
        let asked = Asked::of(&request);
        let document = match request.parsed_query() {
            Ok(document) => document,
            Err(error) => {
                self.0.app.metrics.operation("query", "invalid", 0, Duration::ZERO, Some("BAD_REQUEST"));
                return Err(Box::new(Denied::of_document(asked.localise(Response::from_errors(vec![error]), locale))));
            }
        };
        // Where there is no such operation the engine says so.
        let kind = kind_of(document, asked.name.as_deref()).unwrap_or(OperationType::Query);
        let measure = guard::measure(document, &asked.variables, limits);
        let Measure { cost, .. } = measure.map_err(|refused| match refused {
            Refused::Excess(excess) => self.excess(StatusCode::OK, excess, locale),
            Refused::Cycle(Cycle(name)) => {
                denied(StatusCode::OK, locale, "BAD_REQUEST", "request-fragment-cycle", &[("path", name.into())])
            }
        })?;
        let fields = guard::root_fields(document, asked.name.as_deref());
        let label = guard::label(kind, &fields);
        let claim = if kind == OperationType::Mutation {
            let path = if key.is_some() { "Idempotency-Key" } else { "input.clientMutationId" };
            self.claim(viewer, path, key, &fields, &asked).map_err(|text| {
                let mut refusal = denied(StatusCode::OK, locale, "BAD_REQUEST", text, &[("path", path.into())]);
                refusal.at(path);
                refusal
            })?
        } else {
            None
        };
        let left = self.spend(viewer, cost.max(1)).map_err(|error| Box::new(Denied::from_error(error, locale)))?;
        let request = request.data(batch(&self.0.app, viewer)).data(viewer.clone());
        Ok(Admitted { request, asked, locale, cost, claim, kind, label, left })
    }

    fn spend(&self, viewer: &Viewer, cost: usize) -> Result<Option<Left>, Error> {
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        let limiter = &self.0.app.limiter;
        let mut left = None;
        let who = [viewer.address.map(Who::address), viewer.token.map(Who::Token), viewer.id.map(Who::Participant)];
        for who in who.into_iter().flatten() {
            left = Some(limiter.spend(&who, cost).inspect_err(|_| self.0.app.metrics.refusal("spending"))?);
        }
        // The person's comes last and is told; without one it is the address's.
        Ok(left)
    }

    fn excess(&self, status: StatusCode, Excess { limit, actual, max, path }: Excess, locale: Locale) -> Box<Denied> {
        self.0.app.metrics.refusal(limit.name());
        let key = format!("request-limit-{}", limit.name());
        let args = [("max", max.into()), ("actual", actual.into()), ("path", path.clone().into())];
        let mut refusal = denied(status, locale, "TOO_COMPLEX", &key, &args);
        if !path.is_empty() {
            refusal.at(&path);
        }
        for extensions in refusal.response.errors.iter_mut().filter_map(|e| e.extensions.as_mut()) {
            extensions.set("limit", limit.name());
            extensions.set("max", max);
            extensions.set("actual", actual);
        }
        refusal
    }

    /// The key of a mutation that must not be done twice: of the request, or the `clientMutationId` of its input.
    fn claim(
        &self,
        viewer: &Viewer,
        path: &'static str,
        key: Option<&str>,
        mutations: &[&Field],
        asked: &Asked,
    ) -> Result<Option<Claim>, &'static str> {
        let of_input = mutations.iter().find_map(|field| idempotency::client_mutation_id(field, &asked.variables));
        let Some(key) = key.or(of_input) else { return Ok(None) };
        if mutations.len() != 1 {
            // Of several, some may be done and others not.
            return Err("request-idempotency-one-mutation");
        }
        if !idempotency::is_key(key, viewer) {
            return Err("request-idempotency-key");
        }
        let variables = serde_json::to_vec(&asked.variables).unwrap_or_default();
        let request = [asked.query.as_bytes(), asked.name.as_deref().unwrap_or_default().as_bytes(), &variables];
        Ok(Some(Claim::new(&self.0.app, viewer, path, key, &request)))
    }

    /// Executes a query or a mutation.
    pub async fn execute(&self, admitted: Admitted) -> Response {
        let Admitted { request, asked, locale, cost, claim, kind, label, left } = admitted;
        let (kind, began) = (name_of(kind), Instant::now());
        let seconds = self.0.app.config.limits.timeout_seconds;
        let executed = async {
            match &claim {
                Some(claim) => self.once(claim, request, locale).await,
                None => self.0.api.execute(request).await,
            }
        };
        let executed = executed.instrument(telemetry::operation_span(kind, label));
        let response = match tokio::time::timeout(Duration::from_secs(seconds), executed).await {
            Ok(response) => self.finish(asked.localise(response, locale), cost, left),
            Err(_) => denied(StatusCode::GATEWAY_TIMEOUT, locale, "TIMEOUT", "request-timeout", &[("seconds", seconds.into())]).response,
        };
        self.0.app.metrics.operation(kind, label, cost, began.elapsed(), telemetry::first_code(&response));
        response
    }

    /// Executes a mutation that carries a key: if it was done before, the answer is the one that was given then.
    async fn once(&self, claim: &Claim, request: Request, locale: Locale) -> Response {
        let app = &self.0.app;
        let outcome = async {
            match claim.known(app).await? {
                None => (),
                // Done a moment ago, perhaps: its answer may be on its way.
                Some(Known::Done) => return claim.settled(app).await.map(Err),
                Some(known) => return Ok(Err(known)),
            }
            let response = claim.carry(self.0.api.execute(request)).await;
            if claim.is_repeated() {
                return claim.settled(app).await.map(Err);
            }
            // What was done stays done, whether its answer can be kept or not.
            if let Err(error) = claim.keep(app, &response).await {
                tracing::warn!(%error, "failed to keep an answer for repeats");
            }
            Ok::<_, Error>(Ok(response))
        };
        match outcome.await {
            Ok(Ok(response)) => response,
            Ok(Err(Known::Answered(response))) => response.extension("repeated", Value::from(true)),
            Ok(Err(Known::OfAnother)) => {
                let args = [("path", claim.path().into())];
                let mut refusal = denied(StatusCode::OK, locale, "BAD_REQUEST", "request-idempotency-key-reused", &args);
                refusal.at(claim.path());
                refusal.response
            }
            Ok(Err(Known::Done)) => Denied::from_error(Error::Repeated, locale).response,
            Err(error) => Denied::from_error(error, locale).response,
        }
    }

    /// Executes anything; a query or a mutation has one answer.
    pub fn stream(&self, admitted: Admitted) -> BoxStream<'static, Response> {
        let gate = self.clone();
        if admitted.kind != OperationType::Subscription {
            return futures_util::stream::once(async move { gate.execute(admitted).await }).boxed();
        }
        let Admitted { request, asked, locale, cost, label, left, .. } = admitted;
        let responses = self.0.api.execute_stream_with_session_data(request, Arc::default());
        // The cost is that of the subscription as a whole: told and counted once.
        let mut first = Some(Instant::now());
        let open = self.0.app.metrics.subscription_started();
        responses
            .map(move |response| {
                let _ = &open;
                let response = asked.localise(response, locale);
                let Some(began) = first.take() else { return response };
                gate.0.app.metrics.operation("subscription", label, cost, began.elapsed(), telemetry::first_code(&response));
                gate.finish(response, cost, left)
            })
            .boxed()
    }

    fn finish(&self, mut response: Response, cost: usize, left: Option<Left>) -> Response {
        let mut told = async_graphql::indexmap::IndexMap::new();
        told.insert(async_graphql::Name::new("requested"), Value::from(cost));
        told.insert(async_graphql::Name::new("limit"), Value::from(self.0.app.config.limits.cost));
        if let Some(left) = left {
            told.insert(async_graphql::Name::new("remaining"), Value::from(left.remaining));
        }
        response.extensions.insert("cost".to_owned(), Value::Object(told));
        response
    }
}

/// The limits of our own documents: no fewer than the settings', and never a reason to refuse a page.
fn page_limits(limits: &Limits) -> Limits {
    Limits { tokens: usize::MAX, depth: 40, fields: usize::MAX, aliases: usize::MAX, cost: usize::MAX, ..limits.clone() }
}

const fn name_of(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    }
}

/// What the chosen operation of a document is; `None` where it is not clear which is meant.
fn kind_of(document: &ExecutableDocument, name: Option<&str>) -> Option<OperationType> {
    let mut operations = document.operations.iter();
    match name {
        Some(name) => operations.find(|(n, _)| n.is_some_and(|n| n.as_str() == name)).map(|(_, o)| o.node.ty),
        None => operations.next().map(|(_, o)| o.node.ty),
    }
}

impl Denied {
    /// A document at fault, in the words of [`messages`].
    fn of_document(response: Response) -> Self {
        Self { status: StatusCode::OK, response, left: None }
    }

    /// Says which value is to blame.
    fn at(&mut self, path: &str) {
        for extensions in self.response.errors.iter_mut().filter_map(|e| e.extensions.as_mut()) {
            extensions.set("path", path.split('.').collect::<Vec<_>>());
        }
    }

    /// A refusal of the request as a whole.
    pub fn from_error(error: Error, locale: Locale) -> Self {
        let status = match &error {
            Error::Unauthenticated => StatusCode::UNAUTHORIZED,
            Error::Forbidden => StatusCode::FORBIDDEN,
            Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Refused(_) | Error::BadRequest(_) => StatusCode::BAD_REQUEST,
            Error::Repeated => StatusCode::CONFLICT,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let error = error.for_client(locale).into_server_error(async_graphql::Pos::default());
        Self { status, response: Response::from_errors(vec![ServerError { locations: Vec::new(), ..error }]), left: None }
    }
}

/// A refusal with a text and a code.
fn denied(status: StatusCode, locale: Locale, code: &'static str, key: &str, args: &[(&str, i18n::Value)]) -> Box<Denied> {
    let mut error = ServerError::new(i18n::text(locale, key, args), None);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    error.extensions = Some(extensions);
    Box::new(Denied { status, response: Response::from_errors(vec![error]), left: None })
}
