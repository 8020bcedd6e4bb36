//! Changes of clusters that the machine proposes: both sides beside each other, to be accepted or refused.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Person, allowed, placed};
use crate::{
    gid::{self, Kind},
    identity::Act,
    web::{
        failure::Failure,
        parts::{Choice, List, Named},
        ui::{Answer, Ui},
    },
};

/// Proposals on a page.
const SIZE: i32 = 10;
/// States to look through.
const STATES: [&str; 4] = ["OPEN", "ACCEPTED", "REFUSED", "OUTDATED"];

const PROPOSALS: &str = "query($filter: ClusterProposalFilter, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    workingGroups(first: 100) { nodes { id name } }
    regroupings(first: 1) { state tickets proposed outdated createdAt endedAt }
    clusterProposals(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes {
            id kind state ticketCount sourceCount similarity similarityNow sharedWords reason decidedAt decidedBy { name }
            cluster { id label size group { name } }
            sources(first: 5) { id label size group { name } }
            staying { ...Described }
            moving { ...Described }
        }
    }
}
fragment Described on ProposalSide { size words examples { number subject createdAt articles(first: 1) { nodes { body } } } }";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    working_groups: List<Named>,
    regroupings: Vec<Regrouping>,
    cluster_proposals: List<Proposal>,
}

/// The last look at all clusters.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Regrouping {
    state: String,
    tickets: Option<i64>,
    proposed: i64,
    outdated: i64,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl Regrouping {
    fn is_running(&self) -> bool {
        !matches!(self.state.as_str(), "DONE" | "FAILED")
    }

    /// How far it has come, in words.
    fn text(&self, ui: &Ui) -> String {
        let args = [("count", self.tickets.unwrap_or(0).into()), ("proposed", self.proposed.into()), ("outdated", self.outdated.into())];
        ui.ts(&format!("regrouping-state-{}", self.state.to_ascii_lowercase()), &args)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proposal {
    id: String,
    kind: String,
    state: String,
    ticket_count: i64,
    source_count: i64,
    similarity: f64,
    similarity_now: Option<f64>,
    shared_words: Vec<String>,
    reason: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    decided_by: Option<Person>,
    cluster: Option<Cluster>,
    sources: Vec<Cluster>,
    staying: Side,
    moving: Side,
}

#[derive(Deserialize)]
struct Cluster {
    id: String,
    label: String,
    size: i64,
    group: Option<Person>,
}

#[derive(Deserialize)]
struct Side {
    size: i64,
    words: Vec<String>,
    examples: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Example {
    number: String,
    subject: String,
    created_at: DateTime<Utc>,
    articles: List<Message>,
}

#[derive(Deserialize)]
struct Message {
    body: String,
}

impl Cluster {
    fn name(&self, ui: &Ui) -> String {
        if self.label.is_empty() { ui.t("cluster-unnamed") } else { self.label.clone() }
    }
}

impl Proposal {
    fn is_open(&self) -> bool {
        self.state == "OPEN"
    }

    /// The text of this kind among those that begin so.
    fn text(&self, ui: &Ui, start: &str, args: &[(&str, crate::i18n::Value)]) -> String {
        ui.ts(&format!("{start}-{}", self.kind.to_ascii_lowercase()), args)
    }

    fn word(&self, ui: &Ui, start: &str) -> String {
        self.text(ui, start, &[])
    }

    fn title(&self, ui: &Ui) -> String {
        let name = self.cluster.as_ref().map_or_else(|| ui.t("cluster-unnamed"), |cluster| cluster.name(ui));
        let count = if self.kind == "MERGE" { self.source_count } else { self.ticket_count };
        self.text(ui, "proposal-title", &[("count", count.into()), ("name", name.into())])
    }

    fn why(&self, ui: &Ui) -> String {
        let percent = |share: f64| (share * 100.0).round() as i64;
        let args = [("percent", percent(self.similarity).into()), ("now", percent(self.similarity_now.unwrap_or(0.0)).into())];
        self.text(ui, "proposal-why", &args)
    }

    /// Clusters that become part of it and are not shown.
    fn unshown(&self) -> i64 {
        self.source_count - i64::try_from(self.sources.len()).unwrap_or(0)
    }
}

#[derive(Template)]
#[template(path = "experts/proposals.html")]
struct Page {
    ui: Ui,
    proposals: List<Proposal>,
    regrouping: Option<Regrouping>,
    groups: Vec<Choice>,
    states: Vec<Choice>,
    state: &'static str,
}

impl Page {
    /// The page itself.
    fn here(&self) -> String {
        self.ui.with_args(&[])
    }

    /// Whether those are shown that wait.
    fn waits(&self) -> bool {
        self.state == STATES[0]
    }

    /// Changes with whatever a reader would want to see anew.
    fn stamp(&self) -> String {
        let looked = self.regrouping.as_ref().map_or("", |regrouping| regrouping.state.as_str());
        let ids = self.proposals.nodes.iter().map(|proposal| proposal.id.as_str());
        std::iter::once(looked).chain(ids).collect::<Vec<_>>().join(" ")
    }

    /// All proposals in place of those of one cluster.
    fn all(&self) -> String {
        self.ui.with_args(&[("cluster", ""), ("after", ""), ("before", "")])
    }
}

/// Proposals that wait, or those that were decided.
pub async fn show(ui: Ui) -> Answer {
    allowed(&ui, Act::Triage)?;
    let state = STATES.into_iter().find(|state| *state == ui.arg("state")).unwrap_or(STATES[0]);
    let mut filter = Map::from_iter([("state".to_owned(), json!(state))]);
    for (name, field, kind) in [("group", "groupId", Kind::WorkingGroup), ("cluster", "clusterId", Kind::Cluster)] {
        if gid::decode(ui.arg(name)).is_some_and(|(found, _)| found == kind) {
            filter.insert(field.into(), ui.arg_value(name));
        }
    }
    let mut variables = ui.paging(SIZE);
    variables.insert("filter".into(), Value::Object(filter));
    let mut data: Data = ui.ask(PROPOSALS, variables.into()).await?;
    let page = Page {
        proposals: data.cluster_proposals,
        regrouping: data.regroupings.pop(),
        groups: ui.choices("queue-group-all", &data.working_groups.nodes),
        states: ui.named_choices("proposal-state", &STATES),
        state,
        ui: ui.clone(),
    };
    ui.page(&page)
}

/// Does what the pressed button says.
pub async fn act(ui: Ui) -> Answer {
    allowed(&ui, Act::Triage)?;
    let outcome = match ui.form.get("act") {
        "accept" => {
            let input = ui.form.input(&ui).text("proposalId").finish()?;
            ui.mutate("acceptClusterProposal", input, "").await.map(|_| "flash-proposal-accepted")
        }
        "refuse" => {
            let input = ui.form.input(&ui).text("proposalId").text("reason").finish()?;
            ui.mutate("refuseClusterProposal", input, "").await.map(|_| "flash-proposal-refused")
        }
        "regroup" => ui.mutate("regroupClusters", json!({}), "").await.map(|_| "flash-regrouping-started"),
        _ => return Err(Failure::NotFound),
    };
    match outcome {
        Ok(flash) => ui.go(&ui.with_args(&[]), Some((flash, ""))),
        Err(Failure::Refused(errors)) => show(ui.with_errors(placed(errors, &[], &["reason"]))).await,
        Err(other) => Err(other),
    }
}
