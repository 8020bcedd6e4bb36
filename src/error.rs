//! One table of what can be refused, and the masking of everything unexpected.
//!
//! A *refusal* is data: it names a field and a remedy and travels in `userErrors`. What refuses the whole request
//! (no one logged in, too many requests) is a GraphQL error with `extensions.code`. Anything else is logged once,
//! under a reference id, and the client learns only that id.

use async_graphql::{Enum, ErrorExtensions, SimpleObject};

use crate::{
    i18n::{self, Locale, Value},
    telemetry::RequestId,
};

/// The outcome of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an input or an action was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum ErrorCode {
    /// The field must be filled in.
    Required,
    /// The text is shorter than it may be.
    TooShort,
    /// The text is longer than it may be.
    TooLong,
    /// The list holds more or fewer entries than it may.
    WrongCount,
    /// The text holds characters that are not allowed (control characters, changes of writing direction).
    InvalidCharacters,
    /// The value is not of the expected form.
    InvalidFormat,
    /// The number or date is outside its range.
    OutOfRange,
    /// The identifier is not one of this service, or of another kind of object.
    InvalidId,
    /// There is no such object, or the caller may not see it.
    NotFound,
    /// The state of the object does not allow this action.
    WrongState,
    /// It exists already.
    AlreadyExists,
    /// The caller's role, group or department does not allow this action on this object.
    NotAllowed,
    /// E-mail or password is wrong.
    WrongCredentials,
    /// The address has not been confirmed yet.
    NotConfirmed,
    /// The link or token is unknown, used or too old.
    InvalidToken,
    /// Voting on the initiative is closed.
    VotingClosed,
    /// The chosen options do not fit the ballot.
    InvalidChoice,
    /// The time for this change is over.
    TooLate,
    /// What it is about has changed meanwhile.
    Conflict,
    /// The one-time code is unknown, was used, or is meant for another channel.
    InvalidCode,
    /// The one-time code is too old.
    Expired,
    /// The file is a program or holds macros: it could do harm where it is opened.
    DangerousFile,
}

impl ErrorCode {
    /// All codes, for the documentation and for tests.
    pub const ALL: [Self; 22] = [
        Self::Required,
        Self::TooShort,
        Self::TooLong,
        Self::WrongCount,
        Self::InvalidCharacters,
        Self::InvalidFormat,
        Self::OutOfRange,
        Self::InvalidId,
        Self::NotFound,
        Self::WrongState,
        Self::AlreadyExists,
        Self::NotAllowed,
        Self::WrongCredentials,
        Self::NotConfirmed,
        Self::InvalidToken,
        Self::VotingClosed,
        Self::InvalidChoice,
        Self::TooLate,
        Self::Conflict,
        Self::InvalidCode,
        Self::Expired,
        Self::DangerousFile,
    ];

    /// The key of its text.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Required => "error-required",
            Self::TooShort => "error-too-short",
            Self::TooLong => "error-too-long",
            Self::WrongCount => "error-wrong-count",
            Self::InvalidCharacters => "error-invalid-characters",
            Self::InvalidFormat => "error-invalid-format",
            Self::OutOfRange => "error-out-of-range",
            Self::InvalidId => "error-invalid-id",
            Self::NotFound => "error-not-found",
            Self::WrongState => "error-wrong-state",
            Self::AlreadyExists => "error-already-exists",
            Self::NotAllowed => "error-not-allowed",
            Self::WrongCredentials => "error-wrong-credentials",
            Self::NotConfirmed => "error-not-confirmed",
            Self::InvalidToken => "error-invalid-token",
            Self::VotingClosed => "error-voting-closed",
            Self::InvalidChoice => "error-invalid-choice",
            Self::TooLate => "error-too-late",
            Self::Conflict => "error-conflict",
            Self::InvalidCode => "error-invalid-code",
            Self::Expired => "error-expired",
            Self::DangerousFile => "error-dangerous-file",
        }
    }
}

/// One refused field or action.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Why.
    pub code: ErrorCode,
    /// Which field, from the input's root; empty when no single field is to blame.
    pub path: Vec<String>,
    args: Vec<(&'static str, Value)>,
}

impl Refusal {
    /// A refusal of the field at `path` (`"title"`, `"sender.address"`).
    pub fn new(code: ErrorCode, path: &str) -> Self {
        let path = path.split('.').filter(|p| !p.is_empty()).map(str::to_owned).collect();
        Self { code, path, args: Vec::new() }
    }

    /// Adds a value to the text, such as the limit that was crossed.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// The sentence for people: names the field and what to do.
    pub fn message(&self, locale: Locale) -> String {
        let name = self.path.iter().rev().find(|p| p.parse::<usize>().is_err()).map_or("", String::as_str);
        let mut args = self.args.clone();
        args.push(("field", i18n::field(locale, name).into()));
        // The most particular text there is: of this very field, or of no field at all.
        let particular = format!("{}-{}", self.code.key(), if name.is_empty() { "general" } else { name });
        i18n::lookup(locale, &particular, &args).unwrap_or_else(|| i18n::text(locale, self.code.key(), &args))
    }
}

/// Everything that can keep an operation from its result.
#[derive(Debug)]
pub enum Error {
    /// Expected refusals, as data.
    Refused(Vec<Refusal>),
    /// Nobody is logged in, and the operation needs somebody.
    Unauthenticated,
    /// Somebody is logged in who may not do this.
    Forbidden,
    /// Too many requests; come back after so many seconds.
    RateLimited {
        /// Seconds until the next try may succeed, at least 1.
        retry_after: u64,
    },
    /// A repeated request: it was done under the same idempotency key before.
    Repeated,
    /// A query's argument cannot be used.
    BadRequest(Refusal),
    /// Anything unexpected: logged, masked.
    Internal(anyhow::Error),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusals) => {
                for (i, refusal) in refusals.iter().enumerate() {
                    if i > 0 {
                        f.write_str("; ")?;
                    }
                    write!(f, "{:?} at {}", refusal.code, refusal.path.join("."))?;
                }
                Ok(())
            }
            Self::Unauthenticated => f.write_str("unauthenticated"),
            Self::Forbidden => f.write_str("forbidden"),
            Self::RateLimited { retry_after } => write!(f, "rate limited for {retry_after} s"),
            Self::Repeated => f.write_str("done already"),
            Self::BadRequest(refusal) => write!(f, "{:?} at {}", refusal.code, refusal.path.join(".")),
            Self::Internal(error) => write!(f, "{error:#}"),
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// As the GraphQL error that a client sees, in its language.
    pub fn for_client(self, locale: Locale) -> async_graphql::Error {
        let text = |key| i18n::text(locale, key, &[]);
        match self {
            Self::Refused(refusals) => {
                let message = refusals.iter().map(|r| r.message(locale)).collect::<Vec<_>>().join(" ");
                let path = refusals.into_iter().next().map(|r| r.path).unwrap_or_default();
                coded(message, "BAD_REQUEST", |e| e.set("path", path))
            }
            Self::BadRequest(refusal) => coded(refusal.message(locale), "BAD_REQUEST", |e| e.set("path", refusal.path)),
            Self::Unauthenticated => coded(text("request-unauthenticated"), "UNAUTHENTICATED", |_| ()),
            Self::Repeated => coded(text("request-already-done"), "ALREADY_DONE", |_| ()),
            Self::Forbidden => coded(text("request-forbidden"), "FORBIDDEN", |_| ()),
            Self::RateLimited { retry_after } => {
                coded(i18n::text(locale, "request-rate-limited", &[("seconds", retry_after.into())]), "RATE_LIMITED", |e| {
                    e.set("retryAfter", retry_after)
                })
            }
            Self::Internal(error) => {
                let reference = reference();
                tracing::error!(%reference, error = format!("{error:#}"), "unexpected failure");
                coded(i18n::text(locale, "request-internal", &[("reference", reference.clone().into())]), "INTERNAL", |e| {
                    e.set("reference", reference)
                })
            }
        }
    }
}

/// What refuses a request as a whole: `extensions.code`, the status of HTTP where nothing was executed, and the meaning.
pub const REQUEST_CODES: [(&str, &str, &str); 9] = [
    ("UNAUTHENTICATED", "401", "Log in first, or the token does not work."),
    ("FORBIDDEN", "403", "Role or scope does not allow this at all, or a page of another site asked that the operator has not listed."),
    (
        "RATE_LIMITED",
        "429",
        "Too often or too much: wait `extensions.retryAfter` seconds (also the header `Retry-After`). With 503: too many live connections.",
    ),
    ("TOO_COMPLEX", "400", "The request crosses a limit: `extensions.limit` says which, `actual` and `max` by how much."),
    (
        "BAD_REQUEST",
        "400, 405, 406, 413, 415",
        "Syntax, an unknown field, a value that cannot be used (`extensions.path`), a wrong method or form.",
    ),
    (
        "TIMEOUT",
        "408, 504",
        "Sending or answering took longer than `limits.timeout_seconds`. A mutation may have been done: repeat it with its idempotency key.",
    ),
    ("ALREADY_DONE", "200", "A repeat of what was done under the same idempotency key, whose answer is no longer at hand."),
    ("PERSISTED_QUERY_NOT_FOUND", "200", "The hash is not known: send the query once with its text."),
    ("INTERNAL", "500", "Our fault; `extensions.reference` is the failure's name in the operator's log. Try again later."),
];

/// The tables of all codes for the documentation, in Markdown: those of refused fields, then those of refused requests.
pub fn tables() -> String {
    use async_graphql::{OutputType, registry};
    use std::fmt::Write;
    let mut registry = registry::Registry::default();
    ErrorCode::create_type_info(&mut registry);
    let mut out = String::from("| code in `userErrors` | meaning |\n|---|---|\n");
    if let Some(registry::MetaType::Enum { enum_values, .. }) = registry.types.get("ErrorCode") {
        for value in enum_values.values() {
            let _ = writeln!(out, "| `{}` | {} |", value.name, value.description.as_deref().unwrap_or_default());
        }
    }
    out.push_str("\n| `extensions.code` | HTTP | meaning |\n|---|---|---|\n");
    for (code, status, meaning) in REQUEST_CODES {
        let _ = writeln!(out, "| `{code}` | {status} | {meaning} |");
    }
    out
}

fn coded(message: String, code: &str, more: impl FnOnce(&mut async_graphql::ErrorExtensionValues)) -> async_graphql::Error {
    async_graphql::Error::new(message).extend_with(|_, e| {
        e.set("code", code);
        more(e);
    })
}

/// An id to find a failure in the log by: that of the request, or a new one.
pub fn reference() -> String {
    RequestId::current().unwrap_or_else(RequestId::fresh).to_string()
}

/// One refused field or action of a mutation.
#[derive(Debug, Clone, SimpleObject)]
pub struct UserError {
    /// Why, for programs.
    pub code: ErrorCode,
    /// Why and what to do, for people, in the caller's language.
    pub message: String,
    /// Which field of the input, from its root.
    pub path: Vec<String>,
}

/// Splits an outcome into a mutation's result and its refusals; what refuses the whole request stays an error.
pub fn settle<T>(locale: Locale, outcome: Result<T>) -> async_graphql::Result<(Option<T>, Vec<UserError>)> {
    match outcome {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(Error::Refused(refusals)) => {
            let errors = refusals.into_iter().map(|r| UserError { code: r.code, message: r.message(locale), path: r.path }).collect();
            Ok((None, errors))
        }
        Err(other) => Err(other.for_client(locale)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_text_that_names_the_field_in_both_languages() {
        for locale in Locale::ALL {
            for code in ErrorCode::ALL {
                let refusal = Refusal::new(code, "input.title")
                    .with("min", 1)
                    .with("max", 2)
                    .with("actual", 3)
                    .with("state", "DRAFT")
                    .with("example", "x")
                    .with("name", "x.exe");
                let message = refusal.message(locale);
                assert!(message.len() > 20, "{code:?}: {message}");
                assert!(!message.contains("{$") && !message.contains("error-"), "{code:?}: {message}");
            }
        }
    }

    #[test]
    fn the_documented_codes_are_these() {
        let documentation = include_str!("../docs/API.md");
        assert!(documentation.contains(&tables()), "docs/API.md is stale: put in what `veche schema --errors` prints");
    }

    #[test]
    fn an_unexpected_failure_is_masked() {
        let error = Error::from(sqlx::Error::Protocol("secret table".into())).for_client(Locale::En);
        assert!(!error.message.contains("secret"));
    }
}
