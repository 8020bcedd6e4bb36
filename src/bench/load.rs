use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use tokio::task::JoinSet;

/// How long a run may go on: whichever comes first.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    /// Acts of all clients together.
    pub count: usize,
    /// Time; acts under way are finished.
    pub time: Duration,
}

/// What a run came to.
pub struct Run {
    /// From the start of the first act to the end of the last.
    pub elapsed: Duration,
    /// How long each act took.
    pub took: Latencies,
}

impl Run {
    /// Acts a second.
    pub fn rate(&self) -> f64 {
        self.took.count() as f64 / self.elapsed.as_secs_f64()
    }
}

/// How long acts took, sorted.
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Of any order.
    pub fn new(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        Self(took)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time within which this part (0 to 1) of the acts was done, in milliseconds (nearest rank); NaN of none.
    pub fn ms(&self, part: f64) -> f64 {
        let rank = (part * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).map_or(f64::NAN, |d| d.as_secs_f64() * 1e3)
    }
}

/// Clients that each act again as soon as they have their answer, until the bound is reached.
///
/// # Errors
/// The first act that fails.
pub async fn closed_loop<C, A, F>(clients: Vec<C>, bound: Bound, act: A) -> Result<Run>
where
    C: Send + 'static,
    A: Fn(C) -> F + Clone + Send + 'static,
    F: Future<Output = Result<C>> + Send,
{
    let left = Arc::new(AtomicUsize::new(bound.count));
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for mut client in clients {
        let (left, act) = (left.clone(), act.clone());
        tasks.spawn(async move {
            let mut took = Vec::new();
            while began.elapsed() < bound.time && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
                let start = Instant::now();
                client = act(client).await?;
                took.push(start.elapsed());
            }
            anyhow::Ok(took)
        });
    }
    let mut took = Vec::new();
    while let Some(outcome) = tasks.join_next().await {
        took.extend(outcome??);
    }
    Ok(Run { elapsed: began.elapsed(), took: Latencies::new(took) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let took = Latencies::new((1..=100).rev().map(Duration::from_millis).collect());
        assert_eq!([0.5, 0.99, 1.0, 0.0].map(|part| took.ms(part)), [50.0, 99.0, 100.0, 1.0]);
        assert!(Latencies::new(Vec::new()).ms(0.5).is_nan());
    }

    #[tokio::test]
    async fn a_run_ends_at_its_bound_and_at_a_failure() {
        let bound = Bound { count: 10, time: Duration::from_secs(60) };
        let run = closed_loop(vec![(); 3], bound, |()| async { Ok(()) }).await.unwrap();
        assert_eq!(run.took.count(), 10);
        let none = Bound { time: Duration::ZERO, ..bound };
        assert_eq!(closed_loop(vec![(); 3], none, |()| async { Ok(()) }).await.unwrap().took.count(), 0);
        assert!(closed_loop(vec![(); 3], bound, |()| async { anyhow::bail!("no") }).await.is_err());
    }
}
