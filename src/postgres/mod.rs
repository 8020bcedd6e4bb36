//! The private PostgreSQL that the program runs for itself.
//!
//! Nobody has to install, configure or start a database: the first process that needs one makes a cluster in
//! `<data>/pg` and supervises it. It is reached through a unix socket only, in a folder that nobody but its user and the
//! superuser can enter, so there are no passwords and no TCP port.
//!
//! Several processes may share a data folder. Whoever holds the lock on `<data>/pg.lock` owns the cluster; the kernel
//! releases that lock however the owner ends, and the cluster stops with it. The others find it running and connect.
//! [`Cluster::keep_running`] lets a long-lived process take over when the owner goes.

mod account;
mod folder;
mod programs;
mod server;

#[cfg(test)]
mod tests;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use server::Server;

/// The superuser of every private cluster. A name of ours, whoever the operating system's user is.
const USER: &str = "veche";
/// The port is only the last part of the socket's name.
const PORT: u16 = 5432;
/// How long a start may take in all: a recovery after a crash replays up to a gigabyte of log.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How often the state of another process is looked at while waiting for it.
const POLL: Duration = Duration::from_millis(20);
/// How often a process that shares the cluster looks whether its owner is still there.
const OWNER_POLL: Duration = Duration::from_millis(250);

/// Where the cluster lives, and what it is for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The program's data folder; the cluster is made in its `pg`. Created if missing.
    pub data: PathBuf,
    /// For tests: gives up durability (`fsync` and its kin are off) for speed and allows many connections.
    pub test: bool,
}

/// A running cluster, either started by this process or shared with the one that did.
///
/// If this process started it, it stops when the value is dropped or the process ends in any way; [`Cluster::stop`]
/// also waits for the end.
#[derive(Debug)]
pub struct Cluster {
    settings: Settings,
    lock: File,
    /// The folder of the socket; the same one for as long as the data folder lives.
    socket: PathBuf,
    /// The server process, if this process owns it.
    server: Option<Server>,
}

impl Cluster {
    /// Starts the cluster of the data folder, or finds it running; makes it first if there is none.
    ///
    /// # Errors
    /// PostgreSQL's programs are missing, the cluster was made by another major version or belongs to another user, a
    /// folder cannot be written, or the server did not come up within two minutes.
    pub async fn start(settings: Settings) -> Result<Cluster> {
        let data = &settings.data;
        fs::create_dir_all(data)
            .and_then(|()| fs::canonicalize(data))
            .with_context(|| format!("failed to make the data folder {}", data.display()))
            .and_then(|data| {
                let path = data.join("pg.lock");
                let lock = OpenOptions::new()
                    .read(true)
                    .write(true)
                    .create(true)
                    .truncate(false)
                    .open(&path)
                    .with_context(|| format!("failed to open {}", path.display()))?;
                Ok(Cluster { settings: Settings { data, ..settings }, lock, socket: PathBuf::new(), server: None })
            })?
            .bring_up()
            .await
    }

    /// How to connect to one database of the cluster.
    #[must_use]
    pub fn connect_options(&self, database: &str) -> PgConnectOptions {
        connect_options(&self.socket, database)
    }

    /// Whether this process started the cluster, so that it stops with it.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.server.is_some()
    }

    /// Creates a database unless there is one of this name. Safe to call from several processes at once.
    ///
    /// # Errors
    /// The name is empty, over PostgreSQL's 63 bytes or holds a NUL, or the server refused.
    pub async fn create_database_if_missing(&self, name: &str) -> Result<()> {
        ensure!((1..=63).contains(&name.len()) && !name.contains('\0'), "{name:?} cannot be the name of a database: 1 to 63 bytes, no NUL");
        let mut connection = self.connect_options("postgres").connect().await?;
        let quoted = name.replace('"', "\"\"");
        let created = sqlx::query(AssertSqlSafe(format!("create database \"{quoted}\""))).execute(&mut connection).await;
        connection.close().await.ok();
        match created {
            Ok(_) => Ok(()),
            // 42P04 duplicate_database; 23505 unique_violation when another process won the race.
            Err(sqlx::Error::Database(error)) if matches!(error.code().as_deref(), Some("42P04" | "23505")) => Ok(()),
            Err(error) => Err(error).with_context(|| format!("failed to create the database {name}")),
        }
    }

    /// Watches over the cluster until `done` resolves: when the server dies, or the process that owned it ends, starts it
    /// again. Connection pools made from [`Cluster::connect_options`] stay valid. Gives the cluster back, to be stopped.
    ///
    /// # Errors
    /// The server cannot be started again, with the reason.
    pub async fn keep_running(mut self, done: impl Future<Output = ()>) -> Result<Cluster> {
        tokio::pin!(done);
        loop {
            if let Some(server) = &mut self.server {
                tokio::select! {
                    status = server.ended() => warn!(%status, "PostgreSQL ended by itself; starting it again"),
                    () = &mut done => return Ok(self),
                }
                // One that cannot stay up is not to be started in a tight loop.
                sleep(OWNER_POLL).await;
            } else {
                while let Err(TryLockError::WouldBlock) = self.lock.try_lock() {
                    tokio::select! {
                        () = sleep(OWNER_POLL) => (),
                        () = &mut done => return Ok(self),
                    }
                }
                info!("the process that ran PostgreSQL ended; taking over");
            }
            self.server = None;
            self = self.bring_up().await?;
        }
    }

    /// Stops the server if this process started it, and waits until it has written everything: open transactions are
    /// rolled back, connections closed. A shared cluster is left running.
    ///
    /// # Errors
    /// The server did not shut down cleanly; it will recover at the next start.
    pub async fn stop(mut self) -> Result<()> {
        match self.server.take() {
            Some(server) => server.stop().await,
            None => Ok(()),
        }
    }

    async fn bring_up(self) -> Result<Cluster> {
        let data = self.settings.data.clone();
        timeout(START_LIMIT, self.own_or_share())
            .await
            .with_context(|| format!("PostgreSQL in {} did not come up within {} s", data.display(), START_LIMIT.as_secs()))?
    }

    async fn own_or_share(mut self) -> Result<Cluster> {
        loop {
            match self.lock.try_lock() {
                Ok(()) => {
                    self.announce(Path::new(""))?;
                    let (server, socket) = Server::start(&self.settings).await?;
                    self.announce(&socket)?;
                    self.server = Some(server);
                    self.socket = socket;
                    return Ok(self);
                }
                Err(TryLockError::WouldBlock) => {
                    if let Some(socket) = self.announced()?
                        && reachable(&socket).await.is_ok()
                    {
                        self.socket = socket;
                        return Ok(self);
                    }
                }
                Err(TryLockError::Error(error)) => {
                    let data = self.settings.data.display();
                    bail!("failed to lock {data}/pg.lock: {error}");
                }
            }
            sleep(POLL).await;
        }
    }

    /// The socket folder that the owner wrote into the lock file when the server was ready.
    fn announced(&mut self) -> Result<Option<PathBuf>> {
        let mut text = String::new();
        self.lock.rewind()?;
        self.lock.read_to_string(&mut text)?;
        let folder = text.trim_end_matches('\n');
        Ok((!folder.is_empty()).then(|| PathBuf::from(folder)))
    }

    fn announce(&mut self, socket: &Path) -> Result<()> {
        let folder = socket.to_str().context("the data folder's path is not UTF-8")?;
        self.lock.set_len(0)?;
        self.lock.rewind()?;
        self.lock.write_all(folder.as_bytes())?;
        Ok(())
    }
}

fn connect_options(socket: &Path, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass().socket(socket).port(PORT).username(USER).database(database).ssl_mode(PgSslMode::Disable)
}

/// Whether the server behind this socket takes connections.
async fn reachable(socket: &Path) -> Result<()> {
    let options = connect_options(socket, "postgres");
    let connection = timeout(Duration::from_secs(5), PgConnection::connect_with(&options)).await??;
    connection.close().await?;
    Ok(())
}
