//! Imports through the program itself, as an operator runs it.

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::{ConnectOptions, PgPool, postgres::PgPoolOptions};
use tokio::process::Command;

use crate::support;

/// A database, a data folder and the program.
struct Installation {
    db: PgPool,
    url: String,
    folder: tempfile::TempDir,
}

impl Installation {
    async fn new() -> Self {
        let options = support::database().await;
        let url = options.to_url_lossy().to_string();
        let db = PgPoolOptions::new().max_connections(2).connect_with(options).await.unwrap();
        Self { db, url, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn command(&self, kind: &str, file: &Path, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
        command
            .args(["import", kind])
            .arg(file)
            .args(more)
            .arg("--data")
            .arg(self.folder.path().join("data"))
            .env("DATABASE_URL", &self.url)
            .env("VECHE_WORKER_HEARTBEAT_SECONDS", "1")
            .env("VECHE_WORKER_DEAD_AFTER_SECONDS", "3")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    async fn run(&self, kind: &str, file: &Path, more: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command(kind, file, more).output().await.unwrap();
        let (out, log) = (String::from_utf8(stdout).unwrap(), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "{status}\n{out}\n{log}");
        assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
        out
    }

    /// The figures of an import; there must be exactly one line.
    async fn figures(&self, kind: &str, file: &Path, more: &[&str]) -> Value {
        let out = self.run(kind, file, &[more, &["--json"]].concat()).await;
        assert_eq!(out.lines().count(), 1, "{out}");
        serde_json::from_str(&out).unwrap()
    }

    async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.db).await.unwrap()
    }

    /// Everything that was stored is understood, and no job is left but one that has time.
    async fn is_settled(&self) {
        assert_eq!(self.count("select count(*) from articles where understood_at is null").await, 0);
        assert_eq!(self.count("select count(*) from graphile_worker._private_jobs where key is distinct from 'draw_map'").await, 0);
    }
}

const MATTERS: [(&str, &str); 4] = [
    ("Яма на дороге", "Дороги"),
    ("Не горит фонарь во дворе", "Освещение"),
    ("Не вывозят мусор третью неделю", "Чистота"),
    ("Автобус не приходит по расписанию", "Транспорт"),
];

fn table(rows: usize) -> String {
    let mut csv = String::from("number,words,to whom\n");
    for n in 0..rows {
        let (text, group) = MATTERS[n % MATTERS.len()];
        csv.push_str(&format!("m-{n},\"{text}, улица Садовая, дом {}, подъезд {}\",{group}\n", n % 97, n % 7));
    }
    csv
}

const COLUMNS: [&str; 6] = ["--id", "number", "--text", "words", "--group", "to whom"];

#[tokio::test]
async fn a_table_becomes_tickets_once() {
    let veche = Installation::new().await;
    let file = veche.file("messages.csv", table(40));
    let first = veche.figures("messages", &file, &COLUMNS).await;
    let mut keys: Vec<&str> = first.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["clusters", "follow_ups", "ignored", "read", "refused", "tickets"]);
    assert_eq!((&first["read"], &first["tickets"], &first["ignored"], &first["refused"]), (&json!(40), &json!(40), &json!(0), &json!(0)));
    let clusters = veche.count("select count(distinct cluster_id) from tickets").await;
    assert!(clusters > 0 && first["clusters"] == clusters, "{clusters} clusters, not {first}");
    assert_eq!(veche.count("select count(*) from working_groups").await, 4);
    veche.is_settled().await;

    let tickets = veche.count("select count(*) from tickets").await;
    let second = veche.figures("messages", &file, &COLUMNS).await;
    assert_eq!(second, json!({ "read": 40, "tickets": 0, "follow_ups": 0, "ignored": 40, "refused": 0, "clusters": first["clusters"] }));
    assert_eq!(veche.count("select count(*) from tickets").await, tickets);
    assert_eq!(veche.count("select count(*) from working_groups").await, 4);
    veche.is_settled().await;
}

#[tokio::test]
async fn damage_loses_only_the_damaged_rows_and_names_them() {
    let veche = Installation::new().await;
    let mut bytes = "id,text\n1,Яма на дороге у дома\n2,".as_bytes().to_vec();
    bytes.extend(b"\xff\xfe\n");
    bytes.extend("3,\n4,\"кавычка не закрыта\n5,Не горит фонарь во дворе\n6\n7,Мусор не вывозят\n".as_bytes());
    let file = veche.file("damaged.csv", bytes);
    let out = veche.run("messages", &file, &[]).await;
    assert!(out.contains("3 tickets") && out.contains("4 refused"), "{out}");
    for place in ["line 3", "line 4", "line 5", "line 7"] {
        assert!(out.contains(&format!("refused {place}:")), "{place} is not named:\n{out}");
    }
    let texts: Vec<String> = sqlx::query_scalar("select body from articles order by external_id").fetch_all(&veche.db).await.unwrap();
    assert_eq!(texts, ["Яма на дороге у дома", "Не горит фонарь во дворе", "Мусор не вывозят"]);
    veche.is_settled().await;
}

#[tokio::test]
async fn mail_follows_up_and_bounces_are_passed_over() {
    let veche = Installation::new().await;
    let file = veche.file(
        "archive.mbox",
        "From anna@example.ru Mon Mar 25 10:15:00 2024\nMessage-ID: <1@example.ru>\nFrom: Anna <anna@example.ru>\nSubject: Pothole\n\
         Content-Type: text/plain; charset=utf-8\n\nЯма на дороге у дома 5.\n\n\
         From anna@example.ru Mon Mar 25 11:15:00 2024\nMessage-ID: <2@example.ru>\nIn-Reply-To: <1@example.ru>\n\
         References: <1@example.ru>\nFrom: Anna <anna@example.ru>\nSubject: Re: Pothole\n\
         Content-Type: text/plain; charset=utf-8\n\nОна стала ещё глубже.\n\n\
         From MAILER-DAEMON Mon Mar 25 12:15:00 2024\nMessage-ID: <3@example.ru>\nFrom: MAILER-DAEMON@example.ru\n\
         Subject: Undelivered Mail Returned to Sender\n\nI'm sorry to have to inform you\n\n",
    );
    let figures = veche.figures("messages", &file, &[]).await;
    assert_eq!(
        (&figures["read"], &figures["tickets"], &figures["follow_ups"], &figures["ignored"], &figures["refused"]),
        (&json!(3), &json!(1), &json!(1), &json!(1), &json!(0))
    );
    assert_eq!(veche.count("select count(*) from articles where channel = 'EMAIL'").await, 2);
    assert_eq!(veche.count("select count(distinct ticket_id) from articles").await, 1);
    let again = veche.figures("messages", &file, &[]).await;
    assert_eq!((&again["tickets"], &again["follow_ups"], &again["ignored"]), (&json!(0), &json!(0), &json!(3)));
    veche.is_settled().await;
}

#[tokio::test]
async fn lines_of_json_and_initiatives() {
    let veche = Installation::new().await;
    let file = veche.file(
        "messages.jsonl",
        "{\"id\":1,\"text\":\"Яма на дороге у дома\"}\n{\"id\":2,\"text\":\n{\"id\":3,\"text\":\"Не горит фонарь\",\"channel\":\"phone\"}\n",
    );
    let figures = veche.figures("messages", &file, &[]).await;
    assert_eq!((&figures["read"], &figures["tickets"], &figures["refused"]), (&json!(3), &json!(2), &json!(1)));
    assert_eq!(veche.count("select count(*) from articles where channel = 'PHONE'").await, 1);

    let file = veche.file(
        "initiatives.csv",
        "id,title,text,topic,votes,date\n1,Парк у реки,Сделать парк у реки,отдых,120000,1 ноября 2013\n\
         2,Сад,Разбить сад во дворе школы,,3,1 ноября 2013\n3,,Без названия,,1,\n",
    );
    let figures = veche.figures("initiatives", &file, &[]).await;
    assert_eq!(figures, json!({ "read": 3, "initiatives": 2, "ignored": 0, "refused": 1 }));
    let states: Vec<(String, i64)> =
        sqlx::query_as("select i.state, t.ballots from initiatives i join tallies t on t.initiative_id = i.id order by i.title")
            .fetch_all(&veche.db)
            .await
            .unwrap();
    assert_eq!(states, [("ACCEPTED".to_owned(), 120_000), ("NOT_SUPPORTED".to_owned(), 3)]);
    let again = veche.figures("initiatives", &file, &[]).await;
    assert_eq!(again, json!({ "read": 3, "initiatives": 0, "ignored": 2, "refused": 1 }));
    veche.is_settled().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_refused_in_one_line() {
    let veche = Installation::new().await;
    for (file, named) in
        [(veche.folder.path().join("nowhere.csv"), "nowhere.csv"), (veche.file("columns.csv", "id,body\n1,x\n"), "no column \"text\"")]
    {
        let output = veche.command("messages", &file, &["--json"]).output().await.unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && output.stdout.is_empty());
        assert!(log.lines().last().is_some_and(|line| line.starts_with("veche: ") && line.contains(named)), "{log}");
    }
}

#[tokio::test]
async fn an_import_that_was_killed_goes_on_where_it_was() {
    const MESSAGES: i64 = 2_000;
    let veche = Installation::new().await;
    let file = veche.file("messages.csv", table(2_000));
    let mut first = veche.command("messages", &file, &COLUMNS).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    let stored = loop {
        let stored = veche.count("select count(*) from articles").await;
        if stored >= 200 {
            break stored;
        }
        assert!(first.try_wait().unwrap().is_none(), "the import ended before it could be killed");
        assert!(begun.elapsed() < Duration::from_secs(60), "the import does not begin");
        tokio::task::yield_now().await;
    };
    first.kill().await.unwrap();
    assert!(stored < MESSAGES, "the import was over before it was killed");
    assert!(veche.count("select count(*) from articles where understood_at is null").await > 0, "nothing was left to do");

    let figures = veche.figures("messages", &file, &COLUMNS).await;
    assert_eq!((&figures["read"], &figures["refused"]), (&json!(MESSAGES), &json!(0)));
    let (tickets, ignored) = (figures["tickets"].as_i64().unwrap(), figures["ignored"].as_i64().unwrap());
    assert_eq!(tickets + ignored, MESSAGES);
    assert!(tickets > 0 && ignored >= stored, "{figures}");
    assert_eq!(veche.count("select count(*) from articles").await, MESSAGES);
    assert_eq!(veche.count("select count(distinct external_id) from articles").await, MESSAGES);
    assert_eq!(veche.count("select count(*) from tickets").await, MESSAGES);
    veche.is_settled().await;
}
