//! Clusters and who works on what.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{super::ClusterState, Sum, from_bytes, to_bytes};
use crate::{
    nlp::normalise,
    page::{Args, TimeKey},
};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Cluster {
    pub id: Uuid,
    pub state: ClusterState,
    pub group_id: Option<Uuid>,
    pub merged_into: Option<Uuid>,
    pub keywords: Vec<String>,
    pub label: Option<String>,
    pub size: i32,
    pub theme_id: Option<Uuid>,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
}

pub(super) const COLUMNS: &str =
    "c.id, c.state, c.group_id, c.merged_into, c.keywords, c.label, c.size, c.theme_id, c.first_seen, c.last_seen";

pub async fn clusters(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Cluster>> {
    let mut query = QueryBuilder::new("select ");
    query.push(COLUMNS).push(" from clusters c where c.id = any(").push_bind(ids).push(")");
    query.build_query_as().fetch_all(db).await
}

/// One change of clusters at a time in the whole installation, until the transaction ends.
pub async fn lock_clusters(tx: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('clusters', 7))").execute(tx).await?;
    Ok(())
}

/// A cluster as placement needs it.
#[derive(Debug)]
pub struct Changed {
    pub id: Uuid,
    pub version: i64,
    pub live: bool,
    pub size: i32,
    pub vector_sum: Vec<f32>,
}

/// The clusters that changed after a version. Versions are given under the lock, so none can appear behind one already seen.
pub async fn clusters_after(db: &mut PgConnection, version: i64) -> sqlx::Result<Vec<Changed>> {
    let rows: Vec<(Uuid, i64, bool, i32, Vec<u8>)> = sqlx::query_as(
        "select id, version, state <> 'MERGED' and size > 0, size, vector_sum from clusters where version > $1 order by version",
    )
    .bind(version)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(id, version, live, size, sum)| Changed { id, version, live, size, vector_sum: from_bytes(&sum) }).collect())
}

/// What a batch of tickets changes in a cluster.
#[derive(Debug, Default)]
pub struct ClusterChange {
    pub opened: bool,
    sum: Sum,
    first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
}

impl ClusterChange {
    /// Adds a ticket.
    pub fn add(&mut self, vector: &[f32], at: DateTime<Utc>) {
        self.sum.add(vector);
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }
}

/// Adds a batch's tickets to their clusters, under the lock.
pub async fn write_clusters(tx: &mut PgConnection, changes: &HashMap<Uuid, ClusterChange>) -> sqlx::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = changes.keys().copied().collect();
    let before = sums(&mut *tx, &ids).await?;
    let mut now: HashMap<Uuid, Sum> = before.into_iter().collect();
    for (id, change) in changes {
        now.entry(*id).or_default().merge(&change.sum);
    }
    let sum = |id: &Uuid| now.get(id).map_or_else(Vec::new, |s| to_bytes(&s.vector));
    let size = |id: &Uuid| now.get(id).map_or(0, |s| s.count);
    sqlx::query(
        "insert into clusters (id, vector_sum, size, first_seen, last_seen, version)
         select u.id, u.sum, u.size, u.first, u.last, nextval('cluster_version')
         from unnest($1::uuid[], $2::bytea[], $3::int[], $4::timestamptz[], $5::timestamptz[]) u(id, sum, size, first, last)
         on conflict (id) do update set vector_sum = excluded.vector_sum, size = excluded.size, version = excluded.version, stale = true,
             first_seen = least(clusters.first_seen, excluded.first_seen), last_seen = greatest(clusters.last_seen, excluded.last_seen)",
    )
    .bind(&ids)
    .bind(ids.iter().map(sum).collect::<Vec<_>>())
    .bind(ids.iter().map(size).collect::<Vec<_>>())
    .bind(ids.iter().map(|id| changes.get(id).and_then(|c| c.first)).collect::<Vec<_>>())
    .bind(ids.iter().map(|id| changes.get(id).and_then(|c| c.last)).collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(())
}

/// The sums of clusters.
pub async fn sums(tx: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<(Uuid, Sum)>> {
    let rows: Vec<(Uuid, Vec<u8>, i32)> =
        sqlx::query_as("select id, vector_sum, size from clusters where id = any($1)").bind(ids).fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(id, sum, count)| (id, Sum { vector: from_bytes(&sum), count })).collect())
}

pub async fn sizes(tx: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<HashMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as("select cluster_id, count(*) from tickets where cluster_id = any($1) group by cluster_id")
        .bind(ids)
        .fetch_all(tx)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Moves all tickets of `sources` to `target`, where a person wants them, under the lock.
pub async fn merge_clusters(tx: &mut PgConnection, target: Uuid, sources: &[Uuid], sum: &Sum) -> sqlx::Result<()> {
    sqlx::query("update tickets set cluster_id = $1, pinned_at = veche_now() where cluster_id = any($2)")
        .bind(target)
        .bind(sources)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "update clusters c set version = nextval('cluster_version'), stale = true,
             state = case when c.id = $1 then c.state else 'MERGED' end,
             merged_into = case when c.id = $1 then null else $1 end,
             vector_sum = case when c.id = $1 then $3 else ''::bytea end,
             size = case when c.id = $1 then $4 else 0 end,
             first_seen = case when c.id = $1 then s.first else c.first_seen end,
             last_seen = case when c.id = $1 then s.last else c.last_seen end
         from (select min(first_seen) as first, max(last_seen) as last from clusters where id = $1 or id = any($2)) s
         where c.id = $1 or c.id = any($2) or c.merged_into = any($2)",
    )
    .bind(target)
    .bind(sources)
    .bind(to_bytes(&sum.vector))
    .bind(sum.count)
    .execute(tx)
    .await?;
    Ok(())
}

/// Opens a cluster for tickets of `from`, under the lock.
pub async fn open_beside(tx: &mut PgConnection, from: Uuid, new: Uuid) -> sqlx::Result<()> {
    sqlx::query(
        "insert into clusters (id, group_id, theme_id, first_seen, last_seen, version)
         select $2, group_id, theme_id, first_seen, last_seen, nextval('cluster_version') from clusters where id = $1",
    )
    .bind(from)
    .bind(new)
    .execute(tx)
    .await?;
    Ok(())
}

/// Moves tickets from one cluster to another, where a person wants them, under the lock; how many were there to be moved.
pub async fn move_tickets(tx: &mut PgConnection, from: Uuid, to: Uuid, tickets: &[Uuid]) -> sqlx::Result<u64> {
    let moved = sqlx::query("update tickets set cluster_id = $2, pinned_at = veche_now() where cluster_id = $1 and id = any($3)")
        .bind(from)
        .bind(to)
        .bind(tickets)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "update clusters c set first_seen = s.first, last_seen = s.last
         from (select cluster_id, min(created_at) as first, max(created_at) as last from tickets where cluster_id = any($1) group by 1) s
         where c.id = s.cluster_id",
    )
    .bind([from, to])
    .execute(tx)
    .await?;
    Ok(moved.rows_affected())
}

/// Keeps the tickets of a cluster where a person left them.
pub async fn pin_members(tx: &mut PgConnection, cluster: Uuid) -> sqlx::Result<()> {
    sqlx::query("update tickets set pinned_at = veche_now() where cluster_id = $1").bind(cluster).execute(tx).await?;
    Ok(())
}

/// Keeps these of a cluster's tickets where a person left them.
pub async fn pin_tickets(tx: &mut PgConnection, cluster: Uuid, tickets: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query("update tickets set pinned_at = veche_now() where cluster_id = $1 and id = any($2)")
        .bind(cluster)
        .bind(tickets)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn any_pinned(tx: &mut PgConnection, tickets: &[Uuid]) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from tickets where id = any($1) and pinned_at is not null)").bind(tickets).fetch_one(tx).await
}

/// How many tickets of each cluster came on each of the last days (UTC), oldest first; days without any are left out.
pub async fn days(db: &PgPool, clusters: &[Uuid], days: i32) -> sqlx::Result<Vec<(Uuid, NaiveDate, i64)>> {
    sqlx::query_as(
        "select cluster_id, (created_at at time zone 'UTC')::date as day, count(*) from tickets
         where cluster_id = any($1) and created_at > veche_now() - make_interval(days => $2) group by 1, 2 order by 1, 2",
    )
    .bind(clusters)
    .bind(days)
    .fetch_all(db)
    .await
}

/// The centroids' directions of clusters that have members.
pub async fn directions(db: &PgPool, clusters: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Vec<f32>>> {
    let rows: Vec<(Uuid, Vec<u8>)> =
        sqlx::query_as("select id, vector_sum from clusters where id = any($1) and size > 0").bind(clusters).fetch_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|(id, sum)| {
            let mut direction = from_bytes(&sum);
            normalise(&mut direction);
            (id, direction)
        })
        .collect())
}

/// Which clusters a list holds.
#[derive(Debug, Clone, Default)]
pub struct ClusterFilter {
    pub states: Vec<ClusterState>,
    pub group: Option<Uuid>,
    pub theme: Option<Uuid>,
    pub least_size: i32,
    pub alarmed: bool,
}

fn conditions(query: &mut QueryBuilder<Postgres>, filter: &ClusterFilter) {
    query.push(" from clusters c where c.size >= ").push_bind(filter.least_size.max(1));
    if filter.alarmed {
        query.push(" and c.id in (select cluster_id from cluster_alarms where ended_at is null)");
    }
    if !filter.states.is_empty() {
        query.push(" and c.state = any(").push_bind(filter.states.clone()).push(")");
    }
    if let Some(group) = filter.group {
        query.push(" and c.group_id = ").push_bind(group);
    }
    if let Some(theme) = filter.theme {
        query.push(" and c.theme_id = ").push_bind(theme);
    }
}

/// The order of a list of clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, async_graphql::Enum)]
#[graphql(name = "ClusterOrder")]
pub enum ClusterOrder {
    /// Those first that somebody wrote about last.
    #[default]
    Recent,
    /// The largest first.
    Largest,
}

pub async fn list_clusters(db: &PgPool, filter: &ClusterFilter, order: ClusterOrder, args: &Args<TimeKey>) -> sqlx::Result<Vec<Cluster>> {
    let mut query = QueryBuilder::new("select ");
    query.push(COLUMNS);
    conditions(&mut query, filter);
    let column = if order == ClusterOrder::Largest { "c.size" } else { "c.last_seen" };
    if let Some((at, id)) = args.from {
        query.push(" and (").push(column).push(if args.backward { ", c.id) > (" } else { ", c.id) < (" });
        if order == ClusterOrder::Largest {
            // The size travels in the cursor's time, as seconds.
            query.push_bind(i32::try_from(at.timestamp()).unwrap_or(i32::MAX));
        } else {
            query.push_bind(at);
        }
        query.push(", ").push_bind(id).push(")");
    }
    let direction = if args.backward { " asc" } else { " desc" };
    query.push(" order by ").push(column).push(direction).push(", c.id").push(direction);
    query.push(" limit ").push_bind(args.limit());
    query.build_query_as().fetch_all(db).await
}

pub async fn count_clusters(db: &PgPool, filter: &ClusterFilter) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("select count(*)");
    conditions(&mut query, filter);
    query.build_query_scalar().fetch_one(db).await
}

pub async fn is_expert(tx: &mut PgConnection, participant: Uuid, group: Option<Uuid>) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select exists (select from participants p where p.id = $1 and p.disabled_at is null and 'EXPERT' = any(p.roles)
             and ($2::uuid is null or exists (select from working_group_members m
                  where m.group_id = $2 and m.participant_id = p.id and m.role <> 'OBSERVER')))",
    )
    .bind(participant)
    .bind(group)
    .fetch_one(tx)
    .await
}

pub async fn set_assignee(tx: &mut PgConnection, ticket: Uuid, assignee: Option<Uuid>) -> sqlx::Result<()> {
    sqlx::query("update tickets set assignee_id = $2, updated_at = veche_now() where id = $1")
        .bind(ticket)
        .bind(assignee)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn group_exists(tx: &mut PgConnection, group: Uuid) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from working_groups where id = $1)").bind(group).fetch_one(tx).await
}

/// What a person says that a ticket is about.
pub async fn set_topic(tx: &mut PgConnection, ticket: Uuid, topic: Option<Uuid>) -> sqlx::Result<()> {
    sqlx::query(
        "update tickets set topic_id = $2, topic_set_at = veche_now(), topic_confidence = null, updated_at = veche_now() where id = $1",
    )
    .bind(ticket)
    .bind(topic)
    .execute(tx)
    .await?;
    Ok(())
}

/// A person chose the group: the machine's confidence goes, and so does who had it in hand elsewhere.
pub async fn set_group(tx: &mut PgConnection, ticket: Uuid, group: Uuid) -> sqlx::Result<()> {
    sqlx::query(
        "update tickets set route_confidence = null, updated_at = veche_now(),
             assignee_id = case when group_id is distinct from $2 then null else assignee_id end, group_id = $2
         where id = $1",
    )
    .bind(ticket)
    .bind(group)
    .execute(tx)
    .await?;
    Ok(())
}
