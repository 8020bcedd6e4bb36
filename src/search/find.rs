//! Looking for what people mean: first as they wrote it, then further and further from it, until something is found.

use std::collections::HashMap;

use anyhow::Result;

use super::{
    document::{Document, Facet, Filter, Key, Reader, Sort},
    embedded::Embedded,
    highlight::Wanted,
    layout,
    port::{Counts, Found, Look, Reach},
    query::Asked,
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
    let (written, turned) = (Asked::of(&request.text), other.as_deref().map(Asked::of));
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
            return Ok(answer(found, reach, layout, request));
        }
    }
    Ok(Answer::default())
}

fn answer(found: Found, reach: Reach, layout: Option<String>, request: &Request) -> Answer {
    let said = layout.as_deref().unwrap_or(&request.text).to_owned();
    let wanted = Wanted::new(found.words.iter().map(|(_, meant)| meant.as_str()).chain([said.as_str()]), request.unfinished);
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
