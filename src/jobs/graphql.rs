//! Background work in the API, for administrators.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::sql;
use crate::{
    audit,
    error::{self, ErrorCode, Refusal},
    gid::Kind,
    graphql::{Request, payload},
    identity::Act,
    page::{Args, Page, page},
};

/// How much background work of a kind there is.
#[derive(SimpleObject)]
pub struct JobCounts {
    /// The kind of work.
    task: String,
    /// Jobs that wait for their time or a worker.
    waiting: i64,
    /// Jobs that run now.
    running: i64,
    /// Jobs that were put aside after failing too often.
    failed: i64,
}

/// A job that was put aside after failing too often.
#[derive(SimpleObject)]
pub struct FailedJob {
    /// Its number.
    number: i64,
    /// The kind of work.
    task: String,
    /// How often it was tried.
    attempts: i32,
    /// Why it failed last.
    last_error: Option<String>,
    /// When it was enqueued.
    created_at: DateTime<Utc>,
}

/// Queries of background work.
#[derive(Default)]
pub struct Query;

/// Queries of background work.
#[Object(name = "JobsQuery")]
impl Query {
    /// How much background work there is, by kind (administrators).
    async fn jobs(&self, ctx: &Context<'_>) -> Result<Vec<JobCounts>> {
        ctx.out(ctx.viewer()?.may(Act::Administer).map(|_| ()))?;
        let counts = ctx.out(sql::counts(&ctx.app()?.db).await.map_err(Into::into))?;
        Ok(counts.into_iter().map(|(task, waiting, running, failed)| JobCounts { task, waiting, running, failed }).collect())
    }

    /// Jobs that were put aside after failing too often (administrators).
    async fn failed_jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
    ) -> Result<Page<FailedJob>> {
        ctx.out(ctx.viewer()?.may(Act::Administer).map(|_| ()))?;
        let db = &ctx.app()?.db;
        let outcome: error::Result<Page<FailedJob>> = async {
            let args = Args::<i64>::new(first, after, None, None)?;
            let rows = sql::failed(db, args.from, args.limit()).await?;
            let total = sql::counts(db).await?.into_iter().map(|c| c.3).sum();
            Ok(page(
                &args,
                rows,
                total,
                |row| row.id,
                |row| FailedJob {
                    number: row.id,
                    task: row.task,
                    attempts: row.attempts,
                    last_error: row.last_error,
                    created_at: row.created_at,
                },
            ))
        }
        .await;
        ctx.out(outcome)
    }
}

/// Which jobs to run again.
#[derive(InputObject)]
pub struct RerunJobsInput {
    /// Their numbers, 1 to 500.
    job_ids: Vec<i64>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `rerunJobs`.
    RerunJobsPayload {
        /// How many of them had been put aside and run again now.
        count: i64
    }
}

/// Mutations of background work.
#[derive(Default)]
pub struct Mutation;

/// Mutations of background work.
#[Object(name = "JobsMutation")]
impl Mutation {
    /// Gives jobs that were put aside a fresh start (administrators).
    async fn rerun_jobs(&self, ctx: &Context<'_>, #[graphql(desc = "What it takes.")] input: RerunJobsInput) -> Result<RerunJobsPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            let me = viewer.may(Act::Administer)?;
            if input.job_ids.is_empty() || input.job_ids.len() > 500 {
                return Err(Refusal::new(ErrorCode::WrongCount, "jobIds").with("min", 1).with("max", 500).into());
            }
            let mut tx = app.begin().await?;
            let count = sql::rerun(&mut tx, &input.job_ids).await?;
            let entry = audit::Entry::new("jobs.rerun", Some(me), Kind::Participant, me);
            audit::record(&mut tx, entry.with(serde_json::json!({ "count": count }))).await?;
            tx.commit().await?;
            Ok(count)
        };
        RerunJobsPayload::settle(ctx, outcome.await)
    }
}
