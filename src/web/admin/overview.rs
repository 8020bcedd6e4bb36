//! What there is to look after, at a glance.

use askama::Template;
use serde::Deserialize;
use serde_json::Value;

use super::SECTIONS;
use crate::web::{
    parts::List,
    ui::{Answer, Ui},
};

const OVERVIEW: &str = "{
    ...Shell
    participants(first: 1) { totalCount }
    failedJobs(first: 1) { totalCount }
    failedDeliveries(first: 1) { totalCount }
    unreadableMessages(first: 1) { totalCount }
    channels { state alive }
    flags(first: 1) { totalCount }
    jobs { task waiting running failed }
    statistics { overdue }
}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    participants: List<Value>,
    failed_jobs: List<Value>,
    failed_deliveries: List<Value>,
    unreadable_messages: List<Value>,
    channels: Vec<Bot>,
    flags: List<Value>,
    jobs: Vec<Waiting>,
    statistics: Overdue,
}

#[derive(Deserialize)]
struct Bot {
    state: String,
    alive: bool,
}

#[derive(Deserialize)]
struct Waiting {
    waiting: i64,
    running: i64,
}

#[derive(Deserialize)]
struct Overdue {
    overdue: i64,
}

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct Page {
    ui: Ui,
    people: i64,
    failed: i64,
    /// Bots that fail or fell silent.
    bots: i64,
    undelivered: i64,
    unreadable: i64,
    flags: i64,
    overdue: i64,
    waiting: i64,
    version: &'static str,
}

pub async fn show(ui: Ui) -> Answer {
    let data: Data = ui.ask(OVERVIEW, Value::Null).await?;
    let ill = data.channels.iter().filter(|bot| !bot.alive || bot.state != "OK").count();
    ui.page(&Page {
        bots: i64::try_from(ill).unwrap_or(i64::MAX),
        undelivered: data.failed_deliveries.total_count,
        unreadable: data.unreadable_messages.total_count,
        people: data.participants.total_count,
        failed: data.failed_jobs.total_count,
        flags: data.flags.total_count,
        overdue: data.statistics.overdue,
        waiting: data.jobs.iter().map(|j| j.waiting + j.running).sum(),
        version: env!("CARGO_PKG_VERSION"),
        ui: ui.clone(),
    })
}
