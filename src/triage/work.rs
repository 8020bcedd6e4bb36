use sqlx::PgConnection;
use uuid::Uuid;

use super::{ClusterState, Learn, Relabel, sql};
use crate::{
    app::App,
    audit,
    error::{ErrorCode, Refusal, Result},
    feedback::{self, State},
    gid::Kind,
    identity::{Act, Viewer},
    initiatives,
    jobs::{self, Spec},
    live::{self, Event},
    notify,
};

/// Tickets moved in one act at the most.
const MOST: usize = 500;

/// Puts a ticket into an expert's hands, or (`None`) back into the queue.
///
/// # Errors
/// `NOT_FOUND`; `NOT_ALLOWED` when either does not work in the ticket's group; `WRONG_STATE` for an ended ticket.
pub async fn assign(app: &App, viewer: &Viewer, ticket: Uuid, assignee: Option<Uuid>) -> Result<()> {
    let me = viewer.may(Act::Triage)?;
    let mut tx = app.begin().await?;
    let row = feedback::lock_for_work(&mut tx, viewer, ticket).await?;
    if !row.state.is_open() {
        return Err(Refusal::new(ErrorCode::WrongState, "ticketId").with("state", row.state.name()).into());
    }
    if let Some(assignee) = assignee
        && !sql::is_expert(&mut tx, assignee, row.group_id).await?
    {
        return Err(Refusal::new(ErrorCode::NotAllowed, "assigneeId").into());
    }
    sql::set_assignee(&mut tx, ticket, assignee).await?;
    let to = if assignee.is_some() { State::InProgress } else { State::Triaged };
    if row.state.may_become(to) {
        feedback::transition(&mut tx, &row, to, Some(me), "").await?;
    }
    let entry = audit::Entry::new("ticket.assigned", Some(me), Kind::Ticket, ticket);
    audit::record(&mut tx, entry).await?;
    live::tell(&mut tx, &Event::Ticket { ticket }).await?;
    live::tell(&mut tx, &Event::Queue { group: row.group_id }).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends a ticket to the right group; the router learns from it.
///
/// # Errors
/// `NOT_FOUND`; `NOT_ALLOWED` for another group's ticket; `WRONG_STATE` for an ended ticket.
pub async fn route(app: &App, viewer: &Viewer, ticket: Uuid, group: Uuid) -> Result<()> {
    let me = viewer.may(Act::Triage)?;
    let mut tx = app.begin().await?;
    let row = feedback::lock_for_work(&mut tx, viewer, ticket).await?;
    if !row.state.is_open() {
        return Err(Refusal::new(ErrorCode::WrongState, "ticketId").with("state", row.state.name()).into());
    }
    if !sql::group_exists(&mut tx, group).await? {
        return Err(Refusal::new(ErrorCode::NotFound, "groupId").into());
    }
    sql::set_group(&mut tx, ticket, group).await?;
    feedback::sql::insert_example(&mut tx, ticket, group, "EXPERT").await?;
    sql::regroup(&mut tx, row.cluster_id.as_slice()).await?;
    if row.state.may_become(State::Triaged) {
        feedback::transition(&mut tx, &row, State::Triaged, Some(me), "").await?;
    }
    let entry = audit::Entry::new("ticket.routed", Some(me), Kind::Ticket, ticket);
    let details = serde_json::json!({ "from": row.group_id, "to": group, "confidence": row.route_confidence });
    let event = audit::record(&mut tx, entry.with(details)).await?;
    notify::announce(&mut tx, event).await?;
    learn_soon(app, &mut tx).await?;
    live::tell(&mut tx, &Event::Ticket { ticket }).await?;
    live::tell(&mut tx, &Event::Queue { group: row.group_id }).await?;
    live::tell(&mut tx, &Event::Queue { group: Some(group) }).await?;
    tx.commit().await?;
    Ok(())
}

/// Says what a ticket is about, if anything of the list; the machine learns from it.
///
/// # Errors
/// `NOT_FOUND`; `NOT_ALLOWED` for another group's ticket; `WRONG_STATE` for one that is part of another.
pub async fn set_topic(app: &App, viewer: &Viewer, ticket: Uuid, topic: Option<Uuid>) -> Result<()> {
    let me = viewer.may(Act::Triage)?;
    let mut tx = app.begin().await?;
    let row = feedback::lock_for_work(&mut tx, viewer, ticket).await?;
    if row.state == State::Merged {
        return Err(Refusal::new(ErrorCode::WrongState, "ticketId").with("state", row.state.name()).into());
    }
    initiatives::sql::check_links(&mut tx, None, None, topic).await?;
    sql::set_topic(&mut tx, ticket, topic).await?;
    let entry = audit::Entry::new("ticket.topic_set", Some(me), Kind::Ticket, ticket);
    let details = serde_json::json!({ "from": row.topic_id, "to": topic, "confidence": row.topic_confidence });
    audit::record(&mut tx, entry.with(details)).await?;
    learn_soon(app, &mut tx).await?;
    live::tell(&mut tx, &Event::Ticket { ticket }).await?;
    tx.commit().await?;
    Ok(())
}

/// What was decided in these seconds is learned together.
async fn learn_soon(app: &App, tx: &mut PgConnection) -> Result<()> {
    let later = app.clock.now() + chrono::TimeDelta::seconds(5);
    let spec = Spec { key: Some("learn".into()), run_at: Some(later), ..Default::default() };
    jobs::enqueue(tx, &Learn::default(), &spec).await?;
    Ok(())
}

/// Makes clusters part of another, with all their tickets.
///
/// # Errors
/// `WRONG_COUNT` for none or over 500; `NOT_FOUND`; `WRONG_STATE` when one is merged already, is decided or is the target.
pub async fn merge_clusters(app: &App, viewer: &Viewer, target: Uuid, sources: &[Uuid]) -> Result<()> {
    let me = viewer.may(Act::Triage)?;
    if sources.is_empty() || sources.len() > MOST {
        return Err(Refusal::new(ErrorCode::WrongCount, "sourceIds").with("min", 1).with("max", MOST).into());
    }
    let mut tx = app.begin().await?;
    merge_into(app, &mut tx, me, target, sources).await?;
    tx.commit().await?;
    Ok(())
}

/// As [`merge_clusters`], within a transaction. The machine will not propose to part them again.
///
/// # Errors
/// `NOT_FOUND`; `WRONG_STATE`.
pub(super) async fn merge_into(app: &App, tx: &mut PgConnection, me: Uuid, target: Uuid, sources: &[Uuid]) -> Result<()> {
    let wrong = |path, state: &'static str| Refusal::new(ErrorCode::WrongState, path).with("state", state);
    if sources.contains(&target) {
        return Err(wrong("sourceIds", "MERGED").into());
    }
    let mut all: Vec<Uuid> = sources.iter().copied().chain([target]).collect();
    all.sort_unstable();
    all.dedup();
    sql::lock_clusters(tx).await?;
    let rows = sql::clusters(&mut *tx, &all).await?;
    if rows.len() != all.len() {
        return Err(Refusal::new(ErrorCode::NotFound, "sourceIds").into());
    }
    for row in &rows {
        let path = if row.id == target { "targetId" } else { "sourceIds" };
        match row.state {
            ClusterState::Merged => return Err(wrong(path, "MERGED").into()),
            ClusterState::Decided if row.id != target => return Err(wrong(path, "DECIDED").into()),
            _ => (),
        }
    }
    let moved: Vec<Uuid> = all.iter().copied().filter(|id| *id != target).collect();
    let gain: i32 = rows.iter().map(|row| if row.id == target { -row.size } else { row.size }).sum();
    if gain > 0 {
        // Those that are moved are pinned; so are these, where they are fewer.
        sql::pin_members(tx, target).await?;
    }
    let sums = sql::sums(tx, &all).await?;
    let mut sum = sql::Sum::default();
    for (_, other) in &sums {
        sum.merge(other);
    }
    sql::merge_clusters(tx, target, &moved, &sum).await?;
    let entry = audit::Entry::new("cluster.merged", Some(me), Kind::Cluster, target);
    audit::record(tx, entry.with(serde_json::json!({ "sources": moved }))).await?;
    relabel_and_tell(app, tx, rows.iter().map(|row| row.group_id)).await
}

/// Takes tickets out of a cluster into one of their own.
///
/// # Errors
/// `WRONG_COUNT` for none, over 500 or all of them; `NOT_FOUND` for tickets that are not in the cluster; `WRONG_STATE`.
pub async fn split(app: &App, viewer: &Viewer, cluster: Uuid, tickets: &[Uuid]) -> Result<Uuid> {
    let me = viewer.may(Act::Triage)?;
    let mut tickets = tickets.to_vec();
    tickets.sort_unstable();
    tickets.dedup();
    if tickets.is_empty() || tickets.len() > MOST {
        return Err(Refusal::new(ErrorCode::WrongCount, "ticketIds").with("min", 1).with("max", MOST).into());
    }
    let mut tx = app.begin().await?;
    let new = part(app, &mut tx, me, cluster, None, &tickets).await?;
    tx.commit().await?;
    Ok(new)
}

/// Takes tickets, each named once, out of a cluster into another or a new one, which is given. The machine will not propose to put
/// them back.
///
/// # Errors
/// `WRONG_COUNT` for all of them; `NOT_FOUND`; `WRONG_STATE` for a cluster that is not open.
pub(super) async fn part(app: &App, tx: &mut PgConnection, me: Uuid, from: Uuid, to: Option<Uuid>, tickets: &[Uuid]) -> Result<Uuid> {
    sql::lock_clusters(tx).await?;
    let ids: Vec<Uuid> = [from].into_iter().chain(to).collect();
    let rows = sql::clusters(&mut *tx, &ids).await?;
    if rows.len() != ids.len() {
        return Err(Refusal::new(ErrorCode::NotFound, "clusterId").into());
    }
    if rows.iter().any(|row| row.state != ClusterState::Open) {
        return Err(Refusal::new(ErrorCode::WrongState, "clusterId").with("state", "MERGED").into());
    }
    let target = to.unwrap_or_else(|| app.new_id());
    if to.is_none() {
        sql::open_beside(tx, from, target).await?;
    }
    if usize::try_from(sql::move_tickets(tx, from, target, tickets).await?).ok() != Some(tickets.len()) {
        return Err(Refusal::new(ErrorCode::NotFound, "ticketIds").into());
    }
    let sizes = sql::sizes(tx, &[from, target]).await?;
    let size = |cluster: &Uuid| sizes.get(cluster).copied().unwrap_or(0);
    if size(&from) == 0 {
        return Err(Refusal::new(ErrorCode::WrongCount, "ticketIds").with("min", 1).with("max", tickets.len() - 1).into());
    }
    if to.is_none() && size(&from) < size(&target) {
        // Those that are moved are pinned; so are those that are left, where they are fewer.
        sql::pin_members(tx, from).await?;
    }
    let sums = sql::sums_in(tx, None, &[from, target]).await?;
    sql::write_sums(tx, &sums.into_iter().map(|(id, (_, sum))| (id, sum)).collect()).await?;
    sql::regroup(tx, &[from, target]).await?;
    let (action, where_to) = if to.is_some() { ("cluster.tickets_moved", "to") } else { ("cluster.split", "new") };
    let entry = audit::Entry::new(action, Some(me), Kind::Cluster, from);
    audit::record(tx, entry.with(serde_json::json!({ where_to: target, "tickets": tickets.len() }))).await?;
    relabel_and_tell(app, tx, rows.iter().map(|row| row.group_id)).await?;
    Ok(target)
}

/// Has changed clusters described anew, and tells the queues of their groups.
pub(super) async fn relabel_and_tell(app: &App, tx: &mut PgConnection, groups: impl Iterator<Item = Option<Uuid>>) -> Result<()> {
    let later = app.clock.now() + chrono::TimeDelta::seconds(2);
    let spec = Spec { key: Some("relabel".into()), run_at: Some(later), ..Default::default() };
    jobs::enqueue(tx, &Relabel {}, &spec).await?;
    let groups: std::collections::BTreeSet<_> = groups.collect();
    for group in groups {
        live::tell(tx, &Event::Queue { group }).await?;
    }
    Ok(())
}
