use async_graphql::Enum;

use super::{State, sql, works_on};
use crate::identity::{Act, Viewer};

/// Something that can be done with a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum TicketAct {
    /// Write into it: its author a follow-up, an expert an answer.
    Reply,
    /// Write a note among experts.
    Note,
    /// Say how much the answer helped (its author).
    Rate,
    /// Put it into an expert's hands.
    Assign,
    /// Send it to another working group.
    Route,
    /// Say what it is about.
    SetTopic,
    /// Join it with another.
    Merge,
    /// Take it out of the one that it is part of.
    Separate,
    /// Turn it down with a reason.
    Reject,
    /// Decide on it.
    Decide,
}

/// What a viewer may do at this moment with a ticket that they may read; `opened` by the secret of its link, perhaps `decided` on
/// already. The operations themselves have the last word.
pub fn acts(viewer: &Viewer, row: &sql::Ticket, opened: bool, decided: bool) -> Vec<TicketAct> {
    let author = row.author_id.is_some() && row.author_id == viewer.id;
    let citizen = opened || (author && viewer.can(Act::Report));
    let works = works_on(viewer, row);
    let expert = works && !author && !opened;
    let lives = row.state != State::Merged;
    let table = [
        (TicketAct::Reply, (citizen || expert) && lives),
        (TicketAct::Note, expert && lives),
        (TicketAct::Rate, citizen && matches!(row.state, State::Answered | State::Closed) && row.rating.is_none()),
        (TicketAct::Assign, works && row.state.is_open()),
        (TicketAct::Route, works && row.state.is_open()),
        (TicketAct::SetTopic, works && lives),
        (TicketAct::Merge, works && lives),
        (TicketAct::Separate, (works || citizen) && !lives),
        (TicketAct::Reject, works && row.state.may_become(State::Rejected)),
        (TicketAct::Decide, works && row.state.may_become(State::Answered) && !decided),
    ];
    table.into_iter().filter_map(|(act, may)| may.then_some(act)).collect()
}
