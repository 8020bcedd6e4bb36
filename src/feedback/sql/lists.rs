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

/// The parts that the tickets which a viewer may read fall into, each with an index of its own. A ticket may be in several.
fn readable(viewer: &Viewer) -> Vec<(&'static str, Option<Uuid>)> {
    if viewer.can(Act::Triage) || viewer.can(Act::Moderate) {
        return vec![("true", None)];
    }
    let mut parts = vec![("t.public", None)];
    if viewer.can(Act::ReadOwn) {
        parts.extend(["t.author_id = ", "t.operator_id = ", "t.assignee_id = "].map(|part| (part, viewer.id)));
    }
    parts
}

/// Adds the conditions of a filter, for its states or one of them.
fn conditions(query: &mut QueryBuilder<Postgres>, filter: &Filter, state: Option<State>) {
    if let Some(state) = state {
        // Written out, so that the planner knows how rare it is.
        query.push(" and t.state = '").push(state.name()).push("'");
    } else if !filter.states.is_empty() {
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
            .push(" and t.id in (select a.ticket_id from articles a where a.direction <> 'NOTE' and a.search @@ (websearch_to_tsquery('russian', ")
            .push_bind(text.clone())
            .push(") || websearch_to_tsquery('english', ")
            .push_bind(text.clone())
            .push(")))");
    }
}

pub async fn list(db: &PgPool, viewer: &Viewer, filter: &Filter, order: Order, args: &Args<TimeKey>) -> sqlx::Result<Vec<Ticket>> {
    let (column, descending) = match order {
        Order::Newest => ("created_at", true),
        Order::Due => ("due_at", false),
    };
    let downwards = descending != args.backward;
    let direction = if downwards { " desc" } else { " asc" };
    let ordered = |query: &mut QueryBuilder<Postgres>, of: &'static str| {
        query.push(" order by ").push(of).push(column).push(direction).push(", ").push(of).push("id").push(direction);
        query.push(" limit ").push_bind(args.limit());
    };
    // Few enough to be sorted, or found by an index that knows no states.
    let narrow = filter.assignee.or(filter.cluster).or(filter.author).is_some() || filter.text.is_some() || filter.unrouted;
    let states = match filter.states.as_slice() {
        _ if narrow => vec![None],
        [] if filter.group.is_some() => State::ALL.map(Some).to_vec(),
        [] => vec![None],
        states => {
            let mut states: Vec<Option<State>> = states.iter().copied().map(Some).collect();
            states.sort_unstable_by_key(|state| state.map(State::name));
            states.dedup();
            states
        }
    };
    // Of each part and state the first ones, then the first of these: an index yields one of them at a time in order.
    let parts = readable(viewer);
    let branches = parts.iter().flat_map(|(part, value)| {
        // What is one's own is few.
        let states = if value.is_none() { states.as_slice() } else { &[None] };
        states.iter().map(move |state| (part, value, state))
    });
    let mut query = QueryBuilder::new("select t.* from (");
    for (n, (part, value, state)) in branches.enumerate() {
        query.push(if n == 0 { "(" } else { " union (" }).push("select t.* from tickets t where ").push(part);
        if let Some(value) = value {
            query.push_bind(value);
        }
        conditions(&mut query, filter, *state);
        if let Some((at, id)) = args.from {
            query.push(" and (t.").push(column).push(if downwards { ", t.id) < (" } else { ", t.id) > (" });
            query.push_bind(at).push(", ").push_bind(id).push(")");
        }
        ordered(&mut query, "t.");
        query.push(")");
    }
    query.push(") t");
    ordered(&mut query, "t.");
    query.build_query_as().fetch_all(db).await
}

pub async fn count(db: &PgPool, viewer: &Viewer, filter: &Filter) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("select count(*) from tickets t where ");
    may_read(&mut query, viewer);
    conditions(&mut query, filter, None);
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
