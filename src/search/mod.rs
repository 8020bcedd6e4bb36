//! Search over everything that can be found: an index that follows the database, and the database itself, which decides who may read what
//! and answers alone while there is no index.

pub mod analysis;
mod asked;
mod document;
mod embedded;
mod find;
pub mod graphql;
mod highlight;
mod keeper;
mod layout;
mod port;
mod query;
mod saved;
mod spelling;
mod sql;
mod suggest;

pub use asked::Queries;
pub use document::{Facet, Filter, Key, Reader, Sort};
pub use find::Request;
pub use highlight::Segment;
pub use keeper::{Following, Keeper};
pub use saved::LookForNews;

use std::collections::HashMap;

use tokio::sync::watch;

use crate::{
    app::App,
    error::{Error, Result},
    identity::{Act, Viewer},
};
use document::Document;
use find::may_read;
use highlight::Wanted;
use port::Counts;

/// Hits that can be reached by turning pages.
pub const DEEPEST: usize = 10_000;
/// Characters of a text that are shown of a hit.
const EXCERPT: usize = 240;

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
    /// The part of its text where most was found.
    pub excerpt: Vec<Segment>,
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
    let (wanted, begun) = (request.size, request.offset);
    let mut results = Results::default();
    let mut place = begun;
    // Where hits fall away, more are asked for; not for ever, as each question costs.
    for _ in 0..3 {
        request.offset = place;
        request.size = wanted - results.hits.len();
        let (index, asked) = (index.clone(), request.clone());
        let answer = tokio::task::spawn_blocking(move || find::find(&index, &asked)).await.map_err(|e| Error::Internal(e.into()))?;
        let answer = match answer {
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
        for (key, rank) in answer.hits {
            match documents.remove(&key) {
                Some(document) => results.hits.push(hit(&document, rank, place, &answer.wanted)),
                None => results.about = true,
            }
            place += 1;
        }
        if results.facets.is_empty() {
            (results.facets, request.facets) = (answer.facets, Vec::new());
        }
        (results.total, results.layout, results.meant, results.in_part) = (answer.total, answer.layout, answer.meant, answer.in_part);
        if results.hits.len() >= wanted || place >= results.total || keys.is_empty() {
            break;
        }
    }
    results.next = (place < results.total.min(DEEPEST) && place > begun).then_some(place);
    Ok(results)
}

/// What the reader may read of these, as it is now.
async fn readable(app: &App, reader: Reader, keys: &[Key]) -> Result<HashMap<Key, Document>> {
    let documents = sql::documents::documents(&app.db, keys).await?;
    Ok(documents.into_iter().filter(|document| may_read(reader, document)).map(|document| (document.key(), document)).collect())
}

fn hit(document: &Document, rank: f32, place: usize, wanted: &Wanted) -> Hit {
    Hit { key: document.key(), rank, place, title: wanted.whole(&document.title), excerpt: wanted.excerpt(&document.body, EXCERPT) }
}

/// What the database finds by itself: words in any form of initiatives, tickets and clusters; nothing is counted, and typos are not understood.
async fn plain(app: &App, request: &Request) -> Result<Results> {
    let rows = sql::look_up(&app.db, request).await?;
    let total = usize::try_from(sql::count(&app.db, request).await?).unwrap_or(0);
    let wanted = Wanted::new([request.text.as_str()], false);
    let keys: Vec<Key> = rows.iter().map(|row| (row.kind, row.id)).collect();
    let mut documents = readable(app, request.reader, &keys).await?;
    let hits: Vec<Hit> = rows
        .iter()
        .enumerate()
        .filter_map(|(at, row)| Some(hit(&documents.remove(&(row.kind, row.id))?, row.rank, request.offset + at, &wanted)))
        .collect();
    let end = request.offset + rows.len();
    let next = (end < total.min(DEEPEST) && !rows.is_empty()).then_some(end);
    Ok(Results { hits, total, next, plain: true, ..Results::default() })
}

/// Keeps the index of this process what the database is, until told to end.
pub async fn follow(app: App, mut told: watch::Receiver<bool>) {
    let mut following = Following::default();
    let mut failing = false;
    while !*told.borrow() {
        let mut told_how_far = |filled, expected| tracing::debug!(filled, expected, "making the index");
        match app.search.catch_up(&mut following, &mut told_how_far).await {
            Ok(()) => failing = false,
            // Once for a row of failures: it is tried twice a second.
            Err(error) if !failing => {
                tracing::warn!(error = format!("{error:#}"), "the index could not be brought up to date; trying again");
                failing = true;
            }
            Err(_) => (),
        }
        let ended = told.wait_for(|end| *end);
        tokio::select! { _ = ended => return, () = tokio::time::sleep(keeper::PAUSE) => () }
    }
}
