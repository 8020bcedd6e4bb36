//! Somebody's account: what they are here for, where they belong, and the keys of a service.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{people::ROLES, settle, unit::GROUP_ROLES};
use crate::web::{
    account::tokens::Token,
    failure::Failure,
    parts::Named,
    ui::{Answer, Ui},
};

const PERSON: &str = "query($id: ID!) {
    ...Shell
    participants(first: 1) { totalCount }
    node(id: $id) { ... on Participant { id name bio roles createdAt accessTokens { id name scopes createdAt expiresAt revokedAt } } }
    workingGroups(first: 100) { nodes { id name members { role participant { id } } } }
    departments { id name officers { id } }
}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: String,
    name: String,
    bio: String,
    roles: Vec<String>,
    created_at: DateTime<Utc>,
    access_tokens: Option<Vec<Token>>,
}

/// Where somebody belongs.
struct Place {
    id: String,
    name: String,
    role: String,
}

/// Groups or departments: those that somebody belongs to and the others.
#[derive(Default)]
struct Places {
    theirs: Vec<Place>,
    others: Vec<Named>,
}

impl Places {
    /// Sorts by what somebody is in each; `None`: they do not belong to it.
    fn sorted(all: impl IntoIterator<Item = (Named, Option<String>)>) -> Self {
        let mut places = Self::default();
        for (Named { id, name }, role) in all {
            match role {
                Some(role) => places.theirs.push(Place { id, name, role }),
                None => places.others.push(Named { id, name }),
            }
        }
        places
    }
}

#[derive(Template)]
#[template(path = "admin/person.html")]
struct Page {
    ui: Ui,
    person: Person,
    service: bool,
    groups: Places,
    departments: Places,
}

impl Page {
    /// Whether a role's box is ticked.
    fn has(&self, role: &str) -> bool {
        let typed = self.ui.form.all("roles");
        if typed.is_empty() { self.person.roles.iter().any(|r| r == role) } else { typed.iter().any(|r| r == role) }
    }
}

pub async fn show(ui: Ui) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Data {
        node: Value,
        working_groups: Groups,
        departments: Vec<Department>,
    }
    #[derive(Deserialize)]
    struct Groups {
        nodes: Vec<Group>,
    }
    #[derive(Deserialize)]
    struct Group {
        #[serde(flatten)]
        named: Named,
        members: Vec<Member>,
    }
    #[derive(Deserialize)]
    struct Member {
        role: String,
        participant: Option<Id>,
    }
    #[derive(Deserialize)]
    struct Department {
        #[serde(flatten)]
        named: Named,
        officers: Vec<Id>,
    }
    #[derive(Deserialize)]
    struct Id {
        id: String,
    }
    let data: Data = ui.ask(PERSON, json!({ "id": ui.param("id") })).await?;
    let person = Person::deserialize(data.node).map_err(|_| Failure::NotFound)?;
    let in_group = |group: Group| {
        let member = group.members.into_iter().find(|m| m.participant.as_ref().is_some_and(|p| p.id == person.id));
        (group.named, member.map(|m| m.role))
    };
    let in_department = |d: Department| {
        let officer = d.officers.iter().any(|o| o.id == person.id);
        (d.named, officer.then(String::new))
    };
    ui.page(&Page {
        groups: Places::sorted(data.working_groups.nodes.into_iter().map(in_group)),
        departments: Places::sorted(data.departments.into_iter().map(in_department)),
        service: person.roles.iter().any(|r| r == "SERVICE"),
        person,
        ui: ui.clone(),
    })
}

fn here(ui: &Ui) -> String {
    format!("/admin/people/{}", ui.param("id"))
}

pub async fn set_roles(ui: Ui) -> Answer {
    let input = ui.form.input(&ui).with("participantId", ui.param("id")).list("roles").finish();
    let to = here(&ui);
    settle(ui.clone(), ("setRoles", input), &to, "flash-roles-set", show).await
}

pub async fn set_group(ui: Ui) -> Answer {
    let input = ui.form.input(&ui).with("participantId", ui.param("id")).choice("groupId").choice("role").finish();
    let to = here(&ui);
    settle(ui.clone(), ("setGroupMember", input), &to, "flash-member-set", show).await
}

pub async fn set_department(ui: Ui) -> Answer {
    let input = ui.form.input(&ui).with("participantId", ui.param("id")).choice("departmentId").tick("member").finish();
    let to = here(&ui);
    settle(ui.clone(), ("setDepartmentOfficer", input), &to, "flash-member-set", show).await
}
