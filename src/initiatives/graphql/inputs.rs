use async_graphql::{ID, InputObject};
use chrono::NaiveDate;

use super::{
    super::{self as initiatives, State, Verdict, sql},
    Initiative,
};
use crate::{
    app::App,
    error::{ErrorCode, Refusal, Result},
    gid::{self, Kind},
    graphql::payload,
    i18n::Locale,
    identity::{Act, Viewer},
    validate,
    voting::BallotKind,
};

/// Which initiatives to list. Conditions of different fields hold together.
#[derive(InputObject, Default)]
pub struct InitiativeFilter {
    /// In one of these states.
    states: Option<Vec<State>>,
    /// Of this department.
    department_id: Option<ID>,
    /// On this topic.
    topic_id: Option<ID>,
    /// In this territory.
    territory_id: Option<ID>,
    /// By this author.
    author_id: Option<ID>,
    /// Only those that the caller wrote or signed as a co-author.
    mine: Option<bool>,
    /// With these words, in any form.
    text: Option<String>,
}

impl InitiativeFilter {
    pub(super) fn check(self, viewer: &Viewer) -> Result<sql::Filter> {
        let wrong = crate::error::Error::BadRequest;
        let states = self.states.unwrap_or_default();
        if states.len() > State::ALL.len() {
            return Err(wrong(Refusal::new(ErrorCode::WrongCount, "filter.states").with("min", 0).with("max", State::ALL.len())));
        }
        let id = |kind, id: &Option<ID>, path| gid::maybe(kind, id.as_ref(), path).map_err(wrong);
        Ok(sql::Filter {
            states,
            department: id(Kind::Department, &self.department_id, "filter.departmentId")?,
            topic: id(Kind::Topic, &self.topic_id, "filter.topicId")?,
            territory: id(Kind::Territory, &self.territory_id, "filter.territoryId")?,
            author: id(Kind::Participant, &self.author_id, "filter.authorId")?,
            signer: self.mine.unwrap_or(false).then(|| viewer.may(Act::ReadOwn)).transpose()?,
            text: self.text.map(|text| validate::line("filter.text", &text, 1..=500)).transpose().map_err(wrong)?,
        })
    }
}

/// An initiative as its author writes it.
#[derive(InputObject)]
pub struct InitiativeInput {
    /// What it is about, 5 to 140 characters.
    title: String,
    /// What should change; at least 20 characters when it is handed in.
    goal: String,
    /// What will be better then; at least 20 characters when it is handed in.
    effect: Option<String>,
    /// What it takes; at least 20 characters when it is handed in.
    resources: Option<String>,
    /// Its language; that of the request by default.
    locale: Option<Locale>,
    /// Who would do it; needed when it is handed in.
    department_id: Option<ID>,
    /// Where.
    territory_id: Option<ID>,
    /// About what.
    topic_id: Option<ID>,
    /// How people vote; `SUPPORT` by default.
    ballot_kind: Option<BallotKind>,
    /// The options of `SINGLE_CHOICE` and `MULTIPLE_CHOICE`, 2 to 50, each up to 200 characters.
    options: Option<Vec<String>>,
    /// Options to choose at least, for `MULTIPLE_CHOICE`; 1 by default.
    min_choices: Option<i32>,
    /// Options to choose at most, for `MULTIPLE_CHOICE`; all by default.
    max_choices: Option<i32>,
    /// Ballots for it that are needed; the installation's default otherwise.
    threshold: Option<i64>,
    /// Ballots that are needed for the vote to count at all; none by default.
    quorum: Option<i64>,
    /// Days of voting, 1 to 366; the installation's default otherwise.
    voting_days: Option<i32>,
    /// Files uploaded by the author.
    attachment_ids: Option<Vec<ID>>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

fn files(ids: Option<Vec<ID>>) -> Result<Vec<uuid::Uuid>, Refusal> {
    ids.unwrap_or_default().iter().take(101).map(|id| gid::expect(Kind::Attachment, id, "attachmentIds")).collect()
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

impl InitiativeInput {
    pub(super) fn into_draft(self, app: &App, viewer: &Viewer) -> Result<initiatives::Draft> {
        let settings = &app.config.initiatives;
        let options = self.options.unwrap_or_default();
        Ok(initiatives::Draft {
            locale: self.locale.unwrap_or(viewer.locale),
            title: self.title,
            goal: self.goal,
            effect: self.effect.unwrap_or_default(),
            resources: self.resources.unwrap_or_default(),
            department: gid::maybe(Kind::Department, self.department_id.as_ref(), "departmentId")?,
            territory: gid::maybe(Kind::Territory, self.territory_id.as_ref(), "territoryId")?,
            topic: gid::maybe(Kind::Topic, self.topic_id.as_ref(), "topicId")?,
            ballot_kind: self.ballot_kind.unwrap_or(BallotKind::Support),
            min_choices: self.min_choices.unwrap_or(1),
            max_choices: self.max_choices.unwrap_or_else(|| count(options.len()).max(1)),
            options,
            threshold: self.threshold.unwrap_or(settings.threshold),
            quorum: self.quorum.unwrap_or(0),
            voting_days: self.voting_days.unwrap_or_else(|| i32::try_from(settings.voting_days).unwrap_or(60)),
            attachments: files(self.attachment_ids)?,
        })
    }
}

/// What to change of a draft; what is left out stays.
#[derive(InputObject)]
pub struct UpdateInitiativeInput {
    /// Which initiative.
    pub(super) initiative_id: ID,
    /// What it is about, 5 to 140 characters.
    title: Option<String>,
    /// What should change.
    goal: Option<String>,
    /// What will be better then.
    effect: Option<String>,
    /// What it takes.
    resources: Option<String>,
    /// Who would do it.
    department_id: Option<ID>,
    /// Where.
    territory_id: Option<ID>,
    /// About what.
    topic_id: Option<ID>,
    /// How people vote.
    ballot_kind: Option<BallotKind>,
    /// The options of `SINGLE_CHOICE` and `MULTIPLE_CHOICE`.
    options: Option<Vec<String>>,
    /// Options to choose at least.
    min_choices: Option<i32>,
    /// Options to choose at most.
    max_choices: Option<i32>,
    /// Ballots for it that are needed.
    threshold: Option<i64>,
    /// Ballots that are needed for the vote to count at all.
    quorum: Option<i64>,
    /// Days of voting, 1 to 366.
    voting_days: Option<i32>,
    /// More files uploaded by the author.
    attachment_ids: Option<Vec<ID>>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

impl UpdateInitiativeInput {
    pub(super) fn apply(self, before: initiatives::Draft) -> Result<initiatives::Draft> {
        Ok(initiatives::Draft {
            locale: before.locale,
            title: self.title.unwrap_or(before.title),
            goal: self.goal.unwrap_or(before.goal),
            effect: self.effect.unwrap_or(before.effect),
            resources: self.resources.unwrap_or(before.resources),
            department: gid::maybe(Kind::Department, self.department_id.as_ref(), "departmentId")?.or(before.department),
            territory: gid::maybe(Kind::Territory, self.territory_id.as_ref(), "territoryId")?.or(before.territory),
            topic: gid::maybe(Kind::Topic, self.topic_id.as_ref(), "topicId")?.or(before.topic),
            ballot_kind: self.ballot_kind.unwrap_or(before.ballot_kind),
            options: self.options.unwrap_or(before.options),
            min_choices: self.min_choices.unwrap_or(before.min_choices),
            max_choices: self.max_choices.unwrap_or(before.max_choices),
            threshold: self.threshold.unwrap_or(before.threshold),
            quorum: self.quorum.unwrap_or(before.quorum),
            voting_days: self.voting_days.unwrap_or(before.voting_days),
            attachments: files(self.attachment_ids)?,
        })
    }
}

/// Which initiative to hand in.
#[derive(InputObject)]
pub struct SubmitInitiativeInput {
    /// Which initiative.
    pub(super) initiative_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// What the review found.
#[derive(InputObject)]
pub struct ReviewInitiativeInput {
    /// Which initiative.
    pub(super) initiative_id: ID,
    /// What becomes of it.
    pub(super) verdict: Verdict,
    /// Why, for all to read; 10 to 5,000 characters unless it is published.
    pub(super) reason: Option<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// What to take back.
#[derive(InputObject)]
pub struct WithdrawInitiativeInput {
    /// Which initiative.
    pub(super) initiative_id: ID,
    /// Why; needed once people vote on it.
    pub(super) reason: Option<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// A step of the implementation.
#[derive(InputObject)]
pub struct MilestoneInput {
    /// What will be done, 3 to 200 characters.
    title: String,
    /// By when; not in the past.
    due_on: NaiveDate,
}

/// The department's official answer.
#[derive(InputObject)]
pub struct AnswerInitiativeInput {
    /// Which initiative.
    pub(super) initiative_id: ID,
    /// Whether the department will do it.
    accepted: bool,
    /// The reasoned answer, 20 to 20,000 characters.
    body: String,
    /// The steps, when it will: 1 to 100.
    milestones: Option<Vec<MilestoneInput>>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

impl AnswerInitiativeInput {
    pub(super) fn into_answer(self) -> initiatives::Answer {
        let milestones = self.milestones.unwrap_or_default().into_iter();
        initiatives::Answer {
            accepted: self.accepted,
            body: self.body,
            milestones: milestones.map(|m| initiatives::Milestone { title: m.title, due_on: m.due_on }).collect(),
        }
    }
}

/// Whom to ask as co-authors.
#[derive(InputObject)]
pub struct InviteCoauthorsInput {
    /// Which initiative.
    pub(super) initiative_id: ID,
    /// Whom, 1 to 20 people.
    pub(super) participant_ids: Vec<ID>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// What to sign.
#[derive(InputObject)]
pub struct SignInitiativeInput {
    /// Which initiative.
    pub(super) initiative_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// What is done.
#[derive(InputObject)]
pub struct CompleteMilestoneInput {
    /// Which milestone.
    pub(super) milestone_id: ID,
    /// What was done, up to 5,000 characters.
    pub(super) note: Option<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// What is implemented.
#[derive(InputObject)]
pub struct CompleteImplementationInput {
    /// Which initiative.
    pub(super) initiative_id: ID,
    /// What was achieved, up to 5,000 characters.
    pub(super) reason: Option<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `createInitiative`.
    CreateInitiativePayload {
        /// The draft.
        initiative: Initiative
    }
}
payload! {
    /// The outcome of `updateInitiative`.
    UpdateInitiativePayload {
        /// The changed initiative.
        initiative: Initiative
    }
}
payload! {
    /// The outcome of `submitInitiative`.
    SubmitInitiativePayload {
        /// The initiative, now under review.
        initiative: Initiative
    }
}
payload! {
    /// The outcome of `reviewInitiative`.
    ReviewInitiativePayload {
        /// The reviewed initiative.
        initiative: Initiative
    }
}
payload! {
    /// The outcome of `withdrawInitiative`.
    WithdrawInitiativePayload {
        /// The withdrawn initiative.
        initiative: Initiative
    }
}
payload! {
    /// The outcome of `answerInitiative`.
    AnswerInitiativePayload {
        /// The answered initiative.
        initiative: Initiative
    }
}
payload! {
    /// The outcome of other mutations of an initiative.
    InitiativePayload {
        /// The changed initiative.
        initiative: Initiative
    }
}
