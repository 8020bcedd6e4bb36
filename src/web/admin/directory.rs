//! The directory: departments, working groups, topics, territories and services of the city, each a list with a form for a new entry.

use askama::Template;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::allowed;
use crate::web::{
    failure::{Failure, FieldError},
    parts::{List, Named},
    ui::{Answer, Ui},
};

/// A kind of entry.
struct Part {
    /// The last part of its address and the first of its texts.
    name: &'static str,
    query: &'static str,
    mutation: &'static str,
    /// Entries have a description and a page of their own.
    described: bool,
    /// Entries belong to departments and come in pages.
    grouped: bool,
    /// Entries have an address on the web and can be withdrawn.
    offered: bool,
}

const PARTS: [Part; 5] = [
    Part {
        name: "departments",
        query: "{ ...Shell entries: departments { id key nameRu nameEn } departments { id name } }",
        mutation: "createDepartment",
        described: true,
        grouped: false,
        offered: false,
    },
    Part {
        name: "groups",
        query: "query($first: Int, $after: String, $last: Int, $before: String) {
            ...Shell
            entries: workingGroups(first: $first, after: $after, last: $last, before: $before) {
                nodes { id key nameRu nameEn } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            }
            departments { id name }
        }",
        mutation: "createWorkingGroup",
        described: true,
        grouped: true,
        offered: false,
    },
    Part {
        name: "topics",
        query: "{ ...Shell entries: topics { id key nameRu nameEn } departments { id name } }",
        mutation: "createTopic",
        described: false,
        grouped: false,
        offered: false,
    },
    Part {
        name: "territories",
        query: "{ ...Shell entries: territories { id key nameRu nameEn } departments { id name } }",
        mutation: "createTerritory",
        described: false,
        grouped: false,
        offered: false,
    },
    Part {
        name: "city-services",
        query: "query($withdrawn: Boolean!, $first: Int, $after: String, $last: Int, $before: String) {
            ...Shell
            entries: services(filter: { withdrawn: $withdrawn }, first: $first, after: $after, last: $last, before: $before) {
                nodes { id key nameRu nameEn } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            }
            departments { id name }
        }",
        mutation: "createService",
        described: true,
        grouped: true,
        offered: true,
    },
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    id: String,
    key: String,
    name_ru: String,
    name_en: String,
}

/// Working groups and services come in pages, the others all at once.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entries {
    All(Vec<Entry>),
    Paged(List<Entry>),
}

#[derive(Template)]
#[template(path = "admin/directory.html")]
struct Page {
    ui: Ui,
    part: &'static Part,
    entries: List<Entry>,
    departments: Vec<Named>,
}

impl Page {
    fn title(&self) -> String {
        self.ui.t(&format!("admin-{}", self.part.name))
    }

    /// Whether entries are shown that were withdrawn.
    fn is_withdrawn(&self) -> bool {
        is_withdrawn(self.part, &self.ui)
    }

    /// The key of what the field of a description is called.
    fn described_as(&self, language: &str) -> String {
        format!("{}-{language}", if self.part.offered { "admin-city-service" } else { "admin-description" })
    }

    /// A text about this kind of entries.
    fn say(&self, what: &str) -> String {
        self.ui.t(&format!("admin-{}-{what}", self.part.name))
    }
}

fn part(ui: &Ui) -> &'static Part {
    let name = ui.path.rsplit('/').next().unwrap_or_default();
    PARTS.iter().find(|part| part.name == name).unwrap_or(&PARTS[0])
}

fn is_withdrawn(part: &Part, ui: &Ui) -> bool {
    part.offered && !ui.arg("withdrawn").is_empty()
}

pub async fn list(ui: Ui) -> Answer {
    #[derive(Deserialize)]
    struct Data {
        entries: Entries,
        departments: Vec<Named>,
    }
    allowed(&ui)?;
    let part = part(&ui);
    let mut variables = if part.grouped { ui.paging(50) } else { Map::new() };
    if part.offered {
        variables.insert("withdrawn".into(), is_withdrawn(part, &ui).into());
    }
    let data: Data = ui.ask(part.query, Value::Object(variables)).await?;
    let entries = match data.entries {
        Entries::All(nodes) => List { nodes, total_count: 0, page_info: Default::default() },
        Entries::Paged(list) => list,
    };
    ui.page(&Page { part, entries, departments: data.departments, ui: ui.clone() })
}

pub async fn create(ui: Ui) -> Answer {
    let part = part(&ui);
    // Every form has a key of its own: that of the entry goes under another name.
    let mut input = ui.form.input(&ui).with("key", ui.form.get("shortName")).text("nameRu").text("nameEn");
    if part.described {
        input = input.text("descriptionRu").text("descriptionEn");
    }
    if part.grouped {
        input = input.choice("departmentId");
    }
    if part.offered {
        input = input.text("url");
    }
    let input = input.finish()?;
    match ui.mutate(part.mutation, input, "").await {
        Ok(_) => ui.go(&ui.path, Some(("flash-entry-created", ""))),
        Err(Failure::Refused(errors)) => {
            let here = |error: FieldError| match error.field() {
                "key" => FieldError { path: vec!["shortName".to_owned()], ..error },
                _ => error,
            };
            list(ui.with_errors(errors.into_iter().map(here).collect())).await
        }
        Err(other) => Err(other),
    }
}
