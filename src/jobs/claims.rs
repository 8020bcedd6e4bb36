use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use graphile_worker::{AfterJobRun, HookResult, JobStart, WorkerOptions};

use super::sql;
use crate::app::App;

/// The jobs that a worker runs now.
///
/// When the database commits that a worker has taken jobs but the connection breaks before the worker learns which, they belong
/// to a living worker that knows nothing of them, and the queue would leave them alone for four hours. Here they are noticed.
#[derive(Clone, Default)]
pub struct Claims(Arc<Mutex<HashSet<i64>>>);

impl Claims {
    /// Sees what the worker of these options runs.
    pub fn watch(&self, options: WorkerOptions) -> WorkerOptions {
        let (started, ended) = (self.clone(), self.clone());
        options
            .on(JobStart, move |ctx| {
                started.lock().insert(*ctx.job.id());
                std::future::ready(())
            })
            .on(AfterJobRun, move |ctx| {
                ended.lock().remove(ctx.job.id());
                std::future::ready(HookResult::Continue)
            })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Resolves when the worker holds jobs that never reached it: taken long ago and not running, though it has a hand free.
    pub async fn lost(&self, app: &App, worker: &str) {
        let age = Duration::from_secs(app.config.worker.dead_after_seconds.max(1));
        let mut suspects = HashSet::new();
        loop {
            tokio::time::sleep(age).await;
            let mut running = self.lock().clone();
            let Ok(taken) = sql::taken_before(&app.db, worker, age).await else { continue };
            let now = self.lock().clone();
            let free = now.len() < app.config.worker.concurrency.max(1);
            // A job that began or ended during the look is in one of the two.
            running.extend(now);
            let idle: HashSet<i64> = taken.into_iter().filter(|job| free && !running.contains(job)).collect();
            // One that only waited for its turn will have had it by the next look.
            if !suspects.is_disjoint(&idle) {
                return;
            }
            suspects = idle;
        }
    }
}
