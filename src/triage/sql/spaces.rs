//! Spaces of vectors: which serves, which is being filled.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::{Sum, from_bytes, reading::readable, to_bytes};
use crate::nlp::Thresholds;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Space {
    pub id: i64,
    pub embedder: String,
    pub version: i64,
    pub dimensions: i32,
    join_from: f32,
    similar_from: f32,
    pub documents: i64,
    /// Left out when the reader has them.
    pub frequencies: Option<Vec<u8>>,
    pub subspace: Option<Vec<u8>>,
}

impl Space {
    pub fn thresholds(&self) -> Thresholds {
        Thresholds { join: self.join_from, similar: self.similar_from }
    }
}

/// The space in a state, `SERVING` or `FILLING`. What it learned is left out for who knows the space `known`, or without one for all.
pub async fn space(db: impl PgExecutor<'_>, state: &str, known: Option<i64>) -> sqlx::Result<Option<Space>> {
    sqlx::query_as(
        "select id, embedder, version, dimensions, join_from, similar_from, documents,
                case when id <> $2 then frequencies end as frequencies, case when id <> $2 then subspace end as subspace
         from spaces where state = $1",
    )
    .bind(state)
    .bind(known)
    .fetch_optional(db)
    .await
}

/// A space to be.
#[derive(Debug)]
pub struct NewSpace<'a> {
    pub embedder: &'a str,
    pub version: i64,
    pub dimensions: i32,
    pub thresholds: Thresholds,
    pub documents: i64,
    pub frequencies: Option<Vec<u8>>,
    pub subspace: Option<Vec<u8>>,
}

/// Begins to fill a space, unless one is being filled.
pub async fn begin_space(db: &PgPool, new: &NewSpace<'_>) -> sqlx::Result<()> {
    sqlx::query(
        "insert into spaces (embedder, version, dimensions, join_from, similar_from, documents, frequencies, subspace, total)
         values ($1, $2, $3, $4, $5, $6, $7, $8, (select count(*) from articles where direction = 'IN' and understood_at is not null))
         on conflict do nothing",
    )
    .bind(new.embedder)
    .bind(new.version)
    .bind(new.dimensions)
    .bind(new.thresholds.join)
    .bind(new.thresholds.similar)
    .bind(new.documents)
    .bind(&new.frequencies)
    .bind(&new.subspace)
    .execute(db)
    .await?;
    Ok(())
}

pub async fn set_thresholds(db: &PgPool, space: i64, to: Thresholds) -> sqlx::Result<()> {
    sqlx::query("update spaces set join_from = $2, similar_from = $3 where id = $1")
        .bind(space)
        .bind(to.join)
        .bind(to.similar)
        .execute(db)
        .await?;
    Ok(())
}

/// Forgets a space that does not serve, with its vectors: some at a time, so that nobody waits for it.
pub async fn drop_space(db: &PgPool, space: i64) -> sqlx::Result<()> {
    loop {
        let some = sqlx::query(
            "delete from vectors where space_id = $1 and article_id in (select article_id from vectors where space_id = $1 limit 10000)",
        )
        .bind(space)
        .execute(db)
        .await?;
        if some.rows_affected() == 0 {
            break;
        }
    }
    sqlx::query("delete from spaces where id = $1 and state <> 'SERVING'").bind(space).execute(db).await?;
    Ok(())
}

/// Lets a full space serve in place of the one that did.
pub async fn take_over(tx: &mut PgConnection, space: i64) -> sqlx::Result<()> {
    sqlx::query("update spaces set state = 'RETIRED' where state = 'SERVING'").execute(&mut *tx).await?;
    sqlx::query("update spaces set state = 'SERVING', serving_from = veche_now(), filled = total where id = $1")
        .bind(space)
        .execute(tx)
        .await?;
    Ok(())
}

/// Spaces that served once.
pub async fn retired(db: &PgPool) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar("select id from spaces where state = 'RETIRED'").fetch_all(db).await
}

/// Texts of citizens' messages without a vector in the space, by key.
pub async fn unfilled(db: impl PgExecutor<'_>, space: i64, after: Uuid, most: i64) -> sqlx::Result<Vec<(Uuid, String)>> {
    let rows: Vec<(Uuid, String, String)> = sqlx::query_as(
        "select a.id, t.subject, a.body from articles a join tickets t on t.id = a.ticket_id
         where a.direction = 'IN' and a.understood_at is not null and a.id > $2
           and not exists (select from vectors v where v.space_id = $1 and v.article_id = a.id)
         order by a.id limit $3",
    )
    .bind(space)
    .bind(after)
    .bind(most)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(id, subject, body)| (id, readable(&subject, &body))).collect())
}

/// The newest texts of citizens.
pub async fn newest_texts(db: &PgPool, most: i64) -> sqlx::Result<Vec<String>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select t.subject, a.body from articles a join tickets t on t.id = a.ticket_id
         where a.direction = 'IN' order by a.created_at desc, a.id desc limit $1",
    )
    .bind(most)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(subject, body)| readable(&subject, &body)).collect())
}

/// Adds vectors to a space; false when there is no such space any more.
pub async fn insert_vectors(db: impl PgExecutor<'_>, space: i64, vectors: &[(Uuid, Vec<f32>)]) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "with own as (select id from spaces where id = $1 for key share),
              put as (insert into vectors (space_id, article_id, vector)
                      select own.id, u.article, u.vector from own, unnest($2::uuid[], $3::bytea[]) u(article, vector)
                      on conflict do nothing)
         select exists (select from own)",
    )
    .bind(space)
    .bind(vectors.iter().map(|v| v.0).collect::<Vec<_>>())
    .bind(vectors.iter().map(|v| to_bytes(&v.1)).collect::<Vec<_>>())
    .fetch_one(db)
    .await
}

pub async fn note_filled(db: &PgPool, space: i64, count: i64) -> sqlx::Result<()> {
    sqlx::query("update spaces set filled = least(filled + $2, total) where id = $1").bind(space).bind(count).execute(db).await?;
    Ok(())
}

/// The sum of the members' vectors of some clusters in a space, the serving one if none is named, each with the cluster's version.
pub async fn sums_in(db: &mut PgConnection, space: Option<i64>, clusters: &[Uuid]) -> sqlx::Result<HashMap<Uuid, (i64, Sum)>> {
    let versions: Vec<(Uuid, i64)> =
        sqlx::query_as("select id, version from clusters where id = any($1)").bind(clusters).fetch_all(&mut *db).await?;
    let mut sums: HashMap<Uuid, (i64, Sum)> = versions.into_iter().map(|(id, version)| (id, (version, Sum::default()))).collect();
    let rows: Vec<(Uuid, Option<Vec<u8>>)> = sqlx::query_as(
        "select t.cluster_id, v.vector from tickets t
             cross join lateral (select id from articles a where a.ticket_id = t.id and a.direction = 'IN' order by created_at, id limit 1) a
             left join vectors v on v.space_id = coalesce($2, (select id from spaces where state = 'SERVING')) and v.article_id = a.id
         where t.cluster_id = any($1)",
    )
    .bind(clusters)
    .bind(space)
    .fetch_all(db)
    .await?;
    for (cluster, vector) in rows {
        if let Some((_, sum)) = sums.get_mut(&cluster) {
            sum.add(&from_bytes(&vector.unwrap_or_default()));
        }
    }
    Ok(sums)
}

/// The clusters of some articles' tickets.
pub async fn clusters_of(tx: &mut PgConnection, articles: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select distinct t.cluster_id from articles a join tickets t on t.id = a.ticket_id where a.id = any($1) and t.cluster_id is not null",
    )
    .bind(articles)
    .fetch_all(tx)
    .await
}

/// Versions of all clusters that have members.
pub async fn versions(tx: &mut PgConnection) -> sqlx::Result<Vec<(Uuid, i64)>> {
    sqlx::query_as("select id, version from clusters where state <> 'MERGED' and size > 0").fetch_all(tx).await
}

/// How a space stands.
#[derive(Debug, sqlx::FromRow)]
pub struct SpaceStanding {
    pub embedder: String,
    pub version: i64,
    pub filled: i64,
    pub total: i64,
    pub serving_from: Option<DateTime<Utc>>,
}

/// The space that serves, and the one that is being filled to take over, where there are such.
pub async fn standings(db: &PgPool) -> sqlx::Result<(Option<SpaceStanding>, Option<SpaceStanding>)> {
    let spaces: Vec<SpaceStanding> =
        sqlx::query_as("select embedder, version, filled, total, serving_from from spaces where state <> 'RETIRED'").fetch_all(db).await?;
    let (serving, filling): (Vec<SpaceStanding>, Vec<SpaceStanding>) = spaces.into_iter().partition(|space| space.serving_from.is_some());
    Ok((serving.into_iter().next(), filling.into_iter().next()))
}
