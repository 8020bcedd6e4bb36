//! Personal data that somebody wrote for all to read: seen by the machine, hidden by experts, kept for those whom it concerns.

use serde_json::{Value, json};

use crate::support::{Person, TestApp, text_of};

const SUBJECT: &str = "Иванова Мария Петровна просит починить фонарь";
const BODY: &str =
    "Не горит фонарь у школы напротив дома Кузьмича, вечером очень темно.\nЗвоните: +7 912 345-67-89, кв. 12.\nЕщё раз: +7 912 345-67-89!";
const MASKED: &str = "Не горит фонарь у школы напротив дома […], вечером очень темно.\nЗвоните: […], […].\nЕщё раз: […]!";
const TICKET: &str = "query($number: String!, $secret: String) { ticket(number: $number, secret: $secret) { subject
    articles(first: 50) { nodes { id direction body mine maskedAt original originalSubject personalData { kind text } } } } }";

async fn read(app: &TestApp, who: Option<&Person>, number: &str, secret: Option<&str>) -> Value {
    app.query(who, TICKET, json!({ "number": number, "secret": secret })).await["ticket"].clone()
}

/// The first message as somebody reads it.
async fn first(app: &TestApp, who: Option<&Person>, number: &str) -> Value {
    read(app, who, number, None).await["articles"]["nodes"][0].clone()
}

/// Where the database holds a text in the clear: every column of every table.
async fn places(app: &TestApp, text: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', table_schema, table_name) from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema in ('public', 'graphile_worker')",
    )
    .fetch_all(app.db())
    .await
    .unwrap();
    assert!(tables.len() > 40, "{tables:?}");
    let mut found = Vec::new();
    for table in tables {
        let query = sqlx::AssertSqlSafe(format!("select count(*) from {table} t where strpos(lower(t::text), lower($1)) > 0"));
        let count: i64 = sqlx::query_scalar(query).bind(text).fetch_one(app.db()).await.unwrap();
        if count > 0 {
            found.push(table);
        }
    }
    found
}

struct Square {
    app: TestApp,
    expert: Person,
    other_expert: Person,
    author: Person,
    stranger: Person,
    number: String,
}

impl Square {
    /// A public ticket of a citizen in the hands of a group, followed by a stranger.
    async fn make() -> Self {
        let app = TestApp::start().await;
        let admin = app.administrator().await;
        let (group, expert) = app.group(&admin, "housing").await;
        let (_, other_expert) = app.group(&admin, "parks").await;
        let (author, stranger) = (app.citizen("Anna").await, app.citizen("Gleb").await);
        let input = json!({ "subject": SUBJECT, "text": BODY, "public": true });
        let sent = app.must(Some(&author), "submitFeedback", input, "submitted { number ticket { id } }").await["submitted"].clone();
        let (number, ticket) = (text_of(&sent["number"]), text_of(&sent["ticket"]["id"]));
        app.must(Some(&stranger), "follow", json!({ "subjectId": ticket }), "").await;
        app.run_jobs().await;
        app.must(Some(&admin), "routeTicket", json!({ "ticketId": ticket, "groupId": group }), "").await;
        app.must(Some(&expert), "replyToTicket", json!({ "ticketId": ticket, "text": "Починим завтра." }), "").await;
        app.run_jobs().await;
        Self { app, expert, other_expert, author, stranger, number }
    }
}

#[tokio::test]
async fn an_expert_hides_what_everybody_could_read_and_shows_it_again() {
    let square = Square::make().await;
    let Square { app, expert, other_expert, author, stranger, number } = &square;
    let told =
        async |who: &Person| app.query(Some(who), "{ notifications(first: 20) { nodes { title body } } }", json!({})).await.to_string();
    assert!(told(stranger).await.contains("Петровна"));
    assert!(places(app, "Кузьмич").await.contains(&"public.cluster_lines".to_owned()), "else the journey shows nothing");

    // The machine sees it, for those who work on the ticket.
    let seen = first(app, Some(expert), number).await;
    let (article, answer) = (seen["id"].clone(), read(app, Some(expert), number, None).await["articles"]["nodes"][1].clone());
    let passage = |kind: &str, text: &str| json!({ "kind": kind, "text": text });
    let found = [passage("NAME", "Иванова Мария Петровна"), passage("PHONE", "+7 912 345-67-89"), passage("FLAT", "кв. 12")];
    assert_eq!((&seen["personalData"], &seen["maskedAt"], &seen["original"]), (&json!(found), &Value::Null, &Value::Null));
    assert_eq!((&answer["direction"], &answer["personalData"]), (&json!("OUT"), &Value::Null));
    for who in [None, Some(stranger), Some(author), Some(other_expert)] {
        assert_eq!(first(app, who, number).await["personalData"], Value::Null);
    }

    // Who does not may not hide it; what is not there cannot be.
    let hide = |passages: &[&str]| json!({ "articleId": article, "passages": passages });
    assert_eq!(app.forbidden(Some(stranger), "maskArticle", hide(&["кв. 12"])).await, "FORBIDDEN");
    assert_eq!(app.forbidden(Some(author), "unmaskArticle", json!({ "articleId": article })).await, "FORBIDDEN");
    assert_eq!(app.refused(Some(other_expert), "maskArticle", hide(&["кв. 12"])).await, "NOT_ALLOWED");
    assert_eq!(app.refused(Some(other_expert), "unmaskArticle", json!({ "articleId": article })).await, "NOT_ALLOWED");
    assert_eq!(app.refused(Some(expert), "unmaskArticle", json!({ "articleId": article })).await, "WRONG_STATE");
    assert_eq!(app.refused(Some(expert), "maskArticle", hide(&[])).await, "WRONG_COUNT");
    let on_answer = json!({ "articleId": answer["id"], "passages": ["Починим"] });
    assert_eq!(app.refused(Some(expert), "maskArticle", on_answer).await, "NOT_FOUND");
    let refused = app.mutate(Some(expert), "maskArticle", hide(&["кв. 12", "кв. 13"]), "").await["userErrors"][0].clone();
    assert_eq!((&refused["code"], &refused["path"]), (&json!("NOT_FOUND"), &json!(["passages", "1"])));
    assert!(text_of(&refused["message"]).contains("no. 2"), "{refused}");

    // On the work page everything found is ticked; something else is written beside it.
    let (desk, page) = (app.browser_of(expert), format!("/queue/tickets/{number}"));
    desk.get(&page).await.says("Everybody can read this").says("telephone number: <b>+7 912 345-67-89</b>");
    let nothing = desk.submit(&page, &[("passages", ""), ("other", "дома Ильича"), ("act", "mask")]).await;
    assert_eq!(nothing.status, 422);
    nothing.says("value=\"дома Ильича\"");
    let done = desk.submit(&page, &[("other", " Кузьмича"), ("act", "mask")]).await;
    assert_eq!(done.status, 200, "{}", done.text);
    done.says("Personal data are hidden here since").says("As the author wrote it").says("Звоните: […], […].");
    app.run_jobs().await;

    // To everybody else it is gone, wherever it is told.
    let subject = "[…] просит починить фонарь";
    for who in [None, Some(stranger), Some(other_expert)] {
        let ticket = read(app, who, number, None).await;
        let message = &ticket["articles"]["nodes"][0];
        assert_eq!((&ticket["subject"], &message["body"]), (&json!(subject), &json!(MASKED)));
        assert!(message["maskedAt"].is_string() && message["original"].is_null() && message["originalSubject"].is_null(), "{message}");
    }
    let public = app.browser().get(&format!("/tickets/{number}")).await;
    public.says("Some personal data was hidden by the working group.").says(subject);
    assert!(!public.text.contains("As the author wrote it"));
    for page in [public, app.browser().get("/tickets").await, app.browser().get("/clusters").await] {
        for hidden in ["345-67-89", "Петровна", "Кузьмич", "кв. 12"] {
            assert!(!page.text.contains(hidden), "{}: {hidden}", page.path);
        }
    }
    let search = "{ search(query: \"Кузьмич\") { nodes { rank } } }";
    assert_eq!(app.query(Some(other_expert), search, json!({})).await["search"]["nodes"], json!([]));
    assert!(!told(stranger).await.contains("Петровна"));
    for hidden in ["345-67-89", "Петровна", "Кузьмич", "кв. 12"] {
        assert_eq!(places(app, hidden).await, Vec::<String>::new(), "{hidden}");
    }
    let log = "{ auditLog(filter: { actions: [\"article.masked\", \"article.unmasked\"] }) { nodes { action details subject { ... on Ticket { number } } } } }";
    let entry = app.query(None, log, json!({})).await["auditLog"]["nodes"][0].clone();
    assert_eq!(entry, json!({ "action": "article.masked", "details": { "passages": 4 }, "subject": { "number": number } }));

    // Its author and those who work on it read on; hiding more keeps what was first.
    app.must(Some(expert), "maskArticle", hide(&["у школы"]), "ticket { updatedAt }").await;
    for who in [author, expert] {
        let message = first(app, Some(who), number).await;
        assert_eq!((&message["original"], &message["originalSubject"]), (&json!(BODY), &json!(SUBJECT)));
        assert_eq!(message["body"], MASKED.replace("у школы", "[…]"));
    }
    app.browser_of(author)
        .get(&format!("/tickets/{number}"))
        .await
        .says("Only you and the working group see this.")
        .says("+7 912 345-67-89");
    assert_eq!(app.refused(Some(expert), "maskArticle", hide(&["кв. 12"])).await, "NOT_FOUND");

    let shown = desk.submit(&page, &[("act", "unmask")]).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    app.run_jobs().await;
    let again = read(app, Some(stranger), number, None).await;
    let message = &again["articles"]["nodes"][0];
    assert_eq!((&again["subject"], &message["body"], &message["maskedAt"]), (&json!(SUBJECT), &json!(BODY), &Value::Null));
    assert_eq!(first(app, Some(author), number).await["original"], Value::Null);
    assert!(told(stranger).await.contains("Петровна"));
    let kept: i64 = sqlx::query_scalar("select count(*) from article_originals").fetch_one(app.db()).await.unwrap();
    assert_eq!(kept, 0);
    assert_eq!(app.query(None, log, json!({})).await["auditLog"]["nodes"][0]["action"], "article.unmasked");
    app.finish().await;
}

#[tokio::test]
async fn whoever_holds_the_secret_reads_their_own_words() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let input = json!({ "channel": "WEB", "text": "Протекает крыша, мой телефон 8 912 345-67-89.", "public": true });
    let sent = app.must(None, "submitFeedback", input, "submitted { number secret ticket { id } }").await["submitted"].clone();
    let (number, secret) = (text_of(&sent["number"]), text_of(&sent["secret"]));
    // Also while the machine has not read it yet; the subject is its beginning.
    let article = first(&app, Some(&admin), &number).await["id"].clone();
    let input = json!({ "articleId": article, "passages": ["8 912 345-67-89"], "clientMutationId": "hide-once" });
    for _ in 0..2 {
        app.must(Some(&admin), "maskArticle", input.clone(), "").await;
    }
    let more = json!({ "ticketId": sent["ticket"]["id"], "text": "Телефон ещё раз: 8 912 345-67-89.", "secret": secret });
    app.must(None, "replyToTicket", more, "").await;
    app.run_jobs().await;
    let ticket = read(&app, None, &number, Some(&secret)).await;
    let (own, later) = (&ticket["articles"]["nodes"][0], &ticket["articles"]["nodes"][1]);
    assert_eq!((&ticket["subject"], &own["body"]), (&json!("Протекает крыша, мой телефон […]."), &ticket["subject"]));
    assert_eq!((&own["mine"], &own["original"]), (&json!(true), &json!("Протекает крыша, мой телефон 8 912 345-67-89.")));
    assert_eq!(own["originalSubject"], own["original"]);
    assert_eq!(read(&app, None, &number, Some("wrong")).await["articles"]["nodes"][0]["original"], Value::Null);
    // A follow-up has no part in the subject.
    assert_eq!(later["maskedAt"], Value::Null);
    let input = json!({ "articleId": later["id"], "passages": ["8 912 345-67-89"] });
    app.must(Some(&admin), "maskArticle", input, "").await;
    app.must(Some(&admin), "unmaskArticle", json!({ "articleId": later["id"] }), "").await;
    let ticket = read(&app, None, &number, None).await;
    assert_eq!(ticket["subject"], "Протекает крыша, мой телефон […].");
    assert_eq!(ticket["articles"]["nodes"][1]["body"], "Телефон ещё раз: 8 912 345-67-89.");
    app.run_jobs().await;
    app.finish().await;
}
