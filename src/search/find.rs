//! Looking for what people mean: first as they wrote it, then further and further from it, until something is found.

use std::{collections::HashMap, sync::Arc};

use anyhow::Result;

use super::{
    document::{Document, Facet, Filter, Key, Reader, Sort},
    embedded::Embedded,
    highlight::Wanted,
    layout,
    port::{Counts, Found, Look, Reach},
    query::Asked,
    synonyms::Groups,
};

/// What somebody looks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The words as they were written.
    pub text: String,
    /// Whether the last word is only begun.
    pub unfinished: bool,
    /// Among which.
    pub filter: Filter,
    /// For whom.
    pub reader: Reader,
    /// What is counted.
    pub facets: Vec<Facet>,
    /// In which order.
    pub sort: Sort,
    /// How many are passed over.
    pub offset: usize,
    /// How many are wanted.
    pub size: usize,
    /// Words that mean the same.
    pub synonyms: Arc<Groups>,
}

/// What was found, and how.
#[derive(Debug, Default)]
pub struct Answer {
    /// The page of hits, with how well each fits.
    pub hits: Vec<(Key, f32)>,
    /// How many there are in all.
    pub total: usize,
    /// What was counted.
    pub facets: HashMap<Facet, Counts>,
    /// The words in the other keyboard layout, where those found something and the written ones did not.
    pub layout: Option<String>,
    /// What words with typos were taken for.
    pub meant: Vec<(String, String)>,
    /// Whether some of the words are missing in what was found.
    pub in_part: bool,
    /// What to mark in the texts.
    pub wanted: Wanted,
}

/// The steps from what was written to what may be meant: how far, and whether in the other layout. Typos come after the other layout:
/// words of one language are close to too many of another.
const STEPS: [(Reach, bool); 8] = [
    (Reach::Stems, false),
    (Reach::Folded, false),
    (Reach::Stems, true),
    (Reach::Folded, true),
    (Reach::Typos, false),
    (Reach::Typos, true),
    (Reach::Some, false),
    (Reach::Some, true),
];

/// Looks for it, step by step.
///
/// # Errors
/// The index cannot be read.
pub fn find(index: &Embedded, request: &Request) -> Result<Answer> {
    let other = layout::other(&request.text);
    let asked = |text: &str| request.synonyms.widen(Asked::of(text));
    let (written, turned) = (asked(&request.text), other.as_deref().map(asked));
    for (reach, in_other) in STEPS {
        let asked = match (in_other, &turned) {
            (false, _) => &written,
            (true, Some(turned)) => turned,
            (true, None) => continue,
        };
        let found = index.look(&Look {
            asked,
            reach,
            unfinished: request.unfinished,
            filter: &request.filter,
            reader: request.reader,
            facets: &request.facets,
            sort: request.sort,
            offset: request.offset,
            size: request.size,
        })?;
        if found.total > 0 {
            let layout = other.filter(|_| in_other);
            return Ok(answer(found, asked, reach, layout, request));
        }
    }
    Ok(Answer::default())
}

fn answer(found: Found, asked: &Asked, reach: Reach, layout: Option<String>, request: &Request) -> Answer {
    let said = layout.as_deref().unwrap_or(&request.text).to_owned();
    let wanted = Wanted::new(found.words.iter().map(|(_, meant)| meant.as_str()).chain([said.as_str()]), request.unfinished);
    let wanted = wanted.also(asked.words.iter().flat_map(|word| &word.same));
    let Found { hits, total, facets, words } = found;
    Answer { hits, total, facets, layout, meant: words, in_part: reach == Reach::Some, wanted }
}

/// Whether a reader may know of a document: what the index says is asked of the database once more.
pub fn may_read(reader: Reader, document: &Document) -> bool {
    match reader {
        Reader::Staff => true,
        Reader::Person(id) => document.public || document.owner == Some(id),
        Reader::Anybody => document.public,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;
    use serde::Deserialize;
    use uuid::Uuid;

    use super::*;
    use crate::gid::Kind;

    const DOCUMENTS: &str = include_str!("../../tests/search/documents.jsonl");
    const QUERIES: &str = include_str!("../../tests/search/queries.tsv");

    #[derive(Deserialize)]
    struct Given {
        id: String,
        kind: String,
        title: String,
        body: String,
    }

    /// The corpus in an index, and the keys of its documents.
    fn corpus() -> (Embedded, HashMap<String, Key>) {
        let mut keys = HashMap::new();
        let documents: Vec<Document> = DOCUMENTS
            .lines()
            .zip(1_u128..)
            .map(|(line, n)| {
                let Given { id, kind, title, body } = serde_json::from_str(line).unwrap();
                let kind = Kind::ALL.iter().copied().find(|known| known.name().eq_ignore_ascii_case(&kind)).unwrap();
                let document = Document {
                    kind,
                    id: Uuid::from_u128(n),
                    title,
                    body,
                    public: true,
                    owner: None,
                    language: None,
                    state: None,
                    channel: None,
                    topic: None,
                    territory: None,
                    working_group: None,
                    department: None,
                    created_at: Some(DateTime::UNIX_EPOCH),
                };
                keys.insert(id, document.key());
                document
            })
            .collect();
        let index = Embedded::in_memory().unwrap();
        index.apply(&documents, &[], "1").unwrap();
        (index, keys)
    }

    fn asking(text: &str) -> Request {
        let (filter, reader, sort) = (Filter::default(), Reader::Anybody, Sort::Relevance);
        let synonyms = Arc::new(Groups::shipped());
        Request { text: text.into(), unfinished: false, filter, reader, facets: Vec::new(), sort, offset: 0, size: 10, synonyms }
    }

    /// Of each class, 95 % of the queries find a document that answers them among the first ten, two typos 85 %.
    #[test]
    fn what_people_mean_is_found() {
        let (index, keys) = corpus();
        let mut classes: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
        let mut missed = Vec::new();
        for line in QUERIES.lines().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            let expected: Vec<Key> = cells[2].split(',').map(|id| keys[id]).collect();
            let answer = find(&index, &asking(cells[1])).unwrap();
            let found = answer.hits.iter().any(|(key, _)| expected.contains(key));
            let first = answer.hits.first().is_some_and(|(key, _)| *key == expected[0]);
            let class = classes.entry(cells[0]).or_default();
            *class = (class.0 + 1, class.1 + usize::from(found), class.2 + usize::from(first));
            if !found {
                missed.push(line);
            }
        }
        println!("{:<16} {:>7} {:>6} {:>6}", "class", "queries", "found", "first");
        for (class, (queries, found, first)) in &classes {
            println!("{class:<16} {queries:>7} {:>5}% {:>5}%", found * 100 / queries, first * 100 / queries);
        }
        assert_eq!(classes.len(), 12);
        for (class, (queries, found, _)) in &classes {
            let least = if *class == "two_typos" { 85 } else { 95 };
            assert!(found * 100 >= least * queries, "{class}: {missed:#?}");
        }
    }

    #[test]
    fn how_it_was_found_is_said() {
        let (index, _) = corpus();
        let layout = find(&index, &asking("kban yt hf,jnftn")).unwrap();
        assert_eq!(layout.layout.as_deref(), Some("лифт не работает"));
        assert!(layout.total > 0 && layout.meant.is_empty());
        let typo = find(&index, &asking("невероятноеслово")).unwrap();
        assert_eq!((typo.total, typo.layout), (0, None));
        let part = find(&index, &asking("фонарь лифт снег автобус качели")).unwrap();
        assert!(part.in_part || part.total == 0);
        let plain = find(&index, &asking("лифт")).unwrap();
        assert!(!plain.in_part && plain.layout.is_none() && plain.meant.is_empty());
    }

    #[test]
    fn what_means_the_same_is_found_and_marked() {
        let (index, _) = corpus();
        let alone = |text: &str| find(&index, &Request { synonyms: Arc::default(), ..asking(text) }).unwrap();
        for (word, other) in [("маршрутка", "автобус"), ("отходы", "мусор"), ("пешеходная дорожка", "тротуар")]
        {
            let (widened, other) = (find(&index, &asking(word)).unwrap(), alone(other));
            assert!(widened.total >= other.total && other.total > 0, "{word}: {} of {}", widened.total, other.total);
            assert!(widened.layout.is_none() && widened.meant.is_empty() && !widened.in_part, "{word}");
        }
        let marked = find(&index, &asking("маршрутка")).unwrap().wanted.whole("Об автобусах");
        assert!(marked.iter().any(|segment| segment.hit && segment.text == "автобусах"), "{marked:?}");
    }

    #[test]
    fn any_request_is_answered() {
        let (index, _) = corpus();
        for text in ["", "и на под", "\u{200b}\u{202e}", &"слово ".repeat(20_000), &"ы".repeat(100_000), "\"", "-", "\0"] {
            let answer = find(&index, &Request { offset: 9_999, facets: Facet::ALL.to_vec(), ..asking(text) }).unwrap();
            assert!(answer.hits.is_empty());
        }
    }
}
