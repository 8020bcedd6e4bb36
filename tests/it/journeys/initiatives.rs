use chrono::Days;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, initiative, key, text_of};

async fn read(app: &TestApp, who: Option<&Person>, id: &str, select: &str) -> Value {
    let query = format!("query($id: ID!) {{ initiative(id: $id) {{ {select} }} }}");
    app.query(who, &query, json!({ "id": id })).await["initiative"].clone()
}

async fn create(app: &TestApp, author: &Person, input: Value) -> String {
    text_of(&app.must(Some(author), "createInitiative", input, "initiative { id }").await["initiative"]["id"])
}

async fn settle_due(app: &TestApp) {
    sqlx::query("select graphile_worker.add_job('settle_due', '{}'::json)").execute(app.db()).await.unwrap();
    app.run_jobs().await;
}

fn on(id: &str) -> Value {
    json!({ "initiativeId": id })
}

#[tokio::test]
async fn an_initiative_is_written_together_returned_voted_on_and_done() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let (_, other_officer) = app.department(&admin, "parks").await;
    let (author, coauthor, stranger) = (app.citizen("Anna").await, app.citizen("Boris").await, app.citizen("Gleb").await);

    // A draft is its authors' own business.
    let id = create(&app, &author, json!({ "title": "Тёплые остановки", "goal": "Мало." })).await;
    for who in [None, Some(&stranger), Some(&officer)] {
        assert_eq!(read(&app, who, &id, "id").await, Value::Null);
        let list = app.query(who, "{ initiatives { totalCount nodes { id } } }", json!({})).await;
        assert_eq!(list["initiatives"], json!({ "totalCount": 0, "nodes": [] }));
    }
    assert_eq!(read(&app, Some(&author), &id, "state").await["state"], "DRAFT");
    assert_eq!(app.refused(Some(&coauthor), "signInitiative", on(&id)).await, "NOT_FOUND");
    let invite = json!({ "initiativeId": id, "participantIds": [coauthor.gid()] });
    assert_eq!(app.refused(Some(&stranger), "inviteCoauthors", invite.clone()).await, "NOT_FOUND");
    app.must(Some(&author), "inviteCoauthors", invite, "").await;
    let signed = app.must(Some(&coauthor), "signInitiative", on(&id), "initiative { coauthors { signedAt participant { name } } }").await;
    let coauthors = &signed["initiative"]["coauthors"];
    assert_eq!(coauthors[0]["participant"]["name"], "Boris");
    assert!(coauthors[0]["signedAt"].is_string(), "{coauthors}");

    // What is missing is named, all at once.
    let refused = app.mutate(Some(&author), "submitInitiative", on(&id), "initiative { id }").await;
    let paths: Vec<String> = refused["userErrors"].as_array().unwrap().iter().map(|e| text_of(&e["path"].as_array().unwrap()[0])).collect();
    assert_eq!(paths, ["goal", "effect", "resources", "departmentId"]);
    let mut complete = initiative(&department);
    let fields = complete.as_object_mut().unwrap();
    fields.insert("initiativeId".into(), json!(id));
    assert_eq!(app.refused(Some(&stranger), "updateInitiative", complete.clone()).await, "NOT_FOUND");
    app.must(Some(&author), "updateInitiative", complete, "").await;
    app.must(Some(&author), "submitInitiative", on(&id), "").await;
    assert_eq!(
        app.refused(Some(&author), "updateInitiative", json!({ "initiativeId": id, "title": "Другое название" })).await,
        "WRONG_STATE"
    );

    // The review.
    let returned = json!({ "initiativeId": id, "verdict": "RETURN", "reason": "Назовите, пожалуйста, число остановок." });
    assert_eq!(app.forbidden(Some(&author), "reviewInitiative", returned.clone()).await, "FORBIDDEN");
    // To another department's officer it does not exist until it is published.
    assert_eq!(app.refused(Some(&other_officer), "reviewInitiative", returned.clone()).await, "NOT_FOUND");
    let bare = json!({ "initiativeId": id, "verdict": "RETURN" });
    assert!(["REQUIRED", "TOO_SHORT"].contains(&app.refused(Some(&officer), "reviewInitiative", bare).await.as_str()));
    app.must(Some(&officer), "reviewInitiative", returned, "").await;
    let change = json!({ "initiativeId": id, "title": "Десять тёплых остановок на Садовой" });
    app.must(Some(&author), "updateInitiative", change, "").await;
    let revisions =
        read(&app, Some(&author), &id, "revisions { revision title changes { field before after } }").await["revisions"].clone();
    let titles: Vec<&str> = revisions.as_array().unwrap().iter().map(|r| r["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Тёплые остановки", "Тёплые остановки на улице Садовой", "Десять тёплых остановок на Садовой"]);
    assert_eq!(
        revisions[2]["changes"],
        json!([{ "field": "title", "before": "Тёплые остановки на улице Садовой", "after": "Десять тёплых остановок на Садовой" }])
    );
    app.must(Some(&author), "submitInitiative", on(&id), "").await;
    app.must(Some(&officer), "reviewInitiative", json!({ "initiativeId": id, "verdict": "PUBLISH" }), "").await;
    let again = json!({ "initiativeId": id, "verdict": "REJECT", "reason": "Передумали после публикации." });
    assert_eq!(app.refused(Some(&other_officer), "reviewInitiative", again.clone()).await, "NOT_ALLOWED");
    assert_eq!(app.refused(Some(&officer), "reviewInitiative", again).await, "WRONG_STATE");

    // The vote ends as soon as there are enough.
    for voter in [&author, &coauthor, &stranger] {
        assert_eq!(read(&app, None, &id, "state").await["state"], "VOTING");
        app.must(Some(voter), "castVote", json!({ "initiativeId": id, "choices": [0] }), "").await;
        app.run_jobs().await;
    }
    assert_eq!(read(&app, None, &id, "state").await["state"], "ACCEPTED");
    assert_eq!(app.refused(Some(&admin), "castVote", json!({ "initiativeId": id, "choices": [0] })).await, "VOTING_CLOSED");
    assert_eq!(app.refused(Some(&author), "withdrawVote", on(&id)).await, "VOTING_CLOSED");

    // The answer, and the work.
    let due = |days| app.app.clock.now().date_naive().checked_add_days(Days::new(days)).unwrap();
    let milestones = json!([{ "title": "Проект", "dueOn": due(30) }, { "title": "Стройка", "dueOn": due(90) }]);
    let answer =
        json!({ "initiativeId": id, "accepted": true, "body": "Построим все десять остановок до зимы.", "milestones": milestones });
    assert_eq!(app.refused(Some(&other_officer), "answerInitiative", answer.clone()).await, "NOT_ALLOWED");
    app.must(Some(&officer), "answerInitiative", answer.clone(), "").await;
    assert_eq!(app.refused(Some(&officer), "answerInitiative", answer).await, "WRONG_STATE");
    let state =
        read(&app, None, &id, "state officialAnswer { accepted body author { name } department { key } } milestones { id title doneAt }")
            .await;
    assert_eq!(state["state"], "IN_IMPLEMENTATION");
    assert_eq!(state["officialAnswer"]["department"]["key"], "roads");
    for milestone in state["milestones"].as_array().unwrap() {
        assert_eq!(app.refused(Some(&officer), "completeImplementation", on(&id)).await, "WRONG_STATE");
        let input = json!({ "milestoneId": milestone["id"], "note": "Готово." });
        assert_eq!(app.refused(Some(&other_officer), "completeMilestone", input.clone()).await, "NOT_ALLOWED");
        app.must(Some(&officer), "completeMilestone", input.clone(), "").await;
        assert_eq!(app.refused(Some(&officer), "completeMilestone", input).await, "WRONG_STATE");
    }
    app.must(Some(&officer), "completeImplementation", json!({ "initiativeId": id, "reason": "Остановки открыты." }), "").await;

    // All of it can be read again.
    let history = read(&app, None, &id, "history { from to reason actor { name } }").await["history"].clone();
    let lines: Vec<Value> =
        history.as_array().unwrap().iter().map(|h| json!([h["from"], h["to"], h["actor"]["name"], h["reason"]])).collect();
    let wanted = json!([
        [null, "DRAFT", "Anna", ""],
        ["DRAFT", "IN_REVIEW", "Anna", ""],
        ["IN_REVIEW", "RETURNED", "Officer", "Назовите, пожалуйста, число остановок."],
        ["RETURNED", "IN_REVIEW", "Anna", ""],
        ["IN_REVIEW", "VOTING", "Officer", ""],
        ["VOTING", "ACCEPTED", null, ""],
        ["ACCEPTED", "IN_IMPLEMENTATION", "Officer", ""],
        ["IN_IMPLEMENTATION", "IMPLEMENTED", "Officer", "Остановки открыты."]
    ]);
    assert_eq!(json!(lines), wanted);
    let query = "query($id: ID!) { auditLog(first: 100, filter: { subjectId: $id }) { nodes { action actor { name } } } }";
    let log = app.query(None, query, json!({ "id": id })).await["auditLog"]["nodes"].clone();
    let actions: Vec<&str> = log.as_array().unwrap().iter().rev().map(|line| line["action"].as_str().unwrap()).collect();
    let told = [
        "created",
        "coauthors_invited",
        "signed",
        "revised",
        "submitted",
        "returned",
        "revised",
        "submitted",
        "published",
        "accepted",
        "answered",
        "in_implementation",
        "milestone_done",
        "milestone_done",
        "implemented",
    ];
    assert_eq!(actions, told.map(|action| format!("initiative.{action}")));
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn a_vote_without_enough_support_ends_with_its_time() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let (author, voter) = (app.citizen("Anna").await, app.citizen("Boris").await);
    let id = app.voting(&author, &department, &officer, json!({ "threshold": 2, "votingDays": 30 })).await;
    let ballot = json!({ "initiativeId": id, "choices": [0] });
    app.must(Some(&voter), "castVote", ballot.clone(), "").await;
    app.advance(29).await;
    settle_due(&app).await;
    assert_eq!(read(&app, None, &id, "state").await["state"], "VOTING");
    app.advance(2).await;
    // The time decides, not the job that notices it.
    assert_eq!(app.refused(Some(&author), "castVote", ballot.clone()).await, "VOTING_CLOSED");
    assert_eq!(app.refused(Some(&voter), "withdrawVote", on(&id)).await, "VOTING_CLOSED");
    settle_due(&app).await;
    let ended = read(&app, None, &id, "state tally { ballots } history { to actor { id } }").await;
    assert_eq!((&ended["state"], &ended["tally"]["ballots"]), (&json!("NOT_SUPPORTED"), &json!(1)));
    assert_eq!(ended["history"].as_array().unwrap().last().unwrap(), &json!({ "to": "NOT_SUPPORTED", "actor": null }));
    assert_eq!(app.refused(Some(&author), "castVote", ballot).await, "VOTING_CLOSED");
    // Once is enough.
    settle_due(&app).await;
    assert_eq!(
        read(&app, None, &id, "history { to }").await["history"].as_array().unwrap().len(),
        ended["history"].as_array().unwrap().len()
    );
    app.finish().await;
}

#[tokio::test]
async fn an_author_takes_an_initiative_back() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let (author, stranger) = (app.citizen("Anna").await, app.citizen("Gleb").await);
    let id = app.voting(&author, &department, &officer, json!({})).await;
    let input = json!({ "initiativeId": id, "reason": "Остановки уже строят." });
    assert_eq!(app.refused(Some(&stranger), "withdrawInitiative", input.clone()).await, "NOT_FOUND");
    assert_eq!(app.refused(Some(&author), "withdrawInitiative", on(&id)).await, "REQUIRED");
    app.must(Some(&author), "withdrawInitiative", input.clone(), "").await;
    assert_eq!(app.refused(Some(&author), "withdrawInitiative", input).await, "WRONG_STATE");
    assert_eq!(app.refused(Some(&stranger), "castVote", json!({ "initiativeId": id, "choices": [0] })).await, "VOTING_CLOSED");
    let gone = read(&app, None, &id, "state history { reason }").await;
    assert_eq!(gone["state"], "WITHDRAWN");
    assert_eq!(gone["history"].as_array().unwrap().last().unwrap()["reason"], "Остановки уже строят.");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn a_file_is_read_by_whoever_may_read_what_it_belongs_to() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let (author, stranger) = (app.citizen("Anna").await, app.citizen("Gleb").await);
    let upload = async |who: Option<&Person>, marked: bool| {
        let mut request = app.http.post(app.url("/files?name=..%2Fplan.txt")).header("content-type", "text/plain").body("План улицы");
        if let Some(who) = who {
            request = request.bearer_auth(&who.token);
        }
        if marked {
            request = request.header("x-veche-upload", "1");
        }
        request.send().await.unwrap()
    };
    assert_eq!(upload(Some(&author), false).await.status(), 400);
    assert_eq!(upload(None, true).await.status(), 401);
    let file: Value = upload(Some(&author), true).await.json().await.unwrap();
    let mut input = initiative(&department);
    input.as_object_mut().unwrap().insert("attachmentIds".into(), json!([file["id"]]));
    assert_eq!(app.refused(Some(&stranger), "createInitiative", input.clone()).await, "NOT_FOUND");
    let id = create(&app, &author, input.clone()).await;
    // A file belongs to one thing.
    assert_eq!(app.refused(Some(&author), "createInitiative", input).await, "NOT_FOUND");
    let files = read(&app, Some(&author), &id, "attachments { name size contentType url }").await["attachments"].clone();
    assert_eq!((&files[0]["name"], &files[0]["size"], &files[0]["contentType"]), (&json!("plan.txt"), &json!(19), &json!("text/plain")));
    assert_eq!(text_of(&files[0]["url"]), app.url(&format!("/files/{}", key(&file["id"]))));
    let download = async |who: Option<&Person>| {
        let mut request = app.http.get(text_of(&files[0]["url"]));
        if let Some(who) = who {
            request = request.bearer_auth(&who.token);
        }
        request.send().await.unwrap()
    };
    assert_eq!(download(None).await.status(), 404);
    assert_eq!(download(Some(&stranger)).await.status(), 404);
    assert_eq!(download(Some(&author)).await.text().await.unwrap(), "План улицы");
    app.must(Some(&author), "submitInitiative", on(&id), "").await;
    app.must(Some(&officer), "reviewInitiative", json!({ "initiativeId": id, "verdict": "PUBLISH" }), "").await;
    let public = download(None).await;
    assert!(public.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(public.headers()["x-content-type-options"], "nosniff");
    assert_eq!(public.text().await.unwrap(), "План улицы");
    app.run_jobs().await;
    app.finish().await;
}
