//! Servers that are poor, refuse, or hang: scripted ones.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::{Arc, Mutex};

use support::{Bot, Platform};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};
use veche_email::{Mailbox, Settings, Tls};

/// What a server can do, and how it fails.
#[derive(Clone, Default)]
struct Script {
    capabilities: &'static str,
    permanent: &'static str,
    /// Commands (by their beginning) that are refused.
    refused: Vec<&'static str>,
    /// The first connection falls silent at this command.
    hangs_at: &'static str,
    /// And all others.
    hangs_for_ever: bool,
    /// The server says that the message is longer than it is.
    liar: bool,
    /// And gives only so much of it the first time.
    first: usize,
}

struct Server {
    port: u16,
    commands: Arc<Mutex<Vec<String>>>,
}

const MAIL: &str = "From: a@example.ru\r\nMessage-ID: <1@example.ru>\r\n\r\nMail.\r\n";

impl Server {
    async fn new(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let commands = Arc::new(Mutex::new(Vec::new()));
        let noted = commands.clone();
        tokio::spawn(async move {
            let mut held = Vec::new();
            let (mut marked, mut moved, mut fetches) = (false, false, 0);
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let mut stream = BufReader::new(stream);
                stream.write_all(b"* OK hello\r\n").await.unwrap();
                let mut line = String::new();
                while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
                    let (tag, command) = line.trim_end().split_once(' ').unwrap_or(("", ""));
                    noted.lock().unwrap().push(command.to_owned());
                    if (connection == 0 || script.hangs_for_ever) && !script.hangs_at.is_empty() && command.starts_with(script.hangs_at) {
                        held.push(stream);
                        break;
                    }
                    let mut answer = String::new();
                    let is_refused = script.refused.iter().any(|r| command.starts_with(r));
                    match command.split(' ').take(2).collect::<Vec<_>>().as_slice() {
                        _ if is_refused => (),
                        ["CAPABILITY", ..] => answer = format!("* CAPABILITY IMAP4rev1 {}\r\n", script.capabilities),
                        ["SELECT", ..] => {
                            answer = format!("* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [PERMANENTFLAGS ({})] x\r\n", script.permanent);
                        }
                        ["UID", "SEARCH"]
                            if !moved
                                && (!marked
                                    || command.contains(" KEYWORD")
                                    || !command.contains("UNSEEN") && !command.contains("KEYWORD")) =>
                        {
                            answer = "* SEARCH 4\r\n".into();
                        }
                        ["UID", "SEARCH"] => answer = "* SEARCH\r\n".into(),
                        ["UID", "FETCH"] => {
                            let size = if script.liar { 9_999 } else { MAIL.len() };
                            fetches += 1;
                            let body = if fetches == 1 && script.liar { &MAIL[..script.first] } else { MAIL };
                            answer = format!("* 1 FETCH (UID 4 RFC822.SIZE {size} BODY[]<0> {{{}}}\r\n{body})\r\n", body.len());
                        }
                        ["UID", "STORE"] => marked = true,
                        ["UID", "MOVE" | "EXPUNGE"] => moved = true,
                        _ => (),
                    }
                    let status = if is_refused { "NO [TRYCREATE] not this" } else { "OK done" };
                    let answer = format!("{answer}{tag} {status}\r\n");
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        break;
                    }
                    line.clear();
                }
            }
        });
        Self { port, commands }
    }

    fn settings(&self) -> Settings {
        let mailbox = Mailbox {
            host: "127.0.0.1".into(),
            port: self.port,
            tls: Tls::None,
            user: "u\"s".into(),
            password: "p".into(),
            poll_seconds: 1,
            timeout_seconds: 1,
            ..Mailbox::default()
        };
        Settings { mailboxes: vec![mailbox], ..Settings::default() }
    }

    fn commands(&self) -> Vec<String> {
        self.commands.lock().unwrap().clone()
    }

    async fn until(&self, platform: &Platform, what: &str) {
        platform.until(what, |_| self.commands().iter().any(|c| c.starts_with(what))).await;
    }
}

#[tokio::test]
async fn a_poor_server_is_asked_now_and_then() {
    let server = Server::new(Script { permanent: "\\Seen", ..Script::default() }).await;
    let platform = Platform::new().await;
    let bot = Bot::start(&server.settings(), platform.client());
    platform.until("two looks", |_| server.commands().iter().filter(|c| c.starts_with("UID SEARCH")).count() >= 2).await;
    bot.end().await;
    let commands = server.commands();
    assert!(commands.contains(&"LOGIN \"u\\\"s\" \"p\"".to_owned()));
    assert!(commands.contains(&"UID SEARCH UNDELETED UNSEEN".to_owned()), "no keyword where none is kept");
    assert!(commands.contains(&"UID STORE 4 +FLAGS.SILENT (\\Seen)".to_owned()));
    assert!(commands.iter().all(|c| !c.starts_with("IDLE") && !c.contains("BODY[")), "{commands:?}");
    assert_eq!(platform.state().articles.len(), 1);
}

#[tokio::test]
async fn a_server_that_hangs_does_not_hang_us() {
    for hangs_at in ["CAPABILITY", "LOGIN", "SELECT", "UID SEARCH", "UID FETCH", "UID STORE"] {
        let server = Server::new(Script { permanent: "\\Seen \\*", hangs_at, ..Script::default() }).await;
        let platform = Platform::new().await;
        let bot = Bot::start(&server.settings(), platform.client());
        platform.until("the mail", |s| s.articles.len() == 1).await;
        server.until(&platform, "UID STORE").await;
        bot.end().await;
        assert_eq!(platform.state().articles.len(), 1, "{hangs_at}");
    }
}

#[tokio::test]
async fn a_mark_that_is_refused_hands_nothing_over_again() {
    let server = Server::new(Script { permanent: "\\Seen \\*", refused: vec!["UID STORE"], ..Script::default() }).await;
    let platform = Platform::new().await;
    let bot = Bot::start(&server.settings(), platform.client());
    platform.until("three looks", |_| server.commands().iter().filter(|c| c.starts_with("UID SEARCH")).count() >= 3).await;
    bot.end().await;
    assert_eq!(platform.state().articles.values().map(|a| a.said).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn a_server_without_move_copies() {
    let server = Server::new(Script { permanent: "\\*", capabilities: "UIDPLUS", ..Script::default() }).await;
    let platform = Platform::new().await;
    let mut settings = server.settings();
    settings.mailboxes[0].move_to = "Done".into();
    settings.mailboxes[0].unseen_only = false;
    let bot = Bot::start(&settings, platform.client());
    server.until(&platform, "UID EXPUNGE 4").await;
    bot.end().await;
    let commands = server.commands();
    assert!(commands.contains(&"UID SEARCH UNDELETED".to_owned()));
    let at = |word: &str| commands.iter().position(|c| c.starts_with(word)).unwrap_or_else(|| panic!("{word}: {commands:?}"));
    assert!(at("UID COPY 4 \"Done\"") < at("UID STORE 4 +FLAGS.SILENT (\\Seen \\Deleted)"));
}

#[tokio::test]
async fn a_server_that_counts_wrongly_is_believed_the_second_time() {
    let server = Server::new(Script { permanent: "\\*", liar: true, first: MAIL.len(), ..Script::default() }).await;
    let platform = Platform::new().await;
    let bot = Bot::start(&server.settings(), platform.client());
    platform.until("the mail", |s| s.articles.len() == 1).await;
    bot.end().await;
    assert!(server.commands().iter().filter(|c| c.starts_with("UID FETCH")).count() >= 2);
}

#[tokio::test]
async fn a_message_that_is_cut_off_in_two_ways_is_not_believed() {
    for first in [0, 40] {
        let server = Server::new(Script { permanent: "\\*", liar: true, first, ..Script::default() }).await;
        let platform = Platform::new().await;
        let bot = Bot::start(&server.settings(), platform.client());
        platform.until("the mail", |s| s.articles.len() == 1).await;
        bot.end().await;
        assert!(server.commands().iter().filter(|c| c.starts_with("UID FETCH")).count() >= 3);
        assert!(platform.state().kept.is_empty() && platform.state().articles.values().all(|a| a.text() == "Mail."));
    }
}

#[tokio::test]
async fn a_move_that_is_refused_is_reported_and_tried_again() {
    let server =
        Server::new(Script { permanent: "\\*", capabilities: "MOVE", refused: vec!["UID MOVE", "CREATE"], ..Script::default() }).await;
    let platform = Platform::new().await;
    let mut settings = server.settings();
    settings.mailboxes[0].move_to = "Done".into();
    for _ in 0..2 {
        // The second one knows nothing of the first.
        let bot = Bot::start(&settings, platform.client());
        let moves = || server.commands().iter().filter(|c| c.starts_with("UID MOVE")).count();
        let before = moves();
        platform.until("another try", |_| moves() >= before + 2).await;
        let tells = |r: &serde_json::Value| r["state"] == "FAILING" && r["detail"].as_str().is_some_and(|d| d.contains("moved"));
        platform.until("word of it", |s| s.reports.iter().any(tells)).await;
        bot.end().await;
        platform.state().reports.clear();
    }
    assert!(server.commands().contains(&"UID SEARCH UNDELETED OR UNSEEN KEYWORD $Veche".to_owned()));
    assert_eq!(platform.state().articles.len(), 1);
}

#[tokio::test]
async fn a_wrong_password_is_reported() {
    let server = Server::new(Script { refused: vec!["LOGIN"], ..Script::default() }).await;
    let platform = Platform::new().await;
    let bot = Bot::start(&server.settings(), platform.client());
    platform
        .until("word of it", |s| {
            s.reports.iter().any(|r| r["state"] == "FAILING" && r["detail"].as_str().is_some_and(|d| d.contains("refused")))
        })
        .await;
    bot.end().await;
}

#[tokio::test]
async fn a_message_that_the_server_does_not_give_is_reported() {
    let server = Server::new(Script { permanent: "\\*", refused: vec!["UID FETCH"], ..Script::default() }).await;
    let platform = Platform::new().await;
    let bot = Bot::start(&server.settings(), platform.client());
    let tells = |r: &serde_json::Value| r["state"] == "FAILING" && r["detail"].as_str().is_some_and(|d| d.contains("message 4"));
    platform.until("word of it", |s| s.reports.iter().any(tells)).await;
    bot.end().await;
}

#[tokio::test]
async fn a_message_at_which_the_server_always_hangs_is_left_for_later() {
    let server = Server::new(Script { permanent: "\\*", hangs_at: "UID FETCH", hangs_for_ever: true, ..Script::default() }).await;
    let platform = Platform::new().await;
    let bot = Bot::start(&server.settings(), platform.client());
    // Three connections break at it; the next goes on without it, and listens.
    platform
        .until("a look after it", |_| {
            let commands = server.commands();
            let looks = commands.iter().filter(|c| c.starts_with("UID SEARCH")).count();
            looks > commands.iter().filter(|c| c.starts_with("UID FETCH")).count()
        })
        .await;
    bot.end().await;
}
