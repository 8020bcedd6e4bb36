//! The course of a vote as a picture, with the same in words and in a table.

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::Proposal;
use crate::web::ui::Ui;

/// The count at an hour.
#[derive(Debug, Clone, Deserialize)]
pub struct Point {
    /// The hour.
    pub hour: DateTime<Utc>,
    /// Choices by position.
    pub counts: Vec<i64>,
    /// People who voted.
    pub ballots: i64,
}

/// The picture.
#[derive(Template)]
#[template(path = "initiatives/chart.html")]
pub struct Chart {
    ui: Ui,
    lines: Vec<Line>,
    area: String,
    /// Where the threshold lies, if it is near enough to be seen.
    limit: Option<String>,
    threshold: i64,
    most: i64,
    from: NaiveDate,
    to: NaiveDate,
    rows: Vec<(NaiveDate, Vec<String>)>,
    people: i64,
}

impl askama::filters::HtmlSafe for Chart {}

/// One of its lines.
struct Line {
    name: String,
    class: &'static str,
    points: String,
}

/// The frame of the picture: left, top, width, height.
const FRAME: (f64, f64, f64, f64) = (8.0, 14.0, 624.0, 190.0);
/// Points of a line at the most.
const POINTS: usize = 160;

// Counts of people are far below 2^53.
#[allow(clippy::cast_precision_loss)]
fn float(number: i64) -> f64 {
    number as f64
}

impl Chart {
    /// The picture, if there is anything to see.
    pub fn of(ui: &Ui, it: &Proposal, course: &[Point]) -> Option<Self> {
        let last = course.last()?;
        let start = it.voting_starts_at.unwrap_or(course.first()?.hour).min(course.first()?.hour);
        let shown: &[usize] = match it.card.ballot_kind.as_str() {
            "SUPPORT" => &[0],
            "FOR_AGAINST_ABSTAIN" => &[0, 1],
            _ => &[],
        };
        let values = |point: &Point| -> Vec<i64> {
            if shown.is_empty() { vec![point.ballots] } else { shown.iter().map(|i| point.counts.get(*i).copied().unwrap_or(0)).collect() }
        };
        let highest = course.iter().flat_map(values).max().unwrap_or(0).max(1);
        // A threshold far above would press the line to the ground.
        let near = !shown.is_empty() && it.card.threshold <= highest.saturating_mul(3);
        let most = if near { highest.max(it.card.threshold) } else { highest };
        let span = float((last.hour - start).num_seconds().max(3600));
        let (left, top, width, height) = FRAME;
        let x = |at: DateTime<Utc>| left + width * float((at - start).num_seconds()) / span;
        let y = |value: i64| top + height * (1.0 - float(value) / float(most));
        let stride = course.len().div_ceil(POINTS).max(1);
        let drawn: Vec<&Point> = course.iter().rev().step_by(stride).collect::<Vec<_>>().into_iter().rev().collect();
        let line = |at: usize| {
            let mut points = format!("{left:.1},{:.1}", y(0));
            for point in &drawn {
                points.push_str(&format!(" {:.1},{:.1}", x(point.hour), y(values(point).get(at).copied().unwrap_or(0))));
            }
            points
        };
        let name = |at: usize| {
            if shown.is_empty() { ui.t("chart-people") } else { it.ballot_options.get(at).cloned().unwrap_or_default() }
        };
        let lines: Vec<Line> = (0..shown.len().max(1))
            .map(|at| Line { name: name(at), class: if at == 0 { "line" } else { "line b" }, points: line(at) })
            .collect();
        let area = format!("{} {:.1},{:.1}", line(0), x(last.hour), y(0));
        let day = |at: DateTime<Utc>| at.with_timezone(&ui.preferences.zone).date_naive();
        let written = |point: &Point| values(point).into_iter().map(|n| ui.n(n)).collect();
        let mut rows: Vec<(NaiveDate, Vec<String>)> = Vec::new();
        for point in course {
            // The last count of a day is that of the day.
            match rows.last_mut() {
                Some(row) if row.0 == day(point.hour) => row.1 = written(point),
                _ => rows.push((day(point.hour), written(point))),
            }
        }
        Some(Self {
            ui: ui.clone(),
            lines,
            area,
            limit: near.then(|| format!("{:.1}", y(it.card.threshold))),
            threshold: it.card.threshold,
            most,
            from: day(start),
            to: day(last.hour),
            rows,
            people: last.ballots,
        })
    }

    fn summary(&self) -> String {
        let args = [
            ("from", self.ui.day(&self.from).into()),
            ("to", self.ui.day(&self.to).into()),
            ("count", self.people.into()),
            ("threshold", self.threshold.into()),
        ];
        self.ui.ts("chart-summary", &args)
    }
}
