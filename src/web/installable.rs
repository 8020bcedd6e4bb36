//! What makes the pages an application that can be installed: its description, its worker, a page for when there is no connection.

use askama::Template;
use poem::{
    Response,
    http::{HeaderValue, header},
};
use serde_json::json;

use super::{
    assets,
    map::Map,
    ui::{Answer, Ui},
    versions,
};
use crate::i18n::Locale;

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/manifest.webmanifest", manifest).page("/sw.js", worker).page("/offline", offline)
}

/// What the page for no connection is made of.
const KEPT: [&str; 8] =
    ["style.css", "icons.svg", "icon.svg", "veche.js", "offline.js", "suggest.js", "literata-cyrillic.woff2", "literata-latin.woff2"];

/// The description of the application in the reader's language.
async fn manifest(ui: Ui) -> Answer {
    let name = match ui.place() {
        "" => ui.t("web-title"),
        place => format!("{} — {place}", ui.t("web-title")),
    };
    let icon = |side: u32, purpose: &str| json!({ "src": format!("/og/icon-{side}.png"), "sizes": format!("{side}x{side}"), "type": "image/png", "purpose": purpose });
    let shortcut = |key: &str, url: &str| json!({ "name": ui.t(key), "url": url });
    let manifest = json!({
        "id": "/",
        "name": name,
        "short_name": ui.t("web-title"),
        "description": ui.t("site-description"),
        "lang": ui.locale().tag(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#faf8f2",
        "theme_color": "#0c5a45",
        "icons": [icon(192, "any"), icon(512, "any"), icon(192, "maskable"), icon(512, "maskable")],
        "shortcuts": [shortcut("site-report", "/report"), shortcut("site-initiatives", "/initiatives")],
    });
    let text = manifest.to_string();
    let version = versions::version(text.as_bytes());
    Ok(ui.content("application/manifest+json; charset=utf-8", "max-age=3600", &version, text))
}

/// The worker, for all pages, in the language of the page that asks (`?lang=`), which its own request does not say everywhere; before it
/// stands what it keeps, so that a new version of anything is a new worker.
async fn worker(ui: Ui) -> Answer {
    let language = Locale::from_tag(ui.arg("lang")).unwrap_or(ui.locale());
    let files: Vec<String> = KEPT.iter().map(|name| kept(name)).collect();
    let text = format!("const FILES = {}, LANGUAGE = \"{}\";\n{}", json!(files), language.tag(), include_str!("static/sw.js"));
    let version = versions::version(text.as_bytes());
    let mut response: Response = ui.content("text/javascript; charset=utf-8", "no-cache", &version, text);
    response.headers_mut().insert("service-worker-allowed", HeaderValue::from_static("/"));
    Ok(response)
}

/// The address of a file as pages use it: the faces of type are asked for by the style, without a version.
fn kept(name: &str) -> String {
    if name.ends_with(".woff2") { format!("/static/{name}") } else { assets::url(name) }
}

#[derive(Template)]
#[template(path = "installable/offline.html")]
struct Offline {
    ui: Ui,
}

/// What is shown without a connection. It is the same for everybody, whoever asks, since the browser keeps it.
async fn offline(ui: Ui) -> Answer {
    let mut response = ui.page(&Offline { ui: ui.clone() })?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}
