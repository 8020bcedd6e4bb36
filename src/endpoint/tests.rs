//! Whatever is sent, the guard answers; and what it lets in, the engine can look at.

use async_graphql::{Request, parser::types::OperationType};
use sqlx::postgres::PgPoolOptions;

use super::{Gate, guard, scan, socket};
use crate::{
    app::{App, Entropy},
    config::{Config, MailTransport},
    fuzz,
    i18n::Locale,
    identity::{Keys, Viewer},
};

/// A gate whose database is never asked.
async fn gate() -> Gate {
    let mut config = Config::default();
    config.mail.transport = MailTransport::Memory;
    let db = PgPoolOptions::new().connect_lazy("postgres://nobody@127.0.0.1:1/nothing").unwrap();
    let app = App::new(config, db, Keys::new(&[7; 32]).unwrap(), Entropy::seeded(1), &std::env::temp_dir()).await.unwrap();
    Gate::new(&app)
}

const WORDS: &[&[u8]] = &[
    b"{",
    b"}",
    b"(",
    b")",
    b"[",
    b"]",
    b":",
    b"!",
    b"$",
    b"@",
    b"...",
    b"\"",
    b"\"\"\"",
    b"\\",
    b"#",
    b"|",
    b"=",
    b"&",
    b",",
    b"\n",
    b"query ",
    b"mutation ",
    b"subscription ",
    b"fragment ",
    b" on ",
    b"Query",
    b"Mutation",
    b"__schema",
    b"__type(name:\"Query\")",
    b"__typename",
    b"types",
    b"fields",
    b"ofType",
    b"initiatives",
    b"nodes",
    b"first:",
    b"100",
    b"input:",
    b"clientMutationId:\"",
    b"@include(if:true)",
    b"@skip(if:$a)",
    b"...f",
    b"fragment f on Query{__typename}",
    b"fragment g on Query{...f ...f}",
    b"a:",
    b"null",
    b"true",
    b"-1.5e9",
    b"\xd0\x96",
    b"\xef\xbb\xbf",
];

const DOCUMENTS: &[&str] = &[
    "{ __typename }",
    "query Q($a: Boolean = true, $n: String!) { __type(name: $n) { ...f fields(includeDeprecated: $a) { name type { ofType { name } } } } } fragment f on __Type { kind name }",
    "query A { a: __schema { types { name } } } query B { __schema { queryType { ...n } } } fragment n on __Type { name @include(if: false) }",
    "{ initiatives(first: 5, orderBy: MOST_VOTES, filter: { states: [VOTING] }) { nodes { id tally { counts } ... on Initiative { title } } pageInfo { endCursor } } }",
    "mutation M($input: InitiativeInput!) { createInitiative(input: $input) { initiative { id } clientMutationId } }",
    "mutation { castVote(input: { initiativeId: \"x\", choices: [0, 1], clientMutationId: \"k\" }) { userErrors { code } } }",
    "subscription { voteTally(initiativeId: \"SW5pdGlhdGl2ZTox\") { ballots } }",
    "{ me { bio(x: \"\"\"a \\\"\"\" b\"\"\") } # end\n}",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn any_document_is_refused_or_let_in() {
    let gate = gate().await;
    let runtime = tokio::runtime::Handle::current();
    let target = move |input: &[u8]| {
        let viewer = Viewer::anonymous(Locale::En, None);
        let text = String::from_utf8_lossy(input).into_owned();
        let admitted = gate.admit(&viewer, Request::new(text), None);
        let Ok(admitted) = admitted else {
            return fuzz::shape(admitted.err().map(|d| (d.status.as_u16(), d.response.errors[0].message.len())));
        };
        let (label, cost) = (admitted.label, admitted.cost);
        assert!(cost <= gate.app().config.limits.cost);
        // What asks only about the schema is executed; of the rest the engine looks at the document when it is wrong.
        if label == "introspection" && admitted.kind == OperationType::Query {
            let answer = runtime.block_on(gate.execute(admitted));
            assert!(answer.errors.iter().all(|e| e.extensions.as_ref().is_some_and(|x| x.get("code").is_some())), "{answer:?}");
        }
        fuzz::shape((label, cost.max(1).ilog2()))
    };
    tokio::task::spawn_blocking(move || {
        let seeds: Vec<&[u8]> = DOCUMENTS.iter().map(|d| d.as_bytes()).collect();
        fuzz::run("documents", &["graphql"], &seeds, WORDS, target);
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn any_body_is_refused_or_read() {
    let gate = gate().await;
    let seeds: [&[u8]; 4] = [
        br#"{"query":"{ __typename }","variables":{"a":[1,{"b":null}],"c":"\u0416"},"operationName":null,"extensions":{}}"#,
        br#"[{"query":"{ __typename }"}]"#,
        br#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"0000000000000000000000000000000000000000000000000000000000000000"}}}"#,
        br#"{"query":"mutation($input:CastVoteInput!){castVote(input:$input){userErrors{code}}}","variables":{"input":{"initiativeId":"x","choices":[0]}}}"#,
    ];
    const JSON: &[&[u8]] = &[
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"\"",
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b"\"query\":",
        b"\"variables\":",
        b"\"extensions\":",
        b"\"operationName\":",
        b"null",
        b"true",
        b"1e999",
        b"-0",
        b"18446744073709551616",
        b"\"{__typename}\"",
        b"\xff",
        b"\n",
    ];
    let target = move |input: &[u8]| {
        let limits = &gate.app().config.limits;
        let scanned = scan::json(input, limits).is_ok();
        match gate.parse(input, Locale::Ru) {
            Ok(request) => {
                assert!(scanned);
                let outcome = gate.admit(&Viewer::anonymous(Locale::Ru, None), request, Some("a-key-of-enough-characters"));
                fuzz::shape(outcome.map(|a| a.label).map_err(|d| d.status.as_u16()).is_ok())
            }
            Err(refusal) => fuzz::shape((refusal.status.as_u16(), refusal.response.errors.len())),
        }
    };
    tokio::task::spawn_blocking(move || fuzz::run("requests", &["json"], &seeds, JSON, target)).await.unwrap();
}

#[test]
fn any_message_on_a_socket_is_of_the_protocol_or_not() {
    let seeds: [&[u8]; 6] = [
        br#"{"type":"connection_init","payload":{"token":"x"}}"#,
        br#"{"type":"subscribe","id":"1","payload":{"query":"{ __typename }","variables":null}}"#,
        br#"{"type":"complete","id":"1"}"#,
        br#"{"type":"ping","payload":{}}"#,
        br#"{"type":"pong"}"#,
        br#"{"payload":{"a":[[[]]]},"id":"","type":"subscribe"}"#,
    ];
    const WORDS: &[&[u8]] = &[
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"\"",
        b"\\",
        b"\"type\":",
        b"\"id\":",
        b"\"payload\":",
        b"\"subscribe\"",
        b"\"ping\"",
        b"null",
        b"1",
        b"\"connection_ack\"",
        b"\"type\":\"ping\",",
    ];
    fuzz::run("messages", &["json"], &seeds, WORDS, |input| fuzz::shape(std::str::from_utf8(input).ok().and_then(socket::kind_of_message)));
}

#[test]
fn cost_grows_with_pages_and_lists() {
    let limits = Config::default().limits;
    let cost = |query: &str, variables: serde_json::Value| {
        let document = async_graphql::parser::parse_query(query).unwrap();
        guard::measure(&document, &async_graphql::Variables::from_json(variables), &limits).unwrap().cost
    };
    let none = serde_json::json!({});
    assert_eq!(cost("{ __typename }", none.clone()), 1);
    assert_eq!(cost("{ initiatives { nodes { id title } } }", none.clone()), 61);
    assert_eq!(cost("{ initiatives(first: 5) { nodes { id title } totalCount } }", none.clone()), 21);
    assert_eq!(cost("{ initiatives(last: 5) { nodes { id } } }", none.clone()), 11);
    let page = "query($n: Int = 7) { initiatives(first: $n) { nodes { id } } }";
    assert_eq!((cost(page, none.clone()), cost(page, serde_json::json!({ "n": 3 }))), (15, 7));
    assert_eq!(cost("{ departments { id } }", none.clone()), 11, "a list without pages counts as ten");
    assert_eq!(cost("{ statistics { votes } }", none.clone()), 201);
    assert_eq!(cost("mutation { logOut(input: {}) { userErrors { code } } }", none.clone()), 22);
    assert_eq!(cost("{ ...f ...f } fragment f on Query { me { id } }", none), 4, "a fragment counts each time");
}
