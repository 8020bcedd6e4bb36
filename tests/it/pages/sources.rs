//! What the sources of the pages name: texts that are there in both languages, and every mutation of the API.

use std::path::{Path, PathBuf};

use veche::i18n::{Locale, lookup};

/// Mutations that no page does, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("receiveMessage", "service accounts bring messages of other channels; people write by submitFeedback"),
    ("keepUnreadableMessage", "service accounts keep what they cannot read"),
    ("reportChannel", "service accounts say how they fare"),
    ("linkContact", "a bot links whoever opened the link of the page"),
    ("unlinkContact", "a bot unlinks whoever asks it in the chat; in the browser removeContact"),
    ("forgetContact", "a bot forgets whoever asks it in the chat"),
    ("claimOutgoing", "service accounts carry messages"),
    ("settleOutgoing", "service accounts say what became of messages"),
    ("reportBounce", "service accounts report what came back"),
];

/// Calls whose literal at this position is the key of a text.
const CALLS: &[(&str, usize)] = &[
    (".t(", 0),
    (".t1(", 0),
    (".ts(", 0),
    (".hint(", 0),
    (".field(", 2),
    (".area(", 1),
    (".select(", 1),
    (".radio(", 1),
    (".tick(", 1),
    (".choices(", 0),
    (".go(", 1),
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            found.extend(files(&entry));
        } else if entry.extension().is_some_and(|e| ["rs", "html", "xml"].contains(&e.to_str().unwrap())) {
            found.push(entry);
        }
    }
    found
}

fn sources() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    files(&folder).into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// The argument of a call at a position, if it is a literal.
fn literal(call: &str, position: usize) -> Option<&str> {
    let (mut depth, mut quoted, mut index, mut start) = (0, false, 0, 0);
    for (at, c) in call.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => return None,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted && depth > 0 => depth -= 1,
            ',' | ')' if !quoted && depth == 0 => {
                if index == position {
                    let argument = call[start..at].trim();
                    // A message for the next page is an option of key and value.
                    let argument = argument.strip_prefix("Some((").map_or(argument, |inner| inner.split(',').next().unwrap_or_default());
                    return argument.strip_prefix('"')?.strip_suffix('"').filter(|a| !a.contains('"'));
                }
                if c == ')' {
                    return None;
                }
                (index, start) = (index + 1, at + 1);
            }
            _ => (),
        }
    }
    None
}

#[test]
fn every_text_that_the_pages_name_is_there_in_both_languages() {
    assert_eq!(literal("\"a, b\", x(1, 2), \"c\")", 2), Some("c"));
    assert_eq!(literal("path, Some((\"flash-x\", value)))", 1), Some("flash-x"));
    assert_eq!(literal("key, 1)", 0), None);
    let mut seen = 0;
    let mut missing = Vec::new();
    for (path, text) in sources() {
        let named = CALLS.iter().flat_map(|(call, position)| {
            text.match_indices(call).filter_map(|(at, _)| literal(&text[at + call.len()..], *position)).collect::<Vec<_>>()
        });
        // An empty key is a choice that is not there.
        for key in named.filter(|key| !key.is_empty()) {
            seen += 1;
            for locale in Locale::ALL {
                if lookup(locale, key, &[]).is_none() {
                    missing.push(format!("{}: {key} ({})", path.display(), locale.tag()));
                }
            }
        }
    }
    assert!(seen > 50, "{seen} keys: the calls are written in another way than this test knows");
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_mutation_has_its_page() {
    let schema = include_str!("../../../schema.graphql");
    let body = schema.split("\ntype Mutation {").nth(1).unwrap().split("\n}").next().unwrap();
    let mutations: Vec<&str> = body.lines().filter_map(|l| l.strip_prefix('\t')?.strip_suffix('(')).collect();
    assert!(mutations.len() > 40, "{mutations:?}");
    let code: String =
        sources().into_iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "rs")).map(|(_, text)| text).collect();
    // By its name, or within a document that does it several times at once.
    let done = |name: &str| code.contains(&format!("\"{name}\"")) || code.contains(&format!(" {name}(input"));
    let without: Vec<&&str> = mutations.iter().filter(|name| !ELSEWHERE.iter().any(|(known, _)| known == *name) && !done(name)).collect();
    assert!(without.is_empty(), "no page does {without:?}");
    for (known, why) in ELSEWHERE {
        assert!(mutations.contains(known) && !done(known), "no exception any more: {known} ({why})");
    }
}
