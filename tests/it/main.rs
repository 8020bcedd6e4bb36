//! The tests of the whole: real routes, a real database.

mod smoke;
mod support;
