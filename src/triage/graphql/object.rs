use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, Object, Result, SimpleObject, dataloader::Loader};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{
    super::{ClusterState, DecisionKind, neighbours, sql, typical},
    insight::{AlarmOf, ClusterAlarm, ClusterGrowth, GrowthOf, LinesOf, MoodOf, PlacesOf, SummaryLine, TerritoryCount, UrgencyCount},
    themes::{Theme, theme},
};
use crate::{
    comments::{
        Side as CommentSide,
        graphql::{Comment, CommentOrder, comments_of},
    },
    error::{Error, ErrorCode, Refusal},
    feedback::graphql::{Ticket, tickets_of_cluster},
    gid::{self, Kind},
    graphql::{LoadFailed, Loaders, Request},
    identity::{
        Act,
        graphql::{Participant, participant},
    },
    initiatives::graphql::Initiative,
    notify::graphql::followed,
    organisation::graphql::{Department, WorkingGroup, department, working_group},
    page::Page,
    schema::{Node, node},
};

/// Tickets about the same matter, as the machine and the experts see it.
pub struct Cluster(Arc<sql::Cluster>);

/// Key of a cluster's batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct ById(Uuid);
/// Key of a subject's assessments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct AssessmentsOf(Kind, Uuid);
/// Key of a subject's decision.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct DecisionOn(Kind, Uuid);

impl Loader<ById> for Loaders {
    type Value = Arc<sql::Cluster>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[ById]) -> Result<HashMap<ById, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        Ok(sql::clusters(&self.app.db, &ids).await?.into_iter().map(|row| (ById(row.id), Arc::new(row))).collect())
    }
}

impl Loader<AssessmentsOf> for Loaders {
    type Value = Vec<sql::Assessment>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[AssessmentsOf]) -> Result<HashMap<AssessmentsOf, Self::Value>, LoadFailed> {
        let mut found: HashMap<AssessmentsOf, Self::Value> = HashMap::new();
        // One query for each of the three kinds that are assessed.
        for kind in super::MATTERS {
            let ids: Vec<Uuid> = keys.iter().filter(|k| k.0 == kind).map(|k| k.1).collect();
            if !ids.is_empty() {
                for row in sql::assessments(&self.app.db, kind, &ids).await? {
                    found.entry(AssessmentsOf(kind, row.subject_id)).or_default().push(row);
                }
            }
        }
        Ok(found)
    }
}

/// Key of a decision's batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct DecisionById(Uuid);

impl Loader<DecisionById> for Loaders {
    type Value = sql::Decision;
    type Error = LoadFailed;

    async fn load(&self, keys: &[DecisionById]) -> Result<HashMap<DecisionById, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        Ok(sql::decisions_by_ids(&self.app.db, &ids).await?.into_iter().map(|row| (DecisionById(row.id), row)).collect())
    }
}

/// A decision; none where the caller may not read what it is about.
///
/// # Errors
/// The database failed.
pub async fn decision(ctx: &Context<'_>, id: Uuid) -> Result<Option<Decision>> {
    let Some(row) = ctx.load(DecisionById(id)).await? else { return Ok(None) };
    let readable = match (row.subject_type, row.subject_id) {
        (Kind::Initiative, id) => Initiative::load(ctx, id).await?.is_some(),
        (Kind::Ticket, id) => Ticket::load(ctx, id).await?.is_some(),
        (Kind::Cluster, id) => cluster(ctx, Some(id)).await?.is_some(),
        _ => false,
    };
    Ok(readable.then_some(Decision(row)))
}

impl Loader<DecisionOn> for Loaders {
    type Value = sql::Decision;
    type Error = LoadFailed;

    async fn load(&self, keys: &[DecisionOn]) -> Result<HashMap<DecisionOn, Self::Value>, LoadFailed> {
        let mut found = HashMap::new();
        // One query for each of the three kinds that are decided on.
        for kind in super::MATTERS {
            let ids: Vec<Uuid> = keys.iter().filter(|k| k.0 == kind).map(|k| k.1).collect();
            if !ids.is_empty() {
                for row in sql::decisions(&self.app.db, kind, &ids).await? {
                    found.insert(DecisionOn(kind, row.subject_id), row);
                }
            }
        }
        Ok(found)
    }
}

/// Key of a cluster's typical tickets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct TypicalOf(Uuid);
/// Key of a cluster's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct DaysOf(Uuid);

/// Key of a cluster's neighbours.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct NeighboursOf(Uuid);

impl Loader<NeighboursOf> for Loaders {
    type Value = Vec<(sql::Cluster, f32)>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[NeighboursOf]) -> Result<HashMap<NeighboursOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let found = neighbours(&self.app, &ids, MOST_BESIDE).await?;
        Ok(found.into_iter().map(|(cluster, beside)| (NeighboursOf(cluster), beside)).collect())
    }
}

impl Loader<TypicalOf> for Loaders {
    type Value = Vec<Uuid>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[TypicalOf]) -> Result<HashMap<TypicalOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let found = typical(&self.app, &ids).await?;
        Ok(found.into_iter().map(|(cluster, tickets)| (TypicalOf(cluster), tickets)).collect())
    }
}

impl Loader<DaysOf> for Loaders {
    type Value = Vec<DayCount>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[DaysOf]) -> Result<HashMap<DaysOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let mut found: HashMap<DaysOf, Self::Value> = HashMap::new();
        for (cluster, day, count) in sql::days(&self.app.db, &ids, 90).await? {
            found.entry(DaysOf(cluster)).or_default().push(DayCount { day, count });
        }
        Ok(found)
    }
}

/// A cluster beside another.
#[derive(SimpleObject)]
pub struct ClusterNeighbour {
    /// The other cluster.
    cluster: Cluster,
    /// How near it is, 0 to 1.
    score: f32,
}

/// A number of a day.
#[derive(Debug, Clone, SimpleObject)]
pub struct DayCount {
    /// The day, in UTC.
    day: NaiveDate,
    /// The number.
    count: i64,
}

/// Typical tickets and neighbours of a cluster at the most.
pub(super) const MOST_BESIDE: usize = 20;

pub(super) fn up_to_twenty(ctx: &Context<'_>, first: i32) -> Result<usize> {
    let refusal = || Error::BadRequest(Refusal::new(ErrorCode::OutOfRange, "first").with("min", 0).with("max", MOST_BESIDE));
    ctx.out(usize::try_from(first).ok().filter(|n| *n <= MOST_BESIDE).ok_or_else(refusal))
}

/// The cluster with this key.
///
/// # Errors
/// The database failed.
pub async fn cluster(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<Cluster>> {
    match id {
        Some(id) => Ok(ctx.load(ById(id)).await?.map(Cluster)),
        None => Ok(None),
    }
}

/// What was decided on a subject itself, or else on the cluster that it belongs to.
///
/// # Errors
/// The database failed.
pub async fn decision_on(ctx: &Context<'_>, kind: Kind, id: Uuid, cluster: Option<Uuid>) -> Result<Option<Decision>> {
    if let Some(own) = ctx.load(DecisionOn(kind, id)).await? {
        return Ok(Some(Decision(own)));
    }
    match cluster {
        Some(cluster) => Ok(ctx.load(DecisionOn(Kind::Cluster, cluster)).await?.map(Decision)),
        None => Ok(None),
    }
}

impl Cluster {
    /// A row.
    pub fn new(row: sql::Cluster) -> Self {
        Self(Arc::new(row))
    }
}

/// Tickets about the same matter, as the machine and the experts see it.
#[Object]
impl Cluster {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::Cluster, self.0.id)
    }

    /// Where it stands.
    async fn state(&self) -> ClusterState {
        self.0.state
    }

    /// Whether the caller follows it.
    async fn followed(&self, ctx: &Context<'_>) -> Result<bool> {
        followed(ctx, Kind::Cluster, self.0.id).await
    }

    /// The words that are typical of it, the most typical first.
    async fn keywords(&self) -> &[String] {
        &self.0.keywords
    }

    /// What to call it: an expert's name for it, or its words.
    async fn label(&self) -> String {
        self.0.label.clone().unwrap_or_else(|| self.0.keywords.join(", "))
    }

    /// How many tickets it holds.
    async fn size(&self) -> i32 {
        self.0.size
    }

    /// In whose queue it is.
    async fn group(&self, ctx: &Context<'_>) -> Result<Option<WorkingGroup>> {
        working_group(ctx, self.0.group_id).await
    }

    /// The theme that it is on with others, as the last look at all clusters found it.
    async fn theme(&self, ctx: &Context<'_>) -> Result<Option<Theme>> {
        theme(ctx, self.0.theme_id).await
    }

    /// The cluster that it became part of.
    async fn merged_into(&self, ctx: &Context<'_>) -> Result<Option<Cluster>> {
        cluster(ctx, self.0.merged_into).await
    }

    /// Its tickets that the caller may read, newest first.
    async fn tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<Ticket>> {
        tickets_of_cluster(ctx, self.0.id, first, after, last, before).await
    }

    /// The tickets nearest to its middle that the caller may read, nearest first, among its 200 newest.
    async fn typical(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, up to 20.", default = 3)] first: i32,
    ) -> Result<Vec<Ticket>> {
        let most = up_to_twenty(ctx, first)?;
        let ids = ctx.load(TypicalOf(self.0.id)).await?.unwrap_or_default();
        // Read together; those that the caller may not read make room for others.
        let found = futures_util::future::try_join_all(ids.into_iter().map(|id| Ticket::load(ctx, id))).await?;
        Ok(found.into_iter().flatten().take(most).collect())
    }

    /// The open clusters nearest to it, nearest first.
    async fn neighbours(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, up to 20.", default = 5)] first: i32,
    ) -> Result<Vec<ClusterNeighbour>> {
        let most = up_to_twenty(ctx, first)?;
        let found = ctx.load(NeighboursOf(self.0.id)).await?.unwrap_or_default();
        Ok(found.into_iter().take(most).map(|(row, score)| ClusterNeighbour { cluster: Cluster::new(row), score }).collect())
    }

    /// How many tickets came on each of the last 90 days (UTC), oldest first; days without any are left out.
    async fn timeline(&self, ctx: &Context<'_>) -> Result<Vec<DayCount>> {
        Ok(ctx.load(DaysOf(self.0.id)).await?.unwrap_or_default())
    }

    /// What the most central of its 100 newest messages says, as it was written: a sentence, or the subject with names masked. Experts and moderators: of all messages, others: of public ones. Null until it is known.
    async fn headline(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let lines = ctx.load(LinesOf(self.0.id)).await?.unwrap_or_default();
        Ok(lines.into_iter().find(|line| line.place == 0).map(|line| line.body))
    }

    /// The few sentences that stand for most of its 100 newest messages, at most five, as they were written; nobody is named. Experts and moderators: of all messages, others: of public ones.
    async fn summary(&self, ctx: &Context<'_>) -> Result<Vec<SummaryLine>> {
        let lines = ctx.load(LinesOf(self.0.id)).await?.unwrap_or_default();
        Ok(lines.into_iter().filter(|line| line.place > 0).map(SummaryLine).collect())
    }

    /// How many tickets this week brought, and the weeks before.
    async fn growth(&self, ctx: &Context<'_>) -> Result<ClusterGrowth> {
        Ok(ctx.load(GrowthOf(self.0.id)).await?.unwrap_or_default())
    }

    /// Set while people write about it far more than usual.
    async fn alarm(&self, ctx: &Context<'_>) -> Result<Option<ClusterAlarm>> {
        ctx.load(AlarmOf(self.0.id)).await
    }

    /// Where its 500 newest tickets are, the most first; those without a territory are left out. Experts and moderators: of all tickets, others: of public ones.
    async fn territories(&self, ctx: &Context<'_>) -> Result<Vec<TerritoryCount>> {
        Ok(ctx.load(PlacesOf(self.0.id)).await?.unwrap_or_default())
    }

    /// How its 500 newest messages feel on average: from -1, nothing but blame, to 1, nothing but praise; null where nothing can be told. Experts and moderators: of all tickets, others: of public ones.
    async fn sentiment(&self, ctx: &Context<'_>) -> Result<Option<f32>> {
        Ok(ctx.load(MoodOf(self.0.id)).await?.and_then(|mood| mood.sentiment))
    }

    /// How urgent its 500 newest tickets are, the most urgent first; levels without any are left out. Experts and moderators: of all tickets, others: of public ones.
    async fn urgency(&self, ctx: &Context<'_>) -> Result<Vec<UrgencyCount>> {
        let mood = ctx.load(MoodOf(self.0.id)).await?.unwrap_or_default();
        Ok(mood.urgency.into_iter().map(|(urgency, count)| UrgencyCount { urgency, count }).collect())
    }

    /// The experts' assessments; for experts.
    async fn assessments(&self, ctx: &Context<'_>) -> Result<Vec<Assessment>> {
        if !ctx.viewer()?.can(Act::Triage) {
            return Ok(Vec::new());
        }
        let rows = ctx.load(AssessmentsOf(Kind::Cluster, self.0.id)).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Assessment).collect())
    }

    /// What was decided.
    async fn decision(&self, ctx: &Context<'_>) -> Result<Option<Decision>> {
        decision_on(ctx, Kind::Cluster, self.0.id, None).await
    }

    /// The discussion.
    #[allow(clippy::too_many_arguments)]
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this side; all by default.")] side: Option<CommentSide>,
        #[graphql(desc = "In which order.", default)] order_by: CommentOrder,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<Comment>> {
        comments_of(ctx, Kind::Cluster, self.0.id, side, order_by, first, after, last, before).await
    }

    /// When somebody first wrote about it.
    async fn first_seen(&self) -> DateTime<Utc> {
        self.0.first_seen
    }

    /// When somebody last wrote about it.
    async fn last_seen(&self) -> DateTime<Utc> {
        self.0.last_seen
    }
}

/// An expert's opinion.
pub struct Assessment(sql::Assessment);

impl Assessment {
    /// A row.
    pub fn new(row: sql::Assessment) -> Self {
        Self(row)
    }
}

/// An expert's opinion.
#[Object]
impl Assessment {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::Assessment, self.0.id)
    }

    /// Of what.
    async fn subject_id(&self) -> ID {
        gid::encode(self.0.subject_type, self.0.subject_id)
    }

    /// Whose.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, Some(self.0.author_id)).await
    }

    /// From 0 (cannot be done) to 4 (easily done).
    async fn feasibility(&self) -> i16 {
        self.0.feasibility
    }

    /// The least it would cost, in whole units of the currency.
    async fn cost_low(&self) -> i64 {
        self.0.cost_low
    }

    /// The most it would cost.
    async fn cost_high(&self) -> i64 {
        self.0.cost_high
    }

    /// Three letters, as in ISO 4217.
    async fn currency(&self) -> &str {
        &self.0.currency
    }

    /// Whom it would help and how.
    async fn effect(&self) -> &str {
        &self.0.effect
    }

    /// The reasons.
    async fn opinion(&self) -> &str {
        &self.0.opinion
    }

    /// When it was given.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }
}

/// What was decided.
pub struct Decision(sql::Decision);

impl Decision {
    /// A row.
    pub fn new(row: sql::Decision) -> Self {
        Self(row)
    }
}

/// What was decided.
#[Object]
impl Decision {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::Decision, self.0.id)
    }

    /// On what.
    async fn subject_id(&self) -> ID {
        gid::encode(self.0.subject_type, self.0.subject_id)
    }

    /// On what; null when the caller may not read it any more.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        node(ctx, self.0.subject_type, self.0.subject_id).await
    }

    /// What.
    async fn kind(&self) -> DecisionKind {
        self.0.kind
    }

    /// The reasoned text.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// The department that does it or has it now.
    async fn department(&self, ctx: &Context<'_>) -> Result<Option<Department>> {
        department(ctx, self.0.department_id).await
    }

    /// Who signed it.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, Some(self.0.author_id)).await
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }
}
