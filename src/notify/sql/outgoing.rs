//! Deliveries on their way: mails that a job sends, messages that a bot carries, and what became of them.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, QueryBuilder, types::Json};
use uuid::Uuid;

use super::super::{Channel, Data, DeliveryState, NotificationKind};
use crate::{
    gid::Kind,
    i18n::Locale,
    page::{Args, TimeKey},
};

/// A delivery that waits to be sent by e-mail, with what its recipient needs to get it.
#[derive(sqlx::FromRow)]
pub struct Waiting {
    pub kind: NotificationKind,
    pub subject_type: Kind,
    pub subject_id: Uuid,
    pub data: Json<Data>,
    pub recipient: Uuid,
    pub is_contact: bool,
    pub locale: Locale,
    pub address: Option<Vec<u8>>,
    /// Message-IDs of the conversation before it, oldest first: the recipient's own mails, and ours to them about the same.
    pub thread: Vec<String>,
    /// Whether the recipient wrote the ticket that it is about.
    pub is_author: bool,
    pub created_at: DateTime<Utc>,
}

/// Counts an attempt to send a mail under this Message-ID; the mail, unless it waits no more.
pub async fn attempt(db: &PgPool, id: Uuid, message_id: &str) -> sqlx::Result<Option<Waiting>> {
    sqlx::query_as(
        "with d as (update deliveries set attempts = attempts + 1, external_id = $2, not_before = veche_now()
                    where id = $1 and channel = 'EMAIL' and state = 'WAITING' returning *)
         select d.kind, d.subject_type, d.subject_id, d.data, d.created_at, coalesce(d.participant_id, d.contact_id) as recipient,
                d.contact_id is not null as is_contact, coalesce(p.locale, c.locale) as locale,
                case when d.contact_id is not null then case when c.forgotten_at is null then c.address_sealed end
                     when p.confirmed_at is not null and p.disabled_at is null then p.email_sealed end as address,
                d.subject_type = 'Ticket' and exists (select from tickets t where t.id = d.subject_id
                    and (t.contact_id = d.contact_id or t.author_id = d.participant_id)) as is_author,
                -- Nobody else's mails; one's own also where they have moved to another ticket since.
                -- (An id that somebody else has used before is kept with an end of its own.)
                array(select regexp_replace(m.external_id, '#[0-9a-f]{16}$', '') from (
                    select a.external_id, a.created_at from tickets t join articles a on a.ticket_id in (t.id, t.merged_into)
                    where d.subject_type = 'Ticket' and t.id = d.subject_id and a.channel = 'EMAIL' and a.direction = 'IN'
                      and (a.contact_id = d.contact_id or a.author_id = d.participant_id)
                    union all
                    select o.external_id, o.created_at from deliveries o
                    where o.channel = 'EMAIL' and o.subject_id = d.subject_id and o.id <> d.id and o.created_at <= d.created_at
                      and o.state = 'SENT' and (o.participant_id = d.participant_id or o.contact_id = d.contact_id)
                 ) m where m.external_id is not null order by m.created_at) as thread
         from d left join participants p on p.id = d.participant_id left join contacts c on c.id = d.contact_id",
    )
    .bind(id)
    .bind(message_id)
    .fetch_optional(db)
    .await
}

/// Notes that a delivery was sent.
pub async fn sent(tx: &mut PgConnection, id: Uuid, external_id: Option<&str>) -> sqlx::Result<()> {
    sqlx::query(
        "update deliveries d set state = 'SENT', error = null, failed_at = null, sent_at = veche_now(),
                -- Two deliveries may go in one message of the channel: the first keeps its name.
                external_id = case when exists (select from deliveries o where o.channel = d.channel and o.external_id = $2) then d.external_id
                              else coalesce($2, d.external_id) end
         where id = $1 and state = 'WAITING'",
    )
    .bind(id)
    .bind(external_id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that a delivery failed for good; also of one that was sent and came back.
pub async fn failed(tx: &mut PgConnection, id: Uuid, error: &str) -> sqlx::Result<()> {
    sqlx::query("update deliveries set state = 'FAILED', error = $2, failed_at = veche_now() where id = $1 and state <> 'FAILED'")
        .bind(id)
        .bind(error)
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes what stands in the way of a delivery for now.
pub async fn note(tx: &mut PgConnection, id: Uuid, error: &str) -> sqlx::Result<()> {
    sqlx::query("update deliveries set error = $2 where id = $1").bind(id).bind(error).execute(tx).await?;
    Ok(())
}

/// Lets a message that a bot could not send wait for so many seconds.
pub async fn put_off(tx: &mut PgConnection, id: Uuid, error: &str, seconds: i32) -> sqlx::Result<()> {
    sqlx::query(
        "update deliveries set error = $2, not_before = veche_now() + make_interval(secs => $3) where id = $1 and state = 'WAITING'",
    )
    .bind(id)
    .bind(error)
    .bind(f64::from(seconds))
    .execute(tx)
    .await?;
    Ok(())
}

/// A message for a bot to carry.
#[derive(sqlx::FromRow)]
pub struct Outgoing {
    pub id: Uuid,
    pub channel: Channel,
    pub kind: NotificationKind,
    pub subject_type: Kind,
    pub subject_id: Uuid,
    pub data: Json<Data>,
    pub attempts: i32,
    pub locale: Locale,
    /// The contact that it goes to: the key that its address is sealed for.
    pub contact: Option<Uuid>,
    pub address: Option<Vec<u8>>,
    /// The recipient is a contact: has no account to read with.
    pub is_contact: bool,
    pub reply_to: Option<String>,
    pub rateable: bool,
    /// Whether the recipient wrote the ticket that it is about.
    pub is_author: bool,
}

/// Takes waiting messages of a channel in hand: counts an attempt and keeps others away for so many seconds. What was tried `most` times
/// already has failed.
pub async fn claim(tx: &mut PgConnection, channel: Channel, first: i64, seconds: i32, most: i32) -> sqlx::Result<Vec<Outgoing>> {
    sqlx::query(
        "update deliveries set state = 'FAILED', failed_at = veche_now(), error = coalesce(error, 'no-bot')
         where id in (select id from deliveries where channel = $1 and state = 'WAITING' and not_before <= veche_now() and attempts >= $2
                      for update skip locked)",
    )
    .bind(channel)
    .bind(most)
    .execute(&mut *tx)
    .await?;
    sqlx::query_as(
        "with due as (
             select id from deliveries where channel = $1 and state = 'WAITING' and not_before <= veche_now()
             order by not_before, id limit $2 for update skip locked),
         d as (
             update deliveries set attempts = attempts + 1, not_before = veche_now() + make_interval(secs => $3)
             where id in (select id from due) returning *)
         select d.id, d.channel, d.kind, d.subject_type, d.subject_id, d.data, d.attempts, coalesce(p.locale, c.locale) as locale,
                c.id as contact, case when c.forgotten_at is null and p.disabled_at is null then c.address_sealed end as address,
                d.contact_id is not null as is_contact,
                (select regexp_replace(a.external_id, '#[0-9a-f]{16}$', '') from tickets t join articles a on a.ticket_id in (t.id, t.merged_into)
                 where d.subject_type = 'Ticket' and t.id = d.subject_id and a.channel = d.channel and a.direction = 'IN'
                   and (a.contact_id = c.id or a.author_id = d.participant_id)
                 order by a.created_at, a.id limit 1) as reply_to,
                coalesce(w.is_author, false) as is_author,
                coalesce(d.kind = 'ticket-answered' and w.is_author and w.unrated, false) as rateable
         from d
         left join lateral (
             select t.contact_id = d.contact_id or t.author_id = d.participant_id as is_author,
                    t.rating is null and t.state in ('ANSWERED', 'CLOSED') as unrated
             from tickets t where d.subject_type = 'Ticket' and t.id = d.subject_id) w on true
         left join participants p on p.id = d.participant_id
         left join lateral (
             select c.* from contacts c
             where case when d.contact_id is not null then c.id = d.contact_id
                   else c.participant_id = d.participant_id and c.channel = d.channel and c.forgotten_at is null end
             -- Of several chats the one that wrote.
             order by d.subject_type = 'Ticket' and exists (
                          select from articles a where a.ticket_id = d.subject_id and a.contact_id = c.id) desc,
                      c.linked_at desc nulls last, c.id desc limit 1) c on true
         order by d.created_at, d.id",
    )
    .bind(channel)
    .bind(first)
    .bind(f64::from(seconds))
    .fetch_all(tx)
    .await
}

/// How many messages of a channel could be taken in hand now.
pub async fn due(db: &PgPool, channel: Channel) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from deliveries where channel = $1 and state = 'WAITING' and not_before <= veche_now()")
        .bind(channel)
        .fetch_one(db)
        .await
}

/// A delivery, without its recipient.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Delivery {
    pub id: Uuid,
    pub channel: Channel,
    pub kind: NotificationKind,
    pub state: DeliveryState,
    pub attempts: i32,
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub failed_at: Option<DateTime<Utc>>,
    pub subject_type: Kind,
    pub subject_id: Uuid,
    pub ticket_number: Option<String>,
}

const DELIVERY: &str = "d.id, d.channel, d.kind, d.state, d.attempts, d.error, d.created_at, d.failed_at, d.subject_type, d.subject_id,
    case when d.subject_type = 'Ticket' then nullif(d.data->>'number', '') end as ticket_number";

/// A delivery, locked until the transaction ends.
pub async fn lock(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Delivery>> {
    let mut query = QueryBuilder::new("select ");
    query.push(DELIVERY).push(" from deliveries d where d.id = ").push_bind(id).push(" for update");
    query.build_query_as().fetch_optional(tx).await
}

pub async fn by_id(db: &PgPool, id: Uuid) -> sqlx::Result<Option<Delivery>> {
    let mut query = QueryBuilder::new("select ");
    query.push(DELIVERY).push(" from deliveries d where d.id = ").push_bind(id);
    query.build_query_as().fetch_optional(db).await
}

/// The delivery that went out under a channel's own id, or under ours; locked.
pub async fn find_sent(tx: &mut PgConnection, channel: Channel, external_id: &str, id: Option<Uuid>) -> sqlx::Result<Option<Delivery>> {
    let mut query = QueryBuilder::new("select ");
    query.push(DELIVERY).push(" from deliveries d where d.channel = ").push_bind(channel);
    query.push(" and (d.external_id = ").push_bind(external_id).push(" or d.id = ").push_bind(id).push(") limit 1 for update");
    query.build_query_as().fetch_optional(tx).await
}

/// Deliveries that failed, newest first.
pub async fn failures(db: &PgPool, args: &Args<TimeKey>) -> sqlx::Result<Vec<Delivery>> {
    let mut query = QueryBuilder::new("select ");
    query.push(DELIVERY).push(" from deliveries d where d.state = 'FAILED'");
    if let Some((at, id)) = args.from {
        query.push(if args.backward { " and (d.failed_at, d.id) > (" } else { " and (d.failed_at, d.id) < (" });
        query.push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(if args.backward { " order by d.failed_at asc, d.id asc limit " } else { " order by d.failed_at desc, d.id desc limit " });
    query.push_bind(args.limit()).build_query_as().fetch_all(db).await
}

/// How many deliveries stand in a state.
pub async fn count_in(db: &PgPool, state: DeliveryState) -> sqlx::Result<i64> {
    // Two statements: the index of each holds for a constant only.
    let query = match state {
        DeliveryState::Waiting => "select count(*) from deliveries where state = 'WAITING'",
        DeliveryState::Failed => "select count(*) from deliveries where state = 'FAILED'",
        DeliveryState::Sent => "select count(*) from deliveries where state = 'SENT'",
    };
    sqlx::query_scalar(query).fetch_one(db).await
}

/// Gives a failed delivery a fresh start.
pub async fn revive(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    sqlx::query(
        "update deliveries set state = 'WAITING', attempts = 0, error = null, failed_at = null, sent_at = null, not_before = veche_now()
         where id = $1 and state = 'FAILED'",
    )
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends what waits although nobody tries it any more: mails whose job was lost, messages that no bot fetched in a week. How many.
pub async fn give_up(db: &PgPool) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "update deliveries set state = 'FAILED', failed_at = veche_now(), error = coalesce(error, 'waited')
         where state = 'WAITING'
           and not_before < veche_now() - case channel when 'EMAIL' then interval '2 days' else interval '7 days' end
           -- While no worker ran, the jobs waited too.
           and not exists (select from graphile_worker._private_jobs j
                           where j.attempts < j.max_attempts and j.payload->>'delivery' = deliveries.id::text)",
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// What became of an article's delivery to whoever wrote the ticket.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OfArticle {
    pub article_id: Uuid,
    pub channel: Channel,
    pub state: DeliveryState,
    pub at: Option<DateTime<Utc>>,
    pub error: Option<String>,
}

/// What became of the deliveries of articles to the tickets' own authors; where `joined`, also to those of tickets that are part of them.
pub async fn of_articles(db: &PgPool, articles: &[Uuid], joined: bool) -> sqlx::Result<Vec<OfArticle>> {
    sqlx::query_as(
        "select d.article_id, d.channel, d.state, coalesce(d.failed_at, d.sent_at) as at, d.error
         from deliveries d join articles a on a.id = d.article_id join tickets t on t.id = d.subject_id
         where d.article_id = any($1) and (t.contact_id = d.contact_id or t.author_id = d.participant_id) and (t.id = a.ticket_id or $2)
         order by d.created_at, d.id",
    )
    .bind(articles)
    .bind(joined)
    .fetch_all(db)
    .await
}

/// Whose mails of which kind a delivery was, if a participant's.
pub async fn addressee(db: &PgPool, id: Uuid) -> sqlx::Result<Option<(Uuid, NotificationKind)>> {
    sqlx::query_as("select participant_id, kind from deliveries where id = $1 and channel = 'EMAIL' and participant_id is not null")
        .bind(id)
        .fetch_optional(db)
        .await
}
