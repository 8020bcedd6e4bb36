//! Search over a growing number of documents: the embedded index beside PostgreSQL's own full text, question by question in turns.

use std::{sync::Arc, time::Instant};

use anyhow::{Result, ensure};
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    load::Latencies,
    report::{Section, number},
    sql,
    stage::Stage,
};
use crate::{
    gid::Kind,
    import::Progress,
    search::{Document, Embedded, Engine, Facet, Filter, Groups, Reader, Request, Sort, find_in},
};

/// Documents that are written at once, as the log is followed.
const BATCH: usize = 1000;
/// Hits on a page.
const PAGE: usize = 20;
const TOPICS: u128 = 40;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Plain,
    Filtered,
    Faceted,
    /// One to five letters of a word, as they are typed.
    Begun,
}

/// Measures the part.
///
/// # Errors
/// Something was not found.
pub async fn measure(stage: &Stage) -> Result<Section> {
    let sizes = stage.size([20_000, 200_000], [500, 2_000]);
    let mut progress = Progress::items("documents", sizes.iter().sum::<usize>() as u64, true);
    let (mut rows, mut written) = (Vec::new(), 0);
    for (name, size) in ["search_small", "search_large"].into_iter().zip(sizes) {
        let database = stage.database(name).await?;
        sql::make_texts(&database.pool).await?;
        let folder = stage.folder().join(name);
        let index = Arc::new(Embedded::open(&folder)?);
        let (mut filling, mut storing) = (0.0, 0.0);
        for from in (0..size).step_by(BATCH) {
            let documents: Vec<Document> = (from..size.min(from + BATCH)).map(document).collect();
            let began = Instant::now();
            sql::insert_texts(&database.pool, &documents).await?;
            storing += began.elapsed().as_secs_f64();
            let (index, began, count) = (index.clone(), Instant::now(), documents.len());
            tokio::task::spawn_blocking(move || index.apply(&documents, &[], "1")).await??;
            filling += began.elapsed().as_secs_f64();
            written += count as u64;
            progress.set(written);
        }
        let began = Instant::now();
        sql::index_texts(&database.pool).await?;
        storing += began.elapsed().as_secs_f64();
        let engine = Engine::Embedded(index);
        for question in [Question::Plain, Question::Filtered, Question::Faceted, Question::Begun] {
            let (ours, theirs) = ask(stage, &engine, &database.pool, question).await?;
            rows.push(row(size, question, (filling, storing), (&ours, &theirs)));
        }
        database.close().await;
    }
    progress.finish();
    Ok(Section {
        name: "search",
        title: "Search: the embedded index against PostgreSQL's full text, both with hits and their number",
        columns: &[
            "documents",
            "question",
            "index_s",
            "full_text_s",
            "p50_ms",
            "p95_ms",
            "full_text_p50_ms",
            "full_text_p95_ms",
            "p50_ratio",
        ],
        rows,
    })
}

fn row(size: usize, question: Question, (filling, storing): (f64, f64), (ours, theirs): (&Latencies, &Latencies)) -> Vec<Value> {
    let name = format!("{question:?}").to_lowercase();
    let ratio = number(theirs.ms(0.5) / ours.ms(0.5));
    let [p50, p95, their_p50, their_p95] = [ours.ms(0.5), ours.ms(0.95), theirs.ms(0.5), theirs.ms(0.95)].map(number);
    vec![json!(size), json!(name), number(filling), number(storing), p50, p95, their_p50, their_p95, ratio]
}

/// Asks both the same, in turns.
async fn ask(stage: &Stage, engine: &Engine, db: &sqlx::PgPool, question: Question) -> Result<(Latencies, Latencies)> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let synonyms = Arc::new(Groups::default());
    // The first questions are not counted: they fill the caches.
    let warm = 20;
    for n in 0..stage.size(400, 10) + warm {
        let begun = question == Question::Begun;
        let text = if begun { beginning(n) } else { query(n) };
        let topic = Uuid::from_u128(n as u128 % TOPICS);
        let narrowed = question == Question::Filtered;
        let any_of = if narrowed { vec![(Facet::Topic, vec![topic.simple().to_string()])] } else { Vec::new() };
        let request = Arc::new(Request {
            text: text.clone(),
            unfinished: begun,
            filter: Filter { any_of, ..Filter::default() },
            reader: Reader::Anybody,
            facets: if question == Question::Faceted { vec![Facet::Kind, Facet::Topic] } else { Vec::new() },
            sort: Sort::Relevance,
            offset: 0,
            size: PAGE,
            synonyms: synonyms.clone(),
        });
        let began = Instant::now();
        let found = find_in(engine, &request).await?;
        let took = began.elapsed();
        let began = Instant::now();
        let total = sql::find_texts(db, &text, narrowed.then_some(topic), question == Question::Faceted, begun).await?;
        let their = began.elapsed();
        // One word is in many of them; what was begun may be a word that carries no matter, in full text also «под» of «подъезд».
        let (common, theirs_too) = if begun { (n % 5 >= 2, n % 5 >= 3) } else { (!narrowed && n.is_multiple_of(3), true) };
        ensure!(!common || found.total > 0, "the index found nothing for {text}");
        ensure!(!(common && theirs_too) || total > 0, "full text found nothing for {text}");
        if n >= warm {
            ours.push(took);
            theirs.push(their);
        }
    }
    ensure!(!ours.is_empty(), "nothing was asked");
    Ok((Latencies::new(ours), Latencies::new(theirs)))
}

const THINGS: [(&str, &str); 16] = [
    ("фонарь", "фонари"),
    ("лифт", "лифты"),
    ("яма", "ямы"),
    ("мусор", "мусора"),
    ("скамейка", "скамейки"),
    ("остановка", "остановку"),
    ("дерево", "деревья"),
    ("подъезд", "подъезды"),
    ("крыша", "крыши"),
    ("труба", "трубы"),
    ("площадка", "площадки"),
    ("автобус", "автобусы"),
    ("тротуар", "тротуары"),
    ("светофор", "светофоры"),
    ("забор", "заборы"),
    ("снег", "снега"),
];
const WRONGS: [&str; 12] = [
    "не работает",
    "сломали вчера",
    "разбили вандалы",
    "не убирают неделю",
    "протекает давно",
    "мешает проходу",
    "скрипит ночью",
    "упало после ветра",
    "требует ремонта",
    "опасно для детей",
    "не горит вечером",
    "затопило водой",
];
const STREETS: [&str; 20] = [
    "Ткацкая",
    "Садовая",
    "Ленина",
    "Полевая",
    "Заречная",
    "Мира",
    "Гагарина",
    "Школьная",
    "Лесная",
    "Новая",
    "Победы",
    "Кирова",
    "Советская",
    "Набережная",
    "Вокзальная",
    "Почтовая",
    "Южная",
    "Северная",
    "Парковая",
    "Речная",
];

/// Numbers that look drawn, and are the same each time (SplitMix64).
fn dice(n: usize, of: usize, which: u64) -> usize {
    let mut z = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(which.wrapping_mul(0xBF58_476D_1CE4_E5B9));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    usize::try_from((z ^ (z >> 31)) % of as u64).unwrap_or(0)
}

fn document(n: usize) -> Document {
    let thing = THINGS[dice(n, THINGS.len(), 1)].0;
    let sentence = |which: u64| {
        let (thing, wrong) = (THINGS[dice(n, THINGS.len(), which)].1, WRONGS[dice(n, WRONGS.len(), which + 1)]);
        let (street, house) = (STREETS[dice(n, STREETS.len(), which + 2)], dice(n, 180, which + 3) + 1);
        format!("На улице {street}, дом {house}, {thing} {wrong}, жильцы писали заявку {}.", dice(n, 90_000, which + 4))
    };
    let kind = [Kind::Ticket, Kind::Ticket, Kind::Ticket, Kind::Initiative, Kind::Comment][dice(n, 5, 2)];
    Document {
        kind,
        id: Uuid::from_u128(0x0197_1000_0000_7000_8000_0000_0000_0000 | n as u128),
        title: format!("{thing}: {}", WRONGS[dice(n, WRONGS.len(), 3)]),
        body: (1..=4).map(|at| sentence(at * 10)).collect::<Vec<_>>().join(" "),
        public: true,
        owner: None,
        language: Some("ru".into()),
        state: Some(["NEW", "ANSWERED"][dice(n, 2, 4)].into()),
        channel: None,
        topic: Some(Uuid::from_u128(dice(n, 40, 5) as u128)),
        territory: None,
        working_group: None,
        department: None,
        created_at: Some(DateTime::UNIX_EPOCH + TimeDelta::seconds(i64::try_from(n).unwrap_or(0))),
    }
}

fn beginning(n: usize) -> String {
    THINGS[dice(n, THINGS.len(), 6)].0.chars().take(1 + n % 5).collect()
}

fn query(n: usize) -> String {
    let thing = THINGS[dice(n, THINGS.len(), 6)].1;
    let street = STREETS[dice(n, STREETS.len(), 7)];
    match n % 3 {
        0 => thing.to_owned(),
        1 => format!("{thing} {street}"),
        _ => format!("{} {street} {}", WRONGS[dice(n, WRONGS.len(), 8)], dice(n, 180, 9) + 1),
    }
}
