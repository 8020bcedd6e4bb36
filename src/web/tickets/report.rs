//! Reporting a problem, with or without an account.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{is_open, track::path};
use crate::{
    feedback::is_number,
    web::{
        failure::Failure,
        parts::{List, Named, Reason},
        ui::{Answer, Ui},
    },
};

const FORM: &str = "query($text: String!) { ...Shell territories { id name } topics { id name }
    similar(text: $text, first: 4) { same reasons { kind value } ticket { id number subject state createdAt joined } }
    similarInitiatives(text: $text, first: 2) { words initiative { id title state } } }";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    territories: Vec<Named>,
    topics: Vec<Named>,
    similar: Vec<Hit>,
    similar_initiatives: Vec<Alike>,
}

/// An initiative that may be about the same, and the words that both have.
#[derive(Deserialize)]
struct Alike {
    words: Vec<String>,
    initiative: Proposal,
}

#[derive(Deserialize)]
struct Proposal {
    id: String,
    title: String,
    state: String,
}

#[derive(Template)]
#[template(path = "tickets/report.html")]
struct Report {
    ui: Ui,
    form: Form,
    days: i64,
    /// Files of an earlier attempt are kept.
    kept: Vec<String>,
    /// Whether the author asked for others.
    looked: bool,
}

/// Characters of a message that others are compared with.
const COMPARED: usize = 2000;

pub async fn show(ui: Ui) -> Answer {
    // Signs that the API refuses do not stop anybody here.
    let text: String = ui.form.get("text").chars().take(COMPARED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let form = ui.ask(FORM, json!({ "text": text })).await?;
    let (days, kept, looked) = (ui.app().config.feedback.answer_days, ui.form.uploaded(), ui.form.get("act") == "look");
    ui.page(&Report { ui: ui.clone(), form, days, kept, looked })
}

pub async fn send(ui: Ui) -> Answer {
    if ui.form.get("act") == "look" {
        return show(ui).await;
    }
    let typed = |name: &str| Some(ui.form.get(name).trim()).filter(|v| !v.is_empty());
    let sender = json!({ "name": typed("name"), "address": typed("address") });
    let input = ui.form.input(&ui).text("text").choice("territoryId").choice("topicId").tick("public").files_of_anybody();
    let input = input.with("channel", "WEB").with("sender", if ui.is_known() { Value::Null } else { sender }).finish()?;
    match ui.mutate("submitFeedback", input, "submitted { number secret }").await {
        Ok(payload) => {
            let submitted = &payload["submitted"];
            let mut args = vec![("number", submitted["number"].as_str().unwrap_or_default())];
            args.extend(submitted["secret"].as_str().map(|secret| ("secret", secret)));
            args.extend(typed("address").filter(|_| !ui.is_known()).map(|_| ("mail", "1")));
            ui.go(&format!("/report/done?{}", serde_urlencoded::to_string(&args).unwrap_or_default()), None)
        }
        Err(Failure::Refused(errors)) => {
            let ui = ui.with_errors(errors.into_iter().map(|e| e.inside("sender")).collect());
            show(ui).await
        }
        Err(other) => Err(other),
    }
}

const DONE: &str = "query($number: String!, $secret: String) { ...Shell ticket(number: $number, secret: $secret) {
        id number subject public state dueAt articles(first: 1) { nodes { body } }
    } }";
/// Tickets about what a message says.
const SIMILAR: &str = "query($text: String!) { similar(text: $text, first: 5) { same reasons { kind value } ticket { id number subject state createdAt joined } } }";
/// How many are offered as the same, at the most.
const OFFERED: usize = 3;

#[derive(Deserialize)]
struct Done {
    ticket: Option<Sent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    id: String,
    number: String,
    subject: String,
    state: String,
    public: bool,
    due_at: DateTime<Utc>,
    articles: List<Body>,
}

#[derive(Deserialize)]
struct Body {
    body: String,
}

#[derive(Deserialize)]
struct Found {
    similar: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    same: bool,
    reasons: Vec<Reason>,
    ticket: Other,
}

/// A ticket that may be about the same.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Other {
    id: String,
    number: String,
    subject: String,
    state: String,
    joined: i64,
    created_at: DateTime<Utc>,
}

#[derive(Template)]
#[template(path = "tickets/done.html")]
struct DonePage {
    ui: Ui,
    ticket: Sent,
    /// The page of the ticket.
    path: String,
    /// The same as a whole link, to be kept.
    link: String,
    mail: bool,
    /// What others wrote about the same, and still wait for.
    others: Vec<Hit>,
}

/// What others wrote about the same: whoever has just written may join them.
async fn others(ui: &Ui, ticket: &Sent) -> Result<Vec<Hit>, Failure> {
    let Some(article) = ticket.articles.nodes.first().filter(|_| is_open(&ticket.state)) else { return Ok(Vec::new()) };
    let text: String = article.body.chars().take(COMPARED).collect();
    let found = ui.ask::<Found>(SIMILAR, json!({ "text": text })).await?.similar.into_iter();
    Ok(found.filter(|hit| hit.same && hit.ticket.id != ticket.id && is_open(&hit.ticket.state)).take(OFFERED).collect())
}

pub async fn done(ui: Ui) -> Answer {
    if !is_number(ui.arg("number")) {
        return Err(Failure::NotFound);
    }
    let variables = json!({ "number": ui.arg("number"), "secret": ui.arg_value("secret") });
    let ticket = ui.ask::<Done>(DONE, variables).await?.ticket.ok_or(Failure::NotFound)?;
    let path = path(&ticket.number, ui.arg("secret"));
    let link = ui.app().url(&path);
    let others = others(&ui, &ticket).await?;
    ui.page(&DonePage { others, mail: ui.is_known() || !ui.arg("mail").is_empty(), ticket, path, link, ui: ui.clone() })
}
