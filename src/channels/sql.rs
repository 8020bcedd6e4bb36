use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Said, State};
use crate::{
    feedback::{Channel, sql::Ticket},
    i18n::Locale,
    page::{Args, TimeKey},
};

/// An address on a channel, sealed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Contact {
    pub id: Uuid,
    pub channel: Channel,
    pub address_sealed: Vec<u8>,
    pub name_sealed: Option<Vec<u8>>,
    pub locale: Locale,
    pub participant_id: Option<Uuid>,
    pub linked_at: Option<DateTime<Utc>>,
}

const CONTACT: &str = "select id, channel, address_sealed, name_sealed, locale, participant_id, linked_at from contacts ";

pub async fn contacts_of(db: &PgPool, participant: Uuid) -> sqlx::Result<Vec<Contact>> {
    let query = format!("{CONTACT} where participant_id = $1 order by linked_at, id limit 100");
    sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(participant).fetch_all(db).await
}

pub async fn contact(db: &PgPool, id: Uuid) -> sqlx::Result<Option<Contact>> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!("{CONTACT} where id = $1"))).bind(id).fetch_optional(db).await
}

pub async fn find(db: &PgPool, channel: Channel, index: &[u8]) -> sqlx::Result<Option<Contact>> {
    let query = format!("{CONTACT} where channel = $1 and address_index = $2");
    sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(channel).bind(index).fetch_optional(db).await
}

pub async fn account_of(db: &PgPool, channel: Channel, index: &[u8]) -> sqlx::Result<Option<Uuid>> {
    let found: Option<Option<Uuid>> = sqlx::query_scalar("select participant_id from contacts where channel = $1 and address_index = $2")
        .bind(channel)
        .bind(index)
        .fetch_optional(db)
        .await?;
    Ok(found.flatten())
}

/// Locks a contact.
pub async fn lock(tx: &mut PgConnection, channel: Channel, index: &[u8]) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar("select id from contacts where channel = $1 and address_index = $2 for update")
        .bind(channel)
        .bind(index)
        .fetch_optional(tx)
        .await
}

/// A one-time code, once its hash is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Link {
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
    /// The name of the channel's bot, if one works now.
    pub bot: Option<String>,
}

/// Keeps a code in the place of all that its owner had, and of what ended long ago.
pub async fn insert_link(tx: &mut PgConnection, hash: &[u8; 32], channel: Channel, participant: Uuid, minutes: i32) -> sqlx::Result<Link> {
    sqlx::query("delete from contact_links where participant_id = $1 and channel = $2 or expires_at < veche_now() - interval '1 day'")
        .bind(participant)
        .bind(channel)
        .execute(&mut *tx)
        .await?;
    sqlx::query_as(
        "insert into contact_links (code_hash, channel, participant_id, expires_at)
         values ($1, $2, $3, veche_now() + make_interval(mins => $4))
         returning expires_at, (select r.name from channel_reports r
                                where r.channel = $2 and r.state = 'OK' and r.reported_at > veche_now() - make_interval(mins => $5)
                                order by r.reported_at desc limit 1) as bot",
    )
    .bind(hash)
    .bind(channel)
    .bind(participant)
    .bind(minutes)
    .bind(super::ALIVE_MINUTES)
    .fetch_one(tx)
    .await
}

/// Uses up a code: whose it is, their language, and whether it came in time.
pub async fn take_link(tx: &mut PgConnection, hash: &[u8; 32], channel: Channel) -> sqlx::Result<Option<(Uuid, Locale, bool)>> {
    sqlx::query_as(
        "with taken as (delete from contact_links where code_hash = $1 and channel = $2 returning participant_id, expires_at)
         select p.id, p.locale, t.expires_at > veche_now() from taken t join participants p on p.id = t.participant_id
         where p.disabled_at is null",
    )
    .bind(hash)
    .bind(channel)
    .fetch_optional(tx)
    .await
}

pub async fn link(tx: &mut PgConnection, contact: Uuid, participant: Uuid, name: Option<&[u8]>) -> sqlx::Result<()> {
    sqlx::query("update contacts set participant_id = $2, linked_at = veche_now(), name_sealed = coalesce($3, name_sealed) where id = $1")
        .bind(contact)
        .bind(participant)
        .bind(name)
        .execute(tx)
        .await?;
    Ok(())
}

/// Makes an address that is a participant's nobody's; gives its channel.
pub async fn unlink_own(tx: &mut PgConnection, contact: Uuid, participant: Uuid) -> sqlx::Result<Option<Channel>> {
    sqlx::query_scalar(
        "update contacts set participant_id = null, linked_at = null where id = $1 and participant_id = $2 returning channel",
    )
    .bind(contact)
    .bind(participant)
    .fetch_optional(tx)
    .await
}

/// Makes an address nobody's; gives the contact and whose it was.
pub async fn unlink(tx: &mut PgConnection, channel: Channel, index: &[u8]) -> sqlx::Result<Option<(Uuid, Option<Uuid>)>> {
    sqlx::query_as(
        "with known as (select id, participant_id from contacts where channel = $1 and address_index = $2 for update)
         update contacts c set participant_id = null, linked_at = null from known where c.id = known.id
         returning c.id, known.participant_id",
    )
    .bind(channel)
    .bind(index)
    .fetch_optional(tx)
    .await
}

/// Empties a locked contact, ends what waits for it, and removes the channel's ids, which hold its address too; gives how many tickets it
/// wrote.
pub async fn forget(tx: &mut PgConnection, contact: Uuid, address: &str, index: &[u8], nothing: &[u8]) -> sqlx::Result<i64> {
    // Messages to the account that was linked went to this chat too: their ids begin with its address.
    sqlx::query(
        "update deliveries d set external_id = null from contacts c
         where c.id = $1 and d.channel = c.channel and d.participant_id is not null and starts_with(d.external_id, $2 || '/')",
    )
    .bind(contact)
    .bind(address)
    .execute(&mut *tx)
    .await?;
    sqlx::query_scalar(
        "with emptied as (
             update contacts set address_index = $2, address_sealed = $3, name_sealed = null, participant_id = null, linked_at = null,
                 forgotten_at = veche_now()
             where id = $1 returning channel),
         ended as (
             update deliveries set external_id = null, state = case state when 'WAITING' then 'FAILED' else state end,
                 failed_at = case state when 'WAITING' then veche_now() else failed_at end,
                 error = case state when 'WAITING' then 'forgotten' else error end
             where contact_id = $1),
         named as (update articles set external_id = null, edits = left(edits, 0) where contact_id = $1),
         gone as (
             delete from conversations c using tickets t, emptied where c.ticket_id = t.id and t.contact_id = $1 and c.channel = emptied.channel)
         select count(*) from tickets where contact_id = $1",
    )
    .bind(contact)
    .bind(index)
    .bind(nothing)
    .fetch_one(tx)
    .await
}

/// The tickets that somebody wrote, as a contact or by their account, newest first.
pub async fn tickets(db: &PgPool, contact: Uuid, participant: Option<Uuid>, args: &Args<TimeKey>) -> sqlx::Result<Vec<Ticket>> {
    let (at, id) = args.from.unzip();
    sqlx::query_as(
        "select t.* from tickets t
         where (t.contact_id = $1 or t.author_id = $2) and ($3::timestamptz is null or (t.created_at, t.id) < ($3, $4::uuid))
         order by t.created_at desc, t.id desc limit $5",
    )
    .bind(contact)
    .bind(participant)
    .bind(at)
    .bind(id)
    .bind(args.limit())
    .fetch_all(db)
    .await
}

pub async fn count_tickets(db: &PgPool, contact: Uuid, participant: Option<Uuid>) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from tickets where contact_id = $1 or author_id = $2")
        .bind(contact)
        .bind(participant)
        .fetch_one(db)
        .await
}

/// A message that could not be read.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Unreadable {
    /// Its key.
    pub id: Uuid,
    /// The channel.
    pub channel: Channel,
    /// The channel's own id of it.
    pub external_id: String,
    /// Why it could not be read.
    pub reason: String,
    /// Its size in bytes.
    pub size: i64,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When an administrator looked at it.
    pub seen_at: Option<DateTime<Utc>>,
}

pub async fn knows_unreadable(tx: &mut PgConnection, channel: Channel, external_id: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from unreadable_messages where channel = $1 and external_id = $2)")
        .bind(channel)
        .bind(external_id)
        .fetch_one(tx)
        .await
}

pub async fn keep_unreadable(
    tx: &mut PgConnection,
    id: Uuid,
    channel: Channel,
    external_id: &str,
    reason: &str,
    size: i64,
    sealed: &[u8],
) -> sqlx::Result<bool> {
    let result = sqlx::query(
        "insert into unreadable_messages (id, channel, external_id, reason, size, sealed) values ($1, $2, $3, $4, $5, $6)
         on conflict on constraint unreadable_messages_once do nothing",
    )
    .bind(id)
    .bind(channel)
    .bind(external_id)
    .bind(reason)
    .bind(size)
    .bind(sealed)
    .execute(tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

pub async fn unreadable_sealed(db: &PgPool, id: Uuid) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar("select sealed from unreadable_messages where id = $1").bind(id).fetch_optional(db).await
}

pub async fn mark_seen(tx: &mut PgConnection, id: Uuid, by: Uuid) -> sqlx::Result<Option<Unreadable>> {
    sqlx::query_as(
        "update unreadable_messages set seen_at = coalesce(seen_at, veche_now()), seen_by = coalesce(seen_by, $2) where id = $1
         returning id, channel, external_id, reason, size, received_at, seen_at",
    )
    .bind(id)
    .bind(by)
    .fetch_optional(tx)
    .await
}

pub async fn unreadable_by_id(db: &PgPool, id: Uuid) -> sqlx::Result<Option<Unreadable>> {
    sqlx::query_as("select id, channel, external_id, reason, size, received_at, seen_at from unreadable_messages where id = $1")
        .bind(id)
        .fetch_optional(db)
        .await
}

/// Messages that could not be read, newest first.
pub async fn unreadable(db: &PgPool, unseen: bool, args: &Args<TimeKey>) -> sqlx::Result<Vec<Unreadable>> {
    let mut query = sqlx::QueryBuilder::new(
        "select id, channel, external_id, reason, size, received_at, seen_at from unreadable_messages where (seen_at is null or not ",
    );
    query.push_bind(unseen).push(")");
    if let Some((at, id)) = args.from {
        query.push(if args.backward { " and (received_at, id) > (" } else { " and (received_at, id) < (" });
        query.push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(if args.backward { " order by received_at, id limit " } else { " order by received_at desc, id desc limit " });
    query.push_bind(args.limit()).build_query_as().fetch_all(db).await
}

pub async fn count_unreadable(db: &PgPool, unseen: bool) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from unreadable_messages where seen_at is null or not $1").bind(unseen).fetch_one(db).await
}

/// What a bot last said of itself.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Report {
    /// Its channel.
    pub channel: Channel,
    /// Which mailbox, which bot.
    pub name: String,
    /// How it does.
    pub state: State,
    /// What is wrong.
    pub detail: String,
    /// Messages that it took in.
    pub received: i64,
    /// Machines' messages that it passed over.
    pub ignored: i64,
    /// Since when it counts.
    pub since: DateTime<Utc>,
    /// When it last reported.
    pub reported_at: DateTime<Utc>,
}

pub async fn report(tx: &mut PgConnection, said: &Said) -> sqlx::Result<Report> {
    sqlx::query_as(
        // A count that is smaller than before has begun anew.
        "insert into channel_reports as r (channel, name, state, detail, received, ignored, counted_received, counted_ignored)
         values ($1, $2, $3, $4, $5, $6, $5, $6)
         on conflict (channel, name) do update set state = excluded.state, detail = excluded.detail, reported_at = veche_now(),
             received = r.received + case when excluded.received < r.counted_received then excluded.received
                                          else excluded.received - r.counted_received end,
             ignored = r.ignored + case when excluded.ignored < r.counted_ignored then excluded.ignored
                                        else excluded.ignored - r.counted_ignored end,
             counted_received = excluded.received, counted_ignored = excluded.ignored
         returning *",
    )
    .bind(said.channel)
    .bind(&said.name)
    .bind(said.state)
    .bind(&said.detail)
    .bind(said.received)
    .bind(said.ignored)
    .fetch_one(tx)
    .await
}

pub async fn reports(db: &PgPool) -> sqlx::Result<Vec<Report>> {
    sqlx::query_as("select * from channel_reports where reported_at > veche_now() - interval '30 days' order by channel, name limit 100")
        .fetch_all(db)
        .await
}
