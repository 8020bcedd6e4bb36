//! Discussion: threads of comments on initiatives, tickets and clusters; votes on comments; flags and hiding.

mod acts;
pub mod graphql;
mod moderation;
mod rules;
pub(crate) mod sql;

pub use acts::{CommentAct, acts};
pub use moderation::{Hidden, Reason, dismiss, flag, hide};
pub use rules::{Order, Side, Vote};

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::App,
    audit,
    error::{Error, ErrorCode, Refusal, Result},
    feedback,
    gid::Kind,
    identity::{Act, Viewer},
    initiatives,
    limits::Operation,
    live::{self, Event},
    notify, triage, validate,
};

/// Characters of a comment at the most.
const BODY: usize = 5000;
/// Levels of replies below a comment on the subject itself.
const DEPTH: usize = 19;

/// What somebody writes.
#[derive(Debug, Clone)]
pub struct NewComment {
    /// On what: kind and key of an initiative, a ticket or a cluster.
    pub subject: (Kind, Uuid),
    /// The comment it replies to.
    pub parent: Option<Uuid>,
    /// For, against or neither.
    pub side: Side,
    /// The text, 1 to 5,000 characters.
    pub body: String,
    /// Whether it speaks for the department or working group.
    pub official: bool,
}

fn not_found(path: &str) -> Error {
    Refusal::new(ErrorCode::NotFound, path).into()
}

fn wrong_state(path: &str, state: &str) -> Error {
    Refusal::new(ErrorCode::WrongState, path).with("state", state.to_owned()).into()
}

/// Refuses a subject that this viewer may not read.
async fn readable(app: &App, viewer: &Viewer, (kind, id): (Kind, Uuid), path: &str) -> Result<()> {
    let outcome = match kind {
        Kind::Initiative => initiatives::visible(app, viewer, id).await.map(drop),
        Kind::Ticket => feedback::ticket_visible(app, viewer, id).await,
        Kind::Cluster => triage::cluster_exists(app, id).await,
        _ => Err(not_found(path)),
    };
    // The other rooms name their own fields; here it is the one that the caller filled in.
    outcome.map_err(|error| match error {
        Error::Refused(_) => not_found(path),
        other => other,
    })
}

/// The comment, if this viewer may read what it is about. Moderators read every comment, since any may be flagged.
///
/// # Errors
/// `NOT_FOUND` at `path`.
pub async fn visible(app: &App, viewer: &Viewer, id: Uuid, path: &str) -> Result<sql::Comment> {
    let row = sql::comments(&app.db, &[id]).await?.pop().ok_or_else(|| not_found(path))?;
    if !viewer.can(Act::Moderate) {
        readable(app, viewer, row.subject(), path).await?;
    }
    Ok(row)
}

/// Whether this viewer may speak for those who answer for the subject.
fn speaks_for(viewer: &Viewer, place: &sql::Place) -> bool {
    viewer.can(Act::Administer)
        || place.department_id.is_some_and(|department| viewer.can(Act::AnswerInitiative) && viewer.answers_for(department))
        || place.group_id.is_some_and(|group| viewer.can(Act::Triage) && viewer.works_in(group))
}

/// The ancestors of a reply to `parent`.
async fn path_below(tx: &mut PgConnection, new: &NewComment, parent: Uuid) -> Result<Vec<Uuid>> {
    let row = sql::comments(tx, &[parent]).await?.pop().filter(|row| row.subject() == new.subject);
    let mut row = row.ok_or_else(|| not_found("parentId"))?;
    if row.hidden_at.is_some() {
        return Err(wrong_state("parentId", "HIDDEN"));
    }
    row.path.push(row.id);
    if row.path.len() > DEPTH {
        return Err(Refusal::new(ErrorCode::OutOfRange, "parentId").with("min", 0).with("max", DEPTH).into());
    }
    Ok(row.path)
}

/// A line of the log about a comment. The log says nothing of comments on what is not public.
fn entry(action: &'static str, actor: Uuid, comment: &sql::Comment, public: bool) -> audit::Entry {
    let (kind, id) = comment.subject();
    let details = json!({ "subject": format!("{}:{id}", kind.name()) });
    audit::Entry { sealed: !public, ..audit::Entry::new(action, Some(actor), Kind::Comment, comment.id).with(details) }
}

/// Adds a comment and tells those whom it concerns.
///
/// # Errors
/// Refusals of the body; `NOT_FOUND` for subject or parent; `WRONG_STATE` for an initiative that is not public yet and for
/// what is hidden; `NOT_ALLOWED` for who may not speak officially; `OUT_OF_RANGE` below the 19th level.
pub async fn add(app: &App, viewer: &Viewer, new: &NewComment) -> Result<sql::Comment> {
    let me = viewer.may(Act::Discuss)?;
    viewer.limit(app, Operation::Write)?;
    let body = validate::text("body", &new.body, 1..=BODY)?;
    readable(app, viewer, new.subject, "subjectId").await?;
    let mut tx = app.begin().await?;
    let place = sql::place(&mut tx, new.subject).await?.ok_or_else(|| not_found("subjectId"))?;
    if place.hidden {
        return Err(wrong_state("subjectId", "HIDDEN"));
    }
    if new.subject.0 == Kind::Initiative && !place.public {
        return Err(wrong_state("subjectId", &place.state));
    }
    if new.official && !speaks_for(viewer, &place) {
        return Err(Refusal::new(ErrorCode::NotAllowed, "official").into());
    }
    let path = match new.parent {
        Some(parent) => path_below(&mut tx, new, parent).await?,
        None => Vec::new(),
    };
    let row = sql::insert(&mut tx, app.new_id(), me, new, &body, &path).await?;
    // A mention is told with the text, so on a private ticket only colleagues of its group can be mentioned.
    if place.public || place.group_id.is_some() {
        let within = place.group_id.filter(|_| !place.public);
        sql::insert_mentions(&mut tx, row.id, &rules::mentions(&body), within).await?;
    }
    let (subject_kind, subject) = new.subject;
    live::tell(&mut tx, &Event::Comment { subject_kind, subject, comment: row.id }).await?;
    let event = audit::record(&mut tx, entry("comment.added", me, &row, place.public)).await?;
    notify::announce(&mut tx, event).await?;
    tx.commit().await?;
    Ok(row)
}

async fn is_public(tx: &mut PgConnection, comment: &sql::Comment) -> Result<bool> {
    Ok(sql::place(tx, comment.subject()).await?.is_some_and(|place| place.public))
}

/// Changes the text of one's own comment while the database's clock allows it; the former text stays as a revision.
///
/// # Errors
/// Refusals of the body; `NOT_FOUND`; `NOT_ALLOWED` for another's comment; `WRONG_STATE` when it is hidden; `TOO_LATE`.
pub async fn edit(app: &App, viewer: &Viewer, id: Uuid, body: &str) -> Result<sql::Comment> {
    let me = viewer.may(Act::Discuss)?;
    viewer.limit(app, Operation::Write)?;
    let body = validate::text("body", body, 1..=BODY)?;
    visible(app, viewer, id, "commentId").await?;
    let mut tx = app.begin().await?;
    let row = sql::lock(&mut tx, id).await?.ok_or_else(|| not_found("commentId"))?;
    if row.author_id != me {
        return Err(Refusal::new(ErrorCode::NotAllowed, "commentId").into());
    }
    if row.hidden_at.is_some() {
        return Err(wrong_state("commentId", "HIDDEN"));
    }
    if !sql::is_younger(&mut tx, id, app.config.feedback.comment_edit_minutes).await? {
        return Err(Refusal::new(ErrorCode::TooLate, "commentId").into());
    }
    if row.body == body {
        return Ok(row);
    }
    sql::keep_revision(&mut tx, id).await?;
    let row = sql::set_body(&mut tx, id, &body).await?;
    let public = is_public(&mut tx, &row).await?;
    audit::record(&mut tx, entry("comment.edited", me, &row, public)).await?;
    tx.commit().await?;
    Ok(row)
}

/// Votes on another's comment, or takes the vote back; the scores move in the same transaction.
///
/// # Errors
/// `NOT_FOUND`; `NOT_ALLOWED` for one's own comment; `WRONG_STATE` when it is hidden.
pub async fn vote(app: &App, viewer: &Viewer, id: Uuid, vote: Vote) -> Result<sql::Comment> {
    let me = viewer.may(Act::Discuss)?;
    viewer.limit(app, Operation::Write)?;
    visible(app, viewer, id, "commentId").await?;
    let mut tx = app.begin().await?;
    // The lock makes the votes on one comment wait for each other, so that the difference is exact.
    let row = sql::lock(&mut tx, id).await?.ok_or_else(|| not_found("commentId"))?;
    if row.author_id == me {
        return Err(Refusal::new(ErrorCode::NotAllowed, "commentId").into());
    }
    if row.hidden_at.is_some() {
        return Err(wrong_state("commentId", "HIDDEN"));
    }
    let (old, new) = (sql::vote_of(&mut tx, id, me).await?, vote.stored());
    if old == new {
        return Ok(row);
    }
    sql::set_vote(&mut tx, id, me, new).await?;
    let row = sql::move_scores(&mut tx, id, rules::shift(old, new)).await?;
    // Who voted how is nobody else's business.
    audit::record(&mut tx, entry("comment.voted", me, &row, false)).await?;
    tx.commit().await?;
    Ok(row)
}
