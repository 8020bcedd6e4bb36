//! What just happened, told to subscribers in every process: `NOTIFY` in the writer's transaction, one `LISTEN` a process.

use std::sync::Arc;

use anyhow::Result;
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool, postgres::PgListener};
use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

use crate::gid::Kind;

const CHANNEL: &str = "veche";

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
    /// The connection to the database was lost for a while: look again.
    Resync,
}

/// The events of this process.
pub struct Live(broadcast::Sender<Arc<Event>>);

impl Live {
    /// Without listeners yet.
    pub fn new() -> Self {
        Self(broadcast::channel(4096).0)
    }

    /// Everything from now on. A reader that falls behind by thousands of events is told so and should look again.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.0.subscribe()
    }

    /// Hears the database until it is dropped, reconnecting by itself.
    ///
    /// # Errors
    /// The database cannot be reached at the start.
    pub async fn listen(&self, db: &PgPool) -> Result<()> {
        let mut listener = PgListener::connect_with(db).await?;
        listener.listen(CHANNEL).await?;
        // Who subscribed before this has heard nothing so far.
        let _ = self.0.send(Arc::new(Event::Resync));
        loop {
            let event = match listener.try_recv().await {
                Ok(Some(notification)) => match serde_json::from_str(notification.payload()) {
                    Ok(event) => event,
                    Err(error) => {
                        tracing::warn!(%error, "an event of another version was skipped");
                        continue;
                    }
                },
                Ok(None) => Event::Resync,
                Err(error) => {
                    tracing::warn!(%error, "the listener lost the database; trying again");
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    Event::Resync
                }
            };
            // An error says only that nobody subscribes.
            let _ = self.0.send(Arc::new(event));
        }
    }
}

/// A receiver's events as a stream; a gap in them becomes [`Event::Resync`].
pub fn stream(events: broadcast::Receiver<Arc<Event>>) -> impl Stream<Item = Arc<Event>> {
    futures_util::stream::unfold(events, async |mut events| match events.recv().await {
        Ok(event) => Some((event, events)),
        Err(RecvError::Lagged(_)) => Some((Arc::new(Event::Resync), events)),
        Err(RecvError::Closed) => None,
    })
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

/// Tells the subscribers of every process, when the transaction commits.
///
/// # Errors
/// The database failed.
pub async fn tell(tx: &mut PgConnection, event: &Event) -> sqlx::Result<()> {
    let payload = serde_json::to_string(event).map_err(|e| sqlx::Error::Encode(e.into()))?;
    sqlx::query("select pg_notify($1, $2)").bind(CHANNEL).bind(payload).execute(tx).await?;
    Ok(())
}
