use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::Spec;

/// Times a job is tried, over about a day with growing pauses, before it is put aside for a person.
const ATTEMPTS: i32 = 12;

pub async fn add(tx: &mut PgConnection, task: &'static str, payloads: &[serde_json::Value], spec: &Spec) -> sqlx::Result<()> {
    sqlx::query(
        "select from unnest($2::jsonb[]) p,
                lateral graphile_worker.add_job(identifier => $1, payload => p::json, queue_name => $3, run_at => $4, job_key => $5,
                                          max_attempts => $6)",
    )
    .bind(task)
    .bind(payloads)
    .bind(spec.queue)
    .bind(spec.run_at)
    .bind(&spec.key)
    .bind(ATTEMPTS)
    .execute(tx)
    .await?;
    Ok(())
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Job {
    pub id: i64,
    pub task: String,
    pub attempts: i32,
    pub created_at: DateTime<Utc>,
    pub last_error: Option<String>,
}

pub async fn failed(db: &PgPool, after: Option<i64>, limit: i64) -> sqlx::Result<Vec<Job>> {
    sqlx::query_as(
        "select j.id, t.identifier as task, j.attempts::int as attempts, j.created_at, j.last_error
         from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
         where j.attempts >= j.max_attempts and j.locked_at is null and j.id > coalesce($1, 0)
           and not exists (select from graphile_worker._private_job_retirements r where r.id = j.id)
         order by j.id limit $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(db)
    .await
}

/// Waiting, running and put-aside jobs, by task.
pub async fn counts(db: &PgPool) -> sqlx::Result<Vec<(String, i64, i64, i64)>> {
    sqlx::query_as(
        "select t.identifier, count(*) filter (where j.locked_at is null and j.attempts < j.max_attempts),
                count(*) filter (where j.locked_at is not null),
                count(*) filter (where j.locked_at is null and j.attempts >= j.max_attempts and r.id is null)
         from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
         left join graphile_worker._private_job_retirements r on r.id = j.id
         group by 1 order by 1",
    )
    .fetch_all(db)
    .await
}

/// The jobs of a task, of all processes.
#[derive(Debug, sqlx::FromRow)]
pub struct Backlog {
    /// The task.
    pub task: String,
    /// Jobs whose time has come and that wait for a worker.
    pub ready: i64,
    /// Jobs that wait for their time.
    pub scheduled: i64,
    /// Jobs that run.
    pub running: i64,
    /// Jobs that were put aside.
    pub failed: i64,
    /// Seconds for which the oldest of those that are ready has waited.
    pub oldest_seconds: f64,
}

/// What is in the queue, by task; also of tasks that have no job.
///
/// # Errors
/// The database failed.
pub async fn backlog(db: &PgPool) -> sqlx::Result<Vec<Backlog>> {
    sqlx::query_as(
        "select t.identifier as task, count(j.id) filter (where waits and j.run_at <= now()) as ready,
                count(j.id) filter (where waits and j.run_at > now()) as scheduled,
                count(j.id) filter (where j.locked_at is not null) as running,
                count(j.id) filter (where j.locked_at is null and not waits) as failed,
                coalesce(extract(epoch from now() - min(j.run_at) filter (where waits and j.run_at <= now())), 0)::float8 as oldest_seconds
         from graphile_worker._private_tasks t
         left join (select *, locked_at is null and attempts < max_attempts as waits from graphile_worker._private_jobs) j
           on j.task_id = t.id
         group by 1",
    )
    .fetch_all(db)
    .await
}

/// The jobs that a worker took longer ago than `age` and has not given back.
pub async fn taken_before(db: &PgPool, worker: &str, age: std::time::Duration) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar(
        "select id from graphile_worker._private_jobs where locked_by = $1 and locked_at < now() - make_interval(secs => $2)",
    )
    .bind(worker)
    .bind(age.as_secs_f64())
    .fetch_all(db)
    .await
}

/// Removes jobs that a newer one of the same key took the place of while they ran, and whose worker then died: they count as
/// tried often enough, and are nobody's to look at.
pub async fn forget_replaced(db: &PgPool) -> sqlx::Result<()> {
    sqlx::query(
        "delete from graphile_worker._private_jobs j using graphile_worker._private_job_retirements r where r.id = j.id and j.locked_at is null",
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives put-aside jobs a fresh start; the number of those that were put aside indeed.
pub async fn rerun(tx: &mut PgConnection, ids: &[i64]) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "with failed as (select id from graphile_worker._private_jobs
                         where id = any($1) and attempts >= max_attempts and locked_at is null for update)
         select count(*) from graphile_worker.reschedule_jobs(array(select id from failed), run_at => now(), attempts => 0)",
    )
    .bind(ids)
    .fetch_one(tx)
    .await
}
