//! What channels bring: which ticket a message goes on with, whose address is whose, which files are kept, what could not be read.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;
use veche::{
    channels,
    config::Rate,
    error::Error,
    feedback::reply_token,
    identity::{self, Purpose},
};

use crate::support::{Person, TestApp, config, key, text_of};

const RECEIVED: &str = "received { number ticketId articleId stored followUp secret link refusedFiles { name reason } }";
const TICKET: &str = "query($number: String!, $secret: String) { ticket(number: $number, secret: $secret) {
    id number state subject secretLink author { name } sender { address name }
    articles(first: 50) { nodes { id body quotation edited mine flags author { name } refusedFiles { name reason }
        attachments { name contentType size url quarantined pending } } } } }";

/// An installation with a bot.
struct Post {
    app: TestApp,
    admin: Person,
    bot: Person,
}

impl Post {
    async fn start() -> Self {
        Self::with(config()).await
    }

    async fn with(config: veche::config::Config) -> Self {
        let app = TestApp::with(config).await;
        let (admin, bot) = (app.administrator().await, app.service().await);
        Self { app, admin, bot }
    }

    /// What becomes of a mail: `more` adds to the input.
    async fn mail(&self, from: &str, id: &str, text: &str, more: Value) -> Value {
        let mut input = json!({ "channel": "EMAIL", "externalId": id, "text": text, "subject": "Фонари", "locale": "EN",
                                "sender": { "address": from, "name": "Анна" } });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.app.must(Some(&self.bot), "receiveMessage", input, RECEIVED).await["received"].clone()
    }

    /// What becomes of a message of the Telegram bot.
    async fn chat(&self, from: &str, id: &str, text: &str, mut more: Value) -> Value {
        more["channel"] = json!("TELEGRAM");
        self.mail(from, id, text, more).await
    }

    async fn ticket(&self, who: Option<&Person>, received: &Value) -> Value {
        self.app.query(who, TICKET, json!({ "number": received["number"] })).await["ticket"].clone()
    }

    /// The messages of a ticket as an administrator reads them.
    async fn articles(&self, received: &Value) -> Vec<Value> {
        self.ticket(Some(&self.admin), received).await["articles"]["nodes"].as_array().unwrap().clone()
    }

    async fn flags(&self, received: &Value) -> Value {
        let articles = self.articles(received).await;
        articles.iter().find(|article| article["id"] == received["articleId"]).unwrap()["flags"].clone()
    }

    async fn answer(&self, received: &Value, text: &str) {
        self.app.must(Some(&self.admin), "replyToTicket", json!({ "ticketId": received["ticketId"], "text": text }), "").await;
        self.app.run_jobs().await;
    }

    fn token(&self, received: &Value) -> String {
        reply_token(&self.app.app.keys, key(&received["ticketId"]))
    }

    /// The code that makes an address somebody's own.
    async fn code(&self, who: &Person) -> String {
        let payload = self.app.must(Some(who), "createContactLink", json!({ "channel": "TELEGRAM" }), "link { code }").await;
        text_of(&payload["link"]["code"])
    }

    async fn link(&self, who: &Person, address: &str) -> Value {
        let input = json!({ "channel": "TELEGRAM", "address": address, "name": "Аня", "code": self.code(who).await });
        let select = "correspondent { participantName linked locale }";
        self.app.must(Some(&self.bot), "linkContact", input, select).await["correspondent"].clone()
    }

    fn acting_for(&self, address: &str) -> Person {
        Person { acts_for: Some(format!("TELEGRAM:{address}")), ..self.bot.clone() }
    }

    async fn finish(self) {
        self.app.run_jobs().await;
        self.app.finish().await;
    }
}

/// The code of the error that refuses a whole query.
async fn refused(app: &TestApp, who: &Person, query: &str) -> String {
    text_of(&app.ask(Some(who), query, json!({})).await["errors"][0]["extensions"]["code"])
}

#[tokio::test]
async fn a_message_goes_on_by_token_by_our_id_and_by_its_senders_own() {
    let post = Post::start().await;
    let anna = "anna@example.org";
    let first = post.mail(anna, "m1@x", "Не горит фонарь у школы.", json!({ "conversation": "m1@x" })).await;
    assert_eq!((&first["stored"], &first["followUp"]), (&json!(true), &json!(false)));
    post.answer(&first, "Починили.").await;
    sqlx::query(
        "update deliveries set external_id = 'our-1@veche' where id = (
             select id from deliveries where channel = 'EMAIL' and subject_id = $1 and contact_id is not null order by created_at limit 1)",
    )
    .bind(key(&first["ticketId"]))
    .execute(post.app.db())
    .await
    .unwrap();
    let goes_on = |received: &Value| {
        assert_eq!((&received["number"], &received["followUp"]), (&first["number"], &json!(true)), "{received}");
        assert_eq!(received["secret"], first["secret"]);
    };
    goes_on(&post.mail(anna, "m2@x", "Снова темно.", json!({ "replyToken": post.token(&first).to_uppercase() })).await);
    goes_on(&post.mail(anna, "m3@x", "Совсем темно.", json!({ "references": ["unknown@x", "our-1@veche"] })).await);
    goes_on(&post.mail(anna, "m4@x", "И вчера.", json!({ "references": ["m2@x", "unknown@x"] })).await);
    goes_on(&post.mail(anna, "m5@x", "И сегодня.", json!({ "conversation": "m1@x" })).await);
    assert_eq!(post.ticket(Some(&post.admin), &first).await["state"], "REOPENED");

    // The subject alone says nothing, and a forged token neither.
    let other = post.mail(anna, "m6@x", "Яма на дороге.", json!({})).await;
    assert_ne!(other["number"], first["number"]);
    let forged = post.mail(anna, "m7@x", "Нет воды.", json!({ "replyToken": "0".repeat(42) })).await;
    assert_eq!(forged["followUp"], false);
    assert_eq!(post.flags(&forged).await, json!(["FORGED_TOKEN", "SENDER_UNVERIFIED"]));
    for token in ["x", "", "ё", &"9".repeat(500)] {
        let received = post.mail(anna, &format!("{}@y", token.len()), "Нет света.", json!({ "replyToken": token })).await;
        assert_eq!(received["followUp"], false, "{token}");
    }
    // Whoever has the token may write; a reference to what somebody else wrote leads nowhere.
    let spouse = post.mail("boris@example.org", "b1@x", "Я её муж, подтверждаю.", json!({ "replyToken": post.token(&first) })).await;
    assert_eq!(spouse["number"], first["number"]);
    for (n, more) in
        [json!({ "references": ["m1@x"] }), json!({ "conversation": "m1@x" }), json!({ "edits": "m1@x" })].into_iter().enumerate()
    {
        let stranger = post.mail("mallory@example.org", &format!("s{n}@x"), "Покажите мне всё.", more).await;
        assert_eq!(stranger["followUp"], false, "{n}");
        assert_ne!(stranger["secret"], first["secret"]);
    }
    // Each has the conversation for themselves.
    goes_on(&post.mail(anna, "m8@x", "Так и темно.", json!({ "conversation": "m1@x" })).await);
    let again = post.mail("mallory@example.org", "s9@x", "И ещё.", json!({ "conversation": "m1@x" })).await;
    assert_eq!(again["followUp"], true);
    assert_ne!(again["number"], first["number"]);

    // Long after an answer it is another matter.
    post.answer(&first, "Теперь точно починили.").await;
    post.app.advance(61).await;
    let late = post.mail(anna, "m9@x", "Год спустя.", json!({ "replyToken": post.token(&first), "references": ["m1@x"] })).await;
    assert_eq!((&late["followUp"], post.flags(&late).await), (&json!(false), json!(["SENDER_UNVERIFIED"])));
    post.finish().await;
}

#[tokio::test]
async fn who_was_merged_hears_of_their_own_ticket_only() {
    let post = Post::start().await;
    let target = post.mail("anna@example.org", "a@x", "Во дворе не вывозят мусор.", json!({})).await;
    let source = post.mail("boris@example.org", "b@x", "Баки во дворе переполнены.", json!({ "conversation": "b@x" })).await;
    post.app.run_jobs().await;
    let input = json!({ "targetId": target["ticketId"], "sourceIds": [source["ticketId"]] });
    post.app.must(Some(&post.admin), "mergeTickets", input, "").await;
    for (n, more) in [
        json!({ "replyToken": post.token(&source) }),
        json!({ "references": ["b@x"] }),
        // The message before this one stands in the other ticket.
        json!({ "references": ["b1@x"] }),
        json!({ "conversation": "b@x" }),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("b{n}@x");
        for stored in [true, false] {
            let received = post.mail("boris@example.org", &id, "Так и не вывезли.", more.clone()).await;
            assert_eq!((&received["number"], &received["secret"]), (&source["number"], &source["secret"]), "{n}");
            assert_eq!((&received["stored"], &received["followUp"]), (&json!(stored), &json!(true)), "{n}");
        }
    }
    assert_eq!(post.articles(&target).await.len(), 5);
    post.finish().await;
}

#[tokio::test]
async fn a_stolen_message_id_swallows_nothing() {
    let post = Post::start().await;
    let thief = post.mail("mallory@example.org", "m1@x", "Ничего не было.", json!({})).await;
    let sends = (0..6).map(|_| post.mail("Anna@Example.org", "m1@x", "Не горит фонарь.", json!({})));
    let anna = futures_util::future::join_all(sends).await;
    assert_eq!(anna.iter().filter(|received| received["stored"] == true).count(), 1, "{anna:?}");
    assert!(anna.iter().all(|received| received["number"] == anna[0]["number"] && received["number"] != thief["number"]));
    let again = post.mail("mallory@example.org", "m1@x", "Ничего не было.", json!({})).await;
    assert_eq!((&again["stored"], &again["articleId"], &again["secret"]), (&json!(false), &thief["articleId"], &thief["secret"]));
    // What it is called since is hers for references too.
    let more = post.mail("anna@example.org", "m2@x", "Всё ещё не горит.", json!({ "references": ["m1@x"] })).await;
    assert_eq!(more["number"], anna[0]["number"]);
    post.finish().await;
}

#[tokio::test]
async fn a_later_wording_stands_beside_the_earlier_one() {
    let post = Post::start().await;
    let first = post.chat("10", "10:1", "Не горит фонарь у дома 5.", json!({})).await;
    let edit = post.chat("10", "10:1:2", "Не горит фонарь у дома 15.", json!({ "edits": "10:1" })).await;
    assert_eq!((&edit["number"], &edit["stored"], &edit["followUp"]), (&first["number"], &json!(true), &json!(true)));
    // The same words once more, as programs tell of changes that nobody sees.
    let same = post.chat("10", "10:1:3", "Не горит фонарь у дома 15.", json!({ "edits": "10:1" })).await;
    assert_eq!((&same["stored"], &same["articleId"], &same["number"]), (&json!(false), &edit["articleId"], &first["number"]));
    let back = post.chat("10", "10:1:4", "Не горит фонарь у дома 5.", json!({ "edits": "10:1" })).await;
    assert_eq!(back["stored"], true);
    let edited: Vec<Value> = post.articles(&first).await.iter().map(|article| article["edited"].clone()).collect();
    assert_eq!(edited, [false, true, true]);
    // Of what nobody knows, or somebody else wrote, it is a message like any other.
    for (from, edits) in [("10", "10:99"), ("11", "10:1")] {
        let other = post.chat(from, &format!("{from}:{edits}"), "Яма на дороге.", json!({ "edits": edits })).await;
        assert_eq!(other["followUp"], false);
        assert_eq!(post.articles(&other).await[0]["edited"], false);
    }
    post.finish().await;
}

#[tokio::test]
async fn an_address_counts_as_the_accounts_only_where_the_channel_vouches_for_it() {
    let post = Post::start().await;
    let anna = post.app.citizen("Anna").await;
    let index = post.app.app.keys.index(Purpose::Email, b"anna@example.org");
    sqlx::query("update participants set email_index = $2 where id = $1").bind(anna.id).bind(index).execute(post.app.db()).await.unwrap();
    let verified = json!({ "sender": { "address": "Anna@example.org", "name": "Анна", "verified": true } });
    let doubtful = post.mail("anna@example.org", "m1@x", "Не горит фонарь.", json!({})).await;
    let ticket = post.ticket(Some(&post.admin), &doubtful).await;
    assert_eq!((&ticket["author"], &ticket["articles"]["nodes"][0]["author"]), (&Value::Null, &Value::Null));
    assert_eq!(post.flags(&doubtful).await, json!(["SENDER_UNVERIFIED"]));
    assert_eq!(post.ticket(Some(&anna), &doubtful).await, Value::Null);

    let sure = post.mail("", "m2@x", "Нет горячей воды.", verified.clone()).await;
    let ticket = post.ticket(Some(&anna), &sure).await;
    assert_eq!((&ticket["author"]["name"], &ticket["articles"]["nodes"][0]["mine"]), (&json!("Anna"), &json!(true)));
    // Flags are for experts.
    assert_eq!(ticket["articles"]["nodes"][0]["flags"], json!([]));
    assert_eq!(post.flags(&sure).await, json!([]));
    // A forged follow-up goes into the ticket as what it is.
    let forged = post.mail("anna@example.org", "m3@x", "Уже не надо.", json!({ "references": ["m2@x"] })).await;
    assert_eq!((&forged["number"], post.flags(&forged).await), (&sure["number"], json!(["SENDER_UNVERIFIED"])));
    assert_eq!(post.articles(&sure).await[1]["author"], Value::Null);

    sqlx::query("update participants set disabled_at = veche_now() where id = $1").bind(anna.id).execute(post.app.db()).await.unwrap();
    let disabled = post.mail("", "m4@x", "Шумит стройка.", verified).await;
    assert_eq!(post.ticket(Some(&post.admin), &disabled).await["author"], Value::Null);
    post.finish().await;
}

#[tokio::test]
async fn an_address_is_linked_by_a_code_and_belongs_to_the_newest() {
    let post = Post::start().await;
    let (app, bot) = (&post.app, Some(&post.bot));
    let (anna, boris) = (app.citizen("Anna").await, app.citizen("Boris").await);
    let before = post.chat("77", "77:1", "Не горит фонарь.", json!({})).await;
    assert_eq!(app.refused(Some(&anna), "createContactLink", json!({ "channel": "EMAIL" })).await, "NOT_ALLOWED");
    let make = async || {
        let payload = app.must(Some(&anna), "createContactLink", json!({ "channel": "TELEGRAM" }), "link { code url expiresAt }").await;
        payload["link"].clone()
    };
    assert_eq!(make().await["url"], Value::Null);
    let report = json!({ "channel": "TELEGRAM", "name": "@veche_bot", "state": "OK", "detail": "", "received": 0, "ignored": 0 });
    app.must(bot, "reportChannel", report, "").await;
    let replaced = text_of(&make().await["code"]);
    let made = make().await;
    let code = text_of(&made["code"]);
    assert_eq!(made["url"], json!(format!("https://t.me/veche_bot?start={code}")));
    assert!(code.len() <= 64 && code.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "Telegram takes no other");

    let with = |channel: &str, code: &str| json!({ "channel": channel, "address": "77", "name": "Аня", "code": code });
    for (channel, code) in [("TELEGRAM", "nonsense"), ("TELEGRAM", replaced.as_str()), ("EMAIL", code.as_str())] {
        assert_eq!(app.refused(bot, "linkContact", with(channel, code)).await, "INVALID_CODE", "{channel} {code}");
    }
    let select =
        "correspondent { participantName linked locale tickets { totalCount nodes { number secretLink articles { nodes { mine } } } } }";
    let linked = app.must(bot, "linkContact", with("TELEGRAM", &code), select).await["correspondent"].clone();
    assert_eq!((&linked["participantName"], &linked["linked"], &linked["locale"]), (&json!("Anna"), &json!(true), &json!("EN")));
    let ticket = &linked["tickets"]["nodes"][0];
    assert_eq!((&ticket["number"], &ticket["secretLink"]), (&before["number"], &before["link"]));
    assert_eq!(ticket["articles"]["nodes"][0]["mine"], true);
    assert_eq!(post.ticket(Some(&post.admin), &before).await["secretLink"], Value::Null);
    assert_eq!(app.refused(bot, "linkContact", with("TELEGRAM", &code)).await, "INVALID_CODE", "it works once");

    // What comes from there is hers now, and what she writes elsewhere is shown there.
    let after = post.chat("77", "77:2", "Нет горячей воды.", json!({})).await;
    assert_eq!(post.ticket(Some(&anna), &after).await["author"]["name"], "Anna");
    app.must(Some(&anna), "submitFeedback", json!({ "text": "Яма на дороге у рынка." }), "").await;
    let look = "query($a: String!) { correspondent(channel: TELEGRAM, address: $a) { linked participantName tickets(first: 2) { totalCount nodes { number } pageInfo { hasNextPage } } } }";
    let seen = app.query(bot, look, json!({ "a": "77" })).await["correspondent"].clone();
    assert_eq!((&seen["tickets"]["totalCount"], &seen["tickets"]["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
    assert_eq!(app.query(bot, look, json!({ "a": "78" })).await["correspondent"], Value::Null);

    // An old code, and the newest account.
    let old = post.code(&boris).await;
    app.advance(1).await;
    assert_eq!(app.refused(bot, "linkContact", with("TELEGRAM", &old)).await, "EXPIRED");
    let own = "{ contacts { id channel address name linkedAt } }";
    let contacts = app.query(Some(&anna), own, json!({})).await["contacts"].clone();
    assert_eq!((&contacts[0]["channel"], &contacts[0]["address"], &contacts[0]["name"]), (&json!("TELEGRAM"), &json!("77"), &json!("Аня")));
    post.link(&boris, "77").await;
    assert_eq!(app.query(Some(&anna), own, json!({})).await["contacts"], json!([]));
    let id = contacts[0]["id"].clone();
    assert_eq!(app.refused(Some(&anna), "removeContact", json!({ "contactId": id })).await, "NOT_FOUND");
    let node = "query($id: ID!) { node(id: $id) { ... on Contact { address } } }";
    assert_eq!(app.query(Some(&anna), node, json!({ "id": id })).await["node"], Value::Null);
    assert_eq!(app.query(Some(&boris), node, json!({ "id": id })).await["node"]["address"], "77");
    app.must(Some(&boris), "removeContact", json!({ "contactId": id }), "contactId").await;
    assert_eq!(app.query(bot, look, json!({ "a": "77" })).await["correspondent"]["linked"], false);
    // From the channel's side it goes too.
    post.link(&boris, "77").await;
    let input = json!({ "channel": "TELEGRAM", "address": "77" });
    let unlinked = app.must(bot, "unlinkContact", input.clone(), "correspondent { linked participantName }").await;
    assert_eq!(unlinked["correspondent"], json!({ "linked": false, "participantName": null }));
    assert_eq!(app.refused(bot, "unlinkContact", json!({ "channel": "TELEGRAM", "address": "nobody" })).await, "NOT_FOUND");
    let log = "{ auditLog(filter: { actions: [\"contact.linked\", \"contact.unlinked\"] }) { nodes { action } } }";
    let lines = app.query(Some(&boris), log, json!({})).await["auditLog"]["nodes"].clone();
    assert_eq!(lines.as_array().unwrap().len(), 4, "{lines}");
    assert_eq!(app.query(None, log, json!({})).await["auditLog"]["nodes"], json!([]), "whose address is whose is nobody's business");
    post.finish().await;
}

#[tokio::test]
async fn a_follow_up_that_waits_for_a_merge_lands_where_the_ticket_went() {
    let post = Post::start().await;
    let target = post.mail("anna@example.org", "a@x", "Во дворе не вывозят мусор.", json!({})).await;
    let source = post.mail("boris@example.org", "b@x", "Баки во дворе переполнены.", json!({})).await;
    post.app.run_jobs().await;
    let mut merging = post.app.db().begin().await.unwrap();
    sqlx::query("update tickets set state = 'MERGED', merged_into = $2 where id = $1")
        .bind(key(&source["ticketId"]))
        .bind(key(&target["ticketId"]))
        .execute(&mut *merging)
        .await
        .unwrap();
    let more = json!({ "replyToken": post.token(&source) });
    let (received, ()) = tokio::join!(post.mail("boris@example.org", "b1@x", "Так и не вывезли.", more), async {
        let waits = "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')";
        while !sqlx::query_scalar::<_, bool>(waits).fetch_one(post.app.db()).await.unwrap() {
            tokio::task::yield_now().await;
        }
        merging.commit().await.unwrap();
    });
    assert_eq!((&received["followUp"], &received["number"]), (&json!(true), &source["number"]));
    assert_eq!((post.articles(&target).await.len(), post.articles(&source).await.len()), (2, 1));
    post.finish().await;
}

#[tokio::test]
async fn an_answer_is_taken_up_again_for_so_many_days_and_no_longer() {
    let mut config = config();
    config.feedback.reopen_days = 10;
    let post = Post::with(config).await;
    let first = post.mail("anna@example.org", "a@x", "Не горит фонарь.", json!({})).await;
    post.app.run_jobs().await;
    post.answer(&first, "Починили.").await;
    post.app.advance(9).await;
    assert_eq!(post.mail("anna@example.org", "a1@x", "Снова не горит.", json!({ "references": ["a@x"] })).await["followUp"], true);
    assert_eq!(post.ticket(Some(&post.admin), &first).await["state"], "REOPENED");
    post.app.run_jobs().await;
    post.answer(&first, "Починили ещё раз.").await;
    post.app.advance(11).await;
    // The night closes it, which begins nothing anew.
    assert_eq!(close_what_was_answered(&post).await, 1);
    let late = post.mail("anna@example.org", "a2@x", "И опять.", json!({ "references": ["a@x"] })).await;
    assert_eq!(late["followUp"], false);
    post.finish().await;
}

/// Runs the nightly closing; gives how many tickets are closed.
async fn close_what_was_answered(post: &Post) -> i64 {
    sqlx::query("select graphile_worker.add_job('close_answered', '{}')").execute(post.app.db()).await.unwrap();
    post.app.run_jobs().await;
    sqlx::query_scalar("select count(*) from tickets where state = 'CLOSED'").fetch_one(post.app.db()).await.unwrap()
}

#[tokio::test]
async fn a_key_that_only_brings_messages_does_nothing_else() {
    let post = Post::start().await;
    let anna = post.app.citizen("Anna").await;
    post.link(&anna, "77").await;
    sqlx::query("update access_tokens set scopes = '{INTAKE}' where participant_id = $1")
        .bind(post.bot.id)
        .execute(post.app.db())
        .await
        .unwrap();
    post.chat("77", "77:1", "Не горит фонарь.", json!({})).await;
    let (app, bot) = (&post.app, Some(&post.bot));
    assert_eq!(refused(app, &post.acting_for("77"), "{ me { id } }").await, "FORBIDDEN");
    assert_eq!(refused(app, &post.bot, "{ correspondent(channel: TELEGRAM, address: \"77\") { linked } }").await, "FORBIDDEN");
    assert_eq!(app.forbidden(bot, "claimOutgoing", json!({ "channel": "TELEGRAM" })).await, "FORBIDDEN");
    assert_eq!(app.forbidden(bot, "forgetContact", json!({ "channel": "TELEGRAM", "address": "77" })).await, "FORBIDDEN");
    assert_eq!(app.forbidden(bot, "unlinkContact", json!({ "channel": "TELEGRAM", "address": "77" })).await, "FORBIDDEN");
    let service = json!({ "name": "x", "scopes": ["CONVERSE"], "serviceAccountId": post.bot.gid() });
    assert_eq!(app.refused(Some(&post.admin), "createAccessToken", service).await, "NOT_ALLOWED", "beside INTAKE only");
    post.finish().await;
}

#[tokio::test]
async fn a_bot_acts_for_whom_the_address_belongs_to_and_only_so_far() {
    let mut config = config();
    config.limits.writing = Rate { burst: 6, per_minute: 1 };
    config.limits.feedback = Rate { burst: 1, per_minute: 1 };
    let post = Post::with(config).await;
    let app = &post.app;
    let (department, officer) = app.department(&post.admin, "roads").await;
    let (author, anna) = (app.citizen("Vera").await, app.citizen("Anna").await);
    let initiative = app.voting(&author, &department, &officer, json!({})).await;
    let me = "{ me { id name accessTokens { id } } }";
    assert_eq!(refused(app, &post.acting_for("77"), me).await, "FORBIDDEN");
    post.link(&anna, "77").await;
    let acting = post.acting_for("77");
    let seen = app.query(Some(&acting), me, json!({})).await["me"].clone();
    assert_eq!((&seen["id"], &seen["accessTokens"]), (&json!(anna.gid()), &Value::Null));
    let vote = json!({ "initiativeId": initiative, "choices": [0] });
    assert_eq!(app.must(Some(&acting), "castVote", vote, "tally { ballots }").await["tally"]["ballots"], 1);
    app.must(Some(&acting), "follow", json!({ "subjectId": initiative }), "").await;
    let followed: i64 = sqlx::query_scalar("select count(*) from follows where participant_id = $1 and subject_id = $2")
        .bind(anna.id)
        .bind(key(&json!(initiative)))
        .fetch_one(app.db())
        .await
        .unwrap();
    assert_eq!(followed, 1);

    // Neither more than taking part, nor what the bot itself may do.
    assert_eq!(app.forbidden(Some(&acting), "submitFeedback", json!({ "text": "Не горит фонарь." })).await, "FORBIDDEN");
    assert_eq!(app.forbidden(Some(&acting), "createAccessToken", json!({ "name": "x", "scopes": ["READ"] })).await, "FORBIDDEN");
    assert_eq!(app.forbidden(Some(&acting), "updateProfile", json!({ "name": "Мэллори" })).await, "FORBIDDEN");
    let message = json!({ "channel": "TELEGRAM", "externalId": "1", "text": "Привет", "sender": { "address": "77" } });
    assert_eq!(app.forbidden(Some(&acting), "receiveMessage", message).await, "FORBIDDEN");
    // Nobody but a bot acts for somebody, and only for a known address of an account in use.
    let citizen = app.citizen("Mallory").await;
    for who in [&citizen, &post.admin] {
        assert_eq!(refused(app, &Person { acts_for: Some("TELEGRAM:77".into()), ..who.clone() }, me).await, "FORBIDDEN");
    }
    for named in ["TELEGRAM:78", "EMAIL:77", "77", "FAX:77", ""] {
        assert_eq!(refused(app, &Person { acts_for: Some(named.into()), ..post.bot.clone() }, me).await, "FORBIDDEN", "{named}");
    }

    // Her own rate holds; what the bot does itself has none.
    let follow = "mutation($input: FollowInput!) { follow(input: $input) { userErrors { code } } }";
    let mut codes = Vec::new();
    for _ in 0..8 {
        let answer = app.ask(Some(&acting), follow, json!({ "input": { "subjectId": initiative } })).await;
        codes.extend(answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned));
    }
    assert!(codes.iter().any(|code| code == "RATE_LIMITED"), "{codes:?}");
    let ticket = post.chat("90", "90:1", "Нет горячей воды.", json!({})).await;
    for n in 0..5 {
        let reply = json!({ "ticketId": ticket["ticketId"], "secret": ticket["secret"], "text": format!("Всё ещё нет, день {n}.") });
        app.must(Some(&post.bot), "replyToTicket", reply, "").await;
    }
    sqlx::query("update participants set disabled_at = veche_now() where id = $1").bind(anna.id).execute(app.db()).await.unwrap();
    assert_eq!(refused(app, &acting, me).await, "FORBIDDEN");
    post.finish().await;
}

#[tokio::test]
async fn who_asks_to_be_forgotten_is_and_what_they_wrote_stays() {
    let post = Post::start().await;
    let (app, bot) = (&post.app, Some(&post.bot));
    let anna = app.citizen("Anna").await;
    let first = post.chat("77", "77:1", "Не горит фонарь.", json!({ "conversation": "77" })).await;
    post.link(&anna, "77").await;
    app.run_jobs().await;
    let (contact, event): (Uuid, i64) =
        sqlx::query_as("select c.id, (select max(id) from audit_log) from contacts c where channel = 'TELEGRAM'")
            .fetch_one(app.db())
            .await
            .unwrap();
    sqlx::query(
        "insert into deliveries (id, event_id, kind, channel, contact_id, subject_type, subject_id) values ($1, $2, 'ticket-answered', 'TELEGRAM', $3, 'Ticket', $4)",
    )
    .bind(app.app.new_id())
    .bind(event)
    .bind(contact)
    .bind(key(&first["ticketId"]))
    .execute(app.db())
    .await
    .unwrap();
    // To the linked account a message went to the same chat.
    sqlx::query(
        "insert into deliveries (id, event_id, kind, channel, participant_id, subject_type, subject_id, state, external_id)
         values ($1, $2, 'ticket-answered', 'TELEGRAM', $3, 'Ticket', $4, 'SENT', '77/5')",
    )
    .bind(app.app.new_id())
    .bind(event)
    .bind(anna.id)
    .bind(key(&first["ticketId"]))
    .execute(app.db())
    .await
    .unwrap();
    assert_eq!(post.ticket(Some(&post.admin), &first).await["sender"], json!({ "address": "77", "name": "Аня" }));
    let input = json!({ "channel": "TELEGRAM", "address": "77" });
    assert_eq!(app.must(bot, "forgetContact", input.clone(), "tickets").await["tickets"], 1);
    assert_eq!(app.must(bot, "forgetContact", input, "tickets").await["tickets"], 0, "there is nobody any more");

    let ticket = post.ticket(Some(&post.admin), &first).await;
    assert_eq!((&ticket["sender"], &ticket["articles"]["nodes"][0]["body"]), (&Value::Null, &json!("Не горит фонарь.")));
    let (state, error): (String, String) =
        sqlx::query_as("select state, error from deliveries where contact_id = $1").bind(contact).fetch_one(app.db()).await.unwrap();
    assert_eq!((state.as_str(), error.as_str()), ("FAILED", "forgotten"));
    let why = "{ failedDeliveries(first: 10) { nodes { error } } }";
    for (locale, words) in [("ru", "человек попросил забыть его данные"), ("en", "they asked to be forgotten")]
    {
        let (_, failed) = app.ask_in(locale, Some(&post.admin), why, json!({})).await;
        assert_eq!(failed["data"]["failedDeliveries"]["nodes"], json!([{ "error": words }]));
    }
    let chats: i64 = sqlx::query_scalar("select count(*) from deliveries where external_id like '77/%'").fetch_one(app.db()).await.unwrap();
    assert_eq!(chats, 0);
    let left: bool = sqlx::query_scalar(
        "select name_sealed is null and participant_id is null and forgotten_at is not null from contacts where id = $1",
    )
    .bind(contact)
    .fetch_one(app.db())
    .await
    .unwrap();
    assert!(left);
    let named: i64 =
        sqlx::query_scalar("select (select count(*) from conversations) + (select count(*) from articles where external_id is not null)")
            .fetch_one(app.db())
            .await
            .unwrap();
    assert_eq!(named, 0, "the ids of Telegram are made of the address");
    assert_eq!(refused(app, &post.acting_for("77"), "{ me { id } }").await, "FORBIDDEN");
    // Whoever writes again is somebody new: nothing of before is theirs.
    let again = post.chat("77", "77:2", "Это снова я.", json!({ "references": ["77:1"] })).await;
    assert_eq!(again["followUp"], false);
    let look = "{ correspondent(channel: TELEGRAM, address: \"77\") { linked tickets { nodes { number } } } }";
    let seen = app.query(bot, look, json!({})).await["correspondent"].clone();
    assert_eq!(seen, json!({ "linked": false, "tickets": { "nodes": [{ "number": again["number"] }] } }));
    post.finish().await;
}

#[tokio::test]
async fn texts_are_kept_whatever_they_are() {
    let mut config = config();
    config.feedback.message_chars = 100;
    let post = Post::with(config).await;
    let emoji = post.chat("1", "1:1", "🔥🔥🔥", json!({})).await;
    assert_eq!(post.flags(&emoji).await, json!(["NO_WORDS"]));
    let tricks = post.chat("1", "1:2", "Счёт\u{202E}fdp.exe\u{200B} открыть", json!({})).await;
    assert_eq!(post.flags(&tricks).await, json!(["HIDDEN_CHARACTERS"]));
    assert_eq!(post.articles(&tricks).await[0]["body"], "Счётfdp.exe открыть");
    let long = "слово ".repeat(80_000);
    let cut = post.chat("1", "1:3", &long, json!({ "quotation": "> что было" })).await;
    assert_eq!(post.flags(&cut).await, json!(["TRUNCATED"]));
    let article = post.articles(&cut).await[0].clone();
    assert_eq!((text_of(&article["body"]).chars().count(), &article["quotation"]), (100, &json!("> что было")));
    let file = &article["attachments"][0];
    assert_eq!((&file["name"], &file["contentType"]), (&json!("message.txt"), &json!("text/plain")));
    let whole = post.app.http.get(format!("{}?secret={}", text_of(&file["url"]), text_of(&cut["secret"]))).send().await.unwrap();
    assert_eq!(whole.text().await.unwrap(), long.trim());
    // A quotation is for the two sides of the conversation.
    let public = post.chat("1", "1:4", "Для всех.", json!({ "quotation": "> личное", "public": true })).await;
    assert_eq!(post.ticket(None, &public).await["articles"]["nodes"][0]["quotation"], "");
    let variables = json!({ "number": public["number"], "secret": public["secret"] });
    let own = post.app.query(None, TICKET, variables).await["ticket"]["articles"]["nodes"][0].clone();
    assert_eq!((&own["quotation"], &own["flags"]), (&json!("> личное"), &json!([])));

    let empty = json!({ "channel": "TELEGRAM", "externalId": "1:5", "text": " \u{200B}\n", "sender": { "address": "1" } });
    assert_eq!(post.app.refused(Some(&post.bot), "receiveMessage", empty).await, "REQUIRED");
    let photo = json!({ "attachments": [{ "name": "pit.png", "contentType": "image/png", "content": "iVBORw0KGgo=" }] });
    let only = post.chat("1", "1:6", "", photo).await;
    let article = post.articles(&only).await[0].clone();
    assert_eq!((&article["body"], &article["flags"]), (&json!("(Without words. Files: pit.png.)"), &json!(["NO_WORDS"])));
    post.finish().await;
}

#[tokio::test]
async fn programs_are_refused_with_a_word_to_the_sender() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let mut config = config();
    (config.feedback.attachments, config.limits.upload_bytes) = (3, 1000);
    let post = Post::with(config).await;
    let app = &post.app;
    let file = |name: &str, content: &[u8]| json!({ "name": name, "contentType": "application/pdf", "content": STANDARD.encode(content) });
    let upload = async |who: &Person, name: &str, content: &'static [u8]| {
        let request = who.sign(app.http.post(app.url(&format!("/files?name={name}"))).header("x-veche-upload", "1"));
        let response = request.body(content).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let (_, stored) = upload(&post.bot, "b.exe", b"MZ\x90\0").await;
    let (_, good) = upload(&post.bot, "d.txt", b"text").await;
    let more = json!({
        "attachments": [file("../../смета.pdf", b"%PDF-1.7"), file("a.pdf", b"\x7fELF\x02"), file("run.bat", b"del"), file("m.docm", b"PK"), file("e.txt", b""),
                        file("big.txt", &[b'a'; 1001]), file("c.txt", b"c")],
        "attachmentIds": [stored["id"], good["id"]],
        "refusedFiles": [{ "name": "film.mp4", "reason": "TOO_LARGE" }],
    });
    let sent = post.mail("anna@example.org", "m1@x", "Смета во вложении.", more.clone()).await;
    let refused = |name: &str, reason: &str| json!({ "name": name, "reason": reason });
    let expected = json!([
        refused("film.mp4", "TOO_LARGE"),
        refused("a.pdf", "EXECUTABLE"),
        refused("run.bat", "EXECUTABLE"),
        refused("m.docm", "EXECUTABLE"),
        refused("e.txt", "EMPTY"),
        refused("big.txt", "TOO_LARGE"),
        refused("b.exe", "EXECUTABLE"),
    ]);
    assert_eq!(sent["refusedFiles"], expected);
    let article = post.articles(&sent).await[0].clone();
    assert_eq!(article["refusedFiles"], expected);
    let kept: Vec<(String, String)> =
        article["attachments"].as_array().unwrap().iter().map(|f| (text_of(&f["name"]), text_of(&f["contentType"]))).collect();
    let pairs = [("смета.pdf", "application/pdf"), ("c.txt", "text/plain"), ("d.txt", "text/plain")];
    assert_eq!(kept.len(), 3, "{kept:?}");
    assert!(pairs.iter().all(|(name, kind)| kept.contains(&((*name).to_owned(), (*kind).to_owned()))), "{kept:?}");
    let again = post.mail("anna@example.org", "m1@x", "Смета во вложении.", more).await;
    assert_eq!((&again["stored"], &again["refusedFiles"]), (&json!(false), &expected), "a repeated call is told the same");
    let many = json!({ "attachments": (0..5).map(|n| file(&format!("{n}.txt"), b"x")).collect::<Vec<_>>() });
    let sent = post.mail("anna@example.org", "m2@x", "Много файлов.", many).await;
    assert_eq!(sent["refusedFiles"], json!([refused("3.txt", "TOO_MANY"), refused("4.txt", "TOO_MANY")]));

    // Nor does a bot bring one into a ticket in another way.
    let (_, program) = upload(&post.bot, "c.exe", b"MZ\x90\0").await;
    let reply = json!({ "ticketId": sent["ticketId"], "secret": sent["secret"], "text": "И ещё файл.", "attachmentIds": [program["id"]] });
    assert_eq!(app.refused(Some(&post.bot), "replyToTicket", reply).await, "DANGEROUS_FILE");

    // People are told at once, by the name of the file.
    let anna = app.citizen("Anna").await;
    let (status, told) = upload(&anna, "virus.exe", b"x").await;
    assert_eq!(status, 400);
    assert!(text_of(&told["error"]).contains("virus.exe"), "{told}");
    let input = json!({ "text": "Посмотрите файл.", "attachments": [file("run.js", b"x")] });
    for (locale, word) in [("en", "program"), ("ru", "программа")] {
        let query = "mutation($input: SubmitFeedbackInput!) { submitFeedback(input: $input) { userErrors { code message path } } }";
        let (_, answer) = app.ask_in(locale, None, query, json!({ "input": input })).await;
        let error = &answer["data"]["submitFeedback"]["userErrors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!("DANGEROUS_FILE"), &json!(["attachments", "0", "content"])));
        let message = text_of(&error["message"]);
        assert!(message.contains("run.js") && message.contains(word), "{message}");
    }
    post.finish().await;
}

/// Speaks as ClamAV's daemon does; finds what holds `EICAR`. Gives its address and how many files it saw.
async fn clamd() -> (String, Arc<AtomicUsize>) {
    async fn speak(mut stream: TcpStream, seen: &AtomicUsize) -> std::io::Result<()> {
        let mut command = [0; 10];
        stream.read_exact(&mut command).await?;
        assert_eq!(&command, b"zINSTREAM\0");
        let mut content = Vec::new();
        loop {
            let size = stream.read_u32().await? as usize;
            if size == 0 {
                break;
            }
            let start = content.len();
            content.resize(start + size, 0);
            stream.read_exact(&mut content[start..]).await?;
        }
        seen.fetch_add(1, Ordering::Relaxed);
        let found = content.windows(5).any(|w| w == b"EICAR");
        stream.write_all(if found { "stream: Eicar-Test-Signature FOUND\0" } else { "stream: OK\0" }.as_bytes()).await
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let counter = counter.clone();
            tokio::spawn(async move { speak(stream, &counter).await.unwrap() });
        }
    });
    (format!("tcp:{address}"), seen)
}

#[tokio::test]
async fn the_scanner_looks_before_anybody_reads_and_keeps_apart_what_it_finds() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let (place, seen) = clamd().await;
    let mut config = config();
    config.attachments.clamd = place;
    let post = Post::with(config).await;
    let app = &post.app;
    let (_, expert) = app.group(&post.admin, "housing").await;
    let file = |name: &str, content: &[u8]| json!({ "name": name, "contentType": "text/plain", "content": STANDARD.encode(content) });
    let big = vec![b'a'; 200_000];
    let more = json!({ "attachments": [file("good.txt", &big), file("bad.txt", b"X5O EICAR")] });
    let sent = post.mail("anna@example.org", "m1@x", "Два файла.", more).await;
    let files = post.articles(&sent).await[0]["attachments"].clone();
    let find = |name: &str| files.as_array().unwrap().iter().find(|f| f["name"] == name).unwrap().clone();
    let (good, bad) = (find("good.txt"), find("bad.txt"));
    assert_eq!((&good["pending"], &good["quarantined"]), (&json!(true), &json!(false)));
    let read = async |who: Option<&Person>, file: &Value, secret: bool| {
        let address = if secret { format!("{}?secret={}", text_of(&file["url"]), text_of(&sent["secret"])) } else { text_of(&file["url"]) };
        let request = app.http.get(address);
        who.iter().fold(request, |r, who| who.sign(r)).send().await.unwrap().status().as_u16()
    };
    for who in [&expert, &post.admin] {
        assert_eq!(read(Some(who), &good, false).await, 404, "nobody has looked yet");
    }
    assert_eq!(read(None, &good, true).await, 404);
    app.run_jobs().await;
    assert_eq!(seen.load(Ordering::Relaxed), 2);
    assert_eq!((read(Some(&expert), &good, false).await, read(None, &good, true).await), (200, 200));
    assert_eq!(
        (read(Some(&expert), &bad, false).await, read(None, &bad, true).await, read(Some(&post.admin), &bad, false).await),
        (404, 404, 200)
    );
    let article = post.articles(&sent).await[0].clone();
    let quarantined: Vec<&Value> = article["attachments"].as_array().unwrap().iter().filter(|f| f["quarantined"] == true).collect();
    assert_eq!((quarantined.len(), &quarantined[0]["name"]), (1, &json!("bad.txt")));
    assert_eq!(article["refusedFiles"], json!([{ "name": "bad.txt", "reason": "INFECTED" }]));

    // What was uploaded is its owner's to read meanwhile, and is swept up where nothing takes it.
    let request = expert.sign(app.http.post(app.url("/files?name=loose.txt")).header("x-veche-upload", "1"));
    let loose: Value = request.body("loose EICAR").send().await.unwrap().json().await.unwrap();
    let loose = json!({ "url": app.url(&format!("/files/{}", key(&loose["id"]))) });
    assert_eq!(read(Some(&expert), &loose, false).await, 200);
    app.run_jobs().await;
    assert_eq!(read(Some(&expert), &loose, false).await, 404);
    let counts = async || -> (i64, i64) {
        sqlx::query_as("select (select count(*) from attachments), (select count(*) from blobs)").fetch_one(app.db()).await.unwrap()
    };
    let sweep = async || {
        sqlx::query("select graphile_worker.add_job('sweep_files', '{}'::json)").execute(app.db()).await.unwrap();
        app.run_jobs().await;
    };
    sweep().await;
    assert_eq!(counts().await, (3, 3), "it is not old yet");
    app.advance(2).await;
    sweep().await;
    assert_eq!(counts().await, (2, 2));
    post.finish().await;
}

#[tokio::test]
async fn what_could_not_be_read_is_kept_once_for_administrators() {
    let post = Post::start().await;
    let (app, bot) = (&post.app, Some(&post.bot));
    let input = json!({ "channel": "EMAIL", "externalId": "m1@x", "reason": "TOO_DEEP", "content": "AAEC/w==" });
    assert_eq!(app.must(bot, "keepUnreadableMessage", input.clone(), "kept").await["kept"], true);
    assert_eq!(app.must(bot, "keepUnreadableMessage", input.clone(), "kept").await["kept"], false);
    let nothing = json!({ "channel": "EMAIL", "externalId": "m2@x", "reason": "EMPTY" });
    assert_eq!(app.refused(bot, "keepUnreadableMessage", nothing).await, "REQUIRED");
    let web = json!({ "channel": "WEB", "externalId": "m2@x", "reason": "EMPTY", "content": "AAEC" });
    assert_eq!(app.refused(bot, "keepUnreadableMessage", web).await, "NOT_ALLOWED");
    // A larger one is uploaded before, whatever it looks like.
    let request = post.bot.sign(app.http.post(app.url("/files?name=raw.exe")).header("x-veche-upload", "1"));
    let file: Value = request.body(&b"MZ\x00\x01"[..]).send().await.unwrap().json().await.unwrap();
    let by_file = json!({ "channel": "EMAIL", "externalId": "m3@x", "reason": "TOO_MANY_PARTS", "attachmentId": file["id"] });
    assert_eq!(app.must(bot, "keepUnreadableMessage", by_file, "kept").await["kept"], true);

    let list = "query($unseen: Boolean!) { unreadableMessages(unseenOnly: $unseen) { totalCount nodes { id channel externalId reason size seenAt url } } }";
    let look = async |unseen: bool| app.query(Some(&post.admin), list, json!({ "unseen": unseen })).await["unreadableMessages"].clone();
    let found = look(true).await;
    assert_eq!(found["totalCount"], 2);
    let (newest, oldest) = (&found["nodes"][0], &found["nodes"][1]);
    assert_eq!(
        (&newest["externalId"], &newest["size"], &oldest["reason"], &oldest["size"]),
        (&json!("m3@x"), &json!(4), &json!("TOO_DEEP"), &json!(4))
    );
    let id = key(&oldest["id"]);
    assert_eq!(text_of(&oldest["url"]), app.url(&format!("/admin/unreadable/{id}")));
    let viewer = async |who: &Person| identity::authenticate(&app.app, &who.token, None, None).await.unwrap();
    assert_eq!(channels::unreadable_raw(&app.app, &viewer(&post.admin).await, id).await.unwrap(), [0, 1, 2, 255]);
    let raw = channels::unreadable_raw(&app.app, &viewer(&post.admin).await, key(&newest["id"])).await.unwrap();
    assert_eq!(raw, b"MZ\x00\x01");
    for who in [&post.bot, &app.citizen("Gleb").await] {
        assert!(matches!(channels::unreadable_raw(&app.app, &viewer(who).await, id).await, Err(Error::Forbidden)));
    }
    let sealed: Vec<u8> =
        sqlx::query_scalar("select sealed from unreadable_messages where id = $1").bind(id).fetch_one(app.db()).await.unwrap();
    assert!(!sealed.windows(4).any(|w| w == [0, 1, 2, 255]), "it holds personal data");
    let seen = app.must(Some(&post.admin), "markUnreadableSeen", json!({ "id": oldest["id"] }), "message { seenAt }").await;
    assert!(seen["message"]["seenAt"].is_string());
    assert_eq!((look(true).await["totalCount"].clone(), look(false).await["totalCount"].clone()), (json!(1), json!(2)));
    post.finish().await;
}

#[tokio::test]
async fn bots_report_how_they_do() {
    let post = Post::start().await;
    let (app, bot) = (&post.app, Some(&post.bot));
    let said = |name: &str, state: &str, received: i64| {
        json!({ "channel": "EMAIL", "name": name, "state": state, "detail": if state == "OK" { "" } else { "connection refused" },
                "received": received, "ignored": 1 })
    };
    const REPORT: &str = "report { name state detail received ignored alive }";
    app.must(bot, "reportChannel", said("inbox@example.org", "OK", 3), REPORT).await;
    app.must(bot, "reportChannel", said("inbox@example.org", "OK", 5), REPORT).await;
    // It was started anew, and counts from nought.
    let report = app.must(bot, "reportChannel", said("inbox@example.org", "FAILING", 2), REPORT).await["report"].clone();
    let expected = json!({ "name": "inbox@example.org", "state": "FAILING", "detail": "connection refused", "received": 7, "ignored": 1, "alive": true });
    assert_eq!(report, expected);
    app.must(bot, "reportChannel", said("other@example.org", "OK", 0), "").await;
    assert_eq!(app.refused(bot, "reportChannel", said("x", "OK", -1)).await, "OUT_OF_RANGE");
    let all = "{ channels { channel name alive } }";
    assert_eq!(app.query(Some(&post.admin), all, json!({})).await["channels"].as_array().unwrap().len(), 2);
    app.advance(1).await;
    assert_eq!(app.query(Some(&post.admin), all, json!({})).await["channels"][0]["alive"], false);
    post.finish().await;
}
