//! Several real servers behind a plain round-robin: when one of them goes, nobody misses the end and no vote is lost.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt, future::join_all, stream};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};
use uuid::Uuid;

use crate::{
    processes::{Process, start, url},
    support::{Person, TestApp, key},
};

const PATIENCE: Duration = Duration::from_secs(60);
const WATCHERS: usize = 200;
const VOTERS: usize = 1_500;

/// Passes connections on to the servers in turn; one that does not answer is passed over.
struct Balancer {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Balancer {
    async fn start(servers: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = tokio::spawn(async move {
            let next = Arc::new(AtomicUsize::new(0));
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let (servers, next) = (servers.clone(), next.clone());
                tokio::spawn(async move {
                    for _ in 0..servers.len() {
                        let server = servers[next.fetch_add(1, Ordering::Relaxed) % servers.len()];
                        if let Ok(mut upstream) = TcpStream::connect(server).await {
                            // Either end may vanish: that is what the tests are about.
                            let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
                            return;
                        }
                    }
                });
            }
        });
        Self { address, accepting }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Servers on one database, an initiative in voting, and people with sessions.
struct City {
    /// Shows the database; the servers under test are processes of their own.
    app: TestApp,
    servers: Vec<Process>,
    balancer: Balancer,
    initiative: String,
    voters: Vec<Person>,
}

impl City {
    async fn with(servers: usize, voters: usize) -> Self {
        let app = TestApp::start().await;
        let admin = app.administrator().await;
        let (department, officer) = app.department(&admin, "roads").await;
        let author = app.citizen("Anna").await;
        let more = json!({ "ballotKind": "FOR_AGAINST_ABSTAIN", "threshold": 1_000_000 });
        let initiative = app.voting(&author, &department, &officer, more).await;
        let voters = crate::support::people(&app, voters).await;
        let database = url(&app.options);
        let servers: Vec<Process> =
            tokio::task::spawn_blocking(move || (0..servers).map(|_| start(&database, &["serve", "--listen", "127.0.0.1:0"])).collect())
                .await
                .unwrap();
        let address = |server: &Process| server.url.trim_start_matches("http://").parse().unwrap();
        let balancer = Balancer::start(servers.iter().map(address).collect()).await;
        Self { app, servers, balancer, initiative, voters }
    }

    /// One try to vote over a client's connection: whether it was acknowledged. A refusal fails the test; a broken connection does not.
    async fn cast(&self, http: &reqwest::Client, voter: usize) -> bool {
        let query = "mutation($input: CastVoteInput!) { castVote(input: $input) { tally { version } userErrors { code } } }";
        let input = json!({ "initiativeId": self.initiative, "choices": [choice(voter)] });
        let request = http
            .post(format!("http://{}/graphql", self.balancer.address))
            .bearer_auth(&self.voters[voter].token)
            .json(&json!({ "query": query, "variables": { "input": input } }));
        let Ok(response) = request.send().await else { return false };
        let status = response.status();
        let Ok(answer) = response.json::<Value>().await else { return false };
        assert!(status == 200 && answer["data"]["castVote"]["userErrors"] == json!([]), "{status} {answer}");
        true
    }

    /// What each voter's ballot is in the database.
    async fn ballots(&self) -> BTreeMap<Uuid, Vec<i16>> {
        let rows: Vec<(Uuid, Vec<i16>)> = sqlx::query_as("select voter_id, choices from ballots where initiative_id = $1")
            .bind(key(&json!(self.initiative)))
            .fetch_all(self.app.db())
            .await
            .unwrap();
        rows.into_iter().collect()
    }

    /// The tally that the API gives, checked against the ballots.
    async fn tally(&self) -> Value {
        let query = "query($id: ID!) { initiative(id: $id) { tally { ballots counts version } } }";
        let tally = self.app.query(None, query, json!({ "id": self.initiative })).await["initiative"]["tally"].clone();
        let ballots = self.ballots().await;
        let count = |option: i16| ballots.values().filter(|b| **b == [option]).count();
        assert_eq!(tally["ballots"], json!(ballots.len()), "the tally is the recount");
        assert_eq!(tally["counts"], json!([count(0), count(1), count(2)]), "the tally is the recount");
        tally
    }
}

fn choice(voter: usize) -> i16 {
    (voter % 3) as i16
}

/// People who watch the tally through the balancer; they come back when their connection breaks.
struct Watchers {
    ready: watch::Receiver<usize>,
    last: watch::Sender<i64>,
    watching: Vec<JoinHandle<(usize, Value)>>,
}

impl Watchers {
    fn start(city: &City, count: usize) -> Self {
        let (tell, ready) = watch::channel(0);
        let (last, told) = watch::channel(i64::MAX);
        let tell = Arc::new(tell);
        let watching = (0..count)
            .map(|_| tokio::spawn(watch_tally(city.balancer.address, city.initiative.clone(), tell.clone(), told.clone())))
            .collect();
        Self { ready, last, watching }
    }

    /// Waits until all of them have seen a first tally.
    async fn ready(&mut self) {
        let count = self.watching.len();
        timeout(PATIENCE, self.ready.wait_for(|ready| *ready == count)).await.expect("not all can subscribe").unwrap();
    }

    /// Waits until each has seen this tally; how often they came back, together.
    async fn have_seen(self, tally: &Value) -> usize {
        self.last.send(tally["version"].as_i64().unwrap()).unwrap();
        let mut back = 0;
        for seen in timeout(PATIENCE, join_all(self.watching)).await.expect("somebody never sees the final tally") {
            let (connections, seen) = seen.unwrap();
            assert_eq!(&seen, tally);
            back += connections - 1;
        }
        back
    }
}

/// Watches until the version that is said to be the last; gives the number of connections it took, and the last tally seen.
async fn watch_tally(
    balancer: SocketAddr,
    initiative: String,
    ready: Arc<watch::Sender<usize>>,
    mut last: watch::Receiver<i64>,
) -> (usize, Value) {
    let (mut connections, mut seen) = (0, Value::Null);
    loop {
        connections += 1;
        let done = subscribed(balancer, &initiative, &mut last, |tally| {
            let version = |tally: &Value| tally["version"].as_i64().unwrap_or(-1);
            assert!(version(&tally) >= version(&seen), "time does not go back: {seen} {tally}");
            if seen.is_null() {
                ready.send_modify(|n| *n += 1);
            }
            seen = tally;
            version(&seen)
        })
        .await;
        if done {
            return (connections, seen);
        }
        // As clients do: not all at the same moment, and not at once.
        tokio::time::sleep(Duration::from_millis(20 + connections as u64 * 20)).await;
    }
}

/// One connection: hands on every tally until the last one (true) or the end of the connection (false).
async fn subscribed(balancer: SocketAddr, initiative: &str, last: &mut watch::Receiver<i64>, mut tell: impl FnMut(Value) -> i64) -> bool {
    let mut request = format!("ws://{balancer}/graphql/ws").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let Ok((mut socket, _)) = connect_async(request).await else { return false };
    let query = "subscription($id: ID!) { voteTally(initiativeId: $id) { ballots counts version } }";
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": query, "variables": { "id": initiative } } });
    if socket.send(Message::text(json!({ "type": "connection_init" }).to_string())).await.is_err() {
        return false;
    }
    let mut version = -1;
    loop {
        if version >= *last.borrow_and_update() {
            return true;
        }
        let message = tokio::select! {
            message = socket.next() => message,
            _ = last.changed() => continue,
        };
        let Some(Ok(message)) = message else { return false };
        let Message::Text(text) = message else { continue };
        let message: Value = serde_json::from_str(&text).unwrap();
        match message["type"].as_str() {
            Some("connection_ack") => {
                if socket.send(Message::text(subscribe.to_string())).await.is_err() {
                    return false;
                }
            }
            Some("next") => {
                assert!(message["payload"].get("errors").is_none_or(Value::is_null), "{message}");
                version = tell(message["payload"]["data"]["voteTally"].clone());
            }
            Some("ping") => {
                let _ = socket.send(Message::text(json!({ "type": "pong" }).to_string())).await;
            }
            // A server that ends completes what runs on it.
            Some("complete") => return false,
            other => panic!("{other:?}: {message}"),
        }
    }
}

/// Everybody votes once, trying again until it is acknowledged; in the middle one server is killed.
async fn one_of_several_is_killed(count: usize) {
    let mut city = City::with(count, VOTERS).await;
    let mut watchers = Watchers::start(&city, WATCHERS);
    watchers.ready().await;
    let victim = city.servers.pop().unwrap();
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let tries = AtomicUsize::new(0);
    // Each of them keeps a connection of its own, so a part of them speaks with the server that dies.
    let clients: Vec<reqwest::Client> = (0..24).map(|_| crate::support::http().build().unwrap()).collect();
    let votes = stream::iter(0..VOTERS).for_each_concurrent(clients.len(), |voter| {
        let (city, clients, acknowledged, tries) = (&city, &clients, &acknowledged, &tries);
        async move {
            let deadline = Instant::now() + PATIENCE;
            loop {
                tries.fetch_add(1, Ordering::Relaxed);
                if city.cast(&clients[voter % clients.len()], voter).await {
                    break;
                }
                assert!(Instant::now() < deadline, "a vote never comes through");
            }
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    });
    let kill = tokio::spawn({
        let acknowledged = acknowledged.clone();
        async move {
            while acknowledged.load(Ordering::Relaxed) < VOTERS / 3 {
                tokio::task::yield_now().await;
            }
            // Dropping it kills it, with all that was under way.
            drop(victim);
            acknowledged.load(Ordering::Relaxed)
        }
    });
    votes.await;
    let at_the_kill = kill.await.unwrap();
    assert!(at_the_kill < VOTERS, "it was killed in the middle");
    let ledger: BTreeMap<Uuid, Vec<i16>> = city.voters.iter().enumerate().map(|(n, v)| (v.id, vec![choice(n)])).collect();
    assert_eq!(city.ballots().await, ledger, "what was acknowledged is there, and nothing else");
    let tally = city.tally().await;
    let back = watchers.have_seen(&tally).await;
    let tries = tries.into_inner();
    eprintln!(
        "{count} servers: killed after {at_the_kill} of {VOTERS} votes; {} votes tried again; {back} reconnections of {WATCHERS} watchers, all saw {tally}",
        tries - VOTERS
    );
    assert!(back >= WATCHERS / count / 2, "its watchers came back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_servers_is_killed_and_nothing_is_lost() {
    one_of_several_is_killed(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_three_servers_is_killed_and_nothing_is_lost() {
    one_of_several_is_killed(3).await;
}

/// A server that is asked to end answers everything it has taken: nobody tries twice, and there is a ballot for each answer and for
/// nothing else. A client only finds the connection closed that it kept idle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_asked_to_end_answers_what_it_took() {
    const CLIENTS: usize = 24;
    let mut city = City::with(2, VOTERS).await;
    let mut watchers = Watchers::start(&city, 20);
    watchers.ready().await;
    let mut leaver = city.servers.pop().unwrap();
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let voting = async {
        let (city, acknowledged) = (&city, &acknowledged);
        let clients = (0..CLIENTS).map(|client| async move {
            let http = crate::support::http().retry(reqwest::retry::never()).build().unwrap();
            let mut outcomes = Vec::new();
            for voter in (client..VOTERS).step_by(CLIENTS) {
                let answered = city.cast(&http, voter).await;
                acknowledged.fetch_add(usize::from(answered), Ordering::Relaxed);
                outcomes.push((voter, answered));
            }
            outcomes
        });
        join_all(clients).await.concat()
    };
    let ending = tokio::spawn({
        let acknowledged = acknowledged.clone();
        async move {
            while acknowledged.load(Ordering::Relaxed) < VOTERS / 3 {
                tokio::task::yield_now().await;
            }
            let pid = leaver.child.id().to_string();
            assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
            let at = acknowledged.load(Ordering::Relaxed);
            let deadline = Instant::now() + PATIENCE;
            let status = loop {
                if let Some(status) = leaver.child.try_wait().unwrap() {
                    break status;
                }
                assert!(Instant::now() < deadline, "the server does not end");
                tokio::time::sleep(Duration::from_millis(20)).await;
            };
            (at, status)
        }
    });
    let outcomes: Vec<(usize, bool)> = voting.await;
    let (at, status) = ending.await.unwrap();
    assert!(status.success() && at < VOTERS);
    let answered: BTreeMap<Uuid, Vec<i16>> =
        outcomes.iter().filter(|o| o.1).map(|(voter, _)| (city.voters[*voter].id, vec![choice(*voter)])).collect();
    assert_eq!(city.ballots().await, answered, "each answer has its ballot, and each ballot was answered");
    let lost = outcomes.len() - answered.len();
    let tally = city.tally().await;
    let back = watchers.have_seen(&tally).await;
    eprintln!("asked to end after {at} of {VOTERS} votes: {lost} requests met a closed connection, {back} of 20 watchers came back");
    assert!(lost <= CLIENTS, "{lost}: a connection is closed once");
}
