//! Words that mean the same, as the database has them.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// A group of words that mean the same.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Group {
    /// Its key.
    pub id: Uuid,
    /// Words and expressions as they were written.
    pub words: Vec<String>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Which state the groups are in: another one is another number.
pub async fn version(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("select synonyms from search_state").fetch_one(db).await
}

/// The state that the groups are in, and the words of each.
pub async fn groups(db: &PgPool) -> sqlx::Result<(i64, Vec<Vec<String>>)> {
    let rows: Vec<(i64, Option<Vec<String>>)> =
        sqlx::query_as("select s.synonyms, g.words from search_state s left join search_synonyms g on true order by g.id")
            .fetch_all(db)
            .await?;
    Ok((rows.first().map_or(0, |row| row.0), rows.into_iter().filter_map(|row| row.1).collect()))
}

/// All groups by their first words.
pub async fn all(db: &PgPool) -> sqlx::Result<Vec<Group>> {
    sqlx::query_as("select id, words, updated_at from search_synonyms order by lower(words[1]), id").fetch_all(db).await
}

/// All groups, kept from being changed by others until the end of the transaction.
pub async fn all_locked(tx: &mut PgConnection) -> sqlx::Result<Vec<Group>> {
    // A new group is no row that could be locked: whoever changes groups changes their state.
    sqlx::query("select from search_state for update").execute(&mut *tx).await?;
    sqlx::query_as("select id, words, updated_at from search_synonyms order by id").fetch_all(tx).await
}

/// Adds a group.
pub async fn insert(tx: &mut PgConnection, id: Uuid, words: &[String]) -> sqlx::Result<Group> {
    sqlx::query_as("insert into search_synonyms (id, words) values ($1, $2) returning id, words, updated_at")
        .bind(id)
        .bind(words)
        .fetch_one(tx)
        .await
}

/// Gives a group other words.
pub async fn update(tx: &mut PgConnection, id: Uuid, words: &[String]) -> sqlx::Result<Option<Group>> {
    sqlx::query_as("update search_synonyms set words = $2, updated_at = veche_now() where id = $1 returning id, words, updated_at")
        .bind(id)
        .bind(words)
        .fetch_optional(tx)
        .await
}

/// Removes a group; what it was.
pub async fn delete(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Group>> {
    sqlx::query_as("delete from search_synonyms where id = $1 returning id, words, updated_at").bind(id).fetch_optional(tx).await
}
