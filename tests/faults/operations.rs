//! The operations: what each works on, what it sends, and what it must leave behind.

use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;
use veche::gid;

use crate::{
    ledger::{Question, Register, Trace},
    people::People,
    plan::{Kind, Operation},
};

/// An operation, ready to be sent.
pub struct Step {
    pub mutation: &'static str,
    pub who: Uuid,
    pub input: Value,
    pub select: &'static str,
    pub traces: Vec<Trace>,
    /// A trace that is known only from the answer: the value at this place is its last text, an id as its key.
    pub answered: Option<(Question, &'static str)>,
    pub register: Option<Register>,
}

impl Step {
    fn new(mutation: &'static str, who: Uuid, input: Value, select: &'static str) -> Self {
        Self { mutation, who, input, select, traces: Vec::new(), answered: None, register: None }
    }

    /// It leaves this trace once.
    fn once(mut self, query: &'static str, binds: &[&str]) -> Self {
        self.traces.push(Trace { question: Question::new(query, binds), once: true });
        self
    }

    /// It leaves this trace, perhaps once more for each try.
    fn leaves(mut self, query: &'static str, binds: &[&str]) -> Self {
        self.traces.push(Trace { question: Question::new(query, binds), once: false });
        self
    }

    fn answers(mut self, pointer: &'static str, query: &'static str, binds: &[&str]) -> Self {
        self.answered = Some((Question::new(query, binds), pointer));
        self
    }

    fn writes(mut self, query: &'static str, binds: &[&str], value: Option<&str>) -> Self {
        self.register = Some(Register { question: Question::new(query, binds), value: value.map(str::to_owned) });
        self
    }

    /// All its traces, once it has been acknowledged.
    pub fn traces_with(&self, payload: &Value) -> Vec<Trace> {
        let mut traces = self.traces.clone();
        if let Some((question, pointer)) = &self.answered {
            let value = payload.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{}: {payload}", self.mutation));
            let mut question = question.clone();
            question.binds.push(gid::decode(value).map_or_else(|| value.to_owned(), |(_, id)| id.to_string()));
            traces.push(Trace { question, once: false });
        }
        traces
    }
}

const INITIATIVE_BECAME: &str = "select count(*) from initiative_transitions where initiative_id = $1::uuid and to_state = $2";
const COMMENTS: &str = "select count(*) from comments c
    where c.body = $1 or exists (select from comment_revisions r where r.comment_id = c.id and r.body = $1)";
const ARTICLES: &str = "select count(*) from articles where body = $1";
const LOGGED: &str = "select count(*) from audit_log where action = $1 and subject_id = $2::uuid and actor_id = $3::uuid";
const FOLLOWS: &str = "select 'yes' from follows where participant_id = $1::uuid and subject_id = $2::uuid";
const BALLOT: &str = "select choices::text from ballots where initiative_id = $1::uuid and voter_id = $2::uuid";

fn id(kind: gid::Kind, key: &str) -> String {
    gid::encode(kind, key.parse().unwrap()).to_string()
}

/// The kind of a name as the database writes it.
fn kind_of(name: &str) -> gid::Kind {
    *gid::Kind::ALL.iter().find(|kind| kind.name() == name).unwrap()
}

/// One row of texts of a query in which `$1` is for chance; `None` when there is nothing to work on. Waits for the database.
async fn pick(db: &PgPool, query: &'static str, dice: u64) -> Option<Vec<String>> {
    loop {
        match sqlx::query_scalar(query).bind(dice.to_string()).fetch_optional(db).await {
            Ok(row) => return row,
            Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code.starts_with("42")) => panic!("{query}: {error}"),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
}

const MATTERS: [&str; 6] = [
    "Во дворе дома на Липовой улице не горит фонарь, вечером темно и страшно ходить.",
    "На Садовой улице большая яма на дороге, машины пробивают колёса.",
    "Автобус номер семь опаздывает по утрам на двадцать минут, люди мёрзнут на остановке.",
    "Из подвала школы пахнет канализацией, дети жалуются на головную боль.",
    "Мусор возле площадки у рынка не вывозят уже вторую неделю.",
    "В парке у реки сломаны качели и скамейки, детям негде играть.",
];

/// Prepares an operation; `None` when there is nothing that it could work on yet.
pub async fn prepare(db: &PgPool, people: &People, seed: u64, operation: &Operation) -> Option<Step> {
    let Operation { number, kind, dice } = *operation;
    let mark = format!("s{seed}n{number}");
    let matter = MATTERS[usize::try_from(dice % 6).unwrap()];
    let text = format!("{matter} Запись {mark}.");
    let (citizen, expert) = (people.citizen(dice), people.expert(dice));
    let key = |text: &str| text.parse::<Uuid>().unwrap();
    let step = match kind {
        Kind::CreateInitiative => {
            let title = format!("Инициатива {mark}");
            let (ballot, threshold) = if dice.is_multiple_of(2) { ("SUPPORT", 1 + dice / 2 % 2) } else { ("FOR_AGAINST_ABSTAIN", 1000) };
            let input = json!({ "title": title, "goal": matter, "effect": matter, "resources": matter, "departmentId": people.department,
                                "ballotKind": ballot, "threshold": threshold, "votingDays": 30 });
            Step::new("createInitiative", citizen, input, "initiative { id }")
                .once("select count(*) from initiative_revisions where title = $1 and revision = 1", &[&title])
                .answers("/initiative/id", "select count(*) from initiatives where id = $1::uuid", &[])
        }
        Kind::UpdateInitiative => {
            let row = pick(
                db,
                "select array[id::text, author_id::text] from initiatives where state in ('DRAFT', 'RETURNED')
                                order by md5(id::text || $1) limit 1",
                dice,
            )
            .await?;
            let title = format!("Изменённая инициатива {mark}");
            let input = json!({ "initiativeId": id(gid::Kind::Initiative, &row[0]), "title": title });
            Step::new("updateInitiative", key(&row[1]), input, "")
                .once("select count(*) from initiative_revisions where initiative_id = $1::uuid and title = $2", &[&row[0], &title])
        }
        Kind::SubmitInitiative => {
            let row = pick(
                db,
                "select array[id::text, author_id::text] from initiatives where state in ('DRAFT', 'RETURNED')
                                order by md5(id::text || $1) limit 1",
                dice,
            )
            .await?;
            let input = json!({ "initiativeId": id(gid::Kind::Initiative, &row[0]) });
            Step::new("submitInitiative", key(&row[1]), input, "").once(INITIATIVE_BECAME, &[&row[0], "IN_REVIEW"])
        }
        Kind::ReviewInitiative => {
            let row =
                pick(db, "select array[id::text] from initiatives where state = 'IN_REVIEW' order by md5(id::text || $1) limit 1", dice)
                    .await?;
            let (verdict, state) = match dice % 10 {
                0 => ("REJECT", "REJECTED"),
                1 => ("RETURN", "RETURNED"),
                _ => ("PUBLISH", "VOTING"),
            };
            let input = json!({ "initiativeId": id(gid::Kind::Initiative, &row[0]), "verdict": verdict, "reason": text });
            Step::new("reviewInitiative", people.officer, input, "").once(INITIATIVE_BECAME, &[&row[0], state])
        }
        Kind::WithdrawInitiative => {
            let row = pick(
                db,
                "select array[id::text, author_id::text] from initiatives where state in ('DRAFT', 'IN_REVIEW', 'VOTING')
                                order by md5(id::text || $1) limit 1",
                dice,
            )
            .await?;
            let input = json!({ "initiativeId": id(gid::Kind::Initiative, &row[0]), "reason": text });
            Step::new("withdrawInitiative", key(&row[1]), input, "").once(INITIATIVE_BECAME, &[&row[0], "WITHDRAWN"])
        }
        Kind::AnswerInitiative => {
            let row =
                pick(db, "select array[id::text] from initiatives where state = 'ACCEPTED' order by md5(id::text || $1) limit 1", dice)
                    .await?;
            let input = json!({ "initiativeId": id(gid::Kind::Initiative, &row[0]), "accepted": true, "body": text,
                                "milestones": [{ "title": "Первый шаг", "dueOn": people.next_year }] });
            Step::new("answerInitiative", people.officer, input, "")
                .once(INITIATIVE_BECAME, &[&row[0], "IN_IMPLEMENTATION"])
                .once("select count(*) from official_answers where body = $1", &[&text])
                .once("select count(*) from milestones where initiative_id = $1::uuid", &[&row[0]])
        }
        Kind::CastVote => {
            let row = pick(
                db,
                "select array[id::text, ballot_kind] from initiatives where state = 'VOTING'
                                order by md5(id::text || $1) limit 1",
                dice,
            )
            .await?;
            let choice = if row[1] == "SUPPORT" { 0 } else { dice % 3 };
            let input = json!({ "initiativeId": id(gid::Kind::Initiative, &row[0]), "choices": [choice] });
            Step::new("castVote", citizen, input, "").writes(BALLOT, &[&row[0], &citizen.to_string()], Some(&format!("{{{choice}}}")))
        }
        Kind::WithdrawVote => {
            let row = pick(
                db,
                "select array[i.id::text, b.voter_id::text] from ballots b join initiatives i on i.id = b.initiative_id
                                where i.state = 'VOTING' order by md5(b.voter_id::text || i.id::text || $1) limit 1",
                dice,
            )
            .await?;
            let input = json!({ "initiativeId": id(gid::Kind::Initiative, &row[0]) });
            Step::new("withdrawVote", key(&row[1]), input, "").writes(BALLOT, &[&row[0], &row[1]], None)
        }
        Kind::AddComment => {
            let row = pick(
                db,
                "select array[i.id::text, coalesce((select c.id::text from comments c where c.subject_id = i.id
                                       and cardinality(c.path) < 10 order by md5(c.id::text || $1) limit 1), '')]
                                from initiatives i where i.voting_starts_at is not null order by md5(i.id::text || $1) limit 1",
                dice,
            )
            .await?;
            let mut input = json!({ "subjectId": id(gid::Kind::Initiative, &row[0]), "body": text, "side": "FOR" });
            if !row[1].is_empty() && dice.is_multiple_of(2) {
                input["parentId"] = json!(id(gid::Kind::Comment, &row[1]));
            }
            Step::new("addComment", citizen, input, "comment { id }").once(COMMENTS, &[&text]).answers(
                "/comment/id",
                "select count(*) from comments where id = $1::uuid",
                &[],
            )
        }
        Kind::EditComment => {
            let row = pick(db, "select array[id::text, author_id::text] from comments order by md5(id::text || $1) limit 1", dice).await?;
            let input = json!({ "commentId": id(gid::Kind::Comment, &row[0]), "body": text });
            Step::new("editComment", key(&row[1]), input, "").once(COMMENTS, &[&text]).once(
                "select (select count(*) from comments where body = $1) + (select count(*) from comment_revisions where body = $1)",
                &[&text],
            )
        }
        Kind::VoteOnComment => {
            let row = pick(db, "select array[id::text, author_id::text] from comments order by md5(id::text || $1) limit 1", dice).await?;
            let voter = people.citizen_but(dice, key(&row[1]));
            let (value, stored) = [("UP", Some("1")), ("DOWN", Some("-1")), ("NONE", None)][usize::try_from(dice % 3).unwrap()];
            let input = json!({ "commentId": id(gid::Kind::Comment, &row[0]), "value": value });
            Step::new("voteOnComment", voter, input, "").writes(
                "select value::text from comment_votes where comment_id = $1::uuid and participant_id = $2::uuid",
                &[&row[0], &voter.to_string()],
                stored,
            )
        }
        Kind::Flag => {
            let row = pick(db, "select array[id::text] from comments order by md5(id::text || $1) limit 1", dice).await?;
            let input = json!({ "subjectId": id(gid::Kind::Comment, &row[0]), "reason": "SPAM" });
            Step::new("flag", citizen, input, "").writes(
                "select 'yes' from flags where subject_id = $1::uuid and participant_id = $2::uuid",
                &[&row[0], &citizen.to_string()],
                Some("yes"),
            )
        }
        Kind::SubmitFeedback => {
            let input = json!({ "text": text, "public": dice.is_multiple_of(2), "externalId": mark });
            Step::new("submitFeedback", citizen, input, "submitted { number }").once(ARTICLES, &[&text]).answers(
                "/submitted/number",
                "select count(*) from articles a join tickets t on t.id = a.ticket_id where a.body = $1 and t.number = $2",
                &[&text],
            )
        }
        Kind::ReceiveMessage => {
            let sender = dice % 20;
            let conversation = if dice.is_multiple_of(4) { format!("c{sender}@mail.example") } else { mark.clone() };
            let input = json!({ "channel": "EMAIL", "externalId": mark, "conversation": conversation, "text": text,
                                "sender": { "address": format!("sender{sender}@mail.example") } });
            Step::new("receiveMessage", people.service, input, "received { number }")
                .once("select count(*) from articles where channel = 'EMAIL' and external_id = $1", &[&mark])
                .once(ARTICLES, &[&text])
                .answers(
                    "/received/number",
                    // Under the sender's own number, also where their ticket became part of the one that it went on in.
                    "select count(*) from articles a join tickets t on t.id = a.ticket_id join tickets n on n.number = $2
                     where a.body = $1 and coalesce(t.merged_into, t.id) = coalesce(n.merged_into, n.id)",
                    &[&text],
                )
        }
        Kind::ReplyToTicket => {
            let follow_up = dice.is_multiple_of(4);
            let row = if follow_up {
                pick(
                    db,
                    "select array[id::text, author_id::text] from tickets where state <> 'MERGED' and author_id is not null
                          order by md5(id::text || $1) limit 1",
                    dice,
                )
                .await?
            } else {
                pick(db, "select array[id::text] from tickets where state <> 'MERGED' order by md5(id::text || $1) limit 1", dice).await?
            };
            let who = row.get(1).map_or(expert, |author| key(author));
            let input = json!({ "ticketId": id(gid::Kind::Ticket, &row[0]), "text": text, "note": !follow_up && dice % 8 == 1 });
            Step::new("replyToTicket", who, input, "")
                .once("select count(*) from articles where ticket_id = $1::uuid and body = $2", &[&row[0], &text])
        }
        Kind::RateAnswer => {
            let row = pick(
                db,
                "select array[id::text, author_id::text] from tickets where state in ('ANSWERED', 'CLOSED')
                                and author_id is not null and rating is null order by md5(id::text || $1) limit 1",
                dice,
            )
            .await?;
            let rating = dice % 5 + 1;
            let input = json!({ "ticketId": id(gid::Kind::Ticket, &row[0]), "rating": rating });
            Step::new("rateAnswer", key(&row[1]), input, "")
                .once("select count(*) from tickets where id = $1::uuid and rating = $2::int", &[&row[0], &rating.to_string()])
                .once(LOGGED, &["ticket.rated", &row[0], &row[1]])
        }
        Kind::AssignTicket => {
            let row = open_ticket(db, dice).await?;
            let input =
                json!({ "ticketId": id(gid::Kind::Ticket, &row[0]), "assigneeId": id(gid::Kind::Participant, &expert.to_string()) });
            Step::new("assignTicket", expert, input, "").leaves(LOGGED, &["ticket.assigned", &row[0], &expert.to_string()])
        }
        Kind::RouteTicket => {
            let row = open_ticket(db, dice).await?;
            let group = &people.groups[usize::try_from(dice % 2).unwrap()];
            let input = json!({ "ticketId": id(gid::Kind::Ticket, &row[0]), "groupId": group });
            Step::new("routeTicket", expert, input, "").leaves(LOGGED, &["ticket.routed", &row[0], &expert.to_string()])
        }
        Kind::MergeTickets => {
            let row = pick(
                db,
                "select array_agg(t.id::text) from (select id from tickets
                                where state in ('NEW', 'TRIAGED', 'IN_PROGRESS', 'REOPENED', 'ANSWERED')
                                order by md5(id::text || $1) limit 2) t having count(*) = 2",
                dice,
            )
            .await?;
            let input = json!({ "targetId": id(gid::Kind::Ticket, &row[0]), "sourceIds": [id(gid::Kind::Ticket, &row[1])] });
            Step::new("mergeTickets", expert, input, "")
                .once("select count(*) from ticket_transitions where ticket_id = $1::uuid and to_state = 'MERGED'", &[&row[1]])
        }
        Kind::MergeClusters => {
            let row = pick(
                db,
                "select array_agg(c.id::text) from (select id from clusters where state = 'OPEN'
                                order by md5(id::text || $1) limit 2) c having count(*) = 2",
                dice,
            )
            .await?;
            let input = json!({ "targetId": id(gid::Kind::Cluster, &row[0]), "sourceIds": [id(gid::Kind::Cluster, &row[1])] });
            Step::new("mergeClusters", expert, input, "")
                .once("select count(*) from audit_log where action = 'cluster.merged' and details->'sources' ? $1", &[&row[1]])
                .once("select count(*) from clusters where id = $1::uuid and state = 'MERGED'", &[&row[1]])
        }
        Kind::SplitCluster => {
            let row = pick(
                db,
                "select array[c.id::text, t.id::text] from clusters c join tickets t on t.cluster_id = c.id
                                where c.state = 'OPEN' and c.size > 1 order by md5(t.id::text || $1) limit 1",
                dice,
            )
            .await?;
            let input = json!({ "clusterId": id(gid::Kind::Cluster, &row[0]), "ticketIds": [id(gid::Kind::Ticket, &row[1])] });
            Step::new("splitCluster", expert, input, "cluster { id }").answers(
                "/cluster/id",
                "select count(*) from audit_log where action = 'cluster.split' and subject_id = $1::uuid and details->>'new' = $2",
                &[&row[0]],
            )
        }
        Kind::Assess => {
            let row = subject(db, dice).await?;
            let input = json!({ "subjectId": id(kind_of(&row[0]), &row[1]), "feasibility": 3, "costLow": 1, "costHigh": 2, "effect": text,
                                "opinion": matter });
            Step::new("assess", expert, input, "").writes(
                "select effect from assessments where subject_id = $1::uuid and author_id = $2::uuid",
                &[&row[1], &expert.to_string()],
                Some(&text),
            )
        }
        Kind::Decide => {
            let row = subject(db, dice).await?;
            let input = json!({ "subjectId": id(kind_of(&row[0]), &row[1]), "kind": "ANSWER", "body": text });
            Step::new("decide", expert, input, "decision { id }").once("select count(*) from decisions where body = $1", &[&text]).answers(
                "/decision/id",
                "select count(*) from decisions where id = $1::uuid",
                &[],
            )
        }
        Kind::Follow => {
            let row = pick(
                db,
                "select array[id::text] from initiatives where voting_starts_at is not null order by md5(id::text || $1) limit 1",
                dice,
            )
            .await?;
            let input = json!({ "subjectId": id(gid::Kind::Initiative, &row[0]) });
            Step::new("follow", citizen, input, "").writes(FOLLOWS, &[&citizen.to_string(), &row[0]], Some("yes"))
        }
        Kind::Unfollow => {
            let row = pick(
                db,
                "select array[participant_id::text, subject_id::text] from follows f join initiatives i on i.id = subject_id
                                where i.voting_starts_at is not null order by md5(participant_id::text || subject_id::text || $1) limit 1",
                dice,
            )
            .await?;
            let input = json!({ "subjectId": id(gid::Kind::Initiative, &row[1]) });
            Step::new("unfollow", key(&row[0]), input, "").writes(FOLLOWS, &[&row[0], &row[1]], None)
        }
    };
    Some(step)
}

async fn open_ticket(db: &PgPool, dice: u64) -> Option<Vec<String>> {
    pick(
        db,
        "select array[id::text] from tickets where state in ('NEW', 'TRIAGED', 'IN_PROGRESS', 'REOPENED')
              order by md5(id::text || $1) limit 1",
        dice,
    )
    .await
}

/// Something that experts judge: an open ticket or cluster, or an initiative.
async fn subject(db: &PgPool, dice: u64) -> Option<Vec<String>> {
    pick(
        db,
        "select array[kind, id::text] from (
                  select 'Ticket' as kind, id from tickets where state in ('NEW', 'TRIAGED', 'IN_PROGRESS', 'REOPENED')
                  union all select 'Cluster', id from clusters where state = 'OPEN'
                  union all select 'Initiative', id from initiatives where voting_starts_at is not null) s
              where not exists (select from decisions d where d.subject_id = s.id)
              order by md5(id::text || $1) limit 1",
        dice,
    )
    .await
}
