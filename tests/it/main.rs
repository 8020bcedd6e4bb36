//! The tests of the whole: real routes, a real database.

mod bad_input;
mod contract;
mod import;
mod journeys;
mod live;
mod permissions;
mod processes;
mod smoke;
mod statements;
mod support;
mod votes;
