use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use uuid::Uuid;

use super::sql::ViewerRow;

/// Tokens held at the most, in two halves: what was not asked for while the young half filled up is forgotten.
const HALF: usize = 32_768;
/// Age at which a token is looked up again, whatever was heard: a belt beside the braces.
const AGE: TimeDelta = TimeDelta::seconds(30);

/// Whom tokens stand for, so that not every request asks the database. The database tells of every change (triggers on what a viewer
/// is made of notify in the changing transaction), and only while the process hears it is anything served from here.
#[derive(Default)]
pub struct Known(Mutex<State>);

#[derive(Default)]
struct State {
    young: HashMap<[u8; 32], Entry>,
    old: HashMap<[u8; 32], Entry>,
    /// Moves with everything that is forgotten, so that what was read before is not kept after.
    epoch: u64,
    /// Until when the database has surely been heard.
    heard_until: Option<Instant>,
}

#[derive(Clone)]
struct Entry {
    viewer: Arc<ViewerRow>,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// Shows when a look at the database began.
#[derive(Debug, Clone, Copy)]
pub struct Look(u64);

impl State {
    fn hears(&self) -> bool {
        self.heard_until.is_some_and(|until| Instant::now() < until)
    }

    fn put(&mut self, hash: [u8; 32], entry: Entry) {
        if self.young.len() >= HALF {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(hash, entry);
    }
}

impl Known {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom a token stands for.
    ///
    /// # Errors
    /// Not known: look it up, and hand what was found to [`Self::keep`].
    pub fn find(&self, hash: &[u8; 32], now: DateTime<Utc>) -> Result<Arc<ViewerRow>, Look> {
        let mut state = self.state();
        let look = Look(state.epoch);
        if !state.hears() {
            return Err(look);
        }
        if !state.young.contains_key(hash) {
            let entry = state.old.remove(hash).ok_or(look)?;
            state.put(*hash, entry);
        }
        let entry = state.young.get(hash).ok_or(look)?;
        // A clock that was set back shows nothing about the age.
        if now < entry.from || now >= entry.until {
            state.young.remove(hash);
            return Err(look);
        }
        Ok(entry.viewer.clone())
    }

    /// Keeps what was found with a look that began at `now`, unless something was forgotten meanwhile.
    pub fn keep(&self, look: Look, hash: [u8; 32], viewer: Arc<ViewerRow>, now: DateTime<Utc>) {
        let left = viewer.seconds_left.map_or(AGE, |s| TimeDelta::milliseconds((s.clamp(0.0, 3600.0) * 1000.0) as i64));
        let mut state = self.state();
        if state.epoch == look.0 && state.hears() {
            state.put(hash, Entry { viewer, from: now, until: now + left.min(AGE) });
        }
    }

    /// Forgets the tokens of a participant.
    pub fn forget(&self, participant: Uuid) {
        let mut state = self.state();
        state.epoch += 1;
        state.young.retain(|_, entry| entry.viewer.id != participant);
        state.old.retain(|_, entry| entry.viewer.id != participant);
    }

    /// The database was heard just now, and everything that it said is done; that counts for a while.
    pub fn heard(&self, lasts: Duration) {
        self.state().heard_until = Some(Instant::now() + lasts);
    }

    /// The database is not heard any more: forgets everything.
    pub fn deaf(&self) {
        let epoch = self.state().epoch;
        *self.state() = State { epoch: epoch + 1, ..State::default() };
    }

    /// Whether the database is heard.
    pub fn hears(&self) -> bool {
        self.state().hears()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Locale;

    const TOKEN: [u8; 32] = [1; 32];

    fn row(id: u128, seconds_left: Option<f64>) -> Arc<ViewerRow> {
        Arc::new(ViewerRow {
            id: Uuid::from_u128(id),
            roles: Vec::new(),
            confirmed: true,
            locale: Locale::Ru,
            scopes: None,
            group_ids: Vec::new(),
            group_roles: Vec::new(),
            departments: Vec::new(),
            is_session: true,
            seconds_left,
        })
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_served_to_the_deaf() {
        let known = Known::default();
        let look = known.find(&TOKEN, at(0)).unwrap_err();
        known.keep(look, TOKEN, row(1, None), at(0));
        known.heard(Duration::from_secs(5));
        let look = known.find(&TOKEN, at(0)).unwrap_err();
        known.keep(look, TOKEN, row(1, None), at(0));
        assert_eq!(known.find(&TOKEN, at(1)).unwrap().id, Uuid::from_u128(1));
        tokio::time::advance(Duration::from_secs(6)).await;
        assert!(known.find(&TOKEN, at(1)).is_err(), "nothing was heard for too long");
        known.heard(Duration::from_secs(5));
        known.deaf();
        known.heard(Duration::from_secs(5));
        assert!(known.find(&TOKEN, at(1)).is_err(), "what happened while it was deaf is unknown");
    }

    #[tokio::test]
    async fn what_was_read_before_a_change_is_not_kept_after_it() {
        let known = Known::default();
        known.heard(Duration::from_secs(5));
        let look = known.find(&TOKEN, at(0)).unwrap_err();
        known.forget(Uuid::from_u128(1));
        known.keep(look, TOKEN, row(1, None), at(0));
        let look = known.find(&TOKEN, at(0)).unwrap_err();
        known.keep(look, TOKEN, row(1, None), at(0));
        known.forget(Uuid::from_u128(2));
        assert!(known.find(&TOKEN, at(0)).is_ok());
        known.forget(Uuid::from_u128(1));
        assert!(known.find(&TOKEN, at(0)).is_err());
    }

    #[tokio::test]
    async fn nothing_outlives_its_session_or_its_age() {
        let known = Known::default();
        known.heard(Duration::from_secs(5));
        for (left, lasts) in [(Some(3.0), 3), (Some(1e9), 30), (None, 30)] {
            let look = known.find(&TOKEN, at(0)).unwrap_err();
            known.keep(look, TOKEN, row(1, left), at(0));
            assert!(known.find(&TOKEN, at(lasts - 1)).is_ok());
            assert!(known.find(&TOKEN, at(lasts)).is_err());
            assert!(known.find(&TOKEN, at(0)).is_err(), "it is gone");
        }
    }

    #[tokio::test]
    async fn it_stays_bounded_and_keeps_what_is_used() {
        let known = Known::default();
        known.heard(Duration::from_secs(60));
        let put = |n: u32| {
            let mut hash = [0; 32];
            hash[..4].copy_from_slice(&n.to_le_bytes());
            if let Err(look) = known.find(&hash, at(0)) {
                known.keep(look, hash, row(1, None), at(0));
            }
        };
        for n in 0..200_000 {
            put(n);
            put(7);
        }
        let state = known.state();
        assert!(state.young.len() + state.old.len() <= 2 * HALF);
        drop(state);
        let mut seven = [0; 32];
        seven[0] = 7;
        assert!(known.find(&seven, at(0)).is_ok());
    }
}
