//! What the machine reads and writes.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::{
    super::{Urgency, UrgencyRule, understand::Choice},
    Sum, from_bytes, insert_vectors, to_bytes,
};
use crate::nlp::signals::Signals;

#[derive(Debug, sqlx::FromRow)]
pub struct Model {
    pub name: String,
    pub version: i64,
    pub state: Vec<u8>,
}

/// The models among these that have a later version than the one named.
pub async fn models_after(db: &PgPool, known: &[(&str, i64)]) -> sqlx::Result<Vec<Model>> {
    sqlx::query_as(
        "select m.name, m.version, m.state from unnest($1::text[], $2::bigint[]) k(name, version)
         join models m on m.name = k.name and m.version > k.version",
    )
    .bind(known.iter().map(|k| k.0).collect::<Vec<_>>())
    .bind(known.iter().map(|k| k.1).collect::<Vec<_>>())
    .fetch_all(db)
    .await
}

pub async fn lock_model(tx: &mut PgConnection, name: &str) -> sqlx::Result<Option<Model>> {
    // Also orders those who would write the first version.
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('model:' || $1, 7))").bind(name).execute(&mut *tx).await?;
    sqlx::query_as("select name, version, state from models where name = $1 for update").bind(name).fetch_optional(tx).await
}

pub async fn write_model(tx: &mut PgConnection, name: &str, version: i64, documents: i64, state: &[u8]) -> sqlx::Result<()> {
    sqlx::query(
        "insert into models (name, version, documents, state) values ($1, $2, $3, $4)
         on conflict (name) do update set version = excluded.version, documents = excluded.documents, state = excluded.state,
             updated_at = veche_now()",
    )
    .bind(name)
    .bind(version)
    .bind(documents)
    .bind(state)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn model_stamp(db: impl PgExecutor<'_>, name: &str) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar("select documents from models where name = $1").bind(name).fetch_optional(db).await
}

#[derive(Debug, sqlx::FromRow)]
pub struct Waiting {
    pub id: Uuid,
    pub ticket_id: Uuid,
    pub created_at: DateTime<Utc>,
    subject: String,
    body: String,
}

impl Waiting {
    /// What is read: the subject too, unless it is only the text's beginning.
    pub fn text(&self) -> String {
        readable(&self.subject, &self.body)
    }
}

pub(super) fn readable(subject: &str, body: &str) -> String {
    let head = subject.trim_end_matches('…');
    if body.trim_start().starts_with(head) { body.to_owned() } else { format!("{subject}\n{body}") }
}

/// Articles of citizens that wait to be read, oldest first; none when `article` does not wait any more.
pub async fn waiting(db: &PgPool, article: Uuid, most: i64) -> sqlx::Result<Vec<Waiting>> {
    sqlx::query_as(
        "with own as (select created_at from articles where id = $1 and understood_at is null),
              batch as (select id from articles where understood_at is null and direction = 'IN' and exists (select from own)
                        order by created_at limit $2)
         select a.id, a.ticket_id, a.created_at, t.subject, a.body
         from articles a join tickets t on t.id = a.ticket_id
         where a.direction = 'IN' and a.understood_at is null
           and (a.id in (select id from batch) or a.id = $1 and exists (select from own))
         order by a.created_at, a.id",
    )
    .bind(article)
    .bind(most)
    .fetch_all(db)
    .await
}

/// What is known of an article's ticket while it is placed.
#[derive(Debug, Clone, Copy)]
pub struct State {
    first: bool,
    clustered: bool,
}

impl State {
    /// Whether the article decides its ticket's cluster: the first message does, follow-ups do not.
    pub const fn places(self) -> bool {
        self.first && !self.clustered
    }
}

/// Those of the articles that nobody has read meanwhile, locked.
pub async fn still_waiting(tx: &mut PgConnection, articles: &[Uuid]) -> sqlx::Result<HashMap<Uuid, State>> {
    let rows: Vec<(Uuid, bool, bool)> = sqlx::query_as(
        "select a.id,
                not exists (select from articles b where b.ticket_id = a.ticket_id and b.direction = 'IN'
                            and (b.created_at, b.id) < (a.created_at, a.id)),
                t.cluster_id is not null
         from articles a join tickets t on t.id = a.ticket_id
         where a.id = any($1) and a.understood_at is null for no key update of a, t",
    )
    .bind(articles)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(id, first, clustered)| (id, State { first, clustered })).collect())
}

/// What an article was understood to be.
#[derive(Debug)]
pub struct Understood {
    pub article: Uuid,
    pub ticket: Uuid,
    pub language: Option<&'static str>,
    pub vector: Vec<f32>,
    pub cluster: Option<Uuid>,
    pub route: Option<(Uuid, f32)>,
    /// The group that the router thinks of, however sure it is.
    pub guess: Option<(Uuid, f32)>,
    /// What it is about, where the machine is sure.
    pub topic: Option<(Uuid, f32)>,
    pub keys: Vec<i64>,
    pub signals: Option<Signals>,
}

pub async fn write_understood(tx: &mut PgConnection, written: &[Understood], space: i64) -> sqlx::Result<()> {
    let vectors: Vec<(Uuid, Vec<f32>)> = written.iter().map(|w| (w.article, w.vector.clone())).collect();
    insert_vectors(&mut *tx, space, &vectors).await?;
    sqlx::query(
        "update articles a set language = u.language, understood_at = veche_now(),
             keys = (select array_agg(k::bigint) from unnest(string_to_array(u.keys, ' ')) k)
         from unnest($1::uuid[], $2::text[], $3::text[]) u(id, language, keys) where a.id = u.id",
    )
    .bind(written.iter().map(|w| w.article).collect::<Vec<_>>())
    .bind(written.iter().map(|w| w.language).collect::<Vec<_>>())
    // There are no arrays of arrays of different lengths.
    .bind(written.iter().map(|w| w.keys.iter().map(i64::to_string).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(())
}

/// What came of reading tickets.
#[derive(Debug, Default)]
pub struct Triaged {
    /// The queues that changed.
    pub queues: BTreeSet<Option<Uuid>>,
    /// The events of the log that tell of danger.
    pub dangers: Vec<i64>,
}

/// Writes cluster, group, topic and state of the tickets whose first article was read.
///
/// A group that is known already, a topic that a person chose, and a state that one has set meanwhile, stay as they are.
pub async fn triage_tickets(tx: &mut PgConnection, written: &[Understood], danger_hours: i32) -> sqlx::Result<Triaged> {
    let placed: Vec<&Understood> = written.iter().filter(|w| w.cluster.is_some()).collect();
    if placed.is_empty() {
        return Ok(Triaged::default());
    }
    let rows: Vec<(Option<Uuid>, Option<i64>)> = sqlx::query_as(
        "with read as (
             select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::real[],
                                  $6::text[], $7::text[], $8::real[], $9::real[], $10::real[], $12::uuid[], $13::uuid[],
                                  $14::real[])
                 u(ticket, cluster, language, route, confidence, urgency, rule, sentiment, toxicity, spam, guess, topic, topic_confidence)),
         moved as (
             update tickets t set cluster_id = u.cluster, language = u.language,
                 group_id = coalesce(t.group_id, g.id),
                 route_confidence = case when t.group_id is null then u.confidence end,
                 topic_id = case when t.topic_set_at is null then p.id else t.topic_id end,
                 topic_confidence = case when t.topic_set_at is null and p.id is not null then u.topic_confidence end,
                 state = case when t.state = 'NEW' then 'TRIAGED' else t.state end, updated_at = veche_now(),
                 urgency = coalesce(u.urgency, 'ORDINARY'), urgency_rule = u.rule,
                 sentiment = u.sentiment, toxicity = u.toxicity, spam = u.spam,
                 -- Danger does not wait its turn.
                 due_at = case when u.urgency = 'DANGER' then least(t.due_at, t.created_at + make_interval(hours => $11)) else t.due_at end
             from read u left join working_groups g on g.id = u.route left join topics p on p.id = u.topic
             where t.id = u.ticket
             returning t.id, t.state, t.group_id, u.cluster, t.urgency, t.urgency_rule, t.created_at, (select s.state from tickets s where s.id = t.id) as before,
                 (select s.group_id is null from tickets s where s.id = t.id) as unrouted),
         steps as (
             insert into ticket_transitions (ticket_id, from_state, to_state)
             select id, before, state from moved where before <> state),
         guessed as (
             insert into route_guesses (ticket_id, group_id, confidence, routed)
             select u.ticket, g.id, u.confidence, u.route is not null and m.unrouted
             from read u join moved m on m.id = u.ticket join working_groups g on g.id = u.guess
             -- What people had decided before is no guess: it may have been learned from.
             where not exists (select from routing_examples e where e.ticket_id = u.ticket)
             on conflict do nothing),
         logged as (
             insert into audit_log (action, subject_type, subject_id, details)
             select 'ticket.triaged', 'Ticket', id, jsonb_build_object('group', group_id, 'cluster', cluster, 'urgency', urgency, 'rule', urgency_rule)
             from moved),
         -- At once, but not of what somebody imports from long ago.
         alarmed as (
             insert into audit_log (action, subject_type, subject_id, details)
             select 'ticket.danger', 'Ticket', id, jsonb_build_object('rule', urgency_rule)
             from moved where urgency = 'DANGER' and created_at > veche_now() - interval '1 day' returning id, subject_id)
         select m.group_id, a.id from moved m left join alarmed a on a.subject_id = m.id",
    )
    .bind(placed.iter().map(|w| w.ticket).collect::<Vec<_>>())
    .bind(placed.iter().map(|w| w.cluster).collect::<Vec<_>>())
    .bind(placed.iter().map(|w| w.language).collect::<Vec<_>>())
    .bind(placed.iter().map(|w| w.route.map(|r| r.0)).collect::<Vec<_>>())
    .bind(placed.iter().map(|w| w.guess.map(|g| g.1)).collect::<Vec<_>>())
    .bind(placed.iter().map(|w| w.signals.map(|s| Urgency::from(s.urgency.level))).collect::<Vec<_>>())
    .bind(placed.iter().map(|w| w.signals.and_then(|s| s.urgency.rule).map(UrgencyRule::from)).collect::<Vec<_>>())
    .bind(placed.iter().map(|w| w.signals.map(|s| s.sentiment)).collect::<Vec<_>>())
    .bind(placed.iter().map(|w| w.signals.map(|s| s.toxicity)).collect::<Vec<_>>())
    .bind(placed.iter().map(|w| w.signals.map(|s| s.spam)).collect::<Vec<_>>())
    .bind(danger_hours)
    .bind(placed.iter().map(|w| w.guess.map(|g| g.0)).collect::<Vec<_>>())
    .bind(placed.iter().map(|w| w.topic.map(|t| t.0)).collect::<Vec<_>>())
    .bind(placed.iter().map(|w| w.topic.map(|t| t.1)).collect::<Vec<_>>())
    .fetch_all(&mut *tx)
    .await?;
    let clusters: Vec<Uuid> = placed.iter().filter_map(|w| w.cluster).collect();
    regroup(tx, &clusters).await?;
    Ok(Triaged { queues: rows.iter().map(|row| row.0).collect(), dangers: rows.iter().filter_map(|row| row.1).collect() })
}

/// A cluster lies in the queue of the group that most of its tickets lie in.
pub async fn regroup(tx: &mut PgConnection, clusters: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query(
        "update clusters c set group_id = m.group_id
         from (select distinct on (cluster_id) cluster_id, group_id from tickets where cluster_id = any($1) and group_id is not null
               group by cluster_id, group_id order by cluster_id, count(*) desc, group_id) m
         where c.id = m.cluster_id and c.group_id is distinct from m.group_id",
    )
    .bind(clusters)
    .execute(tx)
    .await?;
    Ok(())
}

/// How many texts the word frequencies could know: those they know, and those that wait to be counted.
pub async fn known_texts(db: impl PgExecutor<'_>) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "select coalesce((select documents from models where name = 'idf'), 0)
              + (select count(*) from articles where not learned and direction = 'IN')",
    )
    .fetch_one(db)
    .await
}

/// Marks some texts as counted and gives them.
pub async fn take_unlearned(tx: &mut PgConnection, most: i64) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "update articles set learned = true
         where id in (select id from articles where not learned and direction = 'IN' order by id limit $1) returning body",
    )
    .bind(most)
    .fetch_all(tx)
    .await
}

/// What people decided, as label, time and key of each example.
const fn decided(choice: Choice) -> &'static str {
    match choice {
        Choice::Group => "select group_id as label, at, ticket_id as subject from routing_examples",
        // An author of an initiative says what it is about, as one of a report may.
        Choice::Topic => {
            "select topic_id as label, topic_set_at as at, id as subject from tickets where topic_set_at is not null and topic_id is not null
             union all
             select topic_id, created_at, id from initiatives
             where topic_id is not null and hidden_at is null and state not in ('DRAFT', 'IN_REVIEW', 'RETURNED', 'REJECTED')"
        }
    }
}

/// Changes whenever an example is added or corrected; 0 without examples.
pub async fn examples_stamp(db: &mut PgConnection, choice: Choice) -> sqlx::Result<i64> {
    let stamp = format!("select coalesce((extract(epoch from max(at)) * 1000000)::bigint + count(*), 0) from ({}) e", decided(choice));
    sqlx::query_scalar(sqlx::AssertSqlSafe(stamp)).fetch_one(db).await
}

/// The newest examples: text and label, oldest first.
pub async fn examples(db: &mut PgConnection, choice: Choice, most: i64) -> sqlx::Result<Vec<(String, Uuid)>> {
    let newest = format!(
        "with newest as (select * from ({}) e order by at desc, subject desc limit $1)
         select t.title, t.body, e.label
         from newest e cross join lateral (
             select t.subject as title, a.body from tickets t,
                 lateral (select body from articles a where a.ticket_id = t.id and a.direction = 'IN' order by created_at, id limit 1) a
             where t.id = e.subject
             union all select i.title, i.goal from initiatives i where i.id = e.subject) t
         order by e.at, e.subject",
        decided(choice)
    );
    let rows: Vec<(String, String, Uuid)> = sqlx::query_as(sqlx::AssertSqlSafe(newest)).bind(most).fetch_all(db).await?;
    Ok(rows.into_iter().map(|(title, body, label)| (readable(&title, &body), label)).collect())
}

/// The next clusters by key, together about `most` tickets.
pub async fn next_clusters(db: &PgPool, after: Uuid, most: i64) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select id from (
             select id, sum(size) over (order by id) - size as before from clusters
             where id > $1 and state <> 'MERGED' and size > 0 order by id limit 1000) c
         where before < $2 order by id",
    )
    .bind(after)
    .bind(most)
    .fetch_all(db)
    .await
}

/// A ticket of a cluster by the vector of its first message.
#[derive(Debug)]
pub struct MemberVector {
    pub cluster: Uuid,
    pub ticket: Uuid,
    pub vector: Vec<f32>,
}

/// The newest members of the clusters with their vectors.
pub async fn member_vectors(db: &PgPool, clusters: &[Uuid], most: i64) -> sqlx::Result<Vec<MemberVector>> {
    let rows: Vec<(Uuid, Uuid, Vec<u8>)> = sqlx::query_as(
        "select c.id, t.id, v.vector from unnest($1::uuid[]) c(id),
             lateral (select id from tickets t where t.cluster_id = c.id order by t.created_at desc, t.id desc limit $2) t,
             lateral (select id from articles a where a.ticket_id = t.id and a.direction = 'IN' order by created_at, id limit 1) a
             join vectors v on v.article_id = a.id and v.space_id = (select id from spaces where state = 'SERVING')",
    )
    .bind(clusters)
    .bind(most)
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|(cluster, ticket, vector)| MemberVector { cluster, ticket, vector: from_bytes(&vector) }).collect())
}

/// Clusters that wait for their words, with the version that was seen.
pub async fn stale_clusters(db: &PgPool, most: i64) -> sqlx::Result<Vec<(Uuid, i64)>> {
    sqlx::query_as("select id, version from clusters where stale and state <> 'MERGED' order by version limit $1")
        .bind(most)
        .fetch_all(db)
        .await
}

/// Texts of the newest members of the clusters.
pub async fn sample_texts(db: &PgPool, clusters: &[Uuid], most: i64) -> sqlx::Result<Vec<(Uuid, String)>> {
    sqlx::query_as(
        "select c.id, a.body from unnest($1::uuid[]) c(id),
             lateral (select id from tickets t where t.cluster_id = c.id order by t.created_at desc, t.id desc limit $2) t,
             lateral (select body from articles a where a.ticket_id = t.id and a.direction = 'IN' order by created_at, id limit 1) a",
    )
    .bind(clusters)
    .bind(most)
    .fetch_all(db)
    .await
}

/// Writes the words; a cluster that changed meanwhile stays stale.
pub async fn write_keywords(db: &PgPool, labels: &[(Uuid, i64, Vec<String>)]) -> sqlx::Result<()> {
    sqlx::query(
        "update clusters c set keywords = string_to_array(u.words, E'\\n'), stale = c.version > u.version
         from unnest($1::uuid[], $2::bigint[], $3::text[]) u(id, version, words) where c.id = u.id",
    )
    .bind(labels.iter().map(|l| l.0).collect::<Vec<_>>())
    .bind(labels.iter().map(|l| l.1).collect::<Vec<_>>())
    .bind(labels.iter().map(|l| l.2.join("\n")).collect::<Vec<_>>())
    .execute(db)
    .await?;
    Ok(())
}

pub async fn write_sums(tx: &mut PgConnection, sums: &HashMap<Uuid, Sum>) -> sqlx::Result<()> {
    sqlx::query(
        "update clusters c set vector_sum = u.sum, size = u.size, version = nextval('cluster_version'), stale = true
         from unnest($1::uuid[], $2::bytea[], $3::int[]) u(id, sum, size) where c.id = u.id",
    )
    .bind(sums.keys().copied().collect::<Vec<_>>())
    .bind(sums.values().map(|s| to_bytes(&s.vector)).collect::<Vec<_>>())
    .bind(sums.values().map(|s| s.count).collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(())
}
