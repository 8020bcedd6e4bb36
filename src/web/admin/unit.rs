//! A department or a working group: what it is called, what it does, who belongs to it.

use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{people::Person, settle};
use crate::web::{
    failure::Failure,
    parts::{List, Named},
    ui::{Answer, Ui},
};

/// What people are in a working group.
pub const GROUP_ROLES: [&str; 3] = ["EXPERT", "LEAD", "OBSERVER"];

const UNIT: &str = "query($id: ID!, $text: String, $search: Boolean!) {
    ...Shell
    node(id: $id) {
        ... on Department { id key name nameRu nameEn description officers { id name } }
        ... on WorkingGroup { id key name nameRu nameEn description department { id name } openTickets members { role participant { id name } } }
    }
    departments { id name }
    everybody: participants(first: 1) { totalCount }
    participants(filter: { text: $text }, first: 10) @include(if: $search) { nodes { id name roles createdAt } }
}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unit {
    id: String,
    key: String,
    name: String,
    name_ru: String,
    name_en: String,
    description: String,
    department: Option<Named>,
    open_tickets: Option<i64>,
    officers: Option<Vec<Named>>,
    #[serde(default)]
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    role: String,
    participant: Option<Named>,
}

#[derive(Template)]
#[template(path = "admin/unit.html")]
struct Page {
    ui: Ui,
    unit: Unit,
    /// `groups` or `departments`: the part of the address and of the texts.
    part: &'static str,
    departments: Vec<Named>,
    /// People who were looked for; none where nobody was.
    found: Option<Vec<Person>>,
}

impl Page {
    fn is_group(&self) -> bool {
        self.part == "groups"
    }

    /// People of a department as members without a role, so that both are shown alike.
    fn people(&self) -> Vec<(&Named, &str)> {
        let members = self.unit.members.iter().filter_map(|m| Some((m.participant.as_ref()?, m.role.as_str())));
        members.chain(self.unit.officers.iter().flatten().map(|officer| (officer, ""))).collect()
    }

    /// A text about departments or groups.
    fn say(&self, what: &str) -> String {
        self.ui.t(&format!("admin-{}{what}", self.part))
    }

    fn open_text(&self) -> Option<String> {
        self.unit.open_tickets.map(|count| self.ui.t1("admin-unit-open", "count", count))
    }

    fn address(&self) -> String {
        format!("/admin/{}/{}", self.part, self.unit.id)
    }

    /// Where people are added to it and taken out.
    fn people_address(&self) -> String {
        format!("{}/{}", self.address(), if self.is_group() { "members" } else { "officers" })
    }

    fn department_id(&self) -> &str {
        self.unit.department.as_ref().map_or("", |d| &d.id)
    }
}

fn part(ui: &Ui) -> &'static str {
    if ui.path.starts_with("/admin/groups/") { "groups" } else { "departments" }
}

pub async fn show(ui: Ui) -> Answer {
    #[derive(Deserialize)]
    struct Data {
        node: Value,
        departments: Vec<Named>,
        participants: Option<List<Person>>,
    }
    let search = !ui.arg("text").is_empty();
    let variables = json!({ "id": ui.param("id"), "text": ui.arg_value("text"), "search": search });
    let data: Data = ui.ask(UNIT, variables).await?;
    let unit = Unit::deserialize(data.node).map_err(|_| Failure::NotFound)?;
    let part = part(&ui);
    // Officers are what tells a department from a group.
    if unit.officers.is_some() == (part == "groups") {
        return Err(Failure::NotFound);
    }
    ui.page(&Page { unit, part, departments: data.departments, found: data.participants.map(|p| p.nodes), ui: ui.clone() })
}

fn here(ui: &Ui) -> String {
    format!("/admin/{}/{}", part(ui), ui.param("id"))
}

pub async fn update(ui: Ui) -> Answer {
    let input = ui.form.input(&ui).text("nameRu").text("nameEn");
    // The description in the reader's language stands in the form; the other one stays unless it is written anew.
    let input = ["descriptionRu", "descriptionEn"].into_iter().filter(|name| ui.form.has(name)).fold(input, |input, name| input.text(name));
    let (mutation, input) = match part(&ui) {
        "groups" => ("updateWorkingGroup", input.with("groupId", ui.param("id")).choice("departmentId")),
        _ => ("updateDepartment", input.with("departmentId", ui.param("id"))),
    };
    let (input, to) = (input.finish(), here(&ui));
    settle(ui.clone(), (mutation, input), &to, "flash-unit-saved", show).await
}

pub async fn set_member(ui: Ui) -> Answer {
    let input = ui.form.input(&ui).with("groupId", ui.param("id")).choice("participantId").choice("role").finish();
    let to = here(&ui);
    settle(ui.clone(), ("setGroupMember", input), &to, "flash-member-set", show).await
}

pub async fn set_officer(ui: Ui) -> Answer {
    let input = ui.form.input(&ui).with("departmentId", ui.param("id")).choice("participantId").tick("member").finish();
    let to = here(&ui);
    settle(ui.clone(), ("setDepartmentOfficer", input), &to, "flash-member-set", show).await
}
