//! A platform of the tests' own: it takes what the bot says, keeps what the contract says, and fails when it is told to.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, dead_code)]

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinHandle,
};
use veche_client::Client;
use veche_email::Settings;

/// A message that was taken in.
#[derive(Debug, Clone)]
pub struct Article {
    pub input: Value,
    /// The files that came with it.
    pub files: Vec<(String, Vec<u8>)>,
    /// How often the bot said it.
    pub said: usize,
}

impl Article {
    pub fn text(&self) -> &str {
        self.input["text"].as_str().unwrap()
    }
}

/// What the platform knows.
#[derive(Debug, Default)]
pub struct State {
    /// By external id and sender.
    pub articles: BTreeMap<(String, String), Article>,
    pub kept: BTreeMap<String, (String, Vec<u8>)>,
    pub bounces: Vec<Value>,
    pub reports: Vec<Value>,
    /// Keys that were used for two different requests.
    pub misused: Vec<String>,
    uploads: HashMap<String, (String, Vec<u8>)>,
    keys: HashMap<String, Vec<u8>>,
    faults: Option<StdRng>,
    /// Texts that make it fail, with the answer that is given.
    pub poison: Vec<(String, Value)>,
    pub down: bool,
}

pub struct Platform {
    pub api: String,
    state: Arc<Mutex<State>>,
    pub changed: Arc<Notify>,
}

impl Platform {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}/graphql", listener.local_addr().unwrap());
        let (state, changed) = (Arc::new(Mutex::new(State::default())), Arc::new(Notify::new()));
        let (shared, tell) = (state.clone(), changed.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, changed) = (shared.clone(), tell.clone());
                tokio::spawn(async move { serve(stream, &state, &changed).await });
            }
        });
        Self { api, state, changed }
    }

    /// From now on it fails now and then.
    pub fn with_faults(self, seed: u64) -> Self {
        self.state().faults = Some(StdRng::seed_from_u64(seed));
        self
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn client(&self) -> Client {
        let settings = veche_client::Settings { api: self.api.clone(), token: "t".into(), timeout: Duration::from_secs(10), retries: 3 };
        Client::new(settings).unwrap()
    }

    /// Waits until something holds.
    #[track_caller]
    pub fn until<'a>(&'a self, what: &'a str, holds: impl Fn(&State) -> bool + 'a) -> impl Future<Output = ()> + 'a {
        let wait = async move {
            while !holds(&self.state()) {
                // What is not told of is looked at now and then.
                let _ = tokio::time::timeout(Duration::from_millis(20), self.changed.notified()).await;
            }
        };
        async move {
            let within = tokio::time::timeout(Duration::from_secs(120), wait).await;
            assert!(within.is_ok(), "waited in vain for {what}: {} articles", self.state().articles.len());
        }
    }
}

/// The bot, running until it is dropped or killed.
pub struct Bot {
    task: JoinHandle<anyhow::Result<()>>,
    pub stop: watch::Sender<bool>,
}

impl Bot {
    pub fn start(settings: &Settings, client: Client) -> Self {
        let (stop, stopping) = watch::channel(false);
        let settings = settings.clone();
        Self { task: tokio::spawn(async move { veche_email::run(&settings, client, stopping).await }), stop }
    }

    /// Ends it where it stands.
    pub async fn kill(self) {
        self.task.abort();
        if let Ok(ended) = self.task.await {
            ended.unwrap();
        }
    }

    pub async fn end(self) {
        self.stop.send(true).unwrap();
        self.task.await.unwrap().unwrap();
    }
}

async fn serve(mut stream: TcpStream, state: &Mutex<State>, changed: &Notify) {
    let mut buffer = Vec::new();
    while let Some((head, body)) = request(&mut stream, &mut buffer).await {
        let fault = {
            let mut state = state.lock().unwrap();
            if state.down { 0 } else { state.faults.as_mut().map_or(99, |random| random.random_range(0..100)) }
        };
        if fault < 3 {
            let _ = stream.write_all(b"HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n").await;
            continue;
        }
        if fault < 7 {
            return;
        }
        let (status, answer) = if let Some(rest) = head.strip_prefix("POST /files?name=") {
            let mut state = state.lock().unwrap();
            let id = format!("file-{}", state.uploads.len());
            let name = rest.split(' ').next().unwrap().to_owned();
            state.uploads.insert(id.clone(), (name, body));
            (200, json!({ "id": id }))
        } else {
            (200, graphql(&mut state.lock().unwrap(), &serde_json::from_slice(&body).unwrap()))
        };
        changed.notify_waiters();
        if fault < 11 {
            // Done, but nobody hears of it.
            return;
        }
        let answer = answer.to_string();
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    loop {
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length = head.to_lowercase().lines().find_map(|l| l.strip_prefix("content-length: ").map(|n| n.parse().unwrap()));
            let whole = end + 4 + length.unwrap_or(0);
            if buffer.len() >= whole {
                let body = buffer[end + 4..whole].to_vec();
                buffer.drain(..whole);
                return Some((head, body));
            }
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

fn graphql(state: &mut State, request: &Value) -> Value {
    let (query, input) = (request["query"].as_str().unwrap(), &request["variables"]["input"]);
    let text = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
    let (key, variables) = (text("clientMutationId"), request["variables"].to_string().into_bytes());
    let known = state.keys.entry(key.clone()).or_insert_with(|| variables.clone());
    if *known != variables {
        state.misused.push(key);
    }
    if query.contains("receiveMessage") {
        if let Some((_, answer)) = state.poison.iter().find(|(word, _)| text("text").contains(word)) {
            return answer.clone();
        }
        let name = (text("externalId"), input["sender"]["address"].as_str().unwrap_or_default().to_owned());
        let ids = input["attachmentIds"].as_array().cloned().unwrap_or_default();
        let files = ids.iter().map(|id| state.uploads[id.as_str().unwrap()].clone()).collect();
        let number = format!("2026-{:06}", state.articles.len());
        let article = state.articles.entry(name).or_insert_with(|| Article { input: input.clone(), files, said: 0 });
        article.said += 1;
        let received = json!({ "articleId": "a", "followUp": false, "link": "l", "number": number, "stored": article.said == 1,
            "ticketId": "t", "secret": "s", "refusedFiles": [] });
        return json!({ "data": { "receiveMessage": { "received": received, "userErrors": [] } } });
    }
    if query.contains("keepUnreadableMessage") {
        let bytes = match input["attachmentId"].as_str() {
            Some(id) => state.uploads[id].1.clone(),
            None => STANDARD.decode(text("content")).unwrap(),
        };
        state.kept.entry(text("externalId")).or_insert((text("reason"), bytes));
        return json!({ "data": { "keepUnreadableMessage": { "kept": true, "userErrors": [] } } });
    }
    if query.contains("reportBounce") {
        state.bounces.push(input.clone());
        let known = text("externalId").starts_with("ours");
        return json!({ "data": { "reportBounce": { "known": known, "userErrors": [] } } });
    }
    if query.contains("reportChannel") {
        state.reports.push(input.clone());
        return json!({ "data": { "reportChannel": { "report": { "name": text("name") }, "userErrors": [] } } });
    }
    panic!("unexpected: {query}");
}
