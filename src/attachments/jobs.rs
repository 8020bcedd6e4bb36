use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{RefusedFile, RefusedFileReason, scanner, sql};
use crate::{
    app::App,
    audit,
    error::{Error, Result},
    feedback,
    gid::Kind,
    jobs,
};

/// Lets the scanner look at a file.
#[derive(Debug, Serialize, Deserialize)]
pub struct ScanFile {
    /// Which file.
    pub attachment: Uuid,
}

impl TaskHandler for ScanFile {
    const IDENTIFIER: &'static str = "scan_file";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        scan(&jobs::app(&ctx)?, self.attachment).await
    }
}

async fn scan(app: &App, id: Uuid) -> Result<()> {
    let settings = &app.config.attachments;
    let Some(file) = sql::content(&app.db, id).await?.filter(|file| file.scanned_at.is_none()) else { return Ok(()) };
    if settings.clamd.is_empty() {
        return Ok(());
    }
    let found = scanner::scan(settings, &file.content).await?;
    let mut tx = app.db.begin().await?;
    // Locked, so that it is not attached in between without a word.
    let Some((name, subject)) = sql::scanned(&mut tx, id, found.as_deref()).await? else { return Ok(()) };
    if found.is_some() {
        audit::record(&mut tx, audit::Entry::new("attachment.quarantined", None, Kind::Attachment, id)).await?;
        if let Some(article) = subject {
            let refused = RefusedFile { name, reason: RefusedFileReason::Infected };
            feedback::refuse_file(&mut tx, article, &refused).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Removes files that were uploaded and never attached, and contents that no file has any more; lets the scanner look at what it has not
/// seen, every night.
#[derive(Debug, Serialize, Deserialize)]
pub struct SweepFiles {}

impl TaskHandler for SweepFiles {
    const IDENTIFIER: &'static str = "sweep_files";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = jobs::app(&ctx)?;
        let loose = sql::sweep_loose(&app.db).await?;
        let contents = sql::sweep_blobs(&app.db).await?;
        tracing::info!(loose, contents, "removed files that nothing needs");
        if !app.config.attachments.clamd.is_empty() {
            let mut tx = app.db.begin().await?;
            let files = sql::unscanned(&mut tx).await?;
            let scans: Vec<ScanFile> = files.into_iter().map(|attachment| ScanFile { attachment }).collect();
            jobs::enqueue_all(&mut tx, &scans).await?;
            tx.commit().await?;
        }
        Ok::<(), Error>(())
    }
}
