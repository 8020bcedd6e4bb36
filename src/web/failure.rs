//! Why a page cannot be shown or a form was refused.

use async_graphql::{ServerError, Value};
use poem::http::StatusCode;
use serde::Deserialize;

use super::pages;
use crate::{error::Error, i18n::Locale};

/// What is wrong with one field of a form, or with the form as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FieldError {
    /// For programs: an error code of the API.
    #[serde(default)]
    pub code: String,
    /// For people: names the field and what to do.
    pub message: String,
    /// The field, from the input's root; empty for the form as a whole.
    #[serde(default)]
    pub path: Vec<String>,
}

impl FieldError {
    /// Something wrong with a field that the page itself found.
    pub fn new(field: &str, message: String) -> Self {
        Self { code: String::new(), message, path: vec![field.to_owned()] }
    }

    /// The same without the first part of its path, for an input inside another.
    #[must_use]
    pub fn inside(mut self, outer: &str) -> Self {
        if self.path.first().is_some_and(|p| p == outer) {
            self.path.remove(0);
        }
        self
    }

    /// The field that it is about.
    pub fn field(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }
}

/// Why a page cannot be shown or a form was refused.
#[derive(Debug)]
pub enum Failure {
    /// There is no such thing, or not for this reader.
    NotFound,
    /// Somebody has to log in first.
    LogIn,
    /// A form that a page of another site sent.
    Foreign,
    /// A form of another session, or of one that has ended: what was typed is shown again.
    Stale,
    /// What was typed cannot be taken.
    Refused(Vec<FieldError>),
    /// Anything else, with its status and what to say.
    Other(StatusCode, String),
}

impl Failure {
    /// The failure of an operation; what is unexpected is logged and masked.
    pub fn of(error: Error, locale: Locale) -> Self {
        match error {
            Error::Unauthenticated => Self::LogIn,
            Error::Refused(refusals) => Self::Refused(
                refusals
                    .into_iter()
                    .map(|r| FieldError { code: format!("{:?}", r.code), message: r.message(locale), path: r.path })
                    .collect(),
            ),
            other => {
                let status = pages::status(&other);
                Self::Other(status, other.for_client(locale).message)
            }
        }
    }

    /// The failure that an answer of the schema tells of.
    pub fn answered(error: &ServerError) -> Self {
        let code = match error.extensions.as_ref().and_then(|e| e.get("code")) {
            Some(Value::String(code)) => code.as_str(),
            _ => "",
        };
        let status = match code {
            "UNAUTHENTICATED" => return Self::LogIn,
            "FORBIDDEN" => StatusCode::FORBIDDEN,
            "RATE_LIMITED" => StatusCode::TOO_MANY_REQUESTS,
            "ALREADY_DONE" => StatusCode::CONFLICT,
            "TIMEOUT" => StatusCode::GATEWAY_TIMEOUT,
            "BAD_REQUEST" | "TOO_COMPLEX" => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::Other(status, error.message.clone())
    }
}
