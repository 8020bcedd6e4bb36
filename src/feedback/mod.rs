//! Tickets: what citizens write, on whatever channel, as conversations that end with an answer.

mod acts;
mod files;
pub mod graphql;
mod intake;
mod jobs;
mod join;
mod masking;
mod number;
mod reply;
pub(crate) mod sql;
mod state;
mod submit;
mod threads;
mod wording;

use intake::BROUGHT;

pub use acts::{TicketAct, acts};
pub use files::{File, refuse_file};
pub use intake::{Message, Received, Sender, contact_index, intake, receive};
pub use jobs::CloseAnswered;
pub use join::{join, merge, separate};
pub use masking::{Original, found, mask, unmask};
pub use number::is_number;
pub use reply::{Reply, rate, reject, reply};
pub use state::{Channel, State};
pub use submit::{Submission, submit};
pub use threads::{reply_token, ticket_of_token};
pub use wording::Flag;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sqlx::PgConnection;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{
    app::App,
    audit,
    error::{Error, ErrorCode, Refusal, Result},
    gid::Kind,
    identity::{Act, Keys, Purpose, Viewer},
    live::{self, Event},
    notify,
};

/// The secret of a ticket's link, for a person without an account. It is computed, not kept.
pub fn link_secret(keys: &Keys, ticket: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(keys.index(Purpose::TicketLink, ticket.as_bytes()))
}

/// Whether this is the secret of the ticket's link.
pub fn opens(keys: &Keys, ticket: Uuid, secret: &str) -> bool {
    link_secret(keys, ticket).as_bytes().ct_eq(secret.as_bytes()).into()
}

/// The ticket of a number, if the viewer may read it: a public one, one's own, any for those who triage or moderate, and for
/// whoever holds its secret.
///
/// # Errors
/// `NOT_FOUND`, also for one that is not theirs to see.
pub async fn by_number(app: &App, viewer: &Viewer, number: &str, secret: Option<&str>) -> Result<sql::Ticket> {
    let not_found = || Refusal::new(ErrorCode::NotFound, "number");
    if !is_number(number) {
        return Err(Refusal::new(ErrorCode::InvalidFormat, "number").with("example", "2026-000123").into());
    }
    let row = sql::by_number(&app.db, number).await?.ok_or_else(not_found)?;
    let allowed = readable(&row, viewer) || secret.is_some_and(|secret| opens(&app.keys, row.id, secret));
    if allowed { Ok(row) } else { Err(not_found().into()) }
}

/// Whether somebody is the author of a ticket: by their account, or by the secret of its link.
fn is_author(app: &App, viewer: &Viewer, row: &sql::Ticket, secret: Option<&str>) -> bool {
    (row.author_id.is_some() && row.author_id == viewer.id && viewer.can(Act::Report))
        || secret.is_some_and(|secret| opens(&app.keys, row.id, secret))
}

/// Whether the viewer may read this ticket.
fn readable(row: &sql::Ticket, viewer: &Viewer) -> bool {
    let own = viewer.can(Act::ReadOwn)
        && viewer.id.is_some()
        && (row.author_id == viewer.id || row.operator_id == viewer.id || row.assignee_id == viewer.id);
    row.public || own || viewer.can(Act::Triage) || viewer.can(Act::Moderate)
}

/// Refuses a viewer who may not read the ticket.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn ticket_visible(app: &App, viewer: &Viewer, id: Uuid) -> Result<()> {
    let row = sql::visible(&app.db, &[id], viewer).await?.pop();
    row.map(|_| ()).ok_or_else(|| Refusal::new(ErrorCode::NotFound, "ticketId").into())
}

/// Refuses a viewer who may neither read the ticket that an article stands in nor holds the secret of its link.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn article_visible(app: &App, viewer: &Viewer, article: Uuid, secret: Option<&str>) -> Result<()> {
    let not_found = || Refusal::new(ErrorCode::NotFound, "id");
    let (ticket, note) = sql::ticket_of_article(&app.db, article).await?.ok_or_else(not_found)?;
    if note && !viewer.can(Act::Triage) {
        return Err(not_found().into());
    }
    if secret.is_some_and(|secret| opens(&app.keys, ticket, secret)) {
        return Ok(());
    }
    ticket_visible(app, viewer, ticket).await
}

/// Refuses an expert who does not work in the ticket's group. What lies on the triage desk is every expert's.
fn check_group(viewer: &Viewer, group: Option<Uuid>, path: &str) -> Result<()> {
    let allowed = viewer.can(Act::Administer) || group.is_none_or(|group| viewer.works_in(group));
    if allowed { Ok(()) } else { Err(Refusal::new(ErrorCode::NotAllowed, path).into()) }
}

/// Whether the viewer works on this ticket: an expert of its group, or any expert on the triage desk.
fn works_on(viewer: &Viewer, row: &sql::Ticket) -> bool {
    viewer.can(Act::Triage) && check_group(viewer, row.group_id, "ticketId").is_ok()
}

/// The locked ticket of an expert who works in its group.
///
/// # Errors
/// `UNAUTHENTICATED`, `FORBIDDEN`, `NOT_FOUND`, `NOT_ALLOWED`.
pub async fn lock_for_work(tx: &mut PgConnection, viewer: &Viewer, id: Uuid) -> Result<sql::Ticket> {
    viewer.may(Act::Triage)?;
    let row = sql::lock(tx, id).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "ticketId"))?;
    check_group(viewer, row.group_id, "ticketId")?;
    Ok(row)
}

/// Moves a locked ticket to another state, for all to see; gives the number of the event.
///
/// # Errors
/// `WRONG_STATE` when the ticket's state does not allow it.
pub async fn transition(tx: &mut PgConnection, row: &sql::Ticket, to: State, actor: Option<Uuid>, reason: &str) -> Result<i64> {
    if !row.state.may_become(to) {
        return Err(wrong_state(row.state));
    }
    sql::set_state(tx, row.id, row.state, to, actor, reason).await?;
    let entry = audit::Entry::new(to.action(), actor, Kind::Ticket, row.id);
    let event = audit::record(tx, entry.with(serde_json::json!({ "from": row.state.name(), "to": to.name() }))).await?;
    live::tell(tx, &Event::Ticket { ticket: row.id }).await?;
    live::tell(tx, &Event::Queue { group: row.group_id }).await?;
    if matches!(to, State::Answered | State::Rejected | State::Merged | State::Reopened) {
        notify::announce(tx, event).await?;
    }
    Ok(event)
}

fn wrong_state(state: State) -> Error {
    Refusal::new(ErrorCode::WrongState, "ticketId").with("state", state.name()).into()
}
