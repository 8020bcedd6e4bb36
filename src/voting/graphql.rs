//! Ballots and tallies in the API.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject, Subscription, dataloader::Loader};
use chrono::{DateTime, Utc};
use futures_util::Stream;
use uuid::Uuid;

use super::{rules, sql};
use crate::{
    error,
    gid::{self, Kind},
    graphql::{LoadFailed, Loaders, Request, payload},
    identity::Act,
    initiatives::graphql::Initiative,
    page::{self, Args, Page, TimeKey},
};

/// The count of a vote.
#[derive(Debug, Clone, SimpleObject)]
pub struct Tally {
    /// Ballots that chose each option, in the order of the initiative's `ballotOptions`.
    pub counts: Vec<i64>,
    /// Ballots in all, which is people in all.
    pub ballots: i64,
    /// Grows with every change; a smaller one that arrives later is out of date.
    pub version: i64,
}

impl From<rules::Tally> for Tally {
    fn from(tally: rules::Tally) -> Self {
        Self { counts: tally.counts, ballots: tally.ballots, version: tally.version }
    }
}

/// A point in the course of a vote.
#[derive(Debug, Clone, SimpleObject)]
pub struct TallyPoint {
    /// The hour that ended or goes on with this count.
    hour: DateTime<Utc>,
    /// Ballots that chose each option by then.
    counts: Vec<i64>,
    /// Ballots in all by then.
    ballots: i64,
}

/// One's own ballot. Nobody else can read it.
#[derive(Debug, Clone, SimpleObject)]
pub struct Ballot {
    /// Positions of the chosen options in the initiative's `ballotOptions`, from 0.
    choices: Vec<i16>,
    /// When it was cast or last changed.
    changed_at: DateTime<Utc>,
}

/// Key of a tally's batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TallyOf(pub Uuid);
/// Key of one's own ballot's batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OwnBallotOn(pub Uuid);
/// Key of a course's batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CourseOf(pub Uuid);

impl Loader<TallyOf> for Loaders {
    type Value = Tally;
    type Error = LoadFailed;

    async fn load(&self, keys: &[TallyOf]) -> Result<HashMap<TallyOf, Tally>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let rows = sql::tallies(&self.app.db, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|r| (TallyOf(r.initiative_id), Tally { counts: r.counts, ballots: r.ballots, version: r.version }))
            .collect())
    }
}

impl Loader<OwnBallotOn> for Loaders {
    type Value = Ballot;
    type Error = LoadFailed;

    async fn load(&self, keys: &[OwnBallotOn]) -> Result<HashMap<OwnBallotOn, Ballot>, LoadFailed> {
        let Ok(voter) = self.viewer.may(Act::ReadOwn) else { return Ok(HashMap::new()) };
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let rows = sql::own_ballots(&self.app.db, voter, &ids).await?;
        Ok(rows.into_iter().map(|(id, choices, changed_at)| (OwnBallotOn(id), Ballot { choices, changed_at })).collect())
    }
}

impl Loader<CourseOf> for Loaders {
    type Value = Vec<TallyPoint>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[CourseOf]) -> Result<HashMap<CourseOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let mut courses: HashMap<CourseOf, Self::Value> = HashMap::new();
        for point in sql::courses(&self.app.db, &ids).await? {
            let course = courses.entry(CourseOf(point.initiative_id)).or_default();
            course.push(TallyPoint { hour: point.hour, counts: point.counts, ballots: point.ballots });
        }
        Ok(courses)
    }
}

/// A ballot.
#[derive(InputObject)]
pub struct CastVoteInput {
    /// On which initiative.
    initiative_id: ID,
    /// Positions of the chosen options in `ballotOptions`, from 0. `SUPPORT`: `[0]`; `FOR_AGAINST_ABSTAIN`: `[0]` for,
    /// `[1]` against, `[2]` abstain.
    choices: Vec<i16>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// Which ballot to take back.
#[derive(InputObject)]
pub struct WithdrawVoteInput {
    /// On which initiative.
    initiative_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `castVote`.
    CastVotePayload {
        /// The tally with the ballot counted.
        tally: Tally
    }
}

payload! {
    /// The outcome of `withdrawVote`.
    WithdrawVotePayload {
        /// The tally without the ballot.
        tally: Tally
    }
}

/// One's own ballot and what it was cast on.
pub struct MyBallot {
    initiative: Uuid,
    ballot: Ballot,
}

/// One's own ballot and what it was cast on.
#[Object]
impl MyBallot {
    /// The initiative.
    async fn initiative(&self, ctx: &Context<'_>) -> Result<Option<Initiative>> {
        Initiative::load(ctx, self.initiative).await
    }

    /// The ballot.
    async fn ballot(&self) -> &Ballot {
        &self.ballot
    }
}

/// Queries of ballots.
#[derive(Default)]
pub struct Query;

/// Queries of ballots.
#[Object(name = "VotingQuery")]
impl Query {
    /// One's own ballots, those first that were cast last.
    async fn my_ballots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<MyBallot>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome: error::Result<Page<MyBallot>> = async {
            let me = viewer.may(Act::ReadOwn)?;
            let args = Args::<TimeKey>::new(first, after, last, before)?;
            let rows = sql::ballots_of(&app.db, me, &args).await?;
            let total = if page::wants_total(ctx) { sql::count_ballots_of(&app.db, me).await? } else { 0 };
            let key = |row: &sql::OwnBallot| (row.cast_at, row.initiative_id);
            Ok(page::page(&args, rows, total, key, |row| MyBallot {
                initiative: row.initiative_id,
                ballot: Ballot { choices: row.choices, changed_at: row.changed_at },
            }))
        }
        .await;
        ctx.out(outcome)
    }
}

/// Mutations of ballots.
#[derive(Default)]
pub struct Mutation;

/// Mutations of ballots.
#[Object(name = "VotingMutation")]
impl Mutation {
    /// Casts or changes one's ballot while voting is open. It is acknowledged when it is committed.
    async fn cast_vote(&self, ctx: &Context<'_>, #[graphql(desc = "What it takes.")] input: CastVoteInput) -> Result<CastVotePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Vote)?;
            let id = gid::expect(Kind::Initiative, &input.initiative_id, "initiativeId")?;
            Ok(super::cast(app, viewer, id, input.choices).await?.into())
        };
        CastVotePayload::settle(ctx, outcome.await)
    }

    /// Takes one's ballot back while voting is open.
    async fn withdraw_vote(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: WithdrawVoteInput,
    ) -> Result<WithdrawVotePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Vote)?;
            let id = gid::expect(Kind::Initiative, &input.initiative_id, "initiativeId")?;
            Ok(super::withdraw(app, viewer, id).await?.into())
        };
        WithdrawVotePayload::settle(ctx, outcome.await)
    }
}

/// Live tallies.
#[derive(Default)]
pub struct Subscription;

/// Live tallies.
#[Subscription(name = "VotingSubscription")]
impl Subscription {
    /// The tally of an initiative: as it is now, then every change of it, at most four times a second and always the last. `version`
    /// only grows, also for who comes back to another server.
    async fn vote_tally<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        #[graphql(desc = "The initiative.")] initiative_id: ID,
    ) -> Result<impl Stream<Item = Arc<Tally>> + use<'ctx>> {
        let app = ctx.app()?;
        let id = gid::expect(Kind::Initiative, &initiative_id, "initiativeId");
        let id = ctx.out(id.map_err(error::Error::BadRequest))?;
        ctx.out(crate::initiatives::visible(app, ctx.viewer()?, id).await)?;
        Ok(app.live.tallies.watch(id))
    }
}
