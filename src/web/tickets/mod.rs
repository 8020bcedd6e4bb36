//! Tickets: reporting a problem, following what becomes of it, talking about it.

mod act;
mod list;
mod report;
mod show;
mod stages;
mod track;

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{map::Map, ui::Ui};

/// The pages.
pub fn map(map: Map) -> Map {
    map.form("/report", report::show, report::send)
        .page("/report/done", report::done)
        .form("/track", track::show, track::find)
        .page("/tickets", list::show)
        .form("/tickets/:number", show::show, act::act)
}

/// What stands of a ticket in a list.
pub const ROW: &str = "fragment TicketRow on Ticket {
    number state subject public createdAt dueAt topic { name } territory { name }
}";

/// What stands of a ticket in a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Its public number.
    pub number: String,
    /// The name of its state.
    pub state: String,
    /// What it is about.
    pub subject: String,
    /// Whether everybody may read it.
    pub public: bool,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// By when it should be answered.
    pub due_at: DateTime<Utc>,
    /// About what.
    pub topic: Option<Name>,
    /// Where.
    pub territory: Option<Name>,
}

/// Something of which only the name is shown.
#[derive(Debug, Clone, Deserialize)]
pub struct Name {
    /// In the reader's language.
    pub name: String,
}

/// Whether an answer is still to come.
pub fn is_open(state: &str) -> bool {
    matches!(state, "NEW" | "TRIAGED" | "IN_PROGRESS" | "REOPENED")
}

/// The colour of a state's badge.
pub fn tone(state: &str) -> &'static str {
    match state {
        "NEW" | "REOPENED" => "blue",
        "TRIAGED" | "IN_PROGRESS" => "gold",
        "ANSWERED" | "CLOSED" => "good",
        "REJECTED" => "bad",
        _ => "",
    }
}

/// A ticket in a list.
#[derive(Template)]
#[template(path = "tickets/row.html")]
pub struct RowPart<'a> {
    ui: Ui,
    row: &'a Row,
    tone: &'static str,
    overdue: bool,
}

impl askama::filters::HtmlSafe for RowPart<'_> {}

impl Ui {
    /// A ticket in a list.
    pub fn ticket_row<'a>(&self, row: &'a Row) -> RowPart<'a> {
        let overdue = is_open(&row.state) && row.due_at < self.app().clock.now();
        RowPart { ui: self.clone(), row, tone: tone(&row.state), overdue }
    }
}
