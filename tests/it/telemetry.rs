//! The service can be watched: numbers, ids that tie things together, traces, slow statements.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, postgres::PgConnectOptions};
use tracing_subscriber::layer::SubscriberExt;
use veche::config::{MetricsFor, Rate};

use crate::support::{TestApp, config, database};

/// The numbers as they stand now.
async fn scrape(app: &TestApp) -> String {
    let response = app.http.get(app.url("/metrics")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    response.text().await.unwrap()
}

/// One number by its name and labels, in any order; 0 when it is not there.
fn number(text: &str, name: &str, labels: &[&str]) -> f64 {
    let found = text.lines().filter(|l| !l.starts_with('#')).find_map(|line| {
        let (what, value) = line.rsplit_once(' ')?;
        let (this, these) = what.split_once('{').unwrap_or((what, ""));
        (this == name && labels.iter().all(|label| these.contains(label))).then(|| value.parse().unwrap())
    });
    found.unwrap_or(0.0)
}

#[tokio::test]
async fn what_was_asked_and_what_waits_is_counted() {
    let mut settings = config();
    settings.limits.voting = Rate { burst: 2, per_minute: 1 };
    let app = TestApp::with(settings).await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let author = app.citizen("Anna").await;
    let initiative = app.voting(&author, &department, &officer, json!({})).await;
    let before = scrape(&app).await;
    let voter = app.citizen("Boris").await;
    let ballot = json!({ "initiativeId": initiative, "choices": [0] });
    app.must(Some(&voter), "castVote", ballot.clone(), "").await;
    app.must(Some(&voter), "castVote", ballot.clone(), "").await;
    assert_eq!(app.forbidden(Some(&voter), "castVote", ballot).await, "RATE_LIMITED");
    app.query(None, "{ me { id } }", json!({})).await;
    app.ask(None, "{ noSuchField }", json!({})).await;
    app.ask(None, "{ me { id ", json!({})).await;
    let service = app.service().await;
    app.message(&service, "a", "Не горит фонарь у школы.").await;
    app.message(&service, "a", "Не горит фонарь у школы.").await;
    assert_eq!(app.http.get(app.url("/no/such/page")).send().await.unwrap().status(), 404);
    // What is read from the database may be two seconds old.
    let deadline = Instant::now() + Duration::from_secs(20);
    let after = loop {
        let now = scrape(&app).await;
        if number(&now, "veche_jobs", &["task=\"understand\"", "state=\"ready\""]) > 0.0 {
            break now;
        }
        assert!(Instant::now() < deadline, "{now}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let more = |name: &str, labels: &[&str]| number(&after, name, labels) - number(&before, name, labels);
    let ok = "code=\"OK\"";
    assert_eq!(more("veche_graphql_operations_total", &["name=\"castVote\"", "kind=\"mutation\"", ok]), 2.0);
    assert_eq!(more("veche_graphql_operations_total", &["name=\"castVote\"", "code=\"RATE_LIMITED\""]), 1.0);
    assert_eq!(more("veche_graphql_operations_total", &["name=\"me\"", "kind=\"query\"", ok]), 1.0);
    assert_eq!(more("veche_graphql_operations_total", &["name=\"invalid\"", "code=\"BAD_REQUEST\""]), 2.0);
    assert_eq!(more("veche_graphql_operation_duration_seconds_count", &["name=\"castVote\""]), 3.0);
    assert!(!after.contains("noSuchField"), "what a caller makes up is no label");
    assert_eq!(more("veche_refusals_total", &["limit=\"voting\""]), 1.0);
    assert_eq!(more("veche_ballots_total", &[]), 2.0);
    assert_eq!(more("veche_articles_total", &["channel=\"EMAIL\""]), 1.0, "a repeated message is one");
    assert_eq!(more("veche_http_requests_total", &["method=\"POST\"", "route=\"/graphql\"", "status=\"200\""]), 8.0);
    assert_eq!(more("veche_http_requests_total", &["route=\"unmatched\"", "status=\"404\""]), 1.0);
    assert!(more("veche_http_request_duration_seconds_count", &["route=\"/graphql\""]) >= 8.0);
    assert!(!after.contains("/no/such/page"));
    assert_eq!(number(&after, "veche_database_up", &[]), 1.0);
    assert!(number(&after, "veche_database_connections", &["state=\"idle\""]) >= 1.0);
    assert_eq!(number(&after, "veche_database_connections_max", &[]), f64::from(app.app.config.database.pool));
    assert!(number(&after, "veche_jobs_oldest_ready_seconds", &["task=\"understand\""]) > 0.0);
    assert!(number(&after, "process_resident_memory_bytes", &[]) > 1e6 && number(&after, "process_open_fds", &[]) > 3.0);
    assert!(after.ends_with("# EOF\n"));

    sqlx::query("select graphile_worker.add_job('announce', '{\"event\": \"none\"}'::json, max_attempts => 1)")
        .execute(app.db())
        .await
        .unwrap();
    veche::jobs::run_waiting(&app.app).await.unwrap();
    let now = scrape(&app).await;
    assert!(number(&now, "veche_job_runs_total", &["task=\"understand\"", "outcome=\"done\""]) >= 1.0);
    let deadline = Instant::now() + Duration::from_secs(20);
    while number(&scrape(&app).await, "veche_jobs", &["task=\"announce\"", "state=\"failed\""]) != 1.0 {
        assert!(Instant::now() < deadline, "a job that was put aside is not seen");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    sqlx::query("delete from graphile_worker._private_jobs where attempts >= max_attempts").execute(app.db()).await.unwrap();
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn numbers_are_for_this_machine_unless_set_otherwise() {
    let options = database().await;
    for (shown_to, here, forwarded) in [(MetricsFor::Local, 200, 404), (MetricsFor::Public, 200, 200), (MetricsFor::Off, 404, 404)] {
        for behind_proxy in [false, true] {
            let mut settings = config();
            settings.telemetry.metrics = shown_to;
            settings.http.behind_proxy = behind_proxy;
            let app = TestApp::on(options.clone(), settings).await;
            let ask = |forwarded: Option<&str>| {
                let request = app.http.get(app.url("/metrics"));
                forwarded.map_or(request.try_clone().unwrap(), |f| request.header("x-forwarded-for", f)).send()
            };
            assert_eq!(ask(None).await.unwrap().status(), here, "{shown_to:?}");
            for address in ["203.0.113.7", "127.0.0.1"] {
                assert_eq!(ask(Some(address)).await.unwrap().status(), forwarded, "{shown_to:?} {address}");
            }
            app.finish().await;
        }
    }
}

/// However often it is scraped, the queue is read once in two seconds; and a database that is gone is told, soon.
#[tokio::test]
async fn scraping_does_not_load_the_database_and_survives_its_loss() {
    let app = TestApp::start().await;
    let began = Instant::now();
    let reads = Lines::default();
    let watching = tracing::subscriber::set_default(reads.subscriber("sqlx=debug"));
    for _ in 0..20 {
        scrape(&app).await;
    }
    drop(watching);
    let all = reads.all();
    let read = all.iter().filter(|l| l.contains("oldest_seconds")).count();
    assert!(read >= 1 && read <= 1 + began.elapsed().as_secs() as usize / 2, "{read} times in {:?}: {all:#?}", began.elapsed());
    let name = app.options.get_database().unwrap();
    let mut admin = app.options.clone().database("postgres").connect().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("alter database {name} allow_connections false"))).execute(&mut admin).await.unwrap();
    sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1").bind(name).execute(&mut admin).await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while number(&scrape(&app).await, "veche_database_up", &[]) != 0.0 {
        assert!(Instant::now() < deadline, "the loss of the database is not told");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_request_keeps_its_id_or_gets_one() {
    let app = TestApp::start().await;
    let id_of = async |path: &str, given: Option<&str>| {
        let mut request = app.http.get(app.url(path));
        if let Some(given) = given {
            request = request.header("x-request-id", given);
        }
        request.send().await.unwrap().headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(id_of("/health/live", Some("from-a.proxy_7")).await, "from-a.proxy_7");
    assert_eq!(id_of("/no/such/page", Some("abc")).await, "abc");
    for bad in ["has space", "semi;colon", &"x".repeat(65), "quote\""] {
        let id = id_of("/health/live", Some(bad)).await;
        assert!(id != *bad && id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    }
    assert_ne!(id_of("/", None).await, id_of("/", None).await);
    app.finish().await;
}

/// A failure that a client sees, the line in the log, and the jobs of a request all bear the request's id.
#[tokio::test]
async fn the_id_of_a_request_stands_in_failures_log_lines_and_jobs() {
    let app = TestApp::start().await;
    let service = app.service().await;
    let lines = Lines::default();
    let _watching = tracing::subscriber::set_default(lines.subscriber("info,veche=debug"));
    let ask = async |id: &str, query: &str, variables: Value| -> Value {
        let body = json!({ "query": query, "variables": variables });
        let request = app.http.post(app.url("/graphql")).header("x-request-id", id).header("accept-language", "en");
        request.bearer_auth(&service.token).json(&body).send().await.unwrap().json().await.unwrap()
    };
    let receive = "mutation($input: ReceiveMessageInput!) { receiveMessage(input: $input) { received { number } userErrors { code } } }";
    let input = |id: &str| {
        json!({ "input": { "channel": "EMAIL", "externalId": id, "conversation": id, "text": "Сильно течёт крыша у Петровых.",
                           "sender": { "name": "Pyotr Petrov", "address": "petrov@example.org" } } })
    };
    let answer = ask("first-request", receive, input("one")).await;
    assert!(answer["data"]["receiveMessage"]["received"]["number"].is_string(), "{answer}");
    let payloads: Vec<(Value,)> =
        sqlx::query_as("select payload::jsonb from graphile_worker._private_jobs").fetch_all(app.db()).await.unwrap();
    assert!(!payloads.is_empty() && payloads.iter().all(|(p,)| p["_request"] == "first-request"), "{payloads:?}");
    app.run_jobs().await;

    // A job that fails says where it comes from.
    sqlx::query("select graphile_worker.add_job('announce', '{\"event\": \"none\", \"_request\": \"second\"}'::json, max_attempts => 1)")
        .execute(app.db())
        .await
        .unwrap();
    veche::jobs::run_waiting(&app.app).await.unwrap();
    sqlx::query("alter table articles rename column body to body_gone").execute(app.db()).await.unwrap();
    let failed = ask("third.request", receive, input("two")).await;
    let error = &failed["errors"][0];
    assert_eq!(error["extensions"]["code"], "INTERNAL", "{failed}");
    assert_eq!(error["extensions"]["reference"], "third.request");
    assert!(error["message"].as_str().unwrap().contains("third.request"));
    sqlx::query("alter table articles rename column body_gone to body").execute(app.db()).await.unwrap();

    let all = lines.all();
    let with = |parts: &[&str]| all.iter().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(with(&["request{id=third.request method=\"POST\" path=\"/graphql\"", "receiveMessage", "unexpected failure"]), "{all:#?}");
    assert!(with(&["request{id=first-request", "answered", "status=200"]), "{all:#?}");
    assert!(with(&["job{task=\"announce\" id=", " request=second", "a job failed"]), "{all:#?}");
    for secret in ["Petrov", "petrov@example.org", "крыша", "userErrors", service.token.as_str()] {
        assert!(!with(&[secret]), "{secret} stands in the log: {all:#?}");
    }
    sqlx::query("delete from graphile_worker._private_jobs").execute(app.db()).await.unwrap();
    app.finish().await;
}

#[tokio::test]
async fn the_log_shows_slow_statements_without_their_values() {
    let options = database().await;
    let lines = Lines::default();
    let _watching = tracing::subscriber::set_default(lines.subscriber("info,sqlx=warn"));
    let run = async |options: PgConnectOptions| {
        let mut connection = options.connect().await.unwrap();
        sqlx::query("select pg_sleep($1), $2::text as slow_one").bind(0.3).bind("anna@example.org").execute(&mut connection).await.unwrap();
        sqlx::query("select $1::text as quick_one").bind("anna@example.org").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    };
    run(veche::telemetry::log_slow(options.clone(), 100)).await;
    let seen = lines.all().join("\n");
    assert!(seen.contains("slow statement") && seen.contains("pg_sleep($1)"), "{seen}");
    assert!(!seen.contains("quick_one") && !seen.contains("anna@"), "{seen}");
    let before = lines.all().len();
    run(veche::telemetry::log_slow(options, 0)).await;
    assert_eq!(lines.all().len(), before, "0 logs none");
}

/// Log lines, kept.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn subscriber(&self, filter: &str) -> impl tracing::Subscriber + Send + Sync + use<> {
        // While there is a single subscriber, `tracing` asks only the one of the thread that comes to a line first, and other tests'
        // threads have none: a second one makes it ask all.
        static SECOND: OnceLock<tracing::Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| tracing::Dispatch::new(tracing_subscriber::registry()));
        let kept = self.clone();
        let filter = tracing_subscriber::EnvFilter::try_new(filter).unwrap();
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || kept.clone());
        tracing_subscriber::registry().with(filter).with(lines)
    }

    fn all(&self) -> Vec<String> {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap().lines().map(str::to_owned).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A collector of traces that keeps what it is sent, as it comes.
/// Requests that came: head and body.
type Kept = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

fn collector() -> (String, Kept) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let kept: Kept = Arc::default();
    let keep = kept.clone();
    // It ends with the process.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let keep = keep.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                loop {
                    let (mut head, mut length) = (String::new(), 0);
                    while reader.read_line(&mut head).is_ok_and(|n| n > 2) {}
                    if head.is_empty() {
                        return;
                    }
                    for line in head.lines() {
                        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                            length = value.trim().parse().unwrap();
                        }
                    }
                    let mut body = vec![0; length];
                    reader.read_exact(&mut body).unwrap();
                    keep.lock().unwrap().push((head.lines().next().unwrap_or_default().to_owned(), body));
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
                    if reader.get_mut().write_all(answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (address, kept)
}

struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A real process: the spans of a request, its operation and its job arrive at the collector in the trace that the caller named.
#[tokio::test]
async fn traces_go_to_the_collector() {
    let (endpoint, kept) = collector();
    let data = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_veche"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data.path())
        .env("DATABASE_URL", database().await.to_url_lossy().to_string())
        .env("VECHE_TELEMETRY_OTLP_ENDPOINT", &endpoint)
        .env("VECHE_TELEMETRY_SERVICE_NAME", "veche-under-test")
        .env("VECHE_TELEMETRY_SAMPLE_RATIO", "1.0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let process = Ending(child);
    let url = lines.find_map(|l| Some(l.unwrap().strip_prefix("Veche listens on ")?.split(' ').next()?.to_owned())).expect("it serves");
    std::thread::spawn(move || lines.for_each(drop));
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let submit = "mutation($input: SubmitFeedbackInput!) { submitFeedback(input: $input) { submitted { number } userErrors { code } } }";
    let input = json!({ "channel": "WEB", "text": "Не горит фонарь у школы.", "sender": { "address": "anna@example.org" } });
    let answer: Value = crate::support::http()
        .build()
        .unwrap()
        .post(format!("{url}/graphql"))
        .header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"))
        .json(&json!({ "query": submit, "variables": { "input": input } }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(answer["data"]["submitFeedback"]["submitted"]["number"].is_string(), "{answer}");
    let id: Vec<u8> = (0..16).map(|n| u8::from_str_radix(&trace[2 * n..2 * n + 2], 16).unwrap()).collect();
    let holds = |body: &[u8], part: &[u8]| body.windows(part.len()).any(|w| w == part);
    // A trace's id and the name of its span stand near each other in OTLP: in the same span.
    let seen = |name: &str| {
        let kept = kept.lock().unwrap();
        kept.iter().any(|(_, body)| {
            let at = body.windows(16).enumerate().filter(|(_, w)| *w == id).map(|(at, _)| at);
            at.into_iter().any(|at| holds(&body[at..body.len().min(at + 90 + name.len())], name.as_bytes()))
        })
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    for name in ["POST /graphql", "mutation submitFeedback", "job announce", "job understand", "mail"] {
        while !seen(name) {
            let got: Vec<_> = kept.lock().unwrap().iter().map(|(_, b)| String::from_utf8_lossy(b).into_owned()).collect();
            assert!(Instant::now() < deadline, "no span `{name}` in the trace: {got:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    drop(process);
    let kept = kept.lock().unwrap();
    assert!(kept.iter().all(|(line, _)| line.starts_with("POST /v1/traces ")));
    assert!(kept.iter().all(|(_, body)| holds(body, b"veche-under-test")));
    for secret in ["anna@example.org", "фонарь", "userErrors"] {
        assert!(!kept.iter().any(|(_, body)| holds(body, secret.as_bytes())), "{secret} stands in a trace");
    }
}
