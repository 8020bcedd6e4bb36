//! An installation of its own for each test: a database made from a template, the real routes on a real port, mail in memory.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;
use veche::{
    app::{App, Entropy},
    config::{Config, MailTransport, Rate},
    identity::Keys,
    jobs, web,
};

/// The PostgreSQL of all tests of this process: the one of `DATABASE_URL`, or a private one that ends with the process.
fn server() -> &'static PgConnectOptions {
    static SERVER: OnceLock<PgConnectOptions> = OnceLock::new();
    SERVER.get_or_init(|| {
        if let Ok(url) = std::env::var("DATABASE_URL") {
            return url.parse().unwrap();
        }
        let (tell, told) = std::sync::mpsc::channel();
        // A thread of its own: the cluster must outlive the runtime of the test that came first.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let settings = veche::postgres::Settings { data: data_folder(), test: true };
                let cluster = veche::postgres::Cluster::start(settings).await.unwrap();
                tell.send(cluster.connect_options("postgres")).unwrap();
                cluster.keep_running(std::future::pending()).await.unwrap();
            });
        });
        told.recv().expect("PostgreSQL did not start")
    })
}

/// A folder for this process alone: one that shared another's server would lose it when that ends. What ended processes left is
/// removed. Not in the target folder, which may lie where the server's user cannot go.
fn data_folder() -> PathBuf {
    const PREFIX: &str = "veche-tests-";
    let parent = std::env::temp_dir();
    for entry in std::fs::read_dir(&parent).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.strip_prefix(PREFIX).is_some_and(|pid| !std::path::Path::new("/proc").join(pid).exists()) {
            // Another process may be removing it too.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    parent.join(format!("{PREFIX}{}", std::process::id()))
}

/// The name of the template, made once for each state of the migrations.
async fn template() -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    static MAKING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _one = MAKING.lock().await;
    if TEMPLATE.get().is_none() {
        let mut hasher = DefaultHasher::new();
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap().map(|f| f.unwrap().path()) {
            (file.file_name().unwrap(), std::fs::read(&file).unwrap()).hash(&mut hasher);
        }
        let name = format!("veche_template_{:016x}", hasher.finish());
        let mut admin = server().connect().await.unwrap();
        // Other processes may want the same template now.
        sqlx::query("select pg_advisory_lock(7)").execute(&mut admin).await.unwrap();
        drop_left_over(&mut admin).await;
        let known: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1 and datistemplate)")
            .bind(&name)
            .fetch_one(&mut admin)
            .await
            .unwrap();
        if !known {
            sqlx::query(AssertSqlSafe(format!("drop database if exists {name}"))).execute(&mut admin).await.unwrap();
            sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut admin).await.unwrap();
            let db = PgPoolOptions::new().max_connections(2).connect_with(server().clone().database(&name)).await.unwrap();
            veche::app::migrate(&db).await.unwrap();
            db.close().await;
            sqlx::query(AssertSqlSafe(format!("alter database {name} is_template true"))).execute(&mut admin).await.unwrap();
        }
        sqlx::query("select pg_advisory_unlock(7)").execute(&mut admin).await.unwrap();
        TEMPLATE.set(name).unwrap();
    }
    TEMPLATE.get().unwrap()
}

/// Drops databases of test processes that have ended.
async fn drop_left_over(admin: &mut sqlx::PgConnection) {
    let names: Vec<String> =
        sqlx::query_scalar("select datname from pg_database where datname like 'veche_test_%'").fetch_all(&mut *admin).await.unwrap();
    for name in names {
        let pid = name.split('_').nth(2).unwrap_or_default();
        if !std::path::Path::new("/proc").join(pid).exists() {
            sqlx::query(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).execute(&mut *admin).await.unwrap();
        }
    }
}

/// A client of HTTP. Which cryptography it takes must be said once in a process.
pub fn http() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

/// A fresh, empty database.
pub async fn database() -> PgConnectOptions {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let template = template().await;
    let name = format!("veche_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut admin = server().connect().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("create database {name} template {template}"))).execute(&mut admin).await.unwrap();
    admin.close().await.unwrap();
    server().clone().database(&name)
}

/// The settings of tests: nothing is limited unless a test limits it, mail stays in memory.
pub fn config() -> Config {
    let many = Rate { burst: 1_000_000, per_minute: 1_000_000 };
    let mut config = Config::default();
    config.mail.transport = MailTransport::Memory;
    config.limits.log_in = many;
    config.limits.registration = many;
    config.limits.voting = many;
    config.limits.feedback = many;
    config.limits.writing = many;
    config.limits.spending = Rate { burst: 1_000_000_000, per_minute: 1_000_000_000 };
    config.limits.spending_per_address = config.limits.spending;
    config.limits.sockets_per_address = 10_000;
    config
}

/// Somebody with a session.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: Uuid,
    pub token: String,
    /// The channel and address of whom a service account acts for.
    pub acts_for: Option<String>,
}

impl Person {
    pub fn new(id: Uuid, token: String) -> Self {
        Self { id, token, acts_for: None }
    }

    pub fn gid(&self) -> String {
        gid("Participant", self.id)
    }

    /// Shows in a request who asks.
    pub fn sign(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let request = request.bearer_auth(&self.token);
        self.acts_for.iter().fold(request, |request, named| request.header("x-acting-for", named))
    }

    /// The address that [`TestApp::person`] gave them.
    pub fn email(&self) -> String {
        format!("{}@example.org", self.id.simple())
    }
}

/// A global identifier.
pub fn gid(kind: &str, id: Uuid) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(format!("{kind}:{}", id.simple()))
}

/// The key of a global identifier.
pub fn key(gid: &Value) -> Uuid {
    veche::gid::decode(gid.as_str().expect("an id")).expect("one of our ids").1
}

/// The text of a value.
pub fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// An installation under test.
pub struct TestApp {
    pub app: App,
    pub options: PgConnectOptions,
    pub address: SocketAddr,
    pub http: reqwest::Client,
    _data: tempfile::TempDir,
    stop: Mutex<Option<tokio::sync::oneshot::Sender<()>>>,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::with(config()).await
    }

    pub async fn with(config: Config) -> Self {
        Self::on(database().await, config).await
    }

    /// Another server on the same database.
    pub async fn on(options: PgConnectOptions, mut config: Config) -> Self {
        let db = PgPoolOptions::new().max_connections(config.database.pool).connect_with(options.clone()).await.unwrap();
        let keys = Keys::new(&[7; 32]).unwrap();
        sqlx::query("insert into installation (key_fingerprint) values ($1) on conflict do nothing")
            .bind(&keys.fingerprint()[..])
            .execute(&db)
            .await
            .unwrap();
        let data = tempfile::tempdir().unwrap();
        let bound = web::bind("127.0.0.1:0").await.unwrap();
        let address = bound.address;
        config.http.public_url = format!("http://{address}");
        let app = App::new(config, db, keys, Entropy::system(), data.path()).await.unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = app.clone();
        tokio::spawn(async move {
            let listener = serving.clone();
            let listening = tokio::spawn(async move { listener.live.listen(&listener.db).await });
            web::serve(&serving, bound, async { drop(stopped.await) }).await.unwrap();
            listening.abort();
        });
        let http = http().timeout(Duration::from_secs(120)).build().unwrap();
        Self { app, options, address, http, _data: data, stop: Mutex::new(Some(stop)) }
    }

    pub fn db(&self) -> &PgPool {
        &self.app.db
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// One GraphQL request; the whole answer.
    pub async fn ask(&self, who: Option<&Person>, query: &str, variables: Value) -> Value {
        self.ask_in("en", who, query, variables).await.1
    }

    /// As [`Self::ask`], in a language; status and answer.
    pub async fn ask_in(&self, locale: &str, who: Option<&Person>, query: &str, variables: Value) -> (u16, Value) {
        let mut request =
            self.http.post(self.url("/graphql")).header("accept-language", locale).json(&json!({ "query": query, "variables": variables }));
        if let Some(who) = who {
            request = who.sign(request);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }

    /// The data of a query that must succeed.
    pub async fn query(&self, who: Option<&Person>, query: &str, variables: Value) -> Value {
        let answer = self.ask(who, query, variables).await;
        assert!(answer.get("errors").is_none_or(Value::is_null), "{query}: {answer}");
        answer["data"].clone()
    }

    /// The payload of a mutation, whatever it says: `name`, input, what to select of the payload besides `userErrors`.
    pub async fn mutate(&self, who: Option<&Person>, name: &str, input: Value, select: &str) -> Value {
        let mut type_name = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
        if name == "createInitiative" {
            type_name = "InitiativeInput".into();
        }
        let query = format!("mutation($input: {type_name}!) {{ {name}(input: $input) {{ {select} userErrors {{ code message path }} }} }}");
        let answer = self.ask(who, &query, json!({ "input": input })).await;
        assert!(answer.get("errors").is_none_or(Value::is_null), "{name}: {answer}");
        answer["data"][name].clone()
    }

    /// The payload of a mutation that must not be refused.
    pub async fn must(&self, who: Option<&Person>, name: &str, input: Value, select: &str) -> Value {
        let payload = self.mutate(who, name, input, select).await;
        assert_eq!(payload["userErrors"], json!([]), "{name}");
        payload
    }

    /// The code of the first refusal of a mutation that must be refused.
    pub async fn refused(&self, who: Option<&Person>, name: &str, input: Value) -> String {
        let payload = self.mutate(who, name, input, "").await;
        payload["userErrors"][0]["code"].as_str().unwrap_or_else(|| panic!("{name} was not refused: {payload}")).to_owned()
    }

    /// The code of the error that refuses a whole mutation: who asks may not do this at all.
    pub async fn forbidden(&self, who: Option<&Person>, name: &str, input: Value) -> String {
        let type_name = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
        let query = format!("mutation($input: {type_name}!) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}");
        let answer = self.ask(who, &query, json!({ "input": input })).await;
        answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{name} was let through: {answer}")).to_owned()
    }

    /// The mails to an address, oldest first.
    pub fn mails_to(&self, address: &str) -> Vec<veche::notify::Mail> {
        self.app.mailer.sent().into_iter().filter(|mail| mail.to == address).collect()
    }

    /// A message that a service brings by mail; number and id of its ticket.
    pub async fn message(&self, service: &Person, external_id: &str, text: &str) -> (String, String) {
        let input = json!({ "channel": "EMAIL", "externalId": external_id, "conversation": external_id, "text": text,
                            "sender": { "address": format!("{external_id}@example.org") } });
        let payload = self.must(Some(service), "receiveMessage", input, "received { number ticketId }").await;
        (text_of(&payload["received"]["number"]), text_of(&payload["received"]["ticketId"]))
    }

    /// A confirmed account with these roles and a session.
    pub async fn person(&self, name: &str, roles: &[&str]) -> Person {
        let id = self.app.new_id();
        let token = format!("test-{}", id.simple());
        sqlx::query(
            "with p as (insert into participants (id, kind, name, roles, confirmed_at, locale, email_index, email_sealed)
                        values ($1, $5, $2, $3, veche_now(), 'en', $6, $7))
             insert into sessions (token_hash, participant_id, expires_at) values ($4, $1, veche_now() + interval '10 years')",
        )
        .bind(id)
        .bind(name)
        .bind(roles.iter().map(ToString::to_string).collect::<Vec<_>>())
        .bind(Sha256::digest(token.as_bytes()).to_vec())
        .bind(if roles == ["SERVICE"] { "SERVICE" } else { "PERSON" })
        .bind(id.as_bytes().to_vec())
        .bind(self.app.keys.seal(&self.app.entropy, id, &format!("{}@example.org", id.simple())).unwrap())
        .execute(self.db())
        .await
        .unwrap();
        Person::new(id, token)
    }

    pub async fn citizen(&self, name: &str) -> Person {
        self.person(name, &["CITIZEN"]).await
    }

    pub async fn administrator(&self) -> Person {
        self.person("Administrator", &["CITIZEN", "ADMINISTRATOR"]).await
    }

    /// A service account with the token of a bot.
    pub async fn service(&self) -> Person {
        let person = self.person("Mail bot", &["SERVICE"]).await;
        let token = format!("intake-{}", person.id.simple());
        sqlx::query(
            "insert into access_tokens (id, token_hash, participant_id, name, scopes) values ($1, $2, $3, 'bot', '{INTAKE,CONVERSE}')",
        )
        .bind(self.app.new_id())
        .bind(Sha256::digest(token.as_bytes()).to_vec())
        .bind(person.id)
        .execute(self.db())
        .await
        .unwrap();
        Person { token, ..person }
    }

    /// A department with an officer.
    pub async fn department(&self, admin: &Person, key: &str) -> (String, Person) {
        let input = json!({ "key": key, "nameRu": format!("Отдел {key}"), "nameEn": format!("Department {key}") });
        let id =
            self.must(Some(admin), "createDepartment", input, "department { id }").await["department"]["id"].as_str().unwrap().to_owned();
        let officer = self.person("Officer", &["CITIZEN", "DEPARTMENT_OFFICER"]).await;
        let input = json!({ "departmentId": id, "participantId": officer.gid(), "member": true });
        self.must(Some(admin), "setDepartmentOfficer", input, "").await;
        (id, officer)
    }

    /// A working group with an expert.
    pub async fn group(&self, admin: &Person, key: &str) -> (String, Person) {
        let input = json!({ "key": key, "nameRu": format!("Группа {key}"), "nameEn": format!("Group {key}") });
        let id = self.must(Some(admin), "createWorkingGroup", input, "workingGroup { id }").await["workingGroup"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let expert = self.person("Expert", &["CITIZEN", "EXPERT"]).await;
        let input = json!({ "groupId": id, "participantId": expert.gid(), "role": "EXPERT" });
        self.must(Some(admin), "setGroupMember", input, "").await;
        (id, expert)
    }

    /// An initiative in voting: `more` overrides fields of the input.
    pub async fn voting(&self, author: &Person, department: &str, officer: &Person, more: Value) -> String {
        let mut input = initiative(department);
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let id =
            self.must(Some(author), "createInitiative", input, "initiative { id }").await["initiative"]["id"].as_str().unwrap().to_owned();
        self.must(Some(author), "submitInitiative", json!({ "initiativeId": id }), "").await;
        self.must(Some(officer), "reviewInitiative", json!({ "initiativeId": id, "verdict": "PUBLISH" }), "").await;
        id
    }

    /// Runs all waiting jobs to their end, those of later too; fails when one was put aside.
    pub async fn run_jobs(&self) {
        for _ in 0..50 {
            sqlx::query("update graphile_worker._private_jobs set run_at = now() where run_at > now()").execute(self.db()).await.unwrap();
            jobs::run_waiting(&self.app).await.unwrap();
            let rows: Vec<(Option<String>,)> =
                sqlx::query_as("select last_error from graphile_worker._private_jobs").fetch_all(self.db()).await.unwrap();
            if rows.is_empty() {
                return;
            }
            if let Some(error) = rows.into_iter().find_map(|r| r.0) {
                panic!("a job failed: {error}");
            }
        }
        panic!("the jobs do not come to an end");
    }

    /// Moves the time of the whole installation.
    pub async fn advance(&self, days: i64) {
        sqlx::query("update clock set skew = skew + make_interval(days => $1::int)").bind(days).execute(self.db()).await.unwrap();
        self.app.clock.advance(chrono::TimeDelta::days(days));
    }

    /// Closes the database; the server goes with the test.
    pub async fn finish(&self) {
        let left: i64 = sqlx::query_scalar("select count(*) from graphile_worker._private_jobs").fetch_one(self.db()).await.unwrap();
        assert_eq!(left, 0, "the test leaves jobs undone: run them, or they could fail unseen");
        if let Some(stop) = self.stop.lock().unwrap().take() {
            let _ = stop.send(());
        }
    }
}

/// Many confirmed people with sessions, in one statement.
pub async fn people(app: &TestApp, count: usize) -> Vec<Person> {
    let people: Vec<Person> = (0..count).map(|n| Person::new(app.app.new_id(), format!("voter-{n}"))).collect();
    sqlx::query(
        "with p as (insert into participants (id, name, roles, confirmed_at) select id, 'Voter', '{CITIZEN}', veche_now() from unnest($1::uuid[]) id)
         insert into sessions (token_hash, participant_id, expires_at)
         select hash, id, veche_now() + interval '1 day' from unnest($1::uuid[], $2::bytea[]) u(id, hash)",
    )
    .bind(people.iter().map(|p| p.id).collect::<Vec<_>>())
    .bind(people.iter().map(|p| Sha256::digest(p.token.as_bytes()).to_vec()).collect::<Vec<_>>())
    .execute(app.db())
    .await
    .unwrap();
    people
}

/// A complete initiative.
pub fn initiative(department: &str) -> Value {
    json!({
        "title": "Тёплые остановки на улице Садовой",
        "goal": "Поставить закрытые остановки с обогревом и расписанием на всей улице.",
        "effect": "Пять тысяч человек в день перестанут мёрзнуть в ожидании автобуса.",
        "resources": "Десять павильонов, около восьми миллионов рублей и два месяца работы.",
        "departmentId": department,
        "threshold": 3,
        "votingDays": 30
    })
}
