//! Tickets in the API.

mod inputs;
mod loaders;
mod masking;
mod object;
mod parts;

use async_graphql::{Context, Object, Result, Subscription};
use futures_util::{Stream, StreamExt};

pub use loaders::ById;
pub use masking::Mutation as MaskingMutation;
pub use object::Ticket;

use super::{self as feedback, sql};
use crate::{
    error::{self, Error},
    gid::{self, Kind},
    graphql::Request,
    identity::Act,
    live::{self, Topic},
    page::{self, Args, Page, TimeKey},
};
use inputs::{
    JoinTicketInput, JoinTicketPayload, MergeTicketsInput, MergeTicketsPayload, RateAnswerInput, RateAnswerPayload, ReceiveMessageInput,
    ReceiveMessagePayload, ReceivedMessage, RejectTicketInput, RejectTicketPayload, ReplyToTicketInput, ReplyToTicketPayload,
    SeparateTicketInput, SeparateTicketPayload, SubmitFeedbackInput, SubmitFeedbackPayload, SubmittedFeedback, TicketFilter,
};
use loaders::{CountOfCluster, FirstOfCluster};

/// Queries of tickets.
#[derive(Default)]
pub struct Query;

/// Queries of tickets.
#[Object(name = "FeedbackQuery")]
impl Query {
    /// The ticket of a number such as `2026-048213`; null when there is none or the caller may not read it.
    async fn ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The public number.")] number: String,
        #[graphql(desc = "The secret of the ticket's link, for an author without an account.")] secret: Option<String>,
    ) -> Result<Option<Ticket>> {
        let app = ctx.app()?;
        match feedback::by_number(app, ctx.viewer()?, &number, secret.as_deref()).await {
            Ok(row) => Ok(Some(Ticket::shown(app, row, secret.as_deref()))),
            Err(Error::Refused(refusals)) if refusals.iter().any(|r| r.code == error::ErrorCode::NotFound) => Ok(None),
            Err(other) => ctx.out(Err(other)),
        }
    }

    /// Tickets that the caller may read: public ones, their own, and for experts all.
    #[allow(clippy::too_many_arguments)]
    async fn tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all by default.")] filter: Option<TicketFilter>,
        #[graphql(desc = "In which order.", default)] order_by: sql::Order,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<Ticket>> {
        let outcome = tickets(ctx, filter.unwrap_or_default(), order_by, first, after, last, before).await;
        ctx.out(outcome)
    }
}

#[allow(clippy::too_many_arguments)]
async fn tickets(
    ctx: &Context<'_>,
    filter: TicketFilter,
    order: sql::Order,
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> error::Result<Page<Ticket>> {
    let missing = |e: async_graphql::Error| anyhow::anyhow!(e.message);
    let (app, viewer) = (ctx.app().map_err(missing)?, ctx.viewer().map_err(missing)?);
    let args = Args::<TimeKey>::new(first, after, last, before)?;
    let filter = filter.check(viewer)?;
    let rows = sql::list(&app.db, viewer, &filter, order, &args).await?;
    let total = if page::wants_total(ctx) { sql::count(&app.db, viewer, &filter).await? } else { 0 };
    let key = |row: &sql::Ticket| (if order == sql::Order::Due { row.due_at } else { row.created_at }, row.id);
    Ok(page::page(&args, rows, total, key, Ticket::new))
}

/// The tickets of a cluster, newest first.
///
/// # Errors
/// `BAD_REQUEST` for the page's arguments.
pub async fn tickets_of_cluster(
    ctx: &Context<'_>,
    cluster: uuid::Uuid,
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Result<Page<Ticket>> {
    let args = ctx.out(Args::<TimeKey>::new(first, after.clone(), last, before.clone()))?;
    if args.from.is_some() || args.backward {
        let outcome = tickets(ctx, TicketFilter::of_cluster(cluster), sql::Order::Newest, first, after, last, before).await;
        return ctx.out(outcome);
    }
    // The first pages of many clusters are read together.
    let rows = ctx.load(FirstOfCluster(cluster, args.limit())).await?.unwrap_or_default();
    let total = if page::wants_total(ctx) { ctx.load(CountOfCluster(cluster)).await?.unwrap_or(0) } else { 0 };
    Ok(page::page(&args, rows, total, |row| (row.created_at, row.id), Ticket::new))
}

/// Mutations of tickets.
#[derive(Default)]
pub struct Mutation;

/// Mutations of tickets.
#[Object(name = "FeedbackMutation")]
impl Mutation {
    /// Writes to the service: under one's own account, without one, or (`PHONE`) by an operator on somebody's behalf.
    async fn submit_feedback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SubmitFeedbackInput,
    ) -> Result<SubmitFeedbackPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            if viewer.id.is_some() {
                viewer.may(Act::Report)?;
            }
            let (received, secret) = feedback::submit(app, viewer, input.into_submission(app)?).await?;
            let row = sql::by_ids(&app.db, &[received.ticket]).await?.pop();
            let row = row.ok_or_else(|| anyhow::anyhow!("the ticket is gone"))?;
            let link = secret.as_ref().map(|secret| app.url(&format!("/tickets/{}?secret={secret}", row.number)));
            // A repeated call of somebody else's finds the number, never the text.
            let ticket = received.stored || (row.author_id.is_some() && row.author_id == viewer.id);
            let number = row.number.clone();
            Ok(SubmittedFeedback { number, secret, link, ticket: ticket.then(|| Ticket::opened(row, true)) })
        };
        SubmitFeedbackPayload::settle(ctx, outcome.await)
    }

    /// Stores a message from a channel (service accounts). The same `channel` and `externalId` twice is one message.
    async fn receive_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ReceiveMessageInput,
    ) -> Result<ReceiveMessagePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Intake)?;
            let received = feedback::receive(app, viewer, input.into_message(viewer)?).await?;
            let secret = feedback::link_secret(&app.keys, received.ticket);
            Ok(ReceivedMessage {
                link: app.url(&format!("/tickets/{}?secret={secret}", received.number)),
                ticket_id: gid::encode(Kind::Ticket, received.ticket),
                article_id: gid::encode(Kind::Article, received.article),
                number: received.number,
                stored: received.stored,
                follow_up: received.follow_up,
                refused_files: received.refused,
                secret,
            })
        };
        ReceiveMessagePayload::settle(ctx, outcome.await)
    }

    /// Writes into a ticket: its author a follow-up, an expert of its group an answer or a note.
    async fn reply_to_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ReplyToTicketInput,
    ) -> Result<ReplyToTicketPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            // Without the secret one must be its author or an expert; which of the two, the ticket says.
            if input.secret.is_none() && !viewer.can(Act::Triage) {
                viewer.may(Act::Report)?;
            }
            let id = gid::expect(Kind::Ticket, &input.ticket_id, "ticketId")?;
            let secret = input.secret.clone();
            feedback::reply(app, viewer, id, input.into_reply(app)?).await?;
            reread(ctx, id, secret.as_deref()).await
        };
        ReplyToTicketPayload::settle(ctx, outcome.await)
    }

    /// Says how much the answer helped (the ticket's author), once.
    async fn rate_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RateAnswerInput,
    ) -> Result<RateAnswerPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            if input.secret.is_none() {
                viewer.may(Act::Report)?;
            }
            let id = gid::expect(Kind::Ticket, &input.ticket_id, "ticketId")?;
            let comment = input.comment.unwrap_or_default();
            feedback::rate(app, viewer, id, input.rating, &comment, input.secret.as_deref()).await?;
            reread(ctx, id, input.secret.as_deref()).await
        };
        RateAnswerPayload::settle(ctx, outcome.await)
    }

    /// Makes tickets part of another (experts of their groups).
    async fn merge_tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: MergeTicketsInput,
    ) -> Result<MergeTicketsPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Triage)?;
            let target = gid::expect(Kind::Ticket, &input.target_id, "targetId")?;
            let sources: std::result::Result<Vec<_>, _> =
                input.source_ids.iter().take(501).map(|id| gid::expect(Kind::Ticket, id, "sourceIds")).collect();
            feedback::merge(app, viewer, target, &sources?).await?;
            reread(ctx, target, None).await
        };
        MergeTicketsPayload::settle(ctx, outcome.await)
    }

    /// Makes the author's ticket part of another about the same: one answer goes to both, and `separateTicket` takes it out again.
    async fn join_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: JoinTicketInput,
    ) -> Result<JoinTicketPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            if input.secret.is_none() {
                viewer.may(Act::Report)?;
            }
            let id = gid::expect(Kind::Ticket, &input.ticket_id, "ticketId")?;
            let target = gid::expect(Kind::Ticket, &input.target_id, "targetId")?;
            feedback::join(app, viewer, id, target, input.secret.as_deref()).await?;
            reread(ctx, id, input.secret.as_deref()).await
        };
        JoinTicketPayload::settle(ctx, outcome.await)
    }

    /// Takes a ticket out of the one that it is part of (its author, experts of its group).
    async fn separate_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SeparateTicketInput,
    ) -> Result<SeparateTicketPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            if input.secret.is_none() && !viewer.can(Act::Triage) {
                viewer.may(Act::Report)?;
            }
            let id = gid::expect(Kind::Ticket, &input.ticket_id, "ticketId")?;
            feedback::separate(app, viewer, id, input.secret.as_deref()).await?;
            reread(ctx, id, input.secret.as_deref()).await
        };
        SeparateTicketPayload::settle(ctx, outcome.await)
    }

    /// Turns down a ticket that is no matter for the service (experts of its group).
    async fn reject_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RejectTicketInput,
    ) -> Result<RejectTicketPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Triage)?;
            let id = gid::expect(Kind::Ticket, &input.ticket_id, "ticketId")?;
            feedback::reject(app, viewer, id, &input.reason).await?;
            reread(ctx, id, None).await
        };
        RejectTicketPayload::settle(ctx, outcome.await)
    }
}

/// The ticket after a mutation that its caller was allowed.
pub(crate) async fn reread(ctx: &Context<'_>, id: uuid::Uuid, secret: Option<&str>) -> error::Result<Ticket> {
    let app = ctx.app().map_err(|e| anyhow::anyhow!(e.message))?;
    let row = sql::by_ids(&app.db, &[id]).await?.pop();
    Ok(Ticket::shown(app, row.ok_or_else(|| anyhow::anyhow!("the ticket is gone"))?, secret))
}

/// Live tickets.
#[derive(Default)]
pub struct Subscription;

/// Live tickets.
#[Subscription(name = "FeedbackSubscription")]
impl Subscription {
    /// A ticket as it is now, then after every change of it.
    async fn ticket_updated<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The public number.")] number: String,
        #[graphql(desc = "The secret of the ticket's link, for an author without an account.")] secret: Option<String>,
    ) -> Result<impl Stream<Item = Ticket> + use<'ctx>> {
        let (app, viewer) = (ctx.app()?.clone(), ctx.viewer()?.clone());
        let row = ctx.out(feedback::by_number(&app, &viewer, &number, secret.as_deref()).await)?;
        let events = app.live.subscribe(Topic::Ticket(row.id));
        Ok(live::with_first_look(events).filter_map(move |_| {
            let (app, viewer, number, secret) = (app.clone(), viewer.clone(), number.clone(), secret.clone());
            async move {
                let row = feedback::by_number(&app, &viewer, &number, secret.as_deref()).await.ok()?;
                Some(Ticket::shown(&app, row, secret.as_deref()))
            }
        }))
    }
}
