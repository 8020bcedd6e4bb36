use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn an_initiative_goes_from_draft_to_implemented() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let author = app.citizen("Anna").await;
    let id = app.voting(&author, &department, &officer, json!({ "threshold": 2 })).await;
    for name in ["Boris", "Vera"] {
        let voter = app.citizen(name).await;
        app.must(Some(&voter), "castVote", json!({ "initiativeId": id, "choices": [0] }), "tally { ballots counts }").await;
    }
    app.run_jobs().await;
    let query = "query($id: ID!) { initiative(id: $id) { state tally { ballots counts } history { from to reason actor { name } } } }";
    let data = app.query(None, query, json!({ "id": id })).await;
    assert_eq!(data["initiative"]["state"], "ACCEPTED");
    assert_eq!(data["initiative"]["tally"], json!({ "ballots": 2, "counts": [2] }));
    app.finish().await;
}
