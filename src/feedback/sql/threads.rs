//! Finding what a message goes on with.

use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{
    super::{Channel, Received, threads::Who},
    Ticket,
};
use crate::attachments::RefusedFile;

/// Lets messages that name the same keys, given in order, wait for each other until the transaction ends.
pub async fn lock_conversations(tx: &mut PgConnection, channel: Channel, keys: &[&str]) -> sqlx::Result<()> {
    if !keys.is_empty() {
        sqlx::query("select pg_advisory_xact_lock(hashtextextended($1 || ':' || k, 7)) from unnest($2::text[]) k")
            .bind(channel)
            .bind(keys)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// A message that was stored before, and who wrote it.
#[derive(Debug)]
pub struct Known {
    pub received: Received,
    pub contact: Option<Uuid>,
    pub author: Option<Uuid>,
}

/// Messages that were stored before under these ids, in this order.
pub async fn find_external(tx: &mut PgConnection, channel: Channel, ids: &[String]) -> sqlx::Result<Vec<Known>> {
    type Row = (Uuid, Uuid, String, Option<Uuid>, Option<Uuid>, Json<Vec<RefusedFile>>, bool);
    let rows: Vec<Row> = sqlx::query_as(
        "select a.id, t.id, t.number, a.contact_id, a.author_id, a.refused_files,
                exists (select from articles b where b.ticket_id = a.ticket_id and b.direction = 'IN'
                        and (b.created_at, b.id) < (a.created_at, a.id))
         from articles a join tickets t on t.id = a.ticket_id
         where a.channel = $1 and a.external_id = any($2) order by array_position($2, a.external_id)",
    )
    .bind(channel)
    .bind(ids)
    .fetch_all(tx)
    .await?;
    let known = |(article, ticket, number, contact, author, Json(refused), follow_up): Row| Known {
        received: Received { ticket, number, article, stored: true, follow_up, refused },
        contact,
        author,
    };
    Ok(rows.into_iter().map(known).collect())
}

/// The ticket of the last of these ids that is one of ours on this channel, given to the ticket's side of the conversation, or that of a
/// message of this sender.
pub async fn ticket_of_ids(tx: &mut PgConnection, channel: Channel, ids: &[String], who: &Who) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar(
        "with named as (select id, n from unnest($2::text[]) with ordinality u (id, n)),
         found as (
             select n, t.id from named join deliveries d on d.channel = $1 and d.external_id = named.id
             join tickets t on d.subject_type = 'Ticket' and t.id = d.subject_id
             where d.contact_id is not null or d.participant_id = t.author_id
             union all
             select n, a.ticket_id from named join articles a on a.channel = $1 and a.external_id = named.id
             where a.direction = 'IN' and (a.contact_id = $3 or a.author_id = $4
                   or $3::uuid is null and $4::uuid is null and a.contact_id is null and a.author_id is null))
         select id from found order by n desc limit 1",
    )
    .bind(channel)
    .bind(ids)
    .bind(who.contact)
    .bind(who.author)
    .fetch_optional(tx)
    .await
}

/// The locked ticket that another goes on in: itself or the one it was merged into, unless that ended too long ago.
pub async fn goes_on(tx: &mut PgConnection, mut ticket: Uuid, days: i64) -> sqlx::Result<Option<Ticket>> {
    loop {
        let row = lock_last(tx, ticket, days).await?;
        match row.as_ref().and_then(|row| row.merged_into) {
            // It became part of another while this waited for its lock.
            Some(target) => ticket = target,
            None => return Ok(row),
        }
    }
}

async fn lock_last(tx: &mut PgConnection, ticket: Uuid, days: i64) -> sqlx::Result<Option<Ticket>> {
    sqlx::query_as(
        "with recursive chain as (
             select id, merged_into, 0 as depth from tickets where id = $1
             union all
             select t.id, t.merged_into, depth + 1 from chain join tickets t on t.id = chain.merged_into where depth < 100)
         select t.* from tickets t
         where t.id = (select id from chain where merged_into is null limit 1)
           and (t.state not in ('ANSWERED', 'CLOSED', 'REJECTED')
                or case t.state when 'REJECTED' then t.updated_at else coalesce(t.answered_at, t.updated_at) end
                   > veche_now() - make_interval(days => $2::int))
         for no key update of t",
    )
    .bind(ticket)
    .bind(days)
    .fetch_optional(tx)
    .await
}

/// The newest wording of a message in its ticket: article and text.
pub async fn latest_wording(tx: &mut PgConnection, ticket: Uuid, channel: Channel, ids: &[String]) -> sqlx::Result<Option<(Uuid, String)>> {
    sqlx::query_as(
        "select id, body from articles
         where ticket_id = $1 and channel = $2 and direction = 'IN' and (external_id = any($3) or edits = any($3))
         order by created_at desc, id desc limit 1",
    )
    .bind(ticket)
    .bind(channel)
    .bind(ids)
    .fetch_optional(tx)
    .await
}

/// The ticket itself or one that is part of it, whichever is the sender's own.
pub async fn own(tx: &mut PgConnection, ticket: Uuid, who: &Who) -> sqlx::Result<Option<(Uuid, String)>> {
    sqlx::query_as(
        "select id, number from tickets where (id = $1 or merged_into = $1) and (contact_id = $2 or author_id = $3)
         order by id = $1 desc, created_at desc limit 1",
    )
    .bind(ticket)
    .bind(who.contact)
    .bind(who.author)
    .fetch_optional(tx)
    .await
}

pub async fn number(tx: &mut PgConnection, ticket: Uuid) -> sqlx::Result<String> {
    sqlx::query_scalar("select number from tickets where id = $1").bind(ticket).fetch_one(tx).await
}

/// Where a conversation goes on.
#[derive(Debug, sqlx::FromRow)]
pub struct Conversation {
    pub conversation: String,
    pub ticket: Uuid,
    /// Whether the sender has part in it.
    pub theirs: bool,
}

/// The tickets of conversations of these names, in this order.
pub async fn conversations(tx: &mut PgConnection, channel: Channel, names: &[String], who: &Who) -> sqlx::Result<Vec<Conversation>> {
    sqlx::query_as(
        "select c.conversation, c.ticket_id as ticket,
                exists (select from articles a where a.ticket_id = c.ticket_id and a.direction = 'IN' and (a.contact_id = $3 or a.author_id = $4
                        or $3::uuid is null and $4::uuid is null and a.contact_id is null and a.author_id is null)) as theirs
         from conversations c where c.channel = $1 and c.conversation = any($2) order by array_position($2, c.conversation)",
    )
    .bind(channel)
    .bind(names)
    .bind(who.contact)
    .bind(who.author)
    .fetch_all(tx)
    .await
}

pub async fn link_conversation(tx: &mut PgConnection, channel: Channel, conversation: &str, ticket: Uuid) -> sqlx::Result<()> {
    sqlx::query(
        "insert into conversations (channel, conversation, ticket_id) values ($1, $2, $3)
         on conflict (channel, conversation) do update set ticket_id = excluded.ticket_id
         where conversations.ticket_id <> excluded.ticket_id",
    )
    .bind(channel)
    .bind(conversation)
    .bind(ticket)
    .execute(tx)
    .await?;
    Ok(())
}
