//! Clusters, queues, assessments and decisions in the API.

mod inputs;
mod insight;
mod likeness;
mod object;
mod proposals;
mod report;
mod themes;
mod why;

use async_graphql::{Context, ID, Object, Result, SimpleObject, Subscription};
use futures_util::{Stream, StreamExt};
use uuid::Uuid;

pub use likeness::{Likeness, LikenessReason};
pub use object::{Assessment, Cluster, Decision, cluster, decision, decision_on};
pub use proposals::{Mutation as ProposalMutation, Query as ProposalQuery};
pub use report::{ModelMutation, ModelQuery, ModelReport};
pub use themes::{Query as ThemeQuery, Theme, theme};
pub use why::{Asked, Why, explained};

use super::{map::MOST, sql};
use crate::{
    error::{self, Error, ErrorCode, Refusal},
    feedback::graphql::Ticket,
    gid::{self, Kind},
    graphql::Request,
    identity::Act,
    live::{self, Topic},
    nlp::duplicates::{self, Verdict},
    page::{self, Args, Page, TimeKey},
    validate,
};
use inputs::{
    AssessInput, AssessPayload, AssignTicketInput, AssignTicketPayload, ClusterFilterInput, ClusterPayload, DecideInput, DecidePayload,
    MergeClustersInput, RouteTicketInput, RouteTicketPayload, SetTicketTopicInput, SetTicketTopicPayload, SplitClusterInput,
};

/// Kinds that are assessed and decided on.
const MATTERS: [Kind; 3] = [Kind::Ticket, Kind::Cluster, Kind::Initiative];

/// A ticket like a text.
#[derive(SimpleObject)]
pub struct SimilarTicket {
    /// The ticket.
    ticket: Ticket,
    /// How alike in matter, 0 to 1.
    score: f32,
    /// How likely it is the same incident, 0 to 1.
    incident: f32,
    /// Whether that is likely enough to offer joining it.
    same: bool,
    /// What speaks for and against that, the weightiest first.
    reasons: Vec<LikenessReason>,
}

impl From<super::Similar> for SimilarTicket {
    fn from(hit: super::Similar) -> Self {
        let Verdict { score: incident, reasons } = hit.verdict;
        Self {
            ticket: Ticket::new(hit.ticket),
            score: hit.score,
            incident,
            same: incident >= duplicates::THRESHOLD,
            reasons: reasons.into_iter().map(LikenessReason::from).collect(),
        }
    }
}

/// Where a cluster lies on the map of matters.
#[derive(SimpleObject)]
pub struct ClusterPoint {
    /// The cluster.
    cluster: Cluster,
    /// From the left, 0 to 1.
    x: f32,
    /// From the top, 0 to 1.
    y: f32,
}

/// Queries of clusters.
#[derive(Default)]
pub struct Query;

/// Queries of clusters.
#[Object(name = "TriageQuery")]
impl Query {
    /// A cluster; null when there is none.
    async fn cluster(&self, ctx: &Context<'_>, #[graphql(desc = "Its global identifier.")] id: ID) -> Result<Option<Cluster>> {
        let id = ctx.out(gid::expect(Kind::Cluster, &id, "id").map_err(Error::BadRequest))?;
        cluster(ctx, Some(id)).await
    }

    /// Clusters: what people write about, those first that somebody wrote about last.
    #[allow(clippy::too_many_arguments)]
    async fn clusters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all by default.")] filter: Option<ClusterFilterInput>,
        #[graphql(desc = "In which order.", default)] order_by: sql::ClusterOrder,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<Cluster>> {
        let app = ctx.app()?;
        let outcome: error::Result<Page<Cluster>> = async {
            let args = Args::<TimeKey>::new(first, after, last, before)?;
            let filter = filter.unwrap_or_default().check()?;
            let rows = sql::list_clusters(&app.db, &filter, order_by, &args).await?;
            let total = if page::wants_total(ctx) { sql::count_clusters(&app.db, &filter).await? } else { 0 };
            let key = |row: &sql::Cluster| match order_by {
                sql::ClusterOrder::Recent => (row.last_seen, row.id),
                sql::ClusterOrder::Largest => (chrono::DateTime::from_timestamp(row.size.into(), 0).unwrap_or_default(), row.id),
            };
            Ok(page::page(&args, rows, total, key, Cluster::new))
        }
        .await;
        ctx.out(outcome)
    }

    /// The map of matters: the largest clusters of two tickets and more, near ones beside each other, the largest first. Drawn anew each night.
    async fn cluster_map(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, up to 500.", default = 500)] first: i32,
    ) -> Result<Vec<ClusterPoint>> {
        let refusal = || Error::BadRequest(Refusal::new(ErrorCode::OutOfRange, "first").with("min", 0).with("max", MOST));
        let most = ctx.out(Some(i64::from(first)).filter(|n| (0..=MOST).contains(n)).ok_or_else(refusal))?;
        let placed = ctx.out(sql::map(&ctx.app()?.db, most).await.map_err(Into::into))?;
        let found = futures_util::future::try_join_all(placed.iter().map(|(id, ..)| cluster(ctx, Some(*id)))).await?;
        Ok(placed.iter().zip(found).filter_map(|((_, x, y), cluster)| Some(ClusterPoint { cluster: cluster?, x: *x, y: *y })).collect())
    }

    /// Tickets most like a text, that the caller may read: those that are likely the same incident, then by matter. None for a text that holds nothing to go by.
    async fn similar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The text, up to 10,000 characters.")] text: String,
        #[graphql(desc = "How many at the most, up to 100.")] first: Option<i32>,
    ) -> Result<Vec<SimilarTicket>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            let args = Args::<TimeKey>::new(first, None, None, None)?;
            let text = validate::text("text", &text, 0..=10_000).map_err(Error::BadRequest)?;
            super::similar(app, viewer, &text, args.size).await
        };
        let hits = ctx.out(outcome.await)?;
        Ok(hits.into_iter().map(SimilarTicket::from).collect())
    }
}

/// Mutations of experts.
#[derive(Default)]
pub struct Mutation;

async fn reread(ctx: &Context<'_>, id: Uuid) -> error::Result<Cluster> {
    let app = ctx.app().map_err(|e| anyhow::anyhow!(e.message))?;
    let row = sql::clusters(&app.db, &[id]).await?.pop();
    Ok(Cluster::new(row.ok_or_else(|| anyhow::anyhow!("the cluster is gone"))?))
}

/// Mutations of experts.
#[Object(name = "TriageMutation")]
impl Mutation {
    /// Puts a ticket into an expert's hands, or back into the queue.
    async fn assign_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: AssignTicketInput,
    ) -> Result<AssignTicketPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Triage)?;
            let id = gid::expect(Kind::Ticket, &input.ticket_id, "ticketId")?;
            let assignee = gid::maybe(Kind::Participant, input.assignee_id.as_ref(), "assigneeId")?;
            super::assign(app, viewer, id, assignee).await?;
            crate::feedback::graphql::reread(ctx, id, None).await
        };
        AssignTicketPayload::settle(ctx, outcome.await)
    }

    /// Sends a ticket to the right working group; the router learns from it.
    async fn route_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RouteTicketInput,
    ) -> Result<RouteTicketPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Triage)?;
            let id = gid::expect(Kind::Ticket, &input.ticket_id, "ticketId")?;
            let group = gid::expect(Kind::WorkingGroup, &input.group_id, "groupId")?;
            super::route(app, viewer, id, group).await?;
            crate::feedback::graphql::reread(ctx, id, None).await
        };
        RouteTicketPayload::settle(ctx, outcome.await)
    }

    /// Says what a ticket is about; the machine learns from it.
    async fn set_ticket_topic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SetTicketTopicInput,
    ) -> Result<SetTicketTopicPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Triage)?;
            let id = gid::expect(Kind::Ticket, &input.ticket_id, "ticketId")?;
            let topic = gid::maybe(Kind::Topic, input.topic_id.as_ref(), "topicId")?;
            super::set_topic(app, viewer, id, topic).await?;
            crate::feedback::graphql::reread(ctx, id, None).await
        };
        SetTicketTopicPayload::settle(ctx, outcome.await)
    }

    /// Makes clusters part of another, with all their tickets.
    async fn merge_clusters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: MergeClustersInput,
    ) -> Result<ClusterPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Triage)?;
            let target = gid::expect(Kind::Cluster, &input.target_id, "targetId")?;
            let sources: std::result::Result<Vec<_>, _> =
                input.source_ids.iter().take(501).map(|id| gid::expect(Kind::Cluster, id, "sourceIds")).collect();
            super::merge_clusters(app, viewer, target, &sources?).await?;
            reread(ctx, target).await
        };
        ClusterPayload::settle(ctx, outcome.await)
    }

    /// Takes tickets out of a cluster into one of their own, which is returned.
    async fn split_cluster(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SplitClusterInput,
    ) -> Result<ClusterPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Triage)?;
            let id = gid::expect(Kind::Cluster, &input.cluster_id, "clusterId")?;
            let tickets: std::result::Result<Vec<_>, _> =
                input.ticket_ids.iter().take(501).map(|id| gid::expect(Kind::Ticket, id, "ticketIds")).collect();
            reread(ctx, super::split(app, viewer, id, &tickets?).await?).await
        };
        ClusterPayload::settle(ctx, outcome.await)
    }

    /// Gives an opinion of a ticket, a cluster or an initiative; a second one replaces the first.
    async fn assess(&self, ctx: &Context<'_>, #[graphql(desc = "What it takes.")] input: AssessInput) -> Result<AssessPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Triage)?;
            let subject = gid::one_of(&MATTERS, &input.subject_id, "subjectId")?;
            Ok(Assessment::new(super::assess(app, viewer, subject, &input.into_assessment()).await?))
        };
        AssessPayload::settle(ctx, outcome.await)
    }

    /// Decides on a ticket, a cluster (and so on each of its open tickets) or an initiative, once.
    async fn decide(&self, ctx: &Context<'_>, #[graphql(desc = "What it takes.")] input: DecideInput) -> Result<DecidePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Triage)?;
            let subject = gid::one_of(&MATTERS, &input.subject_id, "subjectId")?;
            let decision = input.into_decision()?;
            Ok(Decision::new(super::decide(app, viewer, subject, &decision).await?))
        };
        DecidePayload::settle(ctx, outcome.await)
    }
}

/// A queue changed.
#[derive(SimpleObject)]
pub struct QueueUpdate {
    /// The working group whose queue it is; null for the triage desk.
    group_id: Option<ID>,
    /// When this was noticed.
    at: chrono::DateTime<chrono::Utc>,
}

/// Live queues.
#[derive(Default)]
pub struct Subscription;

/// Live queues.
#[Subscription(name = "TriageSubscription")]
impl Subscription {
    /// Tells experts that a queue changed: at the start, then at every change. Without a group, the triage desk.
    async fn queue_updated<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The working group; the triage desk without it.")] group_id: Option<ID>,
    ) -> Result<impl Stream<Item = QueueUpdate> + use<'ctx>> {
        let app = ctx.app()?.clone();
        ctx.out(ctx.viewer()?.may(Act::Triage).map(|_| ()))?;
        let group = ctx.out(gid::maybe(Kind::WorkingGroup, group_id.as_ref(), "groupId").map_err(Error::BadRequest))?;
        let events = app.live.subscribe(Topic::Queue(group));
        let update = move || QueueUpdate { group_id: group.map(|g| gid::encode(Kind::WorkingGroup, g)), at: app.clock.now() };
        Ok(live::with_first_look(events).map(move |_| update()))
    }
}
