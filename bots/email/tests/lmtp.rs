//! A mail server that delivers to us.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use std::time::Duration;

use support::{Bot, Platform};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
};
use veche_email::{Lmtp, Outcome, Settings, deliver_one};

struct Server {
    stream: BufReader<UnixStream>,
}

impl Server {
    async fn connect(settings: &Settings) -> Self {
        let path = settings.lmtp.listen.strip_prefix("unix:").unwrap();
        for _ in 0..500 {
            if let Ok(stream) = UnixStream::connect(path).await {
                return Self { stream: BufReader::new(stream) };
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nobody listens");
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        tokio::time::timeout(Duration::from_secs(60), self.stream.read_line(&mut line)).await.unwrap().unwrap();
        line.trim_end().to_owned()
    }

    async fn say(&mut self, text: &str) -> String {
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await.unwrap();
        loop {
            let line = self.line().await;
            if line.get(3..4) != Some("-") {
                return line;
            }
        }
    }

    /// Sends a message; the answers of all recipients.
    async fn send(&mut self, from: &str, to: &[&str], message: &str) -> Vec<String> {
        assert!(self.say(&format!("MAIL FROM:<{from}>")).await.starts_with("250"));
        for recipient in to {
            assert!(self.say(&format!("RCPT TO:<{recipient}>")).await.starts_with("250"));
        }
        assert!(self.say("DATA").await.starts_with("354"));
        self.stream.write_all(format!("{message}\r\n.\r\n").as_bytes()).await.unwrap();
        let mut answers = Vec::new();
        for _ in to {
            answers.push(self.line().await);
        }
        answers
    }
}

fn settings() -> (TempDir, Settings) {
    let folder = tempfile::tempdir().unwrap();
    let lmtp = Lmtp { listen: format!("unix:{}/lmtp", folder.path().display()), recipients: 3, connections: 2, ..Lmtp::default() };
    (
        folder,
        Settings {
            lmtp,
            message_bytes: 20_000,
            addresses: vec!["help@example.org".into()],
            bounces: "bounce@example.org".into(),
            ..Settings::default()
        },
    )
}

fn mail(id: &str, text: &str) -> String {
    format!("From: a@example.ru\r\nMessage-ID: <{id}>\r\nTo: help@example.org\r\n\r\n{text}")
}

#[tokio::test]
async fn a_message_is_acknowledged_when_the_platform_has_it() {
    let (_folder, settings) = settings();
    let platform = Platform::new().await;
    let bot = Bot::start(&settings, platform.client());
    let mut server = Server::connect(&settings).await;
    assert!(server.line().await.starts_with("220"));
    assert!(server.say("MAIL FROM:<a@b>").await.starts_with("503"));
    assert!(server.say("LHLO mx.example.org").await.starts_with("250"));
    let token = "abcdefghjkmnpqrstvwxyz0123456789";
    let to = format!("help+{token}@example.org");
    let answers = server.send("a@example.ru", &[&to, "help@example.org"], &mail("1@x", "Яма.\r\n..и точка")).await;
    assert_eq!(answers, ["250 2.0.0 Taken in"; 2]);
    {
        let state = platform.state();
        let article = state.articles.values().next().unwrap();
        assert_eq!((article.text(), article.input["replyToken"].as_str()), ("Яма.\n.и точка", Some(token)));
    }
    // The same again, as after a lost acknowledgement; and one that nobody wants an answer to.
    assert!(server.send("a@example.ru", &["help@example.org"], &mail("1@x", "Яма.\r\n..и точка")).await[0].starts_with("250"));
    assert!(server.send("", &["help@example.org"], &mail("2@x", "machine")).await[0].starts_with("250"));
    assert_eq!(platform.state().articles.len(), 1);

    // Nobody else's mail is taken.
    assert!(server.say("MAIL FROM:<a@example.ru>").await.starts_with("250"));
    for (to, code) in
        [("director@example.org", "550 5.1.1"), ("help@evil.org", "550"), ("Help+x@Example.org", "250"), ("bounce+1@example.org", "250")]
    {
        assert!(server.say(&format!("RCPT TO:<{to}>")).await.starts_with(code), "{to}");
    }
    server.say("RSET").await;

    platform.state().down = true;
    let answers = server.send("a@example.ru", &["help@example.org"; 2], &mail("3@x", "later")).await;
    assert!(answers.iter().all(|a| a.starts_with("451")), "{answers:?}");
    platform.state().down = false;
    assert!(server.send("a@example.ru", &["help@example.org"], &mail("3@x", "later")).await[0].starts_with("250"));
    assert_eq!(platform.state().articles.len(), 2);
    assert!(server.say("QUIT").await.starts_with("221"));
    bot.end().await;
}

#[tokio::test]
async fn limits_are_refused_in_order() {
    let (_folder, settings) = settings();
    let platform = Platform::new().await;
    let bot = Bot::start(&settings, platform.client());
    let mut server = Server::connect(&settings).await;
    server.line().await;
    assert!(server.say(&format!("LHLO {}", "x".repeat(10_000))).await.starts_with("500"));
    assert!(server.say("EHLO x").await.starts_with("500"));
    server.say("LHLO x").await;
    assert!(server.say("MAIL FROM:<a@b> SIZE=20001").await.starts_with("552"));
    assert!(server.say("MAIL FROM:<a b>").await.starts_with("501"));
    assert!(server.say("DATA").await.starts_with("503"));
    assert!(server.send("a@b", &["help@example.org"], &mail("1@x", &"x".repeat(50_000))).await[0].starts_with("552"));
    assert!(server.say("MAIL FROM:<a@b>").await.starts_with("250"), "a message too large ends in order");
    for n in 0..5 {
        let answer = server.say(&format!("RCPT TO:<help+{n}@example.org>")).await;
        assert!(answer.starts_with(if n < 3 { "250" } else { "452" }));
    }
    let mut second = Server::connect(&settings).await;
    assert!(second.line().await.starts_with("220"));
    let mut third = Server::connect(&settings).await;
    assert!(third.line().await.starts_with("421"));
    let mut last = String::new();
    for _ in 0..25 {
        // It may have hung up already, with its last word still to be read.
        let _ = server.stream.write_all(b"NONSENSE\r\n").await;
        last = server.line().await;
        if last.starts_with("421") {
            break;
        }
    }
    assert!(last.starts_with("421"));
    assert!(platform.state().articles.is_empty() && platform.state().kept.is_empty());
    bot.end().await;
    assert!(!std::path::Path::new(settings.lmtp.listen.strip_prefix("unix:").unwrap()).exists());
}

#[tokio::test]
async fn a_pipe_brings_one_message() {
    let (_folder, settings) = settings();
    let platform = Platform::new().await;
    let client = platform.client();
    let raw = mail("1@x", "Яма");
    for stored in [true, false] {
        let outcome = deliver_one(&settings, &client, raw.as_bytes(), &["x@y.z".to_owned(), "help@example.org".to_owned()]).await.unwrap();
        assert!(matches!(outcome, Outcome::Received { stored: s, .. } if s == stored), "{outcome:?}");
    }
    let large = "x: y\n".repeat(5_000);
    assert!(matches!(deliver_one(&settings, &client, large.as_bytes(), &[]).await.unwrap(), Outcome::Kept { .. }));
    // Two of one name, and one with nothing in it.
    for text in ["one", "two", "one"] {
        let raw = format!(
            "From: a@b.ru\r\nMessage-ID: <deep@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}{text}",
            "--b\r\n".repeat(3_000)
        );
        let settings = Settings { parts: 10, ..settings.clone() };
        assert!(matches!(deliver_one(&settings, &client, raw.as_bytes(), &[]).await.unwrap(), Outcome::Kept { .. }));
    }
    assert_eq!(platform.state().kept.len(), 3);
    assert!(deliver_one(&settings, &client, b"\r\n", &[]).await.is_ok());
    assert_eq!(platform.state().kept.len(), 3);
    // One request that is too much for the platform.
    let bad = serde_json::json!({ "errors": [{ "message": "too large", "extensions": { "code": "BAD_REQUEST" } }] });
    platform.state().poison = vec![("huge".into(), bad)];
    let outcome = deliver_one(&settings, &client, mail("h@x", "huge").as_bytes(), &[]).await.unwrap();
    assert!(matches!(outcome, Outcome::Kept { .. }) && platform.state().kept.len() == 4);
    platform.state().down = true;
    assert!(deliver_one(&settings, &client, raw.as_bytes(), &[]).await.is_err());
}
