//! The web: pages and forms for people, the GraphQL endpoint, files, health.
//!
//! Pages are made on the server and work without scripts. [`map`] lists them; each room of pages asks the schema for what it shows
//! (`ui`) and fills a template that is checked when the program is compiled.

mod account;
mod admin;
mod assets;
mod chart;
mod conversation;
mod cookies;
mod departments;
mod display;
mod errors;
mod experts;
mod failure;
mod feeds;
mod files;
mod form;
mod format;
mod help;
mod home;
mod idle;
mod initiatives;
mod installable;
mod links;
mod map;
mod observe;
mod og;
pub(crate) mod pages;
mod parts;
mod preferences;
mod qr;
mod search;
mod services;
mod statistics;
mod tickets;
mod token;
mod ui;
mod versions;

use std::{future::Future, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use poem::{
    Endpoint, EndpointExt, IntoEndpoint, Request, Response, Server, get,
    http::{HeaderValue, StatusCode, header},
    listener::{Acceptor, Listener, TcpListener},
    post,
};

use crate::{
    app::App,
    endpoint::{self, Gate},
};

pub use map::{Map, Place};

/// The name of the session's cookie.
pub(crate) const SESSION: &str = "veche_session";

/// The cookie of a new session.
pub fn session_cookie(app: &App, token: &str) -> String {
    format!("{SESSION}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000{}", secure(app))
}

/// The cookie that ends a session in the browser.
pub fn no_session_cookie(app: &App) -> String {
    format!("{SESSION}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{}", secure(app))
}

fn secure(app: &App) -> &'static str {
    if app.config.http.public_url.starts_with("https:") { "; Secure" } else { "" }
}

/// Every page and form of ours.
pub fn map() -> Map {
    let rooms = [
        home::map,
        initiatives::map,
        tickets::map,
        search::map,
        statistics::map,
        departments::map,
        services::map,
        account::map,
        experts::map,
        admin::map,
        help::map,
        display::map,
        feeds::map,
        og::map,
        installable::map,
        links::map,
    ];
    rooms.into_iter().fold(Map::default(), |map, room| room(map))
}

/// Everything that the server answers.
pub fn routes(app: &App) -> impl Endpoint<Output = Response> + 'static {
    map()
        .into_route()
        .at("/graphql", get(endpoint::get).post(endpoint::post).options(endpoint::preflight))
        .at("/graphql/ws", get(endpoint::upgrade))
        .at("/schema.graphql", get(pages::schema))
        .at("/static/:name", get(assets::file))
        .at("/files", post(files::upload).options(endpoint::preflight))
        .at("/files/:id", get(files::download))
        .at("/admin/unreadable/:id", get(files::raw))
        .at("/metrics", get(observe::metrics))
        .at("/health/live", get(pages::live))
        .at("/health/ready", get(pages::ready))
        .data(app.clone())
        .data(Gate::new(app))
        .around({
            let app = app.clone();
            move |endpoint, req| observe::observed(app.clone(), endpoint, req)
        })
        .after(async |response: poem::Result<Response>| response.map(with_headers))
        .around({
            let app = app.clone();
            move |endpoint, req| endpoint::with_cors(app.clone(), endpoint, req)
        })
        .around(compressed)
        .into_endpoint()
}

/// Pages are compressed where the browser takes it; answers that are small, streamed or compressed already stay as they are.
async fn compressed<E: Endpoint<Output = Response>>(endpoint: Arc<E>, req: Request) -> poem::Result<Response> {
    let wanted = assets::takes_gzip(&req);
    let mut response = endpoint.call(req).await?;
    let fits = response.content_type().is_some_and(|t| t.starts_with("text/html") || t.contains("xml"));
    if !wanted || !fits || response.headers().contains_key(header::CONTENT_ENCODING) {
        return Ok(response);
    }
    let Ok(content) = response.take_body().into_bytes().await else { return Ok(response) };
    match assets::gzip(&content).filter(|zipped| zipped.len() < content.len()) {
        Some(zipped) => {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
            response.set_body(zipped);
        }
        None => response.set_body(content),
    }
    Ok(response)
}

/// Headers that every answer carries: nothing of ours is framed, sniffed or run from elsewhere.
fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self' ws: wss:; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// A server that holds its port but does not answer yet.
pub struct Bound {
    acceptor: poem::listener::TcpAcceptor,
    /// The address it was given, also when port 0 was asked for.
    pub address: std::net::SocketAddr,
}

/// Takes the port.
///
/// # Errors
/// The address cannot be used.
pub async fn bind(listen: &str) -> Result<Bound> {
    let acceptor = TcpListener::bind(listen).into_acceptor().await.with_context(|| format!("failed to listen on {listen}"))?;
    let address = acceptor.local_addr().first().and_then(|a| a.as_socket_addr().copied());
    Ok(Bound { acceptor, address: address.context("failed to learn the address of the server")? })
}

/// Answers until `stop` resolves; then takes no more requests and finishes those under way.
///
/// # Errors
/// The port was lost.
pub async fn serve(app: &App, bound: Bound, stop: impl Future<Output = ()>) -> Result<()> {
    let grace = Duration::from_secs(app.config.limits.timeout_seconds.min(30));
    let stop = async {
        stop.await;
        // Live connections have no end of their own.
        app.stopping.send_replace(true);
    };
    let patience = Duration::from_secs(app.config.limits.idle_seconds.max(1));
    let acceptor = idle::Impatient { acceptor: bound.acceptor, patience };
    Server::new_with_acceptor(acceptor).run_with_graceful_shutdown(routes(app), stop, Some(grace)).await.context("the server stopped")
}

/// An answer without a page.
fn plain(status: StatusCode, text: &str) -> Response {
    Response::builder().status(status).content_type("text/plain; charset=utf-8").body(text.to_owned())
}
