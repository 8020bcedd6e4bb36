//! Initiatives, and voting on them.

use cynic::{Id, QueryBuilder, QueryVariables};

use crate::{Client, DateTime, Error, intake::PageInfo, schema};

/// Where an initiative stands.
#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum InitiativeState {
    /// People vote.
    Voting,
    /// Enough people want it.
    Accepted,
    /// Not enough people want it.
    NotSupported,
    /// The department does it.
    InImplementation,
    /// It is done.
    Implemented,
    /// It cannot be put to a vote.
    Rejected,
    /// The author took it back.
    Withdrawn,
    /// Any other, by its name in the contract.
    #[cynic(fallback)]
    Other(String),
}

/// In which order.
#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitiativeOrder {
    /// Voting ends soonest.
    EndingSoon,
    /// Most votes.
    MostVotes,
    /// Nearest to their threshold.
    NearThreshold,
    /// Newest.
    Newest,
    /// Changed last.
    Updated,
}

/// How people vote.
#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum BallotKind {
    /// For, against or neither: options 0, 1, 2.
    ForAgainstAbstain,
    /// Several of the options.
    MultipleChoice,
    /// One of the options.
    SingleChoice,
    /// Support, or nothing: option 0.
    Support,
}

/// The votes so far.
#[derive(cynic::QueryFragment, Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// How many people voted.
    pub ballots: i32,
    /// Votes for each option.
    pub counts: Vec<i32>,
    /// Grows with every change.
    pub version: i32,
}

/// One's own vote.
#[derive(cynic::QueryFragment, Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// The options chosen.
    pub choices: Vec<i32>,
}

/// A territory or a topic, by its name in the language of the request.
#[derive(cynic::QueryFragment, Debug, Clone, PartialEq, Eq)]
#[cynic(graphql_type = "Territory")]
pub struct Territory {
    /// The global identifier.
    pub id: Id,
    /// Its name.
    pub name: String,
}

/// What an initiative is about.
#[derive(cynic::QueryFragment, Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The global identifier.
    pub id: Id,
    /// Its name.
    pub name: String,
}

/// An initiative.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct Initiative {
    /// The global identifier.
    pub id: Id,
    /// One line.
    pub title: String,
    /// What it is for.
    pub goal: String,
    /// What comes of it.
    pub effect: String,
    /// What it takes.
    pub resources: String,
    /// Where it stands.
    pub state: InitiativeState,
    /// How people vote.
    pub ballot_kind: BallotKind,
    /// What can be chosen, in words.
    pub ballot_options: Vec<String>,
    /// How many options at least.
    pub min_choices: i32,
    /// How many options at most.
    pub max_choices: i32,
    /// Votes needed.
    pub threshold: i32,
    /// The votes so far; null while nobody may see them.
    pub tally: Option<Tally>,
    /// One's own vote.
    pub my_ballot: Option<Ballot>,
    /// Until when people vote.
    pub voting_ends_at: Option<DateTime>,
    /// Where.
    pub territory: Option<Territory>,
    /// About what.
    pub topic: Option<Topic>,
    /// Whether the caller follows it.
    pub followed: bool,
}

/// A page of initiatives.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct InitiativeConnection {
    /// The initiatives.
    pub nodes: Vec<Initiative>,
    /// Which part this is.
    pub page_info: PageInfo,
    /// How many there are in all.
    pub total_count: i32,
}

/// Which initiatives.
#[derive(cynic::InputObject, Debug, Clone, Default)]
pub struct InitiativeFilter {
    /// In these states.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub states: Option<Vec<InitiativeState>>,
    /// Of this territory.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub territory_id: Option<Id>,
    /// About this topic.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub topic_id: Option<Id>,
    /// With these words.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Which page of initiatives.
#[derive(QueryVariables, Debug, Clone)]
pub struct InitiativesVariables {
    /// Which initiatives.
    pub filter: Option<InitiativeFilter>,
    /// How many, at most 100.
    pub first: Option<i32>,
    /// After this cursor.
    pub after: Option<String>,
    /// In which order.
    pub order_by: InitiativeOrder,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "InitiativesVariables")]
struct InitiativesQuery {
    #[arguments(filter: $filter, first: $first, after: $after, orderBy: $order_by)]
    initiatives: InitiativeConnection,
}

/// A page of initiatives.
///
/// # Errors
/// [`Error`].
pub async fn initiatives(client: &Client, which: InitiativesVariables) -> Result<InitiativeConnection, Error> {
    Ok(client.run(InitiativesQuery::build(which)).await?.initiatives)
}

#[derive(QueryVariables)]
struct InitiativeVariables {
    id: Id,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "InitiativeVariables")]
struct InitiativeQuery {
    #[arguments(id: $id)]
    initiative: Option<Initiative>,
}

/// One initiative; nothing where there is none that the caller may see.
///
/// # Errors
/// [`Error`].
pub async fn initiative(client: &Client, id: Id) -> Result<Option<Initiative>, Error> {
    Ok(client.run(InitiativeQuery::build(InitiativeVariables { id })).await?.initiative)
}

/// An initiative that is like a text.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct SimilarInitiative {
    /// The initiative.
    pub initiative: Initiative,
    /// How like, 0 to 1.
    pub score: f64,
}

#[derive(QueryVariables)]
struct SimilarVariables {
    text: String,
    first: Option<i32>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "SimilarVariables")]
struct SimilarQuery {
    #[arguments(text: $text, first: $first)]
    similar_initiatives: Vec<SimilarInitiative>,
}

/// Initiatives that are like a text, most alike first.
///
/// # Errors
/// [`Error`].
pub async fn similar(client: &Client, text: &str, first: i32) -> Result<Vec<SimilarInitiative>, Error> {
    Ok(client.run(SimilarQuery::build(SimilarVariables { text: text.into(), first: Some(first) })).await?.similar_initiatives)
}

/// A vote.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct CastVoteInput {
    /// The initiative.
    pub initiative_id: Id,
    /// The options chosen.
    pub choices: Vec<i32>,
}

/// A vote taken back.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct WithdrawVoteInput {
    /// The initiative.
    pub initiative_id: Id,
}

mutation! {
    /// Votes, or votes otherwise, for the account that the client acts for.
    cast_vote(CastVoteInput) -> "CastVotePayload" { tally: Tally }
}

mutation! {
    /// Takes back the vote of the account that the client acts for.
    withdraw_vote(WithdrawVoteInput) -> "WithdrawVotePayload" { tally: Tally }
}
