//! How an answer finds its ticket.

use uuid::Uuid;

use crate::identity::{Keys, Purpose};

/// Bytes of the token's seal: nobody guesses 80 bits by sending mail.
const SEAL: usize = 10;

/// Digits of Crockford's base 32, in lower case: no two of them are alike to the eye, and mail servers do not tell capitals apart.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The token of the address that a mail about a ticket asks to be answered at: the ticket and a seal, 42 digits and letters.
pub fn reply_token(keys: &Keys, ticket: Uuid) -> String {
    let seal = keys.index(Purpose::ReplyTo, ticket.as_bytes());
    let bytes: Vec<u8> = ticket.as_bytes().iter().chain(seal.iter().take(SEAL)).copied().collect();
    let bits = bytes.len() * 8;
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    let digit = |at: usize| (at..at + 5).fold(0, |value, at| value << 1 | usize::from(bit(at)));
    (0..bits).step_by(5).map(|at| char::from(DIGITS[digit(at)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_an_address_and_belongs_to_one_ticket_and_installation() {
        let keys = Keys::new(&[1; 32]).unwrap();
        let token = reply_token(&keys, Uuid::from_u128(1));
        assert_eq!(token.len(), 42);
        assert!(token.bytes().all(|b| DIGITS.contains(&b)));
        assert_ne!(token, reply_token(&keys, Uuid::from_u128(2)));
        assert_ne!(token, reply_token(&Keys::new(&[2; 32]).unwrap(), Uuid::from_u128(1)));
    }
}
