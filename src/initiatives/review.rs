use async_graphql::Enum;
use chrono::NaiveDate;
use uuid::Uuid;

use super::{State, answers, reviews, sql, transition, visible, wrong_state};
use crate::{
    app::App,
    audit,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    identity::{Act, Viewer},
    limits::Operation,
    notify,
    validate::{self, Validate},
    voting,
};

/// What a reviewer finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "ReviewVerdict")]
pub enum Verdict {
    /// It goes to a vote.
    Publish,
    /// The author is asked to change something.
    Return,
    /// It cannot be put to a vote.
    Reject,
}

/// Decides on an initiative under review; the reason is public.
///
/// # Errors
/// `REQUIRED` for a missing reason; `NOT_FOUND`; `NOT_ALLOWED` for another department's, or one's own, initiative;
/// `WRONG_STATE` also for whoever comes second.
pub async fn review(app: &App, viewer: &Viewer, id: Uuid, verdict: Verdict, reason: &str) -> Result<sql::Initiative> {
    let me = viewer.may(Act::Review)?;
    viewer.limit(app, Operation::Write)?;
    let least = if verdict == Verdict::Publish { 0 } else { 10 };
    let reason = validate::text("reason", reason, least..=5000)?;
    visible(app, viewer, id).await?;
    let mut tx = app.begin().await?;
    let row = sql::lock(&mut tx, id).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "initiativeId"))?;
    if !reviews(viewer, row.department_id) || row.author_id == Some(me) {
        return Err(Refusal::new(ErrorCode::NotAllowed, "initiativeId").into());
    }
    let to = match verdict {
        Verdict::Publish => State::Voting,
        Verdict::Return => State::Returned,
        Verdict::Reject => State::Rejected,
    };
    if to == State::Voting && row.state == State::InReview {
        sql::open_voting(&mut tx, id).await?;
        voting::sql::open_tally(&mut tx, id, row.ballot_kind.width(row.options.len())).await?;
    }
    transition(&mut tx, &row, to, Some(me), &reason).await?;
    tx.commit().await?;
    visible(app, viewer, id).await
}

/// Closes a vote that is decided by its rules and the database's clock; does nothing otherwise, however often it is tried.
///
/// # Errors
/// The database failed.
pub async fn settle(app: &App, id: Uuid) -> Result<()> {
    let mut tx = app.begin().await?;
    let Some(row) = sql::lock(&mut tx, id).await?.filter(|row| row.state == State::Voting) else { return Ok(()) };
    let Some(tally) = voting::sql::tallies(&mut *tx, &[id]).await?.pop() else { return Ok(()) };
    let tally = voting::Tally { counts: tally.counts, ballots: tally.ballots, version: tally.version };
    let ended = sql::has_ended(&mut tx, id).await?;
    let to = match voting::outcome(&row.terms(), &tally, ended) {
        voting::Outcome::Open => return Ok(()),
        voting::Outcome::Accepted => State::Accepted,
        voting::Outcome::NotSupported => State::NotSupported,
    };
    transition(&mut tx, &row, to, None, "").await?;
    tx.commit().await?;
    Ok(())
}

/// A step of the implementation.
#[derive(Debug, Clone)]
pub struct Milestone {
    /// What will be done.
    pub title: String,
    /// By when.
    pub due_on: NaiveDate,
}

/// The department's official answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Whether the department will do it.
    pub accepted: bool,
    /// The reasoned answer.
    pub body: String,
    /// The steps, when it will.
    pub milestones: Vec<Milestone>,
}

/// Answers an accepted initiative for the department; with a yes the implementation begins.
///
/// # Errors
/// Refusals of the fields; `NOT_FOUND`; `NOT_ALLOWED` for another department's; `WRONG_STATE`; `ALREADY_EXISTS`.
pub async fn answer(app: &App, viewer: &Viewer, id: Uuid, input: &Answer) -> Result<sql::Initiative> {
    let me = viewer.may(Act::AnswerInitiative)?;
    viewer.limit(app, Operation::Write)?;
    let mut v = Validate::new();
    let body = v.text("body", &input.body, 20..=20_000);
    let most = if input.accepted { 100 } else { 0 };
    if input.milestones.len() > most || (input.accepted && input.milestones.is_empty()) {
        v.refuse(Refusal::new(ErrorCode::WrongCount, "milestones").with("min", usize::from(input.accepted)).with("max", most));
    }
    let today = app.clock.now().date_naive();
    let mut milestones = Vec::new();
    for (i, milestone) in input.milestones.iter().enumerate().take(100) {
        let title = v.line(&format!("milestones.{i}.title"), &milestone.title, 3..=200);
        if milestone.due_on < today || milestone.due_on > today + chrono::Days::new(365 * 30) {
            let refusal = Refusal::new(ErrorCode::OutOfRange, &format!("milestones.{i}.dueOn"));
            v.refuse(refusal.with("min", today.to_string()).with("max", (today + chrono::Days::new(365 * 30)).to_string()));
        }
        milestones.push((app.new_id(), Milestone { title, due_on: milestone.due_on }));
    }
    v.finish()?;
    visible(app, viewer, id).await?;
    let mut tx = app.begin().await?;
    let row = sql::lock(&mut tx, id).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "initiativeId"))?;
    if !answers(viewer, row.department_id) {
        return Err(Refusal::new(ErrorCode::NotAllowed, "initiativeId").into());
    }
    if row.state != State::Accepted {
        return Err(wrong_state(row.state));
    }
    if !sql::insert_answer(&mut tx, &row, me, input.accepted, &body).await? {
        return Err(Refusal::new(ErrorCode::AlreadyExists, "initiativeId").into());
    }
    let entry = audit::Entry::new("initiative.answered", Some(me), Kind::Initiative, id);
    let event = audit::record(&mut tx, entry.with(serde_json::json!({ "accepted": input.accepted }))).await?;
    notify::announce(&mut tx, event).await?;
    if input.accepted {
        sql::insert_milestones(&mut tx, id, &milestones).await?;
        transition(&mut tx, &row, State::InImplementation, Some(me), "").await?;
    }
    tx.commit().await?;
    visible(app, viewer, id).await
}

/// Marks a step as done.
///
/// # Errors
/// `NOT_FOUND`; `NOT_ALLOWED`; `WRONG_STATE` when it is done already.
pub async fn complete_milestone(app: &App, viewer: &Viewer, milestone: Uuid, note: &str) -> Result<sql::Initiative> {
    let me = viewer.may(Act::AnswerInitiative)?;
    viewer.limit(app, Operation::Write)?;
    let note = validate::text("note", note, 0..=5000)?;
    let mut tx = app.begin().await?;
    let not_found = || Refusal::new(ErrorCode::NotFound, "milestoneId");
    let initiative = sql::initiative_of_milestone(&mut tx, milestone).await?.ok_or_else(not_found)?;
    let row = sql::lock(&mut tx, initiative).await?.ok_or_else(not_found)?;
    if !answers(viewer, row.department_id) {
        return Err(Refusal::new(ErrorCode::NotAllowed, "milestoneId").into());
    }
    if row.state != State::InImplementation || !sql::complete_milestone(&mut tx, milestone, &note).await? {
        return Err(Refusal::new(ErrorCode::WrongState, "milestoneId").with("state", row.state.name()).into());
    }
    let entry = audit::Entry::new("initiative.milestone_done", Some(me), Kind::Initiative, row.id);
    let event = audit::record(&mut tx, entry).await?;
    notify::announce(&mut tx, event).await?;
    tx.commit().await?;
    visible(app, viewer, row.id).await
}

/// Declares the initiative done, when every step is.
///
/// # Errors
/// `NOT_FOUND`; `NOT_ALLOWED`; `WRONG_STATE` while a step is open.
pub async fn complete(app: &App, viewer: &Viewer, id: Uuid, reason: &str) -> Result<sql::Initiative> {
    let me = viewer.may(Act::AnswerInitiative)?;
    viewer.limit(app, Operation::Write)?;
    let reason = validate::text("reason", reason, 0..=5000)?;
    let mut tx = app.begin().await?;
    let row = sql::lock(&mut tx, id).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "initiativeId"))?;
    if !answers(viewer, row.department_id) {
        return Err(Refusal::new(ErrorCode::NotAllowed, "initiativeId").into());
    }
    if sql::has_open_milestones(&mut tx, id).await? {
        return Err(wrong_state(row.state));
    }
    transition(&mut tx, &row, State::Implemented, Some(me), &reason).await?;
    tx.commit().await?;
    visible(app, viewer, id).await
}
