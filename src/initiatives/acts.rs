use async_graphql::Enum;
use chrono::{DateTime, Utc};

use super::{State, answers, reviews, sql};
use crate::identity::{Act, Viewer};

/// Something that can be done with an initiative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum InitiativeAct {
    /// Change the text (its author).
    Edit,
    /// Hand it in for review (its author).
    Submit,
    /// Take it back (its author).
    Withdraw,
    /// Publish, return or reject it (reviewers).
    Review,
    /// Answer it for the department (its officers).
    Answer,
    /// Mark milestones as done, declare it implemented (officers of the department).
    Complete,
    /// Cast, change or withdraw a ballot.
    Vote,
    /// Sign it as a co-author (who was invited).
    Sign,
    /// Take part in the discussion.
    Comment,
    /// Hide it for a public reason (moderators).
    Moderate,
}

/// What of this initiative's surroundings decides on acts.
#[derive(Debug, Clone, Copy)]
pub struct Around {
    /// Whether the department has answered.
    pub answered: bool,
    /// Whether the viewer was asked to sign and has not.
    pub invited: bool,
}

/// What a viewer may do at this moment with an initiative that they may read. The operations themselves have the last word.
pub fn acts(viewer: &Viewer, row: &sql::Initiative, around: Around, now: DateTime<Utc>) -> Vec<InitiativeAct> {
    let shown = row.hidden_at.is_none();
    let own = row.author_id.is_some() && row.author_id == viewer.id;
    let author = own && viewer.can(Act::Propose);
    let department = answers(viewer, row.department_id);
    let open = row.voting_starts_at.is_some_and(|from| from <= now) && row.voting_ends_at.is_some_and(|to| now < to);
    let table = [
        (InitiativeAct::Edit, author && row.state.is_editable()),
        (InitiativeAct::Submit, author && row.state.may_become(State::InReview)),
        (InitiativeAct::Withdraw, author && row.state.may_become(State::Withdrawn)),
        (InitiativeAct::Review, reviews(viewer, row.department_id) && !own && row.state == State::InReview),
        (InitiativeAct::Answer, department && row.state == State::Accepted && !around.answered),
        (InitiativeAct::Complete, department && row.state == State::InImplementation),
        (InitiativeAct::Vote, viewer.can(Act::Vote) && shown && row.state == State::Voting && open),
        (InitiativeAct::Sign, viewer.can(Act::Propose) && row.state.is_editable() && around.invited),
        (InitiativeAct::Comment, viewer.can(Act::Discuss) && row.is_discussed()),
        (InitiativeAct::Moderate, viewer.can(Act::Moderate) && shown && row.state != State::Draft),
    ];
    table.into_iter().filter_map(|(act, may)| may.then_some(act)).collect()
}
