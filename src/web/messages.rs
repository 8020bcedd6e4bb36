//! Words for what the GraphQL engine itself refuses: it speaks English, knows no error codes and names no remedy.

use std::{ops::RangeInclusive, sync::Arc, time::Instant};

use async_graphql::{Data, ErrorExtensionValues, Executor, Request, Response, ServerError, Variables};
use futures_util::{StreamExt, stream::BoxStream};
use tracing::Instrument;

use super::misfit;
use crate::{
    app::App,
    i18n::{self, Locale, Value},
    schema::ApiSchema,
    telemetry,
};

/// Characters of the engine's own words that are handed on at the most: they can hold all that was sent.
const DETAIL: usize = 300;
/// The whole numbers of GraphQL.
const INT: RangeInclusive<i64> = i32::MIN as i64..=i32::MAX as i64;
/// Levels of brackets that a document may have.
const LEVELS: usize = 64;

/// The API that says everything in one language: every error has a code and, where a value is to blame, its place.
#[derive(Clone)]
pub struct Spoken {
    /// What answers.
    pub api: ApiSchema,
    /// The caller's language.
    pub locale: Locale,
}

impl Executor for Spoken {
    async fn execute(&self, mut request: Request) -> Response {
        if nesting(&request.query) > LEVELS {
            return self.too_deep();
        }
        let asked = Asked::of(&request);
        let (name, began) = (request.operation_name.clone(), Instant::now());
        let (kind, field) = match request.parsed_query() {
            Ok(document) => telemetry::kind_and_field(document, name.as_deref()),
            Err(_) => ("query", "invalid"),
        };
        let field = field.to_owned();
        let response = self.api.execute(request).instrument(telemetry::operation_span(kind, &field)).await;
        // What the engine itself refuses has no place in the answer; then the field may be none of the schema's.
        let valid = response.errors.is_empty() || response.errors.iter().any(|error| !error.path.is_empty());
        let response = asked.localise(response, self.locale);
        if let Some(app) = self.api.data::<App>() {
            let field = if valid { field.as_str() } else { "invalid" };
            app.metrics.operation(kind, field, 0, began.elapsed(), telemetry::first_code(&response));
        }
        response
    }

    fn execute_stream(&self, request: Request, session_data: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        if nesting(&request.query) > LEVELS {
            return futures_util::stream::once(std::future::ready(self.too_deep())).boxed();
        }
        let (asked, locale) = (Asked::of(&request), self.locale);
        let responses = self.api.execute_stream_with_session_data(request, session_data.unwrap_or_default());
        responses.map(move |response| asked.localise(response, locale)).boxed()
    }
}

impl Spoken {
    fn too_deep(&self) -> Response {
        let mut error = ServerError::new(i18n::text(self.locale, "request-too-complex", &[]), None);
        error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", "TOO_COMPLEX");
        Response::from_errors(vec![error])
    }
}

/// How deep the brackets of a document are nested. The engine's parser calls itself for each level: without this look before it,
/// a few kilobytes of brackets would overflow its stack and end the process.
fn nesting(query: &str) -> usize {
    let (mut depth, mut deepest, mut rest) = (0_usize, 0, query);
    while let Some(at) = rest.find(['{', '[', '(', '}', ']', ')', '"', '#']) {
        let token = &rest[at..];
        let length = match token.as_bytes()[0] {
            b'#' => token.find(['\n', '\r']).unwrap_or(token.len()),
            b'"' => text_length(token),
            opening => {
                depth = if b"{[(".contains(&opening) { depth + 1 } else { depth.saturating_sub(1) };
                1
            }
        };
        deepest = deepest.max(depth);
        rest = &token[length..];
    }
    deepest
}

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

/// What was asked, to find in it what an error is about.
struct Asked {
    query: String,
    variables: Variables,
}

impl Asked {
    fn of(request: &Request) -> Self {
        Self { query: request.query.clone(), variables: request.variables.clone() }
    }

    fn localise(&self, mut response: Response, locale: Locale) -> Response {
        for error in &mut response.errors {
            if error.extensions.as_ref().is_none_or(|e| e.get("code").is_none()) {
                translate(error, locale, &Request::new(&self.query).variables(self.variables.clone()));
            }
        }
        response
    }
}

/// The engine's or a parser's own words, cut short.
pub fn detail(message: &str) -> String {
    message.chars().take(DETAIL).collect()
}

fn translate(error: &mut ServerError, locale: Locale, request: &Request) {
    let Meaning { code, key, path, args } = classify(&error.message, locale, request);
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", code);
    let mut args: Vec<(&str, Value)> = args.into_iter().map(|(name, value)| (name, value.into())).collect();
    if let Some(path) = path {
        extensions.set("path", path.split('.').map(str::to_owned).collect::<Vec<_>>());
        args.push(("path", path.into()));
    }
    error.message = i18n::text(locale, key, &args);
}

/// What is meant by a message of the engine.
struct Meaning {
    code: &'static str,
    key: &'static str,
    /// Which value or name, from the argument down.
    path: Option<String>,
    args: Vec<(&'static str, String)>,
}

fn bad(key: &'static str, path: impl Into<String>, args: Vec<(&'static str, String)>) -> Meaning {
    Meaning { code: "BAD_REQUEST", key, path: Some(path.into()), args }
}

fn classify(message: &str, locale: Locale, request: &Request) -> Meaning {
    let quoted: Vec<&str> = message.split('"').skip(1).step_by(2).collect();
    let get = |i: usize| quoted.get(i).copied().unwrap_or("…");
    let expected = |type_name: &str| vec![("expected", describe(locale, type_name))];
    let has = |part: &str| message.contains(part);
    if let Some(rest) = message.strip_prefix("Invalid value for argument ") {
        return value(rest, &quoted, locale);
    }
    if message.starts_with("Failed to parse \"") || message.starts_with("Expected input type \"") {
        // A value that the validation lets through and the type does not.
        let numbers = bounds(message);
        let found = misfit::find(request, numbers.clone());
        let (path, type_name) = found.map_or_else(|| ("…".to_owned(), get(0).to_owned()), |found| (found.path, found.expected));
        let expected = describe_within(locale, &type_name, &numbers.unwrap_or(INT));
        return bad("request-validation-wrong-type", path, vec![("expected", expected)]);
    }
    if let Some(rest) = message.strip_prefix("Variable ")
        && let Some(name) = rest.split(" is not defined").next().filter(|name| name.len() < rest.len())
    {
        let name = name.trim_matches(['"', '$']);
        let of = misfit::variable(request, name).unwrap_or_else(|| "…".into());
        return bad("request-validation-missing-variable", name, expected(&of));
    }
    if message.starts_with("Unknown field") || message.starts_with("Unknown argument") {
        let is_field = message.starts_with("Unknown field");
        let meant = quoted.get(if is_field { 2.. } else { 3.. }).unwrap_or_default();
        let key = if is_field { "request-validation-unknown-field" } else { "request-validation-unknown-argument" };
        return bad(key, get(0), vec![("detail", known(locale, meant))]);
    }
    if has("is required but not provided") {
        // Of a field's argument the engine names the type that the field is of, as if it were the argument's.
        let of = misfit::argument(get(2), get(0), get(1)).unwrap_or_else(|| get(2));
        return bad("request-validation-missing-argument", get(1), expected(of));
    }
    if has("too complex") || has("too deep") || has("recursion") || message.starts_with("The number of directives") {
        return Meaning { code: "TOO_COMPLEX", key: "request-too-complex", path: None, args: Vec::new() };
    }
    let (key, words) = if message.trim_start().starts_with("-->") {
        // The parser draws the place; its last line says what is wrong there.
        let line = message.lines().rfind(|l| l.contains('=')).map_or(message, |l| l.trim_start_matches([' ', '=']));
        ("request-validation-syntax", line)
    } else {
        ("request-validation-other", message)
    };
    Meaning { code: "BAD_REQUEST", key, path: None, args: vec![("detail", detail(words))] }
}

/// `"input.title", expected type "String"` and its kin.
fn value(rest: &str, quoted: &[&str], locale: Locale) -> Meaning {
    let get = |i: usize| quoted.get(i).copied().unwrap_or("…");
    let (path, what) = (get(0), rest.split_once("\", ").map_or("", |(_, what)| what));
    if what.starts_with("field ") {
        let expected = vec![("expected", describe(locale, get(2)))];
        return bad("request-validation-missing-argument", format!("{path}.{}", get(1)), expected);
    }
    if what.starts_with("unknown field ") {
        let known = known(locale, &misfit::names(quoted.last().unwrap_or(&"")).unwrap_or_default());
        return bad("request-validation-unknown-field", format!("{path}.{}", detail(get(1))), vec![("detail", known)]);
    }
    if what.starts_with("enumeration type ") {
        let values = misfit::names(get(1)).unwrap_or_default().join(", ");
        return bad("request-validation-unknown-enum-value", path, vec![("expected", values)]);
    }
    bad("request-validation-wrong-type", path, vec![("expected", describe(locale, get(1)))])
}

/// A sentence with the names that there are instead, or nothing.
fn known(locale: Locale, names: &[&str]) -> String {
    if names.is_empty() { String::new() } else { i18n::text(locale, "request-validation-known", &[("names", names.join(", ").into())]) }
}

/// The numbers of `Only integers from -32768 to 32767 are accepted`.
fn bounds(message: &str) -> Option<RangeInclusive<i64>> {
    let (first, rest) = message.split_once("Only integers from ")?.1.split_once(" to ")?;
    Some(first.parse().ok()?..=rest.split(' ').next()?.parse().ok()?)
}

/// A type in words.
fn describe(locale: Locale, type_name: &str) -> String {
    describe_within(locale, type_name, &INT)
}

/// A type in words, that of a whole number with its bounds.
fn describe_within(locale: Locale, type_name: &str, numbers: &RangeInclusive<i64>) -> String {
    let name = type_name.trim_end_matches('!');
    if let Some(inner) = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')) {
        return i18n::text(locale, "type-list", &[("of", describe_within(locale, inner, numbers).into())]);
    }
    let args = [
        ("type", name.into()),
        ("names", misfit::names(name).unwrap_or_default().join(", ").into()),
        ("min", numbers.start().to_string().into()),
        ("max", numbers.end().to_string().into()),
    ];
    let key = match name {
        "Int" => "type-int",
        "Float" => "type-float",
        "String" => "type-string",
        "Boolean" => "type-boolean",
        "ID" => "type-id",
        "NaiveDate" => "type-date",
        "DateTime" => "type-time",
        _ if misfit::is_enum(name) => "type-enum",
        _ => "type-object",
    };
    i18n::text(locale, key, &args)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            assert_eq!(nesting(query), levels, "{query}");
        }
        assert_eq!(nesting(&"[".repeat(100_000)), 100_000);
    }

    proptest! {
        #[test]
        fn no_text_panics(query in "[\\[\"\\\\#\n{}я ]{0,40}") {
            nesting(&query);
        }
    }
}
