//! What people look for: queries that are counted without them, and searches that they saved.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use super::super::saved::Conditions;

/// Adds to the counts of queries of today: how often each was asked, and what it finds.
pub async fn count(db: &PgPool, queries: &[String], asked: &[i64], found: &[i64]) -> sqlx::Result<()> {
    sqlx::query(
        "insert into search_queries (day, query, asked, found)
         select veche_now()::date, q.query, q.asked, q.found from unnest($1::text[], $2::bigint[], $3::bigint[]) q (query, asked, found)
         order by q.query
         on conflict (day, query) do update set asked = search_queries.asked + excluded.asked, found = excluded.found",
    )
    .bind(queries)
    .bind(asked)
    .bind(found)
    .execute(db)
    .await?;
    Ok(())
}

/// Queries that were asked at least so many times in so many days, the most frequent first.
pub async fn popular(db: &PgPool, least: i64, days: i32, most: i64) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "select query from search_queries where day > veche_now()::date - $2 group by query having sum(asked) >= $1
         order by sum(asked) desc, query limit $3",
    )
    .bind(least)
    .bind(days)
    .bind(most)
    .fetch_all(db)
    .await
}

/// Forgets the counts of more than so many days ago.
pub async fn forget_counts(db: &PgPool, days: i32) -> sqlx::Result<()> {
    sqlx::query("delete from search_queries where day <= veche_now()::date - $1").bind(days).execute(db).await?;
    Ok(())
}

/// The names of a topic, in Russian and English.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TopicName {
    /// Its key.
    pub id: Uuid,
    /// In Russian.
    pub name_ru: String,
    /// In English.
    pub name_en: String,
}

/// The names of all topics.
pub async fn topics(db: &PgPool) -> sqlx::Result<Vec<TopicName>> {
    sqlx::query_as("select id, name_ru, name_en from topics order by name_ru, id limit 1000").fetch_all(db).await
}

/// A saved search.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Saved {
    /// Its key.
    pub id: Uuid,
    /// Whose it is.
    pub participant_id: Uuid,
    /// The words.
    pub query: String,
    /// Among which.
    pub filter: Json<Conditions>,
    /// When it was saved.
    pub created_at: DateTime<Utc>,
    /// What it found and was told of.
    pub seen: Option<Vec<Uuid>>,
    /// What is older is not new.
    pub since: Option<DateTime<Utc>>,
    /// When it was looked for last.
    pub looked_at: Option<DateTime<Utc>>,
    /// When something new was told of last.
    pub found_at: Option<DateTime<Utc>>,
}

const SAVED: &str = "id, participant_id, query, filter, created_at, seen, since, looked_at, found_at";

/// Somebody's saved searches, the newest first.
pub async fn saved_by(db: &PgPool, me: Uuid) -> sqlx::Result<Vec<Saved>> {
    let query = format!("select {SAVED} from saved_searches where participant_id = $1 order by created_at desc, id desc");
    sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(me).fetch_all(db).await
}

/// A saved search of somebody's own.
pub async fn saved_one(db: &PgPool, me: Uuid, id: Uuid) -> sqlx::Result<Option<Saved>> {
    let query = format!("select {SAVED} from saved_searches where id = $2 and participant_id = $1");
    sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(me).bind(id).fetch_optional(db).await
}

/// A page of saved searches of everybody, in the order of their keys.
pub async fn saved_after(db: &PgPool, after: Uuid, most: i64) -> sqlx::Result<Vec<Saved>> {
    let query = format!("select {SAVED} from saved_searches where id > $1 order by id limit $2");
    sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(after).bind(most).fetch_all(db).await
}

/// The same search of the same person, where it was saved before; and how many they have. Others of theirs wait until this transaction ends.
pub async fn saved_before(tx: &mut PgConnection, me: Uuid, text: &str, filter: &Conditions) -> sqlx::Result<(Option<Saved>, i64)> {
    sqlx::query("select from participants where id = $1 for no key update").bind(me).execute(&mut *tx).await?;
    let query = format!("select {SAVED} from saved_searches where participant_id = $1 and query = $2 and filter = $3");
    let same = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(me).bind(text).bind(Json(filter)).fetch_optional(&mut *tx).await?;
    let count = sqlx::query_scalar("select count(*) from saved_searches where participant_id = $1").bind(me).fetch_one(tx).await?;
    Ok((same, count))
}

/// Saves a search.
pub async fn save(
    tx: &mut PgConnection,
    (id, me): (Uuid, Uuid),
    (text, filter): (&str, &Conditions),
    (seen, since): (Option<&[Uuid]>, Option<DateTime<Utc>>),
) -> sqlx::Result<Saved> {
    let query = format!(
        "insert into saved_searches (id, participant_id, query, filter, seen, since, looked_at)
         values ($1, $2, $3, $4, $5, $6, case when $5::uuid[] is not null then veche_now() end) returning {SAVED}"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(id).bind(me).bind(text).bind(Json(filter)).bind(seen).bind(since).fetch_one(tx).await
}

/// Notes what a saved search found. False where somebody else did since it was read, or where it is gone.
pub async fn looked(
    tx: &mut PgConnection,
    saved: &Saved,
    seen: &[Uuid],
    since: Option<DateTime<Utc>>,
    something_new: bool,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "update saved_searches set seen = $3, since = $4, looked_at = veche_now(), found_at = case when $5 then veche_now() else found_at end
         where id = $1 and looked_at is not distinct from $2",
    )
    .bind(saved.id)
    .bind(saved.looked_at)
    .bind(seen)
    .bind(since)
    .bind(something_new)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Deletes a saved search of somebody's own. False where there is none.
pub async fn delete(tx: &mut PgConnection, me: Uuid, id: Uuid) -> sqlx::Result<bool> {
    let done = sqlx::query("delete from saved_searches where id = $2 and participant_id = $1").bind(me).bind(id).execute(tx).await?;
    Ok(done.rows_affected() > 0)
}
