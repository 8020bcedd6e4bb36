//! Whatever is sent, the answer says what is wrong, where, and what to do, in the caller's language; nothing breaks.

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    contract::{Contract, Operation, concrete, kind_of},
    support::{Person, TestApp, gid},
};

/// Refusals of an action as a whole: no field is to blame.
const WITHOUT_FIELD: [&str; 1] = ["NOT_CONFIRMED"];

/// One damaged request.
struct Case {
    mutation: String,
    /// What was done, for the report.
    what: String,
    query: String,
    input: Value,
    /// Names of which the answer's message must hold one, if the engine refuses.
    names: Vec<String>,
    locale: &'static str,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_every_mutation_withstands_rubbish() {
    let app = TestApp::start().await;
    let person = app.person("Everybody", &["CITIZEN", "EXPERT", "MODERATOR", "DEPARTMENT_OFFICER", "ADMINISTRATOR"]).await;
    let service = app.service().await;
    let contract = Contract::of(&app).await;
    let operations = contract.operations();
    let mut cases = Vec::new();
    for operation in operations.iter().filter(|o| o.kind == "mutation") {
        damage(&contract, operation, &mut cases);
    }
    assert!(cases.len() > 2_000, "only {} cases", cases.len());
    let (app, person, service) = (&app, &person, &service);
    let wrong: Vec<String> = stream::iter(cases)
        .map(|case| async move {
            let who = match case.mutation.as_str() {
                "receiveMessage"
                | "linkContact"
                | "unlinkContact"
                | "forgetContact"
                | "keepUnreadableMessage"
                | "reportChannel"
                | "claimOutgoing"
                | "settleOutgoing"
                | "reportBounce" => Some(service),
                // They would end the session, or need none.
                "logIn" | "logOut" | "register" | "confirmEmail" | "claimInstallation" => None,
                _ => Some(person),
            };
            let (status, answer) = send(app, who, case.locale, &json!({ "query": case.query, "variables": { "input": case.input } })).await;
            let mut wrong = judge(case.locale, status, &answer);
            // What is too large is refused before it is read.
            let expected = if answer["errors"][0]["extensions"]["limit"] == "list" { 400 } else { 200 };
            if status != expected {
                wrong.push(format!("status {status}"));
            }
            for error in answer["errors"].as_array().into_iter().flatten() {
                let message = error["message"].as_str().unwrap_or_default();
                if !case.names.iter().any(|name| message.contains(name)) {
                    wrong.push(format!("it names none of {:?}: {message}", case.names));
                }
            }
            for refusal in answer["data"][&case.mutation]["userErrors"].as_array().into_iter().flatten() {
                let code = refusal["code"].as_str().unwrap();
                if refusal["path"].as_array().unwrap().is_empty() && !WITHOUT_FIELD.contains(&code) {
                    wrong.push(format!("{code} without a path"));
                }
            }
            wrong.into_iter().map(|w| format!("{} {} ({}): {w}", case.mutation, case.what, case.locale)).collect::<Vec<_>>()
        })
        .buffer_unordered(8)
        .concat()
        .await;
    let shown: Vec<String> = wrong.iter().take(60).map(|w| w.chars().take(400).collect()).collect();
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), shown.join("\n"));
    app.run_jobs().await;
    app.finish().await;
}

/// One request; status and JSON.
async fn send(app: &TestApp, who: Option<&Person>, locale: &str, body: &Value) -> (u16, Value) {
    let request = app.http.post(app.url("/graphql")).header("accept-language", locale).json(body);
    let response = who.iter().fold(request, |r, who| r.bearer_auth(&who.token)).send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_else(|_| json!({ "no json": text })))
}

/// What is wrong with an answer, whatever was asked.
fn judge(locale: &str, status: u16, answer: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    if status >= 500 || answer.get("no json").is_some() {
        wrong.push(format!("status {status}: {answer}"));
    }
    let refusals =
        answer["data"].as_object().into_iter().flat_map(|data| data.values()).flat_map(|payload| payload["userErrors"].as_array());
    for error in answer["errors"].as_array().into_iter().chain(refusals).flatten() {
        let message = error["message"].as_str().unwrap_or_default();
        let code = error["extensions"]["code"].as_str().or(error["code"].as_str()).unwrap_or("none");
        if ["INTERNAL", "none"].contains(&code) {
            wrong.push(format!("code {code}: {message}"));
        }
        let length = message.chars().count();
        if !(11..=1000).contains(&length) {
            wrong.push(format!("a message of {length} characters: {}", message.chars().take(100).collect::<String>()));
        }
        let cyrillic = |text: &str| text.chars().any(|c| ('А'..='я').contains(&c));
        if locale == "ru" && !cyrillic(message) {
            wrong.push(format!("not in Russian: {message}"));
        }
        if locale == "en" && cyrillic(&unquoted(message)) {
            wrong.push(format!("not in English: {message}"));
        }
        if message.contains("{$") || message.contains("{ $") || message.contains("request-") || message.contains('…') {
            wrong.push(format!("not filled in: {message}"));
        }
    }
    wrong
}

/// The text without what stands in quotation marks.
fn unquoted(text: &str) -> String {
    let mut inside = false;
    text.chars()
        .filter(|c| {
            inside = match c {
                '“' | '«' => true,
                '”' | '»' => false,
                _ => inside,
            };
            !inside
        })
        .collect()
}

/// All ways to spoil a mutation's input.
fn damage(contract: &Contract, operation: &Operation<'_>, cases: &mut Vec<Case>) {
    let args: Vec<&Value> = operation.args.iter().collect();
    let query = operation.query(&args);
    let of = &operation.args[0]["type"];
    let valid = contract.value(&operation.name, "input", of, true);
    let mut add = |what: String, input: Value, names: Vec<String>| {
        let locale = if cases.len().is_multiple_of(2) { "ru" } else { "en" };
        cases.push(Case { mutation: operation.name.clone(), what, query: query.clone(), input, names, locale });
    };
    let input = || vec!["input".to_owned()];
    add("as it should be".into(), valid.clone(), input());
    for (what, value) in [("null", json!(null)), ("text", json!("x")), ("number", json!(7)), ("list", json!([[]])), ("truth", json!(true))]
    {
        add(format!("input: {what}"), value, input());
    }
    let mut unknown = valid.clone();
    unknown["unheardOf"] = json!(1);
    add("unknown field".into(), unknown, vec!["unheardOf".into()]);
    fields(contract, operation, concrete(of), &mut Vec::new(), &valid, &mut add);
}

/// Spoils each field of an input object and of the objects in it.
fn fields(
    contract: &Contract,
    operation: &Operation<'_>,
    object: &str,
    path: &mut Vec<String>,
    valid: &Value,
    add: &mut impl FnMut(String, Value, Vec<String>),
) {
    for field in contract.named(object)["inputFields"].as_array().unwrap() {
        let name = field["name"].as_str().unwrap();
        let of = &field["type"];
        let pointer = format!("/{}", path.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join("/"));
        // An error may lie further in or, with an optional object that is damaged, at the object.
        let names: Vec<String> =
            [name.to_owned()].into_iter().chain(path.iter().filter(|p| p.parse::<usize>().is_err()).cloned()).collect();
        let mut without = valid.clone();
        let parent = pointer.rsplit_once('/').unwrap().0;
        without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        add(format!("{pointer} is missing"), without, names.clone());
        for (what, value) in spoilt(contract, operation, name, of) {
            let mut input = valid.clone();
            match input.pointer_mut(&pointer) {
                Some(place) => *place = value,
                None => input.pointer_mut(parent).unwrap()[name] = value,
            }
            add(format!("{pointer}: {what}"), input, names.clone());
        }
        let inner = concrete(of);
        if contract.named(inner)["kind"] == "INPUT_OBJECT" {
            path.push(name.to_owned());
            let is_list = valid.pointer(&pointer).is_some_and(Value::is_array);
            if is_list {
                path.push("0".to_owned());
            }
            fields(contract, operation, inner, path, valid, add);
            path.truncate(path.len() - 1 - usize::from(is_list));
        }
    }
}

/// Values that a field should not take, and some that only look wrong.
fn spoilt(contract: &Contract, operation: &Operation<'_>, name: &str, of: &Value) -> Vec<(&'static str, Value)> {
    let mut values = vec![
        ("null", json!(null)),
        ("an object", json!({ "a": { "b": 1 } })),
        ("nested lists", json!([[[[["x"]]]]])),
        ("true", json!(true)),
        ("a number", json!(-1)),
        ("a fraction", json!(1.5)),
        ("an empty text", json!("")),
    ];
    let inner = concrete(of);
    let is_enum = contract.named(inner)["kind"] == "ENUM";
    match inner {
        "String" => values.extend([
            ("300,000 characters", json!("я".repeat(300_000))),
            ("control characters", json!("Text with \u{0} and \u{7} in it")),
            ("nothing visible", json!("\u{200B}\u{200B}")),
            ("a turned direction", json!("\u{202E}txt.exe and more words")),
            ("a lone surrogate's replacement", json!("\u{FFFD}\u{FFFF}")),
            ("marks without a letter", json!("\u{301}".repeat(3_000))),
            ("quotation marks", json!("' or 1=1; -- \" \\ %s ${x} {{y}}")),
        ]),
        "ID" => values.extend([
            ("malformed", json!("not-an-id")),
            ("a foreign kind", json!(gid(if kind_of(&operation.name, name) == "Flag" { "Topic" } else { "Flag" }, Uuid::from_u128(7)))),
            ("of nobody", json!(gid(kind_of(&operation.name, name), Uuid::max()))),
            ("control characters", json!("\u{0}\u{7}")),
            ("300,000 characters", json!("A".repeat(300_000))),
        ]),
        "Int" => values.extend([
            ("a text", json!("7")),
            ("the largest", json!(i64::MAX)),
            ("the smallest", json!(i64::MIN)),
            ("larger still", json!(u64::MAX)),
            ("huge", json!(1e300)),
            ("the largest that fits", json!(i32::MAX)),
            ("the smallest that fits", json!(i32::MIN)),
        ]),
        "NaiveDate" => values.extend([
            ("no date", json!("soon")),
            ("no such day", json!("2026-02-31")),
            ("a far year", json!("+262142-01-01")),
            ("a past year", json!("0001-01-01")),
        ]),
        _ if is_enum => values.extend([("unknown", json!("UNHEARD_OF")), ("300,000 characters", json!("A\"".repeat(150_000)))]),
        _ => values.push(("a text", json!("x"))),
    }
    if is_list(of) {
        let one = contract.value(&operation.name, name, of, true)[0].clone();
        values.extend([
            ("no entries", json!([])),
            ("600 entries", json!(vec![one.clone(); 600])),
            ("an entry that is null", json!([one, null])),
        ]);
    }
    values
}

fn is_list(of: &Value) -> bool {
    of["kind"] == "LIST" || (of["kind"] == "NON_NULL" && of["ofType"]["kind"] == "LIST")
}

#[tokio::test]
async fn values_in_the_query_are_named_as_those_in_variables() {
    let app = TestApp::start().await;
    let person = app.citizen("Anna").await;
    let create = |fields: &str| format!("mutation {{ createInitiative(input: {{ {fields} }}) {{ userErrors {{ message }} }} }}");
    for (query, names) in [
        (create("title: \"x\""), vec!["input.goal"]),
        (create("title: 7, goal: \"x\""), vec!["input.title"]),
        (create("title: \"x\", goal: \"x\", ballotKind: RANKED"), vec!["input.ballotKind", "SUPPORT"]),
        (create("title: \"x\", goal: \"x\", ballotKind: \"SUPPORTT\""), vec!["input.ballotKind", "SUPPORT"]),
        (
            "mutation { createAccessToken(input: { name: \"x\", scopes: [READ], expiresInDays: 99999999999 }) { userErrors { message } } }"
                .into(),
            vec!["input.expiresInDays", "2147483647"],
        ),
        (
            "mutation { castVote(input: { initiativeId: \"x\", choices: [0, 70000] }) { userErrors { message } } }".into(),
            vec!["input.choices.1", "32767"],
        ),
        (create("title: \"x\", goal: \"x\", golas: 1"), vec!["input.golas", "goal"]),
        (create("title: \"x\", goal: \"x\", options: [1]"), vec!["input.options.0"]),
        ("mutation { createInitiative { userErrors { message } } }".into(), vec!["input", "InitiativeInput"]),
        ("mutation { createInitiative(inputt: 1) { userErrors { message } } }".into(), vec!["inputt"]),
        (
            "mutation($input: InitiativeInput!) { createInitiative(input: $input) { userErrors { message } } }".into(),
            vec!["input", "InitiativeInput"],
        ),
        ("{ initiatives(first: \"x\") { totalCount } }".into(), vec!["first", "2147483647"]),
        ("{ initiatives(first: 99999999999) { totalCount } }".into(), vec!["first", "2147483647"]),
        ("{ initiatives(first: -1) { totalCount } }".into(), vec!["100"]),
        ("{ statistics(from: \"yesterday\") { __typename } }".into(), vec!["from", "2026-03-25T10:15:00Z"]),
        ("{ initiativess { totalCount } }".into(), vec!["initiativess"]),
        ("{ departments { namee } }".into(), vec!["namee"]),
        ("{ departments }".into(), vec!["departments"]),
        ("query($x: Nothing) { departments { id } }".into(), vec!["Nothing"]),
        ("{ departments { id }".into(), vec![":"]),
        ("{ node(id: \"rubbish\") { id } }".into(), vec!["Initiative"]),
    ] {
        for locale in ["ru", "en"] {
            let (status, answer) = app.ask_in(locale, Some(&person), &query, json!({})).await;
            assert_eq!(judge(locale, status, &answer), Vec::<String>::new(), "{query}");
            let errors = answer["errors"].as_array().unwrap_or_else(|| panic!("{query} was not refused: {answer}"));
            let message = errors.iter().filter_map(|e| e["message"].as_str()).collect::<Vec<_>>().join("\n");
            for name in &names {
                assert!(message.contains(name), "{query} ({locale}) does not name {name}: {message}");
            }
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn requests_that_are_no_requests_are_answered() {
    let app = TestApp::start().await;
    let json_type = "application/json";
    let fields = |depth: usize| format!("{}id{}", "{ node(id: \"x\") ".repeat(depth), " }".repeat(depth));
    let mut deep_list = String::from(r#"{"query":"{ departments { id } }","variables":{"x":"#);
    deep_list.push_str(&"[".repeat(5_000));
    let literal = format!("{{ similar(text: {}1{}) {{ score }} }}", "[".repeat(500), "]".repeat(500));
    let aliases: String = (0..3_000).map(|n| format!("a{n}: initiatives(first: 100) {{ edges {{ node {{ id }} }} }} ")).collect();
    let ring = "query { ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
    let ok = r#"{"query":"{ departments { id } }"}"#;
    let body = |query: &str| json!({ "query": query }).to_string();
    for (what, kind, body, expected) in [
        ("no JSON", json_type, "{ departments { id } }".to_owned(), 400),
        ("half a JSON", json_type, r#"{"query": "{ de"#.to_owned(), 400),
        ("an empty body", json_type, String::new(), 400),
        ("no query", json_type, "{}".to_owned(), 400),
        ("an empty query", json_type, body(" \n"), 400),
        ("a query that is a number", json_type, r#"{"query": 7}"#.to_owned(), 400),
        ("variables that are a list", json_type, r#"{"query":"{ departments { id } }","variables":[1]}"#.to_owned(), 400),
        ("a text", json_type, "\"x\"".to_owned(), 400),
        ("null", json_type, "null".to_owned(), 400),
        ("bytes", json_type, "\u{0}\u{1}".to_owned(), 400),
        ("a batch", json_type, format!("[{ok},{ok}]"), 400),
        ("lists without end", json_type, deep_list, 400),
        ("plain text", "text/plain", ok.to_owned(), 415),
        ("a form", "application/x-www-form-urlencoded", "query=%7B%7D".to_owned(), 415),
        ("no kind", "", ok.to_owned(), 415),
        ("2 MB", json_type, body(&"x".repeat(2 << 20)), 413),
        ("two operations", json_type, body("query a { departments { id } } query b { departments { id } }"), 200),
        ("an unknown operation", json_type, json!({ "query": "query a { departments { id } }", "operationName": "b" }).to_string(), 200),
        ("no such syntax", json_type, body("{ departments { id } } }"), 200),
        ("levels without end", json_type, body(&fields(2_000)), 200),
        (
            "too many levels",
            json_type,
            body(&format!("{{ initiatives {} }}", "{ edges { node { comments ".repeat(9) + &"} } }".repeat(9))),
            200,
        ),
        ("a deep literal", json_type, body(&literal), 200),
        ("too many aliases", json_type, body(&format!("{{ {aliases} }}")), 200),
        ("fragments in a ring", json_type, body(ring), 200),
        ("too many directives", json_type, body(&format!("{{ departments {} {{ id }} }}", "@include(if: true) ".repeat(40))), 200),
        ("a subscription", json_type, body("subscription { queueUpdated { at } }"), 200),
    ] {
        for locale in ["ru", "en"] {
            let mut request = app.http.post(app.url("/graphql")).header("accept-language", locale).body(body.clone());
            if !kind.is_empty() {
                request = request.header("content-type", kind);
            }
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let text = response.text().await.unwrap();
            let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{what}: no JSON: {text}"));
            assert_eq!(status, expected, "{what}: {answer}");
            assert!(answer["errors"].as_array().is_some_and(|e| !e.is_empty()), "{what} was not refused: {answer}");
            assert_eq!(judge(locale, status, &answer), Vec::<String>::new(), "{what}");
        }
    }
    for locale in ["ru", "en"] {
        let url = app.url("/graphql?query=mutation%20%7B%20logOut(input%3A%20%7B%7D)%20%7B%20userErrors%20%7B%20code%20%7D%20%7D%20%7D");
        let response = app.http.get(url).header("accept-language", locale).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 405);
        assert_eq!(response.headers()["allow"], "POST");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(judge(locale, 405, &answer), Vec::<String>::new());
        let response = app.http.put(app.url("/graphql")).header("accept-language", locale).body("x").send().await.unwrap();
        assert!(response.status().is_client_error(), "{}", response.status());
    }
    // After all that, the server still answers.
    assert!(app.query(None, "{ departments { id } }", json!({})).await["departments"].is_array());
    app.finish().await;
}
