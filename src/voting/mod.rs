//! Ballots and tallies. One ballot a person, kept by the database's own constraint; ballots that arrive together are
//! committed together; the tally moves in the same transaction and is never counted on read.

mod ballot_box;
pub mod graphql;
mod rules;
pub(crate) mod sql;
mod tallies;

pub use ballot_box::BallotBox;
pub use rules::{BallotKind, Outcome, Tally, Terms, check_choices, outcome};
pub use tallies::Tallies;

use uuid::Uuid;

use crate::{
    app::App,
    error::Result,
    identity::{Act, Viewer},
    limits::Operation,
};

/// Casts or changes a ballot; the outcome is the tally with it counted. `choices` are positions of options, from 0.
///
/// # Errors
/// `NOT_FOUND`, `VOTING_CLOSED`, `INVALID_CHOICE`; who may not vote or votes too fast is refused as a whole.
pub async fn cast(app: &App, viewer: &Viewer, initiative: Uuid, choices: Vec<i16>) -> Result<Tally> {
    let voter = viewer.may(Act::Vote)?;
    viewer.limit(app, Operation::Vote)?;
    app.ballots.submit(initiative, voter, Some(choices)).await
}

/// Takes a ballot back. Doing it twice does no harm.
///
/// # Errors
/// `NOT_FOUND`, `VOTING_CLOSED`.
pub async fn withdraw(app: &App, viewer: &Viewer, initiative: Uuid) -> Result<Tally> {
    let voter = viewer.may(Act::Vote)?;
    viewer.limit(app, Operation::Vote)?;
    app.ballots.submit(initiative, voter, None).await
}
