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

/// What a reader may see: everything unsealed about public subjects, and their own deeds.
fn visible(query: &mut QueryBuilder<sqlx::Postgres>, viewer: Option<Uuid>, all: bool, filter: &super::graphql::AuditFilter) {
    query.push(" from audit_log a where (not a.sealed or a.actor_id = ").push_bind(viewer).push(")");
    if !all {
        // What is not public: private tickets, drafts, and what was done to accounts.
        query
            .push(
                " and (a.subject_type in ('Comment', 'Cluster', 'Decision', 'WorkingGroup', 'Department', 'Topic', 'Territory')
                   or a.subject_type = 'Initiative' and exists (
                        select from initiatives i where i.id = a.subject_id and initiative_public(i))
                   or a.subject_type = 'Ticket' and exists (select from tickets t where t.id = a.subject_id and t.public)
                   or a.actor_id = ",
            )
            .push_bind(viewer)
            .push(")");
    }
    if let Some((kind, id)) = filter.subject_key {
        query.push(" and a.subject_type = ").push_bind(kind).push(" and a.subject_id = ").push_bind(id);
    }
    if let Some(action) = &filter.action {
        query.push(" and a.action = ").push_bind(action.clone());
    }
}

pub async fn list(
    db: &PgPool,
    viewer: Option<Uuid>,
    all: bool,
    filter: &super::graphql::AuditFilter,
    args: &Args<i64>,
) -> sqlx::Result<Vec<Row>> {
    let mut query = QueryBuilder::new("select a.id, a.at, a.actor_id, a.action, a.subject_type, a.subject_id, a.details");
    visible(&mut query, viewer, all, filter);
    if let Some(from) = args.from {
        query.push(if args.backward { " and a.id > " } else { " and a.id < " }).push_bind(from);
    }
    query.push(if args.backward { " order by a.id asc limit " } else { " order by a.id desc limit " }).push_bind(args.limit());
    query.build_query_as().fetch_all(db).await
}

pub async fn count(db: &PgPool, viewer: Option<Uuid>, all: bool, filter: &super::graphql::AuditFilter) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("select count(*)");
    visible(&mut query, viewer, all, filter);
    query.build_query_scalar().fetch_one(db).await
}
