//! Tickets: what is like them, and what is said in them.

use cynic::{Id, QueryBuilder, QueryVariables};

use crate::{
    Client, DateTime, Error,
    initiatives::Topic,
    intake::{Channel, TicketState},
    outgoing::{NotificationChannel, NotificationKind},
    schema,
};

/// Which way a message goes.
#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArticleDirection {
    /// From the citizen.
    In,
    /// Among experts.
    Note,
    /// To the citizen.
    Out,
}

/// A message in a ticket.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct Article {
    /// The global identifier.
    pub id: Id,
    /// What it says.
    pub body: String,
    /// Which way it goes.
    pub direction: ArticleDirection,
    /// The channel it came or went by.
    pub channel: Channel,
    /// When it was written.
    pub created_at: DateTime,
}

/// The messages of a ticket.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct ArticleConnection {
    /// Oldest first.
    pub nodes: Vec<Article>,
}

/// A ticket with its last messages.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct Ticket {
    /// The global identifier.
    pub id: Id,
    /// The public number.
    pub number: String,
    /// What it is about.
    pub subject: String,
    /// Where it stands.
    pub state: TicketState,
    /// Whether everybody may read it.
    pub public: bool,
    /// How many tickets are part of it.
    pub joined: i32,
    /// How much the answer helped, 1 to 5.
    pub rating: Option<i32>,
    /// When it was written.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: DateTime,
    /// By when it should be answered.
    pub due_at: DateTime,
    /// Its last ten messages.
    #[arguments(last: 10)]
    pub articles: ArticleConnection,
}

/// A ticket in a list.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "Ticket")]
pub struct ListedTicket {
    /// The global identifier.
    pub id: Id,
    /// The public number.
    pub number: String,
    /// What it is about.
    pub subject: String,
    /// Where it stands.
    pub state: TicketState,
    /// How many tickets are part of it.
    pub joined: i32,
    /// When it was written.
    pub created_at: DateTime,
}

#[derive(QueryVariables)]
struct TicketVariables {
    number: String,
    secret: Option<String>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "TicketVariables")]
struct TicketQuery {
    #[arguments(number: $number, secret: $secret)]
    ticket: Option<Ticket>,
}

/// One ticket; nothing where there is none that the caller, or who has the secret, may read.
///
/// # Errors
/// [`Error`].
pub async fn ticket(client: &Client, number: &str, secret: Option<&str>) -> Result<Option<Ticket>, Error> {
    let variables = TicketVariables { number: number.into(), secret: secret.map(str::to_owned) };
    Ok(client.run(TicketQuery::build(variables)).await?.ticket)
}

/// A ticket that is like a text.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct SimilarTicket {
    /// The ticket.
    pub ticket: ListedTicket,
    /// How like in its words, 0 to 1.
    pub score: f64,
    /// How sure it is the same incident, 0 to 1.
    pub incident: f64,
    /// Whether it is taken to be the same.
    pub same: bool,
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
    similar: Vec<SimilarTicket>,
}

/// Tickets that are like a text, most alike first.
///
/// # Errors
/// [`Error`].
pub async fn similar(client: &Client, text: &str, first: i32) -> Result<Vec<SimilarTicket>, Error> {
    Ok(client.run(SimilarQuery::build(SimilarVariables { text: text.into(), first: Some(first) })).await?.similar)
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query")]
struct TopicsQuery {
    topics: Vec<Topic>,
}

/// What tickets can be about, by name in the language of the request.
///
/// # Errors
/// [`Error`].
pub async fn topics(client: &Client) -> Result<Vec<Topic>, Error> {
    Ok(client.run(TopicsQuery::build(())).await?.topics)
}

/// A ticket that something was done with.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "Ticket")]
pub struct ChangedTicket {
    /// The global identifier.
    pub id: Id,
    /// The public number.
    pub number: String,
    /// Where it stands.
    pub state: TicketState,
    /// How many tickets are part of it.
    pub joined: i32,
}

/// How much an answer helped.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct RateAnswerInput {
    /// The ticket.
    pub ticket_id: Id,
    /// The secret of its link.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// 1 to 5.
    pub rating: i32,
    /// In words.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

mutation! {
    /// Says how much an answer helped.
    rate_answer(RateAnswerInput) -> "RateAnswerPayload" { ticket: ChangedTicket }
}

/// A ticket becomes part of another.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct JoinTicketInput {
    /// The ticket.
    pub ticket_id: Id,
    /// The one it becomes part of.
    pub target_id: Id,
    /// The secret of its link.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

mutation! {
    /// Makes one's ticket part of another that is about the same.
    join_ticket(JoinTicketInput) -> "JoinTicketPayload" { ticket: ChangedTicket }
}

/// Whether one wants to hear of something on a channel.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct NotificationPreference {
    /// The channel.
    pub channel: NotificationChannel,
    /// What it is about.
    pub kind: NotificationKind,
    /// Whether one does.
    pub enabled: bool,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query")]
struct PreferencesQuery {
    notification_preferences: Vec<NotificationPreference>,
}

/// What the account that the client acts for wants to hear of.
///
/// # Errors
/// [`Error`].
pub async fn notification_preferences(client: &Client) -> Result<Vec<NotificationPreference>, Error> {
    Ok(client.run(PreferencesQuery::build(())).await?.notification_preferences)
}

/// What to hear of, and where.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct SetNotificationPreferenceInput {
    /// The channel.
    pub channel: NotificationChannel,
    /// What it is about.
    pub kind: NotificationKind,
    /// Whether to hear of it.
    pub enabled: bool,
}

mutation! {
    /// Says whether the account that the client acts for wants to hear of something.
    set_notification_preference(SetNotificationPreferenceInput) -> "SetNotificationPreferencePayload" { preference: NotificationPreference }
}
