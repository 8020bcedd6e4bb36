//! How far a ticket has come: from the message to the answer.

use chrono::{DateTime, Utc};

use super::{
    is_open,
    show::{Change, Ticket},
};
use crate::web::ui::Ui;

/// A stage on the way to the answer.
pub struct Stage {
    /// `done`, `now`, `end` or, where it is still to come, nothing.
    pub class: &'static str,
    /// What it is called.
    pub name: String,
    /// When it was reached.
    pub at: Option<DateTime<Utc>>,
    /// By when it should be.
    pub due: Option<DateTime<Utc>>,
    /// Who does it.
    pub who: Option<String>,
}

/// Received, given to a group, being worked on, answered.
pub fn stages(ui: &Ui, ticket: &Ticket) -> [Stage; 4] {
    let state = ticket.state.as_str();
    let now = match state {
        "NEW" => 0,
        "TRIAGED" => 1,
        "IN_PROGRESS" | "REOPENED" => 2,
        _ => 3,
    };
    let open = is_open(state);
    let class = |i: usize| match i.cmp(&now) {
        std::cmp::Ordering::Less => "done",
        std::cmp::Ordering::Greater => "",
        std::cmp::Ordering::Equal if open => "now",
        std::cmp::Ordering::Equal if state == "REJECTED" => "end",
        std::cmp::Ordering::Equal => "done",
    };
    // The first time it was given on, and the last time that it came to where it is.
    let first = |to: &str| ticket.history.iter().find(|c| c.to == to).map(|c| c.at);
    let last = |to: &[&str]| ticket.history.iter().rev().find(|c| to.contains(&c.to.as_str())).map(|c: &Change| c.at);
    let name = |key: &str| ui.t(&format!("ticket-stage-{key}"));
    let group = ticket.group.as_ref().map(|group| group.name.clone());
    let work = if state == "REOPENED" { "reopened" } else { "work" };
    let end = match state {
        "REJECTED" => "rejected",
        "MERGED" => "merged",
        _ => "answer",
    };
    [
        Stage { class: class(0), name: name("received"), at: Some(ticket.created_at), due: None, who: None },
        Stage { class: class(1), name: name("given"), at: first("TRIAGED").filter(|_| now > 0), due: None, who: group.filter(|_| now > 0) },
        Stage { class: class(2), name: name(work), at: last(&["IN_PROGRESS", "REOPENED"]).filter(|_| now > 1), due: None, who: None },
        Stage {
            class: class(3),
            name: name(end),
            at: if open { None } else { last(&["ANSWERED", "REJECTED", "MERGED"]) },
            due: Some(ticket.due_at).filter(|_| open),
            who: None,
        },
    ]
}
