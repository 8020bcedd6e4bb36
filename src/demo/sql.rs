use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use crate::gid::Kind;

/// Whether nobody has used the installation yet.
pub async fn is_empty(db: &PgPool) -> sqlx::Result<bool> {
    sqlx::query_scalar("select not exists (select from initiatives) and not exists (select from tickets)").fetch_one(db).await
}

/// Whether the installation was filled as a demonstration.
pub async fn is_demo(db: &PgPool) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from installation where demo)").fetch_one(db).await
}

pub async fn mark(tx: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("update installation set demo = true, claimed_at = coalesce(claimed_at, veche_now())").execute(tx).await?;
    Ok(())
}

/// Writes many rows of a table in one statement; the statement finds them as `$1`.
async fn write<T: Serialize>(tx: &mut PgConnection, statement: &'static str, rows: &[T]) -> sqlx::Result<()> {
    sqlx::query(statement).bind(Json(rows)).execute(tx).await?;
    Ok(())
}

#[derive(Debug, Serialize)]
pub struct Participant {
    pub id: Uuid,
    pub name: String,
    pub email_index: Option<String>,
    pub email_sealed: Option<String>,
    pub password_hash: Option<String>,
    pub locale: &'static str,
    pub roles: Vec<&'static str>,
    pub bio: String,
    pub created_at: DateTime<Utc>,
}

pub async fn insert_participants(tx: &mut PgConnection, rows: &[Participant]) -> sqlx::Result<()> {
    write(
        tx,
        "insert into participants (id, name, email_index, email_sealed, password_hash, locale, roles, bio, confirmed_at, created_at)
         select id, name, email_index, email_sealed, password_hash, locale, roles, bio, created_at, created_at
         from jsonb_populate_recordset(null::participants, $1)",
        rows,
    )
    .await
}

#[derive(Debug, Clone, Serialize)]
pub struct Initiative {
    pub id: Uuid,
    pub author_id: Uuid,
    pub state: &'static str,
    pub locale: &'static str,
    pub title: String,
    pub goal: String,
    pub effect: String,
    pub resources: String,
    pub department_id: Uuid,
    pub territory_id: Uuid,
    pub topic_id: Uuid,
    pub ballot_kind: String,
    pub options: Vec<String>,
    pub min_choices: i32,
    pub max_choices: i32,
    pub threshold: i64,
    pub quorum: i64,
    pub voting_days: i32,
    pub voting_starts_at: Option<DateTime<Utc>>,
    pub voting_ends_at: Option<DateTime<Utc>>,
    pub revision: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Serialize)]
pub struct Revision {
    pub initiative_id: Uuid,
    pub revision: i32,
    pub at: DateTime<Utc>,
    pub author_id: Uuid,
    pub title: String,
    pub goal: String,
    pub effect: String,
    pub resources: String,
    pub options: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Transition {
    pub initiative_id: Uuid,
    pub from_state: Option<&'static str>,
    pub to_state: &'static str,
    pub at: DateTime<Utc>,
    pub actor_id: Option<Uuid>,
    pub reason: String,
}

#[derive(Debug, Serialize)]
pub struct Answer {
    pub initiative_id: Uuid,
    pub department_id: Uuid,
    pub author_id: Option<Uuid>,
    pub accepted: bool,
    pub body: String,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Serialize)]
pub struct Milestone {
    pub id: Uuid,
    pub initiative_id: Uuid,
    pub position: usize,
    pub title: String,
    pub due_on: NaiveDate,
    pub done_at: Option<DateTime<Utc>>,
    pub note: &'static str,
}

#[derive(Debug, Serialize)]
pub struct Ballot {
    pub initiative_id: Uuid,
    pub voter_id: Uuid,
    pub choices: Vec<i16>,
    pub cast_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
}

#[derive(Debug, Serialize)]
pub struct Tally {
    pub initiative_id: Uuid,
    pub counts: Vec<i64>,
    pub ballots: i64,
    pub version: i64,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Serialize)]
pub struct Point {
    pub initiative_id: Uuid,
    pub hour: DateTime<Utc>,
    pub counts: Vec<i64>,
    pub ballots: i64,
}

#[derive(Debug, Serialize)]
pub struct Comment {
    pub id: Uuid,
    pub subject_type: Kind,
    pub subject_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub path: Vec<Uuid>,
    pub author_id: Uuid,
    pub side: String,
    pub body: String,
    pub official: bool,
    pub up: i32,
    pub down: i32,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Serialize)]
pub struct CommentVote {
    pub comment_id: Uuid,
    pub participant_id: Uuid,
    pub value: i16,
}

#[derive(Debug, Serialize)]
pub struct Follow {
    pub participant_id: Uuid,
    pub subject_type: Kind,
    pub subject_id: Uuid,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Serialize)]
pub struct AuditEntry {
    pub at: DateTime<Utc>,
    pub actor_id: Option<Uuid>,
    pub action: &'static str,
    pub subject_type: Kind,
    pub subject_id: Uuid,
    pub details: serde_json::Value,
    pub sealed: bool,
}

/// What the initiatives and everything about them come to, table by table.
#[derive(Debug, Default)]
pub struct Tables {
    pub initiatives: Vec<Initiative>,
    pub revisions: Vec<Revision>,
    pub transitions: Vec<Transition>,
    pub answers: Vec<Answer>,
    pub milestones: Vec<Milestone>,
    pub ballots: Vec<Ballot>,
    pub tallies: Vec<Tally>,
    pub course: Vec<Point>,
    pub comments: Vec<Comment>,
    pub comment_votes: Vec<CommentVote>,
    pub follows: Vec<Follow>,
    pub audit: Vec<AuditEntry>,
}

pub async fn insert_tables(tx: &mut PgConnection, t: &Tables) -> sqlx::Result<()> {
    write(
        tx,
        "insert into initiatives (id, author_id, state, locale, title, goal, effect, resources, department_id, territory_id, topic_id,
             ballot_kind, options, min_choices, max_choices, threshold, quorum, voting_days, voting_starts_at, voting_ends_at,
             revision, created_at, updated_at)
         select id, author_id, state, locale, title, goal, effect, resources, department_id, territory_id, topic_id,
             ballot_kind, options, min_choices, max_choices, threshold, quorum, voting_days, voting_starts_at, voting_ends_at,
             revision, created_at, updated_at
         from jsonb_populate_recordset(null::initiatives, $1)",
        &t.initiatives,
    )
    .await?;
    let revisions = "insert into initiative_revisions select * from jsonb_populate_recordset(null::initiative_revisions, $1)";
    write(tx, revisions, &t.revisions).await?;
    write(
        tx,
        "insert into initiative_transitions (initiative_id, from_state, to_state, at, actor_id, reason)
         select initiative_id, from_state, to_state, at, actor_id, reason
         from jsonb_populate_recordset(null::initiative_transitions, $1) order by at",
        &t.transitions,
    )
    .await?;
    let answers = "insert into official_answers select * from jsonb_populate_recordset(null::official_answers, $1)";
    write(tx, answers, &t.answers).await?;
    write(tx, "insert into milestones select * from jsonb_populate_recordset(null::milestones, $1)", &t.milestones).await?;
    write(tx, "insert into ballots select * from jsonb_populate_recordset(null::ballots, $1)", &t.ballots).await?;
    write(tx, "insert into tallies select * from jsonb_populate_recordset(null::tallies, $1)", &t.tallies).await?;
    write(tx, "insert into tally_course select * from jsonb_populate_recordset(null::tally_course, $1)", &t.course).await?;
    write(tx, "insert into comments select * from jsonb_populate_recordset(null::comments, $1)", &t.comments).await?;
    let votes = "insert into comment_votes select * from jsonb_populate_recordset(null::comment_votes, $1)";
    write(tx, votes, &t.comment_votes).await?;
    let follows = "insert into follows select * from jsonb_populate_recordset(null::follows, $1) on conflict do nothing";
    write(tx, follows, &t.follows).await?;
    write(
        tx,
        "insert into audit_log (at, actor_id, action, subject_type, subject_id, details, sealed)
         select at, actor_id, action, subject_type, subject_id, details, sealed
         from jsonb_populate_recordset(null::audit_log, $1) order by at",
        &t.audit,
    )
    .await
}

/// Lets the tickets look as if they had been read when they came in, not today.
pub async fn date_back(tx: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query(
        "with today as (delete from ticket_transitions where to_state = 'TRIAGED' and actor_id is null returning *)
         insert into ticket_transitions (ticket_id, from_state, to_state, at, reason)
         select d.ticket_id, d.from_state, d.to_state, t.created_at + interval '40 seconds', d.reason
         from today d join tickets t on t.id = d.ticket_id order by t.created_at",
    )
    .execute(tx)
    .await?;
    Ok(())
}

#[derive(Debug, sqlx::FromRow)]
pub struct Ticket {
    pub id: Uuid,
    pub group_id: Uuid,
    /// With the group that the cluster belongs to, which need not be the ticket's.
    pub cluster_id: Option<Uuid>,
    pub cluster_group: Option<Uuid>,
    pub locale: String,
    pub created_at: DateTime<Utc>,
}

/// The tickets that lie in a group's queue, oldest first.
pub async fn queued(db: &PgPool) -> sqlx::Result<Vec<Ticket>> {
    sqlx::query_as(
        "select t.id, t.group_id, t.cluster_id, c.group_id as cluster_group, coalesce(t.language, 'ru') as locale, t.created_at
         from tickets t left join clusters c on c.id = t.cluster_id where t.state = 'TRIAGED' and t.group_id is not null order by t.created_at, t.id",
    )
    .fetch_all(db)
    .await
}

#[derive(Debug, Serialize)]
pub struct TicketAnswer {
    pub id: Uuid,
    pub ticket_id: Uuid,
    pub author_id: Uuid,
    pub body: String,
    pub at: DateTime<Utc>,
    pub rating: Option<i16>,
}

/// Answers tickets at times of the past. Nobody is told: their senders are made up.
pub async fn answer(tx: &mut PgConnection, rows: &[TicketAnswer]) -> sqlx::Result<()> {
    write(
        tx,
        "with given as (
             select * from jsonb_to_recordset($1) r(id uuid, ticket_id uuid, author_id uuid, body text, at timestamptz, rating smallint)),
         written as (
             insert into articles (id, ticket_id, direction, channel, author_id, body, created_at)
             select g.id, t.id, 'OUT', t.channel, g.author_id, g.body, g.at from given g join tickets t on t.id = g.ticket_id),
         steps as (
             insert into ticket_transitions (ticket_id, from_state, to_state, at, actor_id)
             select ticket_id, 'TRIAGED', 'ANSWERED', at, author_id from given order by at),
         logged as (
             insert into audit_log (at, actor_id, action, subject_type, subject_id, details)
             select at, author_id, 'ticket.answered', 'Ticket', ticket_id, '{\"from\": \"TRIAGED\", \"to\": \"ANSWERED\"}' from given order by at)
         update tickets t set state = 'ANSWERED', assignee_id = g.author_id, answered_at = g.at, updated_at = g.at, rating = g.rating
         from given g where t.id = g.ticket_id",
        rows,
    )
    .await
}
