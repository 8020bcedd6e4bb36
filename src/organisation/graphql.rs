//! The organisation in the API.

mod mutations;
mod services;

use std::{collections::HashMap, sync::Arc};

use async_graphql::{ComplexObject, Context, ID, Object, Result, SimpleObject, dataloader::Loader};
use uuid::Uuid;

pub use mutations::Mutation;
pub use services::{Service, ServiceMutation, ServiceQuery, service};

use super::{Part, sql};
use crate::{
    error::Error,
    gid::{self, Kind},
    graphql::{LoadFailed, Loaders, Request},
    i18n::Locale,
    identity::{
        Act, GroupRole,
        graphql::{Participant, participant},
    },
    notify::graphql::followed,
    page::{self, Args, Page},
};

/// Key of an entry's batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EntryOf(Part, Uuid);
/// Key of a working group's members.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MembersOf(Uuid);
/// Key of a department's officers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OfficersOf(Uuid);
/// Key of the number of a working group's open tickets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OpenTicketsOf(Uuid);

impl Loader<EntryOf> for Loaders {
    type Value = Arc<sql::Entry>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[EntryOf]) -> Result<HashMap<EntryOf, Self::Value>, LoadFailed> {
        // One query for each kind.
        let mut parts: HashMap<Part, Vec<Uuid>> = HashMap::new();
        for EntryOf(part, id) in keys {
            parts.entry(*part).or_default().push(*id);
        }
        let mut entries = HashMap::new();
        for (part, ids) in parts {
            let rows = sql::by_ids(&self.app.db, part, &ids).await?;
            entries.extend(rows.into_iter().map(|row| (EntryOf(part, row.id), Arc::new(row))));
        }
        Ok(entries)
    }
}

impl Loader<MembersOf> for Loaders {
    type Value = Vec<sql::Member>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[MembersOf]) -> Result<HashMap<MembersOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let mut members: HashMap<MembersOf, Self::Value> = HashMap::new();
        for row in sql::members(&self.app.db, &ids).await? {
            members.entry(MembersOf(row.group_id)).or_default().push(row);
        }
        Ok(members)
    }
}

impl Loader<OfficersOf> for Loaders {
    type Value = Vec<Uuid>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[OfficersOf]) -> Result<HashMap<OfficersOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let mut officers: HashMap<OfficersOf, Self::Value> = HashMap::new();
        for (department, officer) in sql::officers(&self.app.db, &ids).await? {
            officers.entry(OfficersOf(department)).or_default().push(officer);
        }
        Ok(officers)
    }
}

/// Key of a department's figures.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FiguresOf(Uuid);

impl Loader<FiguresOf> for Loaders {
    type Value = sql::Figures;
    type Error = LoadFailed;

    async fn load(&self, keys: &[FiguresOf]) -> Result<HashMap<FiguresOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let days = self.app.config.feedback.answer_days;
        Ok(sql::figures(&self.app.db, &ids, days).await?.into_iter().map(|row| (FiguresOf(row.department_id), row)).collect())
    }
}

impl Loader<OpenTicketsOf> for Loaders {
    type Value = i64;
    type Error = LoadFailed;

    async fn load(&self, keys: &[OpenTicketsOf]) -> Result<HashMap<OpenTicketsOf, i64>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let rows = sql::open_tickets(&self.app.db, &ids).await?;
        Ok(rows.into_iter().map(|(group, n)| (OpenTicketsOf(group), n)).collect())
    }
}

async fn entry<T>(ctx: &Context<'_>, part: Part, id: Option<Uuid>, object: impl Fn(&sql::Entry, Locale) -> T) -> Result<Option<T>> {
    let Some(id) = id else { return Ok(None) };
    let locale = ctx.viewer()?.locale;
    Ok(ctx.load(EntryOf(part, id)).await?.map(|row| object(&row, locale)))
}

/// The department with this key.
///
/// # Errors
/// The database failed.
pub async fn department(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<Department>> {
    entry(ctx, Part::Department, id, Department::new).await
}

/// The working group with this key.
///
/// # Errors
/// The database failed.
pub async fn working_group(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<WorkingGroup>> {
    entry(ctx, Part::WorkingGroup, id, WorkingGroup::new).await
}

/// The topic with this key.
///
/// # Errors
/// The database failed.
pub async fn topic(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<Topic>> {
    entry(ctx, Part::Topic, id, Topic::new).await
}

/// The territory with this key.
///
/// # Errors
/// The database failed.
pub async fn territory(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<Territory>> {
    entry(ctx, Part::Territory, id, Territory::new).await
}

fn name(row: &sql::Entry, locale: Locale) -> String {
    match locale {
        Locale::Ru => row.name_ru.clone(),
        Locale::En => row.name_en.clone(),
    }
}

fn description(row: &sql::Entry, locale: Locale) -> String {
    match locale {
        Locale::Ru => row.description_ru.clone(),
        Locale::En => row.description_en.clone(),
    }
}

/// How it stands with a department's initiatives.
#[derive(Debug, Clone, Default, SimpleObject)]
pub struct DepartmentFigures {
    /// Public initiatives to it that are not over: in voting, waiting for its answer, being done.
    open_initiatives: i64,
    /// Initiatives that it has answered officially.
    answered: i64,
    /// Those of them that it answered within the days of `feedback.answer_days` after they had been accepted.
    on_time: i64,
    /// Days from acceptance to the answer, in the middle; null where nothing was answered.
    median_answer_days: Option<f64>,
}

/// An authority that answers initiatives and does what was decided.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Department {
    #[graphql(skip)]
    row_id: Uuid,
    /// The global identifier.
    #[graphql(owned)]
    pub id: ID,
    /// Its short name in addresses.
    key: String,
    /// Its name in the viewer's language.
    name: String,
    /// Its name in Russian.
    name_ru: String,
    /// Its name in English.
    name_en: String,
    /// What it does, in the viewer's language.
    description: String,
}

impl Department {
    fn new(row: &sql::Entry, locale: Locale) -> Self {
        Self {
            row_id: row.id,
            id: gid::encode(Kind::Department, row.id),
            key: row.key.clone(),
            name: name(row, locale),
            name_ru: row.name_ru.clone(),
            name_en: row.name_en.clone(),
            description: description(row, locale),
        }
    }
}

/// An authority that answers initiatives and does what was decided.
#[ComplexObject]
impl Department {
    /// Whether the caller follows it.
    async fn followed(&self, ctx: &Context<'_>) -> Result<bool> {
        followed(ctx, Kind::Department, self.row_id).await
    }

    /// How it stands with its initiatives.
    async fn figures(&self, ctx: &Context<'_>) -> Result<DepartmentFigures> {
        let row = ctx.load(FiguresOf(self.row_id)).await?;
        Ok(row.map_or_else(DepartmentFigures::default, |row| DepartmentFigures {
            open_initiatives: row.open,
            answered: row.answered,
            on_time: row.on_time,
            median_answer_days: row.median_days,
        }))
    }

    /// The people who answer for it, by name.
    async fn officers(&self, ctx: &Context<'_>) -> Result<Vec<Participant>> {
        let ids = ctx.load(OfficersOf(self.row_id)).await?.unwrap_or_default();
        let officers = ids.into_iter().map(|id| participant(ctx, Some(id)));
        Ok(futures_util::future::try_join_all(officers).await?.into_iter().flatten().collect())
    }
}

/// A group of experts who work on tickets.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct WorkingGroup {
    #[graphql(skip)]
    row_id: Uuid,
    #[graphql(skip)]
    department_id: Option<Uuid>,
    /// The global identifier.
    #[graphql(owned)]
    pub id: ID,
    /// Its short name in addresses.
    key: String,
    /// Its name in the viewer's language.
    name: String,
    /// Its name in Russian.
    name_ru: String,
    /// Its name in English.
    name_en: String,
    /// What it does, in the viewer's language.
    description: String,
}

impl WorkingGroup {
    fn new(row: &sql::Entry, locale: Locale) -> Self {
        Self {
            row_id: row.id,
            department_id: row.department_id,
            id: gid::encode(Kind::WorkingGroup, row.id),
            key: row.key.clone(),
            name: name(row, locale),
            name_ru: row.name_ru.clone(),
            name_en: row.name_en.clone(),
            description: description(row, locale),
        }
    }
}

/// A group of experts who work on tickets.
#[ComplexObject]
impl WorkingGroup {
    /// Whether the caller follows it.
    async fn followed(&self, ctx: &Context<'_>) -> Result<bool> {
        followed(ctx, Kind::WorkingGroup, self.row_id).await
    }

    /// The department that it belongs to.
    async fn department(&self, ctx: &Context<'_>) -> Result<Option<Department>> {
        department(ctx, self.department_id).await
    }

    /// Its people: those who lead it first, then by name.
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<GroupMember>> {
        let rows = ctx.load(MembersOf(self.row_id)).await?.unwrap_or_default();
        Ok(rows.into_iter().map(|row| GroupMember { participant_id: row.participant_id, role: row.role }).collect())
    }

    /// Its tickets that are neither answered nor closed, merged or rejected; null for all but experts and administrators.
    async fn open_tickets(&self, ctx: &Context<'_>) -> Result<Option<i64>> {
        if !ctx.viewer()?.can(Act::Triage) {
            return Ok(None);
        }
        Ok(Some(ctx.load(OpenTicketsOf(self.row_id)).await?.unwrap_or_default()))
    }
}

/// A person in a working group.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct GroupMember {
    #[graphql(skip)]
    participant_id: Uuid,
    /// Their part in it.
    role: GroupRole,
}

/// A person in a working group.
#[ComplexObject]
impl GroupMember {
    /// Who.
    async fn participant(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, Some(self.participant_id)).await
    }
}

/// A subject area.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Topic {
    #[graphql(skip)]
    row_id: Uuid,
    /// The global identifier.
    #[graphql(owned)]
    pub id: ID,
    /// Its short name in addresses.
    key: String,
    /// Its name in the viewer's language.
    name: String,
    /// Its name in Russian.
    name_ru: String,
    /// Its name in English.
    name_en: String,
}

impl Topic {
    fn new(row: &sql::Entry, locale: Locale) -> Self {
        let (name_ru, name_en) = (row.name_ru.clone(), row.name_en.clone());
        Self { row_id: row.id, id: gid::encode(Kind::Topic, row.id), key: row.key.clone(), name: name(row, locale), name_ru, name_en }
    }
}

/// A subject area.
#[ComplexObject]
impl Topic {
    /// Whether the caller follows it.
    async fn followed(&self, ctx: &Context<'_>) -> Result<bool> {
        followed(ctx, Kind::Topic, self.row_id).await
    }
}

/// A part of the city.
#[derive(Debug, Clone, SimpleObject)]
pub struct Territory {
    /// The global identifier.
    #[graphql(owned)]
    pub id: ID,
    /// Its short name in addresses.
    key: String,
    /// Its name in the viewer's language.
    name: String,
    /// Its name in Russian.
    name_ru: String,
    /// Its name in English.
    name_en: String,
}

impl Territory {
    fn new(row: &sql::Entry, locale: Locale) -> Self {
        let (name_ru, name_en) = (row.name_ru.clone(), row.name_en.clone());
        Self { id: gid::encode(Kind::Territory, row.id), key: row.key.clone(), name: name(row, locale), name_ru, name_en }
    }
}

/// Queries of the organisation.
#[derive(Default)]
pub struct Query;

async fn all<T>(ctx: &Context<'_>, part: Part, object: impl Fn(&sql::Entry, Locale) -> T) -> Result<Vec<T>> {
    let locale = ctx.viewer()?.locale;
    let rows = ctx.out(sql::all(&ctx.app()?.db, part).await.map_err(Into::into))?;
    Ok(rows.iter().map(|row| object(row, locale)).collect())
}

/// Queries of the organisation.
#[Object(name = "OrganisationQuery")]
impl Query {
    /// All departments by their Russian names, at most 1,000.
    async fn departments(&self, ctx: &Context<'_>) -> Result<Vec<Department>> {
        all(ctx, Part::Department, Department::new).await
    }

    /// All topics by their Russian names, at most 1,000.
    async fn topics(&self, ctx: &Context<'_>) -> Result<Vec<Topic>> {
        all(ctx, Part::Topic, Topic::new).await
    }

    /// All territories by their Russian names, at most 1,000.
    async fn territories(&self, ctx: &Context<'_>) -> Result<Vec<Territory>> {
        all(ctx, Part::Territory, Territory::new).await
    }

    /// The city's time zone by its IANA name: that of the times and days that people are told.
    async fn time_zone(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.app()?.config.site.time_zone.clone())
    }

    /// A working group; null where there is none.
    #[graphql(name = "workingGroup")]
    async fn one_working_group(&self, ctx: &Context<'_>, #[graphql(desc = "Which.")] id: ID) -> Result<Option<WorkingGroup>> {
        let id = ctx.out(gid::expect(Kind::WorkingGroup, &id, "id").map_err(Error::BadRequest))?;
        working_group(ctx, Some(id)).await
    }

    /// The working groups by their Russian names.
    async fn working_groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "So many from the beginning, or after `after`; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, or before `before`; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor.")] before: Option<String>,
    ) -> Result<Page<WorkingGroup>> {
        let (db, locale) = (&ctx.app()?.db, ctx.viewer()?.locale);
        let args: Args<Uuid> = ctx.out(Args::new(first, after, last, before))?;
        let rows = ctx.out(sql::groups(db, &args).await.map_err(Into::into))?;
        let total = if page::wants_total(ctx) { ctx.out(sql::count_groups(db).await.map_err(Into::into))? } else { 0 };
        Ok(page::page(&args, rows, total, |row| row.id, |row| WorkingGroup::new(&row, locale)))
    }
}
