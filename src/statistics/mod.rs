//! What is counted, for everybody to read.

pub mod graphql;
mod sql;
