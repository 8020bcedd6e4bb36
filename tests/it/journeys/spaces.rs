//! Vectors of two states of an embedder cannot be compared: whatever serves must be whole, at any time.

use serde_json::json;
use uuid::Uuid;
use veche::triage;

use crate::support::{TestApp, config};

/// Messages of four matters, each in words of its own.
fn text(i: usize) -> String {
    let (what, how) = [
        ("лифт в подъезде сломан", "не работает, кнопка не горит"),
        ("фонарь на улице погас", "темно вечером идти"),
        ("яма на дороге растёт", "машины объезжают асфальт"),
        ("мусор во дворе не вывозят", "контейнеры переполнены"),
    ][i % 4];
    let when = ["вчера", "давно", "неделю", "опять", "сегодня"][i / 4 % 5];
    let who = ["жители", "соседи", "пенсионеры", "родители", "прохожие", "дети", "мы"][i / 20 % 7];
    format!("{when} {what}: {how}, {who} просят помочь")
}

/// The embedder, version and subspace of the space that serves, after everything about it was found right.
async fn serving(app: &TestApp) -> (i64, String, bool) {
    let spaces: Vec<(i64, String, String, bool)> =
        sqlx::query_as("select id, state, embedder, subspace is not null from spaces").fetch_all(app.db()).await.unwrap();
    let [(space, state, embedder, learned)] = &spaces[..] else { panic!("{spaces:?}") };
    assert_eq!(state, "SERVING");
    let missing: i64 = sqlx::query_scalar(
        "select count(*) from articles a where direction = 'IN' and understood_at is not null
           and not exists (select from vectors v where v.space_id = $1 and v.article_id = a.id)",
    )
    .bind(space)
    .fetch_one(app.db())
    .await
    .unwrap();
    let foreign: i64 =
        sqlx::query_scalar("select count(*) from vectors where space_id <> $1").bind(space).fetch_one(app.db()).await.unwrap();
    assert_eq!((missing, foreign), (0, 0));
    let floats = |bytes: &[u8]| bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect::<Vec<f32>>();
    let clusters: Vec<(Uuid, i32, Vec<u8>)> =
        sqlx::query_as("select id, size, vector_sum from clusters where state <> 'MERGED'").fetch_all(app.db()).await.unwrap();
    assert!(!clusters.is_empty());
    for (cluster, size, sum) in clusters {
        let members: Vec<Vec<u8>> = sqlx::query_scalar(
            "select v.vector from tickets t join articles a on a.ticket_id = t.id and a.direction = 'IN' join vectors v on v.article_id = a.id
             where t.cluster_id = $1",
        )
        .bind(cluster)
        .fetch_all(app.db())
        .await
        .unwrap();
        assert_eq!(i32::try_from(members.len()).unwrap(), size);
        let sum = floats(&sum);
        for (i, x) in sum.iter().enumerate() {
            let expected: f32 = members.iter().map(|m| floats(m)[i]).sum();
            assert!((x - expected).abs() < 1e-3, "cluster {cluster}: {x} and {expected} at {i}");
        }
    }
    (*space, embedder.clone(), *learned)
}

async fn memberships(app: &TestApp) -> Vec<(Uuid, Option<Uuid>)> {
    sqlx::query_as("select id, cluster_id from tickets order by id").fetch_all(app.db()).await.unwrap()
}

async fn similar(app: &TestApp, text: &str) -> usize {
    let admin = app.administrator().await;
    let query = "query($text: String!) { similar(text: $text, first: 5) { score } }";
    app.query(Some(&admin), query, json!({ "text": text })).await["similar"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_new_space_takes_over_whole_while_messages_come_in() {
    let mut config = config();
    config.nlp.subspace_from = 40;
    let app = TestApp::with(config).await;
    let service = app.service().await;
    for i in 0..30 {
        app.message(&service, &format!("first-{i}"), &text(i)).await;
    }
    app.run_jobs().await;
    let (first, embedder, learned) = serving(&app).await;
    assert_eq!((embedder.as_str(), learned), ("lexical", false));
    assert_eq!(similar(&app, &text(3)).await, 5);
    let before = memberships(&app).await;

    // Enough to learn which words go together; meanwhile more come, are read, and placed.
    let more = async {
        for i in 30..90 {
            app.message(&service, &format!("more-{i}"), &text(i)).await;
        }
    };
    let work = async {
        for _ in 0..6 {
            app.run_jobs().await;
        }
    };
    tokio::join!(more, work);
    app.run_jobs().await;
    triage::learn(&app.app).await.unwrap();
    let (second, _, learned) = serving(&app).await;
    assert!(second > first && learned);
    assert_eq!(memberships(&app).await[..before.len()], before[..], "a new space moves nobody");
    assert_eq!(similar(&app, &text(3)).await, 5);
    // Nothing new, nothing done.
    triage::learn(&app.app).await.unwrap();
    assert_eq!(serving(&app).await.0, second);
    app.finish().await;
}

/// Clusters whose size is not the number of their tickets.
async fn miscounted(app: &TestApp) -> i64 {
    sqlx::query_scalar("select count(*) from clusters c where size <> (select count(*) from tickets where cluster_id = c.id)")
        .fetch_one(app.db())
        .await
        .unwrap()
}

#[tokio::test]
async fn what_is_merged_while_a_space_takes_over_stays_empty() {
    let app = TestApp::start().await;
    let service = app.service().await;
    for i in 0..24 {
        app.message(&service, &format!("first-{i}"), &text(i)).await;
    }
    for i in 0..4 {
        app.message(&service, &format!("other-{i}"), "В детской поликлинике третий месяц нет записи к неврологу").await;
    }
    app.run_jobs().await;
    let (first, ..) = serving(&app).await;
    sqlx::query("update spaces set embedder = 'another', frequencies = null").execute(app.db()).await.unwrap();
    // The sums of all clusters are made before they are locked.
    let mut tx = app.db().begin().await.unwrap();
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('clusters', 7))").execute(&mut *tx).await.unwrap();
    let merging = async {
        let waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted
                     and database = (select oid from pg_database where datname = current_database())";
        while sqlx::query_scalar::<_, i64>(waits).fetch_one(app.db()).await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
        let pair: Vec<Uuid> =
            sqlx::query_scalar("select id from clusters where size > 0 order by id limit 2").fetch_all(&mut *tx).await.unwrap();
        let [target, source] = pair[..] else { panic!("{pair:?}") };
        let moved = sqlx::query("update tickets set cluster_id = $1 where cluster_id = $2").bind(target).bind(source);
        let moved = i32::try_from(moved.execute(&mut *tx).await.unwrap().rows_affected()).unwrap();
        sqlx::query("update clusters set size = size + $2, version = nextval('cluster_version') where id = $1")
            .bind(target)
            .bind(moved)
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query(
            "update clusters set state = 'MERGED', merged_into = $2, size = 0, vector_sum = '', version = nextval('cluster_version')
             where id = $1",
        )
        .bind(source)
        .bind(target)
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    };
    let (learned, ()) = tokio::join!(triage::learn(&app.app), merging);
    learned.unwrap();
    assert_eq!(miscounted(&app).await, 0);
    assert!(serving(&app).await.0 > first);
    app.finish().await;
}

#[tokio::test]
async fn vectors_that_nobody_can_make_any_more_are_made_anew_before_the_next_message() {
    let app = TestApp::start().await;
    let service = app.service().await;
    for i in 0..12 {
        app.message(&service, &format!("first-{i}"), &text(i)).await;
    }
    app.run_jobs().await;
    let (first, ..) = serving(&app).await;
    // As if the settings had named a sentence encoder before, and one was being tried.
    sqlx::query("update spaces set embedder = 'another', frequencies = null where id = $1").bind(first).execute(app.db()).await.unwrap();
    sqlx::query("insert into spaces (embedder, version, dimensions, join_from, similar_from) values ('a third', 1, 16, 0.5, 0.5)")
        .execute(app.db())
        .await
        .unwrap();
    let other = TestApp::on(app.options.clone(), config()).await;
    assert_eq!(similar(&other, "контейнеры с мусором стоят полные").await, 0, "nothing is compared across embedders");
    assert!(similar(&other, &text(3)).await >= 1, "the same words are found without vectors");
    other.message(&service, "next", &text(12)).await;
    other.run_jobs().await;
    let (second, embedder, _) = serving(&other).await;
    assert!(second > first);
    assert_eq!(embedder, "lexical");
    assert_eq!(similar(&other, &text(3)).await, 5);
    other.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn what_says_nothing_gets_no_confident_place() {
    let mut config = config();
    config.nlp.subspace_from = 40;
    config.triage.confidence = 0.6;
    let app = TestApp::with(config).await;
    let (admin, service) = (app.administrator().await, app.service().await);
    let groups = [app.group(&admin, "housing").await, app.group(&admin, "streets").await];
    for i in 0..48 {
        let ticket = app.message(&service, &format!("first-{i}"), &text(i)).await.1;
        app.must(
            Some(&admin),
            "routeTicket",
            json!({ "ticketId": ticket, "groupId": groups[usize::from(i % 4 == 1 || i % 4 == 2)].0 }),
            "",
        )
        .await;
    }
    app.run_jobs().await;
    assert!(serving(&app).await.2);
    let placed = async |name: &str, text: &str| {
        let number = app.message(&service, name, text).await.0;
        app.run_jobs().await;
        let query = "query($n: String!) { ticket(number: $n) { cluster { id size } group { key } } }";
        app.query(Some(&admin), query, json!({ "n": number })).await["ticket"].clone()
    };
    let megabyte = "щъыь ".repeat(20_000);
    for (i, text) in [
        "🙂🙂🙂",
        "Помогите!",
        "?!?!",
        "Zdravstvuyte, u nas vo dvore techyot kran",
        "fn main() { let x = vec![0u8; 4]; println!(\"{:?}\", x); }",
        &"UXVpY2sgYnJvd24gZm94IGp1bXBz".repeat(40),
        "Спасибо большое, хорошего дня!",
        &megabyte[..9_000],
    ]
    .into_iter()
    .enumerate()
    {
        let ticket = placed(&format!("odd-{i}"), text).await;
        assert_eq!((&ticket["group"], &ticket["cluster"]["size"]), (&json!(null), &json!(1)), "{}: {ticket}", &text[..text.len().min(40)]);
    }
    // How it is written is another thing than what it says.
    let lamps = placed("plain", "Фонарь на улице погас, темно вечером идти").await;
    assert_eq!(lamps["group"]["key"], "streets");
    for (name, text) in
        [("capitals", "ФОНАРЬ НА УЛИЦЕ ПОГАС, ТЕМНО ВЕЧЕРОМ ИДТИ"), ("look-alikes", "Фoнapь нa улицe пoгac, тeмнo вeчepoм идти")]
    {
        assert_eq!(placed(name, text).await["cluster"]["id"], lamps["cluster"]["id"], "{name}");
    }
    app.finish().await;
}
