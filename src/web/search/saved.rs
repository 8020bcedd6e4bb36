//! Searches that somebody wants to hear of.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::KINDS;
use crate::web::{
    failure::Failure,
    parts::Named,
    ui::{Answer, Ui},
};

/// What must hold of what a saved search finds.
#[derive(Deserialize)]
pub struct Condition {
    property: String,
    values: Vec<String>,
}

impl Condition {
    /// What the page of results calls it, and its first value.
    fn arg(&self) -> Option<(&'static str, &str)> {
        let value = self.values.first()?.as_str();
        match self.property.as_str() {
            "KIND" => Some(("kind", KINDS.iter().find(|kind| kind.eq_ignore_ascii_case(value)).copied()?)),
            "TOPIC" => Some(("topic", value)),
            "TERRITORY" => Some(("territory", value)),
            _ => None,
        }
    }
}

/// The address of what is found, the newest first where something is to be new.
pub fn searched(query: &str, conditions: &[Condition]) -> String {
    let mut args = vec![("q", query)];
    args.extend(conditions.iter().filter_map(Condition::arg));
    format!("/search?{}", serde_urlencoded::to_string(&args).unwrap_or_default())
}

#[derive(Deserialize)]
struct Data {
    me: Option<Owner>,
    topics: Vec<Named>,
    territories: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    saved_searches: Option<Vec<Saved>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Saved {
    id: String,
    query: String,
    conditions: Vec<Condition>,
    created_at: DateTime<Utc>,
    found_at: Option<DateTime<Utc>>,
}

impl Saved {
    fn href(&self) -> String {
        searched(&self.query, &self.conditions)
    }
}

#[derive(Template)]
#[template(path = "account/searches.html")]
struct Page {
    ui: Ui,
    searches: Vec<Saved>,
    topics: Vec<Named>,
    territories: Vec<Named>,
}

impl Page {
    /// What a search is narrowed to, in words.
    fn narrowed(&self, saved: &Saved) -> Vec<String> {
        let name = |names: &[Named], id: &str| names.iter().find(|name| name.id == id).map(|name| name.name.clone());
        let label = |condition: &Condition| match condition.arg()? {
            ("kind", kind) => Some(self.ui.named("search-kind", kind)),
            ("topic", id) => name(&self.topics, id),
            (_, id) => name(&self.territories, id),
        };
        saved.conditions.iter().filter_map(label).collect()
    }
}

const SAVED: &str = "{
    ...Shell
    me { savedSearches { id query conditions { property values } createdAt foundAt } }
    topics { id name } territories { id name }
}";

/// One's saved searches.
pub async fn list(ui: Ui) -> Answer {
    let data: Data = ui.ask(SAVED, Value::Null).await?;
    let searches = data.me.ok_or(Failure::LogIn)?.saved_searches.unwrap_or_default();
    ui.page(&Page { searches, topics: data.topics, territories: data.territories, ui: ui.clone() })
}

/// Saves what was looked for on the page of results.
pub async fn save(ui: Ui) -> Answer {
    let (query, kind) = (ui.form.get("q"), ui.form.get("kind"));
    let only = |name: &str| Some(ui.form.get(name)).filter(|id| !id.is_empty()).map(|id| [id.to_owned()]);
    let kinds = KINDS.iter().find(|known| **known == kind).map(|kind| [kind]);
    let filter = json!({ "kinds": kinds, "topicIds": only("topic"), "territoryIds": only("territory") });
    match ui.mutate("saveSearch", json!({ "query": query, "filter": filter }), "").await {
        Ok(_) => {
            let given = [("q", query), ("kind", kind), ("topic", ui.form.get("topic")), ("territory", ui.form.get("territory"))];
            let args: Vec<_> = given.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            let back = format!("/search?{}", serde_urlencoded::to_string(&args).unwrap_or_default());
            ui.go(&back, Some(("flash-search-saved", query)))
        }
        Err(Failure::Refused(errors)) => list(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

/// Forgets one.
pub async fn delete(ui: Ui) -> Answer {
    ui.mutate("deleteSavedSearch", json!({ "id": ui.form.get("id") }), "").await?;
    ui.go("/me/searches", Some(("flash-search-deleted", "")))
}
