//! What a request may cost, found out before it is executed: fragments are counted, not expanded.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::types::{Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet},
    registry::{MetaType, MetaTypeName},
};
use async_graphql_value::Value as Literal;

use super::{misfit::TYPES, scan::LEVELS};
use crate::{config::Limits, page};

/// What is limited, each with a name for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Levels of brackets of a document.
    Brackets,
    /// Words and signs of a document.
    Tokens,
    /// Levels of the request's JSON.
    JsonDepth,
    /// Entries of one list or object that is sent.
    List,
    /// Values that are sent.
    Values,
    /// Levels of fields.
    Depth,
    /// Fields, with those of fragments each time they are used.
    Fields,
    /// Fields with another name.
    Aliases,
    /// Directives.
    Directives,
    /// Lists within lists of the schema's own description.
    Introspection,
    /// What the answer costs.
    Cost,
}

impl Limit {
    /// All, for the documentation and for tests.
    pub const ALL: [Self; 11] = [
        Self::Brackets,
        Self::Tokens,
        Self::JsonDepth,
        Self::List,
        Self::Values,
        Self::Depth,
        Self::Fields,
        Self::Aliases,
        Self::Directives,
        Self::Introspection,
        Self::Cost,
    ];

    /// Its name in `extensions.limit`, in the texts and in the metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brackets => "brackets",
            Self::Tokens => "tokens",
            Self::JsonDepth => "json-depth",
            Self::List => "list",
            Self::Values => "values",
            Self::Depth => "depth",
            Self::Fields => "fields",
            Self::Aliases => "aliases",
            Self::Directives => "directives",
            Self::Introspection => "introspection",
            Self::Cost => "cost",
        }
    }

    /// Compares a count with its maximum.
    ///
    /// # Errors
    /// It is larger.
    pub fn check(self, actual: usize, max: usize) -> Result<(), Excess> {
        if actual > max { Err(Excess { limit: self, actual, max, path: String::new() }) } else { Ok(()) }
    }
}

/// A limit was crossed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// Which.
    pub limit: Limit,
    /// By how much: the count.
    pub actual: usize,
    /// The most it may be.
    pub max: usize,
    /// The name of the value to blame, where there is one.
    pub path: String,
}

/// Levels of lists within lists that a look at the schema may have, as GraphQL.js allows.
const INTROSPECTION: usize = 3;
/// Entries that a list without pages is taken to have.
const UNPAGED: usize = 10;
/// What a mutation costs beside what it returns.
const MUTATION: usize = 10;
/// Fields that cost more than 1, since they are searched for or counted.
pub const COSTS: [(&str, &str, usize); 7] = [
    ("Query", "modelReport", 200),
    ("Ticket", "why", 20),
    ("Query", "statistics", 200),
    ("Query", "similar", 50),
    ("Query", "search", 50),
    ("Query", "suggest", 20),
    ("Query", "auditLog", 20),
];

/// What an operation comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measure {
    /// Fields, with those of fragments each time they are used.
    pub fields: usize,
    /// Levels of fields.
    pub depth: usize,
    /// Fields with another name.
    pub aliases: usize,
    /// Directives.
    pub directives: usize,
    /// Lists within lists of the schema's own description.
    pub introspection: usize,
    /// What the answer costs.
    pub cost: usize,
}

impl Measure {
    fn add(&mut self, other: Self) {
        self.fields = self.fields.saturating_add(other.fields);
        self.depth = self.depth.max(other.depth);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.introspection = self.introspection.max(other.introspection);
        self.cost = self.cost.saturating_add(other.cost);
    }

    /// Compares with what is allowed.
    ///
    /// # Errors
    /// The first limit that is crossed.
    pub fn check(&self, limits: &Limits) -> Result<(), Excess> {
        Limit::Depth.check(self.depth, limits.depth)?;
        Limit::Fields.check(self.fields, limits.fields)?;
        Limit::Aliases.check(self.aliases, limits.aliases)?;
        Limit::Directives.check(self.directives, limits.directives)?;
        Limit::Introspection.check(self.introspection, INTROSPECTION)?;
        Limit::Cost.check(self.cost, limits.cost)
    }
}

/// A fragment that contains itself has no measure.
#[derive(Debug, PartialEq, Eq)]
pub struct Cycle(pub String);

/// What went wrong with a document before its execution.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is too large in some way.
    Excess(Excess),
    /// A fragment contains itself.
    Cycle(Cycle),
}

impl From<Excess> for Refused {
    fn from(excess: Excess) -> Self {
        Self::Excess(excess)
    }
}

/// Measures all operations of a document: the engine's rules look at each of them, whichever is executed.
///
/// # Errors
/// It is too large, or a fragment contains itself.
pub fn measure(document: &ExecutableDocument, variables: &Variables, limits: &Limits) -> Result<Measure, Refused> {
    let mut walk = Walk { document, variables, defaults: HashMap::new(), fragments: HashMap::new(), level: 0, longest: (0, "") };
    let mut all = Measure::default();
    for (_, operation) in document.operations.iter() {
        all.add(walk.operation(&operation.node)?);
    }
    // A fragment that nobody uses is looked at all the same.
    for (name, fragment) in &document.fragments {
        if !walk.fragments.contains_key(name.as_str()) {
            let measure = walk.set(&fragment.node.selection_set.node, fragment.node.type_condition.node.on.node.as_str())?;
            all.fields = all.fields.saturating_add(measure.fields);
        }
    }
    let (longest, name) = walk.longest;
    Limit::List.check(longest, limits.list).map_err(|excess| Excess { path: name.to_owned(), ..excess })?;
    all.check(limits)?;
    Ok(all)
}

/// The fields at the root of the chosen operation, with those of fragments.
pub fn root_fields<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Vec<&'a Field> {
    fn collect<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet, fields: &mut Vec<&'a Field>) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => fields.push(&field.node),
                Selection::InlineFragment(fragment) => collect(document, &fragment.node.selection_set.node, fields),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        collect(document, &fragment.node.selection_set.node, fields);
                    }
                }
            }
        }
    }
    let mut fields = Vec::new();
    if let Some((_, operation)) = document.operations.iter().find(|(n, _)| name.is_none_or(|name| n.is_some_and(|n| n == name))) {
        collect(document, &operation.node.selection_set.node, &mut fields);
    }
    fields
}

/// A name for the root fields of an operation, for logs and numbers: theirs, as the schema has it, `several` or `invalid`.
pub fn label(kind: OperationType, fields: &[&Field]) -> &'static str {
    let root = match kind {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    let mut names = fields.iter().map(|f| f.name.node.as_str());
    let first = names.next().unwrap_or_default();
    if !names.all(|name| name == first) {
        return "several";
    }
    match (TYPES.types.get(root).and_then(|ty| ty.field_by_name(first)), first) {
        (Some(field), _) => field.name.as_str(),
        (None, "__schema" | "__type" | "__typename") => "introspection",
        (None, _) => "invalid",
    }
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    defaults: HashMap<&'a str, &'a Value>,
    /// What was found; `None` while it is being found out.
    fragments: HashMap<&'a str, Option<Measure>>,
    level: usize,
    /// Entries of the longest list or object, and the name of the argument or variable that it is in.
    longest: (usize, &'a str),
}

impl<'a> Walk<'a> {
    fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Measure, Refused> {
        for definition in &operation.variable_definitions {
            if let Some(default) = &definition.node.default_value {
                self.longest = self.longest.max((longest_value(&default.node), &definition.node.name.node));
                self.defaults.insert(&definition.node.name.node, &default.node);
            }
        }
        let (root, own) = match operation.ty {
            OperationType::Query => ("Query", 0),
            OperationType::Mutation => ("Mutation", MUTATION),
            OperationType::Subscription => ("Subscription", 0),
        };
        let mut measure = self.set(&operation.selection_set.node, root)?;
        measure.cost = measure.cost.saturating_add(own * operation.selection_set.node.items.len());
        measure.directives += self.directives(&operation.directives);
        Ok(measure)
    }

    fn set(&mut self, set: &'a SelectionSet, parent: &str) -> Result<Measure, Refused> {
        self.level += 1;
        Limit::Depth.check(self.level, LEVELS)?;
        let mut measure = Measure::default();
        for item in &set.items {
            measure.add(match &item.node {
                Selection::Field(field) => self.field(&field.node, parent)?,
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map_or(parent, |on| on.node.on.node.as_str());
                    let mut inner = self.set(&fragment.node.selection_set.node, on)?;
                    inner.directives += self.directives(&fragment.node.directives);
                    inner
                }
                Selection::FragmentSpread(spread) => {
                    let mut inner = self.fragment(&spread.node.fragment_name.node)?;
                    inner.directives += self.directives(&spread.node.directives);
                    // So that a spread of an empty fragment is not for nothing.
                    inner.fields = inner.fields.saturating_add(1);
                    inner
                }
            });
        }
        self.level -= 1;
        Ok(measure)
    }

    fn fragment(&mut self, name: &'a Name) -> Result<Measure, Refused> {
        match self.fragments.get(name.as_str()) {
            Some(Some(measure)) => return Ok(*measure),
            Some(None) => return Err(Refused::Cycle(Cycle(name.to_string()))),
            None => (),
        }
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Measure::default()) };
        self.fragments.insert(name, None);
        let measure = self.set(&fragment.node.selection_set.node, &fragment.node.type_condition.node.on.node)?;
        self.fragments.insert(name, Some(measure));
        Ok(measure)
    }

    fn field(&mut self, field: &'a Field, parent: &str) -> Result<Measure, Refused> {
        let name = field.name.node.as_str();
        let meta = TYPES.types.get(parent).and_then(|ty| ty.field_by_name(name));
        // A name that nobody knows is refused by the engine's rules, in good words.
        let about_schema = parent.starts_with("__") || matches!(name, "__schema" | "__type");
        let of = meta.map_or(if about_schema { "__" } else { "" }, |m| MetaTypeName::concrete_typename(&m.ty));
        let mut inner = self.set(&field.selection_set.node, of)?;
        for (name, value) in &field.arguments {
            self.longest = self.longest.max((longest_literal(&value.node), &name.node));
        }
        let is_composite =
            matches!(TYPES.types.get(of), Some(MetaType::Object { .. } | MetaType::Interface { .. } | MetaType::Union { .. }));
        let is_list = meta.is_some_and(|m| m.ty.starts_with('['));
        let entries = if meta.is_some_and(|m| m.args.contains_key("first")) {
            self.number(field, "first").or_else(|| self.number(field, "last")).map_or(page::DEFAULT, |n| n.min(page::MAX))
        } else if is_list && is_composite && !parent.ends_with("Connection") {
            UNPAGED
        } else {
            1
        };
        let own = COSTS.iter().find(|(ty, field, _)| *ty == parent && *field == name).map_or(1, |(.., cost)| *cost);
        inner.cost = entries.saturating_mul(inner.cost).saturating_add(own);
        inner.fields = inner.fields.saturating_add(1);
        inner.depth += 1;
        inner.aliases = inner.aliases.saturating_add(usize::from(field.alias.is_some()));
        inner.directives = inner.directives.saturating_add(self.directives(&field.directives));
        inner.introspection += usize::from(about_schema && matches!(name, "fields" | "interfaces" | "possibleTypes" | "inputFields"));
        Ok(inner)
    }

    fn directives(&mut self, directives: &'a [Positioned<Directive>]) -> usize {
        for (name, value) in directives.iter().flat_map(|d| &d.node.arguments) {
            self.longest = self.longest.max((longest_literal(&value.node), &name.node));
        }
        directives.len()
    }

    fn number(&self, field: &Field, name: &str) -> Option<usize> {
        let number = |value: &Value| if let Value::Number(n) = value { n.as_u64().and_then(|n| usize::try_from(n).ok()) } else { None };
        match field.get_argument(name).map(|value| &value.node)? {
            Literal::Number(n) => n.as_u64().and_then(|n| usize::try_from(n).ok()),
            Literal::Variable(variable) => {
                self.variables.get(variable).or_else(|| self.defaults.get(variable.as_str()).copied()).and_then(number)
            }
            _ => None,
        }
    }
}

/// Entries of the longest list or object in a value.
fn longest_literal(value: &Literal) -> usize {
    match value {
        Literal::List(entries) => entries.iter().map(longest_literal).max().unwrap_or(0).max(entries.len()),
        Literal::Object(entries) => entries.values().map(longest_literal).max().unwrap_or(0).max(entries.len()),
        _ => 0,
    }
}

fn longest_value(value: &Value) -> usize {
    match value {
        Value::List(entries) => entries.iter().map(longest_value).max().unwrap_or(0).max(entries.len()),
        Value::Object(entries) => entries.values().map(longest_value).max().unwrap_or(0).max(entries.len()),
        _ => 0,
    }
}
