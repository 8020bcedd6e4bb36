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
    /// The time zone of the city.
    pub zone: chrono_tz::Tz,
    pub initiative: Initiative,
}

/// The messages that are kept up to date.
#[derive(Debug, Default)]
pub(crate) struct Live {
    messages: Mutex<BTreeMap<(i64, i64), (Instant, Watched)>>,
    /// The initiative that was looked at last.
    looked: Mutex<String>,
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

    /// The initiatives to look at in this round: those that come after the ones of the last round.
    fn next(&self) -> Vec<String> {
        let mut messages = self.messages();
        messages.retain(|_, (since, _)| since.elapsed() < HOW_LONG);
        let shown: BTreeSet<&str> = messages.values().map(|(_, watched)| watched.initiative.id.inner()).collect();
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, after): (Vec<&str>, Vec<&str>) = shown.into_iter().partition(|id| *id <= looked.as_str());
        let next: Vec<String> = after.into_iter().chain(before).take(INITIATIVES).map(str::to_owned).collect();
        if let Some(last) = next.last() {
            looked.clone_from(last);
        }
        next
    }

    /// The messages that show an initiative.
    fn places(&self, id: &str) -> Vec<(i64, i64)> {
        self.messages().iter().filter(|(_, (_, watched))| watched.initiative.id.inner() == id).map(|(place, _)| *place).collect()
    }

    /// What a message shows at this moment, where that is other votes than these.
    fn stale(&self, place: (i64, i64), fresh: &Initiative) -> Option<Watched> {
        let messages = self.messages();
        let (_, watched) = messages.get(&place).filter(|(_, watched)| watched.initiative.id == fresh.id)?;
        (watched.initiative.tally != fresh.tally || watched.initiative.state != fresh.state).then(|| watched.clone())
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
        for id in self.live.next() {
            let fresh = match self.platform.initiative(&id, None, Language::default()).await {
                Ok(Some(fresh)) => fresh,
                Ok(None) => continue,
                Err(error) => {
                    tracing::debug!(%error, "votes could not be looked at");
                    return;
                }
            };
            for place in self.live.places(&id) {
                // The person may have gone on since: what the message shows is looked at right before.
                let Some(mut now) = self.live.stale(place, &fresh) else { continue };
                // What can't be shown now is shown in the next round, with whatever was added until then.
                if !self.telegram.limits().try_now(place.0) {
                    continue;
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use veche_client::{
        Id,
        initiatives::{BallotKind, InitiativeState},
    };

    fn initiative(id: &str) -> Initiative {
        Initiative {
            id: Id::new(id),
            title: String::new(),
            goal: String::new(),
            effect: String::new(),
            resources: String::new(),
            state: InitiativeState::Voting,
            ballot_kind: BallotKind::Support,
            ballot_options: Vec::new(),
            min_choices: 1,
            max_choices: 1,
            threshold: 1,
            tally: None,
            my_ballot: None,
            voting_ends_at: None,
            territory: None,
            topic: None,
            followed: false,
        }
    }

    #[test]
    fn every_initiative_has_its_turn() {
        let live = Live::default();
        for n in 0..120 {
            // The first ones are shown in many chats.
            for chat in 0..if n < 2 { 200 } else { 1 } {
                let initiative = initiative(&format!("I{n:03}"));
                live.watch(Watched {
                    chat,
                    message: n,
                    language: Language::Ru,
                    short: 0,
                    marked: Vec::new(),
                    site: String::new(),
                    zone: chrono_tz::Tz::UTC,
                    initiative,
                });
            }
        }
        let rounds: Vec<Vec<String>> = (0..3).map(|_| live.next()).collect();
        assert!(rounds.iter().all(|round| round.len() == INITIATIVES && round.iter().collect::<BTreeSet<_>>().len() == INITIATIVES));
        assert_eq!(rounds.concat().into_iter().collect::<BTreeSet<_>>().len(), 120);
    }
}
