//! Search over initiatives, tickets and clusters: PostgreSQL's own full text, which always tells what is there now and what
//! the reader may see.

pub mod analysis;
pub mod graphql;
pub mod highlight;
pub mod layout;
mod sql;
