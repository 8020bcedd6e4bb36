//! Imports that administrators start in the browser: a job reads the uploaded file as the command line does.

use async_graphql::Enum;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    ColumnNames, Format, InitiativesOptions, MessagesOptions, Rows, initiatives, messages,
    read::{self, Reader},
    sql,
};
use crate::{
    app::App,
    attachments, audit,
    error::{Error, ErrorCode, Refusal, Result},
    feedback::Channel,
    gid,
    identity::{Act, Viewer},
    jobs::{self, Spec},
    limits::Operation,
    triage::Learn,
};

/// Chunks between two notes of how far it has come.
const NOTED: u32 = 4;

/// What a file brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "ImportKind")]
pub enum Kind {
    /// Messages, which become tickets.
    #[default]
    Messages,
    /// Initiatives of another service with their votes; from `CSV` and `JSONL` only.
    Initiatives,
}

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "ImportState")]
pub enum State {
    /// It waits for its turn.
    Waiting,
    /// The file is being read.
    Running,
    /// The file has been read to its end.
    Done,
    /// The file cannot be read.
    Failed,
}

/// How to read a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Options {
    /// What it is.
    pub format: Format,
    /// Names of its columns.
    pub columns: ColumnNames,
    /// How messages came in, where the rows do not say so.
    pub channel: Option<Channel>,
    /// Whether everybody may read the tickets.
    pub public: bool,
    /// Votes that initiatives need.
    pub threshold: Option<i64>,
}

/// Starts to import an uploaded file of the viewer's own.
///
/// # Errors
/// `NOT_FOUND` for the file; `NOT_ALLOWED` for initiatives in mail; `OUT_OF_RANGE` for the threshold.
pub async fn start(app: &App, viewer: &Viewer, kind: Kind, attachment: Uuid, options: &Options) -> Result<sql::Import> {
    let me = viewer.may(Act::Administer)?;
    viewer.limit(app, Operation::Write)?;
    if kind == Kind::Initiatives && matches!(options.format, Format::Mbox | Format::Eml) {
        return Err(Refusal::new(ErrorCode::NotAllowed, "format").into());
    }
    if let Some(threshold) = options.threshold {
        let mut v = crate::validate::Validate::new();
        v.range("threshold", threshold, 1..=app.config.initiatives.threshold_max);
        v.finish()?;
    }
    let mut tx = app.begin().await?;
    let row = sql::insert_import(&mut tx, app.new_id(), kind, attachment, me, options).await?;
    let row = row.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "attachmentId"))?;
    let spec = Spec { queue: Some("imports"), ..Spec::default() };
    jobs::enqueue(&mut tx, &RunImport { import: row.id }, &spec).await?;
    let entry = audit::Entry::new("import.started", Some(me), gid::Kind::Import, row.id);
    audit::record(&mut tx, entry.with(json!({ "kind": format!("{kind:?}"), "format": options.format }))).await?;
    tx.commit().await?;
    Ok(row)
}

/// Reads the file of an import. Cut short, it is run again and passes over what it stored.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunImport {
    /// Which.
    pub import: Uuid,
}

impl TaskHandler for RunImport {
    const IDENTIFIER: &'static str = "run_import";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        run(&jobs::app(&ctx)?, self.import).await
    }
}

async fn run(app: &App, id: Uuid) -> Result<()> {
    let Some(import) = sql::begin_import(&app.db, id).await? else { return Ok(()) };
    let content = attachments::load(app, import.attachment_id).await?;
    let folder = tempfile::tempdir().map_err(anyhow::Error::from)?;
    // A name of our own: theirs may be anything.
    let path = folder.path().join(format!("import.{}", import.options.format.extension()));
    tokio::fs::write(&path, &content).await.map_err(anyhow::Error::from)?;
    let before = u64::try_from(import.stored).unwrap_or(0);
    let outcome = match import.kind {
        Kind::Messages => run_messages(app, id, before, &import, path.clone()).await?,
        Kind::Initiatives => run_initiatives(app, id, before, &import, path.clone()).await?,
    };
    let error = outcome.err().map(|error| format!("{error:#}").replace(&path.display().to_string(), &import.file_name));
    let mut tx = app.db.begin().await?;
    sql::end_import(&mut tx, id, error.as_deref()).await?;
    if import.kind == Kind::Messages && error.is_none() {
        jobs::enqueue(&mut tx, &Learn::default(), &Spec { key: Some("learn".into()), ..Spec::default() }).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Why a file cannot be read: an outcome, which trying again would not change.
type Unreadable = std::result::Result<(), anyhow::Error>;

async fn run_messages(app: &App, id: Uuid, before: u64, import: &sql::Started, path: std::path::PathBuf) -> Result<Unreadable> {
    let Options { format, columns, channel, public, .. } = import.options.0.clone();
    let options = MessagesOptions { path, format: Some(format), columns, channel, public, json: true };
    let rows = read::open(&options.path, options.format, &(&options.columns).into());
    let (rows, mut run) = match rows.and_then(|rows| Ok((rows, messages::Run::open(app, &options)?))) {
        Ok(opened) => opened,
        Err(error) => return Ok(Err(error)),
    };
    let total = count(rows).await?;
    let mut chunks = 0;
    note(app, id, Some(total), before, 0, &run.summary.rows).await?;
    while run.step().await?.is_some() {
        chunks += 1;
        if chunks % NOTED == 0 {
            note(app, id, None, before, run.summary.tickets + run.summary.follow_ups, &run.summary.rows).await?;
        }
    }
    let summary = run.end().await?;
    note(app, id, None, before, summary.tickets + summary.follow_ups, &summary.rows).await?;
    Ok(Ok(()))
}

async fn run_initiatives(app: &App, id: Uuid, before: u64, import: &sql::Started, path: std::path::PathBuf) -> Result<Unreadable> {
    let Options { format, columns, threshold, .. } = import.options.0.clone();
    let options = InitiativesOptions { path, format: Some(format), columns, threshold, json: true };
    let rows = read::open_initiatives(&options.path, options.format, &(&options.columns).into());
    let (rows, mut run) = match rows.and_then(|rows| Ok((rows, initiatives::Run::open(app, &options)?))) {
        Ok(opened) => opened,
        Err(error) => return Ok(Err(error)),
    };
    let total = count(rows).await?;
    let mut chunks = 0;
    note(app, id, Some(total), before, 0, &run.summary.rows).await?;
    while run.step().await?.is_some() {
        chunks += 1;
        if chunks % NOTED == 0 {
            note(app, id, None, before, run.summary.initiatives, &run.summary.rows).await?;
        }
    }
    let summary = run.end().await?;
    note(app, id, None, before, summary.initiatives, &summary.rows).await?;
    Ok(Ok(()))
}

/// The rows of a file.
async fn count<T: 'static>(reader: Reader<T>) -> Result<u64> {
    let counted = tokio::task::spawn_blocking(move || reader.fold(0, |n, _| n + 1));
    Ok(counted.await.map_err(anyhow::Error::from)?)
}

/// Notes how far it has come. What a former try of the same import stored, this one finds there already: it counts as stored.
async fn note(app: &App, id: Uuid, total: Option<u64>, before: u64, new: u64, rows: &Rows) -> Result<(), Error> {
    let again = rows.already().min(before);
    let counts = [rows.read, new + again, rows.ignored - again, rows.refused].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    sql::note_import(&app.db, id, total.and_then(|n| i64::try_from(n).ok()), counts).await?;
    Ok(())
}
