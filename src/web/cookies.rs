//! Cookies of a request.

use poem::{Request, http::header};

/// The cookies that a browser sent.
pub struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Reads them; what is no cookie is passed over.
    pub fn of(req: &Request) -> Self {
        let headers = req.headers().get_all(header::COOKIE).iter().filter_map(|c| c.to_str().ok());
        let pairs = headers.flat_map(|c| c.split(';')).filter_map(|c| c.trim().split_once('='));
        Self(pairs.take(50).map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// The first of this name that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
