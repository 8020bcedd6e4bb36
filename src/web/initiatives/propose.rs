//! The first step of proposing: the idea, and whether somebody had it already.

use askama::Template;
use serde::Deserialize;
use serde_json::json;

use super::{CARD, Card};
use crate::web::{
    failure::Failure,
    map::Map,
    ui::{Answer, Ui},
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.form("/initiatives/new", show, create)
}

const SIMILAR: &str = "query($text: String!, $except: ID) { ...Shell similarInitiatives(text: $text, first: 5, except: $except) { words initiative { ...Card } } }";
/// Characters of a text that others are compared with.
const COMPARED: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    similar_initiatives: Vec<Similar>,
}

/// An initiative that may be about the same.
#[derive(Deserialize)]
pub struct Similar {
    /// The words that both have.
    pub words: Vec<String>,
    /// Which.
    pub initiative: Card,
}

/// Initiatives that are about the same as a text; also finds what the frame shows.
pub async fn similar(ui: &Ui, text: &str, except: Option<&str>) -> Result<Vec<Similar>, Failure> {
    // Only words are compared; signs that the API refuses do not stop anybody here.
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty());
    let text: String = words.collect::<Vec<_>>().join(" ").chars().take(COMPARED).collect();
    if text.chars().count() < 4 {
        ui.ask_shell().await?;
        return Ok(Vec::new());
    }
    let data: Data = ui.ask(&format!("{SIMILAR} {CARD}"), json!({ "text": text, "except": except })).await?;
    Ok(data.similar_initiatives)
}

#[derive(Template)]
#[template(path = "initiatives/new.html")]
struct New {
    ui: Ui,
    similar: Vec<Similar>,
    /// The author saw what is alike and goes on.
    seen: bool,
}

impl New {
    fn similar_hint(&self) -> &'static str {
        "similar-hint"
    }
}

async fn show(ui: Ui) -> Answer {
    if !ui.is_known() {
        return Err(Failure::LogIn);
    }
    let text = format!("{} {}", ui.value("title", ui.arg("title")), ui.value("goal", ui.arg("goal")));
    let similar = similar(&ui, &text, None).await?;
    ui.page(&New { seen: !similar.is_empty() && ui.form.is_sent(), ui: ui.clone(), similar })
}

async fn create(ui: Ui) -> Answer {
    if !ui.form.has("seen") {
        let text = format!("{} {}", ui.form.get("title"), ui.form.get("goal"));
        let similar = similar(&ui, &text, None).await?;
        if !similar.is_empty() {
            return ui.page(&New { ui: ui.clone(), similar, seen: true });
        }
    }
    let input = ui.form.input(&ui).text("title").text("goal").finish()?;
    match ui.mutate("createInitiative", input, "initiative { id }").await {
        Ok(payload) => {
            let id = payload["initiative"]["id"].as_str().unwrap_or_default();
            ui.go(&format!("/initiatives/{id}/edit?step=2"), Some(("flash-draft-saved", "")))
        }
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}
