//! The discussion in the API.

mod flags;
mod mutations;

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, Object, Result, SimpleObject, Subscription, dataloader::Loader};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use uuid::Uuid;

use super::{CommentAct, Order, Side, acts, sql};
use crate::{
    error,
    feedback::graphql::Ticket,
    gid::{self, Kind},
    graphql::{LoadFailed, Loaders, Request},
    identity::{
        Act,
        graphql::{Participant, participant},
    },
    initiatives::graphql::Initiative,
    live::{self, Event, Topic},
    page::{self, Args, Page},
    schema::{Node, node},
    triage::graphql::cluster,
};

pub use super::Order as CommentOrder;
pub use flags::{Flag, Query};
pub use mutations::Mutation;

/// What can be commented.
const SUBJECTS: [Kind; 3] = [Kind::Initiative, Kind::Ticket, Kind::Cluster];

/// Key of a first (or last) page of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageOf {
    thread: Kind,
    id: Uuid,
    side: Option<Side>,
    order: Order,
    size: usize,
    backward: bool,
}
/// Key of the number of comments in a thread, of a side or all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CountOf(Kind, Uuid, Option<Side>);
/// Key of a comment's former texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RevisionsOf(Uuid);
/// Key of a comment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ById(Uuid);

impl Loader<PageOf> for Loaders {
    type Value = Vec<sql::Listed>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[PageOf]) -> Result<HashMap<PageOf, Self::Value>, LoadFailed> {
        // Keys of one field of a query differ in the thread only: one query for them all.
        let mut alike: HashMap<_, Vec<Uuid>> = HashMap::new();
        for key in keys {
            alike.entry((key.thread, key.side, key.order, key.size, key.backward)).or_default().push(key.id);
        }
        let mut pages: HashMap<PageOf, Self::Value> = HashMap::new();
        for ((thread, side, order, size, backward), ids) in alike {
            let args = Args { size, from: None, backward };
            for row in sql::list(&self.app.db, thread, &ids, side, order, &args).await? {
                pages.entry(PageOf { thread, id: row.thread_id, side, order, size, backward }).or_default().push(row);
            }
        }
        Ok(pages)
    }
}

impl Loader<CountOf> for Loaders {
    type Value = i64;
    type Error = LoadFailed;

    async fn load(&self, keys: &[CountOf]) -> Result<HashMap<CountOf, i64>, LoadFailed> {
        let mut alike: HashMap<(Kind, Option<Side>), Vec<Uuid>> = HashMap::new();
        for CountOf(thread, id, side) in keys {
            alike.entry((*thread, *side)).or_default().push(*id);
        }
        let mut counts = HashMap::new();
        for ((thread, side), ids) in alike {
            let rows = sql::counts(&self.app.db, thread, &ids, side).await?;
            counts.extend(rows.into_iter().map(|(id, n)| (CountOf(thread, id, side), n)));
        }
        Ok(counts)
    }
}

impl Loader<RevisionsOf> for Loaders {
    type Value = Vec<CommentRevision>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[RevisionsOf]) -> Result<HashMap<RevisionsOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let mut revisions: HashMap<RevisionsOf, Self::Value> = HashMap::new();
        for row in sql::revisions(&self.app.db, &ids).await? {
            revisions.entry(RevisionsOf(row.comment_id)).or_default().push(CommentRevision { body: row.body, at: row.at });
        }
        Ok(revisions)
    }
}

impl Loader<ById> for Loaders {
    type Value = Arc<sql::Comment>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[ById]) -> Result<HashMap<ById, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let rows = sql::comments(&self.app.db, &ids).await?;
        Ok(rows.into_iter().map(|row| (ById(row.id), Arc::new(row))).collect())
    }
}

/// A page of the comments on a subject that the viewer may read, or of the replies to a comment (`Kind::Comment`). Pages
/// without a cursor are read for all parents of a list at once.
///
/// # Errors
/// `BAD_REQUEST` for the arguments; the database failed.
#[allow(clippy::too_many_arguments)] // The arguments of a connection, as its field takes them.
pub async fn comments_of(
    ctx: &Context<'_>,
    kind: Kind,
    id: Uuid,
    side: Option<Side>,
    order: Order,
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Result<Page<Comment>> {
    let args: Args<sql::Key> = ctx.out(Args::new(first, after, last, before))?;
    let rows = if args.from.is_none() {
        let key = PageOf { thread: kind, id, side, order, size: args.size, backward: args.backward };
        ctx.load(key).await?.unwrap_or_default()
    } else {
        ctx.out(sql::list(&ctx.app()?.db, kind, &[id], side, order, &args).await.map_err(Into::into))?
    };
    let total = if page::wants_total(ctx) { ctx.load(CountOf(kind, id, side)).await?.unwrap_or_default() } else { 0 };
    Ok(page::page(&args, rows, total, |row| (row.key, row.comment.id), |row| row.comment.into()))
}

/// The comment with this key, if the viewer may read what it is about.
///
/// # Errors
/// The database failed.
pub async fn comment(ctx: &Context<'_>, id: Uuid) -> Result<Option<Comment>> {
    let Some(row) = ctx.load(ById(id)).await? else { return Ok(None) };
    // Moderators read every comment, since any may be flagged.
    let readable = ctx.viewer()?.can(Act::Moderate)
        || match row.subject() {
            (Kind::Initiative, id) => Initiative::load(ctx, id).await?.is_some(),
            (Kind::Ticket, id) => Ticket::load(ctx, id).await?.is_some(),
            (Kind::Cluster, id) => cluster(ctx, Some(id)).await?.is_some(),
            _ => false,
        };
    Ok(readable.then_some(Comment(row)))
}

/// A comment on an initiative, a ticket or a cluster, or a reply to one.
pub struct Comment(Arc<sql::Comment>);

impl From<sql::Comment> for Comment {
    fn from(row: sql::Comment) -> Self {
        Self(Arc::new(row))
    }
}

impl Comment {
    /// Whether the text is withheld from this viewer.
    fn is_withheld(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.0.hidden_at.is_some() && !ctx.viewer()?.can(Act::Moderate))
    }
}

/// A comment on an initiative, a ticket or a cluster, or a reply to one.
#[Object]
impl Comment {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::Comment, self.0.id)
    }

    /// What it is about: an initiative, a ticket or a cluster.
    async fn subject_id(&self) -> ID {
        gid::encode(self.0.subject_type, self.0.subject_id)
    }

    /// What it is about; null when the caller may not read it any more.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        node(ctx, self.0.subject_type, self.0.subject_id).await
    }

    /// The comment it replies to; null for a comment on the subject itself.
    async fn parent_id(&self) -> Option<ID> {
        self.0.parent_id.map(|id| gid::encode(Kind::Comment, id))
    }

    /// Who wrote it.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, Some(self.0.author_id)).await
    }

    /// For, against or neither.
    async fn side(&self) -> Side {
        self.0.side
    }

    /// The text; empty when it is hidden (moderators read it all the same).
    async fn body(&self, ctx: &Context<'_>) -> Result<&str> {
        Ok(if self.is_withheld(ctx)? { "" } else { &self.0.body })
    }

    /// Whether it speaks for the department or working group that answers for the subject.
    async fn official(&self) -> bool {
        self.0.official
    }

    /// The votes on it.
    async fn score(&self) -> CommentScore {
        CommentScore { up: self.0.up, down: self.0.down }
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When its author last changed it.
    async fn edited_at(&self) -> Option<DateTime<Utc>> {
        self.0.edited_at
    }

    /// When a moderator hid it.
    async fn hidden_at(&self) -> Option<DateTime<Utc>> {
        self.0.hidden_at
    }

    /// Why a moderator hid it.
    async fn hidden_reason(&self) -> Option<&str> {
        self.0.hidden_reason.as_deref()
    }

    /// Its former texts, oldest first; none when it is hidden (moderators read them all the same).
    async fn revisions(&self, ctx: &Context<'_>) -> Result<Vec<CommentRevision>> {
        if self.0.edited_at.is_none() || self.is_withheld(ctx)? {
            return Ok(Vec::new());
        }
        Ok(ctx.load(RevisionsOf(self.0.id)).await?.unwrap_or_default())
    }

    /// What the caller may do with it now.
    async fn may(&self, ctx: &Context<'_>) -> Result<Vec<CommentAct>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let discussed = match self.0.subject() {
            (Kind::Initiative, id) => Initiative::load(ctx, id).await?.is_some_and(|initiative| initiative.is_discussed()),
            _ => true,
        };
        Ok(acts(viewer, &self.0, app.config.feedback.comment_edit_minutes, discussed, app.clock.now()))
    }

    /// The replies to it, oldest first.
    #[allow(clippy::too_many_arguments)]
    async fn replies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this side; all by default.")] side: Option<Side>,
        #[graphql(desc = "So many from the beginning, or after `after`; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, or before `before`; at most 100.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor.")] before: Option<String>,
    ) -> Result<Page<Comment>> {
        comments_of(ctx, Kind::Comment, self.0.id, side, Order::Oldest, first, after, last, before).await
    }
}

/// The votes on a comment.
#[derive(Debug, Clone, SimpleObject)]
pub struct CommentScore {
    /// Votes up.
    up: i32,
    /// Votes down.
    down: i32,
}

/// A former text of a comment.
#[derive(Debug, Clone, SimpleObject)]
pub struct CommentRevision {
    /// The text.
    body: String,
    /// Since when it had stood.
    at: DateTime<Utc>,
}

/// What a moderator hid.
#[derive(Debug, Clone, SimpleObject)]
pub struct Hiding {
    /// The comment or initiative.
    subject_id: ID,
    /// When.
    at: DateTime<Utc>,
    /// The public reason.
    reason: String,
    /// How many open flags on it this resolved.
    resolved_flags: u64,
}

/// The discussion as it goes on.
#[derive(Default)]
pub struct Subscription;

/// The discussion as it goes on.
#[Subscription(name = "CommentsSubscription")]
impl Subscription {
    /// Every new comment on an initiative, a ticket or a cluster, replies too. After a lost connection one may come twice.
    async fn comment_added<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The initiative, ticket or cluster.")] subject_id: ID,
    ) -> Result<impl Stream<Item = Comment> + use<'ctx>> {
        let app = ctx.app()?.clone();
        let subject = gid::one_of(&SUBJECTS, &subject_id, "subjectId").map_err(error::Error::BadRequest);
        let subject = ctx.out(subject)?;
        // Subscribed before the look at the clock, so that no comment falls between.
        let events = app.live.subscribe(Topic::Comments(subject.0, subject.1));
        ctx.out(super::readable(&app, ctx.viewer()?, subject, "subjectId").await)?;
        let start = ctx.out(sql::now(&app.db).await.map_err(Into::into))?;
        let groups = stream::unfold((live::stream(events).boxed(), start), move |(mut events, last)| {
            let app = app.clone();
            async move {
                let heard = events.next().await?;
                let rows = match &heard.event {
                    Event::Comment { comment, .. } => {
                        let read = async || Ok(sql::comments(&app.db, &[*comment]).await?.pop());
                        heard.comment.get_or_try_init(read).await.map(|row| row.iter().cloned().collect())
                    }
                    _ => sql::since(&app.db, subject, last).await,
                };
                let rows = rows.unwrap_or_else(|error| {
                    tracing::warn!(%error, "failed to read new comments for a subscriber");
                    Vec::new()
                });
                let last = rows.iter().map(|row| row.created_at).fold(last, DateTime::max);
                Some((stream::iter(rows.into_iter().map(Comment::from)), (events, last)))
            }
        });
        Ok(groups.flatten())
    }
}
