//! Tickets that are part of another: made so by their author or by an expert, and taken out again.

use uuid::Uuid;

use super::{State, check_group, is_author, readable, sql, transition, wrong_state};
use crate::{
    app::App,
    error::{ErrorCode, Refusal, Result},
    identity::{Act, Viewer},
    limits::Operation,
    live::{self, Event},
};

/// Makes the author's ticket part of one that they may read and that still waits for its answer, because both are about the same: their
/// words are kept, they count, and the answer there is theirs too.
///
/// # Errors
/// `NOT_FOUND` for one that is not theirs, or a target that they may not read; `WRONG_STATE` for one that does not wait any more.
pub async fn join(app: &App, viewer: &Viewer, ticket: Uuid, target: Uuid, secret: Option<&str>) -> Result<()> {
    viewer.limit(app, Operation::Feedback)?;
    let mut tx = app.begin().await?;
    let rows = sql::lock_all(&mut tx, &[ticket, target]).await?;
    let find = |id: Uuid, path: &str| {
        let row = rows.iter().find(|row| row.id == id);
        row.ok_or_else(|| Refusal::new(ErrorCode::NotFound, path))
    };
    let row = find(ticket, "ticketId")?;
    if !is_author(app, viewer, row, secret) {
        return Err(Refusal::new(ErrorCode::NotFound, "ticketId").into());
    }
    let into = find(target, "targetId")?;
    if !readable(into, viewer) {
        return Err(Refusal::new(ErrorCode::NotFound, "targetId").into());
    }
    if ticket == target || !into.state.is_open() {
        return Err(Refusal::new(ErrorCode::WrongState, "targetId").with("state", into.state.name()).into());
    }
    sql::merge(&mut tx, target, &[ticket]).await?;
    transition(&mut tx, row, State::Merged, viewer.id, "").await?;
    live::tell(&mut tx, &Event::Ticket { ticket: target }).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes tickets part of another: their conversations go on there, and the answer there is theirs too.
///
/// # Errors
/// `WRONG_COUNT` for none or over 500; `NOT_FOUND`; `NOT_ALLOWED`; `WRONG_STATE` when one is merged already or is the target.
pub async fn merge(app: &App, viewer: &Viewer, target: Uuid, sources: &[Uuid]) -> Result<()> {
    let me = viewer.may(Act::Triage)?;
    if sources.is_empty() || sources.len() > 500 {
        return Err(Refusal::new(ErrorCode::WrongCount, "sourceIds").with("min", 1).with("max", 500).into());
    }
    if sources.contains(&target) {
        return Err(Refusal::new(ErrorCode::WrongState, "sourceIds").with("state", State::Merged.name()).into());
    }
    let mut all: Vec<Uuid> = sources.iter().copied().chain([target]).collect();
    all.sort_unstable();
    all.dedup();
    let mut tx = app.begin().await?;
    let rows = sql::lock_all(&mut tx, &all).await?;
    if rows.len() != all.len() {
        return Err(Refusal::new(ErrorCode::NotFound, "sourceIds").into());
    }
    for row in &rows {
        check_group(viewer, row.group_id, if row.id == target { "targetId" } else { "sourceIds" })?;
        let merged = row.state == State::Merged || (row.id != target && !row.state.may_become(State::Merged));
        if merged {
            let path = if row.id == target { "targetId" } else { "sourceIds" };
            return Err(Refusal::new(ErrorCode::WrongState, path).with("state", row.state.name()).into());
        }
    }
    let moved: Vec<Uuid> = all.iter().copied().filter(|id| *id != target).collect();
    sql::merge(&mut tx, target, &moved).await?;
    for row in rows.iter().filter(|row| row.id != target) {
        transition(&mut tx, row, State::Merged, Some(me), "").await?;
    }
    live::tell(&mut tx, &Event::Ticket { ticket: target }).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a ticket out of the one that it is part of: its author, with or without an account, or an expert of its group.
///
/// # Errors
/// `NOT_FOUND`; `NOT_ALLOWED`; `WRONG_STATE` for one that is part of none.
pub async fn separate(app: &App, viewer: &Viewer, ticket: Uuid, secret: Option<&str>) -> Result<()> {
    viewer.limit(app, Operation::Feedback)?;
    let mut tx = app.begin().await?;
    let row = sql::lock(&mut tx, ticket).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "ticketId"))?;
    if !is_author(app, viewer, &row, secret) {
        if !viewer.can(Act::Triage) {
            return Err(Refusal::new(ErrorCode::NotFound, "ticketId").into());
        }
        check_group(viewer, row.group_id, "ticketId")?;
    }
    let Some(target) = row.merged_into.filter(|_| row.state == State::Merged) else { return Err(wrong_state(row.state)) };
    sql::separate(&mut tx, ticket).await?;
    transition(&mut tx, &row, State::Triaged, viewer.id, "").await?;
    live::tell(&mut tx, &Event::Ticket { ticket: target }).await?;
    tx.commit().await?;
    Ok(())
}
