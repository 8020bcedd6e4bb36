//! Which tickets a queue shows, from its address; carried along to the tickets so that one goes from one to the next.

use serde_json::{Map, Value, json};

use super::{CHANNELS, me, my_groups};
use crate::{
    gid::{self, Kind},
    web::ui::Ui,
};

/// States of tickets that somebody waits for.
const OPEN: [&str; 4] = ["NEW", "TRIAGED", "IN_PROGRESS", "REOPENED"];
/// All states, those that are open first.
pub const STATES: [&str; 8] = ["NEW", "TRIAGED", "IN_PROGRESS", "REOPENED", "ANSWERED", "CLOSED", "MERGED", "REJECTED"];

/// Which tickets, in which order.
pub struct Filter {
    /// A working group's identifier, `desk` for those that no group has, or `all`.
    pub group: String,
    /// A state; empty for the open ones, `ALL` for all.
    pub state: &'static str,
    /// A channel, or empty.
    pub channel: &'static str,
    /// Only those in the reader's hands.
    pub mine: bool,
    /// Words.
    pub text: String,
    /// Newest first, not the most urgent.
    pub newest: bool,
}

fn one_of(value: &str, known: &[&'static str]) -> &'static str {
    known.iter().find(|k| **k == value).copied().unwrap_or("")
}

impl Filter {
    /// What the address says. Without a group it is the reader's own; whatever is not known counts as not chosen.
    pub fn of(ui: &Ui) -> Self {
        let mine = ui.arg("who") == "me";
        let known = |group: &str| matches!(group, "all" | "desk") || matches!(gid::decode(group), Some((Kind::WorkingGroup, _)));
        let group = Some(ui.arg("group")).filter(|group| known(group)).map(str::to_owned);
        let own = || my_groups(ui).into_iter().next().filter(|_| !mine);
        Self {
            group: group.or_else(own).unwrap_or_else(|| "all".to_owned()),
            state: if ui.arg("state") == "ALL" { "ALL" } else { one_of(ui.arg("state"), &STATES) },
            channel: one_of(ui.arg("channel"), &CHANNELS),
            mine,
            text: ui.arg("q").chars().take(500).collect(),
            newest: ui.arg("order") == "NEWEST",
        }
    }

    /// The variables `filter` and `order` of a document.
    pub fn variables(&self, ui: &Ui) -> Map<String, Value> {
        let mut filter = Map::new();
        match self.group.as_str() {
            "all" => (),
            "desk" => drop(filter.insert("unrouted".into(), json!(true))),
            group => drop(filter.insert("groupId".into(), json!(group))),
        }
        match self.state {
            "" => drop(filter.insert("states".into(), json!(OPEN))),
            "ALL" => (),
            state => drop(filter.insert("states".into(), json!([state]))),
        }
        if !self.channel.is_empty() {
            filter.insert("channel".into(), json!(self.channel));
        }
        if self.mine {
            filter.insert("assigneeId".into(), json!(me(ui)));
        }
        if !self.text.is_empty() {
            filter.insert("text".into(), json!(self.text));
        }
        let order = if self.newest { "NEWEST" } else { "DUE" };
        Map::from_iter([("filter".to_owned(), Value::Object(filter)), ("order".to_owned(), json!(order))])
    }

    /// Queues whose changes matter to this list, `desk` for the triage desk; a few at the most.
    pub fn watched(&self, ui: &Ui) -> Vec<String> {
        if self.group != "all" {
            return vec![self.group.clone()];
        }
        let mut queues = my_groups(ui);
        queues.truncate(2);
        queues.push("desk".to_owned());
        queues
    }
}

/// Whether somebody waits for an answer in this state.
pub fn is_open(state: &str) -> bool {
    OPEN.contains(&state)
}

/// The colour of a state's badge.
pub fn tone(state: &str) -> &'static str {
    match state {
        "NEW" => "warm",
        "REOPENED" => "gold",
        "IN_PROGRESS" => "blue",
        "ANSWERED" => "good",
        "REJECTED" => "bad",
        _ => "",
    }
}
