//! Looking for what people mean: first as they wrote it, then further and further from it, until something is found.

use std::{collections::HashMap, sync::Arc};

use anyhow::Result;

use super::{
    document::{Document, Facet, Key, Reader},
    highlight::Wanted,
    layout,
    port::{Counts, Found, Index, Look, Reach, Request},
    query::Asked,
};

/// What was found, and how.
#[derive(Debug, Default)]
pub struct Answer {
    /// The page of hits, with how well each fits.
    pub hits: Vec<(Key, f32)>,
    /// How many there are in all.
    pub total: usize,
    /// Whether that number is only near.
    pub about: bool,
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
pub async fn find(index: &Index, request: &Arc<Request>) -> Result<Answer> {
    let other = layout::other(&request.text);
    let asked = |text: &str| Arc::new(request.synonyms.widen(Asked::of(text)));
    let (written, turned) = (asked(&request.text), other.as_deref().map(asked));
    if written.is_empty() && turned.as_ref().is_none_or(|turned| turned.is_empty()) {
        return Ok(Answer::default());
    }
    // Where the filter leaves nothing over, it is still told what there is beside it.
    let mut facets: HashMap<Facet, Counts> = HashMap::new();
    for (reach, in_other) in STEPS {
        let asked = match (in_other, &turned) {
            (false, _) => written.clone(),
            (true, Some(turned)) => turned.clone(),
            (true, None) => continue,
        };
        let found = index.look(Look { asked: asked.clone(), reach, request: request.clone() }).await?;
        if found.total > 0 {
            let layout = other.filter(|_| in_other);
            return Ok(answer(found, &asked, reach, layout, request));
        }
        if facets.values().all(|counts| counts.values.is_empty()) {
            facets = found.facets;
        }
    }
    Ok(Answer { facets, ..Answer::default() })
}

fn answer(found: Found, asked: &Asked, reach: Reach, layout: Option<String>, request: &Request) -> Answer {
    let said = layout.as_deref().unwrap_or(&request.text).to_owned();
    let wanted = Wanted::new(found.words.iter().map(|(_, meant)| meant.as_str()).chain([said.as_str()]), request.unfinished);
    let wanted = wanted.also(asked.words.iter().flat_map(|word| &word.same));
    let Found { hits, total, about, facets, words } = found;
    Answer { hits, total, about, facets, layout, meant: words, in_part: reach == Reach::Some, wanted }
}

/// Whether a reader may know of a document: what the index says is asked of the database once more.
pub fn may_read(reader: Reader, document: &Document) -> bool {
    match reader {
        Reader::Staff => true,
        Reader::Person(id) => document.public || document.owner == Some(id),
        Reader::Anybody => document.public,
    }
}
