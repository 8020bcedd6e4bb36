//! What is compared with what.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{from_bytes, reading::readable};
use crate::nlp::duplicates::Reason;

/// Keys that so many messages share (by the planner's statistics, as of the last `analyze`) say nothing: they come of words that everybody
/// uses. To go through all messages under one would take seconds.
macro_rules! common {
    () => {
        "common as materialized (
             select e.key from pg_stats s, pg_class c, unnest(s.most_common_elems::text::bigint[], s.most_common_elem_freqs) e(key, share)
             where s.schemaname = 'public' and s.tablename = 'articles' and s.attname = 'keys' and c.oid = 'public.articles'::regclass
               and e.share * c.reltuples > 1000)"
    };
}

/// Earlier tickets that may be about the same incident as each of these: at most `most` of its cluster, the newest, and as many under
/// the same keys, unless these are common.
pub async fn candidates(db: &PgPool, tickets: &[Uuid], most: i64) -> sqlx::Result<Vec<(Uuid, Uuid)>> {
    sqlx::query_as(concat!(
        "with ",
        common!(),
        ",
         fresh as (
             select t.id, t.cluster_id, t.created_at, array(select unnest(a.keys) except select key from common) as keys from tickets t,
                 lateral (select keys from articles a where a.ticket_id = t.id and a.direction = 'IN' order by created_at, id limit 1) a
             where t.id = any($1))
         select f.id, c.id from fresh f,
             lateral (select t.id from tickets t where t.cluster_id = f.cluster_id and (t.created_at, t.id) < (f.created_at, f.id)
                      order by t.created_at desc, t.id desc limit $2) c
         union
         select f.id, c.id from fresh f,
             lateral (select t.id from articles a join tickets t on t.id = a.ticket_id
                      where a.direction = 'IN' and a.keys && f.keys and (t.created_at, t.id) < (f.created_at, f.id)
                      order by t.created_at desc, t.id desc limit $2) c",
    ))
    .bind(tickets)
    .bind(most)
    .fetch_all(db)
    .await
}

/// The first message of a ticket.
#[derive(Debug, sqlx::FromRow)]
pub struct FirstText {
    pub ticket: Uuid,
    pub created_at: DateTime<Utc>,
    subject: String,
    body: String,
}

impl FirstText {
    /// The subject too, unless it is only the text's beginning.
    pub fn text(&self) -> String {
        readable(&self.subject, &self.body)
    }
}

pub async fn first_texts(db: &PgPool, tickets: &[Uuid]) -> sqlx::Result<Vec<FirstText>> {
    sqlx::query_as(
        "select t.id as ticket, t.created_at, t.subject, a.body from tickets t,
             lateral (select body from articles a where a.ticket_id = t.id and a.direction = 'IN' order by created_at, id limit 1) a
         where t.id = any($1)",
    )
    .bind(tickets)
    .fetch_all(db)
    .await
}

/// The newest tickets with a message under one of the keys, with its vector.
pub async fn keyed_vectors(db: &PgPool, keys: &[i64], most: i64) -> sqlx::Result<Vec<(Uuid, Vec<f32>)>> {
    let rows: Vec<(Uuid, Vec<u8>)> = sqlx::query_as(concat!(
        "with ",
        common!(),
        "
         select a.ticket_id, v.vector
         from (select id, ticket_id from articles
               where direction = 'IN' and keys && array(select unnest($1) except select key from common)
               order by created_at desc, id desc limit $2) a
         join vectors v on v.article_id = a.id and v.space_id = (select id from spaces where state = 'SERVING')",
    ))
    .bind(keys)
    .bind(most)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(ticket, vector)| (ticket, from_bytes(&vector))).collect())
}

/// A vector of a space; its ticket, if it is that of the ticket's first message.
#[derive(Debug)]
pub struct FirstVector {
    pub serial: i64,
    pub ticket: Option<Uuid>,
    pub vector: Vec<f32>,
}

/// Vectors of a space in the order in which they came, those after a place in it.
pub async fn first_vectors(db: &PgPool, space: i64, after: i64, most: i64) -> sqlx::Result<Vec<FirstVector>> {
    let rows: Vec<(i64, Option<Uuid>, Vec<u8>)> = sqlx::query_as(
        "select v.serial, a.ticket_id, v.vector
         from (select serial, article_id, vector from vectors where space_id = $1 and serial > $2 order by serial limit $3) v
         left join articles a on a.id = v.article_id
             and a.id = (select f.id from articles f where f.ticket_id = a.ticket_id and f.direction = 'IN' order by f.created_at, f.id limit 1)
         order by v.serial",
    )
    .bind(space)
    .bind(after)
    .bind(most)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(serial, ticket, vector)| FirstVector { serial, ticket, vector: from_bytes(&vector) }).collect())
}

/// The place in the order of a space's vectors after which there are `count` of them, or all there are.
pub async fn before_newest(db: &PgPool, space: i64, count: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar("select coalesce((select serial from vectors where space_id = $1 order by serial desc offset $2 limit 1), 0)")
        .bind(space)
        .bind(count)
        .fetch_one(db)
        .await
}

/// Two tickets that may be about the same incident.
#[derive(Debug)]
pub struct DuplicateLink {
    pub ticket: Uuid,
    pub duplicate_of: Uuid,
    pub score: f32,
    pub reasons: Vec<Reason>,
}

pub async fn insert_duplicates(tx: &mut PgConnection, links: &[DuplicateLink]) -> sqlx::Result<()> {
    sqlx::query(
        "insert into duplicate_links (ticket_id, duplicate_of, score, reasons)
         select * from unnest($1::uuid[], $2::uuid[], $3::real[], $4::jsonb[])
         on conflict (ticket_id, duplicate_of) do update set score = excluded.score, reasons = excluded.reasons",
    )
    .bind(links.iter().map(|l| l.ticket).collect::<Vec<_>>())
    .bind(links.iter().map(|l| l.duplicate_of).collect::<Vec<_>>())
    .bind(links.iter().map(|l| l.score).collect::<Vec<_>>())
    .bind(links.iter().map(|l| serde_json::json!(l.reasons)).collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(())
}
