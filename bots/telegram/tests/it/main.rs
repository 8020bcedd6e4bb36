//! The bot against a Bot API of the tests' own and a scripted platform.

// Helpers of tests may panic as tests do; the lints know only functions marked as tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod around;
mod carried;
mod http;
mod lost;
mod platform;
mod samples;
mod talks;
mod telegram;

use std::{
    env,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

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

    fn start(&mut self) {
        let (stop, stopping) = watch::channel(false);
        let (settings, client) = (self.settings.clone(), client(self.platform.address()));
        self.bot = Some((stop, tokio::spawn(async move { veche_telegram::run(&settings, client, stopping).await })));
    }

    fn started(mut self) -> Self {
        self.start();
        self
    }

    /// The bot as a process of its own: this program once more, for [`the_bot_of_another_test`] alone.
    fn process(&self) -> Process {
        let child = Command::new(env::current_exe().unwrap())
            .args(["the_bot_of_another_test", "--exact", "--ignored", "--nocapture"])
            .env(BOT_SETTINGS, json!([self.platform.address(), self.settings]).to_string())
            .stdout(Stdio::null())
            .spawn();
        Process(child.unwrap())
    }

    /// Ends the bot as a crash would: nothing of it runs on.
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

const BOT_SETTINGS: &str = "VECHE_TEST_BOT";

/// A bot that is a process; `kill -9` ends it.
struct Process(Child);

impl Process {
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "no test of its own: another one starts it as a process"]
async fn the_bot_of_another_test() {
    let Ok(settings) = env::var(BOT_SETTINGS) else { return };
    let (platform, settings): (String, Settings) = serde_json::from_str(&settings).unwrap();
    let (_stop, stopping) = watch::channel(false);
    veche_telegram::run(&settings, client(platform), stopping).await.unwrap();
}

fn client(api: String) -> Client {
    Client::new(veche_client::Settings { api, token: "service".into(), timeout: Duration::from_secs(5), retries: 0 }).unwrap()
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

/// A tap of Anna's on a button of a message.
fn tap(message: i64, data: &str) -> Value {
    json!({"callback_query": {"id": "tap", "from": person(talks::ANNA, "ru"), "chat_instance": "1", "data": data,
        "message": {"message_id": message, "date": 1, "chat": {"id": talks::ANNA, "type": "private"}, "text": "x"}}})
}
