//! Files of a message: what is kept of them, and what is told of the rest.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Message, sql};
use crate::{
    app::App,
    attachments::{self, RefusedFile, RefusedFileReason},
    audit,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    live::{self, Event},
    notify,
    validate::{self, Validate},
};

/// A file that came with a message.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// The files of a message, sorted.
#[derive(Debug, Default)]
pub struct Sorted<'a> {
    /// Those inside it that are kept, with clean names.
    inside: Vec<(String, &'a File)>,
    /// Those uploaded before that are kept.
    uploads: Vec<Uuid>,
    /// Those that are not.
    pub refused: Vec<RefusedFile>,
    /// The names of all.
    pub names: Vec<String>,
}

fn clean(name: &str) -> String {
    // Only the last part of a path, as it is stored.
    let name = validate::salvage(&name.replace(['\n', '\t'], " "), 1000);
    let name: String = name.rsplit(['/', '\\']).next().unwrap_or_default().trim().chars().take(200).collect();
    if name.is_empty() { "file".into() } else { name }
}

/// Sorts the files of a message: nobody could mend those that cannot be kept, so they are left out and told of.
///
/// # Errors
/// `NOT_FOUND` for uploaded files that are unknown, somebody else's or attached already.
pub async fn sort<'a>(app: &App, tx: &mut PgConnection, message: &'a Message) -> Result<Sorted<'a>> {
    let most = app.config.feedback.attachments;
    let mut sorted = Sorted { refused: message.refused.clone(), ..Sorted::default() };
    sorted.names.extend(message.refused.iter().map(|file| file.name.clone()));
    let mut kept = 0;
    for file in &message.files {
        let name = clean(&file.name);
        sorted.names.push(name.clone());
        let reason = if file.content.is_empty() {
            Some(RefusedFileReason::Empty)
        } else if attachments::is_executable(&name, &file.content) {
            Some(RefusedFileReason::Executable)
        } else if file.content.len() > app.config.limits.upload_bytes {
            Some(RefusedFileReason::TooLarge)
        } else if kept == most {
            Some(RefusedFileReason::TooMany)
        } else {
            None
        };
        match reason {
            Some(reason) => sorted.refused.push(RefusedFile { name, reason }),
            None => {
                kept += 1;
                sorted.inside.push((name, file));
            }
        }
    }
    if let (Some(owner), ids) = &message.uploads
        && !ids.is_empty()
    {
        let loose = attachments::loose(tx, *owner, ids).await?;
        for id in ids {
            let file = loose.iter().find(|file| file.id == *id).ok_or_else(|| Refusal::new(ErrorCode::NotFound, "attachmentIds"))?;
            if sorted.uploads.contains(id) {
                continue;
            }
            sorted.names.push(file.name.clone());
            let reason = if file.executable {
                Some(RefusedFileReason::Executable)
            } else if kept == most {
                Some(RefusedFileReason::TooMany)
            } else {
                kept += 1;
                sorted.uploads.push(*id);
                // Kept, but nobody reads it.
                file.quarantined.then_some(RefusedFileReason::Infected)
            };
            sorted.refused.extend(reason.map(|reason| RefusedFile { name: file.name.clone(), reason }));
        }
    }
    Ok(sorted)
}

impl Sorted<'_> {
    /// Stores and attaches what is kept, and the whole text where a part of it was cut off.
    ///
    /// # Errors
    /// The database failed.
    pub async fn attach(&self, app: &App, tx: &mut PgConnection, owner: Option<Uuid>, whole: Option<&str>, article: Uuid) -> Result<()> {
        let mut stored = Vec::new();
        if let Some(text) = whole {
            stored.push(attachments::insert(app, tx, None, "message.txt", "text/plain", text.as_bytes()).await?);
        }
        for (name, file) in &self.inside {
            stored.push(attachments::insert(app, tx, None, name, &file.content_type, &file.content).await?);
        }
        if !stored.is_empty() {
            attachments::adopt(tx, &stored, Kind::Article, article).await?;
        }
        match owner {
            Some(owner) => attachments::attach(tx, owner, &self.uploads, Kind::Article, article).await,
            None => Ok(()),
        }
    }
}

/// Stores files that came inside a reply, which were checked before.
pub(super) async fn attach_files(app: &App, tx: &mut PgConnection, files: &[File], article: Uuid) -> Result<()> {
    let mut stored = Vec::new();
    for file in files {
        stored.push(attachments::insert(app, tx, None, &clean(&file.name), &file.content_type, &file.content).await?);
    }
    if !stored.is_empty() {
        attachments::adopt(tx, &stored, Kind::Article, article).await?;
    }
    Ok(())
}

/// Refuses files inside what a person writes that cannot be kept.
pub(super) fn check_files(app: &App, v: &mut Validate, files: &[File], uploads: usize) {
    let (most, bytes) = (app.config.feedback.attachments, app.config.limits.upload_bytes);
    if files.len() + uploads > most {
        let path = if files.is_empty() { "attachmentIds" } else { "attachments" };
        v.refuse(Refusal::new(ErrorCode::WrongCount, path).with("min", 0).with("max", most));
    }
    for (i, file) in files.iter().enumerate() {
        let path = format!("attachments.{i}.content");
        if file.content.is_empty() {
            v.refuse(Refusal::new(ErrorCode::Required, &path));
        } else if file.content.len() > bytes {
            v.refuse(Refusal::new(ErrorCode::TooLong, &path).with("max", bytes).with("actual", file.content.len()));
        } else if attachments::is_executable(&file.name, &file.content) {
            v.refuse(attachments::dangerous(&path, &file.name));
        }
        v.line(&format!("attachments.{i}.name"), &file.name, 1..=200);
    }
}

/// Lets who wrote an article hear that files of it were not kept.
///
/// # Errors
/// The database failed.
pub(super) async fn tell_refused(tx: &mut PgConnection, ticket: Uuid, article: Uuid) -> Result<()> {
    let entry = audit::Entry::new("ticket.files_refused", None, Kind::Ticket, ticket);
    let entry = audit::Entry { sealed: true, ..entry.with(serde_json::json!({ "article": article })) };
    let event = audit::record(tx, entry).await?;
    notify::announce(tx, event).await
}

/// Notes that a file of an article turned out to be malware.
///
/// # Errors
/// The database failed.
pub async fn refuse_file(tx: &mut PgConnection, article: Uuid, file: &RefusedFile) -> Result<()> {
    if let Some(ticket) = sql::refuse_file(tx, article, file).await? {
        tell_refused(tx, ticket, article).await?;
        live::tell(tx, &Event::Ticket { ticket }).await?;
    }
    Ok(())
}
