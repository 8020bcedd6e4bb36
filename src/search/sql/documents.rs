//! Documents as the database has them, the log of their changes, and what indexes say of themselves.

use sqlx::PgPool;
use uuid::Uuid;

use super::super::document::{Document, Key};
use crate::gid::Kind;

/// Kinds of things that can be found.
pub const KINDS: [Kind; 7] =
    [Kind::Initiative, Kind::Ticket, Kind::Cluster, Kind::Comment, Kind::Decision, Kind::Department, Kind::Service];

const DOCUMENT: &str =
    "kind, id, title, body, public, owner, language, state, channel, topic, territory, working_group, department, created_at";

/// Documents by their keys; those that cannot be found any more are left out. One question a kind.
pub async fn documents(db: &PgPool, keys: &[Key]) -> sqlx::Result<Vec<Document>> {
    let mut found = Vec::with_capacity(keys.len());
    for kind in KINDS {
        let ids: Vec<Uuid> = keys.iter().filter(|key| key.0 == kind).map(|key| key.1).collect();
        if !ids.is_empty() {
            let query = format!("select {DOCUMENT} from search_documents where kind = $1 and id = any($2)");
            found.extend(sqlx::query_as::<_, Document>(sqlx::AssertSqlSafe(query)).bind(kind).bind(ids).fetch_all(db).await?);
        }
    }
    Ok(found)
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
