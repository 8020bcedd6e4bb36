mod outgoing;
mod recipients;

use sqlx::{PgConnection, PgPool, QueryBuilder, types::Json};
use uuid::Uuid;

pub use outgoing::*;
pub use recipients::{Made, deliver, deliver_to};

use super::{Channel, Data, NotificationKind};
use crate::{
    gid::Kind,
    page::{Args, TimeKey},
};

pub async fn follow(tx: &mut PgConnection, participant: Uuid, kind: Kind, id: Uuid) -> sqlx::Result<()> {
    sqlx::query("insert into follows (participant_id, subject_type, subject_id) values ($1, $2, $3) on conflict do nothing")
        .bind(participant)
        .bind(kind)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn unfollow(tx: &mut PgConnection, participant: Uuid, kind: Kind, id: Uuid) -> sqlx::Result<()> {
    sqlx::query("delete from follows where participant_id = $1 and subject_type = $2 and subject_id = $3")
        .bind(participant)
        .bind(kind)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Which of the things, given by kind and key, a participant follows.
pub async fn followed(db: &PgPool, participant: Uuid, kinds: &[Kind], ids: &[Uuid]) -> sqlx::Result<Vec<(Kind, Uuid)>> {
    sqlx::query_as(
        "select f.subject_type, f.subject_id from unnest($2::text[], $3::uuid[]) k (kind, id)
         join follows f on f.participant_id = $1 and f.subject_type = k.kind and f.subject_id = k.id",
    )
    .bind(participant)
    .bind(kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>())
    .bind(ids)
    .fetch_all(db)
    .await
}

/// Whether there is such a thing, of the kinds that everybody may see.
pub async fn exists(db: &PgPool, kind: Kind, id: Uuid) -> sqlx::Result<bool> {
    let query = match kind {
        Kind::Cluster => "select exists (select from clusters where id = $1)",
        Kind::Department => "select exists (select from departments where id = $1)",
        Kind::Topic => "select exists (select from topics where id = $1)",
        Kind::WorkingGroup => "select exists (select from working_groups where id = $1)",
        _ => return Ok(false),
    };
    sqlx::query_scalar(query).bind(id).fetch_one(db).await
}

/// What was done, of the event.
pub async fn action(tx: &mut PgConnection, event: i64) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("select action from audit_log where id = $1").bind(event).fetch_optional(tx).await
}

/// Puts the present title of a thing into the deliveries about it.
pub async fn retitle(tx: &mut PgConnection, kind: Kind, id: Uuid, title: &str) -> sqlx::Result<()> {
    sqlx::query(
        "update deliveries set data = jsonb_set(data, '{title}', to_jsonb($3::text))
         where subject_id = $2 and subject_type = $1 and data ? 'title'",
    )
    .bind(kind)
    .bind(id)
    .bind(title)
    .execute(tx)
    .await?;
    Ok(())
}

/// A notification in somebody's inbox.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Notification {
    pub id: Uuid,
    pub kind: NotificationKind,
    pub subject_type: Kind,
    pub subject_id: Uuid,
    pub data: Json<Data>,
    pub created_at: chrono::DateTime<chrono::Utc>,
    pub read_at: Option<chrono::DateTime<chrono::Utc>>,
}

pub async fn inbox(db: &PgPool, me: Uuid, unread: bool, args: &Args<TimeKey>) -> sqlx::Result<Vec<Notification>> {
    let mut query = QueryBuilder::new("select id, kind, subject_type, subject_id, data, created_at, read_at");
    conditions(&mut query, me, unread);
    if let Some((at, id)) = args.from {
        query.push(if args.backward { " and (created_at, id) > (" } else { " and (created_at, id) < (" });
        query.push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(if args.backward { " order by created_at asc, id asc limit " } else { " order by created_at desc, id desc limit " });
    query.push_bind(args.limit()).build_query_as().fetch_all(db).await
}

pub async fn count(db: &PgPool, me: Uuid, unread: bool) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("select count(*)");
    conditions(&mut query, me, unread);
    query.build_query_scalar().fetch_one(db).await
}

fn conditions(query: &mut QueryBuilder<sqlx::Postgres>, me: Uuid, unread: bool) {
    query.push(" from deliveries where channel = 'IN_APP' and participant_id = ").push_bind(me);
    if unread {
        query.push(" and read_at is null");
    }
}

/// Marks notifications as read, all of them where no keys are given.
pub async fn mark_read(tx: &mut PgConnection, me: Uuid, ids: Option<&[Uuid]>) -> sqlx::Result<()> {
    sqlx::query(
        "update deliveries set read_at = veche_now()
         where channel = 'IN_APP' and participant_id = $1 and read_at is null and ($2::uuid[] is null or id = any($2))",
    )
    .bind(me)
    .bind(ids)
    .execute(tx)
    .await?;
    Ok(())
}

/// What somebody chose, where it may differ from the default.
pub async fn preferences(db: &PgPool, me: Uuid) -> sqlx::Result<Vec<(NotificationKind, Channel, bool)>> {
    sqlx::query_as("select kind, channel, enabled from notification_preferences where participant_id = $1").bind(me).fetch_all(db).await
}

pub async fn set_preference(tx: &mut PgConnection, me: Uuid, kind: NotificationKind, channel: Channel, enabled: bool) -> sqlx::Result<()> {
    sqlx::query(
        "insert into notification_preferences (participant_id, kind, channel, enabled) values ($1, $2, $3, $4)
         on conflict (participant_id, kind, channel) do update set enabled = excluded.enabled",
    )
    .bind(me)
    .bind(kind)
    .bind(channel)
    .bind(enabled)
    .execute(tx)
    .await?;
    Ok(())
}
