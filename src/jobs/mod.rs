//! Background work: enqueued in the writer's transaction, run once by some worker, retried with back-off, put aside
//! for a person when it keeps failing (`graphile_worker`).

mod claims;
pub mod graphql;
mod runner;
mod sql;

pub use runner::{migrate, run, run_waiting};
pub use sql::{counts, forget_replaced};

use chrono::{DateTime, Utc};
use graphile_worker::TaskHandler;
use sqlx::PgConnection;

use crate::error::{Error, Result};

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
    let payload = serde_json::to_value(job).map_err(|e| Error::Internal(e.into()))?;
    Ok(sql::add(tx, J::IDENTIFIER, &[payload], spec).await?)
}

/// Enqueues many jobs of a kind in one statement.
///
/// # Errors
/// The database failed.
pub async fn enqueue_all<J: TaskHandler>(tx: &mut PgConnection, jobs: &[J]) -> Result<()> {
    let payloads: Result<Vec<_>, _> = jobs.iter().map(serde_json::to_value).collect();
    let payloads = payloads.map_err(|e| Error::Internal(e.into()))?;
    if !payloads.is_empty() {
        sql::add(tx, J::IDENTIFIER, &payloads, &Spec::default()).await?;
    }
    Ok(())
}

/// The application that a job runs in.
///
/// # Errors
/// The worker was started without one, which is a mistake in the program.
pub fn app(ctx: &graphile_worker::WorkerContext) -> Result<crate::app::App> {
    ctx.extensions().get::<crate::app::App>().cloned().ok_or_else(|| Error::Internal(anyhow::anyhow!("the worker has no application")))
}
