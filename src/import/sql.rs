use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use super::{Kind, Options, State};

/// Rows of the lists in a summary.
const LISTED: i64 = 15;

/// The clusters that tickets are in: how many, and the largest with label and size.
pub async fn clusters_of(db: &PgPool, tickets: &[Uuid]) -> sqlx::Result<(i64, Vec<(String, i64)>)> {
    let rows: Vec<(i64, String, i64)> = sqlx::query_as(
        "select count(*) over (), coalesce(c.label, array_to_string(c.keywords, ', ')), c.size::bigint from clusters c
         where c.id in (select cluster_id from tickets where id = any($1)) order by c.size desc, c.id limit $2",
    )
    .bind(tickets)
    .bind(LISTED)
    .fetch_all(db)
    .await?;
    Ok((rows.first().map_or(0, |row| row.0), rows.into_iter().map(|(_, label, size)| (label, size)).collect()))
}

/// How many of the tickets each group has, those with the most first; the name is empty for the triage desk.
pub async fn groups_of(db: &PgPool, tickets: &[Uuid]) -> sqlx::Result<Vec<(String, i64)>> {
    sqlx::query_as(
        "select coalesce(g.name_ru, ''), count(*) from tickets t left join working_groups g on g.id = t.group_id
         where t.id = any($1) group by g.id order by 2 desc, 1 limit $2",
    )
    .bind(tickets)
    .bind(LISTED)
    .fetch_all(db)
    .await
}

/// An imported initiative as it is written.
#[derive(Debug, serde::Serialize)]
pub struct NewInitiative {
    pub id: Uuid,
    pub external_id: String,
    pub state: &'static str,
    pub locale: &'static str,
    pub title: String,
    pub goal: String,
    pub topic_id: Option<Uuid>,
    pub threshold: i64,
    pub voting_days: i32,
    pub voting_starts_at: DateTime<Utc>,
    pub voting_ends_at: DateTime<Utc>,
    pub votes: i64,
    pub details: serde_json::Value,
}

/// Writes initiatives with their tallies and where they come from; gives the keys of those that had not been there.
pub async fn insert_initiatives(tx: &mut PgConnection, rows: &[NewInitiative], reason: &str) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "with given as (
             select * from jsonb_to_recordset($1) r(id uuid, external_id text, state text, locale text, title text, goal text,
                 topic_id uuid, threshold bigint, voting_days int, voting_starts_at timestamptz, voting_ends_at timestamptz,
                 votes bigint, details jsonb)),
         new as (
             insert into initiatives (id, external_id, state, locale, title, goal, topic_id, threshold, voting_days,
                 voting_starts_at, voting_ends_at, created_at)
             select id, external_id, state, locale, title, goal, topic_id, threshold, voting_days, voting_starts_at, voting_ends_at,
                 voting_starts_at
             from given on conflict (external_id) do nothing returning id),
         counted as (
             insert into tallies (initiative_id, counts, ballots, version)
             select g.id, array[g.votes], g.votes, 1 from given g join new using (id)),
         steps as (
             insert into initiative_transitions (initiative_id, to_state, reason)
             select g.id, g.state, $2 from given g join new using (id)),
         logged as (
             insert into audit_log (action, subject_type, subject_id, details)
             select 'initiative.imported', 'Initiative', g.id, g.details from given g join new using (id))
         select id from new",
    )
    .bind(Json(rows))
    .bind(reason)
    .fetch_all(tx)
    .await
}

/// An import as its row tells.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Import {
    pub id: Uuid,
    pub kind: Kind,
    pub file_name: String,
    pub started_by: Uuid,
    pub state: State,
    pub total: Option<i64>,
    pub read: i64,
    pub stored: i64,
    pub ignored: i64,
    pub refused: i64,
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// `None` when the file is not one of the person's that belongs to nothing else.
pub async fn insert_import(
    tx: &mut PgConnection,
    id: Uuid,
    kind: Kind,
    attachment: Uuid,
    by: Uuid,
    options: &Options,
) -> sqlx::Result<Option<Import>> {
    sqlx::query_as(
        "insert into imports (id, kind, options, attachment_id, file_name, started_by)
         select $1, $2, $3, a.id, a.name, $5 from attachments a where a.id = $4 and a.owner_id = $5 and a.subject_id is null
         returning *",
    )
    .bind(id)
    .bind(kind)
    .bind(Json(options))
    .bind(attachment)
    .bind(by)
    .fetch_optional(tx)
    .await
}

/// The newest imports.
pub async fn imports(db: &PgPool, most: i64) -> sqlx::Result<Vec<Import>> {
    sqlx::query_as("select * from imports order by created_at desc, id desc limit $1").bind(most).fetch_all(db).await
}

/// What a run of an import needs.
#[derive(Debug, sqlx::FromRow)]
pub struct Started {
    pub kind: Kind,
    pub options: Json<Options>,
    pub attachment_id: Uuid,
    pub file_name: String,
    /// Rows that a former run stored.
    pub stored: i64,
}

/// Marks an import as running; `None` for one that has ended.
pub async fn begin_import(db: &PgPool, id: Uuid) -> sqlx::Result<Option<Started>> {
    sqlx::query_as(
        "update imports set state = 'RUNNING', started_at = coalesce(started_at, veche_now())
         where id = $1 and state in ('WAITING', 'RUNNING') returning kind, options, attachment_id, file_name, stored",
    )
    .bind(id)
    .fetch_optional(db)
    .await
}

/// Notes how far an import has come: rows read, stored, ignored and refused. What was stored once stays so.
pub async fn note_import(db: &PgPool, id: Uuid, total: Option<i64>, counts: [i64; 4]) -> sqlx::Result<()> {
    let [read, stored, ignored, refused] = counts;
    sqlx::query(
        "update imports set total = coalesce($2, total), read = $3, stored = greatest(stored, $4), ignored = $5, refused = $6 where id = $1",
    )
    .bind(id)
    .bind(total)
    .bind(read)
    .bind(stored)
    .bind(ignored)
    .bind(refused)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn end_import(tx: &mut PgConnection, id: Uuid, error: Option<&str>) -> sqlx::Result<()> {
    sqlx::query(
        "update imports set state = case when $2::text is null then 'DONE' else 'FAILED' end, error = $2, ended_at = veche_now()
         where id = $1",
    )
    .bind(id)
    .bind(error)
    .execute(tx)
    .await?;
    Ok(())
}
