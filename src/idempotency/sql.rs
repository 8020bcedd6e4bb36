use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

#[derive(Debug, sqlx::FromRow)]
pub struct Row {
    pub request: Vec<u8>,
    pub answer: Option<Vec<u8>>,
}

pub async fn find(db: &PgPool, key: &[u8; 32]) -> sqlx::Result<Option<Row>> {
    sqlx::query_as("select request, answer from idempotency_keys where key = $1").bind(key).fetch_optional(db).await
}

/// Claims keys; those attempts to which they belong now. A transaction that claims the same key waits here for the other's end.
pub async fn claim(tx: &mut PgConnection, rows: &[(&[u8], &[u8], Uuid)]) -> sqlx::Result<Vec<Uuid>> {
    let keys: Vec<&[u8]> = rows.iter().map(|r| r.0).collect();
    let requests: Vec<&[u8]> = rows.iter().map(|r| r.1).collect();
    let attempts: Vec<Uuid> = rows.iter().map(|r| r.2).collect();
    // In the order of the keys, so that two transactions cannot wait for each other in a circle; of the same key twice, the first.
    sqlx::query_scalar(
        "insert into idempotency_keys as known (key, request, attempt)
         select distinct on (k) k, r, a from unnest($1::bytea[], $2::bytea[], $3::uuid[]) with ordinality u(k, r, a, n) order by k, n
         on conflict (key) do update set attempt = known.attempt where known.attempt = excluded.attempt
         returning attempt",
    )
    .bind(keys)
    .bind(requests)
    .bind(attempts)
    .fetch_all(tx)
    .await
}

pub async fn keep(db: &PgPool, key: &[u8; 32], attempt: Uuid, answer: &[u8]) -> sqlx::Result<()> {
    sqlx::query("update idempotency_keys set answer = $3 where key = $1 and attempt = $2")
        .bind(key)
        .bind(attempt)
        .bind(answer)
        .execute(db)
        .await?;
    Ok(())
}

pub async fn release(tx: &mut PgConnection, attempts: &[Uuid], keys: &[&[u8]]) -> sqlx::Result<()> {
    sqlx::query("delete from idempotency_keys where key = any($1) and attempt = any($2)").bind(keys).bind(attempts).execute(tx).await?;
    Ok(())
}

/// Forgets keys after a day.
pub async fn sweep(db: &PgPool) -> sqlx::Result<()> {
    sqlx::query("delete from idempotency_keys where created_at < veche_now() - interval '1 day'").execute(db).await?;
    Ok(())
}
