//! Content that a reader may have already: it carries its version, and who has this version is told only that (RFC 9110, 13.1.2).

use poem::{
    Response,
    http::{StatusCode, header},
};
use sha2::{Digest, Sha256};

use super::{cookies::hex, ui::Ui};

/// The version of a content that is made from these bytes. It is weak: compressed or not, it is the same.
pub fn version(bytes: &[u8]) -> String {
    format!("W/\"{}\"", hex(&Sha256::digest(bytes)[..12]))
}

/// Whether a list of versions (`If-None-Match`) names this one.
fn names(list: &str, version: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    list.split(',').any(|tag| tag.trim() == "*" || opaque(tag) == opaque(version))
}

impl Ui {
    /// Whether the reader has this version.
    pub fn has(&self, version: &str) -> bool {
        names(&self.versions, version)
    }

    /// The content with its version, to be kept for so long (`Cache-Control`); for a reader who has it, only that it is still the same.
    pub fn content(&self, content_type: &str, keep: &str, version: &str, body: impl Into<poem::Body>) -> Response {
        let answer = Response::builder()
            .header(header::CACHE_CONTROL, keep)
            .header(header::ETAG, version)
            .header(header::VARY, "Accept-Language, Cookie")
            .header(header::CONTENT_LANGUAGE, self.locale().tag());
        if self.has(version) {
            return answer.status(StatusCode::NOT_MODIFIED).finish();
        }
        answer.content_type(content_type).body(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_a_browser_sends() {
        let version = version(b"text");
        let strong = version.trim_start_matches("W/");
        for list in ["*", &version, strong, &format!("\"x\", {version}"), &format!("W/\"a\" ,{strong} ")] {
            assert!(names(list, &version), "{list}");
        }
        for list in ["", "\"x\"", "W/", &strong[1..]] {
            assert!(!names(list, &version), "{list}");
        }
    }
}
