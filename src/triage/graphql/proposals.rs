//! Proposed changes of clusters.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    super::{self as triage, ProposalKind, ProposalState, RegroupingState, evidence::Side, sql},
    object::{Cluster, cluster, up_to_twenty},
};
use crate::{
    error::{self, Error, ErrorCode, Refusal},
    feedback::graphql::Ticket,
    gid::{self, Kind},
    graphql::{Request, payload},
    identity::{
        Act,
        graphql::{Participant, participant},
    },
    page::{self, Args, Page},
};

/// Tickets that the caller may read.
async fn tickets(ctx: &Context<'_>, ids: &[Uuid]) -> Result<Vec<Ticket>> {
    let found = futures_util::future::try_join_all(ids.iter().map(|id| Ticket::load(ctx, *id))).await?;
    Ok(found.into_iter().flatten().collect())
}

/// A change of clusters that the machine proposes and people accept or refuse.
pub struct ClusterProposal(sql::Proposal);

/// A change of clusters that the machine proposes and people accept or refuse.
#[Object]
impl ClusterProposal {
    /// The global identifier.
    async fn id(&self) -> ID {
        gid::encode(Kind::ClusterProposal, self.0.id)
    }

    /// What is proposed.
    async fn kind(&self) -> ProposalKind {
        self.0.kind
    }

    /// Where it stands.
    async fn state(&self) -> ProposalState {
        self.0.state
    }

    /// The cluster that keeps its identity: the others become part of it, or it gives tickets away (`SPLIT`) or gets them (`MOVE`).
    async fn cluster(&self, ctx: &Context<'_>) -> Result<Option<Cluster>> {
        cluster(ctx, Some(self.0.cluster_id)).await
    }

    /// The clusters that become part of it, or the one that the tickets leave for it; none for `SPLIT`.
    async fn sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, up to 20.", default = 20)] first: i32,
    ) -> Result<Vec<Cluster>> {
        let most = up_to_twenty(ctx, first)?;
        let found = self.0.sources.iter().take(most).map(|id| cluster(ctx, Some(*id)));
        Ok(futures_util::future::try_join_all(found).await?.into_iter().flatten().collect())
    }

    /// How many clusters those are.
    async fn source_count(&self) -> i32 {
        i32::try_from(self.0.sources.len()).unwrap_or(i32::MAX)
    }

    /// The tickets that change their cluster; none for `MERGE`, where all of the sources' do.
    async fn tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, up to 20.", default = 20)] first: i32,
    ) -> Result<Vec<Ticket>> {
        let most = up_to_twenty(ctx, first)?;
        tickets(ctx, self.0.tickets.get(..most).unwrap_or(&self.0.tickets)).await
    }

    /// How many tickets change their cluster.
    async fn ticket_count(&self) -> i32 {
        self.0.weight
    }

    /// How alike both sides are in matter, 0 to 1.
    async fn similarity(&self) -> f32 {
        self.0.evidence.similarity
    }

    /// How alike the tickets and the cluster are that they would leave, 0 to 1; for `MOVE` only.
    async fn similarity_now(&self) -> Option<f32> {
        self.0.evidence.similarity_now
    }

    /// Words that are typical of both sides, the most typical first.
    async fn shared_words(&self) -> &[String] {
        &self.0.evidence.shared
    }

    /// What stays where it is.
    async fn staying(&self) -> ProposalSide {
        ProposalSide(self.0.evidence.staying.clone())
    }

    /// What changes its cluster.
    async fn moving(&self) -> ProposalSide {
        ProposalSide(self.0.evidence.moving.clone())
    }

    /// When it was first proposed.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was accepted or refused, or held no longer.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// Who accepted or refused it.
    async fn decided_by(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, self.0.decided_by).await
    }

    /// Why it was refused, if somebody said so.
    async fn reason(&self) -> Option<&str> {
        Some(self.0.reason.as_str()).filter(|reason| !reason.is_empty())
    }
}

/// One side of a proposal, as it was when it was last looked at.
pub struct ProposalSide(Side);

/// One side of a proposal, as it was when it was last looked at.
#[Object]
impl ProposalSide {
    /// How many of its tickets were looked at: those of the newest.
    async fn size(&self) -> u32 {
        self.0.size
    }

    /// Words that are typical of it and not of the other side, the most typical first.
    async fn words(&self) -> &[String] {
        &self.0.words
    }

    /// The tickets nearest to its middle that the caller may read, nearest first; three at the most.
    async fn examples(&self, ctx: &Context<'_>) -> Result<Vec<Ticket>> {
        tickets(ctx, &self.0.examples).await
    }
}

/// A fresh clustering of all newer tickets, whose outcome is proposed as changes of the clusters there are.
#[derive(SimpleObject)]
pub struct Regrouping {
    /// The global identifier.
    id: ID,
    /// How far it has come.
    state: RegroupingState,
    /// How many tickets it looks at; null until they are read.
    tickets: Option<i32>,
    /// Proposals that it made.
    proposed: i32,
    /// Open proposals that it found to hold no longer.
    outdated: i32,
    /// When somebody asked for it, or its time had come.
    created_at: DateTime<Utc>,
    /// When it began.
    started_at: Option<DateTime<Utc>>,
    /// When it was over.
    ended_at: Option<DateTime<Utc>>,
}

impl From<sql::Regrouping> for Regrouping {
    fn from(row: sql::Regrouping) -> Self {
        Self {
            id: gid::encode(Kind::Regrouping, row.id),
            state: row.state,
            tickets: row.tickets,
            proposed: row.proposed,
            outdated: row.outdated,
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
        }
    }
}

/// Which proposals to list.
#[derive(InputObject, Default)]
pub struct ClusterProposalFilter {
    /// In this state; all by default.
    state: Option<ProposalState>,
    /// Whose cluster is in the queue of this working group.
    group_id: Option<ID>,
    /// That would change this cluster.
    cluster_id: Option<ID>,
}

impl ClusterProposalFilter {
    fn check(self) -> error::Result<sql::ProposalFilter> {
        let group = gid::maybe(Kind::WorkingGroup, self.group_id.as_ref(), "filter.groupId").map_err(Error::BadRequest)?;
        let cluster = gid::maybe(Kind::Cluster, self.cluster_id.as_ref(), "filter.clusterId").map_err(Error::BadRequest)?;
        Ok(sql::ProposalFilter { state: self.state, group, cluster })
    }
}

/// Queries of proposed changes.
#[derive(Default)]
pub struct Query;

/// Queries of proposed changes.
#[Object(name = "ProposalQuery")]
impl Query {
    /// Changes of clusters that are proposed, those of most tickets first (experts).
    async fn cluster_proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all by default.")] filter: Option<ClusterProposalFilter>,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<ClusterProposal>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome: error::Result<Page<ClusterProposal>> = async {
            viewer.may(Act::Triage)?;
            let args = Args::<(i64, Uuid)>::new(first, after, last, before)?;
            let filter = filter.unwrap_or_default().check()?;
            let rows = sql::list_proposals(&app.db, &filter, &args).await?;
            let total = if page::wants_total(ctx) { sql::count_proposals(&app.db, &filter).await? } else { 0 };
            Ok(page::page(&args, rows, total, |row| (row.weight.into(), row.id), ClusterProposal))
        }
        .await;
        ctx.out(outcome)
    }

    /// The latest fresh clusterings, newest first (experts).
    async fn regroupings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, up to 100.", default = 20)] first: i32,
    ) -> Result<Vec<Regrouping>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome: error::Result<Vec<Regrouping>> = async {
            viewer.may(Act::Triage)?;
            if !(0..=100).contains(&first) {
                return Err(Error::BadRequest(Refusal::new(ErrorCode::OutOfRange, "first").with("min", 0).with("max", 100)));
            }
            Ok(sql::regroupings(&app.db, first.into()).await?.into_iter().map(Regrouping::from).collect())
        }
        .await;
        ctx.out(outcome)
    }
}

/// Which proposal to do.
#[derive(InputObject)]
pub struct AcceptClusterProposalInput {
    /// Which.
    proposal_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `acceptClusterProposal`.
    AcceptClusterProposalPayload {
        /// The proposal.
        proposal: ClusterProposal
    }
}

/// Which proposal not to do.
#[derive(InputObject)]
pub struct RefuseClusterProposalInput {
    /// Which.
    proposal_id: ID,
    /// Why, up to 1,000 characters, for other experts.
    reason: Option<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `refuseClusterProposal`.
    RefuseClusterProposalPayload {
        /// The proposal.
        proposal: ClusterProposal
    }
}

/// A wish for a fresh clustering.
#[derive(InputObject)]
pub struct RegroupClustersInput {
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `regroupClusters`.
    RegroupClustersPayload {
        /// The fresh clustering, which goes on in the background.
        regrouping: Regrouping
    }
}

/// Mutations of proposed changes.
#[derive(Default)]
pub struct Mutation;

/// Mutations of proposed changes.
#[Object(name = "ProposalMutation")]
impl Mutation {
    /// Changes clusters as proposed. `CONFLICT` when they have changed meanwhile so that it cannot be done.
    async fn accept_cluster_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: AcceptClusterProposalInput,
    ) -> Result<AcceptClusterProposalPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Triage)?;
            let id = gid::expect(Kind::ClusterProposal, &input.proposal_id, "proposalId")?;
            Ok(ClusterProposal(triage::accept(app, viewer, id).await?))
        };
        AcceptClusterProposalPayload::settle(ctx, outcome.await)
    }

    /// Leaves clusters as they are. The same is not proposed again unless it has grown by half.
    async fn refuse_cluster_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RefuseClusterProposalInput,
    ) -> Result<RefuseClusterProposalPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Triage)?;
            let id = gid::expect(Kind::ClusterProposal, &input.proposal_id, "proposalId")?;
            let reason = input.reason.unwrap_or_default();
            Ok(ClusterProposal(triage::refuse(app, viewer, id, &reason).await?))
        };
        RefuseClusterProposalPayload::settle(ctx, outcome.await)
    }

    /// Has all newer tickets clustered anew in the background, as each night, to see what might better be otherwise. While one waits or
    /// runs, that one is given.
    async fn regroup_clusters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RegroupClustersInput,
    ) -> Result<RegroupClustersPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let RegroupClustersInput { client_mutation_id: _ } = input;
        let outcome = async { Ok(triage::start_regrouping(app, viewer).await?.into()) };
        RegroupClustersPayload::settle(ctx, outcome.await)
    }
}
