//! Ledger, database and outbox side by side.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    time::{Duration, Instant},
};

use sqlx::PgPool;

use crate::ledger::{Findings, Ledger};

/// How long background work may take when nothing fails any more.
const SETTLING: Duration = Duration::from_secs(180);

/// What must not be in a database, whatever was done: each query names what it finds.
const DOUBLED: &[(&str, &str)] = &[
    (
        "a tally is not the recount of its ballots",
        "select t.initiative_id::text from tallies t where t.ballots <> (select count(*) from ballots b where b.initiative_id = t.initiative_id)
            or t.counts <> array(select count(b.*) from generate_series(0, cardinality(t.counts) - 1) o
                                 left join ballots b on b.initiative_id = t.initiative_id and o::smallint = any(b.choices) group by o order by o)",
    ),
    (
        "the changes of a tally are not those in the log",
        "select t.initiative_id::text from tallies t
         where t.version <> (select count(*) from audit_log l where l.action like 'ballot.%' and l.subject_id = t.initiative_id)",
    ),
    (
        "the scores of a comment are not the recount of its votes",
        "select c.id::text from comments c
         where (c.up, c.down) <> (select count(*) filter (where value = 1), count(*) filter (where value = -1)
                                  from comment_votes v where v.comment_id = c.id)",
    ),
    (
        "a cluster's size is not the recount of its tickets",
        "select c.id::text from clusters c where c.size <> (select count(*) from tickets t where t.cluster_id = c.id)",
    ),
    (
        "the history of an initiative is not one path to its state",
        "select i.id::text from initiatives i join (
             select initiative_id, bool_and(from_state is not distinct from before) as whole, (array_agg(to_state order by id desc))[1] as last
             from (select *, lag(to_state) over (partition by initiative_id order by id) as before from initiative_transitions) h
             group by initiative_id) h on h.initiative_id = i.id
         where not h.whole or h.last <> i.state",
    ),
    (
        "the history of a ticket is not one path to its state",
        "select i.id::text from tickets i join (
             select ticket_id, bool_and(from_state is not distinct from before) as whole, (array_agg(to_state order by id desc))[1] as last
             from (select *, lag(to_state) over (partition by ticket_id order by id) as before from ticket_transitions) h
             group by ticket_id) h on h.ticket_id = i.id
         where not h.whole or h.last <> i.state",
    ),
    (
        "a step stands in the history and not in the log, or the other way round",
        "(select 'initiative ' || initiative_id from initiative_transitions group by initiative_id
          having count(*) <> (select count(*) from audit_log l where l.subject_id = initiative_id and l.action in (
              'initiative.created', 'initiative.submitted', 'initiative.returned', 'initiative.rejected', 'initiative.published',
              'initiative.accepted', 'initiative.not_supported', 'initiative.in_implementation', 'initiative.implemented', 'initiative.withdrawn')))",
    ),
    (
        "a message is stored twice",
        "select coalesce(external_id, body) from articles where decision_id is null group by external_id, body having count(*) > 1",
    ),
    (
        "a ticket has no message",
        "select number from tickets t where not exists (select from articles a where a.ticket_id = t.id)",
    ),
    (
        "an event is delivered twice to somebody on a channel",
        "select event_id::text from deliveries group by event_id, coalesce(participant_id, contact_id), channel having count(*) > 1",
    ),
];

/// What must be done when all jobs are done.
const UNDONE: &[(&str, &str)] = &[
    ("a job failed for good", "select concat_ws(' ', t.identifier, j.payload, j.attempts, j.max_attempts, j.key, j.last_error)
         from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where attempts >= max_attempts
           -- A newer job of the same key took its place.
           and not exists (select from graphile_worker._private_job_retirements r where r.id = j.id)"),
    ("a message is not understood", "select id::text from articles where direction = 'IN' and understood_at is null"),
    ("a ticket is not triaged", "select number from tickets where state = 'NEW'"),
    ("a mail waits or failed", "select id || ' ' || coalesce(error, 'waits') from deliveries where channel = 'EMAIL' and state <> 'SENT'"),
    (
        "an answer is not delivered to the author",
        "select l.id::text from audit_log l join tickets t on t.id = l.subject_id
         where l.action = 'ticket.answered' and (t.contact_id is not null or t.author_id <> l.actor_id)
           and not exists (select from deliveries d where d.event_id = l.id and d.channel = 'EMAIL' and d.kind = 'ticket-answered'
                           and (d.participant_id = t.author_id or d.contact_id = t.contact_id))",
    ),
    (
        "the arrival of a report is not confirmed, though its sender was not told of two already",
        "select t.number from tickets t join audit_log l on l.subject_id = t.id and l.action = 'ticket.created'
         where t.contact_id is not null and t.author_id is null and t.channel = 'EMAIL'
           and not exists (select from deliveries d where d.event_id = l.id and d.kind = 'ticket-created')
           and (select count(*) from deliveries d where d.contact_id = t.contact_id and d.kind = 'ticket-created') < 2",
    ),
    (
        "a submitted initiative is not brought before the department",
        "select l.id::text from audit_log l where l.action = 'initiative.submitted'
           and not exists (select from deliveries d where d.event_id = l.id and d.channel = 'IN_APP')",
    ),
    (
        "an initiative with the support it needs is not accepted",
        "select i.id::text from initiatives i join tallies t on t.initiative_id = i.id
         where i.state = 'VOTING' and i.ballot_kind = 'SUPPORT' and t.ballots >= i.threshold",
    ),
    (
        "a decision on a cluster did not reach a ticket that was in it",
        "select t.number from decisions d join clusters c on c.id = d.subject_id and c.state = 'DECIDED' join tickets t on t.cluster_id = c.id
         where t.state in ('NEW', 'TRIAGED', 'IN_PROGRESS')
           and not exists (select from articles a where a.ticket_id = t.id and a.decision_id = d.id)
           and (select max(understood_at) from articles a where a.ticket_id = t.id) < d.at
           and not exists (select from audit_log l where l.action in ('cluster.merged', 'cluster.split') and l.at >= d.at)",
    ),
];

/// Waits until all jobs are done; those that wait after a failure are hurried.
async fn settle(db: &PgPool) -> bool {
    let deadline = Instant::now() + SETTLING;
    loop {
        sqlx::query("update graphile_worker._private_jobs set run_at = now() where run_at > now() and locked_at is null")
            .execute(db)
            .await
            .unwrap();
        let left: i64 = sqlx::query_scalar("select count(*) from graphile_worker._private_jobs where attempts < max_attempts")
            .fetch_one(db)
            .await
            .unwrap();
        if left == 0 || Instant::now() > deadline {
            return left == 0;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Everything that clients know, everything that there is, and what does not fit.
pub async fn compare(ledger: &Ledger, db: &PgPool, outbox: &Path) -> Findings {
    let mut findings = Findings::default();
    if !settle(db).await {
        let jobs = sqlx::query_scalar(
            "select concat_ws(' ', t.identifier, j.payload, 'attempt', j.attempts, 'locked', j.locked_at, j.last_error)
             from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where j.attempts < j.max_attempts",
        );
        findings.undone.extend(jobs.fetch_all(db).await.unwrap().into_iter().map(|job: String| format!("a job is not done: {job}")));
    }
    ledger.compare(db, &mut findings).await;
    for (list, queries) in [(&mut findings.doubled, DOUBLED), (&mut findings.undone, UNDONE)] {
        for (what, query) in queries {
            let found: Vec<Option<String>> = sqlx::query_scalar(*query).fetch_all(db).await.unwrap();
            list.extend(found.into_iter().map(|found| format!("{what}: {}", found.unwrap_or_default())));
        }
    }
    mails(db, outbox, &mut findings).await;
    findings
}

/// One mail for each delivery by e-mail, and no other.
async fn mails(db: &PgPool, outbox: &Path, findings: &mut Findings) {
    let mut there: HashMap<String, usize> = HashMap::new();
    for file in std::fs::read_dir(outbox).unwrap().flatten().filter(|file| file.path().extension().is_some_and(|e| e == "eml")) {
        let text = std::fs::read_to_string(file.path()).unwrap();
        let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: <")).and_then(|rest| rest.split('@').next());
        *there.entry(id.unwrap_or_else(|| panic!("no Message-ID in {}", file.path().display())).to_owned()).or_default() += 1;
    }
    let wanted: HashSet<String> = sqlx::query_scalar("select id::text from deliveries where channel = 'EMAIL' and state = 'SENT'")
        .fetch_all(db)
        .await
        .unwrap()
        .into_iter()
        .collect();
    findings.undone.extend(wanted.iter().filter(|id| !there.contains_key(*id)).map(|id| format!("no mail {id} in the outbox")));
    findings.doubled.extend(there.iter().filter(|(_, count)| **count > 1).map(|(id, count)| format!("{count} mails {id} in the outbox")));
    findings.doubled.extend(there.keys().filter(|id| !wanted.contains(*id)).map(|id| format!("a mail {id} that nobody wanted")));
}
