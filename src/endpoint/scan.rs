//! A look over the bytes of a request before anything is built of them: parsers call themselves for each level and make objects many
//! times as large as the text, so both are counted first, in one pass and without memory.

use super::guard::{Excess, Limit};
use crate::config::Limits;

/// What a look over a text counted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counted {
    deepest: usize,
    longest: usize,
    /// Where the name of the longest begins and ends.
    name: (usize, usize),
    values: usize,
}

/// Counts levels, entries of the longest list or object, and values of a JSON text, until there are more than `levels`. It need not
/// be JSON: the parser will tell.
fn count_json(text: &[u8], levels: usize) -> Counted {
    let mut counted = Counted::default();
    // Entries so far of each container that is open; more levels than this are not told apart, since they are refused anyway.
    let mut open = [0_usize; 256];
    // The name under which each of them stands, and the last name in each.
    let (mut names, mut keys, mut text_at) = ([(0, 0); 256], [(0, 0); 256], (0, 0));
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at)
        && counted.deepest <= levels
    {
        match byte {
            b'"' => {
                at += 1;
                let begin = at;
                while let Some(&c) = text.get(at) {
                    match c {
                        b'"' => break,
                        b'\\' => at += 2,
                        _ => at += 1,
                    }
                }
                text_at = (begin, at);
            }
            b':' => keys[depth % 256] = text_at,
            b'[' | b'{' => {
                names[(depth + 1) % 256] = keys[depth % 256];
                depth += 1;
                keys[depth % 256] = names[depth % 256];
                counted.deepest = counted.deepest.max(depth);
                counted.values += 1;
                open[depth % 256] = 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => {
                counted.values += 1;
                let entries = &mut open[depth % 256];
                *entries += 1;
                if *entries > counted.longest {
                    (counted.longest, counted.name) = (*entries, names[depth % 256]);
                }
            }
            _ => (),
        }
        at += 1;
    }
    counted
}

/// Looks over a JSON text.
///
/// # Errors
/// The first limit that it crosses.
pub fn json(text: &[u8], limits: &Limits) -> Result<(), Excess> {
    let counted = count_json(text, limits.json_depth);
    Limit::JsonDepth.check(counted.deepest, limits.json_depth)?;
    // Without a name it is the whole.
    let name = text.get(counted.name.0..counted.name.1).filter(|name| !name.is_empty()).unwrap_or(b"JSON");
    let named = |excess| Excess { path: String::from_utf8_lossy(&name[..name.len().min(100)]).into_owned(), ..excess };
    Limit::List.check(counted.longest, limits.list).map_err(named)?;
    Limit::Values.check(counted.values, limits.values)
}

/// Counts levels of brackets and tokens of a GraphQL document, until there are more than `levels` or `most` of them.
fn count_document(query: &str, levels: usize, most: usize) -> (usize, usize) {
    let (mut depth, mut deepest, mut tokens, mut at) = (0_usize, 0, 0, 0);
    let text = query.as_bytes();
    while let Some(&byte) = text.get(at)
        && deepest <= levels
        && tokens <= most
    {
        match byte {
            b'#' => at += query[at..].find(['\n', '\r']).unwrap_or(query.len() - at),
            b'"' => {
                tokens += 1;
                at += text_length(&query[at..]);
            }
            b'_' | b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                tokens += 1;
                at += text[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || b"_-.+".contains(b)).count();
            }
            b' ' | b',' | b'\t' | b'\n' | b'\r' => at += 1,
            other => {
                tokens += 1;
                match other {
                    b'{' | b'[' | b'(' => depth += 1,
                    b'}' | b']' | b')' => depth = depth.saturating_sub(1),
                    _ => (),
                }
                deepest = deepest.max(depth);
                at += 1;
                while !query.is_char_boundary(at) {
                    at += 1;
                }
            }
        }
    }
    (deepest, tokens)
}

/// Looks over a GraphQL document.
///
/// # Errors
/// The first limit that it crosses.
pub fn document(query: &str, limits: &Limits) -> Result<(), Excess> {
    let (levels, tokens) = count_document(query, LEVELS, limits.tokens);
    Limit::Brackets.check(levels, LEVELS)?;
    Limit::Tokens.check(tokens, limits.tokens)
}

/// Levels of brackets that a document may have: twice what the depth of its fields can need.
pub const LEVELS: usize = 64;

/// The bytes of a text in one or in three quotation marks, with these; to its line's or the document's end when it is not closed.
fn text_length(token: &str) -> usize {
    if let Some(block) = token.strip_prefix("\"\"\"") {
        let mut end = 0;
        while let Some(at) = block[end..].find("\"\"\"") {
            end += at + 3;
            if !block[..end - 3].ends_with('\\') {
                return end + 3;
            }
        }
        return token.len();
    }
    let mut escaped = true; // The opening mark.
    for (at, c) in token.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            '\n' | '\r' => return at,
            _ => (),
        }
    }
    token.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limits(depth: usize, list: usize, values: usize) -> Limits {
        Limits { json_depth: depth, list, values, ..Default::default() }
    }

    #[test]
    fn json_is_counted_at_its_edges() {
        let text = br#"{"a":[1,2,3],"b":"],[,{\"","c":{"d":[[]]}}"#;
        assert_eq!(count_json(text, 99), Counted { deepest: 4, longest: 3, name: (2, 3), values: 9 });
        assert!(json(text, &limits(4, 3, 9)).is_ok());
        for (limits, limit) in [(limits(3, 3, 9), Limit::JsonDepth), (limits(4, 2, 9), Limit::List), (limits(4, 3, 8), Limit::Values)] {
            assert_eq!(json(text, &limits).unwrap_err().limit, limit);
        }
        assert!(json("[".repeat(1 << 20).as_bytes(), &limits(32, 500, 10_000)).is_err());
        assert!(json(b"\"\\", &limits(1, 1, 1)).is_ok());
        let deep = br#"{"variables":{"input":{"first":[1,2],"roles":[["A","B","C"],"D"]}}}"#;
        assert_eq!(json(deep, &limits(9, 2, 99)).unwrap_err().path, "roles");
    }

    #[test]
    fn brackets_in_texts_and_comments_do_not_count() {
        let levels = |n: usize| format!("{}{}", "{a".repeat(n), "}".repeat(n));
        let limits = Limits::default();
        assert!(document(&levels(LEVELS), &limits).is_ok());
        assert_eq!(document(&levels(LEVELS + 1), &limits).unwrap_err().limit, Limit::Brackets);
        let many = "{[(".repeat(100);
        for quiet in [
            format!("# {many}\n{{ a }}"),
            format!("{{ a(b: \"{many}\\\"{many}\") }}"),
            format!("{{ a(b: \"\"\"{many}\\\"\"\"{many}\"\"\") }}"),
        ] {
            assert!(document(&quiet, &limits).is_ok(), "{quiet}");
        }
        assert!(document(&format!("{{ a(b: \"\n{many}"), &limits).is_err(), "a text ends with its line");
    }

    #[test]
    fn brackets_count_where_they_are_brackets() {
        for (query, levels) in [
            ("", 0),
            ("{ a(b: [{ c: 1 }]) { d } }", 4),
            ("{ a(b: \"[[[\\\"[[[\") }", 2),
            ("{ a(b: \"\"\"[[\" [\\\"\"\" [[\"\"\") }", 2),
            ("{ # }}}} [[[[\n{ {", 3),
            ("{ a(b: \"not closed\n[[[", 5),
            ("\"\" [[ \"\"\"\"\"\" [", 3),
        ] {
            assert_eq!(count_document(query, LEVELS, 100).0, levels, "{query}");
        }
    }

    #[test]
    fn tokens_are_counted() {
        let limits = Limits { tokens: 10, ..Default::default() };
        assert!(document("{ a(b: -1.5) @c }", &limits).is_ok());
        assert_eq!(
            document("{ a(b: -1.5) @c d }", &limits).unwrap_err(),
            Excess { limit: Limit::Tokens, actual: 11, max: 10, path: String::new() }
        );
    }

    proptest! {
        #[test]
        fn any_text_is_looked_over(text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = document(&text, &Limits::default());
            let _ = json(&bytes, &Limits::default());
        }

        #[test]
        fn what_a_parser_finds_is_what_was_counted(value in value()) {
            fn measure(value: &serde_json::Value) -> (usize, usize, usize) {
                let children: Vec<&serde_json::Value> = match value {
                    serde_json::Value::Array(entries) => entries.iter().collect(),
                    serde_json::Value::Object(entries) => entries.values().collect(),
                    _ => return (0, 0, 0),
                };
                let inner: Vec<_> = children.iter().map(|v| measure(v)).collect();
                let deepest = 1 + inner.iter().map(|m| m.0).max().unwrap_or(0);
                let longest = inner.iter().map(|m| m.1).max().unwrap_or(0).max(children.len());
                let values = 1 + children.len().saturating_sub(1) + inner.iter().map(|m| m.2).sum::<usize>();
                (deepest, longest, values)
            }
            let (deepest, longest, values) = measure(&value);
            let counted = count_json(value.to_string().as_bytes(), 99);
            prop_assert_eq!((counted.deepest, counted.values), (deepest, values));
            // A list of one is the same as an empty one: it has no comma.
            prop_assert_eq!(counted.longest.max(1), longest.max(1));
        }
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        use serde_json::Value;
        let leaf = prop_oneof![Just(Value::Null), any::<i32>().prop_map(Value::from), ".{0,8}".prop_map(Value::from)];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map("[a-z\"\\\\]{0,4}", inner, 0..6).prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }
}
