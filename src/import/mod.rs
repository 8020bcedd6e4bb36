//! Bringing in what people wrote elsewhere: messages become tickets, initiatives keep the state and the votes they had.
//!
//! An import can be repeated, and goes on after any interruption (a kill included) where it was: every row has an
//! identifier of its own, what was committed is known by it and passed over, and what was not committed never was.

mod columns;
pub mod graphql;
mod initiatives;
mod messages;
mod online;
mod progress;
mod read;
mod report;
mod sql;
mod store;
mod wait;

pub use columns::ColumnNames;
pub use initiatives::{InitiativesOptions, initiatives};
pub use messages::{MessagesOptions, messages};
pub use online::{Kind, Options, RunImport, State, start};
pub use progress::Progress;
pub use read::Format;
pub use report::{InitiativesSummary, RefusedRow, Rows, Summary};
pub use store::{Stored, store};
pub use wait::{Interrupt, Worker};

use std::path::Path;

use anyhow::{Context, Result};
use tokio::{sync::mpsc, task::JoinHandle};

/// Rows of one transaction at the most: PostgreSQL keeps track of 64 savepoints a transaction without slowing others down.
pub const CHUNK: usize = 64;
/// Bytes of a file that make a chunk, however few rows they are: mails carry attachments.
const CHUNK_BYTES: u64 = 8 * 1024 * 1024;

/// Some rows, and how many bytes of the source lie behind them.
type Chunk<T> = (Vec<read::Row<T>>, u64);

/// The chunks of a source, read ahead of the database in a thread of its own; two chunks wait at the most.
struct Chunks<T> {
    receiver: mpsc::Receiver<Chunk<T>>,
    thread: JoinHandle<()>,
}

impl<T: Send + 'static> Chunks<T> {
    fn of(mut reader: read::Reader<T>) -> Self {
        let (sender, receiver) = mpsc::channel(2);
        let thread = tokio::task::spawn_blocking(move || {
            loop {
                let begun = reader.position();
                let mut rows = Vec::new();
                while rows.len() < CHUNK && reader.position().saturating_sub(begun) < CHUNK_BYTES {
                    let Some(row) = reader.next() else { break };
                    rows.push(row);
                }
                // Nobody receives any more after an interruption.
                if rows.is_empty() || sender.blocking_send((rows, reader.position())).is_err() {
                    break;
                }
            }
        });
        Self { receiver, thread }
    }

    async fn next(&mut self) -> Option<Chunk<T>> {
        self.receiver.recv().await
    }

    /// Ends the reading: a thread that panicked read only a part, which must not look like the whole.
    async fn finish(mut self) -> Result<()> {
        self.receiver.close();
        while self.receiver.recv().await.is_some() {}
        self.thread.await.context("failed to read to the end")
    }
}

/// The last part of a path, to name the source by.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
