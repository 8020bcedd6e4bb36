//! Search: how each index fares, making all of them anew, and words that mean the same.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::settle;
use crate::web::{
    failure::Failure,
    ui::{Answer, Ui},
};

const SEARCH: &str = "{
    ...Shell
    searchIndexes { name engine documents lagSeconds waiting filling { done expected } ready error reportedAt alive }
    searchSynonyms { id words updatedAt }
}";

const SYNONYMS: &str = "{ ...Shell searchSynonyms { id words updatedAt } }";

#[derive(Deserialize)]
struct Filling {
    done: i64,
    expected: i64,
}

/// An index as it last spoke of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    name: String,
    engine: String,
    documents: i64,
    lag_seconds: i64,
    waiting: i64,
    filling: Option<Filling>,
    ready: bool,
    error: Option<String>,
    reported_at: DateTime<Utc>,
    alive: bool,
}

/// Seconds that a change may wait before people are told.
const LATE: i64 = 60;

impl Index {
    /// How it fares: the end of the words' key.
    fn condition(&self) -> &'static str {
        match self {
            Self { alive: false, .. } => "silent",
            Self { error: Some(_), .. } => "failing",
            Self { filling: Some(_), .. } => "filling",
            Self { ready: false, .. } => "starting",
            Self { lag_seconds: LATE.., .. } => "late",
            _ => "well",
        }
    }

    /// The sign beside the words.
    fn sign(&self) -> &'static str {
        match self.condition() {
            "well" => "check",
            "failing" => "warn",
            _ => "clock",
        }
    }

    fn tone(&self) -> &'static str {
        match self.condition() {
            "well" => "good",
            "failing" => "bad",
            _ => "gold",
        }
    }
}

/// Words that mean the same.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Synonyms {
    id: String,
    words: Vec<String>,
    updated_at: DateTime<Utc>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    search_indexes: Vec<Index>,
    search_synonyms: Vec<Synonyms>,
}

#[derive(Template)]
#[template(path = "admin/search.html")]
struct Page {
    ui: Ui,
    indexes: Vec<Index>,
    synonyms: Vec<Synonyms>,
}

impl Page {
    /// How long the oldest change waits, in words.
    fn lag(&self, index: &Index) -> String {
        self.ui.t1("admin-search-lag-value", "seconds", index.lag_seconds)
    }
}

pub async fn show(ui: Ui) -> Answer {
    let data: Data = ui.ask(SEARCH, Value::Null).await?;
    ui.page(&Page { indexes: data.search_indexes, synonyms: data.search_synonyms, ui: ui.clone() })
}

pub async fn rebuild(ui: Ui) -> Answer {
    settle(ui.clone(), ("rebuildSearch", Ok(json!({}))), "/admin/search", "flash-search-rebuilt", show).await
}

/// What was typed, a word or an expression a line; commas part them too.
fn words(ui: &Ui) -> Vec<String> {
    let typed = ui.form.get("words");
    typed.split(['\n', '\r', ',', ';']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

pub async fn create(ui: Ui) -> Answer {
    let input = json!({ "words": words(&ui) });
    settle(ui.clone(), ("createSearchSynonyms", Ok(input)), "/admin/search", "flash-synonyms-saved", show).await
}

#[derive(Template)]
#[template(path = "admin/synonyms.html")]
struct EditPage {
    ui: Ui,
    group: Synonyms,
    /// Its words, one a line.
    words: String,
}

pub async fn edit(ui: Ui) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Data {
        search_synonyms: Vec<Synonyms>,
    }
    let data: Data = ui.ask(SYNONYMS, Value::Null).await?;
    let group = data.search_synonyms.into_iter().find(|group| group.id == ui.param("id")).ok_or(Failure::NotFound)?;
    ui.page(&EditPage { words: group.words.join("\n"), group, ui: ui.clone() })
}

pub async fn update(ui: Ui) -> Answer {
    let input = json!({ "synonymsId": ui.param("id"), "words": words(&ui) });
    settle(ui.clone(), ("updateSearchSynonyms", Ok(input)), "/admin/search", "flash-synonyms-saved", edit).await
}

pub async fn delete(ui: Ui) -> Answer {
    let input = json!({ "synonymsId": ui.param("id") });
    settle(ui.clone(), ("deleteSearchSynonyms", Ok(input)), "/admin/search", "flash-synonyms-deleted", show).await
}
