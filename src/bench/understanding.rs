//! What understanding costs as more and more is known: making vectors, placing them, finding what is similar, taking messages in.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    client::Client,
    intake,
    load::{Bound, Latencies, closed_loop},
    report::{Section, number},
    sql,
    stage::Stage,
};
use crate::{
    import::Progress,
    nlp::{Embedder, Idf, Lexical, Subspace, cluster::Centroids, dot, duplicates::Prepared, features::mix},
    triage::sql::Sum,
};

const TOKEN: &str = "bench-understanding";
/// Messages that are known before.
const KNOWN: [usize; 3] = [1_000, 100_000, 1_000_000];
const KNOWN_SHORT: [usize; 2] = [200, 2_000];
/// Messages of one matter.
const OF_A_MATTER: usize = 30;
/// Messages made and written at a time.
const CHUNK: usize = 10_000;
/// Texts that the subspace is learned from.
const SAMPLE: usize = 10_000;
/// How long a server may take to make its index.
const INDEX_LIMIT: Duration = Duration::from_secs(3600);
/// Between two looks at how far the index is.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// Similar messages asked for.
const WANTED: usize = 10;

const BEGINNINGS: [&str; 12] = ["во", "за", "пере", "при", "на", "об", "под", "раз", "у", "вы", "до", "про"];
const ROOTS: [&str; 24] = [
    "двор",
    "лест",
    "крыш",
    "труб",
    "свет",
    "дорог",
    "снег",
    "вод",
    "мусор",
    "лифт",
    "шум",
    "парк",
    "мост",
    "стен",
    "окн",
    "двер",
    "газ",
    "столб",
    "кач",
    "рын",
    "шко",
    "рек",
    "сад",
    "пол",
];
const MIDDLES: [&str; 16] = ["ов", "ин", "ен", "ик", "ль", "ар", "ош", "ец", "ут", "ям", "ор", "еж", "ист", "ач", "ун", "ель"];
const ENDINGS: [&str; 8] = ["ый", "ая", "ник", "ение", "ость", "ать", "ами", "ка"];
const COMMON: [&str; 10] = ["опять", "просим", "давно", "никто", "улица", "дети", "утром", "рядом", "помогите", "соседи"];

/// One of some tens of thousands of words, by number.
fn word(n: u64) -> String {
    let pick = |words: &[&'static str], salt: u64| words[mix(n ^ salt) as usize % words.len()];
    [pick(&BEGINNINGS, 1 << 40), pick(&ROOTS, 2 << 40), pick(&MIDDLES, 3 << 40), pick(&ENDINGS, 4 << 40)].concat()
}

/// A message: a few of the words of its matter, some that all use, and a house. Half of the matter's words change from age to age.
pub fn message(seed: u64, matter: u64, age: u64) -> String {
    let own = (0..4).map(|i| {
        let at = mix(seed.wrapping_mul(7).wrapping_add(i)) % 8;
        word(matter * 8 + at + if at < 4 { 0 } else { age * 1_000_000_007 })
    });
    let common = (0..3).map(|i| COMMON[mix(seed.wrapping_mul(11).wrapping_add(i)) as usize % COMMON.len()].to_owned());
    let words: Vec<String> = own.chain(common).collect();
    format!("{}, {} {}", words.join(" "), word(matter % 700 + 5_000_000), 1 + mix(seed) % 90)
}

/// The `n`th message where there are so many matters.
fn text(n: usize, matters: usize) -> String {
    message(n as u64, (n % matters) as u64, 0)
}

/// Measures the part.
///
/// # Errors
/// Something was not found, or not understood in time.
pub async fn measure(stage: &Stage) -> Result<Section> {
    let sizes = if stage.short { KNOWN_SHORT.as_slice() } else { KNOWN.as_slice() };
    let mut rows = Vec::new();
    for &known in sizes {
        let row = with_known(stage, known).await.with_context(|| format!("with {known} messages"))?;
        // The next takes many minutes more.
        tracing::info!(known, figures = %json!(row), "measured");
        rows.push(row);
    }
    Ok(Section {
        name: "understanding",
        title: "Understanding by how many messages are known: vectors and places a second on one core, `similar` over HTTP, intake",
        columns: &[
            "known",
            "clusters",
            "vectors_per_s",
            "places_per_s",
            "first_similar_ms",
            "index_s",
            "similar_p50_ms",
            "similar_p99_ms",
            "recall_at_10",
            "understood_per_s",
            "server_mb",
        ],
        rows,
    })
}

async fn with_known(stage: &Stage, known: usize) -> Result<Vec<Value>> {
    let matters = (known / OF_A_MATTER).max(1);
    let database = stage.database(&format!("understanding_{known}")).await?;
    sql::service(&database.pool, TOKEN).await?;
    let words = tokio::task::spawn_blocking(move || {
        let sample: Vec<String> = (0..known.min(SAMPLE)).map(|n| text(mix(n as u64) as usize % known, matters)).collect();
        let mut idf = Idf::new();
        sample.iter().for_each(|text| idf.observe(text));
        // The rest is known to be of the same kind.
        Lexical::learn(idf, &sample)
    })
    .await?;
    let space = sql::space(&database.pool, &words, known, words.subspace().map(Subspace::to_bytes)).await?;
    let mut progress = Progress::items("filling", known as u64, true);
    let mut sums: Vec<Sum> = vec![Sum::default(); matters];
    let mut centroids = Centroids::new(words.dimensions());
    let mut vectors: Vec<Vec<f32>> = Vec::with_capacity(known);
    let mut embedding = Duration::ZERO;
    for from in (0..known).step_by(CHUNK) {
        let texts: Vec<String> = (from..known.min(from + CHUNK)).map(|n| text(n, matters)).collect();
        let slices: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (made, took) = tokio::task::block_in_place(|| {
            let start = Instant::now();
            (words.embed(&slices), start.elapsed())
        });
        embedding += took;
        let keys: Vec<String> = tokio::task::block_in_place(|| slices.iter().map(|text| keys(text, words.idf())).collect());
        for (i, vector) in made.iter().enumerate() {
            let matter = (from + i) % matters;
            sums[matter].add(vector);
            centroids.add(Uuid::from_u128(matter as u128), vector);
        }
        sql::fill_messages(&database.pool, space, from, matters, &texts, &made, &keys).await?;
        vectors.extend(made);
        progress.left((known - vectors.len()) as u64);
    }
    sql::fill_matters(&database.pool, &sums).await?;
    sql::settle(&database.pool).await?;
    progress.finish();

    let queries: Vec<String> = (0..stage.size(300, 20)).map(|n| text(known + 7 * n, matters)).collect();
    let wanted: Vec<Vec<f32>> = words.embed(&queries.iter().map(String::as_str).collect::<Vec<_>>());
    let start = Instant::now();
    tokio::task::block_in_place(|| {
        for vector in &wanted {
            std::hint::black_box(centroids.place(vector, words.thresholds().join));
        }
    });
    let places = wanted.len() as f64 / start.elapsed().as_secs_f64();

    let mut fleet = stage.fleet(&database, 1).await?;
    let mut client = fleet.client();
    let start = Instant::now();
    similar(&mut client, &queries[0]).await?;
    let first = start.elapsed();
    let indexed = indexed(&mut client, &queries[0], known).await?;
    let (mut took, mut found, mut all) = (Vec::new(), 0, 0);
    for (text, vector) in queries.iter().zip(&wanted) {
        let start = Instant::now();
        let hits = similar(&mut client, text).await?;
        took.push(start.elapsed());
        let nearest = tokio::task::block_in_place(|| brute_force(&vectors, vector, words.thresholds().similar));
        all += nearest.len();
        found += nearest.iter().filter(|n| hits.contains(*n)).count();
    }
    ensure!(all > 0, "nothing is similar to anything");
    let took = Latencies::new(took);
    let count = stage.size(2_000, 40);
    let start = Instant::now();
    let crowd = Client::crowd(&fleet.addresses, 16).await?;
    let left = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    closed_loop(crowd, Bound { count, time: Duration::from_secs(60) }, move |mut client: Client| {
        let n = left.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move {
            intake::bring(&mut client, TOKEN, &format!("<{n}@bench.example.org>"), &text(known + 3 * n, matters)).await?;
            Ok(client)
        }
    })
    .await?;
    intake::understood(&database.pool).await?;
    let understood = count as f64 / start.elapsed().as_secs_f64();
    let memory = fleet.only()?.memory()?.resident as f64 / 1e6;
    fleet.end().await?;
    database.close().await;
    let milliseconds = first.as_secs_f64() * 1e3;
    let figures = [
        known as f64 / embedding.as_secs_f64(),
        places,
        milliseconds,
        indexed.as_secs_f64(),
        took.ms(0.5),
        took.ms(0.99),
        found as f64 / all as f64,
        understood,
        memory,
    ];
    Ok([json!(known), json!(matters)].into_iter().chain(figures.map(number)).collect())
}

/// The keys of a text, as an array of PostgreSQL's.
fn keys(text: &str, idf: &Idf) -> String {
    let keys: Vec<String> = Prepared::new(text, idf).keys().map(|key| key.cast_signed().to_string()).collect();
    format!("{{{}}}", keys.join(","))
}

/// Numbers of the messages that the API finds similar to a text.
async fn similar(client: &mut Client, text: &str) -> Result<HashSet<usize>> {
    let query = format!("query($text: String!) {{ similar(text: $text, first: {WANTED}) {{ ticket {{ number }} }} }}");
    let answer = client.post(None, &json!({ "query": query, "variables": { "text": text } }).to_string()).await?.answered()?.json();
    let hits = answer["data"]["similar"].as_array().context("no list")?.clone();
    Ok(hits.iter().filter_map(|hit| hit["ticket"]["number"].as_str()?.strip_prefix("2026-")?.parse().ok()).collect())
}

/// How long a server takes to make its index of tickets, which the first look for similar ones began.
async fn indexed(client: &mut Client, text: &str, known: usize) -> Result<Duration> {
    let start = Instant::now();
    loop {
        let answer = client.get("/metrics", None).await?;
        let metrics = String::from_utf8_lossy(&answer.body);
        let held = metrics.lines().find_map(|line| line.strip_prefix("veche_indexed_tickets ")).context("no count of indexed tickets")?;
        if held.parse::<usize>()? >= known {
            return Ok(start.elapsed());
        }
        ensure!(start.elapsed() < INDEX_LIMIT, "the index was not made: {held} of {known} tickets");
        // Whoever looks makes the server go on where it gave up; looking all the time would keep it from its work.
        similar(client, text).await?;
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// Numbers of the vectors nearest to one, by comparing it with all.
fn brute_force(vectors: &[Vec<f32>], vector: &[f32], least: f32) -> Vec<usize> {
    let mut near: Vec<(f32, usize)> =
        vectors.iter().enumerate().map(|(n, other)| (dot(vector, other), n)).filter(|(score, _)| *score >= least).collect();
    near.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    near.truncate(WANTED);
    near.into_iter().map(|(_, n)| n).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_a_matter_share_words_and_others_do_not() {
        let words = |n: usize| -> HashSet<String> { text(n, 500).split([' ', ',']).take(4).map(str::to_owned).collect() };
        let shared = |a: usize, b: usize| words(a).intersection(&words(b)).count();
        let same: usize = (0..50).map(|n| shared(n, n + 500)).sum();
        let other: usize = (0..50).map(|n| shared(n, n + 1)).sum();
        assert!(same > 10 * other.max(1), "{same} and {other}");
        assert!((0..30_000).map(word).collect::<HashSet<_>>().len() > 15_000);
    }
}
