//! Initiatives: proposals on their way from a draft through review and vote to an answer and to being done.

mod acts;
pub mod graphql;
mod jobs;
mod propose;
mod review;
pub(crate) mod sql;
mod state;

pub use acts::{Around, InitiativeAct, acts};
pub use jobs::{Settle, SettleDue};
pub use propose::{Draft, create, current, invite_coauthors, sign, submit, update, withdraw};
pub use review::{Answer, Milestone, Verdict, answer, complete, complete_milestone, review, settle};
pub use state::State;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::App,
    audit,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    identity::{Act, Viewer},
    notify,
};

/// The initiative, if this viewer may read it.
///
/// # Errors
/// `NOT_FOUND`, also for one that is not theirs to see.
pub async fn visible(app: &App, viewer: &Viewer, id: Uuid) -> Result<sql::Initiative> {
    let row = sql::visible(&app.db, &[id], viewer).await?.pop();
    row.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "initiativeId").into())
}

/// How many initiatives everybody may read.
///
/// # Errors
/// The database failed.
pub async fn count_public(app: &App) -> Result<i64> {
    Ok(sql::count_public(&app.db).await?)
}

/// Those that everybody may read, with the time of their last change: so many, oldest first, after leaving out the first ones.
///
/// # Errors
/// The database failed.
pub async fn public(app: &App, skip: i64, first: i64) -> Result<Vec<(Uuid, DateTime<Utc>)>> {
    Ok(sql::public(&app.db, skip, first).await?)
}

/// Whether this viewer reviews proposals to this department: its officers, moderators, administrators.
pub fn reviews(viewer: &Viewer, department: Option<Uuid>) -> bool {
    viewer.can(Act::Review) && (viewer.can(Act::Moderate) || department.is_some_and(|department| viewer.answers_for(department)))
}

/// Whether this viewer answers for this department.
fn answers(viewer: &Viewer, department: Option<Uuid>) -> bool {
    viewer.can(Act::AnswerInitiative)
        && (viewer.can(Act::Administer) || department.is_some_and(|department| viewer.answers_for(department)))
}

/// Moves a locked initiative to another state, for all to see; tells those whom it concerns.
async fn transition(tx: &mut PgConnection, row: &sql::Initiative, to: State, actor: Option<Uuid>, reason: &str) -> Result<()> {
    if !row.state.may_become(to) {
        return Err(wrong_state(row.state));
    }
    sql::set_state(tx, row.id, Some(row.state), to, actor, reason).await?;
    let entry = audit::Entry::new(to.action(), actor, Kind::Initiative, row.id);
    let event = audit::record(tx, entry.with(serde_json::json!({ "from": row.state.name(), "to": to.name() }))).await?;
    notify::announce(tx, event).await
}

fn wrong_state(state: State) -> crate::error::Error {
    Refusal::new(ErrorCode::WrongState, "initiativeId").with("state", state.name()).into()
}
