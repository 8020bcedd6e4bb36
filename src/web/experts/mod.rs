//! Where experts and moderators work: queues, tickets, clusters, complaints. Lists and cards come from the schema like every
//! other page; what only experts need (bulk work, keys, live lists) is added by `queue.js` and works as plain forms without it.

mod assess;
mod cluster;
mod clusters;
mod course;
mod filter;
mod map;
mod model;
mod moderation;
mod proposals;
mod queue;
mod themes;
mod ticket;
mod work;

use serde::Deserialize;

use super::{
    failure::{Failure, FieldError},
    map::Map,
    parts::Named,
    ui::Ui,
};
use crate::{
    gid::{self, Kind},
    identity::Act,
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.form("/queue", queue::show, queue::act)
        .page("/queue/keys", queue::keys)
        .form("/queue/proposals", proposals::show, proposals::act)
        .form("/queue/tickets/:number", ticket::show, work::act)
        .page("/clusters", clusters::show)
        .page("/themes", themes::show)
        .page("/clusters/map", map::show)
        .form("/clusters/:id", cluster::show, cluster::act)
        .form("/model", model::show, model::act)
        .form("/moderation", moderation::show, moderation::act)
}

/// Somebody of whom only the name matters here.
#[derive(Debug, Clone, Deserialize)]
pub struct Person {
    /// Their name.
    pub name: String,
}

/// A decision, as people read it.
#[derive(Debug, Clone, Deserialize)]
pub struct Decision {
    /// The name of its kind.
    pub kind: String,
    /// The reasoned text.
    pub body: String,
    /// When it was made.
    pub at: chrono::DateTime<chrono::Utc>,
    /// Who signed it.
    pub author: Option<Person>,
    /// Who does it.
    pub department: Option<Named>,
}

/// People write about a matter far more than usual.
#[derive(Debug, Clone, Deserialize)]
pub struct Alarm {
    /// When this was noticed.
    pub since: chrono::DateTime<chrono::Utc>,
    /// How many wrote in a day.
    pub count: i64,
    /// How many were to be expected.
    pub expected: f64,
}

impl Alarm {
    /// What is said of it before the moment.
    pub fn words(&self, ui: &Ui) -> String {
        let expected = if self.expected < 1.0 { "< 1".to_owned() } else { format!("{:.0}", self.expected) };
        ui.ts("alarm-body", &[("count", self.count.into()), ("expected", expected.into())])
    }
}

/// The fields of a [`Decision`].
const DECISION: &str = "fragment Decided on Decision { kind body at author { name } department { id name } }";
/// Kinds of decisions.
const KINDS: [&str; 5] = ["ACCEPT", "ACCEPT_IN_PART", "DECLINE", "FORWARD", "ANSWER"];
/// Channels of tickets.
const CHANNELS: [&str; 5] = ["WEB", "EMAIL", "TELEGRAM", "PHONE", "API"];

/// Refuses readers who may not do this: lists of tickets and clusters alone would show them what is public.
fn allowed(ui: &Ui, act: Act) -> Result<(), Failure> {
    ui.viewer.may(act).map(|_| ()).map_err(|error| Failure::of(error, ui.locale()))
}

/// The reader's own identifier in the API.
fn me(ui: &Ui) -> String {
    ui.viewer.id.map(|id| gid::encode(Kind::Participant, id).to_string()).unwrap_or_default()
}

/// The groups that the reader works in.
fn my_groups(ui: &Ui) -> Vec<String> {
    ui.viewer
        .groups
        .iter()
        .filter(|(id, _)| ui.viewer.works_in(*id))
        .map(|(id, _)| gid::encode(Kind::WorkingGroup, *id).to_string())
        .collect()
}

/// Whether the reader may work on what lies in this group's queue; what no group has is everybody's.
fn works_in(ui: &Ui, group: Option<&Named>) -> bool {
    ui.is_administrator() || group.is_none_or(|group| my_groups(ui).contains(&group.id))
}

/// Whether a text has the form of a ticket's number, such as `2026-048213`.
fn is_number(text: &str) -> bool {
    let digits = |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    text.split_once('-').is_some_and(|(year, rest)| digits(year, 4) && digits(rest, 12))
}

/// Refusals for a page of many forms: `names` are those of fields that it shows under another name; what belongs to no field
/// of it stands above.
fn placed(errors: Vec<FieldError>, names: &[(&str, &str)], fields: &[&str]) -> Vec<FieldError> {
    let place = |error: FieldError| {
        let name =
            names.iter().find(|(from, _)| *from == error.field()).map_or_else(|| error.field().to_owned(), |(_, to)| (*to).to_owned());
        let path = if fields.contains(&name.as_str()) { vec![name] } else { Vec::new() };
        FieldError { path, ..error }
    };
    errors.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_tickets_are_told_from_other_texts() {
        assert!(is_number("2026-000001") && is_number("2026-1048213"));
        for bad in ["", "2026", "2026-", "-1", "2026-00a001", "2026-1-2", "20261-1", "2026-1\") { id }"] {
            assert!(!is_number(bad), "{bad}");
        }
    }

    #[test]
    fn refusals_stand_beside_their_field_or_above_the_form() {
        let errors = ["sourceIds", "text", "ticketId"].map(|field| FieldError::new(field, String::new())).to_vec();
        let placed = placed(errors, &[("sourceIds", "numbers")], &["numbers", "text"]);
        assert_eq!(placed.iter().map(FieldError::field).collect::<Vec<_>>(), ["numbers", "text", ""]);
    }
}
