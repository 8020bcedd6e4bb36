//! How long single requests take: a vote, `me`, the page of an initiative; alone, and while others load the server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::json;
use tokio::task::JoinHandle;

use super::{
    client::Client,
    load::{Bound, Latencies, closed_loop},
    report::{Section, number},
    sql,
    stage::{Fleet, Stage, token},
    votes::Turns,
};
use crate::{
    gid::{self, Kind},
    import::Progress,
};

/// Clients of the load: every fourth request a vote, the others lists.
const LOAD: usize = 16;
/// Initiatives that the lists choose from.
const INITIATIVES: usize = 10_000;
const COMMENTS: usize = 20;
const PAGE: &str = "query($id: ID!) { initiative(id: $id) {
    title goal effect resources state ballotOptions threshold votingEndsAt tally { counts ballots } author { name } department { id }
    history { to at reason } coauthors { signedAt } attachments { name } milestones { title } tallyCourse { hour ballots } myBallot { choices }
    comments(first: 20) { totalCount nodes { body createdAt author { name } score { up down } } } } }";
const LIST: &str = r#"{"query":"{ initiatives(first: 20) { nodes { id title state tally { counts ballots } author { name } } } }"}"#;

/// Measures the part.
///
/// # Errors
/// A request was not answered.
pub async fn measure(stage: &Stage) -> Result<Section> {
    let mut database = stage.database("answers").await?;
    let voted = Turns::new(0..1);
    let of_load = Turns::new(1..5);
    database.people(stage.size(150_000, 5_000)).await?;
    sql::open_votes(&database.pool, 5).await?;
    sql::fill_initiatives(&database.pool, 5, stage.size(INITIATIVES, 200)).await?;
    sql::settle(&database.pool).await?;
    let mut fleet = stage.fleet(&database, 1).await?;
    let subject = gid::encode(Kind::Initiative, sql::initiative(0)).0;
    let mut client = fleet.client();
    discuss(&mut client, &subject).await?;
    let requests = Requests {
        votes: voted,
        me: json!({ "query": "{ me { id name roles } }" }).to_string(),
        page: json!({ "query": PAGE, "variables": { "id": subject } }).to_string(),
    };
    let samples = stage.size(400, 20);
    requests.sample(&mut client, 20, "warm-up").await?;
    let alone = requests.sample(&mut client, samples, "alone").await?;
    let (load, answered) = load(&fleet, &of_load);
    let began = Instant::now();
    let loaded = requests.sample(&mut client, samples, "under load").await;
    let rate = answered.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    if load.is_finished() {
        load.await??;
        bail!("the load came to its end too early");
    }
    load.abort();
    let loaded = loaded?;
    let memory = fleet.only()?.memory()?.resident;
    fleet.end().await?;
    database.close().await;
    let rows = ["a vote", "me", "an initiative's page"]
        .into_iter()
        .zip(alone.iter().zip(&loaded))
        .map(|(name, (alone, loaded))| {
            let values = [alone.ms(0.5), alone.ms(0.99), loaded.ms(0.5), loaded.ms(0.99), rate, memory as f64 / 1e6];
            [json!(name), json!(alone.count())].into_iter().chain(values.map(number)).collect()
        })
        .collect();
    Ok(Section {
        name: "answers",
        title: "Single requests by one client: alone, and under the load of 16 others (a quarter votes, the rest lists)",
        columns: &["request", "answers", "alone_p50_ms", "alone_p99_ms", "loaded_p50_ms", "loaded_p99_ms", "load_requests_per_s", "rss_mb"],
        rows,
    })
}

async fn discuss(client: &mut Client, subject: &str) -> Result<()> {
    let query = "mutation($input: AddCommentInput!) { addComment(input: $input) { userErrors { code message } } }";
    for n in 0..COMMENTS {
        let input = json!({ "subjectId": subject, "body": format!("Поддерживаю: на остановке холодно, я жду там каждое утро. № {n}") });
        let body = json!({ "query": query, "variables": { "input": input } }).to_string();
        client.post(Some(&token(n)), &body).await?.done().context("a comment")?;
    }
    Ok(())
}

/// What is asked, in turn.
struct Requests {
    votes: Turns,
    me: String,
    page: String,
}

impl Requests {
    async fn sample(&self, client: &mut Client, samples: usize, what: &'static str) -> Result<[Latencies; 3]> {
        let mut took: [Vec<Duration>; 3] = Default::default();
        let mut progress = Progress::items(what, samples as u64, true);
        let someone = token(0);
        for n in 0..samples {
            let start = Instant::now();
            self.votes.vote(client).await?;
            took[0].push(start.elapsed());
            for (took, body) in took[1..].iter_mut().zip([&self.me, &self.page]) {
                let start = Instant::now();
                client.post(Some(&someone), body).await?.answered()?;
                took.push(start.elapsed());
            }
            progress.set(n as u64 + 1);
        }
        progress.finish();
        Ok(took.map(Latencies::new))
    }
}

/// Others at work until they are told to stop, and how many answers they had.
fn load(fleet: &Fleet, turns: &Turns) -> (JoinHandle<Result<()>>, Arc<AtomicUsize>) {
    let answered = Arc::new(AtomicUsize::new(0));
    let (counted, turns, addresses) = (answered.clone(), turns.clone(), fleet.addresses.clone());
    let task = tokio::spawn(async move {
        let crowd = Client::crowd(&addresses, LOAD).await?;
        let bound = Bound { count: usize::MAX, time: Duration::from_secs(300) };
        closed_loop(crowd, bound, move |mut client: Client| {
            let (counted, turns) = (counted.clone(), turns.clone());
            async move {
                if counted.fetch_add(1, Ordering::Relaxed) % 4 == 0 {
                    turns.vote(&mut client).await?;
                } else {
                    client.post(None, LIST).await?.answered()?;
                }
                Ok(client)
            }
        })
        .await?;
        Ok(())
    });
    (task, answered)
}
