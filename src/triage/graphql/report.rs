//! How the machine does, and the threshold that it routes by.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::super::report::{self, Filling, Learned};
use crate::{
    graphql::{Request, payload},
    identity::graphql::{Participant, participant},
    nlp::metrics::Operating,
    organisation::graphql::{WorkingGroup, working_group},
};

/// Something that learns.
#[derive(SimpleObject)]
pub struct LearnedModel {
    /// The method.
    name: String,
    /// Grows with what it has learned.
    version: i64,
    /// When it last learned; null for one that has not yet.
    trained_at: Option<DateTime<Utc>>,
}

impl From<&Learned> for LearnedModel {
    fn from(model: &Learned) -> Self {
        Self { name: model.name.clone(), version: model.version, trained_at: model.at }
    }
}

/// An embedder that reads what there is before it serves.
#[derive(SimpleObject)]
pub struct FillingModel {
    /// The method.
    name: String,
    /// Grows with what it has learned.
    version: i64,
    /// Messages that it has read.
    filled: i64,
    /// Messages that it has to read.
    total: i64,
}

impl From<&Filling> for FillingModel {
    fn from(model: &Filling) -> Self {
        Self { name: model.name.clone(), version: model.version, filled: model.filled, total: model.total }
    }
}

/// What a threshold of confidence brings.
#[derive(SimpleObject)]
pub struct OperatingPoint {
    /// The least confidence at which the machine chooses the group, 0 to 1.
    threshold: f32,
    /// The share of tickets that it chooses the group of, 0 to 1.
    coverage: f64,
    /// The share of right groups among these, 0 to 1.
    precision: f64,
}

impl From<&Operating> for OperatingPoint {
    fn from(point: &Operating) -> Self {
        Self { threshold: point.threshold, coverage: point.coverage, precision: point.precision }
    }
}

/// What the machine knows of a working group.
pub struct GroupReport(report::GroupReport);

/// What the machine knows of a working group.
#[Object]
impl GroupReport {
    /// The group.
    async fn group(&self, ctx: &Context<'_>) -> Result<Option<WorkingGroup>> {
        working_group(ctx, Some(self.0.group)).await
    }

    /// Examples that it learns the group from.
    async fn examples(&self) -> i64 {
        self.0.examples
    }

    /// Decided tickets that are the group's.
    async fn decided(&self) -> i64 {
        self.0.decided
    }

    /// Decided tickets that the machine gives to the group at the present threshold.
    async fn routed(&self) -> i64 {
        self.0.routed
    }

    /// The share of the group's own among those that it gives to the group, 0 to 1; null without any.
    async fn precision(&self) -> Option<f64> {
        share(self.0.right, self.0.routed)
    }

    /// The share of the group's own that it gives to the group, 0 to 1; null without any.
    async fn recall(&self) -> Option<f64> {
        share(self.0.right, self.0.decided)
    }

    /// Tickets that people took from the group, where the machine had put them, in each of the last twelve weeks, oldest first.
    async fn corrections(&self) -> &[i64] {
        &self.0.corrections
    }
}

fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// How often the machine took one group for another.
pub struct Confusion {
    from: Uuid,
    to: Uuid,
    count: i64,
}

/// How often the machine took one group for another.
#[Object]
impl Confusion {
    /// The group that the machine chose.
    async fn from(&self, ctx: &Context<'_>) -> Result<Option<WorkingGroup>> {
        working_group(ctx, Some(self.from)).await
    }

    /// The right one.
    async fn to(&self, ctx: &Context<'_>) -> Result<Option<WorkingGroup>> {
        working_group(ctx, Some(self.to)).await
    }

    /// The number of decided tickets.
    async fn count(&self) -> i64 {
        self.count
    }
}

/// A week of the machine's work.
#[derive(SimpleObject)]
pub struct ModelWeek {
    /// Its Monday, in UTC.
    week: NaiveDate,
    /// Tickets that it had an opinion of.
    read: i64,
    /// Those of them that it was less sure of than the present threshold.
    unsure: i64,
    /// Tickets that people took from the group that it had chosen.
    corrections: i64,
    /// How near the tickets are to the middle of their clusters as these are now, on average of the 100 newest, -1 to 1: when it falls, people write of what the machine does not know. Null without any.
    similarity: Option<f32>,
}

/// How the machine does, by what people confirmed and corrected.
pub struct ModelReport(report::ModelReport);

/// How the machine does, by what people confirmed and corrected.
#[Object]
impl ModelReport {
    /// What turns texts into vectors; null before the first message.
    async fn embedder(&self) -> Option<LearnedModel> {
        self.0.embedder.as_ref().map(LearnedModel::from)
    }

    /// What is to turn texts into vectors next, while it reads what there is; the present one serves meanwhile.
    async fn filling(&self) -> Option<FillingModel> {
        self.0.filling.as_ref().map(FillingModel::from)
    }

    /// What chooses groups; null as long as nobody has shown it anything.
    async fn router(&self) -> Option<LearnedModel> {
        self.0.router.as_ref().map(LearnedModel::from)
    }

    /// What chooses topics; null as long as nobody has shown it anything.
    async fn topics(&self) -> Option<LearnedModel> {
        self.0.topics.as_ref().map(LearnedModel::from)
    }

    /// The least confidence at which the machine chooses the group, 0 to 1.
    async fn threshold(&self) -> f32 {
        self.0.threshold
    }

    /// The threshold of the settings, which holds where nobody set another.
    async fn configured_threshold(&self, ctx: &Context<'_>) -> Result<f32> {
        Ok(ctx.app()?.config.triage.confidence)
    }

    /// When the threshold was set; null where that of the settings holds.
    async fn threshold_set_at(&self) -> Option<DateTime<Utc>> {
        self.0.set.map(|set| set.at)
    }

    /// Who set the threshold.
    async fn threshold_set_by(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, self.0.set.and_then(|set| set.set_by)).await
    }

    /// Decided tickets that all this is counted from, the 5,000 newest: people gave them to a group, or worked on them where the machine had put them.
    async fn decided(&self) -> i64 {
        i64::try_from(self.0.decided).unwrap_or(i64::MAX)
    }

    /// What the present threshold brings; null where it was not reached.
    async fn now(&self) -> Option<OperatingPoint> {
        self.0.now.as_ref().map(OperatingPoint::from)
    }

    /// Precision against coverage at each hundredth of confidence from 0 on, as far as anything reaches it.
    async fn curve(&self) -> Vec<OperatingPoint> {
        self.0.curve.iter().map(OperatingPoint::from).collect()
    }

    /// The working groups, those with the most decided tickets first.
    async fn groups(&self) -> Vec<GroupReport> {
        self.0.groups.iter().cloned().map(GroupReport).collect()
    }

    /// Which groups it takes for which at the present threshold, the most frequent first, at most 50.
    async fn confusion(&self) -> Vec<Confusion> {
        self.0.confusion.iter().map(|(from, to, count)| Confusion { from: *from, to: *to, count: *count }).collect()
    }

    /// The last twelve weeks, oldest first.
    async fn weeks(&self) -> Vec<ModelWeek> {
        let week = |week: &report::Week| ModelWeek {
            week: week.day,
            read: week.read,
            unsure: week.unsure,
            corrections: week.corrections,
            similarity: week.similarity,
        };
        self.0.weeks.iter().map(week).collect()
    }
}

/// Queries of how the machine does.
#[derive(Default)]
pub struct ModelQuery;

/// Queries of how the machine does.
#[Object(name = "ModelQuery")]
impl ModelQuery {
    /// How the machine does, by what people confirmed and corrected (experts, moderators, administrators).
    async fn model_report(&self, ctx: &Context<'_>) -> Result<ModelReport> {
        Ok(ModelReport(ctx.out(report::model_report(ctx.app()?, ctx.viewer()?).await)?))
    }
}

/// The threshold to route by.
#[derive(InputObject)]
pub struct SetRoutingThresholdInput {
    /// The least confidence at which the machine chooses the group, 0 to 1; null leaves it to the settings.
    threshold: Option<f32>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `setRoutingThreshold`.
    SetRoutingThresholdPayload {
        /// How the machine does with it.
        report: ModelReport
    }
}

/// Mutations of how the machine routes.
#[derive(Default)]
pub struct ModelMutation;

/// Mutations of how the machine routes.
#[Object(name = "ModelMutation")]
impl ModelMutation {
    /// Sets how sure the machine must be to choose the group or the topic of a ticket; without a group it lies on the triage desk (administrators).
    async fn set_routing_threshold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SetRoutingThresholdInput,
    ) -> Result<SetRoutingThresholdPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            report::set_routing_threshold(app, viewer, input.threshold).await?;
            Ok(ModelReport(report::model_report(app, viewer).await?))
        };
        SetRoutingThresholdPayload::settle(ctx, outcome.await)
    }
}
