use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

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
