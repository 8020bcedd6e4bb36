//! What goes over the wire of IMAP (RFC 3501), as far as a reader of mailboxes needs it.
//!
//! Of our own, and small: the crates there are read literals of any size into memory, have no word for time, and hang where a server does. Here
//! every response has a bound, reading can be broken off at any time without losing its place, and nothing recurses.

/// Bytes of a response without its literals at the most: a search may find many messages.
const LINES: usize = 2 * 1024 * 1024;
/// Bytes of a literal at the most: more than is ever asked for.
pub(crate) const LITERAL: usize = 1024 * 1024;

/// Why an exchange with a server failed. Whatever it was, the connection is of no more use, but for a refusal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("the server hung up")]
    Closed,
    #[error("the server did not answer in time")]
    Silence,
    #[error("the server said what cannot be: {0}")]
    Protocol(String),
    /// `NO` or `BAD`: this was not done, the next may be.
    #[error("the server refused: {0}")]
    Refused(String),
    #[error("{0}")]
    Setup(String),
}

/// A piece of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Atom(String),
    /// A quoted string or a literal.
    Text(Vec<u8>),
    Open,
    Close,
}

/// How a command went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    No,
    Bad,
    Bye,
    PreAuth,
}

/// What a server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Response {
    /// `+ …`
    Continue,
    /// `TAG OK …`, or without a tag `* OK …`.
    Status { tag: Option<String>, status: Status, text: String },
    /// `* 3 FETCH (…)`
    Data(Vec<Token>),
}

/// Takes the first response off what was read; nothing while it is not whole.
///
/// # Errors
/// It is larger than a response may be, or not one.
pub(crate) fn take(buffer: &mut Vec<u8>) -> Result<Option<Response>, Error> {
    let Some(end) = extent(buffer)? else { return Ok(None) };
    let response = parse(&buffer[..end])?;
    buffer.drain(..end);
    Ok(Some(response))
}

/// Where the first response ends.
fn extent(buffer: &[u8]) -> Result<Option<usize>, Error> {
    let (mut at, mut lines) = (0, 0);
    loop {
        let Some(rest) = buffer.get(at..) else { return Ok(None) };
        let length = rest.iter().position(|&b| b == b'\n').map(|end| end + 1);
        lines += length.unwrap_or(rest.len());
        if lines > LINES {
            return Err(Error::Protocol("a response without an end".into()));
        }
        let Some(length) = length else { return Ok(None) };
        at += length;
        match literal(&rest[..length]) {
            None => return Ok(Some(at)),
            Some(size) if size > LITERAL => return Err(Error::Protocol(format!("{size} bytes that were not asked for"))),
            Some(size) => at += size,
        }
    }
}

/// The size of the literal that a line ends in.
fn literal(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let open = line.iter().rposition(|&b| b == b'{')?;
    let digits = line[open + 1..].strip_suffix(b"+").unwrap_or(&line[open + 1..]);
    if digits.is_empty() || digits.len() > 10 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |n, d| n * 10 + usize::from(d - b'0')))
}

fn parse(bytes: &[u8]) -> Result<Response, Error> {
    if bytes.starts_with(b"+") {
        return Ok(Response::Continue);
    }
    let (tag, rest) = word(bytes);
    let (status, text) = word(rest);
    let status = match status.to_ascii_uppercase().as_slice() {
        b"OK" => Some(Status::Ok),
        b"NO" => Some(Status::No),
        b"BAD" => Some(Status::Bad),
        b"BYE" => Some(Status::Bye),
        b"PREAUTH" => Some(Status::PreAuth),
        _ => None,
    };
    match (tag, status) {
        (b"*", None) => Ok(Response::Data(tokens(rest))),
        (tag, Some(status)) => {
            let tag = (tag != b"*").then(|| String::from_utf8_lossy(tag).into_owned());
            Ok(Response::Status { tag, status, text: String::from_utf8_lossy(text).trim().to_owned() })
        }
        _ => Err(Error::Protocol(String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).trim().to_owned())),
    }
}

fn word(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|b| b.is_ascii_whitespace()).unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}

fn tokens(bytes: &[u8]) -> Vec<Token> {
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'(' => tokens.push(Token::Open),
            b')' => tokens.push(Token::Close),
            b'"' => {
                let mut text = Vec::new();
                at += 1;
                while let Some(&b) = bytes.get(at).filter(|b| **b != b'"') {
                    if b == b'\\' {
                        at += 1;
                    }
                    text.extend(bytes.get(at));
                    at += 1;
                }
                tokens.push(Token::Text(text));
            }
            b'{' => {
                let end = bytes[at..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |length| at + length + 1);
                if let Some(size) = literal(&bytes[at..end]) {
                    tokens.push(Token::Text(bytes.get(end..end + size).unwrap_or_default().to_vec()));
                    at = end + size;
                } else {
                    at = end;
                }
                continue;
            }
            b if b.is_ascii_whitespace() => (),
            _ => {
                let begin = at;
                let mut inside = false;
                while let Some(&b) = bytes.get(at) {
                    match b {
                        b'[' => inside = true,
                        b']' => inside = false,
                        b'\r' | b'\n' => break,
                        b' ' | b'(' | b')' | b'"' if !inside => break,
                        _ => (),
                    }
                    at += 1;
                }
                tokens.push(Token::Atom(String::from_utf8_lossy(&bytes[begin..at]).into_owned()));
                continue;
            }
        }
        at += 1;
    }
    tokens
}

/// The number before a word: `3 EXISTS`.
pub(crate) fn counted<'a>(tokens: &'a [Token], word: &str) -> Option<(u32, &'a [Token])> {
    match tokens {
        [Token::Atom(number), Token::Atom(name), rest @ ..] if name.eq_ignore_ascii_case(word) => Some((number.parse().ok()?, rest)),
        _ => None,
    }
}

/// What was found by a search.
pub(crate) fn found(tokens: &[Token]) -> Option<Vec<u32>> {
    match tokens {
        [Token::Atom(name), rest @ ..] if name.eq_ignore_ascii_case("SEARCH") => {
            Some(rest.iter().filter_map(|t| if let Token::Atom(n) = t { n.parse().ok() } else { None }).collect())
        }
        _ => None,
    }
}

/// What was fetched of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fetched {
    pub uid: u32,
    pub size: Option<u64>,
    pub body: Option<Vec<u8>>,
}

/// What was fetched, where it names its message.
pub(crate) fn fetched(tokens: &[Token]) -> Option<Fetched> {
    let (_, list) = counted(tokens, "FETCH")?;
    let mut fetched = Fetched::default();
    let mut rest = list.strip_prefix(&[Token::Open])?;
    while let [Token::Atom(name), value, ..] = rest {
        match (name.to_ascii_uppercase().as_str(), value) {
            ("UID", Token::Atom(number)) => fetched.uid = number.parse().ok()?,
            ("RFC822.SIZE", Token::Atom(number)) => fetched.size = number.parse().ok(),
            (name, Token::Text(bytes)) if name.starts_with("BODY[]") => fetched.body = Some(bytes.clone()),
            (name, Token::Atom(nil)) if name.starts_with("BODY[]") && nil.eq_ignore_ascii_case("NIL") => fetched.body = Some(Vec::new()),
            _ => (),
        }
        // A value may be a list.
        let (mut depth, mut length) = (0_usize, 1);
        for token in &rest[1..] {
            length += 1;
            match token {
                Token::Open => depth += 1,
                Token::Close => depth = depth.saturating_sub(1),
                _ => (),
            }
            if depth == 0 {
                break;
            }
        }
        rest = rest.get(length..)?;
    }
    (fetched.uid != 0).then_some(fetched)
}

/// A text between quotation marks.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A folder's name as it goes over the wire: letters outside ASCII in a form of UTF-7 (RFC 3501, 5.1.3).
pub(crate) fn folder(name: &str) -> String {
    use base64::{Engine, alphabet, engine};
    const CODE: engine::GeneralPurpose = engine::GeneralPurpose::new(&alphabet::IMAP_MUTF7, engine::general_purpose::NO_PAD);
    let (mut wire, mut units) = (String::new(), Vec::new());
    let flush = |wire: &mut String, units: &mut Vec<u8>| {
        if !units.is_empty() {
            wire.push('&');
            wire.push_str(&CODE.encode(std::mem::take(units)));
            wire.push('-');
        }
    };
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            flush(&mut wire, &mut units);
            wire.push(c);
            if c == '&' {
                wire.push('-');
            }
        } else {
            units.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut wire, &mut units);
    quoted(&wire)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn atom(text: &str) -> Token {
        Token::Atom(text.into())
    }

    #[test]
    fn responses_are_taken_off_one_by_one() {
        let stream = b"* OK [PERMANENTFLAGS (\\Seen \\*)] Limited \"text\r\n* 12 FETCH (FLAGS (\\Seen $X) UID 7 RFC822.SIZE 11 BODY[]<0> {11}\r\nSubject: )\r INTERNALDATE \" 1-\\\"\")\r\n* SEARCH 3 5\r\n+ idling\r\nA1 NO [TRYCREATE] none\r\n* 4 EXISTS\r\n";
        for size in 1..stream.len() {
            let (mut buffer, mut responses) = (Vec::new(), Vec::new());
            for chunk in stream.chunks(size) {
                buffer.extend_from_slice(chunk);
                while let Some(response) = take(&mut buffer).unwrap() {
                    responses.push(response);
                }
            }
            assert_eq!(responses.len(), 6);
            assert!(matches!(&responses[0], Response::Status { tag: None, status: Status::Ok, text } if text.ends_with("\"text")));
            let Response::Data(tokens) = &responses[1] else { panic!() };
            let fetch = fetched(tokens).unwrap();
            assert_eq!((fetch.uid, fetch.size, fetch.body.as_deref()), (7, Some(11), Some(&b"Subject: )\r"[..])));
            assert!(matches!(&responses[2], Response::Data(tokens) if found(tokens) == Some(vec![3, 5])));
            assert_eq!(responses[3], Response::Continue);
            assert!(matches!(&responses[4], Response::Status { tag: Some(tag), status: Status::No, .. } if tag == "A1"));
            assert!(matches!(&responses[5], Response::Data(tokens) if counted(tokens, "exists").is_some_and(|(n, _)| n == 4)));
        }
    }

    #[test]
    fn sections_and_lists_are_one_value() {
        let all = tokens(b"1 FETCH (X (A (B) \"c\") BODY[HEADER.FIELDS (TO)] NIL UID 9 BODY[]<0> NIL)");
        assert!(all.contains(&atom("BODY[HEADER.FIELDS (TO)]")), "{all:?}");
        assert_eq!(fetched(&all), Some(Fetched { uid: 9, size: None, body: Some(Vec::new()) }));
        assert_eq!(fetched(&tokens(b"1 FETCH (FLAGS (\\Seen))")), None);
    }

    #[test]
    fn nothing_is_read_without_end() {
        assert!(take(&mut vec![b'x'; LINES + 1]).is_err());
        assert!(take(&mut b"* 1 FETCH (BODY[] {99999999}\r\n".to_vec()).is_err());
        assert!(take(&mut b"nonsense\r\n".to_vec()).is_err());
        assert_eq!(take(&mut b"* 1 FETCH (BODY[] {5}\r\nabc".to_vec()).unwrap(), None);
    }

    #[test]
    fn names_of_folders() {
        assert_eq!(folder("INBOX"), "\"INBOX\"");
        assert_eq!(folder("a\"b\\&"), "\"a\\\"b\\\\&-\"");
        assert_eq!(folder("Входящие/x"), "\"&BBIERQQ+BDQETwRJBDgENQ-/x\"");
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut buffer = bytes;
            buffer.extend_from_slice(b"\r\n");
            while let Ok(Some(response)) = take(&mut buffer) {
                if let Response::Data(tokens) = response {
                    fetched(&tokens);
                    found(&tokens);
                }
            }
        }

        #[test]
        fn any_list_is_read(text in "[A-Z\\[\\]()\"{}0-9 <>]{0,60}") {
            fetched(&tokens(format!("1 FETCH ({text}").as_bytes()));
        }
    }
}
