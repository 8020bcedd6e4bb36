//! Background work: enqueued in the writer's transaction, run once by some worker, retried with back-off, put aside
//! for a person when it keeps failing (`graphile_worker`).

mod claims;
pub mod graphql;
mod observed;
mod runner;
mod sql;

pub use runner::{migrate, run, run_waiting};
pub use sql::{Backlog, backlog, counts, forget_replaced};

use chrono::{DateTime, Utc};
use graphile_worker::TaskHandler;
use sqlx::PgConnection;

use crate::{
    error::{Error, Result},
    telemetry,
};

/// When and how a job is to run.
#[derive(Debug, Clone, Default)]
pub struct Spec {
    /// Not before.
    pub run_at: Option<DateTime<Utc>>,
    /// A waiting job of the same key is replaced.
    pub key: Option<String>,
    /// Jobs of one queue run one after another.
    pub queue: Option<&'static str>,
}

/// Enqueues a job; it becomes visible to workers when the transaction commits.
///
/// # Errors
/// The database failed.
pub async fn enqueue<J: TaskHandler>(tx: &mut PgConnection, job: &J, spec: &Spec) -> Result<()> {
    Ok(sql::add(tx, J::IDENTIFIER, &[payload(job)?], spec).await?)
}

/// Enqueues many jobs of a kind in one statement.
///
/// # Errors
/// The database failed.
pub async fn enqueue_all<J: TaskHandler>(tx: &mut PgConnection, jobs: &[J]) -> Result<()> {
    let payloads = jobs.iter().map(payload).collect::<Result<Vec<_>>>()?;
    if !payloads.is_empty() {
        sql::add(tx, J::IDENTIFIER, &payloads, &Spec::default()).await?;
    }
    Ok(())
}

fn payload<J: TaskHandler>(job: &J) -> Result<serde_json::Value> {
    let mut payload = serde_json::to_value(job).map_err(|e| Error::Internal(e.into()))?;
    telemetry::stamp(&mut payload);
    Ok(payload)
}

/// The application that a job runs in.
///
/// # Errors
/// The worker was started without one, which is a mistake in the program.
pub fn app(ctx: &graphile_worker::WorkerContext) -> Result<crate::app::App> {
    ctx.extensions().get::<crate::app::App>().cloned().ok_or_else(|| Error::Internal(anyhow::anyhow!("the worker has no application")))
}
