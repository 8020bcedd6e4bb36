//! What is said of clusters as a whole.

use std::collections::HashMap;

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{
    super::{Urgency, describe::Line},
    reading::readable,
};

/// Clusters that wait for their lines, after a version and in the order of versions.
pub async fn undescribed(db: &PgPool, after: i64, most: i64) -> sqlx::Result<Vec<(Uuid, i64)>> {
    sqlx::query_as(
        "select id, version from clusters where described < version and state <> 'MERGED' and size > 0 and version > $1
         order by version limit $2",
    )
    .bind(after)
    .bind(most)
    .fetch_all(db)
    .await
}

/// A member of a cluster by its first message.
#[derive(Debug, sqlx::FromRow)]
pub struct Member {
    pub cluster: Uuid,
    pub ticket: Uuid,
    pub public: bool,
    pub subject: String,
    body: String,
}

impl Member {
    #[cfg(test)]
    pub fn of(cluster: Uuid, ticket: Uuid, public: bool, subject: &str, body: &str) -> Self {
        Self { cluster, ticket, public, subject: subject.into(), body: body.into() }
    }

    /// The subject too, unless it is only the text's beginning.
    pub fn text(&self) -> String {
        readable(&self.subject, &self.body)
    }
}

/// The newest members of each cluster, newest first.
pub async fn newest_members(db: &PgPool, clusters: &[Uuid], most: i64) -> sqlx::Result<Vec<Member>> {
    sqlx::query_as(
        "select c.id as cluster, t.id as ticket, t.public, t.subject, a.body from unnest($1::uuid[]) c(id),
             lateral (select id, public, subject, created_at from tickets t where t.cluster_id = c.id
                      order by t.created_at desc, t.id desc limit $2) t,
             lateral (select body from articles a where a.ticket_id = t.id and a.direction = 'IN' order by created_at, id limit 1) a
         order by c.id, t.created_at desc, t.id desc",
    )
    .bind(clusters)
    .bind(most)
    .fetch_all(db)
    .await
}

/// Puts lines in the place of those that the clusters had, and notes of which versions they are.
pub async fn write_lines(tx: &mut PgConnection, clusters: &[(Uuid, i64)], lines: &[Line]) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = clusters.iter().map(|c| c.0).collect();
    sqlx::query("delete from cluster_lines where cluster_id = any($1)").bind(&ids).execute(&mut *tx).await?;
    sqlx::query(
        "insert into cluster_lines (cluster_id, public, place, ticket_id, body, covers)
         select * from unnest($1::uuid[], $2::bool[], $3::smallint[], $4::uuid[], $5::text[], $6::int[])",
    )
    .bind(lines.iter().map(|l| l.cluster).collect::<Vec<_>>())
    .bind(lines.iter().map(|l| l.public).collect::<Vec<_>>())
    .bind(lines.iter().map(|l| l.place).collect::<Vec<_>>())
    .bind(lines.iter().map(|l| l.ticket).collect::<Vec<_>>())
    .bind(lines.iter().map(|l| l.body.as_str()).collect::<Vec<_>>())
    .bind(lines.iter().map(|l| l.covers).collect::<Vec<_>>())
    .execute(&mut *tx)
    .await?;
    sqlx::query("update clusters c set described = u.version from unnest($1::uuid[], $2::bigint[]) u(id, version) where c.id = u.id")
        .bind(&ids)
        .bind(clusters.iter().map(|c| c.1).collect::<Vec<_>>())
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes away the lines that quote a ticket. The clusters that they were of, and the ticket's own, wait to be described anew. Under the
/// lock of the clusters.
pub async fn forget_lines(tx: &mut PgConnection, ticket: Uuid, cluster: Option<Uuid>) -> sqlx::Result<()> {
    sqlx::query(
        "with gone as (delete from cluster_lines where ticket_id = $1 returning cluster_id)
         update clusters set version = nextval('cluster_version'), stale = true
         where state <> 'MERGED' and (id = $2 or id in (select cluster_id from gone))",
    )
    .bind(ticket)
    .bind(cluster)
    .execute(tx)
    .await?;
    Ok(())
}

/// The lines of clusters in their order, from all messages or from what everybody may read.
pub async fn lines(db: &PgPool, clusters: &[Uuid], all: bool) -> sqlx::Result<Vec<Line>> {
    sqlx::query_as(
        "select l.cluster_id as cluster, l.public, l.place, l.ticket_id as ticket, l.body, l.covers
         from cluster_lines l join tickets t on t.id = l.ticket_id
         where l.cluster_id = any($1) and l.public = not $2 and (t.public or $2) order by l.cluster_id, l.place",
    )
    .bind(clusters)
    .bind(all)
    .fetch_all(db)
    .await
}

/// How many tickets of each cluster came in the last seven days, and a week in the eight weeks before, on average.
pub async fn growth(db: &PgPool, clusters: &[Uuid]) -> sqlx::Result<Vec<(Uuid, i64, f64)>> {
    sqlx::query_as(
        "select cluster_id, count(*) filter (where created_at > veche_now() - interval '7 days'),
                count(*) filter (where created_at <= veche_now() - interval '7 days') / 8.0::float8
         from tickets where cluster_id = any($1) and created_at > veche_now() - interval '63 days' group by 1",
    )
    .bind(clusters)
    .fetch_all(db)
    .await
}

/// How the newest members of a cluster feel, and how urgent they are.
#[derive(Debug, Clone, Default)]
pub struct Mood {
    /// The mean, -1 to 1, of those of which something can be told.
    pub sentiment: Option<f32>,
    /// Counts by level, the most urgent first, those without any left out.
    pub urgency: Vec<(Urgency, i64)>,
}

/// The mood of the newest members of each cluster, of all or of those that everybody may read.
pub async fn moods(db: &PgPool, clusters: &[Uuid], all: bool, most: i64) -> sqlx::Result<HashMap<Uuid, Mood>> {
    let rows: Vec<(Uuid, Urgency, i64, f64, i64)> = sqlx::query_as(
        "select c.id, t.urgency, count(*), coalesce(sum(t.sentiment), 0)::float8, count(t.sentiment) from unnest($1::uuid[]) c(id),
             lateral (select urgency, sentiment from tickets t where t.cluster_id = c.id and (t.public or $2)
                      order by t.created_at desc, t.id desc limit $3) t
         group by 1, 2 order by array_position(array['DANGER', 'SOON', 'ORDINARY'], t.urgency)",
    )
    .bind(clusters)
    .bind(all)
    .bind(most)
    .fetch_all(db)
    .await?;
    let mut moods: HashMap<Uuid, (Mood, f64, i64)> = HashMap::new();
    for (cluster, urgency, count, sum, felt) in rows {
        let (mood, sums, all) = moods.entry(cluster).or_default();
        mood.urgency.push((urgency, count));
        (*sums, *all) = (*sums + sum, *all + felt);
    }
    let mean = |sum: f64, count: i64| (count > 0).then(|| (sum / count as f64) as f32);
    Ok(moods.into_iter().map(|(cluster, (mood, sum, count))| (cluster, Mood { sentiment: mean(sum, count), ..mood })).collect())
}

/// Where the newest members of each cluster are, the most first; those that name no place are left out.
pub async fn places(db: &PgPool, clusters: &[Uuid], all: bool, most: i64) -> sqlx::Result<Vec<(Uuid, Uuid, i64)>> {
    sqlx::query_as(
        "select c.id, t.territory_id, count(*) from unnest($1::uuid[]) c(id),
             lateral (select territory_id from tickets t where t.cluster_id = c.id and (t.public or $2)
                      order by t.created_at desc, t.id desc limit $3) t
         where t.territory_id is not null group by 1, 2 order by 1, 3 desc, 2",
    )
    .bind(clusters)
    .bind(all)
    .bind(most)
    .fetch_all(db)
    .await
}
