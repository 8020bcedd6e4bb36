//! Accounts: logging in and out, and what comes before and after.

mod enter;
pub mod log_in;

use super::map::Map;

/// The pages.
pub fn map(map: Map) -> Map {
    map.form("/login", log_in::show, log_in::send)
        .action("/logout", log_in::out)
        .form("/confirm/:token", enter::confirm, enter::confirmed)
        .form("/claim/:token", enter::claim, enter::claimed)
}
