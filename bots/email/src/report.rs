//! What administrators are told of the ways in.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::sleep};
use veche_client::{
    Client,
    channels::{ChannelState, ReportChannelInput, report_channel},
    intake::Channel,
    key,
};

use crate::{Outcome, wait::random};

/// Between reports.
const EVERY: Duration = Duration::from_secs(60);
/// Between reports of changes: a way in that comes and goes is not told of each time.
const LEAST: Duration = Duration::from_secs(2);

/// A way in.
#[derive(Debug)]
pub(crate) struct Source {
    name: String,
    state: Mutex<State>,
    changed: Arc<Notify>,
}

#[derive(Debug, Clone)]
struct State {
    /// Nothing while it works.
    failure: Option<String>,
    received: i32,
    ignored: i32,
}

impl Source {
    pub fn new(name: String, changed: Arc<Notify>) -> Arc<Self> {
        let state = State { failure: Some("connecting".into()), received: 0, ignored: 0 };
        Arc::new(Self { name, state: Mutex::new(state), changed })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn is_well(&self) {
        if self.state().failure.take().is_some() {
            self.changed.notify_one();
        }
    }

    pub fn failing(&self, why: String) {
        let before = self.state().failure.replace(why);
        if before.is_none() {
            self.changed.notify_one();
        }
    }

    pub fn count(&self, outcome: &Outcome) {
        let mut state = self.state();
        match outcome {
            Outcome::Received { .. } | Outcome::Kept { .. } => state.received = state.received.saturating_add(1),
            Outcome::Ignored(_) | Outcome::Bounced { .. } => state.ignored = state.ignored.saturating_add(1),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report(&self) -> ReportChannelInput {
        let state = self.state();
        ReportChannelInput {
            channel: Channel::Email,
            name: self.name.chars().take(200).collect(),
            state: if state.failure.is_some() { ChannelState::Failing } else { ChannelState::Ok },
            detail: state.failure.iter().flat_map(|why| why.chars()).take(500).collect(),
            received: state.received,
            ignored: state.ignored,
        }
    }
}

/// Tells how the ways in are: every minute, and when one changes.
pub(crate) async fn keep_telling(sources: Vec<Arc<Source>>, changed: Arc<Notify>, client: Client) {
    let (process, mut number) = (format!("{:032x}", random::<u128>()), 0_u64);
    loop {
        sleep(LEAST).await;
        for source in &sources {
            number += 1;
            let name = key(&["report", &process, &number.to_string()]);
            if let Err(error) = report_channel(&client, source.report(), &name).await {
                tracing::debug!(%error, "failed to report");
            }
        }
        tokio::select! {
            () = sleep(EVERY) => (),
            () = changed.notified() => (),
        }
    }
}
