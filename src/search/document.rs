//! What is indexed of each thing that can be found, the same for every engine.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::gid::Kind;

/// A thing that can be found, as the database has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Document {
    /// What it is.
    pub kind: Kind,
    /// Its key.
    pub id: Uuid,
    /// Its name; empty of a comment.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Whether everybody may read it; otherwise only experts, moderators and its owner.
    pub public: bool,
    /// Who wrote it, where that decides who may read it.
    pub owner: Option<Uuid>,
    /// ISO 639 code of its language.
    pub language: Option<String>,
    /// Its state, as the API names it.
    pub state: Option<String>,
    /// Where it came from, as the API names it.
    pub channel: Option<String>,
    /// What it is about.
    pub topic: Option<Uuid>,
    /// Where it is.
    pub territory: Option<Uuid>,
    /// The working group that has it.
    pub working_group: Option<Uuid>,
    /// The department that answers for it.
    pub department: Option<Uuid>,
    /// When it was made; unknown of departments.
    pub created_at: Option<DateTime<Utc>>,
}

/// A key of a document: what it is, and which.
pub type Key = (Kind, Uuid);

impl Document {
    /// Its key.
    pub fn key(&self) -> Key {
        (self.kind, self.id)
    }

    /// What tells this content from any other, to compare an index with the database.
    pub fn digest(&self) -> [u8; 16] {
        // Fields are written in the order of the struct.
        let written = serde_json::to_vec(self).unwrap_or_default();
        let mut digest = [0; 16];
        digest.copy_from_slice(&Sha256::digest(&written)[..16]);
        digest
    }
}

/// A property by which hits are chosen and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Facet {
    /// What it is.
    Kind,
    /// Its language.
    Language,
    /// Its state.
    State,
    /// Where it came from.
    Channel,
    /// What it is about.
    Topic,
    /// Where it is.
    Territory,
    /// The working group that has it.
    WorkingGroup,
    /// The department that answers for it.
    Department,
}

impl Facet {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Kind, Self::Language, Self::State, Self::Channel, Self::Topic, Self::Territory, Self::WorkingGroup, Self::Department];

    /// Its name in an index.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Language => "language",
            Self::State => "state",
            Self::Channel => "channel",
            Self::Topic => "topic",
            Self::Territory => "territory",
            Self::WorkingGroup => "working_group",
            Self::Department => "department",
        }
    }

    /// Its value in a document.
    pub fn of(self, document: &Document) -> Option<String> {
        match self {
            Self::Kind => Some(document.kind.name().to_owned()),
            Self::Language => document.language.clone(),
            Self::State => document.state.clone(),
            Self::Channel => document.channel.clone(),
            Self::Topic => document.topic.map(|id| id.simple().to_string()),
            Self::Territory => document.territory.map(|id| id.simple().to_string()),
            Self::WorkingGroup => document.working_group.map(|id| id.simple().to_string()),
            Self::Department => document.department.map(|id| id.simple().to_string()),
        }
    }
}

/// Which documents are looked among. All that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of each named property, one of these values.
    pub any_of: Vec<(Facet, Vec<String>)>,
    /// Not older.
    pub from: Option<DateTime<Utc>>,
    /// Older.
    pub to: Option<DateTime<Utc>>,
}

impl Filter {
    /// Whether it lets a document through.
    pub fn admits(&self, document: &Document) -> bool {
        let has = |(facet, values): &(Facet, Vec<String>)| facet.of(document).is_some_and(|value| values.contains(&value));
        let at = document.created_at.unwrap_or_default();
        self.any_of.iter().all(has) && self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to)
    }

    /// The same without what it says of a property: by it, its other values are counted.
    pub fn without(&self, facet: Facet) -> Self {
        Self { any_of: self.any_of.iter().filter(|(known, _)| *known != facet).cloned().collect(), ..self.clone() }
    }
}

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Whoever may read everything.
    Staff,
    /// A person, who reads what is public and their own.
    Person(Uuid),
    /// Anybody.
    Anybody,
}

/// In which order hits come; those that are equal by key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The best first.
    #[default]
    Relevance,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}
