use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::gid::Kind;

/// A file, without its content.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Attachment {
    /// Its key.
    pub id: Uuid,
    /// What it belongs to.
    pub subject_id: Uuid,
    /// Its name, without any path.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its size in bytes.
    pub size: i64,
    /// When it was uploaded.
    pub created_at: DateTime<Utc>,
}

/// A file with its content.
#[derive(Debug, sqlx::FromRow)]
pub struct Content {
    /// Who uploaded it.
    pub owner_id: Option<Uuid>,
    /// Kind of what it belongs to.
    pub subject_type: Option<Kind>,
    /// What it belongs to.
    pub subject_id: Option<Uuid>,
    /// Its name, without any path.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

pub async fn insert(
    tx: &mut PgConnection,
    id: Uuid,
    owner: Option<Uuid>,
    name: &str,
    content_type: &str,
    hash: &[u8],
    content: &[u8],
) -> sqlx::Result<()> {
    sqlx::query("insert into blobs (hash, content) values ($1, $2) on conflict do nothing")
        .bind(hash)
        .bind(content)
        .execute(&mut *tx)
        .await?;
    sqlx::query("insert into attachments (id, owner_id, hash, name, content_type, size) values ($1, $2, $3, $4, $5, $6)")
        .bind(id)
        .bind(owner)
        .bind(hash)
        .bind(name)
        .bind(content_type)
        .bind(i64::try_from(content.len()).unwrap_or(i64::MAX))
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn attach(tx: &mut PgConnection, owner: Uuid, ids: &[Uuid], kind: Kind, subject: Uuid) -> sqlx::Result<u64> {
    let result = sqlx::query(
        "update attachments set subject_type = $3, subject_id = $4
         where id = any($2) and owner_id = $1 and (subject_id is null or subject_id = $4 and subject_type = $3)",
    )
    .bind(owner)
    .bind(ids)
    .bind(kind)
    .bind(subject)
    .execute(tx)
    .await?;
    Ok(result.rows_affected())
}

/// Ties files that were stored in the same transaction to what they came with.
pub async fn adopt(tx: &mut PgConnection, ids: &[Uuid], kind: Kind, subject: Uuid) -> sqlx::Result<()> {
    sqlx::query("update attachments set subject_type = $2, subject_id = $3 where id = any($1)")
        .bind(ids)
        .bind(kind)
        .bind(subject)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn of(db: &PgPool, kind: Kind, subjects: &[Uuid]) -> sqlx::Result<Vec<Attachment>> {
    sqlx::query_as(
        "select id, subject_id, name, content_type, size, created_at from attachments
         where subject_type = $1 and subject_id = any($2) order by created_at, id",
    )
    .bind(kind)
    .bind(subjects)
    .fetch_all(db)
    .await
}

pub async fn content(db: &PgPool, id: Uuid) -> sqlx::Result<Option<Content>> {
    sqlx::query_as(
        "select a.owner_id, a.subject_type, a.subject_id, a.name, a.content_type, b.content
         from attachments a join blobs b on b.hash = a.hash where a.id = $1",
    )
    .bind(id)
    .fetch_optional(db)
    .await
}
