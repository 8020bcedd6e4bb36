//! Who did what to what, and when: an append-only log, written in the transaction of the deed.

pub mod graphql;
mod sql;

use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{error::Result, gid::Kind};

/// One line of the log.
#[derive(Debug)]
pub struct Entry {
    /// What was done, such as `initiative.submitted`.
    pub action: &'static str,
    /// By whom; `None` for the platform itself.
    pub actor: Option<Uuid>,
    /// To what.
    pub subject: (Kind, Uuid),
    /// More about it. Public: never personal data.
    pub details: Value,
    /// For the actor's eyes only: who voted is nobody's business.
    pub sealed: bool,
}

impl Entry {
    /// A public line without details.
    pub fn new(action: &'static str, actor: Option<Uuid>, kind: Kind, id: Uuid) -> Self {
        Self { action, actor, subject: (kind, id), details: Value::Object(serde_json::Map::new()), sealed: false }
    }

    /// Adds details.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        self.details = details;
        self
    }
}

/// Appends a line and gives its number, by which notifications of the event are told apart.
///
/// # Errors
/// The database failed.
pub async fn record(tx: &mut PgConnection, entry: Entry) -> Result<i64> {
    Ok(sql::append(tx, &entry).await?)
}
