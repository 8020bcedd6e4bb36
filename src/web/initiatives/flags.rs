//! Asking moderators to look, and hiding: initiatives and comments alike.

use askama::Template;
use serde::Deserialize;
use serde_json::json;

use super::id_of;
use crate::{
    gid::Kind,
    web::{
        failure::Failure,
        map::Map,
        parts::Choice,
        ui::{Answer, Ui},
    },
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.form("/initiatives/:id/flag", |ui| show_flag(ui, Kind::Initiative), |ui| flag(ui, Kind::Initiative))
        .form("/comments/:id/flag", |ui| show_flag(ui, Kind::Comment), |ui| flag(ui, Kind::Comment))
        .form("/initiatives/:id/hide", |ui| show_hide(ui, Kind::Initiative), |ui| hide(ui, Kind::Initiative))
        .form("/comments/:id/hide", |ui| show_hide(ui, Kind::Comment), |ui| hide(ui, Kind::Comment))
}

const REASONS: [&str; 6] = ["SPAM", "ABUSE", "PERSONAL_DATA", "ILLEGAL", "OFF_TOPIC", "OTHER"];
const SUBJECT: &str = "query($id: ID!) { ...Shell node(id: $id) { ... on Initiative { title } ... on Comment { body } } }";

#[derive(Deserialize)]
struct Data {
    node: Option<Subject>,
}

/// What it is about: an initiative by its title, a comment by its text.
#[derive(Deserialize)]
struct Subject {
    #[serde(alias = "title")]
    body: String,
}

#[derive(Template)]
#[template(path = "initiatives/flag.html")]
struct Flag {
    ui: Ui,
    subject: Subject,
    home: String,
}

#[derive(Template)]
#[template(path = "initiatives/hide.html")]
struct Hide {
    ui: Ui,
    subject: Subject,
    home: String,
}

/// The page of the thing.
fn home(ui: &Ui, kind: Kind) -> Result<String, Failure> {
    let id = id_of(ui, kind)?;
    Ok(if kind == Kind::Comment { format!("/comments/{id}") } else { format!("/initiatives/{id}") })
}

async fn subject(ui: &Ui, kind: Kind) -> Result<Subject, Failure> {
    let data: Data = ui.ask(SUBJECT, json!({ "id": id_of(ui, kind)? })).await?;
    data.node.ok_or(Failure::NotFound)
}

async fn show_flag(ui: Ui, kind: Kind) -> Answer {
    if !ui.is_known() {
        return Err(Failure::LogIn);
    }
    let (home, subject) = (home(&ui, kind)?, subject(&ui, kind).await?);
    ui.page(&Flag { ui: ui.clone(), subject, home })
}

async fn flag(ui: Ui, kind: Kind) -> Answer {
    let input = ui.form.input(&ui).choice("reason").text("body").with("subjectId", id_of(&ui, kind)?).finish()?;
    if ui.form.get("reason").is_empty() {
        let missing = crate::web::failure::FieldError::new("reason", ui.t("flag-choose"));
        return show_flag(ui.with_errors(vec![missing]), kind).await;
    }
    match ui.mutate("flag", input, "").await {
        Ok(_) => ui.go(&home(&ui, kind)?, Some(("flash-flagged", ""))),
        Err(Failure::Refused(errors)) => show_flag(ui.with_errors(errors), kind).await,
        Err(other) => Err(other),
    }
}

async fn show_hide(ui: Ui, kind: Kind) -> Answer {
    if !ui.is_known() {
        return Err(Failure::LogIn);
    }
    if !ui.is_moderator() {
        return Err(Failure::NotFound);
    }
    let (home, subject) = (home(&ui, kind)?, subject(&ui, kind).await?);
    ui.page(&Hide { ui: ui.clone(), subject, home })
}

async fn hide(ui: Ui, kind: Kind) -> Answer {
    let input = ui.form.input(&ui).text("reason").with("subjectId", id_of(&ui, kind)?).finish()?;
    match ui.mutate("hide", input, "").await {
        Ok(_) => ui.go(&home(&ui, kind)?, Some(("flash-hidden", ""))),
        Err(Failure::Refused(errors)) => show_hide(ui.with_errors(errors), kind).await,
        Err(other) => Err(other),
    }
}

impl Flag {
    fn reasons(&self) -> Vec<Choice> {
        self.ui.named_choices("flag-reason", &REASONS)
    }
}
