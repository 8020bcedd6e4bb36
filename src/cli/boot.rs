use std::{io::Write, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use sqlx::{
    Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::Common;
use crate::{
    app::{App, Entropy, migrate},
    config::Config,
    identity::{self, Keys},
    postgres::{Cluster, Settings},
    telemetry,
};

/// The database's name in the private cluster.
const DATABASE: &str = "veche";

/// The program with its database.
pub struct Boot {
    /// The application.
    pub app: App,
    /// The private PostgreSQL, unless another one is used.
    pub cluster: Option<Cluster>,
}

impl Boot {
    /// Starts or finds the database, brings it up to date, checks the secret key.
    ///
    /// # Errors
    /// Says in one line what is missing.
    pub async fn start(common: &Common, config: Config) -> Result<Self> {
        let (db, cluster) = database(common, &config).await?;
        migrate(&db).await?;
        let entropy = Entropy::system();
        let keys = keys(common, &config, &db, &entropy).await?;
        let app = App::new(config, db, keys, entropy, &common.data).await?;
        Ok(Self { app, cluster })
    }

    /// Ends well: connections closed, the private PostgreSQL stopped if this process started it.
    ///
    /// # Errors
    /// PostgreSQL did not stop.
    pub async fn stop(self) -> Result<()> {
        self.app.db.close().await;
        match self.cluster {
            Some(cluster) => cluster.stop().await,
            None => Ok(()),
        }
    }
}

/// Connects to the database of the settings, or to the private one, which is started when nobody has.
pub async fn database(common: &Common, config: &Config) -> Result<(PgPool, Option<Cluster>)> {
    let (options, cluster) = if config.database.url.is_empty() {
        let cluster = Cluster::start(Settings { data: common.data.clone(), test: false }).await?;
        cluster.create_database_if_missing(DATABASE).await?;
        (cluster.connect_options(DATABASE), Some(cluster))
    } else {
        let options: PgConnectOptions = config.database.url.parse().context("failed to understand database.url (DATABASE_URL)")?;
        (options, None)
    };
    let pool = PgPoolOptions::new()
        .max_connections(config.database.pool.max(5))
        .acquire_timeout(Duration::from_secs(15))
        // A connection that was used a moment ago works; asking would double the way of every short statement.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > Duration::from_secs(1) {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(telemetry::log_slow(options.application_name("veche"), config.log.slow_statement_millis))
        .await
        .context("failed to connect to the database")?;
    Ok((pool, cluster))
}

/// The secret key of the settings, or the one in the data folder, made at the first start. It must be the one that the
/// data were written with.
async fn keys(common: &Common, config: &Config, db: &PgPool, entropy: &Entropy) -> Result<Keys> {
    let keys = if config.secrets.key.is_empty() {
        Keys::from_hex(&key_file(&common.data, entropy)?)?
    } else {
        Keys::from_hex(&config.secrets.key)?
    };
    let known: Vec<u8> = sqlx::query_scalar(
        // The update gives back the row of another process that was faster, which this statement's snapshot does not show.
        "with known as (select key_fingerprint from installation),
              new as (insert into installation (key_fingerprint) select $1 where not exists (select from known)
                      on conflict (only_row) do update set only_row = true returning key_fingerprint)
         select key_fingerprint from known union all select key_fingerprint from new",
    )
    .bind(&keys.fingerprint()[..])
    .fetch_one(db)
    .await
    .context("failed to read the installation")?;
    if known != keys.fingerprint() {
        bail!("the secret key is not the one that this database was written with; set secrets.key (VECHE_SECRETS_KEY) to that one");
    }
    Ok(keys)
}

/// The token of the service's own bots, for one that runs alone where the server's settings and data folder are.
///
/// # Errors
/// There is no secret key yet.
pub fn bots_token(common: &Common, config: &Config) -> Result<String> {
    let key = if config.secrets.key.is_empty() {
        let path = common.data.join("secret.key");
        let missing = || format!("failed to read {}: start the server once, or set bots.token", path.display());
        std::fs::read_to_string(&path).with_context(missing)?
    } else {
        config.secrets.key.clone()
    };
    Ok(identity::bots_token(&Keys::from_hex(&key)?))
}

fn key_file(data: &Path, entropy: &Entropy) -> Result<String> {
    let path = data.join("secret.key");
    std::fs::create_dir_all(data).with_context(|| format!("failed to make {}", data.display()))?;
    match std::fs::read_to_string(&path) {
        Ok(text) => return Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (),
        Err(error) => return Err(error).with_context(|| format!("failed to read {}", path.display())),
    }
    let text: String = entropy.bytes::<32>().iter().map(|b| format!("{b:02x}")).collect();
    // Written whole under another name first: two processes that start at once must not read half a key.
    let draft = data.join(format!("secret.key.{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, &path);
    std::fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(std::fs::read_to_string(&path)?),
        Err(error) => Err(error).with_context(|| format!("failed to write {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let first = key_file(dir.path(), &Entropy::seeded(1)).unwrap();
        assert_eq!(first.len(), 64);
        assert_eq!(key_file(dir.path(), &Entropy::seeded(2)).unwrap(), first);
        let mode = std::fs::metadata(dir.path().join("secret.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
