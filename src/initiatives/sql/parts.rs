//! What belongs to initiatives: history, revisions, answers, milestones, co-authors.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgPool, QueryBuilder};
use uuid::Uuid;

use super::{super::State, COLUMNS, Initiative};
use crate::identity::{Act, Viewer};

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

/// Initiatives that share words with a text, those first that share the most of the rarer kinds. A word of a text is looked for in
/// both languages; the 40 longest stems stand for a long text.
pub async fn similar(db: &PgPool, viewer: &Viewer, text: &str, except: Option<Uuid>, most: i64) -> sqlx::Result<Vec<Initiative>> {
    let mut query = QueryBuilder::new(
        "with words as (
             select distinct lexeme from (select unnest(tsvector_to_array(to_tsvector('russian', ",
    );
    query.push_bind(text).push(") || to_tsvector('english', ").push_bind(text);
    query.push(
        "))) as lexeme) w where length(lexeme) > 2),
         q as materialized (select string_agg(quote_literal(lexeme), ' | ')::tsquery as q
                            from (select lexeme from words order by length(lexeme) desc, lexeme limit 40) w)
         select ",
    );
    query.push(COLUMNS).push(" from q, initiatives i where i.search @@ q.q and i.hidden_at is null and (initiative_public(i)");
    if viewer.can(Act::Moderate) {
        query.push(" or i.state = 'IN_REVIEW'");
    }
    query.push(") and i.id is distinct from ").push_bind(except);
    query.push(" order by ts_rank(i.search, q.q) desc, i.id desc limit ").push_bind(most);
    query.build_query_as().fetch_all(db).await
}
