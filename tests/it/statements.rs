//! However many entries a list has, it is read with a handful of statements.

use std::{cell::RefCell, sync::Once};

use serde_json::{Value, json};
use tracing::{Event, Metadata, Subscriber, field::Visit, subscriber::Interest};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
};

use crate::support::{Person, TestApp, text_of};

thread_local! {
    /// The statements that sqlx ran on this thread; none are kept while nobody counts.
    static RAN: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
    /// The plans that PostgreSQL sent to this thread (`auto_explain`).
    static PLANS: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

/// Hears of every statement of the process, on the thread that runs it.
struct Statements;

const NOTICE: &str = "sqlx::postgres::notice";

fn heard(metadata: &Metadata<'_>) -> bool {
    metadata.target() == "sqlx::query" || metadata.target() == NOTICE
}

fn listen() {
    static LISTEN: Once = Once::new();
    LISTEN.call_once(|| tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Statements)).unwrap());
}

/// The data of a query and the plans that PostgreSQL followed, where it sends them. The server must run on this thread too.
pub async fn plans(app: &TestApp, who: Option<&Person>, query: &str) -> (Value, Vec<Value>) {
    listen();
    PLANS.take();
    let data = app.query(who, query, json!({})).await;
    (data, PLANS.take())
}

struct Summary(String);

impl Visit for Summary {
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        if field.name() == "summary" || field.name() == "message" {
            self.0 = value.to_owned();
        }
    }

    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "summary" || field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

impl<S: Subscriber> Layer<S> for Statements {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if heard(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        heard(metadata)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == NOTICE {
            let mut message = Summary(String::new());
            event.record(&mut message);
            if let Some((_, plan)) = message.0.split_once("plan:\n") {
                PLANS.with_borrow_mut(|plans| plans.push(serde_json::from_str(plan).unwrap()));
            }
            return;
        }
        RAN.with_borrow_mut(|ran| {
            if let Some(ran) = ran {
                let mut summary = Summary(String::new());
                event.record(&mut summary);
                ran.push(summary.0);
            }
        });
    }
}

/// The data of a query and what it took, once the connections have warmed up. The server must run on this thread too.
async fn counted(app: &TestApp, who: &Person, query: &str) -> (Value, Vec<String>) {
    listen();
    app.query(Some(who), query, json!({})).await;
    RAN.set(Some(Vec::new()));
    let data = app.query(Some(who), query, json!({})).await;
    (data, RAN.take().unwrap())
}

fn few(ran: &[String], most: usize) {
    assert!(!ran.is_empty(), "nothing was counted");
    assert!(ran.len() <= most, "{} statements: {ran:#?}", ran.len());
}

#[tokio::test(flavor = "current_thread")]
async fn twenty_initiatives_take_eight_statements() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let voter = app.citizen("Voter").await;
    for i in 0..20 {
        let author = app.citizen(&format!("Author {i}")).await;
        let id = app.voting(&author, &department, &officer, json!({ "threshold": 50 })).await;
        app.must(Some(&voter), "castVote", json!({ "initiativeId": id, "choices": [0] }), "").await;
        for body in ["Раз.", "Два.", "Три.", "Четыре."] {
            app.must(Some(&author), "addComment", json!({ "subjectId": id, "body": body }), "").await;
        }
    }
    let query = "{ initiatives(first: 20) { nodes { title tally { ballots } author { name } myBallot { choices }
                   comments(first: 3) { nodes { body author { name } } } } } }";
    let (data, ran) = counted(&app, &voter, query).await;
    let nodes = data["initiatives"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 20);
    for node in nodes {
        assert_eq!((&node["tally"]["ballots"], &node["myBallot"]["choices"]), (&json!(1), &json!([0])));
        let comments = node["comments"]["nodes"].as_array().unwrap();
        assert!(comments.len() == 3 && comments.iter().all(|c| c["author"] == node["author"]), "{node}");
    }
    few(&ran, 8);
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test(flavor = "current_thread")]
async fn twenty_tickets_and_twenty_clusters_take_eight_statements() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (group, expert) = app.group(&admin, "housing").await;
    let service = app.service().await;
    // Words of their own make clusters of their own.
    let matters = [
        "лифт",
        "фонарь",
        "столовая",
        "автобус",
        "мусор",
        "библиотека",
        "снегопад",
        "светофор",
        "поликлиника",
        "парковка",
        "фонтан",
        "велосипед",
        "собака",
        "стадион",
        "музей",
        "почта",
        "рынок",
        "мост",
        "набережная",
        "трамвай",
        "каток",
        "бассейн",
        "теплица",
    ];
    for (i, matter) in matters.iter().enumerate() {
        let (_, id) = app.message(&service, &format!("{i}"), &format!("{matter} {matter}")).await;
        app.must(Some(&expert), "replyToTicket", json!({ "ticketId": id, "text": "Записано.", "note": true }), "").await;
        app.must(Some(&expert), "routeTicket", json!({ "ticketId": id, "groupId": group }), "").await;
    }
    app.run_jobs().await;
    let query = "{ tickets(first: 20) { nodes { number cluster { label } group { name } articles(first: 2) { nodes { body } } } } }";
    let (data, ran) = counted(&app, &expert, query).await;
    let tickets = data["tickets"]["nodes"].as_array().unwrap();
    assert_eq!(tickets.len(), 20);
    for ticket in tickets {
        assert_eq!((ticket["articles"]["nodes"].as_array().unwrap().len(), &ticket["group"]["name"]), (2, &json!("Group housing")));
        assert!(ticket["cluster"]["label"].is_string(), "{ticket}");
    }
    few(&ran, 8);

    let query = "{ clusters(first: 20) { nodes { id size group { name } tickets(first: 3) { totalCount pageInfo { hasNextPage }
                   nodes { number cluster { id } articles(first: 1) { nodes { body } } } } } } }";
    let (data, ran) = counted(&app, &expert, query).await;
    let clusters = data["clusters"]["nodes"].as_array().unwrap();
    assert_eq!(clusters.len(), 20, "{clusters:#?}");
    for cluster in clusters {
        let tickets = &cluster["tickets"];
        assert_eq!(tickets["totalCount"], cluster["size"]);
        assert!(tickets["nodes"].as_array().unwrap().iter().all(|t| t["cluster"]["id"] == cluster["id"]), "{cluster}");
    }
    few(&ran, 8);
    app.finish().await;
}

#[tokio::test]
async fn the_first_page_of_a_clusters_tickets_goes_on_after_its_cursor() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let service = app.service().await;
    for i in 0..5 {
        app.message(&service, &format!("{i}"), "Не работает лифт в подъезде.").await;
    }
    app.run_jobs().await;
    let page = async |who: Option<&Person>, args: &str| {
        let query = format!(
            "{{ clusters {{ nodes {{ tickets({args}) {{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ number }} }} }} }} }}"
        );
        let data = app.query(who, &query, json!({})).await;
        let clusters = data["clusters"]["nodes"].as_array().unwrap();
        assert_eq!(clusters.len(), 1);
        clusters[0]["tickets"].clone()
    };
    let numbers = |page: &Value| page["nodes"].as_array().unwrap().iter().map(|t| text_of(&t["number"])).collect::<Vec<_>>();
    let all = numbers(&page(Some(&admin), "first: 10").await);
    assert_eq!(all.len(), 5);
    let first = page(Some(&admin), "first: 2").await;
    assert_eq!((numbers(&first), &first["pageInfo"]["hasNextPage"], &first["totalCount"]), (all[..2].to_vec(), &json!(true), &json!(5)));
    let rest = page(Some(&admin), &format!("first: 9, after: {}", first["pageInfo"]["endCursor"])).await;
    assert_eq!((numbers(&rest), &rest["pageInfo"]["hasNextPage"]), (all[2..].to_vec(), &json!(false)));
    // Private ones are read and counted for nobody else.
    let stranger = page(None, "first: 10").await;
    assert_eq!((numbers(&stranger), &stranger["totalCount"]), (Vec::new(), &json!(0)));
    app.finish().await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_worker_with_nothing_to_do_asks_seldom() {
    let app = TestApp::start().await;
    listen();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let working = tokio::spawn({
        let app = app.app.clone();
        async move { veche::jobs::run(&app, async { drop(stopped.await) }).await }
    });
    RAN.set(Some(Vec::new()));
    // What is measured is a stretch of time: its start, a look a second, signs of life.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let ran = RAN.take().unwrap();
    stop.send(()).unwrap();
    working.await.unwrap().unwrap();
    few(&ran, 100);
    app.finish().await;
}
