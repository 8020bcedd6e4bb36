use async_graphql::{Context, ID, InputObject, Object, Result};

use super::{Comment, Flag, Hiding, SUBJECTS};
use crate::{
    comments::{self, Reason, Side, Vote},
    gid::{self, Kind},
    graphql::{Request, payload},
    identity::Act,
};

/// A new comment.
#[derive(InputObject)]
pub struct AddCommentInput {
    /// What it is about: a public initiative, a ticket or a cluster.
    subject_id: ID,
    /// The comment it replies to.
    parent_id: Option<ID>,
    /// For, against or neither.
    #[graphql(default)]
    side: Side,
    /// The text, 1 to 5,000 characters. `@[Name](participant id)` mentions somebody, who is told of it; at most 10 people.
    body: String,
    /// Whether it speaks for the department (its officers), the working group (its experts) or the platform (administrators).
    #[graphql(default)]
    official: bool,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `addComment`.
    AddCommentPayload {
        /// The new comment.
        comment: Comment
    }
}

/// A changed text.
#[derive(InputObject)]
pub struct EditCommentInput {
    /// Which comment, one's own.
    comment_id: ID,
    /// The new text, 1 to 5,000 characters.
    body: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `editComment`.
    EditCommentPayload {
        /// The changed comment.
        comment: Comment
    }
}

/// A vote on a comment.
#[derive(InputObject)]
pub struct VoteOnCommentInput {
    /// Which comment, another's.
    comment_id: ID,
    /// The vote; `NONE` takes an earlier one back.
    value: Vote,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `voteOnComment`.
    VoteOnCommentPayload {
        /// The comment with its new score.
        comment: Comment
    }
}

/// What moderators should look at.
#[derive(InputObject)]
pub struct FlagInput {
    /// A comment, an initiative or a ticket.
    subject_id: ID,
    /// Why.
    reason: Reason,
    /// Why, in one's own words, at most 1,000 characters.
    #[graphql(default)]
    body: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `flag`.
    FlagPayload {
        /// The flag: the first one that this person set on the thing.
        flag: Flag
    }
}

/// What to hide.
#[derive(InputObject)]
pub struct HideInput {
    /// A comment or an initiative.
    subject_id: ID,
    /// The reason for all to read, 5 to 1,000 characters.
    reason: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `hide`.
    HidePayload {
        /// What was hidden.
        hiding: Hiding
    }
}

/// Which flag to dismiss.
#[derive(InputObject)]
pub struct ResolveFlagInput {
    /// The flag.
    flag_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `resolveFlag`.
    ResolveFlagPayload {
        /// The dismissed flag.
        flag: Flag
    }
}

/// Mutations of the discussion.
#[derive(Default)]
pub struct Mutation;

/// Mutations of the discussion.
#[Object(name = "CommentsMutation")]
impl Mutation {
    /// Comments on a public initiative, a ticket or a cluster.
    async fn add_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: AddCommentInput,
    ) -> Result<AddCommentPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Discuss)?;
            let new = comments::NewComment {
                subject: gid::one_of(&SUBJECTS, &input.subject_id, "subjectId")?,
                parent: gid::maybe(Kind::Comment, input.parent_id.as_ref(), "parentId")?,
                side: input.side,
                body: input.body,
                official: input.official,
            };
            comments::add(app, viewer, &new).await.map(Comment::from)
        };
        AddCommentPayload::settle(ctx, outcome.await)
    }

    /// Changes one's own comment, for some minutes after it was written.
    async fn edit_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: EditCommentInput,
    ) -> Result<EditCommentPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Discuss)?;
            let id = gid::expect(Kind::Comment, &input.comment_id, "commentId")?;
            comments::edit(app, viewer, id, &input.body).await.map(Comment::from)
        };
        EditCommentPayload::settle(ctx, outcome.await)
    }

    /// Votes on another's comment.
    async fn vote_on_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: VoteOnCommentInput,
    ) -> Result<VoteOnCommentPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Discuss)?;
            let id = gid::expect(Kind::Comment, &input.comment_id, "commentId")?;
            comments::vote(app, viewer, id, input.value).await.map(Comment::from)
        };
        VoteOnCommentPayload::settle(ctx, outcome.await)
    }

    /// Asks moderators to look at a comment, an initiative or a ticket. Doing it twice changes nothing.
    async fn flag(&self, ctx: &Context<'_>, #[graphql(desc = "What it takes.")] input: FlagInput) -> Result<FlagPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Discuss)?;
            let subject = gid::one_of(&[Kind::Comment, Kind::Initiative, Kind::Ticket], &input.subject_id, "subjectId")?;
            comments::flag(app, viewer, subject, input.reason, &input.body).await.map(Flag)
        };
        FlagPayload::settle(ctx, outcome.await)
    }

    /// Hides a comment or an initiative, for a reason that all can read (moderators).
    async fn hide(&self, ctx: &Context<'_>, #[graphql(desc = "What it takes.")] input: HideInput) -> Result<HidePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Moderate)?;
            let subject = gid::one_of(&[Kind::Comment, Kind::Initiative], &input.subject_id, "subjectId")?;
            let hidden = comments::hide(app, viewer, subject, &input.reason).await?;
            let subject_id = gid::encode(subject.0, subject.1);
            Ok(Hiding { subject_id, at: hidden.at, reason: hidden.reason, resolved_flags: hidden.flags })
        };
        HidePayload::settle(ctx, outcome.await)
    }

    /// Dismisses a flag: nothing has to be done (moderators).
    async fn resolve_flag(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ResolveFlagInput,
    ) -> Result<ResolveFlagPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Moderate)?;
            let id = gid::expect(Kind::Flag, &input.flag_id, "flagId")?;
            comments::dismiss(app, viewer, id).await.map(Flag)
        };
        ResolveFlagPayload::settle(ctx, outcome.await)
    }
}
