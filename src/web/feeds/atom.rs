//! Atom feeds (RFC 4287).

use askama::Template;
use chrono::{DateTime, Utc};

use super::ENTRIES;
use crate::{
    error::Error,
    web::{
        failure::Failure,
        ui::{Answer, Ui},
        versions,
    },
};

/// Characters of an entry's text at the most.
const TEXT: usize = 800;

/// A feed.
#[derive(Template)]
#[template(path = "feeds/feed.xml")]
pub struct Feed {
    ui: Ui,
    id: String,
    title: String,
    /// Its own address.
    own: String,
    /// The page that it belongs to.
    page: String,
    updated: DateTime<Utc>,
    entries: Vec<Entry>,
}

/// Something that happened.
pub struct Entry {
    /// The same for ever, wherever it is read.
    pub id: String,
    /// What happened to what.
    pub title: String,
    /// The page of the thing.
    pub link: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The words that belong to it.
    pub text: String,
}

impl Feed {
    /// The newest of these entries, for the page at this address; `since` is its time as long as there are none.
    pub fn new(ui: &Ui, title: String, page: &str, mut entries: Vec<Entry>, since: DateTime<Utc>) -> Self {
        entries.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
        entries.truncate(ENTRIES);
        Self {
            id: tag(ui, ui.path.trim_start_matches('/')),
            title,
            own: absolute(ui, &ui.path),
            page: absolute(ui, page),
            updated: entries.first().map_or(since, |entry| entry.at),
            entries,
            ui: ui.clone(),
        }
    }

    /// The feed as an answer.
    ///
    /// # Errors
    /// The template failed.
    pub fn answer(&self) -> Answer {
        let text: String = self.render().map_err(|error| Failure::of(Error::Internal(error.into()), self.ui.locale()))?;
        let text: String = text.chars().filter(|c| is_xml(*c)).collect();
        let version = versions::version(text.as_bytes());
        Ok(self.ui.content("application/atom+xml; charset=utf-8", "max-age=300", &version, text))
    }

    fn author(&self) -> String {
        let (name, place) = (self.ui.t("web-title"), self.ui.place());
        if place.is_empty() { name } else { format!("{name}, {place}") }
    }
}

/// The address of a page for those who are elsewhere.
pub fn absolute(ui: &Ui, path: &str) -> String {
    format!("{}{path}", ui.app().config.http.public_url)
}

/// A name for ever (RFC 4151) under the installation's host; the year is that in which this way of naming began.
pub fn tag(ui: &Ui, what: &str) -> String {
    format!("tag:{},2026:{what}", host(&ui.app().config.http.public_url))
}

/// The host of an address, without its port.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// A time (RFC 3339).
fn time(at: &DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The beginning of a long text, cut between words.
pub fn shortened(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(TEXT) else { return text.to_owned() };
    let start = &text[..end];
    let cut = start.rfind(char::is_whitespace).filter(|at| *at > end / 2).unwrap_or(end);
    format!("{}…", start[..cut].trim_end())
}

/// Whether XML 1.0 allows a character.
const fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_without_their_ports() {
        for (url, expected) in [
            ("https://veche.example.org", "veche.example.org"),
            ("http://127.0.0.1:8080", "127.0.0.1"),
            ("https://a.example/path", "a.example"),
            ("http://[::1]:80", "[::1]"),
        ] {
            assert_eq!(host(url), expected);
        }
    }

    #[test]
    fn long_texts_are_cut_between_words() {
        assert_eq!(shortened("коротко"), "коротко");
        let long = shortened(&"слово ".repeat(1000));
        assert!(long.ends_with("слово…") && long.chars().count() <= TEXT + 1, "{long}");
        assert_eq!(shortened(&"ы".repeat(5000)).chars().count(), TEXT + 1);
    }

    #[test]
    fn characters_that_xml_forbids_are_known() {
        assert!("Обычный\ttext\u{1f600}".chars().all(is_xml));
        assert!("\u{0}\u{b}\u{1f}\u{fffe}\u{ffff}".chars().all(|c| !is_xml(c)));
    }
}
