//! Automatic persisted queries: a client sends a query once and from then on only its SHA-256.

use std::{num::NonZeroUsize, sync::Mutex};

use async_graphql::{Request, Value};
use lru::LruCache;
use poem::http::StatusCode;
use sha2::{Digest, Sha256};

use super::{Denied, denied};
use crate::i18n::Locale;

/// Queries that a process remembers. It may forget them at any time: the client then sends the query again.
pub struct Persisted(Mutex<LruCache<[u8; 32], String>>);

/// Queries at the most.
const KEPT: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();
/// Bytes of a query at the most; longer ones are executed but not remembered.
const LONGEST: usize = 16 * 1024;

/// Why a persisted query cannot be executed.
#[derive(Debug, PartialEq, Eq)]
pub enum Missing {
    /// Never seen or forgotten.
    NotFound,
    /// The hash is not that of the query, or of an unknown form.
    WrongHash,
}

impl Missing {
    /// As the refusal that clients of this protocol wait for: they tell it by its message.
    pub fn denied(self, locale: Locale) -> Box<Denied> {
        match self {
            Self::NotFound => {
                let mut refusal = denied(StatusCode::OK, locale, "PERSISTED_QUERY_NOT_FOUND", "request-persisted-not-found", &[]);
                for error in &mut refusal.response.errors {
                    "PersistedQueryNotFound".clone_into(&mut error.message);
                }
                refusal
            }
            Self::WrongHash => denied(StatusCode::BAD_REQUEST, locale, "BAD_REQUEST", "request-persisted-wrong-hash", &[]),
        }
    }
}

impl Persisted {
    /// Nothing remembered yet.
    pub fn new() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }

    /// Puts in the query that a request names by its hash, or remembers the one that it brings.
    ///
    /// # Errors
    /// The query is not known, or the hash is wrong.
    pub fn resolve(&self, request: &mut Request) -> Result<(), Missing> {
        let Some(Value::Object(extension)) = request.extensions.get("persistedQuery") else { return Ok(()) };
        let hash = match (extension.get("version"), extension.get("sha256Hash")) {
            (Some(Value::Number(version)), Some(Value::String(hex))) if version.as_u64() == Some(1) => bytes(hex),
            _ => None,
        };
        let hash = hash.ok_or(Missing::WrongHash)?;
        let mut known = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if request.query.is_empty() {
            request.query.clone_from(known.get(&hash).ok_or(Missing::NotFound)?);
        } else if Sha256::digest(request.query.as_bytes()).as_slice() != hash {
            return Err(Missing::WrongHash);
        } else if request.query.len() <= LONGEST {
            known.put(hash, request.query.clone());
        }
        Ok(())
    }
}

/// The bytes of 64 hexadecimal digits.
fn bytes(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::Extensions;
    use serde_json::json;

    fn request(query: &str, extension: serde_json::Value) -> Request {
        let mut request = Request::new(query);
        request.extensions = serde_json::from_value::<Extensions>(json!({ "persistedQuery": extension })).unwrap();
        request
    }

    #[test]
    fn a_query_is_sent_once() {
        let persisted = Persisted::new();
        let query = "{ __typename }";
        let hex: String = Sha256::digest(query).iter().map(|b| format!("{b:02x}")).collect();
        let named = json!({ "version": 1, "sha256Hash": hex });
        assert_eq!(persisted.resolve(&mut request("", named.clone())), Err(Missing::NotFound));
        assert_eq!(persisted.resolve(&mut request("{ me { id } }", named.clone())), Err(Missing::WrongHash));
        assert_eq!(persisted.resolve(&mut request(query, named.clone())), Ok(()));
        let mut again = request("", named);
        persisted.resolve(&mut again).unwrap();
        assert_eq!(again.query, query);
        for wrong in [
            json!({ "version": 2, "sha256Hash": hex }),
            json!({ "version": 1, "sha256Hash": "xyz" }),
            json!({ "version": 1, "sha256Hash": "я".repeat(32) }),
            json!({}),
        ] {
            assert_eq!(persisted.resolve(&mut request("", wrong)), Err(Missing::WrongHash));
        }
        assert_eq!(persisted.resolve(&mut Request::new("")), Ok(()));
    }
}
