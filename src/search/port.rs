//! What every engine does.

use std::{collections::HashMap, sync::Arc};

use anyhow::Result;

use super::{
    document::{Document, Facet, Filter, Key, Reader, Sort},
    embedded::Embedded,
    meilisearch::Meilisearch,
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

/// One look for it.
#[derive(Debug, Clone)]
pub struct Look {
    /// The words: those that were written, or the same keys in the other layout.
    pub asked: Arc<Asked>,
    /// How far from them.
    pub reach: Reach,
    /// What is looked for.
    pub request: Arc<Request>,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The page of hits, with how well each fits.
    pub hits: Vec<(Key, f32)>,
    /// How many there are in all.
    pub total: usize,
    /// Whether that number is only near.
    pub about: bool,
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

/// An index of one of the engines.
#[derive(Clone)]
pub enum Index {
    /// Of this process, in its own folder.
    Embedded(Arc<Embedded>),
    /// Of all processes, on a server.
    Meilisearch(Arc<Meilisearch>),
}

impl Index {
    /// Looks once.
    ///
    /// # Errors
    /// The index cannot be read, or its server does not answer.
    pub async fn look(&self, look: Look) -> Result<Found> {
        match self {
            Self::Embedded(index) => {
                let index = index.clone();
                tokio::task::spawn_blocking(move || index.look(&look)).await?
            }
            Self::Meilisearch(index) => index.look(&look).await,
        }
    }

    /// Takes documents in, or anew, and takes others out; all of it or nothing. Where the index is filled, `mark` says how far it is then.
    ///
    /// # Errors
    /// The index cannot be written, or its server does not answer.
    pub async fn apply(&self, documents: Vec<Document>, gone: Vec<Key>, mark: String) -> Result<()> {
        match self {
            Self::Embedded(index) => {
                let index = index.clone();
                tokio::task::spawn_blocking(move || index.apply(&documents, &gone, &mark)).await?
            }
            Self::Meilisearch(index) => index.apply(&documents, &gone).await,
        }
    }

    /// How many documents it holds.
    ///
    /// # Errors
    /// The index cannot be read, or its server does not answer.
    pub async fn count(&self) -> Result<u64> {
        match self {
            Self::Embedded(index) => Ok(index.standing()?.documents),
            Self::Meilisearch(index) => index.count().await,
        }
    }

    /// Keys and digests of all documents, to compare with the database.
    ///
    /// # Errors
    /// The index cannot be read, or its server does not answer.
    pub async fn digests(&self) -> Result<HashMap<Key, [u8; 16]>> {
        match self {
            Self::Embedded(index) => {
                let index = index.clone();
                tokio::task::spawn_blocking(move || index.digests()).await?
            }
            Self::Meilisearch(index) => index.digests().await,
        }
    }
}
