//! From a mail to what the platform takes in.
//!
//! [`plan`] decides, without a word to anybody; [`hand_over`] carries it out. Whatever happens, a message ends up as a message of a ticket, as
//! an unreadable one that is kept, or was a machine's. What can be done later is left for later.

use std::{fmt::Write, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use veche_client::{
    Client, Error, Id,
    intake::{
        Channel, KeepUnreadableMessageInput, Locale, ReceiveMessageInput, RefusedFileInput, RefusedFileReason, SenderInput,
        keep_unreadable_message, receive_message,
    },
    key,
    outgoing::{NotificationChannel, ReportBounceInput, report_bounce},
};

use crate::{
    Attachment, Kind, Mail, Reason, Settings, auth,
    bounce::{self, Bounce},
    clean::is_blank,
    fields::{self, Field, named},
    fold_quotation, read, tnef,
};

/// The longest identifier that is used as it is, in bytes.
const ID: usize = 400;
/// Identifiers of earlier messages at the most.
const REFERENCES: usize = 50;
/// Files of a message at the most, taken in and refused each: the platform's own limit.
const FILES: usize = 100;
/// The longest text that goes in one request, in bytes; of a longer one the whole goes as a file.
const TEXT: usize = 400_000;
/// The same for a quotation.
const QUOTATION: usize = 200_000;
/// The largest unreadable message that goes in the request itself, in bytes.
const INSIDE: usize = 200_000;
/// The letters and digits of a token at the least.
const TOKEN: std::ops::RangeInclusive<usize> = 20..=48;

/// How a message reached us, where the mail server told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Who gets it.
    pub recipients: Vec<String>,
}

/// What to do with a message.
#[derive(Debug)]
pub enum Plan {
    /// Hand it over.
    Message(Box<Draft>),
    /// Nothing: a machine wrote it.
    Ignore(Reason),
    /// Something of ours came back.
    Bounce(Bounce),
    /// Keep it for administrators.
    Unreadable {
        /// Its name on the channel.
        external_id: String,
        /// Why it cannot be read.
        reason: String,
        /// A mail of ours that it may be about, to be noted.
        bounce: Option<Bounce>,
    },
}

/// A message to hand over.
#[derive(Debug)]
pub struct Draft {
    /// All but the files.
    pub input: ReceiveMessageInput,
    /// The files to upload first.
    pub files: Vec<Attachment>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in a ticket.
    Received {
        /// The ticket's public number.
        number: String,
        /// Whether the ticket was there before.
        follow_up: bool,
        /// False when the message had been stored before.
        stored: bool,
    },
    /// A machine wrote it.
    Ignored(Reason),
    /// A mail of ours came back.
    Bounced {
        /// Whether the platform knows which.
        known: bool,
    },
    /// It could not be read and is kept for administrators.
    Kept {
        /// Why.
        reason: String,
    },
}

/// Decides what to do with a message.
pub fn plan(raw: &[u8], settings: &Settings, envelope: &Envelope) -> Plan {
    let mail = match read(raw, &settings.limits()) {
        Ok(mail) => mail,
        Err(why) => {
            let head = &raw[..raw.len().min(settings.header_bytes)];
            let id = named(&fields::of(head), "message-id").next().and_then(fields::id);
            return unreadable(external_id(id.as_deref(), raw), &why.to_string());
        }
    };
    let head = fields::of(raw);
    let recipients = recipients(&head, envelope);
    // What comes there is of mail systems, as a rule.
    let came_back = recipients.iter().any(|address| bounce::is_return(address, &settings.bounces));
    match mail.kind {
        Kind::Machine(Reason::Bounce) => notice(&mail, raw, &head, &recipients, settings),
        Kind::Machine(Reason::EmptySender) if came_back => notice(&mail, raw, &head, &recipients, settings),
        Kind::Person | Kind::Machine(Reason::PerhapsBounce) if is_own(&mail, settings) => Plan::Ignore(Reason::OwnLoop),
        kind @ (Kind::Person | Kind::Machine(Reason::PerhapsBounce)) if came_back || kind != Kind::Person => {
            // People write there too: out of hand nothing of theirs is dropped, and nothing of ours given up.
            let ids: Vec<String> = bounce::marks(&recipients, &settings.bounces).take(1).collect();
            let detail = cut(&mail.text, 500).split_whitespace().collect::<Vec<_>>().join(" ");
            let reason = if came_back { "it came to the address for delivery notices" } else { "it may be a delivery notice" };
            Plan::Unreadable {
                external_id: external_id(mail.message_id.as_deref(), raw),
                reason: format!("{reason}, but nothing shows that a mail system wrote it"),
                bounce: (!ids.is_empty()).then_some(Bounce { ids, permanent: false, detail }),
            }
        }
        Kind::Machine(reason) => Plan::Ignore(reason),
        Kind::Person => message(mail, raw, &head, &recipients, settings),
    }
}

/// [`plan`] on a thread where it holds up nobody; gives the message back. What breaks the reader is kept.
pub(crate) async fn planned(raw: Vec<u8>, settings: &Settings, envelope: Envelope) -> (Plan, Vec<u8>) {
    let raw = Arc::new(raw);
    let (shared, settings) = (raw.clone(), settings.clone());
    let plan = tokio::task::spawn_blocking(move || plan(&shared, &settings, &envelope)).await;
    let plan = plan.unwrap_or_else(|error| {
        tracing::error!(%error, "a message broke the reader");
        unreadable(format!("sha256-{}", hex(&Sha256::digest(raw.as_slice()))), "it broke the reader")
    });
    (plan, Arc::unwrap_or_clone(raw))
}

fn notice(mail: &Mail, raw: &[u8], head: &[Field], recipients: &[String], settings: &Settings) -> Plan {
    bounce::read(mail, raw, head, recipients, &settings.bounces).map_or(Plan::Ignore(Reason::Bounce), Plan::Bounce)
}

fn unreadable(external_id: String, reason: &str) -> Plan {
    Plan::Unreadable { external_id, reason: reason.to_owned(), bounce: None }
}

fn message(mut mail: Mail, raw: &[u8], head: &[Field], recipients: &[String], settings: &Settings) -> Plan {
    let external_id = external_id(mail.message_id.as_deref(), raw);
    let (unboxed, mut files) = unboxed(std::mem::take(&mut mail.attachments));
    let folded = fold_quotation(if is_blank(&mail.text) { &unboxed } else { &mail.text });
    // Many write all they have to say into the subject.
    let text = if is_blank(&folded.text) { mail.subject.clone() } else { folded.text };
    if is_blank(&text) && files.is_empty() {
        return unreadable(external_id, "there is nothing in it");
    }
    if text.len() > TEXT {
        // Not the name under which the platform keeps a text that it cuts itself; nor what is quoted, which is not for everybody.
        let bytes = cut(&text, settings.file_bytes).as_bytes().to_vec();
        files.insert(0, Attachment { name: "whole-message.txt".into(), content_type: "text/plain; charset=utf-8".into(), bytes });
    }
    let mut refused = Vec::new();
    let mut taken = 0;
    files.retain(|file| {
        let reason = if file.bytes.is_empty() {
            RefusedFileReason::Empty
        } else if file.bytes.len() > settings.file_bytes {
            RefusedFileReason::TooLarge
        } else if taken >= settings.files.min(FILES) {
            RefusedFileReason::TooMany
        } else {
            taken += 1;
            return true;
        };
        refused.push(RefusedFileInput { name: file.name.clone(), reason });
        false
    });
    refused.truncate(FILES);
    let sender = SenderInput {
        address: mail.from.as_ref().map(|from| from.email.clone()).filter(|email| email.len() <= 320),
        name: mail.from.as_ref().and_then(|from| from.name.clone()).map(|name| cut(&name, 200).to_owned()),
        verified: mail.from.as_ref().is_some_and(|from| {
            mail.authors == 1
                && auth::is_author(head, &from.email)
                && auth::is_verified(head, &settings.authserv_id, settings.received_above)
        }),
    };
    let mut input = ReceiveMessageInput::new(Channel::Email, external_id, sender, cut(&text, TEXT));
    input.conversation = mail.conversation().filter(|id| id.len() <= ID).map(str::to_owned);
    input.references = Some(references(&mail)).filter(|ids| !ids.is_empty());
    input.reply_token = recipients.iter().find_map(|address| token(address, &settings.addresses));
    input.quotation = Some(cut(&folded.folded, QUOTATION).to_owned()).filter(|q| !q.is_empty());
    input.subject = Some(cut(&mail.subject, 1_000).to_owned()).filter(|s| !s.is_empty());
    input.locale = language(&text);
    input.refused_files = Some(refused).filter(|files| !files.is_empty());
    Plan::Message(Box::new(Draft { input, files }))
}

/// The name of a message on the channel: its `Message-ID`, or one made of what is the same however often it is delivered.
fn external_id(message_id: Option<&str>, raw: &[u8]) -> String {
    if let Some(id) = message_id.filter(|id| id.len() <= ID && id.contains('@') && !id.contains(char::is_whitespace)) {
        return id.to_owned();
    }
    let mut hash = Sha256::new();
    for field in fields::of(raw) {
        if matches!(field.name.as_str(), "message-id" | "from" | "date" | "subject" | "to" | "cc") {
            hash.update(field.name);
            hash.update(":");
            hash.update(field.value);
            hash.update("\n");
        }
    }
    // Trace fields are of the delivery, not of the message.
    let body = raw.windows(2).position(|w| w == b"\n\n").or_else(|| raw.windows(3).position(|w| w == b"\n\r\n")).unwrap_or(0);
    hash.update(&raw[body..]);
    format!("sha256-{}", hex(&hash.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Everybody the message may have been for, in lower case; those whom the mail server names first.
fn recipients(head: &[Field], envelope: &Envelope) -> Vec<String> {
    let mut all: Vec<String> = envelope.recipients.iter().map(|address| address.to_lowercase()).collect();
    for name in ["x-original-to", "delivered-to", "envelope-to", "to", "cc"] {
        all.extend(named(head, name).take(20).flat_map(fields::addresses).take(200));
    }
    all
}

/// The token in an address of ours.
fn token(address: &str, ours: &[String]) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let (name, token) = local.split_once('+')?;
    let is_ours = ours.is_empty() || ours.iter().any(|own| own.to_lowercase() == format!("{name}@{domain}"));
    let is_token = TOKEN.contains(&token.len()) && token.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (is_ours && is_token).then(|| token.to_owned())
}

fn is_own(mail: &Mail, settings: &Settings) -> bool {
    let Some(from) = &mail.from else { return false };
    let from = from.email.to_lowercase();
    // With or without a token.
    let bare = from.rsplit_once('@').map(|(local, domain)| format!("{}@{domain}", local.split('+').next().unwrap_or_default()));
    settings.addresses.iter().chain([&settings.bounces]).any(|own| !own.is_empty() && Some(own.to_lowercase()) == bare)
}

/// Earlier messages of the thread, oldest first: the first of all, and the last ones.
fn references(mail: &Mail) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for id in mail.references.iter().take(1).chain(mail.references.iter().rev().take(REFERENCES * 2).rev()).chain(&mail.in_reply_to) {
        if id.len() <= ID && !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    if ids.len() > REFERENCES {
        ids.drain(1..=ids.len() - REFERENCES);
    }
    ids
}

/// Opens boxes of Outlook's: the text in them, and the files with what was in the boxes in their place.
fn unboxed(attachments: Vec<Attachment>) -> (String, Vec<Attachment>) {
    let (mut text, mut files) = (String::new(), Vec::new());
    for file in attachments {
        match tnef::is_tnef(&file).then(|| tnef::read(&file.bytes)).flatten() {
            Some(contents) => {
                if text.is_empty() {
                    text = contents.text;
                }
                files.extend(contents.files);
            }
            None => files.push(file),
        }
    }
    (text, files)
}

/// The language of the answer: that of most letters.
fn language(text: &str) -> Option<Locale> {
    let (mut cyrillic, mut latin) = (0_usize, 0_usize);
    for c in text.chars().take(20_000) {
        match c {
            '\u{400}'..='\u{52f}' => cyrillic += 1,
            c if c.is_ascii_alphabetic() => latin += 1,
            _ => (),
        }
    }
    match (cyrillic, latin) {
        (0, 0) => None,
        // Russians name streets, programs and addresses in Latin letters; nobody does the other way round.
        _ if cyrillic * 3 >= latin => Some(Locale::Ru),
        _ => Some(Locale::En),
    }
}

fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Carries out what was decided. Done again, it makes nothing twice.
///
/// # Errors
/// The platform could not be reached or is not ready for it: to be done again later.
pub(crate) async fn hand_over(client: &Client, plan: Plan, raw: &[u8]) -> Result<Outcome, Error> {
    match plan {
        Plan::Ignore(reason) => Ok(Outcome::Ignored(reason)),
        Plan::Bounce(bounce) => report(client, bounce).await,
        Plan::Unreadable { external_id, reason, bounce } => {
            if let Some(bounce) = bounce {
                report(client, bounce).await?;
            }
            keep(client, external_id, reason, raw).await
        }
        Plan::Message(draft) => {
            let external_id = draft.input.external_id.clone();
            match send(client, *draft).await {
                Ok(outcome) => Ok(outcome),
                // What the platform will never take is not lost either.
                Err(error @ Error::Refused(_)) => keep(client, external_id, error.to_string(), raw).await,
                Err(Error::Denied { code, message, .. }) if matches!(code.as_str(), "TOO_COMPLEX" | "BAD_REQUEST") => {
                    keep(client, external_id, message, raw).await
                }
                Err(error) => Err(error),
            }
        }
    }
}

async fn send(client: &Client, draft: Draft) -> Result<Outcome, Error> {
    let Draft { mut input, files } = draft;
    let (mut ids, mut refused) = (Vec::new(), input.refused_files.take().unwrap_or_default());
    for file in files {
        match client.upload(&file.name, &file.content_type, file.bytes).await {
            Ok(id) => ids.push(Id::new(id)),
            Err(Error::Refused(_)) => refused.push(RefusedFileInput { name: file.name, reason: RefusedFileReason::TooLarge }),
            Err(error) => return Err(error),
        }
    }
    refused.truncate(FILES);
    input.attachment_ids = Some(ids).filter(|ids| !ids.is_empty());
    input.refused_files = Some(refused).filter(|refused| !refused.is_empty());
    let received = receive_message(client, input).await?;
    Ok(Outcome::Received { number: received.number, follow_up: received.follow_up, stored: received.stored })
}

async fn report(client: &Client, bounce: Bounce) -> Result<Outcome, Error> {
    for external_id in bounce.ids {
        let input = ReportBounceInput {
            channel: NotificationChannel::Email,
            external_id: external_id.clone(),
            permanent: bounce.permanent,
            detail: bounce.detail.clone(),
        };
        let name = key(&["bounce", &external_id, &bounce.detail]);
        match report_bounce(client, input, &name).await {
            Ok(true) => return Ok(Outcome::Bounced { known: true }),
            // Not ours: the next may be.
            Ok(false) | Err(Error::Refused(_)) => (),
            Err(error) if is_done(&error) => return Ok(Outcome::Bounced { known: true }),
            Err(error) => return Err(error),
        }
    }
    Ok(Outcome::Bounced { known: false })
}

/// Keeps a message that cannot be read, or as much of it as the platform takes.
pub(crate) async fn keep(client: &Client, external_id: String, reason: String, raw: &[u8]) -> Result<Outcome, Error> {
    if raw.trim_ascii().is_empty() {
        // The platform keeps nothing of it, however often it is asked.
        tracing::warn!(external_id, "dropped an empty message");
        return Ok(Outcome::Kept { reason });
    }
    let digest = hex(&Sha256::digest(raw));
    // Two messages of one name are both kept.
    let external_id = format!("{external_id}#{}", &digest[..16]);
    let inline = |bytes: &[u8]| Some(STANDARD.encode(bytes));
    let mut input = KeepUnreadableMessageInput {
        channel: Channel::Email,
        external_id,
        reason: cut(&reason, 500).to_owned(),
        content: None,
        attachment_id: None,
    };
    if raw.len() <= INSIDE {
        input.content = inline(raw);
    } else {
        match client.upload("message.eml", "message/rfc822", raw.to_vec()).await {
            Ok(id) => input.attachment_id = Some(Id::new(id)),
            Err(Error::Refused(_)) => {
                let _ = write!(input.reason, "; only its beginning is kept, of {} bytes", raw.len());
                input.content = inline(&raw[..INSIDE]);
            }
            Err(error) => return Err(error),
        }
    }
    let name = key(&["unreadable", &input.external_id, input.attachment_id.as_ref().map_or("", |id| id.inner()), &digest]);
    match keep_unreadable_message(client, input, &name).await {
        Ok(_) => Ok(Outcome::Kept { reason }),
        Err(error) if is_done(&error) => Ok(Outcome::Kept { reason }),
        Err(error) => Err(error),
    }
}

fn is_done(error: &Error) -> bool {
    matches!(error, Error::Denied { code, .. } if code == "ALREADY_DONE")
}

/// A message of which only the beginning was read, because it is too large.
pub(crate) fn oversized(head: &[u8], size: u64, settings: &Settings) -> Plan {
    let id = named(&fields::of(head), "message-id").next().and_then(fields::id);
    let reason = format!("it is larger than {} bytes; only the beginning is kept, of {size} bytes", settings.message_bytes);
    unreadable(external_id(id.as_deref(), head), &reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_of_outlooks_is_opened() {
        let boxed = STANDARD.encode(tnef::tests::tnef());
        let raw = format!(
            "From: a@b.ru\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{boxed}\r\n--b\r\nContent-Type: application/ms-tnef; name=\"winmail.dat\"\r\n\r\nbroken\r\n--b--\r\n"
        );
        let Plan::Message(draft) = plan(raw.as_bytes(), &Settings::default(), &Envelope::default()) else { panic!() };
        assert_eq!(draft.input.text, "Яма во дворе");
        let names: Vec<_> = draft.files.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names[..2], ["фото.png", "отчёт.pdf"]);
        assert_eq!(draft.files[2].bytes, b"broken");
    }

    #[test]
    fn languages_are_told_by_their_letters() {
        assert_eq!(language("Сломался фонарь на Lenin street"), Some(Locale::Ru));
        assert_eq!(language("The lamp is broken"), Some(Locale::En));
        assert_eq!(language("1 + 1 👍"), None);
    }
}
