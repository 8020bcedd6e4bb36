//! Documents as the database has them, the log of their changes, and what indexes say of themselves.

use sqlx::{PgPool, Postgres, QueryBuilder, pool::PoolConnection};
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

/// The oldest transaction under way, and a change where there is one.
type Line = (i64, Option<i64>, Option<i64>, Option<Kind>, Option<Uuid>);

/// Changes of transactions from `mark` on that were not seen yet, up to `most`; and the oldest transaction that was still under way when they
/// were read: where fewer came than asked for, all before it are among them.
pub async fn changes(db: &PgPool, mark: i64, seen: &[i64], most: i64) -> sqlx::Result<(Vec<Change>, i64)> {
    // One statement sees one state: nothing can be committed between the two answers.
    let rows: Vec<Line> = sqlx::query_as(
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

/// An index that all processes share.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Shared {
    /// Its name on the server.
    pub name: String,
    /// Of which generation it is.
    pub generation: i64,
    /// Transactions before this one are in it.
    pub mark: i64,
}

/// The newest shared index that is whole, of those whose names begin so.
pub async fn shared(db: &PgPool, family: &str) -> sqlx::Result<Option<Shared>> {
    sqlx::query_as(
        "select name, generation, mark::text::bigint as mark from search_indexes
         where engine = 'MEILISEARCH' and mark is not null and starts_with(name, $1) order by generation desc limit 1",
    )
    .bind(family)
    .fetch_optional(db)
    .await
}

/// Whether an index of this name is whole.
pub async fn is_shared(db: &PgPool, name: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from search_indexes where name = $1 and mark is not null)").bind(name).fetch_one(db).await
}

/// Lets all processes search a shared index, which is whole; those before it are forgotten.
pub async fn share(db: &PgPool, prefix: &str, name: &str, version: u32, generation: i64, mark: i64) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query("delete from search_indexes where engine = 'MEILISEARCH' and starts_with(name, $1 || '_v') and name <> $2")
        .bind(prefix)
        .bind(name)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "insert into search_indexes (name, engine, version, generation, mark) values ($1, 'MEILISEARCH', $2, $3, $4::text::xid8)
         on conflict (name) do update set mark = excluded.mark, generation = excluded.generation, filled = null, expected = null, error = null",
    )
    .bind(name)
    .bind(i32::try_from(version).unwrap_or(i32::MAX))
    .bind(generation)
    .bind(mark.to_string())
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// Notes how far a shared index is.
pub async fn set_mark(db: &PgPool, name: &str, mark: i64) -> sqlx::Result<()> {
    sqlx::query("update search_indexes set mark = $2::text::xid8 where name = $1").bind(name).bind(mark.to_string()).execute(db).await?;
    Ok(())
}

/// A connection that holds the turn to write to the shared index; none while another process has it.
pub async fn turn(db: &PgPool, prefix: &str) -> sqlx::Result<Option<PoolConnection<Postgres>>> {
    let mut connection = db.acquire().await?;
    let mine: bool = sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended('search:' || $1, 7))")
        .bind(prefix)
        .fetch_one(&mut *connection)
        .await?;
    Ok(mine.then_some(connection))
}
