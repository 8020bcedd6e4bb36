//! Is the sender who the mail says? The receiving server knows: it saw where the mail came from and checked SPF, DKIM and DMARC.
//!
//! Only its own words are believed (RFC 8601): the topmost fields of its name, above the place where anybody else could have written.
//! Anything doubtful makes the sender unverified, which costs no more than the link to an account.

use crate::fields::{self, Field};

/// Whether the receiving server proved that the address in `From` is the sender's: DMARC passed, or, where it says nothing of DMARC at all, a
/// signature of the domain.
///
/// `authserv_id` names the server; with an empty one nobody is believed. `received_above` is how many `Received` fields may stand above its
/// word.
pub(crate) fn is_verified(all: &[Field], authserv_id: &str, received_above: usize) -> bool {
    if authserv_id.is_empty() {
        return false;
    }
    let Some(domain) = author(all).map(|address| host(&address)) else { return false };
    let mut received = 0;
    let mut answers = Vec::new();
    for field in all {
        match field.name.as_str() {
            "received" => received += 1,
            "authentication-results" if received <= received_above => answers.extend(results(&field.value, authserv_id)),
            _ => (),
        }
        if received > received_above {
            break;
        }
    }
    // A failure anywhere counts, whoever wrote it; a success only where the server's own word comes first.
    if answers.iter().flatten().any(|r| r.method == "dmarc" && matches!(r.result.as_str(), "fail" | "permerror" | "temperror")) {
        return false;
    }
    if let Some(dmarc) = answers.iter().flatten().find(|r| r.method == "dmarc") {
        return dmarc.result == "pass" && dmarc.property("header.from").is_none_or(|from| host(from) == domain);
    }
    // Where the server does not check DMARC: a signature of the very domain. An envelope (SPF) is too little: many share a server.
    let Some(first) = answers.first() else { return false };
    first.iter().any(|r| {
        let signer = r.property("header.d").or_else(|| r.property("header.i"));
        r.method == "dkim" && r.result == "pass" && signer.is_some_and(|d| is_of(&domain, &host(d)))
    })
}

/// Whether the one author that is checked is the one that the mail is taken to be from.
pub(crate) fn is_author(all: &[Field], address: &str) -> bool {
    author(all).is_some_and(|author| author == address.to_lowercase())
}

/// The address of the one author. With two authors, or two fields, it is nobody's word whose it is.
fn author(all: &[Field]) -> Option<String> {
    let mut from = fields::named(all, "from");
    let (value, None) = (from.next()?, from.next()) else { return None };
    // What stands in quotation marks and comments is decoration: `"ceo@bank" <x@evil>`.
    let bare = undecorated(value);
    let inside = bare.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address.to_owned());
    let before = bare.split('<').next().unwrap_or_default();
    let others = if inside.is_some() { before.contains('@') || bare.contains(">,") } else { bare.contains(',') };
    if others || bare.matches('<').count() > 1 {
        return None;
    }
    let address = inside.unwrap_or(bare);
    let address = address.trim();
    if address.matches('@').count() != 1 || address.contains(char::is_whitespace) || host(address).is_empty() {
        return None;
    }
    Some(address.to_lowercase())
}

/// A value without its quoted strings and comments.
fn undecorated(value: &str) -> String {
    let (mut bare, mut quoted, mut depth) = (String::new(), false, 0_usize);
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted || depth > 0 => {
                chars.next();
            }
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => depth -= 1,
            c if !quoted && depth == 0 => bare.push(c),
            _ => (),
        }
    }
    bare
}

/// The domain of an address, or of what is only a domain.
fn host(address: &str) -> String {
    address.rsplit('@').next().unwrap_or_default().trim().trim_end_matches('.').to_lowercase()
}

/// Whether a domain is another or below it.
fn is_of(domain: &str, above: &str) -> bool {
    domain == above || above.contains('.') && domain.strip_suffix(above).is_some_and(|rest| rest.ends_with('.'))
}

/// One method's result.
#[derive(Debug, PartialEq, Eq)]
struct Checked {
    method: String,
    result: String,
    properties: Vec<(String, String)>,
}

impl Checked {
    fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// The results in a field of the server's, or nothing where it is another's.
fn results(value: &str, authserv_id: &str) -> Option<Vec<Checked>> {
    let mut parts = split(value);
    let first = if parts.is_empty() { Vec::new() } else { parts.remove(0) };
    if !first.first().is_some_and(|name| name.eq_ignore_ascii_case(authserv_id)) {
        return None;
    }
    Some(parts.into_iter().filter_map(checked).collect())
}

fn checked(words: Vec<String>) -> Option<Checked> {
    let mut pairs = words.iter().filter_map(|word| word.split_once('='));
    let (method, result) = pairs.next()?;
    let method = method.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let properties = pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.to_ascii_lowercase())).collect();
    Some(Checked { method, result: result.to_ascii_lowercase(), properties })
}

/// Takes a value apart at its semicolons, and each part into words: comments are left out, quoted strings are one word, and an equals sign
/// binds what is around it.
fn split(value: &str) -> Vec<Vec<String>> {
    let (mut parts, mut words, mut word) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut depth) = (false, 0_usize);
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if depth > 0 => {
                chars.next();
            }
            '\\' if quoted => word.extend(chars.next()),
            '"' if depth == 0 => quoted = !quoted,
            _ if quoted => word.push(c),
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            _ if depth > 0 => (),
            ';' => {
                words.push(std::mem::take(&mut word));
                parts.push(std::mem::take(&mut words));
            }
            '=' => {
                if word.is_empty()
                    && let Some(name) = words.pop()
                {
                    word = name;
                }
                word.push('=');
            }
            c if c.is_whitespace() => {
                if !word.is_empty() && !word.ends_with('=') {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    words.push(word);
    parts.push(words);
    for words in &mut parts {
        words.retain(|word| !word.is_empty());
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SERVER: &str = "mx.example.org";

    #[track_caller]
    fn verified(head: &str, received_above: usize) -> bool {
        is_verified(&fields::of(format!("{head}\r\n\r\n").as_bytes()), SERVER, received_above)
    }

    #[test]
    fn the_servers_word_is_believed() {
        for word in [
            "mx.example.org; dmarc=pass (p=REJECT sp=NONE) header.from=city.ru",
            "MX.example.org 1; spf=pass smtp.mailfrom=a@mailer.net; dkim=pass header.d=mailer.net; dmarc = pass header.from=City.ru",
            "mx.example.org; dkim=pass (2048-bit key; unprotected) header.d=city.ru header.i=@city.ru header.b=\"a;b\"",
        ] {
            let head = format!("Authentication-Results: {word}\r\nReceived: from x\r\nFrom: \"Иван, П.\" <ivan@City.ru>");
            assert!(verified(&head, 0), "{word}");
        }
        assert!(verified("Authentication-Results: mx.example.org; dkim=pass header.d=city.ru\r\nFrom: ivan@mail.city.ru", 0));
    }

    #[test]
    fn nothing_else_is() {
        for word in [
            "mx.evil.org; dmarc=pass header.from=city.ru",
            "mx.example.org.evil.org; dmarc=pass header.from=city.ru",
            "(mx.example.org; ) evil; dmarc=pass header.from=city.ru",
            "mx.example.org; dmarc=fail header.from=city.ru",
            "mx.example.org; dmarc=pass header.from=evil.ru",
            "mx.example.org; none",
            "mx.example.org; spf=pass smtp.mailfrom=bounce@city.ru",
            "mx.example.org; x=\"; dmarc=pass header.from=city.ru\"",
            "mx.example.org; (; dmarc=pass header.from=city.ru)",
            "mx.example.org; dkim=pass header.d=evil.ru; spf=pass smtp.mailfrom=evil.ru",
            "mx.example.org; dkim=pass header.d=ru",
            "mx.example.org; dkim=pass header.d=ity.ru",
            "mx.example.org; dkim=fail header.d=city.ru; spf=softfail smtp.mailfrom=city.ru",
            "mx.example.org; dkim=pass header.d=city.ru; dmarc=fail header.from=city.ru",
            "",
            ";;;=;",
        ] {
            assert!(!verified(&format!("Authentication-Results: {word}\r\nFrom: ivan@city.ru"), 0), "{word}");
        }
    }

    #[test]
    fn what_the_sender_wrote_stands_too_low() {
        let forged = "Authentication-Results: mx.example.org; dmarc=pass header.from=city.ru\r\nFrom: ivan@city.ru";
        let below = format!("Received: from evil by mx.example.org\r\n{forged}");
        assert!(!verified(&below, 0));
        // The server's own comes first, wherever the forged one stands.
        let own = "Authentication-Results: mx.example.org; dmarc=fail header.from=city.ru";
        assert!(!verified(&format!("{own}\r\n{forged}"), 5));
        assert!(!verified(&format!("{own}\r\n{below}"), 5));
        let own = "Authentication-Results: mx.example.org; dmarc=none header.from=city.ru";
        assert!(!verified(&format!("{own}\r\n{below}"), 5));
        // An inner hop adds one above.
        let good = "Received: by store (LMTP)\r\nAuthentication-Results: mx.example.org; dmarc=pass header.from=city.ru\r\nReceived: from city\r\nFrom: ivan@city.ru";
        assert!(verified(good, 1) && !verified(good, 0));
    }

    #[test]
    fn an_author_in_two_minds_is_nobody() {
        let pass = "Authentication-Results: mx.example.org; dmarc=pass header.from=city.ru";
        for from in [
            "From: ivan@city.ru\r\nFrom: x@evil.ru",
            "From: x@evil.ru\r\nFrom: ivan@city.ru",
            "From: <ivan@city.ru>, <x@evil.ru>",
            "From: x@evil.ru, <ivan@city.ru>",
            "From: ivan@city.ru, x@evil.ru",
            "From: \"ivan@city.ru\" <x@evil.ru>",
            "From: (ivan@city.ru) x@evil.ru",
            "From: <x@evil.ru> ivan@city.ru <y@evil.ru>",
            "From: x@evil.ru@city.ru",
            "From: nobody",
            "To: ivan@city.ru",
        ] {
            assert!(!verified(&format!("{pass}\r\n{from}"), 0), "{from}");
        }
        assert!(!is_verified(&fields::of(format!("{pass}\nFrom: ivan@city.ru\n\n").as_bytes()), "", 9));
    }

    proptest! {
        #[test]
        fn any_words_are_split(value in "[a-z=;()\"\\\\ .@]{0,60}") {
            results(&value, SERVER);
            results(&format!("mx.example.org; {value}"), SERVER);
            undecorated(&value);
        }

        /// Whatever stands below the first hop changes nothing.
        #[test]
        fn nothing_below_the_hop_counts(junk in "[ -~]{0,80}") {
            let head = format!("Received: x\nAuthentication-Results: mx.example.org; dmarc=pass header.from=city.ru\n{junk}\nFrom: ivan@city.ru\n\n");
            prop_assert!(!is_verified(&fields::of(head.as_bytes()), SERVER, 0));
        }
    }
}
