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
struct Data {
    deciding: List<Card>,
    near: List<Card>,
    answered: List<Card>,
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

const HOME: &str = "{
    ...Shell
    deciding: initiatives(first: 6, orderBy: ENDING_SOON) { nodes { ...Card } }
    near: initiatives(first: 3, orderBy: MOST_VOTES, filter: { states: [VOTING] }) { nodes { ...Card } }
    answered: initiatives(first: 3, filter: { states: [IN_IMPLEMENTATION, IMPLEMENTED] }) { nodes { ...Card } }
}";

async fn show(ui: Ui) -> Answer {
    let data: Data = ui.ask(&format!("{HOME} {CARD}"), json!({})).await?;
    ui.page(&Home { ui: ui.clone(), deciding: data.deciding, near: data.near, answered: data.answered, changes: Vec::new() })
}
