//! Channels in the API.

mod inputs;

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{self as channels, State, sql};
use crate::{
    app::App,
    error::{self, Error},
    feedback::{self, Channel, graphql::Ticket},
    gid::{self, Kind},
    graphql::Request,
    i18n::Locale,
    identity::{
        Act,
        graphql::{Participant, participant},
    },
    page::{self, Args, Page, TimeKey},
};
use inputs::{
    ContactLink, CreateContactLinkInput, CreateContactLinkPayload, ForgetContactInput, ForgetContactPayload, KeepUnreadableMessageInput,
    KeepUnreadableMessagePayload, LinkContactInput, LinkContactPayload, MarkUnreadableSeenInput, MarkUnreadableSeenPayload,
    RemoveContactInput, RemoveContactPayload, ReportChannelInput, ReportChannelPayload, UnlinkContactInput, UnlinkContactPayload,
};

/// An address of a channel that belongs to one's account.
pub struct Contact {
    row: sql::Contact,
    address: String,
    name: Option<String>,
}

impl Contact {
    fn open(app: &App, row: sql::Contact) -> error::Result<Self> {
        let open = |sealed: &[u8]| app.keys.open(row.id, sealed);
        let (address, name) = (open(&row.address_sealed)?, row.name_sealed.as_deref().map(open).transpose()?);
        Ok(Self { row, address, name })
    }

    /// The contact, if it is the viewer's own.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            let own = |row: &sql::Contact| viewer.can(Act::ReadOwn) && row.participant_id.is_some() && row.participant_id == viewer.id;
            sql::contact(&app.db, id).await?.filter(own).map(|row| Self::open(app, row)).transpose()
        };
        ctx.out(outcome.await)
    }
}

/// An address of a channel that belongs to one's account.
#[Object]
impl Contact {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::Contact, self.row.id)
    }

    /// The channel.
    async fn channel(&self) -> Channel {
        self.row.channel
    }

    /// The address there: of Telegram the number of the chat.
    async fn address(&self) -> &str {
        &self.address
    }

    /// The name they go by there.
    async fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Since when it belongs to the account.
    async fn linked_at(&self) -> DateTime<Utc> {
        self.row.linked_at.unwrap_or_default()
    }
}

/// Somebody who writes on a channel, as its bot may know them.
pub struct Correspondent {
    contact: sql::Contact,
    account: Option<Participant>,
}

impl Correspondent {
    async fn of(ctx: &Context<'_>, contact: sql::Contact) -> Result<Self> {
        let account = participant(ctx, contact.participant_id).await?.filter(|account| account.0.disabled_at.is_none());
        Ok(Self { contact, account })
    }

    fn participant(&self) -> Option<Uuid> {
        self.account.as_ref().map(|account| account.0.id)
    }
}

/// Somebody who writes on a channel, as its bot may know them.
#[Object]
impl Correspondent {
    /// The account's name, where the address belongs to one.
    async fn participant_name(&self) -> Option<&str> {
        self.account.as_ref().map(|account| account.0.name.as_str())
    }

    /// Whether the address belongs to an account.
    async fn linked(&self) -> bool {
        self.account.is_some()
    }

    /// The language to answer in: of the account, or of what they last wrote.
    async fn locale(&self) -> Locale {
        self.account.as_ref().map_or(self.contact.locale, |account| account.0.locale)
    }

    /// What they wrote, newest first: as the contact, and where linked also by the account. Readable as with their secrets.
    async fn tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100.", default_with = "Some(10)")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
    ) -> Result<Page<Ticket>> {
        let outcome = async {
            let db = &ctx.app().map_err(|e| anyhow::anyhow!(e.message))?.db;
            let args = Args::<TimeKey>::new(first.or(Some(10)), after, None, None)?;
            let rows = sql::tickets(db, self.contact.id, self.participant(), &args).await?;
            let total = if page::wants_total(ctx) { sql::count_tickets(db, self.contact.id, self.participant()).await? } else { 0 };
            Ok::<_, Error>(page::page(&args, rows, total, |row| (row.created_at, row.id), Ticket::of_correspondent))
        };
        ctx.out(outcome.await)
    }
}

/// What a bot last said of itself.
pub struct ChannelReport(sql::Report);

/// What a bot last said of itself.
#[Object]
impl ChannelReport {
    /// Its channel.
    async fn channel(&self) -> Channel {
        self.0.channel
    }

    /// Which mailbox, which bot.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// How it does.
    async fn state(&self) -> State {
        self.0.state
    }

    /// What is wrong; empty when nothing is.
    async fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Messages that it took in.
    async fn received(&self) -> i64 {
        self.0.received
    }

    /// Machines' messages that it passed over.
    async fn ignored(&self) -> i64 {
        self.0.ignored
    }

    /// Since when it counts.
    async fn since(&self) -> DateTime<Utc> {
        self.0.since
    }

    /// When it last reported.
    async fn reported_at(&self) -> DateTime<Utc> {
        self.0.reported_at
    }

    /// False when it has not reported for five minutes.
    async fn alive(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.0.alive(ctx.app()?.clock.now()))
    }
}

/// A message that could not be read.
pub struct UnreadableMessage(sql::Unreadable);

impl UnreadableMessage {
    /// The message, for administrators.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        if !ctx.viewer()?.can(Act::Administer) {
            return Ok(None);
        }
        let row = sql::unreadable_by_id(&ctx.app()?.db, id).await.map_err(Error::from);
        Ok(ctx.out(row)?.map(Self))
    }
}

/// A message that could not be read.
#[Object]
impl UnreadableMessage {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::UnreadableMessage, self.0.id)
    }

    /// The channel.
    async fn channel(&self) -> Channel {
        self.0.channel
    }

    /// The channel's own id of it.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// Why it could not be read.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Its size in bytes.
    async fn size(&self) -> i64 {
        self.0.size
    }

    /// When it came.
    async fn received_at(&self) -> DateTime<Utc> {
        self.0.received_at
    }

    /// When an administrator looked at it.
    async fn seen_at(&self) -> Option<DateTime<Utc>> {
        self.0.seen_at
    }

    /// Where administrators read the raw message.
    async fn url(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.app()?.url(&format!("/admin/unreadable/{}", self.0.id)))
    }
}

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

    /// What a channel's bot may know of who writes to it (service accounts); null for who never wrote.
    async fn correspondent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The channel.")] channel: Channel,
        #[graphql(desc = "Their address there.")] address: String,
    ) -> Result<Option<Correspondent>> {
        let app = ctx.app()?;
        ctx.out(ctx.viewer()?.may(Act::Intake))?;
        let index = feedback::contact_index(app, channel, &address);
        match ctx.out(sql::find(&app.db, channel, &index).await.map_err(Into::into))? {
            Some(contact) => Ok(Some(Correspondent::of(ctx, contact).await?)),
            None => Ok(None),
        }
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

    /// Makes an address that of the account which the code was made for (service accounts); one that belonged to another belongs to the
    /// newer.
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

    /// Makes an address nobody's, as its owner asked on the channel (service accounts).
    async fn unlink_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UnlinkContactInput,
    ) -> Result<UnlinkContactPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async { correspondent(ctx, channels::unlink(app, viewer, input.channel, &input.address).await?).await };
        UnlinkContactPayload::settle(ctx, outcome.await)
    }

    /// Forgets name and address of who writes on a channel; what they wrote stays without them (service accounts).
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
