//! Charsets: fields in raw 8-bit, encoded words cut in the middle of a letter, and text whose charset nobody named.

use mail_parser::decoders::{base64::base64_decode, charsets::map::charset_decoder, quoted_printable::quoted_printable_decode_char};

/// The one-byte charsets of Russian mail, the commonest first.
const CYRILLIC: [&str; 4] = ["windows-1251", "koi8-r", "cp866", "iso-8859-5"];

/// The longest name of a charset, in bytes.
const CHARSET: usize = 40;

/// Decodes bytes that are not UTF-8 and name no charset, by which of the Cyrillic charsets makes the likeliest text.
///
/// Every reading is scored by its letters: lower-case ones and the ten most frequent ones of Russian count for it, capitals
/// inside words, pseudographics and other signs against it. `None` if no reading has more for it than against it, as with
/// Western European text.
pub fn guess_cyrillic(bytes: &[u8]) -> Option<String> {
    CYRILLIC
        .iter()
        .filter_map(|name| charset_decoder(name.as_bytes()).map(|decode| decode(bytes)))
        .map(|text| (score(&text), text))
        .filter(|(score, _)| *score > 0)
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, text)| text)
}

fn score(text: &str) -> i64 {
    let mut score = 0;
    let mut before = ' ';
    for c in text.chars() {
        score += match c {
            'о' | 'е' | 'а' | 'и' | 'н' | 'т' | 'с' | 'р' | 'в' | 'л' => 3,
            'а'..='я' | 'ё' => 1,
            'А'..='Я' | 'Ё' if before.is_lowercase() => -3,
            'А'..='Я' | 'Ё' => 0,
            _ if c.is_ascii() || matches!(c, '«' | '»' | '—' | '–' | '№' | '…' | '\u{a0}') => 0,
            _ => -4,
        };
        // A Western word with one accented letter must not pass for Cyrillic.
        if !c.is_ascii() && before.is_ascii_alphabetic() || c.is_ascii_alphabetic() && !before.is_ascii() {
            score -= 4;
        }
        before = c;
    }
    score
}

/// Decodes bytes by the charset named, or, where none (or none known) is named, as UTF-8 or the likeliest Cyrillic one.
pub(crate) fn decode(bytes: &[u8], charset: Option<&str>) -> String {
    let named = charset.and_then(alias);
    let nothing_said = named.is_none_or(|name| {
        let name = name.to_ascii_lowercase();
        name.contains("ascii") || name == "utf-8" || name == "utf8"
    });
    if nothing_said {
        return match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            // A declared UTF-8 text with a few bad bytes is still UTF-8.
            Err(_) if mostly_utf8(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Err(_) => guess_cyrillic(bytes).unwrap_or_else(|| match charset_decoder(b"windows-1252") {
                Some(decode) => decode(bytes),
                None => String::from_utf8_lossy(bytes).into_owned(),
            }),
        };
    }
    let text = match named.and_then(|name| charset_decoder(name.as_bytes())) {
        Some(decode) => decode(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    };
    // A wrong name does not make UTF-8 something else.
    match std::str::from_utf8(bytes) {
        Ok(utf8) if text.contains(char::REPLACEMENT_CHARACTER) => utf8.to_owned(),
        _ => text,
    }
}

/// Whether more multi-byte sequences are valid UTF-8 than broken.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (valid, broken) = bytes.utf8_chunks().fold((0, 0), |(valid, broken), chunk| {
        let letters = chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        (valid + letters, broken + usize::from(!chunk.invalid().is_empty()))
    });
    valid > broken
}

/// The known name of a charset; `None` if it is not known under any.
fn alias(name: &str) -> Option<&str> {
    let name = name.trim();
    if charset_decoder(name.as_bytes()).is_some() {
        return Some(name);
    }
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    match digits.as_str() {
        "1251" => Some("windows-1251"),
        "866" => Some("cp866"),
        _ if name.to_ascii_lowercase().starts_with("koi8") => Some("koi8-r"),
        _ => None,
    }
}

/// The top header block in UTF-8: raw 8-bit fields decoded, and every run of encoded words (RFC 2047) made one UTF-8 word,
/// because senders cut letters of several bytes in two.
pub(crate) fn decoded_head(head: &[u8]) -> Vec<u8> {
    let text = decode(head, None);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("=?") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match encoded_run(rest) {
            Some((decoded, length)) => {
                push_encoded(&mut out, &decoded);
                rest = &rest[length..];
            }
            None => {
                out.push_str("=?");
                rest = &rest[2..];
            }
        }
    }
    out.push_str(rest);
    out.into_bytes()
}

/// Decodes the encoded words of one charset that follow each other; returns their text and length.
fn encoded_run(text: &str) -> Option<(String, usize)> {
    let (charset, mut bytes, mut length) = encoded_word(text)?;
    loop {
        let rest = &text[length..];
        let next = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        match encoded_word(next) {
            Some((same, more, taken)) if same.eq_ignore_ascii_case(charset) => {
                bytes.extend(more);
                length += rest.len() - next.len() + taken;
            }
            _ => return Some((decode(&bytes, Some(charset)), length)),
        }
    }
}

/// One encoded word: its charset without the language, its bytes, its length. It ends before a line does, and only text with as many
/// words is looked at often: so a field full of beginnings costs no more than its length.
fn encoded_word(text: &str) -> Option<(&str, Vec<u8>, usize)> {
    let inner = text.strip_prefix("=?")?;
    let mark = inner.bytes().take(CHARSET + 1).position(|b| b == b'?')?;
    let (charset, rest) = inner.split_at_checked(mark)?;
    let encoding = rest.get(1..2)?;
    let data = rest.get(2..)?.strip_prefix('?')?;
    let end = data.find(['?', '\n', '\r'])?;
    let (data, rest) = data.split_at(end);
    if charset.is_empty() || !charset.is_ascii() || charset.contains(char::is_whitespace) || !rest.starts_with("?=") {
        return None;
    }
    let bytes = match encoding {
        "B" | "b" => base64_decode(data.as_bytes())?,
        "Q" | "q" => q_decode(data.as_bytes()),
        _ => return None,
    };
    let length = 2 + charset.len() + 1 + encoding.len() + 1 + data.len() + 2;
    Some((charset.split('*').next().unwrap_or(charset), bytes, length))
}

/// The Q encoding (RFC 2047, 4.2); a broken escape stands for itself.
fn q_decode(data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(data.len());
    let mut at = 0;
    while let Some(&b) = data.get(at) {
        let escape = match data.get(at..at + 3) {
            Some([b'=', high, low]) => quoted_printable_decode_char(*high, *low),
            _ => None,
        };
        match escape {
            Some(decoded) => {
                bytes.push(decoded);
                at += 3;
            }
            None => {
                bytes.push(if b == b'_' { b' ' } else { b });
                at += 1;
            }
        }
    }
    bytes
}

/// Writes text as one encoded word, everything but letters and digits escaped, so that it cannot change the field's shape.
fn push_encoded(out: &mut String, text: &str) {
    out.push_str("=?utf-8?Q?");
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() {
            out.push(b.into());
        } else {
            out.push_str(&format!("={b:02X}"));
        }
    }
    out.push_str("?=");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// "Прошу починить фонарь" in each charset.
    const SAME: [&[u8]; 4] = [
        b"\xcf\xf0\xee\xf8\xf3 \xef\xee\xf7\xe8\xed\xe8\xf2\xfc \xf4\xee\xed\xe0\xf0\xfc",
        b"\xf0\xd2\xcf\xdb\xd5 \xd0\xcf\xde\xc9\xce\xc9\xd4\xd8 \xc6\xcf\xce\xc1\xd2\xd8",
        b"\x8f\xe0\xae\xe8\xe3 \xaf\xae\xe7\xa8\xad\xa8\xe2\xec \xe4\xae\xad\xa0\xe0\xec",
        b"\xbf\xe0\xde\xe8\xe3 \xdf\xde\xe7\xd8\xdd\xd8\xe2\xec \xe4\xde\xdd\xd0\xe0\xec",
    ];

    #[test]
    fn unnamed_cyrillic_is_recognised() {
        for bytes in SAME {
            assert_eq!(guess_cyrillic(bytes).as_deref(), Some("Прошу починить фонарь"));
            assert_eq!(decode(bytes, Some("us-ascii")), "Прошу починить фонарь");
        }
        assert_eq!(decode(SAME[0], Some("x-cp1251")), "Прошу починить фонарь");
        assert_eq!(decode(b"caf\xe9 na\xefve", None), "café naïve");
    }

    #[test]
    fn encoded_words_cut_inside_a_letter_are_joined() {
        // "Привет" in UTF-8 base64, cut after three bytes; and the same in Q.
        for head in [
            "Subject: =?UTF-8?B?0J/R?=\r\n =?utf-8?B?gNC40LLQtdGC?=\r\n",
            "Subject: =?UTF-8?Q?=D0=9F=D1?= =?UTF-8?Q?=80=D0=B8=D0=B2=D0=B5=D1=82?=\r\n",
        ] {
            assert_eq!(decoded_head(head.as_bytes()), b"Subject: =?utf-8?Q?=D0=9F=D1=80=D0=B8=D0=B2=D0=B5=D1=82?=\r\n");
        }
    }

    #[test]
    fn an_encoded_word_cannot_add_fields() {
        let head = decoded_head(b"Subject: =?utf-8?Q?a=0D=0ABcc:_x?=\r\n");
        assert_eq!(head.iter().filter(|&&b| b == b'\n').count(), 1);
    }

    /// 25 MB of beginnings took minutes.
    #[test]
    fn beginnings_of_encoded_words_take_linear_time() {
        for part in ["=?a", "=?a?", "=?a?b", "=?a?b?", "=?a?b?c", "=?a?b?c ", "=?a?q?\n", "=?\n"] {
            let began = std::time::Instant::now();
            decoded_head(part.repeat(300_000).as_bytes());
            assert!(began.elapsed() < std::time::Duration::from_secs(10), "{part:?}");
        }
        assert_eq!(decoded_head(b"Subject: =?utf-8?Q?a b?= =?x"), b"Subject: =?utf-8?Q?a=20b?= =?x");
    }

    proptest! {
        #[test]
        fn any_bytes_decode(bytes in prop::collection::vec(any::<u8>(), 0..200), name in "[a-z0-9-]{0,12}") {
            decode(&bytes, Some(&name));
            decoded_head(&bytes);
        }
    }
}
