//! What just happened, told to subscribers in every process: `NOTIFY` in the writer's transaction (tallies: just after it), one
//! `LISTEN` a process. Whoever waits, waits for a topic, so an event wakes only those whom it concerns.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use sqlx::{Executor, PgConnection, PgPool, postgres::PgListener};
use tokio::{
    sync::{
        OnceCell,
        broadcast::{self, error::RecvError},
    },
    time::{Instant, timeout, timeout_at},
};
use uuid::Uuid;

use crate::{
    comments::sql::Comment,
    gid::Kind,
    identity::Known,
    notify::Channel,
    voting::{Tallies, Tally},
};

/// The channel of PostgreSQL that processes talk on.
pub const CHANNEL: &str = "veche";
/// How often a process makes sure that it still hears the database, and looks at the tallies that are watched in it.
const BEAT: Duration = Duration::from_secs(2);
/// How long a proof that the database is heard counts.
const HEARD: Duration = Duration::from_secs(5);
/// Events that a slow reader of a topic may fall behind.
const BEHIND: usize = 64;

/// Something that subscribers wait for. Small: a notification of PostgreSQL holds under 8,000 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// A tally moved. It carries the new tally, so that nobody has to ask for it.
    Tally {
        /// Of this initiative.
        initiative: Uuid,
        /// Ballots for each option.
        counts: Vec<i64>,
        /// Ballots in all.
        ballots: i64,
        /// Grows with every change.
        version: i64,
    },
    /// A comment was added.
    Comment {
        /// Kind of what was commented.
        subject_kind: Kind,
        /// What was commented.
        subject: Uuid,
        /// The comment.
        comment: Uuid,
    },
    /// A ticket changed.
    Ticket {
        /// The ticket.
        ticket: Uuid,
    },
    /// The queue of a group changed; `None` is the triage desk.
    Queue {
        /// The group.
        group: Option<Uuid>,
    },
    /// Notifications wait for a bot to carry them.
    Outgoing {
        /// Which way they go.
        channel: Channel,
    },
    /// What somebody may do changed, or a session or token of theirs ended. Triggers of the database tell it.
    Viewer {
        /// Whose.
        participant: Uuid,
    },
    /// The connection to the database was lost for a while: look again.
    Resync,
}

/// What subscribers wait for (tallies are watched with [`Tallies::watch`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// New comments on something.
    Comments(Kind, Uuid),
    /// Changes of a ticket.
    Ticket(Uuid),
    /// Changes of a queue; `None` is the triage desk.
    Queue(Option<Uuid>),
    /// Notifications for a bot.
    Outgoing(Channel),
}

/// An event, as all subscribers of this process share it.
#[derive(Debug)]
pub struct Heard {
    /// What happened.
    pub event: Event,
    /// The new comment, which the first who needs it reads for all.
    pub comment: OnceCell<Option<Comment>>,
}

impl Heard {
    fn new(event: Event) -> Arc<Self> {
        Arc::new(Self { event, comment: OnceCell::new() })
    }
}

/// What this process hears and who in it waits.
pub struct Live {
    topics: Mutex<HashMap<Topic, broadcast::Sender<Arc<Heard>>>>,
    /// Watched tallies.
    pub tallies: Tallies,
    /// Whom tokens stand for.
    pub known: Known,
}

impl Live {
    /// Nobody waits yet, and nothing is heard.
    pub fn new(db: PgPool) -> Self {
        Self { topics: Mutex::default(), tallies: Tallies::new(db), known: Known::default() }
    }

    fn topics(&self) -> MutexGuard<'_, HashMap<Topic, broadcast::Sender<Arc<Heard>>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything on a topic from now on. A reader that falls behind is told to look again.
    pub fn subscribe(&self, topic: Topic) -> broadcast::Receiver<Arc<Heard>> {
        self.topics().entry(topic).or_insert_with(|| broadcast::channel(BEHIND).0).subscribe()
    }

    fn publish(&self, topic: Topic, event: Event) {
        let mut topics = self.topics();
        // An error says only that nobody waits any more.
        if topics.get(&topic).is_some_and(|waiting| waiting.send(Heard::new(event)).is_err()) {
            topics.remove(&topic);
        }
    }

    fn handle(&self, event: Event) {
        match event {
            Event::Tally { initiative, counts, ballots, version } => self.tallies.moved(initiative, &Tally { counts, ballots, version }),
            Event::Viewer { participant } => self.known.forget(participant),
            Event::Comment { subject_kind, subject, .. } => self.publish(Topic::Comments(subject_kind, subject), event),
            Event::Ticket { ticket } => self.publish(Topic::Ticket(ticket), event),
            Event::Queue { group } => self.publish(Topic::Queue(group), event),
            Event::Outgoing { channel } => self.publish(Topic::Outgoing(channel), event),
            Event::Resync => {
                let heard = Heard::new(event);
                self.topics().retain(|_, waiting| waiting.send(heard.clone()).is_ok());
            }
        }
    }

    fn hear(&self, payload: &str) {
        match serde_json::from_str(payload) {
            Ok(event) => self.handle(event),
            Err(error) => tracing::warn!(%error, "an event of another version was skipped"),
        }
    }

    /// Hears the database until it is dropped, reconnecting by itself.
    ///
    /// # Errors
    /// The database cannot be reached at the start.
    pub async fn listen(&self, db: &PgPool) -> Result<()> {
        let mut listener = Some(connect(db).await?);
        loop {
            if let Some(listener) = listener.take() {
                let error = self.attend(listener).await;
                tracing::warn!(error = format!("{error:#}"), "the listener lost the database; trying again");
            }
            self.known.deaf();
            listener = match connect(db).await {
                Ok(listener) => Some(listener),
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "the listener cannot reach the database; trying again");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    None
                }
            };
        }
    }

    /// Hears one connection until it fails, and says how.
    async fn attend(&self, mut listener: PgListener) -> anyhow::Error {
        // What happened before is unknown.
        self.handle(Event::Resync);
        let mut beat = Instant::now();
        loop {
            match timeout_at(beat, listener.try_recv()).await {
                Ok(Ok(Some(notification))) => self.hear(notification.payload()),
                Ok(Ok(None)) => return anyhow::anyhow!("the connection was closed"),
                Ok(Err(error)) => return error.into(),
                Err(_) => {
                    // Listening again does nothing but show that the connection works.
                    let asked = Instant::now();
                    match timeout(BEAT, (&mut listener).execute(LISTEN)).await {
                        Ok(Ok(_)) => (),
                        Ok(Err(error)) => return error.into(),
                        Err(_) => return anyhow::anyhow!("the database does not answer"),
                    }
                    while let Some(notification) = listener.next_buffered() {
                        self.hear(notification.payload());
                    }
                    self.known.heard(HEARD.saturating_sub(asked.elapsed()));
                    self.topics().retain(|_, waiting| waiting.receiver_count() > 0);
                    // Finds what a process told nobody of because it died. Not at any price: hearing goes on.
                    match timeout(BEAT, self.tallies.refresh(&self.tallies.watched_now())).await {
                        Ok(Ok(())) => (),
                        Ok(Err(error)) => tracing::warn!(%error, "failed to look at the watched tallies"),
                        Err(_) => tracing::warn!("the look at the watched tallies took too long"),
                    }
                    beat = Instant::now() + BEAT;
                }
            }
        }
    }
}

const LISTEN: &str = "listen veche";

async fn connect(db: &PgPool) -> Result<PgListener> {
    let mut listener = PgListener::connect_with(db).await.context("failed to connect")?;
    // A lost connection is noticed here, not mended behind our back.
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await.context("failed to listen")?;
    Ok(listener)
}

/// A receiver's events as a stream; a gap in them becomes [`Event::Resync`].
pub fn stream(events: broadcast::Receiver<Arc<Heard>>) -> impl Stream<Item = Arc<Heard>> {
    futures_util::stream::unfold(events, async |mut events| match events.recv().await {
        Ok(event) => Some((event, events)),
        Err(RecvError::Lagged(_)) => Some((Heard::new(Event::Resync), events)),
        Err(RecvError::Closed) => None,
    })
}

/// As [`stream`], beginning with [`Event::Resync`]: a first look.
pub fn with_first_look(events: broadcast::Receiver<Arc<Heard>>) -> impl Stream<Item = Arc<Heard>> {
    futures_util::stream::once(std::future::ready(Heard::new(Event::Resync))).chain(stream(events))
}

/// An event as it travels between processes.
///
/// # Errors
/// It cannot be written as JSON.
pub fn payload(event: &Event) -> sqlx::Result<String> {
    serde_json::to_string(event).map_err(|e| sqlx::Error::Encode(e.into()))
}

/// Tells the subscribers of every process, when the transaction commits.
///
/// # Errors
/// The database failed.
pub async fn tell(tx: &mut PgConnection, event: &Event) -> sqlx::Result<()> {
    sqlx::query("select pg_notify($1, $2)").bind(CHANNEL).bind(payload(event)?).execute(tx).await?;
    Ok(())
}
