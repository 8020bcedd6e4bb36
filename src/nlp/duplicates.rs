//! Near-duplicates: whether two texts report the same incident or ask for the same thing.

use std::collections::{BTreeMap, BTreeSet};

use super::features::{in_street, word_slot};
use super::{Idf, text};

/// Least [`similarity`] at which two texts are shown to an expert as near-duplicates.
pub const THRESHOLD: f32 = 0.6;

/// Weight of a number among the words.
const NUMBER: f32 = 2.0;

/// What remains of a score when each text has a house, an amount or a street that the other lacks.
const OTHER_PLACE: f32 = 0.5;

/// What remains of a score when only one text says where.
const NO_PLACE: f32 = 0.7;

/// What remains of a score for each pair of differing rare words.
const OTHER_WORD: f32 = 0.85;

/// Share of the greatest possible rarity, `ln(1 + N)`, from which a word is rare enough to tell two incidents apart.
const RARE: f32 = 0.6;

/// Share of common character pairs from which two words count as one misspelt.
const MISSPELT: f32 = 0.75;

/// The words and numbers of a text, ready to be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Fingerprint {
    /// Weight of each stem, 1 or more; rare ones weigh more.
    stems: BTreeMap<String, f32>,
    /// Stems of the names of streets.
    places: BTreeSet<String>,
    /// Houses, amounts, dates, in order.
    numbers: Vec<String>,
    /// Weight from which a stem is rare.
    rare: f32,
}

impl Fingerprint {
    /// Takes a text apart; `idf` tells which words are rare.
    pub fn new(text: &str, idf: &Idf) -> Fingerprint {
        let normalised = text::normalise(text);
        let tokens: Vec<&str> = text::tokens(&normalised).collect();
        let mut fingerprint = Fingerprint {
            stems: BTreeMap::new(),
            places: BTreeSet::new(),
            numbers: Vec::new(),
            rare: 1.0 + RARE * (1.0 + idf.documents() as f32).ln(),
        };
        let followers = tokens.iter().skip(1).map(Some).chain([None]);
        for ((token, in_street), next) in tokens.iter().zip(in_street(&tokens)).zip(followers) {
            // A street goes without the word for it when its house follows: "Садовая, 12".
            let is_place = in_street || next.is_some_and(|next| text::is_number(next));
            if text::is_number(token) {
                fingerprint.numbers.push((*token).to_owned());
            } else if !text::is_stop_word(token) {
                let stem = text::stem(token).into_owned();
                if is_place {
                    fingerprint.places.insert(stem.clone());
                }
                let weight = idf.weight(word_slot(&stem));
                fingerprint.stems.insert(stem, weight);
            }
        }
        fingerprint
    }

    /// Whether the text names a street or a number.
    fn is_somewhere(&self) -> bool {
        !self.places.is_empty() || !self.numbers.is_empty()
    }

    /// What this text has and the other lacks.
    fn without(&self, other: &Fingerprint) -> Difference<'_> {
        Difference {
            stems: self.stems.iter().filter(|(stem, _)| !other.stems.contains_key(*stem)).collect(),
            places: self.places.difference(&other.places).count(),
            numbers: self.numbers.iter().filter(|number| !other.numbers.contains(number)).count(),
        }
    }
}

/// What one text has and the other lacks.
struct Difference<'a> {
    stems: Vec<(&'a String, &'a f32)>,
    places: usize,
    numbers: usize,
}

impl Difference<'_> {
    fn weight(&self) -> f32 {
        self.stems.iter().map(|(_, weight)| **weight).sum::<f32>() + self.numbers as f32 * NUMBER
    }

    fn rare(&self, least: f32) -> i32 {
        self.stems.iter().filter(|(_, weight)| **weight > 1.0 && **weight >= least).count() as i32
    }
}

/// How sure it is that two texts are near-duplicates, 0..=1, the same both ways; 1 for the same words, 0 when one is empty.
///
/// The geometric mean of the weighted Jaccard index of words and numbers and of the shorter text's share in the longer (who
/// writes again adds detail), lowered when each text has a number, a street or a rare word that the other lacks: one form
/// of words about two houses is two incidents. Misspelt words count as found.
pub fn similarity(a: &Fingerprint, b: &Fingerprint) -> f32 {
    // One order for both ways round, since misspellings are paired greedily.
    let (a, b) = if a.stems.keys().gt(b.stems.keys()) { (b, a) } else { (a, b) };
    let (mut only_a, mut only_b) = (a.without(b), b.without(a));
    let common: f32 = a.stems.iter().filter(|(stem, _)| b.stems.contains_key(*stem)).map(|(_, weight)| weight).sum();
    let numbers = common_numbers(&a.numbers, &b.numbers) as f32 * NUMBER;
    let mut shared = common + numbers;
    if shared == 0.0 {
        return 0.0;
    }
    // Texts with little in common are not worth the search for misspellings.
    if 2.0 * shared > only_a.weight().min(only_b.weight()) {
        shared += forgive_misspellings(&mut only_a, &mut only_b);
    }
    let (more_a, more_b) = (only_a.weight(), only_b.weight());
    let jaccard = shared / (shared + more_a + more_b);
    let containment = shared / (shared + more_a.min(more_b));
    let mut score = (jaccard * containment).sqrt();
    if other_numbers(&a.numbers, &b.numbers) || only_a.places.min(only_b.places) > 0 {
        score *= OTHER_PLACE;
    } else if a.is_somewhere() != b.is_somewhere() {
        score *= NO_PLACE;
    }
    let least = a.rare.min(b.rare);
    score * OTHER_WORD.powi(only_a.rare(least).min(only_b.rare(least)))
}

/// How many numbers two texts have in common, each as often as both have it.
fn common_numbers(a: &[String], b: &[String]) -> usize {
    let mut rest: Vec<&String> = b.iter().collect();
    a.iter().filter(|number| rest.iter().position(|other| other == number).map(|at| rest.swap_remove(at)).is_some()).count()
}

/// Whether the numbers speak of two things: neither text merely leaves out some of the other's or puts them in another order.
fn other_numbers(a: &[String], b: &[String]) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let mut rest = long.iter();
    let in_order = short.iter().all(|number| rest.any(|other| other == number));
    let sorted = |numbers: &[String]| {
        let mut numbers = numbers.to_vec();
        numbers.sort_unstable();
        numbers
    };
    !in_order && sorted(a) != sorted(b)
}

/// Takes pairs of one word in two spellings out of the differences; their weight.
fn forgive_misspellings(a: &mut Difference<'_>, b: &mut Difference<'_>) -> f32 {
    let mut forgiven = 0.0;
    a.stems.retain(|(stem, weight)| {
        let twin = b.stems.iter().position(|(other, _)| is_misspelling(stem, other));
        if let Some(twin) = twin {
            let (_, other) = b.stems.swap_remove(twin);
            forgiven += weight.min(*other);
        }
        twin.is_none()
    });
    forgiven
}

/// Whether two stems have most pairs of neighbouring characters in common (Dice coefficient).
fn is_misspelling(a: &str, b: &str) -> bool {
    if a.len().abs_diff(b.len()) > 4 || a.chars().count().min(b.chars().count()) < 4 {
        return false;
    }
    let (a, b) = (text::Marked::new(a), text::Marked::new(b));
    let mut theirs: Vec<&str> = b.ngrams(2).collect();
    let total = a.ngrams(2).count() + theirs.len();
    let shared =
        a.ngrams(2).filter(|gram| theirs.iter().position(|other| other == gram).map(|at| theirs.swap_remove(at)).is_some()).count();
    2.0 * shared as f32 >= MISSPELT * total as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn score(a: &str, b: &str) -> f32 {
        let idf = Idf::new();
        similarity(&Fingerprint::new(a, &idf), &Fingerprint::new(b, &idf))
    }

    #[test]
    fn the_same_incident_in_other_words() {
        for (a, b) in [
            ("Яма на дороге у дома 5 по улице Садовой", "У дома 5 по улице Садовая на дороге яма!"),
            ("Третий день не работает лифт, Лесная улица 7", "не работает лифт третий день, улица лесная, 7. Когда починят?"),
            ("Не горит фонарь напротив подъезда", "Не горит фонарь напротив подьезда"),
            ("The playground on Mill Street has a broken swing", "Broken swing at the playground, Mill street"),
        ] {
            assert!(score(a, b) >= THRESHOLD, "{a} / {b}: {}", score(a, b));
        }
    }

    #[test]
    fn one_form_of_words_about_two_places() {
        for (a, b) in [
            ("Не горит фонарь у дома по адресу Садовая улица, 14", "Не горит фонарь у дома по адресу Садовая улица, 16"),
            ("Не горит фонарь у дома по адресу Садовая улица, 14", "Не горит фонарь у дома по адресу Лесная улица, 14"),
            ("Please repair the broken light at 5 Mill Street", "Please repair the broken light at 5 Church Street"),
        ] {
            assert!(score(a, b) < THRESHOLD, "{a} / {b}: {}", score(a, b));
        }
    }

    #[test]
    fn rare_words_tell_incidents_apart() {
        let mut idf = Idf::new();
        for _ in 0..200 {
            idf.observe("Просим отремонтировать детскую площадку во дворе нашего дома, качели сломаны, дети играют рядом");
        }
        let of = |text: &str| Fingerprint::new(text, &idf);
        let [a, b] = ["около пекарни Колосок", "около аптеки Ромашка"]
            .map(|place| of(&format!("Просим отремонтировать детскую площадку во дворе дома {place}, качели сломаны")));
        assert!(similarity(&a, &b) < THRESHOLD * 0.6);
    }

    #[test]
    fn nothing_is_like_nothing() {
        assert_eq!(score("", ""), 0.0);
        assert_eq!(score("🙂", "фонарь"), 0.0);
    }

    proptest! {
        #[test]
        fn is_a_symmetric_share(a in "[а-г1-3 ]{0,30}", b in "[а-г1-3 ]{0,30}") {
            let s = score(&a, &b);
            prop_assert!((0.0..=1.0).contains(&s));
            prop_assert!((s - score(&b, &a)).abs() < 1e-5);
        }

        #[test]
        fn a_text_is_its_own_duplicate(a in "[а-я]{4,9}( [а-я]{4,9}){0,9}") {
            prop_assert!(score(&a, &a) > 0.999 || score(&a, &a) == 0.0);
        }
    }
}
