//! Casting a ballot: one page that says what will be cast, one button.

use askama::Template;
use serde::Deserialize;
use serde_json::json;

use super::{CARD, PROPOSAL, Proposal, id_of, show::Ballot};
use crate::{
    gid::Kind,
    web::{
        failure::{Failure, FieldError},
        map::Map,
        ui::{Answer, Ui},
    },
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.form("/initiatives/:id/vote", show, cast).action("/initiatives/:id/vote/withdraw", withdraw)
}

const VOTE: &str = "query($id: ID!) { ...Shell initiative(id: $id) { ...Proposal myBallot { choices changedAt } } }";

#[derive(Deserialize)]
struct Data {
    initiative: Option<Full>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Full {
    #[serde(flatten)]
    it: Proposal,
    my_ballot: Option<Ballot>,
}

#[derive(Template)]
#[template(path = "initiatives/vote.html")]
struct Vote {
    ui: Ui,
    it: Proposal,
    my_ballot: Option<Ballot>,
    /// The option that the reader came with: nothing is left to choose.
    fixed: Option<usize>,
    chosen: Vec<usize>,
}

async fn load(ui: &Ui) -> Result<Full, Failure> {
    let id = id_of(ui, Kind::Initiative)?;
    let data: Data = ui.ask(&format!("{VOTE} {PROPOSAL} {CARD}"), json!({ "id": id })).await?;
    data.initiative.ok_or(Failure::NotFound)
}

/// Positions that were chosen in the form.
fn choices(ui: &Ui) -> Vec<usize> {
    ui.form.all("choices").iter().filter_map(|c| c.parse().ok()).collect()
}

async fn show(ui: Ui) -> Answer {
    if !ui.is_known() {
        return Err(Failure::LogIn);
    }
    let Full { it, my_ballot } = load(&ui).await?;
    let asked = ui.arg("choice").parse().ok().filter(|at: &usize| *at < it.ballot_options.len());
    let fixed = match it.card.ballot_kind.as_str() {
        "SUPPORT" => Some(0),
        "FOR_AGAINST_ABSTAIN" => asked,
        _ => None,
    };
    let chosen = if ui.form.is_sent() {
        choices(&ui)
    } else if let Some(at) = asked {
        vec![at]
    } else {
        my_ballot.as_ref().map(|b| b.choices.clone()).unwrap_or_default()
    };
    ui.page(&Vote { ui: ui.clone(), it, my_ballot, fixed, chosen })
}

async fn cast(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Initiative)?.to_owned();
    let choices = choices(&ui);
    if choices.is_empty() {
        let missing = FieldError::new("choices", ui.t("vote-nothing"));
        return show(ui.with_errors(vec![missing])).await;
    }
    let input = json!({ "initiativeId": id, "choices": choices });
    match ui.mutate("castVote", input, "").await {
        Ok(_) => ui.go(&format!("/initiatives/{id}"), Some(("flash-vote-cast", ""))),
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

async fn withdraw(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Initiative)?.to_owned();
    ui.mutate("withdrawVote", json!({ "initiativeId": id }), "").await?;
    ui.go(&format!("/initiatives/{id}"), Some(("flash-vote-withdrawn", "")))
}

impl Vote {
    /// The name of what is cast, when nothing is left to choose.
    fn cast_name(&self) -> String {
        self.fixed.and_then(|at| self.it.ballot_options.get(at)).cloned().unwrap_or_default()
    }

    fn is_chosen(&self, at: &usize) -> bool {
        self.chosen.contains(at)
    }

    /// How many options may be chosen, in words.
    fn rule(&self) -> String {
        if self.it.card.ballot_kind == "MULTIPLE_CHOICE" {
            self.ui.ts("vote-rule-many", &[("min", self.it.min_choices.into()), ("max", self.it.max_choices.into())])
        } else {
            self.ui.t("vote-rule-one")
        }
    }

    fn error(&self) -> Option<&str> {
        self.ui.errors().iter().find(|e| e.field() == "choices").map(|e| e.message.as_str())
    }
}
