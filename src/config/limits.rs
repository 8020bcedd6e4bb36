use serde::{Deserialize, Serialize};

/// How often something may be done: `burst` at once, then `per_minute`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// So many at once, at least 1.
    pub burst: u32,
    /// So many a minute after that, at least 1.
    pub per_minute: u32,
}

/// What a single request or person may use. A rate counts by person where one is logged in, by address otherwise.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes of an uploaded file.
    pub upload_bytes: usize,
    /// Levels of the JSON of a request.
    pub json_depth: usize,
    /// Entries of one list or object that is sent.
    pub list: usize,
    /// Values that are sent in one request.
    pub values: usize,
    /// Words and signs of a GraphQL document.
    pub tokens: usize,
    /// Levels of fields of a GraphQL operation.
    pub depth: usize,
    /// Fields of a GraphQL document, with those of fragments each time they are used.
    pub fields: usize,
    /// Fields with another name (aliases) of a GraphQL document.
    pub aliases: usize,
    /// Directives of a GraphQL document.
    pub directives: usize,
    /// Cost of a GraphQL operation.
    pub cost: usize,
    /// Seconds until a request is given up.
    pub timeout_seconds: u64,
    /// Seconds after which a connection on which nothing moves is closed.
    pub idle_seconds: u64,
    /// Connections with live updates (WebSocket and server-sent events) of one process.
    pub sockets: usize,
    /// Connections with live updates of one address.
    pub sockets_per_address: usize,
    /// Operations at once on one WebSocket.
    pub subscriptions: usize,
    /// Seconds until a WebSocket has to say who it is (`connection_init`).
    pub socket_init_seconds: u64,
    /// Seconds between signs of life on a quiet WebSocket; one that gives none for three times as long is closed.
    pub socket_ping_seconds: u64,
    /// Cost of requests of one person, and of one access token.
    pub spending: Rate,
    /// Cost of requests from one address, where many people may sit.
    pub spending_per_address: Rate,
    /// Attempts to log in, by address and by account.
    pub log_in: Rate,
    /// Registrations, by address.
    pub registration: Rate,
    /// Ballots, by person.
    pub voting: Rate,
    /// Messages of people, by person or address (service accounts are not limited here).
    pub feedback: Rate,
    /// Everything else that writes, by person or address.
    pub writing: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            upload_bytes: 10 << 20,
            json_depth: 32,
            list: 500,
            values: 10_000,
            tokens: 10_000,
            depth: 16,
            fields: 2_000,
            aliases: 50,
            directives: 50,
            cost: 20_000,
            timeout_seconds: 30,
            idle_seconds: 90,
            sockets: 20_000,
            sockets_per_address: 500,
            subscriptions: 50,
            socket_init_seconds: 5,
            socket_ping_seconds: 20,
            spending: Rate { burst: 100_000, per_minute: 200_000 },
            spending_per_address: Rate { burst: 400_000, per_minute: 800_000 },
            log_in: Rate { burst: 10, per_minute: 10 },
            registration: Rate { burst: 10, per_minute: 5 },
            voting: Rate { burst: 30, per_minute: 60 },
            feedback: Rate { burst: 10, per_minute: 10 },
            writing: Rate { burst: 60, per_minute: 120 },
        }
    }
}
