use std::path::PathBuf;

use serde::{Deserialize, Serialize};

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty = $default:expr,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }
        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
    };
}

section! {
    /// The web and API server.
    Http {
        /// Address and port to listen on.
        listen: String = "127.0.0.1:8080".into(),
        /// How people reach the service from outside; stands in links.
        public_url: String = "http://127.0.0.1:8080".into(),
        /// Trust `X-Forwarded-For` from a proxy in front. Only where there is one: otherwise anybody can pretend an address.
        behind_proxy: bool = false,
        /// Addresses of pages of other sites that may use the API from a browser, such as `https://map.example.org`; `*` allows all.
        cors_origins: Vec<String> = Vec::new(),
    }
}

section! {
    /// The pages.
    Site {
        /// The time zone of dates and times for readers whose browser tells none, by its IANA name.
        time_zone: String = "Europe/Moscow".into(),
        /// The town or authority whose service it is, for the head of every page. Empty: only the name of the service.
        place: String = String::new(),
    }
}

section! {
    /// Where the data live.
    Database {
        /// A PostgreSQL to use instead of the private one; also `DATABASE_URL`. Empty: the private one.
        url: String = String::new(),
        /// Connections of one process, at least 5.
        pool: u32 = 20,
    }
}

section! {
    /// Keys.
    Secrets {
        /// 64 hexadecimal digits that seal personal data. Empty: made once and kept in the data folder. All processes need the same.
        key: String = String::new(),
    }
}

/// How mail leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// Written as `.eml` files into the data folder's `outbox`.
    File,
    /// Sent to `smtp_url`.
    Smtp,
    /// Kept in memory, for tests.
    Memory,
}

section! {
    /// Outgoing mail.
    Mail {
        /// `file`, `smtp` or `memory`.
        transport: MailTransport = MailTransport::File,
        /// Such as `smtps://user:password@mail.example.org`.
        smtp_url: String = String::new(),
        /// The sender.
        from: String = "Veche <noreply@localhost>".into(),
        /// The mailbox that takes answers, such as `inbox@example.org`: mails about a report ask to be answered at `inbox+TOKEN@example.org`.
        /// Empty: they name no address for answers.
        reply_to: String = String::new(),
        /// The mailbox that takes what comes back, such as `bounce@example.org`: a mail leaves from `bounce+ID@example.org`. Empty: from `from`.
        bounces: String = String::new(),
        /// The selector under which the public key stands in the DNS (`SELECTOR._domainkey.DOMAIN`). The three `dkim_` settings belong together.
        dkim_selector: String = String::new(),
        /// The domain that signs.
        dkim_domain: String = String::new(),
        /// The file of the private key, RSA (PEM) or Ed25519 (PEM, or 32 bytes as base64).
        dkim_key: PathBuf = PathBuf::new(),
    }
}

section! {
    /// Initiatives.
    Initiatives {
        /// Supporters needed where the author names no number.
        threshold: i64 = 100,
        /// The largest number an author may name.
        threshold_max: i64 = 10_000_000,
        /// Days of voting where the author names no number.
        voting_days: i64 = 60,
        /// Initiatives that one person may have under review or in voting at once.
        open_per_person: i64 = 10,
    }
}

section! {
    /// Ballots.
    Voting {
        /// Ballots committed together at the most.
        batch: usize = 512,
    }
}

section! {
    /// Tickets.
    Feedback {
        /// Days within which a ticket should be answered.
        answer_days: i64 = 30,
        /// Days within which a follow-up reopens an answered ticket; later it opens a new one.
        reopen_days: i64 = 60,
        /// Minutes within which an author may edit a comment.
        comment_edit_minutes: i64 = 15,
        /// Characters of a message at the most.
        message_chars: usize = 50_000,
        /// Files of one message at the most.
        attachments: usize = 10,
        /// Mails that confirm a report, to one address within an hour at the most.
        acknowledgements_an_hour: i64 = 2,
    }
}

section! {
    /// Files.
    Attachments {
        /// ClamAV's `clamd`, which looks at every file: `unix:/run/clamav/clamd.ctl` or `tcp:127.0.0.1:3310`. Empty: nobody does.
        clamd: String = String::new(),
        /// Seconds that it may take for one file.
        scan_seconds: u64 = 30,
    }
}

section! {
    /// Understanding and routing of messages.
    Triage {
        /// Below this confidence (0 to 1) a ticket goes to the triage desk instead of a group, unless administrators set another on the page of the model.
        confidence: f32 = 0.5,
        /// Hours within which a message that tells of danger to life or health should be answered.
        danger_hours: i32 = 24,
        /// Messages understood together at the most.
        batch: i64 = 128,
        /// Days whose tickets are clustered anew each night, to see which clusters might better be merged or split.
        window_days: i32 = 365,
        /// Tickets that are clustered anew at the most, the newest: 50,000 take 200 MB and some minutes of one night.
        window_tickets: i64 = 50_000,
    }
}

/// What turns texts into vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum EmbedderKind {
    /// Words and their parts; needs nothing.
    Lexical,
    /// A sentence encoder, read from `model`.
    Bert,
}

section! {
    /// What turns texts into vectors.
    Nlp {
        /// `lexical` (words and their parts) or `bert` (a sentence encoder; the program must be built with the feature of that name).
        embedder: EmbedderKind = EmbedderKind::Lexical,
        /// Messages from which it is learned which words go together (`lexical` only). Below, each word stands for itself.
        subspace_from: i64 = 1_000,
        /// The folder of the sentence encoder's model.
        model: PathBuf = PathBuf::new(),
        /// Texts encoded at once at the most.
        batch: usize = 32,
        /// Milliseconds that a text waits for others to be encoded with.
        wait_millis: u64 = 5,
        /// Texts that may wait to be encoded; who has more is held up.
        queue: usize = 256,
        /// Milliseconds that a page waits for the encoder before it does without.
        patience_millis: u64 = 1_000,
        /// Tickets, the newest, that each server process keeps in an index to find those like a text; 0.6 kB each. 0: no index, and likeness
        /// is looked for in the nearest clusters only.
        index_tickets: usize = 1_000_000,
        /// Similarity (up to 1) from which a text joins a cluster. 0: as the model was found to need.
        join: f32 = 0.0,
        /// Similarity (up to 1) from which texts are shown as similar. 0: as the model was found to need.
        similar: f32 = 0.0,
    }
}

/// What keeps the index of search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Each server process, in the data folder; needs nothing.
    Embedded,
    /// A Meilisearch server, for all processes.
    Meilisearch,
}

section! {
    /// Search.
    Search {
        /// `embedded` (an index in the data folder of each server) or `meilisearch` (one on a server, for all).
        engine: Engine = Engine::Embedded,
        /// The address of the Meilisearch server, such as `http://127.0.0.1:7700`.
        meilisearch_url: String = String::new(),
        /// A key of it that may make, fill, search and remove indexes.
        meilisearch_key: String = String::new(),
        /// What the names of our indexes on it begin with: letters, digits and hyphens.
        meilisearch_prefix: String = "veche".into(),
        /// How much the meaning of a query counts beside its words, from 0 (not at all) to 1; only where a sentence encoder is on
        /// (`nlp.embedder`), and for tickets, whose vectors it has.
        meaning: f32 = 0.3,
        /// Days for which it is kept what changed: an index that was away for longer is made anew.
        keep_changes_days: i32 = 7,
        /// Milliseconds between two looks for changes.
        pause_millis: u64 = 500,
        /// Characters of a query at the most.
        query_chars: usize = 500,
        /// Hits of one query that can be reached by turning pages.
        deepest: usize = 10_000,
        /// Characters of a text that are shown of a hit.
        excerpt_chars: usize = 240,
    }
}

section! {
    /// Background jobs.
    Worker {
        /// Run jobs inside `veche serve` too.
        with_server: bool = true,
        /// Jobs at once in one process.
        concurrency: usize = 4,
        /// Seconds between signs of life of a worker.
        heartbeat_seconds: u64 = 5,
        /// Seconds without a sign of life after which a worker counts as dead and its jobs run elsewhere.
        dead_after_seconds: u64 = 20,
    }
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object a line.
    Json,
}

section! {
    /// Logs. They never hold personal data.
    Log {
        /// `text` or `json`.
        format: LogFormat = LogFormat::Text,
        /// A filter such as `info` or `veche=debug,sqlx=warn`.
        level: String = "info,sqlx=warn,graphile_worker=warn".into(),
        /// Milliseconds from which on a statement of the database is logged, without its values. 0: none is.
        slow_statement_millis: u64 = 500,
    }
}

/// Who may read `/metrics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricsFor {
    /// Callers on this machine that do not come through a proxy.
    Local,
    /// Everybody.
    Public,
    /// Nobody.
    Off,
}

section! {
    /// Numbers for Prometheus, and traces (OpenTelemetry). They never hold personal data.
    Telemetry {
        /// Who may read `/metrics`: `local` (this machine, not through a proxy), `public` or `off`.
        metrics: MetricsFor = MetricsFor::Local,
        /// A collector of traces (OTLP over HTTP), such as `http://127.0.0.1:4318`. Empty: none is sent.
        otlp_endpoint: String = String::new(),
        /// The name of this service in traces.
        service_name: String = "veche".into(),
        /// The share of traces that is sent, 0 to 1.
        sample_ratio: f64 = 0.1,
    }
}
