//! Complaints: what people asked moderators to look at, with all that is needed to judge it.

use std::fmt::Write;

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Person, allowed, placed};
use crate::{
    identity::Act,
    web::{
        failure::{Failure, FieldError},
        parts::{List, Named, PageInfo},
        ui::{Answer, Ui},
    },
};

/// Flags on a page; several may be about one text.
const SIZE: i32 = 20;
/// Flags that are dismissed at once, at the most.
const MOST: usize = 100;

const FLAGS: &str = "query($resolved: Boolean!, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    flags(resolved: $resolved, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { ...Flagged subjectId subject {
            __typename
            ... on Comment { body createdAt hiddenAt hiddenReason author { id name } about: subjectId }
            ... on Initiative { title goal createdAt hiddenAt hiddenReason author { id name } }
            ... on Ticket { subject createdAt author { id name } articles(first: 1) { nodes { body } } }
        } }
    }
}";
const FLAGGED: &str = "fragment Flagged on Flag { id reason body createdAt resolvedAt author { name } resolvedBy { name } }";

#[derive(Deserialize)]
struct Data {
    flags: List<Listed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    subject_id: String,
    subject: Option<Subject>,
    #[serde(flatten)]
    flag: Flag,
}

/// Somebody's wish that moderators look at something.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Flag {
    id: String,
    reason: String,
    body: String,
    created_at: DateTime<Utc>,
    resolved_at: Option<DateTime<Utc>>,
    author: Option<Person>,
    resolved_by: Option<Person>,
}

/// What they want looked at: a comment, an initiative or a ticket.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subject {
    #[serde(rename = "__typename")]
    kind: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    goal: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    subject: String,
    created_at: DateTime<Utc>,
    hidden_at: Option<DateTime<Utc>>,
    hidden_reason: Option<String>,
    author: Option<Named>,
    /// What a comment is about.
    about: Option<String>,
    articles: Option<List<Message>>,
}

#[derive(Deserialize)]
struct Message {
    body: String,
}

impl Subject {
    fn text(&self) -> &str {
        let message = self.articles.as_ref().and_then(|articles| articles.nodes.first());
        match self.kind.as_str() {
            "Comment" => &self.body,
            "Initiative" => &self.goal,
            _ => message.map_or("", |message| message.body.as_str()),
        }
    }

    fn heading(&self) -> &str {
        if self.title.is_empty() { &self.subject } else { &self.title }
    }

    fn can_be_hidden(&self) -> bool {
        self.kind != "Ticket" && self.hidden_at.is_none()
    }
}

/// What a comment is about: an initiative, a ticket or a cluster.
#[derive(Deserialize)]
struct About {
    #[serde(default)]
    title: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    label: String,
}

impl About {
    fn name(&self) -> &str {
        [&self.title, &self.subject, &self.label].into_iter().find(|name| !name.is_empty()).map_or("", String::as_str)
    }
}

/// A text with all that was said of it.
struct Matter {
    id: String,
    subject: Option<Subject>,
    flags: Vec<Flag>,
    about: Option<About>,
    /// Complaints that were settled before, the latest ones.
    earlier: List<Flag>,
}

#[derive(Template)]
#[template(path = "experts/moderation.html")]
struct Moderation {
    ui: Ui,
    resolved: bool,
    total: i64,
    page_info: PageInfo,
    matters: Vec<Matter>,
}

impl Moderation {
    /// The page itself.
    fn here(&self) -> String {
        self.ui.with_args(&[])
    }
}

/// Complaints that wait, or those that were settled.
pub async fn show(ui: Ui) -> Answer {
    allowed(&ui, Act::Moderate)?;
    let resolved = ui.arg("show") == "resolved";
    let mut variables = ui.paging(SIZE);
    variables.insert("resolved".into(), json!(resolved));
    let data: Data = ui.ask(&format!("{FLAGS} {FLAGGED}"), variables.into()).await?;
    let (total, page_info) = (data.flags.total_count, data.flags.page_info);
    let mut matters: Vec<Matter> = Vec::new();
    for listed in data.flags.nodes {
        match matters.iter_mut().find(|matter| matter.id == listed.subject_id) {
            Some(matter) => matter.flags.push(listed.flag),
            None => matters.push(Matter {
                id: listed.subject_id,
                subject: listed.subject,
                flags: vec![listed.flag],
                about: None,
                earlier: List { nodes: Vec::new(), total_count: 0, page_info: PageInfo::default() },
            }),
        }
    }
    surround(&ui, &mut matters, !resolved).await?;
    ui.page(&Moderation { ui: ui.clone(), resolved, total, page_info, matters })
}

/// Finds where comments stand and what was said of each text before, by one document.
async fn surround(ui: &Ui, matters: &mut [Matter], with_earlier: bool) -> Result<(), Failure> {
    let (mut parameters, mut fields, mut variables) = (String::new(), String::new(), Map::new());
    for (i, matter) in matters.iter().enumerate() {
        if let Some(about) = matter.subject.as_ref().and_then(|subject| subject.about.as_ref()) {
            let _ = write!(parameters, "$a{i}: ID! ");
            let _ = write!(fields, "a{i}: node(id: $a{i}) {{ ...Placed }} ");
            variables.insert(format!("a{i}"), json!(about));
        }
        if with_earlier {
            let _ = write!(parameters, "$e{i}: ID! ");
            let _ = write!(fields, "e{i}: flags(resolved: true, subjectId: $e{i}, first: 5) {{ totalCount nodes {{ ...Flagged }} }} ");
            variables.insert(format!("e{i}"), json!(matter.id));
        }
    }
    if fields.is_empty() {
        return Ok(());
    }
    let placed = if fields.contains("...Placed") {
        "fragment Placed on Node { ... on Initiative { title } ... on Ticket { subject } ... on Cluster { label } }"
    } else {
        ""
    };
    let flagged = if with_earlier { FLAGGED } else { "" };
    let document = format!("query({parameters}) {{ {fields} }} {placed} {flagged}");
    let mut found: Map<String, Value> = ui.ask(&document, variables.into()).await?;
    for (i, matter) in matters.iter_mut().enumerate() {
        let mut taken = |name: &str| found.remove(&format!("{name}{i}")).filter(|value| !value.is_null());
        matter.about = taken("a").and_then(|about| About::deserialize(about).ok());
        if let Some(earlier) = taken("e").and_then(|earlier| List::deserialize(earlier).ok()) {
            matter.earlier = earlier;
        }
    }
    Ok(())
}

/// Hides the text, or leaves it as it is; either way its complaints are settled.
pub async fn act(ui: Ui) -> Answer {
    allowed(&ui, Act::Moderate)?;
    let outcome = match ui.form.get("act") {
        "hide" => {
            let input = ui.form.input(&ui).text("subjectId").text("reason").finish()?;
            ui.mutate("hide", input, "").await.map(|_| "flash-moderation-hidden")
        }
        "leave" => leave(&ui).await.map(|()| "flash-moderation-left"),
        _ => return Err(Failure::NotFound),
    };
    match outcome {
        Ok(flash) => ui.go(&ui.with_args(&[]), Some((flash, ""))),
        // The field of the reason has a name of its own in each form.
        Err(Failure::Refused(errors)) => show(ui.with_errors(placed(errors, &[], &["reason"]))).await,
        Err(other) => Err(other),
    }
}

async fn leave(ui: &Ui) -> Result<(), Failure> {
    let flags = ui.form.all("flagIds");
    if flags.is_empty() || flags.len() > MOST {
        return Err(Failure::Refused(vec![FieldError::new("", ui.t("queue-too-many"))]));
    }
    for id in flags {
        let key = format!("{}-{id}", ui.form.get("key"));
        ui.mutate("resolveFlag", json!({ "flagId": id, "clientMutationId": key }), "").await?;
    }
    Ok(())
}
