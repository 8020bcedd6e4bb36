//! From named values to messages and initiatives.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use sha2::{Digest, Sha256};
use veche_email::{clean_line, clean_text};

use super::{Columns, Incoming, IncomingInitiative, MAX_TEXT, Sender};

/// Column → value, as the file has them.
pub(super) type Record = BTreeMap<String, String>;

/// Longest identifier kept as it is, in bytes; a longer one is replaced by its hash.
const MAX_ID: usize = 250;
/// Months as Russian dates write them.
const MONTHS: [&str; 12] =
    ["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"];

/// The name to look for: the one chosen, or the field's own.
pub(super) fn named<'a>(chosen: &'a Option<String>, own: &'a str) -> &'a str {
    chosen.as_deref().unwrap_or(own)
}

pub(super) fn message(record: &Record, columns: &Columns) -> Result<Incoming> {
    Ok(Incoming {
        external_id: external_id(record, columns),
        conversation: None,
        sender: line(record, &columns.author, "author").map(|author| sender(&author)),
        subject: line(record, &columns.subject, "subject"),
        text: text(record, columns)?,
        received_at: date(record, columns)?,
        group: line(record, &columns.group, "group"),
        topic: line(record, &columns.topic, "topic"),
        channel: line(record, &columns.channel, "channel"),
        attachments: Vec::new(),
    })
}

pub(super) fn initiative(record: &Record, columns: &Columns) -> Result<IncomingInitiative> {
    let votes = line(record, &columns.votes, "votes")
        .map(|votes| {
            let digits: String = votes.chars().filter(|c| !c.is_whitespace()).collect();
            let votes = digits.parse().ok().filter(|v: &i64| *v >= 0);
            votes.with_context(|| format!("{digits:?} is no number of votes"))
        })
        .transpose()?;
    Ok(IncomingInitiative {
        external_id: external_id(record, columns),
        title: line(record, &columns.title, "title").context("it has no title")?,
        text: text(record, columns)?,
        topic: line(record, &columns.topic, "topic"),
        jurisdiction: line(record, &columns.jurisdiction, "jurisdiction"),
        votes,
        date: date(record, columns)?,
    })
}

fn line(record: &Record, chosen: &Option<String>, own: &str) -> Option<String> {
    let value = clean_line(record.get(named(chosen, own))?);
    (!value.is_empty()).then_some(value)
}

fn text(record: &Record, columns: &Columns) -> Result<String> {
    let text = record.get(named(&columns.text, "text")).map(|text| clean_text(text));
    checked(text.unwrap_or_default())
}

/// A text that is neither missing nor over-long.
pub(super) fn checked(text: String) -> Result<String> {
    ensure!(!text.trim().is_empty(), "it has no text");
    let length = text.chars().count();
    ensure!(length <= MAX_TEXT, "its text has {length} characters, {MAX_TEXT} are allowed");
    Ok(text)
}

fn external_id(record: &Record, columns: &Columns) -> String {
    match line(record, &columns.id, "id") {
        Some(id) => short_id(id),
        None => {
            let mut hash = Sha256::new();
            for (column, value) in record {
                // Lengths keep "ab","c" and "a","bc" apart.
                hash.update((column.len() as u64).to_be_bytes());
                hash.update(column);
                hash.update((value.len() as u64).to_be_bytes());
                hash.update(value);
            }
            hex(&hash.finalize())
        }
    }
}

/// The identifier, or its hash if it is too long to keep.
pub(super) fn short_id(id: String) -> String {
    if id.len() <= MAX_ID { id } else { content_id(id.as_bytes()) }
}

/// The SHA-256 of content that has no identifier, in hexadecimal.
pub(super) fn content_id(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// `Name <address>`, an address, or a name.
fn sender(author: &str) -> Sender {
    let some = |text: &str| {
        let text = text.trim_matches([' ', '"', '<', '>']);
        (!text.is_empty()).then(|| text.to_owned())
    };
    match author.split_once('<') {
        Some((name, address)) if address.contains('@') => Sender { address: some(address), name: some(name) },
        _ if author.contains('@') && !author.contains(' ') => Sender { address: some(author), name: None },
        _ => Sender { address: None, name: some(author) },
    }
}

fn date(record: &Record, columns: &Columns) -> Result<Option<DateTime<Utc>>> {
    match line(record, &columns.date, "date") {
        None => Ok(None),
        Some(written) => match parse_date(&written).and_then(plausible) {
            Some(date) => Ok(Some(date)),
            None => bail!("{written:?} is no date that is understood"),
        },
    }
}

/// A date of a year with four digits since 1900: others are mistakes, and some of them no database knows.
pub(super) fn plausible(date: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Some(date).filter(|date| (1900..=9999).contains(&date.year()))
}

/// RFC 3339, RFC 2822, `2024-03-25[ 10:15[:00]]`, `25.03.2024[ 10:15[:00]]`, `25 марта 2024[ в 10:15]`, or seconds since
/// 1970. Without a zone: UTC.
fn parse_date(written: &str) -> Option<DateTime<Utc>> {
    if let Ok(date) = DateTime::parse_from_rfc3339(written).or_else(|_| DateTime::parse_from_rfc2822(written)) {
        return Some(date.to_utc());
    }
    if written.len() >= 9 && written.bytes().all(|b| b.is_ascii_digit()) {
        return DateTime::from_timestamp(written.parse().ok()?, 0);
    }
    let numeric = months_as_numbers(&written.replace(" г.", "").replace(" в ", " ").replace(',', ""));
    for format in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M"] {
        if let Ok(date) = NaiveDateTime::parse_from_str(&numeric, format) {
            return Some(date.and_utc());
        }
    }
    ["%Y-%m-%d", "%d.%m.%Y"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(&numeric, format).ok())
        .map(|date| date.and_time(NaiveTime::MIN).and_utc())
}

/// `25 марта 2024` → `25.3.2024`.
fn months_as_numbers(date: &str) -> String {
    let lower = date.to_lowercase();
    for (n, month) in MONTHS.iter().enumerate() {
        if let Some((day, year)) = lower.split_once(month) {
            return format!("{}.{}.{}", day.trim(), n + 1, year.trim());
        }
    }
    date.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_use() {
        for (written, seconds) in [
            ("2024-03-25T10:15:00+03:00", 1_711_350_900),
            ("2024-03-25T10:15:00", 1_711_361_700),
            ("Mon, 25 Mar 2024 10:15:00 +0300", 1_711_350_900),
            ("2024-03-25 10:15", 1_711_361_700),
            ("25.03.2024 10:15:00", 1_711_361_700),
            ("25 марта 2024 г. в 10:15", 1_711_361_700),
            ("25 марта 2024", 1_711_324_800),
            ("2024-03-25", 1_711_324_800),
            ("1711350900", 1_711_350_900),
        ] {
            assert_eq!(parse_date(written).map(|d| d.timestamp()), Some(seconds), "{written}");
        }
        assert_eq!(parse_date("вчера"), None);
        assert_eq!(parse_date("99.99.2024"), None);
    }

    #[test]
    fn dates_that_no_database_knows_are_none() {
        for written in ["-9999-01-01", "-262143-01-01", "+262142-12-31 23:59", "99999999999999", "01.01.0001"] {
            assert_eq!(parse_date(written).and_then(plausible), None, "{written}");
        }
    }

    #[test]
    fn senders() {
        let both = sender("Иван <ivan@example.ru>");
        assert_eq!((both.name.as_deref(), both.address.as_deref()), (Some("Иван"), Some("ivan@example.ru")));
        assert_eq!(sender("ivan@example.ru").address.as_deref(), Some("ivan@example.ru"));
        assert_eq!(sender("Иван Петров").name.as_deref(), Some("Иван Петров"));
    }
}
