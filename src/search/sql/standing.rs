//! What indexes say of themselves, and the end of old changes.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

/// Wants all indexes made anew; the generation that they are to have.
pub async fn renew(tx: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("update search_state set generation = generation + 1 returning generation").fetch_one(tx).await
}

/// Throws away changes of more than so many days ago, and what indexes said that are silent for a day.
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
    sqlx::query("delete from search_indexes where engine = 'EMBEDDED' and reported_at < veche_now() - interval '1 day'")
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// What an index says of itself.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// Its name.
    pub name: &'a str,
    /// The engine, as the API names it.
    pub engine: &'a str,
    /// Of the analysis of texts.
    pub version: i32,
    /// Of which generation it is.
    pub generation: i64,
    /// Transactions before this one are in it.
    pub mark: Option<i64>,
    /// Changes of later ones that are in it too.
    pub seen: &'a [i64],
    /// How many documents it holds.
    pub documents: i64,
    /// While it is made: how many are in, of how many.
    pub filling: Option<(i64, i64)>,
    /// What stands in its way.
    pub error: Option<&'a str>,
}

/// Notes what an index says of itself, and what it has not taken in by now. How far a shared one is stands there already.
pub async fn report(db: &PgPool, report: &Report<'_>) -> sqlx::Result<()> {
    sqlx::query(
        "insert into search_indexes (name, engine, version, generation, mark, documents, filled, expected, error, waiting, oldest, reported_at)
         select $1, $2, $3, $4, $5::text::xid8, $6, $7, $8, $9, w.waiting, w.oldest, veche_now()
         from (select count(*) as waiting, min(at) as oldest from search_changes where xid >= $5::text::xid8 and seq <> all($10)) w
         on conflict (name) do update set engine = excluded.engine, version = excluded.version, generation = excluded.generation,
             mark = case excluded.engine when 'EMBEDDED' then excluded.mark else search_indexes.mark end,
             documents = excluded.documents, filled = excluded.filled, expected = excluded.expected,
             error = excluded.error, waiting = excluded.waiting, oldest = excluded.oldest, reported_at = excluded.reported_at",
    )
    .bind(report.name)
    .bind(report.engine)
    .bind(report.version)
    .bind(report.generation)
    .bind(report.mark.map(|mark| mark.to_string()))
    .bind(report.documents)
    .bind(report.filling.map(|filling| filling.0))
    .bind(report.filling.map(|filling| filling.1))
    .bind(report.error)
    .bind(report.seen)
    .execute(db)
    .await?;
    Ok(())
}

/// Removes what an index said that has ended with its process; one that all share stays.
pub async fn gone(db: &PgPool, name: &str) -> sqlx::Result<()> {
    sqlx::query("delete from search_indexes where name = $1 and engine = 'EMBEDDED'").bind(name).execute(db).await?;
    Ok(())
}

/// An index as it last spoke of itself.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Index {
    /// Its name: the machine and the folder, or that of the index that all share.
    pub name: String,
    /// The engine, as the API names it.
    pub engine: String,
    /// Of the analysis of texts.
    pub version: i32,
    /// Of which generation it is.
    pub generation: i64,
    /// Whether it is whole: it was filled once.
    pub whole: bool,
    /// Whether it is of the generation that is wanted; otherwise it will be made anew.
    pub current: bool,
    /// How many documents it held.
    pub documents: i64,
    /// While it is made: how many are in.
    pub filled: Option<i64>,
    /// While it is made: how many there are.
    pub expected: Option<i64>,
    /// Changes that it had not taken in.
    pub waiting: i64,
    /// How long the oldest of them had waited, in seconds.
    pub lag: i64,
    /// What stood in its way.
    pub error: Option<String>,
    /// When it spoke.
    pub reported_at: DateTime<Utc>,
    /// How long it has been silent since, in seconds.
    pub silent: i64,
}

/// All indexes, as each last spoke of itself.
pub async fn indexes(db: &PgPool) -> sqlx::Result<Vec<Index>> {
    sqlx::query_as(
        "select i.name, i.engine, i.version, i.generation, i.mark is not null as whole, i.generation >= s.generation as current, i.documents,
                i.filled, i.expected, i.waiting, greatest(coalesce(extract(epoch from i.reported_at - i.oldest), 0), 0)::bigint as lag, i.error,
                i.reported_at, greatest(extract(epoch from veche_now() - i.reported_at), 0)::bigint as silent
         from search_indexes i, search_state s order by i.name",
    )
    .fetch_all(db)
    .await
}

/// How many documents there are, and when something in them was last changed.
pub async fn documents(db: &PgPool) -> sqlx::Result<(i64, Option<DateTime<Utc>>)> {
    sqlx::query_as("select (select count(*) from search_documents), (select max(at) from search_changes)").fetch_one(db).await
}
