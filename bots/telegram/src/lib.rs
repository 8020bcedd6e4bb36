//! The Telegram bot: a conversation in a few taps, carried to and from the platform.
//!
//! [`run`] asks Telegram for updates (or listens for them), and gives them to the conversation, chat by chat and in order. An update is
//! confirmed only after the platform has what it brought, so that a crash at any moment loses nothing and, since a message carries its own
//! identifier, doubles nothing. The bot keeps no truth: tickets, votes and accounts are the platform's, reached by [`veche_client`] only.

mod dialogue;
mod intake;
mod limits;
mod live;
mod outgoing;
mod platform;
mod settings;
mod talk;
mod telegram;
mod texts;
mod update;
mod webhook;

pub use settings::Settings;

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher, RandomState},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI32, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use tokio::{sync::watch, time::sleep};
use veche_client::Client;

use crate::{
    dialogue::Store,
    platform::Platform,
    talk::COMMANDS,
    telegram::{Failure, Telegram},
    texts::Language,
    update::Update,
};

/// Chats that are answered at the same time.
const AT_ONCE: usize = 16;
/// The longest pause between tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often the platform hears that we live.
const REPORT: Duration = Duration::from_secs(60);
/// How often old conversations are looked for.
const SWEEP: Duration = Duration::from_secs(6 * 60 * 60);

/// Serves people on Telegram until told to stop. What can pass (the network, a platform that is down, a wrong token) is reported and tried again.
///
/// # Errors
/// When the settings can't be used.
pub async fn run(settings: &Settings, client: Client, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let mut stopping = stop.clone();
    tokio::select! {
        biased;
        () = stopped(&mut stopping) => Ok(()),
        started = Bot::start(settings, client) => {
            let bot = started?;
            let mut sweeping = stop.clone();
            let (served, (), (), (), ()) = tokio::join!(
                bot.serve(stop.clone()),
                bot.carry(stop.clone()),
                bot.keep_tallies(stop.clone()),
                bot.report_regularly(stop.clone()),
                async { tokio::select! { () = stopped(&mut sweeping) => {}, () = bot.sweep() => {} } },
            );
            served
        }
    }
}

/// Returns when told to stop; also when whoever could tell is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// A bot at work.
pub(crate) struct Bot {
    settings: Settings,
    telegram: Telegram,
    platform: Platform,
    store: Store,
    /// Its identifier and name.
    me: (i64, String),
    live: live::Live,
    /// Each chat's updates and deliveries, one after another.
    chats: Mutex<HashMap<i64, Arc<tokio::sync::Mutex<()>>>>,
    received: AtomicI32,
    ignored: AtomicI32,
    /// Why nothing goes at present.
    failing: Mutex<Option<String>>,
    /// Makes the keys of what is done again and again differ, also from those of an earlier process.
    nonce: (u64, AtomicU64),
}

impl Bot {
    async fn start(settings: &Settings, client: Client) -> anyhow::Result<Self> {
        anyhow::ensure!(!settings.token.trim().is_empty(), "the bot's `token` is missing");
        let telegram = Telegram::new(settings)?;
        let platform = Platform::new(client);
        let store = loop {
            let opened = Store::open(&settings.folder).with_context(|| format!("failed to open {}", settings.folder.display()))?;
            match opened {
                Some(store) => break store,
                None => {
                    tracing::info!("another process keeps the conversations: waiting for its end");
                    sleep(Duration::from_secs(1)).await;
                }
            }
        };
        let nonce = (RandomState::new().build_hasher().finish(), AtomicU64::new(0));
        let number = format!("bot {}", settings.token.split(':').next().unwrap_or_default().trim());
        // The name that it had last: reports go under one, also while Telegram does not answer.
        let name = store.name(&number).unwrap_or_else(|| number.clone());
        let mut bot = Self {
            settings: settings.clone(),
            telegram,
            platform,
            store,
            me: (0, name),
            live: live::Live::default(),
            chats: Mutex::default(),
            received: AtomicI32::new(0),
            ignored: AtomicI32::new(0),
            failing: Mutex::default(),
            nonce,
        };
        let mut tries = 0;
        loop {
            match bot.prepare().await {
                Ok(me) => {
                    if bot.me.1 != me.1
                        && let Err(error) = bot.store.keep_name(&number, &me.1)
                    {
                        tracing::warn!(%error, "the bot's name could not be kept");
                    }
                    bot.me = me;
                    bot.set_failing(None);
                    return Ok(bot);
                }
                Err(failure) => {
                    tracing::warn!(%failure, "the bot could not be started yet");
                    bot.set_failing(Some(failure.to_string()));
                    bot.report().await;
                    tries += 1;
                    sleep(bot.pause(tries)).await;
                }
            }
        }
    }

    async fn prepare(&self) -> Result<(i64, String), Failure> {
        let me = self.telegram.me().await?;
        if self.settings.webhook_listen.is_empty() {
            self.telegram.stop_webhook().await?;
        } else if !self.settings.webhook_url.is_empty() {
            self.telegram.set_webhook(&self.settings.webhook_url, &self.settings.webhook_secret).await?;
        }
        for (code, language) in [(None, Language::En), (Some("ru"), Language::Ru)] {
            let listed: Vec<_> = COMMANDS
                .iter()
                .map(|name| (*name, texts::text(language, &format!("command-{}", name.replace('_', "-")), Vec::new())))
                .collect();
            // The list is a help: without it the commands work as well.
            if let Err(failure) = self.telegram.commands(code, &listed).await {
                tracing::warn!(%failure, "the list of commands could not be set");
            }
        }
        Ok(me)
    }

    /// The pause before the next try.
    fn pause(&self, tries: u32) -> Duration {
        let first = Duration::from_millis(self.settings.pause_milliseconds);
        first.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1).min(20))).min(LONGEST_PAUSE)
    }

    /// A key that no other action has.
    fn fresh_key(&self) -> String {
        format!("{:016x}-{}", self.nonce.0, self.nonce.1.fetch_add(1, Ordering::Relaxed))
    }

    fn set_failing(&self, why: Option<String>) {
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// Waits for other work in a chat to end, and keeps it out.
    async fn lock(&self, chat: i64) -> tokio::sync::OwnedMutexGuard<()> {
        let lock = {
            let mut chats = self.chats.lock().unwrap_or_else(PoisonError::into_inner);
            if chats.len() > 1000 {
                chats.retain(|_, lock| Arc::strong_count(lock) > 1);
            }
            chats.entry(chat).or_default().clone()
        };
        lock.lock_owned().await
    }

    /// How many wait for their turn in a chat, with the one whose turn it is.
    fn waiting(&self, chat: i64) -> usize {
        let chats = self.chats.lock().unwrap_or_else(PoisonError::into_inner);
        chats.get(&chat).map_or(0, |lock| Arc::strong_count(lock).saturating_sub(1))
    }

    async fn serve(&self, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
        if self.settings.webhook_listen.is_empty() {
            self.poll(stop).await;
            return Ok(());
        }
        anyhow::ensure!(!self.settings.webhook_secret.is_empty(), "`webhook_secret` is missing");
        webhook::listen(self, stop).await
    }

    /// Asks for updates and confirms them once they are handled.
    async fn poll(&self, mut stop: watch::Receiver<bool>) {
        let mut offset = 0;
        let mut failures = 0;
        loop {
            let fetched = tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                fetched = self.fetch(offset) => fetched,
            };
            let updates = match fetched {
                Ok(updates) => {
                    self.set_failing(None);
                    failures = 0;
                    updates
                }
                Err(failure) => {
                    tracing::warn!(%failure, "updates could not be fetched");
                    self.set_failing(Some(failure.to_string()));
                    failures += 1;
                    let asked = if let Failure::Later { after: Some(after), .. } = failure { after } else { Duration::ZERO };
                    tokio::select! { () = stopped(&mut stop) => break, () = sleep(self.pause(failures).max(asked)) => continue }
                }
            };
            let Some(last) = updates.iter().map(|update| update.id).max() else { continue };
            if self.take(updates, &stop).await.is_none() {
                // Not all are handled: Telegram hands them out again.
                return;
            }
            offset = last + 1;
        }
        if offset > 0 {
            // Confirms what was handled, so that nothing is handed out again.
            let _ = tokio::time::timeout(Duration::from_secs(5), self.telegram.updates(offset, 0)).await;
        }
    }

    /// The next updates; where they end within an album, with its rest.
    async fn fetch(&self, offset: i64) -> Result<Vec<Update>, Failure> {
        let mut raw = self.telegram.updates(offset, self.settings.poll_seconds).await?;
        for _ in 0..5 {
            let in_album =
                raw.last().is_some_and(|last| last.get("message").is_some_and(|message| message.get("media_group_id").is_some()));
            if !in_album {
                break;
            }
            sleep(Duration::from_millis(self.settings.album_milliseconds)).await;
            // Nothing is confirmed yet: these come again, and with them what arrived meanwhile.
            let again = self.telegram.updates(offset, 0).await?;
            let grown = again.len() > raw.len();
            raw = again;
            if !grown {
                break;
            }
        }
        Ok(raw.into_iter().map(Update::read).collect())
    }

    async fn report_regularly(&self, mut stop: watch::Receiver<bool>) {
        loop {
            self.report().await;
            tokio::select! { () = stopped(&mut stop) => return, () = sleep(REPORT) => {} }
        }
    }

    /// Tells the platform how we are.
    async fn report(&self) {
        let failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (received, ignored) = (self.received.load(Ordering::Relaxed), self.ignored.load(Ordering::Relaxed));
        if let Err(error) = self.platform.report(&self.me.1, failing.as_deref(), received, ignored, &self.fresh_key()).await {
            tracing::warn!(%error, "the platform could not be told how the bot is");
        }
    }

    async fn sweep(&self) {
        loop {
            match self.store.sweep(Duration::from_secs(self.settings.forget_days.max(1) * 24 * 60 * 60)) {
                Ok(0) => {}
                Ok(swept) => tracing::info!(swept, "forgot old conversations"),
                Err(error) => tracing::warn!(%error, "old conversations could not be looked for"),
            }
            self.telegram.limits().sweep();
            sleep(SWEEP).await;
        }
    }
}
