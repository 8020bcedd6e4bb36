use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::PgPool;
use tokio::{
    sync::{mpsc, oneshot},
    task::{Id, JoinSet},
};
use uuid::Uuid;

use super::{
    Tallies,
    rules::{self, Tally},
    sql::{self, Standing},
};
use crate::{
    error::{Error, ErrorCode, Refusal, Result},
    idempotency::{self, Claim},
    telemetry::Metrics,
};

/// Groups that may be committed at once.
const LANES: usize = 4;
/// Initiatives whose terms are held, at the most.
const TERMS: usize = 10_000;

/// A ballot on its way, with the voter waiting for the answer.
struct Slip {
    initiative: Uuid,
    voter: Uuid,
    /// `None` withdraws.
    choices: Option<Vec<i16>>,
    /// The key that makes a repeat safe, if one came with it.
    claim: Option<Claim>,
    answer: oneshot::Sender<Result<Tally>>,
}

/// Commits ballots in groups: while a group commits, ballots on its initiatives wait for the next one; those on others do not. So a
/// lone ballot waits for nobody, a crowd shares commits, and the groups grow with the load by themselves. Each ballot is
/// answered only after the commit, and each is refused on its own.
pub struct BallotBox {
    slips: mpsc::Sender<Slip>,
}

impl BallotBox {
    /// Starts the committing task, which ends with the box. `tallies` hears of every commit.
    pub fn new(db: PgPool, batch: usize, tallies: Tallies, metrics: Metrics) -> Self {
        let batch = batch.max(1);
        let (slips, waiting) = mpsc::channel(batch * 8);
        let committer = Arc::new(Committer { db, tallies, metrics, terms: Mutex::default() });
        tokio::spawn(serve(committer, waiting, batch));
        Self { slips }
    }

    /// Hands a ballot in and waits for its commit.
    ///
    /// # Errors
    /// As [`super::cast`].
    pub async fn submit(&self, initiative: Uuid, voter: Uuid, choices: Option<Vec<i16>>) -> Result<Tally> {
        let (answer, answered) = oneshot::channel();
        let gone = || Error::Internal(anyhow::anyhow!("the ballot box is closed"));
        self.slips.send(Slip { initiative, voter, choices, claim: Claim::current(), answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// Hands groups of waiting ballots to the lanes until nobody can hand in any more and all are answered.
async fn serve(committer: Arc<Committer>, mut waiting: mpsc::Receiver<Slip>, batch: usize) {
    let mut queue = Queue::default();
    let mut lanes = JoinSet::new();
    let mut under_way: HashMap<Id, Vec<Uuid>> = HashMap::new();
    let mut arrived = Vec::with_capacity(batch);
    let mut open = true;
    while open || !lanes.is_empty() || !queue.ready.is_empty() {
        while lanes.len() < LANES {
            let group = queue.group(batch);
            if group.is_empty() {
                break;
            }
            let initiatives = group.iter().map(|s| s.initiative).collect::<BTreeSet<_>>().into_iter().collect();
            let committer = committer.clone();
            let lane = lanes.spawn(async move { committer.commit(group).await });
            under_way.insert(lane.id(), initiatives);
        }
        tokio::select! {
            n = waiting.recv_many(&mut arrived, batch), if open && queue.len < batch * 8 => {
                open = n > 0;
                arrived.drain(..).for_each(|slip| queue.add(slip));
            }
            Some(ended) = lanes.join_next_with_id() => {
                let lane = ended.map_or_else(|panicked| panicked.id(), |(id, ())| id);
                under_way.remove(&lane).unwrap_or_default().into_iter().for_each(|initiative| queue.release(initiative));
            }
        }
    }
}

/// Ballots that wait, by initiative.
#[derive(Default)]
struct Queue {
    waiting: HashMap<Uuid, VecDeque<Slip>>,
    /// Initiatives with waiting ballots and no group under way, in the order of their oldest ballot.
    ready: VecDeque<Uuid>,
    busy: HashSet<Uuid>,
    len: usize,
}

impl Queue {
    fn add(&mut self, slip: Slip) {
        let slips = self.waiting.entry(slip.initiative).or_default();
        if slips.is_empty() && !self.busy.contains(&slip.initiative) {
            self.ready.push_back(slip.initiative);
        }
        slips.push_back(slip);
        self.len += 1;
    }

    /// The next group, whose initiatives are busy from now on. A person has one ballot on an initiative in it; a second one waits.
    fn group(&mut self, batch: usize) -> Vec<Slip> {
        let mut group = Vec::new();
        let mut seen = HashSet::new();
        while group.len() < batch {
            let Some(initiative) = self.ready.pop_front() else { break };
            let Some(slips) = self.waiting.remove(&initiative) else { continue };
            let mut rest = VecDeque::new();
            for slip in slips {
                if group.len() < batch && seen.insert((initiative, slip.voter)) {
                    group.push(slip);
                } else {
                    // Those behind it of the same person must not overtake it.
                    seen.insert((initiative, slip.voter));
                    rest.push_back(slip);
                }
            }
            if !rest.is_empty() {
                self.waiting.insert(initiative, rest);
            }
            self.busy.insert(initiative);
        }
        self.len -= group.len();
        group
    }

    fn release(&mut self, initiative: Uuid) {
        self.busy.remove(&initiative);
        if self.waiting.contains_key(&initiative) {
            self.ready.push_back(initiative);
        }
    }
}

/// What groups are committed with.
struct Committer {
    db: PgPool,
    tallies: Tallies,
    metrics: Metrics,
    /// The terms of initiatives by the revision they belong to, which the database compares with its own.
    terms: Mutex<HashMap<Uuid, Arc<sql::Terms>>>,
}

impl Committer {
    async fn commit(&self, slips: Vec<Slip>) {
        match self.count(&slips).await {
            Ok(outcomes) => {
                self.metrics.ballots(outcomes.iter().filter(|outcome| outcome.is_ok()).count());
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
    async fn count(&self, slips: &[Slip]) -> Result<Vec<Result<Tally>>> {
        let initiatives: Vec<Uuid> = slips.iter().map(|s| s.initiative).collect::<BTreeSet<_>>().into_iter().collect();
        // An initiative changes only before its vote, so the second round is rare and the last.
        for _ in 0..3 {
            let terms = self.terms(&initiatives).await?;
            let checked: Vec<Result<Option<Vec<i16>>, Refusal>> = slips
                .iter()
                .map(|slip| match (terms.get(&slip.initiative), &slip.choices) {
                    (Some(terms), Some(choices)) => rules::check_choices(&terms.terms, choices.clone()).map(Some),
                    (Some(_), None) => Ok(None),
                    (None, _) => Err(Refusal::new(ErrorCode::NotFound, "initiativeId")),
                })
                .collect();
            let ballots = |repeated: &HashSet<usize>| -> Vec<sql::Ballot<'_>> {
                let all = slips.iter().zip(&checked).enumerate().filter(|(i, _)| !repeated.contains(i));
                all.filter_map(|(_, (s, checked))| {
                    Some(sql::Ballot { initiative: s.initiative, voter: s.voter, choices: checked.as_ref().ok()?.as_deref() })
                })
                .collect()
            };
            let claims: Vec<(usize, Claim)> = slips
                .iter()
                .zip(&checked)
                .enumerate()
                .filter_map(|(i, (slip, checked))| Some((i, slip.claim.clone().filter(|_| checked.is_ok())?)))
                .collect();
            let mut repeated = HashSet::new();
            let polls: HashMap<Uuid, Standing>;
            if claims.is_empty() {
                polls = sql::cast(&self.db, &initiatives, &terms, &ballots(&repeated)).await?;
                if self.forget_changed(&polls) {
                    continue;
                }
            } else {
                // Keys first, so that whoever waits for one holds no vote up.
                let mut tx = self.db.begin().await?;
                let keys: Vec<Claim> = claims.iter().map(|(_, claim)| claim.clone()).collect();
                repeated.extend(idempotency::claim_all(&mut tx, &keys).await?.into_iter().map(|k| claims[k].0));
                polls = sql::cast(&mut *tx, &initiatives, &terms, &ballots(&repeated)).await?;
                if self.forget_changed(&polls) {
                    continue;
                }
                // What was refused may be tried again.
                let refused = |(i, _): &&(usize, Claim)| !matches!(polls.get(&slips[*i].initiative), Some(Standing::Open(_)));
                let refused: Vec<Claim> = claims.iter().filter(refused).map(|(_, claim)| claim.clone()).collect();
                idempotency::release(&mut tx, &refused).await?;
                tx.commit().await?;
            }
            for (id, standing) in &polls {
                if let Standing::Open(tally) = standing {
                    self.tallies.announce(*id, tally);
                }
            }
            let answer = |slip: &Slip, checked: Result<Option<Vec<i16>>, Refusal>| match polls.get(&slip.initiative) {
                Some(Standing::Open(tally)) => checked.map(|_| tally.clone()),
                Some(Standing::Closed) => Err(Refusal::new(ErrorCode::VotingClosed, "initiativeId")),
                _ => Err(Refusal::new(ErrorCode::NotFound, "initiativeId")),
            };
            let answers = slips.iter().zip(checked).enumerate().map(|(i, (slip, checked))| {
                if repeated.contains(&i) { Err(Error::Repeated) } else { answer(slip, checked).map_err(Into::into) }
            });
            return Ok(answers.collect());
        }
        Err(Error::Internal(anyhow::anyhow!("the terms of a vote keep changing")))
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Arc<sql::Terms>>> {
        self.terms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The terms of those of the initiatives that exist.
    async fn terms(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<sql::Terms>>> {
        let mut terms: HashMap<Uuid, Arc<sql::Terms>> = {
            let held = self.held();
            ids.iter().filter_map(|id| Some((*id, held.get(id)?.clone()))).collect()
        };
        let unknown: Vec<Uuid> = ids.iter().filter(|id| !terms.contains_key(id)).copied().collect();
        if !unknown.is_empty() {
            let read = sql::terms(&self.db, &unknown).await?;
            let mut held = self.held();
            if held.len() + read.len() > TERMS {
                held.clear();
            }
            for row in read {
                let row = Arc::new(row);
                held.insert(row.id, row.clone());
                terms.insert(row.id, row);
            }
        }
        Ok(terms)
    }

    /// Whether terms were out of date, so that nothing was written; they are read again next time.
    fn forget_changed(&self, polls: &HashMap<Uuid, Standing>) -> bool {
        let mut changed = polls.iter().filter(|(_, standing)| **standing == Standing::Changed).peekable();
        let any = changed.peek().is_some();
        changed.for_each(|(id, _)| drop(self.held().remove(id)));
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slip(initiative: u128, voter: u128) -> Slip {
        Slip {
            initiative: Uuid::from_u128(initiative),
            voter: Uuid::from_u128(voter),
            choices: None,
            claim: None,
            answer: oneshot::channel().0,
        }
    }

    fn taken(queue: &mut Queue, batch: usize) -> Vec<(u128, u128)> {
        queue.group(batch).iter().map(|s| (s.initiative.as_u128(), s.voter.as_u128())).collect()
    }

    #[test]
    fn a_group_takes_what_waits_and_leaves_busy_initiatives_alone() {
        let mut queue = Queue::default();
        for (initiative, voter) in [(1, 1), (1, 2), (2, 1)] {
            queue.add(slip(initiative, voter));
        }
        assert_eq!(taken(&mut queue, 10), [(1, 1), (1, 2), (2, 1)]);
        queue.add(slip(1, 3));
        queue.add(slip(3, 1));
        assert_eq!(taken(&mut queue, 10), [(3, 1)], "the first is under way");
        assert_eq!(taken(&mut queue, 10), []);
        queue.release(Uuid::from_u128(1));
        assert_eq!(taken(&mut queue, 10), [(1, 3)]);
        assert_eq!(queue.len, 0);
    }

    #[test]
    fn a_persons_ballots_keep_their_order_over_groups() {
        let mut queue = Queue::default();
        for voter in [1, 1, 2, 1] {
            queue.add(slip(1, voter));
        }
        assert_eq!(taken(&mut queue, 10), [(1, 1), (1, 2)]);
        for left in [1, 0] {
            queue.release(Uuid::from_u128(1));
            assert_eq!(taken(&mut queue, 10), [(1, 1)]);
            assert_eq!(queue.len, left);
        }
    }

    #[test]
    fn a_group_is_no_larger_than_allowed() {
        let mut queue = Queue::default();
        for voter in 0..5 {
            queue.add(slip(1, voter));
            queue.add(slip(2, voter));
        }
        assert_eq!(taken(&mut queue, 3).len(), 3);
        assert_eq!(taken(&mut queue, 7), [(2, 0), (2, 1), (2, 2), (2, 3), (2, 4)]);
        queue.release(Uuid::from_u128(1));
        assert_eq!(taken(&mut queue, 7), [(1, 3), (1, 4)]);
    }
}
