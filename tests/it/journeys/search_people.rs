//! What is said while somebody types, what many look for, and searches that tell of what is new.

use serde_json::{Value, json};
use veche::search::Following;

use crate::support::{Person, TestApp, text_of};

const SUGGEST: &str = "query($prefix: String!, $first: Int) {
    suggest(prefix: $prefix, first: $first) { text kind nodeId segments { text hit } node { __typename id } }
}";
const SEARCH: &str = "query($query: String!) { search(query: $query) { totalCount didYouMean } }";

async fn indexed(app: &TestApp) {
    app.app.search.catch_up(&mut Following::default(), &mut |_, _| ()).await.unwrap();
}

/// A ticket's identifier and number.
async fn submit(app: &TestApp, author: &Person, text: &str, public: bool) -> (String, String) {
    let input = json!({ "channel": "WEB", "text": text, "public": public });
    let made = app.must(Some(author), "submitFeedback", input, "submitted { number ticket { id } }").await;
    (text_of(&made["submitted"]["ticket"]["id"]), text_of(&made["submitted"]["number"]))
}

async fn suggested(app: &TestApp, who: Option<&Person>, prefix: &str) -> Vec<String> {
    let data = app.query(who, SUGGEST, json!({ "prefix": prefix, "first": 8 })).await;
    data["suggest"].as_array().unwrap().iter().map(|one| text_of(&one["text"])).collect()
}

/// Asks so often, and what was asked is counted.
async fn ask(app: &TestApp, query: &str, times: usize) {
    for _ in 0..times {
        app.query(None, SEARCH, json!({ "query": query })).await;
    }
    app.app.queries.write(&app.app).await.unwrap();
}

async fn popular(app: &TestApp) -> Value {
    // What was known is forgotten.
    app.app.clock.advance(chrono::TimeDelta::minutes(2));
    app.query(None, "{ popularSearches(first: 20) }", json!({})).await["popularSearches"].clone()
}

#[tokio::test]
async fn names_of_what_one_may_read_are_suggested() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let author = app.citizen("Anna").await;
    app.department(&admin, "roads").await;
    app.must(Some(&admin), "createTopic", json!({ "key": "light", "nameRu": "Освещение улиц", "nameEn": "Street lights" }), "").await;
    let (public, _) = submit(&app, &author, "Фонарь не горит у школы", true).await;
    submit(&app, &author, "Фонарный столб шатается", false).await;
    submit(&app, &author, "Во дворе темно: там, где фонарь, его нет", true).await;
    indexed(&app).await;

    let data = app.query(None, SUGGEST, json!({ "prefix": "фонарь го" })).await;
    let one = &data["suggest"][0];
    assert_eq!((&one["kind"], &one["nodeId"], &one["node"]["__typename"]), (&json!("TICKET"), &json!(public), &json!("Ticket")));
    assert!(one["segments"].as_array().unwrap().contains(&json!({ "text": "Фонарь", "hit": true })), "{one}");
    // The last word is only begun, also in the wrong layout.
    for typed in ["фон", "ajy"] {
        let seen = suggested(&app, None, typed).await;
        assert!(seen.iter().any(|text| text.contains("горит")) && seen.iter().all(|text| !text.contains("столб")), "{typed}: {seen:?}");
    }
    let own = suggested(&app, Some(&author), "фонарн").await;
    assert!(own.iter().any(|text| text.contains("столб")), "{own:?}");
    assert_eq!(suggested(&app, None, "освещ").await, ["Освещение улиц"]);
    assert!(suggested(&app, None, "крокодил").await.is_empty());
    // Nothing typed, nothing asked often: nothing to say.
    assert!(suggested(&app, None, " ").await.is_empty());
    for (refused, path) in [
        (json!({ "prefix": "я".repeat(201) }), "prefix"),
        (json!({ "prefix": "яма", "first": 21 }), "first"),
        (json!({ "prefix": "яма", "first": -1 }), "first"),
    ] {
        let answer = app.ask(None, SUGGEST, refused).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_REQUEST", "{answer}");
        assert!(error.to_string().contains(path), "{answer}");
    }
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn what_many_ask_is_popular_and_nobody_is_told_of() {
    let app = TestApp::start().await;
    let author = app.citizen("Anna").await;
    let expert = app.person("Expert", &["EXPERT"]).await;
    submit(&app, &author, "Яма на дороге у Марии Петровны Ивановой, звоните +7 912 345-67-89", true).await;
    submit(&app, &author, "Сквозняк в подъезде", false).await;
    indexed(&app).await;

    ask(&app, "Яма на  ДОРОГЕ", 4).await;
    assert_eq!(popular(&app).await, json!([]));
    ask(&app, "яма на дороге!", 1).await;
    assert_eq!(popular(&app).await, json!(["яма на дороге"]));
    assert_eq!(suggested(&app, None, "яма на").await[0], "яма на дороге");
    assert_eq!(suggested(&app, None, "").await, ["яма на дороге"]);

    // Nothing was found, or only by some; or it names somebody.
    for hidden in ["крокодил", "мария петровна", "+7 912 345-67-89", "9123456789"] {
        ask(&app, hidden, 6).await;
    }
    for who in [&author, &expert] {
        for _ in 0..6 {
            let found = app.query(Some(who), SEARCH, json!({ "query": "сквозняк" })).await;
            assert_eq!(found["search"]["totalCount"], 1);
        }
    }
    app.app.queries.write(&app.app).await.unwrap();
    assert_eq!(popular(&app).await, json!(["яма на дороге"]));
    let kept: Vec<(String, i64, i64)> =
        sqlx::query_as("select query, asked, found from search_queries order by query").fetch_all(app.db()).await.unwrap();
    assert_eq!(kept, [("яма на дороге".to_owned(), 5, 1)]);
    // After a month it is forgotten.
    app.advance(31).await;
    assert_eq!(popular(&app).await, json!([]));
    sqlx::query("select graphile_worker.add_job('look_for_news', '{}'::json)").execute(app.db()).await.unwrap();
    app.run_jobs().await;
    let left: i64 = sqlx::query_scalar("select count(*) from search_queries").fetch_one(app.db()).await.unwrap();
    assert_eq!(left, 0);
    app.finish().await;
}

#[tokio::test]
async fn a_word_that_hardly_anybody_writes_so_is_shown_as_others_write_it() {
    let app = TestApp::start().await;
    let author = app.citizen("Anna").await;
    for n in 0..7 {
        submit(&app, &author, &format!("Грязь в подъезде номер {n}"), true).await;
    }
    submit(&app, &author, "Нет света в подьезде", true).await;
    submit(&app, &author, "Замок сломан", false).await;
    indexed(&app).await;
    let look = async |who, query: &str| app.query(who, SEARCH, json!({ "query": query })).await["search"].clone();
    let found = look(None, "подьезде").await;
    assert_eq!((&found["totalCount"], &found["didYouMean"]), (&json!(1), &json!("подъезде")));
    for fine in ["подъезд", "свет", "крокодил"] {
        assert_eq!(look(None, fine).await["didYouMean"], Value::Null, "{fine}");
    }
    app.run_jobs().await;
    app.finish().await;
}

const SAVED: &str = "{ me { savedSearches { id query conditions { property values } foundAt } } }";

async fn news(app: &TestApp, who: &Person) -> Vec<(String, String)> {
    sqlx::query("select graphile_worker.add_job('look_for_news', '{}'::json)").execute(app.db()).await.unwrap();
    app.run_jobs().await;
    let data = app.query(Some(who), "{ notifications(first: 50) { nodes { kind title body } } }", json!({})).await;
    let all = data["notifications"]["nodes"].as_array().unwrap();
    let found = all.iter().filter(|one| one["kind"] == "SAVED_SEARCH_FOUND");
    found.map(|one| (text_of(&one["title"]), text_of(&one["body"]))).collect()
}

#[tokio::test]
async fn a_saved_search_tells_once_of_what_is_new_and_may_be_read() {
    let app = TestApp::start().await;
    let author = app.citizen("Anna").await;
    let reader = app.citizen("Boris").await;
    submit(&app, &author, "Качели скрипят", true).await;
    app.run_jobs().await;
    indexed(&app).await;
    let input = json!({ "query": "качели", "filter": { "kinds": ["TICKET"] } });
    let select = "savedSearch { id query conditions { property values } }";
    let saved = app.must(Some(&reader), "saveSearch", input.clone(), select).await["savedSearch"].clone();
    assert_eq!(saved["conditions"], json!([{ "property": "KIND", "values": ["Ticket"] }]));
    // The same again is the same.
    assert_eq!(app.must(Some(&reader), "saveSearch", input.clone(), select).await["savedSearch"]["id"], saved["id"]);
    app.must(Some(&author), "saveSearch", input.clone(), select).await;

    // What was there is not new, and what may not be read is never told of.
    assert!(news(&app, &reader).await.is_empty());
    submit(&app, &author, "Качели у дома Ивановых украли", false).await;
    app.run_jobs().await;
    indexed(&app).await;
    assert!(news(&app, &reader).await.is_empty());
    submit(&app, &author, "Новые качели сломаны", true).await;
    app.run_jobs().await;
    indexed(&app).await;
    let told = news(&app, &reader).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].0.contains("качели") && told[0].1.contains("Новые качели") && !told[0].1.contains("Ивановых"), "{told:?}");
    // Once, however often it is looked for; and not of one's own.
    assert_eq!(news(&app, &reader).await, told);
    assert!(news(&app, &author).await.is_empty());
    let node = app.query(Some(&reader), "query($id: ID!) { node(id: $id) { __typename } }", json!({ "id": saved["id"] })).await;
    assert_eq!(node["node"]["__typename"], "SavedSearch");
    let others = app.query(Some(&author), "query($id: ID!) { node(id: $id) { __typename } }", json!({ "id": saved["id"] })).await;
    assert_eq!(others["node"], Value::Null);
    let mine = app.query(Some(&reader), SAVED, json!({})).await;
    assert!(mine["me"]["savedSearches"][0]["foundAt"].is_string(), "{mine}");
    // The log does not say who looks for what.
    let log: Vec<(Value, bool)> =
        sqlx::query_as("select details, sealed from audit_log where action = 'saved_search.found'").fetch_all(app.db()).await.unwrap();
    assert_eq!(log, [(json!({}), true)]);

    assert_eq!(app.refused(Some(&author), "deleteSavedSearch", json!({ "id": saved["id"] })).await, "NOT_FOUND");
    app.must(Some(&reader), "deleteSavedSearch", json!({ "id": saved["id"] }), "deletedId").await;
    assert_eq!(app.query(Some(&reader), SAVED, json!({})).await["me"]["savedSearches"], json!([]));
    for n in 0..20 {
        app.must(Some(&reader), "saveSearch", json!({ "query": format!("слово {n}") }), "").await;
    }
    assert_eq!(app.refused(Some(&reader), "saveSearch", json!({ "query": "ещё слово" })).await, "WRONG_COUNT");
    assert_eq!(app.refused(Some(&reader), "saveSearch", json!({ "query": " " })).await, "REQUIRED");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn without_an_index_a_saved_search_waits() {
    let app = TestApp::start().await;
    let (author, reader) = (app.citizen("Anna").await, app.citizen("Boris").await);
    submit(&app, &author, "Самокаты на тротуаре", true).await;
    app.must(Some(&reader), "saveSearch", json!({ "query": "самокаты", "filter": { "kinds": ["TICKET"] } }), "").await;
    submit(&app, &author, "Самокаты у школы", true).await;
    app.run_jobs().await;
    assert!(news(&app, &reader).await.is_empty());
    // Once there is one, what came since is told of.
    indexed(&app).await;
    let told = news(&app, &reader).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].1.contains("школы") && !told[0].1.contains("тротуаре"), "{told:?}");
    app.finish().await;
}
