//! Why a ticket lies where it lies.

use std::collections::HashMap;

use async_graphql::{Context, Object, Result, SimpleObject, dataloader::Loader};
use uuid::Uuid;

pub use super::super::why::Asked;
use super::super::why::{self, why};
use crate::{
    feedback::graphql::Ticket,
    graphql::{LoadFailed, Loaders, Request},
    nlp::routing::Reason,
    organisation::graphql::{WorkingGroup, working_group},
};

/// Key of what a ticket is explained by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct WhyOf(Asked);

impl Loader<WhyOf> for Loaders {
    type Value = why::Why;
    type Error = LoadFailed;

    async fn load(&self, keys: &[WhyOf]) -> Result<HashMap<WhyOf, Self::Value>, LoadFailed> {
        let asked: Vec<Asked> = keys.iter().map(|k| k.0).collect();
        let mut found = why(&self.app, &asked).await?;
        Ok(keys.iter().filter_map(|key| Some((key.clone(), found.remove(&key.0.ticket)?))).collect())
    }
}

/// Why a ticket lies where it lies.
pub struct Why(why::Why);

/// What explains a ticket.
///
/// # Errors
/// The database failed.
pub async fn explained(ctx: &Context<'_>, asked: Asked) -> Result<Option<Why>> {
    Ok(ctx.load(WhyOf(asked)).await?.map(Why))
}

/// A ticket near another.
pub struct TicketNeighbour {
    ticket: Uuid,
    score: f32,
}

/// A ticket near another.
#[Object]
impl TicketNeighbour {
    /// The other ticket.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        Ticket::load(ctx, self.ticket).await
    }

    /// How near it is in matter, 0 to 1.
    async fn score(&self) -> f32 {
        self.score
    }
}

/// What the machine thought of a ticket when it first read it.
pub struct RouteGuess {
    group: Uuid,
    confidence: f32,
}

/// What the machine thought of a ticket when it first read it.
#[Object]
impl RouteGuess {
    /// The group.
    async fn group(&self, ctx: &Context<'_>) -> Result<Option<WorkingGroup>> {
        working_group(ctx, Some(self.group)).await
    }

    /// How sure it was, 0 to 1.
    async fn confidence(&self) -> f32 {
        self.confidence
    }
}

/// A word that speaks for a group or a topic, or against it.
#[derive(SimpleObject)]
pub struct RouteReason {
    /// The word, as it stands in the message.
    word: String,
    /// What it adds to the score: positive for it, negative against it; 1 is a safe distance from all others.
    weight: f32,
}

fn reasons(known: &[Reason]) -> Vec<RouteReason> {
    known.iter().map(|reason| RouteReason { word: reason.word.clone(), weight: reason.weight }).collect()
}

/// Why a ticket lies where it lies. What made it urgent and why it may be about the same incident as others stand on the ticket itself.
#[Object]
impl Why {
    /// Words of its cluster that it has too, the most typical first.
    async fn words(&self) -> &[String] {
        &self.0.words
    }

    /// The nearest tickets of its cluster among the 200 newest, at most five.
    async fn neighbours(&self) -> Vec<TicketNeighbour> {
        self.0.nearest.iter().map(|(ticket, score)| TicketNeighbour { ticket: *ticket, score: *score }).collect()
    }

    /// What the machine thought when it first read it, also where it was not sure enough to choose; null where it had no opinion.
    async fn guess(&self) -> Option<RouteGuess> {
        self.0.guess.map(|(group, confidence)| RouteGuess { group, confidence })
    }

    /// The words that speak most for its group and against it by what the machine knows now, at most eight; without a group, for that of the guess.
    async fn route_words(&self) -> Vec<RouteReason> {
        reasons(&self.0.reasons)
    }

    /// The words that speak most for its topic and against it by what the machine knows now, at most eight; none without a topic.
    async fn topic_words(&self) -> Vec<RouteReason> {
        reasons(&self.0.topic_reasons)
    }
}
