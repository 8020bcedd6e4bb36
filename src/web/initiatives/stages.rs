//! The way of an initiative in four stages, and how far it has come.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::web::parts::Named;

/// A change of state.
#[derive(Debug, Clone, Deserialize)]
pub struct Transition {
    /// The state before.
    pub from: Option<String>,
    /// The state after.
    pub to: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, in public.
    pub reason: String,
    /// By whom; none: by the count.
    pub actor: Option<Named>,
}

/// A stage of the way.
#[derive(Debug, PartialEq, Eq)]
pub struct Stage {
    /// The key of its name.
    pub name: &'static str,
    /// `done`, `now`, `end` (it ended here) or nothing yet.
    pub tone: &'static str,
    /// When it began.
    pub began: Option<DateTime<Utc>>,
    /// When it was over.
    pub over: Option<DateTime<Utc>>,
}

/// Review, voting, answer, implementation. `answered` is when the department answered, and whether with a yes.
pub fn stages(state: &str, history: &[Transition], answered: Option<(DateTime<Utc>, bool)>) -> [Stage; 4] {
    let first = |to: &str| history.iter().find(|t| t.to == to).map(|t| t.at);
    let last = |to: &str| history.iter().rev().find(|t| t.to == to).map(|t| t.at);
    // Where it stands: the stage, and whether it goes on there.
    let (at, tone) = match state {
        "IN_REVIEW" | "RETURNED" => (0, "now"),
        "REJECTED" => (0, "end"),
        "VOTING" => (1, "now"),
        "NOT_SUPPORTED" => (1, "end"),
        "ACCEPTED" if answered.is_some() => (2, "end"),
        "ACCEPTED" => (2, "now"),
        "IN_IMPLEMENTATION" => (3, "now"),
        "IMPLEMENTED" => (3, "done"),
        "WITHDRAWN" => (usize::from(first("VOTING").is_some()), "end"),
        _ => (0, ""),
    };
    let decided = last("ACCEPTED").or(last("NOT_SUPPORTED"));
    let spans = [
        ("stage-review", last("IN_REVIEW"), last("REJECTED").or(last("RETURNED")).or(first("VOTING"))),
        ("stage-voting", first("VOTING"), decided.or(last("WITHDRAWN"))),
        ("stage-answer", last("ACCEPTED"), answered.map(|(at, _)| at)),
        ("stage-implementation", last("IN_IMPLEMENTATION"), last("IMPLEMENTED")),
    ];
    let mut number = 0;
    spans.map(|(name, began, over)| {
        let tone = match number {
            n if n < at => "done",
            n if n == at => tone,
            _ => "",
        };
        number += 1;
        let over = over.filter(|_| matches!(tone, "done" | "end"));
        Stage { name, tone, began, over }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u32) -> DateTime<Utc> {
        chrono::NaiveDate::from_ymd_opt(2026, 5, day).unwrap().and_hms_opt(9, 0, 0).unwrap().and_utc()
    }

    fn walked(states: &[&str]) -> Vec<Transition> {
        let mut day = 0;
        states
            .iter()
            .map(|to| {
                day += 1;
                Transition { from: None, to: (*to).to_owned(), at: at(day), reason: String::new(), actor: None }
            })
            .collect()
    }

    #[test]
    fn stages_tell_how_far_it_came() {
        let tones = |state, history: &[&str], answered| stages(state, &walked(history), answered).map(|s| s.tone);
        assert_eq!(tones("DRAFT", &["DRAFT"], None), ["", "", "", ""]);
        assert_eq!(tones("VOTING", &["DRAFT", "IN_REVIEW", "VOTING"], None), ["done", "now", "", ""]);
        assert_eq!(tones("REJECTED", &["DRAFT", "IN_REVIEW", "REJECTED"], None), ["end", "", "", ""]);
        assert_eq!(tones("WITHDRAWN", &["DRAFT", "IN_REVIEW", "VOTING", "WITHDRAWN"], None), ["done", "end", "", ""]);
        let accepted = ["DRAFT", "IN_REVIEW", "VOTING", "ACCEPTED"];
        assert_eq!(tones("ACCEPTED", &accepted, None), ["done", "done", "now", ""]);
        assert_eq!(tones("ACCEPTED", &accepted, Some((at(9), false))), ["done", "done", "end", ""]);
        let done = ["DRAFT", "IN_REVIEW", "VOTING", "ACCEPTED", "IN_IMPLEMENTATION", "IMPLEMENTED"];
        assert_eq!(tones("IMPLEMENTED", &done, Some((at(5), true))), ["done"; 4]);
    }

    #[test]
    fn stages_carry_their_times() {
        let [review, voting, answer, _] = stages("VOTING", &walked(&["DRAFT", "IN_REVIEW", "VOTING"]), None);
        assert_eq!((review.began, review.over), (Some(at(2)), Some(at(3))));
        assert_eq!((voting.began, voting.over), (Some(at(3)), None));
        assert_eq!(answer.began, None);
    }
}
