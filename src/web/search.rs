//! Search over everything.

pub mod saved;
mod suggest;

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    map::Map,
    parts::{Named, PageInfo},
    ui::{Answer, Ui},
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/search", show)
        .page("/search/suggest", suggest::show)
        .action("/search/save", saved::save)
        .page("/me/searches", saved::list)
        .action("/me/searches/delete", saved::delete)
}

const SEARCH: &str = "query($query: String!, $filter: SearchFilter!, $sort: SearchOrder!, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    search(query: $query, filter: $filter, facets: [KIND, TOPIC, TERRITORY], sort: $sort, first: $first, after: $after, last: $last, before: $before) {
        totalCount totalIsExact otherLayout meant { written meant } inPart didYouMean plain
        facets { facet values { value count } }
        nodes { title { text hit } excerpt { text hit } node {
            __typename
            ... on Initiative { id state createdAt }
            ... on Ticket { number ticketState: state createdAt }
            ... on Cluster { id size lastSeen }
            ... on Comment { id createdAt subject { ...About } }
            ... on Decision { decisionKind: kind at subject { ...About } }
            ... on Department { id }
            ... on Service { id department { name } }
        } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
    topics { id name } territories { id name }
}
fragment About on Node { __typename ... on Initiative { id title } ... on Ticket { number subject } ... on Cluster { id label } }";

const KINDS: [&str; 7] = ["INITIATIVE", "TICKET", "CLUSTER", "COMMENT", "DECISION", "DEPARTMENT", "SERVICE"];
const ORDERS: [&str; 3] = ["RELEVANCE", "NEWEST", "OLDEST"];

#[derive(Deserialize)]
struct Data {
    search: Found,
    topics: Vec<Named>,
    territories: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    total_count: i64,
    total_is_exact: bool,
    other_layout: Option<String>,
    meant: Vec<Meant>,
    in_part: bool,
    did_you_mean: Option<String>,
    plain: bool,
    facets: Vec<Counts>,
    nodes: Vec<Hit>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
struct Meant {
    written: String,
    meant: String,
}

#[derive(Deserialize)]
struct Counts {
    facet: String,
    values: Vec<Count>,
}

#[derive(Deserialize)]
struct Count {
    value: String,
    count: i64,
}

#[derive(Deserialize)]
struct Hit {
    title: Vec<Segment>,
    excerpt: Vec<Segment>,
    node: Option<Thing>,
}

#[derive(Deserialize)]
struct Segment {
    text: String,
    hit: bool,
}

#[derive(Deserialize)]
#[serde(tag = "__typename", rename_all_fields = "camelCase")]
enum Thing {
    Initiative { id: String, state: String, created_at: DateTime<Utc> },
    Ticket { number: String, ticket_state: String, created_at: DateTime<Utc> },
    Cluster { id: String, size: i64, last_seen: DateTime<Utc> },
    Comment { id: String, created_at: DateTime<Utc>, subject: Option<About> },
    Decision { decision_kind: String, at: DateTime<Utc>, subject: Option<About> },
    Department { id: String },
    Service { id: String, department: Option<Called> },
}

/// The name of what stands beside.
#[derive(Deserialize)]
struct Called {
    name: String,
}

/// What a comment or decision is about.
#[derive(Deserialize)]
#[serde(tag = "__typename")]
enum About {
    Initiative { id: String, title: String },
    Ticket { number: String, subject: String },
    Cluster { id: String, label: String },
}

impl About {
    fn href(&self) -> String {
        match self {
            Self::Initiative { id, .. } => format!("/initiatives/{id}"),
            Self::Ticket { number, .. } => format!("/tickets/{number}"),
            Self::Cluster { id, .. } => format!("/clusters/{id}"),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Initiative { title: name, .. } | Self::Ticket { subject: name, .. } | Self::Cluster { label: name, .. } => name,
        }
    }
}

impl Thing {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Initiative { .. } => "initiative",
            Self::Ticket { .. } => "ticket",
            Self::Cluster { .. } => "cluster",
            Self::Comment { .. } => "comment",
            Self::Decision { .. } => "decision",
            Self::Department { .. } => "department",
            Self::Service { .. } => "service",
        }
    }

    fn href(&self) -> String {
        match self {
            Self::Initiative { id, .. } => format!("/initiatives/{id}"),
            Self::Ticket { number, .. } => format!("/tickets/{number}"),
            Self::Cluster { id, .. } => format!("/clusters/{id}"),
            Self::Comment { id, .. } => format!("/comments/{id}"),
            Self::Decision { subject, .. } => subject.as_ref().map_or_else(String::new, About::href),
            Self::Department { id } => format!("/departments/{id}"),
            Self::Service { id, .. } => format!("/services/{id}"),
        }
    }

    fn about(&self) -> Option<&About> {
        match self {
            Self::Comment { subject, .. } | Self::Decision { subject, .. } => subject.as_ref(),
            _ => None,
        }
    }

    /// What stands beside its kind.
    fn facts(&self, ui: &Ui) -> Vec<String> {
        match self {
            Self::Initiative { state, .. } => vec![ui.named("initiative-state", state)],
            Self::Ticket { number, ticket_state, .. } => vec![format!("№ {number}"), ui.named("ticket-state", ticket_state)],
            Self::Cluster { size, .. } => vec![ui.t1("search-cluster-size", "count", *size)],
            Self::Decision { decision_kind, .. } => vec![ui.named("queue-decision", decision_kind)],
            Self::Service { department, .. } => department.iter().map(|department| department.name.clone()).collect(),
            Self::Comment { .. } | Self::Department { .. } => Vec::new(),
        }
    }

    /// When it was made; of a cluster, when something came last.
    fn at(&self) -> Option<&DateTime<Utc>> {
        match self {
            Self::Initiative { created_at: at, .. }
            | Self::Ticket { created_at: at, .. }
            | Self::Comment { created_at: at, .. }
            | Self::Cluster { last_seen: at, .. }
            | Self::Decision { at, .. } => Some(at),
            Self::Department { .. } | Self::Service { .. } => None,
        }
    }
}

/// A value by which the hits can be narrowed.
struct Narrowing {
    href: String,
    label: String,
    count: i64,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "search.html")]
struct Page {
    ui: Ui,
    words: String,
    data: Option<Data>,
    /// What many look for, while nothing is looked for.
    popular: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Popular {
    popular_searches: Vec<String>,
}

async fn show(ui: Ui) -> Answer {
    let words: String = ui.arg("q").chars().take(200).collect();
    let mut popular = Vec::new();
    let data = if words.is_empty() {
        popular = ui.ask::<Popular>("{ ...Shell popularSearches(first: 12) }", Value::Null).await?.popular_searches;
        None
    } else {
        let known = |name: &str, names: &[&'static str]| names.iter().find(|known| **known == ui.arg(name)).copied();
        let mut variables = ui.paging(20);
        let only = |name: &str| Some(ui.arg(name)).filter(|id| !id.is_empty()).map(|id| [id.to_owned()]);
        let filter =
            json!({ "kinds": known("kind", &KINDS).map(|kind| [kind]), "topicIds": only("topic"), "territoryIds": only("territory") });
        variables.insert("query".into(), json!(words));
        variables.insert("filter".into(), filter);
        variables.insert("sort".into(), json!(known("sort", &ORDERS).unwrap_or("RELEVANCE")));
        Some(ui.ask::<Data>(SEARCH, variables.into()).await?)
    };
    ui.page(&Page { words, data, popular, ui: ui.clone() })
}

impl Page {
    /// The values of a property that the hits have, each with the address of those alone.
    fn narrowings(&self, facet: &str) -> Vec<Narrowing> {
        let Some(data) = &self.data else { return Vec::new() };
        let arg = facet.to_ascii_lowercase();
        let counts = data.search.facets.iter().find(|counts| counts.facet == facet);
        let narrowing = |count: &Count| {
            let (value, label) = match facet {
                "KIND" => {
                    let value = KINDS.iter().find(|kind| kind.eq_ignore_ascii_case(&count.value))?;
                    ((*value).to_owned(), self.ui.named("search-kind", value))
                }
                _ => {
                    let names = if facet == "TOPIC" { &data.topics } else { &data.territories };
                    (count.value.clone(), names.iter().find(|name| name.id == count.value)?.name.clone())
                }
            };
            let chosen = self.ui.arg(&arg) == value;
            // The same once more gives it up.
            let to = if chosen { "" } else { value.as_str() };
            Some(Narrowing {
                href: self.ui.with_args(&[(arg.as_str(), to), ("after", ""), ("before", "")]),
                label,
                count: count.count,
                chosen,
            })
        };
        counts.map_or_else(Vec::new, |counts| counts.values.iter().filter_map(narrowing).take(12).collect())
    }

    /// The orders, with the address of each, and whether it is chosen.
    fn orders(&self) -> Vec<(String, String, bool)> {
        let order = |order: &&'static str| {
            let value = if *order == "RELEVANCE" { "" } else { *order };
            let address = self.ui.with_args(&[("sort", value), ("after", ""), ("before", "")]);
            (address, self.ui.named("search-order", order), self.ui.arg("sort") == value)
        };
        ORDERS.iter().map(order).collect()
    }

    /// The address of what is found for words that many look for.
    #[allow(clippy::unused_self)] // The template knows the page only.
    fn of(&self, words: &str) -> String {
        saved::searched(words, &[])
    }

    /// The address of what is found for other words.
    fn instead(&self, words: &str) -> String {
        self.ui.with_args(&[("q", words), ("after", ""), ("before", "")])
    }

    /// What the words were taken for, if for others.
    fn taken(&self, found: &Found) -> Option<String> {
        if found.meant.is_empty() {
            return None;
        }
        let meant = found.meant.iter().fold(self.words.to_lowercase(), |words, one| words.replace(&one.written, &one.meant));
        Some(meant)
    }
}
