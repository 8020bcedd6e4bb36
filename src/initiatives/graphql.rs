//! Initiatives in the API.

mod inputs;
mod object;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

pub use inputs::{InitiativeFilter, InitiativeInput};
pub use object::{Initiative, Milestone};

use super::{self as initiatives, sql};
use crate::{
    error::{self, Error, ErrorCode, Refusal},
    gid::{self, Kind},
    graphql::Request,
    identity::Act,
    page::{self, Args, Page},
    triage, validate,
};
use inputs::{
    AnswerInitiativeInput, AnswerInitiativePayload, CompleteImplementationInput, CompleteMilestoneInput, CreateInitiativePayload,
    InitiativePayload, InviteCoauthorsInput, ReviewInitiativeInput, ReviewInitiativePayload, SignInitiativeInput, SubmitInitiativeInput,
    SubmitInitiativePayload, UpdateInitiativeInput, UpdateInitiativePayload, WithdrawInitiativeInput, WithdrawInitiativePayload,
};

/// Queries of initiatives.
#[derive(Default)]
pub struct Query;

/// Initiatives with words in common that are compared with a text.
const COMPARED: i64 = 20;

/// An initiative that may be about the same as a text.
#[derive(SimpleObject)]
pub struct SimilarInitiative {
    /// The initiative.
    initiative: Initiative,
    /// How alike in words, 0 to 1.
    score: f32,
    /// Why: the most telling of the words that both have, as the text has them, at most four.
    words: Vec<String>,
}

/// Queries of initiatives.
#[Object(name = "InitiativesQuery")]
impl Query {
    /// An initiative; null when there is none or the caller may not read it.
    async fn initiative(&self, ctx: &Context<'_>, #[graphql(desc = "Its global identifier.")] id: ID) -> Result<Option<Initiative>> {
        let id = ctx.out(gid::expect(Kind::Initiative, &id, "id").map_err(Error::BadRequest))?;
        Initiative::load(ctx, id).await
    }

    /// Initiatives that the caller may read, newest first unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
    async fn initiatives(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all by default.")] filter: Option<InitiativeFilter>,
        #[graphql(desc = "In which order.", default)] order_by: sql::Order,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<Initiative>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome: error::Result<Page<Initiative>> = async {
            let args = Args::<sql::Key>::new(first, after, last, before)?;
            let filter = filter.unwrap_or_default().check(viewer)?;
            let rows = sql::list(&app.db, viewer, &filter, order_by, &args).await?;
            let total = if page::wants_total(ctx) { sql::count(&app.db, viewer, &filter, order_by).await? } else { 0 };
            Ok(page::page(&args, rows, total, |row| row.0, |row| Initiative::new(row.1)))
        }
        .await;
        ctx.out(outcome)
    }

    /// Public initiatives that are about the same as a text by their words, in any form, most alike first; to moderators also those under review.
    async fn similar_initiatives(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The text, up to 10,000 characters.")] text: String,
        #[graphql(desc = "How many at the most, up to 20; 5 by default.")] first: Option<i32>,
        #[graphql(desc = "An initiative to leave out.")] except: Option<ID>,
    ) -> Result<Vec<SimilarInitiative>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome: error::Result<Vec<SimilarInitiative>> = async {
            let most = first.unwrap_or(5);
            if !(0..=20).contains(&most) {
                return Err(Error::BadRequest(Refusal::new(ErrorCode::OutOfRange, "first").with("min", 0).with("max", 20)));
            }
            let text = validate::text("text", &text, 0..=10_000).map_err(Error::BadRequest)?;
            let except = gid::maybe(Kind::Initiative, except.as_ref(), "except").map_err(Error::BadRequest)?;
            let rows = sql::similar(&app.db, viewer, &text, except, COMPARED).await?;
            let others = rows.iter().map(|row| (row.title.clone(), row.goal.clone())).collect();
            let like = triage::resembling(app, text, others).await?;
            let hit = |(like, row): (Option<triage::Likeness>, _)| {
                let triage::Likeness { score, words } = like?;
                Some(SimilarInitiative { initiative: Initiative::new(row), score, words })
            };
            let mut found: Vec<SimilarInitiative> = like.into_iter().zip(rows).filter_map(hit).collect();
            found.sort_by(|a, b| b.score.total_cmp(&a.score));
            found.truncate(usize::try_from(most).unwrap_or(0));
            Ok(found)
        }
        .await;
        ctx.out(outcome)
    }
}

/// Mutations of initiatives.
#[derive(Default)]
pub struct Mutation;

fn id(id: &ID) -> Result<uuid::Uuid, crate::error::Refusal> {
    gid::expect(Kind::Initiative, id, "initiativeId")
}

/// Mutations of initiatives.
#[Object(name = "InitiativesMutation")]
impl Mutation {
    /// Starts a draft, which only its author and co-authors see.
    async fn create_initiative(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: InitiativeInput,
    ) -> Result<CreateInitiativePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Propose)?;
            let draft = input.into_draft(app, viewer)?;
            Ok(Initiative::new(initiatives::create(app, viewer, draft).await?))
        };
        CreateInitiativePayload::settle(ctx, outcome.await)
    }

    /// Changes a draft or a returned initiative; what is left out stays. The former text remains as a revision.
    async fn update_initiative(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UpdateInitiativeInput,
    ) -> Result<UpdateInitiativePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Propose)?;
            let id = id(&input.initiative_id)?;
            let draft = input.apply(initiatives::current(app, viewer, id).await?)?;
            Ok(Initiative::new(initiatives::update(app, viewer, id, draft).await?))
        };
        UpdateInitiativePayload::settle(ctx, outcome.await)
    }

    /// Hands an initiative in for review by the department.
    async fn submit_initiative(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SubmitInitiativeInput,
    ) -> Result<SubmitInitiativePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Propose)?;
            Ok(Initiative::new(initiatives::submit(app, viewer, id(&input.initiative_id)?).await?))
        };
        SubmitInitiativePayload::settle(ctx, outcome.await)
    }

    /// Publishes, returns or rejects an initiative under review (officers of its department, moderators).
    async fn review_initiative(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ReviewInitiativeInput,
    ) -> Result<ReviewInitiativePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Review)?;
            let id = id(&input.initiative_id)?;
            let reason = input.reason.unwrap_or_default();
            Ok(Initiative::new(initiatives::review(app, viewer, id, input.verdict, &reason).await?))
        };
        ReviewInitiativePayload::settle(ctx, outcome.await)
    }

    /// Takes an initiative back (its author).
    async fn withdraw_initiative(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: WithdrawInitiativeInput,
    ) -> Result<WithdrawInitiativePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Propose)?;
            let id = id(&input.initiative_id)?;
            Ok(Initiative::new(initiatives::withdraw(app, viewer, id, &input.reason.unwrap_or_default()).await?))
        };
        WithdrawInitiativePayload::settle(ctx, outcome.await)
    }

    /// Answers an accepted initiative for its department; with a yes the implementation begins.
    async fn answer_initiative(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: AnswerInitiativeInput,
    ) -> Result<AnswerInitiativePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::AnswerInitiative)?;
            let id = id(&input.initiative_id)?;
            Ok(Initiative::new(initiatives::answer(app, viewer, id, &input.into_answer()).await?))
        };
        AnswerInitiativePayload::settle(ctx, outcome.await)
    }

    /// Asks people to sign a draft as co-authors.
    async fn invite_coauthors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: InviteCoauthorsInput,
    ) -> Result<InitiativePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Propose)?;
            let id = id(&input.initiative_id)?;
            let people: std::result::Result<Vec<_>, _> =
                input.participant_ids.iter().take(21).map(|p| gid::expect(Kind::Participant, p, "participantIds")).collect();
            Ok(Initiative::new(initiatives::invite_coauthors(app, viewer, id, &people?).await?))
        };
        InitiativePayload::settle(ctx, outcome.await)
    }

    /// Signs a draft as a co-author, when invited.
    async fn sign_initiative(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SignInitiativeInput,
    ) -> Result<InitiativePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Propose)?;
            Ok(Initiative::new(initiatives::sign(app, viewer, id(&input.initiative_id)?).await?))
        };
        InitiativePayload::settle(ctx, outcome.await)
    }

    /// Marks a milestone as done (officers of the department).
    async fn complete_milestone(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CompleteMilestoneInput,
    ) -> Result<InitiativePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::AnswerInitiative)?;
            let id = gid::expect(Kind::Milestone, &input.milestone_id, "milestoneId")?;
            let note = input.note.unwrap_or_default();
            Ok(Initiative::new(initiatives::complete_milestone(app, viewer, id, &note).await?))
        };
        InitiativePayload::settle(ctx, outcome.await)
    }

    /// Declares an initiative implemented, when all milestones are done (officers of the department).
    async fn complete_implementation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CompleteImplementationInput,
    ) -> Result<InitiativePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::AnswerInitiative)?;
            let id = id(&input.initiative_id)?;
            Ok(Initiative::new(initiatives::complete(app, viewer, id, &input.reason.unwrap_or_default()).await?))
        };
        InitiativePayload::settle(ctx, outcome.await)
    }
}
