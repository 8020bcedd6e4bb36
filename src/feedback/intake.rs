use chrono::{DateTime, Datelike, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Channel, File, Flag, State, files,
    number::public_number,
    sql,
    threads::{self, Who},
    wording,
};
use crate::{
    app::App,
    attachments::RefusedFile,
    audit,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    i18n::{self, Locale},
    identity::{self, Act, Purpose, Viewer},
    jobs::{self, Spec},
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
    /// Whether the channel proved that the address is theirs.
    pub verified: bool,
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
    /// Files that the channel could not bring.
    pub refused: Vec<RefusedFile>,
    /// Whether the sender gets a confirmation.
    pub acknowledge: bool,
    /// Ids of earlier messages of the thread, oldest first.
    pub references: Vec<String>,
    /// The token of the address that it was sent to.
    pub reply_token: Option<String>,
    /// What the sender's program quoted of earlier messages.
    pub quotation: String,
    /// The id of the message of which it is a later wording.
    pub edits: Option<String>,
    /// Whether ids that it names count only where they are the sender's own: anybody can write anything into a message of a channel.
    pub guarded: bool,
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
            refused: Vec::new(),
            acknowledge: true,
            references: Vec::new(),
            reply_token: None,
            quotation: String::new(),
            edits: None,
            guarded: false,
        }
    }
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The ticket it belongs to; where the sender's own became part of another, theirs.
    pub ticket: Uuid,
    /// The ticket's public number.
    pub number: String,
    /// The message itself.
    pub article: Uuid,
    /// False when it had been stored before.
    pub stored: bool,
    /// Whether it goes on with an earlier conversation.
    pub follow_up: bool,
    /// Files that were not kept.
    pub refused: Vec<RefusedFile>,
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
/// `REQUIRED` when nothing is left of the text and there is no file either; `NOT_FOUND` for uploaded files that are not the bringer's.
pub async fn intake(app: &App, tx: &mut PgConnection, message: &Message) -> Result<Received> {
    let most = app.config.feedback.message_chars;
    let mut wording = wording::of(&app.keys, message.subject.as_deref(), &message.text, &message.quotation, most);
    let no_files = message.files.is_empty() && message.uploads.1.is_empty() && message.refused.is_empty();
    if wording.body.is_empty() && no_files {
        return Err(Refusal::new(ErrorCode::Required, "text").into());
    }
    let channel = message.channel;
    threads::lock(tx, message).await?;
    let who = who(app, tx, message).await?;
    let external_id = match &message.external_id {
        Some(id) => match threads::known(tx, channel, id, &who, message.guarded).await? {
            Ok(known) => return known_as(tx, message, &who, Received { stored: false, ..known }).await,
            Err(id) => Some(id),
        },
        None => None,
    };
    let files = files::sort(app, tx, message).await?;
    if wording.body.is_empty() {
        wording.body = only_files(message.locale, &files.names);
        wording.flags.push(Flag::NoWords);
    }
    let thread = threads::find(app, tx, message, &who).await?;
    if let (true, Some(edits), Some((_, ticket))) = (thread.edit && no_files, &message.edits, &thread.ticket)
        && let Some((article, body)) = sql::latest_wording(tx, ticket.id, channel, &who.ids(edits)).await?
        && body == wording.body
    {
        // Programs tell of changes that nobody sees, too.
        let received =
            Received { ticket: ticket.id, number: ticket.number.clone(), article, stored: false, follow_up: true, refused: vec![] };
        return known_as(tx, message, &who, received).await;
    }
    if thread.forged {
        wording.flags.push(Flag::ForgedToken);
    }
    if message.guarded && channel == Channel::Email && !message.sender.verified {
        wording.flags.push(Flag::SenderUnverified);
    }
    let follow_up = thread.ticket.is_some();
    // The ticket that the sender knows, which may have become part of the other.
    let (own, ticket) = match thread.ticket {
        Some(known) => known,
        None => {
            let ticket = open(app, tx, message, &who, &wording.body).await?;
            (ticket.id, ticket)
        }
    };
    let article = app.new_id();
    let new = sql::NewArticle {
        id: article,
        ticket: ticket.id,
        direction: sql::Direction::In,
        channel,
        external_id: external_id.as_deref(),
        author: who.author,
        contact: who.contact,
        body: &wording.body,
        decision: None,
        created_at: message.received_at,
        brought: sql::Brought {
            quotation: &wording.quotation,
            edits: message.edits.as_deref().filter(|_| thread.edit),
            flags: &wording.flags,
            refused: &files.refused,
        },
    };
    sql::insert_article(tx, &new).await?;
    files.attach(app, tx, message.uploads.0, wording.whole.as_deref(), article).await?;
    if let Some(conversation) = &thread.conversation {
        sql::link_conversation(tx, channel, conversation, own).await?;
    }
    // The confirmation of a new ticket names them, and so does the bot of a chat.
    if follow_up && channel == Channel::Email && message.acknowledge && !files.refused.is_empty() {
        files::tell_refused(tx, ticket.id, article).await?;
    }
    if follow_up {
        let entry = audit::Entry::new("ticket.followed_up", who.author, Kind::Ticket, ticket.id);
        audit::record(tx, entry.with(serde_json::json!({ "channel": channel.name() }))).await?;
        if ticket.state.may_become(State::Reopened) {
            super::transition(tx, &ticket, State::Reopened, who.author, "").await?;
        } else {
            live::tell(tx, &Event::Ticket { ticket: ticket.id }).await?;
        }
    }
    jobs::enqueue(tx, &Understand { article }, &Spec::default()).await?;
    let received = Received { ticket: ticket.id, number: ticket.number, article, stored: true, follow_up, refused: files.refused };
    if own != received.ticket && message.guarded {
        let number = sql::number(tx, own).await?;
        return Ok(Received { ticket: own, number, ..received });
    }
    if follow_up { known_as(tx, message, &who, received).await } else { Ok(received) }
}

/// The outcome under the ticket that is the sender's own: the secret of another's, which theirs became part of, is not for them.
async fn known_as(tx: &mut PgConnection, message: &Message, who: &Who, received: Received) -> Result<Received> {
    if !message.guarded {
        return Ok(received);
    }
    Ok(match sql::own(tx, received.ticket, who).await? {
        Some((ticket, number)) => Received { ticket, number, ..received },
        None => received,
    })
}

/// What stands for the words of a message that has only files.
fn only_files(locale: Locale, names: &[String]) -> String {
    let shown = names.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(10);
    i18n::text(locale, "feedback-only-files", &[("files", shown.into()), ("more", more.into())])
}

/// Who wrote. The address that a channel vouches for is its account's; without that it is a contact like any other.
async fn who(app: &App, tx: &mut PgConnection, message: &Message) -> Result<Who> {
    let Some(address) = message.sender.address.as_deref().map(|a| validate::salvage(a, 320)).filter(|a| !a.is_empty()) else {
        return Ok(Who { author: message.author, ..Who::default() });
    };
    let channel = message.channel;
    let index = contact_index(app, channel, &address);
    let id = app.new_id();
    let name = message.sender.name.as_deref().map(|n| validate::salvage(n, 200)).filter(|n| !n.is_empty());
    let sealed = app.keys.seal(&app.entropy, id, &address)?;
    let name = name.map(|name| app.keys.seal(&app.entropy, id, &name)).transpose()?;
    let new = sql::NewContact {
        id,
        channel,
        index: &index,
        address: &sealed,
        name: name.as_deref(),
        locale: message.locale,
        moves: message.guarded,
    };
    let (contact, linked) = sql::upsert_contact(tx, &new).await?;
    let mut author = message.author;
    if author.is_none() && message.guarded && message.sender.verified {
        author = match (linked, channel) {
            (None, Channel::Email) => identity::account_of(app, tx, &address).await?,
            (linked, _) => linked,
        };
    }
    let end = index.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(Who { author, contact: Some(contact), end })
}

/// What a contact is found by.
pub fn contact_index(app: &App, channel: Channel, address: &str) -> Vec<u8> {
    let address = validate::salvage(address, 320);
    app.keys.index(Purpose::Contact, format!("{}\0{}", channel.name(), address.to_lowercase()).as_bytes())
}

async fn open(app: &App, tx: &mut PgConnection, message: &Message, who: &Who, body: &str) -> Result<sql::Ticket> {
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
        author: who.author,
        contact: who.contact,
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
    if let Some(author) = who.author {
        notify::follow(tx, author, Kind::Ticket, id).await?;
    }
    let entry = audit::Entry::new("ticket.created", message.operator.or(who.author), Kind::Ticket, id);
    let event = audit::record(tx, entry.with(serde_json::json!({ "channel": message.channel.name() }))).await?;
    if message.acknowledge && who.contact.is_some() {
        notify::announce(tx, event).await?;
    }
    Ok(ticket)
}

/// Files that a channel may bring with one message; how many of them are kept is another matter.
pub(super) const BROUGHT: usize = 100;

/// Stores a message that a service account brings from a channel. Repeating it does no harm.
///
/// # Errors
/// Refusals of the fields; who is no service account is refused as a whole.
pub async fn receive(app: &App, viewer: &Viewer, mut message: Message) -> Result<Received> {
    let service = viewer.may(Act::Intake)?;
    let mut v = Validate::new();
    message.external_id = message.external_id.map(|id| v.line("externalId", &id, 1..=500));
    message.conversation = message.conversation.map(|c| v.line("conversation", &c, 1..=500));
    message.edits = message.edits.map(|id| v.line("edits", &id, 1..=500));
    // What else a sender's program wrote there cannot be mended by anybody: it only leads nowhere.
    message.references.retain(|id| (1..=500).contains(&id.len()) && !id.contains('\0'));
    if message.uploads.1.len() > BROUGHT {
        v.refuse(Refusal::new(ErrorCode::WrongCount, "attachmentIds").with("min", 0).with("max", BROUGHT));
    }
    if matches!(message.channel, Channel::Web | Channel::Phone) {
        // These are written by people themselves: `submitFeedback`.
        v.refuse(Refusal::new(ErrorCode::NotAllowed, "channel"));
    }
    v.finish()?;
    message.uploads.0 = Some(service);
    message.guarded = true;
    // There is no other way to write from somebody's account there.
    message.sender.verified |= message.channel == Channel::Telegram;
    let mut tx = app.begin().await?;
    crate::initiatives::sql::check_links(&mut tx, None, message.territory, message.topic).await?;
    let received = intake(app, &mut tx, &message).await?;
    tx.commit().await?;
    if received.stored {
        app.metrics.article(message.channel.name());
    }
    Ok(received)
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
