//! How often a person or an address may do something (`governor`, GCRA).
//!
//! Each process counts by itself: with N processes behind a balancer a person may get up to N times the rate.

use std::{collections::HashMap, net::IpAddr, num::NonZeroU32};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DefaultKeyedStateStore,
};
use uuid::Uuid;

use crate::{
    config,
    error::{Error, Result},
};

/// What is limited apart from the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Trying a password.
    LogIn,
    /// Making an account.
    Register,
    /// Casting, changing or withdrawing a ballot.
    Vote,
    /// Writing to the service.
    Feedback,
    /// Everything else that writes.
    Write,
}

impl Operation {
    /// Its name in the metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LogIn => "log-in",
            Self::Register => "registration",
            Self::Vote => "voting",
            Self::Feedback => "feedback",
            Self::Write => "writing",
        }
    }
}

/// Who is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// A logged-in participant.
    Participant(Uuid),
    /// An address on the network; of IPv6 the first 64 bits, which one household has.
    Address(IpAddr),
    /// An account that somebody tries to log in to, as the keyed hash of its e-mail.
    Account(Vec<u8>),
}

impl Who {
    /// An address, shortened where one person has many.
    pub fn address(address: IpAddr) -> Self {
        Self::Address(match address {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(
                || {
                    let s = v6.segments();
                    IpAddr::V6(std::net::Ipv6Addr::new(s[0], s[1], s[2], s[3], 0, 0, 0, 0))
                },
                IpAddr::V4,
            ),
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

type Keyed = RateLimiter<Who, DefaultKeyedStateStore<Who>, DefaultClock>;

/// One keyed limiter an operation.
pub struct Limiter {
    limiters: HashMap<Operation, Keyed>,
    clock: DefaultClock,
}

impl Limiter {
    /// With the rates of the settings.
    pub fn new(limits: &config::Limits) -> Self {
        let keyed = |rate: config::Rate| {
            let one = |n: u32| NonZeroU32::new(n.max(1)).unwrap_or(NonZeroU32::MIN);
            RateLimiter::keyed(Quota::per_minute(one(rate.per_minute)).allow_burst(one(rate.burst)))
        };
        Self {
            limiters: HashMap::from([
                (Operation::LogIn, keyed(limits.log_in)),
                (Operation::Register, keyed(limits.registration)),
                (Operation::Vote, keyed(limits.voting)),
                (Operation::Feedback, keyed(limits.feedback)),
                (Operation::Write, keyed(limits.writing)),
            ]),
            clock: DefaultClock::default(),
        }
    }

    /// Counts one attempt.
    ///
    /// # Errors
    /// `RATE_LIMITED` with the seconds to wait.
    pub fn check(&self, operation: Operation, who: &Who) -> Result<()> {
        let Some(limiter) = self.limiters.get(&operation) else { return Ok(()) };
        limiter.check_key(who).map_err(|refusal| {
            let wait = refusal.wait_time_from(self.clock.now());
            Error::RateLimited { retry_after: wait.as_secs() + 1 }
        })
    }

    /// Forgets those who have been quiet, so that memory does not grow for ever.
    pub fn forget_idle(&self) {
        for limiter in self.limiters.values() {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_followed_by_a_refusal_that_says_when() {
        let limiter = Limiter::new(&config::Limits { log_in: config::Rate { burst: 2, per_minute: 1 }, ..Default::default() });
        let who = Who::address("2001:db8::1".parse().unwrap());
        let same_house = Who::address("2001:db8::2".parse().unwrap());
        assert!(limiter.check(Operation::LogIn, &who).is_ok());
        assert!(limiter.check(Operation::LogIn, &same_house).is_ok());
        let Err(Error::RateLimited { retry_after }) = limiter.check(Operation::LogIn, &who) else { panic!() };
        assert!((1..=61).contains(&retry_after));
        assert!(limiter.check(Operation::LogIn, &Who::address("192.0.2.1".parse().unwrap())).is_ok());
    }
}
