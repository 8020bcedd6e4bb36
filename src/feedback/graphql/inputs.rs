use async_graphql::{ID, InputObject, SimpleObject};
use base64::{Engine, engine::general_purpose::STANDARD};
use uuid::Uuid;

use super::{
    super::{self as feedback, Channel, File, Message, Sender, State, Submission, sql},
    Ticket,
};
use crate::{
    app::App,
    attachments::{RefusedFile, RefusedFileReason},
    error::{Error, ErrorCode, Refusal, Result},
    gid::{self, Kind},
    graphql::payload,
    i18n::Locale,
    identity::Viewer,
    validate,
};

/// Which tickets to list. Conditions of different fields hold together.
#[derive(InputObject, Default)]
pub struct TicketFilter {
    /// In one of these states.
    states: Option<Vec<State>>,
    /// In the queue of this working group.
    group_id: Option<ID>,
    /// Only those on the triage desk, which no group has yet.
    unrouted: Option<bool>,
    /// In the hands of this expert.
    assignee_id: Option<ID>,
    /// Of this cluster.
    cluster_id: Option<ID>,
    /// Only the caller's own.
    mine: Option<bool>,
    /// From this channel.
    channel: Option<Channel>,
    /// With these words, in any form.
    text: Option<String>,
}

impl TicketFilter {
    /// The tickets of a cluster.
    pub(super) fn of_cluster(cluster: Uuid) -> Self {
        Self { cluster_id: Some(gid::encode(Kind::Cluster, cluster)), ..Self::default() }
    }

    pub(super) fn check(self, viewer: &Viewer) -> Result<sql::Filter> {
        let wrong = Error::BadRequest;
        let states = self.states.unwrap_or_default();
        if states.len() > State::ALL.len() {
            return Err(wrong(Refusal::new(ErrorCode::WrongCount, "filter.states").with("min", 0).with("max", State::ALL.len())));
        }
        let id = |kind, id: &Option<ID>, path| gid::maybe(kind, id.as_ref(), path).map_err(wrong);
        let author = if self.mine.unwrap_or(false) { Some(viewer.id.ok_or(Error::Unauthenticated)?) } else { None };
        Ok(sql::Filter {
            states,
            group: id(Kind::WorkingGroup, &self.group_id, "filter.groupId")?,
            unrouted: self.unrouted.unwrap_or(false),
            assignee: id(Kind::Participant, &self.assignee_id, "filter.assigneeId")?,
            cluster: id(Kind::Cluster, &self.cluster_id, "filter.clusterId")?,
            author,
            channel: self.channel,
            text: self.text.map(|text| validate::line("filter.text", &text, 1..=500)).transpose().map_err(wrong)?,
        })
    }
}

/// Who wrote, as a channel knows them.
#[derive(InputObject, Default)]
pub struct SenderInput {
    /// The address on the channel: e-mail address, chat number, telephone number.
    address: Option<String>,
    /// The name they go by there.
    name: Option<String>,
    /// Whether the channel proved that the address is the sender's (mail: DMARC passed or the receiving server says so; Telegram: always).
    #[graphql(default)]
    verified: bool,
}

/// What a person writes to the service.
#[derive(InputObject)]
pub struct SubmitFeedbackInput {
    /// What they write, at least 5 characters.
    text: String,
    /// What it is about, 3 to 200 characters; the first words by default.
    subject: Option<String>,
    /// `WEB`, `API` (default), or `PHONE` for an operator who writes down a call.
    channel: Option<Channel>,
    /// Whether everybody may read it; nobody but the experts by default.
    public: Option<bool>,
    /// About what.
    topic_id: Option<ID>,
    /// Where.
    territory_id: Option<ID>,
    /// Whom to answer, for people without an account.
    sender: Option<SenderInput>,
    /// Files uploaded before.
    attachment_ids: Option<Vec<ID>>,
    /// Small files inside the message; also for people without an account, who cannot upload.
    attachments: Option<Vec<FileInput>>,
    /// An identifier of the caller's choice: the same one twice is one message.
    #[graphql(deprecation = "Use clientMutationId, which every mutation knows.")]
    external_id: Option<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

fn files(ids: Option<Vec<ID>>) -> Result<Vec<Uuid>, Refusal> {
    ids.unwrap_or_default().iter().take(101).map(|id| gid::expect(Kind::Attachment, id, "attachmentIds")).collect()
}

/// Files inside a message; more than a message may have are refused before they are read.
fn inside(files: Option<Vec<FileInput>>, most: usize) -> Result<Vec<File>> {
    let files = files.unwrap_or_default();
    if files.len() > most {
        return Err(Refusal::new(ErrorCode::WrongCount, "attachments").with("min", 0).with("max", most).into());
    }
    let read = |(i, file): (usize, FileInput)| {
        let invalid = |_| Refusal::new(ErrorCode::InvalidFormat, &format!("attachments.{i}.content")).with("example", "Base64");
        let content = STANDARD.decode(file.content.trim()).map_err(invalid)?;
        Ok(File { name: file.name, content_type: file.content_type, content })
    };
    files.into_iter().enumerate().map(read).collect()
}

impl SubmitFeedbackInput {
    pub(super) fn into_submission(self, app: &App) -> Result<Submission> {
        let sender = self.sender.unwrap_or_default();
        Ok(Submission {
            channel: self.channel.unwrap_or(Channel::Api),
            subject: self.subject,
            text: self.text,
            public: self.public.unwrap_or(false),
            topic: gid::maybe(Kind::Topic, self.topic_id.as_ref(), "topicId")?,
            territory: gid::maybe(Kind::Territory, self.territory_id.as_ref(), "territoryId")?,
            sender: Sender { address: sender.address, name: sender.name, verified: false },
            uploads: files(self.attachment_ids)?,
            files: inside(self.attachments, app.config.feedback.attachments)?,
            external_id: self.external_id,
        })
    }
}

/// What became of what a person wrote.
#[derive(SimpleObject)]
pub struct SubmittedFeedback {
    /// The ticket's public number.
    pub(super) number: String,
    /// The ticket; null when a repeated call finds somebody else's.
    pub(super) ticket: Option<Ticket>,
    /// The secret by which somebody without an account reads the ticket and writes into it. Shown once.
    pub(super) secret: Option<String>,
    /// The link with the secret.
    pub(super) link: Option<String>,
}

payload! {
    /// The outcome of `submitFeedback`.
    SubmitFeedbackPayload {
        /// What became of it.
        submitted: SubmittedFeedback
    }
}

/// A small file inside a message; larger ones are uploaded before.
#[derive(InputObject)]
pub struct FileInput {
    /// Its name.
    name: String,
    /// Its media type.
    content_type: String,
    /// Its bytes in Base64.
    content: String,
}

/// A file that a channel could not bring.
#[derive(InputObject)]
pub struct RefusedFileInput {
    /// Its name.
    name: String,
    /// Why.
    reason: RefusedFileReason,
}

/// A message from a channel.
#[derive(InputObject)]
pub struct ReceiveMessageInput {
    /// `EMAIL`, `TELEGRAM` or `API`.
    channel: Channel,
    /// The channel's own id of the message, up to 500 characters: the same one twice is one message.
    external_id: String,
    /// The channel's id of the conversation, up to 500 characters: a message of a known one is a follow-up.
    conversation: Option<String>,
    /// Who wrote.
    sender: SenderInput,
    /// What it is about.
    subject: Option<String>,
    /// What they wrote. Only an empty text is refused; whatever else cannot be shown is taken out.
    text: String,
    /// Whether everybody may read the ticket.
    public: Option<bool>,
    /// The language of answers; that of the request by default.
    locale: Option<Locale>,
    /// About what, when the sender said so.
    topic_id: Option<ID>,
    /// Where, when the sender said so.
    territory_id: Option<ID>,
    /// External ids of earlier messages of the thread, of ours too, oldest first; of more than 50 the newest count. An id counts where the
    /// message was the sender's own, or ours to them.
    references: Option<Vec<String>>,
    /// The token of the address that we asked to answer to.
    reply_token: Option<String>,
    /// What the sender's program quoted of earlier messages: kept, folded away.
    quotation: Option<String>,
    /// The external id of the message of which this is a later wording.
    edits: Option<String>,
    /// Files uploaded before by the service account, at most 100; how many are kept is a setting.
    attachment_ids: Option<Vec<ID>>,
    /// Small files inside the message, at most 100.
    attachments: Option<Vec<FileInput>>,
    /// Files that the channel could not bring, at most 100.
    refused_files: Option<Vec<RefusedFileInput>>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

impl ReceiveMessageInput {
    pub(super) fn into_message(self, viewer: &Viewer) -> Result<Message> {
        let sender = Sender { address: self.sender.address, name: self.sender.name, verified: self.sender.verified };
        let refused = self.refused_files.unwrap_or_default();
        if refused.len() > feedback::BROUGHT {
            return Err(Refusal::new(ErrorCode::WrongCount, "refusedFiles").with("min", 0).with("max", feedback::BROUGHT).into());
        }
        let named = |file: RefusedFileInput| (validate::salvage(&file.name, 200), file.reason);
        Ok(Message {
            external_id: Some(self.external_id),
            conversation: self.conversation,
            sender,
            subject: self.subject,
            public: self.public.unwrap_or(false),
            locale: self.locale.unwrap_or(viewer.locale),
            topic: gid::maybe(Kind::Topic, self.topic_id.as_ref(), "topicId")?,
            territory: gid::maybe(Kind::Territory, self.territory_id.as_ref(), "territoryId")?,
            references: self.references.unwrap_or_default(),
            reply_token: self.reply_token,
            quotation: self.quotation.unwrap_or_default(),
            edits: self.edits,
            files: inside(self.attachments, feedback::BROUGHT)?,
            uploads: (None, files(self.attachment_ids)?),
            refused: refused.into_iter().map(named).map(|(name, reason)| RefusedFile { name, reason }).collect(),
            ..Message::new(self.channel, self.text)
        })
    }
}

/// What became of a message.
#[derive(SimpleObject)]
pub struct ReceivedMessage {
    /// The ticket's public number.
    pub(super) number: String,
    /// The ticket's identifier.
    pub(super) ticket_id: ID,
    /// The message's identifier.
    pub(super) article_id: ID,
    /// False when the message had been stored before.
    pub(super) stored: bool,
    /// Whether it goes on with an earlier conversation.
    pub(super) follow_up: bool,
    /// The link by which the sender reads the ticket. It opens it for whoever has it.
    pub(super) link: String,
    /// The secret of the ticket's link.
    pub(super) secret: String,
    /// Files that were not kept.
    pub(super) refused_files: Vec<RefusedFile>,
}

payload! {
    /// The outcome of `receiveMessage`.
    ReceiveMessagePayload {
        /// What became of it.
        received: ReceivedMessage
    }
}

/// What to write into a ticket.
#[derive(InputObject)]
pub struct ReplyToTicketInput {
    /// Which ticket.
    pub(super) ticket_id: ID,
    /// The text.
    text: String,
    /// An expert's note that the citizen does not see.
    note: Option<bool>,
    /// The secret of the ticket's link, for an author without an account.
    pub(super) secret: Option<String>,
    /// Files uploaded before.
    attachment_ids: Option<Vec<ID>>,
    /// Small files inside the message; also for people without an account, who cannot upload.
    attachments: Option<Vec<FileInput>>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

impl ReplyToTicketInput {
    pub(super) fn into_reply(self, app: &App) -> Result<feedback::Reply> {
        let (uploads, files) = (files(self.attachment_ids)?, inside(self.attachments, app.config.feedback.attachments)?);
        Ok(feedback::Reply { text: self.text, note: self.note.unwrap_or(false), secret: self.secret, uploads, files })
    }
}

payload! {
    /// The outcome of `replyToTicket`.
    ReplyToTicketPayload {
        /// The ticket.
        ticket: Ticket
    }
}

/// How much an answer helped.
#[derive(InputObject)]
pub struct RateAnswerInput {
    /// Which ticket.
    pub(super) ticket_id: ID,
    /// From 1 (of no help) to 5 (solved).
    pub(super) rating: i32,
    /// A few words, up to 2,000 characters.
    pub(super) comment: Option<String>,
    /// The secret of the ticket's link, for an author without an account.
    pub(super) secret: Option<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `rateAnswer`.
    RateAnswerPayload {
        /// The ticket.
        ticket: Ticket
    }
}

/// What to merge.
#[derive(InputObject)]
pub struct MergeTicketsInput {
    /// The ticket that stays.
    pub(super) target_id: ID,
    /// Those that become part of it, 1 to 500.
    pub(super) source_ids: Vec<ID>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `mergeTickets`.
    MergeTicketsPayload {
        /// The ticket that stays.
        ticket: Ticket
    }
}

/// What to join.
#[derive(InputObject)]
pub struct JoinTicketInput {
    /// The author's ticket, which becomes part of the other.
    pub(super) ticket_id: ID,
    /// The ticket about the same, which still waits for its answer.
    pub(super) target_id: ID,
    /// The secret of the author's link, for an author without an account.
    pub(super) secret: Option<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `joinTicket`.
    JoinTicketPayload {
        /// The author's ticket.
        ticket: Ticket
    }
}

/// What to take out.
#[derive(InputObject)]
pub struct SeparateTicketInput {
    /// The ticket that is part of another.
    pub(super) ticket_id: ID,
    /// The secret of the ticket's link, for an author without an account.
    pub(super) secret: Option<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `separateTicket`.
    SeparateTicketPayload {
        /// The ticket, by itself again.
        ticket: Ticket
    }
}

/// What to turn down.
#[derive(InputObject)]
pub struct RejectTicketInput {
    /// Which ticket.
    pub(super) ticket_id: ID,
    /// Why, for its author; 10 to 5,000 characters.
    pub(super) reason: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `rejectTicket`.
    RejectTicketPayload {
        /// The ticket.
        ticket: Ticket
    }
}
