use serde_json::{Value, json};

/// A request that asks for as much as it can.
pub struct Attack {
    /// What it is.
    pub name: &'static str,
    /// The body of the request.
    pub body: String,
}

/// All of them, after a harmless one to compare with.
pub fn all() -> Vec<Attack> {
    let attack = |name, body| Attack { name, body };
    vec![
        attack("none: __typename", query("{ __typename }", Value::Null)),
        attack("doubling fragments", query(&doubling(), Value::Null)),
        attack("3.2 billion selections", query(&billions(), Value::Null)),
        attack("fragments in a circle", query("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", Value::Null)),
        attack("10,000 levels", query(&nested("{ node(id: \"x\") ", 10_000), Value::Null)),
        attack("100,000 levels", query(&nested("{a", 100_000), Value::Null)),
        attack("introspection in itself", query(&introspection(), Value::Null)),
        attack("10,000 aliases", query(&repeated("a", ":initiatives(first:1){totalCount}", 10_000), Value::Null)),
        attack("10,000 cheap aliases", query(&repeated("a", ":__typename", 10_000), Value::Null)),
        attack(
            "100 pages of 100",
            query(&repeated("a", ":initiatives(first:100){nodes{comments(first:100){nodes{body}}}}", 100), Value::Null),
        ),
        attack("10,000 directives", query(&format!("{{__typename{}}}", "@skip(if:false)".repeat(10_000)), Value::Null)),
        attack("10,000 variables", query(&variables(10_000), Value::Null)),
        attack("10,000 operations", query(&"query a{__typename}".repeat(10_000), Value::Null)),
        attack("a list of 100,000", listed(100_000)),
        attack("a list of 100,000 in the query", query(&literal_list(100_000), Value::Null)),
        attack("a list 10,000 deep in the query", query(&literal_depth(10_000), Value::Null)),
        attack("a text of 900 kB to search", searched(450_000)),
        attack(
            "JSON 100,000 deep",
            format!(r#"{{"query":"{{__typename}}","variables":{{"a":{}1{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000)),
        ),
        attack("1 MB of JSON brackets", "[".repeat(1_000_000)),
        attack("1 MB of query brackets", query(&"{".repeat(1_000_000), Value::Null)),
        attack("1 MB of list brackets", query(&format!("{{search(query:{}", "[".repeat(1_000_000)), Value::Null)),
        attack("a batch of 10,000", format!("[{}]", vec![r#"{"query":"{__typename}"}"#; 10_000].join(","))),
        attack("a body of 4 MB", query(&" ".repeat(4_000_000), Value::Null)),
    ]
}

fn query(query: &str, variables: Value) -> String {
    json!({ "query": query, "variables": variables }).to_string()
}

/// Each fragment spreads the next twice, twenty times over: a million selections in fewer than 700 bytes.
fn doubling() -> String {
    let name = |n: usize| char::from(b'a' + u8::try_from(n).unwrap_or(0));
    let levels: String = (0..20).map(|n| format!("fragment {} on Query{{...{}...{}}}\n", name(n), name(n + 1), name(n + 1))).collect();
    format!("{{...a}}\n{levels}fragment u on Query{{__typename}}")
}

/// Eighty spreads on each of four levels over eighty fields: 80⁵ selections.
fn billions() -> String {
    let level = |name: &str, inner: &str| format!("fragment {name} on Query{{{}}}", format!("...{inner} ").repeat(80));
    let fields: String = (0..80).map(|n| format!("x{n}:__typename ")).collect();
    format!("{{{}}}{}{}{}fragment d on Query{{{fields}}}", "...a ".repeat(80), level("a", "b"), level("b", "c"), level("c", "d"))
}

fn nested(open: &str, levels: usize) -> String {
    format!("{}{}", open.repeat(levels), "}".repeat(levels))
}

/// As deep as the parser lets pass: deeper ones it refuses unseen.
fn introspection() -> String {
    let levels = 14;
    format!("{{__schema{{types{}{{name}}{}}}}}", "{fields{type".repeat(levels), "}}".repeat(levels))
}

fn repeated(name: &str, field: &str, count: usize) -> String {
    let fields: String = (0..count).map(|n| format!("{name}{n}{field} ")).collect();
    format!("{{{fields}}}")
}

fn variables(count: usize) -> String {
    let declared: String = (0..count).map(|n| format!("$v{n}:Int ")).collect();
    format!("query({declared}){{__typename}}")
}

fn listed(count: usize) -> String {
    let states = vec!["VOTING"; count];
    query("query($states:[InitiativeState!]){initiatives(first:1,filter:{states:$states}){nodes{id}}}", json!({ "states": states }))
}

fn literal_list(count: usize) -> String {
    format!("{{initiatives(first:1,filter:{{states:[{}]}}){{nodes{{id}}}}}}", "VOTING ".repeat(count))
}

fn literal_depth(levels: usize) -> String {
    format!("{{initiatives(first:1,filter:{{states:{}VOTING{}}}){{nodes{{id}}}}}}", "[".repeat(levels), "]".repeat(levels))
}

fn searched(words: usize) -> String {
    query("query($q:String!){search(query:$q,first:1){nodes{__typename}}}", json!({ "q": "я".repeat(words) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attacks_are_what_they_say() {
        assert!(doubling().len() < 700, "{}", doubling().len());
        assert_eq!(billions().matches("...d").count(), 80);
        let schema = crate::schema::builder().finish();
        // Those that must be refused for what they cost, not for a slip of the pen.
        for text in [doubling(), billions(), introspection(), literal_list(3), repeated("a", ":initiatives(first:1){totalCount}", 2)] {
            assert!(async_graphql::parser::parse_query(&text).is_ok(), "{text}");
        }
        let sdl = schema.sdl();
        for name in ["initiatives(", "search(", "enum InitiativeState", "input InitiativeFilter"] {
            assert!(sdl.contains(name), "{name}");
        }
        for Attack { name, body } in all() {
            assert!(body.len() < 8 << 20, "{name}");
        }
    }
}
