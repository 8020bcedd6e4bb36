//! Trend alarms: a matter that people write about far more than usual.

use uuid::Uuid;

use super::sql;
use crate::{
    app::App,
    error::Result,
    jobs,
    live::{self, Event},
    notify::Announce,
};

/// Days that the last 24 hours are compared with.
pub const HISTORY: i32 = 28;
/// Tickets in 24 hours that are worth an alarm, at the least.
pub const LEAST: i64 = 5;
/// The chance of so many or more by chance alone, below which it is none.
const CHANCE: f64 = 1e-4;

/// What came in: in the last 24 hours, and in the [`HISTORY`] before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Flow {
    /// Of which cluster; `None` for all together.
    pub cluster: Option<Uuid>,
    /// Tickets of the last 24 hours.
    pub day: i64,
    /// Tickets of the days before.
    pub before: i64,
}

/// A cluster that people write about far more than usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burst {
    /// Which.
    pub cluster: Uuid,
    /// Tickets of the last 24 hours.
    pub count: i64,
    /// How many were to be expected.
    pub expected: f64,
}

/// Looks which matters people write about far more than usual, and tells the experts of each new one once.
///
/// # Errors
/// The database failed; the job is tried again.
pub async fn watch(app: &App) -> Result<()> {
    let flows = sql::flows(&app.db).await?;
    let bursts = bursts(&flows);
    let mut tx = app.db.begin().await?;
    sql::end_alarms(&mut tx).await?;
    let raised = sql::raise_alarms(&mut tx, &bursts).await?;
    jobs::enqueue_all(&mut tx, &raised.iter().map(|(event, _)| Announce { event: *event }).collect::<Vec<_>>()).await?;
    for group in raised.iter().map(|(_, group)| *group).collect::<std::collections::BTreeSet<_>>() {
        live::tell(&mut tx, &Event::Queue { group }).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The clusters whose last 24 hours are not to be explained by chance.
///
/// A Poisson test against the cluster's own daily mean, one ticket added so that a new matter has one; where more is written about
/// everything, so much more is expected of each cluster, as in the space-time permutation scan (Kulldorff et al., "A Space-Time
/// Permutation Scan Statistic for Disease Outbreak Detection", PLoS Medicine, 2005). Without any history there is nothing to compare.
fn bursts(flows: &[Flow]) -> Vec<Burst> {
    let daily = |flow: &Flow| flow.before as f64 / f64::from(HISTORY);
    let Some(all) = flows.iter().find(|flow| flow.cluster.is_none() && flow.before > 0) else { return Vec::new() };
    let tide = (all.day as f64 / daily(all)).max(1.0);
    let burst = |flow: &Flow| {
        let expected = (flow.before + 1) as f64 / f64::from(HISTORY) * tide;
        let burst = Burst { cluster: flow.cluster?, count: flow.day, expected };
        (flow.day >= LEAST && tail(flow.day, expected) < CHANCE).then_some(burst)
    };
    flows.iter().filter_map(burst).collect()
}

/// The chance that a Poisson variable of this mean is `count` or more.
fn tail(count: i64, mean: f64) -> f64 {
    if count as f64 <= mean {
        // Not even more than expected.
        return 1.0;
    }
    let log_factorial: f64 = (2..=count).map(|i| (i as f64).ln()).sum();
    let mut term = (count as f64 * mean.ln() - mean - log_factorial).exp();
    let (mut sum, mut next) = (0.0, count);
    // Each term is smaller than the one before by more than a constant factor, for the mean lies below.
    while term > sum * 1e-12 && term > 0.0 {
        sum += term;
        next += 1;
        term *= mean / next as f64;
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_tables() {
        // 1 - exp(-1), and P(X >= 5) of mean 1.
        assert!((tail(1, 0.999_999_9) - 0.632_120_5).abs() < 1e-6);
        assert!((tail(5, 1.0) - 0.003_659_8).abs() < 1e-6);
        assert!((tail(20, 10.0) - 0.003_454_3).abs() < 1e-6);
        assert_eq!(tail(3, 10.0), 1.0);
        assert!(tail(100_000, 1.0) >= 0.0 && tail(1_100, 1_000.0) < 0.01);
    }

    #[test]
    fn a_burst_is_more_than_the_tide() {
        let cluster = |n: u128, day, before| Flow { cluster: Some(Uuid::from_u128(n)), day, before };
        let all = |day, before| Flow { cluster: None, day, before };
        let found = |flows: &[Flow]| bursts(flows).iter().map(|burst| burst.cluster.as_u128()).collect::<Vec<_>>();
        // One ticket a day as ever; twelve where there was one a day; six of something new; four are too few.
        let flows = [all(50, 1400), cluster(1, 1, 28), cluster(2, 12, 28), cluster(3, 6, 0), cluster(4, 4, 0)];
        assert_eq!(found(&flows), [2, 3]);
        // Ten times as much of everything is no burst of one matter, and there is none without a history.
        assert!(found(&[all(500, 1400), cluster(2, 12, 28)]).is_empty());
        assert!(found(&[all(50, 0), cluster(3, 50, 0)]).is_empty());
    }
}
