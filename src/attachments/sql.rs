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
    /// What the scanner found, if it found something.
    pub quarantine: Option<String>,
    /// When the scanner looked at it.
    pub scanned_at: Option<DateTime<Utc>>,
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
    /// What the scanner found, if it found something.
    pub quarantine: Option<String>,
    /// When the scanner looked at it.
    pub scanned_at: Option<DateTime<Utc>>,
    /// Its bytes.
    pub content: Vec<u8>,
}

#[derive(Debug)]
pub struct New<'a> {
    pub id: Uuid,
    pub owner: Option<Uuid>,
    pub name: &'a str,
    pub content_type: &'a str,
    pub hash: &'a [u8],
    pub content: &'a [u8],
    pub executable: bool,
}

pub async fn insert(tx: &mut PgConnection, new: &New<'_>) -> sqlx::Result<()> {
    // The update does nothing but hold the row, so that a sweep at this moment does not take it away.
    sqlx::query("insert into blobs (hash, content) values ($1, $2) on conflict (hash) do update set hash = excluded.hash")
        .bind(new.hash)
        .bind(new.content)
        .execute(&mut *tx)
        .await?;
    sqlx::query("insert into attachments (id, owner_id, hash, name, content_type, size, executable) values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(new.id)
        .bind(new.owner)
        .bind(new.hash)
        .bind(new.name)
        .bind(new.content_type)
        .bind(i64::try_from(new.content.len()).unwrap_or(i64::MAX))
        .bind(new.executable)
        .execute(tx)
        .await?;
    Ok(())
}

/// An uploaded file that is not attached yet.
#[derive(Debug, sqlx::FromRow)]
pub struct Loose {
    /// Its key.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Whether it is a program.
    pub executable: bool,
    /// Whether the scanner found something in it.
    pub quarantined: bool,
}

/// Uploaded files of an owner that are not attached yet, locked.
pub async fn loose(tx: &mut PgConnection, owner: Uuid, ids: &[Uuid]) -> sqlx::Result<Vec<Loose>> {
    sqlx::query_as(
        "select id, name, executable, quarantine is not null as quarantined from attachments
         where id = any($2) and owner_id = $1 and subject_id is null order by id for update",
    )
    .bind(owner)
    .bind(ids)
    .fetch_all(tx)
    .await
}

/// The content of an uploaded file of an owner that is not attached yet, which is removed.
pub async fn take_loose(tx: &mut PgConnection, owner: Uuid, id: Uuid) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar(
        "with taken as (delete from attachments where id = $2 and owner_id = $1 and subject_id is null returning hash)
         select b.content from taken t join blobs b on b.hash = t.hash",
    )
    .bind(owner)
    .bind(id)
    .fetch_optional(tx)
    .await
}

/// Notes what the scanner said of a file it had not seen; its name, and the article that it belongs to.
pub async fn scanned(tx: &mut PgConnection, id: Uuid, found: Option<&str>) -> sqlx::Result<Option<(String, Option<Uuid>)>> {
    sqlx::query_as(
        "update attachments set scanned_at = veche_now(), quarantine = $2 where id = $1 and scanned_at is null
         returning name, case when subject_type = 'Article' then subject_id end",
    )
    .bind(id)
    .bind(found)
    .fetch_optional(tx)
    .await
}

/// Files that the scanner has not seen and was not just told of.
pub async fn unscanned(tx: &mut PgConnection) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select id from attachments where scanned_at is null and created_at < veche_now() - interval '1 hour' order by created_at limit 10000",
    )
    .fetch_all(tx)
    .await
}

pub async fn sweep_loose(db: &PgPool) -> sqlx::Result<u64> {
    let result = sqlx::query(
        "delete from attachments a where subject_id is null and created_at < veche_now() - interval '1 day'
           and not exists (select from imports i where i.attachment_id = a.id)",
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected())
}

pub async fn sweep_blobs(db: &PgPool) -> sqlx::Result<u64> {
    let result = sqlx::query("delete from blobs b where not exists (select from attachments a where a.hash = b.hash)").execute(db).await?;
    Ok(result.rows_affected())
}

/// Attaches uploaded files of an owner; of each its name, and whether it is a program.
pub async fn attach(tx: &mut PgConnection, owner: Uuid, ids: &[Uuid], kind: Kind, subject: Uuid) -> sqlx::Result<Vec<(String, bool)>> {
    sqlx::query_as(
        "update attachments set subject_type = $3, subject_id = $4
         where id = any($2) and owner_id = $1 and (subject_id is null or subject_id = $4 and subject_type = $3)
         returning name, executable",
    )
    .bind(owner)
    .bind(ids)
    .bind(kind)
    .bind(subject)
    .fetch_all(tx)
    .await
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
        "select id, subject_id, name, content_type, size, quarantine, scanned_at, created_at from attachments
         where subject_type = $1 and subject_id = any($2) order by created_at, id",
    )
    .bind(kind)
    .bind(subjects)
    .fetch_all(db)
    .await
}

pub async fn content(db: &PgPool, id: Uuid) -> sqlx::Result<Option<Content>> {
    sqlx::query_as(
        "select a.owner_id, a.subject_type, a.subject_id, a.name, a.content_type, a.quarantine, a.scanned_at, b.content
         from attachments a join blobs b on b.hash = a.hash where a.id = $1",
    )
    .bind(id)
    .fetch_optional(db)
    .await
}
