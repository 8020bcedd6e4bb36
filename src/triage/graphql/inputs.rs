use async_graphql::{ID, InputObject};

use super::{
    super::{self as triage, ClusterState, DecisionKind, sql},
    Assessment, Cluster, Decision,
};
use crate::{
    error::{Error, ErrorCode, Refusal, Result},
    feedback::graphql::Ticket,
    gid::{self, Kind},
    graphql::payload,
};

/// Which clusters to list.
#[derive(InputObject, Default)]
pub struct ClusterFilterInput {
    /// In one of these states; merged ones hold nothing and are never listed.
    states: Option<Vec<ClusterState>>,
    /// In the queue of this working group.
    group_id: Option<ID>,
    /// On this theme.
    theme_id: Option<ID>,
    /// With at least so many tickets.
    min_size: Option<i32>,
    /// Only those that people write about far more than usual now.
    alarmed: Option<bool>,
}

impl ClusterFilterInput {
    pub(super) fn check(self) -> Result<sql::ClusterFilter> {
        let states = self.states.unwrap_or_default();
        if states.len() > 3 {
            return Err(Error::BadRequest(Refusal::new(ErrorCode::WrongCount, "filter.states").with("min", 0).with("max", 3)));
        }
        let group = gid::maybe(Kind::WorkingGroup, self.group_id.as_ref(), "filter.groupId").map_err(Error::BadRequest)?;
        let theme = gid::maybe(Kind::Theme, self.theme_id.as_ref(), "filter.themeId").map_err(Error::BadRequest)?;
        Ok(sql::ClusterFilter { states, group, theme, least_size: self.min_size.unwrap_or(1), alarmed: self.alarmed == Some(true) })
    }
}

/// Who takes a ticket in hand.
#[derive(InputObject)]
pub struct AssignTicketInput {
    /// Which ticket.
    pub(super) ticket_id: ID,
    /// An expert of its group; null puts it back into the queue.
    pub(super) assignee_id: Option<ID>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `assignTicket`.
    AssignTicketPayload {
        /// The ticket.
        ticket: Ticket
    }
}

/// Where a ticket belongs.
#[derive(InputObject)]
pub struct RouteTicketInput {
    /// Which ticket.
    pub(super) ticket_id: ID,
    /// The right working group.
    pub(super) group_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `routeTicket`.
    RouteTicketPayload {
        /// The ticket.
        ticket: Ticket
    }
}

/// What a ticket is about.
#[derive(InputObject)]
pub struct SetTicketTopicInput {
    /// Which ticket.
    pub(super) ticket_id: ID,
    /// The right topic; null when it is about none of them.
    pub(super) topic_id: Option<ID>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `setTicketTopic`.
    SetTicketTopicPayload {
        /// The ticket.
        ticket: Ticket
    }
}

/// What to merge.
#[derive(InputObject)]
pub struct MergeClustersInput {
    /// The cluster that stays.
    pub(super) target_id: ID,
    /// Those that become part of it, 1 to 500.
    pub(super) source_ids: Vec<ID>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// What to take out.
#[derive(InputObject)]
pub struct SplitClusterInput {
    /// Which cluster.
    pub(super) cluster_id: ID,
    /// The tickets to take out, 1 to 500 and not all.
    pub(super) ticket_ids: Vec<ID>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `mergeClusters` and `splitCluster`.
    ClusterPayload {
        /// The cluster that stays, or the new one.
        cluster: Cluster
    }
}

/// An expert's opinion.
#[derive(InputObject)]
pub struct AssessInput {
    /// Of which ticket, cluster or initiative.
    pub(super) subject_id: ID,
    /// From 0 (cannot be done) to 4 (easily done).
    feasibility: i32,
    /// The least it would cost, in whole units of the currency.
    cost_low: i64,
    /// The most it would cost.
    cost_high: i64,
    /// Three letters, as in ISO 4217; `RUB` by default.
    currency: Option<String>,
    /// Whom it would help and how, 5 to 5,000 characters.
    effect: String,
    /// The reasons, 10 to 10,000 characters.
    opinion: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

impl AssessInput {
    pub(super) fn into_assessment(self) -> triage::Assessment {
        triage::Assessment {
            feasibility: self.feasibility,
            cost_low: self.cost_low,
            cost_high: self.cost_high,
            currency: self.currency.unwrap_or_else(|| "RUB".into()),
            effect: self.effect,
            opinion: self.opinion,
        }
    }
}

payload! {
    /// The outcome of `assess`.
    AssessPayload {
        /// The assessment.
        assessment: Assessment
    }
}

/// A decision to be made.
#[derive(InputObject)]
pub struct DecideInput {
    /// On which ticket, cluster or initiative.
    pub(super) subject_id: ID,
    /// What.
    kind: DecisionKind,
    /// The reasoned text that everybody concerned reads, 20 to 20,000 characters.
    body: String,
    /// The department that does it; needed for `FORWARD`.
    department_id: Option<ID>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

impl DecideInput {
    pub(super) fn into_decision(self) -> Result<triage::Decision> {
        let department = gid::maybe(Kind::Department, self.department_id.as_ref(), "departmentId")?;
        Ok(triage::Decision { kind: self.kind, body: self.body, department })
    }
}

payload! {
    /// The outcome of `decide`.
    DecidePayload {
        /// The decision.
        decision: Decision
    }
}
