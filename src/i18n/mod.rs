//! Texts for people, in Russian and English (Project Fluent).

use std::{
    collections::HashMap,
    sync::{
        LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::langid;

/// A language the service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, async_graphql::Enum, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// Russian.
    #[default]
    Ru,
    /// English.
    En,
}

impl Locale {
    /// All of them, the default one first.
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    /// The tag as it stands in the database and in `Content-Language`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The language for a tag such as `en-GB`, if the service speaks it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()?.trim().to_ascii_lowercase().as_str() {
            "ru" => Some(Self::Ru),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The best language for an `Accept-Language` header (RFC 9110, 12.5.4); the default where none fits.
    pub fn negotiate(header: &str) -> Self {
        header
            .split(',')
            .take(20)
            .filter_map(|part| {
                let (tag, weight) = part.split_once(';').unwrap_or((part, ""));
                let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
                Some((Self::from_tag(tag.trim())?, weight)).filter(|(_, w)| *w > 0.0)
            })
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map_or_else(Self::default, |(locale, _)| locale)
    }
}

/// A value to set into a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Words.
    Text(String),
    /// A number, which chooses plural forms.
    Number(f64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&i64> for Value {
    fn from(number: &i64) -> Self {
        Self::from(*number)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

macro_rules! numbers {
    ($($type:ty)*) => {
        $(impl From<$type> for Value {
            // Beyond 2^53 a number in a text for people may lose its last digits.
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless)]
            fn from(number: $type) -> Self {
                Self::Number(number as f64)
            }
        })*
    };
}
numbers!(i32 i64 u32 u64 usize);

/// The files of texts of a language, all in the same order.
macro_rules! sources {
    ($locale:literal) => {
        sources!($locale: "errors" "notify" "web" "site" "initiatives" "tickets" "account" "experts" "insight" "masking" "proposals" "admin" "statistics" "channels" "search")
    };
    ($locale:literal: $($name:literal)*) => {
        [$(include_str!(concat!("locales/", $locale, "/", $name, ".ftl"))),*]
    };
}

static BUNDLES: LazyLock<HashMap<Locale, FluentBundle<FluentResource>>> = LazyLock::new(|| {
    [(Locale::Ru, langid!("ru"), sources!("ru")), (Locale::En, langid!("en"), sources!("en"))]
        .into_iter()
        .map(|(locale, id, sources)| {
            let mut bundle = FluentBundle::new_concurrent(vec![id]);
            // The texts go to plain mail, JSON and chat, where isolation marks show as rubbish.
            bundle.set_use_isolating(false);
            bundle.set_formatter(Some(match locale {
                Locale::Ru => |value, _| grouped(Locale::Ru, value),
                Locale::En => |value, _| grouped(Locale::En, value),
            }));
            for source in sources {
                // A damaged line loses itself only; a test reads every file strictly.
                let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
                bundle.add_resource_overriding(resource);
            }
            (locale, bundle)
        })
        .collect()
});

/// Whole numbers in texts, their thousands apart.
fn grouped(locale: Locale, value: &FluentValue<'_>) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    // A number of a text is small enough for both.
    #[allow(clippy::cast_possible_truncation)]
    (number.value.fract() == 0.0 && number.value.abs() < 9e15).then(|| self::number(locale, number.value as i64))
}

/// A whole number as a language writes it: `12\u{a0}345` in Russian, `12,345` in English. Numbers of four digits stay whole.
pub fn number(locale: Locale, number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "−" } else { "" };
    if digits.len() < 5 {
        return format!("{sign}{digits}");
    }
    let separator = match locale {
        Locale::Ru => '\u{a0}',
        Locale::En => ',',
    };
    let mut shown = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(separator);
        }
        shown.push(digit);
    }
    shown
}

/// The text for `key`, or `None` where there is no such text.
pub fn lookup(locale: Locale, key: &str, args: &[(&str, Value)]) -> Option<String> {
    let bundle = BUNDLES.get(&locale)?;
    let pattern = bundle.get_message(key)?.value()?;
    let args: FluentArgs = args
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Value::Text(text) => FluentValue::from(text.as_str()),
                Value::Number(number) => FluentValue::from(*number),
            };
            (*name, value)
        })
        .collect();
    let mut problems = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&args), &mut problems).into_owned();
    if !problems.is_empty() {
        tracing::warn!(key, locale = locale.tag(), ?problems, "a text could not be filled in");
    }
    Some(if PSEUDO.load(Ordering::Relaxed) { pseudo(&text) } else { text })
}

/// Whether texts are stretched, see [`stretch`].
static PSEUDO: AtomicBool = AtomicBool::new(false);

/// Makes every text of this process longer by half and marks its ends (pseudo-localisation), so that pages show what would break
/// in a language with longer words.
pub fn stretch() {
    PSEUDO.store(true, Ordering::Relaxed);
}

fn pseudo(text: &str) -> String {
    let more = text.chars().count() / 2 + 1;
    format!("⟦{text} {}⟧", "длинно·".chars().cycle().take(more).collect::<String>())
}

/// The text for `key`; the key itself where there is none (tests make sure that there is).
pub fn text(locale: Locale, key: &str, args: &[(&str, Value)]) -> String {
    lookup(locale, key, args).unwrap_or_else(|| {
        tracing::error!(key, locale = locale.tag(), "a text is missing");
        key.to_owned()
    })
}

/// What a field of an input is called in people's words; its technical name where it has none.
pub fn field(locale: Locale, name: &str) -> String {
    let mut key = String::from("field-");
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            key.push('-');
        }
        key.push(c.to_ascii_lowercase());
    }
    lookup(locale, &key, &[]).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_each_language_does() {
        assert_eq!(number(Locale::Ru, 1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!(number(Locale::En, -12_345), "−12,345");
        assert_eq!(number(Locale::En, 1_234), "1234");
        assert_eq!(number(Locale::Ru, i64::MIN).chars().filter(char::is_ascii_digit).count(), 19);
    }

    #[test]
    fn accept_language_is_negotiated() {
        assert_eq!(Locale::negotiate("en-GB,en;q=0.9,ru;q=0.8"), Locale::En);
        assert_eq!(Locale::negotiate("de, ru;q=0.2, en;q=0.9"), Locale::En);
        assert_eq!(Locale::negotiate("en;q=0, de"), Locale::Ru);
        assert_eq!(Locale::negotiate(";;;,,=q"), Locale::Ru);
    }

    #[test]
    fn both_languages_hold_the_same_keys_and_parse_strictly() {
        use fluent_bundle::FluentResource;
        let mut all = std::collections::HashSet::new();
        for (ru, en) in sources!("ru").into_iter().zip(sources!("en")) {
            let keys = |source: &str| {
                FluentResource::try_new(source.to_owned()).map_err(|(_, e)| e).unwrap();
                let mut keys: Vec<String> = source
                    .lines()
                    .filter_map(|l| l.split_once(" = ").or_else(|| l.split_once(" =")).map(|(k, _)| k))
                    .filter(|k| k.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
                    .map(str::to_owned)
                    .collect();
                keys.sort();
                let unique = keys.len();
                keys.dedup();
                assert_eq!(keys.len(), unique, "a key stands twice");
                keys
            };
            assert_eq!(keys(ru), keys(en));
            // The later one would win in silence.
            assert!(keys(ru).into_iter().all(|key| all.insert(key)), "a key stands in two files");
        }
    }
}
