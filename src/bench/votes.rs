//! Votes a second through HTTP against single-row commits of the same database.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Result, ensure};
use serde_json::json;

use super::{
    client::{Answer, Client},
    commits::{self, Commits},
    load::{Bound, Run, closed_loop},
    report::{Section, median, number},
    sql,
    stage::{Database, Fleet, Stage, token},
};
use crate::{
    gid::{self, Kind},
    import::Progress,
};

const CLIENTS: [usize; 3] = [1, 16, 256];
/// Initiatives among which the votes of the spread rows go.
const SPREAD: usize = 16;
/// People who have voted before the first run, so that there is somebody to change their mind.
const AHEAD: usize = 300;
/// Fills caches, connections and prepared statements of new servers.
const WARM_UP: Bound = Bound { count: AHEAD, time: Duration::from_secs(60) };

/// Whose turn it is. Half of the votes are new, the others change one cast a while before; everybody votes twice, always on the
/// same initiative.
#[derive(Clone)]
pub struct Turns {
    turn: Arc<AtomicUsize>,
    initiatives: Arc<[String]>,
}

impl Turns {
    /// Over some of the initiatives of [`sql::open_votes`].
    pub fn new(initiatives: Range<usize>) -> Self {
        let initiatives = initiatives.map(|n| gid::encode(Kind::Initiative, sql::initiative(n)).0).collect();
        Self { turn: Arc::default(), initiatives }
    }

    /// One vote by whose turn it is.
    ///
    /// # Errors
    /// It was refused.
    pub async fn vote(&self, client: &mut Client) -> Result<Answer> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let (person, choice) = match turn {
            0..AHEAD => (turn, 0),
            turn if turn % 2 == AHEAD % 2 => (AHEAD + (turn - AHEAD) / 2, 0),
            turn => ((turn - AHEAD) / 2, 1),
        };
        let initiative = &self.initiatives[person % self.initiatives.len()];
        let body = json!({
            "query": "mutation($input: CastVoteInput!) { castVote(input: $input) { tally { ballots version } userErrors { code } } }",
            "variables": { "input": { "initiativeId": initiative, "choices": [choice] } }
        });
        client.post(Some(&token(person)), &body.to_string()).await?.done()
    }

    /// How many people there must be for so many more votes.
    pub fn people(&self, votes: usize) -> usize {
        AHEAD + (self.turn.load(Ordering::Relaxed) + votes) / 2 + 1
    }

    /// How many have voted.
    fn voters(&self) -> usize {
        let turns = self.turn.load(Ordering::Relaxed);
        turns.min(AHEAD) + turns.saturating_sub(AHEAD).div_ceil(2)
    }
}

/// Measures the part.
///
/// # Errors
/// A vote was refused, or in the end a tally is not the recount.
pub async fn measure(stage: &Stage) -> Result<Section> {
    let mut database = stage.database("votes").await?;
    database.people(AHEAD).await?;
    sql::open_votes(&database.pool, 1 + SPREAD).await?;
    let commits = Commits::prepare(&database, stage.folder().to_owned()).await?;
    let rounds = stage.size(3, 1);
    // Servers, clients, initiatives.
    let mut plan: Vec<(usize, usize, usize)> = CLIENTS.map(|clients| (1, clients, 1)).to_vec();
    plan.extend([(2, 256, 1), (3, 256, 1)]);
    if !stage.short {
        plan.splice(3..3, [(1, 256, SPREAD)]);
        plan.push((3, 256, SPREAD));
    }
    let mut progress = Progress::items("votes", (plan.len() * rounds * 3) as u64, true);
    let (one, spread) = (Turns::new(0..1), Turns::new(1..1 + SPREAD));
    let mut rows = Vec::new();
    let mut done = 0;
    let mut running: Option<(usize, Fleet)> = None;
    for (servers, clients, initiatives) in plan {
        let fleet = match running.take() {
            Some((size, fleet)) if size == servers => fleet,
            former => {
                if let Some((_, former)) = former {
                    former.end().await?;
                }
                let fleet = stage.fleet(&database, servers).await?;
                for turns in stage.size(&[&one, &spread][..], &[&one]) {
                    round(turns, &mut database, &fleet, 16, stage.size(WARM_UP, Bound { count: 32, ..WARM_UP })).await?;
                }
                fleet
            }
        };
        let turns = if initiatives == 1 { &one } else { &spread };
        let (mut votes, mut own, mut pgbench, mut took) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let run = round(turns, &mut database, &fleet, clients, stage.bound()).await?;
            votes.push(run.rate());
            took.push(run.took.ms(0.99));
            own.push(commits.own(clients, stage.bound()).await?);
            pgbench.extend(commits.pgbench(clients, stage.bound()).await?);
            done += 3;
            progress.set(done);
        }
        let (votes, own, pgbench) = (median(&votes), median(&own), median(&pgbench));
        rows.push(vec![
            json!(servers),
            json!(clients),
            json!(initiatives),
            number(votes),
            number(median(&took)),
            json!(commits::connections(clients)),
            number(own),
            number(pgbench),
            number(votes / own),
            number(votes / pgbench),
        ]);
        running = Some((servers, fleet));
    }
    progress.finish();
    if let Some((_, fleet)) = running {
        fleet.end().await?;
    }
    let (ballots, wrong) = sql::recount(&database.pool).await?;
    ensure!(wrong == 0, "{wrong} tallies are not the recount of their ballots");
    let cast = one.voters() + spread.voters();
    ensure!(usize::try_from(ballots)? == cast, "{cast} ballots were acknowledged, there are {ballots}");
    database.close().await;
    Ok(Section {
        name: "votes",
        title: "Votes through HTTP against single-row commits of the same database (medians of interleaved runs)",
        columns: &[
            "servers",
            "clients",
            "initiatives",
            "votes_per_s",
            "vote_p99_ms",
            "commit_connections",
            "commits_per_s",
            "pgbench_per_s",
            "ratio",
            "ratio_to_pgbench",
        ],
        rows,
    })
}

/// Some votes at once, after a checkpoint, so that no run pays for the one before.
async fn round(turns: &Turns, database: &mut Database, fleet: &Fleet, clients: usize, bound: Bound) -> Result<Run> {
    database.people(turns.people(bound.count)).await?;
    sql::checkpoint(&database.pool).await?;
    let crowd = Client::crowd(&fleet.addresses, clients).await?;
    let turns = turns.clone();
    closed_loop(crowd, bound, move |mut client: Client| {
        let turns = turns.clone();
        async move {
            turns.vote(&mut client).await?;
            Ok(client)
        }
    })
    .await
}
