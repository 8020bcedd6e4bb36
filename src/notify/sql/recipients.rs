//! Who hears of what.

use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::super::{Channel, Data, NotificationKind};
use crate::gid::Kind;

/// Makes the deliveries of an event ($1) of a kind ($2) to those whom a query finds: rows of participant or contact, kind,
/// subject and data. $3 are the kinds that go by e-mail only to whoever asks for it.
macro_rules! deliver {
    ($($recipients:tt)+) => {
        concat!(
            "with e as (select l.*, coalesce(p.name, '') as actor from audit_log l
                        left join participants p on p.id = l.actor_id where l.id = $1),
             r (participant_id, contact_id, kind, subject_type, subject_id, data, place, article_id) as (",
            $($recipients)+,
            ")
             insert into deliveries (id, event_id, kind, channel, participant_id, contact_id, subject_type, subject_id, data, article_id, state,
                 sent_at)
             select gen_random_uuid(), e.id, r.kind, c.channel, r.participant_id, r.contact_id, r.subject_type, r.subject_id, r.data,
                    r.article_id, case c.channel when 'IN_APP' then 'SENT' else 'WAITING' end,
                    case c.channel when 'IN_APP' then veche_now() end
             from e cross join r cross join (values ('IN_APP'), ('EMAIL'), ('TELEGRAM')) c (channel)
             left join contacts k on k.id = r.contact_id
             left join participants p on p.id = coalesce(r.participant_id, k.participant_id)
             left join notification_preferences n on n.participant_id = p.id and n.kind = r.kind and n.channel = c.channel
             where case when r.contact_id is not null then
                        k.forgotten_at is null
                        and c.channel = case when k.channel = 'TELEGRAM' then 'TELEGRAM' when k.channel in ('EMAIL', 'WEB') then 'EMAIL' end
                        and coalesce(n.enabled, true)
                        -- Whoever hears of it as a participant does not hear of it once more as the contact that is theirs.
                        and not exists (select from r o where o.participant_id = k.participant_id
                                        and (c.channel = 'TELEGRAM' or p.confirmed_at is not null and p.email_sealed is not null))
                   else p.id is distinct from e.actor_id and p.disabled_at is null and p.kind = 'PERSON'
                        and coalesce(n.enabled, c.channel = 'IN_APP' or r.kind <> all($3))
                        and case c.channel
                            when 'EMAIL' then p.confirmed_at is not null and p.email_sealed is not null
                            when 'TELEGRAM' then exists (select from contacts t where t.participant_id = p.id and t.channel = 'TELEGRAM'
                                                         and t.forgotten_at is null)
                            else true end
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
                    end, '')), 0, null::uuid
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
                'actor', e.actor, 'number', coalesce(t.number, ''), 'text', left(c.body, 1000)), w.place, null::uuid
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
                    when 'ticket-answered' then a.body
                    when 'ticket-merged' then (select o.number from tickets o where o.id = t.merged_into)
                    end, '')), 0, a.id
     from e join tickets t on t.id = e.subject_id
     left join lateral (
         select a.id, a.body from articles a
         where $2 = 'ticket-answered' and a.ticket_id = t.id and a.direction = 'OUT' and a.created_at <= e.at
         order by a.created_at desc, a.id desc limit 1
     ) a on true
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
         where $2 <> 'ticket-routed' and not ($2 = 'ticket-reopened' and e.actor_id is null) and m.author_id is null and c.id = m.contact_id and c.channel in ('EMAIL', 'WEB', 'TELEGRAM')
     ) w (participant_id, contact_id)
     where num_nonnulls(w.participant_id, w.contact_id) = 1"
);

/// Who hears at once of danger and of bursts: the experts of the group, or all where it lies on the triage desk, and who follows the
/// cluster.
const ABOUT_ALARM: &str = deliver!(
    "select w.participant_id, null::uuid, $2, s.kind, s.id,
            jsonb_build_object('title', s.title, 'number', s.number, 'text', coalesce(e.details->>'count', '')), 0, null::uuid
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

/// What the author of article `a` is told of the files that were refused: an address that may be another's hears nothing that a
/// stranger made up.
macro_rules! files_told {
    () => {
        "case when 'SENDER_UNVERIFIED' = any(a.flags)
              then (select jsonb_agg(jsonb_set(f, '{name}', '\"\"')) from jsonb_array_elements(a.refused_files) f)
              else a.refused_files end"
    };
}

/// Whom the arrival of a report is confirmed to: who wrote by mail, or on the web without an account (bots answer in their channel
/// themselves), but not more often than $4 times an hour.
const ABOUT_ARRIVAL: &str = deliver!(
    "select null::uuid, c.id, $2, 'Ticket', t.id,
            jsonb_build_object('title', t.subject, 'number', t.number, 'days', greatest(extract(day from t.due_at - t.created_at)::int, 1),
                'files', coalesce(",
    files_told!(),
    ", '[]')), 0, a.id
     from e join tickets t on t.id = e.subject_id
     join contacts c on c.id = t.contact_id and c.channel in ('EMAIL', 'WEB')
     left join lateral (
         select a.id, a.refused_files, a.flags from articles a where a.ticket_id = t.id and a.direction = 'IN' order by a.created_at, a.id limit 1
     ) a on true
     where (t.author_id is null or c.channel = 'EMAIL')
       and (select count(*) from deliveries d where d.contact_id = c.id and d.created_at > veche_now() - interval '1 hour'
              and d.kind = $2 and d.event_id <> e.id) < $4"
);

/// Who hears that files of their message were not kept: who wrote it, where they can be reached, but not more often than $4 times an hour.
const ABOUT_FILES: &str = deliver!(
    "select null::uuid, c.id, $2, 'Ticket', t.id,
            jsonb_build_object('title', t.subject, 'number', t.number,
                'files', ",
    files_told!(),
    "), 0, a.id
     from e join articles a on a.id = (e.details->>'article')::uuid and a.refused_files <> '[]'
     join tickets t on t.id = e.subject_id
     join contacts c on c.id = a.contact_id and c.channel in ('EMAIL', 'WEB', 'TELEGRAM')
     where (select count(*) from deliveries d where d.contact_id = c.id and d.created_at > veche_now() - interval '1 hour'
              and d.kind = $2 and d.event_id <> e.id) < $4"
);

/// Who hears of a message that could not be read: administrators, once until they have read of it.
const ABOUT_UNREADABLE: &str = deliver!(
    "select a.id, null::uuid, $2, 'UnreadableMessage', u.id, jsonb_build_object('title', u.reason), 0, null::uuid
     from e join unreadable_messages u on u.id = e.subject_id
     join participants a on 'ADMINISTRATOR' = any(a.roles)
     where not exists (select from deliveries d where d.participant_id = a.id and d.kind = $2 and d.read_at is null)"
);

/// Who hears of what concerns them alone: $4, of subject $5 and $6, with data $7.
const ABOUT_ONE: &str = deliver!("select $4::uuid, null::uuid, $2, $5::text, $6::uuid, $7::jsonb, 0, null::uuid from e");

/// A delivery that was made: which, and by which channel it goes.
pub type Made = (Uuid, Channel);

fn quiet() -> Vec<&'static str> {
    NotificationKind::ALL.iter().filter(|k| !k.by_email()).map(|k| k.name()).collect()
}

/// Makes the deliveries of an event to one person, where they want to hear of it.
pub async fn deliver_to(
    tx: &mut PgConnection,
    event: i64,
    kind: NotificationKind,
    to: Uuid,
    (subject_type, subject): (Kind, Uuid),
    data: &Data,
) -> sqlx::Result<Vec<Made>> {
    sqlx::query_as(ABOUT_ONE)
        .bind(event)
        .bind(kind.name())
        .bind(quiet())
        .bind(to)
        .bind(subject_type)
        .bind(subject)
        .bind(Json(data))
        .fetch_all(tx)
        .await
}

/// Makes the deliveries of an event; of arrivals, `hourly` to a contact within an hour at the most.
pub async fn deliver(tx: &mut PgConnection, event: i64, kind: NotificationKind, hourly: i64) -> sqlx::Result<Vec<Made>> {
    let quiet = quiet();
    let query = match kind.name().split('-').next() {
        _ if kind == NotificationKind::TicketCreated => {
            // Reports of one person that arrive together are counted one after another.
            sqlx::query(
                "select from contacts where id = (select t.contact_id from audit_log l join tickets t on t.id = l.subject_id where l.id = $1)
                 for no key update",
            )
            .bind(event)
            .execute(&mut *tx)
            .await?;
            return sqlx::query_as(ABOUT_ARRIVAL).bind(event).bind(kind.name()).bind(quiet).bind(hourly).fetch_all(tx).await;
        }
        _ if kind == NotificationKind::TicketFilesRefused => {
            return sqlx::query_as(ABOUT_FILES).bind(event).bind(kind.name()).bind(quiet).bind(hourly).fetch_all(tx).await;
        }
        _ if matches!(kind, NotificationKind::TicketDanger | NotificationKind::ClusterBurst) => ABOUT_ALARM,
        Some("message") => ABOUT_UNREADABLE,
        Some("initiative") => ABOUT_INITIATIVE,
        Some("comment") => ABOUT_COMMENT,
        _ => ABOUT_TICKET,
    };
    sqlx::query_as(query).bind(event).bind(kind.name()).bind(quiet).fetch_all(tx).await
}
