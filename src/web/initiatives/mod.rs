//! Initiatives: browsing, reading, proposing, voting, and what officials do with them.

mod answer;
mod browse;
mod chart;
mod coauthors;
mod comments;
mod diff;
mod flags;
mod propose;
mod review;
mod show;
mod stages;
mod steps;
mod vote;

use askama::Template;
use async_graphql::ID;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    failure::Failure,
    map::Map,
    parts::{File, Named},
    ui::Ui,
};
use crate::gid::{self, Kind};

/// The pages.
pub fn map(map: Map) -> Map {
    let rooms =
        [browse::map, show::map, vote::map, propose::map, steps::map, coauthors::map, comments::map, flags::map, review::map, answer::map];
    rooms.into_iter().fold(map, |map, room| room(map))
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
    /// What counts towards the threshold.
    pub fn support(&self) -> i64 {
        self.tally.as_ref().map_or(0, |tally| tally.support(&self.ballot_kind))
    }
}

impl Tally {
    /// What counts towards the threshold: ballots for it, or those for the option that most people chose.
    pub fn support(&self, ballot_kind: &str) -> i64 {
        match ballot_kind {
            "SUPPORT" | "FOR_AGAINST_ABSTAIN" => self.counts.first().copied().unwrap_or(0),
            _ => self.counts.iter().copied().max().unwrap_or(0),
        }
    }
}

/// What the author wrote, with all that pages about it need; goes with [`CARD`].
const PROPOSAL: &str = "fragment Proposal on Initiative {
    ...Card goal effect resources ballotOptions minChoices maxChoices quorum votingDays votingStartsAt updatedAt hiddenAt hiddenReason may
    author { id name } department { id name } territory { id name }
    coauthors { signedAt participant { id name } } attachments { id name url size }
}";

/// What the author wrote.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proposal {
    #[serde(flatten)]
    card: Card,
    goal: String,
    effect: String,
    resources: String,
    ballot_options: Vec<String>,
    min_choices: i64,
    max_choices: i64,
    quorum: i64,
    voting_days: i64,
    voting_starts_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
    hidden_at: Option<DateTime<Utc>>,
    hidden_reason: Option<String>,
    may: Vec<String>,
    author: Option<Named>,
    department: Option<Named>,
    territory: Option<Named>,
    coauthors: Vec<Coauthor>,
    attachments: Vec<File>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Coauthor {
    signed_at: Option<DateTime<Utc>>,
    participant: Option<Named>,
}

impl Proposal {
    /// Whether the reader may do this with it now.
    fn may(&self, act: &str) -> bool {
        self.may.iter().any(|a| a == act)
    }

    /// Whether its text is withheld from the reader.
    fn is_withheld(&self) -> bool {
        self.card.title.is_empty()
    }

    /// Its title, or that it is hidden.
    fn title(&self, ui: &Ui) -> String {
        if self.is_withheld() { ui.t("initiative-hidden") } else { self.card.title.clone() }
    }

    /// Co-authors who signed.
    fn signed(&self) -> Vec<&Named> {
        self.coauthors.iter().filter(|c| c.signed_at.is_some()).filter_map(|c| c.participant.as_ref()).collect()
    }

    /// Whether voting is open.
    fn is_open(&self) -> bool {
        self.card.state == "VOTING"
    }

    /// Whether people choose among options that the author named.
    fn has_options(&self) -> bool {
        matches!(self.card.ballot_kind.as_str(), "SINGLE_CHOICE" | "MULTIPLE_CHOICE")
    }

    /// The parts of the text by the names of their fields, those that are empty left out.
    fn parts(&self) -> Vec<(&'static str, &str)> {
        let parts = [("goal", &self.goal), ("effect", &self.effect), ("resources", &self.resources)];
        parts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, text.as_str())).collect()
    }
}

#[derive(Deserialize)]
struct One {
    initiative: Option<Proposal>,
}

/// The identifier in the path, if it is one of this kind.
fn id_of(ui: &Ui, kind: Kind) -> Result<&str, Failure> {
    let id = ui.param("id");
    gid::expect(kind, &ID::from(id), "id").map(|_| id).map_err(|_| Failure::NotFound)
}

/// The initiative in the path, with what the frame of the page shows.
async fn proposal(ui: &Ui) -> Result<Proposal, Failure> {
    let id = id_of(ui, Kind::Initiative)?;
    let document = format!("query($id: ID!) {{ ...Shell initiative(id: $id) {{ ...Proposal }} }} {PROPOSAL} {CARD}");
    let data: One = ui.ask(&document, json!({ "id": id })).await?;
    data.initiative.ok_or(Failure::NotFound)
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
