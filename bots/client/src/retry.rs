//! When to try again.

use std::time::Duration;

use rand::Rng;

/// How long to wait between tries: a random part of a time that doubles ("full jitter"), so that many bots do not come back at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub base: Duration,
    pub most: Duration,
}

impl Pace {
    pub const USUAL: Self = Self { base: Duration::from_millis(250), most: Duration::from_secs(30) };

    /// The wait before the try after `failures` ones.
    pub fn wait(self, failures: u32, random: &mut impl Rng) -> Duration {
        let doubled = self.base.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
        doubled.min(self.most).mul_f64(random.random::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn waits_grow_are_spread_and_end() {
        let mut random = StdRng::seed_from_u64(1);
        let mut longest = |failures| (0..200).map(|_| Pace::USUAL.wait(failures, &mut random)).max().unwrap();
        assert!(longest(1) <= Duration::from_millis(250));
        assert!(longest(4) > Duration::from_secs(1) && longest(4) <= Duration::from_secs(2));
        assert!(longest(1_000) <= Duration::from_secs(30));
        let waits: std::collections::HashSet<_> = (0..20).map(|_| Pace::USUAL.wait(5, &mut random)).collect();
        assert!(waits.len() > 15);
    }
}
