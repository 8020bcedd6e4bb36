//! Background work: how much there is, what failed, and another try.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::settle;
use crate::{
    i18n,
    web::{
        parts::List,
        ui::{Answer, Ui},
    },
};

const JOBS: &str = "query($after: String) {
    ...Shell
    jobs { task waiting running failed }
    failedJobs(first: 50, after: $after) {
        nodes { number task attempts lastError createdAt } totalCount pageInfo { hasNextPage endCursor }
    }
}";

#[derive(Deserialize)]
struct Count {
    task: String,
    waiting: i64,
    running: i64,
    failed: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failed {
    number: i64,
    task: String,
    attempts: i64,
    last_error: Option<String>,
    created_at: DateTime<Utc>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    jobs: Vec<Count>,
    failed_jobs: List<Failed>,
}

#[derive(Template)]
#[template(path = "admin/jobs.html")]
struct Page {
    ui: Ui,
    counts: Vec<Count>,
    failed: List<Failed>,
}

impl Page {
    /// What a kind of work does; its technical name where there are no words for it.
    fn task(&self, name: &str) -> String {
        let key = format!("admin-job-{}", name.replace('_', "-"));
        i18n::lookup(self.ui.locale(), &key, &[]).unwrap_or_else(|| name.to_owned())
    }
}

pub async fn show(ui: Ui) -> Answer {
    let data: Data = ui.ask(JOBS, json!({ "after": ui.arg_value("after") })).await?;
    ui.page(&Page { counts: data.jobs, failed: data.failed_jobs, ui: ui.clone() })
}

pub async fn rerun(ui: Ui) -> Answer {
    let numbers = ui.form.all(if ui.form.has("all") { "shown" } else { "jobIds" });
    let numbers: Vec<i64> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
    settle(ui.clone(), ("rerunJobs", Ok(json!({ "jobIds": numbers }))), "/admin/jobs", "flash-jobs-rerun", show).await
}
