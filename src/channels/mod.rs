//! Channels beside the web: whose addresses are whose, what bots say of themselves, and what they could not read.

pub mod graphql;
mod settings;
mod sql;

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use settings::{Setting, settings};
pub use sql::{Link, Report, Unreadable};

use crate::{
    app::App,
    attachments, audit,
    error::{ErrorCode, Refusal, Result},
    feedback::{self, Channel},
    gid::Kind,
    identity::{self, Act, Viewer, token_hash},
    limits::Operation,
    notify,
    validate::Validate,
};

/// Minutes for which a one-time code works.
const CODE_MINUTES: i32 = 15;
/// Minutes after which a bot that has not reported counts as gone.
const ALIVE_MINUTES: i32 = 5;

/// How a bot does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "ChannelState")]
pub enum State {
    /// It takes messages in.
    Ok,
    /// It cannot reach its mailbox or service.
    Failing,
}

impl Report {
    /// Whether the bot has reported lately.
    pub fn alive(&self, now: DateTime<Utc>) -> bool {
        now - self.reported_at < chrono::TimeDelta::minutes(ALIVE_MINUTES.into())
    }
}

/// Refuses a channel that no address of a person belongs to.
fn check_channel(v: &mut Validate, channel: Channel, allowed: &[Channel]) {
    if !allowed.contains(&channel) {
        v.refuse(Refusal::new(ErrorCode::NotAllowed, "channel"));
    }
}

/// The account that an address on a channel belongs to.
///
/// # Errors
/// The database failed.
pub async fn account_of(app: &App, channel: Channel, address: &str) -> Result<Option<Uuid>> {
    Ok(sql::account_of(&app.db, channel, &feedback::contact_index(app, channel, address)).await?)
}

/// A code by which an address on a channel becomes the viewer's own: once, within 15 minutes. One made before does not work any more.
///
/// # Errors
/// `NOT_ALLOWED` for a channel other than Telegram; `RATE_LIMITED`.
pub async fn create_link(app: &App, viewer: &Viewer, channel: Channel) -> Result<(String, Link)> {
    let me = viewer.may(Act::ManageOwn)?;
    viewer.limit(app, Operation::Write)?;
    let mut v = Validate::new();
    check_channel(&mut v, channel, &[Channel::Telegram]);
    v.finish()?;
    let code = identity::new_token(&app.entropy);
    let mut tx = app.begin().await?;
    let link = sql::insert_link(&mut tx, &token_hash(&code), channel, me, CODE_MINUTES).await?;
    tx.commit().await?;
    Ok((code, link))
}

/// Makes an address the viewer's own no longer.
///
/// # Errors
/// `NOT_FOUND` for one that is not.
pub async fn remove_contact(app: &App, viewer: &Viewer, contact: Uuid) -> Result<()> {
    let me = viewer.may(Act::ManageOwn)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    let channel = sql::unlink_own(&mut tx, contact, me).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "contactId"))?;
    record(&mut tx, "contact.unlinked", me, channel).await?;
    tx.commit().await?;
    Ok(())
}

/// Notes what somebody did with an address of theirs, which is nobody else's business.
async fn record(tx: &mut sqlx::PgConnection, action: &'static str, participant: Uuid, channel: Channel) -> Result<()> {
    let entry = audit::Entry::new(action, Some(participant), Kind::Participant, participant);
    let entry = audit::Entry { sealed: true, ..entry.with(serde_json::json!({ "channel": channel.name() })) };
    audit::record(tx, entry).await.map(|_| ())
}

/// Makes an address that of the account which a code was made for; one that belonged to another account belongs to the newer.
///
/// # Errors
/// `INVALID_CODE` for a code that is unknown, was used, or is for another channel; `EXPIRED`; refusals of the fields.
pub async fn link(app: &App, viewer: &Viewer, channel: Channel, address: &str, name: Option<&str>, code: &str) -> Result<Uuid> {
    viewer.may(Act::Converse)?;
    let mut v = Validate::new();
    check_channel(&mut v, channel, &[Channel::Telegram, Channel::Email]);
    let address = v.line("address", address, 1..=320);
    let name = name.map(|name| v.line("name", name, 0..=200)).filter(|name| !name.is_empty());
    v.finish()?;
    let invalid = || Refusal::new(ErrorCode::InvalidCode, "code");
    let mut tx = app.begin().await?;
    let (participant, locale, in_time) = sql::take_link(&mut tx, &token_hash(code.trim()), channel).await?.ok_or_else(invalid)?;
    if !in_time {
        return Err(Refusal::new(ErrorCode::Expired, "code").into());
    }
    let id = app.new_id();
    let index = feedback::contact_index(app, channel, &address);
    let sealed = app.keys.seal(&app.entropy, id, &address)?;
    let sealed_name = name.as_deref().map(|name| app.keys.seal(&app.entropy, id, name)).transpose()?;
    let new =
        feedback::sql::NewContact { id, channel, index: &index, address: &sealed, name: sealed_name.as_deref(), locale, moves: false };
    let (contact, _) = feedback::sql::upsert_contact(&mut tx, &new).await?;
    let name = name.map(|name| app.keys.seal(&app.entropy, contact, &name)).transpose()?;
    sql::link(&mut tx, contact, participant, name.as_deref()).await?;
    record(&mut tx, "contact.linked", participant, channel).await?;
    tx.commit().await?;
    Ok(contact)
}

/// Makes an address nobody's, as its owner asked on the channel.
///
/// # Errors
/// `NOT_FOUND` for an address that nobody wrote from.
pub async fn unlink(app: &App, viewer: &Viewer, channel: Channel, address: &str) -> Result<Uuid> {
    viewer.may(Act::Converse)?;
    let mut tx = app.begin().await?;
    let index = feedback::contact_index(app, channel, address);
    let found = sql::unlink(&mut tx, channel, &index).await?;
    let (contact, participant) = found.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "address"))?;
    if let Some(participant) = participant {
        record(&mut tx, "contact.unlinked", participant, channel).await?;
    }
    tx.commit().await?;
    Ok(contact)
}

/// Forgets name and address of who writes on a channel; gives how many tickets stay without them. Whoever writes again is somebody new.
///
/// # Errors
/// The database failed.
pub async fn forget(app: &App, viewer: &Viewer, channel: Channel, address: &str) -> Result<i64> {
    let service = viewer.may(Act::Converse)?;
    let mut tx = app.begin().await?;
    let index = feedback::contact_index(app, channel, address);
    let Some(contact) = sql::lock(&mut tx, channel, &index).await? else { return Ok(0) };
    let nothing = app.keys.seal(&app.entropy, contact, "")?;
    let tickets = sql::forget(&mut tx, contact, address.trim(), &app.entropy.bytes::<32>(), &nothing).await?;
    let entry = audit::Entry::new("contact.forgotten", Some(service), Kind::Contact, contact);
    audit::record(&mut tx, entry.with(serde_json::json!({ "channel": channel.name(), "tickets": tickets }))).await?;
    tx.commit().await?;
    Ok(tickets)
}

/// A message that could not be read, as a bot brings it.
#[derive(Debug)]
pub struct Raw {
    /// The channel.
    pub channel: Channel,
    /// The channel's own id of it.
    pub external_id: String,
    /// Why it could not be read.
    pub reason: String,
    /// Its bytes.
    pub content: Option<Vec<u8>>,
    /// Or the file that was uploaded with them.
    pub upload: Option<Uuid>,
}

/// Keeps a message that could not be read, once, for administrators to look at; false when it was kept before.
///
/// # Errors
/// Refusals of the fields; `NOT_FOUND` for a file that is unknown, another's or attached.
pub async fn keep_unreadable(app: &App, viewer: &Viewer, raw: Raw) -> Result<bool> {
    let service = viewer.may(Act::Intake)?;
    let mut v = Validate::new();
    check_channel(&mut v, raw.channel, &[Channel::Email, Channel::Telegram, Channel::Api]);
    let external_id = v.line("externalId", &raw.external_id, 1..=500);
    let reason = v.line("reason", &raw.reason, 1..=500);
    if raw.content.as_ref().is_none_or(Vec::is_empty) && raw.upload.is_none() {
        v.refuse(Refusal::new(ErrorCode::Required, "content"));
    }
    v.finish()?;
    let mut tx = app.begin().await?;
    if sql::knows_unreadable(&mut tx, raw.channel, &external_id).await? {
        return Ok(false);
    }
    let content = match (raw.upload, raw.content) {
        (Some(upload), _) => {
            let taken = attachments::take_loose(&mut tx, service, upload).await?;
            taken.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "attachmentId"))?
        }
        (None, content) => content.unwrap_or_default(),
    };
    let id = app.new_id();
    let sealed = app.keys.seal_bytes(&app.entropy, id, &content)?;
    let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
    if !sql::keep_unreadable(&mut tx, id, raw.channel, &external_id, &reason, size, &sealed).await? {
        return Ok(false);
    }
    let entry = audit::Entry::new("message.unreadable", Some(service), Kind::UnreadableMessage, id);
    let event = audit::record(&mut tx, entry.with(serde_json::json!({ "channel": raw.channel.name() }))).await?;
    notify::announce(&mut tx, event).await?;
    tx.commit().await?;
    Ok(true)
}

/// The bytes of a message that could not be read.
///
/// # Errors
/// Who is no administrator is refused; `NOT_FOUND`.
pub async fn unreadable_raw(app: &App, viewer: &Viewer, id: Uuid) -> Result<Vec<u8>> {
    viewer.may(Act::Administer)?;
    let sealed = sql::unreadable_sealed(&app.db, id).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "id"))?;
    Ok(app.keys.open_bytes(id, &sealed)?)
}

/// Notes that an administrator has looked at a message that could not be read.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn mark_seen(app: &App, viewer: &Viewer, id: Uuid) -> Result<Unreadable> {
    let me = viewer.may(Act::Administer)?;
    let mut tx = app.begin().await?;
    let row = sql::mark_seen(&mut tx, id, me).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "id"))?;
    tx.commit().await?;
    Ok(row)
}

/// What a bot says of itself.
#[derive(Debug)]
pub struct Said {
    /// Its channel.
    pub channel: Channel,
    /// Which mailbox, which bot.
    pub name: String,
    /// How it does.
    pub state: State,
    /// What is wrong.
    pub detail: String,
    /// Messages that it took in since it was started.
    pub received: i64,
    /// Machines' messages that it passed over since it was started.
    pub ignored: i64,
}

/// Keeps what a bot says of itself; its counts go on over its restarts.
///
/// # Errors
/// Refusals of the fields.
pub async fn report(app: &App, viewer: &Viewer, said: Said) -> Result<Report> {
    viewer.may(Act::Intake)?;
    let mut v = Validate::new();
    check_channel(&mut v, said.channel, &[Channel::Email, Channel::Telegram]);
    let name = v.line("name", &said.name, 1..=200);
    let detail = v.text("detail", &said.detail, 0..=2000);
    v.range("received", said.received, 0..=1_000_000_000);
    v.range("ignored", said.ignored, 0..=1_000_000_000);
    v.finish()?;
    let mut tx = app.begin().await?;
    let report = sql::report(&mut tx, &Said { name, detail, ..said }).await?;
    tx.commit().await?;
    Ok(report)
}
