//! Editing a draft in steps: the idea, the details, a last look before it is handed in.

use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{CARD, PROPOSAL, Proposal, id_of};
use crate::{
    gid::Kind,
    web::{
        failure::Failure,
        map::Map,
        parts::{Choice, Named},
        ui::{Answer, Ui},
    },
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.form("/initiatives/:id/edit", show, send)
}

const KINDS: [&str; 4] = ["SUPPORT", "FOR_AGAINST_ABSTAIN", "SINGLE_CHOICE", "MULTIPLE_CHOICE"];

const EDIT: &str = "query($id: ID!) {
    ...Shell initiative(id: $id) { ...Proposal } departments { id name } topics { id name } territories { id name }
}";

#[derive(Deserialize)]
struct Data {
    initiative: Option<Proposal>,
    departments: Vec<Named>,
    topics: Vec<Named>,
    territories: Vec<Named>,
}

#[derive(Template)]
#[template(path = "initiatives/edit.html")]
struct Edit {
    ui: Ui,
    it: Proposal,
    departments: Vec<Named>,
    topics: Vec<Named>,
    territories: Vec<Named>,
    step: u8,
}

fn step(ui: &Ui) -> u8 {
    ui.arg("step").parse().ok().filter(|step| (1..=3).contains(step)).unwrap_or(1)
}

async fn show(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Initiative)?;
    let data: Data = ui.ask(&format!("{EDIT} {PROPOSAL} {CARD}"), json!({ "id": id })).await?;
    let it = data.initiative.ok_or(Failure::NotFound)?;
    if !it.may("EDIT") {
        return ui.go(&format!("/initiatives/{id}"), None);
    }
    let Data { departments, topics, territories, .. } = data;
    ui.page(&Edit { step: step(&ui), ui: ui.clone(), it, departments, topics, territories })
}

/// What was typed in a step.
fn input(ui: &Ui, id: &str, step: u8) -> Result<Value, Failure> {
    let input = ui.form.input(ui).with("initiativeId", id);
    if step == 1 {
        return input.text("title").text("goal").finish();
    }
    let kind = ui.form.get("ballotKind");
    let options: Vec<&str> = if matches!(kind, "SINGLE_CHOICE" | "MULTIPLE_CHOICE") {
        ui.form.get("options").lines().map(str::trim).filter(|line| !line.is_empty()).collect()
    } else {
        Vec::new()
    };
    // Nothing typed means any number of them.
    let bounds = [("minChoices", 1), ("maxChoices", options.len().max(1))];
    let bounds = bounds.into_iter().filter(|(name, _)| ui.form.get(name).trim().is_empty());
    let mut input = input.text("effect").text("resources").maybe("departmentId").maybe("topicId").maybe("territoryId").maybe("ballotKind");
    input = input.int("minChoices").int("maxChoices").int("threshold").int("quorum").int("votingDays").files();
    for (name, number) in bounds {
        input = input.with(name, number);
    }
    input.with("options", json!(options)).finish()
}

async fn send(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Initiative)?.to_owned();
    let step = step(&ui);
    let done = if step == 3 {
        ui.mutate("submitInitiative", json!({ "initiativeId": id }), "").await
    } else {
        match input(&ui, &id, step) {
            Ok(input) => ui.mutate("updateInitiative", input, "").await,
            Err(refused) => Err(refused),
        }
    };
    match done {
        Ok(_) if step == 3 => ui.go(&format!("/initiatives/{id}"), Some(("flash-initiative-submitted", ""))),
        Ok(_) => {
            let to = match ui.form.get("to") {
                "leave" => format!("/initiatives/{id}"),
                "back" => format!("/initiatives/{id}/edit?step=1"),
                _ => format!("/initiatives/{id}/edit?step={}", step + 1),
            };
            ui.go(&to, Some(("flash-draft-saved", "")))
        }
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

impl Edit {
    /// The steps: number, key of the name, whether it is this one, whether it is behind.
    fn steps(&self) -> [(u8, &'static str, bool, bool); 3] {
        [(1, "step-1"), (2, "step-2"), (3, "step-3")].map(|(number, key)| (number, key, number == self.step, number < self.step))
    }

    /// What happens after the review.
    fn voting(&self) -> String {
        let args = [("days", self.it.voting_days.into()), ("count", self.it.card.threshold.into())];
        self.ui.ts("next-voting", &args)
    }

    fn kinds(&self) -> Vec<Choice> {
        self.ui.named_choices("ballot-kind", &KINDS)
    }

    /// The author's own options, one a line.
    fn options(&self) -> String {
        if self.it.has_options() { self.it.ballot_options.join("\n") } else { String::new() }
    }

    /// The identifier of what is chosen already.
    fn chosen<'a>(&self, thing: &'a Option<Named>) -> &'a str {
        thing.as_ref().map_or("", |thing| &thing.id)
    }

    /// A number that is set already; nothing where the rules set it.
    fn number(&self, number: &i64) -> String {
        if *number == 0 { String::new() } else { number.to_string() }
    }

    /// Options to choose at most, where there is such a choice.
    fn bound(&self, number: &i64) -> String {
        if self.it.card.ballot_kind == "MULTIPLE_CHOICE" { number.to_string() } else { String::new() }
    }

    /// All parts of the text for the last look, also those that are still empty.
    fn all_parts(&self) -> [(&'static str, &str, u8); 3] {
        [("goal", &self.it.goal, 1), ("effect", &self.it.effect, 2), ("resources", &self.it.resources, 2)]
    }
}
