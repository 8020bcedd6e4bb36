//! How long to wait before another try.

use std::{sync::Mutex, time::Duration};

use rand::{Rng, SeedableRng, rngs::StdRng};

/// A wait that doubles with every failure up to the longest, of which a random half is taken off, so that not all come back at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wait {
    pub base: Duration,
    pub most: Duration,
}

static RANDOM: Mutex<Option<StdRng>> = Mutex::new(None);

impl Wait {
    /// After so many failures in a row.
    pub fn after(self, failures: u32) -> Duration {
        let doubled = self.base.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(self.most);
        doubled.mul_f64(0.5 + random::<f64>() / 2.0)
    }
}

/// Something random.
pub(crate) fn random<T>() -> T
where
    rand::distr::StandardUniform: rand::distr::Distribution<T>,
{
    let mut random = RANDOM.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    random.get_or_insert_with(StdRng::from_os_rng).random()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_the_longest() {
        let wait = Wait { base: Duration::from_secs(1), most: Duration::from_secs(60) };
        for (failures, least, most) in [(0, 0.5, 1.0), (1, 0.5, 1.0), (3, 2.0, 4.0), (50, 30.0, 60.0)] {
            let seconds = wait.after(failures).as_secs_f64();
            assert!((least..=most).contains(&seconds), "{failures}: {seconds}");
        }
    }
}
