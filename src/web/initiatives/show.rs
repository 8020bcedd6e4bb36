//! The page of an initiative.

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    CARD, PROPOSAL, Proposal,
    chart::{Point, course},
    comments::{COMMENT, Thread},
    diff::{self, Change, Piece},
    id_of,
    stages::{Stage, Transition, stages},
    tone,
};
use crate::{
    gid::Kind,
    web::{
        chart::Chart,
        failure::Failure,
        map::Map,
        parts::{Choice, List, Named},
        ui::{Answer, Ui},
    },
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/initiatives/:id", show).action("/initiatives/:id/follow", follow).action("/initiatives/:id/unfollow", unfollow)
}

const SIDES: [&str; 3] = ["FOR", "AGAINST", "NEUTRAL"];
const ORDERS: [&str; 4] = ["BEST", "NEWEST", "CONTROVERSIAL", "OLDEST"];
/// Versions whose differences are shown.
const VERSIONS: usize = 10;

const SHOW: &str = "query($id: ID!, $side: CommentSide, $order: CommentOrder!, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    initiative(id: $id) {
        ...Proposal followed myBallot { choices changedAt } tallyCourse { hour counts ballots }
        history { from to at reason actor { id name } }
        revisions { revision at changes { field before after } }
        officialAnswer { accepted body at author { id name } department { id name } }
        milestones { id title dueOn doneAt note }
        every: comments(first: 1) { totalCount }
        pro: comments(first: 1, side: FOR) { totalCount }
        contra: comments(first: 1, side: AGAINST) { totalCount }
        comments(side: $side, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            nodes { ...Said replies(first: 3) { totalCount nodes { ...Said } } }
        }
    }
}";

#[derive(Deserialize)]
struct Data {
    initiative: Option<Full>,
}

#[derive(Deserialize)]
struct Full {
    #[serde(flatten)]
    it: Proposal,
    #[serde(flatten)]
    more: More,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct More {
    followed: bool,
    my_ballot: Option<Ballot>,
    tally_course: Vec<Point>,
    history: Vec<Transition>,
    revisions: Vec<Revision>,
    official_answer: Option<OfficialAnswer>,
    milestones: Vec<Milestone>,
    every: List<()>,
    pro: List<()>,
    contra: List<()>,
    comments: List<Thread>,
}

/// The reader's own ballot.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ballot {
    /// Positions of what they chose.
    pub choices: Vec<usize>,
    /// When.
    pub changed_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Revision {
    revision: i64,
    at: DateTime<Utc>,
    changes: Vec<FieldChange>,
}

#[derive(Deserialize)]
struct FieldChange {
    field: String,
    before: String,
    after: String,
}

#[derive(Deserialize)]
struct OfficialAnswer {
    accepted: bool,
    body: String,
    at: DateTime<Utc>,
    author: Option<Named>,
    department: Option<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Milestone {
    id: String,
    title: String,
    due_on: NaiveDate,
    done_at: Option<DateTime<Utc>>,
    note: String,
}

/// An option of the ballot and how many chose it.
struct Outcome {
    at: usize,
    label: String,
    count: i64,
    percent: i64,
    tone: &'static str,
    mine: bool,
}

/// A version and what it changed.
struct Version {
    number: i64,
    at: DateTime<Utc>,
    changes: Vec<(String, Vec<Piece>)>,
}

#[derive(Template)]
#[template(path = "initiatives/show.html")]
struct Show {
    ui: Ui,
    it: Proposal,
    more: More,
    stages: [Stage; 4],
    chart: Option<Chart>,
    versions: Vec<Version>,
    side: &'static str,
    order: &'static str,
    /// Where a vote on a comment leads back to.
    back: String,
}

/// Shows it, with what was typed into a comment that was refused.
pub async fn show(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Initiative)?.to_owned();
    let side = SIDES.iter().find(|s| **s == ui.arg("side")).copied().unwrap_or("");
    let order = ORDERS.iter().find(|o| **o == ui.arg("order")).copied().unwrap_or("BEST");
    let mut variables = ui.paging(20);
    variables.insert("id".into(), id.into());
    variables.insert("side".into(), Some(side).filter(|s| !s.is_empty()).into());
    variables.insert("order".into(), order.into());
    let data: Data = ui.ask(&format!("{SHOW} {PROPOSAL} {CARD} {COMMENT}"), variables.into()).await?;
    let Full { it, more } = data.initiative.ok_or(Failure::NotFound)?;
    let answered = more.official_answer.as_ref().map(|answer| (answer.at, answer.accepted));
    let stages = stages(&it.card.state, &more.history, answered);
    let chart = (!more.tally_course.is_empty()).then(|| course(&ui, &it, &more.tally_course));
    let versions = versions(&ui, &more.revisions);
    ui.page(&Show { back: ui.with_args(&[]), ui: ui.clone(), it, more, stages, chart, versions, side, order })
}

/// The latest versions that changed something, latest first.
fn versions(ui: &Ui, revisions: &[Revision]) -> Vec<Version> {
    let mut budget = diff::BUDGET;
    let changed = revisions.iter().rev().filter(|r| !r.changes.is_empty()).take(VERSIONS);
    changed
        .map(|revision| Version {
            number: revision.revision,
            at: revision.at,
            changes: revision
                .changes
                .iter()
                .map(|c| (ui.t(&format!("field-{}", c.field)), diff::compare(&c.before, &c.after, &mut budget)))
                .collect(),
        })
        .collect()
}

impl Show {
    fn tone(&self) -> &'static str {
        tone(&self.it.card.state)
    }

    /// The address of the page as others should see it.
    fn address(&self) -> String {
        format!("{}/initiatives/{}", self.ui.app().config.http.public_url, self.it.card.id)
    }

    fn picture(&self) -> String {
        format!("{}/og/{}.png", self.ui.app().config.http.public_url, self.it.card.id)
    }

    /// The beginning of the goal, for search engines and previews.
    fn excerpt(&self) -> String {
        let mut text: String = self.it.goal.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
        if self.it.goal.chars().count() > 200 {
            text.push('…');
        }
        text
    }

    /// When voting ends, or when it ended: signatures are decided as soon as there are enough.
    fn end(&self) -> Option<&DateTime<Utc>> {
        if self.it.is_open() { self.it.card.voting_ends_at.as_ref() } else { self.stages[1].over.as_ref() }
    }

    fn support(&self) -> i64 {
        self.it.card.support()
    }

    /// Hundredths of the threshold, for the width of a bar.
    fn reached(&self) -> i64 {
        self.ui.percent(self.support(), self.it.card.threshold).min(100)
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let Some(tally) = &self.it.card.tally else { return Vec::new() };
        let tones: &[&str] = if self.it.card.ballot_kind == "FOR_AGAINST_ABSTAIN" { &["fill", "against", "abstain"] } else { &[] };
        let mine = self.more.my_ballot.as_ref().map_or(&[][..], |ballot| &ballot.choices);
        let outcome = |(at, count): (usize, &i64)| Outcome {
            at,
            label: self.it.ballot_options.get(at).cloned().unwrap_or_default(),
            count: *count,
            percent: self.ui.percent(*count, tally.ballots),
            tone: tones.get(at).copied().unwrap_or("fill"),
            mine: mine.contains(&at),
        };
        tally.counts.iter().enumerate().map(outcome).collect()
    }

    fn ballots(&self) -> i64 {
        self.it.card.tally.as_ref().map_or(0, |t| t.ballots)
    }

    /// What a ballot chose, in words.
    fn chosen(&self, ballot: &Ballot) -> String {
        let names: Vec<&str> = ballot.choices.iter().filter_map(|at| self.it.ballot_options.get(*at)).map(String::as_str).collect();
        names.join(", ")
    }

    /// Whether the buttons for a vote are shown: also to those who still have to log in.
    fn can_vote(&self) -> bool {
        self.it.is_open() && !self.it.is_withheld() && (self.it.may("VOTE") || !self.ui.is_known())
    }

    /// Whether something is still open in the plan.
    fn is_unfinished(&self) -> bool {
        self.more.milestones.iter().any(|m| m.done_at.is_none())
    }

    fn is_late(&self, milestone: &Milestone) -> bool {
        let today = self.ui.app().clock.now().with_timezone(&self.ui.preferences.zone).date_naive();
        milestone.done_at.is_none() && milestone.due_on < today
    }

    /// How many steps of the plan are done.
    fn progress(&self) -> String {
        let done = self.more.milestones.iter().filter(|m| m.done_at.is_some()).count();
        self.ui.ts("plan-done-of", &[("done", done.into()), ("count", self.more.milestones.len().into())])
    }

    /// Comments by side: address, name, how many, whether shown.
    fn tabs(&self) -> Vec<(String, String, i64, bool)> {
        let tab = |side: &'static str, key: &str, count: i64| {
            let href = self.ui.with_args(&[("side", side), ("after", ""), ("before", "")]);
            (format!("{href}#comments"), self.ui.t(key), count, side == self.side)
        };
        vec![
            tab("", "comments-all", self.more.every.total_count),
            tab("FOR", "comments-for", self.more.pro.total_count),
            tab("AGAINST", "comments-against", self.more.contra.total_count),
        ]
    }

    fn orders(&self) -> Vec<Choice> {
        self.ui.named_choices("comment-order", &ORDERS)
    }

    fn sides(&self) -> Vec<Choice> {
        self.ui.named_choices("comment-side", &SIDES)
    }

    /// Where somebody who has to log in comes back to.
    fn log_in(&self, anchor: &str) -> String {
        let next = format!("/initiatives/{}{anchor}", self.it.card.id);
        format!("/login?{}", serde_urlencoded::to_string([("next", next)]).unwrap_or_default())
    }
}

async fn follow(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Initiative)?;
    ui.mutate("follow", json!({ "subjectId": id }), "").await?;
    ui.go(&format!("/initiatives/{id}"), Some(("flash-followed", "")))
}

async fn unfollow(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Initiative)?;
    ui.mutate("unfollow", json!({ "subjectId": id }), "").await?;
    ui.go(&format!("/initiatives/{id}"), Some(("flash-unfollowed", "")))
}
