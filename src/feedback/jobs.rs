use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::sql;
use crate::{error::Error, jobs};

/// Closes what was answered long ago and not reopened, every night.
#[derive(Debug, Serialize, Deserialize)]
pub struct CloseAnswered {}

impl TaskHandler for CloseAnswered {
    const IDENTIFIER: &'static str = "close_answered";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = jobs::app(&ctx)?;
        let closed = sql::close_answered(&app.db, app.config.feedback.reopen_days).await?;
        tracing::info!(closed, "closed answered tickets");
        Ok::<(), Error>(())
    }
}
