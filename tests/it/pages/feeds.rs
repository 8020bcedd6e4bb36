//! Feeds, the map for search engines, pictures, and what makes the pages an application.

use serde_json::Value;

use super::{browser::Browser, world::World};
use crate::html;

fn all<'a>(xml: &'a str, tag: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    xml.split(open.as_str()).skip(1).map(|rest| rest.split(close.as_str()).next().unwrap()).collect()
}

#[tokio::test]
async fn feeds_tell_what_happened_and_nothing_that_is_not_public() {
    let world = World::make().await;
    let mut browser = Browser::new(&world.app);
    let page = browser.get("/feed.atom").await;
    assert_eq!((page.status, page.header("content-type")), (200, "application/atom+xml; charset=utf-8"));
    assert!(page.text.starts_with("<?xml version=\"1.0\""), "{}", page.text);
    let (times, ids) = (all(&page.text, "updated"), all(&page.text, "id"));
    assert!(ids.len() > 5 && ids.iter().all(|id| id.starts_with("tag:127.0.0.1,2026:")), "{ids:?}");
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    assert_eq!(times[0], times[1], "the feed is as new as its newest entry");
    assert!(times[1..].is_sorted_by(|a, b| a >= b), "{times:?}");
    let told = ["Voting is open: ", "The department agreed: ", "Done: ", "Enough people want it: "];
    for words in told {
        assert!(all(&page.text, "title").iter().any(|t| t.starts_with(words)), "{words}");
    }

    // Not even for those who may read more.
    for who in ["citizen", "moderator", "administrator"] {
        let mut browser = Browser::of(&world.app, world.reader(who));
        let feed = browser.get("/feed.atom").await.text;
        assert!(!feed.contains(&world.hidden) && !feed.contains(&world.draft) && !feed.contains("лавочках"), "{who}");
        for id in [&world.hidden, &world.draft] {
            assert_eq!(browser.get(&format!("/initiatives/{id}/feed.atom")).await.status, 404, "{who}");
            assert_eq!(browser.get(&format!("/og/{id}.png")).await.status, 404, "{who}");
        }
    }

    let own = browser.get(&format!("/initiatives/{}/feed.atom", world.done)).await;
    let titles = all(&own.text, "title");
    assert_eq!(titles[0], "Тёплые остановки на улице Садовой");
    assert_eq!(titles.len(), 6, "{titles:?}");
    assert_eq!(all(&own.text, "id").len(), 6);
    let of_department = browser.get(&format!("/departments/{}/feed.atom", world.department)).await;
    assert_eq!(all(&of_department.text, "title")[0], "Department roads");
    for path in ["/initiatives/x/feed.atom", "/departments/x/feed.atom", &format!("/departments/{}/feed.atom", world.done)] {
        let status = browser.get(path).await.status;
        assert!([400, 404].contains(&status), "{path}: {status}");
    }

    // Who has it already is told only that.
    browser.headers.push(("if-none-match", page.header("etag").to_owned()));
    let again = browser.get("/feed.atom").await;
    assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", page.header("etag")));
    browser.language = "ru";
    let russian = browser.get("/feed.atom").await;
    assert!(russian.status == 200 && russian.text.contains("xml:lang=\"ru\"") && russian.text.contains("Открыто голосование: "));
    world.app.finish().await;
}

#[tokio::test]
async fn search_engines_find_public_pages_only() {
    let world = World::make().await;
    let mut browser = Browser::new(&world.app);
    let page = browser.get("/sitemap.xml").await;
    assert_eq!((page.status, page.header("content-type")), (200, "application/xml; charset=utf-8"));
    let addresses = all(&page.text, "loc");
    assert!(addresses.len() > 10);
    assert!(!page.text.contains(&world.hidden) && !page.text.contains(&world.draft));
    let robots = browser.get("/robots.txt").await.text;
    assert!(robots.contains(&world.app.url("/sitemap.xml")), "{robots}");
    let forbidden: Vec<&str> = robots.lines().filter_map(|l| l.strip_prefix("Disallow: ")).collect();
    for address in addresses {
        let path = address.strip_prefix(&world.app.url("")).unwrap();
        assert_eq!(browser.get(path).await.status, 200, "{path}");
        assert!(!forbidden.iter().any(|f| path.starts_with(f)), "{path}");
    }
    for page in ["0", "2", "-1", "x"] {
        assert_eq!(browser.get(&format!("/sitemap.xml?page={page}")).await.status, 404);
    }
    world.app.finish().await;
}

#[tokio::test]
async fn pictures_are_drawn_once_for_what_they_show() {
    let world = World::make().await;
    let mut browser = Browser::new(&world.app);
    let picture = browser.get(&format!("/og/{}.png", world.voting)).await;
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/png"));
    assert_eq!(picture.header("cache-control"), "public, max-age=600");
    browser.headers.push(("if-none-match", picture.header("etag").to_owned()));
    assert_eq!(browser.get(&format!("/og/{}.png", world.voting)).await.status, 304);
    let vote = serde_json::json!({ "initiativeId": world.voting, "choices": [0] });
    world.app.must(world.reader("officer"), "castVote", vote, "").await;
    assert_eq!(browser.get(&format!("/og/{}.png", world.voting)).await.status, 200, "another tally is another picture");
    for name in ["nothing", "nothing.png", "icon-9999.png", "..%2Ficon.svg"] {
        let status = browser.get(&format!("/og/{name}")).await.status;
        assert!([400, 404].contains(&status), "{name}: {status}");
    }
    world.app.run_jobs().await;
    world.app.finish().await;
}

#[tokio::test]
async fn the_pages_can_be_installed() {
    let world = World::make().await;
    let mut browser = Browser::of(&world.app, world.reader("citizen"));
    for (language, name) in [("ru", "Вече"), ("en", "Veche")] {
        browser.cookies.retain(|(n, _)| n != "veche_display");
        browser.cookies.push(("veche_display".into(), format!("lang:{language}")));
        let manifest = browser.get("/manifest.webmanifest").await;
        assert_eq!(manifest.header("content-type"), "application/manifest+json; charset=utf-8");
        let manifest: Value = serde_json::from_str(&manifest.text).unwrap();
        assert_eq!((manifest["short_name"].as_str(), manifest["lang"].as_str()), (Some(name), Some(language)));
        for icon in manifest["icons"].as_array().unwrap() {
            let icon = browser.get(icon["src"].as_str().unwrap()).await;
            assert_eq!((icon.status, icon.header("content-type")), (200, "image/png"));
        }
    }
    let worker = browser.get("/sw.js").await;
    assert_eq!(worker.header("service-worker-allowed"), "/");
    assert_eq!(worker.header("cache-control"), "no-cache");
    assert!(worker.header("content-type").starts_with("text/javascript"));
    let files = worker.text.split("const FILES = ").nth(1).unwrap().split(", LANGUAGE").next().unwrap();
    for file in serde_json::from_str::<Vec<String>>(files).unwrap() {
        let answer = browser.get(&file).await;
        assert!(answer.status == 200 && answer.header("cache-control").contains("immutable"), "{file}");
    }
    // The page that a browser keeps is nobody's.
    let page = browser.get("/offline").await;
    assert_eq!((page.status, html::problems(&page.text)), (200, vec![]));
    assert!(!page.text.contains("Anna") && !page.text.contains("token"), "{}", page.text);
    world.app.finish().await;
}
