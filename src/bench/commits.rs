//! What votes are compared with: rows of a plain table, each committed on its own.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use tokio::{process::Command, time::timeout};

use super::{
    load::{Bound, closed_loop},
    sql,
    stage::Database,
};

/// Connections at the most. More clients share them, as the private PostgreSQL takes 100 in all and the servers need theirs.
const CONNECTIONS: usize = 48;

/// Single-row commits of one database.
pub struct Commits {
    options: PgConnectOptions,
    /// `pgbench` and its script, where it lies beside PostgreSQL's own programs.
    pgbench: Option<(PathBuf, PathBuf)>,
}

impl Commits {
    /// Makes the table.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn prepare(database: &Database, folder: PathBuf) -> Result<Self> {
        sql::plain_table(&database.pool).await?;
        let program = PathBuf::from(sql::programs(&database.pool).await?).join("pgbench");
        let pgbench = if program.is_file() {
            let script = folder.join("commit.sql");
            std::fs::write(&script, sql::PLAIN_ROW)?;
            Some((program, script))
        } else {
            None
        };
        Ok(Self { options: database.options.clone(), pgbench })
    }

    /// Commits a second by a loop of our own with so many clients.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn own(&self, clients: usize, bound: Bound) -> Result<f64> {
        let mut connections: Vec<PgConnection> = Vec::new();
        for _ in 0..clients.min(CONNECTIONS) {
            connections.push(self.options.connect().await?);
        }
        let run = closed_loop(connections, bound, |mut connection: PgConnection| async move {
            sql::plain_row(&mut connection).await?;
            Ok(connection)
        });
        Ok(run.await?.rate())
    }

    /// Commits a second by `pgbench`, if it is there. Where not one commit ended in time, as on a busy machine whose disk is
    /// slow, it is given longer.
    ///
    /// # Errors
    /// It failed.
    pub async fn pgbench(&self, clients: usize, bound: Bound) -> Result<Option<f64>> {
        let Some((program, script)) = &self.pgbench else { return Ok(None) };
        let seconds = bound.time.as_secs().max(1);
        let mut said = String::new();
        for seconds in [seconds, seconds * 5, seconds * 25] {
            said = self.run_pgbench(program, script, clients.min(CONNECTIONS), seconds).await?;
            let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
            if let Some(rate) = rate {
                return Ok(Some(rate));
            }
        }
        bail!("pgbench says no rate: {said}")
    }

    /// What `pgbench` says after that many seconds.
    async fn run_pgbench(&self, program: &Path, script: &Path, clients: usize, seconds: u64) -> Result<String> {
        let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(clients);
        let output = Command::new(program)
            .args(["--no-vacuum", "--protocol=prepared"])
            .args([format!("--client={clients}"), format!("--jobs={jobs}"), format!("--time={seconds}")])
            .arg("--file")
            .arg(script)
            .arg(self.options.get_database().unwrap_or_default())
            .env(
                "PGHOST",
                self.options.get_socket().map_or_else(|| self.options.get_host().into(), |folder| folder.clone().into_os_string()),
            )
            .env("PGPORT", self.options.get_port().to_string())
            .env("PGUSER", self.options.get_username())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = timeout(Duration::from_secs(seconds + 30), output).await.context("pgbench does not end")??;
        ensure!(output.status.success(), "pgbench failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// How many connections that many clients have.
pub fn connections(clients: usize) -> usize {
    clients.min(CONNECTIONS)
}
