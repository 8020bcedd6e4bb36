use async_graphql::Enum;
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{entry, is_public, not_found, readable, sql, visible, wrong_state};
use crate::{
    app::App,
    audit,
    error::Result,
    gid::Kind,
    identity::{Act, Viewer},
    limits::Operation,
    validate,
};

/// Why somebody asks moderators to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "FlagReason")]
pub enum Reason {
    /// Advertising, the same text again and again.
    Spam,
    /// Insults, threats, hatred.
    Abuse,
    /// Somebody's personal data.
    PersonalData,
    /// Against the law.
    Illegal,
    /// About something else.
    OffTopic,
    /// Another reason, given in the text.
    Other,
}

/// Asks moderators to look at a comment, an initiative or a ticket. A second flag by the same person on the same thing changes
/// nothing; the outcome is the first one.
///
/// # Errors
/// Refusals of the body; `NOT_FOUND`.
pub async fn flag(app: &App, viewer: &Viewer, subject: (Kind, Uuid), reason: Reason, body: &str) -> Result<sql::Flag> {
    let me = viewer.may(Act::Discuss)?;
    viewer.limit(app, Operation::Write)?;
    let body = validate::text("body", body, 0..=1000)?;
    match subject {
        (Kind::Comment, id) => drop(visible(app, viewer, id, "subjectId").await?),
        _ => readable(app, viewer, subject, "subjectId").await?,
    }
    let mut tx = app.begin().await?;
    let Some(row) = sql::insert_flag(&mut tx, app.new_id(), subject, me, reason, &body).await? else {
        return Ok(sql::flag_of(&mut tx, subject, me).await?);
    };
    // Who asked stays between them and the moderators.
    let added = audit::Entry { sealed: true, ..audit::Entry::new("flag.added", Some(me), Kind::Flag, row.id) };
    audit::record(&mut tx, added).await?;
    tx.commit().await?;
    Ok(row)
}

/// What was hidden.
#[derive(Debug, Clone)]
pub struct Hidden {
    /// When.
    pub at: DateTime<Utc>,
    /// The public reason.
    pub reason: String,
    /// Open flags on it that are resolved by this.
    pub flags: u64,
}

/// Hides a comment or an initiative for a public reason of 5 to 1,000 characters; open flags on it are resolved.
///
/// # Errors
/// Refusals of the reason; `NOT_FOUND`; `WRONG_STATE` when it is hidden already.
pub async fn hide(app: &App, viewer: &Viewer, subject: (Kind, Uuid), reason: &str) -> Result<Hidden> {
    let me = viewer.may(Act::Moderate)?;
    viewer.limit(app, Operation::Write)?;
    let reason = validate::text("reason", reason, 5..=1000)?;
    let comment = match subject {
        (Kind::Comment, id) => Some(visible(app, viewer, id, "subjectId").await?),
        _ => {
            readable(app, viewer, subject, "subjectId").await?;
            None
        }
    };
    let mut tx = app.begin().await?;
    let (at, mut entry) = match comment {
        Some(row) => {
            let public = is_public(&mut tx, &row).await?;
            (sql::hide_comment(&mut tx, row.id, &reason).await?, entry("comment.hidden", me, &row, public))
        }
        None => {
            let entry = audit::Entry::new("initiative.hidden", Some(me), Kind::Initiative, subject.1);
            (sql::hide_initiative(&mut tx, subject.1, &reason).await?, entry)
        }
    };
    let at = at.ok_or_else(|| wrong_state("subjectId", "HIDDEN"))?;
    let flags = sql::resolve_flags_on(&mut tx, subject, me).await?;
    entry.details["reason"] = json!(reason);
    audit::record(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Hidden { at, reason, flags })
}

/// Dismisses a flag: a moderator looked, and nothing has to be done. Doing it twice does no harm.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn dismiss(app: &App, viewer: &Viewer, id: Uuid) -> Result<sql::Flag> {
    let me = viewer.may(Act::Moderate)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    let row = sql::resolve_flag(&mut tx, id, me).await?.ok_or_else(|| not_found("flagId"))?;
    audit::record(&mut tx, audit::Entry::new("flag.dismissed", Some(me), Kind::Flag, id)).await?;
    tx.commit().await?;
    Ok(row)
}
