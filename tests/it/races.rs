//! Ten thousand races over two servers: whoever comes first, there is one outcome, one order in the history, and the recount.

use std::{collections::BTreeMap, future::Future, sync::Mutex};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{Person, TestApp, config, gid, people};

/// Races of each kind; together 10,000.
const VOTES: usize = 2_200;
const CLOSINGS: usize = 500;
const REVIEWS: usize = 400;
const TICKETS: usize = 300;
/// Races under way at once.
const AT_ONCE: usize = 48;

/// What both sides of a race were told: `None` when it was done, or the code of the refusal.
type Told = (Option<String>, Option<String>);

/// How often each outcome came.
#[derive(Default)]
struct Counts(Mutex<BTreeMap<(&'static str, String), usize>>);

impl Counts {
    fn add(&self, race: &'static str, told: &Told) {
        let side = |told: &Option<String>| told.clone().unwrap_or_else(|| "done".into());
        *self.0.lock().unwrap().entry((race, format!("{} / {}", side(&told.0), side(&told.1)))).or_default() += 1;
    }

    fn total(&self) -> usize {
        self.0.lock().unwrap().values().sum()
    }

    fn of(&self, race: &str, outcome: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|((r, o), _)| *r == race && o == outcome).map(|(_, n)| n).sum()
    }
}

/// The scene of all races: two servers on one database, and those who act.
struct Scene {
    apps: [TestApp; 2],
    officers: [Person; 2],
    department: Uuid,
    experts: [Person; 2],
    groups: [Uuid; 2],
    people: Vec<Person>,
    counts: Counts,
}

impl Scene {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let other = TestApp::on(app.options.clone(), config()).await;
        let admin = app.administrator().await;
        let (department, officer) = app.department(&admin, "roads").await;
        let second = app.person("Second officer", &["CITIZEN", "DEPARTMENT_OFFICER"]).await;
        let input = json!({ "departmentId": department, "participantId": second.gid(), "member": true });
        app.must(Some(&admin), "setDepartmentOfficer", input, "").await;
        let (group, expert) = app.group(&admin, "housing").await;
        let (elsewhere, _) = app.group(&admin, "parks").await;
        let colleague = app.person("Second expert", &["CITIZEN", "EXPERT"]).await;
        let input = json!({ "groupId": group, "participantId": colleague.gid(), "role": "EXPERT" });
        app.must(Some(&admin), "setGroupMember", input, "").await;
        let key = |id: &str| crate::support::key(&json!(id));
        Self {
            people: people(&app, VOTES).await,
            department: key(&department),
            groups: [key(&group), key(&elsewhere)],
            officers: [officer, second],
            experts: [expert, colleague],
            apps: [app, other],
            counts: Counts::default(),
        }
    }

    fn db(&self) -> &PgPool {
        self.apps[0].db()
    }

    fn author(&self, n: usize) -> &Person {
        &self.people[n % self.people.len()]
    }

    /// Does something through one of the servers; the code of the refusal, if there was one.
    async fn act(&self, server: usize, who: &Person, mutation: &str, input: Value) -> Option<String> {
        let payload = self.apps[server % 2].mutate(Some(who), mutation, input, "").await;
        payload["userErrors"][0]["code"].as_str().map(str::to_owned)
    }

    /// Runs `count` races; both sides start together, each through another server, and take turns in being first.
    async fn run<'a, A, B>(&'a self, race: &'static str, count: usize, side: impl Fn(usize) -> (A, B)) -> Vec<Told>
    where
        A: Future<Output = Option<String>> + 'a,
        B: Future<Output = Option<String>> + 'a,
    {
        let begun = std::time::Instant::now();
        let races = (0..count).map(|n| {
            let (one, other) = side(n);
            async move {
                let told = if n % 2 == 0 {
                    tokio::join!(one, other)
                } else {
                    let (other, one) = tokio::join!(other, one);
                    (one, other)
                };
                self.counts.add(race, &told);
                told
            }
        });
        let told = stream::iter(races).buffered(AT_ONCE).collect().await;
        eprintln!("{race}: {count} races in {:.1} s", begun.elapsed().as_secs_f32());
        told
    }

    /// Initiatives in a state, by their authors; those in voting have `ballots` signatures already and need as many.
    async fn initiatives(&self, count: usize, state: &str, ballots: usize) -> Vec<Uuid> {
        let ids: Vec<Uuid> = (0..count).map(|_| self.apps[0].app.new_id()).collect();
        let authors: Vec<Uuid> = (0..count).map(|n| self.author(n).id).collect();
        sqlx::query(
            "with new as (
                 insert into initiatives (id, author_id, state, title, goal, effect, resources, department_id, threshold, voting_days,
                                          voting_starts_at, voting_ends_at)
                 select id, author, $3, 'Тёплые остановки', 'Поставить закрытые остановки.', 'Никто не мёрзнет.', 'Десять павильонов.', $4, 1, 30,
                        veche_now() - interval '1 day', veche_now() + interval '29 days'
                 from unnest($1::uuid[], $2::uuid[]) u(id, author)),
             history as (
                 insert into initiative_transitions (initiative_id, from_state, to_state)
                 select id, null, $3 from unnest($1::uuid[]) id)
             insert into tallies (initiative_id, counts) select id, '{0}' from unnest($1::uuid[]) id where $3 in ('VOTING', 'ACCEPTED')",
        )
        .bind(&ids)
        .bind(&authors)
        .bind(state)
        .bind(self.department)
        .execute(self.db())
        .await
        .unwrap();
        sqlx::query(
            "with cast_by as (insert into ballots (initiative_id, voter_id, choices)
                              select i, v, '{0}' from unnest($1::uuid[]) i, unnest($2::uuid[]) v)
             update tallies set counts = array[cardinality($2)::bigint], ballots = cardinality($2), version = cardinality($2)
             where initiative_id = any($1)",
        )
        .bind(&ids)
        .bind(self.people.iter().rev().take(ballots).map(|p| p.id).collect::<Vec<_>>())
        .execute(self.db())
        .await
        .unwrap();
        ids
    }

    /// Public tickets in the first group's queue, with a message each.
    async fn tickets(&self, kind: &str, count: usize) -> Vec<Uuid> {
        let ids: Vec<Uuid> = (0..count).map(|_| self.apps[0].app.new_id()).collect();
        let authors: Vec<Uuid> = (0..count).map(|n| self.author(n).id).collect();
        // One after another: the articles refer to the tickets.
        sqlx::query(
            "insert into tickets (id, number, state, channel, public, subject, author_id, group_id, due_at)
             select id, $3 || row_number() over (), 'TRIAGED', 'WEB', true, 'Фонарь', author, $4, veche_now() + interval '30 days'
             from unnest($1::uuid[], $2::uuid[]) u(id, author)",
        )
        .bind(&ids)
        .bind(&authors)
        .bind(kind)
        .bind(self.groups[0])
        .execute(self.db())
        .await
        .unwrap();
        sqlx::query(
            "with said as (insert into articles (id, ticket_id, direction, channel, author_id, body, understood_at)
                           select gen_random_uuid(), id, 'IN', 'WEB', author, 'Не горит фонарь.', veche_now() from unnest($1::uuid[], $2::uuid[]) u(id, author))
             insert into ticket_transitions (ticket_id, from_state, to_state)
             select id, f, t from unnest($1::uuid[]) id, (values (null, 'NEW'), ('NEW', 'TRIAGED')) s(f, t)",
        )
        .bind(&ids)
        .bind(&authors)
        .execute(self.db())
        .await
        .unwrap();
        ids
    }

    /// The states that subjects went through, in order.
    async fn walks(&self, table: &'static str, ids: &[Uuid]) -> Vec<Vec<String>> {
        let query = match table {
            "initiatives" => {
                "select array(select to_state from initiative_transitions where initiative_id = i order by id) from unnest($1::uuid[]) with ordinality u(i, n) order by n"
            }
            _ => {
                "select array(select to_state from ticket_transitions where ticket_id = i order by id) from unnest($1::uuid[]) with ordinality u(i, n) order by n"
            }
        };
        sqlx::query_scalar(query).bind(ids).fetch_all(self.db()).await.unwrap()
    }

    /// What the log says of each subject, in order.
    async fn logged(&self, kind: &str, ids: &[Uuid], actions: &str) -> Vec<Vec<String>> {
        sqlx::query_scalar(
            "select array(select action from audit_log where subject_type = $2 and subject_id = i and action like any(string_to_array($3, ' ')) order by id)
             from unnest($1::uuid[]) with ordinality u(i, n) order by n",
        )
        .bind(ids)
        .bind(kind)
        .bind(actions)
        .fetch_all(self.db())
        .await
        .unwrap()
    }

    /// How many ballots each initiative has.
    async fn ballots(&self, ids: &[Uuid]) -> Vec<i64> {
        sqlx::query_scalar(
            "select (select count(*) from ballots where initiative_id = i) from unnest($1::uuid[]) with ordinality u(i, n) order by n",
        )
        .bind(ids)
        .fetch_all(self.db())
        .await
        .unwrap()
    }
}

fn words(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

fn code(told: &Option<String>) -> Option<&str> {
    told.as_deref()
}

/// Each person's ballot on the initiative, and what the log says of it.
async fn voters(scene: &Scene, id: Uuid) -> Vec<(Option<Vec<i16>>, Vec<String>)> {
    sqlx::query_as(
        "select (select choices from ballots b where b.initiative_id = $1 and b.voter_id = v),
                array(select action from audit_log where actor_id = v and subject_type = 'Initiative' and subject_id = $1 and action like 'ballot.%' order by id)
         from unnest($2::uuid[]) with ordinality u(v, n) order by n",
    )
    .bind(id)
    .bind(scene.people.iter().map(|p| p.id).collect::<Vec<_>>())
    .fetch_all(scene.db())
    .await
    .unwrap()
}

/// The same person twice at once: with the same choice, with another, and a change against a withdrawal.
async fn votes(scene: &Scene) {
    let [same, different, change] = <[Uuid; 3]>::try_from(scene.initiatives(3, "VOTING", 0).await).unwrap();
    sqlx::query("update initiatives set ballot_kind = 'FOR_AGAINST_ABSTAIN', threshold = 1000000 where id = any($1)")
        .bind([same, different, change])
        .execute(scene.db())
        .await
        .unwrap();
    sqlx::query("update tallies set counts = '{0,0,0}' where initiative_id = any($1)")
        .bind([same, different, change])
        .execute(scene.db())
        .await
        .unwrap();
    let cast = |server: usize, n: usize, id: Uuid, choice: usize| {
        scene.act(server, &scene.people[n], "castVote", json!({ "initiativeId": gid("Initiative", id), "choices": [choice] }))
    };
    let all_done = |told: &[Told]| assert!(told.iter().all(|t| *t == (None, None)), "an open vote refuses nobody");

    all_done(&scene.run("double vote", VOTES, |n| (cast(n, n, same, n % 3), cast(n + 1, n, same, n % 3))).await);
    for (n, (ballot, log)) in voters(scene, same).await.into_iter().enumerate() {
        assert_eq!((ballot, words(&log)), (Some(vec![(n % 3) as i16]), vec!["ballot.cast"]), "counted once");
    }

    all_done(&scene.run("double vote, two choices", VOTES, |n| (cast(n, n, different, 0), cast(n + 1, n, different, 1))).await);
    for (ballot, log) in voters(scene, different).await {
        assert!(matches!(ballot.as_deref(), Some([0] | [1])), "{ballot:?}");
        assert_eq!(words(&log), ["ballot.cast", "ballot.changed"]);
    }

    sqlx::query(
        "with cast_by as (insert into ballots (initiative_id, voter_id, choices) select $1, v, '{0}' from unnest($2::uuid[]) v),
              logged as (insert into audit_log (actor_id, action, subject_type, subject_id, sealed)
                         select v, 'ballot.cast', 'Initiative', $1, true from unnest($2::uuid[]) v)
         update tallies set counts = array[cardinality($2), 0, 0]::bigint[], ballots = cardinality($2), version = cardinality($2) where initiative_id = $1",
    )
    .bind(change)
    .bind(scene.people.iter().map(|p| p.id).collect::<Vec<_>>())
    .execute(scene.db())
    .await
    .unwrap();
    let withdraw =
        |server: usize, n: usize| scene.act(server, &scene.people[n], "withdrawVote", json!({ "initiativeId": gid("Initiative", change) }));
    all_done(&scene.run("change against withdrawal", VOTES, |n| (cast(n, n, change, 1), withdraw(n + 1, n))).await);
    for (ballot, log) in voters(scene, change).await {
        match words(&log)[..] {
            ["ballot.cast", "ballot.changed", "ballot.withdrawn"] => assert_eq!(ballot, None),
            ["ballot.cast", "ballot.withdrawn", "ballot.cast"] => assert_eq!(ballot, Some(vec![1])),
            _ => panic!("{ballot:?} {log:?}"),
        }
    }
}

/// A ballot while the vote closes: by its outcome, or because the author takes the initiative back.
async fn closings(scene: &Scene) {
    for (race, closes, last) in [
        ("vote against close", "initiative.accepted", "ACCEPTED"),
        ("vote against withdrawal of the initiative", "initiative.withdrawn", "WITHDRAWN"),
    ] {
        let ids = scene.initiatives(CLOSINGS, "VOTING", 1).await;
        let side = |n: usize| {
            let id = ids[n];
            let input = json!({ "initiativeId": gid("Initiative", id), "choices": [0] });
            // Not the author, and not the one who signed before.
            let vote = scene.act(n, scene.author(n + 1), "castVote", input);
            let close = async move {
                // A look first, for the ballot's way is longer.
                let query = "query($id: ID!) { initiative(id: $id) { state history { to } tally { ballots } } }";
                scene.apps[(n + 1) % 2].query(Some(scene.author(n)), query, json!({ "id": gid("Initiative", id) })).await;
                if last == "ACCEPTED" {
                    veche::initiatives::settle(&scene.apps[(n + 1) % 2].app, id).await.unwrap();
                    None
                } else {
                    let input = json!({ "initiativeId": gid("Initiative", id), "reason": "Передумали." });
                    scene.act(n + 1, scene.author(n), "withdrawInitiative", input).await
                }
            };
            (vote, close)
        };
        let told = scene.run(race, CLOSINGS, side).await;
        let (walks, ballots) = (scene.walks("initiatives", &ids).await, scene.ballots(&ids).await);
        let logs = scene.logged("Initiative", &ids, "ballot.cast initiative.%").await;
        for (((told, walk), ballots), log) in told.iter().zip(walks).zip(ballots).zip(logs) {
            assert_eq!(words(&walk), ["VOTING", last], "closed once");
            match code(&told.0) {
                None => assert_eq!((ballots, words(&log)), (2, vec!["ballot.cast", closes]), "counted before the end"),
                Some("VOTING_CLOSED") => assert_eq!((ballots, words(&log)), (1, vec![closes]), "not counted after the end"),
                other => panic!("{other:?}"),
            }
            assert_eq!(told.1, None);
        }
    }
}

/// A review while the author takes the initiative back, two reviews at once, and two official answers at once.
async fn reviews(scene: &Scene) {
    let review = |server: usize, officer: usize, id: Uuid, verdict: &'static str| {
        let input = json!({ "initiativeId": gid("Initiative", id), "verdict": verdict, "reason": "Таково заключение отдела." });
        scene.act(server, &scene.officers[officer], "reviewInitiative", input)
    };
    let ids = scene.initiatives(REVIEWS, "IN_REVIEW", 0).await;
    const VERDICTS: [(&str, &str); 3] = [("PUBLISH", "VOTING"), ("RETURN", "RETURNED"), ("REJECT", "REJECTED")];
    let side = |n: usize| {
        let input = json!({ "initiativeId": gid("Initiative", ids[n]), "reason": "Передумали." });
        (review(n, n % 2, ids[n], VERDICTS[n % 3].0), scene.act(n + 1, scene.author(n), "withdrawInitiative", input))
    };
    let told = scene.run("review against withdrawal", REVIEWS, side).await;
    for (n, (told, walk)) in told.iter().zip(scene.walks("initiatives", &ids).await).enumerate() {
        let reached = VERDICTS[n % 3].1;
        match (code(&told.0), code(&told.1)) {
            // An author may withdraw after the review too, but not what was rejected.
            (None, None) if reached != "REJECTED" => assert_eq!(words(&walk), ["IN_REVIEW", reached, "WITHDRAWN"]),
            (None, Some("WRONG_STATE")) if reached == "REJECTED" => assert_eq!(words(&walk), ["IN_REVIEW", "REJECTED"]),
            (Some("WRONG_STATE"), None) => assert_eq!(words(&walk), ["IN_REVIEW", "WITHDRAWN"]),
            other => panic!("{reached}: {other:?}"),
        }
    }

    let ids = scene.initiatives(REVIEWS, "IN_REVIEW", 0).await;
    let told =
        scene.run("double review", REVIEWS, |n| (review(n, 0, ids[n], "PUBLISH"), review(n + 1, 1, ids[n], VERDICTS[n % 3].0))).await;
    for (n, (told, walk)) in told.iter().zip(scene.walks("initiatives", &ids).await).enumerate() {
        let reached = match (code(&told.0), code(&told.1)) {
            (None, Some("WRONG_STATE")) => "VOTING",
            (Some("WRONG_STATE"), None) => VERDICTS[n % 3].1,
            other => panic!("{other:?}"),
        };
        assert_eq!(words(&walk), ["IN_REVIEW", reached]);
    }

    let ids = scene.initiatives(TICKETS, "ACCEPTED", 0).await;
    let due = scene.apps[0].app.clock.now().date_naive() + chrono::Days::new(30);
    let answer = |server: usize, officer: usize, id: Uuid, accepted: bool| {
        let milestones = if accepted { json!([{ "title": "Первый павильон", "dueOn": due }]) } else { json!([]) };
        let input = json!({ "initiativeId": gid("Initiative", id), "accepted": accepted, "body": "Ответ отдела по существу вопроса.", "milestones": milestones });
        scene.act(server, &scene.officers[officer], "answerInitiative", input)
    };
    let told = scene.run("double answer", TICKETS, |n| (answer(n, 0, ids[n], true), answer(n + 1, 1, ids[n], n % 3 == 0))).await;
    let answers: Vec<(Vec<bool>, i64)> = sqlx::query_as(
        "select array(select accepted from official_answers where initiative_id = i), (select count(*) from milestones where initiative_id = i)
         from unnest($1::uuid[]) with ordinality u(i, n) order by n",
    )
    .bind(&ids)
    .fetch_all(scene.db())
    .await
    .unwrap();
    for (n, ((told, walk), (answers, steps))) in told.iter().zip(scene.walks("initiatives", &ids).await).zip(answers).enumerate() {
        let accepted = match (code(&told.0), code(&told.1)) {
            (None, Some("WRONG_STATE")) => true,
            (Some("ALREADY_EXISTS" | "WRONG_STATE"), None) => n % 3 == 0,
            other => panic!("{other:?}"),
        };
        assert_eq!((answers, steps), (vec![accepted], i64::from(accepted)), "one answer, with its own steps");
        assert_eq!(words(&walk), if accepted { vec!["ACCEPTED", "IN_IMPLEMENTATION"] } else { vec!["ACCEPTED"] });
    }
}

/// Experts and citizens at one ticket.
async fn tickets(scene: &Scene) {
    let [first, second] = &scene.experts;
    let merge = |server: usize, who, target: Uuid, source: Uuid| {
        scene.act(server, who, "mergeTickets", json!({ "targetId": gid("Ticket", target), "sourceIds": [gid("Ticket", source)] }))
    };
    let outs = |ids: Vec<Uuid>| async move {
        sqlx::query_as::<_, (i64, i64, Option<Uuid>)>(
            "select (select count(*) from articles where ticket_id = t.id and direction = 'OUT'),
                    (select count(*) from articles where ticket_id = t.id and direction = 'IN'), t.merged_into
             from unnest($1::uuid[]) with ordinality u(i, n) join tickets t on t.id = i order by n",
        )
        .bind(ids)
        .fetch_all(scene.db())
        .await
        .unwrap()
    };

    // A reply, of the author or an expert, into a ticket that becomes part of another.
    let (targets, sources) = (scene.tickets("A", REVIEWS).await, scene.tickets("B", REVIEWS).await);
    let reply = |server: usize, n: usize, id: Uuid| {
        let who = if n.is_multiple_of(3) { scene.author(n) } else { second };
        scene.act(server, who, "replyToTicket", json!({ "ticketId": gid("Ticket", id), "text": "Лампу заменят завтра." }))
    };
    let told = scene.run("merge against reply", REVIEWS, |n| (merge(n, first, targets[n], sources[n]), reply(n + 1, n, sources[n]))).await;
    let walks = scene.walks("tickets", &sources).await;
    for (n, ((told, walk), (out, said, into))) in told.iter().zip(walks).zip(outs(sources.clone()).await).enumerate() {
        let by_author = n % 3 == 0;
        assert_eq!(into, Some(targets[n]));
        match (code(&told.0), code(&told.1)) {
            (None, None) if by_author => assert_eq!((words(&walk), out, said), (vec!["NEW", "TRIAGED", "MERGED"], 0, 2)),
            (None, None) => assert_eq!((words(&walk), out, said), (vec!["NEW", "TRIAGED", "ANSWERED", "MERGED"], 1, 1)),
            (None, Some("WRONG_STATE")) => assert_eq!((words(&walk), out, said), (vec!["NEW", "TRIAGED", "MERGED"], 0, 1)),
            other => panic!("{other:?}"),
        }
    }

    // Each into the other.
    let (left, right) = (scene.tickets("C", TICKETS).await, scene.tickets("D", TICKETS).await);
    let told =
        scene.run("merge against merge", TICKETS, |n| (merge(n, first, left[n], right[n]), merge(n + 1, second, right[n], left[n]))).await;
    let (left_now, right_now) = (outs(left.clone()).await, outs(right.clone()).await);
    for (n, told) in told.iter().enumerate() {
        let into = match (code(&told.0), code(&told.1)) {
            (None, Some("WRONG_STATE")) => (None, Some(left[n])),
            (Some("WRONG_STATE"), None) => (Some(right[n]), None),
            other => panic!("{other:?}"),
        };
        assert_eq!((left_now[n].2, right_now[n].2), into, "no circle");
    }

    let ids = scene.tickets("E", TICKETS).await;
    let decide = |server: usize, who, id: Uuid, kind: &'static str| {
        let input = json!({ "subjectId": gid("Ticket", id), "kind": kind, "body": format!("{kind}: таково решение рабочей группы.") });
        scene.act(server, who, "decide", input)
    };
    let told =
        scene.run("double decision", TICKETS, |n| (decide(n, first, ids[n], "ACCEPT"), decide(n + 1, second, ids[n], "DECLINE"))).await;
    let decided: Vec<Vec<String>> = sqlx::query_scalar(
        "select array(select d.kind from decisions d join articles a on a.decision_id = d.id and a.ticket_id = d.subject_id and a.body = d.body
                      where d.subject_id = i)
         from unnest($1::uuid[]) with ordinality u(i, n) order by n",
    )
    .bind(&ids)
    .fetch_all(scene.db())
    .await
    .unwrap();
    let (walks, articles) = (scene.walks("tickets", &ids).await, outs(ids.clone()).await);
    for (((told, walk), (out, ..)), decided) in told.iter().zip(walks).zip(articles).zip(decided) {
        let kind = match (code(&told.0), code(&told.1)) {
            (None, Some("ALREADY_EXISTS")) => "ACCEPT",
            (Some("ALREADY_EXISTS"), None) => "DECLINE",
            other => panic!("{other:?}"),
        };
        assert_eq!((words(&walk), out, words(&decided)), (vec!["NEW", "TRIAGED", "ANSWERED"], 1, vec![kind]));
    }

    // Taken in hand by an expert of the group it is just sent away from.
    let ids = scene.tickets("F", TICKETS).await;
    let side = |n: usize| {
        let id = gid("Ticket", ids[n]);
        let assign = scene.act(n, first, "assignTicket", json!({ "ticketId": id, "assigneeId": second.gid() }));
        (assign, scene.act(n + 1, second, "routeTicket", json!({ "ticketId": id, "groupId": gid("WorkingGroup", scene.groups[1]) })))
    };
    let told = scene.run("assignment against routing", TICKETS, side).await;
    let now: Vec<(Option<Uuid>, Option<Uuid>)> = sqlx::query_as(
        "select t.group_id, t.assignee_id from unnest($1::uuid[]) with ordinality u(i, n) join tickets t on t.id = i order by n",
    )
    .bind(&ids)
    .fetch_all(scene.db())
    .await
    .unwrap();
    let logs = scene.logged("Ticket", &ids, "ticket.assigned ticket.routed").await;
    for (((told, walk), now), log) in told.iter().zip(scene.walks("tickets", &ids).await).zip(now).zip(logs) {
        assert_eq!(now, (Some(scene.groups[1]), None), "in the new group's queue, in nobody's hands");
        match (code(&told.0), code(&told.1)) {
            (None, None) => {
                assert_eq!(words(&log), ["ticket.assigned", "ticket.routed"]);
                assert_eq!(words(&walk), ["NEW", "TRIAGED", "IN_PROGRESS", "TRIAGED"]);
            }
            (Some("NOT_ALLOWED"), None) => assert_eq!((words(&log), words(&walk)), (vec!["ticket.routed"], vec!["NEW", "TRIAGED"])),
            other => panic!("{other:?}"),
        }
    }
}

/// What must hold of everything at the end: every tally is the recount, every history one unbroken walk to the present state.
async fn everything_agrees(scene: &Scene) {
    for (what, query) in [
        (
            "a tally is not the recount of its ballots",
            "select count(*) from tallies t where t.ballots <> (select count(*) from ballots b where b.initiative_id = t.initiative_id)
                or t.counts <> array(select count(b.*) from generate_series(0, cardinality(t.counts) - 1) o
                                     left join ballots b on b.initiative_id = t.initiative_id and o::smallint = any(b.choices) group by o order by o)",
        ),
        (
            "a version is not the number of changes in the log",
            "select count(*) from tallies t where t.version <>
                 (select count(*) from audit_log a where a.subject_id = t.initiative_id and a.action like 'ballot.%')
                 + (select count(*) from ballots b where b.initiative_id = t.initiative_id and not exists (
                        select from audit_log a where a.subject_id = b.initiative_id and a.actor_id = b.voter_id))",
        ),
        (
            "the history of an initiative is broken",
            "select count(*) from (select initiative_id, from_state, lag(to_state) over (partition by initiative_id order by id) as before
                                   from initiative_transitions) h where from_state is distinct from before",
        ),
        (
            "an initiative is not where its history ends",
            "select count(*) from initiatives i where state <> (select to_state from initiative_transitions where initiative_id = i.id order by id desc limit 1)",
        ),
        (
            "the history of a ticket is broken",
            "select count(*) from (select ticket_id, from_state, lag(to_state) over (partition by ticket_id order by id) as before
                                   from ticket_transitions) h where from_state is distinct from before",
        ),
        (
            "a ticket is not where its history ends",
            "select count(*) from tickets t where state <> (select to_state from ticket_transitions where ticket_id = t.id order by id desc limit 1)",
        ),
        (
            "a ticket became part of one that is part of another",
            "select count(*) from tickets s join tickets t on t.id = s.merged_into where t.merged_into is not null or s.state <> 'MERGED'",
        ),
    ] {
        let wrong: i64 = sqlx::query_scalar(query).fetch_one(scene.db()).await.unwrap();
        assert_eq!(wrong, 0, "{what}");
    }
}

// The deliveries of all this are not run: what is told to whom is shown elsewhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_races_have_one_outcome_each() {
    let scene = Scene::new().await;
    votes(&scene).await;
    closings(&scene).await;
    reviews(&scene).await;
    tickets(&scene).await;
    everything_agrees(&scene).await;
    for ((race, outcome), n) in scene.counts.0.lock().unwrap().iter() {
        eprintln!("{n:6}  {race}: {outcome}");
    }
    assert_eq!(scene.counts.total(), 10_000);
    // Races that one side always wins are none.
    for (race, outcomes) in [
        ("double review", ["done / WRONG_STATE", "WRONG_STATE / done"]),
        ("double decision", ["done / ALREADY_EXISTS", "ALREADY_EXISTS / done"]),
        ("vote against close", ["done / done", "VOTING_CLOSED / done"]),
    ] {
        for outcome in outcomes {
            assert!(scene.counts.of(race, outcome) > 0, "{race} never ended in {outcome}");
        }
    }
}
