//! Background work of search.

use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

use super::sql::standing;
use crate::{error::Error, jobs};

/// Throws away changes that every index has long taken in, and what indexes said that are no more.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ForgetChanges {}

impl TaskHandler for ForgetChanges {
    const IDENTIFIER: &'static str = "forget_changes";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = jobs::app(&ctx)?;
        standing::forget(&app.db, app.config.search.keep_changes_days).await?;
        Ok::<(), Error>(())
    }
}
