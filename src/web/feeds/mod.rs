//! What programs read of the pages: Atom feeds of what happens, the list of all pages for search engines.

mod atom;
mod sitemap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    failure::Failure,
    map::Map,
    parts::{List, Named},
    ui::{Answer, Ui},
};
use atom::{Entry, Feed};

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/feed.atom", recent)
        .page("/initiatives/:id/feed.atom", initiative)
        .page("/departments/:id/feed.atom", department)
        .page("/sitemap.xml", sitemap::show)
        .page("/robots.txt", sitemap::robots)
}

/// Entries of a feed at the most.
const ENTRIES: usize = 40;
/// What happens to an initiative that is news for everybody, besides its answer.
const NEWS: [&str; 4] = ["VOTING", "ACCEPTED", "NOT_SUPPORTED", "IMPLEMENTED"];

const TOLD: &str = "fragment Told on Initiative {
    id title goal state createdAt hiddenAt votingStartsAt history { at to reason } officialAnswer { at accepted body }
}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    id: String,
    title: String,
    goal: String,
    state: String,
    created_at: DateTime<Utc>,
    hidden_at: Option<DateTime<Utc>>,
    voting_starts_at: Option<DateTime<Utc>>,
    history: Vec<Transition>,
    official_answer: Option<OfficialAnswer>,
}

#[derive(Deserialize)]
struct Transition {
    at: DateTime<Utc>,
    to: String,
    reason: String,
}

#[derive(Deserialize)]
struct OfficialAnswer {
    at: DateTime<Utc>,
    accepted: bool,
    body: String,
}

impl Told {
    /// Nothing of what is hidden or not yet public stands in a feed, whoever asks: feeds are passed on.
    fn is_public(&self) -> bool {
        self.hidden_at.is_none() && (self.voting_starts_at.is_some() || self.state == "REJECTED")
    }

    fn transitions<'a>(&'a self, ui: &'a Ui, which: &'a [&str]) -> impl Iterator<Item = Entry> + 'a {
        self.history.iter().filter(move |t| which.contains(&t.to.as_str())).map(|t| {
            let text = if t.reason.is_empty() { &self.goal } else { &t.reason };
            self.entry(ui, &t.to, t.at, text)
        })
    }

    fn answer(&self, ui: &Ui) -> Option<Entry> {
        let answer = self.official_answer.as_ref()?;
        let what = if answer.accepted { "ANSWER_YES" } else { "ANSWER_NO" };
        Some(self.entry(ui, what, answer.at, &answer.body))
    }

    fn entry(&self, ui: &Ui, what: &str, at: DateTime<Utc>, text: &str) -> Entry {
        Entry {
            id: atom::tag(ui, &format!("initiatives/{}/{}/{}", self.id, what.to_ascii_lowercase(), at.timestamp())),
            title: format!("{}: {}", ui.named("feed-change", what), self.title),
            link: atom::absolute(ui, &format!("/initiatives/{}", self.id)),
            at,
            text: atom::shortened(text),
        }
    }
}

fn news(ui: &Ui, told: &[Told]) -> Vec<Entry> {
    told.iter().filter(|t| t.is_public()).flat_map(|t| t.transitions(ui, &NEWS).chain(t.answer(ui))).collect()
}

#[derive(Deserialize)]
struct Recent {
    initiatives: List<Told>,
}

/// What people can vote on, and what came of it.
async fn recent(ui: Ui) -> Answer {
    let document = format!("{{ initiatives(first: 40, orderBy: UPDATED) {{ nodes {{ ...Told }} }} }} {TOLD}");
    let data: Recent = ui.ask(&document, json!({})).await?;
    let entries = news(&ui, &data.initiatives.nodes);
    Feed::new(&ui, ui.t("feed-title"), "/", entries, DateTime::UNIX_EPOCH).answer()
}

#[derive(Deserialize)]
struct One {
    initiative: Option<Told>,
}

/// All that happens to one initiative.
async fn initiative(ui: Ui) -> Answer {
    let document = format!("query($id: ID!) {{ initiative(id: $id) {{ ...Told }} }} {TOLD}");
    let data: One = ui.ask(&document, json!({ "id": ui.param("id") })).await?;
    let told = data.initiative.filter(Told::is_public).ok_or(Failure::NotFound)?;
    let all = [NEWS.as_slice(), &["REJECTED", "IN_IMPLEMENTATION", "WITHDRAWN"]].concat();
    let entries = told.transitions(&ui, &all).chain(told.answer(&ui)).collect();
    Feed::new(&ui, told.title.clone(), &format!("/initiatives/{}", told.id), entries, told.created_at).answer()
}

#[derive(Deserialize)]
struct OfDepartment {
    node: Option<Department>,
    initiatives: List<Told>,
}

/// A node that is none has no name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Department {
    Known(Named),
    Other {},
}

/// What a department is asked for, and what it answers.
async fn department(ui: Ui) -> Answer {
    let document = format!(
        "query($id: ID!) {{
            node(id: $id) {{ ... on Department {{ id name }} }}
            initiatives(first: 40, filter: {{ departmentId: $id }}, orderBy: UPDATED) {{ nodes {{ ...Told }} }}
        }} {TOLD}"
    );
    let data: OfDepartment = ui.ask(&document, json!({ "id": ui.param("id") })).await?;
    let Some(Department::Known(named)) = data.node else { return Err(Failure::NotFound) };
    let entries = news(&ui, &data.initiatives.nodes);
    Feed::new(&ui, named.name, &format!("/departments/{}", named.id), entries, DateTime::UNIX_EPOCH).answer()
}
