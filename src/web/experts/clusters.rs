//! What people write about, for everybody: the clusters, largest or latest first.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    gid::{self, Kind},
    web::{
        parts::{Choice, List, Named},
        ui::{Answer, Ui},
    },
};

/// Clusters on a page.
const SIZE: i32 = 30;

const CLUSTERS: &str =
    "query($filter: ClusterFilterInput, $theme: ID!, $themed: Boolean!, $order: ClusterOrder!, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    workingGroups(first: 100) { nodes { id name } }
    theme: node(id: $theme) @include(if: $themed) { ... on Theme { id label } }
    clusters(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { id state label headline alarm { since } keywords size firstSeen lastSeen group { id name } }
    }
}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    working_groups: List<Named>,
    theme: Option<Theme>,
    clusters: List<Row>,
}

/// The theme whose clusters alone are shown.
#[derive(Deserialize)]
struct Theme {
    id: String,
    label: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: String,
    state: String,
    label: String,
    headline: Option<String>,
    alarm: Option<Since>,
    keywords: Vec<String>,
    size: i64,
    first_seen: DateTime<Utc>,
    last_seen: DateTime<Utc>,
    group: Option<Named>,
}

/// Since when people write far more than usual.
#[derive(Deserialize)]
struct Since {
    since: DateTime<Utc>,
}

impl Row {
    fn tone(&self) -> &'static str {
        tone(&self.state)
    }

    /// The words of the machine, where an expert called it otherwise.
    fn words(&self) -> String {
        Some(self.keywords.join(", ")).filter(|words| *words != self.label).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "experts/clusters.html")]
struct Clusters {
    ui: Ui,
    theme: Option<Theme>,
    clusters: List<Row>,
    groups: Vec<Choice>,
    states: Vec<Choice>,
    orders: Vec<Choice>,
}

impl Clusters {
    /// The same list of all themes.
    fn of_any_theme(&self) -> String {
        self.ui.with_args(&[("theme", ""), ("after", ""), ("before", "")])
    }
}

/// The colour of a state's badge.
pub fn tone(state: &str) -> &'static str {
    match state {
        "OPEN" => "warm",
        "DECIDED" => "good",
        _ => "",
    }
}

/// The clusters.
pub async fn show(ui: Ui) -> Answer {
    let states = match ui.arg("state") {
        "DECIDED" => json!(["DECIDED"]),
        "ALL" => json!(["OPEN", "DECIDED"]),
        _ => json!(["OPEN"]),
    };
    let mut filter = Map::from_iter([("states".to_owned(), states)]);
    if matches!(gid::decode(ui.arg("group")), Some((Kind::WorkingGroup, _))) {
        filter.insert("groupId".into(), ui.arg_value("group"));
    }
    let themed = matches!(gid::decode(ui.arg("theme")), Some((Kind::Theme, _)));
    if themed {
        filter.insert("themeId".into(), ui.arg_value("theme"));
    }
    if let Ok(size) = ui.arg("size").parse::<i32>() {
        filter.insert("minSize".into(), json!(size.max(1)));
    }
    let mut variables = ui.paging(SIZE);
    variables.insert("filter".into(), Value::Object(filter));
    variables.insert("themed".into(), json!(themed));
    variables.insert("theme".into(), json!(ui.arg("theme")));
    variables.insert("order".into(), json!(if ui.arg("order") == "RECENT" { "RECENT" } else { "LARGEST" }));
    let data: Data = ui.ask(CLUSTERS, variables.into()).await?;
    let page = Clusters {
        groups: ui.choices("queue-group-all", &data.working_groups.nodes),
        states: ui.named_choices("cluster-state", &["OPEN", "DECIDED", "ALL"]),
        orders: ui.named_choices("cluster-order", &["LARGEST", "RECENT"]),
        theme: data.theme,
        clusters: data.clusters,
        ui: ui.clone(),
    };
    ui.page(&page)
}
