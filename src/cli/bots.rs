//! The bots: beside the server, or each on its own. They know the platform only by its API.

use std::{
    io::Read,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use sqlx::{Connection, PgConnection};
use tokio::sync::watch;
use veche_client::Client;

use super::{Common, boot, serve::asked_to_end, settings};
use crate::{app::App, config::Config, identity, telemetry};

/// What mail servers take as "try again later" from a program (sysexits.h, EX_TEMPFAIL).
pub const TRY_AGAIN: u8 = 75;
/// Seconds between tries to become the process that runs a bot, and of a bot that failed.
const PAUSE: Duration = Duration::from_secs(10);
/// How long the database may take to say that the lock of a bot is still held.
const BEAT: Duration = Duration::from_secs(5);

/// Time for one try of a request, with files of some megabytes.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How often a request is tried again before the bot puts what it has in hand off.
const RETRIES: u32 = 4;

/// Which bot.
#[derive(Debug, Clone, Subcommand)]
pub enum Bot {
    /// Bring mail from mailboxes and by LMTP.
    Email(Email),
    /// Talk with people on Telegram.
    Telegram,
}

/// How mail comes.
#[derive(Debug, Clone, Args)]
pub struct Email {
    /// Read one message from the standard input and end, for mail servers that deliver to a program. Ends with 75 where it should be tried again.
    #[arg(long)]
    stdin: bool,
    /// The addresses that the message was delivered to.
    #[arg(long, requires = "stdin", value_name = "ADDRESS", num_args = 1..)]
    recipient: Vec<String>,
}

/// Whether the program was asked to take in a message: a mail server keeps it where the program ends with [`TRY_AGAIN`], whatever went wrong.
pub fn is_delivery() -> bool {
    std::env::args_os().any(|argument| argument == "--stdin")
}

/// Runs one bot on its own.
///
/// # Errors
/// It is not set up, or failed for good.
pub async fn run(common: &Common, bot: Bot) -> Result<ExitCode> {
    if let Bot::Email(Email { stdin: true, recipient }) = bot {
        // Whatever goes wrong, a panic too, the mail server keeps the message and tries again.
        let common = common.clone();
        let delivery = tokio::spawn(async move { deliver(&common, &recipient).await });
        return Ok(match delivery.await.map_err(anyhow::Error::from).flatten() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("veche: {error:#}");
                ExitCode::from(TRY_AGAIN)
            }
        });
    }
    let config = settings(common)?;
    telemetry::start(&config)?;
    let client = client(&config, &token(common, &config)?)?;
    let told = asked_to_end()?;
    match bot {
        Bot::Email(_) if config.email.is_configured() => veche_email::run(&config.email_bot(), client, told).await?,
        Bot::Telegram if config.telegram.is_configured() => veche_telegram::run(&config.telegram_bot(&common.data), client, told).await?,
        Bot::Email(_) => bail!("no mailbox is set up: name one in [email] (docs/OPERATIONS.md, \"Mail that comes in\")"),
        Bot::Telegram => bail!("no bot is set up: set telegram.token (docs/OPERATIONS.md, \"A Telegram bot\")"),
    }
    Ok(ExitCode::SUCCESS)
}

async fn deliver(common: &Common, recipients: &[String]) -> Result<()> {
    let config = settings(common)?;
    telemetry::start(&config)?;
    let client = client(&config, &token(common, &config)?)?;
    let most = config.email.message_bytes as u64;
    // One byte more than is taken, so that what is too large shows.
    let raw = tokio::task::spawn_blocking(move || {
        let mut raw = Vec::new();
        std::io::stdin().lock().take(most + 1).read_to_end(&mut raw).map(|_| raw)
    });
    let raw = raw.await?.context("failed to read the message")?;
    veche_email::deliver_one(&config.email_bot(), &client, &raw, recipients).await?;
    Ok(())
}

/// The token of the settings, or the one that the server of these settings made for its own bots.
fn token(common: &Common, config: &Config) -> Result<String> {
    if !config.bots.token.is_empty() {
        return Ok(config.bots.token.clone());
    }
    if !config.bots.api.is_empty() {
        bail!("bots.token should be an access token of a service account where bots.api names another server");
    }
    boot::bots_token(common, config)
}

fn client(config: &Config, token: &str) -> Result<Client> {
    connect(config.bots_api(), token)
}

fn connect(api: String, token: &str) -> Result<Client> {
    let settings = veche_client::Settings { api, token: token.to_owned(), timeout: TIMEOUT, retries: RETRIES };
    Client::new(settings).context("failed to understand bots.api")
}

/// Runs the bots that are set up beside a server until it is asked to end. Of several servers on one database, one runs each bot.
///
/// # Errors
/// The bots cannot be let in.
pub async fn beside(app: &App, data: &Path, address: SocketAddr, told: watch::Receiver<bool>) -> Result<Vec<tokio::task::JoinHandle<()>>> {
    let config = &app.config;
    if !config.email.is_configured() && !config.telegram.is_configured() {
        return Ok(Vec::new());
    }
    let token = match &config.bots.token {
        token if !token.is_empty() => token.clone(),
        _ => match identity::admit_bots(app).await {
            Ok(token) => token,
            Err(error) => {
                // Pages and API are of use without them.
                tracing::error!(error = format!("{error:#}"), "the bots do not run");
                return Ok(Vec::new());
            }
        },
    };
    // The port that the system chose, where the settings left it to it.
    let api = if config.bots.api.is_empty() { format!("http://{}/graphql", nearby(address)) } else { config.bots.api.clone() };
    let client = connect(api, &token)?;
    let mut running = Vec::new();
    if config.email.is_configured() {
        let (settings, client) = (config.email_bot(), client.clone());
        let bot = move |told| {
            let (settings, client) = (settings.clone(), client.clone());
            async move { veche_email::run(&settings, client, told).await }
        };
        running.push(tokio::spawn(alone(app.clone(), "email", told.clone(), bot)));
    }
    if config.telegram.is_configured() {
        let settings = config.telegram_bot(data);
        let bot = move |told| {
            let (settings, client) = (settings.clone(), client.clone());
            async move { veche_telegram::run(&settings, client, told).await }
        };
        running.push(tokio::spawn(alone(app.clone(), "telegram", told, bot)));
    }
    Ok(running)
}

/// How this machine reaches what listens on an address, which may be all addresses.
fn nearby(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    address
}

/// Runs a bot while this process holds its lock in the database, again after a failure.
async fn alone<F>(app: App, name: &'static str, mut told: watch::Receiver<bool>, bot: impl Fn(watch::Receiver<bool>) -> F)
where
    F: Future<Output = Result<()>>,
{
    while !*told.borrow() {
        if let Err(error) = once(&app, name, told.clone(), &bot).await {
            tracing::error!(bot = name, error = format!("{error:#}"), "a bot failed; it begins again");
        }
        let pause = tokio::time::sleep(PAUSE);
        tokio::select! { () = pause => (), () = ended(&mut told) => () }
    }
}

async fn once<F>(app: &App, name: &str, mut told: watch::Receiver<bool>, bot: &impl Fn(watch::Receiver<bool>) -> F) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    // A connection of its own: the lock lives as long as it does.
    let mut connection = app.db.acquire().await?.detach();
    let mine: bool =
        sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended('bot:' || $1, 7))").bind(name).fetch_one(&mut connection).await?;
    if !mine {
        connection.close().await?;
        return Ok(());
    }
    let (tell, ending) = watch::channel(false);
    let running = bot(ending);
    tokio::pin!(running);
    let outcome = tokio::select! {
        outcome = &mut running => outcome,
        () = ended(&mut told) => {
            let _ = tell.send(true);
            running.await
        }
        lost = lost(&mut connection) => {
            // Another process may have the bot by now.
            let _ = tell.send(true);
            let _ = running.await;
            bail!("the lock of the bot was lost: {lost}");
        }
    };
    // It may be gone already, and the lock with it.
    let _ = tokio::time::timeout(BEAT, connection.close()).await;
    outcome
}

/// Resolves, with the reason, when the database does not say any more that the connection stands. Late is lost: it stops nothing else.
async fn lost(connection: &mut PgConnection) -> String {
    loop {
        tokio::time::sleep(PAUSE).await;
        match tokio::time::timeout(BEAT, connection.ping()).await {
            Ok(Ok(())) => (),
            Ok(Err(error)) => return error.to_string(),
            Err(_) => return "no answer in time".into(),
        }
    }
}

/// Resolves when the process is asked to end.
async fn ended(told: &mut watch::Receiver<bool>) {
    // An error says that the teller is gone, which ends the process too.
    let _ = told.wait_for(|end| *end).await;
}
