//! The page of a cluster: what people say, how it goes on, what experts think of it and decide. Clusters are public; everybody
//! finds on the page what the schema shows them, experts also their tools.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    Alarm, DECISION, Decision, KINDS, Person, allowed,
    assess::{self, Assessment, Own},
    clusters,
    course::{Course, DayCount},
    filter, me, placed, works_in,
};
use crate::{
    gid::{self, Kind},
    identity::Act,
    web::{
        failure::{Failure, FieldError},
        parts::{Choice, List, Named},
        ui::{Answer, Ui},
    },
};

/// Tickets on a page.
const SIZE: i32 = 30;
/// The fields of the page, beside which refusals are shown.
const FIELDS: [&str; 9] = ["feasibility", "costLow", "costHigh", "currency", "effect", "opinion", "kind", "departmentId", "body"];

const CLUSTER: &str = "query($id: ID!, $expert: Boolean!, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    departments { id name }
    clusterProposals(filter: { state: OPEN, clusterId: $id }, first: 0) @include(if: $expert) { totalCount }
    cluster(id: $id) {
        state label keywords size firstSeen lastSeen group { id name } mergedInto { id label } theme { id label }
        typical(first: 3) { number subject channel createdAt articles(first: 1) { nodes { body } } }
        timeline { day count }
        headline alarm { since count expected } summary { sentence count ticket { number } }
        growth { week before } territories { count territory { name } } sentiment urgency { urgency count }
        neighbours(first: 5) { score cluster { id label size state group { id name } } }
        tickets(first: $first, after: $after, last: $last, before: $before) {
            totalCount
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            nodes { id number state subject channel createdAt }
        }
        assessments { author { id name } feasibility costLow costHigh currency effect opinion at }
        decision { ...Decided }
        comments(orderBy: NEWEST, first: 50) { totalCount nodes { id author { name } body createdAt hiddenAt } }
    }
}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    departments: Vec<Named>,
    cluster_proposals: Option<List<serde::de::IgnoredAny>>,
    cluster: Option<Cluster>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cluster {
    state: String,
    label: String,
    keywords: Vec<String>,
    size: i64,
    first_seen: DateTime<Utc>,
    last_seen: DateTime<Utc>,
    group: Option<Named>,
    merged_into: Option<Linked>,
    theme: Option<Linked>,
    typical: Vec<Typical>,
    timeline: Vec<DayCount>,
    headline: Option<String>,
    alarm: Option<Alarm>,
    summary: Vec<Line>,
    growth: Growth,
    territories: Vec<Place>,
    sentiment: Option<f64>,
    urgency: Vec<Urgency>,
    neighbours: Vec<Neighbour>,
    tickets: List<Row>,
    assessments: Vec<Assessment>,
    decision: Option<Decision>,
    comments: List<Comment>,
}

/// The cluster that it is part of, or the theme that it is on.
#[derive(Deserialize)]
struct Linked {
    id: String,
    label: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Typical {
    number: String,
    subject: String,
    channel: String,
    created_at: DateTime<Utc>,
    articles: List<Message>,
}

#[derive(Deserialize)]
struct Message {
    body: String,
}

/// A sentence of the summary.
#[derive(Deserialize)]
struct Line {
    sentence: String,
    count: i64,
    ticket: Option<Number>,
}

#[derive(Deserialize)]
struct Number {
    number: String,
}

#[derive(Deserialize)]
struct Growth {
    week: i64,
    before: f64,
}

#[derive(Deserialize)]
struct Place {
    count: i64,
    territory: Option<Person>,
}

#[derive(Deserialize)]
struct Urgency {
    urgency: String,
    count: i64,
}

#[derive(Deserialize)]
struct Neighbour {
    score: f64,
    cluster: Beside,
}

#[derive(Deserialize)]
struct Beside {
    id: String,
    label: String,
    size: i64,
    state: String,
    group: Option<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: String,
    number: String,
    state: String,
    subject: String,
    channel: String,
    created_at: DateTime<Utc>,
}

impl Row {
    fn tone(&self) -> &'static str {
        filter::tone(&self.state)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    id: String,
    author: Option<Person>,
    body: String,
    created_at: DateTime<Utc>,
    hidden_at: Option<DateTime<Utc>>,
}

#[derive(Template)]
#[template(path = "experts/cluster.html")]
struct Page {
    ui: Ui,
    course: Option<Course>,
    departments: Vec<Choice>,
    kinds: Vec<Choice>,
    feasibilities: Vec<Choice>,
    own: Own,
    /// Whether the reader is an expert, and it is open.
    works: bool,
    /// Whether they also work in its group.
    mine: bool,
    cluster: Cluster,
    /// Changes of it that wait for somebody to judge them.
    proposals: i64,
    preview: bool,
}

impl Page {
    /// The page of a ticket: experts work there.
    fn ticket(&self, number: &str) -> String {
        let room = if self.ui.is_expert() { "/queue" } else { "" };
        format!("{room}/tickets/{number}")
    }

    fn percent_of(&self, share: &f64) -> String {
        format!("{:.0}", share * 100.0)
    }

    /// How this week compares with those before, in words; nothing where there is too little to compare.
    fn growth(&self) -> String {
        let Growth { week, before } = self.cluster.growth;
        let mean = before.round() as i64;
        let key = match before {
            _ if week < 3 && before < 3.0 => "cluster-growth-quiet",
            _ if before < 0.5 => "cluster-growth-new",
            before if week as f64 > before * 1.5 => "cluster-growth-more",
            before if (week as f64) < before / 1.5 => "cluster-growth-less",
            _ => "cluster-growth-same",
        };
        self.ui.ts(key, &[("week", week.into()), ("before", mean.into())])
    }

    /// How the messages feel, in words.
    fn mood(&self) -> Option<String> {
        let key = match self.cluster.sentiment? {
            feeling if feeling < -0.3 => "cluster-mood-bad",
            feeling if feeling > 0.3 => "cluster-mood-good",
            _ => "cluster-mood-mixed",
        };
        Some(self.ui.t(key))
    }

    fn is_marked(&self, id: &str) -> bool {
        self.ui.form.all("ticketIds").iter().any(|marked| marked == id)
    }

    /// The page itself.
    fn here(&self) -> String {
        self.ui.with_args(&[])
    }

    fn tone(&self) -> &'static str {
        clusters::tone(&self.cluster.state)
    }

    fn spread(&self) -> Vec<String> {
        assess::spread(&self.ui, &self.cluster.assessments)
    }

    /// The kind of decision that is being prepared.
    fn kind(&self) -> &str {
        KINDS.into_iter().find(|kind| *kind == self.ui.form.get("kind")).unwrap_or(KINDS[0])
    }
}

/// The page of a cluster.
pub async fn show(ui: Ui) -> Answer {
    show_with(ui, false).await
}

async fn show_with(ui: Ui, preview: bool) -> Answer {
    if !matches!(gid::decode(ui.param("id")), Some((Kind::Cluster, _))) {
        return Err(Failure::NotFound);
    }
    let mut variables = ui.paging(SIZE);
    variables.insert("id".into(), json!(ui.param("id")));
    variables.insert("expert".into(), json!(ui.is_expert()));
    let data: Data = ui.ask(&format!("{CLUSTER} {DECISION}"), variables.into()).await?;
    let mut cluster = data.cluster.ok_or(Failure::NotFound)?;
    let me = me(&ui);
    let works = ui.is_expert() && cluster.state == "OPEN";
    let page = Page {
        course: Course::new(&ui, std::mem::take(&mut cluster.timeline)),
        departments: ui.choices("queue-no-department", &data.departments),
        kinds: ui.named_choices("queue-decision", &KINDS),
        feasibilities: assess::feasibilities(&ui),
        own: Own::of(&cluster.assessments, &me),
        mine: works && works_in(&ui, cluster.group.as_ref()),
        works,
        cluster,
        proposals: data.cluster_proposals.map_or(0, |found| found.total_count),
        preview,
        ui: ui.clone(),
    };
    ui.page(&page)
}

/// Does what the pressed button says.
pub async fn act(ui: Ui) -> Answer {
    allowed(&ui, Act::Triage)?;
    let id = ui.param("id").to_owned();
    let here = format!("/clusters/{id}");
    let outcome = match ui.form.get("act") {
        "preview" => return show_with(ui, true).await,
        "merge" => {
            let input = ui.form.input(&ui).with("targetId", id).list("sourceIds").finish()?;
            ui.mutate("mergeClusters", input, "").await.map(|_| (here, "flash-cluster-merged"))
        }
        "split" if ui.form.all("ticketIds").is_empty() => Err(Failure::Refused(vec![FieldError::new("", ui.t("queue-none-marked"))])),
        "split" => {
            let input = ui.form.input(&ui).with("clusterId", id).list("ticketIds").finish()?;
            ui.mutate("splitCluster", input, "cluster { id }").await.map(|payload| {
                let new = payload["cluster"]["id"].as_str().map_or(here, |new| format!("/clusters/{new}"));
                (new, "flash-cluster-split")
            })
        }
        "assess" => assess::send(&ui, id).await.map(|_| (here, "flash-cluster-assessed")),
        "decide" => {
            let input = ui.form.input(&ui).with("subjectId", id).text("kind").text("body").choice("departmentId");
            ui.mutate("decide", input.finish()?, "").await.map(|_| (here, "flash-cluster-decided"))
        }
        "comment" => {
            let input = ui.form.input(&ui).with("subjectId", id).with("body", ui.form.get("comment")).finish()?;
            ui.mutate("addComment", input, "").await.map(|_| (format!("{here}#comments"), "flash-cluster-commented"))
        }
        _ => return Err(Failure::NotFound),
    };
    match outcome {
        Ok((to, flash)) => ui.go(&to, Some((flash, ""))),
        Err(Failure::Refused(errors)) => {
            let fields: &[&str] = if ui.form.get("act") == "comment" { &["comment"] } else { &FIELDS };
            let names: &[(&str, &str)] = if ui.form.get("act") == "comment" { &[("body", "comment")] } else { &[] };
            show(ui.with_errors(placed(errors, names, fields))).await
        }
        Err(other) => Err(other),
    }
}
