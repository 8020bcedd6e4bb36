use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Config;

/// The bots, which bring messages and carry answers through the API like any other client.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Bots {
    /// The API that the bots talk to, such as `https://veche.example.org/graphql`. Empty: the server of these settings.
    pub api: String,
    /// An access token of a service account: for mail with the scope `INTAKE`, for Telegram also `CONVERSE`. Empty: the server lets its own
    /// bots in by a key made of the secret key.
    pub token: String,
}

impl Config {
    /// Where bots find the API.
    pub fn bots_api(&self) -> String {
        if !self.bots.api.is_empty() {
            return self.bots.api.clone();
        }
        // By the way that is nearest: the port we listen on, not the public address through a proxy.
        let listen = self.http.listen.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]");
        format!("http://{listen}/graphql")
    }

    /// How mail comes in, with what other sections know already.
    pub fn email_bot(&self) -> veche_email::Settings {
        let mut settings = self.email.clone();
        if settings.addresses.is_empty() && !self.mail.reply_to.is_empty() {
            settings.addresses = vec![self.mail.reply_to.clone()];
        }
        if settings.bounces.is_empty() {
            settings.bounces.clone_from(&self.mail.bounces);
        }
        settings.file_bytes = settings.file_bytes.min(self.limits.upload_bytes);
        settings
    }

    /// How the Telegram bot is set up, with what other sections know already.
    pub fn telegram_bot(&self, data: &Path) -> veche_telegram::Settings {
        let mut settings = self.telegram.clone();
        if settings.folder.as_os_str().is_empty() {
            settings.folder = data.join("telegram");
        }
        if settings.site.is_empty() {
            settings.site.clone_from(&self.http.public_url);
        }
        settings.file_bytes = settings.file_bytes.min(self.limits.upload_bytes as u64);
        settings
    }
}
