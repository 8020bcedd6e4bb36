//! Initiatives: browsing, reading, proposing, voting, and what officials do with them.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{map::Map, parts::Named, ui::Ui};

/// The pages.
pub fn map(map: Map) -> Map {
    map
}

/// What stands of an initiative in a list.
pub const CARD: &str = "fragment Card on Initiative {
    id state title threshold ballotKind votingEndsAt createdAt topic { id name } tally { ballots counts }
}";

/// What stands of an initiative in a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// Its global identifier.
    pub id: String,
    /// The name of its state.
    pub state: String,
    /// Its title; empty when moderators hid it.
    pub title: String,
    /// Ballots for it that are needed.
    pub threshold: i64,
    /// How people vote.
    pub ballot_kind: String,
    /// When voting ends or ended.
    pub voting_ends_at: Option<DateTime<Utc>>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// About what.
    pub topic: Option<Named>,
    /// The count, once voting began.
    pub tally: Option<Tally>,
}

/// A count.
#[derive(Debug, Clone, Deserialize)]
pub struct Tally {
    /// People who voted.
    pub ballots: i64,
    /// Choices by position.
    pub counts: Vec<i64>,
}

impl Card {
    /// What counts towards the threshold: ballots for it, or all where people choose among options.
    pub fn support(&self) -> i64 {
        self.tally.as_ref().map_or(0, |tally| tally.support(&self.ballot_kind))
    }
}

impl Tally {
    /// What counts towards the threshold.
    pub fn support(&self, ballot_kind: &str) -> i64 {
        match ballot_kind {
            "SUPPORT" | "FOR_AGAINST_ABSTAIN" => self.counts.first().copied().unwrap_or(0),
            _ => self.ballots,
        }
    }
}

/// The colour of a state's badge.
pub fn tone(state: &str) -> &'static str {
    match state {
        "VOTING" => "warm",
        "ACCEPTED" | "IN_IMPLEMENTATION" | "IMPLEMENTED" => "good",
        "REJECTED" => "bad",
        "IN_REVIEW" | "RETURNED" => "gold",
        _ => "",
    }
}

/// An initiative in a list.
#[derive(Template)]
#[template(path = "parts/card.html")]
pub struct CardPart<'a> {
    ui: Ui,
    card: &'a Card,
    tone: &'static str,
}

impl askama::filters::HtmlSafe for CardPart<'_> {}

/// How far the support has come.
#[derive(Template)]
#[template(path = "parts/bar.html")]
pub struct Bar {
    label: String,
    width: i64,
}

impl askama::filters::HtmlSafe for Bar {}

impl Ui {
    /// An initiative in a list.
    pub fn card<'a>(&self, card: &'a Card) -> CardPart<'a> {
        CardPart { ui: self.clone(), card, tone: tone(&card.state) }
    }

    /// How far the support has come on its way to the threshold.
    pub fn support_bar(&self, support: i64, threshold: &i64) -> Bar {
        let percent = self.percent(support, *threshold);
        Bar { label: self.t1("bar-percent", "count", percent), width: percent.min(100) }
    }
}
