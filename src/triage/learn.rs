use std::collections::HashMap;

use uuid::Uuid;

use super::{
    sql,
    understand::{IDF, ROUTER},
};
use crate::{
    app::App,
    error::{Error, Result},
    nlp::{
        Embedder, Idf, keywords,
        routing::{Example, Router},
    },
};

/// Texts counted, and texts embedded again, in one transaction.
const CHUNK: i64 = 1000;
/// Examples that the router is trained on, the newest.
const EXAMPLES: i64 = 20_000;
/// Words in a cluster's label.
const WORDS: usize = 5;
/// Texts of a cluster that its label is made from, the newest.
const SAMPLE: i64 = 100;

/// Learns from what has come in: word frequencies from all texts, the router from examples. Vectors of older frequencies are
/// made anew in the background, cluster by cluster; memberships stay.
///
/// # Errors
/// The database failed; the job is tried again and goes on where it was.
pub async fn learn(app: &App) -> Result<()> {
    words(app).await?;
    train_router(app).await
}

/// Counts the words of what has come in and, when that changed much, makes the stored vectors anew.
///
/// # Errors
/// The database failed.
pub async fn words(app: &App) -> Result<()> {
    while count_words(app).await? {}
    refresh_vectors(app).await
}

/// Counts the words of some texts not counted yet; false when none are left.
async fn count_words(app: &App) -> Result<bool> {
    let mut tx = app.db.begin().await?;
    let model = sql::lock_model(&mut tx, IDF).await?;
    let texts = sql::take_unlearned(&mut tx, CHUNK).await?;
    if texts.is_empty() {
        return Ok(false);
    }
    let more = i64::try_from(texts.len()).is_ok_and(|n| n == CHUNK);
    let (state, version) = model.map_or((None, 0), |m| (Some(m.state), m.version));
    let idf = tokio::task::spawn_blocking(move || {
        let mut idf = state.map_or_else(|| Ok(Idf::new()), |state| Idf::from_bytes(&state))?;
        for text in &texts {
            idf.observe(text);
        }
        Ok::<_, crate::nlp::Malformed>(idf)
    });
    let idf = idf.await.map_err(anyhow::Error::from)?.map_err(anyhow::Error::from)?;
    sql::write_model(&mut tx, IDF, version + 1, idf.documents().into(), &idf.to_bytes()).await?;
    tx.commit().await?;
    Ok(more)
}

/// Trains the router when there are examples that it has not seen.
async fn train_router(app: &App) -> Result<()> {
    let mut db = app.db.acquire().await?;
    let stamp = sql::examples_stamp(&mut db).await?;
    let known = sql::model_stamp(&mut *db, ROUTER).await?;
    if stamp == 0 || Some(stamp) == known {
        return Ok(());
    }
    let examples = sql::examples(&mut db, EXAMPLES).await?;
    drop(db);
    let (embedder, _) = app.understanding.embedder(app).await?;
    let current = app.understanding.router(app).await?;
    let trained = tokio::task::spawn_blocking(move || {
        let (texts, groups): (Vec<String>, Vec<String>) = examples.into_iter().map(|(text, group)| (text, group.to_string())).unzip();
        let vectors = embedder.embed(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        let rows = texts.iter().zip(&vectors).zip(&groups);
        let examples: Vec<Example<'_>> = rows.map(|((text, vector), label)| Example { text, vector, label }).collect();
        let Some(current) = current else {
            return Router::train(&examples).to_bytes();
        };
        let (successor, comparison) = current.succeed(&examples);
        tracing::info!(examples = comparison.examples, lost = comparison.lost, won = comparison.won, "a router was trained");
        if comparison.holds() { successor.to_bytes() } else { current.to_bytes() }
    });
    let state = trained.await.map_err(anyhow::Error::from)?;
    let mut tx = app.db.begin().await?;
    let version = sql::lock_model(&mut tx, ROUTER).await?.map_or(0, |m| m.version);
    sql::write_model(&mut tx, ROUTER, version + 1, stamp, &state).await?;
    tx.commit().await?;
    Ok(())
}

/// Embeds the texts of clusters again whose vectors are of older word frequencies, when these have grown by a quarter.
async fn refresh_vectors(app: &App) -> Result<()> {
    let (embedder, idf) = app.understanding.embedder(app).await?;
    let mut done = Uuid::nil();
    let documents = i64::from(idf.documents());
    if !sql::vectors_outgrown(&app.db, documents).await? {
        return Ok(());
    }
    loop {
        let clusters = sql::next_clusters(&app.db, done, CHUNK).await?;
        let Some(last) = clusters.last().copied() else { break };
        let texts = sql::member_texts(&app.db, &clusters).await?;
        let embedder = embedder.clone();
        let embedded = tokio::task::spawn_blocking(move || {
            let slices: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
            let vectors = embedder.embed(&slices);
            texts.iter().map(|(article, _)| *article).zip(vectors).collect::<Vec<_>>()
        });
        let vectors = embedded.await.map_err(anyhow::Error::from)?;
        let mut tx = app.db.begin().await?;
        sql::lock_clusters(&mut tx).await?;
        sql::write_vectors(&mut tx, &vectors).await?;
        let mut sums: HashMap<Uuid, sql::Sum> = clusters.iter().map(|id| (*id, sql::Sum::default())).collect();
        for (cluster, vector) in sql::vectors_of(&mut tx, &clusters).await? {
            if let Some(sum) = sums.get_mut(&cluster) {
                sum.add(&vector);
            }
        }
        sql::write_sums(&mut tx, &sums).await?;
        tx.commit().await?;
        done = last;
    }
    sql::note_vectors(&app.db, documents).await?;
    Ok(())
}

/// Gives changed clusters their words.
///
/// # Errors
/// The database failed; the job is tried again.
pub async fn relabel(app: &App) -> Result<()> {
    let (_, idf) = app.understanding.embedder(app).await?;
    loop {
        let stale = sql::stale_clusters(&app.db, 200).await?;
        if stale.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = stale.iter().map(|c| c.0).collect();
        let texts = sql::sample_texts(&app.db, &ids, SAMPLE).await?;
        let idf = idf.clone();
        let labelled = tokio::task::spawn_blocking(move || {
            let mut by_cluster: HashMap<Uuid, Vec<String>> = HashMap::new();
            for (cluster, text) in texts {
                by_cluster.entry(cluster).or_default().push(text);
            }
            stale
                .into_iter()
                .map(|(id, version)| {
                    let words = by_cluster.get(&id).map_or_else(Vec::new, |texts| keywords::keywords(texts, &idf, WORDS));
                    (id, version, words)
                })
                .collect::<Vec<_>>()
        });
        let labels = labelled.await.map_err(|e| Error::Internal(e.into()))?;
        sql::write_keywords(&app.db, &labels).await?;
    }
}
