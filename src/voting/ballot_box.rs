use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{
    rules::{self, Outcome, Tally},
    sql,
};
use crate::{
    error::{Error, ErrorCode, Refusal, Result},
    initiatives, jobs,
    live::{self, Event},
    telemetry::Metrics,
};

/// A ballot on its way, with the voter waiting for the answer.
struct Slip {
    initiative: Uuid,
    voter: Uuid,
    /// `None` withdraws.
    choices: Option<Vec<i16>>,
    answer: oneshot::Sender<Result<Tally>>,
}

/// Commits ballots in groups: while one transaction commits, those that arrive meanwhile wait for the next, so a lone
/// ballot waits for nobody and a crowd shares commits. Each is answered only after the commit, and each is refused on its own.
pub struct BallotBox {
    slips: mpsc::Sender<Slip>,
}

impl BallotBox {
    /// Starts the committing task, which ends with the box.
    pub fn new(db: PgPool, batch: usize, metrics: Metrics) -> Self {
        let batch = batch.max(1);
        let (slips, mut waiting) = mpsc::channel::<Slip>(batch * 8);
        tokio::spawn(async move {
            let mut group = Vec::with_capacity(batch);
            while waiting.recv_many(&mut group, batch).await > 0 {
                commit(&db, std::mem::take(&mut group), &metrics).await;
            }
        });
        Self { slips }
    }

    /// Hands a ballot in and waits for its commit.
    ///
    /// # Errors
    /// As [`super::cast`].
    pub async fn submit(&self, initiative: Uuid, voter: Uuid, choices: Option<Vec<i16>>) -> Result<Tally> {
        let (answer, answered) = oneshot::channel();
        let gone = || Error::Internal(anyhow::anyhow!("the ballot box is closed"));
        self.slips.send(Slip { initiative, voter, choices, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn commit(db: &PgPool, slips: Vec<Slip>, metrics: &Metrics) {
    match count(db, &slips).await {
        Ok(outcomes) => {
            metrics.ballots(outcomes.iter().filter(|outcome| outcome.is_ok()).count());
            for (slip, outcome) in slips.into_iter().zip(outcomes) {
                // Nobody waits any more when the client has gone; the ballot counts all the same.
                let _ = slip.answer.send(outcome);
            }
        }
        Err(error) => {
            let reference = crate::error::reference();
            tracing::error!(%reference, error = format!("{error:#}"), ballots = slips.len(), "failed to commit ballots");
            for slip in slips {
                let _ = slip.answer.send(Err(Error::Internal(anyhow::anyhow!("ballots not committed, see {reference}"))));
            }
        }
    }
}

/// One transaction for a group of ballots: the answers, in the order of the slips.
async fn count(db: &PgPool, slips: &[Slip]) -> Result<Vec<Result<Tally>>> {
    let initiatives: Vec<Uuid> = slips.iter().map(|s| s.initiative).collect::<BTreeSet<_>>().into_iter().collect();
    let mut tx = db.begin().await?;
    // Locks the initiatives in the order of their keys, so that two processes cannot wait for each other in a circle. From here on
    // nobody else moves these tallies or closes these votes.
    let open = sql::lock_open(&mut tx, &initiatives).await?;
    let mut tallies: BTreeMap<Uuid, Tally> = open.iter().map(|row| (row.id, row.tally())).collect();
    let terms: HashMap<Uuid, rules::Terms> = open.iter().map(|row| (row.id, row.terms())).collect();
    let voters: Vec<Uuid> = slips.iter().map(|s| s.voter).collect();
    let of: Vec<Uuid> = slips.iter().map(|s| s.initiative).collect();
    let before: HashMap<(Uuid, Uuid), Vec<i16>> = sql::existing(&mut tx, &of, &voters).await?;
    let mut now: BTreeMap<(Uuid, Uuid), Option<Vec<i16>>> = BTreeMap::new();
    let mut acts = Vec::new();
    let mut answers = Vec::with_capacity(slips.len());
    let known = if open.len() == initiatives.len() { BTreeSet::new() } else { sql::known(&mut tx, &initiatives).await? };
    for slip in slips {
        let answer = (|| {
            let (Some(terms), Some(tally)) = (terms.get(&slip.initiative), tallies.get_mut(&slip.initiative)) else {
                let code = if known.contains(&slip.initiative) { ErrorCode::VotingClosed } else { ErrorCode::NotFound };
                return Err(Refusal::new(code, "initiativeId"));
            };
            let new = slip.choices.clone().map(|choices| rules::check_choices(terms, choices)).transpose()?;
            let key = (slip.initiative, slip.voter);
            let old = now.get(&key).cloned().unwrap_or_else(|| before.get(&key).cloned());
            if old != new {
                tally.shift(old.as_deref(), new.as_deref());
                tally.version += 1;
                acts.push((slip.initiative, slip.voter, sql::act(old.is_some(), new.is_some())));
                now.insert(key, new);
            }
            Ok(())
        })();
        answers.push(answer);
    }
    now.retain(|key, new| before.get(key) != new.as_ref());
    let moved: BTreeSet<Uuid> = acts.iter().map(|(initiative, ..)| *initiative).collect();
    if !acts.is_empty() {
        sql::write(&mut tx, &now).await?;
        sql::audit(&mut tx, &acts).await?;
        let changed: Vec<(Uuid, &Tally)> = tallies.iter().filter(|(id, _)| moved.contains(id)).map(|(id, t)| (*id, t)).collect();
        sql::write_tallies(&mut tx, &changed).await?;
        for (id, tally) in changed {
            let event = Event::Tally { initiative: id, counts: tally.counts.clone(), ballots: tally.ballots, version: tally.version };
            live::tell(&mut tx, &event).await?;
            if terms.get(&id).is_some_and(|terms| rules::outcome(terms, tally, false) == Outcome::Accepted) {
                let spec = jobs::Spec { key: Some(format!("settle:{id}")), ..Default::default() };
                jobs::enqueue(&mut tx, &initiatives::Settle { initiative: id }, &spec).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(slips
        .iter()
        .zip(answers)
        .map(|(slip, answer)| {
            answer?;
            tallies.get(&slip.initiative).cloned().ok_or_else(|| Refusal::new(ErrorCode::NotFound, "initiativeId").into())
        })
        .collect())
}
