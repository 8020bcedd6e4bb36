//! Lists stay fast however long they are: what the real operations make of a large database, read from the plans that PostgreSQL
//! really followed.

use serde_json::Value;
use sqlx::PgPool;

use crate::{
    statements,
    support::{Person, TestApp, config, database, gid},
};

/// Tables that grow with use.
const LARGE: [&str; 10] =
    ["initiatives", "tallies", "tickets", "articles", "comments", "audit_log", "clusters", "flags", "deliveries", "participants"];
/// Rows of a large table that a page of 20 may touch or sort; the tables have 20,000 and more.
const ROWS: f64 = 1_500.0;

/// A city of some years: mostly done with, mostly private, one initiative that everybody talks about.
const CITY: &str = "
    set session_replication_role = replica;
    create function pg_temp.id(kind int, n bigint) returns uuid language sql immutable as
        $$ select (lpad(to_hex(kind), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
    insert into participants (id, name) select pg_temp.id(1, n), 'Voter' from generate_series(0, 999) n;
    insert into departments (id, key, name_ru, name_en) select pg_temp.id(2, n), 'd' || n, 'D', 'D' from generate_series(0, 7) n;
    insert into topics (id, key, name_ru, name_en) select pg_temp.id(3, n), 't' || n, 'T', 'T' from generate_series(0, 99) n;
    insert into territories (id, key, name_ru, name_en) select pg_temp.id(4, n), 'r' || n, 'R', 'R' from generate_series(0, 99) n;
    insert into working_groups (id, key, name_ru, name_en) select pg_temp.id(5, n), 'g' || n, 'G', 'G' from generate_series(0, 9) n;
    insert into initiatives (id, author_id, state, title, goal, department_id, topic_id, territory_id, threshold, voting_days,
                             voting_starts_at, voting_ends_at, created_at, hidden_at)
    select pg_temp.id(6, n), pg_temp.id(1, n * 7919 % 1000),
           case when n % 2000 = 3 then 'IMPLEMENTED' when n % 50 = 0 then 'VOTING' when n % 3 = 0 then 'NOT_SUPPORTED' when n % 100 = 1 then 'DRAFT'
                when n % 3 = 1 then 'ACCEPTED' else 'REJECTED' end,
           case when n % 1000 = 5 then 'Трамвай' else 'Фонарь' end, 'Свет', pg_temp.id(2, n % 8), pg_temp.id(3, n * 31 % 100),
           pg_temp.id(4, n * 37 % 100), 100, 30,
           case when n % 100 <> 1 then now() - n * interval '1 minute' end, case when n % 100 <> 1 then now() + n * interval '1 minute' end,
           now() - n * interval '1 minute', case when n % 50 = 7 then now() end
    from generate_series(1, 20000) n;
    insert into tallies (initiative_id, counts, ballots) select id, array[x], x
    from (select id, (hashtextextended(id::text, 1) & 65535) as x from initiatives) i;
    insert into clusters (id, state, group_id, size, first_seen, last_seen, stale)
    select pg_temp.id(7, n), case when n % 10 = 0 then 'OPEN' else 'DECIDED' end, pg_temp.id(5, n % 10), 1 + n % 97, now(),
           now() - n * interval '1 minute', false from generate_series(1, 20000) n;
    insert into tickets (id, number, state, channel, public, subject, author_id, operator_id, assignee_id, cluster_id, group_id, due_at, created_at)
    select pg_temp.id(8, n), 'N' || n, case when n % 40 = 0 then 'TRIAGED' when n % 41 = 0 then 'NEW' else 'CLOSED' end,
           case when n % 500 = 0 then 'PHONE' when n % 2 = 0 then 'EMAIL' else 'WEB' end, n % 500 = 1, 'S', pg_temp.id(1, n % 1000),
           case when n % 100 = 9 then pg_temp.id(1, n % 7) end, case when n % 40 = 0 then pg_temp.id(1, n % 9) end,
           pg_temp.id(7, 1 + n % 5000), case when n % 41 <> 0 then pg_temp.id(5, n % 10) end, now() - n * interval '1 minute',
           now() - n * interval '1 minute'
    from generate_series(1, 40000) n;
    insert into articles (id, ticket_id, direction, channel, body)
    select pg_temp.id(9, n), pg_temp.id(8, n), 'IN', 'EMAIL', case when n % 1000 = 5 then 'Трамвай' else 'Фонарь' end
    from generate_series(1, 40000) n;
    insert into comments (side, id, subject_type, subject_id, parent_id, path, author_id, body, up, down, created_at)
    select case when n % 1000 = 1 then 'FOR' else 'NEUTRAL' end, pg_temp.id(10, n), 'Initiative', pg_temp.id(6, 2), case when n % 2 = 0 then pg_temp.id(10, n - 1 - n % 100) end,
           case when n % 2 = 0 then array[pg_temp.id(10, n - 1 - n % 100)] else '{}' end, pg_temp.id(1, n % 1000), 'B', n % 89, n % 13,
           now() - n * interval '1 second'
    from generate_series(1, 40000) n;
    insert into flags (id, subject_type, subject_id, participant_id, reason, at)
    select pg_temp.id(11, n), 'Comment', pg_temp.id(10, n), pg_temp.id(1, n % 1000), 'SPAM', now() - n * interval '1 second'
    from generate_series(1, 20000) n;
    insert into audit_log (actor_id, action, subject_type, subject_id, sealed)
    select pg_temp.id(1, n % 1000), 'initiative.accepted', 'Initiative', pg_temp.id(6, 1 + n % 2000), false from generate_series(1, 20000) n;
    insert into audit_log (actor_id, action, subject_type, subject_id, sealed)
    select pg_temp.id(1, n % 1000), 'ballot.cast', 'Initiative', pg_temp.id(6, 2), true from generate_series(1, 60000) n;
    insert into deliveries (id, event_id, kind, channel, participant_id, subject_type, subject_id, state, created_at, read_at)
    select pg_temp.id(12, n), n, 'initiative-accepted', 'IN_APP', pg_temp.id(1, 1), 'Initiative', pg_temp.id(6, 2), 'SENT',
           now() - n * interval '1 second', case when n % 1000 <> 0 then now() end from generate_series(1, 20000) n;
    insert into sessions (token_hash, participant_id, expires_at)
    values (sha256('one-of-many'), pg_temp.id(1, 1), now() + interval '1 day');
    update participants set confirmed_at = now();
    update flags set resolved_at = now() where id >= pg_temp.id(11, 10000);
    insert into ballots (initiative_id, voter_id, choices, cast_at)
    select pg_temp.id(6, n), pg_temp.id(1, 1), '{0}', now() - n * interval '1 minute' from generate_series(1, 5000) n;
    update initiatives set updated_at = created_at;
    set session_replication_role = origin;
    analyze";

fn id(kind: u32, n: u64) -> uuid::Uuid {
    format!("{kind:08x}-0000-4000-8000-{n:012x}").parse().unwrap()
}

async fn fill(db: &PgPool) {
    sqlx::raw_sql(CITY).execute(db).await.unwrap();
}

/// What is wrong with a plan: each node that reads a large table whole, or touches more rows than a page needs.
fn faults(node: &Value, faults: &mut Vec<String>) {
    let number = |key: &str| node[key].as_f64().unwrap_or(0.0);
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let touched = (number("Actual Rows")
        + number("Rows Removed by Filter")
        + number("Rows Removed by Index Recheck")
        + number("Rows Removed by Join Filter"))
        * number("Actual Loops");
    let relation = node["Relation Name"].as_str().unwrap_or_default();
    if LARGE.contains(&relation) && (kind == "Seq Scan" && number("Actual Loops") > 0.0 || touched > ROWS) {
        faults.push(format!("{kind} of {relation} touches {touched} rows ({})", node["Index Name"]));
    }
    let children: &[Value] = node["Plans"].as_array().map_or(&[], Vec::as_slice);
    let fed: f64 = children.iter().map(|c| c["Actual Rows"].as_f64().unwrap_or(0.0) * c["Actual Loops"].as_f64().unwrap_or(0.0)).sum();
    if kind.contains("Sort") && fed > ROWS {
        faults.push(format!("{kind} of {fed} rows by {}", node["Sort Key"]));
    }
    children.iter().for_each(|child| self::faults(child, faults));
}

#[tokio::test(flavor = "current_thread")]
async fn no_list_reads_or_sorts_more_than_its_page() {
    let options = database().await.options([
        ("session_preload_libraries", "auto_explain"),
        ("auto_explain.log_min_duration", "0"),
        ("auto_explain.log_analyze", "on"),
        ("auto_explain.log_timing", "off"),
        ("auto_explain.log_format", "json"),
        ("auto_explain.log_level", "notice"),
    ]);
    let app = TestApp::on(options, config()).await;
    fill(app.db()).await;
    let (admin, expert) = (app.administrator().await, app.person("Expert", &["CITIZEN", "EXPERT"]).await);
    let moderator = app.person("Moderator", &["CITIZEN", "MODERATOR"]).await;
    let citizen = Person::new(id(1, 1), "one-of-many".into());
    let (none, citizen, expert, moderator, admin) = (None, Some(&citizen), Some(&expert), Some(&moderator), Some(&admin));
    let mut lists: Vec<(Option<&Person>, String)> = Vec::new();
    let of = |kind: &str, number: u32, n: u64| gid(kind, id(number, n));

    let filters = [
        String::new(),
        "states: [VOTING]".into(),
        "states: [IMPLEMENTED, VOTING]".into(),
        "states: [IMPLEMENTED]".into(),
        format!("departmentId: \"{}\"", of("Department", 2, 3)),
        format!("departmentId: \"{}\", states: [VOTING, ACCEPTED]", of("Department", 2, 2)),
        format!("topicId: \"{}\"", of("Topic", 3, 3)),
        format!("territoryId: \"{}\"", of("Territory", 4, 3)),
        format!("authorId: \"{}\"", of("Participant", 1, 3)),
        "text: \"трамвай\"".into(),
    ];
    for order in ["NEWEST", "MOST_VOTES", "ENDING_SOON", "NEAR_THRESHOLD", "UPDATED"] {
        for filter in &filters {
            // By votes under a filter, all that the filter lets through are looked at: the votes stand in another table. What changed
            // last is asked of states.
            let alone = order == "MOST_VOTES" || (order == "UPDATED" && !filter.starts_with("states"));
            if alone && !filter.is_empty() {
                continue;
            }
            for who in [none, citizen, moderator] {
                lists.push((who, format!("initiatives(first: 20, orderBy: {order}, filter: {{ {filter} }} AFTER)")));
            }
        }
    }
    let filters = [
        String::new(),
        "states: [NEW, TRIAGED]".into(),
        "states: [NEW]".into(),
        format!("groupId: \"{}\"", of("WorkingGroup", 5, 3)),
        format!("groupId: \"{}\", states: [TRIAGED, IN_PROGRESS, REOPENED]", of("WorkingGroup", 5, 0)),
        "unrouted: true".into(),
        "unrouted: true, states: [NEW, TRIAGED]".into(),
        format!("assigneeId: \"{}\"", of("Participant", 1, 4)),
        format!("clusterId: \"{}\"", of("Cluster", 7, 4)),
    ];
    for order in ["NEWEST", "DUE"] {
        for filter in &filters {
            for who in [none, citizen, expert] {
                lists.push((who, format!("tickets(first: 20, orderBy: {order}, filter: {{ {filter} }} AFTER)")));
            }
        }
    }
    lists.push((expert, "tickets(first: 20, filter: { channel: PHONE } AFTER)".into()));
    lists.push((citizen, "tickets(first: 20, filter: { mine: true } AFTER)".into()));
    let filters = [
        String::new(),
        "states: [OPEN]".into(),
        "minSize: 50".into(),
        format!("groupId: \"{}\"", of("WorkingGroup", 5, 3)),
        format!("groupId: \"{}\", states: [OPEN]", of("WorkingGroup", 5, 0)),
    ];
    for order in ["RECENT", "LARGEST"] {
        for filter in &filters {
            lists.push((expert, format!("clusters(first: 20, orderBy: {order}, filter: {{ {filter} }} AFTER)")));
        }
    }
    let filters = [String::new(), "action: \"initiative.accepted\"".into(), format!("subjectId: \"{}\"", of("Initiative", 6, 2))];
    for filter in &filters {
        for who in [none, citizen, admin] {
            lists.push((who, format!("auditLog(first: 20, filter: {{ {filter} }} AFTER)")));
        }
    }
    lists.push((admin, "auditLog(first: 20, filter: { actions: [\"initiative.accepted\", \"flag.dismissed\"] } AFTER)".into()));
    lists.push((admin, format!("auditLog(first: 20, filter: {{ actorId: \"{}\" }} AFTER)", of("Participant", 1, 3))));
    lists.push((citizen, "initiatives(first: 20, filter: { mine: true } AFTER)".into()));
    lists.push((citizen, "myBallots(first: 20 AFTER)".into()));
    lists.push((admin, "participants(first: 20 AFTER)".into()));
    lists.push((admin, "participants(first: 20, filter: { role: ADMINISTRATOR } AFTER)".into()));
    for resolved in ["false", "true", "null"] {
        lists.push((moderator, format!("flags(first: 20, resolved: {resolved} AFTER)")));
    }
    lists.push((moderator, format!("flags(first: 20, resolved: null, subjectId: \"{}\" AFTER)", of("Comment", 10, 5))));
    lists.push((citizen, "notifications(first: 20 AFTER)".into()));
    lists.push((citizen, "notifications(first: 20, unreadOnly: true AFTER)".into()));

    let mut found = Vec::new();
    let mut plans = 0;
    let mut check = |what: &str, seen: Vec<Value>| {
        for plan in seen {
            let mut wrong = Vec::new();
            faults(&plan["Plan"], &mut wrong);
            plans += 1;
            if !wrong.is_empty() {
                found.push(format!("{what}\n  {}\n  {}", wrong.join("\n  "), plan["Query Text"].as_str().unwrap_or_default()));
            }
        }
    };
    for (who, list) in &lists {
        let mut after = String::new();
        for page in 0..2 {
            let args = if after.is_empty() { String::new() } else { format!(", after: \"{after}\"") };
            let query = format!(
                "{{ l: {} {{ pageInfo {{ endCursor }} edges {{ cursor }} }} }}",
                list.replace(" AFTER", &args).replace("filter: {  }", "filter: {}")
            );
            let (data, seen) = statements::plans(&app, *who, &query).await;
            assert!(!seen.is_empty(), "no plan was seen: {query}");
            check(&format!("{list}, page {page}"), seen);
            after = data["l"]["pageInfo"]["endCursor"].as_str().unwrap_or_default().to_owned();
            if after.is_empty() {
                break;
            }
        }
    }
    for order in ["BEST", "CONTROVERSIAL", "NEWEST", "OLDEST"] {
        // Of one side by quarrel, all of that side are looked at.
        let sided = if order == "CONTROVERSIAL" { [""; 2] } else { ["", ", side: FOR"] };
        for page in ["first: 20", "last: 20"].iter().flat_map(|page| sided.map(|side| format!("{page}{side}"))) {
            let query = format!(
                "{{ initiative(id: \"{}\") {{ comments({page}, orderBy: {order}) {{ nodes {{ id replies(first: 3) {{ nodes {{ id }} }} }} }} }} }}",
                of("Initiative", 6, 2)
            );
            check(&query, statements::plans(&app, none, &query).await.1);
        }
    }
    assert!(found.is_empty(), "{} of {plans} plans:\n{}", found.len(), found.join("\n"));
    println!("{plans} plans of {} lists", lists.len());
    app.finish().await;
}
