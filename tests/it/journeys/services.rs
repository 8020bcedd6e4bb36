//! The services of the city: entered, shown, found by any form of their words, changed, withdrawn and brought back.

use serde_json::{Value, json};
use veche::search::Following;

use crate::support::{Person, TestApp, gid, text_of};

const SERVICES: &str = "query($filter: ServiceFilter, $first: Int, $after: String, $last: Int, $before: String) {
    services(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { key } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

fn keys(services: &Value) -> Vec<&str> {
    services["nodes"].as_array().unwrap().iter().map(|node| node["key"].as_str().unwrap()).collect()
}

/// What the search finds among services, by their keys.
async fn found(app: &TestApp, following: &mut Following, who: Option<&Person>, words: &str) -> Vec<String> {
    app.app.search.catch_up(following, &mut |_, _| ()).await.unwrap();
    let query = "query($words: String!) { search(query: $words, filter: { kinds: [SERVICE] }) {
        totalCount nodes { node { ... on Service { key } } } } }";
    let hits = app.query(who, query, json!({ "words": words })).await["search"].clone();
    hits["nodes"].as_array().unwrap().iter().map(|hit| text_of(&hit["node"]["key"])).collect()
}

#[tokio::test]
async fn a_service_is_entered_found_withdrawn_and_brought_back() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, _) = app.department(&admin, "lighting").await;
    let (other, _) = app.department(&admin, "roads").await;
    let citizen = app.citizen("Anna").await;
    let mut following = Following::default();
    let input = json!({
        "key": "lamps", "nameRu": "Вызов мастера по уличному освещению", "nameEn": "Calling a street light technician",
        "descriptionRu": "Назовите улицу и ближайший дом.", "departmentId": department, "url": " https://portal.example/свет ",
        "clientMutationId": "enter-the-lamps",
    });
    let select = "service { id key name nameEn description descriptionRu descriptionEn url createdAt withdrawnAt department { id } }";
    let made = app.must(Some(&admin), "createService", input.clone(), select).await["service"].clone();
    let id = text_of(&made["id"]);
    assert_eq!((&made["name"], &made["descriptionEn"]), (&json!("Calling a street light technician"), &json!("")));
    assert_eq!((&made["url"], &made["department"]["id"]), (&json!("https://portal.example/свет"), &json!(department)));
    assert!(made["createdAt"].is_string() && made["withdrawnAt"].is_null());
    let again = app.must(Some(&admin), "createService", input, select).await["service"].clone();
    assert_eq!(again, made, "the same action twice is done once");

    // Everybody reads it, by either way, and finds it by its words in other forms.
    let query = "query($id: ID!) { service(id: $id) { key } node(id: $id) { id ... on Service { key } } }";
    let read = async |who: Option<&Person>| app.query(who, query, json!({ "id": id })).await;
    assert_eq!(read(None).await, json!({ "service": { "key": "lamps" }, "node": { "id": id, "key": "lamps" } }));
    for words in ["освещение улиц", "мастер", "technicians", "ближайшие дома"] {
        assert_eq!(found(&app, &mut following, None, words).await, ["lamps"], "{words}");
    }
    let browser = app.browser();
    let page = browser.get(&format!("/services/{id}")).await;
    page.says("Calling a street light technician").says("href=\"https://portal.example/свет\"").says("Department lighting");
    browser.get("/services").await.says(&format!("href=\"/services/{id}\"")).says("1 service");
    browser.get(&format!("/services?department={other}")).await.says("This department has no services yet");
    browser.get(&format!("/departments/{department}")).await.says(&format!("href=\"/services/{id}\""));
    browser.get("/search?q=мастера&kind=SERVICE").await.says(&format!("href=\"/services/{id}\""));
    browser.get("/sitemap.xml").await.says(&format!("/services/{id}"));
    assert_eq!(browser.get(&format!("/node/{id}")).await.path, format!("/services/{id}"));

    // An administrator changes it in the browser.
    let desk = app.browser_of(&admin);
    let address = format!("/admin/city-services/{id}");
    let typed =
        [("nameRu", "Вызов электрика"), ("descriptionEn", "Ring 115."), ("departmentId", other.as_str()), ("url", "portal.example")];
    let refused = desk.submit(&address, &typed).await;
    assert_eq!(refused.status, 422);
    refused.says("id=\"wrong-url\"").says("Вызов электрика");
    let typed = [("nameRu", "Вызов электрика"), ("descriptionEn", "Ring 115."), ("departmentId", other.as_str()), ("url", "")];
    desk.submit(&address, &typed).await.says("Saved.");
    let now = app.query(None, "query($id: ID!) { service(id: $id) { nameRu url department { id } } }", json!({ "id": id })).await;
    assert_eq!(now["service"], json!({ "nameRu": "Вызов электрика", "url": null, "department": { "id": other } }));
    assert_eq!(found(&app, &mut following, None, "электрики").await, ["lamps"]);
    assert_eq!(found(&app, &mut following, None, "освещение").await, Vec::<String>::new());

    // Withdrawn it is gone for everybody but administrators, also before the index knows.
    desk.submit(&address, &[("withdraw", "1")]).await.says("The service is withdrawn").says("Bring it back");
    for who in [None, Some(&citizen)] {
        assert_eq!(read(who).await, json!({ "service": null, "node": null }));
        let hits = app.query(who, "{ search(query: \"электрик\") { nodes { rank } } }", json!({})).await;
        assert_eq!(hits["search"]["nodes"], json!([]));
    }
    assert_eq!(found(&app, &mut following, Some(&admin), "электрик").await, Vec::<String>::new());
    assert_eq!(read(Some(&admin)).await["service"]["key"], "lamps");
    assert_eq!(browser.get(&format!("/services/{id}")).await.status, 404);
    browser.get("/services").await.says("No services yet");
    assert_eq!(keys(&app.query(None, SERVICES, json!({})).await["services"]), Vec::<&str>::new());
    desk.get("/admin/city-services?withdrawn=1").await.says("Вызов электрика");
    let withdrawn = json!({ "filter": { "withdrawn": true } });
    assert_eq!(keys(&app.query(Some(&admin), SERVICES, withdrawn.clone()).await["services"]), ["lamps"]);
    assert_eq!(app.ask(Some(&citizen), SERVICES, withdrawn.clone()).await["errors"][0]["extensions"]["code"], "FORBIDDEN");
    // Twice is once.
    let twice = app.must(Some(&admin), "withdrawService", json!({ "serviceId": id }), "service { withdrawnAt }").await;
    assert!(twice["service"]["withdrawnAt"].is_string());

    desk.submit(&address, &[("restore", "1")]).await.says("The service is in the lists and the search again");
    assert_eq!(found(&app, &mut following, None, "электрик").await, ["lamps"]);

    // Another one is entered in the browser, under the short name that was typed.
    let typed = |key| [("nameRu", "Паром"), ("nameEn", "A ferry"), ("shortName", key), ("url", "https://ferry.example/")];
    let refused = desk.submit("/admin/city-services", &typed("lamps")).await;
    assert_eq!(refused.status, 422);
    refused.says("id=\"wrong-shortName\"").says("value=\"lamps\"").says("value=\"https://ferry.example/\"");
    desk.submit("/admin/city-services", &typed("ferry")).await.says("The entry is there").says("<code>ferry</code>");

    // Everybody reads in the log what was done.
    let log =
        app.query(None, "query($id: ID!) { auditLog(filter: { subjectId: $id }) { nodes { action subjectKind } } }", json!({ "id": id }));
    let log = log.await["auditLog"]["nodes"].clone();
    let actions: Vec<&str> = log.as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["city_service.restored", "city_service.withdrawn", "city_service.updated", "city_service.created"]);
    assert_eq!(log[0]["subjectKind"], "SERVICE");
    browser.get("/audit?what=organisation").await.says("City service withdrawn");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn services_come_in_pages_and_odd_ones_are_refused() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, _) = app.department(&admin, "roads").await;
    let mut ids = Vec::new();
    for (n, of) in [Some(&department), None, Some(&department), None, None].into_iter().enumerate() {
        let input = json!({ "key": format!("s{n}"), "nameRu": format!("Услуга {n}"), "nameEn": "Service", "departmentId": of });
        let made = app.must(Some(&admin), "createService", input, "service { id }").await;
        ids.push(text_of(&made["service"]["id"]));
    }
    let list = async |variables: Value| app.query(None, SERVICES, variables).await["services"].clone();
    let first = list(json!({ "first": 2 })).await;
    assert_eq!((keys(&first), &first["totalCount"], &first["pageInfo"]["hasNextPage"]), (vec!["s0", "s1"], &json!(5), &json!(true)));
    let second = list(json!({ "first": 2, "after": first["pageInfo"]["endCursor"] })).await;
    assert_eq!((keys(&second), &second["pageInfo"]["hasPreviousPage"]), (vec!["s2", "s3"], &json!(true)));
    let back = list(json!({ "last": 1, "before": second["pageInfo"]["startCursor"] })).await;
    assert_eq!(keys(&back), ["s1"]);
    let own = list(json!({ "filter": { "departmentId": department } })).await;
    assert_eq!((keys(&own), &own["totalCount"]), (vec!["s0", "s2"], &json!(2)));

    let base = json!({ "key": "bench", "nameRu": "Скамейка", "nameEn": "A bench" });
    let nowhere = gid("Department", uuid::Uuid::from_u128(7));
    for (more, code, path) in [
        (json!({ "url": "javascript:alert(1)" }), "INVALID_FORMAT", "url"),
        (json!({ "url": "https://anna:secret@example.org/" }), "INVALID_FORMAT", "url"),
        (json!({ "url": format!("https://example.org/{}", "a".repeat(2000)) }), "TOO_LONG", "url"),
        (json!({ "departmentId": nowhere }), "NOT_FOUND", "departmentId"),
        (json!({ "departmentId": ids[0] }), "INVALID_ID", "departmentId"),
        (json!({ "key": "s1" }), "ALREADY_EXISTS", "key"),
        (json!({ "key": "Скамейка" }), "INVALID_FORMAT", "key"),
        (json!({ "nameEn": "" }), "REQUIRED", "nameEn"),
        (json!({ "descriptionRu": "я".repeat(2001) }), "TOO_LONG", "descriptionRu"),
    ] {
        let mut input = base.clone();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = app.mutate(Some(&admin), "createService", input, "service { id }").await;
        assert_eq!((&refused["userErrors"][0]["code"], &refused["userErrors"][0]["path"]), (&json!(code), &json!([path])), "{more}");
    }
    let unknown = gid("Service", uuid::Uuid::from_u128(7));
    for mutation in ["updateService", "withdrawService", "restoreService"] {
        let refused = app.mutate(Some(&admin), mutation, json!({ "serviceId": unknown }), "service { id }").await;
        assert_eq!((&refused["userErrors"][0]["code"], &refused["userErrors"][0]["path"]), (&json!("NOT_FOUND"), &json!(["serviceId"])));
    }
    // A null takes the department away, what is left out stays.
    let input = json!({ "serviceId": ids[0], "departmentId": null });
    let changed = app.must(Some(&admin), "updateService", input, "service { nameRu department { id } }").await;
    assert_eq!(changed["service"], json!({ "nameRu": "Услуга 0", "department": null }));
    app.run_jobs().await;
    app.finish().await;
}
