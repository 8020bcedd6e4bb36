use serde_json::{Value, json};

use crate::support::{Person, TestApp};

const INBOX: &str = "{ unreadNotifications notifications(first: 50) { totalCount nodes { id kind subjectId title readAt } } }";

async fn inbox(app: &TestApp, who: &Person) -> Value {
    app.query(Some(who), INBOX, json!({})).await
}

fn kinds(inbox: &Value) -> Vec<&str> {
    inbox["notifications"]["nodes"].as_array().unwrap().iter().map(|n| n["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn people_hear_of_what_they_follow_as_they_chose_and_once() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let (author, follower, quiet, former) =
        (app.citizen("Anna").await, app.citizen("Boris").await, app.citizen("Vera").await, app.citizen("Gleb").await);
    app.must(Some(&follower), "follow", json!({ "subjectId": department }), "subjectId").await;
    let id = app.voting(&author, &department, &officer, json!({ "threshold": 2 })).await;
    app.run_jobs().await;
    // Who follows a department hears of what comes to a vote there.
    assert_eq!(kinds(&inbox(&app, &follower).await), ["INITIATIVE_PUBLISHED"]);
    assert_eq!(kinds(&inbox(&app, &former).await), Vec::<&str>::new());
    app.must(Some(&follower), "unfollow", json!({ "subjectId": department }), "").await;

    let draft = app.must(Some(&author), "createInitiative", crate::support::initiative(&department), "initiative { id }").await;
    assert_eq!(app.refused(Some(&follower), "follow", json!({ "subjectId": draft["initiative"]["id"] })).await, "NOT_FOUND");
    for who in [&follower, &quiet, &former] {
        app.must(Some(who), "follow", json!({ "subjectId": id }), "").await;
        app.must(Some(who), "follow", json!({ "subjectId": id }), "").await;
    }
    app.must(Some(&former), "unfollow", json!({ "subjectId": id }), "").await;
    let off = json!({ "kind": "INITIATIVE_ACCEPTED", "channel": "EMAIL", "enabled": false });
    app.must(Some(&quiet), "setNotificationPreference", off.clone(), "").await;
    let preferences = app.query(Some(&quiet), "{ notificationPreferences { kind channel enabled } }", json!({})).await;
    assert!(preferences["notificationPreferences"].as_array().unwrap().contains(&off));

    let before = app.app.mailer.sent().len();
    for voter in [&admin, &officer] {
        app.must(Some(voter), "castVote", json!({ "initiativeId": id, "choices": [0] }), "").await;
    }
    app.run_jobs().await;
    let mails: Vec<String> = {
        let mut to: Vec<String> = app.app.mailer.sent().split_off(before).into_iter().map(|mail| mail.to).collect();
        to.sort();
        to
    };
    let mut wanted = vec![author.email(), follower.email()];
    wanted.sort();
    assert_eq!(mails, wanted);
    let seen = inbox(&app, &quiet).await;
    assert_eq!(kinds(&seen), ["INITIATIVE_ACCEPTED"]);
    assert_eq!(seen["notifications"]["nodes"][0]["subjectId"], id);
    assert_eq!(kinds(&inbox(&app, &former).await), Vec::<&str>::new());

    // A job that runs again tells nobody twice.
    let deliveries = async || sqlx::query_scalar::<_, i64>("select count(*) from deliveries").fetch_one(app.db()).await.unwrap();
    let (told, sent) = (deliveries().await, app.app.mailer.sent().len());
    sqlx::query("select graphile_worker.add_job('announce', json_build_object('event', id)) from audit_log where action = $1")
        .bind("initiative.accepted")
        .execute(app.db())
        .await
        .unwrap();
    sqlx::query("select graphile_worker.add_job('deliver', json_build_object('delivery', id)) from deliveries")
        .execute(app.db())
        .await
        .unwrap();
    app.run_jobs().await;
    assert_eq!((deliveries().await, app.app.mailer.sent().len()), (told, sent));

    // Read, by nobody but its owner.
    assert_eq!(seen["unreadNotifications"], 1);
    let ids = json!({ "ids": [seen["notifications"]["nodes"][0]["id"]] });
    app.must(Some(&follower), "markNotificationsRead", ids.clone(), "unread").await;
    assert_eq!(inbox(&app, &quiet).await["unreadNotifications"], 1);
    let left = app.must(Some(&quiet), "markNotificationsRead", ids, "unread").await;
    assert_eq!(left["unread"], 0);
    let after = inbox(&app, &quiet).await;
    assert_eq!(after["unreadNotifications"], 0);
    assert!(after["notifications"]["nodes"][0]["readAt"].is_string());
    let unread = app.query(Some(&quiet), "{ notifications(unreadOnly: true) { totalCount } }", json!({})).await;
    assert_eq!(unread["notifications"]["totalCount"], 0);
    assert_eq!(app.must(Some(&follower), "markNotificationsRead", json!({ "all": true }), "unread").await["unread"], 0);
    app.finish().await;
}
