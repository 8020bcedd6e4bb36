use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    super::{Channel, State, TicketAct, acts, link_secret, opens, sql},
    loaders::{ArticleCount, ById, ContactById, DuplicatesOf, FirstArticles, JoinedTo, TransitionsOf, notes},
    parts::{Article, Duplicate, TicketTransition},
};
use crate::{
    app::App,
    comments::{
        Side as CommentSide,
        graphql::{Comment, CommentOrder, comments_of},
    },
    error,
    gid::{self, Kind},
    graphql::Request,
    identity::{
        Act,
        graphql::{Participant, participant},
    },
    notify::graphql::followed,
    organisation::graphql::{Territory, Topic, WorkingGroup, territory, topic, working_group},
    page::{self, Args, Page, TimeKey},
    triage::{
        Urgency, UrgencyRule,
        graphql::{Asked, Cluster, Decision, Why, cluster, decision_on, explained},
    },
};

/// A conversation with a citizen, from the first message to the answer.
#[derive(Clone)]
pub struct Ticket {
    row: Arc<sql::Ticket>,
    /// The viewer showed the secret or has just written it.
    opened: bool,
    /// The viewer gets the link with the secret.
    told: bool,
}

impl Ticket {
    /// A row that the viewer may read.
    pub fn new(row: sql::Ticket) -> Self {
        Self { row: Arc::new(row), opened: false, told: false }
    }

    /// A row that the viewer may read, as its author if the secret is that of its link.
    pub fn shown(app: &App, row: sql::Ticket, secret: Option<&str>) -> Self {
        let opened = secret.is_some_and(|secret| opens(&app.keys, row.id, secret));
        Self::opened(row, opened)
    }

    /// A row that the viewer may read, as its author if `opened`.
    pub fn opened(row: sql::Ticket, opened: bool) -> Self {
        Self { row: Arc::new(row), opened, told: false }
    }

    /// A row of somebody whom the viewer speaks with, who may read it as with its secret.
    pub fn of_correspondent(row: sql::Ticket) -> Self {
        Self { row: Arc::new(row), opened: true, told: true }
    }

    /// The ticket, if the viewer may read it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        Ok(ctx.load(ById(id)).await?.map(|row| Self { row, opened: false, told: false }))
    }

    fn for_experts(ctx: &Context<'_>) -> Result<bool> {
        Ok(ctx.viewer()?.can(Act::Triage))
    }
}

/// Who wrote without an account.
#[derive(SimpleObject)]
pub struct Sender {
    /// The address on the channel.
    address: String,
    /// The name they go by there.
    name: Option<String>,
}

/// A conversation with a citizen, from the first message to the answer.
#[Object]
impl Ticket {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::Ticket, self.row.id)
    }

    /// The public number, such as `2026-048213`.
    async fn number(&self) -> &str {
        &self.row.number
    }

    /// Where it stands.
    async fn state(&self) -> State {
        self.row.state
    }

    /// What the caller may do with it now: under their account, or with the secret of its link that they gave.
    async fn may(&self, ctx: &Context<'_>) -> Result<Vec<TicketAct>> {
        let viewer = ctx.viewer()?;
        let decided = Self::for_experts(ctx)? && decision_on(ctx, Kind::Ticket, self.row.id, None).await?.is_some();
        Ok(acts(viewer, &self.row, self.opened, decided))
    }

    /// Whether the caller follows it.
    async fn followed(&self, ctx: &Context<'_>) -> Result<bool> {
        followed(ctx, Kind::Ticket, self.row.id).await
    }

    /// Where its first message came from.
    async fn channel(&self) -> Channel {
        self.row.channel
    }

    /// Whether everybody may read it.
    async fn public(&self) -> bool {
        self.row.public
    }

    /// What it is about.
    async fn subject(&self) -> &str {
        &self.row.subject
    }

    /// The participant who wrote it; null for people without an account.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, self.row.author_id).await
    }

    /// Who wrote it down on somebody's behalf.
    async fn operator(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, self.row.operator_id).await
    }

    /// Who wrote without an account; only for experts who work on the ticket.
    async fn sender(&self, ctx: &Context<'_>) -> Result<Option<Sender>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let works = self.row.group_id.is_none_or(|group| viewer.works_in(group)) || viewer.can(Act::Administer);
        let Some(contact) = self.row.contact_id.filter(|_| viewer.can(Act::Triage) && works) else { return Ok(None) };
        let Some(contact) = ctx.load(ContactById(contact)).await? else { return Ok(None) };
        let open = |sealed: &[u8]| app.keys.open(contact.id, sealed).map_err(error::Error::Internal);
        let address = ctx.out(open(&contact.address_sealed))?;
        if address.is_empty() {
            // They asked to be forgotten.
            return Ok(None);
        }
        let name = contact.name_sealed.as_deref().map(open).transpose();
        Ok(Some(Sender { address, name: ctx.out(name)? }))
    }

    /// The link with the secret, which opens it for whoever has it; only in `Correspondent.tickets`, null elsewhere.
    async fn secret_link(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let app = ctx.app()?;
        let link = || app.url(&format!("/tickets/{}?secret={}", self.row.number, link_secret(&app.keys, self.row.id)));
        Ok(self.told.then(link))
    }

    /// The token that a message brought by `receiveMessage(replyToken:)` goes on with this ticket by; for its author and in
    /// `Correspondent.tickets`, null elsewhere.
    async fn reply_token(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let own = self.row.author_id.is_some() && self.row.author_id == viewer.id;
        Ok((self.told || own).then(|| crate::feedback::reply_token(&app.keys, self.row.id)))
    }

    /// The language it was recognised to be in: `ru` or `en`; null when the machine cannot tell.
    async fn language(&self) -> Option<&str> {
        self.row.language.as_deref()
    }

    /// About what.
    async fn topic(&self, ctx: &Context<'_>) -> Result<Option<Topic>> {
        topic(ctx, self.row.topic_id).await
    }

    /// How sure the machine was of the topic, 0 to 1; null when a person chose it. For experts.
    async fn topic_confidence(&self, ctx: &Context<'_>) -> Result<Option<f32>> {
        Ok(if Self::for_experts(ctx)? { self.row.topic_confidence } else { None })
    }

    /// Where.
    async fn territory(&self, ctx: &Context<'_>) -> Result<Option<Territory>> {
        territory(ctx, self.row.territory_id).await
    }

    /// The tickets about the same matter, this one among them.
    async fn cluster(&self, ctx: &Context<'_>) -> Result<Option<Cluster>> {
        cluster(ctx, self.row.cluster_id).await
    }

    /// In whose queue it is; null on the triage desk.
    async fn group(&self, ctx: &Context<'_>) -> Result<Option<WorkingGroup>> {
        working_group(ctx, self.row.group_id).await
    }

    /// How sure the machine was of the group, 0 to 1; null when a person chose it. For experts.
    async fn route_confidence(&self, ctx: &Context<'_>) -> Result<Option<f32>> {
        Ok(if Self::for_experts(ctx)? { self.row.route_confidence } else { None })
    }

    /// How soon somebody has to come, as the machine understood its first message.
    async fn urgency(&self) -> Urgency {
        self.row.urgency
    }

    /// What in the message made it urgent.
    async fn urgency_rule(&self) -> Option<UrgencyRule> {
        self.row.urgency_rule
    }

    /// How its first message feels: from -1, nothing but blame, to 1, nothing but praise; null where nothing can be told. For experts.
    async fn sentiment(&self, ctx: &Context<'_>) -> Result<Option<f32>> {
        Ok(if Self::for_experts(ctx)? { self.row.sentiment } else { None })
    }

    /// How insulting or threatening its first message is, 0 to 1: a sign, on which people decide. For experts.
    async fn toxicity(&self, ctx: &Context<'_>) -> Result<Option<f32>> {
        Ok(if Self::for_experts(ctx)? { self.row.toxicity } else { None })
    }

    /// How much its first message is like advertisement, 0 to 1: a sign, on which people decide. For experts.
    async fn spam(&self, ctx: &Context<'_>) -> Result<Option<f32>> {
        Ok(if Self::for_experts(ctx)? { self.row.spam } else { None })
    }

    /// The expert who has it in hand.
    async fn assignee(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, self.row.assignee_id).await
    }

    /// The ticket that it became part of, if the caller may read that.
    async fn merged_into(&self, ctx: &Context<'_>) -> Result<Option<Ticket>> {
        match self.row.merged_into {
            Some(id) => Ticket::load(ctx, id).await,
            None => Ok(None),
        }
    }

    /// How many tickets are part of it, because they are about the same.
    async fn joined(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(ctx.load(JoinedTo(self.row.id)).await?.unwrap_or(0))
    }

    /// Earlier tickets that may be about the same incident, most alike first. For experts.
    async fn duplicates(&self, ctx: &Context<'_>) -> Result<Vec<Duplicate>> {
        if !Self::for_experts(ctx)? {
            return Ok(Vec::new());
        }
        let rows = ctx.load(DuplicatesOf(self.row.id)).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Duplicate).collect())
    }

    /// Why the machine put it where it lies: words, neighbours, what speaks for its group and its topic. For experts.
    async fn why(&self, ctx: &Context<'_>) -> Result<Option<Why>> {
        if !Self::for_experts(ctx)? {
            return Ok(None);
        }
        let row = &self.row;
        explained(ctx, Asked { ticket: row.id, cluster: row.cluster_id, group: row.group_id, topic: row.topic_id }).await
    }

    /// The messages, oldest first. Notes are for experts.
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<Article>> {
        let args = ctx.out(Args::<TimeKey>::new(first, after, last, before))?;
        let rows = if args.from.is_none() && !args.backward {
            ctx.load(FirstArticles(self.row.id, args.limit())).await?.unwrap_or_default()
        } else {
            let rows = sql::articles(&ctx.app()?.db, self.row.id, notes(ctx.viewer()?), &args).await;
            ctx.out(rows.map_err(Into::into))?
        };
        let total = if page::wants_total(ctx) { ctx.load(ArticleCount(self.row.id)).await?.unwrap_or(0) } else { 0 };
        Ok(page::page(&args, rows, total, |row| (row.created_at, row.id), |row| Article::new(row, self.row.clone(), self.opened)))
    }

    /// Every change of state: when, by whom, why.
    async fn history(&self, ctx: &Context<'_>) -> Result<Vec<TicketTransition>> {
        Ok(ctx.load(TransitionsOf(self.row.id)).await?.unwrap_or_default().into_iter().map(TicketTransition).collect())
    }

    /// What was decided on it.
    async fn decision(&self, ctx: &Context<'_>) -> Result<Option<Decision>> {
        decision_on(ctx, Kind::Ticket, self.row.id, self.row.cluster_id).await
    }

    /// How much the answer helped its author, 1 to 5.
    async fn rating(&self) -> Option<i16> {
        self.row.rating
    }

    /// What the author said of the answer; for the author and experts.
    async fn rating_comment(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        let viewer = ctx.viewer()?;
        let own = self.opened || (self.row.author_id.is_some() && self.row.author_id == viewer.id);
        Ok(self.row.rating_comment.as_deref().filter(|_| own || viewer.can(Act::Triage)))
    }

    /// The discussion of a public ticket.
    #[allow(clippy::too_many_arguments)]
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this side; all by default.")] side: Option<CommentSide>,
        #[graphql(desc = "In which order.", default)] order_by: CommentOrder,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<Comment>> {
        comments_of(ctx, Kind::Ticket, self.row.id, side, order_by, first, after, last, before).await
    }

    /// By when it should be answered.
    async fn due_at(&self) -> DateTime<Utc> {
        self.row.due_at
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.row.updated_at
    }

    /// When it was last answered.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.row.answered_at
    }
}
