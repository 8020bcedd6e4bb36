use serde_json::{Value, json};

use crate::support::{Person, TestApp, text_of};

struct Thread {
    app: TestApp,
    officer: Person,
    author: Person,
    subject: String,
}

impl Thread {
    async fn open() -> Self {
        let app = TestApp::start().await;
        let admin = app.administrator().await;
        let (department, officer) = app.department(&admin, "roads").await;
        let author = app.citizen("Author").await;
        let subject = app.voting(&author, &department, &officer, json!({})).await;
        Self { app, officer, author, subject }
    }

    async fn add(&self, who: &Person, mut more: Value) -> String {
        let input = more.as_object_mut().unwrap();
        input.insert("subjectId".into(), json!(self.subject));
        text_of(&self.app.must(Some(who), "addComment", more, "comment { id }").await["comment"]["id"])
    }

    /// The comments on the subject itself.
    async fn read(&self, who: Option<&Person>, order: &str, select: &str) -> Vec<Value> {
        let query =
            format!("query($id: ID!) {{ initiative(id: $id) {{ comments(first: 10, orderBy: {order}) {{ nodes {{ {select} }} }} }} }}");
        let data = self.app.query(who, &query, json!({ "id": self.subject })).await;
        data["initiative"]["comments"]["nodes"].as_array().unwrap().clone()
    }

    async fn vote(&self, who: &Person, comment: &str, value: &str) -> Value {
        let input = json!({ "commentId": comment, "value": value });
        self.app.must(Some(who), "voteOnComment", input, "comment { score { up down } }").await["comment"]["score"].clone()
    }
}

fn bodies(comments: &[Value]) -> Vec<&str> {
    comments.iter().map(|c| c["body"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn people_argue_and_weigh_the_arguments() {
    let thread = Thread::open().await;
    let app = &thread.app;
    let (anna, boris, vera) = (app.citizen("Anna").await, app.citizen("Boris").await, app.citizen("Vera").await);
    let pro = thread.add(&anna, json!({ "body": "Зимой ждать холодно.", "side": "FOR" })).await;
    let contra = thread.add(&boris, json!({ "body": "Это дорого.", "side": "AGAINST" })).await;
    let question = thread.add(&vera, json!({ "body": "Сколько остановок?" })).await;
    let reply = thread.add(&vera, json!({ "body": "Дороже болеть.", "parentId": contra, "side": "FOR" })).await;
    thread.add(&boris, json!({ "body": "Не уверен.", "parentId": reply })).await;

    let list = thread
        .read(
            None,
            "OLDEST",
            "body side parentId author { name } replies(first: 5) { totalCount nodes { body replies(first: 5) { nodes { body } } } }",
        )
        .await;
    assert_eq!(bodies(&list), ["Зимой ждать холодно.", "Это дорого.", "Сколько остановок?"]);
    assert_eq!(list.iter().map(|c| c["side"].as_str().unwrap()).collect::<Vec<_>>(), ["FOR", "AGAINST", "NEUTRAL"]);
    assert_eq!(
        list[1]["replies"],
        json!({ "totalCount": 1, "nodes": [{ "body": "Дороже болеть.", "replies": { "nodes": [{ "body": "Не уверен." }] } }] })
    );
    assert_eq!(list[0]["author"]["name"], "Anna");

    // One person, one vote, which can be changed and taken back.
    let score = |up: i64, down: i64| json!({ "up": up, "down": down });
    assert_eq!(thread.vote(&boris, &question, "UP").await, score(1, 0));
    assert_eq!(thread.vote(&boris, &question, "UP").await, score(1, 0));
    assert_eq!(thread.vote(&anna, &question, "UP").await, score(2, 0));
    assert_eq!(thread.vote(&boris, &pro, "UP").await, score(1, 0));
    assert_eq!(thread.vote(&boris, &pro, "DOWN").await, score(0, 1));
    assert_eq!(thread.vote(&vera, &pro, "UP").await, score(1, 1));
    assert_eq!(thread.vote(&anna, &contra, "DOWN").await, score(0, 1));
    assert_eq!(thread.vote(&vera, &contra, "DOWN").await, score(0, 2));
    assert_eq!(thread.vote(&vera, &contra, "NONE").await, score(0, 1));
    let own = json!({ "commentId": pro, "value": "UP" });
    assert_eq!(app.refused(Some(&anna), "voteOnComment", own).await, "NOT_ALLOWED");
    let order = async |order| bodies(&thread.read(None, order, "body").await).into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(order("BEST").await, ["Сколько остановок?", "Зимой ждать холодно.", "Это дорого."]);
    assert_eq!(order("NEWEST").await, ["Сколько остановок?", "Это дорого.", "Зимой ждать холодно."]);
    assert_eq!(order("CONTROVERSIAL").await[0], "Зимой ждать холодно.");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn a_comment_is_edited_for_a_while_and_tells_those_it_mentions() {
    let thread = Thread::open().await;
    let app = &thread.app;
    let (anna, boris) = (app.citizen("Anna").await, app.citizen("Boris").await);
    let comment = thread.add(&anna, json!({ "body": format!("Спросим @[Boris]({}), он строил.", boris.gid()) })).await;
    app.run_jobs().await;
    let told = app.query(Some(&boris), "{ notifications { nodes { kind subjectId body } } }", json!({})).await;
    let told = &told["notifications"]["nodes"];
    assert_eq!((told.as_array().unwrap().len(), &told[0]["kind"], &told[0]["subjectId"]), (1, &json!("MENTIONED"), &json!(thread.subject)));
    // The author of the initiative hears that somebody commented.
    let told = app.query(Some(&thread.author), "{ notifications(first: 5) { nodes { kind } } }", json!({})).await;
    let told = told["notifications"]["nodes"].as_array().unwrap();
    assert_eq!(told.iter().filter(|n| n["kind"] == "COMMENT_ADDED").count(), 1, "{told:?}");
    assert_eq!(app.mails_to(&boris.email()).len(), 1);

    let edit = json!({ "commentId": comment, "body": "Спросим строителей." });
    assert_eq!(app.refused(Some(&boris), "editComment", edit.clone()).await, "NOT_ALLOWED");
    app.must(Some(&anna), "editComment", edit.clone(), "").await;
    let now = thread.read(None, "BEST", "body editedAt revisions { body }").await;
    assert_eq!(now[0]["body"], "Спросим строителей.");
    assert!(now[0]["editedAt"].is_string());
    assert_eq!(now[0]["revisions"].as_array().unwrap().len(), 1);
    assert!(text_of(&now[0]["revisions"][0]["body"]).starts_with("Спросим @["));
    app.advance(1).await;
    assert_eq!(app.refused(Some(&anna), "editComment", edit).await, "TOO_LATE");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn moderators_hide_what_people_flag_and_say_why() {
    let thread = Thread::open().await;
    let app = &thread.app;
    let (anna, boris) = (app.citizen("Anna").await, app.citizen("Boris").await);
    let moderator = app.person("Moderator", &["CITIZEN", "MODERATOR"]).await;
    let comment = thread.add(&anna, json!({ "body": "Звоните Ивану: 555-01-23." })).await;
    let flag = json!({ "subjectId": comment, "reason": "PERSONAL_DATA", "body": "Чужой телефон." });
    let first = app.must(Some(&boris), "flag", flag.clone(), "flag { id }").await;
    assert_eq!(app.must(Some(&boris), "flag", flag, "flag { id }").await, first);
    const FLAGS: &str = "{ flags { totalCount nodes { reason body subjectId author { name } comment { body } } } }";
    assert_eq!(app.ask(Some(&boris), FLAGS, json!({})).await["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let flags = app.query(Some(&moderator), FLAGS, json!({})).await["flags"].clone();
    assert_eq!(flags["totalCount"], 1);
    let wanted = json!({ "reason": "PERSONAL_DATA", "body": "Чужой телефон.", "subjectId": comment, "author": { "name": "Boris" },
                         "comment": { "body": "Звоните Ивану: 555-01-23." } });
    assert_eq!(flags["nodes"][0], wanted);
    let hide = json!({ "subjectId": comment, "reason": "Чужие персональные данные." });
    assert_eq!(app.forbidden(Some(&boris), "hide", hide.clone()).await, "FORBIDDEN");
    let hidden = app.must(Some(&moderator), "hide", hide.clone(), "hiding { resolvedFlags }").await;
    assert_eq!(hidden["hiding"]["resolvedFlags"], 1);
    assert_eq!(app.refused(Some(&moderator), "hide", hide).await, "WRONG_STATE");
    assert_eq!(app.query(Some(&moderator), FLAGS, json!({})).await["flags"]["totalCount"], 0);
    for who in [None, Some(&boris), Some(&anna)] {
        let seen = thread.read(who, "BEST", "body hiddenReason revisions { body }").await;
        assert_eq!(seen[0], json!({ "body": "", "hiddenReason": "Чужие персональные данные.", "revisions": [] }));
    }
    assert_eq!(thread.read(Some(&moderator), "BEST", "body").await[0]["body"], "Звоните Ивану: 555-01-23.");
    let reply = json!({ "subjectId": thread.subject, "parentId": comment, "body": "Что там было?" });
    assert_eq!(app.refused(Some(&boris), "addComment", reply).await, "WRONG_STATE");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn only_those_who_answer_speak_officially() {
    let thread = Thread::open().await;
    let app = &thread.app;
    let anna = app.citizen("Anna").await;
    let other = app.person("Another officer", &["CITIZEN", "DEPARTMENT_OFFICER"]).await;
    for who in [&anna, &other, &thread.author] {
        let input = json!({ "subjectId": thread.subject, "body": "Город согласен.", "official": true });
        assert_eq!(app.refused(Some(who), "addComment", input).await, "NOT_ALLOWED");
    }
    thread.add(&thread.officer, json!({ "body": "Смета готова.", "official": true })).await;
    thread.add(&thread.officer, json!({ "body": "А лично я за." })).await;
    let list = thread.read(None, "OLDEST", "body official").await;
    assert_eq!(list, [json!({ "body": "Смета готова.", "official": true }), json!({ "body": "А лично я за.", "official": false })]);
    app.run_jobs().await;
    app.finish().await;
}
