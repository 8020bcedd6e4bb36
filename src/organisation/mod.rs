//! The organisation: departments that answer, working groups of experts, topics, territories and services of the city.

pub mod graphql;
mod slug;
pub(crate) mod sql;

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::App,
    audit,
    error::{Error, ErrorCode, Refusal, Result},
    gid::Kind,
    identity::{self, Act, GroupRole, Viewer},
    limits::Operation,
    validate::{self, Validate},
};

/// A kind of entry in the organisation's directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// An authority that answers.
    Department,
    /// A group of experts.
    WorkingGroup,
    /// A subject area.
    Topic,
    /// A part of the city.
    Territory,
    /// Something that people can get from the city. The log calls it a city service: a service is an account of a program there.
    Service,
}

impl Part {
    /// Its kind of global identifier.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Department => Kind::Department,
            Self::WorkingGroup => Kind::WorkingGroup,
            Self::Topic => Kind::Topic,
            Self::Territory => Kind::Territory,
            Self::Service => Kind::Service,
        }
    }

    /// What making one is called in the log.
    const fn created(self) -> &'static str {
        match self {
            Self::Department => "department.created",
            Self::WorkingGroup => "group.created",
            Self::Topic => "topic.created",
            Self::Territory => "territory.created",
            Self::Service => "city_service.created",
        }
    }

    /// What changing one is called in the log.
    const fn updated(self) -> &'static str {
        match self {
            Self::Department => "department.updated",
            Self::WorkingGroup => "group.updated",
            Self::Topic => "topic.updated",
            Self::Territory => "territory.updated",
            Self::Service => "city_service.updated",
        }
    }

    /// The input's field that names one.
    const fn path(self) -> &'static str {
        match self {
            Self::Department => "departmentId",
            Self::WorkingGroup => "groupId",
            Self::Topic => "topicId",
            Self::Territory => "territoryId",
            Self::Service => "serviceId",
        }
    }
}

/// A new entry. Topics and territories have no descriptions; only working groups and services have a department, only services an address.
#[derive(Debug, Clone, Default)]
pub struct New {
    /// Its short name in addresses: 1 to 60 of `a-z`, `0-9` and `-`.
    pub key: String,
    /// Its name in Russian, 2 to 200 characters.
    pub name_ru: String,
    /// Its name in English, 2 to 200 characters.
    pub name_en: String,
    /// What it does, in Russian, up to 2,000 characters.
    pub description_ru: String,
    /// What it does, in English, up to 2,000 characters.
    pub description_en: String,
    /// The department that a working group belongs to, or that gives a service.
    pub department: Option<Uuid>,
    /// Where a service is asked for: an address of the web, up to 2,000 characters; empty where there is none.
    pub url: String,
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The name in Russian.
    pub name_ru: Option<String>,
    /// The name in English.
    pub name_en: Option<String>,
    /// What it does, in Russian.
    pub description_ru: Option<String>,
    /// What it does, in English.
    pub description_en: Option<String>,
    /// The department of a working group or a service; `Some(None)` takes it away.
    pub department: Option<Option<Uuid>>,
    /// Where a service is asked for; empty takes it away.
    pub url: Option<String>,
}

fn not_found(path: &str) -> Error {
    Refusal::new(ErrorCode::NotFound, path).into()
}

async fn expect(tx: &mut PgConnection, part: Part, id: Uuid) -> Result<()> {
    if sql::by_ids(tx, part, &[id]).await?.is_empty() { Err(not_found(part.path())) } else { Ok(()) }
}

/// An address of the web, or nothing.
fn address(url: &str) -> Result<String, Refusal> {
    if validate::clean(url).is_empty() { Ok(String::new()) } else { validate::web_address("url", url, 2000) }
}

/// Makes an entry inside a transaction and logs it; `actor` is `None` for an import.
///
/// # Errors
/// Refusals of the fields; `NOT_FOUND` for the department; `ALREADY_EXISTS` for the key.
pub async fn insert(tx: &mut PgConnection, app: &App, actor: Option<Uuid>, part: Part, mut new: New) -> Result<sql::Entry> {
    let mut v = Validate::new();
    if new.key.is_empty() {
        v.refuse(Refusal::new(ErrorCode::Required, "key"));
    } else if !slug::is_key(&new.key) {
        v.refuse(Refusal::new(ErrorCode::InvalidFormat, "key").with("example", "roads-and-bridges"));
    }
    new.name_ru = v.line("nameRu", &new.name_ru, 2..=200);
    new.name_en = v.line("nameEn", &new.name_en, 2..=200);
    new.description_ru = v.text("descriptionRu", &new.description_ru, 0..=2000);
    new.description_en = v.text("descriptionEn", &new.description_en, 0..=2000);
    new.url = v.keep(address(&new.url));
    v.finish()?;
    if let Some(department) = new.department {
        expect(tx, Part::Department, department).await?;
    }
    let row = sql::insert(tx, part, app.new_id(), &new).await?;
    let row = row.ok_or_else(|| Refusal::new(ErrorCode::AlreadyExists, "key"))?;
    let entry = audit::Entry::new(part.created(), actor, part.kind(), row.id);
    audit::record(tx, entry.with(json!({ "key": row.key }))).await?;
    Ok(row)
}

/// Makes an entry.
///
/// # Errors
/// As [`insert`].
pub async fn create(app: &App, viewer: &Viewer, part: Part, new: New) -> Result<sql::Entry> {
    let me = viewer.may(Act::Administer)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    let row = insert(&mut tx, app, Some(me), part, new).await?;
    tx.commit().await?;
    Ok(row)
}

/// Changes a department, a working group or a service.
///
/// # Errors
/// Refusals of the fields; `NOT_FOUND`.
pub async fn update(app: &App, viewer: &Viewer, part: Part, id: Uuid, change: Change) -> Result<sql::Entry> {
    let me = viewer.may(Act::Administer)?;
    viewer.limit(app, Operation::Write)?;
    let mut v = Validate::new();
    let change = Change {
        name_ru: change.name_ru.map(|name| v.line("nameRu", &name, 2..=200)),
        name_en: change.name_en.map(|name| v.line("nameEn", &name, 2..=200)),
        description_ru: change.description_ru.map(|text| v.text("descriptionRu", &text, 0..=2000)),
        description_en: change.description_en.map(|text| v.text("descriptionEn", &text, 0..=2000)),
        department: change.department,
        url: change.url.map(|url| v.keep(address(&url))),
    };
    v.finish()?;
    let mut tx = app.begin().await?;
    if let Some(Some(department)) = change.department {
        expect(&mut tx, Part::Department, department).await?;
    }
    let row = sql::update(&mut tx, part, id, &change).await?.ok_or_else(|| not_found(part.path()))?;
    audit::record(&mut tx, audit::Entry::new(part.updated(), Some(me), part.kind(), id)).await?;
    tx.commit().await?;
    Ok(row)
}

/// Withdraws a service, so that nobody finds it any more, or offers it again. Where it is so already, nothing is done.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn offer(app: &App, viewer: &Viewer, id: Uuid, offered: bool) -> Result<sql::Entry> {
    let me = viewer.may(Act::Administer)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    let Some(row) = sql::offer(&mut tx, id, offered).await? else {
        let row = sql::by_ids(&mut *tx, Part::Service, &[id]).await?.pop();
        return row.ok_or_else(|| not_found(Part::Service.path()));
    };
    let action = if offered { "city_service.restored" } else { "city_service.withdrawn" };
    audit::record(&mut tx, audit::Entry::new(action, Some(me), Kind::Service, id)).await?;
    tx.commit().await?;
    Ok(row)
}

/// The keys of services that can be had, in the order of their Russian names: for the map of the pages.
///
/// # Errors
/// The database failed.
pub async fn services(app: &App, most: i64) -> Result<Vec<Uuid>> {
    Ok(sql::offered(&app.db, most).await?)
}

/// Refuses who is not a person with an account that works.
async fn expect_person(tx: &mut PgConnection, id: Uuid) -> Result<()> {
    let found = identity::sql::participants(tx, &[id]).await?;
    let known = found.iter().any(|p| p.kind == "PERSON" && p.disabled_at.is_none());
    if known { Ok(()) } else { Err(not_found("participantId")) }
}

/// Gives somebody a role in a working group, or takes them out of it (`None`).
///
/// # Errors
/// `NOT_FOUND` for group or person.
pub async fn set_member(app: &App, viewer: &Viewer, group: Uuid, participant: Uuid, role: Option<GroupRole>) -> Result<sql::Entry> {
    let me = viewer.may(Act::Administer)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    let row = sql::by_ids(&mut *tx, Part::WorkingGroup, &[group]).await?.pop().ok_or_else(|| not_found("groupId"))?;
    let changed = match role {
        Some(role) => {
            expect_person(&mut tx, participant).await?;
            sql::put_member(&mut tx, group, participant, role).await?
        }
        None => sql::remove_member(&mut tx, group, participant).await?,
    };
    if changed {
        let role = role.map(|role| format!("{role:?}").to_uppercase());
        let details = json!({ "participant": format!("Participant:{participant}"), "role": role });
        audit::record(&mut tx, audit::Entry::new("group.member_set", Some(me), Kind::WorkingGroup, group).with(details)).await?;
        tx.commit().await?;
        app.live.known.forget(participant);
    }
    Ok(row)
}

/// Lets somebody answer for a department, or no longer.
///
/// # Errors
/// `NOT_FOUND` for department or person.
pub async fn set_officer(app: &App, viewer: &Viewer, department: Uuid, participant: Uuid, member: bool) -> Result<sql::Entry> {
    let me = viewer.may(Act::Administer)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    let row = sql::by_ids(&mut *tx, Part::Department, &[department]).await?.pop().ok_or_else(|| not_found("departmentId"))?;
    let changed = if member {
        expect_person(&mut tx, participant).await?;
        sql::put_officer(&mut tx, department, participant).await?
    } else {
        sql::remove_officer(&mut tx, department, participant).await?
    };
    if changed {
        let details = json!({ "participant": format!("Participant:{participant}"), "member": member });
        audit::record(&mut tx, audit::Entry::new("department.officer_set", Some(me), Kind::Department, department).with(details)).await?;
        tx.commit().await?;
        app.live.known.forget(participant);
    }
    Ok(row)
}

/// The working group with this Russian name, made if there is none: for imports whose rows name the responsible.
///
/// # Errors
/// Refusals of the name at `group`.
pub async fn group_by_key_or_create(tx: &mut PgConnection, app: &App, name: &str) -> Result<Uuid> {
    by_name_or_create(tx, app, Part::WorkingGroup, name).await
}

/// The topic with this Russian name, made if there is none.
///
/// # Errors
/// Refusals of the name at `topic`.
pub async fn topic_by_name_or_create(tx: &mut PgConnection, app: &App, name: &str) -> Result<Uuid> {
    by_name_or_create(tx, app, Part::Topic, name).await
}

async fn by_name_or_create(tx: &mut PgConnection, app: &App, part: Part, name: &str) -> Result<Uuid> {
    let name = validate::line(if part == Part::Topic { "topic" } else { "group" }, name, 2..=200)?;
    if let Some(id) = sql::by_name(&mut *tx, part, &name).await? {
        return Ok(id);
    }
    let new = New { key: slug::key(&name), name_ru: name.clone(), name_en: name, ..New::default() };
    let key = new.key.clone();
    match insert(tx, app, None, part, new).await {
        Ok(row) => Ok(row.id),
        // Another import made it meanwhile: the same name has the same key.
        Err(Error::Refused(refusals)) if refusals.iter().all(|r| r.code == ErrorCode::AlreadyExists) => {
            Ok(sql::by_key(tx, part, &key).await?)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_may_do_without_an_address() {
        assert_eq!(address(" \u{200b} ").unwrap(), "");
        assert_eq!(address(" https://zarechye.example/light ").unwrap(), "https://zarechye.example/light");
        let refusal = address("zarechye.example").unwrap_err();
        assert_eq!((refusal.code, refusal.path), (ErrorCode::InvalidFormat, vec!["url".to_owned()]));
    }

    #[test]
    fn the_log_tells_services_from_programs() {
        assert_eq!([Part::Service.created(), Part::Service.updated()], ["city_service.created", "city_service.updated"]);
    }
}
