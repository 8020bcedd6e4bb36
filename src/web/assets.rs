//! Styles, scripts and pictures: compiled in, named by their content, so that a browser keeps them for ever.

use std::{collections::HashMap, io::Write, sync::LazyLock};

use flate2::{Compression, write::GzEncoder};
use poem::{
    Request, Response, handler,
    http::{StatusCode, header},
    web::Path,
};
use sha2::{Digest, Sha256};

use super::{cookies::hex, plain};

struct Asset {
    content_type: &'static str,
    content: &'static [u8],
    zipped: Option<Vec<u8>>,
    version: String,
}

macro_rules! assets {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("static/", $name)).as_slice()),)*]
    };
}

/// All of them.
pub const FILES: &[(&str, &[u8])] = assets![
    "explorer.css",
    "style.css",
    "explorer.js",
    "imports.js",
    "initiative.js",
    "offline.js",
    "propose.js",
    "queue.js",
    "report.js",
    "suggest.js",
    "ticket.js",
    "veche.js",
    "icon.svg",
    "icons.svg",
    "literata-cyrillic.woff2",
    "literata-latin.woff2",
];

static ASSETS: LazyLock<HashMap<&'static str, Asset>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(name, content)| {
            let content_type = content_type(name);
            let zipped = is_text(content_type).then(|| gzip(content)).flatten();
            let version = hex(&Sha256::digest(content)[..5]);
            (*name, Asset { content_type, content, zipped, version })
        })
        .collect()
});

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// Whether a type of content is worth compressing.
pub fn is_text(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/") && kind != "text/event-stream"
        || [
            "application/json",
            "application/graphql-response+json",
            "image/svg+xml",
            "application/atom+xml",
            "application/xml",
            "application/manifest+json",
        ]
        .contains(&kind)
}

/// Compressed bytes (RFC 1952); none where that fails.
pub fn gzip(content: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(content.len() / 3), Compression::new(6));
    encoder.write_all(content).ok()?;
    encoder.finish().ok()
}

/// The address of one, with the version of its content.
pub fn url(name: &str) -> String {
    ASSETS.get(name).map_or_else(|| format!("/static/{name}"), |asset| format!("/static/{name}?v={}", asset.version))
}

/// Whether a browser takes compressed answers.
pub fn takes_gzip(req: &Request) -> bool {
    let accepted = req.headers().get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|part| {
        let (coding, weight) = part.split_once(';').unwrap_or((part, ""));
        coding.trim().eq_ignore_ascii_case("gzip") && !["q=0", "q=0.0", "q=0.00", "q=0.000"].contains(&weight.trim())
    })
}

/// Gives a file.
#[handler]
pub async fn file(req: &Request, Path(name): Path<String>) -> Response {
    let Some(asset) = ASSETS.get(name.as_str()) else { return plain(StatusCode::NOT_FOUND, "no such file") };
    // A face of type never changes under its name, and the style asks for it without a version.
    let current = name.ends_with(".woff2") || req.uri().query() == Some(format!("v={}", asset.version).as_str());
    let keep = if current { "public, max-age=31536000, immutable" } else { "public, max-age=600" };
    let answer =
        Response::builder().content_type(asset.content_type).header(header::CACHE_CONTROL, keep).header(header::VARY, "Accept-Encoding");
    match &asset.zipped {
        Some(zipped) if takes_gzip(req) => answer.header(header::CONTENT_ENCODING, "gzip").body(zipped.clone()),
        _ => answer.body(asset.content),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_scripts_stay_small() {
        let size =
            |ends: &str| FILES.iter().filter(|(n, _)| n.ends_with(ends) && !n.starts_with("explorer")).map(|(_, c)| c.len()).sum::<usize>();
        assert!(size(".css") < 40_000, "{} bytes of style", size(".css"));
        assert!(size(".js") < 30_000, "{} bytes of scripts", size(".js"));
    }
}
