//! What every engine does.

use std::collections::HashMap;

use super::{
    document::{Facet, Filter, Key, Reader, Sort},
    query::Asked,
};

/// How far a query may be from what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// All words in some form.
    Stems,
    /// Also vowels that come and go, and beginnings of the last word.
    Folded,
    /// Also words with one or two typos.
    Typos,
    /// Also without some of the words.
    Some,
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Look<'a> {
    /// The words.
    pub asked: &'a Asked,
    /// How far from them.
    pub reach: Reach,
    /// Whether the last word is only begun.
    pub unfinished: bool,
    /// Among which.
    pub filter: &'a Filter,
    /// For whom.
    pub reader: Reader,
    /// What is counted.
    pub facets: &'a [Facet],
    /// In which order.
    pub sort: Sort,
    /// How many are passed over.
    pub offset: usize,
    /// How many are wanted.
    pub size: usize,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The page of hits, with how well each fits.
    pub hits: Vec<(Key, f32)>,
    /// How many there are in all.
    pub total: usize,
    /// What was counted.
    pub facets: HashMap<Facet, Counts>,
    /// What each word was taken for, where it is not found as it was asked: to be shown, and to be marked in the texts.
    pub words: Vec<(String, String)>,
}

/// How many hits have which value of a property.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// The most frequent values.
    pub values: Vec<(String, u64)>,
    /// Hits with a value that is not among them.
    pub others: u64,
}

/// How far an index is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Up to where in the log of changes; none of an index that was never filled.
    pub mark: Option<String>,
    /// How many documents it holds.
    pub documents: u64,
}
