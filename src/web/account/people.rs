//! What everybody may know of a person.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use crate::{
    gid::{self, Kind},
    web::{
        failure::Failure,
        initiatives::{CARD, Card},
        parts::List,
        ui::{Answer, Ui},
    },
};

const PERSON: &str = "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    node(id: $id) { ... on Participant { name bio roles createdAt } }
    initiatives(filter: { authorId: $id }, first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { ...Card } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

#[derive(Deserialize)]
struct Data {
    node: Option<Person>,
    initiatives: List<Card>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    name: String,
    bio: String,
    roles: Vec<String>,
    created_at: DateTime<Utc>,
}

#[derive(Template)]
#[template(path = "account/person.html")]
struct Page {
    ui: Ui,
    person: Person,
    initiatives: List<Card>,
    own: bool,
}

pub async fn show(ui: Ui) -> Answer {
    let id = ui.param("id").to_owned();
    if gid::decode(&id).is_none_or(|(kind, _)| kind != Kind::Participant) {
        return Err(Failure::NotFound);
    }
    let mut variables = ui.paging(12);
    variables.insert("id".into(), json!(id));
    let data: Data = ui.ask(&format!("{PERSON} {CARD}"), variables.into()).await?;
    let person = data.node.ok_or(Failure::NotFound)?;
    let own = ui.shell().me.is_some_and(|me| me.id == id);
    ui.page(&Page { person, initiatives: data.initiatives, own, ui: ui.clone() })
}
