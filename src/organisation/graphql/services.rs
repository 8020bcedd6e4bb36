use async_graphql::{ComplexObject, Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Department, EntryOf, department, description, name};
use crate::{
    error::{self, Error},
    gid::{self, Kind},
    graphql::{Request, payload},
    i18n::Locale,
    identity::Act,
    organisation::{self, Change, New, Part, sql},
    page::{self, Args, Page},
};

/// Something that people can get from the city: how, where, from whom.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Service {
    #[graphql(skip)]
    department_id: Option<Uuid>,
    /// The global identifier.
    #[graphql(owned)]
    pub id: ID,
    /// Its short name.
    key: String,
    /// Its name in the viewer's language.
    name: String,
    /// Its name in Russian.
    name_ru: String,
    /// Its name in English.
    name_en: String,
    /// How to get it, where and when, in the viewer's language.
    description: String,
    /// How to get it, where and when, in Russian.
    description_ru: String,
    /// How to get it, where and when, in English.
    description_en: String,
    /// Where on the web it can be asked for; null where it cannot.
    url: Option<String>,
    /// When it was entered.
    created_at: DateTime<Utc>,
    /// When it was withdrawn; null while it can be had. Only administrators see services that were withdrawn.
    withdrawn_at: Option<DateTime<Utc>>,
}

impl Service {
    fn new(row: &sql::Entry, locale: Locale) -> Self {
        Self {
            department_id: row.department_id,
            id: gid::encode(Kind::Service, row.id),
            key: row.key.clone(),
            name: name(row, locale),
            name_ru: row.name_ru.clone(),
            name_en: row.name_en.clone(),
            description: description(row, locale),
            description_ru: row.description_ru.clone(),
            description_en: row.description_en.clone(),
            url: Some(row.url.clone()).filter(|url| !url.is_empty()),
            // Every service has one.
            created_at: row.created_at.unwrap_or_default(),
            withdrawn_at: row.hidden_at,
        }
    }
}

/// Something that people can get from the city: how, where, from whom.
#[ComplexObject]
impl Service {
    /// The department that gives it.
    async fn department(&self, ctx: &Context<'_>) -> Result<Option<Department>> {
        department(ctx, self.department_id).await
    }
}

/// The service with this key, if the viewer may read it.
///
/// # Errors
/// The database failed.
pub async fn service(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<Service>> {
    let Some(id) = id else { return Ok(None) };
    let viewer = ctx.viewer()?;
    let row = ctx.load(EntryOf(Part::Service, id)).await?;
    let row = row.filter(|row| row.hidden_at.is_none() || viewer.can(Act::Administer));
    Ok(row.map(|row| Service::new(&row, viewer.locale)))
}

/// Which services to list. Conditions hold together.
#[derive(InputObject, Default)]
pub struct ServiceFilter {
    /// Only those of this department.
    department_id: Option<ID>,
    /// Those that were withdrawn instead of those that can be had (administrators).
    #[graphql(default)]
    withdrawn: bool,
}

/// Queries of the services of the city.
#[derive(Default)]
pub struct ServiceQuery;

/// Queries of the services of the city.
#[Object(name = "ServiceQuery")]
impl ServiceQuery {
    /// A service of the city; null where there is none.
    #[graphql(name = "service")]
    async fn one_service(&self, ctx: &Context<'_>, #[graphql(desc = "Which.")] id: ID) -> Result<Option<Service>> {
        let id = ctx.out(gid::expect(Kind::Service, &id, "id").map_err(Error::BadRequest))?;
        service(ctx, Some(id)).await
    }

    /// The services of the city by their Russian names.
    async fn services(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; all that can be had by default.")] filter: Option<ServiceFilter>,
        #[graphql(desc = "So many from the beginning, or after `after`; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, or before `before`; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor.")] before: Option<String>,
    ) -> Result<Page<Service>> {
        let (db, viewer) = (&ctx.app()?.db, ctx.viewer()?);
        let outcome: error::Result<Page<Service>> = async {
            let filter = filter.unwrap_or_default();
            if filter.withdrawn {
                viewer.may(Act::Administer)?;
            }
            let department =
                gid::maybe(Kind::Department, filter.department_id.as_ref(), "filter.departmentId").map_err(Error::BadRequest)?;
            let which = sql::Which { department, withdrawn: filter.withdrawn };
            let args: Args<Uuid> = Args::new(first, after, last, before)?;
            let rows = sql::services(db, which, &args).await?;
            let total = if page::wants_total(ctx) { sql::count_services(db, which).await? } else { 0 };
            Ok(page::page(&args, rows, total, |row| row.id, |row| Service::new(&row, viewer.locale)))
        }
        .await;
        ctx.out(outcome)
    }
}

/// A new service of the city.
#[derive(InputObject)]
pub struct CreateServiceInput {
    /// Its short name: 1 to 60 of `a-z`, `0-9` and `-`.
    key: String,
    /// Its name in Russian, 2 to 200 characters.
    name_ru: String,
    /// Its name in English, 2 to 200 characters.
    name_en: String,
    /// How to get it, where and when, in Russian, at most 2,000 characters.
    #[graphql(default)]
    description_ru: String,
    /// How to get it, where and when, in English, at most 2,000 characters.
    #[graphql(default)]
    description_en: String,
    /// The department that gives it.
    department_id: Option<ID>,
    /// Where on the web it can be asked for: an address with `http` or `https`, at most 2,000 characters.
    #[graphql(default)]
    url: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `createService`.
    CreateServicePayload {
        /// The new service.
        service: Service
    }
}

/// What to change of a service of the city; what is left out stays.
#[derive(InputObject)]
pub struct UpdateServiceInput {
    /// Which.
    service_id: ID,
    /// Its name in Russian, 2 to 200 characters.
    name_ru: Option<String>,
    /// Its name in English, 2 to 200 characters.
    name_en: Option<String>,
    /// How to get it, where and when, in Russian, at most 2,000 characters.
    description_ru: Option<String>,
    /// How to get it, where and when, in English, at most 2,000 characters.
    description_en: Option<String>,
    /// The department that gives it; null takes it away.
    department_id: MaybeUndefined<ID>,
    /// Where on the web it can be asked for: an address with `http` or `https`, at most 2,000 characters; an empty one takes it away.
    url: Option<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `updateService`.
    UpdateServicePayload {
        /// The changed service.
        service: Service
    }
}

/// A service of the city that cannot be had any more.
#[derive(InputObject)]
pub struct WithdrawServiceInput {
    /// Which.
    service_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `withdrawService`.
    WithdrawServicePayload {
        /// The withdrawn service.
        service: Service
    }
}

/// A withdrawn service of the city that can be had again.
#[derive(InputObject)]
pub struct RestoreServiceInput {
    /// Which.
    service_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `restoreService`.
    RestoreServicePayload {
        /// The restored service.
        service: Service
    }
}

/// Mutations of the services of the city (administrators).
#[derive(Default)]
pub struct ServiceMutation;

/// Withdraws a service or offers it again.
async fn offer(ctx: &Context<'_>, id: &ID, offered: bool) -> Result<error::Result<Service>> {
    let (app, viewer) = (ctx.app()?, ctx.viewer()?);
    let outcome = async {
        viewer.may(Act::Administer)?;
        let id = gid::expect(Kind::Service, id, "serviceId")?;
        Ok(Service::new(&organisation::offer(app, viewer, id, offered).await?, viewer.locale))
    };
    Ok(outcome.await)
}

/// Mutations of the services of the city (administrators).
#[Object(name = "ServiceMutation")]
impl ServiceMutation {
    /// Enters a service of the city (administrators).
    async fn create_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CreateServiceInput,
    ) -> Result<CreateServicePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let department = gid::maybe(Kind::Department, input.department_id.as_ref(), "departmentId")?;
            let CreateServiceInput { key, name_ru, name_en, description_ru, description_en, url, .. } = input;
            let new = New { key, name_ru, name_en, description_ru, description_en, department, url };
            Ok(Service::new(&organisation::create(app, viewer, Part::Service, new).await?, viewer.locale))
        };
        CreateServicePayload::settle(ctx, outcome.await)
    }

    /// Changes a service of the city (administrators).
    async fn update_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UpdateServiceInput,
    ) -> Result<UpdateServicePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let id = gid::expect(Kind::Service, &input.service_id, "serviceId")?;
            let department = match &input.department_id {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(id) => Some(Some(gid::expect(Kind::Department, id, "departmentId")?)),
            };
            let UpdateServiceInput { name_ru, name_en, description_ru, description_en, url, .. } = input;
            let change = Change { name_ru, name_en, description_ru, description_en, department, url };
            Ok(Service::new(&organisation::update(app, viewer, Part::Service, id, change).await?, viewer.locale))
        };
        UpdateServicePayload::settle(ctx, outcome.await)
    }

    /// Withdraws a service of the city, so that nobody finds it any more; the log keeps it (administrators).
    async fn withdraw_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: WithdrawServiceInput,
    ) -> Result<WithdrawServicePayload> {
        WithdrawServicePayload::settle(ctx, offer(ctx, &input.service_id, false).await?)
    }

    /// Offers a service of the city again that was withdrawn (administrators).
    async fn restore_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RestoreServiceInput,
    ) -> Result<RestoreServicePayload> {
        RestoreServicePayload::settle(ctx, offer(ctx, &input.service_id, true).await?)
    }
}
