//! The schema as a running server tells it, and requests made from it.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::support::{TestApp, gid};

const TYPE: &str = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// What introspection says.
pub struct Contract {
    types: Vec<Value>,
    by_name: HashMap<String, usize>,
}

/// A query, mutation or subscription.
pub struct Operation<'a> {
    pub kind: &'static str,
    pub name: String,
    pub args: Vec<Value>,
    /// What to select, with its braces; empty for a scalar.
    pub selection: String,
    contract: &'a Contract,
}

impl Contract {
    pub async fn of(app: &TestApp) -> Self {
        let query = format!(
            "{{ __schema {{ types {{ kind name description
                fields(includeDeprecated: true) {{ name description type {{ {TYPE} }} args {{ name description defaultValue type {{ {TYPE} }} }} }}
                inputFields {{ name description defaultValue type {{ {TYPE} }} }}
                enumValues(includeDeprecated: true) {{ name description }} }} }} }}"
        );
        let types = app.query(None, &query, json!({})).await["__schema"]["types"].as_array().unwrap().clone();
        let by_name = types.iter().enumerate().map(|(i, t)| (t["name"].as_str().unwrap().to_owned(), i)).collect();
        Self { types, by_name }
    }

    pub fn types(&self) -> &[Value] {
        &self.types
    }

    /// A type by its name.
    pub fn named(&self, name: &str) -> &Value {
        &self.types[self.by_name[name]]
    }

    pub fn operations(&self) -> Vec<Operation<'_>> {
        [("Query", "query"), ("Mutation", "mutation"), ("Subscription", "subscription")]
            .into_iter()
            .flat_map(|(root, kind)| {
                self.named(root)["fields"].as_array().unwrap().iter().map(move |field| Operation {
                    kind,
                    name: field["name"].as_str().unwrap().to_owned(),
                    args: field["args"].as_array().unwrap().clone(),
                    selection: self.selection(&field["type"]),
                    contract: self,
                })
            })
            .collect()
    }

    /// What refuses, and the least that may be selected of the rest.
    fn selection(&self, of: &Value) -> String {
        let named = self.named(concrete(of));
        let Some(fields) = named["fields"].as_array() else { return String::new() };
        if fields.iter().any(|f| f["name"] == "userErrors") {
            return "{ userErrors { code message path } }".into();
        }
        "{ __typename }".into()
    }

    /// A value that the type takes, of things that do not exist. `all` fills optional fields too.
    pub fn value(&self, operation: &str, name: &str, of: &Value, all: bool) -> Value {
        match of["kind"].as_str().unwrap() {
            "NON_NULL" => self.value(operation, name, &of["ofType"], all),
            "LIST" => json!([self.value(operation, name, &of["ofType"], all)]),
            "ENUM" => self.named(of["name"].as_str().unwrap())["enumValues"][0]["name"].clone(),
            "INPUT_OBJECT" => {
                let fields = self.named(of["name"].as_str().unwrap())["inputFields"].as_array().unwrap();
                let wanted = fields.iter().filter(|f| required(f) || (all && f["name"] != "secret" && f["name"] != "clientMutationId"));
                Value::Object(
                    wanted
                        .map(|f| {
                            let name = f["name"].as_str().unwrap();
                            (name.to_owned(), self.value(operation, name, &f["type"], all))
                        })
                        .collect::<Map<_, _>>(),
                )
            }
            _ => scalar(operation, name, of["name"].as_str().unwrap()),
        }
    }
}

impl Operation<'_> {
    /// Query and variables.
    pub fn request(&self, all: bool) -> (String, Value) {
        let args: Vec<&Value> = self.args.iter().filter(|a| required(a) || (all && a["name"] != "secret")).collect();
        let variables = args.iter().map(|a| {
            let name = a["name"].as_str().unwrap();
            (name.to_owned(), self.contract.value(&self.name, name, &a["type"], all))
        });
        (self.query(&args), Value::Object(variables.collect()))
    }

    /// The request with these arguments as variables.
    pub fn query(&self, args: &[&Value]) -> String {
        let join = |f: &dyn Fn(&str, &Value) -> String| {
            let parts: Vec<String> = args.iter().map(|a| f(a["name"].as_str().unwrap(), &a["type"])).collect();
            if parts.is_empty() { String::new() } else { format!("({})", parts.join(", ")) }
        };
        let declared = join(&|name, of| format!("${name}: {}", spelled(of)));
        let given = join(&|name, _| format!("{name}: ${name}"));
        format!("{}{declared} {{ {}{given} {} }}", self.kind, self.name, self.selection)
    }
}

/// Whether a value must be given.
pub fn required(field: &Value) -> bool {
    field["type"]["kind"] == "NON_NULL" && field["defaultValue"].is_null()
}

/// The type under lists and exclamation marks.
pub fn concrete(of: &Value) -> &str {
    if of["ofType"].is_null() { of["name"].as_str().unwrap() } else { concrete(&of["ofType"]) }
}

fn spelled(of: &Value) -> String {
    match of["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", spelled(&of["ofType"])),
        "LIST" => format!("[{}]", spelled(&of["ofType"])),
        _ => of["name"].as_str().unwrap().to_owned(),
    }
}

fn scalar(operation: &str, name: &str, of: &str) -> Value {
    match (of, name) {
        ("Int", "rating" | "feasibility") => json!(4),
        ("Int", _) => json!(7),
        ("Float", _) => json!(0.5),
        ("Boolean", _) => json!(true),
        ("NaiveDate", _) => json!("2030-01-31"),
        ("DateTime", _) => json!("2026-01-31T10:00:00Z"),
        ("ID", _) => json!(gid(kind_of(operation, name), Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001))),
        (_, "email") => json!("anna@example.org"),
        (_, "password") => json!("correct horse battery staple"),
        (_, "key") => json!("roads"),
        (_, "currency") => json!("RUB"),
        (_, "number") => json!("2026-000001"),
        (_, "url") => json!("https://example.org/lighting"),
        (_, "content") => json!("aGVsbG8="),
        (_, "contentType") => json!("text/plain"),
        _ => json!("Text of a fitting length, neither short nor long"),
    }
}

/// The kind of object that an identifier is of.
pub fn kind_of(operation: &str, name: &str) -> &'static str {
    match (operation, name) {
        ("hide", "subjectId") => "Comment",
        (_, "subjectId" | "initiativeId") | ("node" | "initiative", "id") | ("similarInitiatives", "except") => "Initiative",
        (_, "departmentId" | "departmentIds") => "Department",
        ("workingGroup", "id") | (_, "groupId" | "groupIds") => "WorkingGroup",
        (_, "territoryId" | "territoryIds") => "Territory",
        (_, "topicId" | "topicIds") => "Topic",
        ("service", "id") | (_, "serviceId") => "Service",
        (_, "ticketId" | "ticketIds") | ("mergeTickets", "sourceIds" | "targetId") | ("joinTicket", "targetId") => "Ticket",
        ("cluster", "id") | (_, "clusterId") | ("mergeClusters", "sourceIds" | "targetId") => "Cluster",
        (_, "commentId" | "parentId") => "Comment",
        (_, "proposalId") => "ClusterProposal",
        (_, "themeId") => "Theme",
        (_, "articleId") => "Article",
        (_, "flagId") => "Flag",
        (_, "synonymsId") => "SearchSynonyms",
        (_, "milestoneId") => "Milestone",
        (_, "tokenId") => "AccessToken",
        (_, "attachmentIds" | "attachmentId") => "Attachment",
        (_, "participantId" | "participantIds" | "assigneeId" | "authorId" | "actorId" | "serviceAccountId") => "Participant",
        (_, "ids") => "Notification",
        ("retryDelivery" | "settleOutgoing", "id") => "Delivery",
        (_, "contactId") => "Contact",
        ("markUnreadableSeen", "id") => "UnreadableMessage",
        ("deleteSavedSearch", "id") => "SavedSearch",
        _ => panic!("of which kind is {name} of {operation}?"),
    }
}
