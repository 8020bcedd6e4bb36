//! Search over everything that can be found: an index that follows the database, and the database itself, which decides who may read what
//! and answers alone while there is no index.

mod admin;
pub mod analysis;
mod asked;
#[cfg(test)]
mod contract;
mod document;
mod embedded;
mod find;
mod follow;
pub mod graphql;
mod highlight;
mod jobs;
mod keeper;
mod layout;
mod meaning;
mod meilisearch;
mod port;
mod query;
mod saved;
mod spelling;
mod sql;
mod standing;
mod synonyms;

mod suggest;

pub use admin::renew;
pub use asked::Queries;
pub use document::{Document, Facet, Filter, Key, Reader, Sort};
pub use embedded::Embedded;
pub use find::find as find_in;
pub use follow::follow;
pub use highlight::Segment;
pub use jobs::ForgetChanges;
pub use keeper::{Following, Keeper};
pub use port::{Index as Engine, Request};
pub use saved::LookForNews;
pub use standing::{Expected, Index, standing};
pub use synonyms::{Groups, Synonyms};

use std::{collections::HashMap, sync::Arc};

use crate::{
    app::App,
    error::Result,
    identity::{Act, Viewer},
};
use find::may_read;
use highlight::Wanted;
use port::Counts;

/// Something that was found.
#[derive(Debug)]
pub struct Hit {
    /// Its key.
    pub key: Key,
    /// How well it fits; larger is better.
    pub rank: f32,
    /// Its place among all hits.
    pub place: usize,
    /// Its name, with what was found in it.
    pub title: Vec<Segment>,
    /// Its text, of which [`Hit::excerpt`] is a part.
    body: String,
    wanted: Arc<Wanted>,
    excerpt_chars: usize,
}

impl Hit {
    /// The part of its text where most was found: reckoned when it is asked for, as it costs more than all the rest.
    pub fn excerpt(&self) -> Vec<Segment> {
        self.wanted.excerpt(&self.body, self.excerpt_chars)
    }
}

/// A page of what was found, and how.
#[derive(Debug, Default)]
pub struct Results {
    /// The hits.
    pub hits: Vec<Hit>,
    /// How many there are in all.
    pub total: usize,
    /// Whether there may be fewer: of some the database says that they may not be read, or are no more.
    pub about: bool,
    /// Where the next page begins; none where there is nothing left.
    pub next: Option<usize>,
    /// What was counted.
    pub facets: HashMap<Facet, Counts>,
    /// The words in the other keyboard layout, where only those were found.
    pub layout: Option<String>,
    /// What words with typos were taken for.
    pub meant: Vec<(String, String)>,
    /// Whether some of the words are missing in what was found.
    pub in_part: bool,
    /// Whether the database was asked alone, as there is no index at present.
    pub plain: bool,
}

/// As whom somebody searches.
pub fn reader(viewer: &Viewer) -> Reader {
    match viewer.id {
        _ if viewer.can(Act::Triage) || viewer.can(Act::Moderate) => Reader::Staff,
        Some(id) if viewer.can(Act::ReadOwn) => Reader::Person(id),
        _ => Reader::Anybody,
    }
}

/// Finds a page of hits. What the index says is asked of the database once more, so that nothing hidden is ever shown.
///
/// # Errors
/// The database failed.
pub async fn find(app: &App, mut request: Request) -> Result<Results> {
    let Some(index) = app.search.index() else { return plain(app, &request).await };
    let near = meaning::near(app, &request).await?;
    let (wanted, begun) = (request.size, request.offset);
    let mut results = Results::default();
    let mut place = begun;
    // Where hits fall away, more are asked for; not for ever, as each question costs.
    for _ in 0..3 {
        request.offset = place;
        request.size = wanted - results.hits.len();
        let found = if near.is_empty() {
            find::find(&index, &Arc::new(request.clone())).await
        } else {
            meaning::find_near(&index, &request, &near, app.config.search.meaning).await
        };
        let answer = match found {
            Ok(answer) => answer,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the index could not be searched");
                request.offset = begun;
                request.size = wanted;
                return plain(app, &request).await;
            }
        };
        let keys: Vec<Key> = answer.hits.iter().map(|(key, _)| *key).collect();
        let mut documents = readable(app, request.reader, &keys).await?;
        let marked = Arc::new(answer.wanted);
        for (key, rank) in answer.hits {
            match documents.remove(&key) {
                Some(document) => results.hits.push(hit(app, document, rank, place, &marked)),
                None => results.about = true,
            }
            place += 1;
        }
        if results.facets.is_empty() {
            (results.facets, request.facets) = (answer.facets, Vec::new());
        }
        results.about |= answer.about;
        (results.total, results.layout, results.meant, results.in_part) = (answer.total, answer.layout, answer.meant, answer.in_part);
        if results.hits.len() >= wanted || place >= results.total || keys.is_empty() {
            break;
        }
    }
    results.next = (place < results.total.min(app.config.search.deepest) && place > begun).then_some(place);
    Ok(results)
}

/// What the reader may read of these, as it is now.
async fn readable(app: &App, reader: Reader, keys: &[Key]) -> Result<HashMap<Key, Document>> {
    let documents = sql::documents::documents(&app.db, keys).await?;
    Ok(documents.into_iter().filter(|document| may_read(reader, document)).map(|document| (document.key(), document)).collect())
}

fn hit(app: &App, document: Document, rank: f32, place: usize, wanted: &Arc<Wanted>) -> Hit {
    let (key, title) = (document.key(), wanted.whole(&document.title));
    Hit { key, rank, place, title, body: document.body, wanted: wanted.clone(), excerpt_chars: app.config.search.excerpt_chars }
}

/// What the database finds by itself: words in any form, of all but comments; nothing is counted, and typos are not understood.
async fn plain(app: &App, request: &Request) -> Result<Results> {
    let rows = sql::look_up(&app.db, request).await?;
    let total = usize::try_from(sql::count(&app.db, request).await?).unwrap_or(0);
    let wanted = Arc::new(Wanted::new([request.text.as_str()], false));
    let keys: Vec<Key> = rows.iter().map(|row| (row.kind, row.id)).collect();
    let mut documents = readable(app, request.reader, &keys).await?;
    let hits: Vec<Hit> = rows
        .iter()
        .enumerate()
        .filter_map(|(at, row)| Some(hit(app, documents.remove(&(row.kind, row.id))?, row.rank, request.offset + at, &wanted)))
        .collect();
    let end = request.offset + rows.len();
    let next = (end < total.min(app.config.search.deepest) && !rows.is_empty()).then_some(end);
    Ok(Results { hits, total, next, plain: true, ..Results::default() })
}
