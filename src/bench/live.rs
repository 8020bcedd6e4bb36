//! A vote's way to thousands of subscribers over WebSocket (graphql-transport-ws), and what they cost in memory.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::timeout,
};

use super::{
    client::Client,
    load::{Bound, Latencies, closed_loop},
    report::{Section, number},
    socket::{self, Socket},
    sql,
    stage::{self, Fleet, Stage},
    votes::Turns,
};
use crate::{
    gid::{self, Kind},
    import::Progress,
};

const PATIENCE: Duration = Duration::from_secs(60);
/// Between two votes that each are told on their own: a tally is told at most four times a second.
const PAUSE: Duration = Duration::from_millis(400);
/// Sockets opened at once.
const OPENING: usize = 64;
/// Files and sockets of a process besides the subscribers'.
const SPARE: usize = 500;

/// What one subscriber got: the version of the tally, and when.
type Receipt = (u64, Instant);

/// Subscribers, each a task that ends with the value.
struct Audience {
    server: SocketAddr,
    variables: Value,
    tasks: JoinSet<Result<()>>,
    told: UnboundedSender<Receipt>,
    receipts: UnboundedReceiver<Receipt>,
    by_version: BTreeMap<u64, Vec<Instant>>,
}

impl Audience {
    fn new(server: SocketAddr) -> Self {
        let (told, receipts) = unbounded_channel();
        let variables = json!({ "id": gid::encode(Kind::Initiative, sql::initiative(0)).0 });
        Self { server, variables, tasks: JoinSet::new(), told, receipts, by_version: BTreeMap::new() }
    }

    /// Lets more in until there are so many.
    async fn grow(&mut self, size: usize) -> Result<()> {
        let mut progress = Progress::items("subscribers", size as u64, true);
        let (server, variables) = (self.server, &self.variables);
        let query = "subscription($id: ID!) { voteTally(initiativeId: $id) { counts ballots version } }";
        let missing = size.saturating_sub(self.tasks.len());
        let opening = stream::iter(0..missing).map(|_| Socket::subscribe(server, query, variables)).buffer_unordered(OPENING);
        tokio::pin!(opening);
        while let Some((mut socket, _)) = opening.try_next().await.context("failed to open a subscription")? {
            let told = self.told.clone();
            self.tasks.spawn(async move {
                loop {
                    let event = socket.event().await?;
                    let version = socket::version(&event).context("an event without a version")?;
                    if told.send((version, Instant::now())).is_err() {
                        return Ok(());
                    }
                }
            });
            progress.set(self.tasks.len() as u64);
        }
        progress.finish();
        Ok(())
    }

    /// When each of them had this version.
    async fn all_have(&mut self, version: u64) -> Result<Vec<Instant>> {
        let size = self.tasks.len();
        let waiting = async {
            while self.by_version.get(&version).map_or(0, Vec::len) < size {
                tokio::select! {
                    receipt = self.receipts.recv() => {
                        let (version, at) = receipt.context("nobody listens any more")?;
                        self.by_version.entry(version).or_default().push(at);
                    }
                    Some(ended) = self.tasks.join_next() => {
                        ended??;
                        anyhow::bail!("a subscriber left");
                    }
                }
            }
            Ok(())
        };
        let outcome = timeout(PATIENCE, waiting).await;
        let had = self.by_version.get(&version).map_or(0, Vec::len);
        outcome.with_context(|| format!("{had} of {size} subscribers had the tally after a minute"))??;
        Ok(self.by_version.remove(&version).unwrap_or_default())
    }
}

fn sizes(short: bool) -> [usize; 2] {
    if short { [50, 200] } else { [1_000, 5_000] }
}

/// Makes room for as many sockets as the part opens, here and in the servers started after this.
///
/// # Errors
/// The system does not allow so many.
pub fn open_files(short: bool) -> Result<()> {
    stage::open_files((sizes(short)[1] + SPARE) as u64)
}

/// Measures the part.
///
/// # Errors
/// A subscription was refused, or a subscriber missed the final tally.
pub async fn measure(stage: &Stage) -> Result<Section> {
    let sizes = sizes(stage.short);
    let mut database = stage.database("live").await?;
    let turns = Turns::new(0..1);
    let bound = stage.size(Bound { count: 20_000, time: Duration::from_secs(3) }, Bound { count: 200, time: Duration::from_secs(1) });
    database.people(turns.people(sizes.len() * (bound.count + 100))).await?;
    sql::open_votes(&database.pool, 1).await?;
    let mut fleet = stage.fleet(&database, 1).await?;
    let mut client = fleet.client();
    for _ in 0..20 {
        turns.vote(&mut client).await?;
    }
    let mut audience = Audience::new(fleet.addresses[0]);
    let empty = fleet.only()?.memory()?.resident;
    let mut rows = Vec::new();
    for size in sizes {
        audience.grow(size).await?;
        let opened = fleet.only()?.memory()?.resident;
        let (took, slowest) = lone_votes(&turns, &mut client, &mut audience, stage.size(20, 3)).await?;
        let (late, told) = crowd(&turns, &fleet, &mut client, &mut audience, bound).await?;
        let after = fleet.only()?.memory()?.resident;
        let megabytes = |bytes: u64| number(bytes as f64 / 1e6);
        rows.push(vec![
            json!(size),
            number(took.ms(0.5)),
            number(took.ms(0.99)),
            number(slowest.as_secs_f64() * 1e3),
            number(late.as_secs_f64() * 1e3),
            number(told),
            megabytes(empty),
            megabytes(opened),
            megabytes(after),
            number(opened.saturating_sub(empty) as f64 / 1e3 / size as f64),
        ]);
    }
    drop(audience);
    fleet.end().await?;
    database.close().await;
    Ok(Section {
        name: "live",
        title: "From a vote's request to its tally at every subscriber; memory of the one server",
        columns: &[
            "subscribers",
            "p50_ms",
            "p99_ms",
            "last_ms",
            "final_after_crowd_ms",
            "told_per_s",
            "rss_before_mb",
            "rss_open_mb",
            "rss_after_mb",
            "kb_per_socket",
        ],
        rows,
    })
}

/// Votes one by one, each awaited by everybody: how long it took to each subscriber, and the worst to the last of them.
async fn lone_votes(turns: &Turns, client: &mut Client, audience: &mut Audience, votes: usize) -> Result<(Latencies, Duration)> {
    let mut took = Vec::new();
    for _ in 0..votes {
        tokio::time::sleep(PAUSE).await;
        let sent = Instant::now();
        let answer = turns.vote(client).await?;
        let version = socket::version(&answer.body).context("a vote's answer without a version")?;
        took.extend(audience.all_have(version).await?.into_iter().map(|at| at.saturating_duration_since(sent)));
    }
    let slowest = took.iter().max().copied().unwrap_or_default();
    Ok((Latencies::new(took), slowest))
}

/// Many vote at once: how long after their last acknowledgement the final tally was with the last subscriber, and how often a
/// second each was told.
async fn crowd(turns: &Turns, fleet: &Fleet, client: &mut Client, audience: &mut Audience, bound: Bound) -> Result<(Duration, f64)> {
    tokio::time::sleep(PAUSE).await;
    audience.by_version.clear();
    let voters = Client::crowd(&fleet.addresses, 16).await?;
    let voting = turns.clone();
    let run = closed_loop(voters, bound, move |mut client: Client| {
        let voting = voting.clone();
        async move {
            voting.vote(&mut client).await?;
            Ok(client)
        }
    })
    .await?;
    let ended = Instant::now();
    let query = json!({ "query": "query($id: ID!) { initiative(id: $id) { tally { version } } }", "variables": audience.variables });
    let answer = client.post(None, &query.to_string()).await?.answered()?;
    let version = socket::version(&answer.body).context("a tally without a version")?;
    let last = audience.all_have(version).await?;
    let messages = audience.by_version.values().map(Vec::len).sum::<usize>() + last.len();
    ensure!(!last.is_empty(), "nobody was told");
    let late = last.into_iter().max().map_or(Duration::ZERO, |at| at.saturating_duration_since(ended));
    Ok((late, messages as f64 / audience.tasks.len() as f64 / (run.elapsed + late).as_secs_f64()))
}
