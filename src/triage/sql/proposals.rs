//! The window that is clustered anew, and what is proposed of it.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres, QueryBuilder, types::Json};
use uuid::Uuid;

use super::{
    super::{
        ProposalKind, ProposalState, RegroupingState,
        changes::{Change, Refused, Standing},
        evidence::Evidence,
    },
    from_bytes,
};
use crate::{feedback::State, page::Args};

/// A ticket of the window by the vector of its first message.
#[derive(Debug)]
pub struct Windowed {
    pub ticket: Uuid,
    pub cluster: Uuid,
    pub standing: Standing,
    pub vector: Vec<f32>,
}

/// The newest tickets that are in clusters, at most `most` of the last `days`, oldest first.
pub async fn window(db: &PgPool, days: i32, most: i64) -> sqlx::Result<Vec<Windowed>> {
    let rows: Vec<(Uuid, Uuid, State, bool, Vec<u8>)> = sqlx::query_as(
        "select t.id, t.cluster_id, t.state, t.pinned_at is not null, v.vector
         from (select * from tickets where created_at > veche_now() - make_interval(days => $1) and cluster_id is not null
               order by created_at desc, id desc limit $2) t,
             lateral (select id from articles a where a.ticket_id = t.id and a.direction = 'IN' order by created_at, id limit 1) a
             join vectors v on v.article_id = a.id and v.space_id = (select id from spaces where state = 'SERVING')
         order by t.created_at, t.id",
    )
    .bind(days)
    .bind(most)
    .fetch_all(db)
    .await?;
    let standing = |state, pinned| match state {
        State::Merged | State::Closed | State::Rejected => Standing::Ended,
        _ if pinned => Standing::Pinned,
        _ => Standing::Free,
    };
    let windowed = |(ticket, cluster, state, pinned, vector): (Uuid, Uuid, State, bool, Vec<u8>)| Windowed {
        ticket,
        cluster,
        standing: standing(state, pinned),
        vector: from_bytes(&vector),
    };
    Ok(rows.into_iter().map(windowed).collect())
}

/// A proposal as its row tells.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Proposal {
    pub id: Uuid,
    pub kind: ProposalKind,
    pub state: ProposalState,
    pub cluster_id: Uuid,
    pub sources: Vec<Uuid>,
    pub tickets: Vec<Uuid>,
    pub weight: i32,
    pub size: i32,
    pub evidence: Json<Evidence>,
    pub created_at: DateTime<Utc>,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTime<Utc>>,
    pub reason: String,
}

impl Proposal {
    /// What it would change.
    pub fn change(&self) -> Change {
        let tickets = self.tickets.clone();
        match self.kind {
            ProposalKind::Merge => Change::Merge { target: self.cluster_id, sources: self.sources.clone() },
            ProposalKind::Split => Change::Split { cluster: self.cluster_id, tickets },
            ProposalKind::Move => Change::Move { from: self.sources.first().copied().unwrap_or_default(), to: self.cluster_id, tickets },
        }
    }
}

/// A proposal to be written.
#[derive(Debug, serde::Serialize)]
pub struct NewProposal {
    id: Uuid,
    /// Whether there is an open proposal of this identity.
    #[serde(skip)]
    pub known: bool,
    kind: ProposalKind,
    cluster_id: Uuid,
    sources: Vec<Uuid>,
    tickets: Vec<Uuid>,
    weight: u32,
    size: u32,
    evidence: Evidence,
}

impl NewProposal {
    /// A change with what speaks for it, under the identity of an open proposal or else a new one; `sizes` are those of clusters.
    pub fn new(known: Option<Uuid>, new: impl FnOnce() -> Uuid, change: Change, evidence: Evidence, sizes: impl Fn(&Uuid) -> u32) -> Self {
        let moved = |tickets: &[Uuid]| u32::try_from(tickets.len()).unwrap_or(u32::MAX);
        let (kind, cluster_id, sources, tickets, weight, size) = match change {
            Change::Merge { target, sources } => {
                let weight = sources.iter().map(&sizes).sum();
                (ProposalKind::Merge, target, sources, Vec::new(), weight, weight + sizes(&target))
            }
            Change::Split { cluster, tickets } => {
                let moved = moved(&tickets);
                (ProposalKind::Split, cluster, Vec::new(), tickets, moved, moved)
            }
            Change::Move { from, to, tickets } => {
                let moved = moved(&tickets);
                (ProposalKind::Move, to, vec![from], tickets, moved, moved)
            }
        };
        Self { id: known.unwrap_or_else(new), known: known.is_some(), kind, cluster_id, sources, tickets, weight, size, evidence }
    }
}

/// What people refused.
pub async fn refused_changes(db: &PgPool) -> sqlx::Result<Vec<Refused>> {
    let rows: Vec<Proposal> = sqlx::query_as("select * from cluster_proposals where state = 'REFUSED' order by id").fetch_all(db).await?;
    Ok(rows.iter().map(|row| Refused { change: row.change(), size: u32::try_from(row.size).unwrap_or(0) }).collect())
}

pub async fn open_proposals(db: &PgPool) -> sqlx::Result<Vec<Proposal>> {
    sqlx::query_as("select * from cluster_proposals where state = 'OPEN' order by id").fetch_all(db).await
}

/// Writes what is proposed now; what is open and not among it holds no longer. Gives how many those are.
pub async fn write_proposals(tx: &mut PgConnection, proposals: &[NewProposal]) -> sqlx::Result<u64> {
    let kept: Vec<Uuid> = proposals.iter().map(|proposal| proposal.id).collect();
    let outdated =
        sqlx::query("update cluster_proposals set state = 'OUTDATED', decided_at = veche_now() where state = 'OPEN' and id <> all($1)")
            .bind(kept)
            .execute(&mut *tx)
            .await?;
    sqlx::query(
        "insert into cluster_proposals (id, kind, cluster_id, sources, tickets, weight, size, evidence)
         select * from jsonb_to_recordset($1) r(id uuid, kind text, cluster_id uuid, sources uuid[], tickets uuid[],
             weight int, size int, evidence jsonb)
         on conflict (id) do update set tickets = excluded.tickets, weight = excluded.weight, size = excluded.size,
             evidence = excluded.evidence
         where cluster_proposals.state = 'OPEN'",
    )
    .bind(Json(proposals))
    .execute(tx)
    .await?;
    Ok(outdated.rows_affected())
}

/// Which proposals a list holds.
#[derive(Debug, Clone, Default)]
pub struct ProposalFilter {
    pub state: Option<ProposalState>,
    /// In the queue of this group.
    pub group: Option<Uuid>,
    /// That would change this cluster.
    pub cluster: Option<Uuid>,
}

fn conditions(query: &mut QueryBuilder<Postgres>, filter: &ProposalFilter) {
    query.push(" from cluster_proposals p where true");
    if let Some(state) = filter.state {
        query.push(" and p.state = ").push_bind(state);
    }
    if let Some(group) = filter.group {
        query.push(" and exists (select from clusters c where c.id = p.cluster_id and c.group_id = ").push_bind(group).push(")");
    }
    if let Some(cluster) = filter.cluster {
        query.push(" and (p.cluster_id = ").push_bind(cluster).push(" or ").push_bind(cluster).push(" = any(p.sources))");
    }
}

/// Proposals, those first that change most.
pub async fn list_proposals(db: &PgPool, filter: &ProposalFilter, args: &Args<(i64, Uuid)>) -> sqlx::Result<Vec<Proposal>> {
    let mut query = QueryBuilder::new("select p.*");
    conditions(&mut query, filter);
    if let Some((weight, id)) = args.from {
        query.push(if args.backward { " and (p.weight, p.id) > (" } else { " and (p.weight, p.id) < (" });
        query.push_bind(i32::try_from(weight).unwrap_or(i32::MAX)).push(", ").push_bind(id).push(")");
    }
    let direction = if args.backward { " asc" } else { " desc" };
    query.push(" order by p.weight").push(direction).push(", p.id").push(direction).push(" limit ").push_bind(args.limit());
    query.build_query_as().fetch_all(db).await
}

pub async fn count_proposals(db: &PgPool, filter: &ProposalFilter) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("select count(*)");
    conditions(&mut query, filter);
    query.build_query_scalar().fetch_one(db).await
}

pub async fn lock_proposal(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Proposal>> {
    sqlx::query_as("select * from cluster_proposals where id = $1 for update").bind(id).fetch_optional(tx).await
}

pub async fn decide_proposal(tx: &mut PgConnection, id: Uuid, state: ProposalState, by: Uuid, reason: &str) -> sqlx::Result<Proposal> {
    sqlx::query_as(
        "update cluster_proposals set state = $2, decided_by = $3, decided_at = veche_now(), reason = $4 where id = $1 returning *",
    )
    .bind(id)
    .bind(state)
    .bind(by)
    .bind(reason)
    .fetch_one(tx)
    .await
}

/// A fresh clustering as its row tells.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Regrouping {
    pub id: Uuid,
    pub started_by: Option<Uuid>,
    pub state: RegroupingState,
    pub tickets: Option<i32>,
    pub proposed: i32,
    pub outdated: i32,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// Whoever asks for one waits for others who do.
pub async fn lock_regroupings(tx: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('regroupings', 7))").execute(tx).await?;
    Ok(())
}

/// The one that waits or runs. One that nothing was heard of for a day is given up: its job was put aside.
pub async fn running_regrouping(tx: &mut PgConnection) -> sqlx::Result<Option<Regrouping>> {
    sqlx::query_as(
        "select * from regroupings where state in ('WAITING', 'READING', 'GROUPING', 'COMPARING')
             and created_at > veche_now() - interval '1 day' order by created_at limit 1",
    )
    .fetch_optional(tx)
    .await
}

pub async fn insert_regrouping(tx: &mut PgConnection, id: Uuid, by: Uuid) -> sqlx::Result<Regrouping> {
    sqlx::query_as("insert into regroupings (id, started_by) values ($1, $2) returning *").bind(id).bind(by).fetch_one(tx).await
}

/// Marks one as begun, whether or not it is known; false for one that is over. Any other that seems to run was cut short.
pub async fn begin_regrouping(db: &PgPool, id: Uuid) -> sqlx::Result<bool> {
    let begun: Option<bool> = sqlx::query_scalar(
        "with cut as (
             update regroupings set state = 'FAILED', ended_at = veche_now()
             where state in ('READING', 'GROUPING', 'COMPARING') and id <> $1)
         insert into regroupings (id, state, started_at) values ($1, 'READING', veche_now())
         on conflict (id) do update set state = 'READING', started_at = veche_now(), ended_at = null
         where regroupings.state <> 'DONE' returning true",
    )
    .bind(id)
    .fetch_optional(db)
    .await?;
    Ok(begun.is_some())
}

/// Notes how far it has come.
pub async fn note_regrouping(db: impl PgExecutor<'_>, id: Uuid, state: RegroupingState, tickets: Option<usize>) -> sqlx::Result<()> {
    sqlx::query(
        "update regroupings set state = $2, tickets = coalesce($3, tickets), ended_at = case when $2 = 'FAILED' then veche_now() end
         where id = $1",
    )
    .bind(id)
    .bind(state)
    .bind(tickets.map(|n| i32::try_from(n).unwrap_or(i32::MAX)))
    .execute(db)
    .await?;
    Ok(())
}

pub async fn end_regrouping(tx: &mut PgConnection, id: Uuid, proposed: usize, outdated: u64) -> sqlx::Result<()> {
    sqlx::query("update regroupings set state = 'DONE', proposed = $2, outdated = $3, ended_at = veche_now() where id = $1")
        .bind(id)
        .bind(i32::try_from(proposed).unwrap_or(i32::MAX))
        .bind(i32::try_from(outdated).unwrap_or(i32::MAX))
        .execute(tx)
        .await?;
    Ok(())
}

/// The newest of them.
pub async fn regroupings(db: &PgPool, most: i64) -> sqlx::Result<Vec<Regrouping>> {
    sqlx::query_as("select * from regroupings order by created_at desc, id desc limit $1").bind(most).fetch_all(db).await
}
