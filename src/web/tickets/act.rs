//! What people do on the page of a ticket: write, rate the answer, follow, comment.

use serde_json::json;

use super::{
    show::{secret, show},
    track::path,
};
use crate::{
    feedback::is_number,
    web::{
        failure::Failure,
        ui::{Answer, Ui},
    },
};

/// Does what the form asks for.
pub async fn act(ui: Ui) -> Answer {
    let number = ui.param("number").to_owned();
    if !is_number(&number) {
        return Err(Failure::NotFound);
    }
    let given = Some(secret(&ui)).filter(|secret| !secret.is_empty());
    let back = path(&number, given.unwrap_or_default());
    let input = ui.form.input(&ui).with("secret", given);
    let (flash, place, outcome) = match ui.form.get("act") {
        "rate" => {
            let input = input.text("ticketId").int("rating").text("comment").finish()?;
            ("flash-ticket-rated", "", ui.mutate("rateAnswer", input, "").await)
        }
        "follow" => {
            let input = json!({ "subjectId": ui.form.get("ticketId") });
            ("flash-ticket-followed", "", ui.mutate("follow", input, "").await)
        }
        "unfollow" => {
            let input = json!({ "subjectId": ui.form.get("ticketId") });
            ("flash-ticket-unfollowed", "", ui.mutate("unfollow", input, "").await)
        }
        "join" => {
            let input = input.text("ticketId").text("targetId").finish()?;
            ("flash-ticket-joined", "", ui.mutate("joinTicket", input, "").await)
        }
        "separate" => {
            let input = input.text("ticketId").finish()?;
            ("flash-ticket-separated", "", ui.mutate("separateTicket", input, "").await)
        }
        "comment" => {
            let input = json!({ "subjectId": ui.form.get("ticketId"), "body": ui.form.get("body").replace("\r\n", "\n") });
            ("flash-ticket-commented", "#comments", ui.mutate("addComment", input, "").await)
        }
        _ => {
            let input = input.text("ticketId").text("text").files_of_anybody().finish()?;
            ("flash-ticket-replied", "#last", ui.mutate("replyToTicket", input, "").await)
        }
    };
    match outcome {
        Ok(_) => ui.go(&format!("{back}{place}"), Some((flash, &number))),
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}
