//! Where links in notifications lead: on to the page of the thing.

use serde::Deserialize;
use serde_json::json;

use super::{
    failure::Failure,
    map::Map,
    search::saved::{Condition, searched},
    ui::{Answer, Ui},
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/node/:id", follow)
}

#[derive(Deserialize)]
struct Data {
    node: Option<Node>,
}

#[derive(Deserialize)]
struct Node {
    #[serde(rename = "__typename")]
    kind: String,
    id: String,
    number: Option<String>,
    query: Option<String>,
    #[serde(default)]
    conditions: Vec<Condition>,
}

const NODE: &str = "query($id: ID!) { node(id: $id) { __typename id ... on Ticket { number } ... on SavedSearch { query conditions { property values } } } }";

async fn follow(ui: Ui) -> Answer {
    let data: Data = ui.ask(NODE, json!({ "id": ui.param("id") })).await?;
    let node = data.node.ok_or(Failure::NotFound)?;
    let to = match (node.kind.as_str(), node.number) {
        ("Ticket", Some(number)) => format!("/tickets/{number}"),
        ("Comment", _) => format!("/comments/{}", node.id),
        ("Initiative", _) => format!("/initiatives/{}", node.id),
        ("Cluster", _) => format!("/clusters/{}", node.id),
        ("Theme", _) => format!("/clusters?theme={}", node.id),
        ("UnreadableMessage", _) => "/admin/channels/unreadable".to_owned(),
        ("SavedSearch", _) => searched(&node.query.unwrap_or_default(), &node.conditions),
        ("Topic", _) => format!("/initiatives?topic={}", node.id),
        ("Department", _) => format!("/departments/{}", node.id),
        ("Service", _) => format!("/services/{}", node.id),
        _ => return Err(Failure::NotFound),
    };
    ui.go(&to, None)
}
