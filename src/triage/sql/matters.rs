//! Assessments and decisions.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::super::{Assessment as NewAssessment, Decision as NewDecision, DecisionKind};
use crate::gid::Kind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Assessment {
    pub id: Uuid,
    pub subject_type: Kind,
    pub subject_id: Uuid,
    pub author_id: Uuid,
    pub feasibility: i16,
    pub cost_low: i64,
    pub cost_high: i64,
    pub currency: String,
    pub effect: String,
    pub opinion: String,
    pub at: DateTime<Utc>,
}

pub async fn upsert_assessment(
    tx: &mut PgConnection,
    id: Uuid,
    subject: (Kind, Uuid),
    author: Uuid,
    new: &NewAssessment,
) -> sqlx::Result<Assessment> {
    sqlx::query_as(
        "insert into assessments (id, subject_type, subject_id, author_id, feasibility, cost_low, cost_high, currency, effect, opinion)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict on constraint assessments_once do update set feasibility = excluded.feasibility, cost_low = excluded.cost_low,
             cost_high = excluded.cost_high, currency = excluded.currency, effect = excluded.effect, opinion = excluded.opinion,
             at = excluded.at
         returning *",
    )
    .bind(id)
    .bind(subject.0)
    .bind(subject.1)
    .bind(author)
    .bind(new.feasibility)
    .bind(new.cost_low)
    .bind(new.cost_high)
    .bind(&new.currency)
    .bind(&new.effect)
    .bind(&new.opinion)
    .fetch_one(tx)
    .await
}

pub async fn assessments(db: &PgPool, kind: Kind, subjects: &[Uuid]) -> sqlx::Result<Vec<Assessment>> {
    sqlx::query_as("select * from assessments where subject_type = $1 and subject_id = any($2) order by at, id")
        .bind(kind)
        .bind(subjects)
        .fetch_all(db)
        .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Decision {
    pub id: Uuid,
    pub subject_type: Kind,
    pub subject_id: Uuid,
    pub kind: DecisionKind,
    pub body: String,
    pub department_id: Option<Uuid>,
    pub author_id: Uuid,
    pub at: DateTime<Utc>,
}

/// `None` when there is a decision already.
pub async fn insert_decision(
    tx: &mut PgConnection,
    id: Uuid,
    subject: (Kind, Uuid),
    author: Uuid,
    new: &NewDecision,
) -> sqlx::Result<Option<Decision>> {
    sqlx::query_as(
        "insert into decisions (id, subject_type, subject_id, kind, body, department_id, author_id)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict on constraint decisions_once do nothing returning *",
    )
    .bind(id)
    .bind(subject.0)
    .bind(subject.1)
    .bind(new.kind)
    .bind(&new.body)
    .bind(new.department)
    .bind(author)
    .fetch_optional(tx)
    .await
}

pub async fn decision(db: &PgPool, id: Uuid) -> sqlx::Result<Option<Decision>> {
    sqlx::query_as("select * from decisions where id = $1").bind(id).fetch_optional(db).await
}

pub async fn decisions_by_ids(db: &PgPool, ids: &[Uuid]) -> sqlx::Result<Vec<Decision>> {
    sqlx::query_as("select * from decisions where id = any($1)").bind(ids).fetch_all(db).await
}

pub async fn decisions(db: &PgPool, kind: Kind, subjects: &[Uuid]) -> sqlx::Result<Vec<Decision>> {
    sqlx::query_as("select * from decisions where subject_type = $1 and subject_id = any($2)").bind(kind).bind(subjects).fetch_all(db).await
}

/// False for a cluster that is no longer open.
pub async fn close_cluster(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<bool> {
    let result = sqlx::query("update clusters set state = 'DECIDED' where id = $1 and state = 'OPEN'").bind(id).execute(tx).await?;
    Ok(result.rows_affected() == 1)
}

/// The open tickets of the decided cluster that were there when it was decided.
pub async fn unanswered(db: &PgPool, decision: &Decision) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select t.id from tickets t
         where t.cluster_id = $1 and t.state in ('NEW', 'TRIAGED', 'IN_PROGRESS', 'REOPENED')
           and not exists (select from articles a where a.ticket_id = t.id and a.decision_id = $2)
         order by t.created_at, t.id",
    )
    .bind(decision.subject_id)
    .bind(decision.id)
    .fetch_all(db)
    .await
}

pub async fn is_answered_by(tx: &mut PgConnection, ticket: Uuid, decision: Uuid) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from articles where ticket_id = $1 and decision_id = $2)")
        .bind(ticket)
        .bind(decision)
        .fetch_one(tx)
        .await
}
