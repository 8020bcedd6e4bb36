//! Keeps an index of this process what the database is: fills it, follows the log of changes, compares both, and makes it anew behind the
//! back of who searches.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use anyhow::{Context, Result, ensure};
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    analysis::VERSION,
    document::{Document, Key},
    embedded::Embedded,
    sql::documents as sql,
};

/// Documents that are taken in at once.
const BATCH: usize = 1000;
/// Processes on one data folder at the most.
const SLOTS: usize = 64;

/// The index of a process, and how far it is.
pub struct Keeper {
    db: PgPool,
    /// Where processes keep their indexes.
    data: PathBuf,
    /// The folder of this process, and the lock that says so.
    place: OnceLock<(PathBuf, File)>,
    index: RwLock<Option<Arc<Embedded>>>,
}

/// How far the index that is followed is.
#[derive(Debug, Default)]
pub struct Following {
    pub(super) generation: i64,
    pub(super) mark: i64,
    /// Changes of transactions from the mark on that are in the index.
    pub(super) seen: HashMap<i64, i64>,
}

impl Keeper {
    /// An index for this process in the data folder, once it is followed.
    pub fn new(db: PgPool, data: &Path) -> Self {
        Self { db, data: data.join("search"), place: OnceLock::new(), index: RwLock::default() }
    }

    /// The folder of this process; another one's is left alone.
    fn folder(&self) -> Result<&Path> {
        if let Some((folder, _)) = self.place.get() {
            return Ok(folder);
        }
        for slot in 0..SLOTS {
            let folder = self.data.join(slot.to_string());
            fs::create_dir_all(&folder).with_context(|| format!("failed to make {}", folder.display()))?;
            let lock = File::create(folder.join("lock")).with_context(|| format!("failed to use {}", folder.display()))?;
            match lock.try_lock() {
                Ok(()) => return Ok(&self.place.get_or_init(|| (folder, lock)).0),
                Err(TryLockError::WouldBlock) => (),
                Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("failed to lock {}", folder.display())),
            }
        }
        anyhow::bail!("{SLOTS} processes use {}", self.data.display())
    }

    /// The folder of this process, or that of all processes while it has none of its own.
    pub fn place(&self) -> &Path {
        self.place.get().map_or(&self.data, |(folder, _)| folder)
    }

    /// The index, once it is filled.
    pub fn index(&self) -> Option<Arc<Embedded>> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Brings the index up to date: opens or makes it, and takes in what changed since. `told` hears how far the filling is: so many of
    /// so many.
    ///
    /// # Errors
    /// The database or the disk failed; what was there before serves on.
    pub async fn catch_up(&self, following: &mut Following, told: &mut (impl FnMut(i64, i64) + Send)) -> Result<()> {
        let state = sql::state(&self.db).await?;
        // A mark from the future is of another database.
        let lost = following.mark < state.forgotten || following.mark > state.next;
        if self.index().is_none() || following.generation != state.generation || lost {
            self.open_or_fill(following, state, told).await?;
        }
        let Some(index) = self.index() else { return Ok(()) };
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
    async fn take_in(&self, index: &Arc<Embedded>, keys: Vec<Key>, mark: i64) -> Result<()> {
        let documents = sql::documents(&self.db, &keys).await?;
        let found: HashSet<Key> = documents.iter().map(Document::key).collect();
        let gone: Vec<Key> = keys.into_iter().filter(|key| !found.contains(key)).collect();
        apply(index, documents, gone, mark.to_string()).await
    }

    async fn open_or_fill(&self, following: &mut Following, state: sql::State, told: &mut (impl FnMut(i64, i64) + Send)) -> Result<()> {
        let folder = self.folder()?.join(format!("v{VERSION}-{}", state.generation));
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
                        *following = Following { generation: state.generation, mark, seen: HashMap::new() };
                        self.serve(index);
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
        let index = Arc::new(index.await??);
        self.fill(&index, told).await?;
        // Whatever was committed since the filling began is read from the log, some of it once more.
        apply(&index, Vec::new(), Vec::new(), state.oldest.to_string()).await?;
        *following = Following { generation: state.generation, mark: state.oldest, seen: HashMap::new() };
        let index = Arc::into_inner(index).context("the new index is in use")?;
        self.serve(index);
        self.sweep(&folder);
        Ok(())
    }

    /// Streams everything into an index. It is whole only once a mark is set on it.
    async fn fill(&self, index: &Arc<Embedded>, told: &mut (impl FnMut(i64, i64) + Send)) -> Result<()> {
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
                apply(index, documents, Vec::new(), String::new()).await?;
                told(filled, expected.max(filled));
            }
        }
        let held = i64::try_from(index.standing()?.documents)?;
        ensure!(held == filled, "{filled} documents were written to the index, but it holds {held}");
        Ok(())
    }

    fn serve(&self, index: Embedded) {
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(index));
    }

    /// Removes the indexes of other versions and generations.
    fn sweep(&self, current: &Path) {
        let Some(entries) = current.parent().and_then(|folder| fs::read_dir(folder).ok()) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() && path != current && fs::remove_dir_all(&path).is_err() {
                tracing::warn!(folder = %path.display(), "an old index could not be removed");
            }
        }
    }

    /// Compares the index with the database, document by document, and mends what differs. How many did.
    ///
    /// # Errors
    /// The database or the disk failed.
    pub async fn compare(&self, following: &mut Following) -> Result<usize> {
        self.catch_up(following, &mut |_, _| ()).await?;
        let Some(index) = self.index() else { return Ok(0) };
        let held = index.clone();
        let mut held = tokio::task::spawn_blocking(move || held.digests()).await??;
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

async fn apply(index: &Arc<Embedded>, documents: Vec<Document>, gone: Vec<Key>, mark: String) -> Result<()> {
    let index = index.clone();
    tokio::task::spawn_blocking(move || index.apply(&documents, &gone, &mark)).await?
}
