//! What people write, and who they are.

use cynic::{Id, QueryBuilder, QueryVariables};

use crate::{Client, DateTime, Error, key, schema};

/// Where a message came from or went to.
#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Another client of the API.
    Api,
    /// E-mail.
    Email,
    /// The telephone.
    Phone,
    /// The Telegram bot.
    Telegram,
    /// The web pages.
    Web,
}

/// A language the service speaks.
#[derive(cynic::Enum, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Locale {
    /// English.
    En,
    /// Russian.
    Ru,
}

/// Who wrote, as a channel knows them.
#[derive(cynic::InputObject, Debug, Clone, Default)]
pub struct SenderInput {
    /// The address on the channel.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The name they go by there.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the channel proved that the address is the sender's.
    pub verified: bool,
}

/// A small file inside a message.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct FileInput {
    /// Base64.
    pub content: String,
    /// Its media type, as its sender named it.
    pub content_type: String,
    /// Its name.
    pub name: String,
}

/// A message from a channel.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct ReceiveMessageInput {
    /// Files uploaded before.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub attachment_ids: Option<Vec<Id>>,
    /// Small files inside the message.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<FileInput>>,
    /// Where it came from.
    pub channel: Channel,
    /// The channel's id of the conversation.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// The external id of the message of which this is a later wording.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub edits: Option<String>,
    /// The channel's own id of the message.
    pub external_id: String,
    /// The language of answers.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    /// Whether everybody may read the ticket.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    /// What the sender's program quoted of earlier messages.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub quotation: Option<String>,
    /// External ids of earlier messages of the thread, oldest first, at most 50.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub references: Option<Vec<String>>,
    /// Files that the channel could not bring, at most 100.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub refused_files: Option<Vec<RefusedFileInput>>,
    /// The token of the address that we asked to answer to.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub reply_token: Option<String>,
    /// Who wrote.
    pub sender: SenderInput,
    /// What it is about.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Where.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub territory_id: Option<Id>,
    /// What they wrote.
    pub text: String,
    /// About what.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub topic_id: Option<Id>,
}

impl ReceiveMessageInput {
    /// A message of nothing but its words.
    pub fn new(channel: Channel, external_id: impl Into<String>, sender: SenderInput, text: impl Into<String>) -> Self {
        Self {
            attachment_ids: None,
            attachments: None,
            channel,
            conversation: None,
            edits: None,
            external_id: external_id.into(),
            locale: None,
            public: None,
            quotation: None,
            references: None,
            refused_files: None,
            reply_token: None,
            sender,
            subject: None,
            territory_id: None,
            text: text.into(),
            topic_id: None,
        }
    }
}

/// Why a file was not kept.
#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum RefusedFileReason {
    /// It could be run.
    Executable,
    /// It is larger than a file may be.
    TooLarge,
    /// The message had too many.
    TooMany,
    /// There is nothing in it.
    Empty,
    /// The scanner found fault with it.
    Infected,
    /// A reason this program does not know.
    #[cynic(fallback)]
    Other(String),
}

/// A file that a channel could not bring.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct RefusedFileInput {
    /// As the sender named it.
    pub name: String,
    /// Why.
    pub reason: RefusedFileReason,
}

/// A file that was not kept.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct RefusedFile {
    /// As the sender named it.
    pub name: String,
    /// Why.
    pub reason: RefusedFileReason,
}

/// What became of a message.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct ReceivedMessage {
    /// The message's identifier.
    pub article_id: Id,
    /// Whether it goes on with an earlier conversation.
    pub follow_up: bool,
    /// The link by which the sender reads the ticket; it holds the secret.
    pub link: String,
    /// The ticket's public number.
    pub number: String,
    /// False when the message had been stored before.
    pub stored: bool,
    /// The ticket's identifier.
    pub ticket_id: Id,
    /// The secret of the ticket's link.
    pub secret: String,
    /// Files that were not kept.
    pub refused_files: Vec<RefusedFile>,
}

mod under_key {
    use super::*;

    mutation! {
        /// Hands a message over under a key of the caller's own; [`receive_message`](super::receive_message) makes one.
        receive_message(ReceiveMessageInput) -> "ReceiveMessagePayload" { received: ReceivedMessage }
    }
}

/// Hands a message over. The same one twice is one message.
///
/// # Errors
/// [`Error`]: what the platform refused, or why it could not be reached.
pub async fn receive_message(client: &Client, input: ReceiveMessageInput) -> Result<ReceivedMessage, Error> {
    let written = serde_json::to_string(&input).map_err(|e| Error::Unexpected(e.to_string()))?;
    let key = key(&["receive", &written]);
    match under_key::receive_message(client, input.clone(), &key).await {
        // The answer is gone, the message is there: under another key the platform finds it by its external id.
        Err(Error::Denied { code, .. }) if code == "ALREADY_DONE" => {
            under_key::receive_message(client, input, &crate::key(&[&key, "again"])).await
        }
        outcome => outcome,
    }
}

/// A message that could not be read.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct KeepUnreadableMessageInput {
    /// Where it came from.
    pub channel: Channel,
    /// The channel's own id of the message.
    pub external_id: String,
    /// Why it could not be read.
    pub reason: String,
    /// The message as it came, Base64.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The message as it came, uploaded before.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub attachment_id: Option<Id>,
}

mutation! {
    /// Keeps a message that could not be read, and tells administrators: once by channel and external id.
    keep_unreadable_message(KeepUnreadableMessageInput) -> "KeepUnreadableMessagePayload" { kept: bool }
}

/// An address becomes an account's own by the code of a one-time link.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct LinkContactInput {
    /// The channel.
    pub channel: Channel,
    /// The address there.
    pub address: String,
    /// The name they go by there.
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What stood in the link.
    pub code: String,
}

/// An address is an account's own no longer.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct UnlinkContactInput {
    /// The channel.
    pub channel: Channel,
    /// The address there.
    pub address: String,
}

/// Name and address of somebody are to be forgotten.
#[derive(cynic::InputObject, Debug, Clone)]
pub struct ForgetContactInput {
    /// The channel.
    pub channel: Channel,
    /// The address there.
    pub address: String,
}

/// What a channel's bot may know of who writes to it.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "Correspondent")]
pub struct Linked {
    /// The account's name, where the address belongs to one.
    pub participant_name: Option<String>,
    /// Whether the address belongs to an account.
    pub linked: bool,
    /// Their language.
    pub locale: Locale,
}

mutation! {
    /// Links an address to the account that made the code.
    link_contact(LinkContactInput) -> "LinkContactPayload" { correspondent: Linked }
}

mutation! {
    /// Unlinks an address.
    unlink_contact(UnlinkContactInput) -> "UnlinkContactPayload" { correspondent: Linked }
}

mutation! {
    /// Forgets name and address of who writes on a channel; what they wrote stays without them. Gives how many tickets stay.
    forget_contact(ForgetContactInput) -> "ForgetContactPayload" { tickets: i32 }
}

/// Where a ticket stands.
#[derive(cynic::Enum, Debug, Clone, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub enum TicketState {
    /// It has arrived.
    New,
    /// It lies in a queue.
    Triaged,
    /// An expert works on it.
    InProgress,
    /// The citizen has an answer.
    Answered,
    /// Nothing more is expected.
    Closed,
    /// It goes on as a part of another ticket.
    Merged,
    /// It is not a matter for the service.
    Rejected,
    /// The citizen wrote again.
    Reopened,
    /// A state this program does not know.
    #[cynic(fallback)]
    Other(String),
}

/// A ticket in a list.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "Ticket")]
pub struct OwnTicket {
    /// The global identifier.
    pub id: Id,
    /// The public number.
    pub number: String,
    /// What it is about.
    pub subject: String,
    /// Where it stands.
    pub state: TicketState,
    /// How much the answer helped, 1 to 5.
    pub rating: Option<i32>,
    /// When it was written.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: DateTime,
    /// The link with the secret.
    pub secret_link: Option<String>,
    /// By what a further message of the author's names it.
    pub reply_token: Option<String>,
}

/// Which part of a list this is.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct PageInfo {
    /// Whether there is more.
    pub has_next_page: bool,
    /// Where to go on.
    pub end_cursor: Option<String>,
}

/// A page of tickets.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "TicketConnection")]
pub struct OwnTickets {
    /// The tickets.
    pub nodes: Vec<OwnTicket>,
    /// Which part this is.
    pub page_info: PageInfo,
    /// How many there are in all.
    pub total_count: i32,
}

/// What a channel's bot may know of who writes to it, with their tickets.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(variables = "CorrespondentVariables")]
pub struct Correspondent {
    /// The account's name, where the address belongs to one.
    pub participant_name: Option<String>,
    /// Whether the address belongs to an account.
    pub linked: bool,
    /// Their language.
    pub locale: Locale,
    /// What they wrote, newest first.
    #[arguments(first: $first, after: $after)]
    pub tickets: OwnTickets,
}

/// Whom to look up.
#[derive(QueryVariables, Debug, Clone)]
pub struct CorrespondentVariables {
    /// The channel.
    pub channel: Channel,
    /// The address there.
    pub address: String,
    /// How many tickets.
    pub first: Option<i32>,
    /// Tickets after this cursor.
    pub after: Option<String>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "CorrespondentVariables")]
struct CorrespondentQuery {
    #[arguments(channel: $channel, address: $address)]
    correspondent: Option<Correspondent>,
}

/// Who writes on a channel; nothing where nobody ever wrote from that address.
///
/// # Errors
/// [`Error`].
pub async fn correspondent(client: &Client, whom: CorrespondentVariables) -> Result<Option<Correspondent>, Error> {
    Ok(client.run(CorrespondentQuery::build(whom)).await?.correspondent)
}
