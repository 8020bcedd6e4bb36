use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Utc};

use super::{DEPTH, sql};
use crate::identity::{Act, Viewer};

/// Something that can be done with a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum CommentAct {
    /// Change one's own, for a short time.
    Edit,
    /// Hide it for a public reason (moderators).
    Hide,
    /// Ask moderators to look.
    Flag,
    /// Vote on another's.
    Vote,
    /// Reply to it.
    Reply,
}

/// What a viewer may do at this moment with a comment that they may read; `minutes` for which an author may change it, `discussed`
/// if its subject may be commented. The operations themselves have the last word.
pub fn acts(viewer: &Viewer, row: &sql::Comment, minutes: i64, discussed: bool, now: DateTime<Utc>) -> Vec<CommentAct> {
    let shown = row.hidden_at.is_none();
    let own = viewer.id == Some(row.author_id);
    let takes_part = viewer.can(Act::Discuss);
    let young = TimeDelta::try_minutes(minutes).is_some_and(|span| now < row.created_at + span);
    let table = [
        (CommentAct::Edit, takes_part && own && shown && young),
        (CommentAct::Hide, viewer.can(Act::Moderate) && shown),
        (CommentAct::Flag, takes_part && !own && shown),
        (CommentAct::Vote, takes_part && !own && shown),
        (CommentAct::Reply, takes_part && shown && discussed && row.path.len() < DEPTH),
    ];
    table.into_iter().filter_map(|(act, may)| may.then_some(act)).collect()
}
