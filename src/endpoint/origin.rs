//! Which pages of other sites may ask, and how their browsers are told (CORS, the Fetch standard).

use poem::{
    Endpoint, IntoResponse, Request, Response,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};

use crate::{app::App, config};

const METHODS: &str = "GET, POST";
const HEADERS: &str = "authorization, content-type, accept, accept-language, idempotency-key, traceparent, x-request-id, x-veche-upload";
const EXPOSED: &str = "content-language, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset, x-request-id";

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A page of ours, or no browser.
    Own,
    /// A page of another site that the settings allow.
    Allowed,
    /// A page of any other site.
    Foreign,
}

impl Origin {
    /// Where this request comes from, as its browser says.
    pub fn of(app: &App, req: &Request) -> Self {
        of(&app.config.http, req.headers())
    }
}

fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name).map(|v| v.to_str().unwrap_or("null"))
}

fn of(http: &config::Http, headers: &HeaderMap) -> Origin {
    let Some(origin) = text(headers, header::ORIGIN) else {
        // Images and scripts send no origin, but say where they stand. A link that somebody follows is theirs to follow.
        let followed = text(headers, "sec-fetch-mode") == Some("navigate");
        return if text(headers, "sec-fetch-site") == Some("cross-site") && !followed { Origin::Foreign } else { Origin::Own };
    };
    let host = text(headers, header::HOST).unwrap_or_default();
    if origin == http.public_url || origin.split_once("://").is_some_and(|(_, o)| !o.is_empty() && o == host) {
        Origin::Own
    } else if http.cors_origins.iter().any(|allowed| allowed == "*" || allowed == origin) {
        Origin::Allowed
    } else {
        Origin::Foreign
    }
}

/// The answer to a browser that asks before it sends.
pub fn preflight(app: &App, req: &Request) -> Response {
    if req.method() == Method::OPTIONS && Origin::of(app, req) == Origin::Allowed {
        return Response::builder()
            .status(StatusCode::NO_CONTENT)
            .header(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS)
            .header(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS)
            .header(header::ACCESS_CONTROL_MAX_AGE, "7200")
            .finish();
    }
    Response::builder().status(StatusCode::NO_CONTENT).header(header::ALLOW, "GET, POST, OPTIONS").finish()
}

/// Adds to every answer what the browser of an allowed page needs to hand it on. Cookies are never allowed.
///
/// # Errors
/// Those of the endpoint inside.
pub async fn with_cors<E: Endpoint>(app: App, next: std::sync::Arc<E>, req: Request) -> poem::Result<Response> {
    let origin = req.headers().get(header::ORIGIN).cloned();
    let allowed = origin.filter(|_| Origin::of(&app, &req) == Origin::Allowed);
    let mut response = next.call(req).await?.into_response();
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_and_those_of_the_list_may_ask() {
        let http = config::Http {
            public_url: "https://veche.example.org".into(),
            cors_origins: vec!["https://map.example.org".into()],
            ..Default::default()
        };
        let with = |pairs: &[(&'static str, &'static str)]| {
            let headers: HeaderMap = pairs.iter().map(|(k, v)| (header::HeaderName::from_static(k), HeaderValue::from_static(v))).collect();
            of(&http, &headers)
        };
        assert_eq!(with(&[("host", "inner:8080")]), Origin::Own);
        assert_eq!(with(&[("origin", "https://veche.example.org")]), Origin::Own);
        assert_eq!(with(&[("origin", "http://inner:8080"), ("host", "inner:8080")]), Origin::Own);
        assert_eq!(with(&[("origin", "https://map.example.org")]), Origin::Allowed);
        for foreign in ["https://evil.example", "null", "", "https://veche.example.org.evil.example", "https://map.example.org:81", "://"] {
            assert_eq!(with(&[("origin", foreign), ("host", "inner:8080")]), Origin::Foreign, "{foreign}");
        }
        assert_eq!(with(&[("sec-fetch-site", "cross-site")]), Origin::Foreign);
        assert_eq!(with(&[("sec-fetch-site", "same-origin")]), Origin::Own);
        assert_eq!(with(&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]), Origin::Own);
    }
}
