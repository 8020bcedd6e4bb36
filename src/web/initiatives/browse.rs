//! All initiatives: words, filters, order.

use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{CARD, Card};
use crate::web::{
    map::Map,
    parts::{Choice, List, Named},
    ui::{Answer, Ui},
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/initiatives", show)
}

/// States that can be asked for: those that anybody may see.
const STATES: [&str; 7] = ["VOTING", "ACCEPTED", "IN_IMPLEMENTATION", "IMPLEMENTED", "NOT_SUPPORTED", "REJECTED", "WITHDRAWN"];
const ORDERS: [&str; 5] = ["NEWEST", "ENDING_SOON", "NEAR_THRESHOLD", "MOST_VOTES", "UPDATED"];

#[derive(Deserialize)]
struct Data {
    initiatives: List<Card>,
    departments: Vec<Named>,
    topics: Vec<Named>,
    territories: Vec<Named>,
}

#[derive(Template)]
#[template(path = "initiatives/browse.html")]
struct Browse {
    ui: Ui,
    data: Data,
    state: &'static str,
    order: &'static str,
}

const BROWSE: &str =
    "query($filter: InitiativeFilter, $order: InitiativeOrder!, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    initiatives(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...Card }
    }
    departments { id name } topics { id name } territories { id name }
}";

/// The value of the address if it is one of these.
fn known(given: &str, names: &[&'static str]) -> &'static str {
    names.iter().find(|name| **name == given).copied().unwrap_or("")
}

async fn show(ui: Ui) -> Answer {
    let state = known(ui.arg("state"), &STATES);
    let order = Some(known(ui.arg("order"), &ORDERS)).filter(|o| !o.is_empty()).unwrap_or("NEWEST");
    let mut variables = ui.paging(21);
    variables.insert("order".into(), order.into());
    let states = if state.is_empty() { Value::Null } else { json!([state]) };
    let filter = json!({
        "states": states, "text": ui.arg_value("q"), "departmentId": ui.arg_value("department"), "topicId": ui.arg_value("topic"),
        "territoryId": ui.arg_value("territory"),
    });
    variables.insert("filter".into(), filter);
    let data: Data = ui.ask(&format!("{BROWSE} {CARD}"), Value::Object(variables)).await?;
    ui.page(&Browse { ui: ui.clone(), data, state, order })
}

impl Browse {
    fn states(&self) -> Vec<Choice> {
        let mut states = vec![Choice { value: String::new(), label: self.ui.t("browse-any-state") }];
        states.extend(self.ui.named_choices("initiative-state", &STATES));
        states
    }

    fn orders(&self) -> Vec<Choice> {
        self.ui.named_choices("browse-order", &ORDERS)
    }

    /// States that people ask for most, with the address of each.
    fn chips(&self) -> Vec<(String, String, bool)> {
        let chip = |state: &&'static str| {
            let label = if state.is_empty() { self.ui.t("browse-all") } else { self.ui.named("initiative-state", state) };
            (self.ui.with_args(&[("state", state), ("after", ""), ("before", "")]), label, *state == self.state)
        };
        ["", "VOTING", "ACCEPTED", "IN_IMPLEMENTATION", "IMPLEMENTED"].iter().map(chip).collect()
    }

    /// Whether something is asked for that the folded part of the form holds.
    fn is_narrow(&self) -> bool {
        ["department", "topic", "territory"].iter().any(|name| !self.ui.arg(name).is_empty())
    }

    /// Whether anything is asked for at all.
    fn is_filtered(&self) -> bool {
        self.is_narrow() || !self.state.is_empty() || !self.ui.arg("q").is_empty()
    }
}
