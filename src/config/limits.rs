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
    /// Levels of a GraphQL query.
    pub depth: usize,
    /// Cost of a GraphQL query.
    pub complexity: usize,
    /// Seconds until a request is given up.
    pub timeout_seconds: u64,
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
            depth: 16,
            complexity: 20_000,
            timeout_seconds: 30,
            log_in: Rate { burst: 10, per_minute: 10 },
            registration: Rate { burst: 10, per_minute: 5 },
            voting: Rate { burst: 30, per_minute: 60 },
            feedback: Rate { burst: 10, per_minute: 10 },
            writing: Rate { burst: 60, per_minute: 120 },
        }
    }
}
