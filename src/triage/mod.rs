//! Triage: what the machine makes of messages, and what experts make of that: clusters, groups, assessments, decisions.

mod alarms;
mod alike;
mod around;
mod batcher;
pub(crate) mod changes;
mod decide;
mod describe;
mod encoder;
mod evidence;
pub mod graphql;
mod jobs;
mod learn;
mod map;
mod nearby;
mod proposals;
mod regroup;
mod report;
mod shelves;
pub(crate) mod spaces;
pub(crate) mod sql;
mod understand;
mod urgency;
mod why;
mod work;

pub use alike::{Likeness, Similar, compare, nearest, resembling, similar};
pub use around::{neighbours, typical};
pub use batcher::{Batcher, Unavailable};
pub use decide::{Assessment, Decision, DecisionKind, assess, decide};
pub use describe::{describe, retell};
pub use encoder::{Encoder, open as open_encoder};
pub use jobs::{AnswerTickets, Compare, DrawMap, Learn, Regroup, Relabel, Understand, Watch};
pub use learn::{learn, relabel};
pub use proposals::{ProposalKind, ProposalState, RegroupingState, accept, refuse, start_regrouping};
pub use understand::{Understanding, understand};
pub use urgency::{Urgency, UrgencyRule};
pub use work::{assign, merge_clusters, route, set_topic, split};

use uuid::Uuid;

use crate::{
    app::App,
    error::{ErrorCode, Refusal, Result},
};

/// Where a cluster stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, async_graphql::Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "ClusterState")]
pub enum ClusterState {
    /// Tickets join it.
    Open,
    /// It has been decided on; tickets still join it.
    Decided,
    /// It is part of another one.
    Merged,
}

/// Refuses a cluster that does not exist.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn cluster_exists(app: &App, id: Uuid) -> Result<()> {
    let found = sql::clusters(&app.db, &[id]).await?;
    if found.is_empty() { Err(Refusal::new(ErrorCode::NotFound, "clusterId").into()) } else { Ok(()) }
}
