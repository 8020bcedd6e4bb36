use uuid::Uuid;

use super::{
    Channel, File, State, check_group,
    files::{attach_files, check_files},
    is_author, lock_for_work, opens, sql, transition,
};
use crate::{
    app::App,
    attachments, audit,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    identity::{Act, Viewer},
    jobs::{self, Spec},
    limits::Operation,
    live::{self, Event},
    triage::Understand,
    validate,
};

/// What goes into a ticket: a follow-up of its author, an answer of an expert, or a note among experts.
#[derive(Debug)]
pub struct Reply {
    /// The text.
    pub text: String,
    /// Only for experts.
    pub note: bool,
    /// The secret of the ticket's link, for an author without an account.
    pub secret: Option<String>,
    /// Files uploaded before.
    pub uploads: Vec<Uuid>,
    /// Files inside it.
    pub files: Vec<File>,
}

/// Writes into a ticket. An expert's answer moves it to `ANSWERED` and goes to the citizen; a citizen's follow-up reopens
/// what was answered.
///
/// # Errors
/// Refusals of the fields; `NOT_FOUND`; `NOT_ALLOWED` for an expert of another group; `WRONG_STATE` in a merged ticket.
pub async fn reply(app: &App, viewer: &Viewer, ticket: Uuid, input: Reply) -> Result<Uuid> {
    viewer.limit(app, Operation::Feedback)?;
    let mut v = validate::Validate::new();
    let text = v.text("text", &input.text, 1..=app.config.feedback.message_chars);
    check_files(app, &mut v, &input.files, input.uploads.len());
    v.finish()?;
    let mut tx = app.begin().await?;
    let not_found = || Refusal::new(ErrorCode::NotFound, "ticketId");
    let row = sql::lock(&mut tx, ticket).await?.ok_or_else(not_found)?;
    let is_author = row.author_id.is_some() && row.author_id == viewer.id;
    let holds_secret = input.secret.as_deref().is_some_and(|secret| opens(&app.keys, row.id, secret));
    let expert = !is_author && !holds_secret;
    let actor = if expert {
        if !viewer.can(Act::Triage) {
            // Those who may read it are told that they may not write; to all others it does not exist.
            viewer.may(Act::Report)?;
            let code = if row.public { ErrorCode::NotAllowed } else { ErrorCode::NotFound };
            return Err(Refusal::new(code, "ticketId").into());
        }
        check_group(viewer, row.group_id, "ticketId")?;
        viewer.id
    } else if is_author {
        Some(viewer.may(Act::Report)?)
    } else {
        None
    };
    if row.state == State::Merged {
        return Err(super::wrong_state(row.state));
    }
    let direction = match (expert, input.note) {
        (true, true) => sql::Direction::Note,
        (true, false) => sql::Direction::Out,
        (false, _) => sql::Direction::In,
    };
    let article = app.new_id();
    let new = sql::NewArticle {
        id: article,
        ticket,
        direction,
        channel: if expert { row.channel } else { Channel::Web },
        external_id: None,
        author: actor,
        contact: if expert { None } else { row.contact_id },
        body: &text,
        decision: None,
        created_at: None,
        brought: sql::Brought::default(),
    };
    sql::insert_article(&mut tx, &new).await?;
    attach_files(app, &mut tx, &input.files, article).await?;
    if let Some(owner) = viewer.id {
        attachments::attach(&mut tx, owner, &input.uploads, Kind::Article, article).await?;
    }
    match direction {
        sql::Direction::Out if row.state == State::Answered || row.state == State::Closed => {
            // A further answer: the citizen hears of it as of the first one.
            let event = audit::record(&mut tx, audit::Entry::new("ticket.answered", actor, Kind::Ticket, ticket)).await?;
            crate::notify::announce(&mut tx, event).await?;
        }
        sql::Direction::Out => {
            transition(&mut tx, &row, State::Answered, actor, "").await?;
        }
        sql::Direction::Note => {
            audit::record(&mut tx, audit::Entry::new("ticket.noted", actor, Kind::Article, article)).await?;
        }
        sql::Direction::In => {
            audit::record(&mut tx, audit::Entry::new("ticket.followed_up", actor, Kind::Ticket, ticket)).await?;
            if row.state.may_become(State::Reopened) {
                transition(&mut tx, &row, State::Reopened, actor, "").await?;
            }
            jobs::enqueue(&mut tx, &Understand { article }, &Spec::default()).await?;
        }
    }
    live::tell(&mut tx, &Event::Ticket { ticket }).await?;
    tx.commit().await?;
    Ok(article)
}

/// Keeps the author's opinion of the answer: 1 (of no help) to 5 (solved).
///
/// # Errors
/// `OUT_OF_RANGE`; `NOT_FOUND`; `WRONG_STATE` before there is an answer; `ALREADY_EXISTS` for a second opinion.
pub async fn rate(app: &App, viewer: &Viewer, ticket: Uuid, rating: i32, comment: &str, secret: Option<&str>) -> Result<()> {
    viewer.limit(app, Operation::Feedback)?;
    let mut v = validate::Validate::new();
    v.range("rating", rating.into(), 1..=5);
    let comment = v.text("comment", comment, 0..=2000);
    v.finish()?;
    let mut tx = app.begin().await?;
    let row = sql::lock(&mut tx, ticket).await?;
    let row = row.filter(|row| is_author(app, viewer, row, secret)).ok_or_else(|| Refusal::new(ErrorCode::NotFound, "ticketId"))?;
    if !matches!(row.state, State::Answered | State::Closed) {
        return Err(super::wrong_state(row.state));
    }
    if !sql::rate(&mut tx, ticket, rating, &comment).await? {
        return Err(Refusal::new(ErrorCode::AlreadyExists, "rating").into());
    }
    let entry = audit::Entry::new("ticket.rated", viewer.id, Kind::Ticket, ticket);
    audit::record(&mut tx, entry.with(serde_json::json!({ "rating": rating }))).await?;
    live::tell(&mut tx, &Event::Ticket { ticket }).await?;
    tx.commit().await?;
    Ok(())
}

/// Turns down a ticket that is no matter for the service; the reason goes to its author.
///
/// # Errors
/// As [`lock_for_work`]; refusals of the reason; `WRONG_STATE`.
pub async fn reject(app: &App, viewer: &Viewer, ticket: Uuid, reason: &str) -> Result<()> {
    let me = viewer.may(Act::Triage)?;
    let reason = validate::text("reason", reason, 10..=5000)?;
    let mut tx = app.begin().await?;
    let row = lock_for_work(&mut tx, viewer, ticket).await?;
    transition(&mut tx, &row, State::Rejected, Some(me), &reason).await?;
    tx.commit().await?;
    Ok(())
}
