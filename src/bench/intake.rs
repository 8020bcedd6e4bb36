//! Messages a second, and how long they wait until they are understood.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde_json::json;

use super::{
    client::Client,
    load::{Bound, closed_loop},
    report::{Section, number},
    sql,
    stage::Stage,
};
use crate::import::Progress;

const CLIENTS: [usize; 2] = [1, 16];
const TOKEN: &str = "bench-intake";
/// How long to wait for the understanding at the most.
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK: Duration = Duration::from_millis(100);

const WHAT: [&str; 12] = [
    "Не горит фонарь",
    "Второй день нет горячей воды",
    "Не убирают снег",
    "Глубокая яма на дороге",
    "Автобус 14 опять не пришёл",
    "Переполнены мусорные баки",
    "Сломаны качели",
    "Протекает крыша в подъезде",
    "Не работает светофор",
    "Шумит стройка по ночам",
    "Упало дерево",
    "Бродячие собаки",
];
const WHERE: [&str; 10] = [
    "на Садовой улице",
    "у школы № 5",
    "возле поликлиники",
    "на Липовой улице",
    "у рынка",
    "в Заречье",
    "на набережной",
    "около вокзала",
    "во дворе дома 12",
    "на площади Труда",
];
const WISH: [&str; 7] = [
    "Просим прислать мастера как можно скорее.",
    "Звонили в управляющую компанию, ответа нет.",
    "Дети боятся там ходить.",
    "Так уже вторую неделю, никто не отвечает.",
    "Когда это исправят?",
    "Соседи тоже жаловались.",
    "Пожилым людям стало трудно пройти.",
];

fn text(n: usize) -> String {
    let (what, place, wish) = (WHAT[n % WHAT.len()], WHERE[n / 5 % WHERE.len()], WISH[n / 11 % WISH.len()]);
    format!("{what} {place}, это продолжается с {} числа. {wish}", 1 + n % 28)
}

/// Measures the part.
///
/// # Errors
/// A message was refused, stored twice, or was not understood in five minutes.
pub async fn measure(stage: &Stage) -> Result<Section> {
    let mut rows = Vec::new();
    for (servers, clients) in [(1, CLIENTS[0]), (1, CLIENTS[1]), (2, CLIENTS[1])] {
        // Each on its own: how many texts are known already decides how much there is to compare.
        let database = stage.database(["intake_one", "intake_many", "intake_two"][rows.len()]).await?;
        sql::service(&database.pool, TOKEN).await?;
        let fleet = stage.fleet(&database, servers).await?;
        let number_of = Arc::new(AtomicUsize::new(0));
        let bound = stage.size(Bound { count: 3_000, time: Duration::from_secs(15) }, Bound { count: 60, time: Duration::from_secs(5) });
        let crowd = Client::crowd(&fleet.addresses, clients).await?;
        let run = closed_loop(crowd, bound, move |mut client: Client| {
            let n = number_of.fetch_add(1, Ordering::Relaxed);
            async move {
                bring(&mut client, TOKEN, &format!("<{n}@bench.example.org>"), &text(n)).await?;
                Ok(client)
            }
        })
        .await?;
        let rest = understood(&database.pool).await?;
        let (stored, waited) = sql::understanding(&database.pool).await?;
        ensure!(usize::try_from(stored)? == run.took.count(), "{} messages were acknowledged, {stored} are stored", run.took.count());
        fleet.end().await?;
        database.close().await;
        let seconds = |n: usize| number(waited.get(n).copied().unwrap_or(f64::NAN));
        rows.push(vec![
            json!(servers),
            json!(clients),
            json!(stored),
            number(run.rate()),
            number(run.took.ms(0.5)),
            number(run.took.ms(0.99)),
            seconds(0),
            seconds(1),
            seconds(2),
            number(stored as f64 / (run.elapsed + rest).as_secs_f64()),
        ]);
    }
    Ok(Section {
        name: "intake",
        title: "Messages by `receiveMessage`, and from their storing until they are understood",
        columns: &[
            "servers",
            "clients",
            "messages",
            "messages_per_s",
            "p50_ms",
            "p99_ms",
            "understood_p50_s",
            "understood_p99_s",
            "understood_all_s",
            "understood_per_s",
        ],
        rows,
    })
}

/// Brings a message.
///
/// # Errors
/// It was refused.
pub async fn bring(client: &mut Client, token: &str, id: &str, text: &str) -> Result<()> {
    let input = json!({ "channel": "EMAIL", "externalId": id, "text": text,
                        "sender": { "address": id.trim_matches(['<', '>']), "name": "Анна" } });
    let query =
        "mutation($input: ReceiveMessageInput!) { receiveMessage(input: $input) { received { number } userErrors { code message } } }";
    client.post(Some(token), &json!({ "query": query, "variables": { "input": input } }).to_string()).await?.done()?;
    Ok(())
}

/// Waits until nothing waits; how long that was.
///
/// # Errors
/// It took too long.
pub async fn understood(db: &sqlx::PgPool) -> Result<Duration> {
    let began = Instant::now();
    let waiting = sql::waiting(db).await?;
    let mut progress = Progress::items("understanding", u64::try_from(waiting)?, true);
    loop {
        let waiting = sql::waiting(db).await?;
        progress.left(u64::try_from(waiting)?);
        if waiting == 0 {
            progress.finish();
            return Ok(began.elapsed());
        }
        ensure!(began.elapsed() < PATIENCE, "{waiting} messages are not understood after {} s", PATIENCE.as_secs());
        tokio::time::sleep(LOOK).await;
    }
}
