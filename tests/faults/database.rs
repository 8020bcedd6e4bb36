//! A PostgreSQL of the tests' own, durable as in production, that can be killed, stopped and run out of disk.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use veche::postgres::{Cluster, Settings};

use crate::plan::Victim;

/// A disk of its own for the database, where one can be mounted.
const DISK: &str = "size=640m,mode=0755";

/// How the disk is filled.
enum Disk {
    /// A small file system in memory, until nothing goes in.
    Own,
    /// No file of PostgreSQL may grow, where nothing can be mounted (without the rights of root).
    Limited,
}

pub struct Postgres {
    root: PathBuf,
    disk: Disk,
    server: PgConnectOptions,
    cluster: PathBuf,
    keeper: tokio::task::JoinHandle<()>,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.keeper.abort();
        for pid in self.processes() {
            let _ = kill_process(pid, Signal::KILL);
        }
        clean(&self.root);
    }
}

/// Unmounts and removes what a run had for itself.
fn clean(root: &Path) {
    // Lazily: the server may need a moment to end. It fails where nothing is mounted.
    let _ = Command::new("umount").arg("--lazy").arg(root).stderr(std::process::Stdio::null()).status();
    let _ = fs::remove_dir_all(root);
}

impl Postgres {
    pub async fn start() -> Self {
        const PREFIX: &str = "veche-faults-";
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let parent = std::env::temp_dir();
        for entry in fs::read_dir(&parent).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let pid = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
            if pid.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
                clean(&entry.path());
            }
        }
        let root = parent.join(format!("{PREFIX}{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        fs::create_dir(&root).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", DISK, "tmpfs"]).arg(&root).output();
        let disk = if mounted.is_ok_and(|m| m.status.success()) { Disk::Own } else { Disk::Limited };
        if matches!(disk, Disk::Limited) {
            println!("no disk of its own can be mounted for the database: it is \"full\" when no file may grow");
        }
        let settings = Settings { data: root.clone(), test: false };
        let cluster = Cluster::start(settings.clone()).await.unwrap();
        let server = cluster.connect_options("postgres");
        let keeper = tokio::spawn(async move {
            let mut cluster = Some(cluster);
            loop {
                match cluster.take() {
                    // It gives up where it cannot start again, on a full disk for instance.
                    Some(cluster) => drop(cluster.keep_running(std::future::pending()).await),
                    None => tokio::time::sleep(Duration::from_millis(200)).await,
                }
                cluster = Cluster::start(settings.clone()).await.ok();
            }
        });
        let mut admin = server.connect().await.unwrap();
        let folder: String = sqlx::query_scalar("show data_directory").fetch_one(&mut admin).await.unwrap();
        // Keeps the log of changes small, so that a small disk is enough.
        sqlx::query("alter system set max_wal_size = '96MB'").execute(&mut admin).await.unwrap();
        sqlx::query("select pg_reload_conf()").execute(&mut admin).await.unwrap();
        let durable: bool = sqlx::query_scalar(
            "select bool_and(setting = 'on') from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes')",
        )
        .fetch_one(&mut admin)
        .await
        .unwrap();
        assert!(durable);
        admin.close().await.unwrap();
        Self { root, disk, server, cluster: folder.into(), keeper }
    }

    /// The socket that it listens on.
    pub fn socket(&self) -> PathBuf {
        self.server.get_socket().unwrap().join(".s.PGSQL.5432")
    }

    /// A new database, not through any proxy.
    pub async fn create(&self, name: &str) -> PgPool {
        let mut admin = self.server.connect().await.unwrap();
        sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut admin).await.unwrap();
        PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(60))
            .connect_with(self.server.clone().database(name))
            .await
            .unwrap()
    }

    pub async fn drop(&self, name: &str) {
        let mut admin = self.server.connect().await.unwrap();
        sqlx::query(AssertSqlSafe(format!("drop database {name} with (force)"))).execute(&mut admin).await.unwrap();
        sqlx::query("checkpoint").execute(&mut admin).await.unwrap();
    }

    /// Its processes, the first one first.
    fn processes(&self) -> Vec<Pid> {
        let text = fs::read_to_string(self.cluster.join("postmaster.pid")).unwrap_or_default();
        let Some(first) = text.lines().next().and_then(|line| line.parse::<i32>().ok()) else { return Vec::new() };
        let children = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
            let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // The fourth field; the second is in parentheses and may hold anything.
            let parent: i32 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            (parent == first).then_some(pid)
        });
        std::iter::once(first).chain(children).filter_map(Pid::from_raw).collect()
    }

    /// Waits until it takes connections.
    pub async fn running(&self) {
        while self.server.connect().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn kill(&self, victim: Victim) {
        let all = self.processes();
        let serves = |pid: &&Pid| {
            let title = fs::read_to_string(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
            title.contains(" seed_")
        };
        let victims: Vec<Pid> = match victim {
            Victim::Postmaster => all.into_iter().take(1).collect(),
            Victim::Backend => all.iter().skip(1).find(serves).copied().into_iter().collect(),
            Victim::All => all,
        };
        for pid in victims {
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    pub async fn pause(&self, time: Duration) {
        self.running().await;
        let all = self.processes();
        let signal = |signal| {
            for pid in &all {
                let _ = kill_process(*pid, signal);
            }
        };
        signal(Signal::STOP);
        tokio::time::sleep(time).await;
        signal(Signal::CONT);
    }

    /// Lets nothing more onto its disk for a time.
    pub async fn fill(&self, time: Duration) {
        match self.disk {
            Disk::Own => {
                let filler = self.root.join("filler");
                {
                    let mut file = fs::File::create(&filler).unwrap();
                    let block = vec![1; 64 << 10];
                    while file.write_all(&block).is_ok() {}
                }
                self.want_space().await;
                tokio::time::sleep(time).await;
                fs::remove_file(&filler).unwrap();
            }
            Disk::Limited => {
                let all = self.processes();
                let limit = |current| {
                    for pid in &all {
                        let _ = prlimit(Some(*pid), Resource::Fsize, Rlimit { current, maximum: None });
                    }
                };
                limit(Some(0));
                self.want_space().await;
                tokio::time::sleep(time).await;
                limit(None);
                // Processes that were started meanwhile have it from their parent.
                self.kill(Victim::All);
            }
        }
    }

    /// Makes the log of changes go on in a new file, which needs space.
    async fn want_space(&self) {
        let asking = async {
            let mut admin = self.server.connect().await?;
            for _ in 0..4 {
                sqlx::query("select pg_logical_emit_message(true, 'fill', repeat('x', 10000)), pg_switch_wal()")
                    .execute(&mut admin)
                    .await?;
            }
            Ok::<(), sqlx::Error>(())
        };
        let _ = tokio::time::timeout(Duration::from_secs(2), asking).await;
    }
}
