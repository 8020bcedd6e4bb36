//! Proposed changes of clusters: accepted or refused by people, never by themselves.

use async_graphql::Enum;
use uuid::Uuid;

use super::{Regroup, changes::Change, sql, work};
use crate::{
    app::App,
    audit,
    error::{Error, ErrorCode, Refusal, Result},
    gid::Kind,
    identity::{Act, Viewer},
    jobs::{self, Spec},
    limits::Operation,
    validate::Validate,
};

/// What is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "ClusterProposalKind")]
pub enum ProposalKind {
    /// Clusters become part of another.
    Merge,
    /// Tickets leave a cluster for one of their own.
    Split,
    /// Tickets leave a cluster for another.
    Move,
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "ClusterProposalState")]
pub enum ProposalState {
    /// It waits for somebody to judge it.
    Open,
    /// It was accepted and done.
    Accepted,
    /// It was refused: it comes again only when it has grown by half.
    Refused,
    /// It held no longer when the clusters were looked at again.
    Outdated,
}

impl ProposalState {
    const fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Accepted => "ACCEPTED",
            Self::Refused => "REFUSED",
            Self::Outdated => "OUTDATED",
        }
    }
}

/// How far a fresh clustering has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "RegroupingState")]
pub enum RegroupingState {
    /// It waits for its turn.
    Waiting,
    /// The tickets of the window are being read.
    Reading,
    /// They are being clustered.
    Grouping,
    /// The outcome is being compared with the clusters there are.
    Comparing,
    /// It is over.
    Done,
    /// It broke off; if it was by the queue of jobs, it is tried again.
    Failed,
}

/// Has the window clustered anew in the background; gives the one that waits or runs already, if there is one.
///
/// # Errors
/// `UNAUTHENTICATED`, `FORBIDDEN`, `RATE_LIMITED`.
pub async fn start_regrouping(app: &App, viewer: &Viewer) -> Result<sql::Regrouping> {
    let me = viewer.may(Act::Triage)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    sql::lock_regroupings(&mut tx).await?;
    if let Some(running) = sql::running_regrouping(&mut tx).await? {
        return Ok(running);
    }
    let row = sql::insert_regrouping(&mut tx, app.new_id(), me).await?;
    let spec = Spec { queue: Some(Regroup::QUEUE), ..Spec::default() };
    jobs::enqueue(&mut tx, &Regroup { run: Some(row.id) }, &spec).await?;
    audit::record(&mut tx, audit::Entry::new("regrouping.started", Some(me), Kind::Regrouping, row.id)).await?;
    tx.commit().await?;
    Ok(row)
}

/// The locked proposal, which must be open.
async fn lock_open(tx: &mut sqlx::PgConnection, id: Uuid) -> Result<sql::Proposal> {
    // What follows changes clusters, whose lock comes before all others.
    sql::lock_clusters(tx).await?;
    let row = sql::lock_proposal(tx, id).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "proposalId"))?;
    match row.state {
        ProposalState::Open => Ok(row),
        other => Err(Refusal::new(ErrorCode::WrongState, "proposalId").with("state", other.name()).into()),
    }
}

async fn log(tx: &mut sqlx::PgConnection, action: &'static str, me: Uuid, row: &sql::Proposal) -> Result<()> {
    let details = serde_json::json!({ "kind": row.kind, "sources": row.sources, "tickets": row.weight });
    audit::record(tx, audit::Entry::new(action, Some(me), Kind::Cluster, row.cluster_id).with(details)).await?;
    Ok(())
}

/// Does what was proposed, as if the person had done it themselves.
///
/// # Errors
/// `NOT_FOUND`; `WRONG_STATE` for one that is no longer open; `CONFLICT` when the clusters have changed so that it cannot be done.
pub async fn accept(app: &App, viewer: &Viewer, id: Uuid) -> Result<sql::Proposal> {
    let me = viewer.may(Act::Triage)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    let row = lock_open(&mut tx, id).await?;
    let conflict = || Error::from(Refusal::new(ErrorCode::Conflict, "proposalId"));
    // Somebody said meanwhile where they belong.
    if sql::any_pinned(&mut tx, &row.tickets).await? {
        return Err(conflict());
    }
    let done = match row.change() {
        Change::Merge { target, sources } => work::merge_into(app, &mut tx, me, target, &sources).await,
        Change::Split { cluster, tickets } => work::part(app, &mut tx, me, cluster, None, &tickets).await.map(drop),
        Change::Move { from, to, tickets } => work::part(app, &mut tx, me, from, Some(to), &tickets).await.map(drop),
    };
    done.map_err(|error| if matches!(error, Error::Refused(_)) { conflict() } else { error })?;
    let decided = sql::decide_proposal(&mut tx, id, ProposalState::Accepted, me, "").await?;
    log(&mut tx, "proposal.accepted", me, &row).await?;
    tx.commit().await?;
    Ok(decided)
}

/// Leaves everything as it is. Tickets that were to be moved are pinned where they are; the merge of clusters is not proposed again
/// unless they have grown by half.
///
/// # Errors
/// `TOO_LONG` for the reason, up to 1,000 characters; `NOT_FOUND`; `WRONG_STATE` for one that is no longer open.
pub async fn refuse(app: &App, viewer: &Viewer, id: Uuid, reason: &str) -> Result<sql::Proposal> {
    let me = viewer.may(Act::Triage)?;
    viewer.limit(app, Operation::Write)?;
    let mut v = Validate::new();
    let reason = v.text("reason", reason, 0..=1000);
    v.finish()?;
    let mut tx = app.begin().await?;
    let row = lock_open(&mut tx, id).await?;
    match row.change() {
        Change::Merge { .. } => (),
        Change::Split { cluster, tickets } | Change::Move { from: cluster, tickets, .. } => {
            sql::pin_tickets(&mut tx, cluster, &tickets).await?;
        }
    }
    let decided = sql::decide_proposal(&mut tx, id, ProposalState::Refused, me, &reason).await?;
    log(&mut tx, "proposal.refused", me, &row).await?;
    tx.commit().await?;
    Ok(decided)
}
