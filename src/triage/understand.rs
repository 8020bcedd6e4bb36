use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

use super::{Learn, Relabel, learn, sql};
use crate::{
    app::App,
    error::{Error, Result},
    feedback,
    jobs::{self, Spec},
    live::{self, Event},
    nlp::{
        Embedder, Idf, Lexical, Malformed,
        cluster::{Centroids, Neighbour, Placement},
        duplicates, language,
        routing::Router,
    },
};

/// Names of the learned states in the database.
pub const IDF: &str = "idf";
pub const ROUTER: &str = "router";
/// Members of a cluster that a new ticket is compared with for near-duplicates.
const COMPARED: i64 = 20;
/// Up to so many texts the words are learned before the next batch is read: making all vectors anew takes a few seconds.
const LEARN_AT_ONCE: i64 = 20_000;

/// What this process holds of the learned state: a copy, refreshed by version, never the truth.
pub struct Understanding {
    held: std::sync::Mutex<Arc<Held>>,
    /// One batch of a process at a time. Whoever only looks (`similar`) does not wait for it.
    batch: tokio::sync::Mutex<()>,
}

/// The copy.
#[derive(Clone)]
struct Held {
    idf: Arc<Idf>,
    idf_version: i64,
    embedder: Arc<Lexical>,
    router: Option<Arc<Router>>,
    router_version: i64,
    centroids: Centroids,
    clusters_version: i64,
}

impl Held {
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
        let embedder = Lexical::new(Idf::new(), None);
        let held = Held {
            idf: Arc::new(Idf::new()),
            idf_version: 0,
            router: None,
            router_version: 0,
            centroids: Centroids::new(embedder.dimensions()),
            clusters_version: 0,
            embedder: Arc::new(embedder),
        };
        Self { held: std::sync::Mutex::new(Arc::new(held)), batch: tokio::sync::Mutex::default() }
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
        let models = sql::models_after(&app.db, &[(IDF, held.idf_version), (ROUTER, held.router_version)]).await?;
        if models.is_empty() {
            return Ok(held);
        }
        let mut held = Held::clone(&held);
        for model in models {
            let unreadable = |e| Error::Internal(anyhow::Error::new(e).context("failed to read a learned state"));
            if model.name == IDF {
                let idf = Idf::from_bytes(&model.state).map_err(unreadable)?;
                held.embedder = Arc::new(Lexical::new(idf.clone(), None));
                held.idf = Arc::new(idf);
                held.idf_version = model.version;
            } else {
                // One that an older version wrote is as good as none; the next training replaces it.
                let unread = |error: &Malformed| tracing::warn!(%error, "routing waits for the next training");
                held.router = Router::from_bytes(&model.state).inspect_err(unread).ok().map(Arc::new);
                held.router_version = model.version;
            }
        }
        Ok(self.keep(held))
    }

    /// The copy with what others have learned and how clusters stand now, to look at.
    async fn current(&self, app: &App) -> Result<Arc<Held>> {
        let held = self.fresh(app).await?;
        let mut db = app.db.acquire().await?;
        let changed = sql::clusters_after(&mut db, held.clusters_version, held.embedder.name()).await?;
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

    /// The embedder and the document frequencies as they are now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn embedder(&self, app: &App) -> Result<(Arc<Lexical>, Arc<Idf>)> {
        let held = self.fresh(app).await?;
        Ok((held.embedder.clone(), held.idf.clone()))
    }

    /// The router as it is now, if one was trained.
    ///
    /// # Errors
    /// The database failed.
    pub async fn router(&self, app: &App) -> Result<Option<Arc<Router>>> {
        Ok(self.fresh(app).await?.router.clone())
    }
}

/// Whether `known` texts are a quarter more than the word frequencies know.
fn outgrown(idf: &Idf, known: i64) -> bool {
    let documents = i64::from(idf.documents());
    known > documents + documents / 4
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
}

fn read(texts: &[String], embedder: &Lexical, router: Option<&Router>) -> Vec<Reading> {
    let slices: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = embedder.embed(&slices);
    slices
        .iter()
        .zip(vectors)
        .map(|(text, vector)| {
            let route = router.and_then(|r| r.predict(text, &vector)).and_then(|p| Some((Uuid::try_parse(&p.label).ok()?, p.confidence)));
            Reading { language: language::detect(text).map(language::Language::code), vector, route }
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
    let waiting = sql::waiting(&app.db, article, app.config.triage.batch).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let mut held = app.understanding.fresh(app).await?;
    // While there are few texts every new one tells much about which words are rare: learn first. Later the job does it.
    let known = sql::known_texts(&app.db).await?;
    if known < LEARN_AT_ONCE && outgrown(&held.idf, known) {
        learn::words(app).await?;
        held = app.understanding.fresh(app).await?;
    }
    // Outside any transaction: reading may take its time.
    let (embedder, router) = (held.embedder.clone(), held.router.clone());
    let texts: Vec<String> = waiting.iter().map(|a| a.text()).collect();
    let readings = tokio::task::spawn_blocking(move || read(&texts, &embedder, router.as_deref()));
    let readings = readings.await.map_err(anyhow::Error::from)?;
    let embedder = held.embedder.name().to_owned();

    let mut tx = app.db.begin().await?;
    // One placement at a time in the whole installation: two like tickets must not open two clusters.
    sql::lock_clusters(&mut tx).await?;
    let changed = sql::clusters_after(&mut tx, held.clusters_version, &embedder).await?;
    let mut held = Held::clone(&held);
    held.follow(changed);
    let still: HashMap<Uuid, sql::State> = sql::still_waiting(&mut tx, &waiting.iter().map(|a| a.id).collect::<Vec<_>>()).await?;
    let mut written = Vec::new();
    let mut touched: HashMap<Uuid, sql::ClusterChange> = HashMap::new();
    for (article, reading) in waiting.iter().zip(readings) {
        let Some(state) = still.get(&article.id) else { continue };
        let mut placed = None;
        if state.places() {
            let cluster = match held.centroids.place(&reading.vector, held.embedder.thresholds().join) {
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
        let route = reading.route.filter(|(_, confidence)| *confidence >= app.config.triage.confidence);
        written.push(sql::Understood {
            article: article.id,
            ticket: article.ticket_id,
            language: reading.language,
            // What holds nothing to go by is not compared with anything later either.
            vector: reading.vector,
            cluster: placed,
            route,
            confidence: reading.route.map(|(_, confidence)| confidence),
        });
    }
    sql::write_clusters(&mut tx, &touched, &embedder).await?;
    sql::write_understood(&mut tx, &written, &embedder).await?;
    let queues = sql::triage_tickets(&mut tx, &written).await?;
    let links = near_duplicates(&mut tx, &written, &held.idf).await?;
    sql::insert_duplicates(&mut tx, &links).await?;
    for group in queues {
        live::tell(&mut tx, &Event::Queue { group }).await?;
    }
    if !touched.is_empty() {
        let later = app.clock.now() + chrono::TimeDelta::seconds(2);
        let spec = Spec { key: Some("relabel".into()), run_at: Some(later), ..Default::default() };
        jobs::enqueue(&mut tx, &Relabel {}, &spec).await?;
    }
    if known >= LEARN_AT_ONCE && outgrown(&held.idf, known) {
        let spec = Spec { key: Some("learn".into()), ..Default::default() };
        jobs::enqueue(&mut tx, &Learn::default(), &spec).await?;
    }
    tx.commit().await?;
    // Own changes come back with the next look at the versions; until then they are here already.
    app.understanding.keep(held);
    Ok(())
}

/// Pairs of new tickets and earlier ones of their clusters that may be about the same incident.
async fn near_duplicates(tx: &mut sqlx::PgConnection, written: &[sql::Understood], idf: &Idf) -> Result<Vec<(Uuid, Uuid, f32)>> {
    let placed: Vec<(Uuid, Uuid)> = written.iter().filter_map(|w| Some((w.ticket, w.cluster?))).collect();
    let clusters: Vec<Uuid> = placed.iter().map(|p| p.1).collect();
    let members = sql::recent_members(tx, &clusters, COMPARED).await?;
    let mut prints: HashMap<Uuid, (Uuid, chrono::DateTime<chrono::Utc>, duplicates::Fingerprint)> = HashMap::new();
    for member in &members {
        prints.insert(member.ticket_id, (member.cluster_id, member.created_at, duplicates::Fingerprint::new(&member.text, idf)));
    }
    let mut links = Vec::new();
    for (ticket, cluster) in placed {
        let Some((_, at, print)) = prints.get(&ticket) else { continue };
        for member in members.iter().filter(|m| m.cluster_id == cluster && m.ticket_id != ticket) {
            let Some((_, earlier, other)) = prints.get(&member.ticket_id) else { continue };
            if (earlier, member.ticket_id) < (at, ticket) {
                let score = duplicates::similarity(print, other);
                if score >= duplicates::THRESHOLD {
                    links.push((ticket, member.ticket_id, score.clamp(0.0, 1.0)));
                }
            }
        }
    }
    Ok(links)
}

/// A ticket like a text.
#[derive(Debug, Clone)]
pub struct Similar {
    /// The ticket.
    pub ticket: feedback::sql::Ticket,
    /// How alike, 0 to 1.
    pub score: f32,
}

/// The tickets most like a text that `viewer` may read, most alike first; none for a text that holds nothing to go by.
///
/// # Errors
/// The database failed.
pub async fn similar(app: &App, viewer: &crate::identity::Viewer, text: &str, most: usize) -> Result<Vec<Similar>> {
    let (vector, thresholds, clusters) = {
        let held = app.understanding.current(app).await?;
        let embedder = held.embedder.clone();
        let vector = embedder.embed(&[text]).pop().unwrap_or_default();
        let nearest: Vec<Uuid> = held.centroids.nearest(&vector, 5).into_iter().map(|n| n.cluster).collect();
        (vector, embedder.thresholds(), nearest)
    };
    if vector.iter().all(|x| *x == 0.0) {
        return Ok(Vec::new());
    }
    let mut scored: Vec<(Uuid, f32)> = sql::member_vectors(&app.db, &clusters, 200)
        .await?
        .into_iter()
        .filter(|other| other.vector.len() == vector.len())
        .map(|other| (other.ticket, crate::nlp::dot(&vector, &other.vector)))
        .filter(|(_, score)| *score >= thresholds.similar)
        .collect();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let ids: Vec<Uuid> = scored.iter().map(|s| s.0).collect();
    let visible = feedback::sql::visible(&app.db, &ids, viewer).await?;
    let mut visible: HashMap<Uuid, _> = visible.into_iter().map(|row| (row.id, row)).collect();
    let hits = scored.into_iter().filter_map(|(id, score)| Some(Similar { ticket: visible.remove(&id)?, score: score.clamp(0.0, 1.0) }));
    Ok(hits.take(most).collect())
}
