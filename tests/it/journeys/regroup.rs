//! All clusters looked at anew: what is proposed, and what people make of it.

use serde_json::{Value, json};

use crate::support::{Person, TestApp, gid, key, text_of};

const MATTERS: [&str; 3] = [
    "Второй день не работает лифт в нашем подъезде, лифт застрял.",
    "Не горят уличные фонари, вечером у школы совсем темно.",
    "В столовой детям дают холодный обед и невкусную кашу.",
];

struct City {
    app: TestApp,
    service: Person,
    expert: Person,
    /// Identifiers of the tickets of each matter.
    tickets: [Vec<String>; 3],
}

impl City {
    /// So many messages of each matter, each matter a cluster.
    async fn of(counts: [usize; 3]) -> Self {
        let app = TestApp::start().await;
        let (admin, service) = (app.administrator().await, app.service().await);
        let expert = app.group(&admin, "housing").await.1;
        let mut city = Self { app, service, expert, tickets: Default::default() };
        for (matter, count) in counts.into_iter().enumerate() {
            city.write(matter, count).await;
        }
        for tickets in &city.tickets {
            for pair in tickets.windows(2) {
                assert_eq!(city.cluster_of(&pair[0]).await, city.cluster_of(&pair[1]).await);
            }
        }
        city
    }

    async fn write(&mut self, matter: usize, count: usize) {
        for _ in 0..count {
            let name = format!("{matter}-{}", self.tickets[matter].len());
            self.tickets[matter].push(self.app.message(&self.service, &name, MATTERS[matter]).await.1);
        }
        self.app.run_jobs().await;
    }

    /// Puts tickets into a cluster, or a new one, as the machine might have; gives its identifier.
    async fn put(&self, tickets: &[String], cluster: Option<&str>) -> String {
        let ids: Vec<uuid::Uuid> = tickets.iter().map(|ticket| key(&json!(ticket))).collect();
        let cluster = cluster.map_or_else(|| self.app.app.new_id(), |cluster| key(&json!(cluster)));
        sqlx::query(
            "with opened as (
                 insert into clusters (id, version) values ($1, nextval('cluster_version')) on conflict do nothing)
             update tickets set cluster_id = $1 where id = any($2)",
        )
        .bind(cluster)
        .bind(ids)
        .execute(self.app.db())
        .await
        .unwrap();
        sqlx::query(
            "update clusters c set size = (select count(*) from tickets where cluster_id = c.id), version = nextval('cluster_version')",
        )
        .execute(self.app.db())
        .await
        .unwrap();
        gid("Cluster", cluster)
    }

    /// The cluster of a ticket.
    async fn cluster_of(&self, ticket: &str) -> String {
        let query = "query($id: ID!) { node(id: $id) { ... on Ticket { cluster { id } } } }";
        text_of(&self.app.query(Some(&self.expert), query, json!({ "id": ticket })).await["node"]["cluster"]["id"])
    }

    async fn size(&self, cluster: &str) -> i64 {
        let query = "query($id: ID!) { cluster(id: $id) { size } }";
        self.app.query(None, query, json!({ "id": cluster })).await["cluster"]["size"].as_i64().unwrap()
    }

    /// Looks at all clusters; gives the run, then the proposals that wait.
    async fn look(&self) -> (Value, Vec<Value>) {
        let begun = self.app.must(Some(&self.expert), "regroupClusters", json!({}), "regrouping { id state }").await;
        assert_eq!(begun["regrouping"]["state"], "WAITING");
        // Whoever asks meanwhile gets the same one.
        let again = self.app.must(Some(&self.expert), "regroupClusters", json!({}), "regrouping { id }").await;
        assert_eq!(again["regrouping"]["id"], begun["regrouping"]["id"]);
        self.app.run_jobs().await;
        let query = "{ regroupings(first: 1) { id state tickets proposed outdated startedAt endedAt } }";
        let run = self.app.query(Some(&self.expert), query, json!({})).await["regroupings"][0].clone();
        assert_eq!((&run["id"], &run["state"]), (&begun["regrouping"]["id"], &json!("DONE")), "{run}");
        (run, self.proposals("OPEN").await)
    }

    async fn proposals(&self, state: &str) -> Vec<Value> {
        let query = "query($state: ClusterProposalState) { clusterProposals(filter: { state: $state }) { totalCount nodes {
                id kind state ticketCount sourceCount similarity similarityNow sharedWords reason decidedBy { name }
                cluster { id size } sources { id } tickets { id }
                staying { size words examples { id } } moving { size words examples { id } } } } }";
        let found = self.app.query(Some(&self.expert), query, json!({ "state": state })).await["clusterProposals"].clone();
        let nodes = found["nodes"].as_array().unwrap().clone();
        assert_eq!(found["totalCount"], nodes.len());
        nodes
    }

    async fn accept(&self, proposal: &Value) -> Value {
        let input = json!({ "proposalId": proposal["id"] });
        self.app.must(Some(&self.expert), "acceptClusterProposal", input, "proposal { state decidedBy { name } }").await["proposal"].clone()
    }

    async fn refuse(&self, proposal: &Value) {
        let input = json!({ "proposalId": proposal["id"], "reason": "Это разные дома." });
        let refused = self.app.must(Some(&self.expert), "refuseClusterProposal", input, "proposal { state reason }").await;
        assert_eq!(refused["proposal"], json!({ "state": "REFUSED", "reason": "Это разные дома." }));
    }

    async fn audited(&self, action: &str) -> usize {
        let query = "query($action: String!) { auditLog(filter: { action: $action }) { nodes { actor { name } } } }";
        let found = self.app.query(None, query, json!({ "action": action })).await["auditLog"]["nodes"].clone();
        found.as_array().unwrap().iter().filter(|line| line["actor"]["name"] == "Expert").count()
    }
}

fn sorted(ids: &Value) -> Vec<String> {
    let mut ids: Vec<String> = ids.as_array().unwrap().iter().map(|thing| text_of(&thing["id"])).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn two_clusters_that_are_one_are_merged_when_somebody_says_so() {
    let mut city = City::of([8, 5, 0]).await;
    let large = city.cluster_of(&city.tickets[0][0]).await;
    let (_, proposals) = city.look().await;
    assert_eq!(proposals, Vec::<Value>::new());

    let small = city.put(&city.tickets[0][5..], None).await;
    let (run, proposals) = city.look().await;
    assert_eq!((&run["tickets"], &run["proposed"], &run["outdated"]), (&json!(13), &json!(1), &json!(0)));
    let [proposal] = proposals.as_slice() else { panic!("{proposals:#?}") };
    assert_eq!((&proposal["kind"], &proposal["ticketCount"], &proposal["sourceCount"]), (&json!("MERGE"), &json!(3), &json!(1)));
    // The larger keeps its identity.
    assert_eq!((&proposal["cluster"]["id"], &proposal["sources"]), (&json!(large), &json!([{ "id": small }])));
    assert!(proposal["similarity"].as_f64().unwrap() > 0.9, "{proposal}");
    assert!(proposal["sharedWords"].to_string().contains("лифт"), "{proposal}");
    assert_eq!((&proposal["staying"]["size"], &proposal["moving"]["size"]), (&json!(5), &json!(3)));
    assert_eq!(proposal["moving"]["examples"].as_array().unwrap().len(), 3);

    // Both stand on one shelf, which stays the same one.
    let theme = async || {
        let query = "{ themes { totalCount nodes { id size clusterCount clusters { id theme { id } } } } }";
        city.app.query(None, query, json!({})).await["themes"].clone()
    };
    let shelf = theme().await;
    assert_eq!((&shelf["totalCount"], &shelf["nodes"][0]["clusterCount"], &shelf["nodes"][0]["size"]), (&json!(1), &json!(2), &json!(8)));
    assert_eq!(shelf["nodes"][0]["clusters"][0], json!({ "id": large, "theme": { "id": shelf["nodes"][0]["id"] } }));
    let filter = json!({ "filter": { "themeId": shelf["nodes"][0]["id"] } });
    let listed = city.app.query(None, "query($filter: ClusterFilterInput) { clusters(filter: $filter) { totalCount } }", filter).await;
    assert_eq!(listed["clusters"]["totalCount"], 2);

    // Nothing changed, so nothing new is proposed.
    let (run, again) = city.look().await;
    assert_eq!((&run["proposed"], &run["outdated"], &again), (&json!(0), &json!(0), &proposals));
    assert_eq!(theme().await, shelf);

    // What was refused comes again when it has grown by half.
    city.refuse(proposal).await;
    let input = json!({ "proposalId": proposal["id"] });
    assert_eq!(city.app.refused(Some(&city.expert), "acceptClusterProposal", input).await, "WRONG_STATE");
    assert_eq!(city.look().await.1, Vec::<Value>::new());
    city.write(0, 4).await;
    let (_, proposals) = city.look().await;
    let [proposal] = proposals.as_slice() else { panic!("{proposals:#?}") };
    let accepted = city.accept(proposal).await;
    assert_eq!(accepted, json!({ "state": "ACCEPTED", "decidedBy": { "name": "Expert" } }));
    city.app.run_jobs().await;
    let stays = text_of(&proposal["cluster"]["id"]);
    for ticket in &city.tickets[0] {
        assert_eq!(city.cluster_of(ticket).await, stays);
    }
    assert_eq!(city.size(&stays).await, 12);
    let query = "query($id: ID!) { cluster(id: $id) { state mergedInto { id } } }";
    let gone = city.app.query(None, query, json!({ "id": proposal["sources"][0]["id"] })).await;
    assert_eq!(gone["cluster"], json!({ "state": "MERGED", "mergedInto": { "id": stays } }));
    for action in ["cluster.merged", "proposal.accepted", "proposal.refused"] {
        assert_eq!(city.audited(action).await, 1, "{action}");
    }
    let input = json!({ "proposalId": proposal["id"] });
    assert_eq!(city.app.refused(Some(&city.expert), "refuseClusterProposal", input).await, "WRONG_STATE");
    let (run, proposals) = city.look().await;
    assert_eq!((&run["proposed"], &proposals), (&json!(0), &Vec::new()));
    assert_eq!(city.app.query(None, "{ themes { totalCount } }", json!({})).await["themes"]["totalCount"], 0);
    city.app.finish().await;
}

#[tokio::test]
async fn what_people_put_somewhere_stays_there() {
    let city = City::of([8, 6, 0]).await;
    let [lifts, lamps] = [0, 1].map(|matter| &city.tickets[matter]);
    let (home, other) = (city.cluster_of(&lifts[0]).await, city.cluster_of(&lamps[0]).await);
    city.put(&lamps[..3], Some(&home)).await;
    let (_, proposals) = city.look().await;
    let [proposal] = proposals.as_slice() else { panic!("{proposals:#?}") };
    assert_eq!((&proposal["kind"], &proposal["ticketCount"]), (&json!("MOVE"), &json!(3)));
    assert_eq!((&proposal["cluster"]["id"], &proposal["sources"]), (&json!(other), &json!([{ "id": home }])));
    assert!(proposal["similarity"].as_f64() > proposal["similarityNow"].as_f64(), "{proposal}");
    let mut wanted = lamps[..3].to_vec();
    wanted.sort();
    assert_eq!(sorted(&proposal["tickets"]), wanted);

    // Refused, they belong where they are.
    city.refuse(proposal).await;
    assert_eq!(city.look().await.1, Vec::<Value>::new());

    // What an expert took apart is not put together again.
    let input = json!({ "clusterId": home, "ticketIds": lifts[..3] });
    city.app.must(Some(&city.expert), "splitCluster", input, "").await;
    city.app.run_jobs().await;
    assert_eq!(city.look().await.1, Vec::<Value>::new());
    assert_eq!(city.audited("cluster.split").await, 1);

    // Nor is what a citizen or an expert made part of another ticket.
    let input = json!({ "targetId": lamps[5], "sourceIds": [lamps[4]] });
    city.app.must(Some(&city.expert), "mergeTickets", input, "").await;
    let pinned = async |ticket: &String| {
        let query = "select pinned_at is not null from tickets where id = $1";
        sqlx::query_scalar::<_, bool>(query).bind(key(&json!(ticket))).fetch_one(city.app.db()).await.unwrap()
    };
    assert!(pinned(&lamps[4]).await && !pinned(&lamps[5]).await);
    city.app.must(Some(&city.expert), "separateTicket", json!({ "ticketId": lamps[4] }), "").await;
    assert!(!pinned(&lamps[4]).await);
    city.app.run_jobs().await;
    city.app.finish().await;
}

#[tokio::test]
async fn a_proposal_that_came_too_late_changes_nothing() {
    let city = City::of([8, 0, 5]).await;
    let [lifts, food] = [0, 2].map(|matter| &city.tickets[matter]);
    let home = city.cluster_of(&lifts[0]).await;
    city.put(food, Some(&home)).await;
    let (_, proposals) = city.look().await;
    let [proposal] = proposals.as_slice() else { panic!("{proposals:#?}") };
    assert_eq!((&proposal["kind"], &proposal["ticketCount"], &proposal["sources"]), (&json!("SPLIT"), &json!(5), &json!([])));
    assert_eq!(proposal["cluster"], json!({ "id": home, "size": 13 }));

    let input = json!({ "clusterId": home, "ticketIds": [food[0]] });
    let own = city.app.must(Some(&city.expert), "splitCluster", input, "cluster { id }").await;
    let input = json!({ "proposalId": proposal["id"] });
    assert_eq!(city.app.refused(Some(&city.expert), "acceptClusterProposal", input.clone()).await, "CONFLICT");
    assert_eq!(city.size(&home).await, 12);
    city.app.run_jobs().await;

    // The next look knows better: they go where the expert took the first.
    let (run, proposals) = city.look().await;
    assert_eq!((&run["proposed"], &run["outdated"]), (&json!(1), &json!(1)));
    assert_eq!(city.app.refused(Some(&city.expert), "acceptClusterProposal", input).await, "WRONG_STATE");
    let [proposal] = proposals.as_slice() else { panic!("{proposals:#?}") };
    assert_eq!((&proposal["kind"], &proposal["cluster"]["id"]), (&json!("MOVE"), &own["cluster"]["id"]));
    city.accept(proposal).await;
    city.app.run_jobs().await;
    assert_eq!((city.size(&home).await, city.size(own["cluster"]["id"].as_str().unwrap()).await), (8, 5));
    assert_eq!(city.audited("cluster.tickets_moved").await, 1);
    assert_eq!(city.proposals("OUTDATED").await.len(), 1);
    let (run, proposals) = city.look().await;
    assert_eq!((&run["proposed"], &proposals), (&json!(0), &Vec::new()));

    // A split, too, makes a cluster of its own.
    let city = City::of([8, 0, 5]).await;
    let home = city.cluster_of(&city.tickets[0][0]).await;
    city.put(&city.tickets[2], Some(&home)).await;
    let (_, proposals) = city.look().await;
    city.accept(&proposals[0]).await;
    city.app.run_jobs().await;
    let new = city.cluster_of(&city.tickets[2][0]).await;
    assert_ne!(new, home);
    assert_eq!((city.size(&home).await, city.size(&new).await), (8, 5));
    assert_eq!(city.look().await.1, Vec::<Value>::new());
    city.app.finish().await;
}
