//! Where clusters lie on the map of matters.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// The largest clusters of two tickets and more.
pub async fn largest_clusters(db: &PgPool, most: i64) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from clusters where state <> 'MERGED' and size > 1 order by size desc, id desc limit $1")
        .bind(most)
        .fetch_all(db)
        .await
}

/// Whether more than a tenth of the largest clusters are not on the map.
pub async fn map_is_old(db: &PgPool, most: i64) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select count(*) filter (where x is null) * 10 > count(*)
         from (select x from clusters where state <> 'MERGED' and size > 1 order by size desc, id desc limit $1) c",
    )
    .bind(most)
    .fetch_one(db)
    .await
}

/// Puts clusters in their places, and takes all others off the map.
pub async fn write_places(tx: &mut PgConnection, places: &[(Uuid, (f32, f32))]) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = places.iter().map(|place| place.0).collect();
    sqlx::query("update clusters set x = null, y = null where x is not null and id <> all($1)").bind(&ids).execute(&mut *tx).await?;
    sqlx::query("update clusters c set x = u.x, y = u.y from unnest($1::uuid[], $2::real[], $3::real[]) u(id, x, y) where c.id = u.id")
        .bind(&ids)
        .bind(places.iter().map(|place| place.1.0).collect::<Vec<_>>())
        .bind(places.iter().map(|place| place.1.1).collect::<Vec<_>>())
        .execute(tx)
        .await?;
    Ok(())
}

/// The largest clusters on the map, and where they lie.
pub async fn map(db: &PgPool, most: i64) -> sqlx::Result<Vec<(Uuid, f32, f32)>> {
    sqlx::query_as(
        "select id, x, y from clusters where x is not null and y is not null and state <> 'MERGED' and size > 0
         order by size desc, id desc limit $1",
    )
    .bind(most)
    .fetch_all(db)
    .await
}
