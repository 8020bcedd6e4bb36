//! Keeps an index of this process what the database is: fills it, follows the log of changes, compares both, and makes it anew behind the
//! back of who searches.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use anyhow::{Context, Result, ensure};
use sqlx::{PgPool, Postgres, pool::PoolConnection};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{
    analysis::VERSION,
    document::{Document, Key},
    embedded::Embedded,
    meilisearch::Server,
    port::Index,
    sql::{documents as sql, standing::renew},
    standing,
    synonyms::Groups,
};
use crate::config::{Engine, Search};

/// Documents that are taken in at once.
const BATCH: usize = 1000;
/// Processes on one data folder at the most.
const SLOTS: usize = 64;

/// The index that a process searches, and where it is kept.
pub struct Keeper {
    db: PgPool,
    home: Home,
    index: RwLock<Option<Index>>,
    /// The name under which this process says how the index fares that it keeps.
    name: RwLock<Option<String>>,
}

enum Home {
    /// Each process has one in a folder of its own within `data`, which the lock says it is.
    Folder { data: PathBuf, place: OnceLock<(PathBuf, File)> },
    /// All share one on a server. Who holds `turn`, a connection with a lock of the database, writes to it.
    Server { server: Box<Server>, prefix: String, turn: Mutex<Option<PoolConnection<Postgres>>> },
}

/// How far the index that is followed is.
#[derive(Debug, Default)]
pub struct Following {
    pub(super) generation: i64,
    pub(super) mark: i64,
    /// Changes of transactions from the mark on that are in the index.
    pub(super) seen: HashMap<i64, i64>,
    /// The version of the words that mean the same which a shared index has.
    synonyms: Option<i64>,
}

impl Keeper {
    /// An index as the settings name it, once it is followed.
    ///
    /// # Errors
    /// The server's key cannot be sent.
    pub fn new(db: PgPool, settings: &Search, data: &Path) -> Result<Self> {
        let home = match settings.engine {
            Engine::Embedded => Home::Folder { data: data.join("search"), place: OnceLock::new() },
            Engine::Meilisearch => Home::Server {
                server: Box::new(Server::new(&settings.meilisearch_url, &settings.meilisearch_key)?),
                prefix: settings.meilisearch_prefix.clone(),
                turn: Mutex::default(),
            },
        };
        Ok(Self { db, home, index: RwLock::default(), name: RwLock::default() })
    }

    /// The name of the index that this process keeps; none while it keeps none, as another process keeps the one that all share.
    pub fn name(&self) -> Option<String> {
        self.name.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_named(&self, name: Option<String>) {
        *self.name.write().unwrap_or_else(PoisonError::into_inner) = name;
    }

    /// The engine, as the API names it.
    pub const fn engine(&self) -> &'static str {
        match self.home {
            Home::Folder { .. } => "EMBEDDED",
            Home::Server { .. } => "MEILISEARCH",
        }
    }

    /// The index, once it is filled.
    pub fn index(&self) -> Option<Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Brings the index up to date: opens or makes it, and takes in what changed since; an index that all share only in one of the processes.
    /// `told` hears how far the filling is: so many of so many.
    ///
    /// # Errors
    /// The database, the disk or the server failed; what was there before serves on.
    pub async fn catch_up(&self, following: &mut Following, told: &mut (impl FnMut(i64, i64) + Send)) -> Result<()> {
        let state = sql::state(&self.db).await?;
        let begun = match &self.home {
            Home::Folder { data, place } => {
                // A mark from the future is of another database.
                let lost = following.mark < state.forgotten || following.mark > state.next;
                let folder = folder(data, place)?;
                self.is_named(Some(standing::name(folder)));
                if self.index().is_none() || following.generation != state.generation || lost {
                    self.open_or_fill(folder, following, state, told).await?;
                }
                true
            }
            Home::Server { server, prefix, turn } => self.join(server, prefix, turn, following, state, told).await?,
        };
        let Some(index) = self.index().filter(|_| begun) else { return Ok(()) };
        loop {
            let seen: Vec<i64> = following.seen.keys().copied().collect();
            let most = i64::try_from(BATCH)?;
            let (changes, oldest) = sql::changes(&self.db, following.mark, &seen, most).await?;
            let all = changes.len() < BATCH;
            let mark = if all { oldest.max(following.mark) } else { following.mark };
            if !changes.is_empty() {
                let keys: HashSet<Key> = changes.iter().map(|change| (change.kind, change.id)).collect();
                self.take_in(&index, keys.into_iter().collect(), mark).await?;
                following.seen.extend(changes.iter().map(|change| (change.seq, change.xid)));
            }
            following.mark = mark;
            following.seen.retain(|_, xid| *xid >= mark);
            if all {
                return Ok(());
            }
        }
    }

    /// Takes documents in as they are now; those that cannot be found any more go.
    async fn take_in(&self, index: &Index, keys: Vec<Key>, mark: i64) -> Result<()> {
        let documents = sql::documents(&self.db, &keys).await?;
        let found: HashSet<Key> = documents.iter().map(Document::key).collect();
        let gone: Vec<Key> = keys.into_iter().filter(|key| !found.contains(key)).collect();
        if let Home::Server { turn, .. } = &self.home {
            ensure!(holds(&mut *turn.lock().await).await, "another process writes to the index by now");
        }
        index.apply(documents, gone, mark.to_string()).await?;
        if let Index::Meilisearch(shared) = index {
            sql::set_mark(&self.db, shared.name(), mark).await?;
        }
        Ok(())
    }

    /// Searches the index on the server that is whole; whether this process is to write to it, and then from where on.
    async fn join(
        &self,
        server: &Server,
        prefix: &str,
        turn: &Mutex<Option<PoolConnection<Postgres>>>,
        following: &mut Following,
        state: sql::State,
        told: &mut (impl FnMut(i64, i64) + Send),
    ) -> Result<bool> {
        let family = format!("{prefix}_v{VERSION}_");
        let name = |generation: i64| format!("{family}{generation}");
        let shared = sql::shared(&self.db, &family).await?;
        if let Some(shared) = &shared {
            let serving = self.index();
            if !matches!(&serving, Some(Index::Meilisearch(serving)) if serving.name() == shared.name) {
                self.serve(Index::Meilisearch(Arc::new(server.index(&shared.name))));
            }
        }
        let mut turn = turn.lock().await;
        let held = holds(&mut turn).await;
        if !held {
            self.is_named(None);
            *turn = sql::turn(&self.db, prefix).await?;
            if turn.is_none() {
                return Ok(false);
            }
        }
        let known = shared.filter(|shared| shared.generation == state.generation && (state.forgotten..=state.next).contains(&shared.mark));
        if let Some(shared) = known {
            if !held || following.generation != shared.generation {
                *following = Following { generation: shared.generation, mark: shared.mark, ..Following::default() };
            }
            self.is_named(Some(shared.name));
            return Ok(true);
        }
        // Beside the one that serves; a place in the log that is lost needs another name too.
        let generation = if sql::is_shared(&self.db, &name(state.generation)).await? {
            renew(&mut *self.db.acquire().await?).await?
        } else {
            state.generation
        };
        let fresh = name(generation);
        self.is_named(Some(fresh.clone()));
        let index = Index::Meilisearch(Arc::new(server.create(&fresh).await?));
        self.fill(&index, told).await?;
        // Whatever was committed since the filling began is read from the log, some of it once more.
        sql::share(&self.db, prefix, &fresh, VERSION, generation, state.oldest).await?;
        *following = Following { generation, mark: state.oldest, ..Following::default() };
        self.serve(index);
        server.sweep(&format!("{prefix}_v"), &fresh).await?;
        Ok(true)
    }

    async fn open_or_fill(
        &self,
        folder: &Path,
        following: &mut Following,
        state: sql::State,
        told: &mut (impl FnMut(i64, i64) + Send),
    ) -> Result<()> {
        let folder = folder.join(format!("v{VERSION}-{}", state.generation));
        // The one that serves lies in the same folder where its place in the log is lost: it must be closed first.
        let mut serving = self.index();
        if following.generation == state.generation && serving.is_some() {
            *self.index.write().unwrap_or_else(PoisonError::into_inner) = None;
            serving = None;
        }
        if serving.is_none() && folder.exists() {
            let folder = folder.clone();
            let opened =
                tokio::task::spawn_blocking(move || Embedded::open(&folder).and_then(|index| Ok((index.standing()?, index)))).await?;
            match opened {
                Ok((standing, index)) => {
                    let mark = standing.mark.and_then(|mark| mark.parse().ok());
                    if let Some(mark) = mark.filter(|mark| (state.forgotten..=state.next).contains(mark)) {
                        *following = Following { generation: state.generation, mark, ..Following::default() };
                        self.serve(Index::Embedded(Arc::new(index)));
                        return Ok(());
                    }
                }
                Err(error) => tracing::warn!(error = format!("{error:#}"), "the index cannot be read: it is made anew"),
            }
        }
        let fresh = folder.clone();
        let index = tokio::task::spawn_blocking(move || {
            if fresh.exists() {
                fs::remove_dir_all(&fresh).with_context(|| format!("failed to remove {}", fresh.display()))?;
            }
            Embedded::open(&fresh)
        });
        let index = Index::Embedded(Arc::new(index.await??));
        self.fill(&index, told).await?;
        // Whatever was committed since the filling began is read from the log, some of it once more.
        index.apply(Vec::new(), Vec::new(), state.oldest.to_string()).await?;
        *following = Following { generation: state.generation, mark: state.oldest, ..Following::default() };
        self.serve(index);
        sweep(&folder);
        Ok(())
    }

    /// Streams everything into an index. It is whole only once a mark is set on it.
    async fn fill(&self, index: &Index, told: &mut (impl FnMut(i64, i64) + Send)) -> Result<()> {
        let expected = sql::count(&self.db).await?;
        let mut filled = 0;
        told(filled, expected);
        for kind in sql::KINDS {
            let mut after = Uuid::nil();
            loop {
                let documents = sql::documents_after(&self.db, kind, after, i64::try_from(BATCH)?).await?;
                let Some(last) = documents.last() else { break };
                after = last.id;
                filled += i64::try_from(documents.len())?;
                index.apply(documents, Vec::new(), String::new()).await?;
                told(filled, expected.max(filled));
            }
        }
        let held = i64::try_from(index.count().await?)?;
        ensure!(held == filled, "{filled} documents were written to the index, but it holds {held}");
        Ok(())
    }

    /// Tells a shared index which words mean the same, where this process keeps it; the others are told with each query.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn take_synonyms(&self, following: &mut Following, groups: &Groups) -> Result<()> {
        let Some(Index::Meilisearch(shared)) = self.index() else { return Ok(()) };
        if following.synonyms != Some(groups.version()) && self.name().as_deref() == Some(shared.name()) {
            shared.set_synonyms(groups).await?;
            following.synonyms = Some(groups.version());
        }
        Ok(())
    }

    fn serve(&self, index: Index) {
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = Some(index);
    }

    /// Compares the index with the database, document by document, and mends what differs. How many did.
    ///
    /// # Errors
    /// The database or the disk failed.
    pub async fn compare(&self, following: &mut Following) -> Result<usize> {
        self.catch_up(following, &mut |_, _| ()).await?;
        let Some(index) = self.index() else { return Ok(0) };
        if let Home::Server { turn, .. } = &self.home
            && !holds(&mut *turn.lock().await).await
        {
            return Ok(0);
        }
        let mut held = index.digests().await?;
        let mut differ = Vec::new();
        for kind in sql::KINDS {
            let mut after = Uuid::nil();
            loop {
                let documents = sql::documents_after(&self.db, kind, after, i64::try_from(BATCH)?).await?;
                let Some(last) = documents.last() else { break };
                after = last.id;
                for document in documents {
                    if held.remove(&document.key()).is_none_or(|digest| digest != document.digest()) {
                        differ.push(document.key());
                    }
                }
            }
        }
        differ.extend(held.into_keys());
        for keys in differ.chunks(BATCH) {
            self.take_in(&index, keys.to_vec(), following.mark).await?;
        }
        Ok(differ.len())
    }
}

/// The folder of this process; another one's is left alone.
fn folder<'a>(data: &Path, place: &'a OnceLock<(PathBuf, File)>) -> Result<&'a Path> {
    if let Some((folder, _)) = place.get() {
        return Ok(folder);
    }
    for slot in 0..SLOTS {
        let folder = data.join(slot.to_string());
        fs::create_dir_all(&folder).with_context(|| format!("failed to make {}", folder.display()))?;
        let lock = File::create(folder.join("lock")).with_context(|| format!("failed to use {}", folder.display()))?;
        match lock.try_lock() {
            Ok(()) => return Ok(&place.get_or_init(|| (folder, lock)).0),
            Err(TryLockError::WouldBlock) => (),
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("failed to lock {}", folder.display())),
        }
    }
    anyhow::bail!("{SLOTS} processes use {}", data.display())
}

/// Removes the indexes of other versions and generations.
fn sweep(current: &Path) {
    let Some(entries) = current.parent().and_then(|folder| fs::read_dir(folder).ok()) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() && path != current && fs::remove_dir_all(&path).is_err() {
            tracing::warn!(folder = %path.display(), "an old index could not be removed");
        }
    }
}

/// Whether the connection that holds the turn to write is still there; a broken one is given up.
async fn holds(turn: &mut Option<PoolConnection<Postgres>>) -> bool {
    let Some(connection) = turn else { return false };
    if sqlx::query("select 1").execute(&mut **connection).await.is_ok() {
        return true;
    }
    if let Some(broken) = turn.take() {
        drop(broken.detach());
    }
    false
}
