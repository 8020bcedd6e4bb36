use std::{
    fs::{self, DirBuilder},
    net::SocketAddr,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sqlx::{
    ConnectOptions, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use toml::{Table, Value};

use super::{client::Client, load::Bound, server::Server, sql};
use crate::{
    app::{Entropy, migrate},
    config::{Config, Rate},
    postgres::{Cluster, Settings},
};

/// Connections of all servers of a fleet together: the same resource, however many share it. The private PostgreSQL takes 100.
const CONNECTIONS: usize = 30;
/// So often that no rate stands in the way.
const UNLIMITED: Rate = Rate { burst: 10_000_000, per_minute: 600_000_000 };

/// A folder that goes when the value does.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What everything is measured on: a private PostgreSQL with databases of this run, and servers.
pub struct Stage {
    // Before the folder, so that it is gone first.
    cluster: Cluster,
    folder: Folder,
    key: String,
    servers: AtomicUsize,
    /// Small counts.
    pub short: bool,
}

impl Stage {
    /// Makes the folder and starts PostgreSQL.
    ///
    /// # Errors
    /// One of them cannot be.
    pub async fn set(parent: &Path, short: bool) -> Result<Self> {
        let path = parent.join(format!("veche-bench-{}", std::process::id()));
        // The user that runs PostgreSQL may be another one, who must be able to pass.
        let made = DirBuilder::new().mode(0o711).create(&path);
        made.with_context(|| format!("failed to make {}", path.display()))?;
        let folder = Folder(path.canonicalize()?);
        let key = Entropy::system().bytes::<32>().iter().map(|byte| format!("{byte:02x}")).collect();
        let cluster = Cluster::start(Settings { data: folder.0.clone(), test: false }).await?;
        Ok(Self { cluster, folder, key, servers: AtomicUsize::new(0), short })
    }

    /// Ends PostgreSQL and removes the folder.
    ///
    /// # Errors
    /// PostgreSQL did not end well.
    pub async fn strike(self) -> Result<()> {
        let Self { cluster, folder, .. } = self;
        let stopped = cluster.stop().await;
        drop(folder);
        stopped
    }

    /// One of two numbers: the real one, or that of a short run.
    pub fn size<T>(&self, long: T, short: T) -> T {
        if self.short { short } else { long }
    }

    /// How long one run of a load may go on.
    pub fn bound(&self) -> Bound {
        self.size(Bound { count: 30_000, time: Duration::from_secs(4) }, Bound { count: 300, time: Duration::from_secs(1) })
    }

    /// For files of this run.
    pub fn folder(&self) -> &Path {
        &self.folder.0
    }

    /// What PostgreSQL calls itself.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn postgres_version(&self) -> Result<String> {
        let mut connection = self.cluster.connect_options("postgres").connect().await?;
        Ok(sql::version(&mut connection).await?)
    }

    /// A database with all tables, made if missing.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn database(&self, name: &str) -> Result<Database> {
        self.cluster.create_database_if_missing(name).await?;
        let options = self.cluster.connect_options(name);
        let pool = PgPoolOptions::new().max_connections(4).connect_with(options.clone()).await?;
        migrate(&pool).await?;
        Ok(Database { pool, options, people: 0 })
    }

    /// So many servers on a database, ready.
    ///
    /// # Errors
    /// One did not come up.
    pub async fn fleet(&self, database: &Database, size: usize) -> Result<Fleet> {
        let mut servers = Vec::new();
        for _ in 0..size {
            let number = self.servers.fetch_add(1, Ordering::Relaxed);
            let data = self.folder.0.join(format!("server-{number}"));
            servers.push(Server::start(&data, &self.settings(database, size)?).await?);
        }
        let addresses = servers.iter().map(|server| server.address).collect();
        Ok(Fleet { servers, addresses })
    }

    /// The settings of a server as variables: every rate is raised, changes are looked for seldom, the rest is as in production.
    fn settings(&self, database: &Database, fleet: usize) -> Result<Vec<(String, String)>> {
        let pool = (CONNECTIONS / fleet).min(20).to_string();
        let mut settings = vec![
            ("DATABASE_URL".to_owned(), database.options.to_url_lossy().to_string()),
            ("VECHE_SECRETS_KEY".to_owned(), self.key.clone()),
            ("VECHE_DATABASE_POOL".to_owned(), pool),
            ("VECHE_LOG_LEVEL".to_owned(), "warn".to_owned()),
            // Statements are counted, and each look of the search for changes is some.
            ("VECHE_SEARCH_PAUSE_MILLIS".to_owned(), "60000".to_owned()),
            // All subscribers come from one address here.
            ("VECHE_LIMITS_SOCKETS_PER_ADDRESS".to_owned(), Config::default().limits.sockets.to_string()),
        ];
        let unlimited = toml::to_string(&UNLIMITED)?;
        for (name, value) in Table::try_from(Config::default().limits)? {
            if matches!(&value, Value::Table(rate) if rate.contains_key("burst") && rate.contains_key("per_minute")) {
                settings.push((format!("VECHE_LIMITS_{}", name.to_ascii_uppercase()), unlimited.clone()));
            }
        }
        Ok(settings)
    }
}

/// Servers behind a round-robin of the clients' own.
pub struct Fleet {
    /// The processes.
    pub servers: Vec<Server>,
    /// Where they listen.
    pub addresses: Arc<[SocketAddr]>,
}

impl Fleet {
    /// Somebody who asks them in turn.
    pub fn client(&self) -> Client {
        Client::new(self.addresses.clone(), 0)
    }

    /// The one server of a fleet of one.
    ///
    /// # Errors
    /// There is none.
    pub fn only(&mut self) -> Result<&mut Server> {
        self.servers.first_mut().context("there is no server")
    }

    /// Ends them all.
    ///
    /// # Errors
    /// One does not end.
    pub async fn end(self) -> Result<()> {
        for server in self.servers {
            server.end().await?;
        }
        Ok(())
    }
}

/// A database of this run.
pub struct Database {
    /// Connections for preparing and checking.
    pub pool: PgPool,
    /// How to connect.
    pub options: PgConnectOptions,
    people: usize,
}

impl Database {
    /// Makes confirmed people with sessions until there are so many; [`token`] is what they log in with.
    ///
    /// # Errors
    /// PostgreSQL failed.
    pub async fn people(&mut self, count: usize) -> Result<()> {
        if count > self.people {
            sql::people(&self.pool, self.people, count).await?;
            self.people = count;
        }
        Ok(())
    }

    /// Gives its connections back.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

/// The session's token of a person.
pub fn token(person: usize) -> String {
    format!("bench-{person}")
}

/// Lets this process and its children hold so many files and sockets open.
///
/// # Errors
/// The system does not allow it; the message says what to do.
pub fn open_files(needed: u64) -> Result<()> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if maximum.is_some_and(|maximum| maximum < needed) {
        let maximum = maximum.unwrap_or_default();
        bail!(
            "{needed} open files are needed, the system allows {maximum}: run `ulimit -Hn {needed}` as root first, or leave this part out"
        );
    }
    setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum }).context("failed to raise the number of open files")
}
