//! The client against a server that does as it is told: no frameworks, so that it can also break off in the middle.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    Client, Error, Settings, UserError,
    initiatives::{CastVoteInput, cast_vote},
    intake::{self, Channel, CorrespondentVariables, ReceiveMessageInput, SenderInput, receive_message},
    outgoing::NotificationChannel,
    retry::Pace,
};

/// What to do with one request.
enum Act {
    /// Answer with a status, header lines and a body.
    Answer(u16, &'static str, String),
    /// Read it and hang up.
    HangUp,
    /// Read it and say nothing.
    Silence,
    /// Begin an answer and never end it.
    Endless,
    /// Say these bytes and hang up.
    Bytes(String),
}

/// A request as it came.
#[derive(Debug, Clone)]
struct Seen {
    head: String,
    body: Vec<u8>,
}

impl Seen {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn key(&self) -> String {
        self.json()["variables"]["input"]["clientMutationId"].as_str().unwrap().to_owned()
    }
}

struct Server {
    client: Client,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    async fn new(script: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}/graphql", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = seen.clone();
        tokio::spawn(async move {
            let mut held = Vec::new();
            for act in script {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read(&mut stream).await;
                noted.lock().unwrap().push(request);
                match act {
                    Act::Answer(status, headers, body) => {
                        let answer = format!(
                            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
                            body.len()
                        );
                        stream.write_all(answer.as_bytes()).await.unwrap();
                    }
                    Act::HangUp => (),
                    Act::Silence => held.push(stream),
                    Act::Endless => {
                        let _ = stream.write_all(b"HTTP/1.1 200 X\r\ncontent-type: application/json\r\n\r\n").await;
                        while stream.write_all(&[b' '; 65536]).await.is_ok() {}
                    }
                    Act::Bytes(bytes) => stream.write_all(bytes.as_bytes()).await.unwrap(),
                }
            }
        });
        let settings = Settings { api, token: "sesam-of-the-bot".into(), timeout: Duration::from_millis(400), retries: 3 };
        let pace = Pace { base: Duration::from_millis(2), most: Duration::from_millis(10) };
        Self { client: Client::with_pace(settings, pace).unwrap(), seen }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn read(stream: &mut TcpStream) -> Seen {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let length = stream.read(&mut chunk).await.unwrap();
        bytes.extend_from_slice(&chunk[..length]);
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
            let wanted = head.lines().find_map(|l| l.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
            if bytes.len() >= end + 4 + wanted {
                return Seen { head, body: bytes[end + 4..].to_vec() };
            }
        }
        assert!(length > 0, "the request broke off");
    }
}

fn ok(data: Value) -> Act {
    Act::Answer(200, "", json!({ "data": data }).to_string())
}

fn refuse(status: u16, headers: &'static str, code: &str, extensions: Value) -> Act {
    let mut extensions = extensions;
    extensions["code"] = code.into();
    Act::Answer(status, headers, json!({ "errors": [{ "message": "no", "extensions": extensions }] }).to_string())
}

fn received() -> Act {
    ok(json!({ "receiveMessage": { "userErrors": [], "received": {
        "articleId": "a", "followUp": false, "link": "l", "number": "2026-000001", "stored": true, "ticketId": "t", "secret": "s",
        "refusedFiles": [{ "name": "a.exe", "reason": "EXECUTABLE" }, { "name": "b", "reason": "NEW_ONE" }],
    } } }))
}

fn message() -> ReceiveMessageInput {
    let sender = SenderInput { address: Some("a@example.ru".into()), name: None, verified: true };
    ReceiveMessageInput::new(Channel::Email, "1@example.ru", sender, "Яма")
}

#[tokio::test]
async fn a_lost_reply_is_asked_for_again_with_the_same_key() {
    let server = Server::new(vec![Act::HangUp, Act::Silence, refuse(500, "", "INTERNAL", json!({})), received()]).await;
    let received = receive_message(&server.client, message()).await.unwrap();
    assert_eq!((received.number.as_str(), received.secret.as_str()), ("2026-000001", "s"));
    assert_eq!(received.refused_files[1].reason, intake::RefusedFileReason::Other("NEW_ONE".into()));
    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|s| s.body == seen[0].body), "a retry is the same request");
    assert_eq!(seen[0].key().len(), 64);
    assert_eq!(seen[0].json()["variables"]["input"]["sender"], json!({ "address": "a@example.ru", "verified": true }));
    assert!(seen[0].head.contains("authorization: bearer sesam-of-the-bot"));
}

#[tokio::test]
async fn another_message_has_another_key() {
    let server = Server::new(vec![received(), received()]).await;
    receive_message(&server.client, message()).await.unwrap();
    receive_message(&server.client, ReceiveMessageInput { external_id: "2@example.ru".into(), ..message() }).await.unwrap();
    assert_ne!(server.seen()[0].key(), server.seen()[1].key());
}

#[tokio::test]
async fn an_answer_that_is_gone_is_asked_for_under_another_key() {
    let server = Server::new(vec![refuse(200, "", "ALREADY_DONE", json!({})), received()]).await;
    receive_message(&server.client, message()).await.unwrap();
    assert_ne!(server.seen()[0].key(), server.seen()[1].key());
}

#[tokio::test]
async fn the_time_that_the_platform_names_is_kept() {
    for (headers, extensions) in [("retry-after: 1\r\n", json!({})), ("", json!({ "retryAfter": 1 }))] {
        let server = Server::new(vec![refuse(429, headers, "RATE_LIMITED", extensions), received()]).await;
        let began = tokio::time::Instant::now();
        receive_message(&server.client, message()).await.unwrap();
        assert!(began.elapsed() >= Duration::from_secs(1));
    }
}

#[tokio::test]
async fn too_long_a_time_is_the_callers_to_wait() {
    let server = Server::new(vec![refuse(429, "", "RATE_LIMITED", json!({ "retryAfter": 3600 }))]).await;
    let error = receive_message(&server.client, message()).await.unwrap_err();
    assert!(matches!(&error, Error::Denied { code, retry_after: Some(wait), .. } if code == "RATE_LIMITED" && wait.as_secs() == 3600));
    assert!(error.is_temporary());
}

#[tokio::test]
async fn tries_come_to_an_end() {
    let down = || Act::Answer(503, "", "<html>".into());
    let server = Server::new(vec![down(), down(), down(), down(), received()]).await;
    let error = receive_message(&server.client, message()).await.unwrap_err();
    assert!(matches!(&error, Error::Network(text) if text.contains("503")), "{error}");
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn refusals_are_typed_and_not_tried_again() {
    let refused = json!({ "code": "REQUIRED", "message": "Пусто", "path": ["input", "text"] });
    let server = Server::new(vec![
        ok(json!({ "receiveMessage": { "received": null, "userErrors": [refused] } })),
        refuse(403, "", "FORBIDDEN", json!({})),
        Act::Answer(401, "", String::new()),
    ])
    .await;
    let expected = UserError { code: "REQUIRED".into(), message: "Пусто".into(), path: vec!["input".into(), "text".into()] };
    assert_eq!(receive_message(&server.client, message()).await.unwrap_err(), Error::Refused(vec![expected]));
    for code in ["FORBIDDEN", "UNAUTHENTICATED"] {
        let error = receive_message(&server.client, message()).await.unwrap_err();
        assert!(matches!(&error, Error::Denied { code: c, .. } if c == code), "{error}");
    }
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let server = Server::new(vec![Act::Endless]).await;
    let error = with_patience(&server.client).await;
    assert!(matches!(error, Error::Unexpected(text) if text.contains("bytes")));
}

/// The same server with time enough to read much.
async fn with_patience(client: &Client) -> Error {
    let settings = Settings { api: client.api().to_string(), token: "t".into(), timeout: Duration::from_secs(60), retries: 0 };
    receive_message(&Client::new(settings).unwrap(), message()).await.unwrap_err()
}

#[tokio::test]
async fn what_changed_in_the_answer_is_told() {
    let server = Server::new(vec![ok(json!({ "receiveMessage": { "userErrors": [], "received": { "number": 5 } } }))]).await;
    assert!(matches!(receive_message(&server.client, message()).await, Err(Error::Unexpected(_))));
}

#[tokio::test]
async fn the_token_is_nowhere_to_be_seen() {
    let settings =
        Settings { api: "http://localhost:1/graphql".into(), token: "sesam".into(), timeout: Duration::from_secs(1), retries: 0 };
    assert!(!format!("{settings:?}").contains("sesam"));
    let client = Client::new(settings).unwrap();
    assert!(!format!("{client:?}").contains("sesam"));
    let error = receive_message(&client, message()).await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("sesam"));
    for (api, token) in [("ftp://x/", "t"), ("no address", "t"), ("http://x/", "a\nb")] {
        let settings = Settings { api: api.into(), token: token.into(), timeout: Duration::from_secs(1), retries: 0 };
        assert!(Client::new(settings).is_err());
    }
}

#[tokio::test]
async fn whom_it_acts_for_and_in_which_language() {
    let tally = || ok(json!({ "castVote": { "userErrors": [], "tally": { "ballots": 1, "counts": [1], "version": 1 } } }));
    let server = Server::new(vec![tally(), tally()]).await;
    let vote = CastVoteInput { initiative_id: "i".into(), choices: vec![0] };
    let client = server.client.acting_for("TELEGRAM", "17").in_language("RU");
    assert_eq!(cast_vote(&client, vote.clone(), "update-1").await.unwrap().counts, [1]);
    cast_vote(&server.client.acting_for("TELEGRAM", "17\r\nx: y"), vote, "update-2").await.unwrap();
    let seen = server.seen();
    assert!(seen[0].head.contains("x-acting-for: telegram:17") && seen[0].head.contains("accept-language: ru"));
    assert_eq!(seen[0].key(), "update-1");
    assert!(seen[1].head.contains("x-acting-for: ?"), "an address that cannot be sent is not left out");
}

#[tokio::test]
async fn who_has_nobody_to_act_for_any_more_is_told_so() {
    let server = Server::new(vec![refuse(403, "", "FORBIDDEN", json!({})), refuse(403, "", "FORBIDDEN", json!({}))]).await;
    let vote = CastVoteInput { initiative_id: "i".into(), choices: vec![0] };
    let error = cast_vote(&server.client.acting_for("TELEGRAM", "17"), vote.clone(), "update-1").await.unwrap_err();
    assert!(matches!(error, Error::Unlinked(_)) && !error.is_temporary(), "{error}");
    // The bot itself is not let in: somebody has to see to it, and then it goes on.
    let error = cast_vote(&server.client, vote, "update-1").await.unwrap_err();
    assert!(matches!(error, Error::Denied { .. }) && error.is_temporary(), "{error}");
}

#[tokio::test]
async fn queries_carry_no_key() {
    let page = json!({ "nodes": [], "pageInfo": { "hasNextPage": false, "endCursor": null }, "totalCount": 0 });
    let server = Server::new(vec![
        ok(json!({ "correspondent": null })),
        ok(json!({ "correspondent": { "participantName": null, "linked": false, "locale": "RU", "tickets": page } })),
    ])
    .await;
    let whom = CorrespondentVariables { channel: Channel::Telegram, address: "17".into(), first: Some(5), after: None };
    assert!(intake::correspondent(&server.client, whom.clone()).await.unwrap().is_none());
    assert!(!intake::correspondent(&server.client, whom).await.unwrap().unwrap().linked);
    assert!(!String::from_utf8_lossy(&server.seen()[0].body).contains("clientMutationId"));
}

#[tokio::test]
async fn files_are_uploaded_or_refused() {
    let server = Server::new(vec![
        Act::HangUp,
        Act::Answer(200, "", r#"{"id":"f"}"#.into()),
        Act::Answer(413, "", r#"{"error":"больше 10 МБ"}"#.into()),
    ])
    .await;
    assert_eq!(server.client.upload("фото 1.png", "image/png", vec![1, 2, 3]).await.unwrap(), "f");
    assert!(server.client.upload("x", "bad\ntype", vec![1]).await.unwrap_err().is_refusal("TOO_LONG"));
    let seen = server.seen();
    assert!(seen[1].head.starts_with("post /files?name=%d1%84%d0%be%d1%82%d0%be+1.png "), "{}", seen[1].head);
    assert!(seen[1].head.contains("x-veche-upload: 1") && seen[1].head.contains("content-type: image/png"));
    assert_eq!(seen[1].body, [1, 2, 3]);
}

#[tokio::test]
async fn a_stream_of_events_is_kept_up() {
    let events = |numbers: &[i32]| {
        let events: String = numbers.iter().map(|n| format!("event: next\ndata: {}\n\n", json!({ "data": { "outgoing": n } }))).collect();
        Act::Bytes(format!("HTTP/1.1 200 X\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n: hello\n\n{events}"))
    };
    let denied = refuse(401, "", "UNAUTHENTICATED", json!({}));
    let server = Server::new(vec![events(&[1, 2]), Act::HangUp, denied, events(&[]), events(&[3])]).await;
    let mut stream = server.client.outgoing(NotificationChannel::Telegram).await.unwrap();
    assert_eq!(stream.next().await, Some(Ok(1)));
    assert_eq!(stream.next().await, Some(Ok(2)));
    assert!(matches!(stream.next().await, Some(Err(Error::Network(_)))));
    assert!(matches!(stream.next().await, Some(Err(Error::Denied { .. }))));
    assert_eq!(stream.next().await, Some(Ok(3)));
    let seen = server.seen();
    assert!(seen.iter().all(|s| s.head.contains("accept: text/event-stream")));
    assert_eq!(seen[0].json()["variables"], json!({ "channel": "TELEGRAM" }));
}
