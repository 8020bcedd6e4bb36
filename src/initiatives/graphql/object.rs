use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, Object, Result, SimpleObject, dataloader::Loader};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::super::{Around, InitiativeAct, State, acts, sql};
use crate::{
    attachments::graphql::{Attachment, files},
    comments::{
        Side as CommentSide,
        graphql::{Comment, CommentOrder, comments_of},
    },
    gid::{self, Kind},
    graphql::{LoadFailed, Loaders, Request},
    i18n::{self, Locale},
    identity::{
        Act,
        graphql::{Participant, participant},
    },
    notify::graphql::followed,
    organisation::graphql::{Department, Territory, Topic, department, territory, topic},
    page::Page,
    voting::{
        BallotKind,
        graphql::{Ballot, CourseOf, OwnBallotOn, Tally, TallyOf, TallyPoint},
    },
};

/// A proposal on its way from a draft to being done.
#[derive(Clone)]
pub struct Initiative(Arc<sql::Initiative>);

macro_rules! many {
    ($key:ident, $row:ty, $read:path) => {
        /// Key of a batch: the initiative.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        struct $key(Uuid);

        impl Loader<$key> for Loaders {
            type Value = Vec<$row>;
            type Error = LoadFailed;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, Self::Value>, LoadFailed> {
                let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
                let mut found: HashMap<$key, Self::Value> = HashMap::new();
                for row in $read(&self.app.db, &ids).await? {
                    found.entry($key(row.initiative_id)).or_default().push(row);
                }
                Ok(found)
            }
        }
    };
}

many!(TransitionsOf, sql::Transition, sql::transitions);
many!(RevisionsOf, sql::Revision, sql::revisions);
many!(AnswersOf, sql::OfficialAnswer, sql::official_answers);
many!(MilestonesOf, sql::MilestoneRow, sql::milestones);
many!(CoauthorsOf, sql::Coauthor, sql::coauthors);

/// Key of an initiative's batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ById(pub Uuid);

impl Loader<ById> for Loaders {
    type Value = Arc<sql::Initiative>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[ById]) -> Result<HashMap<ById, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let rows = sql::visible(&self.app.db, &ids, &self.viewer).await?;
        Ok(rows.into_iter().map(|row| (ById(row.id), Arc::new(row))).collect())
    }
}

impl Initiative {
    /// A row that the viewer may read.
    pub fn new(row: sql::Initiative) -> Self {
        Self(Arc::new(row))
    }

    /// The initiative, if the viewer may read it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        Ok(ctx.load(ById(id)).await?.map(Self))
    }

    /// Whether it may be commented.
    pub(crate) fn is_discussed(&self) -> bool {
        self.0.is_discussed()
    }

    /// A text of it, or nothing when moderators hid it.
    fn text<'a>(&'a self, ctx: &Context<'_>, text: &'a str) -> Result<&'a str> {
        Ok(if self.0.hidden_at.is_none() || ctx.viewer()?.can(Act::Moderate) { text } else { "" })
    }
}

/// A proposal on its way from a draft to being done.
#[Object]
impl Initiative {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::Initiative, self.0.id)
    }

    /// Where it stands.
    async fn state(&self) -> State {
        self.0.state
    }

    /// Its language.
    async fn locale(&self) -> Locale {
        self.0.locale
    }

    /// What the caller may do with it now.
    async fn may(&self, ctx: &Context<'_>) -> Result<Vec<InitiativeAct>> {
        let (app, viewer, id) = (ctx.app()?, ctx.viewer()?, self.0.id);
        // Looked up only where it matters.
        let answered = self.0.state == State::Accepted
            && viewer.can(Act::AnswerInitiative)
            && ctx.load(AnswersOf(id)).await?.is_some_and(|rows| !rows.is_empty());
        let invited = self.0.state.is_editable() && viewer.can(Act::Propose) && {
            let rows = ctx.load(CoauthorsOf(id)).await?.unwrap_or_default();
            rows.iter().any(|row| Some(row.participant_id) == viewer.id && row.signed_at.is_none())
        };
        Ok(acts(viewer, &self.0, Around { answered, invited }, app.clock.now()))
    }

    /// Whether the caller follows it.
    async fn followed(&self, ctx: &Context<'_>) -> Result<bool> {
        followed(ctx, Kind::Initiative, self.0.id).await
    }

    /// What it is about. Empty when moderators hid it.
    async fn title(&self, ctx: &Context<'_>) -> Result<&str> {
        self.text(ctx, &self.0.title)
    }

    /// What should change. Empty when moderators hid it.
    async fn goal(&self, ctx: &Context<'_>) -> Result<&str> {
        self.text(ctx, &self.0.goal)
    }

    /// What will be better then. Empty when moderators hid it.
    async fn effect(&self, ctx: &Context<'_>) -> Result<&str> {
        self.text(ctx, &self.0.effect)
    }

    /// What it takes. Empty when moderators hid it.
    async fn resources(&self, ctx: &Context<'_>) -> Result<&str> {
        self.text(ctx, &self.0.resources)
    }

    /// Who proposed it; null for one that was imported.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, self.0.author_id).await
    }

    /// Who was asked to sign it too, and when they did.
    async fn coauthors(&self, ctx: &Context<'_>) -> Result<Vec<Coauthor>> {
        let rows = ctx.load(CoauthorsOf(self.0.id)).await?.unwrap_or_default();
        let private = ctx.viewer()?.id.is_some() && ctx.viewer()?.id == self.0.author_id;
        // Who has not signed is the author's business only.
        Ok(rows.into_iter().filter(|row| private || row.signed_at.is_some()).map(Coauthor).collect())
    }

    /// The department that would do it.
    async fn department(&self, ctx: &Context<'_>) -> Result<Option<Department>> {
        department(ctx, self.0.department_id).await
    }

    /// Where.
    async fn territory(&self, ctx: &Context<'_>) -> Result<Option<Territory>> {
        territory(ctx, self.0.territory_id).await
    }

    /// About what.
    async fn topic(&self, ctx: &Context<'_>) -> Result<Option<Topic>> {
        topic(ctx, self.0.topic_id).await
    }

    /// How people vote.
    async fn ballot_kind(&self) -> BallotKind {
        self.0.ballot_kind
    }

    /// What a ballot can choose, by position, in the caller's language where the service names them.
    async fn ballot_options(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let named = |keys: &[&str], locale| keys.iter().map(|key| i18n::text(locale, key, &[])).collect();
        let locale = ctx.viewer()?.locale;
        Ok(match self.0.ballot_kind {
            BallotKind::Support => named(&["ballot-support"], locale),
            BallotKind::ForAgainstAbstain => named(&["ballot-for", "ballot-against", "ballot-abstain"], locale),
            BallotKind::SingleChoice | BallotKind::MultipleChoice if self.text(ctx, &self.0.title)?.is_empty() => Vec::new(),
            BallotKind::SingleChoice | BallotKind::MultipleChoice => self.0.options.clone(),
        })
    }

    /// Options to choose at least.
    async fn min_choices(&self) -> i32 {
        self.0.min_choices
    }

    /// Options to choose at most.
    async fn max_choices(&self) -> i32 {
        self.0.max_choices
    }

    /// Ballots for it that are needed.
    async fn threshold(&self) -> i64 {
        self.0.threshold
    }

    /// Ballots that are needed for the vote to count at all; 0 for none.
    async fn quorum(&self) -> i64 {
        self.0.quorum
    }

    /// Days of voting.
    async fn voting_days(&self) -> i32 {
        self.0.voting_days
    }

    /// When voting began.
    async fn voting_starts_at(&self) -> Option<DateTime<Utc>> {
        self.0.voting_starts_at
    }

    /// When voting ends or ended.
    async fn voting_ends_at(&self) -> Option<DateTime<Utc>> {
        self.0.voting_ends_at
    }

    /// The count, live while voting is open and final afterwards; null before.
    async fn tally(&self, ctx: &Context<'_>) -> Result<Option<Tally>> {
        ctx.load(TallyOf(self.0.id)).await
    }

    /// The course of the vote, a point an hour at most.
    async fn tally_course(&self, ctx: &Context<'_>) -> Result<Vec<TallyPoint>> {
        Ok(ctx.load(CourseOf(self.0.id)).await?.unwrap_or_default())
    }

    /// The caller's own ballot.
    async fn my_ballot(&self, ctx: &Context<'_>) -> Result<Option<Ballot>> {
        ctx.load(OwnBallotOn(self.0.id)).await
    }

    /// Every change of state: when, by whom, why.
    async fn history(&self, ctx: &Context<'_>) -> Result<Vec<InitiativeTransition>> {
        Ok(ctx.load(TransitionsOf(self.0.id)).await?.unwrap_or_default().into_iter().map(InitiativeTransition).collect())
    }

    /// Every version of the text, oldest first, with what changed. Empty when moderators hid it.
    async fn revisions(&self, ctx: &Context<'_>) -> Result<Vec<InitiativeRevision>> {
        if self.text(ctx, &self.0.title)?.is_empty() {
            return Ok(Vec::new());
        }
        let rows = ctx.load(RevisionsOf(self.0.id)).await?.unwrap_or_default();
        let mut before: Option<&sql::Revision> = None;
        Ok(rows
            .iter()
            .map(|row| {
                let revision = InitiativeRevision::new(before, row);
                before = Some(row);
                revision
            })
            .collect())
    }

    /// The department's official answer.
    async fn official_answer(&self, ctx: &Context<'_>) -> Result<Option<OfficialAnswer>> {
        Ok(ctx.load(AnswersOf(self.0.id)).await?.and_then(|mut rows| rows.pop()).map(OfficialAnswer))
    }

    /// The steps of its implementation.
    async fn milestones(&self, ctx: &Context<'_>) -> Result<Vec<Milestone>> {
        Ok(ctx.load(MilestonesOf(self.0.id)).await?.unwrap_or_default().into_iter().map(Milestone).collect())
    }

    /// Its files.
    async fn attachments(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        if self.text(ctx, &self.0.title)?.is_empty() {
            return Ok(Vec::new());
        }
        files(ctx, Kind::Initiative, self.0.id).await
    }

    /// The discussion.
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
        comments_of(ctx, Kind::Initiative, self.0.id, side, order_by, first, after, last, before).await
    }

    /// When it was written.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// When moderators hid its text.
    async fn hidden_at(&self) -> Option<DateTime<Utc>> {
        self.0.hidden_at
    }

    /// Why moderators hid its text.
    async fn hidden_reason(&self) -> Option<&str> {
        self.0.hidden_reason.as_deref()
    }
}

/// A change of state.
pub struct InitiativeTransition(sql::Transition);

/// A change of state.
#[Object]
impl InitiativeTransition {
    /// The state before; null for the beginning.
    async fn from(&self) -> Option<State> {
        self.0.from_state
    }

    /// The state after.
    async fn to(&self) -> State {
        self.0.to_state
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// By whom; null for the platform, when a vote was decided.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, self.0.actor_id).await
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }
}

/// A version of the text.
#[derive(SimpleObject)]
pub struct InitiativeRevision {
    /// Its number, from 1.
    revision: i32,
    /// When it was written.
    at: DateTime<Utc>,
    /// The title then.
    title: String,
    /// The goal then.
    goal: String,
    /// The effect then.
    effect: String,
    /// The resources then.
    resources: String,
    /// What is different from the version before.
    changes: Vec<FieldChange>,
}

/// A field that differs from the version before.
#[derive(SimpleObject)]
pub struct FieldChange {
    /// The field's name in the API.
    field: &'static str,
    /// What it was.
    before: String,
    /// What it became.
    after: String,
}

impl InitiativeRevision {
    fn new(before: Option<&sql::Revision>, row: &sql::Revision) -> Self {
        let pairs = |r: &sql::Revision| {
            [("title", r.title.clone()), ("goal", r.goal.clone()), ("effect", r.effect.clone()), ("resources", r.resources.clone())]
        };
        let changes = before.map_or_else(Vec::new, |before| {
            let changed = pairs(before).into_iter().zip(pairs(row)).filter(|(a, b)| a != b);
            changed.map(|((field, before), (_, after))| FieldChange { field, before, after }).collect()
        });
        Self {
            revision: row.revision,
            at: row.at,
            title: row.title.clone(),
            goal: row.goal.clone(),
            effect: row.effect.clone(),
            resources: row.resources.clone(),
            changes,
        }
    }
}

/// The department's official answer.
pub struct OfficialAnswer(sql::OfficialAnswer);

/// The department's official answer.
#[Object]
impl OfficialAnswer {
    /// Which department.
    async fn department(&self, ctx: &Context<'_>) -> Result<Option<Department>> {
        department(ctx, self.0.department_id).await
    }

    /// Who signed it.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, self.0.author_id).await
    }

    /// Whether the department will do it.
    async fn accepted(&self) -> bool {
        self.0.accepted
    }

    /// The reasoned answer.
    async fn body(&self) -> &str {
        &self.0.body
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }
}

/// A step of an implementation.
pub struct Milestone(sql::MilestoneRow);

/// A step of an implementation.
#[Object]
impl Milestone {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::Milestone, self.0.id)
    }

    /// What will be done.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// By when.
    async fn due_on(&self) -> NaiveDate {
        self.0.due_on
    }

    /// When it was done.
    async fn done_at(&self) -> Option<DateTime<Utc>> {
        self.0.done_at
    }

    /// What was done.
    async fn note(&self) -> &str {
        &self.0.note
    }
}

/// Somebody who was asked to sign too.
pub struct Coauthor(sql::Coauthor);

/// Somebody who was asked to sign too.
#[Object]
impl Coauthor {
    /// Who.
    async fn participant(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, Some(self.0.participant_id)).await
    }

    /// When they signed; null while they have not.
    async fn signed_at(&self) -> Option<DateTime<Utc>> {
        self.0.signed_at
    }
}
