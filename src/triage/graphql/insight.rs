//! What a cluster says as a whole, and how it goes on.

use std::collections::HashMap;

use async_graphql::{Context, Object, Result, SimpleObject, dataloader::Loader};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::{Urgency, describe::Line, sql};
use crate::{
    feedback::graphql::Ticket,
    graphql::{LoadFailed, Loaders},
    identity::{Act, Viewer},
    organisation::graphql::{Territory, territory},
};

/// Newest members of a cluster whose mood and places are counted.
const COUNTED: i64 = 500;

/// Key of a cluster's lines.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct LinesOf(pub Uuid);
/// Key of how a cluster grows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct GrowthOf(pub Uuid);
/// Key of a cluster's mood.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct MoodOf(pub Uuid);
/// Key of where a cluster's members are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct PlacesOf(pub Uuid);

/// Key of a cluster's alarm.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct AlarmOf(pub Uuid);

/// Whether they may read all members of a cluster; others are told what everybody may know.
fn reads_all(viewer: &Viewer) -> bool {
    viewer.can(Act::Triage) || viewer.can(Act::Moderate)
}

impl Loader<LinesOf> for Loaders {
    type Value = Vec<Line>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[LinesOf]) -> Result<HashMap<LinesOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let mut found: HashMap<LinesOf, Self::Value> = HashMap::new();
        for line in sql::lines(&self.app.db, &ids, reads_all(&self.viewer)).await? {
            found.entry(LinesOf(line.cluster)).or_default().push(line);
        }
        Ok(found)
    }
}

impl Loader<GrowthOf> for Loaders {
    type Value = ClusterGrowth;
    type Error = LoadFailed;

    async fn load(&self, keys: &[GrowthOf]) -> Result<HashMap<GrowthOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let rows = sql::growth(&self.app.db, &ids).await?;
        Ok(rows.into_iter().map(|(cluster, week, before)| (GrowthOf(cluster), ClusterGrowth { week, before })).collect())
    }
}

impl Loader<MoodOf> for Loaders {
    type Value = sql::Mood;
    type Error = LoadFailed;

    async fn load(&self, keys: &[MoodOf]) -> Result<HashMap<MoodOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let moods = sql::moods(&self.app.db, &ids, reads_all(&self.viewer), COUNTED).await?;
        Ok(moods.into_iter().map(|(cluster, mood)| (MoodOf(cluster), mood)).collect())
    }
}

impl Loader<PlacesOf> for Loaders {
    type Value = Vec<TerritoryCount>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[PlacesOf]) -> Result<HashMap<PlacesOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let mut found: HashMap<PlacesOf, Self::Value> = HashMap::new();
        for (cluster, territory, count) in sql::places(&self.app.db, &ids, reads_all(&self.viewer), COUNTED).await? {
            found.entry(PlacesOf(cluster)).or_default().push(TerritoryCount { territory, count });
        }
        Ok(found)
    }
}

impl Loader<AlarmOf> for Loaders {
    type Value = ClusterAlarm;
    type Error = LoadFailed;

    async fn load(&self, keys: &[AlarmOf]) -> Result<HashMap<AlarmOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let alarm = |row: sql::Alarm| ClusterAlarm { since: row.since, count: row.count, expected: row.expected };
        Ok(sql::open_alarms(&self.app.db, &ids).await?.into_iter().map(|row| (AlarmOf(row.cluster_id), alarm(row))).collect())
    }
}

/// People write about a matter far more than usual.
#[derive(Debug, Clone, SimpleObject)]
pub struct ClusterAlarm {
    /// When this was noticed.
    since: DateTime<Utc>,
    /// Tickets within 24 hours, at the most.
    count: i32,
    /// How many were to be expected, by the 28 days before and by how much is written about everything.
    expected: f32,
}

/// A sentence of a cluster's summary.
pub struct SummaryLine(pub(super) Line);

/// A sentence of a cluster's summary.
#[Object]
impl SummaryLine {
    /// The sentence, as it was written.
    async fn sentence(&self) -> &str {
        &self.0.body
    }

    /// How many of the 100 newest messages it stands for and no sentence before it does.
    async fn count(&self) -> i32 {
        self.0.covers
    }

    /// The ticket that it stands in.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        Ticket::load(ctx, self.0.ticket).await
    }
}

/// How a cluster grows.
#[derive(Debug, Clone, Default, SimpleObject)]
pub struct ClusterGrowth {
    /// Tickets of the last seven days.
    week: i64,
    /// Tickets a week in the eight weeks before, on average.
    before: f64,
}

/// How many tickets come from a territory.
#[derive(Debug, Clone)]
pub struct TerritoryCount {
    territory: Uuid,
    count: i64,
}

/// How many tickets come from a territory.
#[Object]
impl TerritoryCount {
    /// The territory.
    async fn territory(&self, ctx: &Context<'_>) -> Result<Option<Territory>> {
        territory(ctx, Some(self.territory)).await
    }

    /// The number of tickets.
    async fn count(&self) -> i64 {
        self.count
    }
}

/// How many tickets are how urgent.
#[derive(Debug, Clone, SimpleObject)]
pub struct UrgencyCount {
    /// How soon somebody has to come.
    pub(super) urgency: Urgency,
    /// The number of tickets.
    pub(super) count: i64,
}
