//! The queue: tickets that wait, the most urgent first, and what is done with several of them at once.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    Alarm, CHANNELS, Person, allowed,
    filter::{Filter, STATES, is_open, tone},
    me, my_groups, placed,
};
use crate::{
    identity::Act,
    web::{
        failure::{Failure, FieldError},
        parts::{Choice, Named, PageInfo},
        ui::{Answer, Ui},
    },
};

/// Tickets on a page.
const SIZE: i32 = 40;
/// Tickets that are moved at once, at the most.
const MOST: usize = 100;

const QUEUE: &str = "query($filter: TicketFilter, $order: TicketOrder!, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    workingGroups(first: 100) { nodes { id name openTickets } }
    clusterProposals(filter: { state: OPEN }, first: 0) { totalCount }
    bursts: clusters(filter: { alarmed: true }, first: 5) { nodes { id label alarm { since count expected } } }
    tickets(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor node {
            id number state urgency subject channel dueAt createdAt updatedAt group { id name } assignee { name } cluster { id label size }
            articles(first: 1) { nodes { body } }
        } }
    }
}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    working_groups: Nodes<Group>,
    cluster_proposals: Total,
    bursts: Nodes<Burst>,
    tickets: Tickets,
}

/// How many there are.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Total {
    total_count: i64,
}

/// A matter that people write about far more than usual.
#[derive(Deserialize)]
struct Burst {
    id: String,
    label: String,
    alarm: Option<Alarm>,
}

#[derive(Deserialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    id: String,
    name: String,
    open_tickets: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tickets {
    total_count: i64,
    page_info: PageInfo,
    edges: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    cursor: String,
    node: Row,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: String,
    number: String,
    state: String,
    urgency: String,
    subject: String,
    channel: String,
    due_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    group: Option<Named>,
    assignee: Option<Person>,
    cluster: Option<Cluster>,
    articles: Nodes<Article>,
}

#[derive(Deserialize)]
struct Cluster {
    id: String,
    label: String,
    size: i64,
}

#[derive(Deserialize)]
struct Article {
    body: String,
}

impl Row {
    fn tone(&self) -> &'static str {
        tone(&self.state)
    }

    fn is_open(&self) -> bool {
        is_open(&self.state)
    }

    /// The beginning of the first message, where it says more than the subject.
    fn first_words(&self) -> String {
        let body = self.articles.nodes.first().map_or("", |article| article.body.as_str());
        let rest = body.strip_prefix(self.subject.trim_end_matches('…')).unwrap_or(body);
        rest.split_whitespace().take(40).collect::<Vec<_>>().join(" ")
    }
}

/// A queue that can be chosen.
struct Tab {
    href: String,
    label: String,
    waiting: Option<i64>,
    current: bool,
}

#[derive(Template)]
#[template(path = "experts/queue.html")]
struct Queue {
    ui: Ui,
    filter: Filter,
    tabs: Vec<Tab>,
    groups: Vec<Choice>,
    states: Vec<Choice>,
    channels: Vec<Choice>,
    bursts: Vec<Burst>,
    tickets: Tickets,
    /// Changes of clusters that wait for somebody to judge them.
    proposals: i64,
}

impl Queue {
    /// The page itself.
    fn here(&self) -> String {
        self.ui.with_args(&[])
    }

    /// The page of a ticket, from which one goes on to the next of this list.
    fn href(&self, edge: &Edge) -> String {
        let list = self.ui.with_args(&[("at", &edge.cursor), ("after", ""), ("before", "")]);
        format!("/queue/tickets/{}{}", edge.node.number, list.strip_prefix("/queue").unwrap_or(""))
    }

    fn is_marked(&self, row: &Row) -> bool {
        self.ui.form.all("tickets").iter().any(|t| t.starts_with(&row.id))
    }

    /// Changes with whatever a reader would want to see anew.
    fn stamp(&self) -> String {
        self.tickets
            .edges
            .iter()
            .map(|e| format!("{}:{}", e.node.number, e.node.updated_at.timestamp_millis()))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The tickets of a queue.
pub async fn show(ui: Ui) -> Answer {
    allowed(&ui, Act::Triage)?;
    let filter = Filter::of(&ui);
    let mut variables = ui.paging(SIZE);
    variables.extend(filter.variables(&ui));
    let data: Data = ui.ask(QUEUE, variables.into()).await?;
    let groups = data.working_groups.nodes;
    let known = |name: &str, value: &str| Choice { value: value.to_owned(), label: ui.t(name) };
    let page = Queue {
        tabs: tabs(&ui, &filter, &groups),
        groups: [known("queue-group-all", "all"), known("queue-group-desk", "desk")]
            .into_iter()
            .chain(groups.into_iter().map(|g| Choice { value: g.id, label: g.name }))
            .collect(),
        states: [known("queue-state-open", "")]
            .into_iter()
            .chain(ui.named_choices("queue-state", &STATES))
            .chain([known("queue-state-all", "ALL")])
            .collect(),
        channels: [known("queue-channel-any", "")].into_iter().chain(ui.named_choices("queue-channel", &CHANNELS)).collect(),
        bursts: data.bursts.nodes,
        tickets: data.tickets,
        proposals: data.cluster_proposals.total_count,
        filter,
        ui: ui.clone(),
    };
    ui.page(&page)
}

/// The queues that the reader looks at most: their groups', the desk's, their own tickets.
fn tabs(ui: &Ui, filter: &Filter, groups: &[Group]) -> Vec<Tab> {
    let at = |group: &str, who: &str| ui.with_args(&[("group", group), ("who", who), ("after", ""), ("before", "")]);
    let own = my_groups(ui);
    let mut tabs: Vec<Tab> = groups
        .iter()
        .filter(|group| own.contains(&group.id))
        .map(|group| Tab {
            href: at(&group.id, ""),
            label: group.name.clone(),
            waiting: group.open_tickets,
            current: !filter.mine && filter.group == group.id,
        })
        .collect();
    let tab = |group: &str, who: &str, label: &str, current| Tab { href: at(group, who), label: ui.t(label), waiting: None, current };
    tabs.push(tab("all", "me", "queue-mine", filter.mine));
    tabs.push(tab("desk", "", "queue-group-desk", !filter.mine && filter.group == "desk"));
    tabs.push(tab("all", "", "queue-group-all", !filter.mine && filter.group == "all"));
    tabs
}

/// Does one thing with all marked tickets; what cannot be done is said ticket by ticket.
pub async fn act(ui: Ui) -> Answer {
    let act = ui.form.get("act").to_owned();
    // Identifier and number, as the boxes of the list send them.
    let marked: Vec<(String, String)> =
        ui.form.all("tickets").iter().filter_map(|t| t.split_once(' ')).map(|(id, number)| (id.to_owned(), number.to_owned())).collect();
    let refused = |ui: &Ui, key: &str| Err(Failure::Refused(vec![FieldError { path: Vec::new(), ..FieldError::new("", ui.t(key)) }]));
    let outcome = match (act.as_str(), marked.as_slice()) {
        (_, []) => refused(&ui, "queue-none-marked"),
        (_, many) if many.len() > MOST => refused(&ui, "queue-too-many"),
        ("merge", [_]) => refused(&ui, "queue-merge-two"),
        ("merge", [(target, number), sources @ ..]) => {
            let sources: Vec<&str> = sources.iter().map(|(id, _)| id.as_str()).collect();
            let input = json!({ "targetId": target, "sourceIds": sources });
            ui.mutate("mergeTickets", input, "").await.map(|_| ("flash-queue-merged", number.clone()))
        }
        ("route", _) if ui.form.get("groupId").is_empty() => {
            Err(Failure::Refused(vec![FieldError::new("groupId", ui.t("queue-choose-group"))]))
        }
        ("route", many) => each(&ui, many, "routeTicket", "groupId", ui.form.get("groupId")).await.map(|n| ("flash-queue-all-routed", n)),
        ("assign", many) => each(&ui, many, "assignTicket", "assigneeId", &me(&ui)).await.map(|n| ("flash-queue-all-assigned", n)),
        _ => return Err(Failure::NotFound),
    };
    match outcome {
        Ok((flash, value)) => ui.go(&ui.with_args(&[]), Some((flash, &value))),
        Err(Failure::Refused(errors)) => show(ui.with_errors(placed(errors, &[], &["groupId"]))).await,
        Err(other) => Err(other),
    }
}

/// The same mutation for each ticket, each under a key of its own; gives how many it was done for.
async fn each(ui: &Ui, tickets: &[(String, String)], name: &str, field: &str, value: &str) -> Result<String, Failure> {
    let (mut done, mut errors) = (0, Vec::new());
    for (id, number) in tickets {
        let key = format!("{}-{number}-{name}-{value}", ui.form.get("key"));
        let input = json!({ "ticketId": id, field: value, "clientMutationId": key });
        match ui.mutate(name, input, "").await {
            Ok(_) => done += 1,
            Err(Failure::Refused(refused)) => errors.extend(refused.into_iter().map(|e| FieldError {
                message: ui.ts("queue-refused", &[("number", number.into()), ("message", e.message.into())]),
                path: Vec::new(),
                code: e.code,
            })),
            Err(other) => return Err(other),
        }
    }
    match (done, errors.is_empty()) {
        (done, true) => Ok(done.to_string()),
        (0, false) => Err(Failure::Refused(errors)),
        (done, false) => {
            errors.insert(0, FieldError { path: Vec::new(), ..FieldError::new("", ui.t1("queue-partly", "count", done)) });
            Err(Failure::Refused(errors))
        }
    }
}

#[derive(Template)]
#[template(path = "experts/keys.html")]
struct Keys {
    ui: Ui,
}

/// The keys of these pages.
pub async fn keys(ui: Ui) -> Answer {
    allowed(&ui, Act::Triage)?;
    ui.ask_shell().await?;
    ui.page(&Keys { ui: ui.clone() })
}
