//! Voting stays exact when everybody votes at once.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::support::{TestApp, config, key, people};

const PEOPLE: usize = 2_000;
const VOTES: usize = 10_000;

/// What the tally must be: the ballots themselves, counted.
async fn recount(app: &TestApp, id: Uuid) -> (Vec<i64>, i64) {
    let ballots: Vec<Vec<i16>> =
        sqlx::query_scalar("select choices from ballots where initiative_id = $1").bind(id).fetch_all(app.db()).await.unwrap();
    let count = |option: i16| ballots.iter().filter(|b| b.contains(&option)).count() as i64;
    ((0..3).map(count).collect(), ballots.len() as i64)
}

/// 10,000 ballots, changes and withdrawals by 2,000 people over two servers: one ballot a person, and the tally is the recount.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_parallel_votes_are_counted_exactly() {
    let app = TestApp::start().await;
    let other = TestApp::on(app.options.clone(), config()).await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let author = app.citizen("Anna").await;
    let id = app.voting(&author, &department, &officer, json!({ "ballotKind": "FOR_AGAINST_ABSTAIN", "threshold": 1_000_000 })).await;
    let people = people(&app, PEOPLE).await;
    let acts: Vec<(usize, Option<i16>)> = (0..VOTES)
        .map(|n| {
            // Fixed but mixed: who, and one of three choices or (every eighth) a withdrawal.
            let hash = Sha256::digest(n.to_le_bytes());
            let who = usize::from(u16::from_le_bytes([hash[0], hash[1]])) % PEOPLE;
            (who, (hash[2] % 8 != 0).then(|| i16::from(hash[3] % 3)))
        })
        .collect();
    let requests = acts.iter().enumerate().map(|(n, (who, choice))| {
        let (app, id, voter) = (if n % 2 == 0 { &app } else { &other }, &id, &people[*who]);
        async move {
            let payload = match choice {
                Some(choice) => {
                    app.must(Some(voter), "castVote", json!({ "initiativeId": id, "choices": [choice] }), "tally { ballots version }").await
                }
                None => app.must(Some(voter), "withdrawVote", json!({ "initiativeId": id }), "tally { ballots version }").await,
            };
            assert!(payload["tally"]["ballots"].as_i64().unwrap() <= PEOPLE as i64);
        }
    });
    stream::iter(requests).buffer_unordered(256).for_each(|()| async {}).await;
    let data = app.query(None, "query($id: ID!) { initiative(id: $id) { tally { counts ballots } } }", json!({ "id": id })).await;
    let tally = &data["initiative"]["tally"];
    let (counts, ballots) = recount(&app, key(&json!(id))).await;
    assert_eq!(tally, &json!({ "counts": counts, "ballots": ballots }));
    assert_eq!(counts.iter().sum::<i64>(), ballots, "each ballot holds one choice");
    let voters: HashSet<Uuid> = sqlx::query_scalar("select voter_id from ballots").fetch_all(app.db()).await.unwrap().into_iter().collect();
    assert_eq!(voters.len() as i64, ballots, "one ballot a person");
    let course: (Vec<i64>, i64) =
        sqlx::query_as("select counts, ballots from tally_course order by hour desc limit 1").fetch_one(app.db()).await.unwrap();
    assert_eq!(course, (counts, ballots), "the course ends in the tally");
    let changes: i64 = sqlx::query_scalar("select version from tallies").fetch_one(app.db()).await.unwrap();
    let logged: i64 =
        sqlx::query_scalar("select count(*) from audit_log where action like 'ballot.%' and sealed").fetch_one(app.db()).await.unwrap();
    assert_eq!(changes, logged, "every change of the tally stands in the log, sealed");
    app.run_jobs().await;
    app.finish().await;
}

/// A crowd crosses the threshold: the vote closes once, and ballots that come later are refused, each on its own.
#[tokio::test]
async fn a_crowd_at_the_threshold_closes_the_vote_once() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (department, officer) = app.department(&admin, "roads").await;
    let author = app.citizen("Anna").await;
    let id = app.voting(&author, &department, &officer, json!({ "threshold": 50 })).await;
    let people = people(&app, 200).await;
    let cast = |who| {
        let (app, id) = (&app, &id);
        async move { app.mutate(Some(who), "castVote", json!({ "initiativeId": id, "choices": [0] }), "tally { ballots }").await }
    };
    let settle = async {
        for _ in 0..5 {
            app.run_jobs().await;
        }
    };
    let answers = stream::iter(people.iter().map(cast)).buffer_unordered(64).collect::<Vec<Value>>();
    let (answers, ()) = tokio::join!(answers, settle);
    app.run_jobs().await;
    let taken = answers.iter().filter(|a| a["userErrors"] == json!([])).count();
    let refused = answers.iter().filter(|a| a["userErrors"][0]["code"] == "VOTING_CLOSED").count();
    assert_eq!(taken + refused, people.len());
    let data =
        app.query(None, "query($id: ID!) { initiative(id: $id) { state tally { ballots } history { to } } }", json!({ "id": id })).await;
    assert_eq!(data["initiative"]["state"], "ACCEPTED");
    assert_eq!(data["initiative"]["tally"]["ballots"], json!(taken));
    let accepted = data["initiative"]["history"].as_array().unwrap().iter().filter(|t| t["to"] == "ACCEPTED").count();
    assert_eq!(accepted, 1);
    app.finish().await;
}
