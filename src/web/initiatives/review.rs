//! Initiatives under review: the queue, and one beside those that are like it.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    CARD, Card, Proposal, id_of, proposal,
    propose::{Similar, similar},
};
use crate::{
    gid::Kind,
    web::{
        failure::{Failure, FieldError},
        map::Map,
        parts::{Choice, List, Named},
        ui::{Answer, Ui},
    },
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/review", queue).form("/initiatives/:id/review", show, decide)
}

const QUEUE: &str = "query($first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    initiatives(filter: { states: [IN_REVIEW] }, first: $first, after: $after, last: $last, before: $before) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { ...Card goal may updatedAt author { id name } department { id name } }
    }
}";

const VERDICTS: [&str; 3] = ["PUBLISH", "RETURN", "REJECT"];

#[derive(Deserialize)]
struct Data {
    initiatives: List<Waiting>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Waiting {
    #[serde(flatten)]
    card: Card,
    goal: String,
    may: Vec<String>,
    updated_at: DateTime<Utc>,
    author: Option<Named>,
    department: Option<Named>,
}

#[derive(Template)]
#[template(path = "initiatives/queue.html")]
struct Queue {
    ui: Ui,
    waiting: List<Waiting>,
}

/// Those that wait longest come first, so the list of the API is read from its end.
async fn queue(ui: Ui) -> Answer {
    if !ui.is_known() {
        return Err(Failure::LogIn);
    }
    if !ui.is_reviewer() {
        return Err(Failure::NotFound);
    }
    let mut variables = ui.paging(20);
    if ui.arg("after").is_empty() && ui.arg("before").is_empty() {
        variables = serde_json::Map::from_iter([("last".to_owned(), json!(20))]);
    }
    let data: Data = ui.ask(&format!("{QUEUE} {CARD}"), Value::Object(variables)).await?;
    let mut waiting = data.initiatives;
    waiting.nodes.reverse();
    ui.page(&Queue { ui: ui.clone(), waiting })
}

impl Queue {
    /// To those that wait longer.
    fn older(&self) -> Option<String> {
        let info = &self.waiting.page_info;
        let cursor = info.end_cursor.as_deref().filter(|_| info.has_next_page)?;
        Some(self.ui.with_args(&[("after", cursor), ("before", "")]))
    }

    /// To those that came later.
    fn newer(&self) -> Option<String> {
        let info = &self.waiting.page_info;
        let cursor = info.start_cursor.as_deref().filter(|_| info.has_previous_page)?;
        Some(self.ui.with_args(&[("before", cursor), ("after", "")]))
    }
}

impl Waiting {
    fn is_mine(&self) -> bool {
        self.may.iter().any(|act| act == "REVIEW")
    }

    fn excerpt(&self) -> String {
        let mut text: String = self.goal.chars().take(220).collect();
        if self.goal.chars().count() > 220 {
            text.push('…');
        }
        text
    }
}

#[derive(Template)]
#[template(path = "initiatives/review.html")]
struct Review {
    ui: Ui,
    it: Proposal,
    similar: Vec<Similar>,
}

async fn show(ui: Ui) -> Answer {
    let it = proposal(&ui).await?;
    if !it.may("REVIEW") {
        // Somebody else was faster, or it was never the reader's: its page tells.
        return ui.go(&format!("/initiatives/{}", it.card.id), None);
    }
    let similar = similar(&ui, &format!("{} {}", it.card.title, it.goal), Some(&it.card.id)).await?;
    ui.page(&Review { ui: ui.clone(), it, similar })
}

async fn decide(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Initiative)?.to_owned();
    let verdict = ui.form.get("verdict").to_owned();
    let flash = match verdict.as_str() {
        "PUBLISH" => "flash-review-published",
        "RETURN" => "flash-review-returned",
        "REJECT" => "flash-review-rejected",
        _ => {
            let missing = FieldError::new("verdict", ui.t("review-choose"));
            return show(ui.with_errors(vec![missing])).await;
        }
    };
    let input = ui.form.input(&ui).choice("verdict").text("reason").with("initiativeId", id.as_str()).finish()?;
    match ui.mutate("reviewInitiative", input, "").await {
        Ok(_) => ui.go("/review", Some((flash, ""))),
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

impl Review {
    fn similar_hint(&self) -> &'static str {
        "review-similar-hint"
    }

    fn verdicts(&self) -> Vec<Choice> {
        self.ui.named_choices("verdict", &VERDICTS)
    }
}
