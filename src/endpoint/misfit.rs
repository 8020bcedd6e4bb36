//! Which value of a request the engine could not take: of a number that is too large or a date that is none it names the type,
//! not the place.

use std::{ops::RangeInclusive, sync::LazyLock};

use async_graphql::{
    OutputType, Request, Value,
    parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet},
    registry::{MetaType, MetaTypeName, Registry},
};

use crate::schema::{Mutation, Query, Subscription};

/// The types of the schema.
pub static TYPES: LazyLock<Registry> = LazyLock::new(|| {
    let mut registry = Registry::default();
    <Query as OutputType>::create_type_info(&mut registry);
    <Mutation as OutputType>::create_type_info(&mut registry);
    <Subscription as async_graphql::SubscriptionType>::create_type_info(&mut registry);
    registry
});

/// A value that its type does not take.
#[derive(Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The argument, then the fields down to the value.
    pub path: String,
    /// The name of the type.
    pub expected: String,
}

/// The names that an enum or an input object knows; `None` for other types.
pub fn names(type_name: &str) -> Option<Vec<&'static str>> {
    match TYPES.types.get(type_name)? {
        MetaType::Enum { enum_values, .. } => Some(enum_values.keys().map(String::as_str).collect()),
        MetaType::InputObject { input_fields, .. } => Some(input_fields.keys().map(String::as_str).collect()),
        _ => None,
    }
}

/// Whether the type is an enum.
pub fn is_enum(type_name: &str) -> bool {
    matches!(TYPES.types.get(type_name), Some(MetaType::Enum { .. }))
}

/// The type of a field's argument.
pub fn argument(object: &str, field: &str, argument: &str) -> Option<&'static str> {
    Some(TYPES.types.get(object)?.field_by_name(field)?.args.get(argument)?.ty.as_str())
}

/// The type that a request declares for a variable.
pub fn variable(request: &Request, name: &str) -> Option<String> {
    let document = async_graphql::parser::parse_query(&request.query).ok()?;
    let mut variables = document.operations.iter().flat_map(|(_, operation)| operation.node.variable_definitions.clone());
    variables.find(|v| v.node.name.node == name).map(|v| v.node.var_type.node.to_string())
}

/// The first value of a valid request that its type does not take. Whole numbers are of several sizes, of which the schema does
/// not tell: `numbers` are those that were allowed where one was refused.
pub fn find(request: &Request, numbers: Option<RangeInclusive<i64>>) -> Option<Misfit> {
    let document = async_graphql::parser::parse_query(&request.query).ok()?;
    let search = Search { document: &document, request, numbers };
    document.operations.iter().find_map(|(_, operation)| {
        let root = match operation.node.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        search.selection(root, &operation.node.selection_set.node)
    })
}

struct Search<'a> {
    document: &'a ExecutableDocument,
    request: &'a Request,
    numbers: Option<RangeInclusive<i64>>,
}

impl Search<'_> {
    fn selection(&self, type_name: &str, set: &SelectionSet) -> Option<Misfit> {
        set.items.iter().find_map(|item| match &item.node {
            Selection::Field(field) => {
                let meta = TYPES.types.get(type_name)?.field_by_name(&field.node.name.node)?;
                let argument = field.node.arguments.iter().find_map(|(name, value)| {
                    let value = value.node.clone().into_const_with(|name| self.request.variables.get(&name).cloned().ok_or(())).ok()?;
                    self.misfit(&meta.args.get(name.node.as_str())?.ty, &value, name.node.as_str())
                });
                argument.or_else(|| self.selection(MetaTypeName::concrete_typename(&meta.ty), &field.node.selection_set.node))
            }
            Selection::FragmentSpread(spread) => {
                let fragment = &self.document.fragments.get(&spread.node.fragment_name.node)?.node;
                self.selection(&fragment.type_condition.node.on.node, &fragment.selection_set.node)
            }
            Selection::InlineFragment(fragment) => {
                let on = fragment.node.type_condition.as_ref().map_or(type_name, |on| on.node.on.node.as_str());
                self.selection(on, &fragment.node.selection_set.node)
            }
        })
    }

    fn misfit(&self, type_name: &str, value: &Value, path: &str) -> Option<Misfit> {
        let misfits = |fits: bool| (!fits).then(|| Misfit { path: path.to_owned(), expected: type_name.to_owned() });
        match (MetaTypeName::create(type_name), value) {
            (MetaTypeName::NonNull(inner), value) => self.misfit(inner, value, path),
            (_, Value::Null) => None,
            (MetaTypeName::List(inner), Value::List(values)) => {
                values.iter().enumerate().find_map(|(i, value)| self.misfit(inner, value, &format!("{path}.{i}")))
            }
            (MetaTypeName::List(inner), value) => self.misfit(inner, value, path),
            (MetaTypeName::Named("Int"), value) => misfits(matches!(value, Value::Number(n)
                if n.as_i64().is_some_and(|n| self.numbers.as_ref().is_none_or(|range| range.contains(&n))))),
            (MetaTypeName::Named("String"), value) => misfits(matches!(value, Value::String(_))),
            (MetaTypeName::Named("Boolean"), value) => misfits(matches!(value, Value::Boolean(_))),
            (MetaTypeName::Named("NaiveDate"), value) => {
                misfits(matches!(value, Value::String(date) if chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok()))
            }
            (MetaTypeName::Named("DateTime"), value) => {
                misfits(matches!(value, Value::String(time) if time.parse::<chrono::DateTime<chrono::Utc>>().is_ok()))
            }
            (MetaTypeName::Named(name), value) => match (TYPES.types.get(name)?, value) {
                (MetaType::InputObject { input_fields, .. }, Value::Object(fields)) => input_fields.values().find_map(|field| {
                    let value = fields.get(field.name.as_str())?;
                    self.misfit(&field.ty, value, &format!("{path}.{}", field.name))
                }),
                (MetaType::InputObject { .. }, _) => misfits(false),
                _ => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::Variables;
    use serde_json::json;

    fn found(query: &str, variables: serde_json::Value) -> Option<(String, String)> {
        let request = Request::new(query).variables(Variables::from_json(variables));
        find(&request, Some(i32::MIN.into()..=i32::MAX.into())).map(|m| (m.path, m.expected))
    }

    #[test]
    fn the_place_is_found_in_variables_and_in_literals() {
        let some = |path: &str, expected: &str| Some((path.to_owned(), expected.to_owned()));
        let query = "mutation($input: InitiativeInput!) { createInitiative(input: $input) { userErrors { code } } }";
        assert_eq!(found(query, json!({ "input": { "title": "x", "quorum": 1_i64 << 40 } })), some("input.quorum", "Int"));
        assert_eq!(found(query, json!({ "input": { "title": "x", "quorum": 7 } })), None);
        assert_eq!(found("{ departments { id } initiatives(first: 99999999999) { totalCount } }", json!({})), some("first", "Int"));
        assert_eq!(found("{ initiatives(first: \"x\") { totalCount } }", json!({})), some("first", "Int"));
        assert_eq!(found("fragment f on Query { statistics(from: \"x\") { tickets } } { ...f }", json!({})), some("from", "DateTime"));
        let query = "mutation { answerInitiative(input: { milestones: [{ title: \"x\", dueOn: \"soon\" }] }) { userErrors { code } } }";
        assert_eq!(found(query, json!({})), some("input.milestones.0.dueOn", "NaiveDate"));
        let query = "mutation { receiveMessage(input: { sender: 7 }) { userErrors { code } } }";
        assert_eq!(found(query, json!({})), some("input.sender", "SenderInput"));
    }
}
