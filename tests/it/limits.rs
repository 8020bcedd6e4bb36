//! Every limit holds at its edge and says when or how to go on.

use serde_json::{Value, json};
use veche::config::Rate;

use crate::support::{Person, TestApp, config};

const TWO: Rate = Rate { burst: 2, per_minute: 1 };

/// The third call of a mutation is too much: code, seconds to wait, and the header that HTTP clients know.
async fn third_is_refused(app: &TestApp, who: Option<&Person>, name: &str, type_name: &str, input: Value) {
    let query = format!("mutation($input: {type_name}!) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}");
    for n in 1..=3 {
        let mut request = app.http.post(app.url("/graphql")).json(&json!({ "query": query, "variables": { "input": input } }));
        if let Some(who) = who {
            request = request.bearer_auth(&who.token);
        }
        let response = request.send().await.unwrap();
        let retry_after = response.headers().get("retry-after").map(|v| v.to_str().unwrap().parse::<u64>().unwrap());
        let answer: Value = response.json().await.unwrap();
        let code = &answer["errors"][0]["extensions"]["code"];
        if n < 3 {
            assert_ne!(code, "RATE_LIMITED", "{name}, call {n}: {answer}");
        } else {
            assert_eq!(code, "RATE_LIMITED", "{name}: {answer}");
            let seconds = answer["errors"][0]["extensions"]["retryAfter"].as_u64().unwrap();
            assert!((1..=61).contains(&seconds), "{name}: {answer}");
            assert_eq!(retry_after, Some(seconds), "{name}");
        }
    }
}

#[tokio::test]
async fn logging_in_registering_voting_and_writing_are_limited_each_on_its_own() {
    let mut config = config();
    (config.limits.log_in, config.limits.registration, config.limits.voting, config.limits.feedback) = (TWO, TWO, TWO, TWO);
    let app = TestApp::with(config).await;
    let citizen = app.citizen("Anna").await;
    let nobody = crate::support::gid("Initiative", uuid::Uuid::from_u128(7));
    third_is_refused(&app, None, "logIn", "LogInInput", json!({ "email": "a@example.org", "password": "wrong" })).await;
    let account = json!({ "name": "Anna", "email": "not an address", "password": "a long password" });
    third_is_refused(&app, None, "register", "RegisterInput", account).await;
    third_is_refused(&app, Some(&citizen), "castVote", "CastVoteInput", json!({ "initiativeId": nobody, "choices": [0] })).await;
    third_is_refused(&app, None, "submitFeedback", "SubmitFeedbackInput", json!({ "text": "Не горит фонарь у школы." })).await;
    // Somebody else is not held back by it.
    let other = app.citizen("Boris").await;
    assert_eq!(app.refused(Some(&other), "castVote", json!({ "initiativeId": nobody, "choices": [0] })).await, "NOT_FOUND");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn queries_are_limited_in_depth_and_cost_and_requests_in_size() {
    let mut config = config();
    (config.limits.depth, config.limits.cost, config.limits.body_bytes) = (6, 300, 2_000);
    let app = TestApp::with(config).await;
    let code = |answer: Value| answer["errors"][0]["extensions"]["code"].clone();
    // initiatives { nodes { comments { nodes { author { name } } } } } is six levels deep.
    let deep = "{ initiatives(first: 1) { nodes { comments(first: 1) { nodes { author { name } } } } } }";
    app.query(None, deep, json!({})).await;
    let deeper = "{ initiatives(first: 1) { nodes { comments(first: 1) { nodes { replies(first: 1) { totalCount } author { name } } } } } node(id: \"x\") { ... on Ticket { cluster { decision { author { accessTokens { id } } } } } } }";
    let too_deep = "{ initiatives(first: 1) { nodes { comments(first: 1) { nodes { replies(first: 1) { nodes { body } } } } } } }";
    assert_eq!(code(app.ask(None, too_deep, json!({})).await), "TOO_COMPLEX");
    assert_ne!(code(app.ask(None, deeper, json!({})).await), Value::Null);
    app.query(None, "{ initiatives(first: 20) { nodes { id title } } }", json!({})).await;
    let costly = "{ initiatives(first: 100) { nodes { id title goal state } } }";
    assert_eq!(code(app.ask(None, costly, json!({})).await), "TOO_COMPLEX");
    let body = json!({ "query": "{ me { id } }", "padding": "x".repeat(2_000) }).to_string();
    let response = app.http.post(app.url("/graphql")).header("content-type", "application/json").body(body).send().await.unwrap();
    assert_eq!(response.status(), 413);
    app.finish().await;
}
