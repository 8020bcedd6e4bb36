//! What documents, queries and filters are in the words of Meilisearch.

use serde::Serialize;

use super::super::{
    analysis::terms,
    document::{Document, Filter, Key, Reader},
    port::Reach,
    query::{Asked, Word},
};
use crate::gid::Kind;

/// The fields that are searched, those that count most first.
pub const FIELDS: [&str; 6] = ["title", "title_stems", "title_folded", "body", "body_stems", "body_folded"];
const SURFACES: [&str; 2] = ["title", "body"];
const STEMS: [&str; 2] = ["title_stems", "body_stems"];
const FOLDED: [&str; 2] = ["title_folded", "body_folded"];
const FORMS: [&str; 4] = ["title", "title_stems", "body", "body_stems"];

/// A document in the index.
#[derive(Debug, Serialize)]
pub struct Kept {
    key: String,
    digest: String,
    title: String,
    title_stems: String,
    title_folded: String,
    body: String,
    body_stems: String,
    body_folded: String,
    public: bool,
    owner: Option<String>,
    at: i64,
    #[serde(flatten)]
    facets: serde_json::Map<String, serde_json::Value>,
}

impl From<&Document> for Kept {
    fn from(document: &Document) -> Self {
        let [title, title_stems, title_folded] = forms(&document.title);
        let [body, body_stems, body_folded] = forms(&document.body);
        let facets = super::Facet::ALL.iter().filter_map(|facet| Some((facet.name().to_owned(), facet.of(document)?.into())));
        Self {
            key: key(document.key()),
            digest: digest(&document.digest()),
            title,
            title_stems,
            title_folded,
            body,
            body_stems,
            body_folded,
            public: document.public,
            owner: document.owner.map(|id| id.simple().to_string()),
            at: document.created_at.map_or(0, |at| at.timestamp_micros()),
            facets: facets.collect(),
        }
    }
}

/// The words of a text as they are spelt, their stems, and their folded stems.
fn forms(text: &str) -> [String; 3] {
    let mut forms = [const { String::new() }; 3];
    for term in terms(text) {
        let words = [vec![term.surface], vec![term.stem], term.folded];
        for (form, words) in forms.iter_mut().zip(words) {
            for word in words {
                if !form.is_empty() {
                    form.push(' ');
                }
                form.push_str(&word);
            }
        }
    }
    forms
}

/// A document's key in the index.
pub fn key((kind, id): Key) -> String {
    format!("{}-{}", kind.name(), id.simple())
}

/// A key from its form in the index.
pub fn key_of(written: &str) -> Option<Key> {
    let (kind, id) = written.split_once('-')?;
    Some((Kind::of(kind)?, uuid::Uuid::try_parse(id).ok()?))
}

fn digest(digest: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*digest))
}

/// A digest from its form in the index.
pub fn digest_of(written: &str) -> Option<[u8; 16]> {
    Some(u128::from_str_radix(written, 16).ok()?.to_be_bytes())
}

/// One query, and where it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The words. A space at the end says that the last one is whole.
    pub words: String,
    /// The fields.
    pub fields: &'static [&'static str],
}

/// The queries of a reach, of which the first that finds something counts: a query finds all its words in the same forms.
pub fn queries(asked: &Asked, reach: Reach, unfinished: bool) -> Vec<Query> {
    if asked.is_empty() {
        return Vec::new();
    }
    let whole = |form: fn(&Word) -> &str, fields| Query { words: format!("{} ", words(asked, form, None)), fields };
    let begun = Query { words: words(asked, stem, asked.words.last().map(surface)), fields: &FORMS };
    match reach {
        Reach::Stems if unfinished => vec![begun],
        Reach::Stems | Reach::Some => vec![whole(stem, &STEMS)],
        Reach::Folded => vec![whole(folded, &FOLDED), begun],
        Reach::Typos => vec![whole(surface, &SURFACES)],
    }
}

fn surface(word: &Word) -> &str {
    &word.surface
}

fn stem(word: &Word) -> &str {
    &word.stem
}

fn folded(word: &Word) -> &str {
    if word.is_exact() { &word.surface } else { word.folded.first().unwrap_or(&word.stem) }
}

/// The words of a query in a form, where the last one may be another; phrases in quotes, what to leave out after a minus.
fn words(asked: &Asked, form: fn(&Word) -> &str, last: Option<&str>) -> String {
    let mut parts: Vec<String> = Vec::new();
    let phrase = |phrase: &Vec<Word>| format!("\"{}\"", phrase.iter().map(form).collect::<Vec<_>>().join(" "));
    parts.extend(asked.without.iter().map(|word| format!("-{}", form(word))));
    parts.extend(asked.phrases.iter().map(phrase));
    let count = asked.words.len();
    parts.extend(asked.words.iter().enumerate().map(|(at, word)| match last {
        Some(last) if at + 1 == count => last.to_owned(),
        _ => form(word).to_owned(),
    }));
    parts.join(" ")
}

/// A filter, and who looks, as an expression.
pub fn filter(filter: &Filter, reader: Reader) -> Vec<String> {
    let mut all = Vec::new();
    match reader {
        Reader::Staff => (),
        Reader::Person(id) => all.push(format!("public = true OR owner = {}", quoted(&id.simple().to_string()))),
        Reader::Anybody => all.push("public = true".to_owned()),
    }
    for (facet, values) in &filter.any_of {
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        all.push(format!("{} IN [{}]", facet.name(), values.join(", ")));
    }
    all.extend(filter.from.map(|from| format!("at >= {}", from.timestamp_micros())));
    all.extend(filter.to.map(|to| format!("at < {}", to.timestamp_micros())));
    all
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::{super::Facet, *};

    fn written(query: &str, reach: Reach, unfinished: bool) -> Vec<(String, &'static [&'static str])> {
        queries(&Asked::of(query), reach, unfinished).into_iter().map(|query| (query.words, query.fields)).collect()
    }

    #[test]
    fn queries_are_written_in_one_form_each() {
        assert_eq!(written("не горят фонари", Reach::Stems, false), [("гор фонар ".to_owned(), &STEMS[..])]);
        assert_eq!(written("горят фонари", Reach::Stems, true), [("гор фонари".to_owned(), &FORMS[..])]);
        assert_eq!(written("горят фонари", Reach::Typos, false), [("горят фонари ".to_owned(), &SURFACES[..])]);
        assert_eq!(
            written("«уличный фонарь» школа -реклама", Reach::Stems, false),
            [("-реклам \"уличн фонар\" школ ".to_owned(), &STEMS[..])]
        );
        assert_eq!(written("окон", Reach::Folded, false).len(), 2);
        assert!(written(" -\"\" \u{200b}", Reach::Some, true).is_empty());
    }

    #[test]
    fn a_filter_cannot_be_broken_out_of() {
        let id = Uuid::from_u128(7);
        let at = DateTime::from_timestamp_micros(5);
        let any_of =
            vec![(Facet::State, vec!["NEW\" OR public = false OR state = \"\\".to_owned(), "X".to_owned()]), (Facet::Topic, vec![])];
        let written = filter(&Filter { any_of, from: at, to: at }, Reader::Person(id));
        assert_eq!(
            written,
            [
                "public = true OR owner = \"00000000000000000000000000000007\"",
                r#"state IN ["NEW\" OR public = false OR state = \"\\", "X"]"#,
                "topic IN []",
                "at >= 5",
                "at < 5",
            ]
        );
        assert!(filter(&Filter::default(), Reader::Staff).is_empty());
    }

    #[test]
    fn keys_and_digests_come_back() {
        let known = (Kind::Ticket, Uuid::from_u128(u128::MAX / 3));
        assert_eq!(key_of(&key(known)), Some(known));
        assert_eq!((key_of("Ticket"), key_of("Nothing-1"), digest_of("x")), (None, None, None));
        assert_eq!(digest_of(&digest(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255])).map(|digest| digest[15]), Some(255));
    }
}
