//! How often a person or an address may do something (`governor`, GCRA).
//!
//! Each process counts by itself: with N processes behind a balancer a person may get up to N times the rate.

use std::{collections::HashMap, net::IpAddr, num::NonZeroU32};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
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
    /// A program's access token, by its hash.
    Token([u8; 32]),
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

type Purse = RateLimiter<Who, DefaultKeyedStateStore<Who>, DefaultClock, StateInformationMiddleware>;

/// What is left of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Cost at once at the most.
    pub limit: u32,
    /// Cost that may be spent now.
    pub remaining: u32,
    /// Seconds until all of it may be spent again.
    pub reset_seconds: u64,
}

/// One keyed limiter an operation, and the costs of requests.
pub struct Limiter {
    limiters: HashMap<Operation, Keyed>,
    /// Of a person or token, and of an address.
    purses: [(config::Rate, Purse); 2],
    clock: DefaultClock,
}

impl Limiter {
    /// With the rates of the settings.
    pub fn new(limits: &config::Limits) -> Self {
        let quota = |rate: config::Rate| Quota::per_minute(at_least_one(rate.per_minute)).allow_burst(at_least_one(rate.burst));
        let keyed = |rate| RateLimiter::keyed(quota(rate));
        let purse = |rate| (rate, RateLimiter::keyed(quota(rate)).with_middleware());
        Self {
            limiters: HashMap::from([
                (Operation::LogIn, keyed(limits.log_in)),
                (Operation::Register, keyed(limits.registration)),
                (Operation::Vote, keyed(limits.voting)),
                (Operation::Feedback, keyed(limits.feedback)),
                (Operation::Write, keyed(limits.writing)),
            ]),
            purses: [purse(limits.spending), purse(limits.spending_per_address)],
            clock: DefaultClock::default(),
        }
    }

    /// Counts the cost of a request.
    ///
    /// # Errors
    /// `RATE_LIMITED` with the seconds to wait.
    pub fn spend(&self, who: &Who, cost: u32) -> Result<Left> {
        let (rate, purse) = &self.purses[usize::from(matches!(who, Who::Address(_)))];
        // What costs more than all that may be spent at once takes all of it.
        let cost = at_least_one(cost.min(rate.burst));
        match purse.check_key_n(who, cost) {
            Ok(Ok(state)) => {
                let (limit, remaining) = (rate.burst, state.remaining_burst_capacity());
                let spent = u64::from(limit.saturating_sub(remaining));
                Ok(Left { limit, remaining, reset_seconds: (spent * 60).div_ceil(u64::from(rate.per_minute.max(1))) })
            }
            Ok(Err(refusal)) => Err(Error::RateLimited { retry_after: refusal.wait_time_from(self.clock.now()).as_secs() + 1 }),
            Err(_) => Err(Error::RateLimited { retry_after: 60 }),
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
        for (_, purse) in &self.purses {
            purse.retain_recent();
            purse.shrink_to_fit();
        }
    }
}

fn at_least_one(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)
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

    #[test]
    fn costs_are_spent_and_what_is_left_is_told() {
        let limits = config::Limits { spending: config::Rate { burst: 100, per_minute: 60 }, ..Default::default() };
        let limiter = Limiter::new(&limits);
        let who = Who::Participant(Uuid::from_u128(1));
        assert_eq!(limiter.spend(&who, 70).unwrap(), Left { limit: 100, remaining: 30, reset_seconds: 70 });
        let Err(Error::RateLimited { retry_after }) = limiter.spend(&who, 40) else { panic!() };
        assert!((10..=11).contains(&retry_after), "{retry_after}");
        assert_eq!(limiter.spend(&who, 30).unwrap().remaining, 0);
        assert!(limiter.spend(&Who::Token([1; 32]), 1_000).is_ok(), "a request that costs more than there ever is");
    }
}
