//! Words of the index that are near a word: beginnings and typos, by the dictionary, the nearest and the most frequent first.

use std::collections::HashMap;

use anyhow::{Context, Result};
use tantivy::{Searcher, Term, query::FuzzyTermQuery, schema::Field};

/// Words that one word is expanded to at the most.
const MOST: usize = 12;
/// Words of the dictionary that are looked at for a beginning.
const LOOKED_AT: usize = 20_000;

/// A word of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// As the index has it.
    pub word: String,
    /// Letters put in, left out, exchanged or turned around.
    pub distance: u8,
    /// In how many documents it is.
    pub frequency: u64,
}

/// In how many documents a word is, in one of the fields.
pub fn frequency(searcher: &Searcher, fields: [Field; 2], word: &str) -> Result<u64> {
    let mut frequency = 0;
    for field in fields {
        frequency += searcher.doc_freq(&Term::from_field_text(field, word)).context("failed to read the dictionary")?;
    }
    Ok(frequency)
}

/// Words that begin like this one.
pub fn beginnings(searcher: &Searcher, fields: [Field; 2], prefix: &str) -> Result<Vec<Near>> {
    let mut end = prefix.as_bytes().to_vec();
    // The first word behind all those that begin so: UTF-8 knows no 0xff.
    end.push(0xff);
    let mut found = HashMap::new();
    for field in fields {
        for segment in searcher.segment_readers() {
            let inverted = segment.inverted_index(field)?;
            let mut words = inverted.terms().range().ge(prefix).lt(&end).into_stream()?;
            let mut looked_at = 0;
            while words.advance() && looked_at < LOOKED_AT {
                *found.entry(words.key().to_vec()).or_insert(0) += u64::from(words.value().doc_freq);
                looked_at += 1;
            }
        }
    }
    Ok(best(found.into_iter().map(|(word, frequency)| (word, 0, frequency))))
}

/// Words that differ from this one by so many typos at the most.
pub fn typos(searcher: &Searcher, fields: [Field; 2], word: &str, distance: u8) -> Result<Vec<Near>> {
    let mut found: HashMap<Vec<u8>, (u8, u64)> = HashMap::new();
    for near in 0..=distance {
        for field in fields {
            let automaton = FuzzyTermQuery::new(Term::from_field_text(field, word), near, true).automaton()?;
            for segment in searcher.segment_readers() {
                let inverted = segment.inverted_index(field)?;
                let mut words = inverted.terms().search(&automaton).into_stream()?;
                while words.advance() {
                    let (known, frequency) = found.entry(words.key().to_vec()).or_insert((near, 0));
                    if *known == near {
                        *frequency += u64::from(words.value().doc_freq);
                    }
                }
            }
        }
    }
    Ok(best(found.into_iter().map(|(word, (distance, frequency))| (word, distance, frequency))))
}

fn best(found: impl Iterator<Item = (Vec<u8>, u8, u64)>) -> Vec<Near> {
    let mut near: Vec<Near> = found
        .filter_map(|(word, distance, frequency)| Some(Near { word: String::from_utf8(word).ok()?, distance, frequency }))
        // A house number is not a word with a typo.
        .filter(|near| near.distance == 0 || !near.word.starts_with(char::is_numeric))
        .collect();
    near.sort_by(|a, b| (a.distance, b.frequency, &a.word).cmp(&(b.distance, a.frequency, &b.word)));
    near.truncate(MOST);
    near
}
