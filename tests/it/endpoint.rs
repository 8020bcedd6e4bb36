//! The endpoint: forms of requests and answers, other sites' pages, persisted queries, limits at their edges, repeats.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use veche::config::Rate;

use crate::support::{Person, TestApp, config, initiative};

/// A request as it is on the wire.
struct Sent {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Sent {
    fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
    }

    fn limit(&self) -> &str {
        self.body["errors"][0]["extensions"]["limit"].as_str().unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

async fn send(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<reqwest::Body>) -> Sent {
    let mut request = app.http.request(method, app.url(path)).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    Sent { status, headers, body: serde_json::from_str(&text).unwrap_or(json!({ "text": text })) }
}

const JSON: (&str, &str) = ("content-type", "application/json");

async fn post(app: &TestApp, headers: &[(&str, &str)], body: &Value) -> Sent {
    send(app, Method::POST, "/graphql", &[&[JSON], headers].concat(), body.to_string()).await
}

async fn query(app: &TestApp, query: &str) -> Sent {
    post(app, &[], &json!({ "query": query })).await
}

fn escaped(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

#[tokio::test]
async fn forms_of_requests_and_answers() {
    let app = TestApp::start().await;
    let get = async |query: &str, headers: &[(&str, &str)]| {
        send(&app, Method::GET, &format!("/graphql?query={}", escaped(query)), headers, "").await
    };
    let answer = get("{ __typename }", &[]).await;
    assert_eq!((answer.status, &answer.body["data"]), (StatusCode::OK, &json!({ "__typename": "Query" })));
    let refused = get("mutation { logOut(input: {}) { userErrors { code } } }", &[]).await;
    assert_eq!((refused.status, refused.header("allow"), refused.code()), (StatusCode::METHOD_NOT_ALLOWED, "POST", "BAD_REQUEST"));
    assert_eq!(get("{", &[("accept", "application/graphql-response+json")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(get("{ __typename }", &[("accept", "image/png")]).await.status, StatusCode::NOT_ACCEPTABLE);
    assert!(get("", &[("accept", "text/html")]).await.body["text"].as_str().is_none_or(|t| !t.contains("<html")));
    let page = send(&app, Method::GET, "/graphql", &[("accept", "text/html,*/*;q=0.8")], "").await;
    assert!(page.body["text"].as_str().unwrap().contains("<html"), "the explorer");
    // Forms of other sites' pages can send these.
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"] {
        let sent = send(&app, Method::POST, "/graphql", &[("content-type", content_type)], r#"{"query":"{ __typename }"}"#).await;
        assert_eq!(sent.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
    }
    let batch = send(&app, Method::POST, "/graphql", &[JSON], r#" [{"query":"{ __typename }"}]"#).await;
    assert_eq!((batch.status, batch.code()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"));
    let subscription = query(&app, "subscription { queueUpdated { __typename } }").await;
    assert_eq!((subscription.status, subscription.code()), (StatusCode::OK, "BAD_REQUEST"));
    let missing = query(&app, "").await;
    assert_eq!(missing.status, StatusCode::BAD_REQUEST);
    let cycle = query(&app, "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }").await;
    assert_eq!(cycle.code(), "BAD_REQUEST");
    assert!(cycle.body["errors"][0]["message"].as_str().unwrap().contains('a'));
    app.finish().await;
}

#[tokio::test]
async fn a_browser_hears_of_changes_by_a_plain_get() {
    let app = TestApp::start().await;
    let submitted = app.must(None, "submitFeedback", json!({ "text": "Не горит фонарь у школы." }), "submitted { number secret }").await;
    let (number, secret) = (&submitted["submitted"]["number"], &submitted["submitted"]["secret"]);
    let subscription = format!("subscription {{ ticketUpdated(number: {number}, secret: {secret}) {{ state }} }}");
    let url = app.url(&format!("/graphql?query={}", escaped(&subscription)));
    let mut response = app.http.get(url).header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut heard = String::new();
    while !heard.contains("\n\n") {
        heard += std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap();
    }
    assert!(heard.contains("event: next") && heard.contains(r#""state":"NEW""#), "{heard}");
    drop(response);
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn pages_of_other_sites_are_kept_out_unless_the_operator_lists_them() {
    let mut config = config();
    config.http.cors_origins = vec!["https://map.example.org".into()];
    let app = TestApp::with(config).await;
    let body = json!({ "query": "{ __typename }" });
    let listed = post(&app, &[("origin", "https://map.example.org")], &body).await;
    assert_eq!((listed.status, listed.header("access-control-allow-origin")), (StatusCode::OK, "https://map.example.org"));
    assert_eq!(listed.header("access-control-allow-credentials"), "");
    assert!(listed.header("access-control-expose-headers").contains("retry-after"));
    assert!(listed.headers.get_all("vary").iter().any(|v| v == "origin"));
    for origin in ["https://evil.example", "null"] {
        let foreign = post(&app, &[("origin", origin)], &body).await;
        assert_eq!((foreign.status, foreign.code()), (StatusCode::FORBIDDEN, "FORBIDDEN"));
        assert_eq!(foreign.header("access-control-allow-origin"), "");
    }
    let picture = send(&app, Method::GET, "/graphql?query=%7B__typename%7D", &[("sec-fetch-site", "cross-site")], "").await;
    assert_eq!(picture.status, StatusCode::FORBIDDEN);
    let own = post(&app, &[("origin", app.url("").trim_end_matches('/'))], &body).await;
    assert_eq!(own.status, StatusCode::OK);
    let asking = [("origin", "https://map.example.org"), ("access-control-request-method", "POST")];
    let allowed = send(&app, Method::OPTIONS, "/graphql", &asking, "").await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (StatusCode::NO_CONTENT, "https://map.example.org"));
    assert!(allowed.header("access-control-allow-headers").contains("idempotency-key"));
    let foreign = send(&app, Method::OPTIONS, "/graphql", &[("origin", "https://evil.example")], "").await;
    assert_eq!(foreign.header("access-control-allow-methods"), "");
    // A session's cookie counts on our own pages only.
    let person = app.citizen("Anna").await;
    let cookie = format!("veche_session={}", person.token);
    let me = json!({ "query": "{ me { id } }" });
    assert_ne!(post(&app, &[("cookie", &cookie)], &me).await.body["data"]["me"], Value::Null);
    let listed = post(&app, &[("cookie", &cookie), ("origin", "https://map.example.org")], &me).await;
    assert_eq!(listed.body["data"]["me"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn a_query_is_sent_once_and_then_named_by_its_hash() {
    let app = TestApp::start().await;
    let text = "query($n: String!) { __type(name: $n) { name } }";
    let hash: String = Sha256::digest(text).iter().map(|b| format!("{b:02x}")).collect();
    let named = json!({ "variables": { "n": "Query" }, "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } });
    let unknown = post(&app, &[], &named).await;
    assert_eq!((unknown.code(), &unknown.body["errors"][0]["message"]), ("PERSISTED_QUERY_NOT_FOUND", &json!("PersistedQueryNotFound")));
    let mut whole = named.clone();
    whole["query"] = json!(text);
    assert_eq!(post(&app, &[], &whole).await.body["data"]["__type"]["name"], "Query");
    assert_eq!(post(&app, &[], &named).await.body["data"]["__type"]["name"], "Query");
    whole["query"] = json!("{ __typename }");
    assert_eq!(post(&app, &[], &whole).await.code(), "BAD_REQUEST");
    app.finish().await;
}

/// At each limit a request is let in; one more is too much, and says of what.
#[tokio::test]
async fn every_limit_holds_at_its_edge() {
    let mut config = config();
    let l = &mut config.limits;
    (l.json_depth, l.list, l.values, l.tokens, l.depth, l.fields, l.aliases, l.directives, l.cost) = (6, 5, 41, 60, 5, 12, 3, 3, 100);
    let app = TestApp::with(config).await;
    let list = |n: usize| json!({ "query": "{ __typename }", "variables": { "x": vec![1; n] } });
    let nested = |n: usize| {
        let mut value = json!(1);
        for _ in 0..n {
            value = json!([value]);
        }
        json!({ "query": "{ __typename }", "variables": { "x": value } })
    };
    let objects = |n: usize| json!({ "query": "{ __typename }", "variables": { "x": vec![vec![vec![1; 3]; n], vec![vec![1; 4]; 4]] } });
    let text = |query: String| json!({ "query": query });
    let fields = |n: usize| format!("{{ {} }}", "__typename ".repeat(n));
    let aliases = |n: usize| format!("{{ {} }}", (0..n).map(|i| format!("a{i}: __typename ")).collect::<String>());
    let directives = |n: usize| format!("{{ {} }}", "__typename @include(if: true) ".repeat(n));
    let fragments = |n: usize| format!("{{ {} }} fragment f on Query {{ __typename __typename __typename }}", "...f ".repeat(n));
    let tokens = |n: usize| format!("query({}) {{ __typename }}", "$a:Int ".repeat(n));
    let types = |inner: &str| format!("{{ __schema {{ types {{ {inner} }} }} }}");
    let cases = [
        ("list", list(5), list(6)),
        ("json-depth", nested(4), nested(5)),
        ("values", objects(4), objects(5)),
        ("fields", text(fields(12)), text(fields(13))),
        ("fields", text(fragments(3)), text(fragments(4))),
        ("aliases", text(aliases(3)), text(aliases(4))),
        ("directives", text(directives(3)), text(directives(4))),
        ("tokens", text("{ departments { id } }".to_owned() + &" # {{{".repeat(100)), text(tokens(15))),
        (
            "depth",
            text("{ initiatives { nodes { author { departments { id } } } } }".into()),
            text("{ initiatives { nodes { author { departments { members { id } } } } } }".into()),
        ),
        (
            "cost",
            text("{ initiatives(first: 33) { nodes { id title } } }".into()),
            text("{ initiatives(first: 34) { nodes { id title } } }".into()),
        ),
        ("list", text("{ nodes(ids: [1, 2, 3, 4, 5]) }".into()), text("{ nodes(ids: [1, 2, 3, 4, 5, 6]) }".into())),
    ];
    for (limit, edge, over) in &cases {
        let allowed = post(&app, &[], edge).await;
        assert_ne!(allowed.code(), "TOO_COMPLEX", "{limit}: {}", allowed.body);
        let refused = post(&app, &[], over).await;
        assert_eq!((refused.code(), refused.limit()), ("TOO_COMPLEX", *limit), "{}", refused.body);
        let extensions = &refused.body["errors"][0]["extensions"];
        assert!(extensions["actual"].as_u64() > extensions["max"].as_u64(), "{}", refused.body);
        let message = refused.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(&extensions["max"].to_string()), "{message}");
    }
    app.finish().await;
    let app = TestApp::start().await;
    let introspection = |n: usize| types(&format!("{}name{}", "fields { type { ".repeat(n), " } }".repeat(n)));
    assert_eq!(query(&app, &introspection(3)).await.code(), "");
    assert_eq!(query(&app, &introspection(4)).await.limit(), "introspection");
    let brackets = |n: usize| format!("{{ x(y: {}1{}) }}", "[".repeat(n), "]".repeat(n));
    assert_eq!(query(&app, &brackets(62)).await.code(), "BAD_REQUEST");
    assert_eq!(query(&app, &brackets(63)).await.limit(), "brackets");
    // A page is never longer than 100.
    assert_eq!(query(&app, "{ initiatives(first: 100) { nodes { id } } }").await.code(), "");
    assert_eq!(query(&app, "{ initiatives(first: 101) { nodes { id } } }").await.code(), "BAD_REQUEST");
    app.finish().await;
}

/// The questions that graphical tools ask are well within the limits.
#[tokio::test]
async fn tools_may_read_the_schema() {
    let app = TestApp::start().await;
    let introspection = include_str!("introspection.graphql");
    let answer = query(&app, introspection).await;
    assert_eq!(answer.body.get("errors"), None);
    assert!(answer.body["data"]["__schema"]["types"].as_array().unwrap().len() > 100);
    app.finish().await;
}

/// Nothing hostile that we know takes noticeable time; a request of the usual kind says what it costs.
#[tokio::test]
async fn hostile_requests_are_refused_at_once() {
    let app = TestApp::start().await;
    let doubling = |n: usize| {
        let fragments: String = (1..n).map(|i| format!("fragment f{i} on Query {{ ...f{} ...f{} }} ", i - 1, i - 1)).collect();
        format!("{{ ...f{} }} fragment f0 on Query {{ __typename }} {fragments}", n - 1)
    };
    let chain = |n: usize| {
        let fragments: String = (1..n).map(|i| format!("fragment f{i} on Query {{ ...f{} }} ", i - 1)).collect();
        format!("{{ ...f{} }} fragment f0 on Query {{ __typename }} {fragments}", n - 1)
    };
    let wide = "a: initiatives(first: 100) { nodes { comments(first: 100) { nodes { replies(first: 100) { nodes { body } } } } } } ";
    let circle = format!("{{ __schema {{ types {{ {}name{} }} }} }}", "fields { type { ".repeat(6), " } }".repeat(6));
    let queries = [
        doubling(20),
        doubling(32),
        doubling(400),
        chain(1_500),
        format!("{{ {} }}", wide.repeat(400)),
        format!("{{ {} }}", "__typename ".repeat(90_000)),
        format!("{{ {} }}", (0..40_000).map(|i| format!("a{i}: __typename ")).collect::<String>()),
        format!("{{ __typename {} }}", "@include(if: true) ".repeat(9_000)),
        format!("{{ me {} }}", "{ me ".repeat(100_000)),
        "[".repeat(1_000_000),
        format!("query({}) {{ __typename }}", "$a: Int ".repeat(50_000)),
        format!("{{ x(y: [{}]) }}", "1 ".repeat(300_000)),
        circle,
        format!("# {}\n{{ __typename", "x".repeat(900_000)),
        format!("{{ {} ...f }} fragment f on Query {{ {} }}", "a: __typename ".repeat(900), "a: __typename ".repeat(900)),
        format!("{} {{ __typename }}", (0..3_000).map(|i| format!("query q{i} {{ __typename }} ")).collect::<String>()),
    ];
    for hostile in &queries {
        let begun = Instant::now();
        let answer = query(&app, hostile).await;
        assert!(["TOO_COMPLEX", "BAD_REQUEST"].contains(&answer.code()), "{}: {}", &hostile[..60.min(hostile.len())], answer.body);
        // Far from a measurement: only what burns minutes is caught here.
        assert!(begun.elapsed() < Duration::from_secs(5), "{}", &hostile[..60]);
    }
    let bodies = [
        format!("{{\"query\":\"{{ __typename }}\",\"variables\":{}", "[".repeat(1_000_000)),
        format!("{{\"query\":\"{{ __typename }}\",\"variables\":{{\"a\":[{}1]}}}}", "1,".repeat(500_000)),
        format!("{{\"query\":\"{{ __typename }}\",\"variables\":{{\"a\":[{}1]}}}}", "[1,2,3,4],".repeat(99_000)),
    ];
    for body in bodies {
        let answer = send(&app, Method::POST, "/graphql", &[JSON], body).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "TOO_COMPLEX"), "{}", answer.body);
    }
    let usual = query(&app, "{ initiatives(first: 10) { nodes { id title author { name } } } }").await;
    assert_eq!(usual.body["extensions"]["cost"]["requested"], 51);
    assert_eq!(usual.body["extensions"]["cost"]["limit"], 20_000);
    app.finish().await;
}

#[tokio::test]
async fn what_requests_cost_is_limited_for_persons_tokens_and_addresses() {
    let mut config = config();
    config.limits.spending = Rate { burst: 300, per_minute: 60 };
    config.limits.spending_per_address = Rate { burst: 1_000, per_minute: 60 };
    let app = TestApp::with(config).await;
    let (anna, boris) = (app.citizen("Anna").await, app.citizen("Boris").await);
    let costly = json!({ "query": "{ initiatives(first: 50) { nodes { id title } } }" });
    let ask = async |who: &Person| post(&app, &[("authorization", &format!("Bearer {}", who.token))], &costly).await;
    let first = ask(&anna).await;
    assert_eq!((first.header("ratelimit-limit"), first.header("ratelimit-remaining")), ("300", "149"));
    assert_eq!(first.body["extensions"]["cost"]["remaining"], 149);
    assert_eq!(first.header("ratelimit-reset"), "151");
    let refused = ask(&anna).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED"));
    let seconds = refused.body["errors"][0]["extensions"]["retryAfter"].as_u64().unwrap();
    assert!((1..=3).contains(&seconds));
    assert_eq!(refused.header("retry-after"), seconds.to_string());
    // Another person is not held back, until their common address is.
    assert_eq!(ask(&boris).await.status, StatusCode::OK);
    let mut codes = Vec::new();
    for _ in 0..8 {
        codes.push(post(&app, &[], &costly).await.status);
    }
    assert_eq!(codes.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
    app.finish().await;
}

const CREATE: &str =
    "mutation($input: InitiativeInput!) { createInitiative(input: $input) { initiative { id } clientMutationId userErrors { code } } }";

async fn keyed(app: &TestApp, who: Option<&Person>, key: &str, query: &str, input: &Value) -> Sent {
    let bearer = who.map(|who| format!("Bearer {}", who.token));
    let mut headers = vec![("idempotency-key", key)];
    headers.extend(bearer.as_deref().map(|b| ("authorization", b)));
    post(app, &headers, &json!({ "query": query, "variables": { "input": input } })).await
}

async fn count(app: &TestApp, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(app.db()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_repeated_under_a_key_is_done_once() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, _) = app.department(&admin, "roads").await;
    let (anna, boris) = (app.citizen("Anna").await, app.citizen("Boris").await);
    let input = initiative(&department);
    let initiatives = "select count(*) from initiatives";
    // Ten at once, then once more.
    let answers = join_all((0..10).map(|_| keyed(&app, Some(&anna), "one", CREATE, &input))).await;
    let ids: Vec<&Value> = answers.iter().map(|a| &a.body["data"]["createInitiative"]["initiative"]["id"]).collect();
    assert!(ids.iter().all(|id| id.is_string() && *id == ids[0]), "{:?}", answers.iter().map(|a| &a.body).collect::<Vec<_>>());
    let again = keyed(&app, Some(&anna), "one", CREATE, &input).await;
    assert_eq!(
        (&again.body["data"]["createInitiative"]["initiative"]["id"], &again.body["extensions"]["repeated"]),
        (ids[0], &json!(true))
    );
    assert_eq!(count(&app, initiatives).await, 1);
    // A key belongs to its caller and its request.
    assert_ne!(&keyed(&app, Some(&boris), "one", CREATE, &input).await.body["data"]["createInitiative"]["initiative"]["id"], ids[0]);
    let mut other = input.clone();
    other["title"] = json!("Something else that is quite different");
    assert_eq!(keyed(&app, Some(&anna), "one", CREATE, &other).await.code(), "BAD_REQUEST");
    assert_eq!(count(&app, initiatives).await, 2);
    // What was refused may be tried again.
    let mut empty = input.clone();
    empty["title"] = json!("");
    for _ in 0..2 {
        let refused = keyed(&app, Some(&anna), "two", CREATE, &empty).await;
        assert_eq!(refused.body["data"]["createInitiative"]["userErrors"][0]["code"], "REQUIRED");
    }
    assert!(keyed(&app, Some(&anna), "two", CREATE, &input).await.body["data"]["createInitiative"]["initiative"]["id"].is_string());
    // The same by the input, which comes back.
    let mut named = input.clone();
    named["clientMutationId"] = json!("three");
    let body = json!({ "query": CREATE, "variables": { "input": named } });
    let bearer = format!("Bearer {}", anna.token);
    let first = post(&app, &[("authorization", &bearer)], &body).await;
    let second = post(&app, &[("authorization", &bearer)], &body).await;
    assert_eq!(first.body["data"], second.body["data"]);
    assert_eq!(first.body["data"]["createInitiative"]["clientMutationId"], "three");
    assert_eq!(count(&app, initiatives).await, 4);
    // In the document too.
    let literal = format!("mutation {{ logOut(input: {{ clientMutationId: \"{}\" }}) {{ clientMutationId }} }}", "x".repeat(200));
    assert_eq!(post(&app, &[("authorization", &bearer)], &json!({ "query": literal })).await.code(), "BAD_REQUEST");
    let two = "mutation($input: InitiativeInput!) { a: createInitiative(input: $input) { userErrors { code } } b: createInitiative(input: $input) { userErrors { code } } }";
    assert_eq!(keyed(&app, Some(&anna), "four", two, &input).await.code(), "BAD_REQUEST");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn a_repeat_without_a_login_needs_a_key_that_nobody_guesses() {
    let app = TestApp::start().await;
    let submit =
        "mutation($input: SubmitFeedbackInput!) { submitFeedback(input: $input) { submitted { number secret } userErrors { code } } }";
    let input = json!({ "text": "Не горит фонарь у школы." });
    assert_eq!(keyed(&app, None, "short", submit, &input).await.code(), "BAD_REQUEST");
    let long = "5e9bcb1c-6ad3-4a2e-9f5b-0d7c3a1b2e4f";
    let first = keyed(&app, None, long, submit, &input).await;
    let second = keyed(&app, None, long, submit, &input).await;
    assert!(first.body["data"]["submitFeedback"]["submitted"]["secret"].is_string(), "{}", first.body);
    assert_eq!(first.body["data"], second.body["data"]);
    assert_eq!(count(&app, "select count(*) from tickets").await, 1);
    // The secret in the kept answer is sealed.
    let kept: Vec<u8> = sqlx::query_scalar("select answer from idempotency_keys").fetch_one(app.db()).await.unwrap();
    let secret = first.body["data"]["submitFeedback"]["submitted"]["secret"].as_str().unwrap();
    assert!(!kept.windows(secret.len()).any(|w| w == secret.as_bytes()));
    // The process died after it was done and before the answer was kept.
    sqlx::query("update idempotency_keys set answer = null").execute(app.db()).await.unwrap();
    assert_eq!(keyed(&app, None, long, submit, &input).await.code(), "ALREADY_DONE");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn connections_with_live_updates_are_counted() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut config = config();
    config.limits.sockets_per_address = 2;
    let app = TestApp::with(config).await;
    let submitted = app.must(None, "submitFeedback", json!({ "text": "Не горит фонарь у школы." }), "submitted { number secret }").await;
    let (number, secret) = (&submitted["submitted"]["number"], &submitted["submitted"]["secret"]);
    let body = json!({ "query": format!("subscription {{ ticketUpdated(number: {number}, secret: {secret}) {{ state }} }}") }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: {}\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        app.address,
        body.len()
    );
    // The connection and the beginning of the answer.
    let open = async || {
        let mut connection = tokio::net::TcpStream::connect(app.address).await.unwrap();
        connection.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // To the first event, or the end of a refusal.
        while !answer.ends_with(b"\n\n\r\n") && !answer.ends_with(b"}") {
            assert!(connection.read_buf(&mut answer).await.unwrap() > 0);
        }
        (connection, String::from_utf8_lossy(&answer).to_lowercase())
    };
    let (first, _second) = (open().await, open().await);
    assert!(first.1.starts_with("http/1.1 200"), "{}", first.1);
    let third = open().await.1;
    assert!(third.starts_with("http/1.1 503") && third.contains("retry-after: 30"), "{third}");
    drop(first);
    // At the latest when the comment that keeps a quiet stream open cannot be written.
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        let answer = open().await.1;
        if answer.starts_with("http/1.1 200") {
            break;
        }
        assert!(Instant::now() < deadline, "the seat was not given back: {answer}");
    }
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn a_connection_on_which_nothing_moves_is_closed() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut config = config();
    config.limits.idle_seconds = 1;
    let app = TestApp::with(config).await;
    let mut slow = tokio::net::TcpStream::connect(app.address).await.unwrap();
    slow.write_all(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-").await.unwrap();
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(20), slow.read_to_end(&mut rest)).await;
    assert!(closed.is_ok(), "it is still open");
    app.finish().await;
}

#[tokio::test]
async fn who_sends_or_asks_for_too_long_is_told() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut config = config();
    config.limits.timeout_seconds = 1;
    let app = TestApp::with(config).await;
    let mut slow = tokio::net::TcpStream::connect(app.address).await.unwrap();
    let half = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"query\":";
    slow.write_all(half.as_bytes()).await.unwrap();
    let mut answer = [0; 1024];
    let length = slow.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).to_lowercase();
    assert!(answer.starts_with("http/1.1 408"), "{answer}");
    let mut lock = app.db().begin().await.unwrap();
    sqlx::query("lock table departments in access exclusive mode").execute(&mut *lock).await.unwrap();
    let late = query(&app, "{ departments { name } }").await;
    assert_eq!((late.status, late.code()), (StatusCode::GATEWAY_TIMEOUT, "TIMEOUT"));
    lock.rollback().await.unwrap();
    assert_eq!(query(&app, "{ departments { name } }").await.code(), "");
    app.finish().await;
}

#[tokio::test]
async fn a_websocket_without_a_sign_of_life_is_dropped() {
    use tokio_tungstenite::{connect_async, tungstenite::client::IntoClientRequest};
    let mut config = config();
    (config.limits.sockets_per_address, config.limits.socket_ping_seconds, config.limits.socket_init_seconds) = (1, 1, 600);
    let app = TestApp::with(config).await;
    let open = async || {
        let mut request = format!("ws://{}/graphql", app.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        connect_async(request).await
    };
    // It is never read from, so that it answers no ping.
    let _silent = open().await.unwrap();
    assert!(open().await.is_err(), "the only seat is taken");
    let deadline = Instant::now() + Duration::from_secs(30);
    while open().await.is_err() {
        assert!(Instant::now() < deadline, "it was not dropped");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    app.finish().await;
}
