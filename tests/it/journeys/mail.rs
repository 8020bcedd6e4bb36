//! Mail on its way out: into the person's thread, signed, tried again or given up, ended by one click, and what comes back.

use serde_json::{Value, json};
use veche::{config::MailTransport, jobs};

use crate::{
    smtp::{Smtp, verify_dkim},
    support::{Person, TestApp, config, key},
};

/// An installation that sends to a mail server of the test's own.
async fn with_server() -> (TestApp, Smtp) {
    let server = Smtp::start().await;
    let mut config = config();
    config.mail.transport = MailTransport::Smtp;
    config.mail.smtp_url = server.url();
    config.mail.from = "Вече <noreply@veche.example>".into();
    (TestApp::with(config).await, server)
}

/// Runs all jobs and those that they bring with them; what fails is tried once.
async fn run_once(app: &TestApp) {
    sqlx::query("update graphile_worker._private_jobs set run_at = now() where run_at > now()").execute(app.db()).await.unwrap();
    let ready = "select exists (select from graphile_worker._private_jobs where run_at <= now())";
    while sqlx::query_scalar::<_, bool>(ready).fetch_one(app.db()).await.unwrap() {
        jobs::run_waiting(&app.app).await.unwrap();
    }
}

async fn written(app: &TestApp, service: &Person, id: &str, address: &str) -> Value {
    let input = json!({ "channel": "EMAIL", "externalId": id, "subject": "Лифт\r\nBcc: eve@example.org", "text": "Не работает лифт в пятом доме.",
                        "sender": { "address": address, "name": "Анна\r\nBcc: eve@example.org" } });
    app.must(Some(service), "receiveMessage", input, "received { number ticketId articleId }").await["received"].clone()
}

const DELIVERIES: &str = "query($number: String!, $secret: String) { ticket(number: $number, secret: $secret) {
    articles(first: 10) { nodes { direction deliveries { channel state at error } } } } }";

/// What a reader is told of the deliveries of each message of a ticket.
async fn told(app: &TestApp, who: Option<&Person>, number: &Value, secret: Option<&str>) -> Vec<Value> {
    let data = app.query(who, DELIVERIES, json!({ "number": number, "secret": secret })).await;
    data["ticket"]["articles"]["nodes"].as_array().unwrap().iter().map(|article| article["deliveries"].clone()).collect()
}

async fn failed(app: &TestApp, admin: &Person) -> Value {
    let query =
        "{ waitingDeliveries failedDeliveries { totalCount nodes { id channel kind state attempts error failedAt ticketNumber } } }";
    app.query(Some(admin), query, json!({})).await
}

#[tokio::test]
async fn the_answer_goes_out_in_the_persons_thread_signed_and_to_be_answered() {
    let server = Smtp::start().await;
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("dkim.key");
    let signing = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    std::fs::write(&key_file, {
        use base64::{Engine, engine::general_purpose::STANDARD};
        STANDARD.encode([7; 32])
    })
    .unwrap();
    let mut config = config();
    config.mail.transport = MailTransport::Smtp;
    config.mail.smtp_url = server.url();
    config.mail.from = "Вече <noreply@veche.example>".into();
    config.mail.reply_to = "inbox@veche.example".into();
    config.mail.bounces = "bounce@returns.example".into();
    config.mail.dkim_selector = "test".into();
    config.mail.dkim_domain = "veche.example".into();
    config.mail.dkim_key = key_file;
    let app = TestApp::with(config).await;
    let (admin, service) = (app.administrator().await, app.service().await);
    let received = written(&app, &service, "first@mail.example", "anna@example.org").await;
    app.run_jobs().await;
    let arrived = server.taken().pop().unwrap();
    assert_eq!(server.taken().len(), 1);
    assert_eq!(arrived.to, "anna@example.org");
    let header = |name: &str| arrived.header(name).unwrap_or_else(|| panic!("no {name}: {}", arrived.raw));
    let id = header("Message-ID").trim_matches(['<', '>']).to_owned();
    let delivery: uuid::Uuid = id.split_once('@').unwrap().0.parse().unwrap();
    assert_eq!(id, format!("{delivery}@127.0.0.1"));
    assert_eq!(arrived.from, format!("bounce+{}@returns.example", delivery.simple()));
    assert_eq!(header("In-Reply-To"), "<first@mail.example>");
    assert_eq!(header("References"), "<first@mail.example>");
    assert_eq!(header("Auto-Submitted"), "auto-replied");
    assert_eq!(header("X-Auto-Response-Suppress"), "All");
    assert_eq!(header("X-Veche"), "127.0.0.1");
    let token = veche::feedback::reply_token(&app.app.keys, key(&received["ticketId"]));
    assert_eq!(header("Reply-To"), format!("inbox+{token}@veche.example"));
    assert_eq!(arrived.header("List-Unsubscribe"), None, "who wrote is answered");
    assert_eq!(arrived.header("Bcc"), None);
    let read = arrived.read();
    assert!(read.subject.contains(received["number"].as_str().unwrap()) && read.text.contains("secret="), "{read:?}");
    let signed = verify_dkim(&arrived.raw, &signing.verifying_key());
    for name in ["from", "to", "subject", "message-id", "reply-to", "in-reply-to", "list-unsubscribe", "list-unsubscribe-post"] {
        assert!(signed.iter().any(|n| n == name), "{name} is not signed: {signed:?}");
    }

    app.must(Some(&admin), "replyToTicket", json!({ "ticketId": received["ticketId"], "text": "Лифт запущен.\n.\nДо встречи." }), "").await;
    app.run_jobs().await;
    let answer = server.taken().pop().unwrap();
    assert_eq!(server.taken().len(), 2);
    assert_eq!(answer.header("In-Reply-To").unwrap(), format!("<{id}>"));
    assert_eq!(answer.header("References").unwrap(), format!("<first@mail.example> <{id}>"));
    assert_eq!(answer.header("Auto-Submitted").unwrap(), "auto-generated");
    assert_eq!(answer.header("Reply-To").unwrap(), format!("inbox+{token}@veche.example"));
    assert!(answer.read().text.contains("Лифт запущен.\n.\nДо встречи."), "{}", answer.read().text);
    assert_eq!(answer.raw.matches("\r\nContent-Type: text/html").count(), 1, "{}", answer.raw);
    verify_dkim(&answer.raw, &signing.verifying_key());
    assert_eq!(server.connections(), 1, "the connection is kept");

    // Its author and experts see that it arrived.
    let secret = veche::feedback::link_secret(&app.app.keys, key(&received["ticketId"]));
    for (who, secret) in [(None, Some(secret.as_str())), (Some(&admin), None)] {
        let told = told(&app, who, &received["number"], secret).await;
        for article in &told {
            assert_eq!(
                (&article[0]["channel"], &article[0]["state"], &article[1]),
                (&json!("EMAIL"), &json!("SENT"), &Value::Null),
                "{told:?}"
            );
            assert!(article[0]["at"].is_string());
        }
        assert_eq!(told.len(), 2);
    }
    app.finish().await;
}

#[tokio::test]
async fn an_arrival_is_confirmed_twice_an_hour_and_names_the_files_that_were_not_kept() {
    let app = TestApp::start().await;
    let service = app.service().await;
    let first = written(&app, &service, "1@mail.example", "Anna@example.org").await;
    sqlx::query("update articles set refused_files = $2, flags = '{}' where id = $1")
        .bind(key(&first["articleId"]))
        .bind(json!([{ "name": "счёт.exe", "reason": "EXECUTABLE" }]))
        .execute(app.db())
        .await
        .unwrap();
    app.run_jobs().await;
    let number = first["number"].as_str().unwrap().to_owned();
    for n in 2..6 {
        written(&app, &service, &format!("{n}@mail.example"), "anna@example.org").await;
    }
    written(&app, &service, "1@other.example", "boris@example.org").await;
    app.run_jobs().await;
    let mails: Vec<_> = app.app.mailer.sent().into_iter().filter(|mail| mail.to.eq_ignore_ascii_case("anna@example.org")).collect();
    assert_eq!(mails.len(), 2);
    assert_eq!(app.mails_to("boris@example.org").len(), 1, "everybody has an hour of their own");
    let named: Vec<_> = mails.iter().filter(|mail| mail.body.contains("счёт.exe: ")).collect();
    assert!(named.iter().all(|mail| mail.html.contains("счёт.exe: ") && mail.subject.contains(&number) && mail.replied), "{named:?}");
    assert_eq!(named.len(), 1);
    assert!(mails.iter().all(|mail| !mail.body.contains("лифт")), "nothing of a stranger's words goes to an address that may be another's");
    // Later it is confirmed again; a follow-up never is.
    app.advance(1).await;
    let later = written(&app, &service, "9@mail.example", "anna@example.org").await;
    let follow_up = json!({ "channel": "EMAIL", "externalId": "10@mail.example", "references": ["9@mail.example"], "text": "И ещё.",
                            "sender": { "address": "anna@example.org" } });
    let followed = app.must(Some(&service), "receiveMessage", follow_up, "received { followUp }").await;
    assert_eq!(followed["received"]["followUp"], true);
    app.run_jobs().await;
    let mails: Vec<_> = app.app.mailer.sent().into_iter().filter(|mail| mail.to.eq_ignore_ascii_case("anna@example.org")).collect();
    assert!(mails.len() == 3 && mails[2].subject.contains(later["number"].as_str().unwrap()), "{mails:?}");
    // The event told once more makes nothing.
    let count = async || sqlx::query_scalar::<_, i64>("select count(*) from deliveries").fetch_one(app.db()).await.unwrap();
    let (before, sent) = (count().await, app.app.mailer.sent().len());
    let again = "select graphile_worker.add_job('announce', json_build_object('event', event_id)) from deliveries";
    sqlx::query(again).execute(app.db()).await.unwrap();
    app.run_jobs().await;
    assert_eq!((count().await, app.app.mailer.sent().len()), (before, sent));
    app.finish().await;
}

#[tokio::test]
async fn files_that_were_not_kept_are_told_to_who_sent_them_and_not_to_whom_a_stranger_names() {
    let app = TestApp::start().await;
    let service = app.service().await;
    let message = |id: &str, address: &str, verified: bool, references: &[&str]| {
        json!({ "channel": "EMAIL", "externalId": id, "references": references, "text": "Смета во вложении.", "locale": "RU",
                "sender": { "address": address, "verified": verified }, "refusedFiles": [{ "name": "смета.exe", "reason": "EXECUTABLE" }] })
    };
    let anna = app.citizen("Anna").await;
    let index = app.app.keys.index(veche::identity::Purpose::Email, b"anna@example.org");
    sqlx::query("update participants set email_index = $2 where id = $1").bind(anna.id).bind(index).execute(app.db()).await.unwrap();
    app.must(Some(&service), "receiveMessage", message("1@x", "anna@example.org", true, &[]), "").await;
    app.run_jobs().await;
    let number: String =
        sqlx::query_scalar("select number from tickets where author_id = $1").bind(anna.id).fetch_one(app.db()).await.unwrap();
    let mails = app.mails_to("anna@example.org");
    assert!(mails.len() == 1 && mails[0].body.contains("смета.exe: "), "who has an account hears that it arrived: {mails:?}");
    app.must(Some(&service), "receiveMessage", message("2@x", "anna@example.org", true, &["1@x"]), "").await;
    app.run_jobs().await;
    let mails = app.mails_to("anna@example.org");
    assert!(mails.len() == 2 && mails[1].body.contains("смета.exe: ") && mails[1].subject.contains(&number), "{mails:?}");
    // The address is only claimed: it hears that something was not kept, not what a stranger called it.
    app.must(Some(&service), "receiveMessage", message("3@x", "victim@example.org", false, &[]), "").await;
    app.must(Some(&service), "receiveMessage", message("4@x", "victim@example.org", false, &["3@x"]), "").await;
    app.run_jobs().await;
    let mails = app.mails_to("victim@example.org");
    assert_eq!(mails.len(), 2);
    assert!(mails.iter().all(|mail| !mail.body.contains("смета") && mail.body.contains("программы")), "{mails:?}");
    app.finish().await;
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_will_not_is_shown() {
    let (app, server) = with_server().await;
    let (admin, service) = (app.administrator().await, app.service().await);
    let state = async || {
        sqlx::query_as::<_, (String, i32, Option<String>)>(
            "select state, attempts, error from deliveries order by created_at desc, id limit 1",
        )
        .fetch_one(app.db())
        .await
        .unwrap()
    };
    // Not now, then yes.
    server.refuse(&["451 4.7.1 greylisted anna@example.org"]);
    let received = written(&app, &service, "1@mail.example", "anna@example.org").await;
    run_once(&app).await;
    let (waits, attempts, error) = state().await;
    assert_eq!((waits.as_str(), attempts), ("WAITING", 1));
    let error = error.unwrap();
    assert!(error.contains("451") && !error.contains("anna"), "{error}");
    assert_eq!(told(&app, Some(&admin), &received["number"], None).await[0][0]["state"], "WAITING");
    run_once(&app).await;
    assert_eq!(state().await, ("SENT".into(), 2, None));
    assert_eq!(server.taken().len(), 1);

    // Never: at once.
    server.refuse(&["550 5.1.1 <anna@example.org>: no such user"]);
    app.must(Some(&admin), "replyToTicket", json!({ "ticketId": received["ticketId"], "text": "Лифт запущен." }), "").await;
    run_once(&app).await;
    assert_eq!(state().await.0, "FAILED");
    run_once(&app).await;
    assert_eq!((server.taken().len(), server.refused()), (1, 2), "it is not tried again by itself");
    let list = failed(&app, &admin).await;
    let one = &list["failedDeliveries"]["nodes"][0];
    assert_eq!((&list["waitingDeliveries"], &list["failedDeliveries"]["totalCount"]), (&json!(0), &json!(1)));
    assert_eq!((&one["kind"], &one["ticketNumber"], &one["attempts"]), (&json!("TICKET_ANSWERED"), &received["number"], &json!(1)));
    assert!(one["error"].as_str().unwrap().contains("550") && one["failedAt"].is_string());
    let expert = told(&app, Some(&admin), &received["number"], None).await;
    assert_eq!((&expert[1][0]["state"], expert[1][0]["error"].is_string()), (&json!("FAILED"), true));
    let secret = veche::feedback::link_secret(&app.app.keys, key(&received["ticketId"]));
    let author = told(&app, None, &received["number"], Some(&secret)).await;
    assert_eq!((&author[1][0]["state"], &author[1][0]["error"]), (&json!("FAILED"), &Value::Null), "why is for experts");

    // Administrators try again; only what failed.
    let again = json!({ "id": one["id"] });
    let tried = app.must(Some(&admin), "retryDelivery", again.clone(), "delivery { state attempts error failedAt }").await;
    assert_eq!(tried["delivery"], json!({ "state": "WAITING", "attempts": 0, "error": null, "failedAt": null }));
    assert_eq!(app.refused(Some(&admin), "retryDelivery", again.clone()).await, "WRONG_STATE");
    let node = app.query(Some(&admin), "query($id: ID!) { node(id: $id) { ... on Delivery { state } } }", again.clone()).await;
    assert_eq!(node["node"]["state"], "WAITING");
    assert_eq!(app.query(None, "query($id: ID!) { node(id: $id) { id } }", again).await["node"], Value::Null);
    run_once(&app).await;
    assert_eq!(state().await.0, "SENT");
    assert_eq!(server.taken().len(), 2);

    // Again and again not now: in the end it has failed, and no job is left over.
    server.refuse(&["421 4.3.2 busy"; 12]);
    app.must(Some(&admin), "replyToTicket", json!({ "ticketId": received["ticketId"], "text": "И ещё раз." }), "").await;
    for _ in 0..11 {
        run_once(&app).await;
        assert_eq!(state().await.0, "WAITING");
    }
    run_once(&app).await;
    let (end, attempts, error) = state().await;
    assert_eq!((end.as_str(), attempts, error.unwrap().contains("421")), ("FAILED", 12, true));
    assert_eq!(server.refused(), 14);
    app.finish().await;
}

#[tokio::test]
async fn what_comes_back_has_failed() {
    let app = TestApp::start().await;
    let (admin, service) = (app.administrator().await, app.service().await);
    let received = written(&app, &service, "1@mail.example", "anna@example.org").await;
    app.run_jobs().await;
    app.must(Some(&admin), "replyToTicket", json!({ "ticketId": received["ticketId"], "text": "Лифт запущен." }), "").await;
    app.run_jobs().await;
    let ids: Vec<String> = app.mails_to("anna@example.org").into_iter().map(|mail| mail.id.unwrap()).collect();
    let bounce = async |id: &str, permanent: bool| {
        let input =
            json!({ "channel": "EMAIL", "externalId": id, "permanent": permanent, "detail": "550 <anna@example.org>: no such user" });
        app.must(Some(&service), "reportBounce", input, "known").await["known"].clone()
    };
    assert_eq!(bounce("nothing@of.ours", true).await, false);
    assert_eq!(bounce("bounce+00000000000000000000000000000000", true).await, false);
    // Delayed only: noted.
    assert_eq!(bounce(&ids[0], false).await, true);
    assert_eq!(failed(&app, &admin).await["failedDeliveries"]["totalCount"], 0);
    let noted = told(&app, Some(&admin), &received["number"], None).await;
    assert_eq!(noted[0][0]["state"], "SENT");
    assert_eq!(noted[0][0]["error"], "550 … no such user");
    // By the Message-ID, and by the sender of the envelope.
    assert_eq!(bounce(&format!("<{}>", ids[0]), true).await, true);
    let delivery: uuid::Uuid = ids[1].split_once('@').unwrap().0.parse().unwrap();
    assert_eq!(bounce(&format!("bounce+{}@returns.example", delivery.simple()), true).await, true);
    assert_eq!(bounce(&ids[1], true).await, true, "twice does no harm");
    let list = failed(&app, &admin).await;
    assert_eq!(list["failedDeliveries"]["totalCount"], 2);
    assert!(list["failedDeliveries"]["nodes"].as_array().unwrap().iter().all(|d| d["error"] == "550 … no such user"), "{list}");
    let of = json!({ "channel": "IN_APP", "externalId": "x", "permanent": true, "detail": "" });
    assert_eq!(app.refused(Some(&service), "reportBounce", of).await, "NOT_ALLOWED");
    app.finish().await;
}

#[tokio::test]
async fn one_click_ends_mails_of_a_kind_and_looking_at_the_link_does_not() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let (author, reader) = (app.citizen("Anna").await, app.citizen("Boris").await);
    app.must(Some(&reader), "follow", json!({ "subjectId": department }), "").await;
    app.voting(&author, &department, &officer, json!({})).await;
    app.run_jobs().await;
    let mails = app.mails_to(&reader.email());
    assert_eq!(mails.len(), 1);
    let link = mails[0].unsubscribe.clone().unwrap();
    assert!(mails[0].body.contains(&link) && mails[0].html.contains(&format!("href=\"{link}\"")) && mails[0].reply_token.is_none());
    let path = link.strip_prefix(&app.url("")).unwrap().to_owned();
    let wanted = async || {
        let all = app.query(Some(&reader), "{ notificationPreferences { kind channel enabled } }", json!({})).await;
        let all = all["notificationPreferences"].as_array().unwrap().clone();
        assert!(all.iter().all(|p| p["kind"] != "TICKET_CREATED"));
        all.into_iter().find(|p| p["kind"] == "INITIATIVE_PUBLISHED" && p["channel"] == "EMAIL").unwrap()["enabled"].clone()
    };
    let browser = app.browser();
    browser.get(&path).await.says("No more mails of this kind?").says("Voting began").says("<button>");
    assert_eq!(wanted().await, true);
    for wrong in ["/unsubscribe/x".to_owned(), format!("{path}A"), path.replace("/unsubscribe/", "/unsubscribe/A")] {
        assert_eq!(browser.get(&wrong).await.status, 404, "{wrong}");
        assert_eq!(app.http.post(app.url(&wrong)).body("List-Unsubscribe=One-Click").send().await.unwrap().status(), 404);
    }
    assert_eq!(wanted().await, true);
    // As a mail program does it: no session, no token of a form, no page to look at.
    let one_click = || {
        let request = app.http.post(app.url(&path)).header("content-type", "application/x-www-form-urlencoded");
        request.header("origin", "https://mail.example").body("List-Unsubscribe=One-Click").send()
    };
    assert_eq!(one_click().await.unwrap().status(), 200);
    assert_eq!(wanted().await, false);
    assert_eq!(one_click().await.unwrap().status(), 200);
    browser.get(&path).await.says("You will get no more mails of this kind");
    app.voting(&author, &department, &officer, json!({ "title": "Скамейки у пруда в старом парке" })).await;
    app.run_jobs().await;
    assert_eq!(app.mails_to(&reader.email()).len(), 1);
    assert_eq!(app.query(Some(&reader), "{ unreadNotifications }", json!({})).await["unreadNotifications"], 2);

    // By the button of the page.
    let on = json!({ "kind": "INITIATIVE_PUBLISHED", "channel": "EMAIL", "enabled": true });
    app.must(Some(&reader), "setNotificationPreference", on, "").await;
    let done = browser.submit(&path, &[]).await;
    done.says("You will get no more mails of this kind");
    assert_eq!(wanted().await, false);
    let nobodys = json!({ "kind": "TICKET_CREATED", "channel": "EMAIL", "enabled": false });
    assert_eq!(app.refused(Some(&reader), "setNotificationPreference", nobodys).await, "NOT_ALLOWED");
    app.finish().await;
}
