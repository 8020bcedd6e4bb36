//! Keeps within what Telegram allows: so many messages a second to all, and to each chat.

use std::{num::NonZeroU32, time::Instant};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed, keyed::HashMapStateStore},
};

/// Tokio's clock, which tests can stop.
#[derive(Debug, Clone, Copy)]
struct TokioClock;

impl Clock for TokioClock {
    type Instant = Instant;

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

/// Paces messages.
pub(crate) struct Limits {
    all: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Instant>>,
    chats: RateLimiter<i64, HashMapStateStore<i64>, TokioClock, NoOpMiddleware<Instant>>,
}

impl Limits {
    pub(crate) fn new(all: u32, chat: u32) -> Self {
        let quota = |n: u32| Quota::per_second(NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)).allow_burst(NonZeroU32::MIN);
        Self {
            all: RateLimiter::direct_with_clock(quota(all), TokioClock),
            chats: RateLimiter::hashmap_with_clock(quota(chat), TokioClock),
        }
    }

    /// Waits until one more message may go to `chat`.
    pub(crate) async fn wait(&self, chat: i64) {
        while let Err(busy) = self.chats.check_key(&chat) {
            tokio::time::sleep(busy.wait_time_from(TokioClock.now())).await;
        }
        while let Err(busy) = self.all.check() {
            tokio::time::sleep(busy.wait_time_from(TokioClock.now())).await;
        }
    }

    /// Whether one more message may go to `chat` at once: what can wait is sent only then.
    pub(crate) fn try_now(&self, chat: i64) -> bool {
        self.all.check().is_ok() && self.chats.check_key(&chat).is_ok()
    }

    /// Forgets chats that have been silent.
    pub(crate) fn sweep(&self) {
        self.chats.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn one_chat_gets_one_a_second_and_all_get_thirty() {
        let limits = Limits::new(30, 1);
        let begun = tokio::time::Instant::now();
        for _ in 0..5 {
            limits.wait(1).await;
        }
        assert!(begun.elapsed() >= Duration::from_secs(4), "{:?}", begun.elapsed());
        let begun = tokio::time::Instant::now();
        for chat in 0..90 {
            limits.wait(1000 + chat).await;
        }
        assert!(begun.elapsed() >= Duration::from_millis(2900), "{:?}", begun.elapsed());
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}
