//! What is known of how well the machine reads and routes.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::from_bytes;

/// The threshold that an administrator set.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Threshold {
    pub threshold: f32,
    pub set_by: Option<Uuid>,
    pub at: DateTime<Utc>,
}

pub async fn threshold(db: impl PgExecutor<'_>) -> sqlx::Result<Option<Threshold>> {
    sqlx::query_as("select threshold, set_by, at from routing_threshold").fetch_optional(db).await
}

/// Sets the threshold; `None` leaves it to the settings.
pub async fn set_threshold(tx: &mut PgConnection, by: Uuid, threshold: Option<f32>) -> sqlx::Result<()> {
    let Some(threshold) = threshold else {
        sqlx::query("delete from routing_threshold").execute(tx).await?;
        return Ok(());
    };
    sqlx::query(
        "insert into routing_threshold (threshold, set_by) values ($1, $2)
         on conflict (only_row) do update set threshold = excluded.threshold, set_by = excluded.set_by, at = excluded.at",
    )
    .bind(threshold)
    .bind(by)
    .execute(tx)
    .await?;
    Ok(())
}

/// A ticket of which both are known: what the machine thought, and what people say.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Decided {
    pub guess: Uuid,
    pub confidence: f32,
    pub truth: Uuid,
}

/// The newest decided tickets: those that people gave to a group, and those that the machine did and people then worked on.
pub async fn decided(db: &PgPool, most: i64) -> sqlx::Result<Vec<Decided>> {
    sqlx::query_as(
        "select g.group_id as guess, g.confidence, coalesce(e.group_id, t.group_id) as truth
         from route_guesses g join tickets t on t.id = g.ticket_id left join routing_examples e on e.ticket_id = g.ticket_id
         where e.group_id is not null or g.routed and t.group_id is not null and t.state in ('IN_PROGRESS', 'ANSWERED', 'CLOSED')
         order by g.at desc, g.ticket_id limit $1",
    )
    .bind(most)
    .fetch_all(db)
    .await
}

/// How many examples of each group the router learns from.
pub async fn examples_by_group(db: &PgPool) -> sqlx::Result<Vec<(Uuid, i64)>> {
    sqlx::query_as("select group_id, count(*) from routing_examples group by 1").fetch_all(db).await
}

/// The Mondays of the last weeks (UTC), oldest first.
pub async fn mondays(db: &PgPool, weeks: i32) -> sqlx::Result<Vec<NaiveDate>> {
    sqlx::query_scalar(
        "select w::date from generate_series(date_trunc('week', veche_now() at time zone 'UTC') - make_interval(weeks => $1 - 1),
                                             veche_now() at time zone 'UTC', interval '1 week') w order by 1",
    )
    .bind(weeks)
    .fetch_all(db)
    .await
}

/// By week, from a day on: how many tickets the router had an opinion of, and how many of these it was not sure enough of.
pub async fn guesses_by_week(db: &PgPool, from: NaiveDate, threshold: f32) -> sqlx::Result<Vec<(NaiveDate, i64, i64)>> {
    sqlx::query_as(
        "select date_trunc('week', at at time zone 'UTC')::date, count(*), count(*) filter (where confidence < $2)
         from route_guesses where at >= $1::timestamp at time zone 'UTC' group by 1",
    )
    .bind(from)
    .bind(threshold)
    .fetch_all(db)
    .await
}

/// By group that the machine had chosen and by week, from a day on: how many tickets people took elsewhere.
pub async fn corrections(db: &PgPool, from: NaiveDate) -> sqlx::Result<Vec<(Uuid, NaiveDate, i64)>> {
    sqlx::query_as(
        "select g.group_id, date_trunc('week', e.at at time zone 'UTC')::date, count(*)
         from routing_examples e join route_guesses g on g.ticket_id = e.ticket_id
         where e.at >= $1::timestamp at time zone 'UTC' and e.source = 'EXPERT' and g.routed and e.group_id <> g.group_id group by 1, 2",
    )
    .bind(from)
    .fetch_all(db)
    .await
}

/// The newest tickets of each week that are not alone in their cluster, with that cluster.
pub async fn placed_by_week(db: &PgPool, weeks: &[NaiveDate], most: i64) -> sqlx::Result<Vec<(NaiveDate, Uuid, Uuid)>> {
    sqlx::query_as(
        "select w.day, t.id, t.cluster_id from unnest($1::date[]) w(day),
             lateral (select t.id, t.cluster_id, t.created_at from tickets t join clusters c on c.id = t.cluster_id and c.size > 1
                      where t.created_at >= w.day::timestamp at time zone 'UTC' and t.created_at < (w.day + 7)::timestamp at time zone 'UTC'
                      order by t.created_at desc, t.id desc limit $2) t",
    )
    .bind(weeks)
    .bind(most)
    .fetch_all(db)
    .await
}

/// The vectors of tickets: each of its first message.
pub async fn ticket_vectors(db: &PgPool, tickets: &[Uuid]) -> sqlx::Result<Vec<(Uuid, Vec<f32>)>> {
    let rows: Vec<(Uuid, Vec<u8>)> = sqlx::query_as(
        "select t.id, v.vector from unnest($1::uuid[]) t(id),
             lateral (select id from articles a where a.ticket_id = t.id and a.direction = 'IN' order by created_at, id limit 1) a
             join vectors v on v.article_id = a.id and v.space_id = (select id from spaces where state = 'SERVING')",
    )
    .bind(tickets)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(ticket, vector)| (ticket, from_bytes(&vector))).collect())
}

/// The learned states: name, version and when each was last learned.
pub async fn models(db: &PgPool) -> sqlx::Result<Vec<(String, i64, DateTime<Utc>)>> {
    sqlx::query_as("select name, version, updated_at from models").fetch_all(db).await
}

/// What the router thought of tickets: group and confidence.
pub async fn guesses(db: &PgPool, tickets: &[Uuid]) -> sqlx::Result<Vec<(Uuid, Uuid, f32)>> {
    sqlx::query_as("select ticket_id, group_id, confidence from route_guesses where ticket_id = any($1)").bind(tickets).fetch_all(db).await
}
