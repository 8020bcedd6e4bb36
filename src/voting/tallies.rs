use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{Stream, StreamExt};
use sqlx::PgPool;
use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

use super::{graphql, rules::Tally, sql};
use crate::live::{self, Event};

/// A watched tally is shown at most this often: four times a second.
const PACE: Duration = Duration::from_millis(250);
/// Other processes are told of moved tallies at most this often, of all in one statement.
const HERALD: Duration = Duration::from_millis(50);
/// Before something that failed is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// The tallies that somebody in this process watches. Each is followed, slowed down and turned into its public form once, however
/// many watch it: the first change is shown at once, later ones at most four times a second, and always the last.
#[derive(Clone)]
pub struct Tallies(Arc<Inner>);

struct Inner {
    db: PgPool,
    watched: Mutex<HashMap<Uuid, Watched>>,
    news: Mutex<News>,
}

/// A tally that is watched.
struct Watched {
    shown: watch::Sender<Option<Arc<graphql::Tally>>>,
    /// `None` until the first look has come back.
    latest: Option<Tally>,
    shown_at: Option<Instant>,
    /// Somebody is about to show the latest, whatever that is by then.
    due: bool,
}

/// Tallies that this process moved and has not told the others of.
#[derive(Default)]
struct News {
    moved: HashMap<Uuid, Tally>,
    herald: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tallies {
    /// Nobody watches yet.
    pub fn new(db: PgPool) -> Self {
        Self(Arc::new(Inner { db, watched: Mutex::default(), news: Mutex::default() }))
    }

    /// The tally as it is now, then every change as far as the pace allows. Each who begins to watch has it read: another process
    /// may have shown them what this one has not heard of yet, and time does not go back.
    pub fn watch(&self, id: Uuid) -> impl Stream<Item = Arc<graphql::Tally>> + Send + use<> {
        let changes = self.changes(id);
        let this = self.clone();
        let first = async move {
            while let Err(error) = this.refresh(&[id]).await {
                tracing::warn!(%error, "failed to read a tally for somebody who watches it; trying again");
                tokio::time::sleep(PAUSE).await;
            }
            let now = lock(&this.0.watched).get(&id).and_then(|one| one.latest.clone());
            now.map(|tally| Arc::new(tally.into()))
        };
        let all = futures_util::stream::once(first).filter_map(std::future::ready).chain(changes);
        let mut last = -1;
        all.filter(move |tally: &Arc<graphql::Tally>| {
            let newer = tally.version > last;
            last = last.max(tally.version);
            std::future::ready(newer)
        })
    }

    /// What is shown of a tally, from the last that was, as far as the pace allows.
    fn changes(&self, id: Uuid) -> impl Stream<Item = Arc<graphql::Tally>> + Send + use<> {
        let mut receiver = {
            let mut watched = lock(&self.0.watched);
            let new = || Watched { shown: watch::Sender::new(None), latest: None, shown_at: None, due: false };
            watched.entry(id).or_insert_with(new).shown.subscribe()
        };
        receiver.mark_changed();
        futures_util::stream::unfold(receiver, async |mut receiver| {
            loop {
                receiver.changed().await.ok()?;
                let tally = receiver.borrow_and_update().clone();
                if let Some(tally) = tally {
                    return Some((tally, receiver));
                }
            }
        })
    }

    /// What somebody watches; forgets the rest.
    pub fn watched_now(&self) -> Vec<Uuid> {
        let mut watched = lock(&self.0.watched);
        watched.retain(|_, one| one.shown.receiver_count() > 0);
        watched.keys().copied().collect()
    }

    /// Reads these tallies again.
    ///
    /// # Errors
    /// The database failed.
    pub async fn refresh(&self, ids: &[Uuid]) -> sqlx::Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        for row in sql::tallies(&self.0.db, ids).await? {
            self.moved(row.initiative_id, &Tally { counts: row.counts, ballots: row.ballots, version: row.version });
        }
        Ok(())
    }

    /// Shows a tally to those in this process who watch it, unless they know a later one.
    pub fn moved(&self, id: Uuid, tally: &Tally) {
        let mut watched = lock(&self.0.watched);
        let Some(one) = watched.get_mut(&id) else { return };
        if one.latest.as_ref().is_some_and(|latest| latest.version >= tally.version) {
            return;
        }
        // The first look is no change: the change after it is shown at once.
        let first = one.latest.replace(tally.clone()).is_none();
        if one.due {
            return;
        }
        let wait = one.shown_at.map_or(Duration::ZERO, |at| PACE.saturating_sub(at.elapsed()));
        if wait.is_zero() {
            one.show(first);
        } else {
            one.due = true;
            let this = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                if let Some(one) = lock(&this.0.watched).get_mut(&id) {
                    one.show(false);
                }
            });
        }
    }

    /// Shows a tally that this process moved and committed, and tells the other processes soon. Not within the ballots' own
    /// transaction: `NOTIFY` holds a lock of the whole server from before the commit is written to disk until after.
    pub fn announce(&self, id: Uuid, tally: &Tally) {
        self.moved(id, tally);
        let start = {
            let mut news = lock(&self.0.news);
            news.moved.insert(id, tally.clone());
            !std::mem::replace(&mut news.herald, true)
        };
        if start {
            tokio::spawn(self.clone().tell());
        }
    }

    /// Tells the other processes until there is nothing new. Should the process die before, they notice with their next look.
    async fn tell(self) {
        loop {
            let moved = {
                let mut news = lock(&self.0.news);
                if news.moved.is_empty() {
                    news.herald = false;
                    return;
                }
                std::mem::take(&mut news.moved)
            };
            let event = |(initiative, tally): (&Uuid, &Tally)| {
                let Tally { counts, ballots, version } = tally.clone();
                live::payload(&Event::Tally { initiative: *initiative, counts, ballots, version })
            };
            let payloads: Vec<String> = moved.iter().filter_map(|news| event(news).ok()).collect();
            let pause = match sql::notify(&self.0.db, live::CHANNEL, &payloads).await {
                Ok(()) => HERALD,
                Err(error) => {
                    tracing::warn!(%error, "failed to tell other processes of tallies; trying again");
                    let mut news = lock(&self.0.news);
                    for (id, tally) in moved {
                        news.moved.entry(id).or_insert(tally);
                    }
                    PAUSE
                }
            };
            tokio::time::sleep(pause).await;
        }
    }
}

impl Watched {
    fn show(&mut self, first: bool) {
        self.due = false;
        self.shown_at = (!first).then(Instant::now);
        self.shown.send_replace(self.latest.clone().map(|tally| Arc::new(tally.into())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tallies() -> Tallies {
        // Never connected: these tests ask it nothing that they wait for.
        Tallies::new(PgPool::connect_lazy("postgres://localhost:1/nothing").unwrap())
    }

    fn tally(version: i64) -> Tally {
        Tally { counts: vec![version], ballots: version, version }
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_of_changes_is_shown_four_times_a_second_and_the_last_always() {
        let (tallies, id) = (tallies(), Uuid::from_u128(1));
        let mut stream = Box::pin(tallies.changes(id));
        tallies.moved(id, &tally(0));
        assert_eq!(stream.next().await.unwrap().version, 0);
        let start = Instant::now();
        let feed = async {
            for version in 1..=1000 {
                tallies.moved(id, &tally(version));
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let read = async {
            let mut seen = Vec::new();
            while seen.last() != Some(&1000) {
                seen.push(stream.next().await.unwrap().version);
            }
            seen
        };
        let ((), seen) = tokio::join!(feed, read);
        assert_eq!(seen[0], 1, "the first is shown at once");
        assert!((4..=6).contains(&seen.len()), "{seen:?}");
        assert!(start.elapsed() <= Duration::from_millis(1300));
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_late_is_not_shown_and_who_comes_late_sees_the_present() {
        let (tallies, id) = (tallies(), Uuid::from_u128(1));
        let mut early = Box::pin(tallies.changes(id));
        tallies.moved(id, &tally(5));
        tallies.moved(id, &tally(4));
        assert_eq!(early.next().await.unwrap().version, 5);
        let mut late = Box::pin(tallies.changes(id));
        assert_eq!(late.next().await.unwrap().version, 5);
        tallies.moved(id, &tally(6));
        assert_eq!((early.next().await.unwrap().version, late.next().await.unwrap().version), (6, 6));
        drop((early, late));
        assert_eq!(tallies.watched_now(), Vec::<Uuid>::new());
    }
}
