//! Checks of what people send, before anything is done with it.

use std::ops::RangeInclusive;

use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, ErrorCode, Refusal, Result};

/// Collects refusals, so that a form is answered once with all that is wrong.
#[derive(Debug, Default)]
pub struct Validate(Vec<Refusal>);

impl Validate {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a refusal.
    pub fn refuse(&mut self, refusal: Refusal) {
        self.0.push(refusal);
    }

    /// Keeps a value, or notes why it was refused.
    pub fn keep<T: Default>(&mut self, outcome: Result<T, Refusal>) -> T {
        outcome.unwrap_or_else(|refusal| {
            self.0.push(refusal);
            T::default()
        })
    }

    /// A text of several lines, cleaned, `length` characters long.
    pub fn text(&mut self, path: &str, value: &str, length: RangeInclusive<usize>) -> String {
        let outcome = text(path, value, length);
        self.keep(outcome)
    }

    /// A text of one line: a title, a name.
    pub fn line(&mut self, path: &str, value: &str, length: RangeInclusive<usize>) -> String {
        let outcome = line(path, value, length);
        self.keep(outcome)
    }

    /// A number within a range.
    pub fn range(&mut self, path: &str, value: i64, range: RangeInclusive<i64>) -> i64 {
        if !range.contains(&value) {
            self.refuse(Refusal::new(ErrorCode::OutOfRange, path).with("min", *range.start()).with("max", *range.end()));
        }
        value
    }

    /// The refusals, if there are any.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Refused(self.0)) }
    }
}

/// Invisible characters that come with copied text and carry no meaning: dropped without a word.
const INVISIBLE: [char; 5] = ['\u{200B}', '\u{2060}', '\u{FEFF}', '\u{00AD}', '\u{180E}'];
/// Marks that turn the writing direction of everything around them: a means to forge what others read.
const DIRECTION: [char; 9] = ['\u{202A}', '\u{202B}', '\u{202C}', '\u{202D}', '\u{202E}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'];

/// A text in Unicode's composed form, line ends unified, invisible characters dropped, white space around it gone.
pub fn clean(value: &str) -> String {
    let unified = value.replace("\r\n", "\n").replace('\r', "\n");
    unified.chars().filter(|c| !INVISIBLE.contains(c)).nfc().collect::<String>().trim().to_owned()
}

/// The text of a message that must not be refused: what [`text`] would refuse is taken out.
pub fn salvage(value: &str, most: usize) -> String {
    let kept: String = value.replace("\r\n", "\n").chars().filter(|c| !forbidden(*c)).collect();
    clean(&clean(&kept).chars().take(most).collect::<String>())
}

fn forbidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || DIRECTION.contains(&c)
}

/// A cleaned text of several lines, `length` characters long.
///
/// # Errors
/// `REQUIRED`, `TOO_SHORT`, `TOO_LONG` or `INVALID_CHARACTERS`.
pub fn text(path: &str, value: &str, length: RangeInclusive<usize>) -> Result<String, Refusal> {
    let (min, max) = (*length.start(), *length.end());
    // Before any work on it: a text of megabytes is refused for its size alone.
    if value.len() > max.saturating_mul(8).saturating_add(64) {
        return Err(Refusal::new(ErrorCode::TooLong, path).with("max", max).with("actual", value.chars().count()));
    }
    let cleaned = clean(value);
    if cleaned.chars().any(forbidden) {
        return Err(Refusal::new(ErrorCode::InvalidCharacters, path));
    }
    let count = cleaned.chars().count();
    if count == 0 && min > 0 {
        return Err(Refusal::new(ErrorCode::Required, path));
    }
    if count < min {
        return Err(Refusal::new(ErrorCode::TooShort, path).with("min", min).with("actual", count));
    }
    if count > max {
        return Err(Refusal::new(ErrorCode::TooLong, path).with("max", max).with("actual", count));
    }
    Ok(cleaned)
}

/// As [`text`], on one line: line breaks become spaces, runs of white space one.
///
/// # Errors
/// As [`text`].
pub fn line(path: &str, value: &str, length: RangeInclusive<usize>) -> Result<String, Refusal> {
    if value.len() > length.end().saturating_mul(8).saturating_add(64) {
        return text(path, value, length);
    }
    text(path, &clean(value).split([' ', '\n', '\t']).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" "), length)
}

/// An e-mail address, lower-cased domain, as a person would type it (a part of RFC 5321).
///
/// # Errors
/// `REQUIRED`, `TOO_LONG` or `INVALID_FORMAT`.
pub fn email(path: &str, value: &str) -> Result<String, Refusal> {
    let value = line(path, value, 1..=254)?;
    let invalid = || Refusal::new(ErrorCode::InvalidFormat, path).with("example", "anna@example.org");
    let (local, domain) = value.rsplit_once('@').ok_or_else(invalid)?;
    let local_ok = (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let label = |l: &str| {
        (1..=63).contains(&l.len()) && !l.starts_with('-') && !l.ends_with('-') && l.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    if !local_ok || !domain.contains('.') || !domain.split('.').all(label) {
        return Err(invalid());
    }
    Ok(format!("{local}@{}", domain.to_lowercase()))
}

/// An address of a page or service on the web: `http` or `https`, with a host and nobody's name and password before it.
///
/// # Errors
/// `REQUIRED`, `TOO_LONG`, `INVALID_CHARACTERS` or `INVALID_FORMAT`.
pub fn web_address(path: &str, value: &str, most: usize) -> Result<String, Refusal> {
    let value = line(path, value, 1..=most)?;
    let plain = !value.contains([' ', '"', '<', '>', '\\', '`']);
    let known =
        ["http://", "https://"].iter().any(|scheme| value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let sound = |url: url::Url| url.has_host() && url.username().is_empty() && url.password().is_none();
    if plain && known && url::Url::parse(&value).is_ok_and(sound) {
        return Ok(value);
    }
    Err(Refusal::new(ErrorCode::InvalidFormat, path).with("example", "https://example.org/lighting"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_cleaned_and_measured_in_characters() {
        assert_eq!(text("t", "  при\u{200B}вет\r\nмир ", 1..=20).unwrap(), "привет\nмир");
        assert_eq!(line("t", " две \n строки ", 1..=20).unwrap(), "две строки");
        assert_eq!(text("t", "\u{200B}\u{FEFF}", 1..=9).unwrap_err().code, ErrorCode::Required);
        assert_eq!(text("t", "\u{202E}txt.exe", 1..=20).unwrap_err().code, ErrorCode::InvalidCharacters);
        assert_eq!(text("t", "a\0b", 1..=20).unwrap_err().code, ErrorCode::InvalidCharacters);
        assert_eq!(text("t", "ёёёё", 1..=3).unwrap_err().code, ErrorCode::TooLong);
        assert_eq!(text("t", "שלום", 1..=10).unwrap(), "שלום");
    }

    #[test]
    fn addresses() {
        assert_eq!(email("e", " Anna@Example.ORG ").unwrap(), "Anna@example.org");
        assert!(email("e", "анна@пример.рф").is_err());
        assert!(email("e", "anna@пример.рф").is_ok());
        for bad in ["", "anna", "@x.org", "a@b", "a..b@x.org", "a b@x.org", "a@-x.org", "a@x.org\r\nBcc: b@x.org"] {
            assert!(email("e", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_of_the_web() {
        for good in ["https://example.org", "HTTP://example.org:8080/a?b=c#d", "https://заречье.рф/услуги/свет", "http://[::1]/"]
        {
            assert_eq!(web_address("u", &format!(" {good}\n"), 100).unwrap(), good);
        }
        let hostile = ["https://a.example/\"><script>", "https://user:secret@example.org/", "https://example.org@evil.example/"];
        for bad in [
            "example.org",
            "//example.org",
            "https:example.org",
            "https://",
            "javascript:alert(1)",
            "ftp://example.org",
            "data:text/html,x",
        ]
        .into_iter()
        .chain(hostile)
        {
            assert_eq!(web_address("u", bad, 100).unwrap_err().code, ErrorCode::InvalidFormat, "{bad}");
        }
        assert_eq!(web_address("u", " ", 100).unwrap_err().code, ErrorCode::Required);
        assert_eq!(web_address("u", &format!("https://example.org/{}", "a".repeat(100)), 100).unwrap_err().code, ErrorCode::TooLong);
    }

    #[test]
    fn hostile_texts_are_cleaned_or_refused_by_name() {
        const WORDS: &[&[u8]] = &[
            "\u{301}".as_bytes(),
            "\u{323}".as_bytes(),
            "\u{958}".as_bytes(),
            "\u{1161}".as_bytes(),
            "\u{1100}".as_bytes(),
            "\u{fdfa}".as_bytes(),
            "\u{200b}".as_bytes(),
            "\u{feff}".as_bytes(),
            "\u{202e}".as_bytes(),
            "\u{2067}".as_bytes(),
            "\u{180e}".as_bytes(),
            "\u{85}".as_bytes(),
            "\u{2028}".as_bytes(),
            "\u{1f468}\u{200d}\u{1f469}".as_bytes(),
            b"\r\n",
            b"\r",
            b"\n",
            b"\t",
            b"\0",
            b"\x1b[0m",
            b"@",
            b".",
            b" ",
            "ё".as_bytes(),
            "\u{344}".as_bytes(),
            "\u{f73}".as_bytes(),
            "\u{1d15e}".as_bytes(),
        ];
        let passes = |value: &str, allowed: &str| {
            assert!(value.chars().all(|c| !forbidden(c) && !INVISIBLE.contains(&c)) && value == value.trim(), "{value:?} of {allowed:?}");
        };
        let names = |refusal: &Refusal| {
            let codes =
                [ErrorCode::Required, ErrorCode::TooShort, ErrorCode::TooLong, ErrorCode::InvalidCharacters, ErrorCode::InvalidFormat];
            assert!(codes.contains(&refusal.code) && refusal.path == ["t"]);
            for locale in [crate::i18n::Locale::Ru, crate::i18n::Locale::En] {
                assert!(!refusal.message(locale).is_empty());
            }
        };
        let seeds: [&[u8]; 3] = ["  Прошу\r\nпочинить фонарь. ".as_bytes(), b"anna@example.org", "Тёплые остановки \u{301}".as_bytes()];
        crate::fuzz::run("texts", &["txt"], &seeds, WORDS, move |input| {
            let value = String::from_utf8_lossy(input);
            let outcomes = [text("t", &value, 1..=5000), line("t", &value, 3..=140), email("t", &value)];
            for (n, outcome) in outcomes.iter().enumerate() {
                match outcome {
                    Ok(kept) => {
                        passes(kept, &value);
                        let again = [text("t", kept, 1..=5000), line("t", kept, 3..=140), email("t", kept)].into_iter().nth(n);
                        assert_eq!(again.and_then(Result::ok).as_ref(), Some(kept), "it is stable");
                    }
                    Err(refusal) => names(refusal),
                }
            }
            if let Ok(title) = &outcomes[1] {
                assert!(!title.contains(['\n', '\t']));
            }
            let saved = salvage(&value, 2000);
            passes(&saved, &value);
            assert!(text("t", &saved, 0..=2000).is_ok_and(|kept| kept == saved));
            crate::fuzz::shape((outcomes.map(|o| o.map(|_| ()).map_err(|r| r.code)), saved.is_empty()))
        });
    }

    proptest! {
        #[test]
        fn what_passes_is_stable(value in any::<String>()) {
            if let Ok(once) = text("t", &value, 0..=50) {
                prop_assert_eq!(text("t", &once, 0..=50).unwrap(), once);
            }
        }

        #[test]
        fn salvaged_text_always_passes(value in any::<String>()) {
            prop_assert!(text("t", &salvage(&value, 40), 0..=40).is_ok());
        }
    }
}
