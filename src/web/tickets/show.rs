//! The page of a ticket.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    Name, is_open,
    stages::{Stage, stages},
    tone,
};
use crate::{
    feedback::is_number,
    web::{
        conversation::{MESSAGE, Message},
        failure::Failure,
        parts::{List, Named},
        ui::{Answer, Ui},
    },
};

const TICKET: &str = "query($number: String!, $secret: String, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    ticket(number: $number, secret: $secret) {
        id number state subject public createdAt dueAt updatedAt answeredAt rating ratingComment followed joined may
        author { id name } topic { name } territory { name } group { name }
        mergedInto { number subject }
        decision { kind body at department { id name } }
        articles(first: $first, after: $after, last: $last, before: $before) {
            nodes { mine body maskedAt original originalSubject createdAt author { id name } ...Message }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
        history { to at reason actor { name } }
        comments(first: 20) { totalCount nodes { id body hiddenReason createdAt official author { id name } } }
    }
}";

#[derive(Deserialize)]
struct Data {
    ticket: Option<Ticket>,
}

/// A ticket as its page shows it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    pub id: String,
    pub number: String,
    pub state: String,
    pub subject: String,
    pub public: bool,
    pub joined: i64,
    pub created_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub rating: Option<i64>,
    pub rating_comment: Option<String>,
    pub followed: bool,
    /// What the reader may do with it.
    pub may: Vec<String>,
    pub author: Option<Named>,
    pub topic: Option<Name>,
    pub territory: Option<Name>,
    pub group: Option<Name>,
    pub merged_into: Option<Other>,
    pub decision: Option<Decision>,
    pub articles: List<Article>,
    pub history: Vec<Change>,
    pub comments: List<Comment>,
}

/// Another ticket.
#[derive(Deserialize)]
pub struct Other {
    pub number: String,
    pub subject: String,
}

/// What was decided.
#[derive(Deserialize)]
pub struct Decision {
    pub kind: String,
    pub body: String,
    pub at: DateTime<Utc>,
    pub department: Option<Named>,
}

/// A message.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Article {
    pub mine: bool,
    pub body: String,
    pub masked_at: Option<DateTime<Utc>>,
    pub original: Option<String>,
    pub original_subject: Option<String>,
    pub created_at: DateTime<Utc>,
    pub author: Option<Named>,
    #[serde(flatten)]
    pub message: Message,
}

/// A change of state.
#[derive(Deserialize)]
pub struct Change {
    pub to: String,
    pub at: DateTime<Utc>,
    pub reason: String,
    pub actor: Option<Name>,
}

/// What somebody said of a public ticket.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comment {
    pub id: String,
    pub body: String,
    pub hidden_reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub official: bool,
    pub author: Option<Named>,
}

impl Article {
    fn class(&self) -> &'static str {
        match self.message.direction.as_str() {
            "OUT" => "out",
            "NOTE" => "private",
            _ => "",
        }
    }
}

#[derive(Template)]
#[template(path = "tickets/show.html")]
struct Page {
    ui: Ui,
    ticket: Ticket,
    stages: [Stage; 4],
    tone: &'static str,
    secret: String,
    /// The reader wrote it.
    own: bool,
    open: bool,
    overdue: bool,
    /// The decision's text stands among the messages already.
    said: bool,
    /// Days from the message to the answer.
    took: i64,
    kept: Vec<String>,
}

impl Page {
    fn may(&self, act: &str) -> bool {
        self.ticket.may.iter().any(|may| may == act)
    }
}

/// The secret of the ticket's link, from the address or a form of the page.
pub fn secret(ui: &Ui) -> &str {
    Some(ui.form.get("secret")).filter(|s| !s.is_empty()).unwrap_or_else(|| ui.arg("secret"))
}

pub async fn show(ui: Ui) -> Answer {
    let (number, secret) = (ui.param("number").to_owned(), secret(&ui).to_owned());
    if !is_number(&number) {
        return Err(Failure::NotFound);
    }
    let mut variables = ui.paging(50);
    variables.insert("number".into(), number.into());
    variables.insert("secret".into(), Some(secret.as_str()).filter(|s| !s.is_empty()).into());
    let ticket = ui.ask::<Data>(&format!("{TICKET} {MESSAGE}"), variables.into()).await?.ticket.ok_or(Failure::NotFound)?;
    let me = ui.shell().me;
    // A secret that is wrong opens nothing that is not public anyway, and makes nobody its author.
    let own = ticket.articles.nodes.iter().any(|a| a.mine)
        || ticket.author.as_ref().zip(me.as_ref()).is_some_and(|(author, me)| author.id == me.id);
    let open = is_open(&ticket.state);
    let said = ticket
        .decision
        .as_ref()
        .is_some_and(|decision| ticket.articles.nodes.iter().any(|a| a.message.direction == "OUT" && a.body == decision.body));
    let page = Page {
        said,
        stages: stages(&ui, &ticket),
        tone: tone(&ticket.state),
        own,
        open,
        overdue: open && ticket.due_at < ui.app().clock.now(),
        took: ticket.answered_at.map_or(0, |at| (at - ticket.created_at).num_days()),
        kept: ui.form.uploaded(),
        secret,
        ticket,
        ui: ui.clone(),
    };
    ui.page(&page)
}
