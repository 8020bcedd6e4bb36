//! What bots carry: notifications for channels that the service does not speak itself, and what comes back.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject, Subscription as GraphqlSubscription};
use futures_util::{Stream, StreamExt};

use super::super::{self as notify, Channel, NotificationKind, Outcome, render, sql};
use crate::{
    app::App,
    error::{Error, ErrorCode, Refusal},
    feedback,
    gid::{self, Kind},
    graphql::{Request, payload},
    i18n::Locale,
    identity::Act,
    live::{self, Topic},
};

/// A notification for a bot to carry.
#[derive(SimpleObject)]
pub struct OutgoingMessage {
    /// The global identifier, by which the bot says what became of it.
    id: ID,
    /// Which way it goes.
    channel: Channel,
    /// The address on the channel.
    address: String,
    /// The language that it is written in.
    locale: Locale,
    /// What it is about.
    kind: NotificationKind,
    /// One line.
    title: String,
    /// The whole text.
    body: String,
    /// Where to read on.
    link: String,
    /// The initiative, ticket or cluster that it is about.
    subject_id: ID,
    /// The number of the ticket that it is about.
    ticket_number: Option<String>,
    /// The secret of the ticket's link, for whom it concerns.
    secret: Option<String>,
    /// The token that a message brought by `receiveMessage(replyToken:)` goes on with the ticket by, where the recipient wrote it.
    reply_token: Option<String>,
    /// The person's own message that this answers, by its external id.
    reply_to: Option<String>,
    /// Whether they may say how much the answer helped.
    rateable: bool,
    /// How often it was taken in hand, this time among them.
    attempts: i32,
}

impl OutgoingMessage {
    fn new(app: &App, claimed: notify::Claimed) -> Self {
        let notify::Claimed { row, address } = claimed;
        let (title, body) = render(row.locale, row.kind, &row.data);
        let own = row.is_contact && row.subject_type == Kind::Ticket;
        Self {
            id: gid::encode(Kind::Delivery, row.id),
            channel: row.channel,
            address,
            locale: row.locale,
            kind: row.kind,
            title,
            body,
            link: notify::link(app, row.subject_type, row.subject_id, &row.data.number, row.is_contact),
            subject_id: gid::encode(row.subject_type, row.subject_id),
            ticket_number: Some(row.data.0.number).filter(|number| row.subject_type == Kind::Ticket && !number.is_empty()),
            secret: own.then(|| feedback::link_secret(&app.keys, row.subject_id)),
            reply_token: row.is_author.then(|| feedback::reply_token(&app.keys, row.subject_id)),
            reply_to: row.reply_to,
            rateable: row.rateable,
            attempts: row.attempts,
        }
    }
}

/// Which messages a bot takes in hand.
#[derive(InputObject)]
pub struct ClaimOutgoingInput {
    /// The channel that the bot carries.
    channel: Channel,
    /// How many at the most, 1 to 100.
    #[graphql(default = 20)]
    first: i32,
    /// Seconds for which nobody else gets them, 10 to 3600. Those of which nothing was said by then are handed out again.
    #[graphql(default = 120)]
    lease_seconds: i32,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// What became of a message.
#[derive(InputObject)]
pub struct SettleOutgoingInput {
    /// Which.
    id: ID,
    /// Whether it was sent.
    outcome: Outcome,
    /// The channel's own id of what was sent: an answer to it finds the ticket by it.
    external_id: Option<String>,
    /// What the channel said, where it was not sent. Addresses in it are left out.
    error: Option<String>,
    /// Seconds after which to try again, 0 to 86400; by default longer after each try. For `RETRY`.
    retry_after_seconds: Option<i32>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// What came back.
#[derive(InputObject)]
pub struct ReportBounceInput {
    /// The channel.
    channel: Channel,
    /// The channel's own id of what was sent; for mail also the address that it left from, `bounce+ID@example.org`, or what is behind the `+`.
    external_id: String,
    /// Whether it will never arrive. Otherwise it is only noted.
    permanent: bool,
    /// What was said. Addresses in it are left out.
    detail: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `claimOutgoing`.
    ClaimOutgoingPayload {
        /// The messages that the bot has in hand now, oldest first.
        messages: Vec<OutgoingMessage>
    }
}

payload! {
    /// The outcome of `settleOutgoing`.
    SettleOutgoingPayload {
        /// The message.
        id: ID
    }
}

payload! {
    /// The outcome of `reportBounce`.
    ReportBouncePayload {
        /// Whether it was something of ours.
        known: bool
    }
}

/// Mutations of bots.
#[derive(Default)]
pub struct Mutation;

/// Mutations of bots.
#[Object(name = "OutgoingMutation")]
impl Mutation {
    /// Takes messages to carry in hand for a while (service accounts with `CONVERSE`). No two bots get the same one.
    async fn claim_outgoing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ClaimOutgoingInput,
    ) -> Result<ClaimOutgoingPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let claimed = notify::claim(app, viewer, input.channel, input.first, input.lease_seconds).await;
        let messages = claimed.map(|claimed| claimed.into_iter().map(|one| OutgoingMessage::new(app, one)).collect());
        ClaimOutgoingPayload::settle(ctx, messages)
    }

    /// Says what became of a message that was claimed (service accounts with `CONVERSE`). Saying it twice does no harm.
    async fn settle_outgoing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SettleOutgoingInput,
    ) -> Result<SettleOutgoingPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Converse)?;
            let id = gid::expect(Kind::Delivery, &input.id, "id")?;
            let (external_id, error) = (input.external_id.as_deref(), input.error.as_deref());
            notify::settle(app, viewer, id, input.outcome, external_id, error, input.retry_after_seconds).await?;
            Ok(input.id)
        };
        SettleOutgoingPayload::settle(ctx, outcome.await)
    }

    /// Says that a mail of ours came back, or that a chat is closed to us (service accounts).
    async fn report_bounce(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ReportBounceInput,
    ) -> Result<ReportBouncePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let known = notify::bounced(app, viewer, input.channel, &input.external_id, input.permanent, &input.detail).await;
        ReportBouncePayload::settle(ctx, known)
    }
}

/// Live messages.
#[derive(Default)]
pub struct Subscription;

/// Live messages.
#[GraphqlSubscription(name = "OutgoingSubscription")]
impl Subscription {
    /// How many messages could be claimed: at once, then whenever there may be more (service accounts with `CONVERSE`). Those
    /// that wait for a later try are not announced: look for them from time to time.
    async fn outgoing<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The channel that the bot carries.")] channel: Channel,
    ) -> Result<impl Stream<Item = i64> + use<'ctx>> {
        let app = ctx.app()?.clone();
        ctx.out(ctx.viewer()?.may(Act::Converse).map(|_| ()))?;
        if !channel.by_bot() {
            return ctx.out(Err(Error::BadRequest(Refusal::new(ErrorCode::NotAllowed, "channel"))));
        }
        let events = app.live.subscribe(Topic::Outgoing(channel));
        Ok(live::with_first_look(events).filter_map(move |_| {
            let app = app.clone();
            async move { sql::due(&app.db, channel).await.ok() }
        }))
    }
}
