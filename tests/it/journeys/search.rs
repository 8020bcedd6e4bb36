//! What is written is found, by whom it may be.

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use veche::search::Following;

use crate::support::{TestApp, text_of};

const SEARCH: &str = "query($query: String!, $filter: SearchFilter, $facets: [SearchFacet!], $first: Int, $after: String) {
    search(query: $query, filter: $filter, facets: $facets, first: $first, after: $after) {
        totalCount totalIsExact otherLayout meant { written meant } inPart plain
        facets { facet values { value count } others }
        nodes { title { text hit } excerpt { text hit } node { __typename ... on Ticket { number } ... on Initiative { id } ... on Comment { id } } }
        pageInfo { hasNextPage endCursor }
    }
}";

/// The index takes in what was written.
async fn indexed(app: &TestApp, following: &mut Following) {
    app.app.search.catch_up(following, &mut |_, _| ()).await.unwrap();
}

fn names(found: &Value) -> Vec<String> {
    let node = |hit: &Value| text_of(if hit["node"]["number"].is_null() { &hit["node"]["__typename"] } else { &hit["node"]["number"] });
    found["nodes"].as_array().unwrap().iter().map(node).collect()
}

#[tokio::test]
async fn what_is_written_is_found_by_whom_it_may_be() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let expert = app.person("Expert", &["EXPERT"]).await;
    let author = app.citizen("Anna").await;
    let submit = async |text: &str, public: bool| {
        let input = json!({ "channel": "WEB", "text": text, "public": public });
        let made = app.must(Some(&author), "submitFeedback", input, "submitted { number ticket { id } }").await;
        (text_of(&made["submitted"]["number"]), text_of(&made["submitted"]["ticket"]["id"]))
    };
    let (public, ticket) = submit("Разбито окно в подъезде на Ткацкой, 12 б.", true).await;
    let (private, _) = submit("Окна забиты фанерой, <b>сквозит</b>.", false).await;
    let comment = json!({ "subjectId": ticket, "side": "FOR", "body": "Мастер обещал быть в среду." });
    let comment = app.must(Some(&author), "addComment", comment, "comment { id }").await;
    let look = async |who, query: &str| app.query(who, SEARCH, json!({ "query": query })).await["search"].clone();

    // There is no index yet: the database answers, and says so.
    let found = look(None, "окно").await;
    assert_eq!((names(&found), &found["plain"]), (vec![public.clone()], &json!(true)));
    let mut following = Following::default();
    indexed(&app, &mut following).await;

    let found = look(None, "окон").await;
    assert_eq!((names(&found), &found["plain"], &found["totalCount"]), (vec![public.clone()], &json!(false), &json!(1)));
    for whole in [Some(&author), Some(&expert)] {
        let mut seen = names(&look(whole, "окно").await);
        seen.sort();
        let mut both = vec![public.clone(), private.clone()];
        both.sort();
        assert_eq!(seen, both);
    }
    assert_eq!(names(&look(None, "ткацкая 12б").await), [public.as_str()]);
    assert_eq!(names(&look(None, "мастера").await), ["Comment"]);
    // Typos and layouts are said.
    let typo = look(None, "подьезд").await;
    assert_eq!((names(&typo), &typo["meant"][0]["written"]), (vec![public.clone()], &json!("подьезд")));
    let layout = look(None, "jryj").await;
    assert_eq!((names(&layout), &layout["otherLayout"]), (vec![public.clone()], &json!("окно")));
    // What was found is marked, and never markup.
    let found = look(Some(&author), "сквозит").await;
    let excerpt: String = found["nodes"][0]["excerpt"].as_array().unwrap().iter().map(|s| text_of(&s["text"])).collect();
    assert_eq!(excerpt, "Окна забиты фанерой, <b>сквозит</b>.");
    assert!(found["nodes"][0]["excerpt"].as_array().unwrap().contains(&json!({ "text": "сквозит", "hit": true })));

    // Facets count what the filter says of other properties only.
    let asked = json!({ "query": "окно", "filter": { "kinds": ["COMMENT"] }, "facets": ["KIND", "LANGUAGE"] });
    let counted = app.query(Some(&author), SEARCH, asked).await["search"].clone();
    assert_eq!((names(&counted).len(), &counted["facets"][0]["values"]), (0, &json!([{ "value": "Ticket", "count": 2 }])));

    // What is hidden is gone at once, however old the index.
    let reason = json!({ "subjectId": comment["comment"]["id"], "reason": "Не по делу." });
    app.must(Some(&admin), "hide", reason, "hiding { resolvedFlags }").await;
    let hidden = look(None, "мастера").await;
    assert_eq!((names(&hidden).len(), &hidden["totalIsExact"]), (0, &json!(false)));
    indexed(&app, &mut following).await;
    let gone = look(None, "мастера").await;
    assert_eq!((names(&gone).len(), &gone["totalCount"], &gone["totalIsExact"]), (0, &json!(0), &json!(true)));
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn without_an_index_the_database_finds_the_directory_and_decisions_too() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let expert = app.person("Expert", &["EXPERT"]).await;
    let author = app.citizen("Anna").await;
    let named = |key: &str, ru: &str| json!({ "key": key, "nameRu": ru, "nameEn": "Lifts", "descriptionRu": "Пропуска в подъезд." });
    app.must(Some(&admin), "createDepartment", named("lifts", "Отдел лифтов"), "department { id }").await;
    app.must(Some(&admin), "createService", named("pass", "Пропуск"), "service { id }").await;
    let input = json!({ "channel": "WEB", "text": "Лифт стоит третий день." });
    let made = app.must(Some(&author), "submitFeedback", input, "submitted { ticket { id } }").await;
    let decision =
        json!({ "subjectId": made["submitted"]["ticket"]["id"], "kind": "ANSWER", "body": "Наладчик починит подъёмник завтра." });
    app.must(Some(&expert), "decide", decision, "decision { id }").await;
    let look = async |who, query: &str| {
        let found = app.query(who, SEARCH, json!({ "query": query })).await["search"].clone();
        let mut kinds: Vec<String> = found["nodes"].as_array().unwrap().iter().map(|hit| text_of(&hit["node"]["__typename"])).collect();
        kinds.sort();
        assert_eq!((&found["plain"], &found["totalCount"]), (&json!(true), &json!(kinds.len())), "{query}");
        kinds
    };
    assert_eq!(look(None, "пропуск").await, ["Department", "Service"]);
    assert_eq!(look(None, "lift").await, ["Department", "Service"]);
    // The decision is no more to be read than the ticket that it is on.
    assert!(look(None, "наладчики").await.is_empty());
    for who in [&author, &expert] {
        assert_eq!(look(Some(who), "наладчики").await, ["Decision", "Ticket"]);
    }
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn pages_end_and_odd_requests_are_refused() {
    let app = TestApp::start().await;
    let author = app.citizen("Anna").await;
    for n in 0..7 {
        let input = json!({ "channel": "WEB", "text": format!("Яма номер {n} у школы"), "public": true });
        app.must(Some(&author), "submitFeedback", input, "submitted { number }").await;
    }
    indexed(&app, &mut Following::default()).await;
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = app.query(None, SEARCH, json!({ "query": "яма", "first": 3, "after": after })).await["search"].clone();
        assert_eq!(page["totalCount"], 7);
        seen.extend(names(&page));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((all, seen.len()), (7, 7));
    let last =
        app.query(None, "{ search(query: \"яма\", last: 2) { nodes { rank } pageInfo { hasPreviousPage hasNextPage } } }", json!({})).await;
    assert_eq!(
        (last["search"]["nodes"].as_array().unwrap().len(), &last["search"]["pageInfo"]),
        (2, &json!({ "hasPreviousPage": true, "hasNextPage": false }))
    );
    for refused in [
        json!({ "query": "" }),
        json!({ "query": "я".repeat(100_000) }),
        json!({ "query": "яма", "first": 101 }),
        json!({ "query": "яма", "after": "bm8" }),
        json!({ "query": "яма", "filter": { "topicIds": ["no id"] } }),
        json!({ "query": "яма", "filter": { "states": vec!["NEW"; 101] } }),
    ] {
        let answer = app.ask(None, SEARCH, refused.clone()).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"],
            "BAD_REQUEST",
            "{}",
            refused.to_string().chars().take(100).collect::<String>()
        );
    }
    for strange in ["и на под", "\u{200b}слон", "* AND (", "«»", "-яма"] {
        assert_eq!(names(&app.query(None, SEARCH, json!({ "query": strange })).await["search"]).len(), 0, "{strange}");
    }
    app.run_jobs().await;
    app.finish().await;
}

/// Whatever is written, and whenever the index looks: in the end it is what the database is.
#[tokio::test]
async fn the_index_is_what_the_database_is() {
    let app = TestApp::start().await;
    let author = app.citizen("Anna").await;
    for n in 0..20 {
        let input = json!({ "channel": "WEB", "text": format!("Сообщение {n} о лифте"), "public": n % 2 == 0 });
        app.must(Some(&author), "submitFeedback", input, "submitted { number }").await;
    }
    app.run_jobs().await;
    let mut following = Following::default();
    let mut chance = StdRng::seed_from_u64(7);
    indexed(&app, &mut following).await;
    for round in 0..200 {
        let statement = match chance.random_range(0..7) {
            0 => "update tickets set public = not public where id = (select id from tickets order by random() limit 1)",
            1 => "update articles set body = body || ' и ещё' where id = (select id from articles order by random() limit 1)",
            2 => "update tickets set subject = subject || '!' where id = (select id from tickets order by random() limit 1)",
            3 => {
                "insert into comments (id, subject_type, subject_id, author_id, body)
                  select gen_random_uuid(), 'Ticket', t.id, p.id, 'Слово' from tickets t, participants p order by random() limit 1"
            }
            4 => {
                "update comments set hidden_at = case when hidden_at is null then now() end where id = (select id from comments order by random() limit 1)"
            }
            5 => {
                "insert into departments (id, key, name_ru, name_en) values (gen_random_uuid(), gen_random_uuid()::text, 'Отдел', 'Office')"
            }
            _ => {
                "delete from comments where id = (select id from comments c where not exists (select from comments o where o.parent_id = c.id) order by random() limit 1)"
            }
        };
        if chance.random_bool(0.2) {
            // Under way while the index looks, and committed after a later one.
            let mut slow = app.db().begin().await.unwrap();
            sqlx::query(statement).execute(&mut *slow).await.unwrap();
            sqlx::query("insert into departments (id, key, name_ru, name_en) values (gen_random_uuid(), gen_random_uuid()::text, 'Служба', 'Service')")
                .execute(app.db())
                .await
                .unwrap();
            indexed(&app, &mut following).await;
            if chance.random_bool(0.8) {
                slow.commit().await.unwrap();
            }
        } else {
            sqlx::query(statement).execute(app.db()).await.unwrap();
        }
        if round % 5 == 0 {
            indexed(&app, &mut following).await;
        }
    }
    indexed(&app, &mut following).await;
    assert_eq!(app.app.search.compare(&mut following).await.unwrap(), 0, "documents that differ");
    // Another process begins from nothing, this one goes on from its mark: both hold the same.
    let held = app.app.search.index().unwrap().digests().await.unwrap();
    let mut anew = Following::default();
    sqlx::query("update search_state set generation = generation + 1").execute(app.db()).await.unwrap();
    indexed(&app, &mut anew).await;
    assert!(held == app.app.search.index().unwrap().digests().await.unwrap());
    app.finish().await;
}
