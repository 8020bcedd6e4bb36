use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::{
    super::{Reason, sql},
    Comment, comment,
};
use crate::{
    error::{self, Error},
    gid::{self, Kind},
    graphql::Request,
    identity::{
        Act,
        graphql::{Participant, participant},
    },
    page::{self, Args, Page, TimeKey},
    schema::{Node, node},
};

/// What can be flagged.
const FLAGGED: [Kind; 3] = [Kind::Comment, Kind::Initiative, Kind::Ticket];

/// Somebody's wish that moderators look at something.
pub struct Flag(pub(super) sql::Flag);

/// Somebody's wish that moderators look at something.
#[Object]
impl Flag {
    /// The global identifier.
    async fn id(&self) -> ID {
        gid::encode(Kind::Flag, self.0.id)
    }

    /// What to look at: a comment, an initiative or a ticket.
    async fn subject_id(&self) -> ID {
        gid::encode(self.0.subject_type, self.0.subject_id)
    }

    /// The comment to look at; null when it is something else.
    async fn comment(&self, ctx: &Context<'_>) -> Result<Option<Comment>> {
        match self.0.subject_type {
            Kind::Comment => comment(ctx, self.0.subject_id).await,
            _ => Ok(None),
        }
    }

    /// What to look at, if it is still there and can be looked up.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        node(ctx, self.0.subject_type, self.0.subject_id).await
    }

    /// Who asks.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, Some(self.0.participant_id)).await
    }

    /// Why.
    async fn reason(&self) -> Reason {
        self.0.reason
    }

    /// Why, in their words.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// When they asked.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// When a moderator hid the thing or dismissed the flag.
    async fn resolved_at(&self) -> Option<DateTime<Utc>> {
        self.0.resolved_at
    }

    /// The moderator who hid the thing or dismissed the flag; moderators see it.
    async fn resolved_by(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        let resolver = self.0.resolved_by.filter(|_| ctx.viewer().is_ok_and(|viewer| viewer.can(Act::Moderate)));
        participant(ctx, resolver).await
    }
}

/// Queries of moderation.
#[derive(Default)]
pub struct Query;

/// Queries of moderation.
#[Object(name = "CommentsQuery")]
impl Query {
    /// Flags, newest first: those that wait for a moderator, unless others are asked for (moderators).
    #[allow(clippy::too_many_arguments)]
    async fn flags(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether a moderator has looked at them; null for both.", default_with = "Some(false)")] resolved: Option<bool>,
        #[graphql(desc = "Only flags on this comment, initiative or ticket.")] subject_id: Option<ID>,
        #[graphql(desc = "So many from the beginning, or after `after`; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, or before `before`; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor.")] before: Option<String>,
    ) -> Result<Page<Flag>> {
        let db = &ctx.app()?.db;
        ctx.out(ctx.viewer()?.may(Act::Moderate))?;
        let outcome: error::Result<Page<Flag>> = async {
            let args: Args<TimeKey> = Args::new(first, after, last, before)?;
            let subject = subject_id.map(|id| gid::one_of(&FLAGGED, &id, "subjectId")).transpose().map_err(Error::BadRequest)?;
            let rows = sql::flags(db, resolved, subject, &args).await?;
            let total = if page::wants_total(ctx) { sql::count_flags(db, resolved, subject).await? } else { 0 };
            Ok(page::page(&args, rows, total, |row| (row.at, row.id), Flag))
        }
        .await;
        ctx.out(outcome)
    }
}
