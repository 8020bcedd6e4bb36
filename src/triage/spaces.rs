//! Spaces: an embedder in one state and the vectors that it made. They can be compared with each other and with no others, so a change
//! of the embedder, or of what it has learned, is a new space; it is filled in the background while the old one serves.

use std::{collections::HashMap, sync::Arc, time::Duration};

use uuid::Uuid;

use super::{learn, sql};
use crate::{
    app::App,
    error::{Error, Result},
    nlp::{Embedder, Idf, Lexical, Subspace, Thresholds, lexical},
};

/// Texts embedded, and clusters summed up, at a time.
const CHUNK: i64 = 1000;
/// So many late texts may be embedded while clusters are locked.
const FEW: i64 = 50;
/// Texts that this is learned from, the newest: it takes a second for a thousand.
const SAMPLE: i64 = 10_000;
/// How long a request waits for the vector of its text.
const PATIENCE: Duration = Duration::from_secs(1);

/// The space that serves, as a process holds it.
#[derive(Debug, Clone)]
pub struct Space {
    /// Its key.
    pub id: i64,
    /// From which similarities texts belong together.
    pub thresholds: Thresholds,
    /// Length of its vectors.
    pub dimensions: usize,
    embedder: String,
    version: i64,
    /// What embeds by words; otherwise the sentence encoder of the settings does.
    words: Option<Arc<Lexical>>,
}

impl Space {
    /// Reads a space; what it learned is taken from `known` where the row leaves it out.
    ///
    /// # Errors
    /// What was stored cannot be read.
    pub fn read(row: &sql::Space, known: Option<&Self>) -> Result<Self> {
        let unreadable = |e| Error::Internal(anyhow::Error::new(e).context("failed to read a learned state"));
        let words = match (&row.frequencies, known.filter(|known| known.id == row.id)) {
            (Some(frequencies), _) => {
                let subspace = row.subspace.as_deref().map(Subspace::from_bytes).transpose().map_err(unreadable)?;
                Some(Arc::new(Lexical::new(Idf::from_bytes(frequencies).map_err(unreadable)?, subspace)))
            }
            (None, known) => known.and_then(|known| known.words.clone()),
        };
        Ok(Self {
            id: row.id,
            thresholds: row.thresholds(),
            dimensions: usize::try_from(row.dimensions).unwrap_or(0),
            embedder: row.embedder.clone(),
            version: row.version,
            words,
        })
    }

    /// Whether this process can embed by it.
    ///
    /// # Errors
    /// The model of the settings cannot be read.
    pub async fn usable(&self, app: &App) -> Result<bool> {
        Ok(self.words.is_some() || is_of_encoder(app, &self.embedder, self.version).await?)
    }

    /// One vector a text, in order.
    ///
    /// # Errors
    /// The encoder cannot be used.
    pub async fn embed(&self, app: &App, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        if let Some(words) = self.words.clone() {
            let embedded = tokio::task::spawn_blocking(move || words.embed(&texts.iter().map(String::as_str).collect::<Vec<_>>()));
            return Ok(embedded.await.map_err(anyhow::Error::from)?);
        }
        let encoder = app.encoder.as_ref().ok_or_else(|| anyhow::anyhow!("the vectors are those of {}, which is not on", self.embedder))?;
        Ok(encoder.batcher().await?.embed(texts).await.map_err(anyhow::Error::from)?)
    }

    /// The vector of a text for somebody who waits for it; `None` when that would take too long, or cannot be done here.
    pub async fn embed_soon(&self, app: &App, text: String) -> Option<Vec<f32>> {
        let late = |error: &dyn std::fmt::Debug| tracing::warn!(?error, "a text was compared without its vector");
        if self.words.is_none() {
            return app.encoder.as_ref()?.embed_soon(text).await.inspect_err(|error| late(error)).ok();
        }
        let turn = async {
            let _turn = app.understanding.turns.acquire().await;
            self.embed(app, vec![text]).await
        };
        let embedded = tokio::time::timeout(PATIENCE, turn).await.inspect_err(|error| late(error)).ok()?;
        embedded.inspect_err(|error| late(error)).ok()?.pop()
    }
}

/// Lets a new space serve when the present one is not of the settings' embedder, or knows too few of the words.
///
/// # Errors
/// The database failed, or the encoder cannot be used; what was filled is kept for the next time.
pub async fn renew(app: &App) -> Result<()> {
    for space in sql::retired(&app.db).await? {
        sql::drop_space(&app.db, space).await?;
    }
    if up_to_date(app).await? {
        return Ok(());
    }
    let filling = match sql::space(&app.db, "FILLING", Some(0)).await? {
        Some(row) if fits(app, &row).await? => Some(row),
        Some(row) => {
            sql::drop_space(&app.db, row.id).await?;
            None
        }
        None => None,
    };
    let begun = match filling {
        Some(row) => Some(row),
        None => begin(app).await?,
    };
    // Another process may have done it all meanwhile.
    let Some(row) = begun else { return Ok(()) };
    let space = Space::read(&row, None)?;
    tracing::info!(space = space.id, embedder = space.embedder, version = space.version, "vectors are made anew");
    fill(app, &space).await?;
    while !take_over(app, &space).await? {}
    for space in sql::retired(&app.db).await? {
        sql::drop_space(&app.db, space).await?;
    }
    Ok(())
}

/// Whether the space that serves is the one to serve.
async fn up_to_date(app: &App) -> Result<bool> {
    let Some(row) = sql::space(&app.db, "SERVING", None).await? else { return Ok(false) };
    if !fits(app, &row).await? {
        return Ok(false);
    }
    let thresholds = match &app.encoder {
        Some(encoder) => encoder.batcher().await?.embedder().thresholds(),
        None => {
            let known = app.understanding.frequencies(app).await?.documents();
            return Ok(!outgrown(row.documents, known.into()));
        }
    };
    if thresholds != row.thresholds() {
        sql::set_thresholds(&app.db, row.id, thresholds).await?;
    }
    Ok(true)
}

/// Whether `known` texts are a quarter more than were known before.
pub fn outgrown(before: i64, known: i64) -> bool {
    known > before + before / 4
}

/// Whether a space is of the settings' embedder.
async fn fits(app: &App, row: &sql::Space) -> Result<bool> {
    match app.encoder {
        None => Ok(row.embedder == lexical::NAME),
        Some(_) => is_of_encoder(app, &row.embedder, row.version).await,
    }
}

/// Whether the encoder of the settings, if there is one, is this.
async fn is_of_encoder(app: &App, name: &str, version: i64) -> Result<bool> {
    let Some(encoder) = &app.encoder else { return Ok(false) };
    let embedder = encoder.batcher().await?.embedder();
    Ok(embedder.name() == name && i64::from(embedder.version()) == version)
}

/// Begins a space: with what can be learned of words now, or with the encoder of the settings.
async fn begin(app: &App) -> Result<Option<sql::Space>> {
    if let Some(encoder) = &app.encoder {
        let embedder = encoder.batcher().await?.embedder();
        begin_with(app, embedder, 0, None, None).await?;
    } else {
        let idf = app.understanding.frequencies(app).await?;
        let documents = i64::from(idf.documents());
        let texts = if documents < app.config.nlp.subspace_from { Vec::new() } else { sql::newest_texts(&app.db, SAMPLE).await? };
        let idf = Idf::clone(&idf);
        let words =
            tokio::task::spawn_blocking(move || if texts.is_empty() { Lexical::new(idf, None) } else { Lexical::learn(idf, &texts) });
        let words = words.await.map_err(anyhow::Error::from)?;
        let subspace = words.subspace().map(Subspace::to_bytes);
        begin_with(app, &words, documents, Some(words.idf().to_bytes()), subspace).await?;
    }
    Ok(sql::space(&app.db, "FILLING", Some(0)).await?)
}

async fn begin_with(
    app: &App,
    embedder: &dyn Embedder,
    documents: i64,
    frequencies: Option<Vec<u8>>,
    subspace: Option<Vec<u8>>,
) -> sqlx::Result<()> {
    let new = sql::NewSpace {
        embedder: embedder.name(),
        version: embedder.version().into(),
        dimensions: i32::try_from(embedder.dimensions()).unwrap_or(i32::MAX),
        thresholds: embedder.thresholds(),
        documents,
        frequencies,
        subspace,
    };
    sql::begin_space(&app.db, &new).await
}

async fn fill(app: &App, space: &Space) -> Result<()> {
    let mut after = Uuid::nil();
    loop {
        let texts = sql::unfilled(&app.db, space.id, after, CHUNK).await?;
        let Some((last, _)) = texts.last() else { return Ok(()) };
        after = *last;
        let vectors = embed(app, space, texts).await?;
        sql::insert_vectors(&app.db, space.id, &vectors).await?;
        sql::note_filled(&app.db, space.id, i64::try_from(vectors.len()).unwrap_or(0)).await?;
    }
}

async fn embed(app: &App, space: &Space, texts: Vec<(Uuid, String)>) -> Result<Vec<(Uuid, Vec<f32>)>> {
    let (articles, texts): (Vec<Uuid>, Vec<String>) = texts.into_iter().unzip();
    Ok(articles.into_iter().zip(space.embed(app, texts).await?).collect())
}

/// Lets a full space serve, with the clusters' centroids and the router in it; false when it turned out not to be full.
async fn take_over(app: &App, space: &Space) -> Result<bool> {
    let mut sums = HashMap::new();
    let mut db = app.db.acquire().await?;
    let mut after = Uuid::nil();
    loop {
        let clusters = sql::next_clusters(&app.db, after, CHUNK).await?;
        let Some(last) = clusters.last().copied() else { break };
        after = last;
        sums.extend(sql::sums_in(&mut db, Some(space.id), &clusters).await?);
    }
    drop(db);
    let late = sql::unfilled(&app.db, space.id, Uuid::nil(), FEW + 1).await?;
    if i64::try_from(late.len()).is_ok_and(|n| n > FEW) {
        fill(app, space).await?;
        return Ok(false);
    }
    let vectors = embed(app, space, late).await?;
    let routers = learn::first_routers(app, space).await?;

    let mut tx = app.db.begin().await?;
    sql::lock_clusters(&mut tx).await?;
    let Some(row) = sql::space(&mut *tx, "FILLING", None).await?.filter(|row| row.id == space.id) else {
        // Another process was faster.
        return Ok(true);
    };
    sql::insert_vectors(&mut *tx, row.id, &vectors).await?;
    if !sql::unfilled(&mut *tx, row.id, Uuid::nil(), 1).await?.is_empty() {
        tx.commit().await?;
        return Ok(false);
    }
    // What was merged meanwhile has no sum any more; what changed needs another.
    let now: HashMap<Uuid, i64> = sql::versions(&mut tx).await?.into_iter().collect();
    sums.retain(|id, (version, _)| now.get(id) == Some(version));
    let mut changed = sql::clusters_of(&mut tx, &vectors.iter().map(|v| v.0).collect::<Vec<_>>()).await?;
    changed.extend(now.into_keys().filter(|id| !sums.contains_key(id)));
    sums.extend(sql::sums_in(&mut tx, Some(row.id), &changed).await?);
    sql::write_sums(&mut tx, &sums.into_iter().map(|(id, (_, sum))| (id, sum)).collect()).await?;
    sql::take_over(&mut tx, row.id).await?;
    for (choice, stamp, state) in routers {
        let version = sql::lock_model(&mut tx, choice.name()).await?.map_or(0, |m| m.version);
        sql::write_model(&mut tx, choice.name(), version + 1, stamp, &state).await?;
    }
    tx.commit().await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_is_outgrown_by_a_quarter_more() {
        assert!(!outgrown(0, 0) && outgrown(0, 1));
        assert!(!outgrown(100, 125) && outgrown(100, 126));
    }
}
