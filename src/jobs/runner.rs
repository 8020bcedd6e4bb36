use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::FutureExt;
use graphile_worker::{LocalQueueConfig, RefetchDelayConfig, WorkerOptions, WorkerUtils};

use super::{claims::Claims, observed::Observed};
use crate::{app::App, attachments, feedback, identity, import, initiatives, notify, search, triage};

/// The schema that the queue keeps its tables in.
const SCHEMA: &str = "graphile_worker";

/// Brings the queue's own tables up to date.
///
/// # Errors
/// The database failed or refuses.
pub async fn migrate(db: &sqlx::PgPool) -> Result<()> {
    WorkerUtils::new(db.clone(), SCHEMA).migrate().await.context("failed to prepare the job queue")
}

/// What runs by the clock, in UTC; what was missed while no worker ran is made up for.
const SCHEDULE: &str = "
* * * * * settle_due ?fill=2m {}
*/10 * * * * learn ?fill=10m {}
*/10 * * * * relabel ?fill=10m {}
7 * * * * watch ?fill=1h {}
13 * * * * look_for_news ?fill=1h {}
17 3 * * * sweep ?fill=1d {}
27 3 * * * sweep_files ?fill=1d {}
37 3 * * * close_answered ?fill=1d {}
43 2 * * * regroup ?fill=12h&queue=regroup {}
57 3 * * * draw_map ?fill=1d {}
7 4 * * * forget_changes ?fill=1d {}
";

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

/// Between looks for jobs that no notification told of.
const POLL: Duration = Duration::from_secs(1);
/// The pause before a worker that failed starts again.
const RESTART: Duration = Duration::from_secs(1);

/// Runs jobs until `stop` resolves; then lets those in flight finish. A worker ends when it loses the database at the wrong
/// moment, or jobs on their way to it; another takes its place here, and what the former one held is taken over.
///
/// # Errors
/// The worker did not end well when it was asked to.
pub async fn run(app: &App, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
    let stop = stop.shared();
    loop {
        let error = match work(app, stop.clone()).await {
            Ok(()) if stop.peek().is_some() => return Ok(()),
            Err(error) if stop.peek().is_some() => return Err(error),
            Ok(()) => "jobs were lost on their way to it".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        tracing::warn!(error, "the worker ended; starting another");
        tokio::select! { () = tokio::time::sleep(RESTART) => (), () = stop.clone() => return Ok(()) }
    }
}

/// One worker's life.
async fn work(app: &App, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
    let claims = Claims::default();
    let options = claims
        .watch(options(app))
        // Without it a worker takes only `concurrency` jobs at each signal. Without the pause the queue of version 0.14 asks the
        // database again and again while there is nothing to do: each look wakes the next one. A notification ends the pause at once.
        .local_queue(
            LocalQueueConfig::default()
                .with_size(32)
                .with_refetch_delay(RefetchDelayConfig::default().with_duration(POLL).with_threshold(0).with_max_abort_threshold(1)),
        )
        .shutdown_signal(stop)
        .with_cron(SCHEDULE)
        .context("failed to read the schedule")?;
    let worker = options.init().await.context("failed to start the worker")?;
    let watching = async {
        claims.lost(app, worker.worker_id()).await;
        worker.request_shutdown();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        outcome = worker.run() => outcome.context("the worker stopped"),
        () = watching => Ok(()),
    }
}

/// Runs the jobs whose time has come, and those that they bring with them, and ends.
///
/// # Errors
/// The database cannot be reached.
pub async fn run_waiting(app: &App) -> Result<()> {
    let worker = options(app).init().await.context("failed to start the worker")?;
    worker.run_once().await.context("the worker stopped")
}

fn options(app: &App) -> WorkerOptions {
    let settings = &app.config.worker;
    WorkerOptions::default()
        .pg_pool(app.db.clone())
        .schema(SCHEMA)
        .concurrency(settings.concurrency.max(1))
        .poll_interval(POLL)
        .heartbeat_interval(Duration::from_secs(settings.heartbeat_seconds))
        .sweep_interval(Duration::from_secs(settings.heartbeat_seconds))
        .sweep_threshold(Duration::from_secs(settings.dead_after_seconds))
        .recovery_delay(Duration::ZERO)
        .listen_os_shutdown_signals(false)
        .shutdown_grace_period(Duration::from_secs(20))
        .shutdown_interrupted_job_retry_delay(Duration::ZERO)
        .add_extension(app.clone())
        .define_job::<Observed<initiatives::Settle>>()
        .define_job::<Observed<triage::Understand>>()
        .define_job::<Observed<triage::Learn>>()
        .define_job::<Observed<triage::Relabel>>()
        .define_job::<Observed<triage::Compare>>()
        .define_job::<Observed<triage::Regroup>>()
        .define_job::<Observed<triage::Watch>>()
        .define_job::<Observed<triage::DrawMap>>()
        .define_job::<Observed<triage::AnswerTickets>>()
        .define_job::<Observed<notify::Announce>>()
        .define_job::<Observed<notify::Deliver>>()
        .define_job::<Observed<feedback::CloseAnswered>>()
        .define_job::<Observed<initiatives::SettleDue>>()
        .define_job::<Observed<identity::SendConfirmation>>()
        .define_job::<Observed<import::RunImport>>()
        .define_job::<Observed<identity::SendReset>>()
        .define_job::<Observed<identity::Sweep>>()
        .define_job::<Observed<attachments::ScanFile>>()
        .define_job::<Observed<attachments::SweepFiles>>()
        .define_job::<Observed<search::ForgetChanges>>()
        .define_job::<Observed<search::LookForNews>>()
}
