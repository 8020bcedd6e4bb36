//! Channels in the API.

mod inputs;
mod object;

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

pub use object::{ChannelReport, Contact, Correspondent, UnreadableMessage};

use super::{self as channels, sql};
use crate::{
    error::{self, Error},
    feedback::{self, Channel},
    gid::{self, Kind},
    graphql::Request,
    identity::Act,
    page::{self, Args, Page, TimeKey},
};
use inputs::{
    ContactLink, CreateContactLinkInput, CreateContactLinkPayload, ForgetContactInput, ForgetContactPayload, KeepUnreadableMessageInput,
    KeepUnreadableMessagePayload, LinkContactInput, LinkContactPayload, MarkUnreadableSeenInput, MarkUnreadableSeenPayload,
    RemoveContactInput, RemoveContactPayload, ReportChannelInput, ReportChannelPayload, UnlinkContactInput, UnlinkContactPayload,
};

/// Queries of channels.
#[derive(Default)]
pub struct Query;

/// Queries of channels.
#[Object(name = "ChannelsQuery")]
impl Query {
    /// The addresses on channels that belong to one's account.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            let me = viewer.may(Act::ReadOwn)?;
            sql::contacts_of(&app.db, me).await?.into_iter().map(|row| Contact::open(app, row)).collect()
        };
        ctx.out(outcome.await)
    }

    /// What a channel's bot may know of who writes to it (service accounts with `CONVERSE`); null for who never wrote.
    async fn correspondent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The channel.")] channel: Channel,
        #[graphql(desc = "Their address there.")] address: String,
    ) -> Result<Option<Correspondent>> {
        let app = ctx.app()?;
        ctx.out(ctx.viewer()?.may(Act::Converse))?;
        let index = feedback::contact_index(app, channel, &address);
        match ctx.out(sql::find(&app.db, channel, &index).await.map_err(Into::into))? {
            Some(contact) => Ok(Some(Correspondent::of(ctx, contact).await?)),
            None => Ok(None),
        }
    }

    /// How channels are set up, in the order of the file of settings (administrators). Of secrets only whether they are set.
    async fn channel_settings(&self, ctx: &Context<'_>) -> Result<Vec<channels::Setting>> {
        ctx.out(ctx.viewer()?.may(Act::Administer))?;
        Ok(channels::settings(&ctx.app()?.config))
    }

    /// What each bot last said of itself (administrators).
    async fn channels(&self, ctx: &Context<'_>) -> Result<Vec<ChannelReport>> {
        ctx.out(ctx.viewer()?.may(Act::Administer))?;
        let rows = sql::reports(&ctx.app()?.db).await.map_err(Error::from);
        Ok(ctx.out(rows)?.into_iter().map(ChannelReport).collect())
    }

    /// Messages that could not be read, newest first (administrators).
    async fn unreadable_messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that nobody has looked at.", default_with = "Some(true)")] unseen_only: Option<bool>,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<UnreadableMessage>> {
        ctx.out(ctx.viewer()?.may(Act::Administer))?;
        let (db, unseen_only) = (&ctx.app()?.db, unseen_only.unwrap_or(true));
        let outcome = async {
            let args = Args::<TimeKey>::new(first, after, last, before)?;
            let rows = sql::unreadable(db, unseen_only, &args).await?;
            let total = if page::wants_total(ctx) { sql::count_unreadable(db, unseen_only).await? } else { 0 };
            Ok::<_, Error>(page::page(&args, rows, total, |row| (row.received_at, row.id), UnreadableMessage))
        };
        ctx.out(outcome.await)
    }
}

/// Mutations of channels.
#[derive(Default)]
pub struct Mutation;

/// The contact's bot-side picture after a mutation.
async fn correspondent(ctx: &Context<'_>, contact: Uuid) -> error::Result<Correspondent> {
    let failed = |e: async_graphql::Error| anyhow::anyhow!(e.message);
    let row = sql::contact(&ctx.app().map_err(failed)?.db, contact).await?;
    Ok(Correspondent::of(ctx, row.ok_or_else(|| anyhow::anyhow!("the contact is gone"))?).await.map_err(failed)?)
}

/// Mutations of channels.
#[Object(name = "ChannelsMutation")]
impl Mutation {
    /// A one-time link by which a channel's address becomes one's own, within 15 minutes. Only Telegram has such.
    async fn create_contact_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CreateContactLinkInput,
    ) -> Result<CreateContactLinkPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = channels::create_link(app, viewer, input.channel).await.map(|(code, link)| {
            let url = link.bot.map(|name| format!("https://t.me/{}?start={code}", name.trim_start_matches('@')));
            ContactLink { code, url, expires_at: link.expires_at }
        });
        CreateContactLinkPayload::settle(ctx, outcome)
    }

    /// Makes an address one's own no longer.
    async fn remove_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RemoveContactInput,
    ) -> Result<RemoveContactPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::ManageOwn)?;
            let id = gid::expect(Kind::Contact, &input.contact_id, "contactId")?;
            channels::remove_contact(app, viewer, id).await?;
            Ok(input.contact_id)
        };
        RemoveContactPayload::settle(ctx, outcome.await)
    }

    /// Makes an address that of the account which the code was made for (service accounts with `CONVERSE`); one that
    /// belonged to another belongs to the newer.
    async fn link_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: LinkContactInput,
    ) -> Result<LinkContactPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            let contact = channels::link(app, viewer, input.channel, &input.address, input.name.as_deref(), &input.code).await?;
            correspondent(ctx, contact).await
        };
        LinkContactPayload::settle(ctx, outcome.await)
    }

    /// Makes an address nobody's, as its owner asked on the channel (service accounts with `CONVERSE`).
    async fn unlink_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UnlinkContactInput,
    ) -> Result<UnlinkContactPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async { correspondent(ctx, channels::unlink(app, viewer, input.channel, &input.address).await?).await };
        UnlinkContactPayload::settle(ctx, outcome.await)
    }

    /// Forgets name and address of who writes on a channel; what they wrote stays without them (service accounts with `CONVERSE`).
    async fn forget_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ForgetContactInput,
    ) -> Result<ForgetContactPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = channels::forget(app, viewer, input.channel, &input.address).await;
        ForgetContactPayload::settle(ctx, outcome)
    }

    /// Keeps a message that could not be read, once, for administrators to look at (service accounts).
    async fn keep_unreadable_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: KeepUnreadableMessageInput,
    ) -> Result<KeepUnreadableMessagePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Intake)?;
            channels::keep_unreadable(app, viewer, input.into_raw()?).await
        };
        KeepUnreadableMessagePayload::settle(ctx, outcome.await)
    }

    /// Says how a bot does, every minute or so (service accounts).
    async fn report_channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ReportChannelInput,
    ) -> Result<ReportChannelPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = channels::report(app, viewer, input.into_said()).await.map(ChannelReport);
        ReportChannelPayload::settle(ctx, outcome)
    }

    /// Notes that one has looked at a message that could not be read (administrators).
    async fn mark_unreadable_seen(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: MarkUnreadableSeenInput,
    ) -> Result<MarkUnreadableSeenPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let id = gid::expect(Kind::UnreadableMessage, &input.id, "id")?;
            channels::mark_seen(app, viewer, id).await.map(UnreadableMessage)
        };
        MarkUnreadableSeenPayload::settle(ctx, outcome.await)
    }
}
