//! The work page of a ticket: what is known of it, and beside it everything that an expert does with it.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    DECISION, Decision, KINDS, Person, allowed,
    filter::{Filter, is_open, tone},
    is_number, me,
};
use crate::{
    identity::Act,
    web::{
        conversation::{MESSAGE, Message},
        failure::Failure,
        parts::{Choice, List, Named, Reason},
        ui::{Answer, Ui},
    },
};

/// Messages on a page.
const SIZE: i32 = 50;

const TICKET: &str = "query($number: String!, $first: Int, $after: String, $last: Int, $before: String,
    $filter: TicketFilter, $order: TicketOrder!, $at: String, $listed: Boolean!) {
    ...Shell
    workingGroups(first: 100) { nodes { id name } }
    departments { id name }
    topics { id name }
    ticket(number: $number) {
        id number state subject channel public language createdAt updatedAt dueAt routeConfidence topicConfidence rating ratingComment joined may
        author { name } operator { name } sender { address name } topic { id name } territory { name } assignee { id name }
        group { id name members { role participant { id name } } }
        mergedInto { number subject }
        cluster { id label size tickets(first: 6) { nodes { id number subject state } } }
        urgency urgencyRule
        why { words neighbours { score ticket { number subject } } guess { confidence group { name } } routeWords { word weight } topicWords { word weight } }
        duplicates { score reasons { kind value } ticket { id number subject state createdAt } }
        decision { ...Decided }
        articles(first: $first, after: $after, last: $last, before: $before) {
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            nodes {
                id author { name } body createdAt ...Message
                personalData { kind text } maskedAt original originalSubject
            }
        }
        history { from to at actor { name } reason }
    }
    next: tickets(filter: $filter, orderBy: $order, first: 1, after: $at) @include(if: $listed) { edges { cursor node { number } } }
    previous: tickets(filter: $filter, orderBy: $order, last: 1, before: $at) @include(if: $listed) { edges { cursor node { number } } }
}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    working_groups: List<Named>,
    departments: Vec<Named>,
    topics: Vec<Named>,
    ticket: Option<Ticket>,
    next: Option<Beside>,
    previous: Option<Beside>,
}

#[derive(Deserialize)]
struct Beside {
    edges: Vec<BesideEdge>,
}

#[derive(Deserialize)]
struct BesideEdge {
    cursor: String,
    node: Number,
}

#[derive(Deserialize)]
struct Number {
    number: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ticket {
    id: String,
    number: String,
    state: String,
    subject: String,
    channel: String,
    public: bool,
    language: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    route_confidence: Option<f64>,
    topic_confidence: Option<f64>,
    joined: i64,
    rating: Option<i64>,
    rating_comment: Option<String>,
    may: Vec<String>,
    author: Option<Person>,
    operator: Option<Person>,
    sender: Option<Sender>,
    topic: Option<Named>,
    territory: Option<Person>,
    assignee: Option<Named>,
    group: Option<Group>,
    merged_into: Option<Other>,
    cluster: Option<Cluster>,
    urgency: String,
    urgency_rule: Option<String>,
    why: Option<Why>,
    duplicates: Vec<Duplicate>,
    decision: Option<Decision>,
    articles: List<Article>,
    history: Vec<Transition>,
}

#[derive(Deserialize)]
struct Sender {
    address: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Group {
    id: String,
    name: String,
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    role: String,
    participant: Option<Named>,
}

/// Another ticket, as far as it is shown here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Other {
    number: String,
    subject: String,
    #[serde(default)]
    state: String,
    created_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Cluster {
    id: String,
    label: String,
    size: i64,
    tickets: List<Other>,
}

/// Why it lies where it lies.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Why {
    words: Vec<String>,
    neighbours: Vec<Near>,
    guess: Option<Guess>,
    route_words: Vec<Word>,
    topic_words: Vec<Word>,
}

#[derive(Deserialize)]
struct Near {
    score: f64,
    ticket: Option<Other>,
}

#[derive(Deserialize)]
struct Guess {
    confidence: f64,
    group: Option<Person>,
}

#[derive(Deserialize)]
struct Word {
    word: String,
    weight: f64,
}

impl Why {
    /// The words that speak for its group, or else those against it.
    fn speaking(&self, for_it: bool) -> String {
        listed(&self.route_words, for_it)
    }

    /// The words that speak for its topic.
    fn about(&self) -> String {
        listed(&self.topic_words, true)
    }

    fn is_empty(&self) -> bool {
        self.words.is_empty()
            && self.neighbours.is_empty()
            && self.guess.is_none()
            && self.route_words.is_empty()
            && self.topic_words.is_empty()
    }
}

/// The words that speak for something, or else those against it.
fn listed(words: &[Word], for_it: bool) -> String {
    let words = words.iter().filter(|word| (word.weight > 0.0) == for_it);
    words.map(|word| word.word.as_str()).collect::<Vec<_>>().join(", ")
}

#[derive(Deserialize)]
struct Duplicate {
    score: f64,
    reasons: Vec<Reason>,
    ticket: Option<Other>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Article {
    id: String,
    author: Option<Person>,
    body: String,
    created_at: DateTime<Utc>,
    #[serde(flatten)]
    message: Message,
    /// What it seems to hold; none for whoever may not hide it.
    personal_data: Option<Vec<Passage>>,
    masked_at: Option<DateTime<Utc>>,
    original: Option<String>,
    original_subject: Option<String>,
}

/// A part of a message that seems to be personal.
#[derive(Deserialize)]
struct Passage {
    kind: String,
    text: String,
}

#[derive(Deserialize)]
struct Transition {
    from: Option<String>,
    to: String,
    at: DateTime<Utc>,
    actor: Option<Person>,
    reason: String,
}

impl Ticket {
    fn may(&self, act: &str) -> bool {
        self.may.iter().any(|a| a == act)
    }

    fn tone(&self) -> &'static str {
        tone(&self.state)
    }

    fn is_open(&self) -> bool {
        is_open(&self.state)
    }

    /// Others of its cluster.
    fn neighbours(&self) -> Vec<&Other> {
        let listed = self.cluster.iter().flat_map(|cluster| &cluster.tickets.nodes);
        listed.filter(|other| other.number != self.number).take(5).collect()
    }

    /// Whether the text of a decision stands among the messages already, as its answer.
    fn says(&self, decision: &Decision) -> bool {
        self.articles.nodes.iter().any(|article| article.message.direction == "OUT" && article.body == decision.body)
    }

    /// Who has it in hand, if anybody.
    fn holder(&self) -> &str {
        self.assignee.as_ref().map_or("", |assignee| assignee.id.as_str())
    }

    fn topic_id(&self) -> &str {
        self.topic.as_ref().map_or("", |topic| topic.id.as_str())
    }

    fn group_id(&self) -> &str {
        self.group.as_ref().map_or("", |group| group.id.as_str())
    }
}

#[derive(Template)]
#[template(path = "experts/ticket.html")]
struct Page {
    ui: Ui,
    ticket: Ticket,
    groups: Vec<Choice>,
    topics: Vec<Choice>,
    members: Vec<Choice>,
    departments: Vec<Choice>,
    kinds: Vec<Choice>,
    next: Option<String>,
    previous: Option<String>,
    me: String,
    /// What is to be shown as it would stand: `reply` or `decision`, or nothing.
    preview: &'static str,
}

impl Page {
    fn back(&self) -> String {
        let list = self.ui.with_args(&[("at", "")]);
        format!("/queue{}", list.strip_prefix(self.ui.path.as_str()).unwrap_or(""))
    }

    /// The page itself, within its list.
    fn here(&self) -> String {
        self.ui.with_args(&[])
    }

    /// Another ticket within the same list.
    fn other(&self, number: &str) -> String {
        let list = self.ui.with_args(&[("after", ""), ("before", "")]);
        format!("/queue/tickets/{number}{}", list.strip_prefix(self.ui.path.as_str()).unwrap_or(""))
    }

    /// The kind of decision that is being prepared.
    fn kind(&self) -> &str {
        KINDS.into_iter().find(|kind| *kind == self.ui.form.get("kind")).unwrap_or(KINDS[0])
    }

    /// Whether the form that was sent is the one of this message.
    fn hides(&self, article: &Article) -> bool {
        self.ui.form.get("articleId") == article.id
    }

    /// Whether a part of a message is to be hidden, as long as nobody says otherwise.
    fn ticked(&self, article: &Article, passage: &Passage) -> bool {
        !self.hides(article) || self.ui.form.all("passages").contains(&passage.text)
    }

    fn percent_of(&self, share: &f64) -> String {
        format!("{:.0}", share * 100.0)
    }
}

fn beside(ui: &Ui, found: Option<Beside>) -> Option<String> {
    let edge = found?.edges.pop()?;
    let list = ui.with_args(&[("at", &edge.cursor), ("after", ""), ("before", "")]);
    Some(format!("/queue/tickets/{}{}", edge.node.number, list.strip_prefix(ui.path.as_str()).unwrap_or("")))
}

/// The page of a ticket.
pub async fn show(ui: Ui) -> Answer {
    show_with(ui, "").await
}

/// The page with a text as it would stand.
pub async fn show_with(ui: Ui, preview: &'static str) -> Answer {
    allowed(&ui, Act::Triage)?;
    if !is_number(ui.param("number")) {
        return Err(Failure::NotFound);
    }
    let mut variables = ui.paging(SIZE);
    variables.extend(Filter::of(&ui).variables(&ui));
    variables.insert("number".into(), json!(ui.param("number")));
    variables.insert("at".into(), ui.arg_value("at"));
    variables.insert("listed".into(), json!(!ui.arg("at").is_empty()));
    let data: Data = ui.ask(&format!("{TICKET} {DECISION} {MESSAGE}"), variables.into()).await?;
    let ticket = data.ticket.ok_or(Failure::NotFound)?;
    let members = ticket.group.iter().flat_map(|group| &group.members).filter(|member| member.role != "OBSERVER");
    let members: Vec<Named> = members.filter_map(|member| member.participant.clone()).collect();
    let page = Page {
        groups: ui.choices("", &data.working_groups.nodes),
        topics: ui.choices("queue-no-topic", &data.topics),
        members: ui.choices("queue-nobody", &members),
        departments: ui.choices("queue-no-department", &data.departments),
        kinds: ui.named_choices("queue-decision", &KINDS),
        next: beside(&ui, data.next),
        previous: beside(&ui, data.previous),
        me: me(&ui),
        ticket,
        preview,
        ui: ui.clone(),
    };
    ui.page(&page)
}
