//! What every operation needs, made once and passed down.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::{ops::Deref, sync::Arc};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngCore, SeedableRng, rngs::StdRng};
use sqlx::{PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::{
    config::Config,
    error, idempotency,
    identity::Keys,
    jobs,
    limits::Limiter,
    live::Live,
    notify::Mailer,
    search::{Keeper, Queries, Synonyms},
    telemetry::Metrics,
    triage::{Encoder, Understanding},
    voting::BallotBox,
};

/// The application: a handle, cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// The parts of an [`App`].
pub struct Inner {
    /// The settings.
    pub config: Config,
    /// The database.
    pub db: PgPool,
    /// Now.
    pub clock: Clock,
    /// Chance.
    pub entropy: Entropy,
    /// What seals and finds personal data.
    pub keys: Keys,
    /// What is counted, for Prometheus.
    pub metrics: Metrics,
    /// Sends mail.
    pub mailer: Mailer,
    /// How often somebody may do something.
    pub limiter: Limiter,
    /// Commits ballots that arrive together, together.
    pub ballots: BallotBox,
    /// The sentence encoder, unless words alone are gone by.
    pub encoder: Option<Encoder>,
    /// What just happened, in whichever process.
    pub live: Live,
    /// Embedder, clusters and router as this process holds them.
    pub understanding: Understanding,
    /// The index that this process searches.
    pub search: Keeper,
    /// Words that mean the same to the search, as this process holds them.
    pub synonyms: Synonyms,
    /// What people look for.
    pub queries: Queries,
    /// Becomes true when the process ends: whoever waits for news goes.
    pub stopping: tokio::sync::watch::Sender<bool>,
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// The mail settings or the sentence encoder cannot be used, or the database cannot be reached.
    pub async fn new(config: Config, db: PgPool, keys: Keys, entropy: Entropy, data: &std::path::Path) -> anyhow::Result<Self> {
        let mailer = Mailer::new(&config.mail, data, &config.http.public_url)?;
        let clock = Clock::default();
        let metrics = Metrics::new(clock.now().timestamp(), config.database.pool);
        let encoder = Encoder::new(&config.nlp, &metrics)?;
        let live = Live::new(db.clone());
        let app = Self(Arc::new(Inner {
            limiter: Limiter::new(&config.limits),
            ballots: BallotBox::new(db.clone(), config.voting.batch, live.tallies.clone(), metrics.clone()),
            live,
            encoder,
            understanding: Understanding::new(),
            search: Keeper::new(db.clone(), &config.search, data)?,
            synonyms: Synonyms::default(),
            queries: Queries::default(),
            stopping: tokio::sync::watch::Sender::new(false),
            clock,
            metrics,
            config,
            db,
            entropy,
            keys,
            mailer,
        }));
        Ok(app)
    }

    /// Begins a transaction of what a request does; a request that was done already ends here.
    ///
    /// # Errors
    /// It was done already, or the database failed.
    pub async fn begin(&self) -> error::Result<Transaction<'static, Postgres>> {
        let mut tx = self.db.begin().await?;
        idempotency::claim(&mut tx).await?;
        Ok(tx)
    }

    /// A new key, ordered by time (UUID version 7, RFC 9562).
    pub fn new_id(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.entropy.bytes()).into_uuid()
    }

    /// An address on the web for people.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.config.http.public_url)
    }
}

/// Brings the tables up to date: ours and the job queue's. Any number of processes may try at once.
///
/// # Errors
/// A step failed, or the database is of a later version of the program.
pub async fn migrate(db: &PgPool) -> anyhow::Result<()> {
    sqlx::migrate!("./migrations").run(db).await.context("failed to bring the database up to date")?;
    jobs::migrate(db).await
}

/// The time for what is not decided in the database. The database's own clock is `veche_now()`.
#[derive(Debug, Default)]
pub struct Clock {
    skew_millis: AtomicI64,
}

impl Clock {
    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        #[allow(clippy::disallowed_methods)] // The one place where the time comes in.
        let now = Utc::now();
        now + TimeDelta::milliseconds(self.skew_millis.load(Ordering::Relaxed))
    }

    /// Moves the clock, for tests of what takes days.
    pub fn advance(&self, by: TimeDelta) {
        self.skew_millis.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }
}

/// A cryptographic source of chance.
pub struct Entropy(Mutex<StdRng>);

impl Entropy {
    /// Seeded by the operating system.
    pub fn system() -> Self {
        Self(Mutex::new(StdRng::from_os_rng()))
    }

    /// The same numbers again and again, for tests and demonstration data.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }
}
