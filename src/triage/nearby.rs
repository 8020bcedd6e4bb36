//! The tickets nearest to a text among all: an index that each process makes for itself, by following the vectors of the space that
//! serves. While it is not whole, `similar` looks among the members of the nearest clusters.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Instant,
};

use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

use super::{spaces::Space, sql};
use crate::{app::App, error::Result, nlp::index::Index};

/// Vectors that a request puts in itself at the most.
const STEP: i64 = 256;
/// Vectors read at a time while an index is made.
const CHUNK: i64 = 1024;
/// Vectors between two lines of the log while an index is made.
const TOLD: usize = 100_000;

/// The index of a process.
#[derive(Default)]
pub struct Nearby {
    shelf: RwLock<Option<Shelf>>,
    /// Who follows the vectors now.
    following: Arc<Mutex<()>>,
}

/// The index of a space, as far as it was followed.
struct Shelf {
    space: i64,
    index: Index,
    /// By the number of their vector.
    tickets: Vec<Uuid>,
    /// Where the last vector stands in the order in which they came.
    serial: i64,
}

impl Shelf {
    fn new(space: &Space, after: i64) -> Self {
        Self { space: space.id, index: Index::new(space.dimensions), tickets: Vec::new(), serial: after }
    }

    fn put(&mut self, rows: &[sql::FirstVector]) {
        for row in rows {
            self.serial = row.serial;
            if let Some(ticket) = row.ticket {
                self.index.insert(&row.vector);
                self.tickets.push(ticket);
            }
        }
    }
}

impl Nearby {
    /// The tickets nearest to a vector with their cosines, right to about 0.01, nearest first; `None` as long as the index is not whole.
    ///
    /// # Errors
    /// The database failed.
    pub async fn nearest(app: &App, space: &Arc<Space>, vector: &[f32], most: usize) -> Result<Option<HashMap<Uuid, f32>>> {
        if app.config.nlp.index_tickets == 0 || !follow(app, space).await? {
            return Ok(None);
        }
        let (app, id, vector) = (app.clone(), space.id, vector.to_vec());
        let search = move || {
            let shelf = app.understanding.nearby.shelf.read().unwrap_or_else(PoisonError::into_inner);
            let shelf = shelf.as_ref().filter(|shelf| shelf.space == id)?;
            let found = shelf.index.nearest(&vector, most);
            Some(found.into_iter().filter_map(|(n, score)| Some((*shelf.tickets.get(n as usize)?, score))).collect())
        };
        Ok(tokio::task::spawn_blocking(search).await.map_err(anyhow::Error::from)?)
    }

    /// Changes the index, with whoever searches waiting; how many tickets are in it then.
    fn change(&self, change: impl FnOnce(&mut Option<Shelf>)) -> usize {
        let mut shelf = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut shelf);
        shelf.as_ref().map_or(0, |shelf| shelf.tickets.len())
    }

    /// The vector after which to go on, if this is the index of the space and has not outgrown its bound.
    fn known(&self, space: i64, most: usize) -> Option<i64> {
        let shelf = self.shelf.read().unwrap_or_else(PoisonError::into_inner);
        shelf.as_ref().filter(|shelf| shelf.space == space && shelf.tickets.len() <= most + most / 4).map(|shelf| shelf.serial)
    }

    fn holds(&self, space: i64) -> bool {
        let shelf = self.shelf.read().unwrap_or_else(PoisonError::into_inner);
        shelf.as_ref().is_some_and(|shelf| shelf.space == space)
    }
}

/// Puts in what came since; whether the index can be searched. Much is put in behind the request's back.
async fn follow(app: &App, space: &Arc<Space>) -> Result<bool> {
    let nearby = &app.understanding.nearby;
    // Somebody else follows; what comes in this very moment is found by the next.
    let Ok(turn) = nearby.following.clone().try_lock_owned() else { return Ok(nearby.holds(space.id)) };
    if let Some(after) = nearby.known(space.id, app.config.nlp.index_tickets) {
        let rows = sql::first_vectors(&app.db, space.id, after, STEP).await?;
        if rows.len() < STEP as usize {
            if !rows.is_empty() {
                let own = app.clone();
                let put = move || own.understanding.nearby.change(|shelf| shelf.iter_mut().for_each(|shelf| shelf.put(&rows)));
                app.metrics.indexed(tokio::task::spawn_blocking(put).await.map_err(anyhow::Error::from)?);
            }
            return Ok(true);
        }
    }
    let held = nearby.holds(space.id);
    tokio::spawn(make(app.clone(), space.clone(), turn));
    Ok(held)
}

/// Makes an index of the newest vectors and puts it in the place of the one before, unless the process stops.
async fn make(app: App, space: Arc<Space>, _turn: OwnedMutexGuard<()>) {
    if let Err(error) = making(&app, &space).await {
        tracing::warn!(%error, "failed to make the index of tickets; the next look for similar ones tries again");
    }
}

async fn making(app: &App, space: &Space) -> Result<()> {
    let begun = Instant::now();
    let most = app.config.nlp.index_tickets;
    let mut shelf = Shelf::new(space, sql::before_newest(&app.db, space.id, i64::try_from(most).unwrap_or(i64::MAX)).await?);
    let mut told = 0;
    let mut rows = sql::first_vectors(&app.db, space.id, shelf.serial, CHUNK).await?;
    while !*app.stopping.borrow() {
        let last = rows.len() < CHUNK as usize;
        let after = rows.last().map_or(shelf.serial, |row| row.serial);
        let put = tokio::task::spawn_blocking(move || {
            shelf.put(&rows);
            shelf
        });
        // Read while the ones before are put in.
        let next = if last { Vec::new() } else { sql::first_vectors(&app.db, space.id, after, CHUNK).await? };
        shelf = put.await.map_err(anyhow::Error::from)?;
        if last {
            tracing::info!(tickets = shelf.tickets.len(), seconds = begun.elapsed().as_secs(), "the index of tickets is made");
            app.metrics.indexed(app.understanding.nearby.change(|held| *held = Some(shelf)));
            return Ok(());
        }
        rows = next;
        if shelf.tickets.len() - told >= TOLD {
            told = shelf.tickets.len();
            tracing::info!(tickets = told, "making the index of tickets");
        }
    }
    Ok(())
}
