//! The tests of the whole: real routes, a real database.

// Helpers of tests may panic as tests do; the lints know only functions marked as tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods, missing_docs)]

mod bad_input;
mod balanced;
mod bench;
mod browser;
mod contract;
mod endpoint;
mod html;
mod import;
mod journeys;
mod limits;
mod live;
mod pages;
mod permissions;
mod plans;
mod process;
mod processes;
mod races;
mod sessions;
mod smoke;
mod smtp;
mod statements;
mod support;
mod telemetry;
mod votes;
