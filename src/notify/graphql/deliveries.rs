//! What became of notifications: of an article for those who talk in its ticket, of all for administrators.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject, dataloader::Loader};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::{self as notify, Channel, DeliveryState, NotificationKind, sql};
use crate::{
    gid::{self, Kind},
    graphql::{LoadFailed, Loaders, Request, payload},
    identity::Act,
    page::{self, Args, Page, TimeKey},
};

/// What became of a message's way to whoever wrote the ticket.
#[derive(Debug, Clone, SimpleObject)]
pub struct ArticleDelivery {
    /// Which way it goes.
    channel: Channel,
    /// Whether it arrived.
    state: DeliveryState,
    /// When it was sent, or failed; null while it waits.
    at: Option<DateTime<Utc>>,
    /// Why it failed, or what stands in its way. For experts.
    error: Option<String>,
}

/// Key of the deliveries of an article.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeliveriesOf(Uuid);

impl Loader<DeliveriesOf> for Loaders {
    type Value = Vec<ArticleDelivery>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[DeliveriesOf]) -> Result<HashMap<DeliveriesOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let expert = self.viewer.can(Act::Triage);
        let mut found: HashMap<DeliveriesOf, Self::Value> = HashMap::new();
        for row in sql::of_articles(&self.app.db, &ids, expert).await? {
            let error = row.error.filter(|_| expert).map(|error| notify::why(self.viewer.locale, &error));
            let delivery = ArticleDelivery { channel: row.channel, state: row.state, at: row.at, error };
            found.entry(DeliveriesOf(row.article_id)).or_default().push(delivery);
        }
        Ok(found)
    }
}

/// What became of an article on its way to the ticket's author. The caller must be that author or an expert.
///
/// # Errors
/// The database failed.
pub async fn deliveries_of(ctx: &Context<'_>, article: Uuid) -> Result<Vec<ArticleDelivery>> {
    Ok(ctx.load(DeliveriesOf(article)).await?.unwrap_or_default())
}

/// A notification on its way to one person on one channel. To whom is nobody's business here.
pub struct Delivery(sql::Delivery);

/// A notification on its way to one person on one channel. To whom is nobody's business here.
#[Object]
impl Delivery {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::Delivery, self.0.id)
    }

    /// Which way it goes.
    async fn channel(&self) -> Channel {
        self.0.channel
    }

    /// What it is about.
    async fn kind(&self) -> NotificationKind {
        self.0.kind
    }

    /// Whether it arrived.
    async fn state(&self) -> DeliveryState {
        self.0.state
    }

    /// How often it was tried.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// Why it failed, or what stands in its way.
    async fn error(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let locale = ctx.viewer()?.locale;
        Ok(self.0.error.as_deref().map(|error| notify::why(locale, error)))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it failed.
    async fn failed_at(&self) -> Option<DateTime<Utc>> {
        self.0.failed_at
    }

    /// The initiative, ticket or cluster that it is about.
    async fn subject_id(&self) -> ID {
        gid::encode(self.0.subject_type, self.0.subject_id)
    }

    /// The number of the ticket that it is about.
    async fn ticket_number(&self) -> Option<&str> {
        self.0.ticket_number.as_deref()
    }
}

impl Delivery {
    /// The delivery, for administrators.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        if !ctx.viewer()?.can(Act::Administer) {
            return Ok(None);
        }
        Ok(ctx.out(sql::by_id(&ctx.app()?.db, id).await.map_err(Into::into))?.map(Self))
    }
}

/// Queries of deliveries.
#[derive(Default)]
pub struct Query;

/// Queries of deliveries.
#[Object(name = "DeliveryQuery")]
impl Query {
    /// Notifications that could not be delivered, those that failed last first (administrators).
    async fn failed_deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<Delivery>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let args = Args::<TimeKey>::new(first, after, last, before)?;
            let rows = sql::failures(&app.db, &args).await?;
            let total = if page::wants_total(ctx) { sql::count_in(&app.db, DeliveryState::Failed).await? } else { 0 };
            Ok(page::page(&args, rows, total, |row| (row.failed_at.unwrap_or(row.created_at), row.id), Delivery))
        };
        ctx.out(outcome.await)
    }

    /// How many notifications wait to be sent or to be tried again (administrators).
    async fn waiting_deliveries(&self, ctx: &Context<'_>) -> Result<i64> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            Ok(sql::count_in(&app.db, DeliveryState::Waiting).await?)
        };
        ctx.out(outcome.await)
    }
}

/// Which delivery to try again.
#[derive(InputObject)]
pub struct RetryDeliveryInput {
    /// One that failed.
    id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `retryDelivery`.
    RetryDeliveryPayload {
        /// The delivery, which waits now.
        delivery: Delivery
    }
}

/// Mutations of deliveries.
#[derive(Default)]
pub struct Mutation;

/// Mutations of deliveries.
#[Object(name = "DeliveryMutation")]
impl Mutation {
    /// Tries a notification again that could not be delivered (administrators).
    async fn retry_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RetryDeliveryInput,
    ) -> Result<RetryDeliveryPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let id = gid::expect(Kind::Delivery, &input.id, "id")?;
            Ok(Delivery(notify::retry(app, viewer, id).await?))
        };
        RetryDeliveryPayload::settle(ctx, outcome.await)
    }
}
