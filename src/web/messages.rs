//! Words for what the GraphQL engine itself refuses: it speaks English and knows no error codes.

use async_graphql::{ErrorExtensionValues, Response, ServerError};

use crate::i18n::{self, Locale, Value};

/// The response with every error in the caller's language and with a code.
pub fn localise(mut response: Response, locale: Locale) -> Response {
    for error in &mut response.errors {
        if error.extensions.as_ref().is_none_or(|e| e.get("code").is_none()) {
            translate(error, locale);
        }
    }
    response
}

fn translate(error: &mut ServerError, locale: Locale) {
    let (code, key, args) = classify(&error.message);
    let args: Vec<(&str, Value)> = args.into_iter().map(|(name, value)| (name, value.into())).collect();
    error.message = i18n::text(locale, key, &args);
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code);
}

type Args = Vec<(&'static str, String)>;

/// What is meant by a message of the engine: code, key of the text, values.
fn classify(message: &str) -> (&'static str, &'static str, Args) {
    let quoted: Vec<&str> = message.split('"').skip(1).step_by(2).collect();
    let get = |i: usize| quoted.get(i).copied().unwrap_or("…").to_owned();
    let detail = || vec![("detail", message.to_owned())];
    let bad = "BAD_REQUEST";
    if message.contains("too complex") || message.contains("too deep") || message.contains("recursion") {
        return ("TOO_COMPLEX", "request-too-complex", Vec::new());
    }
    if message.starts_with("Unknown field") {
        return (bad, "request-validation-unknown-field", vec![("path", get(0)), ("detail", after(message, "\". "))]);
    }
    if message.starts_with("Unknown argument") {
        return (bad, "request-validation-unknown-argument", vec![("path", get(0)), ("detail", after(message, "\". "))]);
    }
    if message.contains("is required but not provided") {
        let of = usize::from(message.starts_with("Field"));
        return (bad, "request-validation-missing-argument", vec![("path", get(of)), ("expected", get(of + 1))]);
    }
    if message.starts_with("Invalid value for argument") {
        return value(message, &quoted);
    }
    if message.starts_with("Variable") && message.contains("is not defined") {
        return (bad, "request-validation-missing-variable", vec![("path", get(0)), ("expected", "…".into())]);
    }
    if message.trim_start().starts_with("-->") {
        let line = message.lines().rfind(|l| l.contains('=')).map_or(message, |l| l.trim_start_matches([' ', '=']));
        return (bad, "request-validation-syntax", vec![("detail", line.to_owned())]);
    }
    if let Some(rest) = message.strip_prefix("Failed to parse \"") {
        // A value that the schema lets through and the type does not: `"Int": Only integers …`.
        let expected = rest.split('"').next().unwrap_or("…").to_owned();
        return (bad, "request-validation-wrong-type", vec![("path", "…".into()), ("expected", expected)]);
    }
    (bad, "request-validation-other", detail())
}

/// `Invalid value for argument "input.title", expected type "String"` and its kin.
fn value(message: &str, quoted: &[&str]) -> (&'static str, &'static str, Args) {
    let path = quoted.first().copied().unwrap_or("…").to_owned();
    let bad = "BAD_REQUEST";
    if message.contains("does not contain the value") {
        let expected = quoted.get(1).copied().unwrap_or("…").to_owned();
        return (bad, "request-validation-unknown-enum-value", vec![("path", path), ("expected", expected)]);
    }
    if message.contains("unknown field") {
        let field = quoted.get(1).or(quoted.first()).copied().unwrap_or("…").to_owned();
        return (bad, "request-validation-unknown-field", vec![("path", field), ("detail", String::new())]);
    }
    if message.contains("is required but not provided") || message.contains("field is required") || message.contains("but not provided") {
        let of = quoted.len().saturating_sub(2);
        let path = [path, quoted.get(of).copied().unwrap_or_default().to_owned()];
        let expected = quoted.last().copied().unwrap_or("…").to_owned();
        return (bad, "request-validation-missing-argument", vec![("path", path.join(".")), ("expected", expected)]);
    }
    let expected = quoted.last().filter(|_| quoted.len() > 1).copied().unwrap_or("…").to_owned();
    (bad, "request-validation-wrong-type", vec![("path", path), ("expected", expected)])
}

fn after(message: &str, mark: &str) -> String {
    message.rsplit_once(mark).map_or_else(String::new, |(_, rest)| rest.to_owned())
}
