//! Reads e-mail as people and machines really send it.
//!
//! [`read`] turns the raw bytes of one message into a [`Mail`]: decoded text, safe names, attachments, and whether a
//! person or a machine wrote it. [`fold_quotation`] finds the new words of a reply. [`plan`] decides what becomes of a message. [`run`] is the
//! bot itself, which takes messages out of mailboxes (IMAP) or from a mail server (LMTP) and hands them to the platform.
//!
//! Hostile input is the normal case: the bytes are measured before the parser sees them, so that the cost of one message is bounded by its [`Limits`].

mod auth;
mod body;
mod bot;
mod bounce;
mod charset;
mod clean;
mod fields;
mod fold;
mod fold_marks;
mod guard;
mod html;
mod imap;
mod intake;
mod kind;
mod lmtp;
mod report;
mod settings;
mod tnef;
mod wait;

pub use bot::{deliver_one, run};
pub use bounce::Bounce;
pub use charset::guess_cyrillic;
pub use clean::{clean_line, clean_text, safe_file_name};
pub use fold::{Folded, fold_quotation};
pub use html::html_to_text;
pub use intake::{Draft, Envelope, Outcome, Plan, plan};
pub use kind::{Kind, Reason};
pub use settings::{Lmtp, Mailbox, Settings, Tls};

use mail_parser::{Addr, HeaderName, HeaderValue, Message, MessageParser};

/// How much of one message is accepted. Everything is checked before parsing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of the raw message, in bytes.
    pub bytes: usize,
    /// Lines that may be header fields: of the message itself, and after every line that may begin a part.
    pub headers: usize,
    /// Length of the whole top header block, and of any one `Content-Type` or `Content-Disposition` field, in bytes.
    pub header_bytes: usize,
    /// Lines that may begin a part of a multipart message (an upper bound of its parts).
    pub parts: usize,
    /// Multipart and message containers in total (an upper bound of the nesting depth).
    pub containers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 25 * 1024 * 1024, headers: 10_000, header_bytes: 256 * 1024, parts: 10_000, containers: 100 }
    }
}

/// Why a message could not be read. The texts complete "failed to read the message: …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// More than [`Limits::bytes`].
    #[error("it is larger than {0} bytes")]
    TooLarge(usize),
    /// More than [`Limits::headers`].
    #[error("it has more than {0} header fields")]
    TooManyHeaders(usize),
    /// More than [`Limits::header_bytes`].
    #[error("its header fields are longer than {0} bytes")]
    HeadersTooLong(usize),
    /// More than [`Limits::parts`].
    #[error("it has more than {0} parts")]
    TooManyParts(usize),
    /// More than [`Limits::containers`].
    #[error("it is nested deeper than {0} levels")]
    TooDeep(usize),
    /// Not one field that mail has.
    #[error("it has no header fields that can be recognised")]
    NotMail,
}

/// A mailbox: an optional display name, and the address as written (trimmed, without control characters).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Decoded, on one line, never empty.
    pub name: Option<String>,
    /// `local@domain` as a rule; whatever stands there otherwise, never empty.
    pub email: String,
}

/// A file that came with the message.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Safe to use as a file name: one path component, without control characters, at most 120 characters.
    pub name: String,
    /// Lower-case media type without parameters, such as `image/png`.
    pub content_type: String,
    /// Decoded content.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attachment")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// One message, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Without the angle brackets; absent when the sender's program gave none.
    pub message_id: Option<String>,
    /// The message this one answers.
    pub in_reply_to: Option<String>,
    /// Oldest first, as the senders' programs keep it (RFC 5322, 3.6.4).
    pub references: Vec<String>,
    /// The first author (`From`), or else the `Sender`.
    pub from: Option<Address>,
    /// How many authors all `From` fields name, those too whose name is written oddly (`F rom`).
    pub authors: usize,
    /// The recipients in `To`.
    pub to: Vec<Address>,
    /// One line, decoded; empty when absent.
    pub subject: String,
    /// The `Date` field, in seconds since 1970-01-01T00:00:00Z: the sender's claim, not the time of arrival.
    pub date: Option<i64>,
    /// The whole text with `\n` line ends, quotations included; may be empty.
    pub text: String,
    /// The text was made from HTML: the message had no plain text.
    pub html_only: bool,
    /// Files and embedded messages, in their order.
    pub attachments: Vec<Attachment>,
    /// A person or a machine.
    pub kind: Kind,
}

impl Mail {
    /// What keeps a conversation together: the oldest message known in the references, else the message answered,
    /// else this message itself.
    pub fn conversation(&self) -> Option<&str> {
        self.references.first().or(self.in_reply_to.as_ref()).or(self.message_id.as_ref()).map(String::as_str)
    }
}

/// Reads one raw message (RFC 5322 with MIME).
///
/// # Errors
/// [`Unreadable`] when the message breaks a limit or has no recognisable header field. Damage inside a message is not
/// an error: what can be decoded is.
pub fn read(raw: &[u8], limits: &Limits) -> Result<Mail, Unreadable> {
    // An embedded message is opened only where the outer one has no words of its own, and only once.
    let mail = read_one(raw, limits)?;
    if !mail.text.is_empty() {
        return Ok(mail);
    }
    let inner = mail.attachments.iter().find(|a| a.content_type == "message/rfc822").and_then(|a| read_one(&a.bytes, limits).ok());
    Ok(match inner {
        Some(inner) => Mail { text: inner.text, html_only: inner.html_only, ..mail },
        None => mail,
    })
}

fn read_one(raw: &[u8], limits: &Limits) -> Result<Mail, Unreadable> {
    let prepared = guard::prepare(raw, limits)?;
    let message = MessageParser::default().parse(&prepared).ok_or(Unreadable::NotMail)?;
    let known = |name: &HeaderName<'_>| !matches!(name, HeaderName::Other(_));
    if !message.parts.iter().take(1).any(|p| p.headers.iter().any(|h| known(&h.name))) {
        return Err(Unreadable::NotMail);
    }
    let (text, html_only) = body::text(&message);
    Ok(Mail {
        message_id: ids(message.header("Message-ID")).pop(),
        in_reply_to: ids(message.header("In-Reply-To")).into_iter().next(),
        references: ids(message.header("References")),
        from: message.from().and_then(|a| a.iter().find_map(address)).or_else(|| message.sender().and_then(|a| a.iter().find_map(address))),
        authors: authors(&message),
        to: message.to().map(|a| a.iter().filter_map(address).collect()).unwrap_or_default(),
        subject: clean_line(message.subject().unwrap_or_default()),
        date: message.date().filter(|d| d.is_valid()).map(|d| d.to_timestamp()),
        kind: kind::of(&message, &text),
        attachments: body::attachments(&message),
        text,
        html_only,
    })
}

fn authors(message: &Message<'_>) -> usize {
    let fields = message.parts.iter().take(1).flat_map(|part| &part.headers).filter(|h| h.name == HeaderName::From);
    // A field that names nobody is one too many all the same.
    fields.map(|field| field.value.as_address().map_or(1, |a| a.iter().count().max(1))).sum()
}

fn address(addr: &Addr<'_>) -> Option<Address> {
    let email: String = clean::clean_name(addr.address.as_deref()?).trim_matches(['<', '>', ' ']).to_owned();
    if email.is_empty() {
        return None;
    }
    let name = addr.name.as_deref().map(clean::clean_name);
    Some(Address { name: name.filter(|n| !n.is_empty()), email })
}

fn ids(value: Option<&HeaderValue<'_>>) -> Vec<String> {
    let listed: Vec<&str> = match value {
        Some(HeaderValue::Text(one)) => vec![one],
        Some(HeaderValue::TextList(many)) => many.iter().map(AsRef::as_ref).collect(),
        _ => Vec::new(),
    };
    listed.into_iter().map(|id| clean_line(id).trim_matches(['<', '>']).to_owned()).filter(|id| !id.is_empty()).collect()
}

/// The text of a top-level field, decoded and on one line.
fn field(message: &Message<'_>, name: &'static str) -> Option<String> {
    let header = message.parts.first()?.headers.iter().find(|h| h.name.as_str().eq_ignore_ascii_case(name))?;
    let raw = message.raw_message.get(header.offset_start as usize..header.offset_end as usize)?;
    Some(clean_line(&String::from_utf8_lossy(raw)))
}
