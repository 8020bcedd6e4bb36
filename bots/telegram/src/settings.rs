use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

/// How the bot is set up.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The bot's token, as @BotFather gives it. Never shown or logged.
    pub token: String,
    /// Where the Bot API answers; another address for a Bot API server of one's own.
    pub api_url: String,
    /// The folder where the state of each conversation is kept, one small file a chat. Empty: `telegram` in the data folder.
    pub folder: PathBuf,
    /// The public address of the pages, for links to initiatives. Empty: `http.public_url`.
    pub site: String,
    /// How long one question for updates waits, in seconds.
    pub poll_seconds: u32,
    /// Where Telegram's calls are listened for, such as `127.0.0.1:8090`; the bot asks for updates itself while empty.
    pub webhook_listen: String,
    /// The public https address of what is listened for, which the bot tells Telegram at its start.
    pub webhook_url: String,
    /// What Telegram repeats in `X-Telegram-Bot-Api-Secret-Token` of each call; needed with `webhook_listen`.
    pub webhook_secret: String,
    /// The largest file that is taken over, in bytes. The public Bot API gives out none over 20 MB.
    pub file_bytes: u64,
    /// How many files one message may have.
    pub files: usize,
    /// Messages a second to all chats together; Telegram allows about 30.
    pub messages_per_second: u32,
    /// Messages a second to one chat; Telegram allows about one.
    pub chat_messages_per_second: u32,
    /// How often an update that fails by itself is tried before it is put before the administrators.
    pub tries: u32,
    /// The pause before the second try, in milliseconds; it doubles up to a minute.
    pub pause_milliseconds: u64,
    /// How long the rest of an album is waited for, in milliseconds.
    pub album_milliseconds: u64,
    /// How often shown tallies are looked at, in seconds.
    pub tally_seconds: u64,
    /// How often messages to carry are asked for, in seconds, also without a word from the platform.
    pub outgoing_seconds: u64,
    /// After how many days without a word a conversation's state is forgotten.
    pub forget_days: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: String::new(),
            api_url: "https://api.telegram.org".into(),
            folder: PathBuf::new(),
            site: String::new(),
            poll_seconds: 30,
            webhook_listen: String::new(),
            webhook_url: String::new(),
            webhook_secret: String::new(),
            file_bytes: 20 * 1024 * 1024,
            files: 10,
            messages_per_second: 30,
            chat_messages_per_second: 1,
            tries: 5,
            pause_milliseconds: 1000,
            album_milliseconds: 700,
            tally_seconds: 5,
            outgoing_seconds: 15,
            forget_days: 90,
        }
    }
}

impl Settings {
    /// Whether there is a bot to run.
    pub fn is_configured(&self) -> bool {
        !self.token.is_empty()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("api_url", &self.api_url).field("folder", &self.folder).finish_non_exhaustive()
    }
}
