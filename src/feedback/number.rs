//! Public numbers of tickets, such as `2026-048213`.
//!
//! A running number would tell how many tickets lie between two of one's own, private ones included. So the running number
//! goes through a keyed permutation of each block of a million (a Feistel network on 20 bits, walked until it falls below a
//! million: Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002): numbers never repeat, and gaps say nothing.

use crate::identity::{Keys, Purpose};

const BLOCK: u64 = 1_000_000;
const HALF: u64 = 1 << 10;
const ROUNDS: u8 = 8;

/// The public number of the `serial`th ticket, in a year.
pub fn public_number(keys: &Keys, year: i32, serial: u64) -> String {
    let (block, mut place) = (serial / BLOCK, serial % BLOCK);
    loop {
        place = permute(keys, block, place);
        if place < BLOCK {
            break;
        }
    }
    format!("{year}-{:06}", block * BLOCK + place)
}

/// A permutation of 20 bits.
fn permute(keys: &Keys, block: u64, value: u64) -> u64 {
    let (mut left, mut right) = (value / HALF, value % HALF);
    for round in 0..ROUNDS {
        let mut input = [0; 17];
        input[0] = round;
        input[1..9].copy_from_slice(&block.to_be_bytes());
        input[9..].copy_from_slice(&right.to_be_bytes());
        let hash = keys.index(Purpose::TicketNumber, &input);
        let mix = hash.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        (left, right) = (right, (left ^ mix) % HALF);
    }
    left * HALF + right
}

/// Whether a text has the form of a number.
pub fn is_number(text: &str) -> bool {
    text.split_once('-').is_some_and(|(year, number)| {
        year.len() == 4 && (6..=12).contains(&number.len()) && year.bytes().chain(number.bytes()).all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_never_repeat_and_do_not_run_on() {
        let keys = Keys::new(&[7; 32]).unwrap();
        let numbers: Vec<String> = (0..20_000).map(|serial| public_number(&keys, 2026, serial)).collect();
        assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), numbers.len());
        assert!(numbers.iter().all(|n| is_number(n) && n.len() == 11));
        let neighbours = numbers.windows(2).filter(|w| w[0][5..].parse::<i64>().unwrap() + 1 == w[1][5..].parse::<i64>().unwrap());
        assert!(neighbours.count() < 5);
        assert!(public_number(&keys, 2026, BLOCK + 1).len() > 11);
        assert_ne!(public_number(&Keys::new(&[8; 32]).unwrap(), 2026, 1), numbers[1]);
    }

    #[test]
    fn the_network_permutes() {
        let keys = Keys::new(&[7; 32]).unwrap();
        let all: HashSet<u64> = (0..HALF * HALF / 64).map(|v| permute(&keys, 0, v)).collect();
        assert_eq!(all.len() as u64, HALF * HALF / 64);
    }
}
