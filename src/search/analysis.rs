//! Text to what both engines index and what queries are asked with: the same words, stems and folded forms everywhere.
//!
//! A word is kept in three forms. Its *surface* is its one spelling ([`text::normalise`]). Its *stem* (Snowball, by script) finds other
//! forms of it. Its *folded* form drops the vowels that come and go within a Russian stem (окно – окон, день – дня), and soft signs; it is
//! asked for only where stems find nothing, as different words may share it.

use std::ops::Range;

use crate::nlp::text;

/// The version of what is made of a text. It is part of an index's name: with another one, everything is indexed anew.
pub const VERSION: u32 = 1;

/// Characters of a word that are looked at: longer ones are no words, and are cut.
const LONGEST: usize = 40;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Where it stands in the text, in bytes.
    pub at: Range<usize>,
    /// Its one spelling.
    pub surface: String,
    /// Its stem.
    pub stem: String,
    /// What is left of its stem without the vowels that come and go.
    pub folded: String,
    /// Whether it carries no matter of its own.
    pub stop: bool,
}

/// The words of a text in order, with where they stand.
pub fn terms(source: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    for at in words(source) {
        // Normalising may part a word (ligatures) or leave nothing of it (loose marks).
        let normalised = text::normalise(&source[at.clone()]);
        for word in text::tokens(&normalised) {
            let surface: String = word.chars().take(LONGEST).collect();
            let stem = text::stem(&surface).into_owned();
            let folded = fold(&stem);
            let stop = text::is_stop_word(&surface);
            terms.push(Term { at: at.clone(), surface, stem, folded, stop });
        }
    }
    terms
}

/// Where words stand in a text as it is written: letters, digits, marks above letters, and apostrophes within.
fn words(source: &str) -> impl Iterator<Item = Range<usize>> {
    let inside = |c: char| c.is_alphanumeric() || c == '\'' || c == '\u{2019}' || ('\u{300}'..='\u{36f}').contains(&c);
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + source[rest..].find(char::is_alphanumeric)?;
        let end = source[start..].find(|c| !inside(c)).map_or(source.len(), |length| start + length);
        rest = end;
        let kept = source[start..end].trim_end_matches(|c: char| !c.is_alphanumeric() && !('\u{300}'..='\u{36f}').contains(&c));
        Some(start..start + kept.len())
    })
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'а' | 'е' | 'и' | 'о' | 'у' | 'ы' | 'э' | 'ю' | 'я')
}

/// A Russian stem without soft signs, without an ending that stemming leaves on short words, and without the vowel before its last
/// consonant that comes and goes; any other word as it is.
///
/// After a vowel, `е` stands for a `й` (чаек – чайка, боец – бойца).
fn fold(stem: &str) -> String {
    let mut letters: Vec<char> = stem.chars().filter(|c| *c != 'ь').collect();
    if letters.len() > 2 {
        letters.pop_if(|last| is_vowel(*last));
    }
    match letters[..] {
        [.., before, 'е' | 'о', last] if text::is_cyrillic(last) && !is_vowel(last) && last != 'й' => {
            let head = letters[..letters.len() - 2].iter();
            match is_vowel(before) {
                true if letters[letters.len() - 2] == 'е' => head.chain(&['й', last]).collect(),
                true => letters.iter().collect(),
                false => head.chain(&[last]).collect(),
            }
        }
        _ => letters.iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(word: &str) -> String {
        terms(word).pop().unwrap().folded
    }

    #[test]
    fn words_are_found_where_they_stand() {
        let source = "Ёлки у д.12б, «don’t» — и 5\u{301}!";
        let found: Vec<(&str, String)> = terms(source).into_iter().map(|term| (&source[term.at], term.surface)).collect();
        let expected = [("Ёлки", "елки"), ("у", "у"), ("д", "д"), ("12б", "12б"), ("don’t", "don't"), ("и", "и"), ("5\u{301}", "5")];
        assert_eq!(found, expected.map(|(word, surface)| (word, surface.to_owned())));
    }

    #[test]
    fn vowels_that_come_and_go_fall_together() {
        for (one, other) in [
            ("окно", "окон"),
            ("день", "дня"),
            ("котёл", "котла"),
            ("ветер", "ветра"),
            ("замок", "замка"),
            ("сосна", "сосен"),
            ("копейка", "копеек"),
            ("письмо", "писем"),
            ("свадьба", "свадеб"),
            ("огурец", "огурца"),
            ("боец", "бойца"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        for (one, other) in [("дом", "дым"), ("лес", "лист"), ("lamp", "limp")] {
            assert_ne!(folded(one), folded(other), "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn terms_stand_in_the_text_in_order(source in any::<String>()) {
            let mut end = 0;
            for term in terms(&source) {
                prop_assert!(term.at.start < term.at.end && source.get(term.at.clone()).is_some());
                prop_assert!(!term.surface.is_empty() && term.surface.chars().count() <= LONGEST);
                prop_assert!(term.at.end >= end);
                end = term.at.end;
            }
        }

        #[test]
        fn the_language_of_people_is_never_lost(source in "[а-яёА-ЯЁ]{1,30}( [a-zA-Z0-9]{1,12}){0,5}") {
            prop_assert_eq!(terms(&source).len(), source.split(' ').count());
        }
    }
}
