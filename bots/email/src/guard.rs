//! What is done to the raw bytes before the parser sees them.
//!
//! The parser opens every `message/rfc822` part and so nests as deeply as the sender likes, until the stack is gone; it
//! has no limits of its own. One pass over the bytes bounds every quantity that costs it memory or time, and renames the
//! embedded message types, so that they come out as plain attachments and nothing ever nests. The scan is made to see at
//! least what the parser sees, which is lenient: white space inside field names, and fields on the line of a boundary.

use crate::{Limits, Unreadable, charset};

/// The subtypes that make the parser open a message, and what each is renamed to (same length).
const OPENED: [(&[u8], &[u8]); 3] = [(b"rfc822", RENAMED.as_bytes()), (b"global", RENAMED.as_bytes()), (b"digest", b"x-dgst")];

/// The subtype that stands for an embedded message after [`prepare`].
pub(crate) const RENAMED: &str = "x-mail";

/// Checks the limits and returns the bytes to parse.
pub(crate) fn prepare(raw: &[u8], limits: &Limits) -> Result<Vec<u8>, Unreadable> {
    if raw.len() > limits.bytes {
        return Err(Unreadable::TooLarge(limits.bytes));
    }
    let raw = without_envelope(raw);
    if raw.is_empty() {
        return Err(Unreadable::Empty);
    }
    let mut bytes = raw.to_vec();
    let containers = rename_embedded(&mut bytes, limits)?;
    if containers > limits.containers {
        return Err(Unreadable::TooDeep(limits.containers));
    }
    let (head, body) = split_head(&bytes);
    if head > limits.header_bytes {
        return Err(Unreadable::HeadersTooLong(limits.header_bytes));
    }
    count_lines(&bytes, containers > 0, limits)?;
    let mut prepared = charset::decoded_head(&bytes[..head]);
    prepared.extend_from_slice(b"\n");
    prepared.extend_from_slice(&bytes[body..]);
    Ok(prepared)
}

/// Skips what is not part of the message: a byte order mark, empty lines on top, and the `From ` line of an mbox.
fn without_envelope(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    let raw = raw.trim_ascii_start();
    if raw.starts_with(b"From ") || raw.starts_with(b">From ") {
        let end = raw.iter().position(|&b| b == b'\n').map_or(raw.len(), |at| at + 1);
        return &raw[end..];
    }
    raw
}

/// Where the top header block ends and where the body begins, an empty line apart.
///
/// Words that follow without an empty line, or under one with spaces in it, are body: the parser would lose them.
fn split_head(bytes: &[u8]) -> (usize, usize) {
    let mut at = 0;
    let mut begun = false;
    let mut lines = bytes.split_inclusive(|&b| b == b'\n').peekable();
    while let Some(line) = lines.next() {
        let next = at + line.len();
        let goes_on = lines.peek().is_some_and(|l| is_field(l) || matches!(l, [b' ' | b'\t', ..]));
        if line.iter().all(u8::is_ascii_whitespace) {
            let empty = line == b"\n" || line == b"\r\n";
            if begun && (empty || !goes_on) {
                return (at, next);
            }
        } else if is_field(line) {
            begun = true;
        } else if begun && !matches!(line, [b' ' | b'\t', ..]) && !goes_on {
            return (at, at);
        }
        at = next;
    }
    (at, at)
}

/// Whether a line begins a field: a name without spaces, and a colon.
fn is_field(line: &[u8]) -> bool {
    let name = line.split(|&b| b == b':').next().unwrap_or_default();
    let name = name.trim_ascii_end();
    name.len() < line.trim_ascii_end().len() && !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

/// Renames the embedded message types in every field that could be a `Content-Type`, and counts the containers. No byte
/// is looked at more than a few times, however the colons are arranged.
fn rename_embedded(bytes: &mut [u8], limits: &Limits) -> Result<usize, Unreadable> {
    let (mut containers, mut end, mut scanned, mut colon) = (0, 0, 0, 0);
    while let Some(found) = bytes[colon..].iter().position(|&b| b == b':') {
        colon += found;
        let is_type = names_field(&bytes[..colon], b"content-type");
        if is_type || names_field(&bytes[..colon], b"content-disposition") {
            if end <= colon {
                end = colon + field_end(&bytes[colon..]);
            }
            if end - colon > limits.header_bytes {
                return Err(Unreadable::HeadersTooLong(limits.header_bytes));
            }
            if is_type && scanned <= colon {
                scanned = colon + type_length(&bytes[colon..end]);
                containers += rename(&mut bytes[colon..scanned]);
            }
        }
        colon += 1;
    }
    Ok(containers)
}

/// Whether the bytes before a colon end in the field name, white space within the line ignored.
fn names_field(before: &[u8], name: &[u8]) -> bool {
    let mut letters = before.iter().rev().take_while(|&&b| b != b'\n').filter(|b| !b.is_ascii_whitespace());
    name.iter().rev().all(|n| letters.next().is_some_and(|b| b.to_ascii_lowercase() == *n))
}

/// The length of a field's value with its continuation lines.
fn field_end(value: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = value[at..].iter().position(|&b| b == b'\n') {
        at += found + 1;
        if !matches!(value.get(at), Some(b' ' | b'\t')) {
            return at;
        }
    }
    value.len()
}

/// The length of a value without its parameters, which are left alone (`name=digest`), unless a comment could hide where
/// they begin.
fn type_length(value: &[u8]) -> usize {
    match value.iter().position(|&b| b == b'(' || b == b';') {
        Some(at) if value[at] == b';' => at,
        _ => value.len(),
    }
}

/// Renames the types that would be opened; returns how many of them and of multiparts are named.
fn rename(value: &mut [u8]) -> usize {
    let mut named = value.windows(9).filter(|w| w.eq_ignore_ascii_case(b"multipart")).count();
    for (subtype, renamed) in OPENED {
        for at in 0..value.len() {
            if let Some(window) = value.get_mut(at..at + subtype.len())
                && window.eq_ignore_ascii_case(subtype)
            {
                window.copy_from_slice(renamed);
                named += 1;
            }
        }
    }
    named
}

/// Bounds the parts and the fields the parser may find. A boundary may stand anywhere in a line, so every line with two
/// dashes may begin a part, and every line with a colon after it, up to an empty line, may be a field.
fn count_lines(bytes: &[u8], multipart: bool, limits: &Limits) -> Result<(), Unreadable> {
    let (mut parts, mut headers) = (0, 0);
    let mut in_head = true;
    for line in bytes.split(|&b| b == b'\n') {
        if line.iter().all(u8::is_ascii_whitespace) {
            in_head &= headers == 0;
            continue;
        }
        if multipart && line.windows(2).any(|w| w == b"--") {
            parts += 1;
            in_head = true;
        }
        if in_head && line.contains(&b':') {
            headers += 1;
        }
        if parts > limits.parts {
            return Err(Unreadable::TooManyParts(limits.parts));
        }
        if headers > limits.headers {
            return Err(Unreadable::TooManyHeaders(limits.headers));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;

    const MANY: usize = 40_000;

    #[test]
    fn nesting_never_reaches_the_stack() {
        let plain = "Content-Type: message/rfc822\n\n".repeat(MANY);
        let odd = "Con tent-Type : MESSAGE/(;)Rfc822\n\n".repeat(MANY);
        let folded = "Content-Type:\n message/global\n\n".repeat(MANY);
        let digest = "Content-Type: multipart/digest; boundary=b\n\n--b\n\n".repeat(MANY);
        for raw in [plain, odd, folded, digest] {
            assert!(matches!(read(raw.as_bytes(), &Limits::default()), Err(Unreadable::TooDeep(_) | Unreadable::HeadersTooLong(_))));
            // And with the counters off the renaming alone still keeps the parser flat.
            let endless = Limits { containers: usize::MAX, headers: usize::MAX, parts: usize::MAX, ..Limits::default() };
            let short: String = raw.chars().take(30_000).collect();
            assert!(read(short.as_bytes(), &endless).is_ok());
        }
    }

    #[test]
    fn a_message_hidden_in_base64_stays_closed() {
        // "Content-Type: message/rfc822\n\n" repeated, encoded.
        let inner = "Q29udGVudC1UeXBlOiBtZXNzYWdlL3JmYzgyMgoK".repeat(MANY);
        let raw = format!("From: a@b.c\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{inner}\n");
        let mail = read(raw.as_bytes(), &Limits::default());
        assert!(mail.is_ok_and(|m| m.attachments.len() == 1));
    }

    #[test]
    fn every_limit_is_refused_by_name() {
        let limits = Limits { bytes: 10_000, headers: 20, header_bytes: 1_000, parts: 20, containers: 2 };
        let top = "From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n";
        let cases = [
            ("x".repeat(10_001), Unreadable::TooLarge(10_000)),
            ("A: b\n".repeat(21), Unreadable::TooManyHeaders(20)),
            (format!("A: {}\n\n", "b".repeat(1_000)), Unreadable::HeadersTooLong(1_000)),
            (format!("{top}--x\nContent-Disposition: a;{}\n\n", " b=c;\n".repeat(300)), Unreadable::HeadersTooLong(1_000)),
            (format!("{top}{}", "--x\n\n".repeat(21)), Unreadable::TooManyParts(20)),
            (format!("{top}--x\n{}", "a:b\n".repeat(21)), Unreadable::TooManyHeaders(20)),
            (top.repeat(3), Unreadable::TooDeep(2)),
            (" \r\n".into(), Unreadable::Empty),
        ];
        for (raw, expected) in cases {
            assert_eq!(read(raw.as_bytes(), &limits).err(), Some(expected));
        }
    }

    #[test]
    fn a_body_without_a_proper_empty_line_is_found() {
        for raw in ["From: a@b.c\r\nSubject: x\r\n \r\nслова\r\n", "From: a@b.c\nSubject: x\nслова без пустой строки\n"]
        {
            let mail = read(raw.as_bytes(), &Limits::default());
            assert!(mail.is_ok_and(|m| m.text.starts_with("слова") && m.subject == "x"));
        }
    }

    #[test]
    fn human_words_are_not_renamed() {
        let raw = "From: a@b.c\n\nglobal digest of rfc822: content\n";
        assert_eq!(read(raw.as_bytes(), &Limits::default()).map(|m| m.text), Ok("global digest of rfc822: content".into()));
    }
}
