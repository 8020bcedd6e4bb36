//! Who asks, as headers tell.

use std::net::IpAddr;

use poem::{Request, http::header};

use super::origin::Origin;
use crate::{
    app::App,
    channels,
    error::{Error, Result},
    feedback::Channel,
    i18n::Locale,
    identity::{self, Act, Viewer},
    web::SESSION,
};

/// Names the channel and address of whom a service account acts for: `TELEGRAM:12345`.
const ACTING_FOR: &str = "x-acting-for";

fn header(req: &Request, name: header::HeaderName) -> Option<&str> {
    req.headers().get(name)?.to_str().ok()
}

/// The language that the browser prefers, if it says so.
pub fn preferred_locale(req: &Request) -> Option<Locale> {
    header(req, header::ACCEPT_LANGUAGE).map(Locale::negotiate)
}

/// Where the request came from; what a proxy says counts only where the settings say that there is one.
pub fn address(app: &App, req: &Request) -> Option<IpAddr> {
    if app.config.http.behind_proxy {
        // The last entry is the one that our own proxy wrote.
        let forwarded = req.headers().get("x-forwarded-for").and_then(|v| v.to_str().ok());
        if let Some(address) = forwarded.and_then(|f| f.rsplit(',').next()).and_then(|a| a.trim().parse().ok()) {
            return Some(address);
        }
    }
    req.remote_addr().as_socket_addr().map(std::net::SocketAddr::ip)
}

fn bearer(req: &Request) -> Option<&str> {
    let (scheme, token) = header(req, header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie(req: &Request) -> Option<&str> {
    let cookies = req.headers().get_all(header::COOKIE).iter().filter_map(|c| c.to_str().ok());
    cookies.flat_map(|c| c.split(';')).find_map(|c| c.trim().strip_prefix(SESSION)?.strip_prefix('=')).filter(|t| !t.is_empty())
}

/// The session's or access token of a request, where it counts.
pub fn token(req: &Request) -> Option<&str> {
    bearer(req).or_else(|| cookie(req))
}

/// Whether a page of ours sent this, or no browser did.
pub fn is_own(app: &App, req: &Request) -> bool {
    Origin::of(app, req) == Origin::Own
}

/// The viewer. A bearer token that does not work is an error; a cookie that has ended is nobody, and so is one that comes with
/// another site's request. A service account may act for whom a channel's address belongs to.
///
/// # Errors
/// `UNAUTHENTICATED`; `FORBIDDEN` for who may not act for somebody, or for an address that belongs to no account; or the database failed.
pub async fn viewer(app: &App, req: &Request) -> Result<Viewer> {
    let viewer = bearer_or_cookie(app, req).await?;
    let Some(named) = req.headers().get(ACTING_FOR) else { return Ok(viewer) };
    viewer.may(Act::Converse)?;
    let named = std::str::from_utf8(named.as_bytes()).ok().and_then(|named| named.split_once(':'));
    let (channel, address) = named.ok_or(Error::Forbidden)?;
    let channel = Channel::from_name(channel).ok_or(Error::Forbidden)?;
    let participant = channels::account_of(app, channel, address.trim()).await?.ok_or(Error::Forbidden)?;
    identity::act_for(app, &viewer, participant, preferred_locale(req)).await
}

async fn bearer_or_cookie(app: &App, req: &Request) -> Result<Viewer> {
    let (locale, address) = (preferred_locale(req), address(app, req));
    if let Some(token) = bearer(req) {
        return identity::authenticate(app, token, locale, address).await;
    }
    if let Some(token) = cookie(req).filter(|_| is_own(app, req)) {
        match identity::authenticate(app, token, locale, address).await {
            Err(Error::Unauthenticated) => (),
            other => return other,
        }
    }
    Ok(Viewer::anonymous(locale.unwrap_or_default(), address))
}
