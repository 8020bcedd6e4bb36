use serde_json::{Value, json};

use crate::support::{Person, TestApp};

struct Poll {
    app: TestApp,
    admin: Person,
    id: String,
    people: Vec<Person>,
}

impl Poll {
    /// A vote with these terms and four people.
    async fn open(terms: Value) -> Self {
        let app = TestApp::start().await;
        let admin = app.administrator().await;
        let (department, officer) = app.department(&admin, "roads").await;
        let author = app.citizen("Author").await;
        let id = app.voting(&author, &department, &officer, terms).await;
        let mut people = Vec::new();
        for name in ["Anna", "Boris", "Vera", "Gleb"] {
            people.push(app.citizen(name).await);
        }
        Self { app, admin, id, people }
    }

    async fn cast(&self, person: usize, choices: &[i64]) -> Value {
        let input = json!({ "initiativeId": self.id, "choices": choices });
        let payload = self.app.must(Some(&self.people[person]), "castVote", input, "tally { ballots counts }").await;
        payload["tally"].clone()
    }

    async fn withdraw(&self, person: usize) -> Value {
        let input = json!({ "initiativeId": self.id });
        self.app.must(Some(&self.people[person]), "withdrawVote", input, "tally { ballots counts }").await["tally"].clone()
    }

    async fn refused(&self, choices: &[i64]) {
        let input = json!({ "initiativeId": self.id, "choices": choices });
        let code = self.app.refused(Some(&self.people[3]), "castVote", input).await;
        assert_eq!(code, "INVALID_CHOICE", "{choices:?}");
    }

    async fn read(&self, who: Option<&Person>, select: &str) -> Value {
        let query = format!("query($id: ID!) {{ initiative(id: $id) {{ {select} }} }}");
        self.app.query(who, &query, json!({ "id": self.id })).await["initiative"].clone()
    }

    /// The state when the time is over.
    async fn ended(&self) -> Value {
        self.app.advance(31).await;
        sqlx::query("select graphile_worker.add_job('settle_due', '{}'::json)").execute(self.app.db()).await.unwrap();
        self.app.run_jobs().await;
        self.read(None, "state").await["state"].clone()
    }
}

fn tally(ballots: i64, counts: &[i64]) -> Value {
    json!({ "ballots": ballots, "counts": counts })
}

#[tokio::test]
async fn signatures() {
    let poll = Poll::open(json!({ "ballotKind": "SUPPORT", "threshold": 3 })).await;
    assert_eq!(poll.cast(0, &[0]).await, tally(1, &[1]));
    assert_eq!(poll.cast(0, &[0]).await, tally(1, &[1]));
    assert_eq!(poll.cast(1, &[0]).await, tally(2, &[2]));
    assert_eq!(poll.withdraw(0).await, tally(1, &[1]));
    assert_eq!(poll.withdraw(0).await, tally(1, &[1]));
    for choices in [&[][..], &[1], &[-1], &[0, 0]] {
        poll.refused(choices).await;
    }
    assert_eq!(poll.read(None, "tally { ballots counts }").await["tally"], tally(1, &[1]));
    assert_eq!(poll.ended().await, "NOT_SUPPORTED");
    poll.app.finish().await;
}

#[tokio::test]
async fn for_against_and_abstain() {
    let poll = Poll::open(json!({ "ballotKind": "FOR_AGAINST_ABSTAIN", "threshold": 1, "quorum": 3 })).await;
    assert_eq!(poll.cast(0, &[0]).await, tally(1, &[1, 0, 0]));
    assert_eq!(poll.cast(1, &[1]).await, tally(2, &[1, 1, 0]));
    assert_eq!(poll.cast(2, &[1]).await, tally(3, &[1, 2, 0]));
    assert_eq!(poll.cast(2, &[2]).await, tally(3, &[1, 1, 1]));
    assert_eq!(poll.cast(1, &[0]).await, tally(3, &[2, 0, 1]));
    for choices in [&[][..], &[3], &[0, 1]] {
        poll.refused(choices).await;
    }
    // Enough of them, but such a vote is decided when its time is over.
    poll.app.run_jobs().await;
    assert_eq!(poll.read(None, "state").await["state"], "VOTING");
    assert_eq!(poll.ended().await, "ACCEPTED");
    poll.app.finish().await;
}

#[tokio::test]
async fn without_its_quorum_a_vote_does_not_count() {
    let poll = Poll::open(json!({ "ballotKind": "FOR_AGAINST_ABSTAIN", "threshold": 1, "quorum": 3 })).await;
    poll.cast(0, &[0]).await;
    assert_eq!(poll.cast(1, &[0]).await, tally(2, &[2, 0, 0]));
    assert_eq!(poll.ended().await, "NOT_SUPPORTED");
    poll.app.finish().await;
}

#[tokio::test]
async fn one_of_several() {
    let poll = Poll::open(json!({ "ballotKind": "SINGLE_CHOICE", "options": ["Клён", "Липа", "Дуб"], "threshold": 2 })).await;
    assert_eq!(poll.read(None, "ballotOptions").await["ballotOptions"], json!(["Клён", "Липа", "Дуб"]));
    assert_eq!(poll.cast(0, &[0]).await, tally(1, &[1, 0, 0]));
    assert_eq!(poll.cast(1, &[2]).await, tally(2, &[1, 0, 1]));
    assert_eq!(poll.cast(0, &[2]).await, tally(2, &[0, 0, 2]));
    assert_eq!(poll.withdraw(1).await, tally(1, &[0, 0, 1]));
    for choices in [&[][..], &[3], &[0, 1], &[32_767]] {
        poll.refused(choices).await;
    }
    assert_eq!(poll.cast(1, &[2]).await, tally(2, &[0, 0, 2]));
    assert_eq!(poll.ended().await, "ACCEPTED");
    poll.app.finish().await;
}

#[tokio::test]
async fn several_of_several() {
    let terms =
        json!({ "ballotKind": "MULTIPLE_CHOICE", "options": ["А", "Б", "В", "Г"], "minChoices": 2, "maxChoices": 3, "threshold": 2 });
    let poll = Poll::open(terms).await;
    assert_eq!(poll.cast(0, &[3, 1]).await, tally(1, &[0, 1, 0, 1]));
    assert_eq!(poll.cast(1, &[0, 1, 2]).await, tally(2, &[1, 2, 1, 1]));
    assert_eq!(poll.cast(0, &[0, 2]).await, tally(2, &[2, 1, 2, 0]));
    assert_eq!(poll.read(Some(&poll.people[0]), "myBallot { choices }").await["myBallot"]["choices"], json!([0, 2]));
    for choices in [&[][..], &[0], &[0, 1, 2, 3], &[0, 0], &[0, 4]] {
        poll.refused(choices).await;
    }
    // Two options are chosen equally often: nothing is decided.
    assert_eq!(poll.ended().await, "NOT_SUPPORTED");
    poll.app.finish().await;
}

#[tokio::test]
async fn a_ballot_is_its_voters_own() {
    let poll = Poll::open(json!({ "ballotKind": "FOR_AGAINST_ABSTAIN", "threshold": 100 })).await;
    poll.cast(0, &[1]).await;
    poll.cast(1, &[0]).await;
    poll.withdraw(1).await;
    poll.cast(1, &[2]).await;
    let own = async |who: Option<&Person>| poll.read(who, "myBallot { choices }").await["myBallot"].clone();
    assert_eq!(own(Some(&poll.people[0])).await, json!({ "choices": [1] }));
    assert_eq!(own(Some(&poll.people[1])).await, json!({ "choices": [2] }));
    for who in [None, Some(&poll.admin), Some(&poll.people[2])] {
        assert_eq!(own(who).await, Value::Null);
    }
    // The course says how many, hour by hour.
    let course = poll.read(None, "tallyCourse { ballots counts }").await["tallyCourse"].clone();
    assert_eq!(course.as_array().unwrap().last().unwrap(), &tally(2, &[0, 1, 1]));
    // No log tells anybody who voted, except the voter.
    let actions = async |who: Option<&Person>| {
        let log = app_log(&poll.app, who).await;
        log.into_iter().filter(|line| line["action"].as_str().unwrap().starts_with("ballot.")).collect::<Vec<_>>()
    };
    assert_eq!(actions(None).await, Vec::<Value>::new());
    assert_eq!(actions(Some(&poll.admin)).await, Vec::<Value>::new());
    assert_eq!(actions(Some(&poll.people[2])).await, Vec::<Value>::new());
    let mine = actions(Some(&poll.people[1])).await;
    assert_eq!(mine.len(), 3, "{mine:?}");
    assert!(mine.iter().all(|line| line["actor"]["name"] == "Boris" && !line["details"].to_string().contains("choices")), "{mine:?}");
    poll.app.run_jobs().await;
    poll.app.finish().await;
}

async fn app_log(app: &TestApp, who: Option<&Person>) -> Vec<Value> {
    let log = app.query(who, "{ auditLog(first: 100) { totalCount nodes { action actor { name } details } } }", json!({})).await;
    let nodes = log["auditLog"]["nodes"].as_array().unwrap().clone();
    assert_eq!(log["auditLog"]["totalCount"], nodes.len());
    nodes
}
