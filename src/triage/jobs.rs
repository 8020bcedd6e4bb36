use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{map::MOST, sql};
use crate::{
    error::Error,
    jobs::{self, Spec},
};

/// Reads an article, and others that wait with it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Understand {
    /// Which article.
    pub article: Uuid,
}

impl TaskHandler for Understand {
    const IDENTIFIER: &'static str = "understand";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        super::understand(&jobs::app(&ctx)?, self.article).await
    }
}

/// Looks which earlier tickets may be about the same incident as new ones.
#[derive(Debug, Serialize, Deserialize)]
pub struct Compare {
    /// The new ones.
    pub tickets: Vec<Uuid>,
}

impl TaskHandler for Compare {
    const IDENTIFIER: &'static str = "compare";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        super::compare(&jobs::app(&ctx)?, &self.tickets).await
    }
}

/// Learns from what has come in.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Learn {}

impl TaskHandler for Learn {
    const IDENTIFIER: &'static str = "learn";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        super::learn(&jobs::app(&ctx)?).await
    }
}

/// Gives changed clusters their words, headlines and summaries; draws the map anew where much has changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Relabel {}

impl TaskHandler for Relabel {
    const IDENTIFIER: &'static str = "relabel";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = jobs::app(&ctx)?;
        super::relabel(&app).await?;
        super::describe(&app).await?;
        if sql::map_is_old(&app.db, MOST).await? {
            let mut tx = app.db.begin().await?;
            let later = app.clock.now() + chrono::TimeDelta::minutes(1);
            jobs::enqueue(&mut tx, &DrawMap {}, &Spec { key: Some("draw_map".into()), run_at: Some(later), ..Default::default() }).await?;
            tx.commit().await?;
        }
        Ok::<_, Error>(())
    }
}

/// Clusters the window anew and proposes what might better be otherwise.
#[derive(Debug, Serialize, Deserialize)]
pub struct Regroup {
    /// Which run; none by the clock.
    pub run: Option<Uuid>,
}

impl Regroup {
    /// One after another in the installation.
    pub const QUEUE: &'static str = "regroup";
}

impl TaskHandler for Regroup {
    const IDENTIFIER: &'static str = "regroup";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        super::regroup::regroup(&jobs::app(&ctx)?, self.run).await
    }
}

/// Carries a decision on a cluster into each of its tickets.
#[derive(Debug, Serialize, Deserialize)]
pub struct AnswerTickets {
    /// Which decision.
    pub decision: Uuid,
}

impl TaskHandler for AnswerTickets {
    const IDENTIFIER: &'static str = "answer_tickets";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        super::decide::answer_tickets(&jobs::app(&ctx)?, self.decision).await
    }
}

/// Looks which matters people write about far more than usual.
#[derive(Debug, Serialize, Deserialize)]
pub struct Watch {}

impl TaskHandler for Watch {
    const IDENTIFIER: &'static str = "watch";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        super::alarms::watch(&jobs::app(&ctx)?).await
    }
}

/// Lays out the map of matters.
#[derive(Debug, Serialize, Deserialize)]
pub struct DrawMap {}

impl TaskHandler for DrawMap {
    const IDENTIFIER: &'static str = "draw_map";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        super::map::draw(&jobs::app(&ctx)?).await
    }
}
