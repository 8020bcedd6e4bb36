use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, QueryBuilder};
use uuid::Uuid;

use super::{NewComment, Order, Reason, Side};
use crate::{
    gid::Kind,
    page::{Args, TimeKey},
};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Comment {
    pub id: Uuid,
    pub subject_type: Kind,
    pub subject_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub path: Vec<Uuid>,
    pub author_id: Uuid,
    pub side: Side,
    pub body: String,
    pub official: bool,
    pub up: i32,
    pub down: i32,
    pub created_at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
    pub hidden_at: Option<DateTime<Utc>>,
    pub hidden_reason: Option<String>,
}

impl Comment {
    /// What it is about.
    pub fn subject(&self) -> (Kind, Uuid) {
        (self.subject_type, self.subject_id)
    }
}

/// Where a comment stands: what matters of its subject.
#[derive(Debug, sqlx::FromRow)]
pub struct Place {
    pub public: bool,
    pub hidden: bool,
    pub state: String,
    pub department_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
}

pub async fn place(tx: &mut PgConnection, (kind, id): (Kind, Uuid)) -> sqlx::Result<Option<Place>> {
    sqlx::query_as(
        "select initiative_public(i) as public, i.hidden_at is not null as hidden, i.state, i.department_id, null::uuid as group_id
         from initiatives i where $1 = 'Initiative' and i.id = $2
         union all
         select t.public, false, t.state, null, t.group_id from tickets t where $1 = 'Ticket' and t.id = $2
         union all
         select true, false, c.state, null, c.group_id from clusters c where $1 = 'Cluster' and c.id = $2",
    )
    .bind(kind)
    .bind(id)
    .fetch_optional(tx)
    .await
}

pub async fn comments(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Comment>> {
    sqlx::query_as("select * from comments where id = any($1)").bind(ids).fetch_all(db).await
}

pub async fn lock(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Comment>> {
    sqlx::query_as("select * from comments where id = $1 for no key update").bind(id).fetch_optional(tx).await
}

pub async fn insert(tx: &mut PgConnection, id: Uuid, author: Uuid, new: &NewComment, body: &str, path: &[Uuid]) -> sqlx::Result<Comment> {
    sqlx::query_as(
        "insert into comments (id, subject_type, subject_id, parent_id, path, author_id, side, body, official)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning *",
    )
    .bind(id)
    .bind(new.subject.0)
    .bind(new.subject.1)
    .bind(new.parent)
    .bind(path)
    .bind(author)
    .bind(new.side)
    .bind(body)
    .bind(new.official)
    .fetch_one(tx)
    .await
}

/// Notes who of the people exists (and, where `within` names a group, belongs to it).
pub async fn insert_mentions(tx: &mut PgConnection, comment: Uuid, people: &[Uuid], within: Option<Uuid>) -> sqlx::Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into comment_mentions (comment_id, participant_id)
         select $1, p.id from participants p where p.id = any($2) and p.kind = 'PERSON' and p.disabled_at is null
           and ($3::uuid is null
                or exists (select from working_group_members m where m.group_id = $3 and m.participant_id = p.id))
         on conflict do nothing",
    )
    .bind(comment)
    .bind(people)
    .bind(within)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn is_younger(tx: &mut PgConnection, id: Uuid, minutes: i64) -> sqlx::Result<bool> {
    sqlx::query_scalar("select veche_now() < created_at + $2 * interval '1 minute' from comments where id = $1")
        .bind(id)
        .bind(minutes)
        .fetch_one(tx)
        .await
}

/// Keeps the text as it stands and since when it has stood.
pub async fn keep_revision(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    sqlx::query(
        "insert into comment_revisions (comment_id, revision, body, at)
         select c.id, (select coalesce(max(r.revision), 0) + 1 from comment_revisions r where r.comment_id = c.id), c.body,
                coalesce(c.edited_at, c.created_at)
         from comments c where c.id = $1",
    )
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn set_body(tx: &mut PgConnection, id: Uuid, body: &str) -> sqlx::Result<Comment> {
    sqlx::query_as("update comments set body = $2, edited_at = veche_now() where id = $1 returning *")
        .bind(id)
        .bind(body)
        .fetch_one(tx)
        .await
}

pub async fn vote_of(tx: &mut PgConnection, id: Uuid, participant: Uuid) -> sqlx::Result<Option<i16>> {
    sqlx::query_scalar("select value from comment_votes where comment_id = $1 and participant_id = $2")
        .bind(id)
        .bind(participant)
        .fetch_optional(tx)
        .await
}

/// Writes what the vote is now; `None` removes it.
pub async fn set_vote(tx: &mut PgConnection, id: Uuid, participant: Uuid, value: Option<i16>) -> sqlx::Result<()> {
    let query = if value.is_some() {
        sqlx::query(
            "insert into comment_votes (comment_id, participant_id, value) values ($1, $2, $3)
             on conflict (comment_id, participant_id) do update set value = excluded.value",
        )
    } else {
        sqlx::query("delete from comment_votes where comment_id = $1 and participant_id = $2 and $3::smallint is null")
    };
    query.bind(id).bind(participant).bind(value).execute(tx).await?;
    Ok(())
}

pub async fn move_scores(tx: &mut PgConnection, id: Uuid, (up, down): (i32, i32)) -> sqlx::Result<Comment> {
    sqlx::query_as("update comments set up = up + $2, down = down + $3 where id = $1 returning *")
        .bind(id)
        .bind(up)
        .bind(down)
        .fetch_one(tx)
        .await
}

/// When it was hidden; `None` if it had been hidden before.
pub async fn hide_comment(tx: &mut PgConnection, id: Uuid, reason: &str) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar(
        "update comments set hidden_at = veche_now(), hidden_reason = $2 where id = $1 and hidden_at is null returning hidden_at",
    )
    .bind(id)
    .bind(reason)
    .fetch_optional(tx)
    .await
}

/// When it was hidden; `None` if it had been hidden before.
pub async fn hide_initiative(tx: &mut PgConnection, id: Uuid, reason: &str) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar(
        "update initiatives set hidden_at = veche_now(), hidden_reason = $2 where id = $1 and hidden_at is null returning hidden_at",
    )
    .bind(id)
    .bind(reason)
    .fetch_optional(tx)
    .await
}

/// Where a page goes on: the number that the list is sorted by (a score, a time in microseconds) and the comment.
pub type Key = (i64, Uuid);

/// A comment in the list of its thread.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Listed {
    pub thread_id: Uuid,
    pub key: i64,
    #[sqlx(flatten)]
    pub comment: Comment,
}

/// Adds the condition that a comment `c` belongs to the thread `t`: replies to a comment, or what stands on a subject itself.
fn in_thread(query: &mut QueryBuilder<sqlx::Postgres>, thread: Kind, side: Option<Side>) {
    if thread == Kind::Comment {
        query.push(" from comments c where c.parent_id = t.id");
    } else {
        query.push(" from comments c where c.subject_type = ").push_bind(thread).push(" and c.subject_id = t.id and c.parent_id is null");
    }
    if let Some(side) = side {
        query.push(" and c.side = ").push_bind(side);
    }
}

/// The same page of each of several threads of a kind, thread by thread. A cursor makes sense for one thread only.
pub async fn list(
    db: &PgPool,
    thread: Kind,
    ids: &[Uuid],
    side: Option<Side>,
    order: Order,
    args: &Args<Key>,
) -> sqlx::Result<Vec<Listed>> {
    // What is compared and sorted inside is the indexed expression itself; the key made of it sorts the same.
    let (column, key) = match order {
        Order::Best => ("(c.up - c.down)", "(c.up - c.down)::bigint"),
        Order::Controversial => ("least(c.up, c.down)", "least(c.up, c.down)::bigint"),
        Order::Newest | Order::Oldest => ("c.created_at", "(extract(epoch from c.created_at) * 1000000)::bigint"),
    };
    let downwards = (order != Order::Oldest) != args.backward;
    let direction = if downwards { " desc" } else { " asc" };
    let mut query = QueryBuilder::new("select t.id as thread_id, page.* from unnest(");
    query.push_bind(ids).push("::uuid[]) t(id), lateral (select c.*, ").push(key).push(" as key");
    in_thread(&mut query, thread, side);
    if let Some((key, id)) = args.from {
        query.push(" and (").push(column).push(", c.id) ").push(if downwards { "< (" } else { "> (" });
        if matches!(order, Order::Newest | Order::Oldest) {
            query.push_bind(DateTime::from_timestamp_micros(key).unwrap_or_default());
        } else {
            query.push_bind(key);
        }
        query.push(", ").push_bind(id).push(")");
    }
    query.push(" order by ").push(column).push(direction).push(", c.id").push(direction).push(" limit ").push_bind(args.limit());
    query.push(") page order by t.id, page.key").push(direction).push(", page.id").push(direction);
    query.build_query_as().fetch_all(db).await
}

/// How many comments, of a side or all, each of several threads of a kind has.
pub async fn counts(db: &PgPool, thread: Kind, ids: &[Uuid], side: Option<Side>) -> sqlx::Result<Vec<(Uuid, i64)>> {
    let mut query = QueryBuilder::new("select t.id, n.n from unnest(");
    query.push_bind(ids).push("::uuid[]) t(id), lateral (select count(*) as n");
    in_thread(&mut query, thread, side);
    query.push(") n").build_query_as().fetch_all(db).await
}

pub async fn now(db: &PgPool) -> sqlx::Result<DateTime<Utc>> {
    sqlx::query_scalar("select veche_now()").fetch_one(db).await
}

/// The first 100 comments on a subject, replies too, after a time.
pub async fn since(db: &PgPool, (kind, id): (Kind, Uuid), after: DateTime<Utc>) -> sqlx::Result<Vec<Comment>> {
    sqlx::query_as(
        "select * from comments where subject_type = $1 and subject_id = $2 and created_at > $3 order by created_at, id limit 100",
    )
    .bind(kind)
    .bind(id)
    .bind(after)
    .fetch_all(db)
    .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Revision {
    pub comment_id: Uuid,
    pub body: String,
    pub at: DateTime<Utc>,
}

pub async fn revisions(db: &PgPool, ids: &[Uuid]) -> sqlx::Result<Vec<Revision>> {
    sqlx::query_as("select comment_id, body, at from comment_revisions where comment_id = any($1) order by comment_id, revision")
        .bind(ids)
        .fetch_all(db)
        .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Flag {
    pub id: Uuid,
    pub subject_type: Kind,
    pub subject_id: Uuid,
    pub participant_id: Uuid,
    pub reason: Reason,
    pub body: String,
    pub at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub resolved_by: Option<Uuid>,
}

/// `None` if this person flagged it before.
pub async fn insert_flag(
    tx: &mut PgConnection,
    id: Uuid,
    subject: (Kind, Uuid),
    participant: Uuid,
    reason: Reason,
    body: &str,
) -> sqlx::Result<Option<Flag>> {
    sqlx::query_as(
        "insert into flags (id, subject_type, subject_id, participant_id, reason, body) values ($1, $2, $3, $4, $5, $6)
         on conflict on constraint flags_once do nothing returning *",
    )
    .bind(id)
    .bind(subject.0)
    .bind(subject.1)
    .bind(participant)
    .bind(reason)
    .bind(body)
    .fetch_optional(tx)
    .await
}

pub async fn flag_of(tx: &mut PgConnection, subject: (Kind, Uuid), participant: Uuid) -> sqlx::Result<Flag> {
    sqlx::query_as("select * from flags where subject_type = $1 and subject_id = $2 and participant_id = $3")
        .bind(subject.0)
        .bind(subject.1)
        .bind(participant)
        .fetch_one(tx)
        .await
}

pub async fn resolve_flag(tx: &mut PgConnection, id: Uuid, by: Uuid) -> sqlx::Result<Option<Flag>> {
    sqlx::query_as(
        "update flags set resolved_at = coalesce(resolved_at, veche_now()),
             resolved_by = case when resolved_at is null then $2 else resolved_by end
         where id = $1 returning *",
    )
    .bind(id)
    .bind(by)
    .fetch_optional(tx)
    .await
}

pub async fn resolve_flags_on(tx: &mut PgConnection, subject: (Kind, Uuid), by: Uuid) -> sqlx::Result<u64> {
    let result = sqlx::query(
        "update flags set resolved_at = veche_now(), resolved_by = $3 where subject_type = $1 and subject_id = $2 and resolved_at is null",
    )
    .bind(subject.0)
    .bind(subject.1)
    .bind(by)
    .execute(tx)
    .await?;
    Ok(result.rows_affected())
}

fn flagged(query: &mut QueryBuilder<sqlx::Postgres>, resolved: Option<bool>, subject: Option<(Kind, Uuid)>) {
    query.push(match resolved {
        None => " from flags where true",
        Some(false) => " from flags where resolved_at is null",
        Some(true) => " from flags where resolved_at is not null",
    });
    if let Some((kind, id)) = subject {
        query.push(" and subject_type = ").push_bind(kind).push(" and subject_id = ").push_bind(id);
    }
}

/// Flags, newest first: open ones, resolved ones or both, on a subject or all.
pub async fn flags(db: &PgPool, resolved: Option<bool>, subject: Option<(Kind, Uuid)>, args: &Args<TimeKey>) -> sqlx::Result<Vec<Flag>> {
    let mut query = QueryBuilder::new("select *");
    flagged(&mut query, resolved, subject);
    if let Some((at, id)) = args.from {
        query.push(if args.backward { " and (at, id) > (" } else { " and (at, id) < (" });
        query.push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(if args.backward { " order by at, id limit " } else { " order by at desc, id desc limit " }).push_bind(args.limit());
    query.build_query_as().fetch_all(db).await
}

pub async fn count_flags(db: &PgPool, resolved: Option<bool>, subject: Option<(Kind, Uuid)>) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("select count(*)");
    flagged(&mut query, resolved, subject);
    query.build_query_scalar().fetch_one(db).await
}
