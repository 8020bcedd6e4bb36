//! Statistics for everybody: figures, charts, and the numbers to take away.

mod csv;
mod figures;

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    chart::{self, Chart},
    failure::Failure,
    map::Map,
    ui::{Answer, Ui},
};
use figures::{Data, Fact, Figure, Numbers};

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/statistics", show).page("/statistics/:name", download)
}

/// Spans to choose from: their names in addresses and their days; none for everything.
const PERIODS: [(&str, Option<i64>); 4] = [("month", Some(30)), ("quarter", Some(90)), ("year", Some(365)), ("all", None)];
/// The one that is shown at first.
const USUAL: (&str, Option<i64>) = PERIODS[1];

const STATISTICS: &str = "query($from: DateTime) {
    ...Shell
    statistics(from: $from) {
        initiatives ballots comments tickets answered overdue medianAnswerHours averageRating participants clusters
        initiativesByState { name count } ticketsByState { name count } ticketsByChannel { name count }
        ticketsByGroup { name count } ticketsByTopic { name count } ticketsByTerritory { name count }
        course { week tickets answered initiatives ballots comments participants }
    }
}";

#[derive(Template)]
#[template(path = "statistics/show.html")]
struct Page {
    ui: Ui,
    periods: Vec<Period>,
    facts: Vec<Fact>,
    charts: Vec<Chart>,
}

/// A span to choose.
struct Period {
    name: &'static str,
    url: String,
    chosen: bool,
}

fn period(ui: &Ui) -> (&'static str, Option<i64>) {
    PERIODS.into_iter().find(|(name, _)| *name == ui.arg("period")).unwrap_or(USUAL)
}

async fn ask(ui: &Ui) -> Result<Data, Failure> {
    let from: Option<DateTime<Utc>> = period(ui).1.map(|days| ui.app().clock.now() - TimeDelta::days(days));
    ui.ask(STATISTICS, json!({ "from": from.map_or(Value::Null, |at| json!(at.to_rfc3339())) })).await
}

async fn show(ui: Ui) -> Answer {
    let data = ask(&ui).await?;
    let chosen = period(&ui).0;
    let periods = PERIODS.map(|(name, _)| Period { name, url: ui.with_args(&[("period", name)]), chosen: name == chosen });
    let drawn = |figure: Figure| {
        let chart = match &figure.numbers {
            Numbers::Weeks(series) => chart::lines(&ui, &figure.title, series, None),
            Numbers::Named(rows) => chart::bars(&ui, &figure.title, rows),
        };
        chart.csv(format!("/statistics/{}.csv?period={chosen}", figure.name))
    };
    let facts = data.facts(&ui);
    let charts = data.figures(&ui).into_iter().map(drawn).collect();
    ui.page(&Page { periods: periods.into(), facts, charts, ui: ui.clone() })
}

async fn download(ui: Ui) -> Answer {
    let name = ui.param("name").strip_suffix(".csv").ok_or(Failure::NotFound)?;
    let figure = ask(&ui).await?.figures(&ui).into_iter().find(|f| f.name == name).ok_or(Failure::NotFound)?;
    csv::answer(&ui, &figure)
}
