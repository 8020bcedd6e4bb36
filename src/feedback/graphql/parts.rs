use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::{
    super::{Channel, Flag, Original, State, found, sql, works_on},
    Ticket,
    masking::{FirstMessage, MaskedOf, PersonalPassage},
};
use crate::{
    attachments::{
        RefusedFile,
        graphql::{Attachment, files},
    },
    gid::{self, Kind},
    graphql::Request,
    identity::{
        Act, Viewer,
        graphql::{Participant, participant},
    },
    notify::graphql::{ArticleDelivery, deliveries_of},
    triage::graphql::LikenessReason,
};

/// An earlier ticket that may be about the same incident.
pub struct Duplicate(pub(super) sql::Duplicate);

/// An earlier ticket that may be about the same incident.
#[Object]
impl Duplicate {
    /// The earlier ticket.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        Ticket::load(ctx, self.0.duplicate_of).await
    }

    /// How alike they are, 0 to 1.
    async fn score(&self) -> f32 {
        self.0.score
    }

    /// What speaks for and against it, the weightiest first.
    async fn reasons(&self) -> Vec<LikenessReason> {
        self.0.reasons.iter().copied().map(LikenessReason::from).collect()
    }
}

/// A message in a ticket.
pub struct Article {
    row: sql::Article,
    ticket: Arc<sql::Ticket>,
    /// The viewer showed the secret of the ticket's link or has just written it.
    opened: bool,
}

impl Article {
    /// A message of a ticket that the viewer may read, as its author if `opened`.
    pub(super) fn new(row: sql::Article, ticket: Arc<sql::Ticket>, opened: bool) -> Self {
        Self { row, ticket, opened }
    }

    fn is_in(&self) -> bool {
        self.row.direction == sql::Direction::In
    }

    /// Whether the viewer wrote the ticket.
    fn own(&self, viewer: &Viewer) -> bool {
        self.opened || (self.ticket.author_id.is_some() && self.ticket.author_id == viewer.id)
    }

    /// Whether the viewer is of either side of the conversation.
    fn sees_all(&self, ctx: &Context<'_>) -> Result<bool> {
        let viewer = ctx.viewer()?;
        Ok(self.own(viewer) || viewer.can(Act::Triage))
    }

    /// What was hidden of it, if anything.
    async fn masked(&self, ctx: &Context<'_>) -> Result<Option<sql::Masked>> {
        if self.is_in() { ctx.load(MaskedOf(self.row.id)).await } else { Ok(None) }
    }

    /// It as its author wrote it, where something is hidden, for those who may read that.
    async fn as_written(&self, ctx: &Context<'_>) -> Result<Option<Original>> {
        let viewer = ctx.viewer()?;
        let author = self.opened || (self.own(viewer) && viewer.can(Act::ReadOwn));
        if !author && !works_on(viewer, &self.ticket) {
            return Ok(None);
        }
        let Some(masked) = self.masked(ctx).await? else { return Ok(None) };
        ctx.out(Original::open(ctx.app()?, self.row.id, &masked.sealed)).map(Some)
    }
}

/// A message in a ticket.
#[Object]
impl Article {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::Article, self.row.id)
    }

    /// Which way it goes.
    async fn direction(&self) -> sql::Direction {
        self.row.direction
    }

    /// The channel it came or went by.
    async fn channel(&self) -> Channel {
        self.row.channel
    }

    /// The participant who wrote it; null for people without an account.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, self.row.author_id).await
    }

    /// Whether the caller's side of the conversation wrote it.
    async fn mine(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.is_in() && self.own(ctx.viewer()?))
    }

    /// What it says; `[…]` stands for personal data that are hidden.
    async fn body(&self) -> &str {
        &self.row.body
    }

    /// Personal data that the machine sees in a citizen's message (and in the ticket's subject, for the first one), at most 50 parts, each
    /// once; null for whoever may not hide them, and for answers and notes.
    async fn personal_data(&self, ctx: &Context<'_>) -> Result<Option<Vec<PersonalPassage>>> {
        if !self.is_in() || !works_on(ctx.viewer()?, &self.ticket) {
            return Ok(None);
        }
        let first = ctx.load(FirstMessage(self.ticket.id)).await? == Some(self.row.id);
        let subject = first.then_some(self.ticket.subject.as_str());
        Ok(Some(found(&self.row.body, subject).into_iter().map(PersonalPassage::from).collect()))
    }

    /// When personal data were first hidden in it; null where nothing is hidden.
    async fn masked_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        Ok(self.masked(ctx).await?.map(|masked| masked.masked_at))
    }

    /// What it said before anything was hidden, for its author and those who work on it; null where nothing is hidden.
    async fn original(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.as_written(ctx).await?.map(|original| original.body))
    }

    /// The ticket's subject before anything was hidden, as `original`; null where it is the same now, and for follow-ups.
    async fn original_subject(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let subject = self.as_written(ctx).await?.and_then(|original| original.subject);
        Ok(subject.filter(|subject| *subject != self.ticket.subject))
    }

    /// The language it was recognised to be in.
    async fn language(&self) -> Option<&str> {
        self.row.language.as_deref()
    }

    /// Its files.
    async fn attachments(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        files(ctx, Kind::Article, self.row.id).await
    }

    /// What became of it on its way to whoever wrote the ticket: of an answer, and of the confirmation that a message was received. For the
    /// ticket's author and for experts.
    async fn deliveries(&self, ctx: &Context<'_>) -> Result<Vec<ArticleDelivery>> {
        if self.sees_all(ctx)? { deliveries_of(ctx, self.row.id).await } else { Ok(Vec::new()) }
    }

    /// What its sender's program quoted of earlier messages, for its author and experts; empty for others.
    async fn quotation(&self, ctx: &Context<'_>) -> Result<&str> {
        Ok(if self.sees_all(ctx)? { self.row.quotation.as_str() } else { "" })
    }

    /// Whether it is a later wording of an earlier article.
    async fn edited(&self) -> bool {
        self.row.edited
    }

    /// What to know before one believes or answers it, for experts; empty for others.
    async fn flags(&self, ctx: &Context<'_>) -> Result<&[Flag]> {
        Ok(if ctx.viewer()?.can(Act::Triage) { self.row.flags.as_slice() } else { &[] })
    }

    /// Files that came with it and were not kept, for its author and experts; empty for others.
    async fn refused_files(&self, ctx: &Context<'_>) -> Result<&[RefusedFile]> {
        Ok(if self.sees_all(ctx)? { self.row.refused_files.as_slice() } else { &[] })
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }
}

/// A change of a ticket's state.
pub struct TicketTransition(pub(super) sql::Transition);

/// A change of a ticket's state.
#[Object]
impl TicketTransition {
    /// The state before; null for the beginning.
    async fn from(&self) -> Option<State> {
        self.0.from_state
    }

    /// The state after.
    async fn to(&self) -> State {
        self.0.to_state
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// By whom; null for the platform.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, self.0.actor_id).await
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }
}
