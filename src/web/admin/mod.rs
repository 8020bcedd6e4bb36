//! Administration: people and programs, the organisation, channels, imports, search, background work, the log.

mod audit;
mod channels;
mod city_service;
mod directory;
mod imports;
mod jobs;
mod overview;
mod people;
mod person;
mod search;
mod services;
mod unit;

use std::future::Future;

use serde_json::Value;

use super::{
    failure::Failure,
    map::Map,
    ui::{Answer, Ui},
};
use crate::identity::Act;

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/admin", overview::show)
        .page("/admin/people", people::list)
        .form("/admin/people/:id", person::show, person::set_roles)
        .action("/admin/people/:id/groups", person::set_group)
        .action("/admin/people/:id/departments", person::set_department)
        .action("/admin/people/:id/tokens", services::create_token)
        .action("/admin/tokens/:id/revoke", services::revoke_token)
        .form("/admin/services", services::list, services::create)
        .form("/admin/groups", directory::list, directory::create)
        .form("/admin/groups/:id", unit::show, unit::update)
        .action("/admin/groups/:id/members", unit::set_member)
        .form("/admin/departments", directory::list, directory::create)
        .form("/admin/departments/:id", unit::show, unit::update)
        .action("/admin/departments/:id/officers", unit::set_officer)
        .form("/admin/topics", directory::list, directory::create)
        .form("/admin/territories", directory::list, directory::create)
        .form("/admin/city-services", directory::list, directory::create)
        .form("/admin/city-services/:id", city_service::show, city_service::update)
        .action("/admin/city-services/:id/offer", city_service::offer)
        .form("/admin/imports", imports::show, imports::start)
        .page("/admin/channels", channels::show)
        .form("/admin/channels/failed", channels::failed, channels::retry)
        .form("/admin/channels/unreadable", channels::unreadable, channels::seen)
        .form("/admin/search", search::show, search::create)
        .action("/admin/search/rebuild", search::rebuild)
        .form("/admin/search/synonyms/:id", search::edit, search::update)
        .action("/admin/search/synonyms/:id/delete", search::delete)
        .form("/admin/jobs", jobs::show, jobs::rerun)
        .page("/admin/audit", audit::show)
        .page("/audit", audit::show)
}

/// The sections: address, text, picture.
pub const SECTIONS: [(&str, &str, &str); 13] = [
    ("/admin", "admin-overview", "home"),
    ("/admin/people", "admin-people", "people"),
    ("/admin/groups", "admin-groups", "queue"),
    ("/admin/departments", "admin-departments", "department"),
    ("/admin/topics", "admin-topics", "file"),
    ("/admin/territories", "admin-territories", "globe"),
    ("/admin/city-services", "admin-city-services", "info"),
    ("/admin/services", "admin-services", "lock"),
    ("/admin/channels", "admin-channels", "mail"),
    ("/admin/imports", "admin-imports", "up"),
    ("/admin/search", "admin-search", "search"),
    ("/admin/jobs", "admin-jobs", "settings"),
    ("/admin/audit", "admin-audit", "eye"),
];

/// Whether a page belongs to a section.
pub fn is_open(ui: &Ui, section: &str) -> bool {
    ui.path == section || section != "/admin" && ui.is_at(section)
}

/// Refuses who does not look after the installation, for pages that ask for nothing but what is public.
fn allowed(ui: &Ui) -> Result<(), Failure> {
    ui.viewer.may(Act::Administer).map(|_| ()).map_err(|error| Failure::of(error, ui.locale()))
}

/// Does what a form asks for and goes on with a message; what is refused shows the page again.
async fn settle<F, Fut>(ui: Ui, mutation: (&str, Result<Value, Failure>), to: &str, flash: &str, show: F) -> Answer
where
    F: FnOnce(Ui) -> Fut,
    Fut: Future<Output = Answer>,
{
    let outcome = match mutation {
        (name, Ok(input)) => ui.mutate(name, input, "").await,
        (_, Err(failure)) => Err(failure),
    };
    match outcome {
        Ok(_) => ui.go(to, Some((flash, ""))),
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}
