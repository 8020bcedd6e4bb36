use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::app::Entropy;

/// What a keyed hash is for: the same value under another purpose gives another hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Finding an account by its e-mail.
    Email,
    /// Finding a contact by its address on a channel.
    Contact,
    /// The public numbers of tickets.
    TicketNumber,
    /// The secret link of a ticket for a person without an account.
    TicketLink,
    /// The token of a form on a page.
    Form,
    /// The access token of the service's own bots.
    Bots,
    /// The link that ends mails of a kind.
    Unsubscribe,
    /// The token of the address that answers to a ticket go to.
    ReplyToken,
}

/// Keys derived from the installation's secret (HKDF-SHA-256, RFC 5869): one seals personal data
/// (XChaCha20-Poly1305), others find it again without showing it (HMAC-SHA-256).
pub struct Keys {
    sealing: [u8; 32],
    indexing: [u8; 32],
    fingerprint: [u8; 32],
}

impl Keys {
    /// From the secret's 32 bytes.
    ///
    /// # Errors
    /// Never in practice: the derived keys are of a fixed, allowed length.
    pub fn new(secret: &[u8; 32]) -> Result<Self> {
        let hkdf = Hkdf::<Sha256>::new(Some(b"veche"), secret);
        let derive = |label: &[u8]| -> Result<[u8; 32]> {
            let mut key = [0; 32];
            if hkdf.expand(label, &mut key).is_err() {
                bail!("failed to derive a key");
            }
            Ok(key)
        };
        Ok(Self { sealing: derive(b"sealing")?, indexing: derive(b"indexing")?, fingerprint: derive(b"fingerprint")? })
    }

    /// From 64 hexadecimal digits.
    ///
    /// # Errors
    /// The text is something else.
    pub fn from_hex(text: &str) -> Result<Self> {
        let text = text.trim();
        let mut secret = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            bail!("the secret key should be 64 hexadecimal digits");
        }
        for (byte, digits) in secret.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits)?;
            *byte = u8::from_str_radix(digits, 16).context("the secret key should be 64 hexadecimal digits")?;
        }
        Self::new(&secret)
    }

    /// Shows whether two processes hold the same secret, without showing the secret.
    pub const fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// A keyed hash to find a value by.
    pub fn index(&self, purpose: Purpose, value: &[u8]) -> Vec<u8> {
        let label: &[u8] = match purpose {
            Purpose::Email => b"email\0",
            Purpose::Contact => b"contact\0",
            Purpose::TicketNumber => b"ticket-number\0",
            Purpose::TicketLink => b"ticket-link\0",
            Purpose::Form => b"form\0",
            Purpose::Bots => b"bots\0",
            Purpose::Unsubscribe => b"unsubscribe\0",
            Purpose::ReplyToken => b"reply-token\0",
        };
        // HMAC takes keys of any length, so this cannot fail; an empty hash would find nothing.
        <Hmac<Sha256> as Mac>::new_from_slice(&self.indexing)
            .map_or_else(|_| Vec::new(), |mac| mac.chain_update(label).chain_update(value).finalize().into_bytes().to_vec())
    }

    /// Seals a text for the row `id`; it opens for no other row.
    ///
    /// # Errors
    /// The cipher failed (a text of gigabytes).
    pub fn seal(&self, entropy: &Entropy, id: Uuid, text: &str) -> Result<Vec<u8>> {
        self.seal_bytes(entropy, id, text.as_bytes())
    }

    /// As [`Keys::seal`], for what is no text.
    ///
    /// # Errors
    /// As there.
    pub fn seal_bytes(&self, entropy: &Entropy, id: Uuid, bytes: &[u8]) -> Result<Vec<u8>> {
        let nonce = entropy.bytes::<24>();
        let cipher = XChaCha20Poly1305::new(&self.sealing.into());
        let sealed = cipher
            .encrypt(&nonce.into(), Payload { msg: bytes, aad: id.as_bytes() })
            .map_err(|_| anyhow::anyhow!("failed to seal personal data"))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what [`Keys::seal`] sealed for the row `id`.
    ///
    /// # Errors
    /// It was sealed under another key or for another row, or was damaged.
    pub fn open(&self, id: Uuid, sealed: &[u8]) -> Result<String> {
        Ok(String::from_utf8(self.open_bytes(id, sealed)?)?)
    }

    /// As [`Keys::open`], for what is no text.
    ///
    /// # Errors
    /// As there.
    pub fn open_bytes(&self, id: Uuid, sealed: &[u8]) -> Result<Vec<u8>> {
        let Some((nonce, sealed)) = sealed.split_first_chunk::<24>() else { bail!("sealed data are too short") };
        let cipher = XChaCha20Poly1305::new(&self.sealing.into());
        cipher.decrypt(nonce.into(), Payload { msg: sealed, aad: id.as_bytes() }).map_err(|_| anyhow::anyhow!("failed to open sealed data"))
    }
}

/// The access token of the service's own bots: whoever has the installation's secret has it, so nobody need set it up.
pub fn bots_token(keys: &Keys) -> String {
    URL_SAFE_NO_PAD.encode(keys.index(Purpose::Bots, b"access token"))
}

/// A token of 256 random bits to give away; only its hash is kept.
pub fn new_token(entropy: &Entropy) -> String {
    URL_SAFE_NO_PAD.encode(entropy.bytes::<32>())
}

/// What is kept of a token. A plain hash does: there is nothing to guess in 256 random bits.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_data_open_only_with_their_key_and_row() {
        let (keys, entropy) = (Keys::new(&[1; 32]).unwrap(), Entropy::seeded(1));
        let (row, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = keys.seal(&entropy, row, "anna@example.org").unwrap();
        assert_eq!(keys.open(row, &sealed).unwrap(), "anna@example.org");
        assert!(keys.open(other, &sealed).is_err());
        assert!(Keys::new(&[2; 32]).unwrap().open(row, &sealed).is_err());
        assert!(keys.open(row, &sealed[..10]).is_err());
        assert_ne!(sealed, keys.seal(&entropy, row, "anna@example.org").unwrap());
    }

    #[test]
    fn an_index_depends_on_key_and_purpose() {
        let keys = Keys::new(&[1; 32]).unwrap();
        assert_eq!(keys.index(Purpose::Email, b"a"), keys.index(Purpose::Email, b"a"));
        assert_ne!(keys.index(Purpose::Email, b"a"), keys.index(Purpose::Contact, b"a"));
        assert_ne!(keys.index(Purpose::Email, b"a"), Keys::new(&[2; 32]).unwrap().index(Purpose::Email, b"a"));
    }
}
