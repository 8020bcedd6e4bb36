use uuid::Uuid;

use super::{Channel, File, Message, Received, Sender, files::check_files, intake, link_secret};
use crate::{
    app::App,
    error::{Error, ErrorCode, Refusal, Result},
    identity::{Act, Viewer},
    limits::Operation,
    validate::{self, Validate},
};

/// What a person writes to the service on the web or through the API.
#[derive(Debug)]
pub struct Submission {
    /// The channel: `WEB`, `API`, or `PHONE` for an operator.
    pub channel: Channel,
    /// What it is about; the first words by default.
    pub subject: Option<String>,
    /// What they write.
    pub text: String,
    /// Whether everybody may read it.
    pub public: bool,
    /// About what.
    pub topic: Option<Uuid>,
    /// Where.
    pub territory: Option<Uuid>,
    /// Where to answer somebody without an account; for `PHONE` also a telephone number.
    pub sender: Sender,
    /// Uploaded files.
    pub uploads: Vec<Uuid>,
    /// Files inside it.
    pub files: Vec<File>,
    /// An identifier of the caller's choice, by which a repeated call is known.
    pub external_id: Option<String>,
}

/// Stores what a person writes; the outcome holds the secret of the link for somebody without an account.
///
/// # Errors
/// Refusals of the fields; `RATE_LIMITED`.
pub async fn submit(app: &App, viewer: &Viewer, input: Submission) -> Result<(Received, Option<String>)> {
    viewer.limit(app, Operation::Feedback)?;
    if viewer.service.is_some() {
        // Its bot brings what they write as a message of its channel.
        return Err(Error::Forbidden);
    }
    // People without an account may write too; one who has one must be allowed to use it here.
    let person = viewer.id.map(|_| viewer.may(Act::Report)).transpose()?;
    let operator = if input.channel == Channel::Phone { Some(viewer.may(Act::Operate)?) } else { None };
    let mut v = Validate::new();
    if matches!(input.channel, Channel::Email | Channel::Telegram) {
        v.refuse(Refusal::new(ErrorCode::NotAllowed, "channel"));
    }
    let subject = input.subject.map(|s| v.line("subject", &s, 3..=200));
    let text = v.text("text", &input.text, 5..=app.config.feedback.message_chars);
    let address = input.sender.address.map(|address| {
        if operator.is_some() {
            v.line("address", &address, 3..=100)
        } else {
            let address = validate::email("address", &address);
            v.keep(address)
        }
    });
    let name = input.sender.name.map(|name| v.line("name", &name, 2..=100));
    let external_id = input.external_id.map(|id| v.line("externalId", &id, 1..=200));
    check_files(app, &mut v, &input.files, input.uploads.len());
    if person.is_none() && !input.uploads.is_empty() {
        v.refuse(Refusal::new(ErrorCode::NotAllowed, "attachmentIds"));
    }
    v.finish()?;
    let author = if operator.is_some() { None } else { person };
    // Another person's key must not answer with somebody's ticket.
    let external_id = external_id.map(|id| person.map_or_else(|| format!("anonymous:{id}"), |p| format!("{}:{id}", p.simple())));
    let message = Message {
        external_id,
        author,
        operator,
        sender: if author.is_some() { Sender::default() } else { Sender { address, name, verified: false } },
        subject,
        public: input.public,
        locale: viewer.locale,
        topic: input.topic,
        territory: input.territory,
        uploads: (person, input.uploads),
        files: input.files,
        ..Message::new(input.channel, text)
    };
    let mut tx = app.begin().await?;
    crate::initiatives::sql::check_links(&mut tx, None, input.territory, input.topic).await?;
    let received = intake(app, &mut tx, &message).await?;
    tx.commit().await?;
    if received.stored {
        app.metrics.article(message.channel.name());
    }
    let secret = (author.is_none() && received.stored).then(|| link_secret(&app.keys, received.ticket));
    Ok((received, secret))
}
