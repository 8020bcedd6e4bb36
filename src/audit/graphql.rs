//! The log in the API.

use async_graphql::{Context, ID, InputObject, Json, Object, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::sql;
use crate::{
    error::{self, Error, ErrorCode, Refusal},
    gid::{self, Kind},
    graphql::Request,
    identity::{
        Act,
        graphql::{Participant, participant},
    },
    page::{self, Args, Page},
    schema::{Node, node},
    validate,
};

/// Kinds of acts that one list may hold.
const MOST_ACTIONS: usize = 20;

/// Which lines of the log to list. Conditions of different fields hold together.
#[derive(InputObject, Default)]
pub struct AuditFilter {
    /// Only what was done to this object.
    subject_id: Option<ID>,
    /// Only such acts, for example `initiative.published`.
    pub(super) action: Option<String>,
    /// Only acts of these kinds, at most 20.
    pub(super) actions: Option<Vec<String>>,
    /// Only what this participant did.
    actor_id: Option<ID>,
    #[graphql(skip)]
    pub(super) actor_key: Option<Uuid>,
    #[graphql(skip)]
    pub(super) subject_key: Option<(Kind, Uuid)>,
}

impl AuditFilter {
    fn check(mut self) -> error::Result<Self> {
        let subject = self.subject_id.as_ref().map(|id| gid::one_of(Kind::ALL, id, "filter.subjectId"));
        self.subject_key = subject.transpose().map_err(Error::BadRequest)?;
        self.action = self.action.map(|a| validate::line("filter.action", &a, 1..=100)).transpose().map_err(Error::BadRequest)?;
        let actions = self.actions.unwrap_or_default();
        if actions.len() > MOST_ACTIONS {
            let refusal = Refusal::new(ErrorCode::WrongCount, "filter.actions").with("min", 0).with("max", MOST_ACTIONS);
            return Err(Error::BadRequest(refusal));
        }
        let actions: std::result::Result<Vec<_>, _> =
            actions.iter().map(|action| validate::line("filter.actions", action, 1..=100)).collect();
        self.actions = Some(actions.map_err(Error::BadRequest)?).filter(|actions| !actions.is_empty());
        self.actor_key = gid::maybe(Kind::Participant, self.actor_id.as_ref(), "filter.actorId").map_err(Error::BadRequest)?;
        Ok(self)
    }
}

/// A line of the log.
pub struct AuditEntry(sql::Row);

/// A line of the log.
#[Object]
impl AuditEntry {
    /// Its number; numbers grow.
    async fn number(&self) -> i64 {
        self.0.id
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// By whom; null for the platform.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, self.0.actor_id).await
    }

    /// What was done, for example `initiative.published`.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// To what.
    async fn subject_id(&self) -> ID {
        gid::encode(self.0.subject_type, self.0.subject_id)
    }

    /// To what, if the caller may read it and it can be looked up.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        node(ctx, self.0.subject_type, self.0.subject_id).await
    }

    /// To what kind of thing.
    async fn subject_kind(&self) -> Kind {
        self.0.subject_type
    }

    /// More about it.
    async fn details(&self) -> Json<&serde_json::Value> {
        Json(&self.0.details)
    }
}

/// Queries of the log.
#[derive(Default)]
pub struct Query;

/// Queries of the log.
#[Object(name = "AuditQuery")]
impl Query {
    /// Who did what to what, newest first: what is public, what one did oneself, and for administrators everything but who voted.
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all by default.")] filter: Option<AuditFilter>,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<AuditEntry>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome: error::Result<Page<AuditEntry>> = async {
            let args = Args::<i64>::new(first, after, last, before)?;
            let filter = filter.unwrap_or_default().check()?;
            let (me, all) = (viewer.id.filter(|_| viewer.can(Act::ReadOwn)), viewer.can(Act::Administer));
            let rows = sql::list(&app.db, me, all, &filter, &args).await?;
            let total = if page::wants_total(ctx) { sql::count(&app.db, me, all, &filter).await? } else { 0 };
            Ok(page::page(&args, rows, total, |row| row.id, AuditEntry))
        }
        .await;
        ctx.out(outcome)
    }
}
