//! Accounts: logging in and out, what comes before and after, one's own pages, what others see of a person.

mod channels;
mod enter;
mod home;
mod lists;
pub mod log_in;
mod notifications;
mod password;
mod people;
mod register;
mod settings;
pub mod tokens;
mod unsubscribe;

use super::map::Map;

/// The pages.
pub fn map(map: Map) -> Map {
    map.form("/login", log_in::show, log_in::send)
        .action("/logout", log_in::out)
        .form("/register", register::show, register::send)
        .page("/register/done", register::done)
        .form("/forgot", password::forgot, password::ask)
        .form("/reset/:token", password::reset, password::renew)
        .form("/confirm/:token", enter::confirm, enter::confirmed)
        .form("/claim/:token", enter::claim, enter::claimed)
        .page("/me", home::show)
        .page("/me/votes", lists::votes)
        .page("/me/tickets", lists::tickets)
        .page("/me/drafts", lists::initiatives)
        .form("/me/notifications", notifications::show, notifications::read)
        .form("/me/settings", settings::show, settings::save)
        .action("/me/settings/confirm", settings::confirm)
        .form("/me/password", password::show, password::change)
        .form("/me/alerts", notifications::wishes, notifications::choose)
        .form("/me/channels", channels::show, channels::link)
        .action("/me/channels/remove", channels::remove)
        .form("/me/tokens", tokens::show, tokens::create)
        .action("/me/tokens/revoke", tokens::revoke)
        .page_and("/unsubscribe/:token", unsubscribe::show, unsubscribe::end)
        .page("/people/:id", people::show)
}
