use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::{
    super::{Channel, State, sql},
    Ticket,
};
use crate::{
    attachments::graphql::{Attachment, files},
    gid::{self, Kind},
    identity::graphql::{Participant, participant},
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
    pub(super) row: sql::Article,
    /// The viewer wrote the ticket.
    pub(super) own: bool,
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
    async fn mine(&self) -> bool {
        self.own && self.row.direction == sql::Direction::In
    }

    /// What it says.
    async fn body(&self) -> &str {
        &self.row.body
    }

    /// The language it was recognised to be in.
    async fn language(&self) -> Option<&str> {
        self.row.language.as_deref()
    }

    /// Its files.
    async fn attachments(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        files(ctx, Kind::Article, self.row.id).await
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
