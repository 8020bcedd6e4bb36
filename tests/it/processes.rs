//! Several real processes on one database, and the example city.

use std::{
    process::{Child, Command},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::{
    process::{command, spawn},
    support::database,
};

/// A process of the program that is killed when it is dropped.
pub struct Process {
    pub child: Child,
    pub url: String,
    _data: tempfile::TempDir,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address of a database for `DATABASE_URL`.
pub fn url(options: &sqlx::postgres::PgConnectOptions) -> String {
    use sqlx::ConnectOptions;
    options.to_url_lossy().to_string()
}

pub fn start(database: &str, args: &[&str]) -> Process {
    let data = tempfile::tempdir().unwrap();
    let (child, url) = spawn(command(database, data.path(), args));
    Process { child, url, _data: data }
}

async fn graphql(http: &reqwest::Client, url: &str, query: &str, variables: Value) -> Value {
    let answer: Value = http
        .post(format!("{url}/graphql"))
        .json(&json!({ "query": query, "variables": variables }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(answer.get("errors").is_none_or(Value::is_null), "{answer}");
    answer["data"].clone()
}

/// Waits until a query of the database says so.
async fn until(db: &PgPool, query: &'static str, what: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !sqlx::query_scalar::<_, bool>(query).fetch_one(db).await.unwrap() {
        assert!(Instant::now() < deadline, "{what} did not happen in a minute");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Two servers and a worker: what is written through one is read through the other, jobs run once, and when the process that
/// holds jobs is killed another takes them over.
#[tokio::test]
async fn several_processes_work_as_one() {
    let options = database().await;
    let db = PgPoolOptions::new().max_connections(3).connect_with(options.clone()).await.unwrap();
    let address = url(&options);
    let first = start(&address, &["serve", "--listen", "127.0.0.1:0"]);
    let second = start(&address, &["serve", "--listen", "127.0.0.1:0"]);
    let http = crate::support::http().build().unwrap();
    for process in [&first, &second] {
        assert_eq!(http.get(format!("{}/health/ready", process.url)).send().await.unwrap().status(), 200);
        assert_eq!(http.get(format!("{}/health/live", process.url)).send().await.unwrap().status(), 200);
    }
    let submit =
        "mutation($input: SubmitFeedbackInput!) { submitFeedback(input: $input) { submitted { number secret } userErrors { code } } }";
    let mut numbers = Vec::new();
    for n in 0..6 {
        let process = if n % 2 == 0 { &first } else { &second };
        let input = json!({ "text": format!("Не горит фонарь у дома {n} на Липовой улице, вечером темно."), "public": true });
        let data = graphql(&http, &process.url, submit, json!({ "input": input })).await;
        numbers.push(data["submitFeedback"]["submitted"]["number"].as_str().unwrap().to_owned());
    }
    drop(first);
    until(&db, "select count(*) = 6 and bool_and(understood_at is not null) from articles", "understanding").await;
    until(
        &db,
        "select count(*) = 0 from graphile_worker._private_jobs where coalesce(key, '') not in ('relabel', 'draw_map')",
        "the end of the jobs",
    )
    .await;
    let query = "query($n: String!) { ticket(number: $n) { state history { to } cluster { size } } }";
    for number in &numbers {
        let ticket = &graphql(&http, &second.url, query, json!({ "n": number })).await["ticket"];
        assert_eq!(ticket["state"], "TRIAGED");
        assert_eq!(ticket["history"], json!([{ "to": "NEW" }, { "to": "TRIAGED" }]), "triaged once");
    }
}

/// The database gave jobs to a worker, but the connection broke before it heard of them: they are done all the same, though the
/// worker that they belong to lives.
#[tokio::test]
async fn jobs_lost_on_their_way_to_a_worker_are_done() {
    let options = database().await;
    let db = PgPoolOptions::new().max_connections(3).connect_with(options.clone()).await.unwrap();
    let _process = start(&url(&options), &["serve", "--listen", "127.0.0.1:0"]);
    until(&db, "select exists (select from graphile_worker._private_workers)", "a worker").await;
    sqlx::query("select from graphile_worker.add_job('sweep', '{}'::json, run_at => now() + interval '1 day', job_key => 'lost')")
        .execute(&db)
        .await
        .unwrap();
    let taken = sqlx::query(
        "update graphile_worker._private_jobs set locked_by = (select id from graphile_worker._private_workers limit 1), attempts = 1,
                locked_at = now() - interval '1 minute', run_at = now() where key = 'lost'",
    );
    assert_eq!(taken.execute(&db).await.unwrap().rows_affected(), 1);
    until(&db, "select not exists (select from graphile_worker._private_jobs where key = 'lost')", "the lost job").await;
}

/// From the command line all indexes are made anew, and looked at.
#[tokio::test]
async fn indexes_are_made_anew_from_the_command_line() {
    let options = database().await;
    let db = PgPoolOptions::new().max_connections(3).connect_with(options.clone()).await.unwrap();
    let address = url(&options);
    let said = |args: &[&str]| {
        let data = tempfile::tempdir().unwrap();
        let output = command(&address, data.path(), args).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (well, words) = said(&["search", "rebuild"]);
    assert!(well && words.contains("No server is running"), "{words}");
    assert!(said(&["doctor"]).1.contains("no server keeps an index"));
    let _process = start(&address, &["serve", "--listen", "127.0.0.1:0"]);
    until(&db, "select exists (select from search_indexes where mark is not null and filled is null)", "an index").await;
    let (well, words) = said(&["search", "rebuild"]);
    assert!(well && words.contains("1 index is made anew."), "{words}");
    let words = said(&["doctor"]).1;
    assert!(words.contains("ok    the index ") && words.contains("0 changes wait"), "{words}");
}

/// Asked to end, a server finishes and leaves without complaint.
#[tokio::test]
async fn a_server_ends_well() {
    let options = database().await;
    let mut process = start(&url(&options), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(process.url.starts_with("http://127.0.0.1:"));
    let pid = process.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let deadline = Instant::now() + Duration::from_secs(40);
    let status = loop {
        if let Some(status) = process.child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "the server does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(status.success());
}

/// Pages and API are of use without the bots, where nothing lets them in any more.
#[tokio::test]
async fn a_server_serves_without_bots_that_may_not_come_in() {
    let options = database().await;
    let db = PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await.unwrap();
    let address = url(&options);
    let data = tempfile::tempdir().unwrap();
    let said = data.path().join("said");
    let serve = || {
        let mut command = command(&address, data.path(), &["serve", "--listen", "127.0.0.1:0"]);
        // Nothing answers at that address: the bot reports that it fails.
        command.env("VECHE_TELEGRAM_TOKEN", "12:SECRET").env("VECHE_TELEGRAM_API_URL", "http://127.0.0.1:9");
        command.stderr(std::fs::File::create(&said).unwrap());
        let (child, url) = spawn(command);
        Process { child, url, _data: tempfile::tempdir().unwrap() }
    };
    let let_in = serve();
    until(&db, "select exists (select from channel_reports where channel = 'TELEGRAM')", "a report of the bot").await;
    drop(let_in);
    let revoked = sqlx::query("update access_tokens set revoked_at = now()").execute(&db).await.unwrap();
    assert_eq!(revoked.rows_affected(), 1);
    let alone = serve();
    let answer = graphql(&crate::support::http().build().unwrap(), &alone.url, "{ __typename }", json!({})).await;
    assert_eq!(answer["__typename"], "Query");
    let said = std::fs::read_to_string(&said).unwrap();
    assert!(said.contains("the bots do not run") && said.contains("bots.token") && !said.contains("SECRET"), "{said}");
}

/// The example city: what it promises is there, tallies equal their ballots, and its accounts can log in.
#[tokio::test]
async fn the_example_city_is_complete() {
    let options = database().await;
    let db = PgPoolOptions::new().max_connections(3).connect_with(options.clone()).await.unwrap();
    let process = start(&url(&options), &["serve", "--listen", "127.0.0.1:0", "--demo"]);
    let counts: Vec<i64> = sqlx::query_scalar(
        "select unnest(array[(select count(*) from initiatives), (select count(distinct state) from initiatives), (select count(*) from ballots),
            (select count(*) from comments), (select count(*) from articles where direction = 'IN' and external_id is not null),
            (select count(distinct channel) from articles where direction = 'IN'),
            (select count(*) from working_groups), (select count(*) from departments)])",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    assert_eq!(counts, [60, 10, 2000, 600, 800, 3, 6, 8]);
    let wrong: i64 = sqlx::query_scalar(
        "select count(*) from tallies t where t.ballots <> (select count(*) from ballots b where b.initiative_id = t.initiative_id)
            or t.counts <> array(select count(b.*) from generate_series(0, cardinality(t.counts) - 1) o
                                 left join ballots b on b.initiative_id = t.initiative_id and o::smallint = any(b.choices) group by o order by o)",
    )
    .fetch_one(&db)
    .await
    .unwrap();
    assert_eq!(wrong, 0, "a tally is not the recount of its ballots");
    let unread: i64 =
        sqlx::query_scalar("select count(*) from articles where direction = 'IN' and understood_at is null").fetch_one(&db).await.unwrap();
    assert_eq!(unread, 0);
    let http = crate::support::http().build().unwrap();
    let query = "{ clusters(first: 5, orderBy: LARGEST) { nodes { size keywords } } statistics { initiatives tickets } }";
    let data = graphql(&http, &process.url, query, json!({})).await;
    let largest = &data["clusters"]["nodes"][0];
    assert!(largest["size"].as_i64().unwrap() >= 20 && !largest["keywords"].as_array().unwrap().is_empty(), "{data}");
    let log_in = "mutation($input: LogInInput!) { logIn(input: $input) { session { participant { roles } } userErrors { code message } } }";
    let organisation: toml::Table = include_str!("../../demo/organisation.toml").parse().unwrap();
    let mut roles = std::collections::BTreeSet::new();
    for account in organisation["accounts"].as_array().unwrap() {
        if roles.insert(account["role"].as_str().unwrap().to_owned()) {
            let input = json!({ "email": account["email"].as_str().unwrap(), "password": "veche-demo-2026" });
            let data = graphql(&http, &process.url, log_in, json!({ "input": input })).await;
            let got = data["logIn"]["session"]["participant"]["roles"].as_array().unwrap_or_else(|| panic!("{account}: {data}"));
            assert!(got.contains(&json!(account["role"].as_str().unwrap())));
        }
    }
    assert_eq!(roles.len(), 5);
}
