use serde_json::{Value, json};

use super::triage::{FOOD, LAMPS, LIFT};
use crate::support::{Person, TestApp, config, text_of};

async fn send(app: &TestApp, service: &Person, name: &str, texts: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        ids.push(app.message(service, &format!("{name}-{i}"), text).await.1);
    }
    ids
}

async fn job(app: &TestApp, name: &str) {
    sqlx::query("select graphile_worker.add_job($1, '{}')").bind(name).execute(app.db()).await.unwrap();
    app.run_jobs().await;
}

/// The kinds of what somebody was told.
async fn told(app: &TestApp, who: &Person) -> Vec<String> {
    let data = app.query(Some(who), "{ notifications(first: 50) { nodes { kind } } }", json!({})).await;
    data["notifications"]["nodes"].as_array().unwrap().iter().map(|n| text_of(&n["kind"])).collect()
}

#[tokio::test]
async fn a_cluster_says_what_its_people_say_and_names_nobody() {
    let app = TestApp::start().await;
    let (admin, service) = (app.administrator().await, app.service().await);
    let texts: Vec<String> = LIFT.iter().map(|text| format!("{text} Звоните: +7 912 345-67-89.")).collect();
    send(&app, &service, "lift", &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    send(&app, &service, "lamps", &LAMPS).await;
    app.run_jobs().await;
    let key = json!({ "key": "north", "nameRu": "Север", "nameEn": "North" });
    app.must(Some(&admin), "createTerritory", key, "").await;
    sqlx::query("update tickets set territory_id = (select id from territories)").execute(app.db()).await.unwrap();
    let query = "{ clusters(first: 40, orderBy: LARGEST) { nodes { size label headline summary { sentence count ticket { number } }
                   growth { week before } territories { count territory { name } } sentiment urgency { urgency count } } } }";
    let clusters = app.query(Some(&admin), query, json!({})).await["clusters"]["nodes"].as_array().unwrap().clone();
    for cluster in &clusters {
        let headline = text_of(&cluster["headline"]);
        assert!(!headline.is_empty() && !headline.contains("912"), "{cluster}");
        assert!(!cluster["summary"].to_string().contains("912"), "{cluster}");
        assert_eq!(cluster["growth"], json!({ "week": cluster["size"], "before": 0.0 }));
        assert_eq!(cluster["territories"], json!([{ "count": cluster["size"], "territory": { "name": "North" } }]));
        let levels: i64 = cluster["urgency"].as_array().unwrap().iter().map(|level| level["count"].as_i64().unwrap()).sum();
        assert_eq!(cluster["size"], levels);
    }
    let largest = &clusters[0]["summary"];
    assert!(largest[0]["count"].as_i64().unwrap() >= 1 && largest[0]["ticket"]["number"].is_string(), "{clusters:#?}");
    // Others are told nothing of what is not public; once it is, as much.
    let nothing = app.query(None, query, json!({})).await;
    for cluster in nothing["clusters"]["nodes"].as_array().unwrap() {
        assert_eq!((&cluster["headline"], &cluster["summary"], &cluster["territories"]), (&Value::Null, &json!([]), &json!([])));
    }
    sqlx::query("update tickets set public = true").execute(app.db()).await.unwrap();
    sqlx::query("update clusters set described = -1").execute(app.db()).await.unwrap();
    job(&app, "relabel").await;
    let public = app.query(None, query, json!({})).await;
    assert!(public["clusters"]["nodes"].as_array().unwrap().iter().all(|cluster| cluster["headline"].is_string()), "{public}");
    assert_eq!(public["clusters"]["nodes"][0]["summary"], clusters[0]["summary"]);

    // They lie on the map of matters, each beside those like it.
    let map = app.query(None, "{ clusterMap { x y cluster { size } } }", json!({})).await["clusterMap"].as_array().unwrap().clone();
    assert!(!map.is_empty() && map.len() == clusters.iter().filter(|c| c["size"].as_i64().unwrap() > 1).count(), "{map:?}");
    assert!(map.iter().all(|point| (0.0..=1.0).contains(&point["x"].as_f64().unwrap())));
    app.finish().await;
}

#[tokio::test]
async fn what_people_correct_stands_in_the_report_and_the_threshold_holds() {
    let mut settings = config();
    settings.triage.confidence = 0.5;
    let app = TestApp::with(settings).await;
    let (admin, service) = (app.administrator().await, app.service().await);
    let (housing, housing_expert) = app.group(&admin, "housing").await;
    let (streets, _) = app.group(&admin, "streets").await;
    let (schools, _) = app.group(&admin, "schools").await;
    for (name, texts, group) in [("lift", LIFT, &housing), ("lamps", LAMPS, &streets), ("food", FOOD, &schools)] {
        for ticket in send(&app, &service, name, &texts).await {
            app.must(Some(&admin), "routeTicket", json!({ "ticketId": ticket, "groupId": group }), "").await;
        }
    }
    app.run_jobs().await;
    let report = "{ modelReport { threshold configuredThreshold thresholdSetAt decided now { coverage precision } curve { coverage precision }
                    embedder { name version } router { version trainedAt } groups { group { key } examples decided precision recall corrections }
                    confusion { count from { key } to { key } } weeks { read unsure corrections similarity } } }";
    let empty = app.query(Some(&housing_expert), report, json!({})).await["modelReport"].clone();
    assert_eq!((&empty["decided"], &empty["now"], &empty["threshold"]), (&json!(0), &Value::Null, &json!(0.5)), "{empty}");
    assert_eq!(empty["weeks"].as_array().unwrap().len(), 12);
    assert!(empty["weeks"][11]["similarity"].as_f64().unwrap() > 0.0 && empty["router"]["version"].as_i64().unwrap() >= 1, "{empty}");

    let (number, id) = app.message(&service, "new-lift", "Лифт в подъезде сломан и не работает, вызовите лифтёра.").await;
    app.run_jobs().await;
    let ask = "query($number: String!) { ticket(number: $number) { group { key } why { words neighbours { score ticket { number } }
                 guess { confidence group { key } } routeWords { word weight } } } }";
    let ticket = app.query(Some(&housing_expert), ask, json!({ "number": number })).await["ticket"].clone();
    assert_eq!((&ticket["group"]["key"], &ticket["why"]["guess"]["group"]["key"]), (&json!("housing"), &json!("housing")), "{ticket}");
    let weights = ticket["why"]["routeWords"].as_array().unwrap();
    assert!(weights.iter().any(|w| text_of(&w["word"]).starts_with("лифт") && w["weight"].as_f64().unwrap() > 0.0), "{ticket}");
    assert!(
        ticket["why"]["words"].to_string().contains("лифт") && ticket["why"]["neighbours"][0]["score"].as_f64().unwrap() > 0.1,
        "{ticket}"
    );

    // A person knows better.
    app.must(Some(&housing_expert), "routeTicket", json!({ "ticketId": id, "groupId": streets }), "").await;
    app.run_jobs().await;
    let known = app.query(Some(&housing_expert), report, json!({})).await["modelReport"].clone();
    assert_eq!((&known["decided"], &known["now"]), (&json!(1), &json!({ "coverage": 1.0, "precision": 0.0 })), "{known}");
    assert_eq!(known["confusion"], json!([{ "count": 1, "from": { "key": "housing" }, "to": { "key": "streets" } }]));
    let week = &known["weeks"][11];
    assert_eq!((&week["read"], &week["unsure"], &week["corrections"]), (&json!(1), &json!(0), &json!(1)), "{known}");
    let group = |key: &str| known["groups"].as_array().unwrap().iter().find(|g| g["group"]["key"] == key).unwrap().clone();
    assert_eq!((&group("housing")["precision"], &group("housing")["corrections"][11]), (&json!(0.0), &json!(1)));
    assert_eq!((&group("streets")["recall"], &group("streets")["examples"]), (&json!(0.0), &json!(11)));

    // How sure the machine must be is for administrators to say.
    let set = |threshold: Value| json!({ "threshold": threshold });
    assert_eq!(app.forbidden(Some(&housing_expert), "setRoutingThreshold", set(json!(0.9))).await, "FORBIDDEN");
    assert_eq!(app.refused(Some(&admin), "setRoutingThreshold", set(json!(1.5))).await, "OUT_OF_RANGE");
    let payload = app.must(Some(&admin), "setRoutingThreshold", set(json!(1.0)), "report { threshold thresholdSetBy { name } }").await;
    assert_eq!(payload["report"], json!({ "threshold": 1.0, "thresholdSetBy": { "name": "Administrator" } }));
    let (number, _) = app.message(&service, "newer-lift", "Не работает лифт в подъезде, лифт стоит на пятом этаже.").await;
    app.run_jobs().await;
    let ticket = app.query(Some(&housing_expert), ask, json!({ "number": number })).await["ticket"].clone();
    assert_eq!((&ticket["group"], &ticket["why"]["guess"]["group"]["key"]), (&Value::Null, &json!("housing")), "{ticket}");
    let payload = app.must(Some(&admin), "setRoutingThreshold", set(Value::Null), "report { threshold thresholdSetAt }").await;
    assert_eq!(payload["report"], json!({ "threshold": 0.5, "thresholdSetAt": null }));
    let log = app.query(Some(&admin), "{ auditLog(filter: { action: \"routing.threshold_set\" }) { nodes { details } } }", json!({})).await;
    assert_eq!(log["auditLog"]["nodes"][1]["details"], json!({ "from": null, "to": 1.0 }));
    app.finish().await;
}

#[tokio::test]
async fn bursts_and_danger_are_told_at_once_and_once() {
    let app = TestApp::start().await;
    let (admin, service) = (app.administrator().await, app.service().await);
    let expert = app.group(&admin, "housing").await.1;
    send(&app, &service, "lamps", &LAMPS).await;
    app.run_jobs().await;
    sqlx::query("update tickets set created_at = created_at - interval '10 days'").execute(app.db()).await.unwrap();
    send(&app, &service, "lift", &LIFT).await;
    app.run_jobs().await;
    job(&app, "watch").await;
    let query = "{ clusters(filter: { alarmed: true }) { nodes { label alarm { count expected } } } }";
    let alarmed = app.query(Some(&expert), query, json!({})).await["clusters"]["nodes"].as_array().unwrap().clone();
    assert_eq!(alarmed.len(), 1, "{alarmed:?}");
    assert!(alarmed[0]["alarm"]["count"].as_i64().unwrap() >= 5 && alarmed[0]["alarm"]["expected"].as_f64().unwrap() < 2.0);
    // It lies on the triage desk, which is every expert's; once a burst.
    assert_eq!(told(&app, &expert).await, ["CLUSTER_BURST"]);
    job(&app, "watch").await;
    assert_eq!(told(&app, &expert).await, ["CLUSTER_BURST"]);
    assert_eq!(told(&app, &admin).await, Vec::<String>::new());
    app.advance(3).await;
    job(&app, "watch").await;
    assert_eq!(app.query(Some(&expert), query, json!({})).await["clusters"]["nodes"], json!([]));

    let (number, _) = app.message(&service, "gas", "В подъезде сильно пахнет газом, приезжайте скорее!").await;
    app.run_jobs().await;
    assert_eq!(told(&app, &expert).await, ["TICKET_DANGER", "CLUSTER_BURST"]);
    let mails = app.mails_to(&expert.email());
    assert!(mails.iter().any(|mail| mail.subject.contains(&number)), "{mails:?}");
    // Nor does it wait its turn for an answer.
    let query = "query($number: String!) { ticket(number: $number) { urgency urgencyRule createdAt dueAt } }";
    let gas = app.query(Some(&expert), query, json!({ "number": number })).await["ticket"].clone();
    assert_eq!((&gas["urgency"], &gas["urgencyRule"]), (&json!("DANGER"), &json!("GAS")));
    let at = |name: &str| gas[name].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert_eq!((at("dueAt") - at("createdAt")).num_hours(), 24);
    app.finish().await;
}
