//! The first page: what is being decided, what came of it.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    initiatives::{CARD, Card},
    map::Map,
    parts::List,
    ui::{Answer, Ui},
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/", show)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    deciding: List<Card>,
    near: List<Card>,
    answered: List<Card>,
    audit_log: List<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    at: DateTime<Utc>,
    action: String,
    subject: Option<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    /// Global identifier and title of an initiative; nothing of anything else.
    id: Option<String>,
    title: Option<String>,
}

struct Change {
    at: DateTime<Utc>,
    action: String,
    title: String,
    url: String,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    ui: Ui,
    deciding: List<Card>,
    near: List<Card>,
    answered: List<Card>,
    changes: Vec<Change>,
}

const HOME: &str = "query($changes: [String!]!) {
    ...Shell
    deciding: initiatives(first: 6, orderBy: ENDING_SOON) { nodes { ...Card } }
    near: initiatives(first: 3, orderBy: NEAR_THRESHOLD) { nodes { ...Card } }
    answered: initiatives(first: 3, orderBy: UPDATED, filter: { states: [IN_IMPLEMENTATION, IMPLEMENTED] }) { nodes { ...Card } }
    auditLog(first: 8, filter: { actions: $changes }) { nodes { at action subject { ... on Initiative { id title } } } }
}";

/// What is worth telling everybody.
const CHANGES: [&str; 7] = [
    "initiative.published",
    "initiative.accepted",
    "initiative.not_supported",
    "initiative.answered",
    "initiative.in_implementation",
    "initiative.milestone_done",
    "initiative.implemented",
];

async fn show(ui: Ui) -> Answer {
    let data: Data = ui.ask(&format!("{HOME} {CARD}"), json!({ "changes": CHANGES })).await?;
    let changes = data.audit_log.nodes.into_iter().filter_map(|entry| {
        let Subject { id, title } = entry.subject?;
        let title = title.filter(|title| !title.is_empty())?;
        let action = entry.action.trim_start_matches("initiative.").to_owned();
        Some(Change { at: entry.at, action, title, url: format!("/initiatives/{}", id?) })
    });
    ui.page(&Home { ui: ui.clone(), deciding: data.deciding, near: data.near, answered: data.answered, changes: changes.collect() })
}
