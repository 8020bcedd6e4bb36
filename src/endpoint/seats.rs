//! How many connections with live updates there are, of this process and of each address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{config::Limits, limits::Who};

/// The seats of a process.
pub struct Seats {
    taken: Arc<Mutex<Taken>>,
    all: usize,
    per_address: usize,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_address: HashMap<Who, usize>,
}

/// A connection's seat, given back when it is dropped.
pub struct Seat {
    taken: Arc<Mutex<Taken>>,
    who: Option<Who>,
}

impl Seats {
    /// All free.
    pub fn new(limits: &Limits) -> Self {
        Self { taken: Arc::default(), all: limits.sockets, per_address: limits.sockets_per_address }
    }

    /// Takes a seat; `None` when all are taken, or too many by this address.
    pub fn take(&self, address: Option<IpAddr>) -> Option<Seat> {
        let who = address.map(Who::address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = who.as_ref().and_then(|who| taken.by_address.get(who)).copied().unwrap_or(0);
        if taken.all >= self.all || of_address >= self.per_address {
            return None;
        }
        taken.all += 1;
        if let Some(who) = &who {
            *taken.by_address.entry(who.clone()).or_default() += 1;
        }
        Some(Seat { taken: self.taken.clone(), who })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        if let Some(who) = &self.who
            && let Some(count) = taken.by_address.get_mut(who)
        {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_counted_and_given_back() {
        let seats = Seats::new(&Limits { sockets: 3, sockets_per_address: 2, ..Default::default() });
        let address = |text: &str| Some(text.parse().unwrap());
        let first = seats.take(address("192.0.2.1")).unwrap();
        let _second = seats.take(address("192.0.2.1")).unwrap();
        assert!(seats.take(address("192.0.2.1")).is_none(), "too many of this address");
        let third = seats.take(address("192.0.2.2")).unwrap();
        assert!(seats.take(None).is_none(), "all are taken");
        drop(third);
        drop(first);
        assert!(seats.take(address("192.0.2.1")).is_some());
        assert_eq!(seats.taken.lock().unwrap().by_address.len(), 1, "who has gone is forgotten");
    }
}
