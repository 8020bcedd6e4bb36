use anyhow::{Context, Result};
use sqlx::Connection;

use crate::{
    app::App,
    error::Error,
    feedback::{self, Message, Received},
    i18n::Locale,
    triage,
};

/// Times a chunk is tried that met others on its way.
const ATTEMPTS: u32 = 5;

/// What became of one message of a chunk: where it is, or why it was refused.
pub type Stored = std::result::Result<Received, String>;

/// Stores messages in one transaction, in their order; one that is refused loses only itself.
///
/// # Errors
/// The database failed; then none of them is stored.
pub async fn store(app: &App, messages: &[Message]) -> Result<Vec<Stored>> {
    let mut attempt = 1;
    loop {
        match try_store(app, messages).await {
            Err(error) if attempt < ATTEMPTS && is_collision(&error) => attempt += 1,
            outcome => return outcome.context("failed to store a chunk"),
        }
    }
}

async fn try_store(app: &App, messages: &[Message]) -> Result<Vec<Stored>> {
    let mut tx = app.db.begin().await?;
    if messages.iter().any(|message| message.conversation.is_some()) {
        // Follow-ups hold their tickets until the chunk ends; those who understand hold many tickets too, in another order.
        triage::sql::lock_clusters(&mut tx).await?;
    }
    let mut outcomes = Vec::with_capacity(messages.len());
    for message in messages {
        let mut row = tx.begin().await?;
        match feedback::intake(app, &mut row, message).await {
            Ok(received) => {
                row.commit().await?;
                outcomes.push(Ok(received));
            }
            Err(Error::Refused(refusals)) => {
                row.rollback().await?;
                outcomes.push(Err(refusals.iter().map(|r| r.message(Locale::En)).collect::<Vec<_>>().join(" ")));
            }
            Err(Error::Internal(error)) => return Err(error),
            Err(error) => return Err(error.into()),
        }
    }
    tx.commit().await?;
    Ok(outcomes)
}

/// Whether the database chose this transaction to give way to another (deadlock, serialization): workers and channels move the
/// same tickets meanwhile.
fn is_collision(error: &anyhow::Error) -> bool {
    let code = error.downcast_ref::<sqlx::Error>().and_then(|e| e.as_database_error()?.code());
    matches!(code.as_deref(), Some("40P01" | "40001"))
}
