use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::jobs;

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

/// Gives changed clusters their words.
#[derive(Debug, Serialize, Deserialize)]
pub struct Relabel {}

impl TaskHandler for Relabel {
    const IDENTIFIER: &'static str = "relabel";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        super::relabel(&jobs::app(&ctx)?).await
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
