//! Traces over OTLP (HTTP, protobuf), when the settings name a collector.

use std::{collections::HashMap, pin::Pin, sync::OnceLock, time::Duration};

use anyhow::{Context, Result};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use opentelemetry::{
    propagation::TextMapPropagator,
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, hyper::HyperClient};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use tokio::runtime::Handle;
use tracing::{Span, Subscriber, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

use crate::config::Telemetry;

/// What sends the traces of this process, if anything does.
static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();
/// How long the collector may take for an answer, and we for the last spans at the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether traces are sent.
pub fn enabled() -> bool {
    PROVIDER.get().is_some()
}

/// Turns our spans into traces; nothing when the settings name no collector.
pub fn layer<S>(settings: &Telemetry) -> Result<Option<impl Layer<S>>>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    if settings.otlp_endpoint.is_empty() {
        return Ok(None);
    }
    let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
    let client = Client { runtime: Handle::current(), hyper: HyperClient::new(connector, PATIENCE, None) };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_endpoint(format!("{}/v1/traces", settings.otlp_endpoint))
        .with_timeout(PATIENCE)
        .build()
        .context("telemetry.otlp_endpoint cannot be used")?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        // By the trace's id alone, the same for request and job in every process: a stranger's `traceparent` may name a trace but not
        // decide that it is kept.
        .with_sampler(Sampler::TraceIdRatioBased(settings.sample_ratio))
        .with_resource(Resource::builder().with_service_name(settings.service_name.clone()).build())
        .build();
    let tracer = provider.tracer("veche");
    let _ = PROVIDER.set(provider);
    let ours = Targets::new().with_target("veche", LevelFilter::INFO);
    let layer = tracing_opentelemetry::layer().with_tracer(tracer).with_location(false).with_threads(false).with_tracked_inactivity(false);
    Ok(Some(layer.with_filter(ours)))
}

/// Sends what has not been sent yet, for at most five seconds. Afterwards nothing is sent any more.
pub async fn finish() {
    if let Some(provider) = PROVIDER.get() {
        // It blocks until the sending thread, which needs this runtime, is done.
        let sent = tokio::task::spawn_blocking(|| provider.shutdown_with_timeout(PATIENCE)).await;
        if let Ok(Err(error)) = sent {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Puts a span into the trace that a `traceparent` names (W3C Trace Context); anything else in it is ignored. Before the span is entered.
pub fn adopt(span: &Span, traceparent: &str) {
    if enabled() {
        let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
        // It fails for a span that is not traced, which has no need of it.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
    }
}

/// Tells the trace what of a request's span is known only at its end.
pub fn answered(span: &Span, method: &str, route: &str, status: u16) {
    if enabled() {
        span.set_attribute("http.route", route.to_owned());
        span.set_attribute("http.response.status_code", i64::from(status));
        span.context().span().update_name(format!("{method} {route}"));
    }
}

/// The `traceparent` of what happens now.
pub fn current() -> Option<String> {
    let context = enabled().then(|| Span::current().context())?;
    let span = context.span().span_context().clone();
    span.is_valid().then(|| format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8()))
}

/// Sends on the program's runtime: the exporter works on a thread of its own that has none.
#[derive(Debug)]
struct Client {
    runtime: Handle,
    hyper: HyperClient<HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>>,
}

impl HttpClient for Client {
    fn send_bytes<'c, 'f>(
        &'c self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        'c: 'f,
        Self: 'f,
    {
        let client = self.hyper.clone();
        let sending = self.runtime.spawn(async move { client.send_bytes(request).await });
        Box::pin(async move { sending.await? })
    }
}
