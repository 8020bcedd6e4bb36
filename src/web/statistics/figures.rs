//! What is shown: numbers of one kind, and numbers by week, state, channel, group, topic and place.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;

use crate::web::{chart::Series, ui::Ui};

/// The answer of the API.
#[derive(Deserialize)]
pub struct Data {
    statistics: Statistics,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statistics {
    initiatives: i64,
    ballots: i64,
    comments: i64,
    tickets: i64,
    answered: i64,
    overdue: i64,
    median_answer_hours: Option<f64>,
    average_rating: Option<f64>,
    participants: i64,
    clusters: i64,
    initiatives_by_state: Vec<Count>,
    tickets_by_state: Vec<Count>,
    tickets_by_channel: Vec<Count>,
    tickets_by_group: Vec<Count>,
    tickets_by_topic: Vec<Count>,
    tickets_by_territory: Vec<Count>,
    course: Vec<Week>,
}

#[derive(Deserialize)]
struct Count {
    name: String,
    count: i64,
}

#[derive(Deserialize)]
struct Week {
    week: NaiveDate,
    tickets: i64,
    answered: i64,
    initiatives: i64,
    ballots: i64,
    comments: i64,
    participants: i64,
}

/// One number and what it counts.
pub struct Fact {
    /// What it counts, by key.
    pub label: &'static str,
    /// The number as people read it.
    pub value: String,
}

/// Numbers that belong together.
pub struct Figure {
    /// Its name in addresses.
    pub name: &'static str,
    /// Its name for people.
    pub title: String,
    /// The numbers.
    pub numbers: Numbers,
}

/// Numbers that are drawn as lines or as bars.
pub enum Numbers {
    /// One number a week.
    Weeks(Vec<Series>),
    /// Numbers with names, the largest first.
    Named(Vec<(String, i64)>),
}

/// A number of every week: its text by key, and how it is read.
type Column = (&'static str, fn(&Week) -> i64);

impl Data {
    /// The numbers above the charts.
    pub fn facts(&self, ui: &Ui) -> Vec<Fact> {
        let s = &self.statistics;
        let mut facts = vec![
            Fact { label: "statistics-tickets", value: ui.n(s.tickets) },
            Fact { label: "statistics-answered", value: ui.t1("statistics-percent", "count", ui.percent(s.answered, s.tickets)) },
            Fact { label: "statistics-overdue", value: ui.n(s.overdue) },
        ];
        facts.extend(s.median_answer_hours.map(|hours| Fact { label: "statistics-median", value: span(ui, hours) }));
        let rating = |stars: f64| format!("{stars:.1}").replace('.', &ui.t("statistics-point"));
        facts.extend(s.average_rating.map(|stars| Fact { label: "statistics-rating", value: rating(stars) }));
        facts.extend([
            Fact { label: "statistics-clusters", value: ui.n(s.clusters) },
            Fact { label: "statistics-initiatives", value: ui.n(s.initiatives) },
            Fact { label: "statistics-ballots", value: ui.n(s.ballots) },
            Fact { label: "statistics-comments", value: ui.n(s.comments) },
            Fact { label: "statistics-participants", value: ui.n(s.participants) },
        ]);
        facts
    }

    /// The charts.
    pub fn figures(self, ui: &Ui) -> Vec<Figure> {
        let s = self.statistics;
        let weeks = |of: &[Column]| {
            let series =
                |(label, count): &Column| Series { name: ui.t(label), points: s.course.iter().map(|w| (noon(w.week), count(w))).collect() };
            Numbers::Weeks(of.iter().map(series).collect())
        };
        let named = |rows: &[Count]| Numbers::Named(rows.iter().map(|row| (row.name.clone(), row.count)).collect());
        let by = |group: &str, rows: &[Count]| Numbers::Named(rows.iter().map(|row| (ui.named(group, &row.name), row.count)).collect());
        let figures: [(&'static str, Numbers); 10] = [
            ("messages", weeks(&[("statistics-tickets", |w| w.tickets), ("statistics-answers", |w| w.answered)])),
            ("ballots", weeks(&[("statistics-ballots", |w| w.ballots)])),
            ("proposals", weeks(&[("statistics-initiatives", |w| w.initiatives), ("statistics-comments", |w| w.comments)])),
            ("participants", weeks(&[("statistics-participants", |w| w.participants)])),
            ("initiative-states", by("initiative-state", &s.initiatives_by_state)),
            ("message-states", by("statistics-ticket-state", &s.tickets_by_state)),
            ("channels", by("statistics-channel", &s.tickets_by_channel)),
            ("groups", named(&s.tickets_by_group)),
            ("topics", named(&s.tickets_by_topic)),
            ("territories", named(&s.tickets_by_territory)),
        ];
        let figure = |(name, numbers)| Figure { name, title: ui.t(&format!("statistics-of-{name}")), numbers };
        figures.into_iter().map(figure).collect()
    }
}

/// A span of time in whole hours or days.
// A span of centuries is nobody's.
#[allow(clippy::cast_possible_truncation)]
fn span(ui: &Ui, hours: f64) -> String {
    if hours < 48.0 {
        ui.t1("statistics-hours", "count", hours.round() as i64)
    } else {
        ui.t1("statistics-days", "count", (hours / 24.0).round() as i64)
    }
}

/// The middle of a day in UTC, which is the same day nearly everywhere.
fn noon(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default()).and_utc()
}
