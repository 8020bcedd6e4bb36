use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

use super::{
    Compare, Learn, Relabel, learn,
    nearby::Nearby,
    spaces::{Space, outgrown},
    sql,
};
use crate::{
    app::App,
    error::{Error, Result},
    jobs::{self, Spec},
    live::{self, Event},
    nlp::{
        Idf, Lexical, Malformed,
        cluster::{Centroids, Neighbour, Placement},
        duplicates::Prepared,
        language,
        routing::Router,
        signals::{self, Signals},
    },
    notify::Announce,
};

/// Name of the learned document frequencies in the database.
pub const IDF: &str = "idf";
/// Texts of requests that a process embeds at a time.
const TURNS: usize = 4;

/// What a router is trained to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The working group.
    Group,
    /// The topic.
    Topic,
}

impl Choice {
    /// All of them, in the order of their places.
    pub const ALL: [Self; 2] = [Self::Group, Self::Topic];

    /// The name of its router in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Group => "router",
            Self::Topic => "topics",
        }
    }
}

/// What this process holds of the learned state: a copy, refreshed by version, never the truth.
pub struct Understanding {
    held: std::sync::Mutex<Arc<Held>>,
    /// One batch of a process at a time. Whoever only looks (`similar`) does not wait for it.
    batch: tokio::sync::Mutex<()>,
    /// Texts of requests that are embedded at a time.
    pub(super) turns: tokio::sync::Semaphore,
    pub(super) nearby: Nearby,
}

/// The copy.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) idf: Arc<Idf>,
    idf_version: i64,
    /// Embeds by the words alone, whatever the space is of.
    words: Arc<Lexical>,
    pub(super) space: Option<Arc<Space>>,
    /// By the place of their choice.
    routers: [Trained; Choice::ALL.len()],
    pub(super) centroids: Centroids,
    clusters_version: i64,
}

/// A router, if one was trained, and its version.
#[derive(Debug, Clone, Default)]
struct Trained {
    router: Option<Arc<Router>>,
    version: i64,
}

impl Held {
    fn router(&self, choice: Choice) -> Option<Arc<Router>> {
        self.routers[choice as usize].router.clone()
    }

    /// Takes over how clusters stand now.
    fn follow(&mut self, changed: Vec<sql::Changed>) {
        for row in changed {
            self.clusters_version = self.clusters_version.max(row.version);
            if row.live {
                self.centroids.insert(row.id, &row.vector_sum, u32::try_from(row.size).unwrap_or(0));
            } else {
                self.centroids.remove(row.id);
            }
        }
    }
}

impl Understanding {
    /// Nothing learned yet.
    pub fn new() -> Self {
        let held = Held {
            idf: Arc::new(Idf::new()),
            idf_version: 0,
            words: Arc::new(Lexical::new(Idf::new(), None)),
            routers: Default::default(),
            centroids: Centroids::new(0),
            clusters_version: 0,
            space: None,
        };
        Self {
            held: std::sync::Mutex::new(Arc::new(held)),
            batch: tokio::sync::Mutex::default(),
            turns: tokio::sync::Semaphore::new(TURNS),
            nearby: Nearby::default(),
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Arc<Held>> {
        self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Keeps a copy. If two are made at once the last one stays: each is whole, and what it lacks is read again.
    fn keep(&self, held: Held) -> Arc<Held> {
        let held = Arc::new(held);
        *self.held() = held.clone();
        held
    }

    /// The copy with what other processes have learned since.
    async fn fresh(&self, app: &App) -> Result<Arc<Held>> {
        let held = self.held().clone();
        // The space first: when another takes over in between, its router comes with the old space, and whoever writes finds that out.
        // The other way round a router would read vectors of a space that it does not know.
        let serving = sql::space(&app.db, "SERVING", Some(held.space.as_ref().map_or(0, |space| space.id))).await?;
        let routers = Choice::ALL.map(|choice| (choice.name(), held.routers[choice as usize].version));
        let models = sql::models_after(&app.db, &[&[(IDF, held.idf_version)][..], &routers].concat()).await?;
        let same = |space: &Arc<Space>| serving.as_ref().is_some_and(|row| row.id == space.id && row.thresholds() == space.thresholds);
        if models.is_empty() && held.space.as_ref().map_or(serving.is_none(), same) {
            return Ok(held);
        }
        let mut held = Held::clone(&held);
        if let Some(row) = serving {
            let space = Space::read(&row, held.space.as_deref())?;
            if held.space.as_ref().is_none_or(|known| known.id != space.id) {
                (held.centroids, held.clusters_version) = (Centroids::new(space.dimensions), 0);
            }
            held.space = Some(Arc::new(space));
        }
        for model in models {
            let unreadable = |e| Error::Internal(anyhow::Error::new(e).context("failed to read a learned state"));
            if model.name == IDF {
                let idf = Idf::from_bytes(&model.state).map_err(unreadable)?;
                held.words = Arc::new(Lexical::new(idf.clone(), None));
                held.idf = Arc::new(idf);
                held.idf_version = model.version;
            } else if let Some(choice) = Choice::ALL.into_iter().find(|choice| choice.name() == model.name) {
                // One that an older version wrote is as good as none; the next training replaces it.
                let unread = |error: &Malformed| tracing::warn!(%error, "routing waits for the next training");
                let router = Router::from_bytes(&model.state).inspect_err(unread).ok().map(Arc::new);
                held.routers[choice as usize] = Trained { router, version: model.version };
            }
        }
        Ok(self.keep(held))
    }

    /// The copy with what others have learned and how clusters stand now, to look at.
    pub(super) async fn current(&self, app: &App) -> Result<Arc<Held>> {
        let held = self.fresh(app).await?;
        let mut db = app.db.acquire().await?;
        let changed = sql::clusters_after(&mut db, held.clusters_version).await?;
        if changed.is_empty() {
            return Ok(held);
        }
        let mut newer = Held::clone(&held);
        newer.follow(changed);
        Ok(self.keep(newer))
    }

    /// The clusters nearest to each of some vectors, nearest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn nearest(&self, app: &App, vectors: &HashMap<Uuid, Vec<f32>>, most: usize) -> Result<HashMap<Uuid, Vec<Neighbour>>> {
        let held = self.current(app).await?;
        Ok(vectors.iter().map(|(key, vector)| (*key, held.centroids.nearest(vector, most))).collect())
    }

    /// The space of vectors that serves; `None` before the first message.
    ///
    /// # Errors
    /// The database failed.
    pub async fn space(&self, app: &App) -> Result<Option<Arc<Space>>> {
        Ok(self.fresh(app).await?.space.clone())
    }

    /// The document frequencies as they are now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn frequencies(&self, app: &App) -> Result<Arc<Idf>> {
        Ok(self.fresh(app).await?.idf.clone())
    }

    /// What embeds by words alone, with nothing learned of which go together.
    ///
    /// # Errors
    /// The database failed.
    pub async fn words(&self, app: &App) -> Result<Arc<Lexical>> {
        Ok(self.fresh(app).await?.words.clone())
    }

    /// A router as it is now, if one was trained.
    ///
    /// # Errors
    /// The database failed.
    pub async fn router(&self, app: &App, choice: Choice) -> Result<Option<Arc<Router>>> {
        Ok(self.fresh(app).await?.router(choice))
    }
}

impl Default for Understanding {
    fn default() -> Self {
        Self::new()
    }
}

/// What the machine makes of one text.
struct Reading {
    language: Option<&'static str>,
    vector: Vec<f32>,
    route: Option<(Uuid, f32)>,
    topic: Option<(Uuid, f32)>,
    keys: Vec<i64>,
    signals: Option<Signals>,
}

fn read(texts: &[String], vectors: Vec<Vec<f32>>, held: &Held) -> Vec<Reading> {
    let predict = |choice, text: &str, vector: &[f32]| {
        let prediction = held.router(choice)?.predict(text, vector)?;
        Some((Uuid::try_parse(&prediction.label).ok()?, prediction.confidence))
    };
    texts
        .iter()
        .zip(vectors)
        .map(|(text, vector)| Reading {
            language: language::detect(text).map(language::Language::code),
            route: predict(Choice::Group, text, &vector),
            topic: predict(Choice::Topic, text, &vector),
            vector,
            keys: Prepared::new(text, &held.idf).keys().map(u64::cast_signed).collect(),
            signals: signals::of(text),
        })
        .collect()
}

/// A ticket's place among the clusters, before it is written.
struct Placed {
    cluster: Uuid,
    opened: bool,
}

/// Reads the articles that wait, `article` among them, and places their tickets: cluster, group, near-duplicates. One batch
/// of a process at a time; another job that finds its article understood has nothing to do.
///
/// # Errors
/// The database failed; the job is tried again.
pub async fn understand(app: &App, article: Uuid) -> Result<()> {
    let _one = app.understanding.batch.lock().await;
    while !read_batch(app, article).await? {}
    Ok(())
}

/// Reads a batch; false when another space of vectors began to serve meanwhile.
async fn read_batch(app: &App, article: Uuid) -> Result<bool> {
    let waiting = sql::waiting(&app.db, article, app.config.triage.batch).await?;
    if waiting.is_empty() {
        return Ok(true);
    }
    let mut held = app.understanding.fresh(app).await?;
    let usable = match &held.space {
        Some(space) => space.usable(app).await?,
        None => false,
    };
    // While there are few texts every new one tells much about which words are rare: learn first. Later the job does it.
    let known = sql::known_texts(&app.db).await?;
    if !usable || known < app.config.nlp.subspace_from && outgrown(held.idf.documents().into(), known) {
        learn::words(app).await?;
        held = app.understanding.fresh(app).await?;
    }
    let Some(space) = held.space.clone() else { return Ok(false) };
    // Outside any transaction: reading may take its time.
    let texts: Vec<String> = waiting.iter().map(|a| a.text()).collect();
    let vectors = space.embed(app, texts.clone()).await?;
    let learned = held.clone();
    let readings = tokio::task::spawn_blocking(move || read(&texts, vectors, &learned));
    let readings = readings.await.map_err(anyhow::Error::from)?;

    let mut tx = app.db.begin().await?;
    // One placement at a time in the whole installation: two like tickets must not open two clusters.
    sql::lock_clusters(&mut tx).await?;
    if sql::space(&mut *tx, "SERVING", None).await?.is_none_or(|row| row.id != space.id) {
        return Ok(false);
    }
    let changed = sql::clusters_after(&mut tx, held.clusters_version).await?;
    let mut held = Held::clone(&held);
    held.follow(changed);
    let still: HashMap<Uuid, sql::State> = sql::still_waiting(&mut tx, &waiting.iter().map(|a| a.id).collect::<Vec<_>>()).await?;
    let threshold = sql::threshold(&mut *tx).await?.map_or(app.config.triage.confidence, |set| set.threshold);
    let mut written = Vec::new();
    let mut touched: HashMap<Uuid, sql::ClusterChange> = HashMap::new();
    for (article, reading) in waiting.iter().zip(readings) {
        let Some(state) = still.get(&article.id) else { continue };
        let mut placed = None;
        if state.places() {
            let cluster = match held.centroids.place(&reading.vector, space.thresholds.join) {
                Placement::Join(neighbour) => Placed { cluster: neighbour.cluster, opened: false },
                Placement::Open => Placed { cluster: app.new_id(), opened: true },
            };
            if cluster.opened {
                held.centroids.insert(cluster.cluster, &reading.vector, 1);
            } else {
                held.centroids.add(cluster.cluster, &reading.vector);
            }
            let change = touched.entry(cluster.cluster).or_default();
            change.opened |= cluster.opened;
            change.add(&reading.vector, article.created_at);
            placed = Some(cluster.cluster);
        }
        let sure = |choice: &(Uuid, f32)| choice.1 >= threshold;
        written.push(sql::Understood {
            article: article.id,
            ticket: article.ticket_id,
            language: reading.language,
            // What holds nothing to go by is not compared with anything later either.
            vector: reading.vector,
            cluster: placed,
            route: reading.route.filter(sure),
            guess: reading.route,
            topic: reading.topic.filter(sure),
            keys: reading.keys,
            signals: reading.signals,
        });
    }
    sql::write_clusters(&mut tx, &touched).await?;
    sql::write_understood(&mut tx, &written, space.id).await?;
    let triaged = sql::triage_tickets(&mut tx, &written, app.config.triage.danger_hours).await?;
    let fresh: Vec<Uuid> = written.iter().filter(|w| w.cluster.is_some()).map(|w| w.ticket).collect();
    if !fresh.is_empty() {
        jobs::enqueue(&mut tx, &Compare { tickets: fresh }, &Spec::default()).await?;
    }
    jobs::enqueue_all(&mut tx, &triaged.dangers.into_iter().map(|event| Announce { event }).collect::<Vec<_>>()).await?;
    for group in triaged.queues {
        live::tell(&mut tx, &Event::Queue { group }).await?;
    }
    if !touched.is_empty() {
        let later = app.clock.now() + chrono::TimeDelta::seconds(2);
        let spec = Spec { key: Some("relabel".into()), run_at: Some(later), ..Default::default() };
        jobs::enqueue(&mut tx, &Relabel {}, &spec).await?;
    }
    if known >= app.config.nlp.subspace_from && outgrown(held.idf.documents().into(), known) {
        let spec = Spec { key: Some("learn".into()), ..Default::default() };
        jobs::enqueue(&mut tx, &Learn::default(), &spec).await?;
    }
    tx.commit().await?;
    // Own changes come back with the next look at the versions; until then they are here already.
    app.understanding.keep(held);
    Ok(true)
}
