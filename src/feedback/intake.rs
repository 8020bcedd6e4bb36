use chrono::{DateTime, Datelike, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Channel, State, link_secret, number::public_number, sql};
use crate::{
    app::App,
    attachments, audit,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    i18n::Locale,
    identity::{Act, Purpose, Viewer},
    jobs::{self, Spec},
    limits::Operation,
    live::{self, Event},
    notify,
    triage::Understand,
    validate::{self, Validate},
};

/// Who wrote, as a channel knows them.
#[derive(Debug, Clone, Default)]
pub struct Sender {
    /// The address on the channel: an e-mail address, a chat's number.
    pub address: Option<String>,
    /// The name they go by there.
    pub name: Option<String>,
}

/// A file that came with a message.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// A message from any channel, ready to be stored. It is cleaned, never refused for what it says.
#[derive(Debug, Clone)]
pub struct Message {
    /// The channel.
    pub channel: Channel,
    /// The channel's own id of the message: the same message twice is stored once.
    pub external_id: Option<String>,
    /// The channel's id of the conversation: a message of a known one is a follow-up.
    pub conversation: Option<String>,
    /// The participant who wrote.
    pub author: Option<Uuid>,
    /// Who wrote it down on the author's behalf.
    pub operator: Option<Uuid>,
    /// Who wrote, when it was not a participant.
    pub sender: Sender,
    /// What it is about, when the channel has that.
    pub subject: Option<String>,
    /// What they wrote.
    pub text: String,
    /// Whether everybody may read the ticket.
    pub public: bool,
    /// The language of answers.
    pub locale: Locale,
    /// About what, when the sender said so.
    pub topic: Option<Uuid>,
    /// Where, when the sender said so.
    pub territory: Option<Uuid>,
    /// The group that is known to be right, which the router learns from.
    pub group: Option<Uuid>,
    /// When it was written, for what is imported.
    pub received_at: Option<DateTime<Utc>>,
    /// Files of its own.
    pub files: Vec<File>,
    /// Files uploaded before by the author or the service.
    pub uploads: (Option<Uuid>, Vec<Uuid>),
    /// Whether the sender gets a confirmation.
    pub acknowledge: bool,
}

impl Message {
    /// A message with nothing but its channel and text.
    pub fn new(channel: Channel, text: String) -> Self {
        Self {
            channel,
            text,
            external_id: None,
            conversation: None,
            author: None,
            operator: None,
            sender: Sender::default(),
            subject: None,
            public: false,
            locale: Locale::default(),
            topic: None,
            territory: None,
            group: None,
            received_at: None,
            files: Vec::new(),
            uploads: (None, Vec::new()),
            acknowledge: true,
        }
    }
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The ticket it belongs to.
    pub ticket: Uuid,
    /// The ticket's public number.
    pub number: String,
    /// The message itself.
    pub article: Uuid,
    /// False when it had been stored before.
    pub stored: bool,
    /// Whether it goes on with an earlier conversation.
    pub follow_up: bool,
}

/// The first words of a text, for a ticket without a subject.
pub(super) fn headline(text: &str) -> String {
    let line = text.lines().find(|l| !l.trim().is_empty()).unwrap_or(text).trim();
    if line.chars().count() <= 120 {
        return line.to_owned();
    }
    let cut: String = line.chars().take(120).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    format!("{cut}…")
}

/// Stores a message in the caller's transaction: on its ticket or a new one, once, with everything that follows from it.
///
/// # Errors
/// `REQUIRED` when nothing is left of the text.
pub async fn intake(app: &App, tx: &mut PgConnection, message: &Message) -> Result<Received> {
    let body = validate::salvage(&message.text, app.config.feedback.message_chars);
    if body.is_empty() {
        return Err(Refusal::new(ErrorCode::Required, "text").into());
    }
    let channel = message.channel;
    // Messages of one conversation, and retries of one message, wait for each other; all others pass.
    sql::lock_conversation(tx, channel, message.conversation.as_deref().or(message.external_id.as_deref())).await?;
    if let Some(external_id) = &message.external_id
        && let Some(known) = sql::find_external(tx, channel, external_id).await?
    {
        return Ok(Received { stored: false, ..known });
    }
    let contact = contact(app, tx, message).await?;
    let known = match &message.conversation {
        Some(conversation) => sql::conversation(tx, channel, conversation, app.config.feedback.reopen_days).await?,
        None => None,
    };
    let follow_up = known.is_some();
    let ticket = match known {
        Some(ticket) => ticket,
        None => open(app, tx, message, contact, &body).await?,
    };
    let article = app.new_id();
    sql::insert_article(
        tx,
        &sql::NewArticle {
            id: article,
            ticket: ticket.id,
            direction: sql::Direction::In,
            channel,
            external_id: message.external_id.as_deref(),
            author: message.author,
            contact,
            body: &body,
            decision: None,
            created_at: message.received_at,
        },
    )
    .await?;
    attach_files(app, tx, &message.files, article).await?;
    if let (Some(owner), uploads) = &message.uploads {
        attachments::attach(tx, *owner, uploads, Kind::Article, article).await?;
    }
    if let Some(conversation) = &message.conversation {
        sql::link_conversation(tx, channel, conversation, ticket.id).await?;
    }
    if follow_up {
        let entry = audit::Entry::new("ticket.followed_up", message.author, Kind::Ticket, ticket.id);
        audit::record(tx, entry.with(serde_json::json!({ "channel": channel.name() }))).await?;
        if ticket.state.may_become(State::Reopened) {
            super::transition(tx, &ticket, State::Reopened, message.author, "").await?;
        } else {
            live::tell(tx, &Event::Ticket { ticket: ticket.id }).await?;
        }
    }
    jobs::enqueue(tx, &Understand { article }, &Spec::default()).await?;
    Ok(Received { ticket: ticket.id, number: ticket.number, article, stored: true, follow_up })
}

async fn contact(app: &App, tx: &mut PgConnection, message: &Message) -> Result<Option<Uuid>> {
    let Some(address) = message.sender.address.as_deref().map(|a| validate::salvage(a, 320)).filter(|a| !a.is_empty()) else {
        return Ok(None);
    };
    let index = app.keys.index(Purpose::Contact, format!("{}\0{}", message.channel.name(), address.to_lowercase()).as_bytes());
    let id = app.new_id();
    let name = message.sender.name.as_deref().map(|n| validate::salvage(n, 200)).filter(|n| !n.is_empty());
    let sealed = app.keys.seal(&app.entropy, id, &address)?;
    let name = name.map(|name| app.keys.seal(&app.entropy, id, &name)).transpose()?;
    Ok(Some(sql::upsert_contact(tx, id, message.channel, &index, &sealed, name.as_deref(), message.locale).await?))
}

async fn open(app: &App, tx: &mut PgConnection, message: &Message, contact: Option<Uuid>, body: &str) -> Result<sql::Ticket> {
    let id = app.new_id();
    let serial = sql::next_serial(tx).await?;
    let number = public_number(&app.keys, app.clock.now().year(), serial);
    let subject = message.subject.as_deref().map(|s| validate::salvage(&s.replace(['\n', '\t'], " "), 200)).filter(|s| !s.is_empty());
    let new = sql::NewTicket {
        id,
        number: &number,
        channel: message.channel,
        public: message.public,
        subject: &subject.unwrap_or_else(|| headline(body)),
        author: message.author,
        contact,
        operator: message.operator,
        topic: message.topic,
        territory: message.territory,
        group: message.group,
        answer_days: i32::try_from(app.config.feedback.answer_days).unwrap_or(30),
        created_at: message.received_at,
    };
    let ticket = sql::insert_ticket(tx, &new).await?;
    if let Some(group) = message.group {
        sql::insert_example(tx, id, group, "IMPORT").await?;
    }
    if let Some(author) = message.author {
        notify::follow(tx, author, Kind::Ticket, id).await?;
    }
    let entry = audit::Entry::new("ticket.created", message.operator.or(message.author), Kind::Ticket, id);
    let event = audit::record(tx, entry.with(serde_json::json!({ "channel": message.channel.name() }))).await?;
    if message.acknowledge && contact.is_some() {
        notify::announce(tx, event).await?;
    }
    Ok(ticket)
}

/// Stores files that came inside a message; those that cannot be kept are left out.
pub(super) async fn attach_files(app: &App, tx: &mut PgConnection, files: &[File], article: Uuid) -> Result<()> {
    let mut stored = Vec::new();
    for file in files.iter().take(app.config.feedback.attachments) {
        if file.content.is_empty() || file.content.len() > app.config.limits.upload_bytes {
            continue;
        }
        let name = validate::salvage(&file.name, 200);
        let name = if name.is_empty() { "file" } else { &name };
        stored.push(attachments::insert(app, tx, None, name, &file.content_type, &file.content).await?);
    }
    if !stored.is_empty() {
        attachments::adopt(tx, &stored, Kind::Article, article).await?;
    }
    Ok(())
}

/// Refuses files inside a message that cannot be kept. A channel's are left out instead: nobody could mend them.
pub(super) fn check_files(app: &App, v: &mut Validate, files: &[File], uploads: usize) {
    let (most, bytes) = (app.config.feedback.attachments, app.config.limits.upload_bytes);
    if files.len() + uploads > most {
        let path = if files.is_empty() { "attachmentIds" } else { "attachments" };
        v.refuse(Refusal::new(ErrorCode::WrongCount, path).with("min", 0).with("max", most));
    }
    for (i, file) in files.iter().enumerate() {
        let path = format!("attachments.{i}.content");
        if file.content.is_empty() {
            v.refuse(Refusal::new(ErrorCode::Required, &path));
        } else if file.content.len() > bytes {
            v.refuse(Refusal::new(ErrorCode::TooLong, &path).with("max", bytes).with("actual", file.content.len()));
        }
        v.line(&format!("attachments.{i}.name"), &file.name, 1..=200);
    }
}

/// Stores a message that a service account brings from a channel. Repeating it does no harm.
///
/// # Errors
/// Refusals of the fields; who is no service account is refused as a whole.
pub async fn receive(app: &App, viewer: &Viewer, mut message: Message) -> Result<Received> {
    let service = viewer.may(Act::Intake)?;
    let mut v = Validate::new();
    message.external_id = message.external_id.map(|id| v.line("externalId", &id, 1..=500));
    message.conversation = message.conversation.map(|c| v.line("conversation", &c, 1..=500));
    if message.uploads.1.len() > app.config.feedback.attachments {
        v.refuse(Refusal::new(ErrorCode::WrongCount, "attachmentIds").with("min", 0).with("max", app.config.feedback.attachments));
    }
    if matches!(message.channel, Channel::Web | Channel::Phone) {
        // These are written by people themselves: `submitFeedback`.
        v.refuse(Refusal::new(ErrorCode::NotAllowed, "channel"));
    }
    v.finish()?;
    message.uploads.0 = Some(service);
    let mut tx = app.begin().await?;
    let received = intake(app, &mut tx, &message).await?;
    tx.commit().await?;
    if received.stored {
        app.metrics.article(message.channel.name());
    }
    Ok(received)
}

/// What a person writes to the service on the web or through the API.
#[derive(Debug)]
pub struct Submission {
    /// The channel: `WEB`, `API`, or `PHONE` for an operator.
    pub channel: Channel,
    /// What it is about; the first words by default.
    pub subject: Option<String>,
    /// What they write.
    pub text: String,
    /// Whether everybody may read it.
    pub public: bool,
    /// About what.
    pub topic: Option<Uuid>,
    /// Where.
    pub territory: Option<Uuid>,
    /// Where to answer somebody without an account; for `PHONE` also a telephone number.
    pub sender: Sender,
    /// Uploaded files.
    pub uploads: Vec<Uuid>,
    /// Files inside it.
    pub files: Vec<File>,
    /// An identifier of the caller's choice, by which a repeated call is known.
    pub external_id: Option<String>,
}

/// Stores what a person writes; the outcome holds the secret of the link for somebody without an account.
///
/// # Errors
/// Refusals of the fields; `RATE_LIMITED`.
pub async fn submit(app: &App, viewer: &Viewer, input: Submission) -> Result<(Received, Option<String>)> {
    viewer.limit(app, Operation::Feedback)?;
    // People without an account may write too; one who has one must be allowed to use it here.
    let person = viewer.id.map(|_| viewer.may(Act::Report)).transpose()?;
    let operator = if input.channel == Channel::Phone { Some(viewer.may(Act::Operate)?) } else { None };
    let mut v = Validate::new();
    if matches!(input.channel, Channel::Email | Channel::Telegram) {
        v.refuse(Refusal::new(ErrorCode::NotAllowed, "channel"));
    }
    let subject = input.subject.map(|s| v.line("subject", &s, 3..=200));
    let text = v.text("text", &input.text, 5..=app.config.feedback.message_chars);
    let address = input.sender.address.map(|address| {
        if operator.is_some() {
            v.line("address", &address, 3..=100)
        } else {
            let address = validate::email("address", &address);
            v.keep(address)
        }
    });
    let name = input.sender.name.map(|name| v.line("name", &name, 2..=100));
    let external_id = input.external_id.map(|id| v.line("externalId", &id, 1..=200));
    check_files(app, &mut v, &input.files, input.uploads.len());
    if person.is_none() && !input.uploads.is_empty() {
        v.refuse(Refusal::new(ErrorCode::NotAllowed, "attachmentIds"));
    }
    v.finish()?;
    let author = if operator.is_some() { None } else { person };
    // Another person's key must not answer with somebody's ticket.
    let external_id = external_id.map(|id| person.map_or_else(|| format!("anonymous:{id}"), |p| format!("{}:{id}", p.simple())));
    let message = Message {
        external_id,
        author,
        operator,
        sender: if author.is_some() { Sender::default() } else { Sender { address, name } },
        subject,
        public: input.public,
        locale: viewer.locale,
        topic: input.topic,
        territory: input.territory,
        uploads: (person, input.uploads),
        files: input.files,
        ..Message::new(input.channel, text)
    };
    let mut tx = app.begin().await?;
    crate::initiatives::sql::check_links(&mut tx, None, input.territory, input.topic).await?;
    let received = intake(app, &mut tx, &message).await?;
    tx.commit().await?;
    if received.stored {
        app.metrics.article(message.channel.name());
    }
    let secret = (author.is_none() && received.stored).then(|| link_secret(&app.keys, received.ticket));
    Ok((received, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_is_the_first_line_cut_at_a_word() {
        assert_eq!(headline("\n  Нет света \nвторой день"), "Нет света");
        let long = headline(&"слово ".repeat(60));
        assert!(long.ends_with("слово…") && long.chars().count() <= 121);
    }
}
