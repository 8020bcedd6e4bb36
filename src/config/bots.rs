use serde::{Deserialize, Serialize};

use super::Config;

/// The bots, which bring messages and carry answers through the API like any other client.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Bots {
    /// The API that the bots talk to, such as `https://veche.example.org/graphql`. Empty: the server of these settings.
    pub api: String,
    /// An access token of a service account with the scope `INTAKE`. Empty: the server lets its own bots in by a key made of the secret key.
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
}
