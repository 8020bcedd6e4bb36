//! Words that hardly anybody writes so, as others write them: what somebody may have meant.

use super::{Request, Results, port::Index};
use crate::{
    app::App,
    error::{Error, Result},
};

/// Where so many things are found, what was written was meant.
const ENOUGH: usize = 3;

/// The query with its rare words as others write them, where what is found for it is little and for that is more.
///
/// # Errors
/// The database failed.
pub async fn did_you_mean(app: &App, request: &Request, results: &Results) -> Result<Option<String>> {
    let told = results.plain || results.layout.is_some() || !results.meant.is_empty();
    let found = if results.in_part { 0 } else { results.total };
    // Meilisearch tells no words near to one another; what it takes for typos is told with what it finds.
    let Some(Index::Embedded(index)) = app.search.index().filter(|_| !told && found < ENOUGH) else { return Ok(None) };
    let text = request.text.clone();
    let spelt = tokio::task::spawn_blocking(move || index.spelling(&text)).await.map_err(|e| Error::Internal(e.into()))?;
    let spelt = match spelt {
        Ok(Some(spelt)) => spelt,
        Ok(None) => return Ok(None),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the words of the index could not be read");
            return Ok(None);
        }
    };
    // The words may be of texts that this reader may not read: they are named only where there is something to find.
    let other = Request { text: spelt.clone(), facets: Vec::new(), offset: 0, size: 1, ..request.clone() };
    let there = super::find(app, other).await?;
    let more = there.total > found && !there.hits.is_empty() && !there.in_part && there.layout.is_none() && there.meant.is_empty();
    Ok(more.then_some(spelt))
}
