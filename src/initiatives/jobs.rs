use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{settle, sql};
use crate::{error::Error, jobs};

/// Closes a vote that may be decided.
#[derive(Debug, Serialize, Deserialize)]
pub struct Settle {
    /// Which.
    pub initiative: Uuid,
}

impl TaskHandler for Settle {
    const IDENTIFIER: &'static str = "settle";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        settle(&jobs::app(&ctx)?, self.initiative).await
    }
}

/// Finds the votes whose time is over, every minute.
#[derive(Debug, Serialize, Deserialize)]
pub struct SettleDue {}

impl TaskHandler for SettleDue {
    const IDENTIFIER: &'static str = "settle_due";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = jobs::app(&ctx)?;
        let due: Vec<Settle> = sql::due(&app.db).await?.into_iter().map(|initiative| Settle { initiative }).collect();
        let mut tx = app.db.begin().await?;
        jobs::enqueue_all(&mut tx, &due).await?;
        tx.commit().await?;
        Ok::<(), Error>(())
    }
}
