//! Every page of the map, for every reader, in every language: it is shown, and nothing is wrong with it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures_util::future::join_all;
use veche::web;

use super::{
    browser::{Browser, Page},
    world::World,
};
use crate::html;

/// Pages that are shown to nobody in this world, and why.
const NOT_SHOWN: &[(&str, &str)] = &[("/node/:id", "it leads on to the page of the thing")];

/// First parts of the keys of texts.
fn groups() -> HashSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/i18n/locales/en");
    let texts = std::fs::read_dir(folder).unwrap().map(|f| std::fs::read_to_string(f.unwrap().path()).unwrap());
    let keys: Vec<String> =
        texts.flat_map(|t| t.lines().filter_map(|l| Some(l.split_once(" =")?.0.to_owned())).collect::<Vec<_>>()).collect();
    keys.iter().filter_map(|k| k.split_once('-')).map(|(first, _)| first.to_owned()).collect()
}

/// Words of a page that look like the key of a text that is missing.
fn keys(page: &str, groups: &HashSet<String>) -> Vec<String> {
    let is_key = |word: &str, dashes: usize| {
        let plain = word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') && !word.ends_with('-');
        plain && word.matches('-').count() >= dashes && word.split_once('-').is_some_and(|(first, _)| groups.contains(first))
    };
    let mut found = Vec::new();
    for text in html::texts(page) {
        // Inside a sentence a word may have a hyphen of its own.
        let alone = text.split_whitespace().count() == 1;
        found.extend(text.split_whitespace().filter(|word| is_key(word, if alone { 1 } else { 2 })).map(str::to_owned));
    }
    found
}

/// All pages for all readers.
async fn every_page(world: &World, look: &mut impl FnMut(&str, &str, &Page)) {
    for place in web::map().places.iter().filter(|p| p.page) {
        for address in world.addresses(place.path) {
            let readers = world.readers.iter().flat_map(|reader| ["ru", "en"].map(|language| (reader, language)));
            let pages = readers.map(async |((name, who), language)| {
                let mut browser = Browser::of(&world.app, who.as_ref());
                browser.language = language;
                browser.cookies.push(("veche_display".into(), format!("lang:{language}")));
                (format!("{address} for {name} in {language}"), browser.get(&address).await)
            });
            for (what, page) in join_all(pages).await {
                look(place.path, &what, &page);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_shown_to_every_reader_in_every_language() {
    let world = World::make().await;
    let groups = groups();
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    let patterns: Vec<&str> = web::map().places.iter().filter(|p| p.page).map(|p| p.path).collect();
    every_page(&world, &mut |pattern: &str, what: &str, page: &Page| {
        let mut problems = Vec::new();
        if page.status >= 500 {
            problems.push(format!("status {}", page.status));
        }
        if page.status == 200 {
            shown.extend(patterns.iter().find(|known| **known == pattern));
        }
        if page.is_html() {
            problems.extend(html::problems(&page.text));
            problems.extend(keys(&page.text, &groups).into_iter().map(|key| format!("no text for {key}")));
        }
        for problem in problems {
            // One example of each is enough to mend it.
            wrong.entry(format!("{pattern}: {problem}")).or_insert_with(|| what.to_owned());
        }
    })
    .await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    let unseen: Vec<_> = patterns.iter().filter(|p| !shown.contains(*p) && !NOT_SHOWN.iter().any(|(known, _)| known == *p)).collect();
    assert!(unseen.is_empty(), "shown to nobody, so not tested: {unseen:?}");
    world.app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_people_write_comes_out_as_markup() {
    let world = World::make().await;
    let bad = format!(
        "<script>alert('veche')</script><img src=x onerror=alert(1)>\" veche-double=\"1' veche-single='1 </textarea></title><b>\
         {{{{ 7 }}}}\u{202e}\u{200b}\u{feff}]]>&lt;{}",
        "Ы".repeat(10_000)
    );
    world.poison(&bad).await;
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    let mut look = |pattern: &str, what: &str, page: &Page| {
        for problem in harm(page) {
            wrong.entry(format!("{pattern}: {problem}")).or_insert_with(|| what.to_owned());
        }
    };
    every_page(&world, &mut look).await;
    // The same in the address.
    let bad: String = bad.chars().take(400).collect();
    let names =
        ["q", "text", "next", "state", "order", "after", "before", "period", "number", "secret", "group", "side", "choice", "step", "id"];
    for place in web::map().places.iter().filter(|p| p.page) {
        let address = world.addresses(place.path).remove(0);
        for reader in ["nobody", "administrator"] {
            let mut browser = Browser::of(&world.app, world.reader(reader));
            let all = serde_urlencoded::to_string(names.map(|name| (name, bad.as_str()))).unwrap();
            let each = names.map(|name| serde_urlencoded::to_string([(name, bad.as_str())]).unwrap());
            for query in each.into_iter().chain([all]) {
                let asked = format!("{address}{}{query}", if address.contains('?') { '&' } else { '?' });
                look(place.path, &asked, &browser.get(&asked).await);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What comes out of a page that should not.
fn harm(page: &Page) -> Vec<String> {
    let mut problems = Vec::new();
    if page.status >= 500 {
        problems.push(format!("status {}", page.status));
    }
    let markup = page.is_html() || page.header("content-type").contains("xml");
    if markup && ["<script>alert", "<img src=x", "</textarea></title>", "&lt;Ы"].iter().any(|bad| page.text.contains(bad)) {
        problems.push("something came out as it was written".to_owned());
    }
    if page.is_html() {
        problems.extend(html::problems(&page.text));
    }
    problems
}
