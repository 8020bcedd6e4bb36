//! Text to words: one spelling for what people write in many ways.

use std::borrow::Cow;

use frostem::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

use super::stopwords;

/// One spelling of a text for comparison: NFC, lower case, `ё` as `е`, no stress or other loose combining marks, Latin
/// look-alikes inside Cyrillic words as the Cyrillic letters they stand for, typographic apostrophes as `'`, a letter
/// drawn out three times and more as twice.
///
/// Not for display. Applying it twice changes nothing.
pub fn normalise(text: &str) -> String {
    let composed: Vec<char> = text.nfc().filter(|c| !is_combining(*c)).collect();
    let mut out = String::with_capacity(text.len());
    for run in composed.chunk_by(|a, b| a.is_alphabetic() == b.is_alphabetic()) {
        let mixed = run.iter().any(|&c| is_cyrillic(c));
        let repairable = mixed && run.iter().all(|&c| !c.is_ascii() || look_alike(c).is_some());
        for &c in run {
            let c = match look_alike(c) {
                Some(cyrillic) if repairable => cyrillic,
                _ => c,
            };
            for c in c.to_lowercase().filter(|c| !is_combining(*c)).map(fold) {
                // "Дааайте": no word of either language has a letter three times in a row.
                let mut last = out.chars().rev();
                let drawn_out = c.is_alphabetic() && last.next() == Some(c) && last.next() == Some(c);
                if !drawn_out {
                    out.push(c);
                }
            }
        }
    }
    out
}

/// A text without its links, e-mail addresses and account names, which say who and not what.
pub fn without_links(text: &str) -> String {
    let is_link = |word: &str| {
        let word = word.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '@');
        word.contains("://") || word.starts_with("www.") || word.contains('@') && word.len() > 1
    };
    text.split_inclusive(char::is_whitespace).map(|word| if is_link(word) { " " } else { word }).collect()
}

/// The letter folding that remains after lower case.
fn fold(c: char) -> char {
    match c {
        'ё' => 'е',
        '\u{2019}' | '\u{2bc}' | '`' => '\'',
        _ => c,
    }
}

fn is_combining(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// Whether a letter is of the Cyrillic script (basic block and its supplement).
pub fn is_cyrillic(c: char) -> bool {
    ('\u{400}'..='\u{52f}').contains(&c)
}

/// The Cyrillic letter that a Latin letter is written for, by hand or by a scanner. Capitals have more than small letters.
fn look_alike(c: char) -> Option<char> {
    Some(match c {
        'A' => 'А',
        'a' => 'а',
        'B' => 'В',
        'C' => 'С',
        'c' => 'с',
        'E' => 'Е',
        'e' => 'е',
        'H' => 'Н',
        'K' => 'К',
        'k' => 'к',
        'M' => 'М',
        'O' => 'О',
        'o' => 'о',
        'P' => 'Р',
        'p' => 'р',
        'T' => 'Т',
        'X' => 'Х',
        'x' => 'х',
        'Y' => 'У',
        'y' => 'у',
        _ => return None,
    })
}

/// The words and numbers of a normalised text, in order: runs of letters and digits, with apostrophes inside a word kept.
pub fn tokens(normalised: &str) -> impl Iterator<Item = &str> {
    normalised.split(|c: char| !c.is_alphanumeric() && c != '\'').map(|token| token.trim_matches('\'')).filter(|token| !token.is_empty())
}

/// The words and numbers of a text as they are written, with their stress marks; unlike [`tokens`], for display.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '\u{2019}' && !is_combining(c))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
}

/// Whether a token stands for a number: a house, an amount, a date, or such a number with a letter ("12б", "5th").
pub fn is_number(token: &str) -> bool {
    token.starts_with(|c: char| c.is_numeric())
}

/// Snowball stem of a normalised word by its script: Russian for Cyrillic, English for Latin, itself for others.
pub fn stem(word: &str) -> Cow<'_, str> {
    match word.chars().next() {
        Some(c) if is_cyrillic(c) => Stemmer::new(Algorithm::Russian).stem(word),
        Some(c) if c.is_ascii_alphabetic() => Stemmer::new(Algorithm::English).stem(word),
        _ => Cow::Borrowed(word),
    }
}

/// Whether a normalised word carries no matter of its own in Russian or English.
pub fn is_stop_word(word: &str) -> bool {
    let list = match word.chars().next() {
        Some(c) if is_cyrillic(c) => stopwords::RUSSIAN,
        _ => stopwords::ENGLISH,
    };
    list.binary_search(&word).is_ok()
}

/// A word with its edges marked by `_`, ready to be cut into character n-grams.
pub struct Marked {
    text: String,
    bounds: Vec<usize>,
}

impl Marked {
    /// Marks the edges of one word.
    pub fn new(word: &str) -> Marked {
        let text = format!("_{word}_");
        let mut bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        bounds.push(text.len());
        Marked { text, bounds }
    }

    /// All runs of `n` characters; none when the marked word is shorter than `n`.
    pub fn ngrams(&self, n: usize) -> impl Iterator<Item = &str> {
        self.bounds.windows(n + 1).map(move |w| &self.text[w[0]..w[n]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_meet() {
        assert_eq!(normalise("Ёлка"), "елка");
        assert_eq!(normalise("Дааааайте!!!"), "даайте!!!");
        assert_eq!(normalise("е\u{308}лка"), "елка");
        assert_eq!(normalise("за\u{301}мок"), "замок");
        // Latin P, O and c inside a Cyrillic word.
        assert_eq!(normalise("PОccийский"), "российский");
        assert_eq!(normalise("Don’t"), "don't");
    }

    #[test]
    fn foreign_words_keep_their_letters() {
        assert_eq!(normalise("CHEMICAL"), "chemical");
        assert_eq!(normalise("нет PACE"), "нет pace");
        // `w` stands for no Cyrillic letter, so this is no misspelling.
        assert_eq!(normalise("wэб"), "wэб");
    }

    #[test]
    fn tokens_are_words_and_numbers() {
        let text = normalise("Ул. Новая, д. 12Б — don't 'go'!");
        let found: Vec<&str> = tokens(&text).collect();
        assert_eq!(found, ["ул", "новая", "д", "12б", "don't", "go"]);
        assert!(is_number("12б") && !is_number("б12"));
    }

    #[test]
    fn links_are_left_out() {
        assert_eq!(without_links("пишите (ivan@mail.ru) или https://a.b/c сюда @ivan @"), "пишите  или  сюда  @");
    }

    #[test]
    fn stems_follow_the_script() {
        assert_eq!(stem("фонари"), stem("фонарей"));
        assert_eq!(stem("lights"), stem("light"));
        assert_eq!(stem("φως"), "φως");
    }

    #[test]
    fn stop_words_are_sorted_and_normalised() {
        for list in [stopwords::RUSSIAN, stopwords::ENGLISH] {
            assert!(list.is_sorted());
            assert!(list.iter().all(|word| normalise(word) == *word));
        }
        assert!(is_stop_word("которые") && is_stop_word("the") && !is_stop_word("фонарь"));
    }

    #[test]
    fn ngrams_count_characters() {
        let marked = Marked::new("дом");
        assert_eq!(marked.ngrams(4).collect::<Vec<_>>(), ["_дом", "дом_"]);
        assert_eq!(marked.ngrams(6).count(), 0);
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once);
        }

        #[test]
        fn any_word_can_be_stemmed_and_cut(word in "\\PC{1,20}") {
            stem(&normalise(&word));
            let marked = Marked::new(&word);
            prop_assert_eq!(marked.ngrams(3).count(), word.chars().count());
        }
    }
}
