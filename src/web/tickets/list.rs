//! The list of tickets.

use askama::Template;
use serde::Deserialize;
use serde_json::json;

use super::{ROW, Row};
use crate::web::{
    failure::Failure,
    parts::List,
    ui::{Answer, Ui},
};

/// What the chips choose between: the value in the address and the states that it stands for.
const STATES: [(&str, &[&str]); 4] = [
    ("", &[]),
    ("open", &["NEW", "TRIAGED", "IN_PROGRESS", "REOPENED"]),
    ("answered", &["ANSWERED", "CLOSED"]),
    ("rejected", &["REJECTED"]),
];

const LIST: &str = "query($filter: TicketFilter, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    tickets(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { ...TicketRow } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

#[derive(Deserialize)]
struct Data {
    tickets: List<Row>,
}

struct Chip {
    label: String,
    href: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "tickets/list.html")]
struct Page {
    ui: Ui,
    tickets: List<Row>,
    chips: Vec<Chip>,
    mine: bool,
    filtered: bool,
}

pub async fn show(ui: Ui) -> Answer {
    let mine = !ui.arg("mine").is_empty();
    if mine && !ui.is_known() {
        return Err(Failure::LogIn);
    }
    let state = ui.arg("state");
    let states = STATES.iter().find(|(value, _)| *value == state).map_or(&[][..], |(_, states)| *states);
    let filter = json!({ "states": states, "mine": mine, "text": ui.arg_value("q") });
    let mut variables = ui.paging(24);
    variables.insert("filter".into(), filter);
    let data: Data = ui.ask(&format!("{LIST} {ROW}"), variables.into()).await?;
    let chip = |(value, _): &(&str, &[&str])| Chip {
        label: ui.t(&format!("tickets-chip-{}", if value.is_empty() { "all" } else { value })),
        href: ui.with_args(&[("state", value), ("after", ""), ("before", "")]),
        current: *value == state,
    };
    let chips = STATES.iter().map(chip).collect();
    let filtered = mine || !state.is_empty() || !ui.arg("q").is_empty();
    ui.page(&Page { ui: ui.clone(), tickets: data.tickets, chips, mine, filtered })
}
