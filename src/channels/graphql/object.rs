use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::{State, sql};
use crate::{
    app::App,
    error::{self, Error},
    feedback::{Channel, graphql::Ticket},
    gid::{self, Kind},
    graphql::Request,
    i18n::Locale,
    identity::{
        Act,
        graphql::{Participant, participant},
    },
    page::{self, Args, Page, TimeKey},
};

/// An address of a channel that belongs to one's account.
pub struct Contact {
    row: sql::Contact,
    address: String,
    name: Option<String>,
}

impl Contact {
    pub(super) fn open(app: &App, row: sql::Contact) -> error::Result<Self> {
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
    pub(super) async fn of(ctx: &Context<'_>, contact: sql::Contact) -> Result<Self> {
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
pub struct ChannelReport(pub(super) sql::Report);

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
pub struct UnreadableMessage(pub(super) sql::Unreadable);

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
