//! Everybody with an account.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::web::{
    parts::List,
    ui::{Answer, Ui},
};

/// What people may be here for; services are made as such.
pub const ROLES: [&str; 5] = ["CITIZEN", "EXPERT", "MODERATOR", "DEPARTMENT_OFFICER", "ADMINISTRATOR"];

const LIST: &str = "query($filter: ParticipantFilter, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    participants(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        nodes { id name roles createdAt } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

/// Somebody in a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    pub id: String,
    pub name: String,
    pub roles: Vec<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Data {
    participants: List<Person>,
}

#[derive(Template)]
#[template(path = "admin/people.html")]
struct Page {
    ui: Ui,
    people: List<Person>,
    role: Option<&'static str>,
}

impl Page {
    fn role_is(&self, role: &str) -> bool {
        self.role == Some(role)
    }
}

pub async fn list(ui: Ui) -> Answer {
    let role = ROLES.into_iter().chain(["SERVICE"]).find(|role| *role == ui.arg("role"));
    let mut variables = ui.paging(50);
    variables.insert("filter".into(), json!({ "text": ui.arg_value("text"), "role": role }));
    let data: Data = ui.ask(LIST, Value::Object(variables)).await?;
    ui.page(&Page { people: data.participants, role, ui: ui.clone() })
}
