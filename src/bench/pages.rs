//! The pages that people look at most, on a city a hundred times the size of the example: pages a second, and statements each.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{
    client::Client,
    load::{Bound, closed_loop},
    report::{Section, number},
    sql,
    stage::{Stage, token},
};
use crate::{
    gid::{self, Kind},
    web::SESSION,
};

/// Of the example city a hundred times over.
const INITIATIVES: usize = 6_000;
/// The same.
const TICKETS: usize = 80_000;
/// People who look at once.
const CROWD: usize = 8;

/// Measures the part: the example's size and a hundred times that, page by page in turns.
///
/// # Errors
/// A page was not shown.
pub async fn measure(stage: &Stage) -> Result<Section> {
    let mut rows = Vec::new();
    let mut first: Vec<f64> = Vec::new();
    for (name, factor) in [("pages_small", 100), ("pages_large", 1)] {
        let (initiatives, tickets) = (stage.size(INITIATIVES, 400) / factor, stage.size(TICKETS, 2_000) / factor);
        let mut database = stage.database(name).await?;
        database.people(1_000).await?;
        sql::fill_initiatives(&database.pool, 0, initiatives).await?;
        sql::fill_tickets(&database.pool, tickets).await?;
        sql::settle(&database.pool).await?;
        let fleet = stage.fleet(&database, 1).await?;
        let initiative = gid::encode(Kind::Initiative, sql::initiative(0)).0;
        for (n, (what, path, expert)) in [
            ("home", "/".to_owned(), false),
            ("initiative", format!("/initiatives/{initiative}"), false),
            ("queue", "/queue".to_owned(), true),
        ]
        .into_iter()
        .enumerate()
        {
            let cookie = expert.then(|| format!("{SESSION}={}", token(0)));
            let look = move |mut client: Client| {
                let (path, cookie) = (path.clone(), cookie.clone());
                async move {
                    let answer = client.get(&path, cookie.as_deref()).await?;
                    ensure!(answer.status == 200 && answer.body.ends_with(b"</html>"), "{path}: {}", answer.status);
                    Ok(client)
                }
            };
            // What the process keeps of readers and plans is not what is measured.
            let few = Bound { count: 20, time: stage.bound().time };
            closed_loop(Client::crowd(&fleet.addresses, 1).await?, few, look.clone()).await.context(what)?;
            let before = sql::committed(&database.pool).await?;
            let alone = closed_loop(Client::crowd(&fleet.addresses, 1).await?, Bound { count: 200, ..stage.bound() }, look.clone()).await?;
            let statements = (sql::committed(&database.pool).await? - before) as f64 / alone.took.count() as f64;
            let crowd = closed_loop(Client::crowd(&fleet.addresses, CROWD).await?, stage.bound(), look).await?;
            if factor > 1 {
                first.push(crowd.rate());
            }
            let values =
                [statements.round(), alone.took.ms(0.5), alone.took.ms(0.99), crowd.rate(), crowd.took.ms(0.99), crowd.rate() / first[n]];
            rows.push([json!(what), json!(initiatives), json!(tickets)].into_iter().chain(values.map(number)).collect());
        }
        fleet.end().await?;
        database.close().await;
    }
    Ok(Section {
        name: "pages",
        title: "Pages in a browser's form: one reader, then eight (the last column: pages a second against the small city in the same run)",
        columns: &["page", "initiatives", "tickets", "statements", "alone_p50_ms", "alone_p99_ms", "pages_per_s", "p99_ms", "ratio"],
        rows,
    })
}
