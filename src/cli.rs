//! The command line: one program, several parts to play.

mod boot;
mod bots;
mod doctor;
mod search;
mod serve;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};

use crate::{
    bench,
    config::{Config, EmbedderKind, Nlp},
    error, eval, import, schema, telemetry, triage, web,
};
use boot::Boot;

/// An open civic service: initiatives, votes, discussion and reports, answered in public.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Options,
}

/// What every part needs.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The settings, a TOML file.
    #[arg(long, value_name = "FILE", env = "VECHE_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// The folder of the private PostgreSQL, the secret key and outgoing mail.
    #[arg(long, value_name = "DIR", env = "VECHE_DATA", default_value = "data", global = true)]
    data: PathBuf,
}

// Made once and taken apart at once: its size does not matter.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Subcommand)]
enum Command {
    /// Run the API, the pages, live updates and (unless set otherwise) background work. This is what happens without a command.
    Serve(serve::Options),
    /// Run background work only.
    Worker,
    /// Run one bot on its own, beside a server or on another machine.
    #[command(subcommand)]
    Bot(bots::Bot),
    /// Bring the database up to date and end.
    Migrate,
    /// Print the GraphQL schema.
    Schema {
        /// Print the tables of error codes instead, as docs/API.md holds them.
        #[arg(long)]
        errors: bool,
    },
    /// Bring in what was written elsewhere.
    #[command(subcommand)]
    Import(Import),
    /// Measure what the understanding is worth on labelled texts.
    Eval(Eval),
    /// Measure on this machine what the service can do: its own PostgreSQL, servers and load, nothing of yours.
    Bench(bench::Options),
    /// Look after the indexes of the search.
    #[command(subcommand)]
    Search(search::Search),
    /// Print the addresses of all pages and forms, for tests that go through them.
    #[command(hide = true)]
    Pages,
    /// Look at the settings and the installation, and name each unsafe or missing thing.
    Doctor,
}

#[derive(Debug, Subcommand)]
enum Import {
    /// Messages of citizens: mbox, a folder of .eml files, CSV or JSONL.
    Messages(import::MessagesOptions),
    /// Initiatives: CSV or JSONL.
    Initiatives(import::InitiativesOptions),
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Eval {
    #[command(subcommand)]
    of: Option<EvalOf>,
    /// A CSV file with a header.
    #[arg(required = true)]
    csv: Option<PathBuf>,
    /// The column of the texts.
    #[arg(long, default_value = "text")]
    text: String,
    /// The column of the labels.
    #[arg(long, default_value = "label")]
    label: String,
    /// What turns texts into vectors.
    #[arg(long, value_enum, default_value = "lexical")]
    embedder: EmbedderKind,
    /// The folder of the model of `--embedder bert`.
    #[arg(long, value_name = "DIR", required_if_eq("embedder", "bert"))]
    model: Option<PathBuf>,
    /// Show instead how routing learns from corrections: it starts from 200 labels and is told where it was wrong.
    #[arg(long)]
    corrections: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum EvalOf {
    /// Near-duplicates, on labelled pairs of texts.
    Pairs(eval::pairs::Options),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && bots::is_delivery() => {
            let _ = error.print();
            return ExitCode::from(bots::TRY_AGAIN);
        }
        Err(error) => error.exit(),
    };
    let outcome = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("failed to start").and_then(|runtime| {
        runtime.block_on(async {
            let outcome = run(cli).await;
            telemetry::finish().await;
            outcome
        })
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("veche: {error:#}");
            if bots::is_delivery() { ExitCode::from(bots::TRY_AGAIN) } else { ExitCode::FAILURE }
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode> {
    let common = &cli.common;
    let done: Result<()> = match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Bot(bot) => return bots::run(common, bot).await,
        Command::Pages => {
            for place in web::map().places {
                println!("{} {} {}", if place.page { "GET" } else { "-" }, if place.form { "POST" } else { "-" }, place.path);
            }
            Ok(())
        }
        Command::Schema { errors } => {
            print!("{}", if errors { error::tables() } else { schema::sdl() });
            Ok(())
        }
        Command::Eval(options) => evaluate(&options),
        Command::Bench(options) => {
            telemetry::start(&bench::log_settings())?;
            bench::run(&options).await
        }
        Command::Search(search::Search::Rebuild) => search::rebuild(common).await,
        Command::Doctor => doctor::examine(common).await,
        Command::Serve(options) => serve::serve(common, options).await,
        Command::Worker => serve::work(common).await,
        Command::Migrate => {
            let boot = start(common).await?;
            println!("The database is up to date.");
            boot.stop().await
        }
        Command::Import(Import::Messages(options)) => {
            let boot = start(common).await?;
            let outcome = import::messages(&boot.app, &options).await;
            boot.stop().await?;
            let summary = outcome?;
            println!("{}", if options.json { summary.to_json_line() } else { summary.to_string() });
            Ok(())
        }
        Command::Import(Import::Initiatives(options)) => {
            let boot = start(common).await?;
            let outcome = import::initiatives(&boot.app, &options).await;
            boot.stop().await?;
            let summary = outcome?;
            println!("{}", if options.json { summary.to_json_line() } else { summary.to_string() });
            Ok(())
        }
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Settings, logs, database.
async fn start(common: &Common) -> Result<Boot> {
    let config = settings(common)?;
    telemetry::start(&config)?;
    Boot::start(common, config).await
}

fn settings(common: &Common) -> Result<Config> {
    Config::load(common.config.as_deref(), std::env::vars())
}

fn evaluate(options: &Eval) -> Result<()> {
    if let Some(EvalOf::Pairs(options)) = &options.of {
        let report = eval::pairs::run(options)?;
        println!("{}", if options.json { serde_json::to_string(&report)? } else { report.to_string() });
        return Ok(());
    }
    let file = options.csv.as_deref().context("a file is needed")?;
    let mut reader = csv::Reader::from_path(file).with_context(|| format!("failed to open {}", file.display()))?;
    let headers = reader.headers().context("failed to read the header")?.clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|h| h.trim_start_matches('\u{FEFF}') == name)
            .with_context(|| format!("there is no column `{name}`; the columns are: {}", headers.iter().collect::<Vec<_>>().join(", ")))
    };
    let (text, label) = (column(&options.text)?, column(&options.label)?);
    let (mut texts, mut labels) = (Vec::new(), Vec::new());
    for (row, record) in reader.records().enumerate() {
        let record = record.with_context(|| format!("failed to read row {}", row + 1))?;
        texts.push(record.get(text).unwrap_or_default().to_owned());
        labels.push(record.get(label).unwrap_or_default().to_owned());
    }
    let settings = Nlp { model: options.model.clone().unwrap_or_default(), ..Default::default() };
    let encoder = (options.embedder == EmbedderKind::Bert).then(|| triage::open_encoder(&settings)).transpose()?;
    if options.corrections {
        print(&eval::corrections(&texts, &labels, encoder.as_deref()), options.json)
    } else {
        print(&eval::evaluate(&texts, &labels, encoder.as_deref()), options.json)
    }
}

fn print(report: &(impl serde::Serialize + std::fmt::Display), json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_message_has_any_number_of_recipients() {
        let is_right = |args: &[&str]| Cli::try_parse_from([&["veche", "bot", "email"], args].concat()).is_ok();
        assert!(is_right(&["--stdin", "--recipient", "a@example.org", "b@example.org", "--config", "x"]));
        assert!(is_right(&["--stdin"]) && !is_right(&["--recipient", "a@example.org"]));
    }

    #[test]
    fn evaluation_takes_a_file_or_pairs() {
        let eval = |args: &[&str]| match Cli::try_parse_from([&["veche", "eval"], args].concat()).ok()?.command? {
            Command::Eval(eval) => Some(eval),
            _ => None,
        };
        assert!(eval(&["texts.csv", "--json"]).is_some_and(|e| e.csv.is_some() && e.of.is_none()));
        assert!(eval(&["pairs", "pairs.csv", "--columns", "a,b", "--same", "1,-1"]).is_some_and(|e| e.of.is_some()));
        assert!(eval(&[]).is_none());
    }

    #[test]
    fn serving_is_what_happens_without_a_command() {
        let cli = Cli::parse_from(["veche", "--listen", "127.0.0.1:9", "--demo", "--data", "elsewhere"]);
        assert!(cli.command.is_none() && cli.serve.demo && cli.common.data.ends_with("elsewhere"));
    }
}
