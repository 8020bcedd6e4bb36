use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use super::traces;
use crate::config::{Config, LogFormat};

/// Starts log and traces of this process. Lines go to standard error, so that results can be piped.
///
/// # Errors
/// The filter or the collector's address cannot be used, or a log has been started before.
pub fn start(config: &Config) -> Result<()> {
    let filter = EnvFilter::try_new(&config.log.level).context("log.level is no filter")?;
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match config.log.format {
        LogFormat::Json => lines.json().boxed(),
        LogFormat::Text => lines.boxed(),
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(traces::layer(&config.telemetry)?)
        .try_init()
        .context("failed to start the log")
}

/// Has statements logged that take so many milliseconds or more; 0 logs none. The line holds the statement's text, in which values
/// are only `$1`, `$2` …
pub fn log_slow(options: PgConnectOptions, millis: u64) -> PgConnectOptions {
    let level = if millis == 0 { log::LevelFilter::Off } else { log::LevelFilter::Warn };
    options.log_slow_statements(level, Duration::from_millis(millis.max(1)))
}
