use std::{fmt, marker::PhantomData, time::Instant};

use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use tracing::Instrument;

use crate::telemetry::{self, Metrics, Origin};

/// A job that is watched while it runs: within a span that names it and the request that it goes back to, and counted.
/// Its payload is read only then, so that one that cannot be read is seen as well.
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Observed<J> {
    payload: serde_json::Value,
    job: PhantomData<fn() -> J>,
}

impl<J: TaskHandler> TaskHandler for Observed<J> {
    const IDENTIFIER: &'static str = J::IDENTIFIER;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let metrics = super::app(&ctx).ok().map(|app| app.metrics.clone());
        let mut run = Run { task: J::IDENTIFIER, outcome: "aborted", began: Instant::now(), metrics };
        let origin = Origin::of(ctx.payload());
        let (id, attempt) = (*ctx.job().id(), *ctx.job().attempts());
        let request = origin.request.as_ref().map(|id| tracing::field::display(id.clone()));
        let name = telemetry::enabled().then(|| format!("job {}", J::IDENTIFIER));
        let span = tracing::error_span!("job", task = J::IDENTIFIER, id, request, otel.kind = "consumer", otel.name = name);
        if let Some(trace) = &origin.traceparent {
            telemetry::adopt(&span, trace);
        }
        let work = async {
            let outcome = match serde_json::from_value::<J>(self.payload) {
                Ok(job) => job.run(ctx).await.into_task_handler_result().map_err(|error| Failure(format!("{error:?}"))),
                Err(error) => Err(Failure(error.to_string())),
            };
            run.outcome = if outcome.is_ok() { "done" } else { "failed" };
            if let Err(error) = &outcome {
                tracing::warn!(attempt, ?error, "a job failed");
            }
            outcome
        };
        match origin.request {
            Some(request) => request.scope(work).instrument(span).await,
            None => work.instrument(span).await,
        }
    }
}

/// Why a job failed, as the queue keeps it.
struct Failure(String);

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Counts a run at its end, also when it is cut short.
struct Run {
    task: &'static str,
    outcome: &'static str,
    began: Instant,
    metrics: Option<Metrics>,
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(metrics) = &self.metrics {
            metrics.job(self.task, self.outcome, self.began.elapsed());
        }
    }
}
