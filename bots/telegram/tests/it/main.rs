//! The bot against a Bot API of the tests' own and a scripted platform.

// Helpers of tests may panic as tests do; the lints know only functions marked as tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod carried;
mod http;
mod lost;
mod platform;
mod samples;
mod talks;
mod telegram;

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinHandle};
use veche_client::Client;
use veche_telegram::Settings;

use crate::{platform::Platform, telegram::Telegram};

/// A bot at work between both stand-ins.
struct World {
    telegram: Arc<Telegram>,
    platform: Arc<Platform>,
    settings: Settings,
    bot: Option<(watch::Sender<bool>, JoinHandle<anyhow::Result<()>>)>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let world = Self::without_bot().await;
        world.started()
    }

    async fn without_bot() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let telegram = Telegram::start().await;
        let platform = Platform::start().await;
        let settings = Settings {
            token: telegram::TOKEN.into(),
            api_url: telegram.address(),
            folder: folder.path().to_owned(),
            site: "https://veche.example.org".into(),
            poll_seconds: 2,
            messages_per_second: 1_000_000,
            chat_messages_per_second: 1_000_000,
            pause_milliseconds: 10,
            album_milliseconds: 50,
            tally_seconds: 3600,
            outgoing_seconds: 1,
            tries: 3,
            ..Settings::default()
        };
        Self { telegram, platform, settings, bot: None, _folder: folder }
    }

    fn client(&self) -> Client {
        let settings =
            veche_client::Settings { api: self.platform.address(), token: "service".into(), timeout: Duration::from_secs(5), retries: 0 };
        Client::new(settings).unwrap()
    }

    fn start(&mut self) {
        let (stop, stopping) = watch::channel(false);
        let (settings, client) = (self.settings.clone(), self.client());
        self.bot = Some((stop, tokio::spawn(async move { veche_telegram::run(&settings, client, stopping).await })));
    }

    fn started(mut self) -> Self {
        self.start();
        self
    }

    /// Ends the bot as `kill -9` would: nothing of it runs on.
    async fn kill(&mut self) {
        let (_stop, task) = self.bot.take().unwrap();
        task.abort();
        let _ = task.await;
    }

    /// Ends the bot in order.
    async fn stop(&mut self) {
        let (stop, task) = self.bot.take().unwrap();
        stop.send(true).unwrap();
        task.await.unwrap().unwrap();
    }
}

/// A person in a private chat.
fn person(id: i64, language: &str) -> Value {
    json!({"id": id, "is_bot": false, "first_name": "Анна", "last_name": "К.", "language_code": language})
}

/// A private message's fields, to be completed by its content.
fn private(id: i64, message: i64, language: &str, content: Value) -> Value {
    let mut fields = json!({"message_id": message, "date": 1_790_000_000, "from": person(id, language),
        "chat": {"id": id, "type": "private", "first_name": "Анна"}});
    merge(&mut fields, content);
    fields
}

fn merge(into: &mut Value, from: Value) {
    for (key, value) in from.as_object().unwrap() {
        into[key] = value.clone();
    }
}
