//! Documents as the database has them, the log of their changes, and what indexes say of themselves.

use sqlx::{PgPool, QueryBuilder};
use uuid::Uuid;

use super::super::document::{Document, Key};
use crate::gid::Kind;

/// Kinds of things that can be found.
pub const KINDS: [Kind; 7] =
    [Kind::Initiative, Kind::Ticket, Kind::Cluster, Kind::Comment, Kind::Decision, Kind::Department, Kind::Service];

const DOCUMENT: &str =
    "kind, id, title, body, public, owner, language, state, channel, topic, territory, working_group, department, created_at";

/// Documents by their keys; those that cannot be found any more are left out. One question for all kinds.
pub async fn documents(db: &PgPool, keys: &[Key]) -> sqlx::Result<Vec<Document>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::new("");
    query.push(format!("select {DOCUMENT} from search_documents where false"));
    for kind in KINDS {
        let ids: Vec<Uuid> = keys.iter().filter(|key| key.0 == kind).map(|key| key.1).collect();
        if !ids.is_empty() {
            // The name stands there itself, so that each part of the view that is of another kind is left out when the query is planned.
            query.push(format!(" or kind = '{}' and id = any(", kind.name())).push_bind(ids).push(")");
        }
    }
    query.build_query_as().fetch_all(db).await
}

/// The next documents of a kind in the order of their keys.
pub async fn documents_after(db: &PgPool, kind: Kind, after: Uuid, most: i64) -> sqlx::Result<Vec<Document>> {
    let query = format!("select {DOCUMENT} from search_documents where kind = $1 and id > $2 order by id limit $3");
    sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(kind).bind(after).bind(most).fetch_all(db).await
}

/// How many documents there are.
pub async fn count(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from search_documents").fetch_one(db).await
}

/// A document that was changed, or is gone.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Change {
    /// Its place in the log.
    pub seq: i64,
    /// The transaction that changed it.
    pub xid: i64,
    /// What it is.
    pub kind: Kind,
    /// Which.
    pub id: Uuid,
}

/// Changes of transactions from `mark` on that were not seen yet, up to `most`; and the oldest transaction that was still under way when they
/// were read: where fewer came than asked for, all before it are among them.
pub async fn changes(db: &PgPool, mark: i64, seen: &[i64], most: i64) -> sqlx::Result<(Vec<Change>, i64)> {
    // One statement sees one state: nothing can be committed between the two answers.
    let rows: Vec<(i64, Option<i64>, Option<i64>, Option<Kind>, Option<Uuid>)> = sqlx::query_as(
        "select s.oldest, c.seq, c.xid, c.kind, c.id
         from (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as oldest) s
         left join lateral (
             select seq, xid::text::bigint as xid, kind, id from search_changes
             where search_changes.xid >= $1::text::xid8 and seq <> all($2) order by seq limit $3
         ) c on true",
    )
    .bind(mark.to_string())
    .bind(seen)
    .bind(most)
    .fetch_all(db)
    .await?;
    let oldest = rows.first().map_or(mark, |row| row.0);
    let changes = rows.into_iter().filter_map(|(_, seq, xid, kind, id)| Some(Change { seq: seq?, xid: xid?, kind: kind?, id: id? }));
    Ok((changes.collect(), oldest))
}

/// What indexes are measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct State {
    /// Indexes of an earlier one are made anew.
    pub generation: i64,
    /// Changes of transactions before this one are thrown away.
    pub forgotten: i64,
    /// The oldest transaction under way.
    pub oldest: i64,
    /// The next transaction: no index is further.
    pub next: i64,
}

/// What indexes are measured by now.
pub async fn state(db: &PgPool) -> sqlx::Result<State> {
    sqlx::query_as(
        "select generation, forgotten::text::bigint as forgotten, pg_snapshot_xmin(pg_current_snapshot())::text::bigint as oldest,
                pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next
         from search_state",
    )
    .fetch_one(db)
    .await
}

/// Wants all indexes made anew; the generation that they are to have.
pub async fn renew(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("update search_state set generation = generation + 1 returning generation").fetch_one(db).await
}

/// Throws away changes of more than so many days ago, and what indexes said that are gone for as long.
pub async fn forget(db: &PgPool, days: i32) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query(
        "with gone as (delete from search_changes where at < veche_now() - make_interval(days => $1) returning xid)
         update search_state set forgotten = greatest(forgotten, ((select max(xid::text::bigint) from gone) + 1)::text::xid8)
         where exists (select from gone)",
    )
    .bind(days)
    .execute(&mut *tx)
    .await?;
    sqlx::query("delete from search_indexes where reported_at < veche_now() - make_interval(days => $1)")
        .bind(days)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// What an index says of itself.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Report {
    /// Its name: the process's, or the shared one's.
    pub name: String,
    /// The engine, as the API names it.
    pub engine: String,
    /// Of the analysis of texts.
    pub version: i32,
    /// Of which generation it is.
    pub generation: i64,
    /// Transactions before this one are in it.
    pub mark: Option<i64>,
    /// How many documents it holds.
    pub documents: i64,
    /// While it is made: how many are in.
    pub filled: Option<i64>,
    /// While it is made: how many there are.
    pub expected: Option<i64>,
    /// What stands in its way.
    pub error: Option<String>,
}

/// Notes what an index says of itself.
pub async fn report(db: &PgPool, report: &Report) -> sqlx::Result<()> {
    sqlx::query(
        "insert into search_indexes (name, engine, version, generation, mark, documents, filled, expected, error, reported_at)
         values ($1, $2, $3, $4, $5::text::xid8, $6, $7, $8, $9, veche_now())
         on conflict (name) do update set engine = excluded.engine, version = excluded.version, generation = excluded.generation,
             mark = excluded.mark, documents = excluded.documents, filled = excluded.filled, expected = excluded.expected,
             error = excluded.error, reported_at = excluded.reported_at",
    )
    .bind(&report.name)
    .bind(&report.engine)
    .bind(report.version)
    .bind(report.generation)
    .bind(report.mark.map(|mark| mark.to_string()))
    .bind(report.documents)
    .bind(report.filled)
    .bind(report.expected)
    .bind(&report.error)
    .execute(db)
    .await?;
    Ok(())
}
