//! What is one's own: votes, tickets, initiatives.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use crate::web::{
    failure::Failure,
    initiatives::{CARD, Card},
    parts::List,
    tickets::{ROW, Row},
    ui::{Answer, Ui},
};

const INFO: &str = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

#[derive(Deserialize)]
struct VotesData {
    #[serde(rename = "myBallots")]
    votes: List<Vote>,
}

#[derive(Deserialize)]
struct Vote {
    initiative: Option<Chosen>,
    ballot: Ballot,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chosen {
    #[serde(flatten)]
    card: Card,
    ballot_options: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ballot {
    choices: Vec<usize>,
    changed_at: DateTime<Utc>,
}

impl Chosen {
    /// What was chosen, in words.
    fn choice(&self, ballot: &Ballot) -> String {
        let chosen = ballot.choices.iter().filter_map(|choice| self.ballot_options.get(*choice));
        chosen.map(String::as_str).collect::<Vec<_>>().join("; ")
    }
}

#[derive(Template)]
#[template(path = "account/votes.html")]
struct Votes {
    ui: Ui,
    votes: List<Vote>,
}

fn known(ui: &Ui) -> Result<(), Failure> {
    if ui.is_known() { Ok(()) } else { Err(Failure::LogIn) }
}

pub async fn votes(ui: Ui) -> Answer {
    known(&ui)?;
    // Votes are read forwards only.
    let document = format!(
        "query($first: Int, $after: String) {{ ...Shell
            myBallots(first: $first, after: $after) {{
                nodes {{ initiative {{ ...Card ballotOptions }} ballot {{ choices changedAt }} }} pageInfo {{ hasNextPage endCursor }}
            }}
        }} {CARD}"
    );
    let data: VotesData = ui.ask(&document, json!({ "first": 20, "after": ui.arg_value("after") })).await?;
    ui.page(&Votes { ui: ui.clone(), votes: data.votes })
}

#[derive(Deserialize)]
struct TicketsData {
    tickets: List<Row>,
}

#[derive(Template)]
#[template(path = "account/tickets.html")]
struct Tickets {
    ui: Ui,
    tickets: List<Row>,
}

pub async fn tickets(ui: Ui) -> Answer {
    known(&ui)?;
    let document = format!(
        "query($first: Int, $after: String, $last: Int, $before: String) {{ ...Shell
            tickets(filter: {{ mine: true }}, first: $first, after: $after, last: $last, before: $before) {{ nodes {{ ...TicketRow }} {INFO} }}
        }} {ROW}"
    );
    let data: TicketsData = ui.ask(&document, ui.paging(24).into()).await?;
    ui.page(&Tickets { ui: ui.clone(), tickets: data.tickets })
}

#[derive(Deserialize)]
struct InitiativesData {
    initiatives: List<Card>,
}

/// The states that a chip of one's initiatives stands for.
const STATES: [(&str, &[&str]); 4] = [
    ("", &[]),
    ("drafts", &["DRAFT", "RETURNED"]),
    ("running", &["IN_REVIEW", "VOTING", "ACCEPTED", "IN_IMPLEMENTATION"]),
    ("ended", &["IMPLEMENTED", "NOT_SUPPORTED", "REJECTED", "WITHDRAWN"]),
];

#[derive(Template)]
#[template(path = "account/initiatives.html")]
struct Initiatives {
    ui: Ui,
    initiatives: List<Card>,
    chips: Vec<&'static str>,
}

pub async fn initiatives(ui: Ui) -> Answer {
    known(&ui)?;
    let states = STATES.iter().find(|(value, _)| *value == ui.arg("state")).map_or(&[][..], |(_, states)| *states);
    let document = format!(
        "query($filter: InitiativeFilter, $first: Int, $after: String, $last: Int, $before: String) {{ ...Shell
            initiatives(filter: $filter, first: $first, after: $after, last: $last, before: $before) {{ nodes {{ ...Card }} {INFO} }}
        }} {CARD}"
    );
    let mut variables = ui.paging(24);
    variables.insert("filter".into(), json!({ "mine": true, "states": states }));
    let data: InitiativesData = ui.ask(&document, variables.into()).await?;
    ui.page(&Initiatives { ui: ui.clone(), initiatives: data.initiatives, chips: STATES.iter().map(|(value, _)| *value).collect() })
}
