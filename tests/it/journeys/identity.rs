use serde_json::{Value, json};

use crate::support::{Person, TestApp, text_of};

const ME: &str = "{ me { name email confirmed roles locale } }";

fn link(body: &str, path: &str) -> String {
    body.split_whitespace().find(|word| word.contains(path)).expect("a link").to_owned()
}

/// A request as a browser sends it: with a cookie, perhaps from a page of another site.
async fn as_browser(app: &TestApp, cookie: &str, origin: Option<&str>, query: &str) -> Value {
    let mut request = app.http.post(app.url("/graphql")).header("cookie", cookie).json(&json!({ "query": query }));
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn an_account_is_registered_confirmed_and_used() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, _) = app.department(&admin, "roads").await;
    let account = json!({ "name": "Анна Ким", "email": "anna@example.org", "password": "a long password" });
    let first = app.must(None, "register", account.clone(), "email").await;
    assert_eq!(first["email"], "anna@example.org");
    app.run_jobs().await;
    let mails = app.mails_to("anna@example.org");
    assert_eq!(mails.len(), 1);
    let confirm = link(&mails[0].body, "/confirm/");
    assert!(confirm.starts_with(&app.url("/confirm/")), "{confirm}");

    let credentials = json!({ "email": "anna@example.org", "password": "a long password" });
    let session = app.must(None, "logIn", credentials.clone(), "session { token participant { id name } }").await;
    let anna = Person::new(crate::support::key(&session["session"]["participant"]["id"]), text_of(&session["session"]["token"]));
    let me = async || app.query(Some(&anna), ME, json!({})).await["me"].clone();
    assert_eq!(me().await["confirmed"], false);
    let input = crate::support::initiative(&department);
    assert_eq!(app.refused(Some(&anna), "createInitiative", input).await, "NOT_CONFIRMED");

    // Looking at the link does not use it up, pressing the button does, once.
    let page = app.http.get(&confirm).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("<form method=\"post\""));
    assert_eq!(me().await["confirmed"], false);
    assert_eq!(app.http.post(&confirm).header("origin", "https://evil.example").send().await.unwrap().status(), 403);
    assert_eq!(app.http.post(&confirm).send().await.unwrap().status(), 403, "without the form's token");
    let (browser, path) = (app.browser(), confirm.strip_prefix(&app.url("")).unwrap());
    assert_eq!(browser.submit(path, &[]).await.path, "/login");
    assert_eq!(
        me().await,
        json!({ "name": "Анна Ким", "email": "anna@example.org", "confirmed": true, "roles": ["CITIZEN"], "locale": "EN" })
    );
    assert_eq!(browser.submit(path, &[]).await.status, 422);
    let token = confirm.rsplit('/').next().unwrap();
    assert_eq!(app.refused(None, "confirmEmail", json!({ "token": token })).await, "INVALID_TOKEN");

    // Nobody learns from the answer that the address is known; its owner does, by mail.
    let again = json!({ "name": "Somebody", "email": "ANNA@example.org", "password": "another password" });
    let second = app.mutate(None, "register", again, "email").await;
    assert_eq!(second["userErrors"], first["userErrors"]);
    app.run_jobs().await;
    let sent = app.app.mailer.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[1].to, "anna@example.org");
    assert!(!sent[1].body.contains("/confirm/") && sent[1].subject.contains("already"), "{}", sent[1].subject);
    assert_eq!(me().await["name"], "Анна Ким");
    // What the second one chose opens nothing.
    let theirs = json!({ "email": "anna@example.org", "password": "another password" });
    let wrong = app.mutate(None, "logIn", theirs, "").await;
    let unknown = app.mutate(None, "logIn", json!({ "email": "nobody@example.org", "password": "another password" }), "").await;
    assert_eq!(wrong["userErrors"][0]["code"], "WRONG_CREDENTIALS");
    assert_eq!(wrong, unknown);
    app.finish().await;
}

#[tokio::test]
async fn a_cookie_is_a_session_for_pages_of_this_site_only() {
    let app = TestApp::start().await;
    let account = json!({ "name": "Boris", "email": "boris@example.org", "password": "a long password" });
    app.must(None, "register", account, "").await;
    let query = r#"mutation { logIn(input: { email: "boris@example.org", password: "a long password" }) { session { token } } }"#;
    let response = app.http.post(app.url("/graphql")).json(&json!({ "query": query })).send().await.unwrap();
    let set = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    let cookie = set.split(';').next().unwrap();
    let me = async |origin: Option<&str>| as_browser(&app, cookie, origin, "{ me { name } }").await["data"]["me"].clone();
    let boris = json!({ "name": "Boris" });
    assert_eq!(me(None).await, boris);
    assert_eq!(me(Some(&app.url(""))).await, boris);
    for foreign in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        assert_eq!(me(Some(foreign)).await, Value::Null, "{foreign}");
    }
    let out = as_browser(&app, cookie, None, "mutation { logOut(input: {}) { loggedOut } }").await;
    assert_eq!(out["data"]["logOut"]["loggedOut"], true);
    assert_eq!(me(None).await, Value::Null);
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn a_token_does_what_it_was_made_for_until_it_is_revoked() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let author = app.citizen("Anna").await;
    let initiative = app.voting(&author, &department, &officer, json!({ "threshold": 100 })).await;
    let voter = app.citizen("Vera").await;
    let input = json!({ "name": "my script", "scopes": ["PARTICIPATE"] });
    let created = app.must(Some(&voter), "createAccessToken", input, "created { secret accessToken { id scopes revokedAt } }").await;
    let created = &created["created"];
    assert_eq!(created["accessToken"]["scopes"], json!(["PARTICIPATE"]));
    let script = Person::new(voter.id, text_of(&created["secret"]));
    let ballot = json!({ "initiativeId": initiative, "choices": [0] });
    let cast = app.must(Some(&script), "castVote", ballot.clone(), "tally { ballots }").await;
    assert_eq!(cast["tally"]["ballots"], 1);
    assert_eq!(app.forbidden(Some(&script), "updateProfile", json!({ "name": "Vera II" })).await, "FORBIDDEN");
    let more = json!({ "name": "more", "scopes": ["ADMINISTER"] });
    assert_eq!(app.forbidden(Some(&script), "createAccessToken", more).await, "FORBIDDEN");
    assert_eq!(app.query(Some(&voter), ME, json!({})).await["me"]["name"], "Vera");

    let id = json!({ "tokenId": created["accessToken"]["id"] });
    let stranger = app.citizen("Gleb").await;
    assert_eq!(app.refused(Some(&stranger), "revokeAccessToken", id.clone()).await, "NOT_FOUND");
    let revoked = app.must(Some(&voter), "revokeAccessToken", id, "accessToken { revokedAt }").await;
    assert!(revoked["accessToken"]["revokedAt"].is_string());
    let (status, answer) = app.ask_in("en", Some(&script), "{ me { name } }", json!({})).await;
    assert_eq!((status, &answer["errors"][0]["extensions"]["code"]), (401, &json!("UNAUTHENTICATED")));
    // The list never shows a secret, only that there was a token.
    let tokens = app.query(Some(&voter), "{ me { accessTokens { name revokedAt } } }", json!({})).await;
    assert_eq!(tokens["me"]["accessTokens"][0]["name"], "my script");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn the_installation_is_claimed_once() {
    let app = TestApp::start().await;
    let links =
        [veche::identity::claim_link(&app.app).await.unwrap().unwrap(), veche::identity::claim_link(&app.app).await.unwrap().unwrap()];
    assert_eq!(app.http.get(&links[0]).send().await.unwrap().status(), 200);
    let browser = app.browser();
    let claim = async |link: &str, email: &str| {
        let path = link.strip_prefix(&app.url("")).unwrap();
        browser.submit(path, &[("name", "Administrator"), ("email", email), ("password", "a long password")]).await
    };
    assert_eq!(claim(&links[0], "no address").await.status, 422);
    assert_eq!(claim(&links[0], "admin@example.org").await.path, "/admin");
    let me = browser.ask("{ me { roles confirmed } }").await;
    assert_eq!(me["me"], json!({ "roles": ["CITIZEN", "ADMINISTRATOR"], "confirmed": true }));
    // Neither the same link again nor another one that was printed before.
    for link in &links {
        assert_eq!(claim(link, "second@example.org").await.status, 422);
        let token = link.rsplit('/').next().unwrap();
        let account = json!({ "name": "Second", "email": "second@example.org", "password": "a long password" });
        assert_eq!(app.refused(None, "claimInstallation", json!({ "token": token, "account": account })).await, "INVALID_TOKEN");
    }
    assert!(veche::identity::claim_link(&app.app).await.unwrap().is_none());
    app.finish().await;
}
