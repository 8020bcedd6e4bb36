//! Files: uploaded first, attached to something afterwards; their content is kept once, by its hash. Programs are not taken, and where
//! there is a scanner it looks at every file.

pub mod graphql;
mod jobs;
mod kinds;
mod scanner;
mod sql;

use async_graphql::{Enum, SimpleObject};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

pub use jobs::{ScanFile, SweepFiles};
pub use kinds::is_executable;
pub use scanner::Place;
pub use sql::{Attachment, Content, Loose, adopt, loose, take_loose};

use crate::{
    app::App,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    identity::{Act, Viewer},
    jobs::{self as queue, Spec},
    limits::Operation,
    validate,
};

/// Why a file was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefusedFileReason {
    /// It is a program, or an office file with macros: it could do harm where it is opened.
    Executable,
    /// It is larger than a file may be.
    TooLarge,
    /// There were more files than a message may have.
    TooMany,
    /// There is nothing in it.
    Empty,
    /// The scanner found malware in it.
    Infected,
}

/// A file that came with a message and was not kept.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject, Serialize, Deserialize)]
pub struct RefusedFile {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: RefusedFileReason,
}

/// The refusal of a program.
pub fn dangerous(path: &str, name: &str) -> Refusal {
    Refusal::new(ErrorCode::DangerousFile, path).with("name", validate::salvage(name, 100))
}

/// Stores a file that the viewer will attach to something. What a service brings is looked at when a message takes it.
///
/// # Errors
/// `TOO_LONG` for a file over the limit, `REQUIRED` for an empty one, `DANGEROUS_FILE` for a program; refusals of the name.
pub async fn store(app: &App, viewer: &Viewer, name: &str, content_type: &str, content: &[u8]) -> Result<Uuid> {
    let owner = viewer.may(Act::Report).or_else(|_| viewer.may(Act::Intake))?;
    viewer.limit(app, Operation::Write)?;
    if content.len() > app.config.limits.upload_bytes {
        return Err(Refusal::new(ErrorCode::TooLong, "file")
            .with("max", app.config.limits.upload_bytes)
            .with("actual", content.len())
            .into());
    }
    if !viewer.can(Act::Intake) && is_executable(name, content) {
        return Err(dangerous("file", name).into());
    }
    let mut tx = app.begin().await?;
    let id = insert(app, &mut tx, Some(owner), name, content_type, content).await?;
    tx.commit().await?;
    Ok(id)
}

/// Stores a file inside a transaction.
///
/// # Errors
/// `REQUIRED` for an empty file; refusals of the name.
pub async fn insert(app: &App, tx: &mut PgConnection, owner: Option<Uuid>, name: &str, content_type: &str, content: &[u8]) -> Result<Uuid> {
    if content.is_empty() {
        return Err(Refusal::new(ErrorCode::Required, "file").into());
    }
    // Only the last part of a path, so that a name cannot point elsewhere when the file is saved.
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name = validate::line("fileName", name, 1..=200)?;
    let declared = Some(content_type).filter(|t| is_media_type(t)).unwrap_or("application/octet-stream");
    let (id, hash) = (app.new_id(), Sha256::digest(content));
    let content_type = kinds::media_type(declared, content);
    let executable = is_executable(&name, content);
    sql::insert(tx, &sql::New { id, owner, name: &name, content_type: &content_type, hash: &hash, content, executable }).await?;
    if !app.config.attachments.clamd.is_empty() {
        queue::enqueue(tx, &ScanFile { attachment: id }, &Spec::default()).await?;
    }
    Ok(id)
}

fn is_media_type(text: &str) -> bool {
    let token = |t: &str| !t.is_empty() && t.chars().all(|c| c.is_ascii_alphanumeric() || "!#$&^_.+-".contains(c));
    text.len() <= 100 && text.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub))
}

/// Attaches uploaded files of `owner` that are not attached to anything else.
///
/// # Errors
/// The transaction must then be given up. `NOT_FOUND` for files that are unknown, somebody else's or attached elsewhere; `DANGEROUS_FILE`
/// for a program that a service brought.
pub async fn attach(tx: &mut PgConnection, owner: Uuid, ids: &[Uuid], kind: Kind, subject: Uuid) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let attached = sql::attach(tx, owner, ids, kind, subject).await?;
    if let Some((name, _)) = attached.iter().find(|(_, executable)| *executable) {
        return Err(dangerous("attachmentIds", name).into());
    }
    if attached.len() != ids.len() {
        return Err(Refusal::new(ErrorCode::NotFound, "attachmentIds").into());
    }
    Ok(())
}

/// The content of a file, for a job that was given it.
///
/// # Errors
/// The file is gone, or the database failed.
pub async fn load(app: &App, id: Uuid) -> Result<Vec<u8>> {
    let file = sql::content(&app.db, id).await?;
    Ok(file.ok_or_else(|| anyhow::anyhow!("the file is gone"))?.content)
}

/// Whether the scanner has yet to look at a file.
fn is_pending(app: &App, scanned_at: Option<chrono::DateTime<chrono::Utc>>) -> bool {
    scanned_at.is_none() && !app.config.attachments.clamd.is_empty()
}

/// A file with its content, for whoever may read what it belongs to or holds the secret of its ticket's link. What the scanner has not
/// looked at is its owner's only, what it found something in is for administrators.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn content(app: &App, viewer: &Viewer, id: Uuid, secret: Option<&str>) -> Result<Content> {
    let not_found = || Refusal::new(ErrorCode::NotFound, "id");
    let file = sql::content(&app.db, id).await?.ok_or_else(not_found)?;
    match (file.subject_type, file.subject_id) {
        (Some(Kind::Initiative), Some(subject)) => {
            crate::initiatives::visible(app, viewer, subject).await?;
        }
        (Some(Kind::Article), Some(subject)) => crate::feedback::article_visible(app, viewer, subject, secret).await?,
        _ if file.owner_id.is_some() && file.owner_id == viewer.id => (),
        _ => return Err(not_found().into()),
    }
    if file.quarantine.is_some() && !viewer.can(Act::Administer) {
        return Err(not_found().into());
    }
    if is_pending(app, file.scanned_at) && (file.owner_id.is_none() || file.owner_id != viewer.id) {
        return Err(Refusal::new(ErrorCode::NotFound, "scan").into());
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        assert!(is_media_type("image/png") && is_media_type("application/vnd.ms-excel"));
        assert!(!is_media_type("text/html\r\nX: y") && !is_media_type("png") && !is_media_type("/"));
    }
}
