//! Notifications and following in the API.

mod deliveries;
mod outgoing;

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject, dataloader::Loader};
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use deliveries::{ArticleDelivery, Delivery, Mutation as DeliveryMutation, Query as DeliveryQuery, deliveries_of};
pub use outgoing::{Mutation as OutgoingMutation, Subscription};

use super::{Channel, NotificationKind, sql};
use crate::{
    error::{ErrorCode, Refusal},
    gid::{self, Kind},
    graphql::{LoadFailed, Loaders, Request, payload},
    identity::Act,
    page::{self, Args, Page, TimeKey},
};

/// Key of whether the viewer follows a thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FollowOf(Kind, Uuid);

impl Loader<FollowOf> for Loaders {
    type Value = ();
    type Error = LoadFailed;

    async fn load(&self, keys: &[FollowOf]) -> Result<HashMap<FollowOf, ()>, LoadFailed> {
        let Ok(me) = self.viewer.may(Act::ReadOwn) else { return Ok(HashMap::new()) };
        let (kinds, ids): (Vec<Kind>, Vec<Uuid>) = keys.iter().map(|k| (k.0, k.1)).unzip();
        let found = sql::followed(&self.app.db, me, &kinds, &ids).await?;
        Ok(found.into_iter().map(|(kind, id)| (FollowOf(kind, id), ())).collect())
    }
}

/// Whether the viewer follows a thing.
///
/// # Errors
/// The database failed.
pub async fn followed(ctx: &Context<'_>, kind: Kind, id: Uuid) -> Result<bool> {
    Ok(ctx.load(FollowOf(kind, id)).await?.is_some())
}

/// Word of something that happened. Only whom it is for can read it.
pub struct Notification(sql::Notification);

/// Word of something that happened. Only whom it is for can read it.
#[Object]
impl Notification {
    /// The global identifier.
    async fn id(&self) -> ID {
        gid::encode(Kind::Notification, self.0.id)
    }

    /// What it is about.
    async fn kind(&self) -> NotificationKind {
        self.0.kind
    }

    /// One line, in the caller's language.
    async fn title(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(super::render(ctx.viewer()?.locale, self.0.kind, &self.0.data).0)
    }

    /// The whole text, in the caller's language.
    async fn body(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(super::render(ctx.viewer()?.locale, self.0.kind, &self.0.data).1)
    }

    /// The initiative, ticket or cluster that it is about.
    async fn subject_id(&self) -> ID {
        gid::encode(self.0.subject_type, self.0.subject_id)
    }

    /// When it happened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was marked as read.
    async fn read_at(&self) -> Option<DateTime<Utc>> {
        self.0.read_at
    }
}

/// Whether a kind of notification comes on a channel.
#[derive(Debug, Clone, SimpleObject)]
pub struct NotificationPreference {
    /// What it is about.
    kind: NotificationKind,
    /// Where it would come.
    channel: Channel,
    /// Whether it does.
    enabled: bool,
}

/// Queries about notifications.
#[derive(Default)]
pub struct Query;

/// Queries about notifications.
#[Object(name = "NotifyQuery")]
impl Query {
    /// One's own notifications, newest first.
    #[allow(clippy::too_many_arguments)] // The arguments of a connection.
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those not marked as read.", default = false)] unread_only: bool,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<Notification>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            let me = viewer.may(Act::ReadOwn)?;
            let args = Args::<TimeKey>::new(first, after, last, before)?;
            let rows = sql::inbox(&app.db, me, unread_only, &args).await?;
            let total = if page::wants_total(ctx) { sql::count(&app.db, me, unread_only).await? } else { 0 };
            Ok(page::page(&args, rows, total, |row| (row.created_at, row.id), Notification))
        };
        ctx.out(outcome.await)
    }

    /// How many of one's notifications are not marked as read.
    async fn unread_notifications(&self, ctx: &Context<'_>) -> Result<i64> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async { Ok(sql::count(&app.db, viewer.may(Act::ReadOwn)?, true).await?) };
        ctx.out(outcome.await)
    }

    /// For every kind of notification and every channel, whether it comes to the caller.
    async fn notification_preferences(&self, ctx: &Context<'_>) -> Result<Vec<NotificationPreference>> {
        let all = ctx.out(super::preferences(ctx.app()?, ctx.viewer()?).await)?;
        Ok(all.into_iter().map(|(kind, channel, enabled)| NotificationPreference { kind, channel, enabled }).collect())
    }
}

/// What to follow.
#[derive(InputObject)]
pub struct FollowInput {
    /// An initiative, ticket, cluster, department, topic or working group.
    subject_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// What to follow no longer.
#[derive(InputObject)]
pub struct UnfollowInput {
    /// An initiative, ticket, cluster, department, topic or working group.
    subject_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// Which notifications were read: either `ids` or `all`.
#[derive(InputObject)]
pub struct MarkNotificationsReadInput {
    /// These, 1 to 100.
    ids: Option<Vec<ID>>,
    /// All there are.
    #[graphql(default = false)]
    all: bool,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// What one wants to hear, and where.
#[derive(InputObject)]
pub struct SetNotificationPreferenceInput {
    /// Which kind of notification.
    kind: NotificationKind,
    /// On which channel.
    channel: Channel,
    /// Whether it is to come.
    enabled: bool,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `follow`.
    FollowPayload {
        /// What is followed now.
        subject_id: ID
    }
}

payload! {
    /// The outcome of `unfollow`.
    UnfollowPayload {
        /// What is followed no longer.
        subject_id: ID
    }
}

payload! {
    /// The outcome of `markNotificationsRead`.
    MarkNotificationsReadPayload {
        /// How many notifications are left that are not marked as read.
        unread: i64
    }
}

payload! {
    /// The outcome of `setNotificationPreference`.
    SetNotificationPreferencePayload {
        /// What holds now.
        preference: NotificationPreference
    }
}

/// Mutations of notifications.
#[derive(Default)]
pub struct Mutation;

/// Mutations of notifications.
#[Object(name = "NotifyMutation")]
impl Mutation {
    /// Hears of something from now on. Following twice does no harm.
    async fn follow(&self, ctx: &Context<'_>, #[graphql(desc = "What it takes.")] input: FollowInput) -> Result<FollowPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Follow)?;
            let (kind, id) = gid::one_of(&super::FOLLOWABLE, &input.subject_id, "subjectId")?;
            super::start_following(app, viewer, kind, id).await?;
            Ok(input.subject_id)
        };
        FollowPayload::settle(ctx, outcome.await)
    }

    /// Hears of something no longer.
    async fn unfollow(&self, ctx: &Context<'_>, #[graphql(desc = "What it takes.")] input: UnfollowInput) -> Result<UnfollowPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Follow)?;
            let (kind, id) = gid::one_of(&super::FOLLOWABLE, &input.subject_id, "subjectId")?;
            super::stop_following(app, viewer, kind, id).await?;
            Ok(input.subject_id)
        };
        UnfollowPayload::settle(ctx, outcome.await)
    }

    /// Marks one's notifications as read.
    async fn mark_notifications_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: MarkNotificationsReadInput,
    ) -> Result<MarkNotificationsReadPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Follow)?;
            let ids = match (input.all, &input.ids) {
                (true, _) => None,
                (false, Some(ids)) => {
                    Some(ids.iter().enumerate().map(|(i, id)| gid::expect(Kind::Notification, id, &format!("ids.{i}"))).collect::<Result<
                        Vec<_>,
                        Refusal,
                    >>(
                    )?)
                }
                (false, None) => return Err(Refusal::new(ErrorCode::Required, "ids").into()),
            };
            super::mark_read(app, viewer, ids.as_deref()).await
        };
        MarkNotificationsReadPayload::settle(ctx, outcome.await)
    }

    /// Chooses whether a kind of notification comes on a channel.
    async fn set_notification_preference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SetNotificationPreferenceInput,
    ) -> Result<SetNotificationPreferencePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let SetNotificationPreferenceInput { kind, channel, enabled, .. } = input;
        let outcome = super::set_preference(app, viewer, kind, channel, enabled).await;
        SetNotificationPreferencePayload::settle(ctx, outcome.map(|()| NotificationPreference { kind, channel, enabled }))
    }
}
