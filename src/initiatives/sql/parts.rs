//! What belongs to initiatives: history, revisions, answers, milestones, co-authors.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use super::super::State;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Transition {
    pub initiative_id: Uuid,
    pub from_state: Option<State>,
    pub to_state: State,
    pub at: DateTime<Utc>,
    pub actor_id: Option<Uuid>,
    pub reason: String,
}

pub async fn transitions(db: &PgPool, ids: &[Uuid]) -> sqlx::Result<Vec<Transition>> {
    sqlx::query_as(
        "select initiative_id, from_state, to_state, at, actor_id, reason from initiative_transitions
         where initiative_id = any($1) order by initiative_id, id",
    )
    .bind(ids)
    .fetch_all(db)
    .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Revision {
    pub initiative_id: Uuid,
    pub revision: i32,
    pub at: DateTime<Utc>,
    pub title: String,
    pub goal: String,
    pub effect: String,
    pub resources: String,
}

pub async fn revisions(db: &PgPool, ids: &[Uuid]) -> sqlx::Result<Vec<Revision>> {
    sqlx::query_as(
        "select initiative_id, revision, at, title, goal, effect, resources from initiative_revisions
         where initiative_id = any($1) order by initiative_id, revision",
    )
    .bind(ids)
    .fetch_all(db)
    .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OfficialAnswer {
    pub initiative_id: Uuid,
    pub department_id: Option<Uuid>,
    pub author_id: Option<Uuid>,
    pub accepted: bool,
    pub body: String,
    pub at: DateTime<Utc>,
}

pub async fn official_answers(db: &PgPool, ids: &[Uuid]) -> sqlx::Result<Vec<OfficialAnswer>> {
    sqlx::query_as("select * from official_answers where initiative_id = any($1)").bind(ids).fetch_all(db).await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MilestoneRow {
    pub id: Uuid,
    pub initiative_id: Uuid,
    pub title: String,
    pub due_on: NaiveDate,
    pub done_at: Option<DateTime<Utc>>,
    pub note: String,
}

pub async fn milestones(db: &PgPool, ids: &[Uuid]) -> sqlx::Result<Vec<MilestoneRow>> {
    sqlx::query_as(
        "select id, initiative_id, title, due_on, done_at, note from milestones where initiative_id = any($1)
         order by initiative_id, position",
    )
    .bind(ids)
    .fetch_all(db)
    .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Coauthor {
    pub initiative_id: Uuid,
    pub participant_id: Uuid,
    pub signed_at: Option<DateTime<Utc>>,
}

pub async fn coauthors(db: &PgPool, ids: &[Uuid]) -> sqlx::Result<Vec<Coauthor>> {
    sqlx::query_as(
        "select initiative_id, participant_id, signed_at from initiative_coauthors where initiative_id = any($1)
         order by invited_at, participant_id",
    )
    .bind(ids)
    .fetch_all(db)
    .await
}
