use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType, Selection};
use tracing::Span;

/// The kind of the operation that runs, and its root field; `several` when it has more than one or hides it in a fragment,
/// `invalid` when the document has no operation of that name. The field is the caller's word: it may label a metric only after
/// the document was found valid.
pub fn kind_and_field<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> (&'static str, &'d str) {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(operation), _) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) => operations.values().next().filter(|_| operations.len() == 1),
    };
    let Some(operation) = operation else { return ("query", "invalid") };
    let kind = match operation.node.ty {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    };
    let mut fields = operation.node.selection_set.node.items.iter().map(|item| match &item.node {
        Selection::Field(field) => Some(field.node.name.node.as_str()),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => None,
    });
    let first = fields.next().flatten();
    let field = first.filter(|first| fields.all(|other| other == Some(first)));
    (kind, field.unwrap_or("several"))
}

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

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn an_operation_is_named_by_its_root_field() {
        for (query, name, expected) in [
            ("{ me { id } }", None, ("query", "me")),
            ("{ a: me { id } b: me { name } }", None, ("query", "me")),
            ("{ me { id } statistics { votes } }", None, ("query", "several")),
            ("{ ...F } fragment F on Query { me { id } }", None, ("query", "several")),
            ("mutation M { castVote { x } } query Q { me { id } }", Some("M"), ("mutation", "castVote")),
            ("mutation M { castVote { x } } query Q { me { id } }", None, ("query", "invalid")),
            ("query Q { me { id } }", Some("Other"), ("query", "invalid")),
            ("subscription { voteTally { ballots } }", None, ("subscription", "voteTally")),
        ] {
            assert_eq!(kind_and_field(&parse_query(query).unwrap(), name), expected, "{query}");
        }
    }
}
