//! What an expert does with a ticket: each button of the work page.

use serde_json::{Map, Value, json};

use super::{allowed, is_number, me, placed, ticket};
use crate::{
    identity::Act,
    web::{
        failure::{Failure, FieldError},
        ui::{Answer, Ui},
    },
};

/// Tickets that are named at once, at the most.
const MOST: usize = 50;
/// The fields of the page, beside which refusals are shown.
const FIELDS: [&str; 9] = ["assigneeId", "groupId", "topicId", "numbers", "text", "reason", "kind", "departmentId", "body"];

/// Does what the pressed button says.
pub async fn act(ui: Ui) -> Answer {
    allowed(&ui, Act::Triage)?;
    let here = ui.with_args(&[]);
    let outcome = match ui.form.get("act") {
        "preview" => return ticket::show_with(ui, "reply").await,
        "preview-decision" => return ticket::show_with(ui, "decision").await,
        "mine" => {
            let input = ui.form.input(&ui).text("ticketId").with("assigneeId", me(&ui)).finish()?;
            ui.mutate("assignTicket", input, "").await.map(|_| (here, "flash-queue-taken"))
        }
        "assign" => {
            let input = ui.form.input(&ui).text("ticketId").choice("assigneeId").finish()?;
            let flash = if ui.form.get("assigneeId").is_empty() { "flash-queue-put-back" } else { "flash-queue-assigned" };
            ui.mutate("assignTicket", input, "").await.map(|_| (here, flash))
        }
        "route" => {
            let input = ui.form.input(&ui).text("ticketId").text("groupId").finish()?;
            ui.mutate("routeTicket", input, "").await.map(|_| (here, "flash-queue-routed"))
        }
        "topic" => {
            let input = ui.form.input(&ui).text("ticketId").choice("topicId").finish()?;
            ui.mutate("setTicketTopic", input, "").await.map(|_| (here, "flash-queue-topic-set"))
        }
        "merge" => merge(&ui).await.map(|()| (here, "flash-queue-merged-here")),
        "into" => into(&ui).await.map(|number| (format!("/queue/tickets/{number}"), "flash-queue-merged-into")),
        "separate" => {
            let input = ui.form.input(&ui).text("ticketId").finish()?;
            ui.mutate("separateTicket", input, "").await.map(|_| (here, "flash-queue-separated"))
        }
        act @ ("reply" | "note") => {
            let input = ui.form.input(&ui).text("ticketId").text("text").with("note", act == "note").files().finish()?;
            let flash = if act == "note" { "flash-queue-noted" } else { "flash-queue-answered" };
            ui.mutate("replyToTicket", input, "").await.map(|_| (here, flash))
        }
        "mask" => {
            let mut passages = ui.form.all("passages");
            passages.push(ui.form.get("other").to_owned());
            passages.retain(|passage| !passage.trim().is_empty());
            let input = ui.form.input(&ui).text("articleId").with("passages", passages).finish()?;
            ui.mutate("maskArticle", input, "").await.map(|_| (here, "flash-queue-masked"))
        }
        "unmask" => {
            let input = ui.form.input(&ui).text("articleId").finish()?;
            ui.mutate("unmaskArticle", input, "").await.map(|_| (here, "flash-queue-unmasked"))
        }
        "reject" => {
            let input = ui.form.input(&ui).text("ticketId").text("reason").finish()?;
            ui.mutate("rejectTicket", input, "").await.map(|_| (here, "flash-queue-rejected"))
        }
        "decide" => {
            let input = ui.form.input(&ui).with("subjectId", ui.form.get("ticketId")).text("kind").text("body").choice("departmentId");
            ui.mutate("decide", input.finish()?, "").await.map(|_| (here, "flash-queue-decided"))
        }
        _ => return Err(Failure::NotFound),
    };
    match outcome {
        Ok((to, flash)) => ui.go(&to, Some((flash, ""))),
        Err(Failure::Refused(errors)) => ticket::show(ui.with_errors(placed(errors, &[("sourceIds", "numbers")], &FIELDS))).await,
        Err(other) => Err(other),
    }
}

/// Makes the tickets whose numbers are given part of this one.
async fn merge(ui: &Ui) -> Result<(), Failure> {
    let sources: Vec<String> = numbered(ui).await?.into_iter().map(|(_, id)| id).collect();
    let input = ui.form.input(ui).with("targetId", ui.form.get("ticketId")).with("sourceIds", sources).finish()?;
    ui.mutate("mergeTickets", input, "").await.map(drop)
}

/// Makes this ticket part of the one whose number is given; gives that number.
async fn into(ui: &Ui) -> Result<String, Failure> {
    let mut named = numbered(ui).await?;
    let (Some((number, target)), true) = (named.pop(), named.is_empty()) else {
        return Err(refused(ui.t("queue-merge-one")));
    };
    let input = json!({ "targetId": target, "sourceIds": [ui.form.get("ticketId")] });
    ui.mutate("mergeTickets", input, "").await.map(|_| number)
}

fn refused(message: String) -> Failure {
    Failure::Refused(vec![FieldError::new("numbers", message)])
}

/// Numbers and identifiers of the tickets that were named, found by one document.
async fn numbered(ui: &Ui) -> Result<Vec<(String, String)>, Failure> {
    let typed = ui.form.get("numbers");
    let parts = typed.split(|c: char| !c.is_ascii_digit() && c != '-');
    let numbers: Vec<&str> = parts.filter(|part| part.bytes().any(|b| b.is_ascii_digit())).collect();
    if let Some(wrong) = numbers.iter().find(|n| !is_number(n)) {
        return Err(refused(ui.t1("queue-not-a-number", "number", *wrong)));
    }
    if numbers.is_empty() || numbers.len() > MOST {
        return Err(refused(ui.t("queue-numbers-needed")));
    }
    let (mut parameters, mut fields, mut variables) = (String::new(), String::new(), Map::new());
    for (i, number) in numbers.iter().enumerate() {
        parameters.push_str(&format!("$n{i}: String! "));
        fields.push_str(&format!("t{i}: ticket(number: $n{i}) {{ id number }} "));
        variables.insert(format!("n{i}"), json!(number));
    }
    let mut found: Map<String, Value> = ui.ask(&format!("query({parameters}) {{ {fields} }}"), variables.into()).await?;
    let mut tickets = Vec::new();
    for (i, number) in numbers.into_iter().enumerate() {
        match found.remove(&format!("t{i}")).as_ref().and_then(|ticket| ticket["id"].as_str()) {
            Some(id) => tickets.push((number.to_owned(), id.to_owned())),
            None => return Err(refused(ui.t1("queue-no-such-ticket", "number", number))),
        }
    }
    Ok(tickets)
}
