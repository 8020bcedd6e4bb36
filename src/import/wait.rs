use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tokio::{sync::oneshot, task::JoinHandle};

use super::Progress;
use crate::{
    app::App,
    jobs::{self, Spec},
    triage::Learn,
};

/// Jobs that failed pause before they are tried again, at last for hours: when nothing else is left, they are not waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// The work that makes messages understood.
const UNDERSTANDING: [&str; 4] = ["understand", "compare", "learn", "relabel"];

/// Whether somebody at the keyboard wants to stop (Ctrl-C, SIGINT).
#[derive(Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    pub fn listen() -> Self {
        let interrupt = Self::default();
        let raised = interrupt.0.clone();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                raised.store(true, Ordering::Relaxed);
            }
        });
        interrupt
    }

    /// Whether it has happened.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A worker inside this process, beside whatever other processes run. It ends when it is dropped.
pub struct Worker {
    // Never sent: that it is dropped is the sign to stop.
    _stop: oneshot::Sender<()>,
    task: JoinHandle<Result<()>>,
}

impl Worker {
    /// Starts to run jobs.
    pub fn start(app: &App) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let app = app.clone();
        let task = tokio::spawn(async move {
            jobs::run(&app, async move {
                let _ = stopped.await;
            })
            .await
        });
        Self { _stop: stop, task }
    }

    /// Lets the jobs in flight finish and ends.
    ///
    /// # Errors
    /// The worker had failed.
    pub async fn stop(self) -> Result<()> {
        let Self { _stop: stop, task } = self;
        drop(stop);
        task.await.context("the worker broke off")?
    }

    /// Waits until every message is understood, learns from them, and waits for what follows from that. Gives the number of
    /// jobs that failed and are left to later; an interrupt ends the waiting.
    ///
    /// # Errors
    /// The database or the worker failed.
    pub async fn understood(&self, app: &App, interrupt: &Interrupt, draw: bool) -> Result<u64> {
        self.wait_for(app, &UNDERSTANDING, "understanding", interrupt, draw).await?;
        if !interrupt.is_raised() {
            let mut tx = app.db.begin().await?;
            jobs::enqueue(&mut tx, &Learn::default(), &Spec { key: Some("learn".into()), ..Spec::default() }).await?;
            tx.commit().await?;
        }
        self.wait_for(app, &UNDERSTANDING, "learning", interrupt, draw).await
    }

    /// Waits until no job of these kinds waits or runs, but for those that failed; gives the number of these.
    ///
    /// # Errors
    /// The database or the worker failed.
    pub async fn wait_for(&self, app: &App, tasks: &[&str], what: &'static str, interrupt: &Interrupt, draw: bool) -> Result<u64> {
        let mut progress = Progress::items(what, 0, draw);
        let mut moved = (0, Instant::now());
        let outcome = loop {
            let counts = jobs::counts(&app.db).await.context("failed to count the jobs")?;
            let (mut waiting, mut running, mut failed) = (0, 0, 0);
            for (_, one, two, three) in counts.iter().filter(|(task, ..)| tasks.contains(&task.as_str())) {
                (waiting, running, failed) = (waiting + one, running + two, failed + three);
            }
            progress.left((waiting + running).unsigned_abs());
            if running > 0 || waiting != moved.0 {
                moved = (waiting, Instant::now());
            }
            if waiting + running == 0 || interrupt.is_raised() || moved.1.elapsed() >= PATIENCE {
                break (waiting + failed).unsigned_abs();
            }
            if self.task.is_finished() {
                bail!("the worker ended before the work was done");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        progress.finish();
        Ok(outcome)
    }
}
