//! The index by which a process finds tickets like a text: whole, following, bounded, and never more than one may read.

use std::time::{Duration, Instant};

use serde_json::json;
use uuid::Uuid;

use crate::support::{Person, TestApp, config};

const QUERY: &str = "в лифте сломана кнопка вызова";

/// Numbers of the tickets like a text.
async fn similar(app: &TestApp, who: Option<&Person>, first: usize) -> Vec<String> {
    let query = "query($text: String!, $first: Int!) { similar(text: $text, first: $first) { ticket { number } } }";
    let found = app.query(who, query, json!({ "text": QUERY, "first": first })).await["similar"].clone();
    found.as_array().unwrap().iter().map(|hit| hit["ticket"]["number"].as_str().unwrap().to_owned()).collect()
}

/// Waits until so many tickets are in the index.
async fn indexed(app: &TestApp, tickets: usize) {
    let (deadline, line) = (Instant::now() + Duration::from_secs(30), format!("veche_indexed_tickets {tickets}"));
    loop {
        let metrics = app.http.get(app.url("/metrics")).send().await.unwrap().text().await.unwrap();
        if metrics.lines().any(|shown| shown == line) {
            return;
        }
        assert!(Instant::now() < deadline, "{line} is not in\n{metrics}");
        tokio::task::yield_now().await;
    }
}

/// Takes a ticket out of its cluster and away from its keys, so that only nearness leads to it; its number.
async fn hide(app: &TestApp, external_id: &str) -> String {
    sqlx::query_scalar(
        "with a as (update articles set keys = '{}' where external_id = $1 returning ticket_id)
         update tickets set cluster_id = null from a where tickets.id = a.ticket_id returning number",
    )
    .bind(external_id)
    .fetch_one(app.db())
    .await
    .unwrap()
}

#[tokio::test]
async fn what_is_like_a_text_is_found_wherever_it_lies() {
    let app = TestApp::start().await;
    let (admin, service) = (app.administrator().await, app.service().await);
    for (id, text) in [("lift", "сломана кнопка лифта на третьем этаже"), ("pit", "яма на дороге"), ("lamp", "фонарь у школы не горит")]
    {
        app.message(&service, id, text).await;
    }
    app.run_jobs().await;
    let lift = hide(&app, "lift").await;
    assert!(!similar(&app, Some(&admin), 5).await.contains(&lift), "its cluster does not lead to it");
    indexed(&app, 3).await;
    assert_eq!(similar(&app, Some(&admin), 5).await, [lift.as_str()]);
    // What comes later is followed.
    app.message(&service, "late", "кнопка лифта сломана, лифт не едет").await;
    app.run_jobs().await;
    let late = hide(&app, "late").await;
    // New words may have begun another space of vectors, whose index is made first.
    similar(&app, Some(&admin), 5).await;
    indexed(&app, 4).await;
    let mut found = similar(&app, Some(&admin), 5).await;
    found.sort();
    let mut both = [lift, late];
    both.sort();
    assert_eq!(found, both);
    app.finish().await;
}

#[tokio::test]
async fn what_one_may_read_is_found_behind_much_that_one_may_not() {
    let app = TestApp::start().await;
    let service = app.service().await;
    for i in 0..210 {
        app.message(&service, &format!("private-{i}"), QUERY).await;
    }
    app.message(&service, "open", "сломана кнопка вызова в лифте, ждём мастера второй день").await;
    app.run_jobs().await;
    let open: String = sqlx::query_scalar(
        "update tickets set public = true where id = (select ticket_id from articles where external_id = 'open') returning number",
    )
    .fetch_one(app.db())
    .await
    .unwrap();
    similar(&app, None, 3).await;
    indexed(&app, 211).await;
    assert_eq!(similar(&app, None, 3).await, [open]);
    app.finish().await;
}

#[tokio::test]
async fn the_index_holds_the_newest_and_no_more() {
    let mut config = config();
    config.nlp.index_tickets = 4;
    let app = TestApp::with(config).await;
    let (admin, service) = (app.administrator().await, app.service().await);
    let bring = async |from: usize, to: usize| {
        for i in from..to {
            app.message(&service, &Uuid::from_u128(i as u128).to_string(), &format!("сломана кнопка лифта, подъезд {i}")).await;
        }
        app.run_jobs().await;
    };
    bring(0, 9).await;
    similar(&app, Some(&admin), 3).await;
    indexed(&app, 4).await;
    bring(9, 12).await;
    // The second look finds that it has outgrown its bound: it is made anew behind the back of who looks.
    similar(&app, Some(&admin), 3).await;
    assert_eq!(similar(&app, Some(&admin), 3).await.len(), 3);
    indexed(&app, 4).await;
    let newest = hide(&app, &Uuid::from_u128(11).to_string()).await;
    assert!(similar(&app, Some(&admin), 12).await.contains(&newest));
    app.finish().await;
}

/// A key that very many messages share would be looked through in seconds. What the planner holds for very many is said to it here.
#[tokio::test]
async fn keys_that_everybody_shares_lead_nowhere() {
    let mut settings = config();
    settings.nlp.index_tickets = 0;
    let app = TestApp::with(settings).await;
    let (admin, service) = (app.administrator().await, app.service().await);
    for n in 0..5 {
        app.message(&service, &n.to_string(), QUERY).await;
    }
    app.run_jobs().await;
    sqlx::query("update tickets set cluster_id = null").execute(app.db()).await.unwrap();
    assert_eq!(similar(&app, Some(&admin), 9).await.len(), 5, "their keys lead to them");
    sqlx::raw_sql("analyze articles").execute(app.db()).await.unwrap();
    assert_eq!(similar(&app, Some(&admin), 9).await.len(), 5, "five are not many");
    sqlx::query("update pg_class set reltuples = 1000000 where oid = 'articles'::regclass").execute(app.db()).await.unwrap();
    assert!(similar(&app, Some(&admin), 9).await.is_empty());
    // Nor does a message that comes in meet others under them.
    let met = async || sqlx::query_scalar::<_, i64>("select count(*) from duplicate_links").fetch_one(app.db()).await.unwrap();
    let before = met().await;
    assert!(before > 0, "it did before");
    app.message(&service, "next", QUERY).await;
    app.run_jobs().await;
    assert_eq!(met().await, before);
    app.finish().await;
}
