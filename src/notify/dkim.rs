//! Signing of mails (DKIM, RFC 6376 and 8463).

use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use lettre::message::{
    dkim::{DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey},
    header::HeaderName,
};

use crate::config;

/// What is signed: all that a reader or a program goes by. Those of the body's parts (`Content-Type`) are part of the body for the library.
const SIGNED: [&str; 12] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Reply-To",
    "MIME-Version",
    "Auto-Submitted",
    // RFC 8058, 4: one click counts only where the signature covers both.
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// How mails are signed by the settings; `None` where they are not.
///
/// # Errors
/// The key cannot be read or is none; the message names the setting, never the key.
pub fn config(settings: &config::Mail) -> Result<Option<DkimConfig>> {
    if settings.dkim_key.as_os_str().is_empty() {
        return Ok(None);
    }
    for (name, value) in [("dkim_selector", &settings.dkim_selector), ("dkim_domain", &settings.dkim_domain)] {
        let plain = !value.is_empty() && value.split('.').all(|part| !part.is_empty() && part.len() < 64);
        if !plain || !value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')) {
            bail!("mail.{name} should be a name of the DNS, such as `{}`", if name == "dkim_domain" { "example.org" } else { "veche" });
        }
    }
    let key = key(&settings.dkim_key)?;
    let headers = SIGNED.iter().map(|name| HeaderName::new_from_ascii_str(name)).collect();
    let relaxed = DkimCanonicalization { header: DkimCanonicalizationType::Relaxed, body: DkimCanonicalizationType::Relaxed };
    Ok(Some(DkimConfig::new(settings.dkim_selector.clone(), settings.dkim_domain.clone(), key, headers, relaxed)))
}

/// Where the number begins in a private key of Ed25519 (PKCS #8, RFC 8410).
const ED25519: [u8; 16] = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
/// The name of RSA in a private key (PKCS #8, RFC 5208).
const RSA: [u8; 13] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

fn key(path: &Path) -> Result<DkimSigningKey> {
    let text = std::fs::read_to_string(path).with_context(|| format!("failed to read the key of mail.dkim_key, {}", path.display()))?;
    read(&text).with_context(|| format!("mail.dkim_key should name a private key, RSA or Ed25519; {} is none", path.display()))
}

fn read(text: &str) -> Result<DkimSigningKey> {
    use DkimSigningAlgorithm::{Ed25519, Rsa};
    let text = text.trim();
    if text.starts_with("-----BEGIN RSA PRIVATE KEY-----") {
        return Ok(DkimSigningKey::new(text, Rsa)?);
    }
    let pem = text.strip_prefix("-----BEGIN PRIVATE KEY-----").and_then(|rest| rest.split_once("-----END"));
    let lines: String = pem.map_or(text, |(inside, _)| inside).split_whitespace().collect();
    let bytes = STANDARD.decode(&lines)?;
    if let Some(number) = bytes.strip_prefix(&ED25519).or((bytes.len() == 32).then_some(&bytes)) {
        return Ok(DkimSigningKey::new(&STANDARD.encode(number.get(..32).unwrap_or_default()), Ed25519)?);
    }
    // The inner key stands behind the algorithm's name, as a string of bytes: its tag, then its length in two bytes.
    let inner = bytes.windows(RSA.len()).take(16).position(|window| window == RSA).and_then(|at| bytes.get(at + RSA.len()..));
    match inner {
        Some([0x04, 0x82, _, _, inner @ ..]) => {
            let body = STANDARD.encode(inner);
            let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
            let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", lines.join("\n"));
            Ok(DkimSigningKey::new(&pem, Rsa)?)
        }
        _ => bail!("it is of another kind"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made for this test.
    const INSIDE: &str = "
MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAO9wa/+yqnxUDyzx
3vPFPx1jVQwWXYRgpUgQ84PCUgEd3tuzp+eF6sonPVAJHDRrNG2aFfAVw6hNjbhT
o4C142x4eTWfHech7mEPhP4EFXJdcYZmqVP9aYfh0KBEwVUG9FscAfJPkOMDE95+
lB3uUCML+c0i0jXCT43LIv1aXLUJAgMBAAECgYBGBdyvtLKDFZoyjLGlHMQudgRD
Oq8yrYjooHx2xfdxeCjam5m47cMSR5N4upFTCx8UBoHv6o2DxNpzU5J3a7oMR/7i
AGMqpwlKDLa+bDTBZBgJzSC//QTQRYz772b2q0toGMP4U2bFoerHFA6Q3Tkvprg/
ktrYJ9fAE9xXP4DPeQJBAP0T+QaKCSHEHAkqLUXvTQxEdX2V23Lbk9f/sELg+yfT
Y9br1nskzycaFd7LCrBU7tQMWefMyNo+Go0qiY8FXQMCQQDyNCLvAifBVapS/I2m
u1lDsW9ormx4N89om3aIouhwzI7Q4TNR2zh5lSpi2wqW8CjQF3efpatGQ0ysG0yb
Y4oDAkBnZ/PGgjw8+b5i2ELrYl3e91HyYHrsMV/1T9obWYYFvc/7jx1x75Zc6cGp
6NiTOADlz64kkn42/k0nBQxzzcM1AkB1XRg0cvnqsGUpc2H8kjouGDPhKOw80OZ7
TSICEdbKmgT2aLnih3T1TXfNkVCvVU6hj02TGcdF8+SaXVwgy/obAkEA5CVUa1Zc
FV5uNxdhJOfO17nskY7u9DpQFFJGf7sYMmPj9uJzo0Gq/qrYxb8Lfq4ELxALFs3k
zgycyW/u3o11sg==";

    fn pem(kind: &str, inside: &str) -> String {
        format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", inside.trim())
    }

    #[test]
    fn keys_are_read_as_openssl_writes_them() {
        assert!(read(&pem("PRIVATE KEY", INSIDE)).is_ok());
        let bytes = STANDARD.decode(INSIDE.split_whitespace().collect::<String>()).unwrap();
        let inner = STANDARD.encode(&bytes[26..]);
        let lines: Vec<&str> = inner.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        assert!(read(&pem("RSA PRIVATE KEY", &lines.join("\n"))).is_ok());
        let ed25519 = [&ED25519[..], &[7; 32]].concat();
        assert!(read(&pem("PRIVATE KEY", &STANDARD.encode(ed25519))).is_ok());
        assert!(read(&STANDARD.encode([7; 32])).is_ok());
        for bad in ["", "geheim", &pem("PRIVATE KEY", "AAAA"), &pem("PUBLIC KEY", INSIDE), &STANDARD.encode([7; 31])] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
