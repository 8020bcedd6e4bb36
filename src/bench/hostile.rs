//! What the worst requests that we know of cost: time to the answer, processor time, memory.

mod attacks;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{
    client::{Answer, Client},
    report::{Section, number},
    server::Server,
    stage::{Database, Fleet, Stage},
};
use crate::import::Progress;
use attacks::Attack;

/// How often the server is looked after while it thinks.
const LOOK: Duration = Duration::from_millis(10);
const HARMLESS: &str = r#"{"query":"{ __typename }"}"#;

/// When to end a server that does not refuse.
#[derive(Clone, Copy)]
struct Patience {
    time: Duration,
    memory: u64,
}

/// What one attack cost.
struct Cost {
    outcome: String,
    took: Duration,
    cpu: Duration,
    /// The peak of the memory above what was held before, in bytes.
    grown: u64,
    /// The server had to be ended.
    ended: bool,
}

/// Measures the part. A server that does not refuse an attack within its patience is ended and replaced: that is a finding, no
/// failure of the measurement.
///
/// # Errors
/// A server does not come up, or does not answer a harmless request after an attack that it had answered.
pub async fn measure(stage: &Stage) -> Result<Section> {
    let patience = stage
        .size(Patience { time: Duration::from_secs(15), memory: 2 << 30 }, Patience { time: Duration::from_secs(2), memory: 256 << 20 });
    let database = stage.database("hostile").await?;
    let mut fleet = ready(stage, &database).await?;
    let attacks = attacks::all();
    let mut progress = Progress::items("attacks", attacks.len() as u64, true);
    let mut rows = Vec::new();
    for (done, Attack { name, body }) in attacks.into_iter().enumerate() {
        let cost = attack(&mut fleet, &body, patience).await.with_context(|| format!("the attack {name:?}"))?;
        rows.push(vec![
            json!(name),
            json!(body.len()),
            json!(cost.outcome),
            number(cost.took.as_secs_f64() * 1e3),
            number(cost.cpu.as_secs_f64() * 1e3),
            number(cost.grown as f64 / 1e6),
        ]);
        if cost.ended {
            fleet.end().await?;
            fleet = ready(stage, &database).await?;
        } else {
            fleet.client().post(None, HARMLESS).await?.answered().with_context(|| format!("after the attack {name:?}"))?;
        }
        progress.set(done as u64 + 1);
    }
    progress.finish();
    fleet.end().await?;
    database.close().await;
    Ok(Section {
        name: "hostile",
        title: "Hostile requests, each once: time to the answer, processor time and growth of the server's memory",
        columns: &["attack", "bytes", "answer", "time_ms", "cpu_ms", "memory_mb"],
        rows,
    })
}

/// A fresh server that has answered before, so that no attack pays for what is made at the first request.
async fn ready(stage: &Stage, database: &Database) -> Result<Fleet> {
    let fleet = stage.fleet(database, 1).await?;
    let mut client = fleet.client();
    for _ in 0..20 {
        client.post(None, HARMLESS).await?.answered()?;
    }
    Ok(fleet)
}

async fn attack(fleet: &mut Fleet, body: &str, patience: Patience) -> Result<Cost> {
    let mut client: Client = fleet.client();
    let server = fleet.only()?;
    server.forget_peak()?;
    let (before, cpu) = (server.memory()?.resident, server.cpu()?);
    let start = Instant::now();
    let answer = {
        let answer = client.post(None, body);
        tokio::pin!(answer);
        loop {
            tokio::select! {
                answer = &mut answer => break Ok(answer),
                () = tokio::time::sleep(LOOK) => (),
            }
            if let Some(why) = exhausted(server, before, start, patience)? {
                break Err(why);
            }
        }
    };
    let took = start.elapsed();
    if !server.runs() {
        return Ok(Cost { outcome: "the server died".into(), took, cpu: Duration::ZERO, grown: 0, ended: true });
    }
    // What goes on after the answer belongs to it.
    tokio::time::sleep(LOOK).await;
    let (cpu, grown) = (server.cpu()?.saturating_sub(cpu), server.memory()?.peak.saturating_sub(before));
    let (outcome, ended) = match answer {
        Ok(Ok(answer)) => (said(&answer), false),
        Ok(Err(_)) => ("connection closed".into(), false),
        Err(why) => (why, true),
    };
    Ok(Cost { outcome, took, cpu, grown, ended })
}

fn exhausted(server: &mut Server, before: u64, start: Instant, patience: Patience) -> Result<Option<String>> {
    if !server.runs() {
        return Ok(None);
    }
    Ok(if server.memory()?.resident.saturating_sub(before) > patience.memory {
        Some(format!("NOT REFUSED, {} MB", patience.memory >> 20))
    } else if start.elapsed() > patience.time {
        Some(format!("NOT REFUSED, {} s", patience.time.as_secs()))
    } else {
        None
    })
}

/// The answer in a few words.
fn said(answer: &Answer) -> String {
    let body: Value = answer.json();
    let code = match &body["errors"][0] {
        Value::Null => "answered",
        error => error["extensions"]["code"].as_str().unwrap_or("an error without a code"),
    };
    format!("{} {code}", answer.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_put_into_words() {
        let answer = |status, body: &str| said(&Answer { status, body: body.as_bytes().to_vec() });
        assert_eq!(answer(200, r#"{"data":{"__typename":"Query"}}"#), "200 answered");
        assert_eq!(answer(400, r#"{"errors":[{"message":"x","extensions":{"code":"TOO_COMPLEX"}}]}"#), "400 TOO_COMPLEX");
        assert_eq!(answer(400, r#"{"errors":[{"message":"x"}]}"#), "400 an error without a code");
    }
}
