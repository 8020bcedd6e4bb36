use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, QueryBuilder};
use uuid::Uuid;

use super::Entry;
use crate::{gid::Kind, page::Args};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Row {
    pub id: i64,
    pub at: DateTime<Utc>,
    pub actor_id: Option<Uuid>,
    pub action: String,
    pub subject_type: Kind,
    pub subject_id: Uuid,
    pub details: serde_json::Value,
}

pub async fn append(tx: &mut PgConnection, entry: &Entry) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "insert into audit_log (actor_id, action, subject_type, subject_id, details, sealed)
         values ($1, $2, $3, $4, $5, $6) returning id",
    )
    .bind(entry.actor)
    .bind(entry.action)
    .bind(entry.subject.0)
    .bind(entry.subject.1)
    .bind(&entry.details)
    .bind(entry.sealed)
    .fetch_one(tx)
    .await
}

/// Adds the condition that an entry is one of the parts that a reader may see: what is open, or the sealed deeds of their own.
/// Each part has indexes of its own, without the many sealed ballots in them or with nothing else.
fn visible(
    query: &mut QueryBuilder<sqlx::Postgres>,
    part: Part,
    all: bool,
    filter: &super::graphql::AuditFilter,
    actions: Option<&[String]>,
) {
    query.push(" from audit_log a where ");
    match part {
        Part::Open(viewer) => {
            query.push("not a.sealed");
            if !all {
                // What is not public: private tickets, drafts, and what was done to accounts.
                query
                    .push(
                        " and (a.subject_type in ('Comment', 'Cluster', 'Decision', 'WorkingGroup', 'Department', 'Topic', 'Territory', 'Service')
                           or a.subject_type = 'Initiative' and (
                                select initiative_public(i) from initiatives i where i.id = a.subject_id)
                           or a.subject_type = 'Ticket' and (select t.public from tickets t where t.id = a.subject_id)
                           or a.actor_id = ",
                    )
                    .push_bind(viewer)
                    .push(")");
            }
        }
        Part::Own(viewer) => {
            query.push("a.sealed and a.actor_id = ").push_bind(viewer);
        }
    }
    if let Some((kind, id)) = filter.subject_key {
        // The planner must not know which: of what many voted on, nearly all entries are sealed, and it would look for the others
        // among those of everything else.
        query.push(" and a.subject_type = ").push_bind(kind).push(" and a.subject_id = (select unnest(array[").push_bind(id).push("]))");
    }
    if let Some(actor) = filter.actor_key {
        query.push(" and a.actor_id = ").push_bind(actor);
    }
    if let Some(action) = &filter.action {
        query.push(" and a.action = ").push_bind(action.clone());
    }
    if let Some(actions) = actions {
        query.push(" and a.action = any(").push_bind(actions.to_vec()).push(")");
    }
}

/// A part of the log.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// Entries that are not sealed; whoever acted sees their own in any case.
    Open(Option<Uuid>),
    /// Sealed entries of somebody's own deeds.
    Own(Uuid),
}

fn parts(viewer: Option<Uuid>) -> impl Iterator<Item = Part> {
    std::iter::once(Part::Open(viewer)).chain(viewer.map(Part::Own))
}

pub async fn list(
    db: &PgPool,
    viewer: Option<Uuid>,
    all: bool,
    filter: &super::graphql::AuditFilter,
    args: &Args<i64>,
) -> sqlx::Result<Vec<Row>> {
    let direction = if args.backward { " order by id asc limit " } else { " order by id desc limit " };
    let mut query = QueryBuilder::new("select * from (");
    // Of each kind of acts the first ones, then the first of these: an index yields one kind at a time in order.
    let mut actions = filter.actions.clone().unwrap_or_default();
    actions.sort_unstable();
    actions.dedup();
    let kinds: Vec<Option<&[String]>> = if actions.is_empty() { vec![None] } else { actions.chunks(1).map(Some).collect() };
    let branches = parts(viewer).flat_map(|part| kinds.iter().map(move |kind| (part, *kind)));
    for (n, (part, kind)) in branches.enumerate() {
        query.push(if n == 0 { "(" } else { " union all (" });
        query.push("select a.id, a.at, a.actor_id, a.action, a.subject_type, a.subject_id, a.details");
        visible(&mut query, part, all, filter, kind);
        if let Some(from) = args.from {
            query.push(if args.backward { " and a.id > " } else { " and a.id < " }).push_bind(from);
        }
        query.push(direction).push_bind(args.limit()).push(")");
    }
    query.push(") a").push(direction).push_bind(args.limit());
    query.build_query_as().fetch_all(db).await
}

pub async fn count(db: &PgPool, viewer: Option<Uuid>, all: bool, filter: &super::graphql::AuditFilter) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("select 0");
    for part in parts(viewer) {
        query.push(" + (select count(*)");
        visible(&mut query, part, all, filter, filter.actions.as_deref());
        query.push(")");
    }
    query.build_query_scalar().fetch_one(db).await
}
