//! What both engines keep to: the same suite over the one of its own, and over a Meilisearch where `MEILI_URL` and `MEILI_KEY` name one.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    document::{Document, Facet, Filter, Key, Reader, Sort},
    embedded::Embedded,
    find::{Answer, find},
    meilisearch::{Meilisearch, Server},
    port::{Found, Index, Look, Reach, Request},
    query::Asked,
    synonyms::Groups,
};
use crate::gid::Kind;

const DOCUMENTS: &str = include_str!("../../tests/search/documents.jsonl");
const QUERIES: &str = include_str!("../../tests/search/queries.tsv");

/// A fresh index of each engine that there is, with what share of each class of queries it must find; two typos apart.
async fn engines(test: &str) -> Vec<(&'static str, Index, usize, usize)> {
    let mut engines = vec![("embedded", Index::Embedded(Arc::new(Embedded::in_memory().unwrap())), 95, 85)];
    match (std::env::var("MEILI_URL"), std::env::var("MEILI_KEY")) {
        (Ok(url), Ok(key)) => {
            let server = Server::new(&url, &key).unwrap();
            let name = format!("veche_test_{test}_{}", std::process::id());
            let index = server.create(&name).await.unwrap();
            index.set_synonyms(&Groups::shipped()).await.unwrap();
            engines.push(("meilisearch", Index::Meilisearch(Arc::new(index)), 90, 65));
        }
        _ => println!("MEILI_URL and MEILI_KEY name no Meilisearch: this is shown of the embedded engine only"),
    }
    engines
}

/// Removes what the test made on a server.
async fn done(index: &Index) {
    if let Index::Meilisearch(index) = index {
        Meilisearch::remove(index).await.unwrap();
    }
}

#[derive(Deserialize)]
struct Given {
    id: String,
    kind: String,
    title: String,
    body: String,
}

/// The corpus, and the keys of its documents.
fn corpus() -> (Vec<Document>, HashMap<String, Key>) {
    let mut keys = HashMap::new();
    let documents = DOCUMENTS.lines().zip(1_u128..).map(|(line, n)| {
        let Given { id, kind, title, body } = serde_json::from_str(line).unwrap();
        let kind = Kind::ALL.iter().copied().find(|known| known.name().eq_ignore_ascii_case(&kind)).unwrap();
        let document = Document { body, language: None, created_at: Some(DateTime::UNIX_EPOCH), ..document(n, kind, &title, "") };
        keys.insert(id, document.key());
        document
    });
    (documents.collect(), keys)
}

fn document(n: u128, kind: Kind, title: &str, body: &str) -> Document {
    Document {
        kind,
        id: Uuid::from_u128(n),
        title: title.into(),
        body: body.into(),
        public: true,
        owner: None,
        language: Some("ru".into()),
        state: None,
        channel: None,
        topic: None,
        territory: None,
        working_group: None,
        department: None,
        created_at: Some(DateTime::UNIX_EPOCH + TimeDelta::days(i64::try_from(n).unwrap())),
    }
}

fn request(text: &str) -> Request {
    let (filter, reader, sort) = (Filter::default(), Reader::Staff, Sort::Relevance);
    let (facets, synonyms) = (Vec::new(), Arc::new(Groups::shipped()));
    Request { text: text.into(), unfinished: false, filter, reader, facets, sort, offset: 0, size: 10, synonyms }
}

async fn ask(index: &Index, text: &str) -> Answer {
    find(index, &Arc::new(request(text))).await.unwrap()
}

async fn look(index: &Index, reach: Reach, request: Request) -> Found {
    index.look(Look { asked: Arc::new(Asked::of(&request.text)), reach, request: Arc::new(request) }).await.unwrap()
}

fn numbers(found: &Found) -> Vec<u128> {
    found.hits.iter().map(|((_, id), _)| id.as_u128()).collect()
}

async fn take(index: &Index, documents: impl Into<Vec<Document>>) {
    index.apply(documents.into(), Vec::new(), "1".into()).await.unwrap();
}

/// Of each class of queries, a share finds a document that answers them among the first ten; and the engines agree on the best.
#[tokio::test]
async fn what_people_mean_is_found() {
    let (documents, keys) = corpus();
    let queries: Vec<Vec<&str>> = QUERIES.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    assert!(queries.len() >= 300);
    let mut firsts: Vec<Vec<Option<Key>>> = Vec::new();
    for (engine, index, least, least_of_two_typos) in engines("recall").await {
        take(&index, documents.clone()).await;
        let mut classes: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
        let mut missed: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut first_hits = Vec::new();
        for cells in &queries {
            let expected: Vec<Key> = cells[2].split(',').map(|id| keys[id]).collect();
            let answer = ask(&index, cells[1]).await;
            let found = answer.hits.iter().any(|(key, _)| expected.contains(key));
            let first = answer.hits.first().map(|(key, _)| *key);
            let class = classes.entry(cells[0]).or_default();
            *class = (class.0 + 1, class.1 + usize::from(found), class.2 + usize::from(first == Some(expected[0])));
            if !found {
                missed.entry(cells[0]).or_default().push(cells[1]);
            }
            first_hits.push(first);
        }
        println!("{engine:<16} {:>7} {:>6} {:>6}", "queries", "found", "first");
        for (class, (queries, found, first)) in &classes {
            println!("{class:<16} {queries:>7} {:>5}% {:>5}%", found * 100 / queries, first * 100 / queries);
        }
        done(&index).await;
        assert_eq!(classes.len(), 12);
        for (class, (queries, found, _)) in &classes {
            let least = if *class == "two_typos" { least_of_two_typos } else { least };
            assert!(found * 100 >= least * queries, "{engine}, {class}: {:#?}", missed[class]);
        }
        firsts.push(first_hits);
    }
    if let [ours, theirs] = &firsts[..] {
        let same = ours.iter().zip(theirs).filter(|(ours, theirs)| ours == theirs).count();
        println!("the same best hit: {}%", same * 100 / ours.len());
        assert!(same * 100 >= 80 * ours.len());
    }
}

#[tokio::test]
async fn how_it_was_found_is_said() {
    for (_, index, ..) in engines("said").await {
        take(&index, corpus().0).await;
        let layout = ask(&index, "kban yt hf,jnftn").await;
        assert_eq!(layout.layout.as_deref(), Some("лифт не работает"));
        assert!(layout.total > 0 && layout.meant.is_empty());
        let nothing = ask(&index, "невероятноеслово").await;
        assert_eq!((nothing.total, nothing.layout), (0, None));
        let part = ask(&index, "фонарь лифт снег автобус качели").await;
        assert!(part.in_part || part.total == 0);
        let plain = ask(&index, "лифт").await;
        assert!(plain.total > 0 && !plain.in_part && plain.layout.is_none() && plain.meant.is_empty());
        done(&index).await;
    }
}

#[tokio::test]
async fn what_means_the_same_is_found_and_marked() {
    for (_, index, ..) in engines("same").await {
        let documents = ["Маршрутка не ходит", "Автобус не ходит", "Вывоз отходов", "Мусор во дворе", "Тротуар в снегу"];
        take(&index, documents.iter().zip(1..).map(|(title, n)| document(n, Kind::Ticket, title, "")).collect::<Vec<_>>()).await;
        for (words, found) in [("автобусы", vec![2, 1]), ("мусор", vec![4, 3]), ("пешеходная дорожка", vec![5])]
        {
            let answer = ask(&index, words).await;
            let numbers: Vec<u128> = answer.hits.iter().map(|((_, id), _)| id.as_u128()).collect();
            assert_eq!(numbers, found, "{words}");
            assert!(answer.layout.is_none() && answer.meant.is_empty() && !answer.in_part, "{words}");
        }
        let marked = ask(&index, "маршрутка").await.wanted.whole("Об автобусах");
        assert!(marked.iter().any(|segment| segment.hit && segment.text == "автобусах"), "{marked:?}");
        done(&index).await;
    }
}

#[tokio::test]
async fn any_request_is_answered() {
    for (_, index, ..) in engines("any").await {
        take(&index, corpus().0).await;
        for text in ["", "и на под", "\u{200b}\u{202e}", &"слово ".repeat(20_000), &"ы".repeat(100_000), "\"", "-", "\0"] {
            let request = Request { offset: 9_999, facets: Facet::ALL.to_vec(), ..request(text) };
            assert!(find(&index, &Arc::new(request)).await.unwrap().hits.is_empty());
        }
        for odd in ["", " ", "\0", "-", "\"\"", "«", "AND", "title:x", "*", "(", "лифт)", "\u{200b}"] {
            for reach in [Reach::Stems, Reach::Folded, Reach::Typos, Reach::Some] {
                look(&index, reach, Request { unfinished: true, facets: Facet::ALL.to_vec(), size: 0, ..request(odd) }).await;
            }
        }
        done(&index).await;
    }
}

#[tokio::test]
async fn who_may_not_read_finds_and_counts_nothing() {
    for (_, index, ..) in engines("readers").await {
        let owner = Uuid::from_u128(77);
        let private = Document { public: false, owner: Some(owner), ..document(1, Kind::Ticket, "Лампа", "") };
        take(&index, [private, document(2, Kind::Ticket, "Лампа", "")]).await;
        for (reader, seen) in [
            (Reader::Anybody, vec![2]),
            (Reader::Person(Uuid::from_u128(78)), vec![2]),
            (Reader::Person(owner), vec![1, 2]),
            (Reader::Staff, vec![1, 2]),
        ] {
            let found = look(&index, Reach::Stems, Request { reader, facets: vec![Facet::Kind], ..request("лампы") }).await;
            assert_eq!((numbers(&found), found.total), (seen.clone(), seen.len()), "{reader:?}");
            assert_eq!(found.facets[&Facet::Kind].values, [("Ticket".to_owned(), seen.len() as u64)]);
        }
        done(&index).await;
    }
}

#[tokio::test]
async fn a_filter_holds_and_its_own_property_is_counted_without_it() {
    for (_, index, ..) in engines("filters").await {
        let topic = Uuid::from_u128(9);
        let quoted = "a \"quoted\" \\ value";
        take(
            &index,
            [
                document(1, Kind::Ticket, "Снег", ""),
                Document { topic: Some(topic), ..document(2, Kind::Initiative, "Снег", "") },
                Document { topic: Some(topic), state: Some(quoted.into()), ..document(3, Kind::Ticket, "Снег", "") },
            ],
        )
        .await;
        let of = |facet, value: &str| Filter { any_of: vec![(facet, vec![value.to_owned()])], ..Filter::default() };
        let narrowed = |filter| look(&index, Reach::Stems, Request { filter, ..request("снег") });
        let asked = Request { filter: of(Facet::Kind, "Ticket"), facets: vec![Facet::Kind, Facet::Topic], ..request("снег") };
        let found = look(&index, Reach::Stems, asked).await;
        assert_eq!(numbers(&found), [1, 3]);
        assert_eq!(found.facets[&Facet::Kind].values, [("Ticket".to_owned(), 2), ("Initiative".to_owned(), 1)]);
        assert_eq!(found.facets[&Facet::Topic].values, [(topic.simple().to_string(), 1)]);
        assert_eq!(numbers(&narrowed(of(Facet::Topic, &topic.simple().to_string())).await), [2, 3]);
        assert_eq!(numbers(&narrowed(of(Facet::State, quoted)).await), [3]);
        assert_eq!(narrowed(of(Facet::State, "no such")).await.total, 0);
        assert_eq!(narrowed(Filter { any_of: vec![(Facet::State, Vec::new())], ..Filter::default() }).await.total, 0);
        let day = |days| Some(DateTime::UNIX_EPOCH + TimeDelta::days(days));
        assert_eq!(numbers(&narrowed(Filter { from: day(2), to: day(3), ..Filter::default() }).await), [2]);
        done(&index).await;
    }
}

#[tokio::test]
async fn many_values_are_counted_up_to_a_hundred() {
    for (_, index, ..) in engines("values").await {
        let documents: Vec<Document> =
            (1..=250_u128).map(|n| Document { topic: Some(Uuid::from_u128(n % 150)), ..document(n, Kind::Ticket, "Яма", "") }).collect();
        take(&index, documents).await;
        let counts =
            look(&index, Reach::Stems, Request { facets: vec![Facet::Topic], ..request("яма") }).await.facets[&Facet::Topic].clone();
        assert_eq!((counts.values.len(), counts.values[0].1), (100, 2));
        assert_eq!(counts.values.iter().map(|(_, count)| count).sum::<u64>() + counts.others, 250);
        done(&index).await;
    }
}

#[tokio::test]
async fn pages_follow_one_another_and_equals_stand_by_their_keys() {
    for (_, index, ..) in engines("pages").await {
        // In several steps, in no order.
        for chunk in [[5_u128, 1], [4, 2], [3, 6]] {
            take(&index, chunk.map(|n| document(n, Kind::Ticket, "Яма", "Одна и та же яма"))).await;
        }
        let mut pages = Vec::new();
        for (offset, sort) in
            [(0, Sort::Relevance), (2, Sort::Relevance), (4, Sort::Relevance), (6, Sort::Relevance), (0, Sort::Newest), (0, Sort::Oldest)]
        {
            pages.push(numbers(&look(&index, Reach::Stems, Request { offset, size: 2, sort, ..request("яма") }).await));
        }
        assert_eq!(pages, [vec![1, 2], vec![3, 4], vec![5, 6], vec![], vec![6, 5], vec![1, 2]]);
        assert_eq!(look(&index, Reach::Stems, Request { offset: 100, ..request("яма") }).await.total, 6);
        done(&index).await;
    }
}

#[tokio::test]
async fn the_name_counts_more_than_the_text_and_the_spelling_more_than_the_stem() {
    for (_, index, ..) in engines("ranks").await {
        take(
            &index,
            [
                document(1, Kind::Ticket, "Двор", "Нет воды"),
                document(2, Kind::Ticket, "Вода", "Её нет во дворе"),
                document(3, Kind::Ticket, "Воды", "Их нет во дворе"),
            ],
        )
        .await;
        let found = |text: &str, reach| look(&index, reach, request(text));
        assert_eq!(numbers(&found("вода", Reach::Stems).await), [2, 3, 1]);
        assert_eq!(numbers(&found("«нет воды»", Reach::Stems).await), [1]);
        assert_eq!(numbers(&found("вода -двор", Reach::Stems).await), [0_u128; 0]);
        assert_eq!(numbers(&found("вода двор слон", Reach::Some).await).len(), 3);
        done(&index).await;
    }
}

#[tokio::test]
async fn what_is_written_anew_is_there_once_and_what_is_gone_is_not() {
    for (_, index, ..) in engines("anew").await {
        take(&index, [document(1, Kind::Ticket, "Лифт", ""), document(2, Kind::Ticket, "Лифт", "")]).await;
        let gone = vec![(Kind::Ticket, Uuid::from_u128(2)), (Kind::Ticket, Uuid::from_u128(99))];
        index.apply(vec![document(1, Kind::Ticket, "Ёлка", "")], gone, "8".into()).await.unwrap();
        assert_eq!(index.count().await.unwrap(), 1);
        assert_eq!(look(&index, Reach::Stems, request("лифт")).await.total, 0);
        assert_eq!(numbers(&look(&index, Reach::Stems, request("елки")).await), [1]);
        let digests = index.digests().await.unwrap();
        assert_eq!(digests, HashMap::from([((Kind::Ticket, Uuid::from_u128(1)), document(1, Kind::Ticket, "Ёлка", "").digest())]));
        assert_ne!(document(1, Kind::Ticket, "Ёлка", "").digest(), document(1, Kind::Ticket, "Лифт", "").digest());
        done(&index).await;
    }
}
