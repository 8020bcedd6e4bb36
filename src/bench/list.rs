//! The list of 20 initiatives with tally and author while the number of all initiatives grows.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use super::{
    client::Client,
    load::Latencies,
    report::{Section, number},
    sql,
    stage::{Database, Fleet, Stage},
};
use crate::import::Progress;

/// Initiatives written by one statement.
const BATCH: usize = 20_000;
const AUTHORS: usize = 1_000;
const ORDERS: [&str; 3] = ["NEWEST", "MOST_VOTES", "ENDING_SOON"];
/// How deep each order is read, page by page.
const PAGES: usize = 20;

/// One size: its server and how long its pages took, order by order.
struct Size {
    initiatives: usize,
    fleet: Fleet,
    client: Client,
    first: [Vec<Duration>; 3],
    deeper: [Vec<Duration>; 3],
    total: Vec<Duration>,
}

/// Measures the part. The sizes take turns page by page, so that whatever else the machine does meets all of them.
///
/// # Errors
/// A page was not answered, or is not full.
pub async fn measure(stage: &Stage) -> Result<Section> {
    let sizes = stage.size([1_000, 100_000, 1_000_000], [800, 1_500, 3_000]);
    let mut progress = Progress::items("initiatives", sizes.iter().sum::<usize>() as u64, true);
    let (mut all, mut written) = (Vec::new(), 0);
    for (name, initiatives) in ["list_small", "list_medium", "list_large"].into_iter().zip(sizes) {
        let mut database = stage.database(name).await?;
        fill(&mut database, initiatives, &mut written, &mut progress).await?;
        let fleet = stage.fleet(&database, 1).await?;
        let client = fleet.client();
        database.close().await;
        all.push(Size { initiatives, fleet, client, first: Default::default(), deeper: Default::default(), total: Vec::new() });
    }
    progress.finish();
    let rounds = stage.size(25, 1);
    let mut progress = Progress::items("pages", (rounds * ORDERS.len() * PAGES * all.len()) as u64, true);
    let mut done = 0;
    // The round before the first is not counted: it fills the caches.
    for round in 0..=rounds {
        for (n, order) in ORDERS.iter().enumerate() {
            let mut cursors: Vec<Option<String>> = vec![None; all.len()];
            for page in 0..PAGES {
                for (size, cursor) in all.iter_mut().zip(&mut cursors) {
                    let (took, next) = size.page(order, cursor.take()).await?;
                    *cursor = Some(next);
                    if round > 0 {
                        if page == 0 { &mut size.first[n] } else { &mut size.deeper[n] }.push(took);
                        done += 1;
                    }
                }
                progress.set(done);
            }
        }
    }
    for _ in 0..stage.size(5, 1) {
        for size in &mut all {
            let took = size.count().await?;
            size.total.push(took);
        }
    }
    progress.finish();
    let rows = rows(&mut all);
    for size in all {
        size.fleet.end().await?;
    }
    Ok(Section {
        name: "list",
        title: "20 initiatives with tally and author, one client (ratios to the smallest size in the same run)",
        columns: &["pages", "initiatives", "answers", "p50_ms", "p99_ms", "p50_ratio", "p99_ratio"],
        rows,
    })
}

async fn fill(database: &mut Database, initiatives: usize, written: &mut usize, progress: &mut Progress) -> Result<()> {
    database.people(AUTHORS).await?;
    let pool = &database.pool;
    let batches = (0..initiatives).step_by(BATCH).map(|from| async move {
        let to = initiatives.min(from + BATCH);
        sql::fill_initiatives(pool, from, to).await.map(|()| to - from)
    });
    // Two at once: what takes time is the processor, for the words of the search.
    let mut filling = pin!(stream::iter(batches).buffer_unordered(2));
    while let Some(filled) = filling.try_next().await? {
        *written += filled;
        progress.set(*written as u64);
    }
    sql::settle(&database.pool).await?;
    sql::checkpoint(&database.pool).await?;
    Ok(())
}

impl Size {
    /// One page: how long it took, and where the next begins.
    async fn page(&mut self, order: &str, after: Option<String>) -> Result<(Duration, String)> {
        let query = "query($order: InitiativeOrder!, $after: String) { initiatives(first: 20, orderBy: $order, after: $after) {
            nodes { id title state createdAt tally { counts ballots } author { name } } pageInfo { endCursor } } }";
        let body = json!({ "query": query, "variables": { "order": order, "after": after } }).to_string();
        let (took, answer) = self.ask(&body).await?;
        let list = &answer["data"]["initiatives"];
        let nodes = list["nodes"].as_array().map_or(&[][..], Vec::as_slice);
        let whole = nodes.len() == 20 && nodes.iter().all(|node| node["tally"]["ballots"].is_i64() && node["author"]["name"].is_string());
        let next = list["pageInfo"]["endCursor"].as_str().filter(|_| whole);
        Ok((took, next.with_context(|| format!("a page of {order} is not whole: {answer}"))?.to_owned()))
    }

    /// The number of all, counted.
    async fn count(&mut self) -> Result<Duration> {
        let (took, answer) = self.ask(&json!({ "query": "{ initiatives(first: 1) { totalCount } }" }).to_string()).await?;
        let count = answer["data"]["initiatives"]["totalCount"].as_u64();
        count.filter(|count| *count == self.initiatives as u64).with_context(|| format!("a wrong count: {answer}"))?;
        Ok(took)
    }

    async fn ask(&mut self, body: &str) -> Result<(Duration, Value)> {
        let start = Instant::now();
        let answer = self.client.post(None, body).await?.answered()?;
        Ok((start.elapsed(), answer.json()))
    }
}

fn rows(all: &mut [Size]) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    let mut row = |what: String, took: Vec<(usize, Vec<Duration>)>| {
        let took: Vec<(usize, Latencies)> = took.into_iter().map(|(initiatives, took)| (initiatives, Latencies::new(took))).collect();
        for (initiatives, latencies) in &took {
            let ratio = |part| number(latencies.ms(part) / took[0].1.ms(part));
            let values = [number(latencies.ms(0.5)), number(latencies.ms(0.99)), ratio(0.5), ratio(0.99)];
            rows.push([json!(what), json!(initiatives), json!(latencies.count())].into_iter().chain(values).collect());
        }
    };
    for (n, order) in ORDERS.iter().enumerate() {
        row(format!("{order}, page 1"), all.iter_mut().map(|size| (size.initiatives, std::mem::take(&mut size.first[n]))).collect());
        let deeper = all.iter_mut().map(|size| (size.initiatives, std::mem::take(&mut size.deeper[n]))).collect();
        row(format!("{order}, pages 2–{PAGES}"), deeper);
    }
    row("totalCount".into(), all.iter_mut().map(|size| (size.initiatives, std::mem::take(&mut size.total))).collect());
    rows
}
