mod lists;
mod masking;
mod threads;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, QueryBuilder, types::Json};
use uuid::Uuid;

pub use lists::{Filter, Order, count, count_of_clusters, list, newest_of_clusters, visible};
pub use masking::*;
pub use threads::*;

use super::{Channel, Flag, State};
use crate::{
    attachments::RefusedFile,
    i18n::Locale,
    nlp::duplicates::Reason,
    page::{Args, TimeKey},
    triage::{Urgency, UrgencyRule},
};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Ticket {
    pub id: Uuid,
    pub number: String,
    pub state: State,
    pub channel: Channel,
    pub public: bool,
    pub subject: String,
    pub author_id: Option<Uuid>,
    pub contact_id: Option<Uuid>,
    pub operator_id: Option<Uuid>,
    pub language: Option<String>,
    pub topic_id: Option<Uuid>,
    pub territory_id: Option<Uuid>,
    pub cluster_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub route_confidence: Option<f32>,
    pub topic_confidence: Option<f32>,
    pub urgency: Urgency,
    pub urgency_rule: Option<UrgencyRule>,
    pub sentiment: Option<f32>,
    pub toxicity: Option<f32>,
    pub spam: Option<f32>,
    pub assignee_id: Option<Uuid>,
    pub merged_into: Option<Uuid>,
    pub rating: Option<i16>,
    pub rating_comment: Option<String>,
    pub due_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
}

pub async fn by_ids(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Ticket>> {
    sqlx::query_as("select * from tickets where id = any($1)").bind(ids).fetch_all(db).await
}

pub async fn by_number(db: &PgPool, number: &str) -> sqlx::Result<Option<Ticket>> {
    sqlx::query_as("select * from tickets where number = $1").bind(number).fetch_optional(db).await
}

pub async fn lock(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Ticket>> {
    sqlx::query_as("select * from tickets where id = $1 for no key update").bind(id).fetch_optional(tx).await
}

/// Locks tickets in the order of their keys.
pub async fn lock_all(tx: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<Ticket>> {
    sqlx::query_as("select * from tickets where id = any($1) order by id for no key update").bind(ids).fetch_all(tx).await
}

#[derive(Debug)]
pub struct NewContact<'a> {
    pub id: Uuid,
    pub channel: Channel,
    pub index: &'a [u8],
    pub address: &'a [u8],
    pub name: Option<&'a [u8]>,
    pub locale: Locale,
    /// Whether a contact that is known is answered in this language from now on.
    pub moves: bool,
}

/// The contact and the account that it belongs to, unless that is disabled.
pub async fn upsert_contact(tx: &mut PgConnection, new: &NewContact<'_>) -> sqlx::Result<(Uuid, Option<Uuid>)> {
    sqlx::query_as(
        // The update gives back the row of another transaction that was faster, which this statement's snapshot does not show.
        "with known as (select id, participant_id from contacts where channel = $2 and address_index = $3),
              moved as (update contacts c set locale = $6 from known where $7 and c.id = known.id and c.locale <> $6),
              new as (insert into contacts (id, channel, address_index, address_sealed, name_sealed, locale)
                      select $1, $2, $3, $4, $5, $6 where not exists (select from known)
                      on conflict on constraint contacts_unique do update set address_index = excluded.address_index
                      returning id, participant_id)
         select c.id, (select p.id from participants p where p.id = c.participant_id and p.disabled_at is null)
         from (select * from known union all select * from new) c",
    )
    .bind(new.id)
    .bind(new.channel)
    .bind(new.index)
    .bind(new.address)
    .bind(new.name)
    .bind(new.locale)
    .bind(new.moves)
    .fetch_one(tx)
    .await
}

pub async fn next_serial(tx: &mut PgConnection) -> sqlx::Result<u64> {
    let serial: i64 = sqlx::query_scalar("select nextval('ticket_serial')").fetch_one(tx).await?;
    Ok(serial.unsigned_abs())
}

#[derive(Debug)]
pub struct NewTicket<'a> {
    pub id: Uuid,
    pub number: &'a str,
    pub channel: Channel,
    pub public: bool,
    pub subject: &'a str,
    pub author: Option<Uuid>,
    pub contact: Option<Uuid>,
    pub operator: Option<Uuid>,
    pub topic: Option<Uuid>,
    pub territory: Option<Uuid>,
    pub group: Option<Uuid>,
    pub answer_days: i32,
    pub created_at: Option<DateTime<Utc>>,
}

pub async fn insert_ticket(tx: &mut PgConnection, new: &NewTicket<'_>) -> sqlx::Result<Ticket> {
    sqlx::query_as(
        "with ticket as (
             insert into tickets (id, number, channel, public, subject, author_id, contact_id, operator_id, topic_id, territory_id,
                 group_id, due_at, created_at, topic_set_at)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, veche_now() + make_interval(days => $12), coalesce($13, veche_now()),
                 case when $9::uuid is not null then veche_now() end
             returning *),
         first as (insert into ticket_transitions (ticket_id, to_state, actor_id, at)
                   select id, state, coalesce(operator_id, author_id), created_at from ticket)
         select * from ticket",
    )
    .bind(new.id)
    .bind(new.number)
    .bind(new.channel)
    .bind(new.public)
    .bind(new.subject)
    .bind(new.author)
    .bind(new.contact)
    .bind(new.operator)
    .bind(new.topic)
    .bind(new.territory)
    .bind(new.group)
    .bind(new.answer_days)
    .bind(new.created_at)
    .fetch_one(tx)
    .await
}

/// Which way an article goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "ArticleDirection")]
pub enum Direction {
    /// From the citizen.
    In,
    /// To the citizen.
    Out,
    /// Among the experts.
    Note,
}

#[derive(Debug)]
pub struct NewArticle<'a> {
    pub id: Uuid,
    pub ticket: Uuid,
    pub direction: Direction,
    pub channel: Channel,
    pub external_id: Option<&'a str>,
    pub author: Option<Uuid>,
    pub contact: Option<Uuid>,
    pub body: &'a str,
    pub decision: Option<Uuid>,
    pub created_at: Option<DateTime<Utc>>,
    pub brought: Brought<'a>,
}

/// What only messages of channels have.
#[derive(Debug, Default)]
pub struct Brought<'a> {
    pub quotation: &'a str,
    pub edits: Option<&'a str>,
    pub flags: &'a [Flag],
    pub refused: &'a [RefusedFile],
}

pub async fn insert_article(tx: &mut PgConnection, new: &NewArticle<'_>) -> sqlx::Result<()> {
    sqlx::query(
        "with touched as (update tickets set updated_at = veche_now() where id = $2)
         insert into articles (id, ticket_id, direction, channel, external_id, author_id, contact_id, body, decision_id, created_at,
             quotation, edits, flags, refused_files)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, veche_now()), $11, $12, $13, $14)",
    )
    .bind(new.id)
    .bind(new.ticket)
    .bind(new.direction)
    .bind(new.channel)
    .bind(new.external_id)
    .bind(new.author)
    .bind(new.contact)
    .bind(new.body)
    .bind(new.decision)
    .bind(new.created_at)
    .bind(new.brought.quotation)
    .bind(new.brought.edits)
    .bind(new.brought.flags)
    .bind(Json(new.brought.refused))
    .execute(tx)
    .await?;
    Ok(())
}

/// Adds to the files of an article that were not kept; gives its ticket.
pub async fn refuse_file(tx: &mut PgConnection, article: Uuid, file: &RefusedFile) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar("update articles set refused_files = refused_files || $2 where id = $1 returning ticket_id")
        .bind(article)
        .bind(Json([file]))
        .fetch_optional(tx)
        .await
}

pub async fn insert_example(tx: &mut PgConnection, ticket: Uuid, group: Uuid, source: &str) -> sqlx::Result<()> {
    sqlx::query(
        "insert into routing_examples (ticket_id, group_id, source) values ($1, $2, $3)
         on conflict (ticket_id) do update set group_id = excluded.group_id, source = excluded.source, at = excluded.at",
    )
    .bind(ticket)
    .bind(group)
    .bind(source)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn set_state(tx: &mut PgConnection, id: Uuid, from: State, to: State, actor: Option<Uuid>, reason: &str) -> sqlx::Result<()> {
    sqlx::query(
        "with moved as (
             update tickets set state = $3, updated_at = veche_now(),
                 answered_at = case when $3 = 'ANSWERED' then veche_now() else answered_at end
             where id = $1)
         insert into ticket_transitions (ticket_id, from_state, to_state, actor_id, reason) values ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(from)
    .bind(to)
    .bind(actor)
    .bind(reason)
    .execute(tx)
    .await?;
    Ok(())
}

/// False when there is an opinion already.
pub async fn rate(tx: &mut PgConnection, id: Uuid, rating: i32, comment: &str) -> sqlx::Result<bool> {
    let result = sqlx::query("update tickets set rating = $2, rating_comment = $3 where id = $1 and rating is null")
        .bind(id)
        .bind(rating)
        .bind(comment)
        .execute(tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

pub async fn merge(tx: &mut PgConnection, target: Uuid, sources: &[Uuid]) -> sqlx::Result<()> {
    // Two steps of one transaction: what was merged into a source before goes on to the target.
    sqlx::query("update tickets set merged_into = $1, pinned_at = veche_now() where id = any($2) or merged_into = any($2)")
        .bind(target)
        .bind(sources)
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes a ticket out of the one that it is part of; the machine may put it elsewhere again.
pub async fn separate(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    sqlx::query("update tickets set merged_into = null, pinned_at = null where id = $1").bind(id).execute(tx).await?;
    Ok(())
}

/// How many tickets are part of each.
pub async fn joined(db: &PgPool, tickets: &[Uuid]) -> sqlx::Result<Vec<(Uuid, i64)>> {
    sqlx::query_as("select merged_into, count(*) from tickets where merged_into = any($1) group by merged_into")
        .bind(tickets)
        .fetch_all(db)
        .await
}

pub async fn close_answered(db: &PgPool, days: i64) -> sqlx::Result<u64> {
    let result = sqlx::query(
        "with closed as (
             update tickets set state = 'CLOSED', updated_at = veche_now()
             where state = 'ANSWERED' and answered_at < veche_now() - make_interval(days => $1::int) returning id),
         logged as (insert into audit_log (action, subject_type, subject_id) select 'ticket.closed', 'Ticket', id from closed)
         insert into ticket_transitions (ticket_id, from_state, to_state) select id, 'ANSWERED', 'CLOSED' from closed",
    )
    .bind(days)
    .execute(db)
    .await?;
    Ok(result.rows_affected())
}

pub async fn ticket_of_article(db: &PgPool, article: Uuid) -> sqlx::Result<Option<(Uuid, bool)>> {
    sqlx::query_as("select ticket_id, direction = 'NOTE' from articles where id = $1").bind(article).fetch_optional(db).await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Contact {
    pub id: Uuid,
    pub channel: Channel,
    pub address_sealed: Vec<u8>,
    pub name_sealed: Option<Vec<u8>>,
    pub locale: Locale,
}

pub async fn contacts(db: &PgPool, ids: &[Uuid]) -> sqlx::Result<Vec<Contact>> {
    sqlx::query_as("select id, channel, address_sealed, name_sealed, locale from contacts where id = any($1)").bind(ids).fetch_all(db).await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Article {
    pub id: Uuid,
    pub ticket_id: Uuid,
    pub direction: Direction,
    pub channel: Channel,
    pub author_id: Option<Uuid>,
    pub body: String,
    pub language: Option<String>,
    pub decision_id: Option<Uuid>,
    pub quotation: String,
    pub edited: bool,
    pub flags: Vec<Flag>,
    #[sqlx(json)]
    pub refused_files: Vec<RefusedFile>,
    pub created_at: DateTime<Utc>,
}

const ARTICLE: &str = "a.id, a.ticket_id, a.direction, a.channel, a.author_id, a.body, a.language, a.decision_id, a.quotation,
    a.edits is not null as edited, a.flags, a.refused_files, a.created_at";

/// The first `size` articles of each ticket, in one query.
pub async fn first_articles(db: &PgPool, tickets: &[Uuid], notes: bool, size: i64) -> sqlx::Result<Vec<Article>> {
    let mut query = QueryBuilder::new("select ");
    query.push(ARTICLE).push(" from unnest(").push_bind(tickets);
    query.push("::uuid[]) t(id), lateral (select * from articles a where a.ticket_id = t.id and (a.direction <> 'NOTE' or ");
    query
        .push_bind(notes)
        .push(") order by a.created_at, a.id limit ")
        .push_bind(size)
        .push(") a order by a.ticket_id, a.created_at, a.id");
    query.build_query_as().fetch_all(db).await
}

pub async fn articles(db: &PgPool, ticket: Uuid, notes: bool, args: &Args<TimeKey>) -> sqlx::Result<Vec<Article>> {
    let mut query = QueryBuilder::new("select ");
    query.push(ARTICLE).push(" from articles a where a.ticket_id = ").push_bind(ticket);
    query.push(" and (a.direction <> 'NOTE' or ").push_bind(notes).push(")");
    if let Some((at, id)) = args.from {
        query.push(if args.backward { " and (a.created_at, a.id) < (" } else { " and (a.created_at, a.id) > (" });
        query.push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(if args.backward { " order by a.created_at desc, a.id desc" } else { " order by a.created_at, a.id" });
    query.push(" limit ").push_bind(args.limit());
    query.build_query_as().fetch_all(db).await
}

pub async fn article_counts(db: &PgPool, tickets: &[Uuid], notes: bool) -> sqlx::Result<Vec<(Uuid, i64)>> {
    sqlx::query_as("select ticket_id, count(*) from articles where ticket_id = any($1) and (direction <> 'NOTE' or $2) group by ticket_id")
        .bind(tickets)
        .bind(notes)
        .fetch_all(db)
        .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Transition {
    pub ticket_id: Uuid,
    pub from_state: Option<State>,
    pub to_state: State,
    pub at: DateTime<Utc>,
    pub actor_id: Option<Uuid>,
    pub reason: String,
}

pub async fn transitions(db: &PgPool, tickets: &[Uuid]) -> sqlx::Result<Vec<Transition>> {
    sqlx::query_as(
        "select ticket_id, from_state, to_state, at, actor_id, reason from ticket_transitions where ticket_id = any($1) order by ticket_id, id",
    )
    .bind(tickets)
    .fetch_all(db)
    .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Duplicate {
    pub ticket_id: Uuid,
    pub duplicate_of: Uuid,
    pub score: f32,
    #[sqlx(json)]
    pub reasons: Vec<Reason>,
}

pub async fn duplicates(db: &PgPool, tickets: &[Uuid]) -> sqlx::Result<Vec<Duplicate>> {
    sqlx::query_as("select ticket_id, duplicate_of, score, reasons from duplicate_links where ticket_id = any($1) order by score desc, at")
        .bind(tickets)
        .fetch_all(db)
        .await
}
