//! `veche bench`: what the service can do on this machine, as ratios of things measured side by side in the same run.
//!
//! It makes everything itself and leaves nothing: a private, durable PostgreSQL in a temporary folder, server processes of its own
//! executable on loopback, people, initiatives and load. Each part is bounded in count and in time. What the figures mean and what
//! limits them stands in `docs/PERFORMANCE.md`.

mod answers;
mod client;
mod commits;
mod hostile;
mod intake;
mod list;
mod live;
mod load;
mod pages;
mod report;
mod search;
mod server;
mod socket;
mod sql;
mod stage;
mod understanding;
mod votes;
mod year;

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::{Args, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use report::Report;
use stage::Stage;

/// A part of the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Votes a second against single-row commits.
    Votes,
    /// A list of initiatives at growing sizes.
    List,
    /// Messages a second, and the time until they are understood.
    Intake,
    /// Understanding by how much is known, and what is similar.
    Understanding,
    /// A simulated year of messages and fresh clusterings.
    Year,
    /// A vote's way to thousands of subscribers.
    Live,
    /// What hostile queries cost.
    Hostile,
    /// How long single requests take, alone and under load.
    Answers,
    /// Pages for people: home, an initiative, the experts' queue.
    Pages,
    /// Search by the number of documents, against PostgreSQL's own full text.
    Search,
}

/// What to measure and how.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Small counts: shows that everything works. The figures mean nothing.
    #[arg(long)]
    short: bool,
    /// Only these parts, separated by commas.
    #[arg(long, value_name = "PARTS", value_delimiter = ',', value_enum)]
    only: Vec<Part>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Where to make the temporary folder: on the disk that is to be measured.
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    folder: PathBuf,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// The settings of the log: progress, and only what is worse than a slow statement.
pub fn log_settings() -> Config {
    let mut config = Config::default();
    config.log.level = "info,sqlx=error,graphile_worker=warn,graphile_worker_migrations=warn,veche::postgres=warn".into();
    config
}

/// Measures and prints.
///
/// # Errors
/// Something did not work: PostgreSQL or a server did not start, an answer was wrong, a tally is not the recount. Never because
/// of how long something took.
pub async fn run(options: &Options) -> Result<()> {
    if options.wants(Part::Live) {
        live::open_files(options.short)?;
    }
    // Heard from the start, so that the folder does not stay behind.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stage = Stage::set(&options.folder, options.short).await?;
    let mut report = Report::new(options.short);
    let outcome = tokio::select! {
        outcome = measure(&stage, options, &mut report) => outcome,
        _ = terminate.recv() => Err(anyhow!("asked to end")),
        _ = interrupt.recv() => Err(anyhow!("asked to end")),
    };
    let struck = stage.strike().await;
    // What was measured before a part failed took its time, and is told all the same.
    if options.json {
        println!("{}", report.to_json());
    } else {
        print!("{report}");
    }
    outcome.and(struck)
}

async fn measure(stage: &Stage, options: &Options, report: &mut Report) -> Result<()> {
    report.postgres = stage.postgres_version().await?;
    for part in Part::value_variants().iter().filter(|part| options.wants(**part)) {
        let measured = match part {
            Part::Votes => votes::measure(stage).await,
            Part::List => list::measure(stage).await,
            Part::Intake => intake::measure(stage).await,
            Part::Understanding => understanding::measure(stage).await,
            Part::Year => year::measure(stage).await,
            Part::Live => live::measure(stage).await,
            Part::Hostile => hostile::measure(stage).await,
            Part::Answers => answers::measure(stage).await,
            Part::Pages => pages::measure(stage).await,
            Part::Search => search::measure(stage).await,
        };
        report.sections.push(measured.with_context(|| format!("the part {part:?} does not work"))?);
    }
    Ok(())
}
