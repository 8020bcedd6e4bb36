//! What experts think of a matter: whether it can be done, what it costs, what it brings.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::web::{
    failure::{Failure, FieldError},
    parts::{Choice, Named},
    ui::Ui,
};

/// An expert's opinion.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    pub author: Option<Named>,
    pub feasibility: i64,
    pub cost_low: i64,
    pub cost_high: i64,
    pub currency: String,
    pub effect: String,
    pub opinion: String,
    pub at: DateTime<Utc>,
}

impl Assessment {
    /// How feasible it seems, in words.
    pub fn level(&self, ui: &Ui) -> String {
        level(ui, self.feasibility)
    }

    /// What it would cost, in words.
    pub fn cost(&self, ui: &Ui) -> String {
        let args = [("low", self.cost_low.into()), ("high", self.cost_high.into()), ("currency", self.currency.as_str().into())];
        ui.ts("cluster-cost", &args)
    }
}

fn level(ui: &Ui, level: i64) -> String {
    ui.t(&format!("cluster-feasibility-{level}"))
}

/// The levels to choose from.
pub fn feasibilities(ui: &Ui) -> Vec<Choice> {
    (0..5).map(|n| Choice { value: n.to_string(), label: level(ui, n) }).collect()
}

/// What the reader thought of it before, to be changed.
#[derive(Default)]
pub struct Own {
    pub feasibility: String,
    pub cost_low: String,
    pub cost_high: String,
    pub currency: String,
    pub effect: String,
    pub opinion: String,
}

impl Own {
    /// The reader's among these; an empty one where there is none.
    pub fn of(assessments: &[Assessment], me: &str) -> Self {
        let before = assessments.iter().find(|a| a.author.as_ref().is_some_and(|author| author.id == me));
        before.map_or_else(
            || Self { currency: "RUB".to_owned(), ..Self::default() },
            |a| Self {
                feasibility: a.feasibility.to_string(),
                cost_low: a.cost_low.to_string(),
                cost_high: a.cost_high.to_string(),
                currency: a.currency.clone(),
                effect: a.effect.clone(),
                opinion: a.opinion.clone(),
            },
        )
    }
}

/// How far the experts are of one mind, in words: feasibility, then the costs by currency.
pub fn spread(ui: &Ui, all: &[Assessment]) -> Vec<String> {
    let mut lines = Vec::new();
    let feasible = all.iter().map(|a| a.feasibility);
    if let (Some(low), Some(high)) = (feasible.clone().min(), feasible.max()) {
        lines.push(if low == high {
            ui.t1("cluster-spread-same", "level", level(ui, low))
        } else {
            ui.ts("cluster-spread-feasibility", &[("low", level(ui, low).into()), ("high", level(ui, high).into())])
        });
    }
    let currencies: std::collections::BTreeSet<&str> = all.iter().map(|a| a.currency.as_str()).collect();
    for currency in currencies {
        let of = all.iter().filter(|a| a.currency == currency);
        if let (Some(low), Some(high)) = (of.clone().map(|a| a.cost_low).min(), of.map(|a| a.cost_high).max()) {
            lines.push(ui.ts("cluster-spread-cost", &[("low", low.into()), ("high", high.into()), ("currency", currency.into())]));
        }
    }
    lines
}

/// Gives or changes the reader's assessment of a subject.
///
/// # Errors
/// What is typed cannot be taken.
pub async fn send(ui: &Ui, id: String) -> Result<Value, Failure> {
    let (mut costs, mut errors) = (Vec::new(), Vec::new());
    for name in ["costLow", "costHigh"] {
        match whole(ui.form.get(name)) {
            Some(cost) => costs.push((name, cost)),
            None => errors.push(FieldError::new(name, ui.t("form-number"))),
        }
    }
    if ui.form.get("feasibility").is_empty() {
        errors.push(FieldError::new("feasibility", ui.t("cluster-choose-feasibility")));
    }
    if !errors.is_empty() {
        return Err(Failure::Refused(errors));
    }
    let input = ui.form.input(ui).with("subjectId", id).int("feasibility").text("currency").text("effect").text("opinion");
    let input = costs.into_iter().fold(input, |input, (name, cost)| input.with(name, cost));
    ui.mutate("assess", input.finish()?, "").await
}

/// An amount as people type it: `1 200 000`.
fn whole(typed: &str) -> Option<i64> {
    typed.chars().filter(|c| !c.is_whitespace()).collect::<String>().parse().ok()
}
