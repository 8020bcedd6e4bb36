//! The course of a vote as a picture.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::Proposal;
use crate::web::{
    chart::{self, Chart, Series},
    ui::Ui,
};

/// The count at an hour.
#[derive(Debug, Clone, Deserialize)]
pub struct Point {
    hour: DateTime<Utc>,
    counts: Vec<i64>,
    ballots: i64,
}

/// Support, or for and against, or all who voted where there are many options; the threshold where it is near enough to be seen.
pub fn course(ui: &Ui, it: &Proposal, points: &[Point]) -> Chart {
    let shown: &[usize] = match it.card.ballot_kind.as_str() {
        "SUPPORT" => &[0],
        "FOR_AGAINST_ABSTAIN" => &[0, 1],
        _ => &[],
    };
    // Before the first ballot there was none.
    let start = it.voting_starts_at.filter(|start| points.first().is_some_and(|point| *start < point.hour));
    let series = |name: String, value: &dyn Fn(&Point) -> i64| {
        let points = points.iter().map(|point| (point.hour, value(point)));
        Series { name, points: start.map(|start| (start, 0)).into_iter().chain(points).collect() }
    };
    let mut lines: Vec<Series> = shown
        .iter()
        .map(|at| series(it.ballot_options.get(*at).cloned().unwrap_or_default(), &|p| p.counts.get(*at).copied().unwrap_or(0)))
        .collect();
    if lines.is_empty() {
        lines.push(series(ui.t("course-people"), &|point| point.ballots));
    }
    let most = lines.iter().flat_map(|line| &line.points).map(|(_, value)| *value).max().unwrap_or(0);
    let limit = Some(it.card.threshold).filter(|threshold| !shown.is_empty() && *threshold <= most.saturating_mul(3));
    chart::lines(ui, &ui.t("course-title"), &lines, limit)
}
