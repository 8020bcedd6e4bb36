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
    /// What is left of its stem without the vowels that come and go; also of the word itself, where it has no ending that only looks
    /// like one (писем, башен).
    pub folded: Vec<String>,
    /// Whether it carries no matter of its own, as "the" or the "д." before the number of a house.
    pub stop: bool,
    /// Whether it is a number together with the letter of a house after it (12 б as `12б`), beside both of them.
    pub joined: bool,
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
            let folded = folds(&surface, &stem);
            let stop = text::is_stop_word(&surface) || MARKERS.contains(&surface.as_str());
            terms.push(Term { at: at.clone(), surface, stem, folded, stop, joined: false });
            if let Some(joined) = house(source, &terms) {
                terms.insert(terms.len() - 1, joined);
            }
        }
    }
    terms
}

/// What stands before the names and numbers of addresses.
const MARKERS: [&str; 22] = [
    "ул",
    "улица",
    "улице",
    "улицы",
    "улицу",
    "д",
    "дом",
    "дома",
    "доме",
    "кв",
    "корп",
    "стр",
    "пер",
    "просп",
    "пл",
    "наб",
    "мкр",
    "пос",
    "street",
    "st",
    "house",
    "avenue",
];

/// The last two words as one, where they are a number and the letter of a house beside it.
fn house(source: &str, terms: &[Term]) -> Option<Term> {
    let [.., number, letter] = terms else { return None };
    let between = source.get(number.at.end..letter.at.start)?;
    let is_letter = letter.surface.chars().count() == 1 && letter.surface.chars().all(|c| ('а'..='к').contains(&c) && c != 'и');
    let is_near = matches!(between, " " | "-" | "\u{a0}" | " «" | "«" | "\"");
    if !is_letter || !is_near || number.joined || !number.surface.bytes().all(|b| b.is_ascii_digit()) || number.surface.len() > 4 {
        return None;
    }
    let surface = format!("{}{}", number.surface, letter.surface);
    let at = number.at.start..letter.at.end;
    Some(Term { at, stem: surface.clone(), folded: vec![surface.clone()], surface, stop: false, joined: true })
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

/// The folded forms of a word.
fn folds(surface: &str, stem: &str) -> Vec<String> {
    let mut folded = vec![fold(stem)];
    let ends_in_consonant = surface.trim_end_matches('ь').ends_with(|c| text::is_cyrillic(c) && !is_vowel(c) && c != 'й');
    if ends_in_consonant && stem != surface {
        let whole = fold(surface);
        if whole != folded[0] {
            folded.push(whole);
        }
    }
    folded
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

    fn fall_together(one: &str, other: &str) -> bool {
        let (one, other) = (terms(one).pop().unwrap().folded, terms(other).pop().unwrap().folded);
        one.iter().any(|folded| other.contains(folded))
    }

    #[test]
    fn words_are_found_where_they_stand() {
        let source = "Ёлки у д.12б, «don’t» — и 5\u{301}!";
        let found: Vec<(&str, String)> = terms(source).into_iter().map(|term| (&source[term.at], term.surface)).collect();
        let expected = [("Ёлки", "елки"), ("у", "у"), ("д", "д"), ("12б", "12б"), ("don’t", "don't"), ("и", "и"), ("5\u{301}", "5")];
        assert_eq!(found, expected.map(|(word, surface)| (word, surface.to_owned())));
    }

    #[test]
    fn a_house_with_a_letter_is_one_word_however_it_is_written() {
        for written in ["дом 12б", "дом 12 б", "дом 12-Б", "дом 12 «Б»"] {
            let found: Vec<String> = terms(written).into_iter().map(|term| term.surface).collect();
            assert!(found.contains(&"12б".to_owned()), "{written}: {found:?}");
        }
        assert!(terms("в 12 и в 13").iter().all(|term| !term.joined));
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
            ("лёд", "льда"),
            ("шов", "шва"),
            ("пятен", "пятна"),
            ("башен", "башней"),
            ("окон", "окном"),
            ("отец", "отцу"),
            ("пень", "пни"),
        ] {
            assert!(fall_together(one, other), "{one} {other}");
        }
        for (one, other) in [("дом", "дым"), ("лес", "лист"), ("lamp", "limp")] {
            assert!(!fall_together(one, other), "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn terms_stand_in_the_text_in_order(source in any::<String>()) {
            let mut end = 0;
            for term in terms(&source) {
                prop_assert!(term.at.start < term.at.end && source.get(term.at.clone()).is_some());
                prop_assert!(!term.surface.is_empty() && term.surface.chars().count() <= LONGEST);
                prop_assert!(term.joined || term.at.end >= end);
                end = term.at.end.max(end);
            }
        }

        #[test]
        fn the_language_of_people_is_never_lost(source in "[а-яёА-ЯЁ]{1,30}( [a-zA-Z0-9]{1,12}){0,5}") {
            prop_assert_eq!(terms(&source).iter().filter(|term| !term.joined).count(), source.split(' ').count());
        }
    }
}
