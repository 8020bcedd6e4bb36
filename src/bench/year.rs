//! A simulated year of messages: matters that come and go, change their words and burst; each placed when it comes, the window
//! clustered anew every thirty nights, and every proposed change accepted.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    report::{Section, number},
    stage::Stage,
    understanding::message,
};
use crate::{
    import::Progress,
    nlp::{
        Embedder, Idf, Lexical,
        cluster::{Centroids, Placement},
        features::mix,
        metrics, regroup,
    },
    triage::{
        changes::{self, Change, Known, Member, Standing},
        spaces,
    },
};

const MESSAGES: usize = 200_000;
const MESSAGES_SHORT: usize = 360;
const DAYS: usize = 360;
/// Days between two fresh clusterings.
const NIGHTS: usize = 30;
/// Messages of the window that is clustered anew.
const WINDOW: usize = 50_000;
/// Texts that an embedder learns from.
const SAMPLE: usize = 10_000;
/// Matters that are written about all year, in one of the seasons, and for ten days.
const LASTING: usize = 150;
const SEASONAL: usize = 60;
const PASSING: usize = 20;

/// The matter and the text of message `n` of a day.
fn written(day: usize, n: usize) -> (u64, String) {
    let chance = mix((day * 100_003 + n) as u64);
    // Every twentieth day a third of all write about one thing.
    let burst = day.is_multiple_of(20) && chance.is_multiple_of(3);
    let of = |start: usize, count: usize| start as u64 + mix(chance ^ 1) % count as u64;
    let matter = match chance / 3 % 10 {
        _ if burst => 90_000 + day as u64,
        0..6 => of(0, LASTING),
        6..9 => of(10_000 + day / 90 * SEASONAL, SEASONAL),
        _ => of(20_000 + day / 10 * PASSING, PASSING),
    };
    // Half of a matter's words are others in the next quarter.
    (matter, message(chance, matter, (day / 90) as u64))
}

/// A message that was placed.
struct Placed {
    ticket: Uuid,
    cluster: Uuid,
    matter: u64,
    text: String,
    vector: Vec<f32>,
}

/// What is held: the window, and an embedder with the clusters in its space.
struct City {
    window: VecDeque<Placed>,
    idf: Idf,
    embedder: Lexical,
    learned: u32,
    centroids: Centroids,
    sizes: BTreeMap<Uuid, u32>,
    count: u128,
}

impl City {
    fn new() -> Self {
        let embedder = Lexical::new(Idf::new(), None);
        let centroids = Centroids::new(embedder.dimensions());
        Self { window: VecDeque::new(), idf: Idf::new(), embedder, learned: 0, centroids, sizes: BTreeMap::new(), count: 0 }
    }

    fn take(&mut self, matter: u64, text: String) {
        self.idf.observe(&text);
        if spaces::outgrown(self.learned.into(), self.idf.documents().into()) {
            self.learn();
        }
        let vector = self.embedder.embed(&[&text]).pop().unwrap_or_default();
        self.count += 1;
        let ticket = Uuid::from_u128(self.count);
        let cluster = match self.centroids.place(&vector, self.embedder.thresholds().join) {
            Placement::Join(neighbour) => neighbour.cluster,
            Placement::Open => ticket,
        };
        self.centroids.add(cluster, &vector);
        *self.sizes.entry(cluster).or_default() += 1;
        self.window.push_back(Placed { ticket, cluster, matter, text, vector });
        if self.window.len() > WINDOW {
            self.window.pop_front();
        }
    }

    /// A new space: all vectors anew, nobody moves.
    fn learn(&mut self) {
        self.learned = self.idf.documents();
        let texts: Vec<&str> = self.window.iter().rev().take(SAMPLE).map(|placed| placed.text.as_str()).collect();
        self.embedder = if texts.len() < 1_000 { Lexical::new(self.idf.clone(), None) } else { Lexical::learn(self.idf.clone(), &texts) };
        for placed in &mut self.window {
            placed.vector = self.embedder.embed(&[&placed.text]).pop().unwrap_or_default();
        }
        self.rebuild();
    }

    fn rebuild(&mut self) {
        self.centroids = Centroids::new(self.embedder.dimensions());
        for placed in &self.window {
            self.centroids.add(placed.cluster, &placed.vector);
        }
    }

    /// Clusters the window anew and does all that is proposed; the shares of its messages that got another cluster, and that got it
    /// although most of the messages there are of another matter.
    fn regroup(&mut self) -> (f64, f64) {
        let vectors: Vec<Vec<f32>> = self.window.iter().map(|placed| placed.vector.clone()).collect();
        let labels = regroup::regroup(&vectors, self.embedder.thresholds().similar);
        let member = |(placed, label): (&Placed, Option<regroup::Label>)| {
            Some(Member { ticket: placed.ticket, cluster: placed.cluster, matter: label?.matter, standing: Standing::Free })
        };
        let members: Vec<Member> = self.window.iter().zip(labels).filter_map(member).collect();
        let known: Vec<Known> = self.sizes.iter().map(|(id, size)| Known { id: *id, size: *size, open: true }).collect();
        let mut whole: BTreeMap<Uuid, Uuid> = BTreeMap::new();
        let mut single: BTreeMap<Uuid, Uuid> = BTreeMap::new();
        for change in changes::propose(&known, &members, &[]) {
            match change {
                Change::Merge { target, sources } => whole.extend(sources.into_iter().map(|source| (source, target))),
                Change::Move { to, tickets, .. } => single.extend(tickets.into_iter().map(|ticket| (ticket, to))),
                Change::Split { tickets, .. } => {
                    self.count += 1;
                    let new = Uuid::from_u128(self.count);
                    single.extend(tickets.into_iter().map(|ticket| (ticket, new)));
                }
            }
        }
        let mut moved = Vec::new();
        for (at, placed) in self.window.iter_mut().enumerate() {
            let to = single.get(&placed.ticket).or_else(|| whole.get(&placed.cluster)).copied();
            if let Some(to) = to.filter(|to| *to != placed.cluster) {
                if let Some(size) = self.sizes.get_mut(&placed.cluster) {
                    *size = size.saturating_sub(1);
                }
                *self.sizes.entry(to).or_default() += 1;
                placed.cluster = to;
                moved.push(at);
            }
        }
        for (source, target) in whole {
            let left = self.sizes.remove(&source).unwrap_or(0);
            *self.sizes.entry(target).or_default() += left;
        }
        self.sizes.retain(|_, size| *size > 0);
        self.rebuild();
        let mut matters: BTreeMap<Uuid, BTreeMap<u64, usize>> = BTreeMap::new();
        for placed in &self.window {
            *matters.entry(placed.cluster).or_default().entry(placed.matter).or_default() += 1;
        }
        let foreign = |at: &&usize| {
            let placed = &self.window[**at];
            let most = matters.get(&placed.cluster).and_then(|counts| counts.iter().max_by_key(|(_, count)| **count));
            most.is_some_and(|(matter, _)| *matter != placed.matter)
        };
        let all = self.window.len().max(1) as f64;
        (moved.len() as f64 / all, moved.iter().filter(foreign).count() as f64 / all)
    }
}

/// Measures the part.
///
/// # Errors
/// The kernel tells nothing of this process.
pub async fn measure(stage: &Stage) -> Result<Section> {
    let messages = stage.size(MESSAGES, MESSAGES_SHORT);
    let rows = tokio::task::spawn_blocking(move || live(messages)).await??;
    Ok(Section {
        name: "year",
        title: "A simulated year in memory: matters come, go, change their words and burst; all proposed changes are accepted",
        columns: &["day", "messages", "clusters", "nmi", "placed_per_s", "night_s", "moved", "moved_wrongly", "stable", "rss_mb"],
        rows,
    })
}

fn live(messages: usize) -> Result<Vec<Vec<Value>>> {
    let mut city = City::new();
    let mut rows = Vec::new();
    let mut progress = Progress::items("a year", DAYS as u64, true);
    let (mut done, mut placing) = (0, Duration::ZERO);
    for day in 0..DAYS {
        let until = messages * (day + 1) / DAYS;
        let start = Instant::now();
        for n in done..until {
            let (matter, text) = written(day, n);
            city.take(matter, text);
        }
        placing += start.elapsed();
        done = until;
        progress.set(day as u64 + 1);
        if !(day + 1).is_multiple_of(NIGHTS) {
            continue;
        }
        let start = Instant::now();
        let (moved, wrongly) = city.regroup();
        let night = start.elapsed();
        let (clusters, matters): (Vec<usize>, Vec<usize>) =
            city.window.iter().map(|placed| (placed.cluster.as_u128() as usize, placed.matter as usize)).unzip();
        let figures = [
            metrics::nmi(&clusters, &matters),
            done as f64 / placing.as_secs_f64(),
            night.as_secs_f64(),
            moved,
            wrongly,
            1.0 - wrongly,
            resident()?,
        ];
        rows.push([json!(day + 1), json!(done), json!(city.sizes.len())].into_iter().chain(figures.map(number)).collect());
    }
    progress.finish();
    Ok(rows)
}

/// Memory of this process, in megabytes.
fn resident() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the kernel tells no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1e3)
}
