use std::collections::HashMap;

use uuid::Uuid;

use super::{
    spaces::{self, Space},
    sql,
    understand::{Choice, IDF},
};
use crate::{
    app::App,
    error::{Error, Result},
    nlp::{
        Idf, keywords,
        routing::{Example, Router},
    },
};

/// Texts counted in one transaction.
const CHUNK: i64 = 1000;
/// Examples that the router is trained on, the newest.
const EXAMPLES: i64 = 20_000;
/// Words in a cluster's label.
const WORDS: usize = 5;
/// Texts of a cluster that its label is made from, the newest.
const SAMPLE: i64 = 100;

/// Learns from what has come in: word frequencies from all texts, the space of vectors when these have grown, the routers to groups
/// and topics from examples. Memberships of clusters stay.
///
/// # Errors
/// The database failed; the job is tried again and goes on where it was.
pub async fn learn(app: &App) -> Result<()> {
    words(app).await?;
    for choice in Choice::ALL {
        train_router(app, choice).await?;
    }
    Ok(())
}

/// Counts the words of what has come in and, when that changed much, makes the stored vectors anew.
///
/// # Errors
/// The database failed, or the encoder cannot be used.
pub async fn words(app: &App) -> Result<()> {
    while count_words(app).await? {}
    spaces::renew(app).await
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

/// Trains a router when there are examples that it has not seen.
async fn train_router(app: &App, choice: Choice) -> Result<()> {
    let mut db = app.db.acquire().await?;
    let stamp = sql::examples_stamp(&mut db, choice).await?;
    let known = sql::model_stamp(&mut *db, choice.name()).await?;
    if stamp == 0 || Some(stamp) == known {
        return Ok(());
    }
    drop(db);
    let Some(space) = app.understanding.space(app).await? else { return Ok(()) };
    let current = app.understanding.router(app, choice).await?;
    let examples = Examples::read(app, &space, choice).await?;
    let trained = tokio::task::spawn_blocking(move || {
        let examples = examples.of();
        let Some(current) = current else {
            return Router::train(&examples).to_bytes();
        };
        let (successor, comparison) = current.succeed(&examples);
        let name = choice.name();
        tracing::info!(name, examples = comparison.examples, lost = comparison.lost, won = comparison.won, "a router was trained");
        if comparison.holds() { successor.to_bytes() } else { current.to_bytes() }
    });
    let state = trained.await.map_err(anyhow::Error::from)?;
    let mut tx = app.db.begin().await?;
    let version = sql::lock_model(&mut tx, choice.name()).await?.map_or(0, |m| m.version);
    // A space that took over meanwhile brought a router of its own.
    if sql::space(&mut *tx, "SERVING", None).await?.is_some_and(|row| row.id == space.id) {
        sql::write_model(&mut tx, choice.name(), version + 1, stamp, &state).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The routers that a space begins with, each with the stamp of the examples that it knows; none for what there are no examples of.
///
/// # Errors
/// The database failed, or the encoder cannot be used.
pub async fn first_routers(app: &App, space: &Space) -> Result<Vec<(Choice, i64, Vec<u8>)>> {
    let mut routers = Vec::new();
    for choice in Choice::ALL {
        let stamp = sql::examples_stamp(&mut *app.db.acquire().await?, choice).await?;
        if stamp == 0 {
            continue;
        }
        let examples = Examples::read(app, space, choice).await?;
        let trained = tokio::task::spawn_blocking(move || Router::train(&examples.of()).to_bytes());
        routers.push((choice, stamp, trained.await.map_err(anyhow::Error::from)?));
    }
    Ok(routers)
}

/// What people decided: texts, their vectors and where they belong.
struct Examples {
    texts: Vec<String>,
    vectors: Vec<Vec<f32>>,
    labels: Vec<String>,
}

impl Examples {
    async fn read(app: &App, space: &Space, choice: Choice) -> Result<Self> {
        let rows = sql::examples(&mut *app.db.acquire().await?, choice, EXAMPLES).await?;
        let (texts, labels): (Vec<String>, Vec<String>) = rows.into_iter().map(|(text, label)| (text, label.to_string())).unzip();
        let vectors = space.embed(app, texts.clone()).await?;
        Ok(Self { texts, vectors, labels })
    }

    fn of(&self) -> Vec<Example<'_>> {
        let rows = self.texts.iter().zip(&self.vectors).zip(&self.labels);
        rows.map(|((text, vector), label)| Example { text, vector, label }).collect()
    }
}

/// Gives changed clusters their words.
///
/// # Errors
/// The database failed; the job is tried again.
pub async fn relabel(app: &App) -> Result<()> {
    let idf = app.understanding.frequencies(app).await?;
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
