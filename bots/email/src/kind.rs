//! A person or a machine? Answering a machine makes a loop, so every standard sign of one counts.

use mail_parser::{Addr, Message, MimeHeaders};

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
    /// It reads like a delivery notice, but nothing proves that a mail system wrote it: somebody should look.
    PerhapsBounce,
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
            Self::PerhapsBounce => "perhaps a delivery notice",
            Self::AbuseReport => "an abuse report",
            Self::AutomaticReply => "an automatic reply",
            Self::List => "a mailing list or mass mailing",
            Self::EmptySender => "no return address",
        })
    }
}

/// Names of mailboxes under which mail systems write, and nobody else.
const DAEMONS: [&str; 6] = ["mailer-daemon", "mailerdaemon", "mail-daemon", "mail.daemon", "maildaemon", "mdaemon"];
/// Names of mailboxes under which machines or their keepers write; evidence only together with a subject.
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
    "auto-responder",
    "bounce",
    "bounces",
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

/// What servers say beside the code, of the mailbox that they name.
const REFUSALS: [&str; 12] = [
    "user unknown",
    "unknown user",
    "no such user",
    "user not found",
    "unknown recipient",
    "recipient rejected",
    "mailbox unavailable",
    "mailbox not found",
    "mailbox is full",
    "mailbox full",
    "over quota",
    "does not exist",
];
/// Lines looked through.
const LINES: usize = 5_000;

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

    let subject = clean_line(message.subject().unwrap_or_default()).to_lowercase();
    let empty_sender = lower("Return-Path").is_some_and(|v| v == "<>" || v.is_empty()) || lower("From").is_some_and(|v| v.ends_with("<>"));
    let writers: Vec<String> =
        [message.from(), message.sender()].into_iter().flatten().flat_map(|a| a.iter().take(20)).map(local).collect();
    let is_one_of = |names: &[&str]| writers.iter().any(|writer| names.contains(&writer.as_str()));
    let daemon =
        is_one_of(&DAEMONS) || says("Return-Path", &["mailer-daemon@"]) || lower("Return-Path").is_some_and(|v| v == "<mailer-daemon>");
    let robot = is_one_of(&ROBOTS);
    let bounce_subject = BOUNCE_SUBJECTS.iter().any(|s| subject.contains(s));
    let refusal = quotes_a_refusal(text);
    let automatic = lower("Auto-Submitted").is_some_and(|v| !v.is_empty() && !v.starts_with("no"))
        || says("X-Auto-Response-Suppress", &["all", "oof", "autoreply"])
        || says("Precedence", &["auto_reply", "auto-reply"])
        || lower("X-Autoreply").is_some_and(|v| v != "no")
        || ["X-Autorespond", "X-Autogenerated", "X-Auto-Reply-From", "X-Mail-Autoreply", "X-Vacation"].into_iter().any(has)
        || says("Delivered-To", &["autoresponder"])
        || says("X-Mailer", &["vacation", "autoresponder"]);
    if daemon || has("X-Failed-Recipients") || (empty_sender || automatic && robot) && (bounce_subject || refusal) {
        return Some(Reason::Bounce);
    }

    if has("X-Loop") {
        return Some(Reason::OwnLoop);
    }
    let reply_subject = REPLY_SUBJECTS.iter().any(|s| subject.starts_with(s));
    if automatic || reply_subject && (robot || has("X-MS-Exchange-Inbox-Rules-Loop")) {
        return Some(Reason::AutomaticReply);
    }
    if ["List-Id", "List-Post", "List-Unsubscribe", "Mailing-List"].into_iter().any(has) || says("Precedence", &["bulk", "list", "junk"]) {
        return Some(Reason::List);
    }
    if empty_sender {
        return Some(Reason::EmptySender);
    }
    // Machines that do not say so, or people: `postmaster@` is somebody, and anybody may quote what a server told him.
    let returns = holds("message/rfc822") || holds("text/rfc822-headers");
    (bounce_subject && refusal || robot && (bounce_subject || refusal || returns)).then_some(Reason::PerhapsBounce)
}

/// The name of an author's mailbox, in lower case and without a tag.
fn local(author: &Addr<'_>) -> String {
    let address = author.address.as_deref().unwrap_or_default().trim_matches(['<', '>', ' ']);
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    local.split('+').next().unwrap_or_default().to_lowercase()
}

/// Whether the text holds what mail systems write when they refuse: an SMTP reply with its code, not just a number or words of it.
fn quotes_a_refusal(text: &str) -> bool {
    text.lines().take(LINES).any(|line| {
        let line = line.trim_start_matches(['>', ' ', '\t']).to_ascii_lowercase();
        let names_somebody = line.contains('@');
        has_code(&line)
            || names_somebody && (line.starts_with("final-recipient:") || line.contains("rcpt to:"))
            || line.starts_with("diagnostic-code:")
            || names_somebody && has_reply(&line) && REFUSALS.iter().any(|words| line.contains(words))
    })
}

/// Whether a refusal's enhanced code stands in a line: `550 5.1.1`, `550-5.1.1`, or `#5.1.1`.
pub(crate) fn has_code(line: &str) -> bool {
    line.match_indices("5.").any(|(at, _)| {
        let before = &line.as_bytes()[..at];
        let is_placed = match before {
            [.., b'#'] => true,
            [rest @ .., b'5', a, b, b' ' | b'-'] => {
                a.is_ascii_digit() && b.is_ascii_digit() && !rest.last().is_some_and(u8::is_ascii_alphanumeric)
            }
            _ => false,
        };
        let mut numbers = line[at + 2..].splitn(2, '.');
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (class, detail) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
        is_placed && (1..=3).contains(&class.len()) && digits(class) == class.len() && (1..=3).contains(&digits(detail))
    })
}

/// Whether the code of a permanent refusal stands in a line by itself: `550`.
fn has_reply(line: &str) -> bool {
    line.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| matches!(word.as_bytes(), [b'5', b'0' | b'5', b'0'..=b'9']))
}
