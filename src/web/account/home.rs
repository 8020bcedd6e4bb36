//! One's own page: what awaits somebody.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use crate::{
    gid::{self, Kind},
    web::{
        failure::Failure,
        initiatives::{CARD, Card},
        parts::List,
        tickets::{ROW, Row},
        ui::{Answer, Ui},
    },
};

const HOME: &str = "query($me: ID!, $expert: Boolean!, $moderator: Boolean!, $reviewer: Boolean!, $officer: Boolean!) {
    ...Shell
    drafts: initiatives(first: 10, filter: { mine: true, states: [DRAFT, RETURNED] }) { nodes { ...Card } }
    running: initiatives(first: 6, filter: { authorId: $me, states: [IN_REVIEW, VOTING, ACCEPTED, IN_IMPLEMENTATION] }) { nodes { ...Card } }
    ending: initiatives(first: 12, orderBy: ENDING_SOON) { nodes { ...Card myBallot { changedAt } } }
    answered: tickets(first: 20, filter: { mine: true, states: [ANSWERED, CLOSED] }) { nodes { ...TicketRow rating } }
    waiting: tickets(first: 4, filter: { mine: true, states: [NEW, TRIAGED, IN_PROGRESS, REOPENED] }) { nodes { ...TicketRow } }
    news: notifications(first: 20, unreadOnly: true) { totalCount nodes { id kind title subjectId createdAt } }
    hand: tickets(first: 1, filter: { assigneeId: $me, states: [NEW, TRIAGED, IN_PROGRESS, REOPENED] }) @include(if: $expert) { totalCount }
    flags(first: 1) @include(if: $moderator) { totalCount }
    review: initiatives(first: 1, filter: { states: [IN_REVIEW] }) @include(if: $reviewer) { totalCount }
    accepted: initiatives(first: 1, filter: { states: [ACCEPTED] }) @include(if: $officer) { totalCount }
}";

#[derive(Deserialize)]
struct Data {
    drafts: List<Card>,
    running: List<Card>,
    ending: List<Ending>,
    answered: List<Answered>,
    waiting: List<Row>,
    news: List<News>,
    hand: Option<Total>,
    flags: Option<Total>,
    review: Option<Total>,
    accepted: Option<Total>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ending {
    #[serde(flatten)]
    card: Card,
    my_ballot: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Answered {
    #[serde(flatten)]
    row: Row,
    rating: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct News {
    kind: String,
    title: String,
    subject_id: String,
    created_at: DateTime<Utc>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Total {
    total_count: i64,
}

/// Work that waits for somebody with an office.
struct Work {
    href: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "account/home.html")]
struct Home {
    ui: Ui,
    name: String,
    work: Vec<Work>,
    drafts: List<Card>,
    running: List<Card>,
    /// Voting that ends soon and in which the reader has not voted.
    ending: Vec<Card>,
    /// Answers that are not rated yet.
    answered: Vec<Row>,
    waiting: List<Row>,
    /// Invitations to sign as a co-author.
    invited: Vec<News>,
    news: List<News>,
}

impl Home {
    fn nothing_awaits(&self) -> bool {
        self.work.is_empty()
            && self.drafts.nodes.is_empty()
            && self.invited.is_empty()
            && self.answered.is_empty()
            && self.ending.is_empty()
    }
}

pub async fn show(ui: Ui) -> Answer {
    let Some(me) = ui.viewer.id else { return Err(Failure::LogIn) };
    let variables = json!({
        "me": gid::encode(Kind::Participant, me).to_string(), "expert": ui.is_expert(), "moderator": ui.is_moderator(),
        "reviewer": ui.is_reviewer(), "officer": ui.is_officer(),
    });
    let data: Data = ui.ask(&format!("{HOME} {CARD} {ROW}"), variables).await?;
    let counted = [
        ("/queue?assignee=me", "me-work-hand", data.hand),
        ("/moderation", "me-work-flags", data.flags),
        ("/review", "me-work-review", data.review),
        ("/review", "me-work-accepted", data.accepted),
    ];
    let work = counted.into_iter().filter_map(|(href, key, total)| {
        let count = total.map(|t| t.total_count).filter(|count| *count > 0)?;
        Some(Work { href, text: ui.t1(key, "count", count) })
    });
    let (invited, news): (Vec<_>, Vec<_>) = data.news.nodes.into_iter().partition(|n| n.kind == "INITIATIVE_COAUTHORS_INVITED");
    let page = Home {
        name: ui.shell().me.map(|me| me.name).unwrap_or_default(),
        work: work.collect(),
        drafts: data.drafts,
        running: data.running,
        ending: data.ending.nodes.into_iter().filter(|e| e.my_ballot.is_none()).map(|e| e.card).take(3).collect(),
        answered: data.answered.nodes.into_iter().filter(|a| a.rating.is_none()).map(|a| a.row).take(4).collect(),
        waiting: data.waiting,
        invited,
        news: List { nodes: news.into_iter().take(5).collect(), ..data.news },
        ui: ui.clone(),
    };
    ui.page(&page)
}
