//! How much is written about what, and when that was out of the ordinary.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::super::alarms::{Burst, Flow, HISTORY, LEAST};

/// What came in of all clusters together, and of those with enough in the last 24 hours to be looked at.
pub async fn flows(db: &PgPool) -> sqlx::Result<Vec<Flow>> {
    sqlx::query_as(
        "select cluster_id as cluster, count(*) filter (where recent) as day, count(*) filter (where not recent) as before
         from (select cluster_id, created_at > veche_now() - interval '1 day' as recent from tickets
               where created_at > veche_now() - make_interval(days => $1 + 1) and cluster_id is not null) t
         group by grouping sets ((), (cluster_id)) having cluster_id is null or count(*) filter (where recent) >= $2",
    )
    .bind(HISTORY)
    .bind(LEAST)
    .fetch_all(db)
    .await
}

/// Ends alarms that have not gone on for a day.
pub async fn end_alarms(tx: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("update cluster_alarms set ended_at = veche_now() where ended_at is null and seen_at < veche_now() - interval '1 day'")
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes bursts; the events of the log of those that are new, with the queues that they lie in.
pub async fn raise_alarms(tx: &mut PgConnection, bursts: &[Burst]) -> sqlx::Result<Vec<(i64, Option<Uuid>)>> {
    sqlx::query_as(
        "with seen as (
             insert into cluster_alarms (cluster_id, count, expected)
             select u.* from unnest($1::uuid[], $2::int[], $3::real[]) u(cluster, count, expected)
             join clusters c on c.id = u.cluster and c.state <> 'MERGED'
             on conflict (cluster_id) where ended_at is null do update
                 set seen_at = excluded.seen_at, count = greatest(cluster_alarms.count, excluded.count)
             -- Only a row that was there before has been locked by its update.
             returning cluster_id, count, expected, xmax = 0 as new),
         logged as (
             insert into audit_log (action, subject_type, subject_id, details)
             select 'cluster.burst', 'Cluster', cluster_id, jsonb_build_object('count', count, 'expected', round(expected::numeric, 1))
             from seen where new returning id, subject_id)
         select l.id, c.group_id from logged l join clusters c on c.id = l.subject_id order by l.id",
    )
    .bind(bursts.iter().map(|b| b.cluster).collect::<Vec<_>>())
    .bind(bursts.iter().map(|b| i32::try_from(b.count).unwrap_or(i32::MAX)).collect::<Vec<_>>())
    .bind(bursts.iter().map(|b| b.expected as f32).collect::<Vec<_>>())
    .fetch_all(tx)
    .await
}

/// An alarm that goes on.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Alarm {
    pub cluster_id: Uuid,
    pub since: DateTime<Utc>,
    pub count: i32,
    pub expected: f32,
}

/// The alarms of clusters that go on.
pub async fn open_alarms(db: &PgPool, clusters: &[Uuid]) -> sqlx::Result<Vec<Alarm>> {
    sqlx::query_as("select cluster_id, since, count, expected from cluster_alarms where cluster_id = any($1) and ended_at is null")
        .bind(clusters)
        .fetch_all(db)
        .await
}
