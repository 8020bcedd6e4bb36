//! What came back: which of our mails it was, and whether trying again is of any use (RFC 3464).

use std::borrow::Cow;

use crate::{
    Mail, clean_line,
    fields::{self, Field, named},
    kind::has_code,
};

/// Identifiers tried at the most.
const CANDIDATES: usize = 8;
/// Lines looked through.
const LINES: usize = 5_000;
/// Lines of a text in which a mail system says what happened, before it quotes.
const WORDS: usize = 60;
/// By which systems of their own form say that they gave up …
const FINAL: [&str; 5] = ["fail", "permanent", "gave up", "given up", "giving up"];
/// … and that they did not.
const WAITING: [&str; 10] = [
    "delayed",
    "not yet been delivered",
    "warning message only",
    "no action is required",
    "will be retried",
    "will keep trying",
    "continue to try",
    "will try again",
    "задержан",
    "отложен",
];

/// A mail of ours that was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// The identifiers by which the platform may know it, best first.
    pub ids: Vec<String>,
    /// Whether trying again is of no use.
    pub permanent: bool,
    /// What the other side said, on one line.
    pub detail: String,
}

/// Whether an address is the one our mail comes back to, with or without a mark.
pub(crate) fn is_return(address: &str, bounces: &str) -> bool {
    mark(address, bounces).is_some()
}

/// The mark in such an address: `bounce+MARK@example.org`; empty without one.
fn mark<'a>(address: &'a str, bounces: &str) -> Option<&'a str> {
    let (name, domain) = bounces.rsplit_once('@')?;
    let (local, at) = address.rsplit_once('@')?;
    let (bare, mark) = local.split_once('+').unwrap_or((local, ""));
    (bare.eq_ignore_ascii_case(name) && at.eq_ignore_ascii_case(domain)).then_some(mark)
}

/// The marks in the addresses that a message came to.
pub(crate) fn marks<'a>(recipients: &'a [String], bounces: &'a str) -> impl Iterator<Item = String> + 'a {
    recipients.iter().filter_map(|address| mark(address, bounces)).filter(|mark| !mark.is_empty()).map(str::to_owned)
}

/// Reads a notice; nothing where it is only of a delay, or names no message at all.
pub(crate) fn read(mail: &Mail, raw: &[u8], head: &[Field], recipients: &[String], bounces: &str) -> Option<Bounce> {
    let status = Status::of(mail);
    if status.delayed && !status.failed {
        return None;
    }
    let mut ids = Vec::new();
    // The copy of our mail, or of its header, that the notice carries.
    for part in &mail.attachments {
        if matches!(part.content_type.as_str(), "message/rfc822" | "message/global" | "text/rfc822-headers" | "message/global-headers") {
            ids.extend(named(&fields::of(&part.bytes), "message-id").take(1).filter_map(fields::id));
        }
    }
    // Systems of their own mind put it into the text.
    let texts = mail.attachments.iter().filter(|a| a.content_type.starts_with("text/")).map(|a| String::from_utf8_lossy(&a.bytes));
    for text in std::iter::once(Cow::Borrowed(mail.text.as_str())).chain(texts) {
        ids.extend(in_text(&text));
    }
    ids.extend(in_text(&String::from_utf8_lossy(&raw[..raw.len().min(256 * 1024)])));
    // Who answers a mail writes this field too: it counts only from a mail system.
    let is_formal = mail.attachments.iter().any(|a| is_status(&a.content_type));
    if is_formal || named(head, "return-path").any(|path| matches!(path, "" | "<>")) {
        ids.extend(mail.in_reply_to.clone());
    }
    ids.retain(|id| Some(id) != mail.message_id.as_ref() && id.len() <= 400);
    // The address that only this one mail had.
    ids.extend(marks(recipients, bounces));
    let mut known = std::collections::HashSet::new();
    ids.retain(|id| known.insert(id.clone()));
    if ids.len() > CANDIDATES {
        // The mark is the surest and stands last.
        ids.drain(CANDIDATES - 1..ids.len() - 1);
    }
    (!ids.is_empty()).then(|| Bounce { ids, permanent: status.permanent(mail), detail: status.detail(&mail.text) })
}

/// Identifiers in lines that look like the field.
fn in_text(text: &str) -> Vec<String> {
    let lines = text.lines().take(LINES).map(|line| line.trim_start_matches(['>', ' ', '\t']));
    let values = lines.filter_map(|line| {
        let (name, value) = line.split_at_checked(11)?;
        name.eq_ignore_ascii_case("message-id:").then_some(value)
    });
    values.filter(|value| value.contains('@')).filter_map(fields::id).take(CANDIDATES).collect()
}

/// Whether a part says in a form for programs what became of a delivery (RFC 3464).
fn is_status(content_type: &str) -> bool {
    content_type.ends_with("delivery-status")
}

/// What the notice says of the delivery.
#[derive(Debug, Default)]
struct Status {
    failed: bool,
    delayed: bool,
    codes: Vec<String>,
    diagnostic: Option<String>,
}

impl Status {
    fn of(mail: &Mail) -> Self {
        let mut status = Self::default();
        for part in mail.attachments.iter().filter(|a| is_status(&a.content_type)) {
            status.add(&String::from_utf8_lossy(&part.bytes));
        }
        if !status.failed && !status.delayed {
            // Some put it into the text.
            status.add(&mail.text);
        }
        status
    }

    fn add(&mut self, text: &str) {
        for line in text.lines().take(LINES) {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "action" => match value.to_ascii_lowercase().as_str() {
                    "failed" => self.failed = true,
                    "delayed" | "relayed" | "delivered" | "expanded" => self.delayed = true,
                    _ => (),
                },
                "status" => self.codes.extend(value.split_whitespace().next().filter(|c| is_code(c)).map(str::to_owned)),
                "diagnostic-code" if self.diagnostic.is_none() => self.diagnostic = Some(clean_line(value)),
                _ => (),
            }
        }
    }

    /// Whether the other side gave up: also what it waited for in vain (`failed` with 4.4.1) does not arrive any more.
    fn permanent(&self, mail: &Mail) -> bool {
        if self.failed || self.codes.iter().any(|code| code.starts_with('5')) {
            return true;
        }
        if !self.codes.is_empty() {
            return false;
        }
        let words = format!("{}\n{}", mail.subject, mail.text).to_lowercase();
        let said = |signs: &[&str]| words.lines().take(WORDS).any(|line| signs.iter().any(|sign| line.contains(sign)));
        !said(&WAITING) && (said(&FINAL) || words.lines().take(LINES).any(has_code))
    }

    fn detail(&self, text: &str) -> String {
        let words = match (&self.diagnostic, self.codes.first()) {
            (Some(diagnostic), Some(code)) if !diagnostic.contains(code.as_str()) => format!("{code} {diagnostic}"),
            (Some(diagnostic), _) => diagnostic.clone(),
            (None, Some(code)) => code.clone(),
            // The words of the system, without the mail that came back.
            (None, None) => clean_line(text),
        };
        words.chars().take(500).collect()
    }
}

/// Whether it is a status code: `5.1.1`.
fn is_code(text: &str) -> bool {
    let mut numbers = text.split('.');
    matches!(numbers.next(), Some("2" | "4" | "5"))
        && numbers.clone().count() == 2
        && numbers.all(|n| !n.is_empty() && n.len() <= 3 && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Kind, Limits, Reason, read as read_mail};

    fn notice(action: &str, status: &str, returned: &str) -> String {
        format!(
            "Return-Path: <>\nFrom: MAILER-DAEMON@mx.ru\nTo: bounce+0190-mark@example.org\nMessage-ID: <notice@mx.ru>\nSubject: Undelivered\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n\
             Reporting-MTA: dns; mx.ru\n\nFinal-Recipient: rfc822; a@mx.ru\nAction: {action}\nStatus: {status}\n\
             Diagnostic-Code: smtp; 550 no such user\n\n--b\n{returned}\n--b--\n"
        )
    }

    fn bounce(raw: &str) -> Option<Bounce> {
        let mail = read_mail(raw.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(mail.kind, Kind::Machine(Reason::Bounce));
        read(&mail, raw.as_bytes(), &fields::of(raw.as_bytes()), &["bounce+0190-mark@example.org".into()], "bounce@example.org")
    }

    #[test]
    fn our_mail_is_known_by_its_copy_and_by_its_address() {
        for returned in [
            "Content-Type: message/rfc822\n\nMessage-ID: <ours@example.org>\nSubject: Ответ\n\ntext",
            "Content-Type: text/rfc822-headers\n\nMessage-ID: <ours@example.org>\nSubject: Ответ\n",
            "Content-Type: text/plain\n\n> Message-Id: <ours@example.org>\n",
        ] {
            let bounce = bounce(&notice("failed", "5.1.1", returned)).unwrap();
            assert_eq!(bounce.ids, ["ours@example.org", "0190-mark"], "{returned}");
            assert_eq!((bounce.permanent, bounce.detail.as_str()), (true, "5.1.1 smtp; 550 no such user"));
        }
    }

    #[test]
    fn a_delay_is_no_failure_and_who_gave_up_gave_up() {
        let returned = "Content-Type: message/rfc822\n\nMessage-ID: <ours@example.org>\n\ntext";
        assert_eq!(bounce(&notice("delayed", "4.4.1", returned)), None);
        // Given up after days of trying.
        assert!(bounce(&notice("failed", "4.4.1", returned)).unwrap().permanent);
    }

    #[test]
    fn systems_of_their_own_form_are_read_by_their_words() {
        for (subject, text, permanent) in [
            (
                "failure notice",
                "I'm afraid I wasn't able to deliver your message.\n<a@mx.ru>: no mailbox here by that name. (#5.1.1)",
                true,
            ),
            ("Mail delivery failed", "A message that you sent could not be delivered.\n  a@mx.ru", true),
            ("Undelivered mail", "<a@mx.ru>: host mx.ru said: 550-5.1.1 no such user", true),
            ("Warning: message 1aBc delayed 24 hours", "Delivery status\nNo action is required on your part.", false),
            ("Undelivered mail", "a@mx.ru: mailbox full. It failed, but will be retried.", false),
            ("Undelivered mail", "a@mx.ru", false),
        ] {
            let raw = format!("Return-Path: <>\nFrom: Mailer-Daemon@mx.ru\nSubject: {subject}\n\n{text}\n");
            assert_eq!(bounce(&raw).unwrap().permanent, permanent, "{subject}: {text}");
        }
    }

    #[test]
    fn an_answer_is_no_copy() {
        let ids = |from: &str| {
            let raw = format!("{from}\nSubject: x\nIn-Reply-To: <ours@example.org>\n\nfailed\n");
            bounce(&raw).unwrap().ids
        };
        assert_eq!(ids("Return-Path: <>\nFrom: MAILER-DAEMON@mx.ru"), ["ours@example.org", "0190-mark"]);
        assert_eq!(ids("Return-Path: <x@mx.ru>\nFrom: MAILER-DAEMON@mx.ru"), ["0190-mark"]);
    }

    #[test]
    fn marks_are_of_our_address_only() {
        assert_eq!(mark("Bounce+x@Example.org", "bounce@example.org"), Some("x"));
        assert_eq!(mark("bounce@example.org", "bounce@example.org"), Some(""));
        assert_eq!(mark("bounce+x@evil.org", "bounce@example.org"), None);
        assert_eq!(mark("bounce+x@example.org", ""), None);
    }

    proptest! {
        #[test]
        fn any_words_are_read(text in "[a-zA-Z:<>@. \n-]{0,200}") {
            in_text(&text);
            let mut status = Status::default();
            status.add(&text);
            status.detail(&text);
        }
    }
}
