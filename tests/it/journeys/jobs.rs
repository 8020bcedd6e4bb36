use serde_json::{Value, json};

use crate::support::TestApp;

const FAILED: &str = "{ failedJobs { totalCount nodes { number task attempts lastError } } jobs { task waiting running failed } }";

#[tokio::test]
async fn a_job_that_fails_for_good_waits_for_the_administrator() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let failed = async || app.query(Some(&admin), FAILED, json!({})).await["failedJobs"].clone();
    assert_eq!(failed().await["totalCount"], 0);
    sqlx::query("select graphile_worker.add_job('announce', '{\"event\": \"none\"}'::json, max_attempts => 1)")
        .execute(app.db())
        .await
        .unwrap();
    veche::jobs::run_waiting(&app.app).await.unwrap();
    let list = failed().await;
    assert_eq!(list["totalCount"], 1);
    let job = list["nodes"][0].clone();
    assert_eq!((&job["task"], &job["attempts"]), (&json!("announce"), &json!(1)));
    assert!(job["lastError"].as_str().is_some_and(|e| !e.is_empty()), "{job}");
    let counts = app.query(Some(&admin), FAILED, json!({})).await["jobs"].clone();
    assert_eq!(counts, json!([{ "task": "announce", "waiting": 0, "running": 0, "failed": 1 }]));
    let citizen = app.citizen("Anna").await;
    assert_eq!(app.ask(Some(&citizen), FAILED, json!({})).await["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let rerun = json!({ "jobIds": [job["number"]] });
    assert_eq!(app.forbidden(Some(&citizen), "rerunJobs", rerun.clone()).await, "FORBIDDEN");

    // It runs again, and fails again, until its cause is gone.
    let run_again = async || {
        let count: Value = app.must(Some(&admin), "rerunJobs", rerun.clone(), "count").await["count"].clone();
        veche::jobs::run_waiting(&app.app).await.unwrap();
        count
    };
    assert_eq!(run_again().await, 1);
    assert_eq!(failed().await["totalCount"], 1);
    sqlx::query("update graphile_worker._private_jobs set payload = '{\"event\": 0}'").execute(app.db()).await.unwrap();
    assert_eq!(run_again().await, 1);
    assert_eq!(failed().await["totalCount"], 0);
    assert_eq!(run_again().await, 0);
    app.finish().await;
}
