use serde::{Deserialize, de::IgnoredAny};

use crate::{feedback::Channel, i18n::Locale};

/// The made-up city: who there is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    pub territories: Vec<Entry>,
    pub topics: Vec<Entry>,
    pub departments: Vec<Entry>,
    pub groups: Vec<Entry>,
    pub services: Vec<Entry>,
    pub people: Vec<Person>,
    pub accounts: Vec<Account>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Territories have none.
    #[serde(default)]
    pub key: String,
    pub name_ru: String,
    pub name_en: String,
    #[serde(default)]
    pub description_ru: String,
    #[serde(default)]
    pub description_en: String,
    /// What a working group is about, for those who edit the file.
    #[serde(default, rename = "topics")]
    _topics: IgnoredAny,
    /// The departments that a working group works with, its own first; that of a service.
    #[serde(default)]
    pub departments: Vec<String>,
    /// Where a service is asked for.
    #[serde(default)]
    pub url: String,
}

impl Entry {
    /// Its key, made of the English name where there is none.
    pub fn key(&self) -> String {
        if !self.key.is_empty() {
            return self.key.clone();
        }
        let words = self.name_en.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric() && c != ' ', "");
        words.split(' ').collect::<Vec<_>>().join("-")
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub name: String,
    pub locale: Locale,
    pub bio: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub role: String,
    pub name: String,
    pub email: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Initiatives {
    pub initiatives: Vec<Initiative>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Initiative {
    /// For those who edit the file.
    #[serde(rename = "key")]
    _key: IgnoredAny,
    pub locale: Locale,
    pub title: String,
    pub goal: String,
    pub effect: String,
    pub resources: String,
    pub topic: String,
    pub territory: String,
    pub department: String,
    pub ballot: String,
    #[serde(default)]
    pub options: Vec<String>,
    #[serde(default = "one")]
    pub min_choices: i32,
    #[serde(default = "one")]
    pub max_choices: i32,
    /// Votes for it that are needed; of several options, ballots.
    pub threshold: i64,
    pub state: String,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub votes: usize,
    /// The share of ballots for it, or with the first option.
    #[serde(default)]
    pub support: f64,
    #[serde(default)]
    pub comments: Vec<Comment>,
    #[serde(default)]
    pub answer: String,
    #[serde(default)]
    pub milestones: Vec<Milestone>,
}

const fn one() -> i32 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comment {
    pub side: String,
    pub text: String,
    pub reply: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    pub title: String,
    /// Days from the answer.
    pub due_days: i64,
    pub done: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    pub id: String,
    /// What it is about, for those who check the clusters.
    pub matter: String,
    /// The key of the working group that is right for it.
    pub group: String,
    pub channel: Channel,
    pub conversation: String,
    pub sender: Sender,
    pub subject: Option<String>,
    pub text: String,
    pub locale: Locale,
    pub days_ago: i64,
    pub hour: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    pub name: String,
    pub address: String,
}

/// The three files.
pub fn organisation() -> anyhow::Result<Organisation> {
    Ok(toml::from_str(include_str!("../../demo/organisation.toml"))?)
}

pub fn initiatives() -> anyhow::Result<Vec<Initiative>> {
    Ok(toml::from_str::<Initiatives>(include_str!("../../demo/initiatives.toml"))?.initiatives)
}

pub fn messages() -> anyhow::Result<Vec<Message>> {
    let lines = include_str!("../../demo/messages.jsonl").lines();
    Ok(lines.map(serde_json::from_str).collect::<Result<_, _>>()?)
}
