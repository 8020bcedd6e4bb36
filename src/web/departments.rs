//! Departments: who answers for what, and how well.

use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    failure::Failure,
    initiatives::{CARD, Card},
    map::Map,
    parts::{List, Named},
    ui::{Answer, Ui},
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/departments", list).page("/departments/:id", show).action("/departments/:id/follow", follow)
}

/// States by which a department's initiatives are looked through.
const STATES: [&str; 6] = ["VOTING", "ACCEPTED", "IN_IMPLEMENTATION", "IMPLEMENTED", "NOT_SUPPORTED", "REJECTED"];

const LIST: &str = "{ ...Shell departments { ...Department } }";
const SHOW: &str = "query($id: ID!, $states: [InitiativeState!], $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    node(id: $id) { ... on Department { ...Department followed officers { id name } } }
    services(filter: { departmentId: $id }, first: 12) { nodes { id name } totalCount }
    initiatives(filter: { departmentId: $id, states: $states }, first: $first, after: $after, last: $last, before: $before) {
        nodes { ...Card } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";
const DEPARTMENT: &str = "fragment Department on Department {
    id name description figures { openInitiatives answered onTime medianAnswerDays }
}";

#[derive(Deserialize)]
struct Department {
    id: String,
    name: String,
    description: String,
    figures: Figures,
    #[serde(default)]
    followed: bool,
    #[serde(default)]
    officers: Vec<Named>,
}

/// How a department does with its initiatives.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    open_initiatives: i64,
    answered: i64,
    on_time: i64,
    median_answer_days: Option<f64>,
}

impl Figures {
    /// The days that an answer usually takes; none where nothing is answered yet.
    // Nobody answers after centuries.
    #[allow(clippy::cast_possible_truncation)]
    fn days(&self, ui: &Ui) -> Option<String> {
        self.median_answer_days.map(|days| ui.t1("statistics-days", "count", days.round() as i64))
    }
}

#[derive(Template)]
#[template(path = "departments/list.html")]
struct ListPage {
    ui: Ui,
    departments: Vec<Department>,
}

#[derive(Template)]
#[template(path = "departments/show.html")]
struct ShowPage {
    ui: Ui,
    department: Department,
    /// The first of its services.
    services: List<Named>,
    initiatives: List<Card>,
    state: Option<&'static str>,
}

impl ShowPage {
    /// Whether there are more services than the page shows.
    fn has_more_services(&self) -> bool {
        usize::try_from(self.services.total_count).is_ok_and(|count| count > self.services.nodes.len())
    }

    fn state_is(&self, state: &str) -> bool {
        self.state == Some(state)
    }
}

async fn list(ui: Ui) -> Answer {
    #[derive(Deserialize)]
    struct Data {
        departments: Vec<Department>,
    }
    let data: Data = ui.ask(&format!("{LIST} {DEPARTMENT}"), Value::Null).await?;
    ui.page(&ListPage { departments: data.departments, ui: ui.clone() })
}

async fn show(ui: Ui) -> Answer {
    #[derive(Deserialize)]
    struct Data {
        // A node of another kind comes without fields.
        node: Value,
        services: List<Named>,
        initiatives: List<Card>,
    }
    let state = STATES.into_iter().find(|state| *state == ui.arg("state"));
    let mut variables = ui.paging(12);
    variables.insert("id".into(), json!(ui.param("id")));
    variables.insert("states".into(), state.map_or(Value::Null, |state| json!([state])));
    let data: Data = ui.ask(&format!("{SHOW} {DEPARTMENT} {CARD}"), Value::Object(variables)).await?;
    let department = Department::deserialize(data.node).map_err(|_| Failure::NotFound)?;
    ui.page(&ShowPage { department, services: data.services, initiatives: data.initiatives, state, ui: ui.clone() })
}

async fn follow(ui: Ui) -> Answer {
    let (mutation, flash) =
        if ui.form.has("stop") { ("unfollow", "flash-department-unfollowed") } else { ("follow", "flash-department-followed") };
    ui.mutate(mutation, json!({ "subjectId": ui.param("id") }), "subjectId").await?;
    ui.go(&format!("/departments/{}", ui.param("id")), Some((flash, "")))
}
