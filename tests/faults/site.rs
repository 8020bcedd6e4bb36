//! The installation that is made to fail: a server and a worker, clients and a database, with a proxy before each.

use std::{
    fs::File,
    path::PathBuf,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::PgPool;
use veche::{
    config::Config,
    search::{Following, Keeper},
};

use crate::{
    database::Postgres,
    plan::Fault,
    process,
    proxy::{Cut, Proxy, Upstream, Way},
};

/// A process that is started again whenever it ends.
struct Supervised {
    pid: Arc<Mutex<Option<Pid>>>,
    ending: Arc<AtomicBool>,
    ends: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Supervised {
    fn start(make: impl Fn() -> Command + Send + 'static, ready: impl Fn(String) + Send + 'static) -> Self {
        let (pid, ending, ends) = (Arc::new(Mutex::new(None)), Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let thread = std::thread::spawn({
            let (pid, ending, ends) = (pid.clone(), ending.clone(), ends.clone());
            move || {
                while !ending.load(Ordering::SeqCst) {
                    let (mut child, url) = process::spawn(make());
                    *pid.lock().unwrap() = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
                    if ending.load(Ordering::SeqCst) {
                        let _ = child.kill();
                    }
                    ready(url);
                    let _ = child.wait();
                    // From here on its number may be another's.
                    *pid.lock().unwrap() = None;
                    ends.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Self { pid, ending, ends, thread: Some(thread) }
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = *self.pid.lock().unwrap() {
            let _ = kill_process(pid, signal);
        }
    }

    /// Waits until it runs: what fails while it starts is nobody's loss.
    async fn running(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.pid.lock().unwrap().is_none() {
            assert!(Instant::now() < deadline, "a process does not come up");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn kill(&self) {
        self.running().await;
        let ends = self.ends.load(Ordering::SeqCst);
        self.signal(Signal::KILL);
        // Until it is gone: the next fault is to find another.
        while self.ends.load(Ordering::SeqCst) == ends {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn pause(&self, millis: u64) {
        self.running().await;
        self.signal(Signal::STOP);
        tokio::time::sleep(Duration::from_millis(millis)).await;
        self.signal(Signal::CONT);
    }
}

impl Supervised {
    /// Kills it once more, for good.
    fn end(&mut self) {
        self.ending.store(true, Ordering::SeqCst);
        self.signal(Signal::KILL);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.end();
    }
}

pub struct Site<'a> {
    pub postgres: &'a Postgres,
    /// Straight to the database, past the proxy.
    pub db: PgPool,
    /// Where clients connect.
    pub web: Arc<Proxy>,
    /// Where server and worker connect to the database.
    wire: Proxy,
    server: Supervised,
    worker: Supervised,
    data: tempfile::TempDir,
}

impl<'a> Site<'a> {
    pub async fn start(postgres: &'a Postgres, name: &str) -> Self {
        let db = postgres.create(name).await;
        let wire = Proxy::start(Upstream::Unix(postgres.socket())).await;
        let web = Arc::new(Proxy::start(Upstream::Nowhere).await);
        let data = tempfile::Builder::new().prefix("veche-faults-data-").tempdir().unwrap();
        let url = format!("postgres://veche@{}/{name}?sslmode=disable", wire.address);
        let make = {
            let folder = data.path().to_owned();
            move |args: &[&str]| {
                let mut command = process::command(&url, &folder, args);
                for limit in ["LOG_IN", "REGISTRATION", "VOTING", "FEEDBACK", "WRITING"] {
                    command.env(format!("VECHE_LIMITS_{limit}"), "burst = 1000000\nper_minute = 1000000");
                }
                command.env("VECHE_INITIATIVES_OPEN_PER_PERSON", "1000");
                let log = folder.join(format!("{}.log", args[0]));
                command.stderr(File::options().append(true).create(true).open(log).unwrap());
                command
            }
        };
        let server = {
            let (make, web) = (make.clone(), web.clone());
            Supervised::start(
                move || make(&["serve", "--listen", "127.0.0.1:0"]),
                move |url| {
                    let address = url.strip_prefix("http://").and_then(|address| address.parse().ok());
                    web.lead_to(address.map_or(Upstream::Nowhere, Upstream::Tcp));
                },
            )
        };
        let worker = Supervised::start(move || make(&["worker"]), |_| ());
        let site = Self { postgres, db, web, wire, server, worker, data };
        site.ready().await;
        site
    }

    /// Waits until the server answers.
    async fn ready(&self) {
        let http = crate::client::http().timeout(Duration::from_secs(5)).build().unwrap();
        let url = format!("http://{}/health/ready", self.web.address);
        let deadline = Instant::now() + Duration::from_secs(90);
        while !http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            assert!(Instant::now() < deadline, "the server does not come up: {}", self.logs());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The last words of the processes.
    fn logs(&self) -> String {
        let logs =
            std::fs::read_dir(self.data.path()).unwrap().flatten().filter(|file| file.path().extension().is_some_and(|e| e == "log"));
        let tails = logs.map(|log| {
            let text = std::fs::read_to_string(log.path()).unwrap_or_default();
            let tail: Vec<&str> = text.lines().rev().take(20).collect();
            format!("\n{}:\n{}", log.path().display(), tail.into_iter().rev().collect::<Vec<_>>().join("\n"))
        });
        tails.collect()
    }

    /// Where mails are written to.
    pub fn outbox(&self) -> PathBuf {
        self.data.path().join("outbox")
    }

    /// How often server and worker have ended.
    pub fn ends(&self) -> (usize, usize) {
        (self.server.ends.load(Ordering::SeqCst), self.worker.ends.load(Ordering::SeqCst))
    }

    /// Makes something fail, and ends what lasts.
    pub async fn fail(&self, fault: Fault) {
        match fault {
            Fault::KillServer => self.server.kill().await,
            Fault::KillWorker => self.worker.kill().await,
            Fault::KillPostgres(victim) => {
                self.postgres.running().await;
                self.postgres.kill(victim);
            }
            Fault::StopServer(millis) => self.server.pause(millis).await,
            Fault::StopWorker(millis) => self.worker.pause(millis).await,
            Fault::StopPostgres(millis) => self.postgres.pause(Duration::from_millis(millis)).await,
            Fault::FillDisk(millis) => self.postgres.fill(Duration::from_millis(millis)).await,
            Fault::CutDatabase { way, bytes, all } => self.wire.arm(Cut { way, bytes, all }),
            Fault::LoseReplies(count) => {
                (0..count).for_each(|_| self.web.arm(Cut { way: Way::ToClient, bytes: 0, all: false }));
            }
            Fault::CutRequest { way, bytes } => self.web.arm(Cut { way, bytes, all: false }),
        }
    }

    /// Nothing fails any more, and the server answers. Gives the number of cuts that did not come, for want of traffic.
    pub async fn heal(&self) -> usize {
        let idle = self.wire.disarm() + self.web.disarm();
        self.ready().await;
        idle
    }

    /// Kills the server for good, and takes up its index where it was: how many documents in it are not what the database has, once the rest
    /// of the log is read.
    pub async fn index_differs(&mut self) -> usize {
        self.server.end();
        let keeper = Keeper::new(self.db.clone(), &Config::default().search, self.data.path()).unwrap();
        keeper.compare(&mut Following::default()).await.unwrap()
    }

    /// Keeps the logs of the processes, for a person to read.
    pub fn keep(&mut self) -> PathBuf {
        self.data.disable_cleanup(true);
        self.data.path().to_owned()
    }
}
