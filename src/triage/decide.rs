use async_graphql::Enum;
use uuid::Uuid;

use super::{AnswerTickets, sql};
use crate::{
    app::App,
    audit,
    error::{ErrorCode, Refusal, Result},
    feedback::{self, State},
    gid::Kind,
    identity::{Act, Viewer},
    initiatives,
    jobs::{self, Spec},
    limits::Operation,
    validate::Validate,
};

/// An expert's opinion of a matter.
#[derive(Debug)]
pub struct Assessment {
    /// From 0 (cannot be done) to 4 (easily done).
    pub feasibility: i32,
    /// The least it would cost, in whole units of the currency.
    pub cost_low: i64,
    /// The most it would cost.
    pub cost_high: i64,
    /// Three letters, as in ISO 4217.
    pub currency: String,
    /// Whom it would help, and how.
    pub effect: String,
    /// The reasons.
    pub opinion: String,
}

/// Refuses experts who do not work in the group of what they judge, and subjects that do not exist.
async fn check_subject(tx: &mut sqlx::PgConnection, viewer: &Viewer, subject: (Kind, Uuid)) -> Result<()> {
    let not_found = || Refusal::new(ErrorCode::NotFound, "subjectId");
    let group = match subject.0 {
        Kind::Ticket => feedback::sql::lock(tx, subject.1).await?.ok_or_else(not_found)?.group_id,
        Kind::Cluster => sql::clusters(&mut *tx, &[subject.1]).await?.pop().ok_or_else(not_found)?.group_id,
        _ => {
            initiatives::sql::visible(&mut *tx, &[subject.1], viewer).await?.pop().ok_or_else(not_found)?;
            None
        }
    };
    let allowed = viewer.can(Act::Administer) || group.is_none_or(|group| viewer.works_in(group));
    if allowed { Ok(()) } else { Err(Refusal::new(ErrorCode::NotAllowed, "subjectId").into()) }
}

/// Keeps an expert's assessment of a ticket, cluster or initiative; a second one replaces the first.
///
/// # Errors
/// Refusals of the fields; `NOT_FOUND`; `NOT_ALLOWED` for another group's matter.
pub async fn assess(app: &App, viewer: &Viewer, subject: (Kind, Uuid), input: &Assessment) -> Result<sql::Assessment> {
    let me = viewer.may(Act::Triage)?;
    viewer.limit(app, Operation::Write)?;
    let mut v = Validate::new();
    v.range("feasibility", input.feasibility.into(), 0..=4);
    v.range("costLow", input.cost_low, 0..=1_000_000_000_000_000);
    v.range("costHigh", input.cost_high, input.cost_low.max(0)..=1_000_000_000_000_000);
    let currency = v.line("currency", &input.currency.to_uppercase(), 3..=3);
    if !currency.is_empty() && !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        v.refuse(Refusal::new(ErrorCode::InvalidFormat, "currency").with("example", "RUB"));
    }
    let effect = v.text("effect", &input.effect, 5..=5000);
    let opinion = v.text("opinion", &input.opinion, 10..=10_000);
    v.finish()?;
    let mut tx = app.begin().await?;
    check_subject(&mut tx, viewer, subject).await?;
    let checked = Assessment { currency, effect, opinion, ..*input };
    let row = sql::upsert_assessment(&mut tx, app.new_id(), subject, me, &checked).await?;
    audit::record(&mut tx, audit::Entry::new("assessment.given", Some(me), subject.0, subject.1)).await?;
    tx.commit().await?;
    Ok(row)
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DecisionKind {
    /// It will be done.
    Accept,
    /// A part of it will be done.
    AcceptInPart,
    /// It will not be done.
    Decline,
    /// Another authority is responsible and has it now.
    Forward,
    /// The question is answered.
    Answer,
}

/// A decision to be made.
#[derive(Debug)]
pub struct Decision {
    /// What.
    pub kind: DecisionKind,
    /// The reasoned text that everybody concerned reads.
    pub body: String,
    /// The department that does it or that it is forwarded to.
    pub department: Option<Uuid>,
}

/// Decides on a ticket, a cluster (and so on each of its tickets) or an initiative, once.
///
/// # Errors
/// Refusals of the fields; `NOT_FOUND`; `NOT_ALLOWED`; `ALREADY_EXISTS` for whoever comes second; `WRONG_STATE`.
pub async fn decide(app: &App, viewer: &Viewer, subject: (Kind, Uuid), input: &Decision) -> Result<sql::Decision> {
    let me = viewer.may(Act::Triage)?;
    viewer.limit(app, Operation::Write)?;
    let mut v = Validate::new();
    let body = v.text("body", &input.body, 20..=20_000);
    if input.kind == DecisionKind::Forward && input.department.is_none() {
        v.refuse(Refusal::new(ErrorCode::Required, "departmentId"));
    }
    v.finish()?;
    let mut tx = app.begin().await?;
    initiatives::sql::check_links(&mut tx, input.department, None, None).await?;
    if subject.0 == Kind::Cluster {
        // Tickets must not join while the decision is written.
        sql::lock_clusters(&mut tx).await?;
    }
    check_subject(&mut tx, viewer, subject).await?;
    let row = sql::insert_decision(&mut tx, app.new_id(), subject, me, &Decision { body, ..*input }).await?;
    let row = row.ok_or_else(|| Refusal::new(ErrorCode::AlreadyExists, "subjectId"))?;
    let entry = audit::Entry::new("decision.made", Some(me), subject.0, subject.1);
    audit::record(&mut tx, entry.with(serde_json::json!({ "kind": input.kind, "decision": row.id }))).await?;
    match subject.0 {
        Kind::Ticket => {
            let ticket = feedback::sql::lock(&mut tx, subject.1).await?;
            let ticket = ticket.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "subjectId"))?;
            answer_one(app, &mut tx, &ticket, &row).await?;
        }
        Kind::Cluster => {
            if !sql::close_cluster(&mut tx, subject.1).await? {
                return Err(Refusal::new(ErrorCode::WrongState, "subjectId").with("state", "MERGED").into());
            }
            jobs::enqueue(&mut tx, &AnswerTickets { decision: row.id }, &Spec::default()).await?;
        }
        _ => (),
    }
    tx.commit().await?;
    Ok(row)
}

/// Writes a decision into a ticket as its answer.
async fn answer_one(app: &App, tx: &mut sqlx::PgConnection, ticket: &feedback::sql::Ticket, decision: &sql::Decision) -> Result<()> {
    let article = feedback::sql::NewArticle {
        id: app.new_id(),
        ticket: ticket.id,
        direction: feedback::sql::Direction::Out,
        channel: ticket.channel,
        external_id: None,
        author: Some(decision.author_id),
        contact: None,
        body: &decision.body,
        decision: Some(decision.id),
        created_at: None,
        brought: feedback::sql::Brought::default(),
    };
    feedback::sql::insert_article(tx, &article).await?;
    feedback::transition(tx, ticket, State::Answered, Some(decision.author_id), "").await?;
    Ok(())
}

/// Answers the open tickets of a decided cluster, one transaction each, so that a crash in the middle repeats nothing.
///
/// # Errors
/// The database failed; the job is tried again and goes on with those that are not answered.
pub async fn answer_tickets(app: &App, decision: Uuid) -> Result<()> {
    let Some(decision) = sql::decision(&app.db, decision).await? else { return Ok(()) };
    for id in sql::unanswered(&app.db, &decision).await? {
        let mut tx = app.begin().await?;
        let Some(ticket) = feedback::sql::lock(&mut tx, id).await? else { continue };
        if ticket.state.is_open() && !sql::is_answered_by(&mut tx, id, decision.id).await? {
            answer_one(app, &mut tx, &ticket, &decision).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
