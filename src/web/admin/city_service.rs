//! A service of the city: how it is called, how to get it and from whom, and whether it can be had.

use askama::Template;
use serde::Deserialize;
use serde_json::json;

use super::settle;
use crate::web::{
    failure::Failure,
    parts::Named,
    ui::{Answer, Ui},
};

const SERVICE: &str = "query($id: ID!) {
    ...Shell
    service(id: $id) { id key name nameRu nameEn descriptionRu descriptionEn url withdrawnAt department { id } }
    departments { id name }
}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    id: String,
    key: String,
    name: String,
    name_ru: String,
    name_en: String,
    description_ru: String,
    description_en: String,
    url: Option<String>,
    withdrawn_at: Option<String>,
    department: Option<Department>,
}

#[derive(Deserialize)]
struct Department {
    id: String,
}

#[derive(Template)]
#[template(path = "admin/city_service.html")]
struct Page {
    ui: Ui,
    service: Service,
    departments: Vec<Named>,
}

impl Page {
    fn department_id(&self) -> &str {
        self.service.department.as_ref().map_or("", |department| &department.id)
    }

    fn url(&self) -> &str {
        self.service.url.as_deref().unwrap_or_default()
    }
}

pub async fn show(ui: Ui) -> Answer {
    #[derive(Deserialize)]
    struct Data {
        service: Option<Service>,
        departments: Vec<Named>,
    }
    super::allowed(&ui)?;
    let data: Data = ui.ask(SERVICE, json!({ "id": ui.param("id") })).await?;
    let service = data.service.ok_or(Failure::NotFound)?;
    ui.page(&Page { service, departments: data.departments, ui: ui.clone() })
}

fn here(ui: &Ui) -> String {
    format!("/admin/city-services/{}", ui.param("id"))
}

pub async fn update(ui: Ui) -> Answer {
    let input = ["nameRu", "nameEn", "descriptionRu", "descriptionEn", "url"].into_iter();
    let input = input.fold(ui.form.input(&ui).with("serviceId", ui.param("id")), |input, name| input.text(name));
    let (input, to) = (input.choice("departmentId").finish(), here(&ui));
    settle(ui.clone(), ("updateService", input), &to, "flash-unit-saved", show).await
}

/// Withdraws it, or offers it again.
pub async fn offer(ui: Ui) -> Answer {
    let (mutation, flash) = if ui.form.has("restore") {
        ("restoreService", "flash-city-service-restored")
    } else {
        ("withdrawService", "flash-city-service-withdrawn")
    };
    let (input, to) = (json!({ "serviceId": ui.param("id") }), here(&ui));
    settle(ui.clone(), (mutation, Ok(input)), &to, flash, show).await
}
