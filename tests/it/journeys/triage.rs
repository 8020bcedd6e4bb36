use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use crate::support::{Person, TestApp, config, text_of};

pub const LIFT: [&str; 10] = [
    "В нашем подъезде второй день не работает лифт.",
    "Лифт в третьем подъезде опять сломан, не работает.",
    "Не работает лифт, пожилым людям не подняться на девятый этаж.",
    "Сломался лифт в подъезде, стоит на пятом этаже.",
    "Лифт не работает с понедельника, прошу починить лифт.",
    "Когда починят лифт в первом подъезде? Не работает неделю.",
    "Лифт застревает между этажами, потом не работает часами.",
    "В подъезде снова не работает лифт, вызовите лифтёра.",
    "Лифт в доме не работает, с коляской не выйти из подъезда.",
    "Пассажирский лифт сломан, в подъезде не работает и грузовой лифт.",
];
pub const LAMPS: [&str; 10] = [
    "На улице Садовой не горят фонари, вечером темно.",
    "Не горят уличные фонари у школы, детям темно идти.",
    "Фонари на нашей улице не горят третью ночь.",
    "Темно на улице: фонари вдоль тротуара не горят.",
    "Прошу включить фонари на улице Мира, ночью темно.",
    "Уличные фонари мигают и не горят, на остановке темно.",
    "Почему не горят фонари в переулке? Очень темно.",
    "Фонари горят днём, а ночью на улице темно.",
    "Разбиты два фонаря, улица тёмная, фонари не горят.",
    "В сквере не горят фонари, гулять темно и страшно.",
];
pub const FOOD: [&str; 10] = [
    "В школьной столовой детям дают холодный обед.",
    "Обед в столовой школы невкусный, дети остаются голодными.",
    "Школьная столовая: обеды подорожали, порции маленькие.",
    "Прошу проверить качество обедов в школьной столовой.",
    "В столовой школы на обед дали несвежую кашу.",
    "Почему в школьной столовой нет горячего обеда для детей?",
    "Дети жалуются на обед в школьной столовой, каша холодная.",
    "Меню школьной столовой не совпадает с обедом.",
    "В столовой длинная очередь, школьники не успевают съесть обед.",
    "Обеды в школьной столовой готовят из плохих продуктов.",
];

struct Desk {
    app: TestApp,
    admin: Person,
    service: Person,
    /// The matter of each ticket, by number.
    matters: HashMap<String, usize>,
    /// Ids of the tickets of each matter.
    tickets: [Vec<String>; 3],
}

impl Desk {
    /// Thirty messages of three matters, understood.
    async fn full() -> Self {
        let mut config = config();
        config.triage.confidence = 0.5;
        let app = TestApp::with(config).await;
        let (admin, service) = (app.administrator().await, app.service().await);
        let mut desk = Self { app, admin, service, matters: HashMap::new(), tickets: Default::default() };
        for i in 0..10 {
            for (matter, texts) in [LIFT, LAMPS, FOOD].iter().enumerate() {
                let (number, id) = desk.app.message(&desk.service, &format!("{matter}-{i}"), texts[i]).await;
                desk.matters.insert(number, matter);
                desk.tickets[matter].push(id);
            }
        }
        desk.app.run_jobs().await;
        desk
    }

    async fn clusters(&self) -> Vec<Value> {
        let query = "{ clusters(first: 40, orderBy: LARGEST) { nodes { id size state keywords label group { key }
                       tickets(first: 30) { totalCount nodes { id number state } } } } }";
        let clusters = self.app.query(Some(&self.admin), query, json!({})).await["clusters"]["nodes"].as_array().unwrap().clone();
        for cluster in &clusters {
            assert_eq!(cluster["size"], cluster["tickets"]["totalCount"], "{cluster}");
        }
        assert_eq!(clusters.iter().map(|c| c["size"].as_i64().unwrap()).sum::<i64>(), 30);
        clusters
    }

    async fn ticket(&self, number: &str) -> Value {
        let query = "query($number: String!) { ticket(number: $number) { id state language routeConfidence group { id } cluster { id }
                     assignee { name } duplicates { score ticket { number } } articles(first: 50) { nodes { direction body } } } }";
        self.app.query(Some(&self.admin), query, json!({ "number": number })).await["ticket"].clone()
    }
}

fn ids(cluster: &Value) -> Vec<String> {
    cluster["tickets"]["nodes"].as_array().unwrap().iter().map(|t| text_of(&t["id"])).collect()
}

#[tokio::test]
async fn messages_about_the_same_matter_come_together() {
    let desk = Desk::full().await;
    let app = &desk.app;
    let clusters = desk.clusters().await;
    assert!(clusters.len() < 15, "hardly anything came together: {clusters:#?}");
    let large: Vec<&Value> = clusters.iter().filter(|c| c["size"].as_i64().unwrap() >= 3).collect();
    let mut found = HashSet::new();
    for cluster in &large {
        let tickets = cluster["tickets"]["nodes"].as_array().unwrap();
        let matters: HashSet<usize> = tickets.iter().map(|t| desk.matters[t["number"].as_str().unwrap()]).collect();
        assert_eq!(matters.len(), 1, "{cluster:#}");
        found.extend(matters);
        let keywords = cluster["keywords"].to_string();
        assert!(["лифт", "фонар", "столов"].iter().any(|word| keywords.contains(word)), "{keywords}");
        assert_ne!(cluster["label"], "");
    }
    assert_eq!(found.len(), 3, "{clusters:#?}");

    // Others like it are found, by those who may read them.
    let similar = async |who: Option<&Person>| {
        let query = "query($text: String!) { similar(text: $text, first: 3) { score ticket { number } } }";
        app.query(who, query, json!({ "text": "лифт в подъезде не работает" })).await["similar"].as_array().unwrap().clone()
    };
    let hits = similar(Some(&desk.admin)).await;
    assert_eq!(hits.len(), 3);
    assert!(hits.iter().all(|hit| desk.matters[hit["ticket"]["number"].as_str().unwrap()] == 0), "{hits:?}");
    assert!(hits.windows(2).all(|pair| pair[0]["score"].as_f64() >= pair[1]["score"].as_f64()));
    assert_eq!(similar(None).await, Vec::<Value>::new());

    // The same text once more is about the same incident.
    let (first, _) = app.message(&desk.service, "resent-1", "Прорвало трубу у дома 12 по улице Лесной, вода течёт во двор.").await;
    app.run_jobs().await;
    let (second, _) = app.message(&desk.service, "resent-2", "Прорвало трубу у дома 12 по улице Лесной, вода течёт во двор.").await;
    app.run_jobs().await;
    let (first, second) = ((desk.ticket(&first).await, first), desk.ticket(&second).await);
    assert_eq!(second["duplicates"][0]["ticket"]["number"], first.1);
    assert!(second["duplicates"][0]["score"].as_f64().unwrap() > 0.9);
    assert_eq!((&first.0["duplicates"], &first.0["language"]), (&json!([]), &json!("ru")));
    assert_eq!(first.0["cluster"], second["cluster"]);
    app.finish().await;
}

#[tokio::test]
async fn the_router_learns_from_experts() {
    let desk = Desk::full().await;
    let app = &desk.app;
    let mut groups = Vec::new();
    for key in ["housing", "streets", "schools"] {
        groups.push(app.group(&desk.admin, key).await);
    }
    // Before anybody has shown it anything, all lies on the desk, where every expert may take it.
    let unrouted = async || {
        let query = "{ tickets(filter: { unrouted: true }) { totalCount } }";
        app.query(Some(&groups[0].1), query, json!({})).await["tickets"]["totalCount"].clone()
    };
    assert_eq!(unrouted().await, 30);
    for (matter, tickets) in desk.tickets.iter().enumerate() {
        for ticket in &tickets[..9] {
            let input = json!({ "ticketId": ticket, "groupId": groups[matter].0 });
            let routed = app.must(Some(&groups[0].1), "routeTicket", input, "ticket { state group { id } routeConfidence }").await;
            let wanted = json!({ "state": "TRIAGED", "group": { "id": groups[matter].0 }, "routeConfidence": null });
            assert_eq!(routed["ticket"], wanted);
        }
    }
    assert_eq!(unrouted().await, 3);
    // What was given away is another group's now.
    let back = json!({ "ticketId": desk.tickets[1][0], "groupId": groups[0].0 });
    assert_eq!(app.refused(Some(&groups[0].1), "routeTicket", back).await, "NOT_ALLOWED");
    app.run_jobs().await;
    let news = [
        "Лифт в подъезде сломан и не работает, вызовите лифтёра.",
        "Фонари на улице не горят, ночью темно.",
        "В школьной столовой детям дали холодный обед и кашу.",
    ];
    for (matter, text) in news.iter().enumerate() {
        let (number, _) = app.message(&desk.service, &format!("new-{matter}"), text).await;
        app.run_jobs().await;
        let ticket = desk.ticket(&number).await;
        assert_eq!(ticket["group"]["id"], groups[matter].0, "{text}: {ticket}");
        assert!(ticket["routeConfidence"].as_f64().unwrap() >= 0.5, "{ticket}");
    }
    // What it is not sure of stays on the desk, with how unsure it was.
    let (number, unsure) = app.message(&desk.service, "unsure", "Спасибо большое, хорошего дня!").await;
    app.run_jobs().await;
    let ticket = desk.ticket(&number).await;
    assert_eq!((&ticket["group"], &ticket["state"]), (&Value::Null, &json!("TRIAGED")), "{ticket}");
    assert!(ticket["routeConfidence"].as_f64().is_none_or(|c| c < 0.5), "{ticket}");
    app.must(Some(&groups[2].1), "routeTicket", json!({ "ticketId": unsure, "groupId": groups[2].0 }), "").await;
    app.run_jobs().await;

    // In whose hands it is.
    let ticket = &desk.tickets[0][0];
    let expert = &groups[0].1;
    let assign = |who: Value| json!({ "ticketId": ticket, "assigneeId": who });
    assert_eq!(app.refused(Some(&groups[1].1), "assignTicket", assign(json!(groups[1].1.gid()))).await, "NOT_ALLOWED");
    assert_eq!(app.refused(Some(expert), "assignTicket", assign(json!(groups[1].1.gid()))).await, "NOT_ALLOWED");
    let taken = app.must(Some(expert), "assignTicket", assign(json!(expert.gid())), "ticket { state assignee { id } }").await;
    assert_eq!(taken["ticket"], json!({ "state": "IN_PROGRESS", "assignee": { "id": expert.gid() } }));
    let left = app.must(Some(expert), "assignTicket", assign(Value::Null), "ticket { state assignee { id } }").await;
    assert_eq!(left["ticket"], json!({ "state": "TRIAGED", "assignee": null }));
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn topics_are_learned_from_people() {
    let desk = Desk::full().await;
    let app = &desk.app;
    let (_, expert) = app.group(&desk.admin, "housing").await;
    let mut topics = Vec::new();
    for (key, ru, en) in [("lifts", "Лифты", "Lifts"), ("light", "Освещение", "Lighting"), ("meals", "Питание", "Meals")]
    {
        let input = json!({ "key": key, "nameRu": ru, "nameEn": en });
        topics.push(app.must(Some(&desk.admin), "createTopic", input, "topic { id }").await["topic"]["id"].clone());
    }
    let said = "ticket { topic { id } topicConfidence }";
    for (matter, tickets) in desk.tickets.iter().enumerate() {
        for ticket in &tickets[..9] {
            let set = json!({ "ticketId": ticket, "topicId": topics[matter] });
            let set = app.must(Some(&expert), "setTicketTopic", set, said).await;
            assert_eq!(set["ticket"], json!({ "topic": { "id": topics[matter] }, "topicConfidence": null }));
        }
    }
    app.run_jobs().await;
    let look = async |number: &str| {
        let query =
            "query($number: String!) { ticket(number: $number) { topic { id } topicConfidence why { topicWords { word weight } } } }";
        app.query(Some(&expert), query, json!({ "number": number })).await["ticket"].clone()
    };
    let (number, lift) = app.message(&desk.service, "lift", "Лифт в подъезде сломан и не работает, вызовите лифтёра.").await;
    app.run_jobs().await;
    let ticket = look(&number).await;
    assert_eq!(ticket["topic"]["id"], topics[0], "{ticket}");
    assert!(ticket["topicConfidence"].as_f64().unwrap() >= 0.5, "{ticket}");
    let words = ticket["why"]["topicWords"].as_array().unwrap();
    assert!(words.iter().any(|word| word["word"] == "лифт" && word["weight"].as_f64().unwrap() > 0.0), "{ticket}");

    // A person knows better, also that it is about nothing of the list.
    let set = app.must(Some(&expert), "setTicketTopic", json!({ "ticketId": lift, "topicId": null }), said).await;
    assert_eq!(set["ticket"], json!({ "topic": null, "topicConfidence": null }));
    let unknown = json!({ "ticketId": lift, "topicId": crate::support::gid("Topic", uuid::Uuid::nil()) });
    assert_eq!(app.refused(Some(&expert), "setTicketTopic", unknown).await, "NOT_FOUND");
    // What it is not sure of gets none.
    let (number, _) = app.message(&desk.service, "thanks", "Спасибо большое, хорошего дня!").await;
    app.run_jobs().await;
    assert_eq!(look(&number).await["topic"], Value::Null);
    // Who reports and says what it is about is not corrected by the machine.
    let citizen = app.citizen("Olga").await;
    let said_so = json!({ "text": "Лифт стоит между этажами, не работает.", "public": true, "topicId": topics[2] });
    let made = app.must(Some(&citizen), "submitFeedback", said_so, "submitted { ticket { number } }").await;
    app.run_jobs().await;
    let ticket = look(made["submitted"]["ticket"]["number"].as_str().unwrap()).await;
    assert_eq!((&ticket["topic"]["id"], &ticket["topicConfidence"]), (&topics[2], &Value::Null));
    app.finish().await;
}

#[tokio::test]
async fn experts_merge_split_assess_and_decide_for_all_at_once() {
    let desk = Desk::full().await;
    let app = &desk.app;
    let expert = app.group(&desk.admin, "housing").await.1;
    let clusters = desk.clusters().await;
    let (big, other) = (&clusters[0], &clusters[1]);
    let size = |cluster: &Value| cluster["size"].as_i64().unwrap();
    let both = size(big) + size(other);
    let merge = |target: &Value, source: &Value| json!({ "targetId": target, "sourceIds": [source] });
    assert_eq!(app.refused(Some(&expert), "mergeClusters", merge(&big["id"], &big["id"])).await, "WRONG_STATE");
    let merged = app.must(Some(&expert), "mergeClusters", merge(&big["id"], &other["id"]), "cluster { size }").await;
    assert_eq!(merged["cluster"]["size"], both);
    assert_eq!(app.refused(Some(&expert), "mergeClusters", merge(&big["id"], &other["id"])).await, "WRONG_STATE");
    app.run_jobs().await;
    assert_eq!(desk.clusters().await.len(), clusters.len() - 1);
    let query = "query($id: ID!) { cluster(id: $id) { state size mergedInto { id } } }";
    let gone = app.query(None, query, json!({ "id": other["id"] })).await;
    assert_eq!(gone["cluster"], json!({ "state": "MERGED", "size": 0, "mergedInto": { "id": big["id"] } }));

    // And apart again.
    let split = |tickets: Vec<String>| json!({ "clusterId": big["id"], "ticketIds": tickets });
    let stranger = clusters.last().map(ids).unwrap();
    assert_eq!(app.refused(Some(&expert), "splitCluster", split(stranger)).await, "NOT_FOUND");
    let all: Vec<String> = ids(big).into_iter().chain(ids(other)).collect();
    assert_eq!(app.refused(Some(&expert), "splitCluster", split(all)).await, "WRONG_COUNT");
    let apart = app.must(Some(&expert), "splitCluster", split(ids(other)), "cluster { id size }").await;
    assert_eq!(apart["cluster"]["size"], other["size"]);
    app.run_jobs().await;
    let now = desk.clusters().await;
    let find = |id: &Value| now.iter().find(|c| c["id"] == *id).unwrap_or_else(|| panic!("no {id} in {now:#?}"));
    assert_eq!(size(find(&big["id"])), size(big));
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    assert_eq!(sorted(ids(find(&apart["cluster"]["id"]))), sorted(ids(other)));
    let again = app.must(Some(&expert), "mergeClusters", merge(&big["id"], &apart["cluster"]["id"]), "cluster { size }").await;
    assert_eq!(again["cluster"]["size"], both);

    // An opinion, then a decision that answers every open ticket once.
    let subject = &big["id"];
    let assessment = |feasibility: i64| {
        json!({ "subjectId": subject, "feasibility": feasibility, "costLow": 100_000, "costHigh": 5_000_000_000_i64,
                "effect": "Жители двух домов.", "opinion": "Детали есть на складе." })
    };
    assert_eq!(app.refused(Some(&expert), "assess", assessment(5)).await, "OUT_OF_RANGE");
    app.must(Some(&expert), "assess", assessment(3), "").await;
    app.must(Some(&expert), "assess", assessment(4), "").await;
    let query = "query($id: ID!) { cluster(id: $id) { assessments { feasibility costHigh currency author { name } } } }";
    let kept = app.query(Some(&expert), query, json!({ "id": subject })).await["cluster"]["assessments"].clone();
    assert_eq!(kept, json!([{ "feasibility": 4, "costHigh": 5_000_000_000_i64, "currency": "RUB", "author": { "name": "Expert" } }]));
    assert_eq!(app.query(None, query, json!({ "id": subject })).await["cluster"]["assessments"], json!([]));

    let answered_before = &ids(big)[0];
    app.must(Some(&expert), "replyToTicket", json!({ "ticketId": answered_before, "text": "Уже сделано." }), "").await;
    app.run_jobs().await;
    let mails = app.app.mailer.sent().len();
    let body = "Ремонт закончим к первому декабря, благодарим за сообщения.";
    let decision = json!({ "subjectId": subject, "kind": "ACCEPT", "body": body });
    assert_eq!(app.forbidden(Some(&app.citizen("Gleb").await), "decide", decision.clone()).await, "FORBIDDEN");
    app.must(Some(&expert), "decide", decision.clone(), "decision { id }").await;
    assert_eq!(app.refused(Some(&expert), "decide", decision).await, "ALREADY_EXISTS");
    app.run_jobs().await;
    // The job again, as after a crash.
    sqlx::query("select graphile_worker.add_job('answer_tickets', json_build_object('decision', id)) from decisions")
        .execute(app.db())
        .await
        .unwrap();
    app.run_jobs().await;
    let decided = desk.clusters().await;
    let decided = decided.iter().find(|c| c["id"] == *subject).unwrap();
    assert_eq!(decided["state"], "DECIDED");
    for ticket in decided["tickets"]["nodes"].as_array().unwrap() {
        assert_eq!(ticket["state"], "ANSWERED");
        let read = desk.ticket(ticket["number"].as_str().unwrap()).await;
        let out: Vec<&str> = read["articles"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|a| a["direction"] == "OUT")
            .map(|a| a["body"].as_str().unwrap())
            .collect();
        assert_eq!(out, if ticket["id"] == answered_before.as_str() { ["Уже сделано."] } else { [body] });
    }
    assert_eq!(app.app.mailer.sent().len() - mails, usize::try_from(both).unwrap() - 1);
    // The others wait still.
    let open = app.query(Some(&expert), "{ tickets(filter: { states: [TRIAGED] }) { totalCount } }", json!({})).await;
    assert_eq!(open["tickets"]["totalCount"], 30 - both);
    app.finish().await;
}
