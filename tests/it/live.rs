//! Subscriptions: over WebSocket, over server-sent events, and from one server to the subscribers of another.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::support::{Person, TestApp, config, text_of};

const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until this many servers hear the database.
async fn listening(app: &TestApp, servers: i64) {
    let hears = "select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen %'";
    timeout(PATIENCE, async {
        while sqlx::query_scalar::<_, i64>(hears).fetch_one(app.db()).await.unwrap() < servers {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("nobody listens");
}

/// A WebSocket that speaks graphql-transport-ws.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(app: &TestApp, who: Option<&Person>) -> Self {
        let mut request = format!("ws://{}/graphql/ws", app.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let (stream, response) = connect_async(request).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
        let mut socket = Self(stream);
        let payload = who.map_or(json!({}), |who| json!({ "authorization": format!("Bearer {}", who.token) }));
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.message().await["type"], "connection_ack");
        socket
    }

    async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        self.send(json!({ "id": id, "type": "subscribe", "payload": { "query": query, "variables": variables } })).await;
    }

    async fn message(&mut self) -> Value {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("nothing came").expect("the end").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => (),
            }
        }
    }

    /// The next event: the subscription's id and the data.
    async fn event(&mut self) -> (String, Value) {
        let message = self.message().await;
        assert_eq!(message["type"], "next", "{message}");
        assert!(message["payload"].get("errors").is_none_or(Value::is_null), "{message}");
        (text_of(&message["id"]), message["payload"]["data"].clone())
    }
}

/// A subscription as server-sent events.
struct Events {
    response: reqwest::Response,
    buffer: String,
}

impl Events {
    async fn open(app: &TestApp, who: Option<&Person>, query: &str, variables: Value) -> Self {
        let mut request = app.http.post(app.url("/graphql")).header("accept", "text/event-stream");
        if let Some(who) = who {
            request = request.bearer_auth(&who.token);
        }
        let response = request.json(&json!({ "query": query, "variables": variables })).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        Self { response, buffer: String::new() }
    }

    /// Name and payload of the next event.
    async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(|v| v.trim().to_owned());
                let found = field("event:").map(|name| (name, field("data:").unwrap_or_default()));
                self.buffer = rest.to_owned();
                if let Some((name, data)) = found {
                    return (name, serde_json::from_str(&data).unwrap_or(Value::Null));
                }
                continue;
            }
            let chunk = timeout(PATIENCE, self.response.chunk()).await.expect("nothing came").unwrap().expect("the end");
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn data(&mut self) -> Value {
        let (name, payload) = self.next().await;
        assert_eq!(name, "next", "{payload}");
        assert!(payload.get("errors").is_none_or(Value::is_null), "{payload}");
        payload["data"].clone()
    }
}

const TALLY: &str = "subscription($id: ID!) { voteTally(initiativeId: $id) { ballots counts version } }";

async fn vote(app: &TestApp, who: &Person, initiative: &str, choice: i64) {
    app.must(Some(who), "castVote", json!({ "initiativeId": initiative, "choices": [choice] }), "").await;
}

#[tokio::test]
async fn a_vote_and_a_discussion_over_websocket() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let author = app.citizen("Anna").await;
    let id = app.voting(&author, &department, &officer, json!({ "ballotKind": "FOR_AGAINST_ABSTAIN", "threshold": 50 })).await;
    listening(&app, 1).await;
    let mut socket = Socket::open(&app, None).await;
    let comments = "subscription($id: ID!) { commentAdded(subjectId: $id) { body author { name } parentId } }";
    socket.subscribe("talk", comments, json!({ "id": id })).await;
    // The first tally comes after the subscription before it has begun.
    socket.subscribe("tally", TALLY, json!({ "id": id })).await;
    assert_eq!(socket.event().await, ("tally".into(), json!({ "voteTally": { "ballots": 0, "counts": [0, 0, 0], "version": 0 } })));
    vote(&app, &author, &id, 1).await;
    assert_eq!(socket.event().await.1["voteTally"], json!({ "ballots": 1, "counts": [0, 1, 0], "version": 1 }));
    vote(&app, &author, &id, 0).await;
    assert_eq!(socket.event().await.1["voteTally"], json!({ "ballots": 1, "counts": [1, 0, 0], "version": 2 }));
    // Nothing changed, so nothing is told.
    vote(&app, &author, &id, 0).await;
    app.must(Some(&author), "withdrawVote", json!({ "initiativeId": id }), "").await;
    assert_eq!(socket.event().await.1["voteTally"], json!({ "ballots": 0, "counts": [0, 0, 0], "version": 3 }));

    let comment = json!({ "subjectId": id, "body": "Давно пора." });
    let comment = app.must(Some(&author), "addComment", comment, "comment { id }").await["comment"]["id"].clone();
    let told = json!({ "commentAdded": { "body": "Давно пора.", "author": { "name": "Anna" }, "parentId": null } });
    assert_eq!(socket.event().await, ("talk".into(), told));
    app.must(Some(&admin), "addComment", json!({ "subjectId": id, "body": "Да.", "parentId": comment }), "").await;
    assert_eq!(socket.event().await.1["commentAdded"]["parentId"], comment);

    // What was given up is not told any more; the rest is.
    socket.send(json!({ "id": "tally", "type": "complete" })).await;
    // The server does not answer to that; to a ping it does, and by then it has heard.
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.message().await["type"], "pong");
    vote(&app, &author, &id, 2).await;
    app.must(Some(&admin), "addComment", json!({ "subjectId": id, "body": "Ещё." }), "").await;
    assert_eq!(socket.event().await.0, "talk");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn a_vote_and_a_ticket_over_server_sent_events() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let author = app.citizen("Anna").await;
    let id = app.voting(&author, &department, &officer, json!({ "threshold": 50 })).await;
    listening(&app, 1).await;
    let mut tally = Events::open(&app, None, TALLY, json!({ "id": id })).await;
    assert_eq!(tally.data().await["voteTally"]["ballots"], 0);
    vote(&app, &author, &id, 0).await;
    assert_eq!(tally.data().await["voteTally"], json!({ "ballots": 1, "counts": [1], "version": 1 }));

    // A ticket, by the secret of its link.
    let input = json!({ "text": "Не горит фонарь.", "sender": { "address": "anna@example.org" } });
    let sent = app.must(None, "submitFeedback", input, "submitted { number secret ticket { id } }").await["submitted"].clone();
    app.run_jobs().await;
    let query = "subscription($number: String!, $secret: String) { ticketUpdated(number: $number, secret: $secret) {
                 state articles(first: 5) { nodes { body } } } }";
    let mut stranger = Events::open(&app, None, query, json!({ "number": sent["number"] })).await;
    let (_, refused) = stranger.next().await;
    assert_eq!(refused["data"]["ticketUpdated"], Value::Null);
    assert!(refused["errors"][0]["message"].is_string(), "{refused}");
    let mut ticket = Events::open(&app, None, query, json!({ "number": sent["number"], "secret": sent["secret"] })).await;
    assert_eq!(ticket.data().await["ticketUpdated"]["state"], "TRIAGED");
    app.must(Some(&admin), "replyToTicket", json!({ "ticketId": sent["ticket"]["id"], "text": "Заменили лампу." }), "").await;
    let told = ticket.data().await["ticketUpdated"].clone();
    assert_eq!(
        told,
        json!({ "state": "ANSWERED", "articles": { "nodes": [{ "body": "Не горит фонарь." }, { "body": "Заменили лампу." }] } })
    );
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn experts_hear_that_their_queue_changed() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (group, expert) = app.group(&admin, "housing").await;
    let service = app.service().await;
    listening(&app, 1).await;
    const QUEUE: &str = "subscription($group: ID) { queueUpdated(groupId: $group) { groupId } }";
    let mut stranger = Events::open(&app, Some(&app.citizen("Gleb").await), QUEUE, json!({})).await;
    assert_eq!(stranger.next().await.1["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let mut desk = Events::open(&app, Some(&expert), QUEUE, json!({})).await;
    let mut socket = Socket::open(&app, Some(&expert)).await;
    socket.subscribe("mine", QUEUE, json!({ "group": group })).await;
    let (nobodys, mine) = (json!({ "queueUpdated": { "groupId": null } }), json!({ "queueUpdated": { "groupId": group } }));
    assert_eq!(desk.data().await, nobodys);
    assert_eq!(socket.event().await.1, mine);
    let (_, ticket) = app.message(&service, "1", "Не работает лифт.").await;
    app.run_jobs().await;
    assert_eq!(desk.data().await, nobodys);
    app.must(Some(&expert), "routeTicket", json!({ "ticketId": ticket, "groupId": group }), "").await;
    assert_eq!(socket.event().await.1, mine);
    app.run_jobs().await;
    app.finish().await;
}

/// A process that dies between commit and notification tells nobody: whoever watches elsewhere sees it all the same.
#[tokio::test]
async fn a_tally_that_nobody_told_of_is_seen() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let author = app.citizen("Anna").await;
    let id = app.voting(&author, &department, &officer, json!({ "threshold": 50 })).await;
    listening(&app, 1).await;
    let mut first = Events::open(&app, None, TALLY, json!({ "id": id })).await;
    let mut second = Events::open(&app, None, TALLY, json!({ "id": id })).await;
    assert_eq!(first.data().await["voteTally"]["version"], 0);
    assert_eq!(second.data().await["voteTally"]["version"], 0);
    sqlx::query("update tallies set counts = '{7}', ballots = 7, version = 7").execute(app.db()).await.unwrap();
    for events in [&mut first, &mut second] {
        assert_eq!(events.data().await["voteTally"], json!({ "ballots": 7, "counts": [7], "version": 7 }));
    }
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn what_happens_on_one_server_is_heard_on_the_other() {
    let here = TestApp::start().await;
    let there = TestApp::on(here.options.clone(), config()).await;
    let admin = here.administrator().await;
    let (department, officer) = here.department(&admin, "roads").await;
    let author = here.citizen("Anna").await;
    let id = here.voting(&author, &department, &officer, json!({ "threshold": 50 })).await;
    listening(&here, 2).await;
    let mut socket = Socket::open(&there, None).await;
    socket.subscribe("1", TALLY, json!({ "id": id })).await;
    assert_eq!(socket.event().await.1["voteTally"]["version"], 0);
    let mut events = Events::open(&here, None, TALLY, json!({ "id": id })).await;
    assert_eq!(events.data().await["voteTally"]["version"], 0);
    vote(&here, &author, &id, 0).await;
    let one = json!({ "ballots": 1, "counts": [1], "version": 1 });
    assert_eq!(socket.event().await.1["voteTally"], one);
    assert_eq!(events.data().await["voteTally"], one);
    vote(&there, &officer, &id, 0).await;
    let two = json!({ "ballots": 2, "counts": [2], "version": 2 });
    assert_eq!(socket.event().await.1["voteTally"], two);
    assert_eq!(events.data().await["voteTally"], two);
    here.run_jobs().await;
    here.finish().await;
    there.finish().await;
}
