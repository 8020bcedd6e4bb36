//! A typed client of the platform's GraphQL API, for bots.
//!
//! [`Client`] sends operations that were checked against `schema.graphql` at compile time. It waits no longer than it is told, reads no more
//! than it can hold, and tries again what may be tried again: a write carries a key that stays the same, so that a lost reply makes nothing twice.

mod events;
mod http;
mod retry;

#[cynic::schema("veche")]
#[allow(missing_docs)]
mod schema {}

/// Declares a mutation: a function that sends one input with a key and gives the payload's result.
macro_rules! mutation {
    ($(#[$doc:meta])* $name:ident($argument:ident) -> $payload:tt { $field:ident: $($result:tt)+ }) => {
        $(#[$doc])*
        ///
        /// `key` names this one action: the same at every try of it, another for every other action.
        ///
        /// # Errors
        /// [`Error`](crate::Error): what the platform refused, or why it could not be reached.
        pub async fn $name(client: &crate::Client, input: $argument, key: &str) -> Result<$($result)+, crate::Error> {
            #[derive(cynic::QueryVariables)]
            struct Variables {
                input: $argument,
            }

            #[derive(cynic::QueryFragment)]
            #[cynic(variables = "Variables")]
            struct Mutation {
                #[arguments(input: $input)]
                $name: Payload,
            }

            #[derive(cynic::QueryFragment)]
            #[cynic(graphql_type = $payload)]
            struct Payload {
                $field: Option<$($result)+>,
                // Looked at by `Client::write`.
                #[allow(dead_code)]
                user_errors: Vec<crate::Refusal>,
            }

            let done = client.write(<Mutation as cynic::MutationBuilder<Variables>>::build(Variables { input }), key).await?;
            done.$name.$field.ok_or_else(|| crate::Error::Unexpected(concat!(stringify!($name), ": no result").into()))
        }
    };
}

pub mod channels;
pub mod initiatives;
pub mod intake;
pub mod outgoing;
pub mod search;
pub mod territories;
pub mod tickets;

#[cfg(test)]
mod tests;

pub use cynic::Id;
pub use http::{Client, Settings, key};

use std::time::Duration;

/// Why an operation brought no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The platform could not be reached, or failed, also when tried again. Later it may go well.
    #[error("the platform cannot be reached: {0}")]
    Network(String),
    /// The platform refused the action itself: expected, and the same if tried again.
    #[error("refused: {}", .0.iter().map(|e| format!("{} at {}: {}", e.code, e.path.join("."), e.message)).collect::<Vec<_>>().join("; "))]
    Refused(Vec<UserError>),
    /// The platform refused the request as a whole (`extensions.code`): not logged in, not allowed, too often.
    #[error("denied: {code}: {message}")]
    Denied {
        /// `UNAUTHENTICATED`, `FORBIDDEN`, `RATE_LIMITED`, `BAD_REQUEST`, `INTERNAL`, …
        code: String,
        /// For people, in the language of the request.
        message: String,
        /// When to try again.
        retry_after: Option<Duration>,
    },
    /// The client may not act for whom it names: the address belongs to no account any more, or the account is disabled.
    #[error("no account to act for: {0}")]
    Unlinked(String),
    /// The answer was not one that the contract knows.
    #[error("unexpected answer: {0}")]
    Unexpected(String),
}

impl Error {
    /// Whether the same request may go well later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Network(_) => true,
            Self::Denied { code, .. } => matches!(code.as_str(), "RATE_LIMITED" | "INTERNAL" | "TIMEOUT" | "UNAUTHENTICATED" | "FORBIDDEN"),
            Self::Refused(_) | Self::Unlinked(_) | Self::Unexpected(_) => false,
        }
    }

    /// Whether the action was refused with this code.
    pub fn is_refusal(&self, code: &str) -> bool {
        matches!(self, Self::Refused(errors) if errors.iter().any(|e| e.code == code))
    }
}

/// One refused field or action of a mutation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct UserError {
    /// Why, for programs: one of the contract's `ErrorCode`.
    pub code: String,
    /// Why and what to do, for people, in the language of the request.
    pub message: String,
    /// Which field of the input, from its root.
    #[serde(default)]
    pub path: Vec<String>,
}

/// What makes an operation ask for its refusals.
#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "UserError")]
#[allow(dead_code)]
struct Refusal {
    code: ErrorCode,
    message: String,
    path: Vec<String>,
}

#[derive(cynic::Enum)]
#[cynic(non_exhaustive)]
enum ErrorCode {
    Required,
    #[cynic(fallback)]
    Other,
}

/// A moment, as RFC 3339 has it.
#[derive(cynic::Scalar, Debug, Clone, PartialEq, Eq)]
pub struct DateTime(pub String);
