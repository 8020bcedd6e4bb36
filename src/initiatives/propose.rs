use uuid::Uuid;

use super::{State, sql, transition, visible, wrong_state};
use crate::{
    app::App,
    attachments, audit,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    i18n::Locale,
    identity::{Act, Viewer},
    limits::Operation,
    notify,
    validate::{self, Validate},
    voting::BallotKind,
};

/// What an author writes.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its language.
    pub locale: Locale,
    /// What it is about, 5 to 140 characters.
    pub title: String,
    /// What should change.
    pub goal: String,
    /// What will be better then.
    pub effect: String,
    /// What it takes.
    pub resources: String,
    /// Who would do it.
    pub department: Option<Uuid>,
    /// Where.
    pub territory: Option<Uuid>,
    /// About what.
    pub topic: Option<Uuid>,
    /// How people vote.
    pub ballot_kind: BallotKind,
    /// The options, for the kinds that have some.
    pub options: Vec<String>,
    /// Options to choose at least.
    pub min_choices: i32,
    /// Options to choose at most.
    pub max_choices: i32,
    /// Ballots for it that are needed.
    pub threshold: i64,
    /// Ballots that are needed at all; 0 for none.
    pub quorum: i64,
    /// Days of voting.
    pub voting_days: i32,
    /// Uploaded files of the author's.
    pub attachments: Vec<Uuid>,
}

impl Draft {
    /// Cleans and checks it. A draft may be unfinished: only [`submit`] asks for everything.
    fn check(&mut self, app: &App) -> Result<()> {
        let mut v = Validate::new();
        self.title = v.line("title", &self.title, 5..=140);
        self.goal = v.text("goal", &self.goal, 0..=10_000);
        self.effect = v.text("effect", &self.effect, 0..=10_000);
        self.resources = v.text("resources", &self.resources, 0..=10_000);
        v.range("threshold", self.threshold, 1..=app.config.initiatives.threshold_max);
        v.range("quorum", self.quorum, 0..=app.config.initiatives.threshold_max);
        v.range("votingDays", self.voting_days.into(), 1..=366);
        if self.attachments.len() > app.config.feedback.attachments {
            v.refuse(Refusal::new(ErrorCode::WrongCount, "attachmentIds").with("min", 0).with("max", app.config.feedback.attachments));
        }
        if self.ballot_kind.has_options() {
            if !(2..=50).contains(&self.options.len()) {
                v.refuse(Refusal::new(ErrorCode::WrongCount, "options").with("min", 2).with("max", 50));
            }
            for (i, option) in self.options.iter_mut().enumerate().take(51) {
                *option = v.line(&format!("options.{i}"), option, 1..=200);
            }
            let most = i64::try_from(self.options.len()).unwrap_or(i64::MAX);
            if self.ballot_kind == BallotKind::MultipleChoice {
                v.range("maxChoices", self.max_choices.into(), 1..=most);
                v.range("minChoices", self.min_choices.into(), 1..=self.max_choices.into());
            }
        } else if !self.options.is_empty() {
            v.refuse(Refusal::new(ErrorCode::WrongCount, "options").with("min", 0).with("max", 0));
        }
        v.finish()
    }
}

/// Starts a draft, which only its author and co-authors see.
///
/// # Errors
/// Refusals of the fields.
pub async fn create(app: &App, viewer: &Viewer, mut draft: Draft) -> Result<sql::Initiative> {
    let author = viewer.may(Act::Propose)?;
    viewer.limit(app, Operation::Write)?;
    draft.check(app)?;
    let id = app.new_id();
    let mut tx = app.begin().await?;
    sql::check_links(&mut tx, draft.department, draft.territory, draft.topic).await?;
    let row = sql::insert(&mut tx, id, Some(author), &draft).await?;
    sql::insert_revision(&mut tx, &row, author).await?;
    attachments::attach(&mut tx, author, &draft.attachments, Kind::Initiative, id).await?;
    sql::insert_transition(&mut tx, id, None, State::Draft, Some(author), "").await?;
    audit::record(&mut tx, audit::Entry::new(State::Draft.action(), Some(author), Kind::Initiative, id)).await?;
    notify::follow(&mut tx, author, Kind::Initiative, id).await?;
    tx.commit().await?;
    Ok(row)
}

/// The locked initiative of this author.
async fn own(tx: &mut sqlx::PgConnection, author: Uuid, id: Uuid) -> Result<sql::Initiative> {
    let row = sql::lock(tx, id).await?.filter(|row| row.author_id == Some(author));
    row.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "initiativeId").into())
}

/// Changes a draft or a returned initiative; the former text stays as a revision.
///
/// # Errors
/// Refusals of the fields; `NOT_FOUND`; `WRONG_STATE`.
pub async fn update(app: &App, viewer: &Viewer, id: Uuid, mut draft: Draft) -> Result<sql::Initiative> {
    let author = viewer.may(Act::Propose)?;
    viewer.limit(app, Operation::Write)?;
    draft.check(app)?;
    let mut tx = app.begin().await?;
    let before = own(&mut tx, author, id).await?;
    if !before.state.is_editable() {
        return Err(wrong_state(before.state));
    }
    sql::check_links(&mut tx, draft.department, draft.territory, draft.topic).await?;
    let row = sql::update(&mut tx, id, &draft).await?;
    sql::insert_revision(&mut tx, &row, author).await?;
    attachments::attach(&mut tx, author, &draft.attachments, Kind::Initiative, id).await?;
    let entry = audit::Entry::new("initiative.revised", Some(author), Kind::Initiative, id);
    audit::record(&mut tx, entry.with(serde_json::json!({ "revision": row.revision }))).await?;
    tx.commit().await?;
    Ok(row)
}

/// The draft as it stands, to change parts of it.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn current(app: &App, viewer: &Viewer, id: Uuid) -> Result<Draft> {
    let row = visible(app, viewer, id).await?;
    Ok(Draft {
        locale: row.locale,
        title: row.title,
        goal: row.goal,
        effect: row.effect,
        resources: row.resources,
        department: row.department_id,
        territory: row.territory_id,
        topic: row.topic_id,
        ballot_kind: row.ballot_kind,
        options: row.options,
        min_choices: row.min_choices,
        max_choices: row.max_choices,
        threshold: row.threshold,
        quorum: row.quorum,
        voting_days: row.voting_days,
        attachments: Vec::new(),
    })
}

/// Hands it in for review. Now everything must be there.
///
/// # Errors
/// `REQUIRED` or `TOO_SHORT` for what is missing; `WRONG_STATE`; `WRONG_COUNT` when the author has too many under way.
pub async fn submit(app: &App, viewer: &Viewer, id: Uuid) -> Result<sql::Initiative> {
    let author = viewer.may(Act::Propose)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    // One author's submissions wait for each other, so that the count below holds.
    sql::lock_author(&mut tx, author).await?;
    let row = own(&mut tx, author, id).await?;
    let mut v = Validate::new();
    for (path, text) in [("goal", &row.goal), ("effect", &row.effect), ("resources", &row.resources)] {
        v.text(path, text, 20..=10_000);
    }
    if row.department_id.is_none() {
        v.refuse(Refusal::new(ErrorCode::Required, "departmentId"));
    }
    v.finish()?;
    let most = app.config.initiatives.open_per_person;
    if sql::open_of(&mut tx, author).await? >= most {
        return Err(Refusal::new(ErrorCode::WrongCount, "initiativeId").with("min", 0).with("max", most).into());
    }
    transition(&mut tx, &row, State::InReview, Some(author), "").await?;
    tx.commit().await?;
    visible(app, viewer, id).await
}

/// Takes it back, with a reason once it has been published.
///
/// # Errors
/// `NOT_FOUND`; `WRONG_STATE`; `REQUIRED` for the reason of a published one.
pub async fn withdraw(app: &App, viewer: &Viewer, id: Uuid, reason: &str) -> Result<sql::Initiative> {
    let author = viewer.may(Act::Propose)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    let row = own(&mut tx, author, id).await?;
    let least = if row.state == State::Voting { 5 } else { 0 };
    let reason = validate::text("reason", reason, least..=2000)?;
    transition(&mut tx, &row, State::Withdrawn, Some(author), &reason).await?;
    tx.commit().await?;
    visible(app, viewer, id).await
}

/// Asks people to sign as co-authors.
///
/// # Errors
/// `NOT_FOUND`; `WRONG_STATE` after submission; `WRONG_COUNT` over 20.
pub async fn invite_coauthors(app: &App, viewer: &Viewer, id: Uuid, people: &[Uuid]) -> Result<sql::Initiative> {
    let author = viewer.may(Act::Propose)?;
    viewer.limit(app, Operation::Write)?;
    if people.is_empty() || people.len() > 20 {
        return Err(Refusal::new(ErrorCode::WrongCount, "participantIds").with("min", 1).with("max", 20).into());
    }
    let mut tx = app.begin().await?;
    let row = own(&mut tx, author, id).await?;
    if !row.state.is_editable() {
        return Err(wrong_state(row.state));
    }
    if people.contains(&author) || !sql::invite(&mut tx, id, people).await? {
        return Err(Refusal::new(ErrorCode::NotFound, "participantIds").into());
    }
    let event = audit::record(&mut tx, audit::Entry::new("initiative.coauthors_invited", Some(author), Kind::Initiative, id)).await?;
    notify::announce(&mut tx, event).await?;
    tx.commit().await?;
    visible(app, viewer, id).await
}

/// Signs as a co-author, when invited.
///
/// # Errors
/// `NOT_FOUND` for who was not invited; `WRONG_STATE` after submission.
pub async fn sign(app: &App, viewer: &Viewer, id: Uuid) -> Result<sql::Initiative> {
    let me = viewer.may(Act::Propose)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    let row = sql::lock(&mut tx, id).await?;
    let not_found = || Refusal::new(ErrorCode::NotFound, "initiativeId");
    let row = row.ok_or_else(not_found)?;
    if !sql::sign(&mut tx, id, me).await? {
        return Err(not_found().into());
    }
    if !row.state.is_editable() {
        return Err(wrong_state(row.state));
    }
    audit::record(&mut tx, audit::Entry::new("initiative.signed", Some(me), Kind::Initiative, id)).await?;
    notify::follow(&mut tx, me, Kind::Initiative, id).await?;
    tx.commit().await?;
    visible(app, viewer, id).await
}
