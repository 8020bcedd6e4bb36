//! What the pages read and do beyond the journeys of the rooms.

use serde_json::{Value, json};

use crate::support::{Person, TestApp, gid, people, text_of};

fn names(list: &Value, key: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|node| text_of(&node[key])).collect()
}

#[tokio::test]
async fn administrators_find_people_and_see_the_tokens_of_services() {
    let app = TestApp::start().await;
    let (admin, anna) = (app.administrator().await, app.citizen("Анна Ким").await);
    let account = json!({ "name": "Borja", "email": "Borja@example.org", "password": "a long password" });
    app.must(None, "register", account, "").await;
    app.person("Moderator", &["CITIZEN", "MODERATOR"]).await;
    let service = app.service().await;
    let find = async |filter: Value| {
        let query = "query($f: ParticipantFilter) { participants(filter: $f) { totalCount nodes { name } } }";
        let found = app.query(Some(&admin), query, json!({ "f": filter })).await["participants"].clone();
        assert_eq!(found["totalCount"], found["nodes"].as_array().unwrap().len());
        names(&found["nodes"], "name")
    };
    assert_eq!(find(json!({})).await.len(), 5);
    assert_eq!(find(json!({ "text": "анна" })).await, ["Анна Ким"]);
    assert_eq!(find(json!({ "text": "borja@EXAMPLE.org" })).await, ["Borja"]);
    assert_eq!(find(json!({ "text": "@example.org" })).await, Vec::<String>::new(), "only whole addresses");
    assert_eq!(find(json!({ "role": "MODERATOR" })).await, ["Moderator"]);
    let tokens = async |who: &Person| {
        let query = "query($id: ID!) { node(id: $id) { ... on Participant { accessTokens { name } } } }";
        app.query(Some(who), query, json!({ "id": service.gid() })).await["node"]["accessTokens"].clone()
    };
    assert_eq!(tokens(&admin).await, json!([{ "name": "bot" }]));
    assert_eq!(tokens(&anna).await, Value::Null);
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn an_initiative_says_what_each_may_do_with_it() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let (author, coauthor, citizen) = (app.citizen("Anna").await, app.citizen("Boris").await, app.citizen("Gleb").await);
    let input = crate::support::initiative(&department);
    let id = text_of(&app.must(Some(&author), "createInitiative", input, "initiative { id }").await["initiative"]["id"]);
    let may = async |who: Option<&Person>| {
        let query = "query($id: ID!) { initiative(id: $id) { may followed } }";
        app.query(who, query, json!({ "id": id })).await["initiative"].clone()
    };
    assert_eq!(may(Some(&author)).await, json!({ "may": ["EDIT", "SUBMIT", "WITHDRAW"], "followed": true }));
    let invite = json!({ "initiativeId": id, "participantIds": [coauthor.gid()] });
    app.must(Some(&author), "inviteCoauthors", invite, "").await;
    assert_eq!(may(Some(&coauthor)).await["may"], json!(["SIGN"]));
    app.must(Some(&coauthor), "signInitiative", json!({ "initiativeId": id }), "").await;
    let mine = "{ initiatives(filter: { mine: true }) { totalCount } }";
    for (who, count) in [(&author, 1), (&coauthor, 1), (&citizen, 0)] {
        assert_eq!(app.query(Some(who), mine, json!({})).await["initiatives"]["totalCount"], count);
    }
    app.must(Some(&author), "submitInitiative", json!({ "initiativeId": id }), "").await;
    assert_eq!(may(Some(&officer)).await["may"], json!(["REVIEW"]));
    assert_eq!(may(Some(&admin)).await["may"], json!(["REVIEW", "MODERATE"]));
    app.must(Some(&officer), "reviewInitiative", json!({ "initiativeId": id, "verdict": "PUBLISH" }), "").await;
    assert_eq!(may(None).await, json!({ "may": [], "followed": false }));
    assert_eq!(may(Some(&citizen)).await, json!({ "may": ["VOTE", "COMMENT"], "followed": false }));
    app.must(Some(&citizen), "follow", json!({ "subjectId": id }), "").await;
    app.must(Some(&citizen), "follow", json!({ "subjectId": department }), "").await;
    assert_eq!(may(Some(&citizen)).await["followed"], true);
    let followed =
        app.query(Some(&citizen), "{ departments { followed figures { openInitiatives answered onTime medianAnswerDays } } }", json!({}));
    let figures = json!({ "openInitiatives": 1, "answered": 0, "onTime": 0, "medianAnswerDays": null });
    assert_eq!(followed.await["departments"], json!([{ "followed": true, "figures": figures }]));

    // Three are enough: the department may answer.
    for voter in people(&app, 3).await {
        app.must(Some(&voter), "castVote", json!({ "initiativeId": id, "choices": [0] }), "").await;
    }
    app.run_jobs().await;
    assert_eq!(may(Some(&officer)).await["may"], json!(["ANSWER", "COMMENT"]));
    let answer = json!({ "initiativeId": id, "accepted": false, "body": "В этом году сделать это не получится." });
    app.must(Some(&officer), "answerInitiative", answer, "").await;
    assert_eq!(may(Some(&officer)).await["may"], json!(["COMMENT"]));
    let figures = app.query(None, "{ departments { figures { openInitiatives answered onTime medianAnswerDays } } }", json!({})).await;
    let figures = &figures["departments"][0]["figures"];
    assert_eq!((&figures["answered"], &figures["onTime"]), (&json!(1), &json!(1)));
    assert!(figures["medianAnswerDays"].as_f64().unwrap() < 1.0);
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn initiatives_are_found_by_nearness_change_and_likeness_and_ballots_by_their_voter() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let author = app.citizen("Anna").await;
    let mut ids = Vec::new();
    for (title, threshold) in [("Велодорожка вдоль набережной", 100), ("Фонтан в парке Победы", 3), ("Новый трамвай до вокзала", 1000)]
    {
        let goal = format!("{title}: просим сделать это в следующем году.");
        ids.push(app.voting(&author, &department, &officer, json!({ "title": title, "threshold": threshold, "goal": goal })).await);
    }
    let voter = app.citizen("Vera").await;
    for id in &ids {
        app.must(Some(&voter), "castVote", json!({ "initiativeId": id, "choices": [0] }), "").await;
    }
    let titles = async |who: Option<&Person>, args: &str| {
        let data = app.query(who, &format!("{{ initiatives({args}) {{ nodes {{ title }} }} }}"), json!({})).await;
        names(&data["initiatives"]["nodes"], "title")
    };
    let near = ["Фонтан в парке Победы", "Велодорожка вдоль набережной", "Новый трамвай до вокзала"];
    assert_eq!(titles(None, "orderBy: NEAR_THRESHOLD").await, near);
    assert_eq!(titles(None, "last: 2, orderBy: NEAR_THRESHOLD").await, near[1..]);
    let page = app.query(None, "{ initiatives(first: 1, orderBy: NEAR_THRESHOLD) { pageInfo { endCursor } } }", json!({})).await;
    let after = text_of(&page["initiatives"]["pageInfo"]["endCursor"]);
    assert_eq!(titles(None, &format!("first: 1, orderBy: NEAR_THRESHOLD, after: \"{after}\"")).await, near[1..2]);
    app.must(Some(&author), "withdrawInitiative", json!({ "initiativeId": ids[0], "reason": "Передумали все вместе." }), "").await;
    assert_eq!(titles(None, "first: 1, orderBy: UPDATED").await, ["Велодорожка вдоль набережной"]);
    assert_eq!(titles(None, "first: 1, orderBy: UPDATED, filter: { states: [VOTING] }").await, ["Новый трамвай до вокзала"]);

    let ballots = "{ myBallots(first: 2) { totalCount nodes { initiative { title } ballot { choices } } } }";
    let mine = app.query(Some(&voter), ballots, json!({})).await["myBallots"].clone();
    assert_eq!(mine["totalCount"], 3);
    assert_eq!(mine["nodes"][0], json!({ "initiative": { "title": "Новый трамвай до вокзала" }, "ballot": { "choices": [0] } }));
    assert_eq!(app.query(Some(&author), ballots, json!({})).await["myBallots"]["totalCount"], 0);

    let moderator = app.person("Moderator", &["CITIZEN", "MODERATOR"]).await;
    let mut waiting = crate::support::initiative(&department);
    waiting["title"] = json!("Трамваи и фонтаны");
    let waiting = text_of(&app.must(Some(&author), "createInitiative", waiting, "initiative { id }").await["initiative"]["id"]);
    let like = async |who: Option<&Person>, text: &str, except: Option<&str>| {
        let query =
            "query($t: String!, $e: ID) { similarInitiatives(text: $t, first: 10, except: $e) { initiative { title } words score } }";
        let found = app.query(who, query, json!({ "t": text, "e": except })).await["similarInitiatives"].clone();
        assert!(found.as_array().unwrap().iter().all(|hit| hit["words"].as_array().unwrap().contains(&json!("трамваи"))), "{found}");
        found.as_array().unwrap().iter().map(|hit| text_of(&hit["initiative"]["title"])).collect::<Vec<String>>()
    };
    let text = "Хочу, чтобы на вокзал ходили трамваи";
    assert_eq!(like(Some(&moderator), text, None).await, ["Новый трамвай до вокзала"], "nobody sees others' drafts");
    app.must(Some(&author), "submitInitiative", json!({ "initiativeId": waiting }), "").await;
    assert_eq!(like(None, text, None).await, ["Новый трамвай до вокзала"]);
    assert_eq!(like(Some(&moderator), text, None).await, ["Новый трамвай до вокзала", "Трамваи и фонтаны"]);
    assert_eq!(like(Some(&moderator), text, Some(&ids[2])).await, ["Трамваи и фонтаны"]);
    assert_eq!(like(None, "' | & ! :* \\ ((", None).await, Vec::<String>::new());
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn comments_have_sides_and_acts_and_flags_a_history() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let (author, reader) = (app.citizen("Anna").await, app.citizen("Gleb").await);
    let moderator = app.person("Moderator", &["CITIZEN", "MODERATOR"]).await;
    let id = app.voting(&author, &department, &officer, json!({})).await;
    let add = async |side: &str, body: &str| {
        let input = json!({ "subjectId": id, "side": side, "body": body });
        text_of(&app.must(Some(&author), "addComment", input, "comment { id }").await["comment"]["id"])
    };
    let (good, bad) = (add("FOR", "Давно пора.").await, add("AGAINST", "Дорого.").await);
    add("FOR", "И красиво.").await;
    let query = "query($id: ID!) { initiative(id: $id) { f: comments(side: FOR, orderBy: OLDEST) { totalCount nodes { body } }
                   a: comments(side: AGAINST) { totalCount nodes { body } } n: comments(side: NEUTRAL) { totalCount } all: comments { totalCount } } }";
    let sides = app.query(None, query, json!({ "id": id })).await["initiative"].clone();
    assert_eq!(names(&sides["f"]["nodes"], "body"), ["Давно пора.", "И красиво."]);
    assert_eq!((&sides["f"]["totalCount"], &sides["a"]["totalCount"]), (&json!(2), &json!(1)));
    assert_eq!((&sides["n"]["totalCount"], &sides["all"]["totalCount"]), (&json!(0), &json!(3)));
    let may = async |who: Option<&Person>| {
        let query = "query($id: ID!) { node(id: $id) { ... on Comment { may } } }";
        app.query(who, query, json!({ "id": good })).await["node"]["may"].clone()
    };
    assert_eq!(may(None).await, json!([]));
    assert_eq!(may(Some(&author)).await, json!(["EDIT", "REPLY"]));
    assert_eq!(may(Some(&reader)).await, json!(["FLAG", "VOTE", "REPLY"]));
    assert_eq!(may(Some(&moderator)).await, json!(["HIDE", "FLAG", "VOTE", "REPLY"]));

    for subject in [&good, &bad] {
        app.must(Some(&reader), "flag", json!({ "subjectId": subject, "reason": "ABUSE", "body": "Посмотрите." }), "").await;
    }
    app.must(Some(&moderator), "hide", json!({ "subjectId": bad, "reason": "Оскорбление." }), "").await;
    assert_eq!(may(Some(&moderator)).await, json!(["HIDE", "FLAG", "VOTE", "REPLY"]));
    let flags = async |args: &str| {
        let query =
            format!("{{ flags{args} {{ totalCount nodes {{ subject {{ id ... on Comment {{ body }} }} resolvedBy {{ name }} }} }} }}");
        app.query(Some(&moderator), &query, json!({})).await["flags"].clone()
    };
    let open = flags("").await;
    assert_eq!(open["totalCount"], 1);
    assert_eq!(open["nodes"][0], json!({ "subject": { "id": good, "body": "Давно пора." }, "resolvedBy": null }));
    assert_eq!(flags("(resolved: true)").await["nodes"][0]["resolvedBy"]["name"], "Moderator");
    assert_eq!(flags("(resolved: null)").await["totalCount"], 2);
    assert_eq!(flags(&format!("(resolved: null, subjectId: \"{bad}\")")).await["totalCount"], 1);

    // The log leads to what it tells of, and no further than its reader may go.
    let log = async |who: Option<&Person>, filter: &str| {
        let query = format!("{{ auditLog(filter: {{ {filter} }}) {{ totalCount nodes {{ action subject {{ __typename }} }} }} }}");
        app.query(who, &query, json!({})).await["auditLog"].clone()
    };
    let both = log(Some(&admin), "actions: [\"comment.hidden\", \"initiative.published\"]").await;
    assert_eq!(names(&both["nodes"], "action"), ["comment.hidden", "initiative.published"]);
    assert_eq!((&both["nodes"][0]["subject"]["__typename"], &both["totalCount"]), (&json!("Comment"), &json!(2)));
    let his = log(Some(&admin), &format!("actorId: \"{}\"", moderator.gid())).await;
    assert_eq!(names(&his["nodes"], "action"), ["comment.hidden"]);
    assert_eq!(log(None, &format!("actorId: \"{}\"", reader.gid())).await["totalCount"], 0);
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn a_ticket_says_what_each_may_do_and_a_cluster_what_is_typical() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (group, expert) = app.group(&admin, "roads").await;
    let (_, other) = app.group(&admin, "parks").await;
    let service = app.service().await;
    for n in 0..4 {
        app.message(&service, &format!("a{n}"), &format!("Не горит фонарь у дома {n} на улице Садовой, темно.")).await;
    }
    let (_, lone) = app.message(&service, "b", "Во дворе третью неделю не вывозят мусор, контейнеры полны.").await;
    let written = app.must(
        None,
        "submitFeedback",
        json!({ "text": "Яма на дороге у дома 5 по улице Мира.", "public": true }),
        "submitted { number secret }",
    );
    let written = written.await["submitted"].clone();
    app.run_jobs().await;
    let may = async |who: Option<&Person>, secret: Option<&str>| {
        let query = "query($n: String!, $s: String) { ticket(number: $n, secret: $s) { may followed ratingComment } }";
        let variables = json!({ "n": written["number"], "s": secret });
        app.query(who, query, variables).await["ticket"].clone()
    };
    let secret = text_of(&written["secret"]);
    assert_eq!(may(None, None).await["may"], json!([]));
    assert_eq!(may(None, Some("wrong")).await["may"], json!([]), "a wrong secret opens nothing");
    assert_eq!(may(None, Some(&secret)).await["may"], json!(["REPLY"]));
    let work = json!(["REPLY", "NOTE", "ASSIGN", "ROUTE", "SET_TOPIC", "MERGE", "REJECT", "DECIDE"]);
    let id = text_of(
        &app.query(Some(&admin), "query($n: String!) { ticket(number: $n) { id } }", json!({ "n": written["number"] })).await["ticket"]["id"],
    );
    app.must(Some(&admin), "routeTicket", json!({ "ticketId": id, "groupId": group }), "").await;
    assert_eq!(may(Some(&expert), None).await["may"], work);
    assert_eq!(may(Some(&other), None).await["may"], json!([]));
    app.must(Some(&expert), "replyToTicket", json!({ "ticketId": id, "text": "Яму заделали вчера вечером." }), "").await;
    assert_eq!(may(None, Some(&secret)).await["may"], json!(["REPLY", "RATE"]));
    assert_eq!(may(Some(&expert), None).await["may"], json!(["REPLY", "NOTE", "SET_TOPIC", "MERGE"]));

    let query = "{ clusters(orderBy: LARGEST) { nodes { id size typical { subject } neighbours(first: 1) { score cluster { id } } timeline { day count } } } }";
    let clusters = app.query(Some(&expert), query, json!({})).await["clusters"]["nodes"].clone();
    let lamps = &clusters[0];
    assert_eq!(lamps["size"], 4);
    assert_eq!(lamps["typical"].as_array().unwrap().len(), 3);
    assert_eq!(lamps["timeline"][0]["count"], 4);
    assert!(lamps["neighbours"].as_array().unwrap().iter().all(|n| n["cluster"]["id"] != lamps["id"]), "{lamps}");
    let public = app.query(None, query, json!({})).await["clusters"]["nodes"].clone();
    assert_eq!(public[0]["typical"], json!([]), "private tickets stay private");
    assert!(!lone.is_empty());
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn statistics_have_a_course_without_gaps_and_names_in_the_readers_language() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (group, _) = app.group(&admin, "roads").await;
    let service = app.service().await;
    let (_, first) = app.message(&service, "a", "Не горит фонарь у дома 3.").await;
    app.run_jobs().await;
    app.must(Some(&admin), "routeTicket", json!({ "ticketId": first, "groupId": group }), "").await;
    app.advance(21).await;
    app.message(&service, "b", "Во дворе не вывозят мусор.").await;
    app.run_jobs().await;
    let query = "{ statistics { course { week tickets answered participants } ticketsByGroup { name count } ticketsByTopic { name } ticketsByTerritory { name } } }";
    let read = async |locale: &str| app.ask_in(locale, None, query, json!({})).await.1["data"]["statistics"].clone();
    let statistics = read("ru").await;
    let course = statistics["course"].as_array().unwrap();
    assert_eq!(course.iter().map(|week| week["tickets"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 0, 0, 1], "{course:?}");
    assert_eq!(statistics["ticketsByGroup"], json!([{ "name": "Группа roads", "count": 1 }]));
    assert_eq!(read("en").await["ticketsByGroup"][0]["name"], "Group roads");
    app.finish().await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_once_and_ends_all_sessions() {
    let app = TestApp::start().await;
    let account = json!({ "name": "Anna", "email": "anna@example.org", "password": "a long password" });
    app.must(None, "register", account, "").await;
    let log_in = async |password: &str| {
        let input = json!({ "email": "anna@example.org", "password": password });
        let session = app.mutate(None, "logIn", input, "session { token participant { id } }").await["session"].clone();
        session["token"].as_str().map(|token| Person::new(crate::support::key(&session["participant"]["id"]), token.to_owned()))
    };
    let (phone, desk) = (log_in("a long password").await.unwrap(), log_in("a long password").await.unwrap());
    let alive = async |who: &Person| app.ask(Some(who), "{ me { name } }", json!({})).await["data"]["me"]["name"] == "Anna";
    app.run_jobs().await;
    app.must(Some(&phone), "resendConfirmation", json!({}), "participant { confirmed }").await;
    app.run_jobs().await;
    assert_eq!(app.mails_to("anna@example.org").iter().filter(|mail| mail.body.contains("/confirm/")).count(), 2);

    // With the current one: the other sessions end.
    let change = |current: &str, password: &str| json!({ "current": current, "password": password });
    assert_eq!(app.refused(Some(&phone), "changePassword", change("wrong password", "another password")).await, "WRONG_CREDENTIALS");
    assert_eq!(app.refused(Some(&phone), "changePassword", change("a long password", "short")).await, "TOO_SHORT");
    app.must(Some(&phone), "changePassword", change("a long password", "another password"), "").await;
    assert!(alive(&phone).await && !alive(&desk).await);
    assert!(log_in("a long password").await.is_none());

    // Without it: nobody learns whether there is such an account.
    let known = app.must(None, "requestPasswordReset", json!({ "email": "ANNA@example.org" }), "email").await;
    let unknown = app.must(None, "requestPasswordReset", json!({ "email": "nobody@example.org" }), "email").await;
    assert_eq!(known["userErrors"], unknown["userErrors"]);
    app.must(None, "requestPasswordReset", json!({ "email": "anna@example.org" }), "").await;
    app.run_jobs().await;
    assert!(app.mails_to("nobody@example.org").is_empty());
    let mails = app.mails_to("anna@example.org");
    let tokens: Vec<String> = mails
        .iter()
        .filter_map(|mail| mail.body.split_whitespace().find(|word| word.contains("/reset/")))
        .map(|link| link.rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(tokens.len(), 2);
    let reset = |token: &str, password: &str| json!({ "token": token, "password": password });
    assert_eq!(app.refused(None, "resetPassword", reset(&tokens[0], "short")).await, "TOO_SHORT");
    app.must(None, "resetPassword", reset(&tokens[0], "a third password"), "participant { name }").await;
    assert!(!alive(&phone).await);
    for token in &tokens {
        assert_eq!(
            app.refused(None, "resetPassword", reset(token, "a fourth password")).await,
            "INVALID_TOKEN",
            "neither again nor another"
        );
    }
    assert!(log_in("a third password").await.is_some());
    app.must(None, "requestPasswordReset", json!({ "email": "anna@example.org" }), "").await;
    app.run_jobs().await;
    let late = app.mails_to("anna@example.org").last().unwrap().body.clone();
    let late = late.split_whitespace().find(|word| word.contains("/reset/")).unwrap().rsplit('/').next().unwrap().to_owned();
    app.advance(1).await;
    assert_eq!(app.refused(None, "resetPassword", reset(&late, "a fifth password")).await, "INVALID_TOKEN");
    app.finish().await;
}

#[tokio::test]
async fn an_uploaded_file_is_imported_once_however_often_it_is_tried() {
    let app = TestApp::start().await;
    let (admin, citizen) = (app.administrator().await, app.citizen("Anna").await);
    let upload = async |who: &Person, name: &str, text: String| {
        let request = app.http.post(app.url(&format!("/files?name={name}"))).bearer_auth(&who.token).header("x-veche-upload", "1");
        text_of(&request.body(text).send().await.unwrap().json::<Value>().await.unwrap()["id"])
    };
    let mut table = String::from("number,words\n");
    (0..150).for_each(|n| table.push_str(&format!("m-{n},\"Яма на дороге у дома {n}\"\n")));
    table.push_str("m-bad,\n");
    let start = |file: &str, text: &str| json!({ "format": "CSV", "attachmentId": file, "columns": { "id": "number", "text": text } });
    let figures = async || {
        let query = "{ imports { fileName state total read stored ignored refused error startedAt endedAt } }";
        app.query(Some(&admin), query, json!({})).await["imports"][0].clone()
    };
    let theirs = upload(&citizen, "messages.csv", table.clone()).await;
    assert_eq!(app.refused(Some(&admin), "startImport", start(&theirs, "words")).await, "NOT_FOUND", "another's file");
    let file = upload(&admin, "messages.csv", table).await;
    let started = app.must(Some(&admin), "startImport", start(&file, "words"), "import { id state stored }").await;
    assert_eq!(started["import"]["state"], "WAITING");
    app.run_jobs().await;
    let done = figures().await;
    assert_eq!(
        (&done["state"], &done["total"], &done["read"], &done["stored"]),
        (&json!("DONE"), &json!(151), &json!(151), &json!(150)),
        "{done}"
    );
    assert_eq!((&done["fileName"], &done["error"]), (&json!("messages.csv"), &Value::Null));
    assert!(done["endedAt"].is_string());
    // A try that was cut: the same job again counts what it finds as its own.
    sqlx::query("update imports set state = 'RUNNING', ended_at = null").execute(app.db()).await.unwrap();
    let job = "select graphile_worker.add_job('run_import', json_build_object('import', id)) from imports";
    sqlx::query(job).execute(app.db()).await.unwrap();
    app.run_jobs().await;
    let again = figures().await;
    assert_eq!((&again["stored"], &again["ignored"], &again["state"]), (&json!(150), &done["ignored"], &json!("DONE")));
    // Another import of the same file stores nothing.
    app.must(Some(&admin), "startImport", start(&file, "words"), "").await;
    app.run_jobs().await;
    let second = figures().await;
    assert_eq!(second["stored"], 0);
    assert_eq!(app.query(Some(&admin), "{ tickets { totalCount } }", json!({})).await["tickets"]["totalCount"], 150);
    // A file that cannot be read says why, by its own name.
    app.must(Some(&admin), "startImport", start(&file, "nothing"), "").await;
    app.run_jobs().await;
    let failed = figures().await;
    assert_eq!(failed["state"], "FAILED");
    let error = text_of(&failed["error"]);
    assert!(error.contains("messages.csv has no column \"nothing\""), "{error}");
    let mail = json!({ "kind": "INITIATIVES", "format": "MBOX", "attachmentId": gid("Attachment", admin.id) });
    assert_eq!(app.refused(Some(&admin), "startImport", mail).await, "NOT_ALLOWED");
    app.finish().await;
}
