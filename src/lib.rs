//! Veche: an open civic service. People propose, vote, discuss and report; what they write becomes a tracked ticket, is
//! understood, grouped and put before those who can act on it; everybody can check what became of it.
//!
//! The rooms, each with its types and operations (`mod.rs`), its SQL (`sql.rs`), its public face (`graphql.rs`) and its
//! background work (`jobs.rs`):
//!
//! * [`identity`] – who one is and what one may do
//! * [`organisation`] – departments, working groups, topics, territories, services of the city
//! * [`initiatives`] – from a draft through review and vote to being done
//! * [`voting`] – ballots and tallies
//! * [`comments`] – the discussion and its moderation
//! * [`feedback`] – tickets on every channel
//! * [`channels`] – whose address is whose, what bots say of themselves
//! * [`triage`] – clusters, queues, assessments, decisions
//! * [`nlp`] – understanding; knows no SQL
//! * [`search`], [`statistics`] – finding and counting
//! * [`notify`] – who hears of what, where
//! * [`audit`] – who did what, append-only
//! * [`jobs`] – background work
//! * [`attachments`] – files
//! * [`endpoint`] – the GraphQL endpoint: its protocols and limits
//! * [`idempotency`] – repeating a mutation safely
//! * [`web`] – HTTP: routes, files and pages
//!
//! What they stand on: [`app`], [`config`], [`error`], [`validate`], [`gid`], [`page`], [`graphql`], [`schema`], [`limits`],
//! [`live`], [`i18n`], [`postgres`], [`telemetry`]. What is started from the command line: [`cli`], [`import`], [`eval`], [`mod@bench`],
//! [`demo`].

// The query of the API is merged from one object a feature, each of which is a level of its futures.
#![recursion_limit = "256"]

pub mod app;
pub mod attachments;
pub mod audit;
pub mod bench;
pub mod channels;
pub mod cli;
pub mod comments;
pub mod config;
pub mod demo;
pub mod endpoint;
pub mod error;
pub mod eval;
pub mod feedback;
#[cfg(test)]
mod fuzz;
pub mod gid;
pub mod graphql;
pub mod i18n;
pub mod idempotency;
pub mod identity;
pub mod import;
pub mod initiatives;
pub mod jobs;
pub mod limits;
pub mod live;
pub mod nlp;
pub mod notify;
pub mod organisation;
pub mod page;
pub mod postgres;
pub mod schema;
pub mod search;
pub mod statistics;
pub mod telemetry;
pub mod triage;
pub mod validate;
pub mod voting;
pub mod web;
