//! Who is logged in is remembered by each server, and no longer than it is true.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Person, TestApp, config};

const PATIENCE: Duration = Duration::from_secs(10);

/// What only moderators may ask for.
async fn flags(app: &TestApp, who: &Person) -> Value {
    app.ask(Some(who), "{ flags(first: 1) { totalCount } }", json!({})).await
}

/// Waits until the answer is as it should be: for what other servers hear of.
async fn until(app: &TestApp, who: &Person, what: &str, fits: impl Fn(&Value) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = flags(app, who).await;
        if fits(&answer) {
            return;
        }
        assert!(Instant::now() < deadline, "{what}: {answer}");
        tokio::task::yield_now().await;
    }
}

/// Waits until a server hears the database, and lets it remember somebody.
async fn remembers(app: &TestApp, who: &Person) {
    let deadline = Instant::now() + PATIENCE;
    while !app.app.live.known.hears() {
        assert!(Instant::now() < deadline, "the server does not hear the database");
        tokio::task::yield_now().await;
    }
    flags(app, who).await;
}

#[tokio::test]
async fn a_change_on_one_server_is_seen_by_the_other() {
    let here = TestApp::start().await;
    let there = TestApp::on(here.options.clone(), config()).await;
    let admin = here.administrator().await;
    let anna = here.citizen("Anna").await;
    let forbidden = |answer: &Value| answer["errors"][0]["extensions"]["code"] == "FORBIDDEN";
    for app in [&here, &there] {
        remembers(app, &anna).await;
        assert!(forbidden(&flags(app, &anna).await));
    }
    for (roles, may) in [(json!(["CITIZEN", "MODERATOR"]), true), (json!(["CITIZEN"]), false)] {
        here.must(Some(&admin), "setRoles", json!({ "participantId": anna.gid(), "roles": roles }), "").await;
        assert_eq!(forbidden(&flags(&here, &anna).await), !may, "at once on the same server");
        until(&there, &anna, "the role", |answer| forbidden(answer) != may).await;
    }
    // Whoever changes it, by whatever way.
    sqlx::query("update participants set disabled_at = veche_now() where id = $1").bind(anna.id).execute(here.db()).await.unwrap();
    for app in [&here, &there] {
        until(app, &anna, "the block", |answer| answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED").await;
    }
    here.finish().await;
    there.finish().await;
}

#[tokio::test]
async fn a_log_out_on_one_server_ends_the_session_on_the_other() {
    let here = TestApp::start().await;
    let there = TestApp::on(here.options.clone(), config()).await;
    let anna = here.citizen("Anna").await;
    for app in [&here, &there] {
        remembers(app, &anna).await;
    }
    let out = here.ask(Some(&anna), "mutation { logOut(input: {}) { userErrors { code } } }", json!({})).await;
    assert!(out["errors"].is_null(), "{out}");
    let ended = |answer: &Value| answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED";
    assert!(ended(&flags(&here, &anna).await), "at once on the same server");
    until(&there, &anna, "the end of the session", ended).await;
    here.finish().await;
    there.finish().await;
}

/// While the database is heard a token is looked up once; when it is not heard, every time.
#[tokio::test]
async fn without_a_listener_nothing_is_served_from_memory() {
    let app = TestApp::start().await;
    let anna = app.citizen("Anna").await;
    remembers(&app, &anna).await;
    // Silently: triggers do not fire for a replica's changes, so nobody is told.
    let mut tx = app.db().begin().await.unwrap();
    sqlx::raw_sql("set local session_replication_role = replica; update participants set roles = '{MODERATOR}'")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(flags(&app, &anna).await["errors"][0]["extensions"]["code"], "FORBIDDEN", "from memory");
    app.app.live.known.deaf();
    assert!(flags(&app, &anna).await["errors"].is_null(), "looked up");
    app.finish().await;
}
