//! What is known of how well the machine reads and routes, and the threshold that it routes by.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{
    sql::{self, Decided},
    understand::Choice,
};
use crate::{
    app::App,
    audit,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    identity::{Act, Viewer},
    nlp::{
        self,
        metrics::{Operating, precision_against_coverage},
    },
};

/// Decided tickets that are looked at, the newest.
const DECIDED: i64 = 5000;
/// Weeks that are looked back at.
const WEEKS: i32 = 12;
/// Tickets a week whose nearness to their clusters is measured.
const MEASURED: i64 = 100;
/// Confusions that are told, the most frequent.
const CONFUSIONS: usize = 50;

/// A learned state.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The method.
    pub name: String,
    /// Grows with what it has learned.
    pub version: i64,
    /// When it last learned; `None` for one that has not yet, or is not of our making.
    pub at: Option<DateTime<Utc>>,
}

/// What is to turn texts into vectors next, and how far it is.
#[derive(Debug, Clone)]
pub struct Filling {
    /// The method.
    pub name: String,
    /// Grows with what it has learned.
    pub version: i64,
    /// Messages that it has read.
    pub filled: i64,
    /// Messages that it has to read.
    pub total: i64,
}

/// What the machine knows of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupReport {
    /// Which.
    pub group: Uuid,
    /// Examples that the router learns from.
    pub examples: i64,
    /// Decided tickets that the machine is sure to be the group's.
    pub routed: i64,
    /// Decided tickets that are the group's.
    pub decided: i64,
    /// Those that are both.
    pub right: i64,
    /// Tickets that people took from it to another in each of the weeks.
    pub corrections: Vec<i64>,
}

/// A week.
#[derive(Debug, Clone, PartialEq)]
pub struct Week {
    /// Its Monday.
    pub day: NaiveDate,
    /// Tickets that the router had an opinion of.
    pub read: i64,
    /// Those of them that it was not sure enough of.
    pub unsure: i64,
    /// Tickets that people took from the group that the machine had chosen.
    pub corrections: i64,
    /// Mean cosine of its tickets to the middle of their clusters as these are now, -1..=1; `None` without any to measure.
    pub similarity: Option<f32>,
}

/// How the machine does.
#[derive(Debug, Clone)]
pub struct ModelReport {
    /// What turns texts into vectors; `None` before the first message.
    pub embedder: Option<Learned>,
    /// What is to do so next, as soon as it has read everything.
    pub filling: Option<Filling>,
    /// What chooses groups; `None` as long as nobody has shown it anything.
    pub router: Option<Learned>,
    /// What chooses topics; `None` as long as nobody has shown it anything.
    pub topics: Option<Learned>,
    /// The least confidence at which the machine chooses the group.
    pub threshold: f32,
    /// Who set it and when, where it is not that of the settings.
    pub set: Option<sql::Threshold>,
    /// Decided tickets that all this is counted from.
    pub decided: usize,
    /// What the threshold brings; `None` where no ticket reaches it.
    pub now: Option<Operating>,
    /// What others would bring, by hundredths.
    pub curve: Vec<Operating>,
    /// The groups.
    pub groups: Vec<GroupReport>,
    /// From which group to which how many tickets had to go, the most first.
    pub confusion: Vec<(Uuid, Uuid, i64)>,
    /// The last weeks, oldest first.
    pub weeks: Vec<Week>,
}

/// How the machine does, from the newest decided tickets and the last twelve weeks.
///
/// # Errors
/// The database failed; `FORBIDDEN`.
pub async fn model_report(app: &App, viewer: &Viewer) -> Result<ModelReport> {
    viewer.may(Act::Inspect)?;
    let set = sql::threshold(&app.db).await?;
    let threshold = set.map_or(app.config.triage.confidence, |set| set.threshold);
    let decided = sql::decided(&app.db, DECIDED).await?;
    let outcomes: Vec<(bool, f32)> = decided.iter().map(|d| (d.guess == d.truth, d.confidence)).collect();
    let days = sql::mondays(&app.db, WEEKS).await?;
    let from = days.first().copied().unwrap_or_default();
    let corrections = sql::corrections(&app.db, from).await?;
    let models: HashMap<String, (i64, DateTime<Utc>)> =
        sql::models(&app.db).await?.into_iter().map(|(name, version, at)| (name, (version, at))).collect();
    let router = |choice: Choice| {
        let (version, at) = models.get(choice.name())?;
        Some(Learned { name: "svm".into(), version: *version, at: Some(*at) })
    };
    let (serving, filling) = sql::standings(&app.db).await?;
    Ok(ModelReport {
        embedder: serving.map(|space| Learned { name: space.embedder, version: space.version, at: space.serving_from }),
        filling: filling.map(|space| Filling { name: space.embedder, version: space.version, filled: space.filled, total: space.total }),
        router: router(Choice::Group),
        topics: router(Choice::Topic),
        threshold,
        set,
        decided: decided.len(),
        now: operating(&outcomes, threshold),
        curve: precision_against_coverage(&outcomes),
        groups: groups(&decided, threshold, &sql::examples_by_group(&app.db).await?, &corrections, &days),
        confusion: confusion(&decided, threshold),
        weeks: weeks(app, &days, threshold, &corrections).await?,
    })
}

/// What a threshold brings.
fn operating(outcomes: &[(bool, f32)], threshold: f32) -> Option<Operating> {
    let answered: Vec<bool> = outcomes.iter().filter(|(_, confidence)| *confidence >= threshold).map(|(right, _)| *right).collect();
    let right = answered.iter().filter(|right| **right).count();
    (!answered.is_empty()).then(|| Operating {
        threshold,
        coverage: answered.len() as f64 / outcomes.len() as f64,
        precision: right as f64 / answered.len() as f64,
    })
}

fn groups(
    decided: &[Decided],
    threshold: f32,
    examples: &[(Uuid, i64)],
    corrections: &[(Uuid, NaiveDate, i64)],
    days: &[NaiveDate],
) -> Vec<GroupReport> {
    let mut found: BTreeMap<Uuid, GroupReport> = BTreeMap::new();
    let blank = |group| GroupReport { group, examples: 0, routed: 0, decided: 0, right: 0, corrections: vec![0; days.len()] };
    for (group, count) in examples {
        found.entry(*group).or_insert_with(|| blank(*group)).examples = *count;
    }
    for one in decided {
        let sure = one.confidence >= threshold;
        let truth = found.entry(one.truth).or_insert_with(|| blank(one.truth));
        truth.decided += 1;
        truth.right += i64::from(sure && one.guess == one.truth);
        found.entry(one.guess).or_insert_with(|| blank(one.guess)).routed += i64::from(sure);
    }
    for (group, day, count) in corrections {
        let week = days.iter().position(|known| known == day);
        let report = found.entry(*group).or_insert_with(|| blank(*group));
        if let Some(slot) = week.and_then(|week| report.corrections.get_mut(week)) {
            *slot += count;
        }
    }
    let mut groups: Vec<GroupReport> = found.into_values().collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(group.decided), group.group));
    groups
}

fn confusion(decided: &[Decided], threshold: f32) -> Vec<(Uuid, Uuid, i64)> {
    let mut counts: BTreeMap<(Uuid, Uuid), i64> = BTreeMap::new();
    for wrong in decided.iter().filter(|d| d.confidence >= threshold && d.guess != d.truth) {
        *counts.entry((wrong.guess, wrong.truth)).or_default() += 1;
    }
    let mut counts: Vec<(Uuid, Uuid, i64)> = counts.into_iter().map(|((from, to), count)| (from, to, count)).collect();
    counts.sort_by_key(|(from, to, count)| (std::cmp::Reverse(*count), *from, *to));
    counts.truncate(CONFUSIONS);
    counts
}

async fn weeks(app: &App, days: &[NaiveDate], threshold: f32, corrections: &[(Uuid, NaiveDate, i64)]) -> Result<Vec<Week>> {
    let from = days.first().copied().unwrap_or_default();
    let guesses = sql::guesses_by_week(&app.db, from, threshold).await?;
    let placed = sql::placed_by_week(&app.db, days, MEASURED).await?;
    let tickets: Vec<Uuid> = placed.iter().map(|(_, ticket, _)| *ticket).collect();
    let clusters: Vec<Uuid> = placed.iter().map(|(.., cluster)| *cluster).collect();
    let vectors: HashMap<Uuid, Vec<f32>> = sql::ticket_vectors(&app.db, &tickets).await?.into_iter().collect();
    let directions = sql::directions(&app.db, &clusters).await?;
    let near = |ticket: &Uuid, cluster: &Uuid| {
        let (vector, direction) = (vectors.get(ticket)?, directions.get(cluster)?);
        (vector.len() == direction.len()).then(|| nlp::dot(vector, direction))
    };
    let week = |day: &NaiveDate| {
        let measured: Vec<f32> =
            placed.iter().filter(|(of, ..)| of == day).filter_map(|(_, ticket, cluster)| near(ticket, cluster)).collect();
        let (read, unsure) = guesses.iter().find(|(of, ..)| of == day).map_or((0, 0), |(_, read, unsure)| (*read, *unsure));
        Week {
            day: *day,
            read,
            unsure,
            corrections: corrections.iter().filter(|(_, of, _)| of == day).map(|(.., count)| count).sum(),
            similarity: (!measured.is_empty()).then(|| measured.iter().sum::<f32>() / measured.len() as f32),
        }
    };
    Ok(days.iter().map(week).collect())
}

/// Sets the least confidence (0 to 1) at which the machine chooses the group; `None` leaves it to the settings again.
///
/// # Errors
/// `OUT_OF_RANGE`; `FORBIDDEN`.
pub async fn set_routing_threshold(app: &App, viewer: &Viewer, threshold: Option<f32>) -> Result<()> {
    let me = viewer.may(Act::Administer)?;
    if threshold.is_some_and(|threshold| !(0.0..=1.0).contains(&threshold)) {
        return Err(Refusal::new(ErrorCode::OutOfRange, "threshold").with("min", 0).with("max", 1).into());
    }
    let mut tx = app.begin().await?;
    let before = sql::threshold(&mut *tx).await?.map(|set| set.threshold);
    sql::set_threshold(&mut tx, me, threshold).await?;
    let entry = audit::Entry::new("routing.threshold_set", Some(me), Kind::Participant, me);
    audit::record(&mut tx, entry.with(serde_json::json!({ "from": before, "to": threshold }))).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROADS: Uuid = Uuid::from_u128(1);
    const LIGHT: Uuid = Uuid::from_u128(2);

    fn decided(guess: Uuid, truth: Uuid, confidence: f32) -> Decided {
        Decided { guess, confidence, truth }
    }

    #[test]
    fn groups_are_judged_by_what_the_machine_is_sure_of() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 16).unwrap();
        let known = [
            decided(ROADS, ROADS, 0.9),
            decided(ROADS, LIGHT, 0.8),
            decided(LIGHT, LIGHT, 0.7),
            // Not sure enough: it went to the desk, and is the group's all the same.
            decided(LIGHT, LIGHT, 0.3),
        ];
        let found = groups(&known, 0.5, &[(ROADS, 7)], &[(ROADS, day, 1)], &[day]);
        let light = GroupReport { group: LIGHT, examples: 0, routed: 1, decided: 3, right: 1, corrections: vec![0] };
        let roads = GroupReport { group: ROADS, examples: 7, routed: 2, decided: 1, right: 1, corrections: vec![1] };
        assert_eq!(found, [light, roads]);
        assert_eq!(confusion(&known, 0.5), [(ROADS, LIGHT, 1)]);
        assert!(confusion(&known, 0.85).is_empty());
    }

    #[test]
    fn the_threshold_in_force_is_a_point_of_the_curve() {
        let outcomes = [(true, 0.9), (false, 0.8), (true, 0.7), (true, 0.2)];
        let now = operating(&outcomes, 0.75).unwrap();
        assert_eq!((now.coverage, now.precision), (0.5, 0.5));
        assert!(precision_against_coverage(&outcomes).iter().any(|point| point.coverage == now.coverage));
        assert_eq!(operating(&outcomes, 0.95), None);
        assert_eq!(operating(&[], 0.5), None);
    }
}
