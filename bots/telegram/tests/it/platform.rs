//! A platform that answers by operation and writes down what it was asked.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::Notify, time::timeout};

use crate::http::{Request, Response, Server, serve};

#[derive(Debug, Clone)]
pub struct Ticket {
    pub number: u32,
    pub address: String,
    pub external: Vec<String>,
    pub texts: Vec<String>,
    pub rating: Option<i64>,
}

#[derive(Debug, Default)]
pub struct State {
    pub tickets: Vec<Ticket>,
    /// Each operation with its variables, in order.
    pub asked: Vec<(String, Value)>,
    pub linked: BTreeSet<String>,
    pub outgoing: VecDeque<Value>,
    pub settled: Vec<Value>,
    pub unreadable: Vec<Value>,
    pub uploads: Vec<(String, usize)>,
    /// What was uploaded last.
    pub uploaded: Vec<u8>,
    /// The votes of each participant.
    pub ballots: BTreeMap<String, Vec<i64>>,
    pub other_votes: i64,
    /// The initiative that the votes are for.
    pub voted: i64,
    pub muted: BTreeSet<String>,
    /// No answer but 503.
    pub down: bool,
    /// A message with these words fails inside the platform.
    pub poison: Option<String>,
    /// Addresses that seem linked, and may not be acted for.
    pub closed: BTreeSet<String>,
    /// What is alike is never found.
    pub forgetful: bool,
    /// A message is stored and its answer never comes.
    pub swallow: bool,
}

#[derive(Debug)]
pub struct Platform {
    state: Mutex<State>,
    changed: Notify,
    server: Mutex<Option<Server>>,
}

impl Platform {
    pub async fn start() -> Arc<Self> {
        let platform = Arc::new(Self {
            state: Mutex::new(State { other_votes: 41, voted: 1, ..State::default() }),
            changed: Notify::new(),
            server: Mutex::new(None),
        });
        let server = serve(platform.clone(), answer).await;
        *platform.server.lock().unwrap() = Some(server);
        platform
    }

    pub fn address(&self) -> String {
        format!("{}/graphql", self.server.lock().unwrap().as_ref().unwrap().address)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Waits until something is so.
    pub async fn until(&self, what: &str, so: impl Fn(&State) -> bool) {
        let waited = timeout(Duration::from_secs(20), async {
            loop {
                let changed = self.changed.notified();
                if so(&self.state()) {
                    return;
                }
                let _ = timeout(Duration::from_millis(50), changed).await;
            }
        });
        assert!(waited.await.is_ok(), "in vain: {what}; so far: {:#?}", self.state().asked);
    }

    /// The inputs that an operation was asked with.
    pub fn asked(&self, operation: &str) -> Vec<Value> {
        self.state().asked.iter().filter(|(name, _)| name == operation).map(|(_, variables)| variables["input"].clone()).collect()
    }
}

async fn answer(platform: Arc<Platform>, request: Request) -> Response {
    let answered = answer_now(&platform, &request);
    platform.changed.notify_waiters();
    match answered {
        Some(answered) => answered,
        None => std::future::pending().await,
    }
}

fn answer_now(platform: &Platform, request: &Request) -> Option<Response> {
    let mut state = platform.state();
    if state.down {
        return Some((503, Vec::new()));
    }
    assert_eq!(request.headers.get("authorization").map(String::as_str), Some("Bearer service"));
    if request.path.starts_with("/files") {
        let name = request.path.split("name=").nth(1).unwrap_or_default().to_owned();
        state.uploads.push((name, request.body.len()));
        state.uploaded.clone_from(&request.body);
        let id = format!("A{}", state.uploads.len());
        return Some((200, json!({"id": id}).to_string().into_bytes()));
    }
    if request.headers.get("accept").is_some_and(|accept| accept.contains("event-stream")) {
        return Some((404, Vec::new()));
    }
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let query = body["query"].as_str()?;
    let root = query.split_once('{')?.1.trim_start();
    let root: String = root.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
    let variables = body["variables"].clone();
    state.asked.push((root.clone(), variables.clone()));
    let acting = request.headers.get("x-acting-for").and_then(|whom| whom.strip_prefix("TELEGRAM:")).map(str::to_owned);
    if acting.as_ref().is_some_and(|address| !state.linked.contains(address) || state.closed.contains(address)) {
        return Some(denied("FORBIDDEN"));
    }
    let input = variables["input"].clone();
    if root == "receiveMessage" && state.poison.as_ref().is_some_and(|words| input["text"].as_str().unwrap_or_default().contains(words)) {
        return Some(denied("INTERNAL"));
    }
    let result = state.operate(&root, &variables, &input, acting.as_deref());
    if (matches!(root.as_str(), "receiveMessage" | "castVote") && std::mem::take(&mut state.swallow))
        || (root == "similar" && state.forgetful)
    {
        return None;
    }
    Some((200, json!({"data": {root: result}}).to_string().into_bytes()))
}

fn denied(code: &str) -> Response {
    (200, json!({"data": null, "errors": [{"message": "no", "extensions": {"code": code}}]}).to_string().into_bytes())
}

fn done(field: &str, value: Value) -> Value {
    json!({field: value, "userErrors": []})
}

fn page(nodes: Vec<Value>, variables: &Value) -> Value {
    let first = usize::try_from(variables["first"].as_i64().unwrap_or(10)).unwrap();
    let after: usize = variables["after"].as_str().and_then(|after| after.parse().ok()).unwrap_or(0);
    let total = nodes.len();
    let shown: Vec<Value> = nodes.into_iter().skip(after).take(first).collect();
    let end = after + shown.len();
    json!({"nodes": shown, "totalCount": total, "pageInfo": {"hasNextPage": end < total, "endCursor": end.to_string()}})
}

impl State {
    fn operate(&mut self, root: &str, variables: &Value, input: &Value, acting: Option<&str>) -> Value {
        let text = |key: &str| input[key].as_str().unwrap_or_default().to_owned();
        let whom = acting.unwrap_or("nobody").to_owned();
        match root {
            "receiveMessage" => done("received", self.receive(input)),
            "keepUnreadableMessage" => {
                self.unreadable.push(input.clone());
                done("kept", true.into())
            }
            "reportChannel" => done("report", json!({"name": input["name"]})),
            "correspondent" => {
                let address = variables["address"].as_str().unwrap_or_default();
                let linked = self.linked.contains(address);
                let tickets = self.tickets.iter().rev().filter(|ticket| ticket.address == address).map(show).collect();
                json!({"linked": linked, "participantName": linked.then_some("Анна Ким"), "locale": "RU", "tickets": page(tickets, variables)})
            }
            "ticket" => {
                let number = variables["number"].as_str().unwrap_or_default();
                let ticket = self.tickets.iter().find(|ticket| number == format!("26-{}", ticket.number));
                ticket.filter(|ticket| acting.is_some() || variables["secret"] == format!("s{}", ticket.number)).map_or(Value::Null, show)
            }
            "similar" => {
                let like = variables["text"].as_str().unwrap_or_default().to_lowercase();
                let found = json!({"ticket": {"id": "T900", "number": "26-900", "subject": "Яма на улице Ленина", "state": "IN_PROGRESS", "joined": 3,
                    "createdAt": "2026-11-20T10:00:00Z"}, "score": 0.9, "incident": 0.8, "same": true});
                if like.contains("ленина") || like.contains("pothole") { json!([found]) } else { json!([]) }
            }
            "similarInitiatives" => {
                let like = variables["text"].as_str().unwrap_or_default().to_lowercase();
                let found = json!({"initiative": self.initiative(1, &whom), "score": 0.7});
                if like.contains("скаме") || like.contains("bench") { json!([found]) } else { json!([]) }
            }
            "timeZone" => json!("Europe/Moscow"),
            "topics" => json!([{"id": "topic-roads", "name": "Дороги"}, {"id": "topic-yards", "name": "Дворы"}]),
            "territories" => (1..=10).map(|n| json!({"id": format!("place-{n}"), "name": format!("Район {n}")})).collect(),
            "initiatives" => {
                let words = variables["filter"]["text"].as_str().unwrap_or_default();
                let all = (1..=7).map(|n| self.initiative(n, &whom));
                page(all.filter(|one| words.is_empty() || one["title"].as_str().unwrap().contains(words)).collect(), variables)
            }
            "search" => {
                let words = variables["query"].as_str().unwrap_or_default();
                let first = [
                    json!({"__typename": "Ticket", "number": "26-5", "subject": "Грязь во дворах"}),
                    json!({"__typename": "Decision", "body": "О дворах"}),
                ];
                let initiatives = (1..=7)
                    .map(|n| json!({"__typename": "Initiative", "id": format!("I{n}"), "title": format!("Скамейки во дворах, {n}")}));
                let all = first.into_iter().chain(initiatives);
                let found: Vec<Value> = all.filter(|one| one.to_string().contains(words)).map(|node| json!({"node": node})).collect();
                json!({"totalCount": found.len(), "nodes": found})
            }
            "initiative" => {
                let id = variables["id"].as_str().unwrap_or_default();
                id.trim_start_matches('I').parse().map_or(Value::Null, |n| self.initiative(n, &whom))
            }
            "castVote" | "withdrawVote" => {
                if root == "castVote" {
                    let choices = input["choices"].as_array().unwrap().iter().filter_map(Value::as_i64).collect();
                    self.ballots.insert(whom.clone(), choices);
                } else {
                    self.ballots.remove(&whom);
                }
                done("tally", self.initiative(1, &whom)["tally"].clone())
            }
            "linkContact" => {
                if text("code") != "good" {
                    return json!({"correspondent": null, "userErrors": [{"code": "INVALID_CODE", "message": "Ссылка уже не действует.", "path": ["code"]}]});
                }
                self.linked.insert(text("address"));
                done("correspondent", json!({"linked": true, "participantName": "Анна Ким", "locale": "RU"}))
            }
            "unlinkContact" => {
                self.linked.remove(&text("address"));
                done("correspondent", json!({"linked": false, "participantName": null, "locale": "RU"}))
            }
            "forgetContact" => {
                self.linked.remove(&text("address"));
                let address = text("address");
                done("tickets", self.tickets.iter().filter(|ticket| ticket.address == address).count().into())
            }
            "notificationPreferences" => ["INITIATIVE_PUBLISHED", "TICKET_ANSWERED"]
                .iter()
                .flat_map(|kind| {
                    ["EMAIL", "TELEGRAM"].map(|channel| json!({"channel": channel, "kind": kind, "enabled": !self.muted.contains(*kind)}))
                })
                .collect(),
            "setNotificationPreference" => {
                if input["enabled"] == true {
                    self.muted.remove(&text("kind"));
                } else {
                    self.muted.insert(text("kind"));
                }
                done("preference", input.clone())
            }
            "joinTicket" => done("ticket", json!({"id": input["ticketId"], "number": "26-900", "state": "MERGED", "joined": 4})),
            "rateAnswer" => {
                for ticket in &mut self.tickets {
                    if text("ticketId") == format!("T{}", ticket.number) {
                        ticket.rating = input["rating"].as_i64();
                    }
                }
                done("ticket", json!({"id": input["ticketId"], "number": "26-1", "state": "ANSWERED", "joined": 1}))
            }
            "claimOutgoing" => done("messages", self.outgoing.drain(..).collect()),
            "settleOutgoing" => {
                self.settled.push(input.clone());
                done("id", input["id"].clone())
            }
            "reportBounce" => done("known", true.into()),
            other => panic!("an unknown operation: {other}"),
        }
    }

    fn receive(&mut self, input: &Value) -> Value {
        let external = input["externalId"].as_str().unwrap().to_owned();
        let text = input["text"].as_str().unwrap_or_default().to_owned();
        let references: Vec<String> =
            input["references"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let named = input["replyToken"].as_str().and_then(|token| token.strip_prefix("token")?.parse::<u32>().ok());
        let known = self.tickets.iter_mut().find(|ticket| ticket.external.contains(&external));
        let stored = known.is_none();
        let mut follow_up = false;
        let number = if let Some(ticket) = known {
            ticket.number
        } else if let Some(ticket) = self
            .tickets
            .iter_mut()
            .find(|ticket| named.map_or_else(|| references.iter().any(|known| ticket.external.contains(known)), |n| n == ticket.number))
        {
            follow_up = true;
            ticket.external.push(external);
            ticket.texts.push(text);
            ticket.number
        } else {
            let number = u32::try_from(self.tickets.len()).unwrap() + 1;
            let address = input["sender"]["address"].as_str().unwrap().to_owned();
            self.tickets.push(Ticket { number, address, external: vec![external], texts: vec![text], rating: None });
            number
        };
        json!({"articleId": "X", "followUp": follow_up, "number": format!("26-{number}"), "ticketId": format!("T{number}"), "secret": format!("s{number}"),
            "link": format!("https://veche.example.org/tickets/26-{number}?secret=s{number}"), "stored": stored,
            "refusedFiles": if input["attachmentIds"].as_array().is_some_and(|files| files.len() > 2) { json!([{"name": "virus.exe", "reason": "EXECUTABLE"}]) } else { json!([]) }})
    }

    fn initiative(&self, n: i64, whom: &str) -> Value {
        let mine = self.ballots.get(whom).filter(|_| n == self.voted);
        let (kind, options, least, most) = match n {
            2 => ("FOR_AGAINST_ABSTAIN", json!(["За", "Против", "Воздержаться"]), 1, 1),
            3 => ("MULTIPLE_CHOICE", json!(["Липы", "Клёны", "Дубы"]), 2, 3),
            _ => ("SUPPORT", json!(["Поддержать"]), 1, 1),
        };
        let support = self.other_votes + i64::from(!self.ballots.is_empty());
        json!({"id": format!("I{n}"), "title": format!("Скамейки во дворах, {n}"), "goal": "Чтобы было где посидеть.", "effect": "", "resources": "",
            "state": "VOTING", "ballotKind": kind, "ballotOptions": options, "minChoices": least, "maxChoices": most, "threshold": 100,
            "tally": {"ballots": support, "counts": if n == 1 { json!([support]) } else { json!([1, 2, 3]) }, "version": support},
            "myBallot": mine.map(|choices| json!({"choices": choices})), "votingEndsAt": "2026-12-31T21:00:00Z",
            "territory": null, "topic": null, "followed": false})
    }
}

fn show(ticket: &Ticket) -> Value {
    let subject: String = ticket.texts[0].chars().take(40).collect();
    json!({"id": format!("T{}", ticket.number), "number": format!("26-{}", ticket.number), "subject": subject, "state": "NEW", "public": false,
        "joined": 1, "rating": ticket.rating, "createdAt": "2026-11-23T10:00:00Z", "updatedAt": "2026-11-23T10:00:00Z", "dueAt": "2026-12-01T10:00:00Z",
        "replyToken": format!("token{}", ticket.number),
        "secretLink": format!("https://veche.example.org/tickets/26-{}?secret=s{}", ticket.number, ticket.number), "articles": {"nodes": []}})
}
