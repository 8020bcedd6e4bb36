use async_graphql::Enum;

use crate::nlp::signals::{Level, Rule};

/// How soon somebody has to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(remote = "Level")]
pub enum Urgency {
    /// In its turn.
    Ordinary,
    /// Sooner: it gets worse, or people are without what they need to live.
    Soon,
    /// At once: life or health is in danger.
    Danger,
}

/// What was seen in a message that makes it urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(remote = "Rule")]
pub enum UrgencyRule {
    /// A smell or leak of gas.
    Gas,
    /// A wire that hangs, lies or sparks; an electric shock.
    LiveWire,
    /// Fire or smoke.
    Fire,
    /// A building, tree, pole or roof that falls or may fall.
    Collapse,
    /// A well, hatch or pit without its cover.
    OpenManhole,
    /// Somebody is hurt, dying or in danger, a child first of all.
    Hurt,
    /// Somebody is locked in: a lift that stands with people in it.
    Trapped,
    /// An attack, a weapon, an explosive.
    Violence,
    /// Water that floods a house or a street.
    Flood,
    /// No heat, water, gas or light where people live.
    WithoutSupply,
    /// Ice or snow that hangs over people or makes them fall.
    Ice,
    /// Stray animals that attack.
    Animals,
    /// The writer asks for haste and names no danger.
    Asked,
}
