//! Files in the API.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object, Result, dataloader::Loader};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{is_pending, sql};
use crate::{
    gid::{self, Kind},
    graphql::{LoadFailed, Loaders, Request},
};

/// Key of a subject's files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FilesOf(pub Kind, pub Uuid);

impl Loader<FilesOf> for Loaders {
    type Value = Vec<sql::Attachment>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[FilesOf]) -> Result<HashMap<FilesOf, Self::Value>, LoadFailed> {
        let mut found: HashMap<FilesOf, Self::Value> = HashMap::new();
        // One query for each of the two kinds of subject that have files.
        for kind in [Kind::Initiative, Kind::Article] {
            let ids: Vec<Uuid> = keys.iter().filter(|k| k.0 == kind).map(|k| k.1).collect();
            if !ids.is_empty() {
                for file in sql::of(&self.app.db, kind, &ids).await? {
                    found.entry(FilesOf(kind, file.subject_id)).or_default().push(file);
                }
            }
        }
        Ok(found)
    }
}

/// The files of a subject.
///
/// # Errors
/// The database failed.
pub async fn files(ctx: &Context<'_>, kind: Kind, id: Uuid) -> Result<Vec<Attachment>> {
    Ok(ctx.load(FilesOf(kind, id)).await?.unwrap_or_default().into_iter().map(Attachment).collect())
}

/// A file.
pub struct Attachment(sql::Attachment);

/// A file.
#[Object]
impl Attachment {
    /// The global identifier.
    async fn id(&self) -> ID {
        gid::encode(Kind::Attachment, self.0.id)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its media type, as its content tells.
    async fn content_type(&self) -> &str {
        &self.0.content_type
    }

    /// Its size in bytes.
    async fn size(&self) -> i64 {
        self.0.size
    }

    /// Where to read it. It needs the same permission as what it belongs to.
    async fn url(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.app()?.url(&format!("/files/{}", self.0.id)))
    }

    /// Whether malware was found in it: only administrators can read it then.
    async fn quarantined(&self) -> bool {
        self.0.quarantine.is_some()
    }

    /// Whether the scanner has yet to look at it: until then only who sent it can read it.
    async fn pending(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(is_pending(ctx.app()?, self.0.scanned_at))
    }

    /// When it was uploaded.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
