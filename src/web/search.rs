//! Search over everything.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    initiatives::{CARD, Card},
    map::Map,
    parts::List,
    tickets::{ROW, Row},
    ui::{Answer, Ui},
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/search", show)
}

const SEARCH: &str = "query($query: String!, $kinds: [SearchKind!], $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    search(query: $query, filter: { kinds: $kinds }, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        nodes { node { ...Card ...TicketRow ... on Cluster { id label size lastSeen } __typename } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

#[derive(Deserialize)]
struct Data {
    search: List<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    node: Option<Found>,
}

#[derive(Deserialize)]
#[serde(tag = "__typename")]
enum Found {
    Initiative(Box<Card>),
    Ticket(Box<Row>),
    Cluster(Cluster),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cluster {
    id: String,
    label: String,
    size: i64,
    last_seen: DateTime<Utc>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct Page {
    ui: Ui,
    words: String,
    kinds: Vec<&'static str>,
    hits: Option<List<Hit>>,
}

async fn show(ui: Ui) -> Answer {
    let words: String = ui.arg("q").chars().take(200).collect();
    let mut kinds = vec!["INITIATIVE", "TICKET"];
    if ui.is_expert() {
        kinds.push("CLUSTER");
    }
    let hits = if words.is_empty() {
        ui.ask_shell().await?;
        None
    } else {
        let only: Vec<_> = kinds.iter().copied().filter(|kind| *kind == ui.arg("kind")).collect();
        let mut variables = ui.paging(20);
        variables.insert("query".into(), json!(words));
        variables.insert("kinds".into(), json!(if only.is_empty() { &kinds } else { &only }));
        Some(ui.ask::<Data>(&format!("{SEARCH} {CARD} {ROW}"), variables.into()).await?.search)
    };
    ui.page(&Page { words, kinds, hits, ui: ui.clone() })
}
