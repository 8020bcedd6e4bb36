//! Who signs with the author, and taking an initiative back.

use askama::Template;
use async_graphql::ID;
use serde_json::json;

use super::{Proposal, id_of, proposal};
use crate::{
    gid::{self, Kind},
    web::{
        failure::{Failure, FieldError},
        map::Map,
        ui::{Answer, Ui},
    },
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.form("/initiatives/:id/coauthors", show, invite).form("/initiatives/:id/sign", signature, sign).form(
        "/initiatives/:id/withdraw",
        withdrawal,
        withdraw,
    )
}

#[derive(Template)]
#[template(path = "initiatives/coauthors.html")]
struct Coauthors {
    ui: Ui,
    it: Proposal,
}

async fn show(ui: Ui) -> Answer {
    let it = proposal(&ui).await?;
    ui.page(&Coauthors { ui: ui.clone(), it })
}

/// Identifiers out of links to profiles, or as they are.
fn people(typed: &str) -> Vec<&str> {
    let links = typed.split([' ', ',', ';', '\n', '\r', '\t']).filter(|link| !link.is_empty());
    links.filter_map(|link| link.split(['?', '#']).next()?.trim_end_matches('/').rsplit('/').next()).filter(|id| !id.is_empty()).collect()
}

async fn invite(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Initiative)?.to_owned();
    let people = people(ui.form.get("participantIds"));
    if let Some(wrong) = people.iter().find(|id| gid::expect(Kind::Participant, &ID::from(**id), "").is_err()) {
        let refused = FieldError::new("participantIds", ui.t1("coauthors-wrong", "link", *wrong));
        return show(ui.clone().with_errors(vec![refused])).await;
    }
    let input = json!({ "initiativeId": id, "participantIds": people });
    match ui.mutate("inviteCoauthors", input, "").await {
        Ok(_) => ui.go(&format!("/initiatives/{id}/coauthors"), Some(("flash-coauthors-invited", ""))),
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

#[derive(Template)]
#[template(path = "initiatives/sign.html")]
struct Signature {
    ui: Ui,
    it: Proposal,
}

async fn signature(ui: Ui) -> Answer {
    let it = proposal(&ui).await?;
    ui.page(&Signature { ui: ui.clone(), it })
}

async fn sign(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Initiative)?.to_owned();
    match ui.mutate("signInitiative", json!({ "initiativeId": id }), "").await {
        Ok(_) => ui.go(&format!("/initiatives/{id}"), Some(("flash-signed", ""))),
        Err(Failure::Refused(errors)) => signature(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

#[derive(Template)]
#[template(path = "initiatives/withdraw.html")]
struct Withdrawal {
    ui: Ui,
    it: Proposal,
}

async fn withdrawal(ui: Ui) -> Answer {
    let it = proposal(&ui).await?;
    ui.page(&Withdrawal { ui: ui.clone(), it })
}

async fn withdraw(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Initiative)?.to_owned();
    let input = ui.form.input(&ui).text("reason").with("initiativeId", id.as_str()).finish()?;
    match ui.mutate("withdrawInitiative", input, "").await {
        Ok(_) => ui.go(&format!("/initiatives/{id}"), Some(("flash-withdrawn", ""))),
        Err(Failure::Refused(errors)) => withdrawal(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::people;

    #[test]
    fn links_to_profiles_become_identifiers() {
        assert_eq!(people("https://veche.example/people/abc?x=1, def\n/people/ghi/ "), ["abc", "def", "ghi"]);
        assert!(people(" \n, ").is_empty());
    }
}
