use tracing::Span;

/// The code of an answer's first error.
pub fn first_code(response: &async_graphql::Response) -> Option<&str> {
    match response.errors.first()?.extensions.as_ref()?.get("code")? {
        async_graphql::Value::String(code) => Some(code),
        _ => None,
    }
}

/// The span of a GraphQL operation. Neither its text nor its variables are in it.
pub fn operation_span(kind: &'static str, field: &str) -> Span {
    let name = super::enabled().then(|| format!("{kind} {field}"));
    tracing::error_span!("operation", kind, field, otel.name = name)
}
