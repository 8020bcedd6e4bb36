//! Messages in which personal data are hidden.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::Ticket;

/// The locked ticket of a citizen's message.
pub async fn lock_of_message(tx: &mut PgConnection, article: Uuid) -> sqlx::Result<Option<Ticket>> {
    sqlx::query_as("select * from tickets where id = (select ticket_id from articles where id = $1 and direction = 'IN') for no key update")
        .bind(article)
        .fetch_optional(tx)
        .await
}

/// The text of a message, and whether it is the first of its ticket.
pub async fn message(tx: &mut PgConnection, article: Uuid) -> sqlx::Result<(String, bool)> {
    sqlx::query_as(
        "select a.body, not exists (select from articles b where b.ticket_id = a.ticket_id and b.direction = 'IN'
                                    and (b.created_at, b.id) < (a.created_at, a.id))
         from articles a where a.id = $1",
    )
    .bind(article)
    .fetch_one(tx)
    .await
}

/// The first message of each ticket: keys of ticket and message.
pub async fn first_messages(db: &PgPool, tickets: &[Uuid]) -> sqlx::Result<Vec<(Uuid, Uuid)>> {
    sqlx::query_as(
        "select t.id, a.id from unnest($1::uuid[]) t(id),
             lateral (select id from articles a where a.ticket_id = t.id and a.direction = 'IN' order by created_at, id limit 1) a",
    )
    .bind(tickets)
    .fetch_all(db)
    .await
}

/// What was hidden of a message.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Masked {
    pub article_id: Uuid,
    pub sealed: Vec<u8>,
    pub masked_at: DateTime<Utc>,
}

pub async fn masked(db: impl PgExecutor<'_>, articles: &[Uuid]) -> sqlx::Result<Vec<Masked>> {
    sqlx::query_as("select article_id, sealed, masked_at from article_originals where article_id = any($1)")
        .bind(articles)
        .fetch_all(db)
        .await
}

pub async fn keep_original(tx: &mut PgConnection, article: Uuid, sealed: &[u8], by: Uuid) -> sqlx::Result<()> {
    sqlx::query("insert into article_originals (article_id, sealed, masked_by) values ($1, $2, $3)")
        .bind(article)
        .bind(sealed)
        .bind(by)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn take_original(tx: &mut PgConnection, article: Uuid) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar("delete from article_originals where article_id = $1 returning sealed").bind(article).fetch_optional(tx).await
}

/// Puts other words into a message and the subject of its ticket.
pub async fn rewrite(tx: &mut PgConnection, article: Uuid, body: &str, ticket: Uuid, subject: &str) -> sqlx::Result<()> {
    sqlx::query(
        "with told as (update articles set body = $2 where id = $1)
         update tickets set subject = $4, updated_at = veche_now() where id = $3",
    )
    .bind(article)
    .bind(body)
    .bind(ticket)
    .bind(subject)
    .execute(tx)
    .await?;
    Ok(())
}
