//! A person or a machine? Answering a machine makes a loop, so every standard sign of one counts.

use mail_parser::{Message, MimeHeaders};

use crate::{body, clean_line, field};

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing speaks against it.
    Person,
    /// To be recorded, never answered.
    Machine(Reason),
}

/// The sign by which a machine was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Our own message came back (`X-Veche`, `X-Loop`).
    OwnLoop,
    /// A delivery status notification (RFC 3464), or a mail system's notice in its own form.
    Bounce,
    /// An abuse report (RFC 5965).
    AbuseReport,
    /// An automatic reply or notification (RFC 3834), a vacation notice, a read receipt (RFC 8098).
    AutomaticReply,
    /// A mailing list or a mass mailing (RFC 2919, `Precedence`).
    List,
    /// No return address (`Return-Path: <>`): nobody wants an answer (RFC 5321, 4.5.5).
    EmptySender,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::OwnLoop => "our own message came back",
            Self::Bounce => "a delivery notice",
            Self::AbuseReport => "an abuse report",
            Self::AutomaticReply => "an automatic reply",
            Self::List => "a mailing list or mass mailing",
            Self::EmptySender => "no return address",
        })
    }
}

/// Names under which mail systems write.
const DAEMONS: [&str; 5] = ["mailer-daemon", "mail-daemon", "maildaemon", "mdaemon", "mail delivery"];
/// Names under which machines or their keepers write; evidence only together with a subject.
const ROBOTS: [&str; 14] = [
    "postmaster",
    "post_master",
    "post-master",
    "noreply",
    "no-reply",
    "no_reply",
    "donotreply",
    "do-not-reply",
    "autoreply",
    "auto-reply",
    "autoresponder",
    "robot",
    "bounce",
    "administrator",
];
/// Subjects of notices that a message was not delivered.
const BOUNCE_SUBJECTS: [&str; 26] = [
    "undeliver",
    "undelivered mail",
    "returned mail",
    "mail delivery fail",
    "delivery fail",
    "delivery status",
    "delivery notification",
    "failure notice",
    "failure delivery",
    "non-delivery",
    "not delivered",
    "could not be delivered",
    "message status",
    "mail failure",
    "mail system error",
    "delivery report",
    "delivery error",
    "delayed mail",
    "notification d'état",
    "returned to sender",
    "unzustellbar",
    "не доставлен",
    "недоставлен",
    "невозможно доставить",
    "отчет о доставке",
    "сообщение не может быть доставлено",
];
/// Beginnings of subjects of automatic replies.
const REPLY_SUBJECTS: [&str; 16] = [
    "auto:",
    "autoreply",
    "auto reply",
    "auto-reply",
    "automatic reply",
    "auto response",
    "autoresponse",
    "out of office",
    "out of the office",
    "vacation",
    "away from my mail",
    "автоответ",
    "автоматический ответ",
    "вне офиса",
    "я в отпуске",
    "нет на месте",
];

pub(crate) fn of(message: &Message<'_>, text: &str) -> Kind {
    reason(message, text).map_or(Kind::Person, Kind::Machine)
}

fn reason(message: &Message<'_>, text: &str) -> Option<Reason> {
    let lower = |name| field(message, name).map(|v| v.to_lowercase());
    let says = |name, words: &[&str]| lower(name).is_some_and(|v| words.iter().any(|w| v.contains(w)));
    let has = |name| field(message, name).is_some();

    if has("X-Veche") {
        return Some(Reason::OwnLoop);
    }
    let types: Vec<String> = message.parts.iter().take(50).map(body::content_type).collect();
    let holds = |name: &str| types.iter().any(|t| t == name);
    let report = message.content_type().and_then(|c| c.attribute("report-type"));
    let reports = |name: &str| report.is_some_and(|r| r.eq_ignore_ascii_case(name));
    if reports("feedback-report") || holds("message/feedback-report") {
        return Some(Reason::AbuseReport);
    }
    if reports("delivery-status") || holds("message/delivery-status") || holds("message/global-delivery-status") {
        return Some(Reason::Bounce);
    }
    if reports("disposition-notification") || holds("message/disposition-notification") {
        return Some(Reason::AutomaticReply);
    }

    let sender = format!("{} {}", lower("From").unwrap_or_default(), lower("Sender").unwrap_or_default());
    let subject = clean_line(message.subject().unwrap_or_default()).to_lowercase();
    let empty_sender = lower("Return-Path").is_some_and(|v| v == "<>" || v.is_empty()) || lower("From").is_some_and(|v| v.ends_with("<>"));
    let daemon = DAEMONS.iter().any(|d| sender.contains(d)) || says("Return-Path", &["mailer-daemon"]);
    let robot = daemon || empty_sender || ROBOTS.iter().any(|r| sender.contains(r));
    let bounce_subject = BOUNCE_SUBJECTS.iter().any(|s| subject.contains(s));
    if daemon
        || has("X-Failed-Recipients")
        || (bounce_subject && (robot || holds("message/rfc822") || holds("text/rfc822-headers")))
        || (robot || bounce_subject) && quotes_a_refusal(text)
    {
        return Some(Reason::Bounce);
    }

    if has("X-Loop") {
        return Some(Reason::OwnLoop);
    }
    let automatic = lower("Auto-Submitted").is_some_and(|v| !v.is_empty() && !v.starts_with("no"))
        || says("X-Auto-Response-Suppress", &["all", "oof", "autoreply"])
        || says("Precedence", &["auto_reply", "auto-reply"])
        || lower("X-Autoreply").is_some_and(|v| v != "no")
        || ["X-Autorespond", "X-Autogenerated", "X-Auto-Reply-From", "X-Mail-Autoreply", "X-Vacation"].into_iter().any(has)
        || says("Delivered-To", &["autoresponder"])
        || says("X-Mailer", &["vacation", "autoresponder"]);
    let reply_subject = REPLY_SUBJECTS.iter().any(|s| subject.starts_with(s));
    if automatic || reply_subject && (robot || has("X-MS-Exchange-Inbox-Rules-Loop")) {
        return Some(Reason::AutomaticReply);
    }
    if ["List-Id", "List-Post", "List-Unsubscribe", "Mailing-List"].into_iter().any(has) || says("Precedence", &["bulk", "list", "junk"]) {
        return Some(Reason::List);
    }
    empty_sender.then_some(Reason::EmptySender)
}

/// Whether the text holds what mail systems write when they refuse, SMTP replies for the most part.
fn quotes_a_refusal(text: &str) -> bool {
    let text = text.to_lowercase();
    [
        "smtp;",
        "550 ",
        "552 ",
        "554 ",
        "5.1.1",
        "5.7.1",
        "user unknown",
        "unknown user",
        "mailbox unavailable",
        "mailbox is full",
        "original message header",
        "final-recipient",
        "rcpt to",
        "could not be delivered",
        "the following recipient",
        "following address",
        "ящик переполнен",
        "не удалось доставить",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}
