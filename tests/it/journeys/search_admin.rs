//! What administrators do with search: words that mean the same, indexes made anew, how indexes fare.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinHandle};
use veche::search;

use crate::support::{Person, TestApp, config, text_of};

const FIND: &str = "query($query: String!) { search(query: $query, filter: { kinds: [TICKET] }, first: 50) { totalCount plain nodes { excerpt { text hit } } } }";
const INDEXES: &str = "{ searchIndexes { name engine version documents lagSeconds waiting filling { done expected } ready error alive } }";
const SYNONYMS: &str = "{ searchSynonyms { id words updatedAt } }";

/// A server that keeps its index.
struct Following {
    end: watch::Sender<bool>,
    running: JoinHandle<()>,
}

impl Following {
    fn of(app: &TestApp) -> Self {
        let (end, ended) = watch::channel(false);
        Self { end, running: tokio::spawn(search::follow(app.app.clone(), ended)) }
    }

    async fn stop(self) {
        self.end.send(true).unwrap();
        self.running.await.unwrap();
    }
}

/// Waits until an answer is as it should be.
async fn until(app: &TestApp, who: Option<&Person>, query: &str, variables: Value, fits: impl Fn(&Value) -> bool) -> Value {
    let mut answer = Value::Null;
    for _ in 0..300 {
        answer = app.query(who, query, variables.clone()).await;
        if fits(&answer) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{query} with {variables} stays {answer}");
}

async fn found(app: &TestApp, words: &str, count: u64) -> Value {
    let fits = |answer: &Value| answer["search"]["totalCount"] == count && answer["search"]["plain"] == false;
    until(app, None, FIND, json!({ "query": words }), fits).await["search"].clone()
}

/// Waits until so many indexes are as is wanted, and gives them.
async fn ready(app: &TestApp, admin: &Person, count: usize) -> Vec<Value> {
    let fits = |answer: &Value| {
        let indexes = answer["searchIndexes"].as_array().unwrap();
        indexes.len() == count && indexes.iter().all(|index| index["ready"] == true)
    };
    until(app, Some(admin), INDEXES, json!({}), fits).await["searchIndexes"].as_array().unwrap().clone()
}

async fn write(app: &TestApp, author: &Person, text: &str) {
    app.must(Some(author), "submitFeedback", json!({ "text": text, "public": true }), "submitted { number }").await;
}

#[tokio::test]
async fn words_that_mean_the_same_are_found_together() {
    let app = TestApp::start().await;
    let (admin, anna) = (app.administrator().await, app.citizen("Anna").await);
    write(&app, &anna, "Брошенный кикшеринг мешает пройти по аллее").await;
    write(&app, &anna, "Средства индивидуальной мобильности гоняют по набережной").await;
    let following = Following::of(&app);
    found(&app, "кикшеринга", 1).await;
    found(&app, "самокатами", 0).await;

    // What every installation begins with is there, and works.
    let shipped = app.query(Some(&admin), SYNONYMS, json!({})).await["searchSynonyms"].clone();
    assert!(shipped.as_array().unwrap().len() >= 12, "{shipped}");

    let words = json!({ "words": [" самокаты", "кикшеринг", "индивидуальная мобильность", "самокат"] });
    assert_eq!(app.forbidden(Some(&anna), "createSearchSynonyms", words.clone()).await, "FORBIDDEN");
    assert_eq!(app.forbidden(None, "createSearchSynonyms", words.clone()).await, "UNAUTHENTICATED");
    let made = app.must(Some(&admin), "createSearchSynonyms", words, "synonyms { id words }").await["synonyms"].clone();
    // A word counts once, whatever its form.
    assert_eq!(made["words"], json!(["самокаты", "кикшеринг", "индивидуальная мобильность"]));
    let both = found(&app, "самокатами", 2).await;
    let marked: Vec<String> = both["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|hit| hit["excerpt"].as_array().unwrap())
        .filter(|segment| segment["hit"] == true)
        .map(|segment| text_of(&segment["text"]))
        .collect();
    for word in ["кикшеринг", "индивидуальной", "мобильности"] {
        assert!(marked.iter().any(|piece| piece.contains(word)), "{word} is not marked: {marked:?}");
    }
    found(&app, "индивидуальную мобильность", 2).await;
    // Half of an expression is another word, and a phrase in quotes stands there as it is.
    found(&app, "индивидуальная", 1).await;
    found(&app, "\"самокат у школы\"", 0).await;

    let input = |words: Value| json!({ "words": words });
    for (words, code, path) in [
        (json!([]), "WRONG_COUNT", json!(["words"])),
        (json!(["трамвай"]), "WRONG_COUNT", json!(["words"])),
        (json!(["трамвай", "трамваи"]), "WRONG_COUNT", json!(["words"])),
        (json!(vec!["трамвай"; 21]), "WRONG_COUNT", json!(["words"])),
        (json!(["трамвай", "на"]), "INVALID_FORMAT", json!(["words", "1"])),
        (json!(["трамвай", "очень длинное большое выражение"]), "INVALID_FORMAT", json!(["words", "1"])),
        (json!(["трамвай", " "]), "REQUIRED", json!(["words", "1"])),
        (json!(["т".repeat(61), "трамвай"]), "TOO_LONG", json!(["words", "0"])),
        (json!(["трамвай", "кикшерингом"]), "ALREADY_EXISTS", json!(["words", "1"])),
    ] {
        let payload = app.mutate(Some(&admin), "createSearchSynonyms", input(words.clone()), "synonyms { id }").await;
        let error = &payload["userErrors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!(code), &path), "{words}: {payload}");
    }

    let id = made["id"].clone();
    let change = json!({ "synonymsId": id, "words": ["самокат", "электросамокат"] });
    assert_eq!(app.forbidden(Some(&anna), "updateSearchSynonyms", change.clone()).await, "FORBIDDEN");
    app.must(Some(&admin), "updateSearchSynonyms", change, "synonyms { words }").await;
    found(&app, "самокатами", 0).await;
    let gone = json!({ "synonymsId": id });
    assert_eq!(app.forbidden(Some(&anna), "deleteSearchSynonyms", gone.clone()).await, "FORBIDDEN");
    app.must(Some(&admin), "deleteSearchSynonyms", gone.clone(), "synonymsId").await;
    assert_eq!(app.refused(Some(&admin), "deleteSearchSynonyms", gone).await, "NOT_FOUND");
    let again = json!({ "synonymsId": id, "words": ["самокат", "электросамокат"] });
    assert_eq!(app.refused(Some(&admin), "updateSearchSynonyms", again).await, "NOT_FOUND");

    let log = "query($action: String!) { auditLog(filter: { action: $action }) { nodes { subjectKind details } } }";
    for action in ["search.synonyms_created", "search.synonyms_updated", "search.synonyms_deleted"] {
        let lines = app.query(Some(&admin), log, json!({ "action": action })).await["auditLog"]["nodes"].clone();
        assert_eq!((lines.as_array().unwrap().len(), &lines[0]["subjectKind"]), (1, &json!("SEARCH_SYNONYMS")), "{action}");
    }
    following.stop().await;
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn every_index_is_made_anew_and_nothing_is_missing_meanwhile() {
    let app = TestApp::start().await;
    let other = TestApp::on(app.options.clone(), config()).await;
    let (admin, anna) = (app.administrator().await, app.citizen("Anna").await);
    for n in 0..25 {
        write(&app, &anna, &format!("Яма номер {n} у школы")).await;
    }
    app.run_jobs().await;
    let followings = [Following::of(&app), Following::of(&other)];
    let documents: i64 = sqlx::query_scalar("select count(*) from search_documents").fetch_one(app.db()).await.unwrap();
    for index in ready(&app, &admin, 2).await {
        assert_eq!((&index["engine"], &index["alive"], &index["error"]), (&json!("EMBEDDED"), &json!(true), &Value::Null));
        assert_eq!((index["documents"].as_i64().unwrap(), &index["filling"]), (documents, &Value::Null));
    }
    found(&app, "яма", 25).await;
    found(&other, "яма", 25).await;

    assert_eq!(app.forbidden(Some(&anna), "rebuildSearch", json!({})).await, "FORBIDDEN");
    let indexes = app.must(Some(&admin), "rebuildSearch", json!({}), "indexes { ready }").await["indexes"].clone();
    assert!(indexes.as_array().unwrap().iter().all(|index| index["ready"] == false), "{indexes}");
    for _ in 0..200 {
        for server in [&app, &other] {
            let found = server.query(None, FIND, json!({ "query": "яма" })).await["search"].clone();
            assert_eq!((&found["totalCount"], &found["plain"]), (&json!(25), &json!(false)));
        }
        let indexes = app.query(Some(&admin), INDEXES, json!({})).await["searchIndexes"].clone();
        if indexes.as_array().unwrap().iter().all(|index| index["ready"] == true) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for index in ready(&app, &admin, 2).await {
        assert_eq!(index["documents"].as_i64().unwrap(), documents, "{index}");
    }
    write(&app, &anna, "Яма у рынка").await;
    found(&app, "яма", 26).await;
    found(&other, "яма", 26).await;
    let log = app.query(Some(&admin), "{ auditLog(filter: { action: \"search.rebuilt\" }) { nodes { actor { id } } } }", json!({})).await;
    assert_eq!(log["auditLog"]["nodes"], json!([{ "actor": { "id": admin.gid() } }]));

    // Who ends well says nothing any more.
    for following in followings {
        following.stop().await;
    }
    assert_eq!(app.query(Some(&admin), INDEXES, json!({})).await["searchIndexes"], json!([]));
    app.run_jobs().await;
    app.finish().await;
    other.finish().await;
}

#[tokio::test]
async fn what_an_index_has_not_taken_in_is_told() {
    let app = TestApp::start().await;
    let (admin, anna) = (app.administrator().await, app.citizen("Anna").await);
    write(&app, &anna, "Яма у школы").await;
    let following = Following::of(&app);
    let well = ready(&app, &admin, 1).await;
    assert_eq!((&well[0]["waiting"], &well[0]["lagSeconds"]), (&json!(0), &json!(0)));
    assert_eq!(app.ask(Some(&anna), INDEXES, json!({})).await["errors"][0]["extensions"]["code"], "FORBIDDEN");

    sqlx::query("alter view search_documents rename to put_away").execute(app.db()).await.unwrap();
    sqlx::query("insert into search_changes (kind, id, at) values ('Ticket', gen_random_uuid(), veche_now() - interval '5 minutes')")
        .execute(app.db())
        .await
        .unwrap();
    let failing = |answer: &Value| answer["searchIndexes"][0]["error"].is_string();
    let told = until(&app, Some(&admin), INDEXES, json!({}), failing).await["searchIndexes"][0].clone();
    assert_eq!((&told["waiting"], &told["alive"]), (&json!(1), &json!(true)), "{told}");
    assert!((299..400).contains(&told["lagSeconds"].as_i64().unwrap()), "{told}");
    sqlx::query("alter view put_away rename to search_documents").execute(app.db()).await.unwrap();
    let well = |answer: &Value| answer["searchIndexes"][0]["error"].is_null() && answer["searchIndexes"][0]["waiting"] == 0;
    let told = until(&app, Some(&admin), INDEXES, json!({}), well).await["searchIndexes"][0].clone();
    assert_eq!((&told["lagSeconds"], &told["ready"]), (&json!(0), &json!(true)));
    following.stop().await;
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn old_changes_and_servers_that_are_gone_are_forgotten() {
    let app = TestApp::start().await;
    let anna = app.citizen("Anna").await;
    write(&app, &anna, "Яма у школы").await;
    app.run_jobs().await;
    sqlx::query("insert into search_changes (kind, id, at) values ('Ticket', gen_random_uuid(), veche_now() - interval '8 days')")
        .execute(app.db())
        .await
        .unwrap();
    sqlx::query(
        "insert into search_indexes (name, engine, version, generation, reported_at)
         values ('gone', 'EMBEDDED', 1, 1, veche_now() - interval '25 hours'), ('silent', 'EMBEDDED', 1, 1, veche_now() - interval '1 hour')",
    )
    .execute(app.db())
    .await
    .unwrap();
    sqlx::query("select graphile_worker.add_job('forget_changes', '{}'::json)").execute(app.db()).await.unwrap();
    app.run_jobs().await;
    let (old, kept): (i64, i64) = sqlx::query_as(
        "select count(*) filter (where at < veche_now() - interval '7 days'), count(*) filter (where at >= veche_now() - interval '7 days')
         from search_changes",
    )
    .fetch_one(app.db())
    .await
    .unwrap();
    assert!(old == 0 && kept > 0, "{old} and {kept}");
    let names: Vec<String> = sqlx::query_scalar("select name from search_indexes").fetch_all(app.db()).await.unwrap();
    assert_eq!(names, ["silent"]);
    let admin = app.administrator().await;
    let silent = app.query(Some(&admin), INDEXES, json!({})).await["searchIndexes"][0].clone();
    assert_eq!(silent["alive"], false);
    app.finish().await;
}

#[tokio::test]
async fn administrators_see_and_change_it_on_a_page() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let browser = app.browser_of(&admin);
    browser.get("/admin/search").await.says("Nothing is known of any index yet").says("sidewalk, pavement, footpath");
    browser.submit("/admin/search", &[("words", "sidewalk\r\nkerb")]).await.says("is in another group already").says("kerb");
    browser.submit("/admin/search", &[("words", "bench, settee\r\n\r\n seat ")]).await.says("bench, settee, seat");
    let groups = app.query(Some(&admin), SYNONYMS, json!({})).await["searchSynonyms"].clone();
    let group = groups.as_array().unwrap().iter().find(|group| group["words"][0] == "bench").unwrap().clone();
    let address = format!("/admin/search/synonyms/{}", text_of(&group["id"]));
    browser.submit(&address, &[("words", "bench")]).await.says("From 2 to 20 different words");
    browser.submit(&address, &[("words", "bench\nseat")]).await.says("bench, seat");
    let following = Following::of(&app);
    ready(&app, &admin, 1).await;
    browser.get("/admin/search").await.says("All is well");
    browser.submit("/admin/search", &[]).await.says("The indexes are being made anew");
    ready(&app, &admin, 1).await;
    app.must(Some(&admin), "deleteSearchSynonyms", json!({ "synonymsId": group["id"] }), "synonymsId").await;
    assert_eq!(browser.get(&address).await.status, 404);
    following.stop().await;
    let anna = app.citizen("Anna").await;
    assert_eq!(app.browser_of(&anna).get("/admin/search").await.status, 403);
    app.finish().await;
}
