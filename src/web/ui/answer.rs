//! What a page answers: itself, or the way to another one with a message for it.

use std::sync::atomic::Ordering;

use askama::Template;
use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};

use super::{Ui, VISITOR};
use crate::{
    error::Error,
    i18n,
    web::{self, failure::Failure, form},
};

/// The cookie of one message to show on the next page.
pub(super) const FLASH: &str = "veche_flash";

/// What a page answers, or why it cannot.
pub type Answer = Result<Response, Failure>;

impl Ui {
    /// The message that the page before left.
    pub fn flash(&self) -> Option<String> {
        let (key, value) = self.flash.as_deref()?.split_once('.')?;
        let value = form::pairs(format!("v={value}").as_bytes()).pop().map_or_else(String::new, |(_, v)| v);
        let known = key.starts_with("flash-") && key.len() < 80 && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        known.then(|| i18n::lookup(self.locale(), key, &[("value", value.chars().take(200).collect::<String>().into())]))?
    }

    /// Shows a page.
    ///
    /// # Errors
    /// The template failed.
    pub fn page(&self, page: &impl Template) -> Answer {
        let status = if self.errors().is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        self.page_with(status, page)
    }

    /// Shows a page under a status.
    ///
    /// # Errors
    /// The template failed.
    pub fn page_with(&self, status: StatusCode, page: &impl Template) -> Answer {
        let text = page.render().map_err(|error| Failure::of(Error::Internal(error.into()), self.locale()))?;
        let mut response = Response::builder()
            .status(status)
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_LANGUAGE, self.locale().tag())
            .header(header::CACHE_CONTROL, "no-store")
            .header(header::VARY, "Cookie, Accept-Language")
            .body(text);
        if self.new_visitor && self.has_form.load(Ordering::Relaxed) {
            self.set_cookie(&mut response, VISITOR, &self.binding, 86_400);
        }
        if self.flash.is_some() {
            self.set_cookie(&mut response, FLASH, "", 0);
        }
        Ok(response)
    }

    /// Goes to another page of ours, where a message says what happened: the text `flash-…`, perhaps with a value in it.
    ///
    /// # Errors
    /// Never; it is the answer of a handler.
    pub fn go(&self, path: &str, flash: Option<(&str, &str)>) -> Answer {
        let to = local(path).unwrap_or("/");
        let location = HeaderValue::from_str(to).unwrap_or_else(|_| HeaderValue::from_static("/"));
        let mut response = Response::builder().status(StatusCode::SEE_OTHER).header(header::LOCATION, location).finish();
        if let Some((key, value)) = flash {
            let value = serde_urlencoded::to_string([("v", value)]).unwrap_or_default();
            self.set_cookie(&mut response, FLASH, &format!("{key}.{}", value.trim_start_matches("v=")), 60);
        }
        Ok(response)
    }

    /// Sets a cookie that scripts cannot read, for so many seconds; 0 ends it.
    pub fn set_cookie(&self, response: &mut Response, name: &str, value: &str, seconds: u32) {
        let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{}", web::secure(self.app()));
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
}

/// An address on this site, or none: an address that leads elsewhere is not followed.
pub fn local(path: &str) -> Option<&str> {
    let plain = path.bytes().all(|b| b.is_ascii_graphic()) && !path.contains('\\');
    (path.starts_with('/') && !path.starts_with("//") && plain && path.len() < 2_000).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_addresses_of_ours_are_followed() {
        for good in ["/", "/initiatives?q=%D1%91&after=x", "/tickets/2026-000001#reply"] {
            assert_eq!(local(good), Some(good));
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/\u{202e}",
            "evil",
        ] {
            assert_eq!(local(bad), None, "{bad:?}");
        }
    }
}
