//! What the platform has to say to people.

use cynic::Id;

use crate::{intake::Locale, schema};

/// Where a notification reaches a person.
#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotificationChannel {
    /// In the list of notifications.
    InApp,
    /// By mail.
    Email,
    /// By the Telegram bot.
    Telegram,
}

/// What a notification is about.
#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq, Hash)]
#[cynic(non_exhaustive)]
pub enum NotificationKind {
    /// A message was taken in.
    TicketCreated,
    /// A ticket was answered.
    TicketAnswered,
    /// A ticket was merged into another.
    TicketMerged,
    /// A ticket was rejected.
    TicketRejected,
    /// A ticket was opened again.
    TicketReopened,
    /// Any other, by its name in the contract.
    #[cynic(fallback)]
    Other(String),
}

/// A notification for a bot to carry.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct OutgoingMessage {
    /// The delivery's identifier.
    pub id: Id,
    /// Where it goes.
    pub channel: NotificationChannel,
    /// The address there.
    pub address: String,
    /// The reader's language.
    pub locale: Locale,
    /// What it is about.
    pub kind: NotificationKind,
    /// One line.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Where to read on.
    pub link: String,
    /// What it is about.
    pub subject_id: Id,
    /// The ticket's number, where it is about one.
    pub ticket_number: Option<String>,
    /// The secret of the ticket's link, for whom it concerns.
    pub secret: Option<String>,
    /// The person's own message that this answers, by its external id.
    pub reply_to: Option<String>,
    /// By what a further message of theirs names the ticket.
    pub reply_token: Option<String>,
    /// Whether they may say how much the answer helped.
    pub rateable: bool,
    /// Tries so far, this one included.
    pub attempts: i32,
}

/// Messages wanted.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct ClaimOutgoingInput {
    /// Where they go.
    pub channel: NotificationChannel,
    /// How many at the most: 1 to 100.
    pub first: Option<i32>,
    /// For how long nobody else gets them: 10 to 3600 seconds.
    pub lease_seconds: Option<i32>,
}

mutation! {
    /// Takes messages to carry in hand for a while. A repeat with the same key gives the same messages.
    claim_outgoing(ClaimOutgoingInput) -> "ClaimOutgoingPayload" { messages: Vec<OutgoingMessage> }
}

/// What became of a message that was claimed.
#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutgoingOutcome {
    /// The channel took it.
    Sent,
    /// Not now.
    Retry,
    /// Never.
    Failed,
}

/// What became of a message that was claimed.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct SettleOutgoingInput {
    /// The message.
    pub id: Id,
    /// What became of it.
    pub outcome: OutgoingOutcome,
    /// The channel's own id of what was sent.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Why it failed, for experts.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When to try again.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<i32>,
}

mutation! {
    /// Says what became of a message that was claimed.
    settle_outgoing(SettleOutgoingInput) -> "SettleOutgoingPayload" { id: Id }
}

/// Something of ours did not arrive.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct ReportBounceInput {
    /// Where it went.
    pub channel: NotificationChannel,
    /// The external id of what was sent.
    pub external_id: String,
    /// Whether trying again is of no use.
    pub permanent: bool,
    /// What the other side said.
    pub detail: String,
}

mutation! {
    /// A mail of ours came back, or a chat is closed to us. Gives whether the platform knows what came back.
    report_bounce(ReportBounceInput) -> "ReportBouncePayload" { known: bool }
}
