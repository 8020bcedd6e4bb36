//! Lists of tickets that a viewer may read.

use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{
    super::{Channel, State},
    Ticket,
};
use crate::{
    identity::{Act, Viewer},
    page::{Args, TimeKey},
};

/// Adds the condition that this viewer may read the ticket.
fn may_read(query: &mut QueryBuilder<Postgres>, viewer: &Viewer) {
    if viewer.can(Act::Triage) || viewer.can(Act::Moderate) {
        query.push("true");
        return;
    }
    query.push("(t.public");
    if viewer.can(Act::ReadOwn) {
        query.push(" or ").push_bind(viewer.id).push(" in (t.author_id, t.operator_id, t.assignee_id)");
    }
    query.push(")");
}

pub async fn visible(db: &PgPool, ids: &[Uuid], viewer: &Viewer) -> sqlx::Result<Vec<Ticket>> {
    let mut query = QueryBuilder::new("select t.* from tickets t where t.id = any(");
    query.push_bind(ids).push(") and ");
    may_read(&mut query, viewer);
    query.build_query_as().fetch_all(db).await
}

/// The order of a list of tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, async_graphql::Enum)]
#[graphql(name = "TicketOrder")]
pub enum Order {
    /// Newest first.
    #[default]
    Newest,
    /// Those that should be answered first, first.
    Due,
}

/// Which tickets a list holds.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub states: Vec<State>,
    pub group: Option<Uuid>,
    pub unrouted: bool,
    pub assignee: Option<Uuid>,
    pub cluster: Option<Uuid>,
    pub author: Option<Uuid>,
    pub channel: Option<Channel>,
    pub text: Option<String>,
}

fn conditions(query: &mut QueryBuilder<Postgres>, viewer: &Viewer, filter: &Filter) {
    query.push(" from tickets t where ");
    may_read(query, viewer);
    if !filter.states.is_empty() {
        query.push(" and t.state = any(").push_bind(filter.states.clone()).push(")");
    }
    for (column, value) in [
        (" and t.group_id = ", filter.group),
        (" and t.assignee_id = ", filter.assignee),
        (" and t.cluster_id = ", filter.cluster),
        (" and t.author_id = ", filter.author),
    ] {
        if let Some(value) = value {
            query.push(column).push_bind(value);
        }
    }
    if filter.unrouted {
        query.push(" and t.group_id is null");
    }
    if let Some(channel) = filter.channel {
        query.push(" and t.channel = ").push_bind(channel);
    }
    if let Some(text) = &filter.text {
        query
            .push(" and exists (select from articles a where a.ticket_id = t.id and a.direction <> 'NOTE' and a.search @@ (websearch_to_tsquery('russian', ")
            .push_bind(text.clone())
            .push(") || websearch_to_tsquery('english', ")
            .push_bind(text.clone())
            .push(")))");
    }
}

pub async fn list(db: &PgPool, viewer: &Viewer, filter: &Filter, order: Order, args: &Args<TimeKey>) -> sqlx::Result<Vec<Ticket>> {
    let (column, descending) = match order {
        Order::Newest => ("t.created_at", true),
        Order::Due => ("t.due_at", false),
    };
    let downwards = descending != args.backward;
    let mut query = QueryBuilder::new("select t.*");
    conditions(&mut query, viewer, filter);
    if let Some((at, id)) = args.from {
        query.push(" and (").push(column).push(if downwards { ", t.id) < (" } else { ", t.id) > (" });
        query.push_bind(at).push(", ").push_bind(id).push(")");
    }
    let direction = if downwards { " desc" } else { " asc" };
    query.push(" order by ").push(column).push(direction).push(", t.id").push(direction);
    query.push(" limit ").push_bind(args.limit());
    query.build_query_as().fetch_all(db).await
}

pub async fn count(db: &PgPool, viewer: &Viewer, filter: &Filter) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("select count(*)");
    conditions(&mut query, viewer, filter);
    query.build_query_scalar().fetch_one(db).await
}

/// The newest tickets of each cluster that this viewer may read, `most` of each.
pub async fn newest_of_clusters(db: &PgPool, viewer: &Viewer, clusters: &[Uuid], most: i64) -> sqlx::Result<Vec<Ticket>> {
    let mut query = QueryBuilder::new("select n.* from unnest(");
    query.push_bind(clusters).push("::uuid[]) k (id), lateral (select t.* from tickets t where t.cluster_id = k.id and ");
    may_read(&mut query, viewer);
    query.push(" order by t.created_at desc, t.id desc limit ").push_bind(most);
    query.push(") n order by n.created_at desc, n.id desc");
    query.build_query_as().fetch_all(db).await
}

/// How many tickets of each cluster this viewer may read; clusters without any are left out.
pub async fn count_of_clusters(db: &PgPool, viewer: &Viewer, clusters: &[Uuid]) -> sqlx::Result<Vec<(Uuid, i64)>> {
    let mut query = QueryBuilder::new("select t.cluster_id, count(*) from tickets t where t.cluster_id = any(");
    query.push_bind(clusters).push(") and ");
    may_read(&mut query, viewer);
    query.push(" group by 1");
    query.build_query_as().fetch_all(db).await
}
