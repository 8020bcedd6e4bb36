//! The token of a form: shows that the form was made for this very session, so that no other site can send it.
//!
//! It is a keyed hash over the session (or the visitor's cookie) and a number used once, so it looks different on every page
//! (a compressed page then tells nothing about it, BREACH) and is worth nothing in another session.

use askama::Template;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use crate::{
    app::Entropy,
    identity::{Keys, Purpose},
};

const NONCE: usize = 16;

/// The hidden fields of a form.
#[derive(Template)]
#[template(
    source = "<input type=\"hidden\" name=\"token\" value=\"{{ token }}\"><input type=\"hidden\" name=\"key\" value=\"{{ key }}\">",
    ext = "html"
)]
pub struct Guard {
    pub(super) token: String,
    pub(super) key: String,
}

impl askama::filters::HtmlSafe for Guard {}

/// A token for what forms are bound to.
pub fn make(keys: &Keys, entropy: &Entropy, binding: &str) -> String {
    let nonce = entropy.bytes::<NONCE>();
    URL_SAFE_NO_PAD.encode([&nonce, sign(keys, binding, &nonce).as_slice()].concat())
}

/// Whether a token was made for this.
pub fn holds(keys: &Keys, binding: &str, token: &str) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return false };
    let Some((nonce, hash)) = bytes.split_at_checked(NONCE) else { return false };
    sign(keys, binding, nonce).as_slice().ct_eq(hash).into()
}

fn sign(keys: &Keys, binding: &str, nonce: &[u8]) -> Vec<u8> {
    keys.index(Purpose::Form, &[nonce, binding.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_session_only() {
        let (keys, entropy) = (Keys::new(&[7; 32]).unwrap(), Entropy::seeded(1));
        let token = make(&keys, &entropy, "mine");
        assert!(holds(&keys, "mine", &token));
        assert!(!holds(&keys, "another", &token));
        assert!(!holds(&Keys::new(&[8; 32]).unwrap(), "mine", &token));
        assert_ne!(token, make(&keys, &entropy, "mine"), "it looks different every time");
        for bad in ["", "x", &token[1..], &format!("{token}AA"), "AAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(!holds(&keys, "mine", bad), "{bad}");
        }
    }
}
