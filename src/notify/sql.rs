use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, QueryBuilder, types::Json};
use uuid::Uuid;

use super::{Channel, Data, NotificationKind};
use crate::{
    gid::Kind,
    i18n::Locale,
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

/// Makes the deliveries of an event ($1) of a kind ($2) to those whom a query finds: rows of participant or contact, kind,
/// subject and data. $3 are the kinds that go by e-mail only to whoever asks for it.
macro_rules! deliver {
    ($recipients:literal) => {
        concat!(
            "with e as (select l.*, coalesce(p.name, '') as actor from audit_log l
                        left join participants p on p.id = l.actor_id where l.id = $1),
             r (participant_id, contact_id, kind, subject_type, subject_id, data, place) as (",
            $recipients,
            ")
             insert into deliveries (id, event_id, kind, channel, participant_id, contact_id, subject_type, subject_id, data, state, sent_at)
             select gen_random_uuid(), e.id, r.kind, c.channel, r.participant_id, r.contact_id, r.subject_type, r.subject_id, r.data,
                    case c.channel when 'IN_APP' then 'SENT' else 'WAITING' end, case c.channel when 'IN_APP' then veche_now() end
             from e cross join r cross join (values ('IN_APP'), ('EMAIL')) c (channel)
             left join participants p on p.id = r.participant_id
             left join notification_preferences n on n.participant_id = p.id and n.kind = r.kind and n.channel = c.channel
             where case when r.contact_id is not null then c.channel = 'EMAIL'
                   else p.id is distinct from e.actor_id and p.disabled_at is null and p.kind = 'PERSON'
                        and coalesce(n.enabled, c.channel = 'IN_APP' or r.kind <> all($3))
                        and (c.channel = 'IN_APP' or p.confirmed_at is not null and p.email_sealed is not null)
                   end
             order by r.place
             on conflict do nothing
             returning id, channel"
        )
    };
}

/// Who hears of an initiative. Whoever follows a department or a topic hears of what comes to a vote there.
const ABOUT_INITIATIVE: &str = deliver!(
    "select w.id, null::uuid, $2, 'Initiative', i.id,
            jsonb_build_object('title', i.title, 'actor', e.actor,
                'reason', coalesce((select t.reason from initiative_transitions t
                                    where t.initiative_id = i.id and t.to_state = e.details->>'to' and t.at <= e.at
                                    order by t.id desc limit 1), ''),
                'text', coalesce(case $2
                    when 'initiative-answered' then (select a.body from official_answers a where a.initiative_id = i.id)
                    when 'initiative-milestone-done' then (
                        select concat_ws(E'\\n\\n', m.title, nullif(m.note, '')) from milestones m
                        where m.initiative_id = i.id and m.done_at <= e.at order by m.done_at desc limit 1)
                    end, '')), 0
     from e join initiatives i on i.id = e.subject_id and i.hidden_at is null
     cross join lateral (
         select d.participant_id from department_members d
         where $2 = 'initiative-submitted' and d.department_id = i.department_id
         union
         select c.participant_id from initiative_coauthors c
         where c.initiative_id = i.id and $2 <> 'initiative-submitted'
           and (c.signed_at is null) = ($2 = 'initiative-coauthors-invited')
         union
         select i.author_id where $2 not in ('initiative-submitted', 'initiative-coauthors-invited')
         union
         select f.participant_id from follows f
         where $2 not in ('initiative-submitted', 'initiative-coauthors-invited')
           and (f.subject_type = 'Initiative' and f.subject_id = i.id
                or $2 = 'initiative-published' and (f.subject_type = 'Department' and f.subject_id = i.department_id
                                                    or f.subject_type = 'Topic' and f.subject_id = i.topic_id))
     ) w (id)
     where w.id is not null"
);

/// Who hears of a comment: whom it answers, then those it mentions, as far as they may read what it is about.
const ABOUT_COMMENT: &str = deliver!(
    "select w.id, null::uuid, w.kind, c.subject_type, c.subject_id,
            jsonb_build_object('title', coalesce(i.title, t.subject, k.label, array_to_string(k.keywords, ', '), ''),
                'actor', e.actor, 'number', coalesce(t.number, ''), 'text', left(c.body, 1000)), w.place
     from e join comments c on c.id = e.subject_id and c.hidden_at is null
     left join comments parent on parent.id = c.parent_id
     left join initiatives i on c.subject_type = 'Initiative' and i.id = c.subject_id
     left join tickets t on c.subject_type = 'Ticket' and t.id = c.subject_id
     left join clusters k on c.subject_type = 'Cluster' and k.id = c.subject_id
     cross join lateral (
         select coalesce(parent.author_id, i.author_id, t.author_id), $2, 0
         union all
         select m.participant_id, 'mentioned', 1 from comment_mentions m
         where m.comment_id = c.id
           and (t.id is null or t.public or t.author_id = m.participant_id
                or exists (select from working_group_members g where g.group_id = t.group_id and g.participant_id = m.participant_id))
     ) w (id, kind, place)
     where w.id is not null"
);

/// Who hears of a ticket. Authors of tickets that were merged into it hear of its answer, under the number they know.
const ABOUT_TICKET: &str = deliver!(
    "select w.participant_id, w.contact_id, $2, 'Ticket', m.id,
            jsonb_build_object('title', m.subject, 'number', m.number, 'actor', e.actor,
                'reason', coalesce(case when $2 in ('ticket-rejected', 'ticket-reopened') then (
                    select s.reason from ticket_transitions s
                    where s.ticket_id = t.id and s.at <= e.at and s.to_state = case $2 when 'ticket-rejected' then 'REJECTED' else 'REOPENED' end
                    order by s.id desc limit 1) end, ''),
                'text', coalesce(case $2
                    when 'ticket-answered' then (select a.body from articles a
                        where a.ticket_id = t.id and a.direction = 'OUT' and a.created_at <= e.at order by a.created_at desc, a.id desc limit 1)
                    when 'ticket-merged' then (select o.number from tickets o where o.id = t.merged_into)
                    end, '')), 0
     from e join tickets t on t.id = e.subject_id
     join tickets m on m.id = t.id or $2 = 'ticket-answered' and m.merged_into = t.id
     cross join lateral (
         select m.author_id, null::uuid where $2 <> 'ticket-routed'
         union
         select f.participant_id, null from follows f
         where $2 <> 'ticket-routed' and f.subject_type = 'Ticket' and f.subject_id = m.id
         union
         select m.assignee_id, null where $2 = 'ticket-reopened'
         union
         select g.participant_id, null from working_group_members g
         where $2 = 'ticket-routed' and g.group_id = t.group_id and g.role in ('LEAD', 'EXPERT')
         union
         select null, c.id from contacts c
         where $2 <> 'ticket-routed' and m.author_id is null and c.id = m.contact_id and c.channel in ('EMAIL', 'WEB')
     ) w (participant_id, contact_id)
     where num_nonnulls(w.participant_id, w.contact_id) = 1"
);

/// Who hears at once of danger and of bursts: the experts of the group, or all where it lies on the triage desk, and who follows the
/// cluster.
const ABOUT_ALARM: &str = deliver!(
    "select w.participant_id, null::uuid, $2, s.kind, s.id,
            jsonb_build_object('title', s.title, 'number', s.number, 'text', coalesce(e.details->>'count', '')), 0
     from e cross join lateral (
         select 'Ticket' as kind, t.id, t.subject as title, t.number, t.group_id from tickets t
         where e.subject_type = 'Ticket' and t.id = e.subject_id
         union all
         select 'Cluster', c.id, coalesce(c.label, nullif(array_to_string(c.keywords, ', '), ''), '…'), '', c.group_id from clusters c
         where e.subject_type = 'Cluster' and c.id = e.subject_id
     ) s
     cross join lateral (
         select g.participant_id from working_group_members g where g.group_id = s.group_id and g.role in ('LEAD', 'EXPERT')
         union
         select x.id from participants x where s.group_id is null and 'EXPERT' = any(x.roles)
         union
         select f.participant_id from follows f where s.kind = 'Cluster' and f.subject_type = s.kind and f.subject_id = s.id
     ) w"
);

/// Makes the deliveries of an event; those to be sent by e-mail.
pub async fn deliver(tx: &mut PgConnection, event: i64, kind: NotificationKind) -> sqlx::Result<Vec<Uuid>> {
    let query = match kind.name().split('-').next() {
        _ if matches!(kind, NotificationKind::TicketDanger | NotificationKind::ClusterBurst) => ABOUT_ALARM,
        Some("initiative") => ABOUT_INITIATIVE,
        Some("comment") => ABOUT_COMMENT,
        _ => ABOUT_TICKET,
    };
    let quiet: Vec<&str> = NotificationKind::ALL.iter().filter(|k| !k.by_email()).map(|k| k.name()).collect();
    let made: Vec<(Uuid, Channel)> = sqlx::query_as(query).bind(event).bind(kind.name()).bind(quiet).fetch_all(tx).await?;
    Ok(made.into_iter().filter(|(_, channel)| *channel == Channel::Email).map(|(id, _)| id).collect())
}

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
    pub thread: Option<String>,
    pub created_at: DateTime<Utc>,
}

pub async fn waiting(db: &PgPool, id: Uuid) -> sqlx::Result<Option<Waiting>> {
    sqlx::query_as(
        "select d.kind, d.subject_type, d.subject_id, d.data, d.created_at, coalesce(d.participant_id, d.contact_id) as recipient,
                d.contact_id is not null as is_contact, coalesce(p.locale, c.locale) as locale,
                case when d.contact_id is not null then c.address_sealed
                     when p.confirmed_at is not null and p.disabled_at is null then p.email_sealed end as address,
                -- The recipient's own first mail, also where it has moved to another ticket since: nobody else's thread.
                (select a.external_id from tickets t join articles a on a.ticket_id in (t.id, t.merged_into)
                 where d.subject_type = 'Ticket' and t.id = d.subject_id and a.channel = 'EMAIL' and a.direction = 'IN'
                   and (a.contact_id = d.contact_id or a.author_id = d.participant_id)
                 order by a.created_at, a.id limit 1) as thread
         from deliveries d left join participants p on p.id = d.participant_id left join contacts c on c.id = d.contact_id
         where d.id = $1 and d.channel = 'EMAIL' and d.state = 'WAITING'",
    )
    .bind(id)
    .fetch_optional(db)
    .await
}

/// Notes how a delivery ended: sent, or failed for good.
pub async fn finish(db: &PgPool, id: Uuid, failure: Option<&str>) -> sqlx::Result<()> {
    sqlx::query(
        "update deliveries set state = case when $2::text is null then 'SENT' else 'FAILED' end, error = $2,
                sent_at = case when $2::text is null then veche_now() end
         where id = $1 and state = 'WAITING'",
    )
    .bind(id)
    .bind(failure)
    .execute(db)
    .await?;
    Ok(())
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
