//! The department's answer, and what it does then.

use askama::Template;
use serde_json::{Value, json};

use super::{Proposal, id_of, proposal};
use crate::{
    gid::Kind,
    web::{
        failure::{Failure, FieldError},
        map::Map,
        parts::Choice,
        ui::{Answer, Ui},
    },
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.form("/initiatives/:id/answer", show, send)
        .action("/milestones/:id/complete", complete_step)
        .action("/initiatives/:id/complete", complete)
}

/// Rows for steps of the plan at first, and so many more on demand.
const ROWS: usize = 4;
/// Rows at the most.
const MOST: usize = 100;

#[derive(Template)]
#[template(path = "initiatives/answer.html")]
struct Reply {
    ui: Ui,
    it: Proposal,
    /// Steps as they were typed: what, by when.
    rows: Vec<(String, String)>,
}

/// The rows of the plan as they were typed.
fn typed(ui: &Ui) -> Vec<(String, String)> {
    let mut days = ui.form.all("milestoneDueOn").into_iter();
    let rows = ui.form.all("milestoneTitle").into_iter().map(|title| (title, days.next().unwrap_or_default()));
    rows.filter(|(title, day)| !title.trim().is_empty() || !day.trim().is_empty()).take(MOST).collect()
}

async fn show(ui: Ui) -> Answer {
    let it = proposal(&ui).await?;
    if !it.may("ANSWER") {
        return ui.go(&format!("/initiatives/{}", it.card.id), None);
    }
    let mut rows = typed(&ui);
    let wanted = (rows.len() + if ui.form.has("more") { ROWS } else { 1 }).clamp(ROWS, MOST);
    rows.resize(wanted, Default::default());
    ui.page(&Reply { ui: ui.clone(), it, rows })
}

async fn send(ui: Ui) -> Answer {
    if ui.form.has("more") {
        return show(ui).await;
    }
    let id = id_of(&ui, Kind::Initiative)?.to_owned();
    let accepted = match ui.form.get("accepted") {
        "YES" => true,
        "NO" => false,
        _ => {
            let missing = FieldError::new("accepted", ui.t("answer-choose"));
            return show(ui.with_errors(vec![missing])).await;
        }
    };
    let rows = typed(&ui);
    if accepted && rows.iter().any(|(_, day)| day.parse::<chrono::NaiveDate>().is_err()) {
        let missing = FieldError::new("milestones", ui.t("answer-no-day"));
        return show(ui.with_errors(vec![missing])).await;
    }
    // A plan belongs to a yes only; with a no it stays in the form.
    let plan: Vec<Value> = rows.iter().filter(|_| accepted).map(|(title, day)| json!({ "title": title, "dueOn": day })).collect();
    let input = ui.form.input(&ui).text("body").with("accepted", accepted).with("milestones", json!(plan));
    match ui.mutate("answerInitiative", input.with("initiativeId", id.as_str()).finish()?, "").await {
        Ok(_) => {
            let flash = if accepted { "flash-answered-yes" } else { "flash-answered-no" };
            ui.go(&format!("/initiatives/{id}#answer"), Some((flash, "")))
        }
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

async fn complete_step(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Milestone)?;
    let input = ui.form.input(&ui).text("note").with("milestoneId", id).finish()?;
    let payload = ui.mutate("completeMilestone", input, "initiative { id }").await?;
    let initiative = payload["initiative"]["id"].as_str().unwrap_or_default();
    ui.go(&format!("/initiatives/{initiative}#plan"), Some(("flash-milestone-done", "")))
}

async fn complete(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Initiative)?.to_owned();
    let input = ui.form.input(&ui).text("reason").with("initiativeId", id.as_str()).finish()?;
    ui.mutate("completeImplementation", input, "").await?;
    ui.go(&format!("/initiatives/{id}"), Some(("flash-implemented", "")))
}

impl Reply {
    fn answers(&self) -> Vec<Choice> {
        self.ui.named_choices("answer", &["YES", "NO"])
    }

    fn error(&self) -> Option<&str> {
        self.ui.errors().iter().find(|e| e.field() == "milestones").map(|e| e.message.as_str())
    }
}
