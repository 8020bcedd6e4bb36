//! How much of what two texts say is the same, in words.

use std::collections::BTreeMap;

use crate::nlp::Idf;
use crate::nlp::features::word_slot;
use crate::nlp::text::{self, Marked};

/// Share of common character pairs from which two words count as one misspelt.
const MISSPELT: f32 = 0.75;

/// Weight of common words at which a text says half of what a text can.
const WEIGHTY: f32 = 100.0;

/// The stems of a text with their weights, 1 or more; rare ones weigh more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words(BTreeMap<String, f32>);

/// How the words of two texts compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap {
    /// Weighted Jaccard index, 0..=1.
    pub jaccard: f32,
    /// Share of the shorter text's weight that is in the longer, 0..=1.
    pub containment: f32,
    /// Weight of what both have.
    pub shared: f32,
}

impl Overlap {
    /// A mean of both shares, geometric, the containment weighing twice: who writes again adds detail.
    pub fn likeness(self) -> f32 {
        (self.jaccard * self.containment * self.containment).cbrt()
    }

    /// How little chance could have made both texts say so much alike, 0..1: near 0 for a common word, near 1 for a long
    /// text.
    pub fn weightiness(self) -> f32 {
        self.shared / (self.shared + WEIGHTY)
    }
}

impl Words {
    /// Weighs normalised words by how rare they are; stop words are left out.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>, idf: &Idf) -> Words {
        let weigh = |word: &str| {
            let stem = text::stem(word).into_owned();
            let weight = idf.weight(word_slot(&stem)).powi(2);
            (stem, weight)
        };
        Words(words.into_iter().filter(|word| !text::is_stop_word(word)).map(weigh).collect())
    }

    /// The stems, in order.
    pub fn stems(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Compares two texts, the same both ways; misspelt words count as found. `None` when nothing is shared.
    pub fn overlap(&self, other: &Words) -> Option<Overlap> {
        // One order for both ways round, since misspellings are paired greedily.
        let (a, b) = if self.0.keys().gt(other.0.keys()) { (other, self) } else { (self, other) };
        let mut shared: f32 = a.0.iter().filter_map(|(stem, weight)| b.0.get(stem).map(|theirs| weight.min(*theirs))).sum();
        let (mut only_a, mut only_b) = (a.without(b), b.without(a));
        // Texts with little in common are not worth the search for misspellings.
        if 2.0 * shared > weight(&only_a).min(weight(&only_b)) {
            shared += forgive_misspellings(&mut only_a, &mut only_b);
        }
        let (more_a, more_b) = (weight(&only_a), weight(&only_b));
        let jaccard = shared / (shared + more_a + more_b);
        (shared > 0.0).then(|| Overlap { jaccard, containment: shared / (shared + more_a.min(more_b)), shared })
    }

    fn without(&self, other: &Words) -> Vec<(&str, f32)> {
        self.0.iter().filter(|(stem, _)| !other.0.contains_key(*stem)).map(|(stem, weight)| (stem.as_str(), *weight)).collect()
    }
}

fn weight(words: &[(&str, f32)]) -> f32 {
    words.iter().map(|(_, weight)| weight).sum()
}

/// Takes pairs of one word in two spellings out of the differences; their weight.
fn forgive_misspellings(a: &mut Vec<(&str, f32)>, b: &mut Vec<(&str, f32)>) -> f32 {
    let mut forgiven = 0.0;
    a.retain(|(stem, weight)| {
        let twin = b.iter().position(|(other, _)| is_misspelling(stem, other));
        if let Some(twin) = twin {
            forgiven += b.swap_remove(twin).1.min(*weight);
        }
        twin.is_none()
    });
    forgiven
}

/// Whether two stems have most pairs of neighbouring characters in common (Dice coefficient).
pub(super) fn is_misspelling(a: &str, b: &str) -> bool {
    if a.len().abs_diff(b.len()) > 4 || text::is_number(a) || a.chars().count().min(b.chars().count()) < 4 {
        return false;
    }
    let (a, b) = (Marked::new(a), Marked::new(b));
    let mut theirs: Vec<&str> = b.ngrams(2).collect();
    let total = a.ngrams(2).count() + theirs.len();
    let shared =
        a.ngrams(2).filter(|gram| theirs.iter().position(|other| other == gram).map(|at| theirs.swap_remove(at)).is_some()).count();
    2.0 * shared as f32 >= MISSPELT * total as f32
}
