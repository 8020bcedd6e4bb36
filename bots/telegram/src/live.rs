//! Votes that grow before one's eyes: shown initiatives are looked at now and then, and their messages edited where the votes changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use veche_client::initiatives::Initiative;

use crate::{Bot, stopped, talk::initiative_card, telegram::Failure, texts::Language};

/// How long a shown initiative is kept up to date.
const HOW_LONG: Duration = Duration::from_secs(15 * 60);
/// How many messages are kept up to date, and how many initiatives are looked at in one round.
const MESSAGES: usize = 1000;
const INITIATIVES: usize = 50;

/// A message that shows an initiative.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    pub chat: i64,
    pub message: i64,
    pub language: Language,
    /// The short name of the initiative in this chat's buttons.
    pub short: u32,
    /// Options that are marked and not cast yet.
    pub marked: Vec<i32>,
    /// The address of the web pages.
    pub site: String,
    pub initiative: Initiative,
}

/// The messages that are kept up to date.
#[derive(Debug, Default)]
pub(crate) struct Live {
    messages: Mutex<BTreeMap<(i64, i64), (Instant, Watched)>>,
}

impl Live {
    fn messages(&self) -> std::sync::MutexGuard<'_, BTreeMap<(i64, i64), (Instant, Watched)>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a message up to date for a while.
    pub(crate) fn watch(&self, watched: Watched) {
        let mut messages = self.messages();
        if messages.len() >= MESSAGES
            && let Some(oldest) = messages.iter().min_by_key(|(_, (since, _))| *since).map(|(place, _)| *place)
        {
            messages.remove(&oldest);
        }
        messages.insert((watched.chat, watched.message), (Instant::now(), watched));
    }

    /// A message shows something else now.
    pub(crate) fn forget(&self, chat: i64, message: i64) {
        self.messages().remove(&(chat, message));
    }

    pub(crate) fn forget_chat(&self, chat: i64) {
        self.messages().retain(|(known, _), _| *known != chat);
    }

    /// The initiatives that are shown.
    fn shown(&self) -> BTreeSet<String> {
        let mut messages = self.messages();
        messages.retain(|_, (since, _)| since.elapsed() < HOW_LONG);
        messages.values().map(|(_, watched)| watched.initiative.id.inner().to_owned()).take(INITIATIVES).collect()
    }

    /// The messages that show other votes of an initiative than these.
    fn stale(&self, fresh: &Initiative) -> Vec<Watched> {
        let messages = self.messages();
        let of_it = messages.values().map(|(_, watched)| watched).filter(|watched| watched.initiative.id == fresh.id);
        of_it.filter(|watched| watched.initiative.tally != fresh.tally || watched.initiative.state != fresh.state).cloned().collect()
    }

    /// A message shows these votes now.
    fn shows(&self, place: (i64, i64), fresh: &Initiative) {
        if let Some((_, watched)) = self.messages().get_mut(&place) {
            watched.initiative.tally.clone_from(&fresh.tally);
            watched.initiative.state.clone_from(&fresh.state);
        }
    }
}

impl Bot {
    /// Keeps shown votes up to date until told to stop.
    pub(crate) async fn keep_tallies(&self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = stopped(&mut stop) => return,
                () = sleep(Duration::from_secs(self.settings.tally_seconds.max(1))) => {}
            }
            tokio::select! { () = stopped(&mut stop) => return, () = self.renew_tallies() => {} }
        }
    }

    async fn renew_tallies(&self) {
        for id in self.live.shown() {
            let fresh = match self.platform.initiative(&id, None, Language::default()).await {
                Ok(Some(fresh)) => fresh,
                Ok(None) => continue,
                Err(error) => {
                    tracing::debug!(%error, "votes could not be looked at");
                    return;
                }
            };
            for stale in self.live.stale(&fresh) {
                let place = (stale.chat, stale.message);
                // What can't be shown now is shown in the next round, with whatever was added until then.
                if !self.telegram.limits().try_now(stale.chat) {
                    continue;
                }
                let mut now = stale;
                now.initiative.tally.clone_from(&fresh.tally);
                now.initiative.state.clone_from(&fresh.state);
                match self.telegram.edit_now(place.0, place.1, &initiative_card(&now)).await {
                    Ok(()) => self.live.shows(place, &fresh),
                    Err(Failure::Later { .. }) => {}
                    Err(failure) => {
                        tracing::debug!(%failure, "a message with votes is given up");
                        self.live.forget(place.0, place.1);
                    }
                }
            }
        }
    }
}
