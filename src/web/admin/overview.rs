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
    flags(first: 1) { totalCount }
    jobs { task waiting running failed }
    statistics { overdue }
}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    participants: List<Value>,
    failed_jobs: List<Value>,
    flags: List<Value>,
    jobs: Vec<Waiting>,
    statistics: Overdue,
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
    flags: i64,
    overdue: i64,
    waiting: i64,
    version: &'static str,
}

pub async fn show(ui: Ui) -> Answer {
    let data: Data = ui.ask(OVERVIEW, Value::Null).await?;
    ui.page(&Page {
        people: data.participants.total_count,
        failed: data.failed_jobs.total_count,
        flags: data.flags.total_count,
        overdue: data.statistics.overdue,
        waiting: data.jobs.iter().map(|j| j.waiting + j.running).sum(),
        version: env!("CARGO_PKG_VERSION"),
        ui: ui.clone(),
    })
}
