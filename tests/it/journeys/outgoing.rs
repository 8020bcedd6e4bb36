//! Notifications that bots carry: claimed once, settled, handed out again, given up.

use std::{collections::HashSet, time::Duration};

use serde_json::{Value, json};

use crate::support::{Person, TestApp, key, text_of};

const MESSAGES: &str =
    "messages { id channel address locale kind title body link subjectId ticketNumber secret replyTo rateable attempts }";

async fn claim(app: &TestApp, service: &Person, first: i64) -> Vec<Value> {
    let input = json!({ "channel": "TELEGRAM", "first": first });
    app.must(Some(service), "claimOutgoing", input, MESSAGES).await["messages"].as_array().unwrap().clone()
}

async fn settle(app: &TestApp, service: &Person, message: &Value, outcome: &str, more: Value) -> Value {
    let mut input = json!({ "id": message["id"], "outcome": outcome });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.must(Some(service), "settleOutgoing", input, "id").await
}

/// A ticket from a chat.
async fn written(app: &TestApp, service: &Person, chat: i64, message: i64) -> Value {
    let input = json!({ "channel": "TELEGRAM", "externalId": format!("{chat}:{message}"), "text": "Не горит фонарь у школы на Садовой.",
                        "sender": { "address": chat.to_string(), "name": "Анна" } });
    app.must(Some(service), "receiveMessage", input, "received { number ticketId }").await["received"].clone()
}

async fn answered(app: &TestApp, admin: &Person, ticket: &Value) {
    app.must(Some(admin), "replyToTicket", json!({ "ticketId": ticket["ticketId"], "text": "Фонарь починили." }), "").await;
    app.run_jobs().await;
}

/// Lets all leases and pauses end.
async fn later(app: &TestApp) {
    sqlx::query("update deliveries set not_before = veche_now() where state = 'WAITING'").execute(app.db()).await.unwrap();
}

async fn states(app: &TestApp) -> Vec<String> {
    let query = "select state from deliveries where channel = 'TELEGRAM' order by created_at, id";
    sqlx::query_scalar(query).fetch_all(app.db()).await.unwrap()
}

#[tokio::test]
async fn a_bot_carries_the_answer_to_the_message_that_it_answers() {
    let app = TestApp::start().await;
    let (admin, service) = (app.administrator().await, app.service().await);
    let ticket = written(&app, &service, 1001, 5).await;
    app.run_jobs().await;
    assert!(states(&app).await.is_empty() && app.app.mailer.sent().is_empty(), "the bot confirms the arrival itself");
    answered(&app, &admin, &ticket).await;
    let claimed = claim(&app, &service, 20).await;
    assert_eq!(claimed.len(), 1);
    let message = &claimed[0];
    let secret = veche::feedback::link_secret(&app.app.keys, key(&ticket["ticketId"]));
    for (name, value) in [
        ("channel", json!("TELEGRAM")),
        ("address", json!("1001")),
        ("locale", json!("EN")),
        ("kind", json!("TICKET_ANSWERED")),
        ("subjectId", ticket["ticketId"].clone()),
        ("ticketNumber", ticket["number"].clone()),
        ("secret", json!(secret)),
        ("replyTo", json!("1001:5")),
        ("rateable", json!(true)),
        ("attempts", json!(1)),
    ] {
        assert_eq!(message[name], value, "{name}: {message}");
    }
    assert!(text_of(&message["body"]).contains("Фонарь починили.") && text_of(&message["link"]).contains(&secret), "{message}");
    assert!(claim(&app, &service, 20).await.is_empty(), "it is in hand");
    settle(&app, &service, message, "SENT", json!({ "externalId": "1001:6" })).await;
    settle(&app, &service, message, "FAILED", json!({ "error": "too late" })).await;
    assert_eq!(states(&app).await, ["SENT"], "what was settled stays so");
    later(&app).await;
    assert!(claim(&app, &service, 20).await.is_empty());

    // The chat was closed later on.
    let input =
        json!({ "channel": "TELEGRAM", "externalId": "1001:6", "permanent": true, "detail": "Forbidden: bot was blocked by the user" });
    assert_eq!(app.must(Some(&service), "reportBounce", input, "known").await["known"], true);
    assert_eq!(states(&app).await, ["FAILED"]);

    for (channel, first, lease, code) in [
        ("EMAIL", 1, 60, "NOT_ALLOWED"),
        ("IN_APP", 1, 60, "NOT_ALLOWED"),
        ("TELEGRAM", 101, 60, "OUT_OF_RANGE"),
        ("TELEGRAM", 1, 9, "OUT_OF_RANGE"),
    ] {
        let input = json!({ "channel": channel, "first": first, "leaseSeconds": lease });
        assert_eq!(app.refused(Some(&service), "claimOutgoing", input).await, code);
    }
    let unknown = json!({ "id": crate::support::gid("Delivery", uuid::Uuid::nil()), "outcome": "SENT" });
    assert_eq!(app.refused(Some(&service), "settleOutgoing", unknown).await, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn two_bots_at_once_get_each_message_once_and_again_when_the_lease_ran_out() {
    let app = TestApp::start().await;
    let (admin, service, other) = (app.administrator().await, app.service().await, app.service().await);
    for n in 0..12 {
        let ticket = written(&app, &service, 2000 + n, 1).await;
        app.must(Some(&admin), "replyToTicket", json!({ "ticketId": ticket["ticketId"], "text": "Фонарь починили." }), "").await;
    }
    app.run_jobs().await;
    let batches = futures_util::future::join_all((0..8).map(|n| claim(&app, if n % 2 == 0 { &service } else { &other }, 3))).await;
    let all: Vec<Value> = batches.into_iter().flatten().chain(claim(&app, &service, 100).await).collect();
    let ids: HashSet<String> = all.iter().map(|m| text_of(&m["id"])).collect();
    assert_eq!((all.len(), ids.len()), (12, 12), "each once");
    // One bot says what became of its messages; the other died.
    for message in &all[..7] {
        settle(&app, &service, message, "SENT", json!({ "externalId": format!("{}:9", text_of(&message["address"])) })).await;
    }
    assert!(claim(&app, &other, 100).await.is_empty());
    app.advance(1).await;
    let again = claim(&app, &other, 100).await;
    assert_eq!(again.len(), 5);
    assert!(again.iter().all(|m| m["attempts"] == 2));
    for message in &again {
        settle(&app, &other, message, "SENT", json!({})).await;
    }
    assert!(states(&app).await.iter().all(|state| state == "SENT"));
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_carried_now_waits_and_is_given_up_in_the_end() {
    let app = TestApp::start().await;
    let (admin, service) = (app.administrator().await, app.service().await);
    let ticket = written(&app, &service, 3001, 1).await;
    answered(&app, &admin, &ticket).await;
    let waits = async || -> f64 {
        let query = "select extract(epoch from not_before - veche_now())::float8 from deliveries where channel = 'TELEGRAM'";
        sqlx::query_scalar(query).fetch_one(app.db()).await.unwrap()
    };
    let message = claim(&app, &service, 1).await.remove(0);
    settle(&app, &service, &message, "RETRY", json!({ "retryAfterSeconds": 77, "error": "429 Too Many Requests" })).await;
    assert!((60.0..=77.0).contains(&waits().await), "as the channel said");
    assert!(claim(&app, &service, 1).await.is_empty());
    let mut last = 0.0;
    for attempt in 2..12 {
        later(&app).await;
        let message = claim(&app, &service, 1).await.remove(0);
        assert_eq!(message["attempts"], attempt);
        settle(&app, &service, &message, "RETRY", json!({ "error": "502 Bad Gateway" })).await;
        let pause = waits().await;
        assert!(pause > last || pause > 21_000.0, "{attempt}: {pause} after {last}");
        last = pause;
    }
    later(&app).await;
    let message = claim(&app, &service, 1).await.remove(0);
    settle(&app, &service, &message, "RETRY", json!({ "error": "502 from anna@example.org" })).await;
    assert_eq!(states(&app).await, ["FAILED"]);
    let query = "{ failedDeliveries { nodes { id attempts error channel } } }";
    let failed = app.query(Some(&admin), query, json!({})).await["failedDeliveries"]["nodes"][0].clone();
    assert_eq!((&failed["attempts"], &failed["error"]), (&json!(12), &json!("502 from …")));

    // A person looks, mends it and tries again; bots that wait hear of it.
    let subscription = json!({ "query": "subscription { outgoing(channel: TELEGRAM) }" });
    let request = app.http.post(app.url("/graphql")).header("accept", "text/event-stream").bearer_auth(&service.token);
    let mut events = request.json(&subscription).send().await.unwrap();
    let mut heard = String::new();
    let mut until = async |wanted: &str| {
        tokio::time::timeout(Duration::from_secs(20), async {
            while !heard.contains(wanted) {
                heard.push_str(std::str::from_utf8(&events.chunk().await.unwrap().expect("the end")).unwrap());
            }
        })
        .await
        .unwrap_or_else(|_| panic!("no {wanted}"));
    };
    until("\"outgoing\":0").await;
    app.must(Some(&admin), "retryDelivery", json!({ "id": failed["id"] }), "delivery { state attempts }").await;
    until("\"outgoing\":1").await;
    let message = claim(&app, &service, 1).await.remove(0);
    assert_eq!(message["attempts"], 1);

    // A bot that dies each time it has the message in hand.
    for _ in 1..12 {
        later(&app).await;
        assert_eq!(claim(&app, &service, 1).await.len(), 1);
    }
    later(&app).await;
    assert!(claim(&app, &service, 1).await.is_empty());
    assert_eq!(states(&app).await, ["FAILED"]);

    // No bot comes for days.
    answered(&app, &admin, &ticket).await;
    app.advance(8).await;
    sqlx::query("select graphile_worker.add_job('sweep', '{}'::json)").execute(app.db()).await.unwrap();
    app.run_jobs().await;
    assert_eq!(states(&app).await, ["FAILED", "FAILED"]);
    app.finish().await;
}

#[tokio::test]
async fn one_person_hears_of_one_event_once_on_a_channel() {
    let app = TestApp::start().await;
    let (admin, service, anna) = (app.administrator().await, app.service().await, app.citizen("Anna").await);
    let ticket = written(&app, &service, 4001, 1).await;
    // The chat becomes Anna's, the ticket public, and she follows it by her account too.
    sqlx::query("update contacts set participant_id = $1, linked_at = veche_now()").bind(anna.id).execute(app.db()).await.unwrap();
    sqlx::query("update tickets set public = true").execute(app.db()).await.unwrap();
    answered(&app, &admin, &ticket).await;
    let made = async || -> Vec<(String, bool)> {
        let query = "select channel, contact_id is not null from deliveries where kind = 'ticket-answered' order by created_at, channel";
        sqlx::query_as(query).fetch_all(app.db()).await.unwrap()
    };
    assert_eq!(made().await, [("TELEGRAM".to_owned(), true)], "to the chat, as it is its ticket");
    app.must(Some(&anna), "follow", json!({ "subjectId": ticket["ticketId"] }), "").await;
    answered(&app, &admin, &ticket).await;
    let all = made().await;
    let wanted = [("EMAIL".to_owned(), false), ("IN_APP".to_owned(), false), ("TELEGRAM".to_owned(), false)];
    assert_eq!(all[1..], wanted, "as a participant only");
    let claimed = claim(&app, &service, 10).await;
    assert_eq!(claimed.len(), 2);
    assert!(claimed.iter().all(|m| m["address"] == "4001"));

    // Who wants no such messages there gets none; the address that is gone fails.
    let off = json!({ "kind": "TICKET_ANSWERED", "channel": "TELEGRAM", "enabled": false });
    app.must(Some(&anna), "setNotificationPreference", off, "").await;
    answered(&app, &admin, &ticket).await;
    assert_eq!(made().await.iter().filter(|(channel, _)| channel == "TELEGRAM").count(), 2);
    let on = json!({ "kind": "TICKET_ANSWERED", "channel": "TELEGRAM", "enabled": true });
    app.must(Some(&anna), "setNotificationPreference", on, "").await;
    answered(&app, &admin, &ticket).await;
    sqlx::query("update contacts set forgotten_at = veche_now(), participant_id = null").execute(app.db()).await.unwrap();
    assert!(claim(&app, &service, 10).await.is_empty());
    assert_eq!(states(&app).await, ["WAITING", "WAITING", "FAILED"]);
    app.finish().await;
}
