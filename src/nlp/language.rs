//! Which language a text is in, as far as the service speaks it.

use super::text;

/// A language that the service answers in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Language {
    /// ISO 639-1 code.
    pub fn code(self) -> &'static str {
        match self {
            Language::Ru => "ru",
            Language::En => "en",
        }
    }
}

/// Words that tell other languages in the Latin script from English; none of them is an English word.
#[rustfmt::skip]
static FOREIGN: &[&str] = &[
    "auf", "aus", "avec", "che", "dans", "das", "della", "dem", "der", "dla", "ein", "eine", "el",
    "est", "este", "het", "ich", "ist", "jest", "la", "las", "le", "les", "los", "mit", "nicht", "nie", "niet",
    "og", "para", "por", "que", "questo", "sich", "sie", "som", "sono", "sur", "um", "uma", "una", "und",
    "une", "von", "vous", "zu",
];

/// The language of a text; `None` when it cannot be told: nothing but numbers, signs or emoji, another script, or another
/// language in the same script.
///
/// The script of most letters decides between the two; letters that Russian or English does not have, and common words of
/// other languages, speak against. A few words of the other script (a name, an address of a page) do not.
pub fn detect(text: &str) -> Option<Language> {
    let normalised = text::normalise(text);
    let (mut cyrillic, mut latin, mut foreign_cyrillic, mut other) = (0usize, 0usize, 0usize, 0usize);
    for c in normalised.chars().filter(|c| c.is_alphabetic()) {
        match c {
            'а'..='я' => cyrillic += 1,
            'a'..='z' => latin += 1,
            _ if text::is_cyrillic(c) => foreign_cyrillic += 1,
            _ => other += 1,
        }
    }
    // Another Cyrillic language shows its own letters in every other word; a Ukrainian name in a Russian text does not.
    let russian = cyrillic > 0 && foreign_cyrillic * 50 <= cyrillic;
    // "résumé" is English, a text with an accent in every other word is not.
    let english = latin > 1 && other * 10 <= latin;
    let letters = cyrillic + foreign_cyrillic + latin + other;
    if (cyrillic + foreign_cyrillic) * 2 >= letters {
        return russian.then_some(Language::Ru);
    }
    if latin * 2 <= letters || !english {
        return None;
    }
    let (mut ours, mut theirs) = (0, 0);
    for word in text::tokens(&normalised) {
        ours += usize::from(text::is_stop_word(word));
        theirs += usize::from(FOREIGN.binary_search(&word).is_ok());
    }
    (theirs == 0 || ours > theirs).then_some(Language::En)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tells_ours() {
        for text in ["Не горит фонарь", "яма", "Нет wi-fi в парке Victory Park, сайт не работает", "ПOМОГИТE!!!"]
        {
            assert_eq!(detect(text), Some(Language::Ru), "{text}");
        }
        for text in ["The street light is broken", "pothole", "No résumé needed at the library", "La Scala is on the map"] {
            assert_eq!(detect(text), Some(Language::En), "{text}");
        }
    }

    #[test]
    fn abstains_from_others() {
        let texts = [
            "",
            "   ",
            "🙂👍",
            "12 345",
            "?!",
            "x",
            "路灯坏了",
            "الشارع مظلم",
            "Die Straße ist nicht beleuchtet und es ist dunkel",
            "La calle no tiene luz y el parque es oscuro para los niños",
            "Не світить ліхтар, зробіть щось із цією вулицею",
        ];
        for text in texts {
            assert_eq!(detect(text), None, "{text}");
        }
    }

    #[test]
    fn foreign_words_are_sorted() {
        assert!(FOREIGN.is_sorted());
    }

    proptest! {
        #[test]
        fn never_fails(text in "\\PC{0,60}") {
            detect(&text);
        }
    }
}
