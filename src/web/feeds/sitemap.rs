//! All public pages for search engines (sitemaps.org), and what they should leave alone (RFC 9309).

use std::fmt::Write;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::atom::absolute;
use crate::{
    gid::{self, Kind},
    initiatives, organisation,
    web::{
        failure::Failure,
        parts::Named,
        ui::{Answer, Ui},
        versions,
    },
};

/// Initiatives of one part of the map.
const PART: i64 = 5_000;
/// Services of the city on the map; no city has so many.
const SERVICES: i64 = 5_000;
/// Pages for everybody.
const PAGES: [&str; 9] = ["/", "/initiatives", "/tickets", "/report", "/statistics", "/departments", "/services", "/help", "/help/votes"];
/// What is of no use to a search engine: forms, work, one's own things, secrets.
const PRIVATE: [&str; 16] = [
    "/admin",
    "/claim/",
    "/clusters",
    "/confirm/",
    "/display",
    "/files/",
    "/graphql",
    "/login",
    "/me",
    "/moderation",
    "/node/",
    "/offline",
    "/queue",
    "/register",
    "/reset",
    "/review",
];
/// A day: search engines come back seldom.
const KEEP: &str = "max-age=86400";

#[derive(Deserialize)]
struct Data {
    departments: Vec<Named>,
}

/// The whole map where it is small; else a list of its parts, which are at `?page=`.
pub async fn show(ui: Ui) -> Answer {
    let failed = |error| Failure::of(error, ui.locale());
    let count = initiatives::count_public(ui.app()).await.map_err(failed)?;
    let parts = (count.max(1) - 1) / PART + 1;
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let page = match ui.arg("page") {
        "" if parts > 1 => {
            let parts: Vec<String> = (1..=parts).map(|part| absolute(&ui, &format!("/sitemap.xml?page={part}"))).collect();
            index(&mut xml, &parts);
            return Ok(ui.content("application/xml; charset=utf-8", KEEP, &versions::version(xml.as_bytes()), xml));
        }
        "" => 1,
        page => page.parse::<i64>().ok().filter(|page| (1..=parts).contains(page)).ok_or(Failure::NotFound)?,
    };
    let mut pages: Vec<(String, Option<DateTime<Utc>>)> = Vec::new();
    if page == 1 {
        let data: Data = ui.ask("{ departments { id name } }", json!({})).await?;
        pages.extend(PAGES.iter().map(|path| (absolute(&ui, path), None)));
        pages.extend(data.departments.iter().map(|d| (absolute(&ui, &format!("/departments/{}", d.id)), None)));
        let services = organisation::services(ui.app(), SERVICES).await.map_err(failed)?;
        let address = |id| absolute(&ui, &format!("/services/{}", &*gid::encode(Kind::Service, id)));
        pages.extend(services.into_iter().map(|id| (address(id), None)));
    }
    let public = initiatives::public(ui.app(), (page - 1) * PART, PART).await.map_err(failed)?;
    let address = |id| absolute(&ui, &format!("/initiatives/{}", &*gid::encode(Kind::Initiative, id)));
    pages.extend(public.into_iter().map(|(id, at)| (address(id), Some(at))));
    urls(&mut xml, &pages);
    Ok(ui.content("application/xml; charset=utf-8", KEEP, &versions::version(xml.as_bytes()), xml))
}

fn index(xml: &mut String, parts: &[String]) {
    xml.push_str("<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    for part in parts {
        let _ = writeln!(xml, "<sitemap><loc>{part}</loc></sitemap>");
    }
    xml.push_str("</sitemapindex>\n");
}

/// Addresses are made of letters that need no escape.
fn urls(xml: &mut String, pages: &[(String, Option<DateTime<Utc>>)]) {
    xml.push_str("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    for (page, at) in pages {
        let _ = match at {
            Some(at) => writeln!(xml, "<url><loc>{page}</loc><lastmod>{}</lastmod></url>", at.format("%Y-%m-%d")),
            None => writeln!(xml, "<url><loc>{page}</loc></url>"),
        };
    }
    xml.push_str("</urlset>\n");
}

/// What search engines should leave alone.
pub async fn robots(ui: Ui) -> Answer {
    let mut text = String::from("User-agent: *\n");
    for path in PRIVATE {
        let _ = writeln!(text, "Disallow: {path}");
    }
    let _ = writeln!(text, "\nSitemap: {}", absolute(&ui, "/sitemap.xml"));
    Ok(ui.content("text/plain; charset=utf-8", KEEP, &versions::version(text.as_bytes()), text))
}
