//! The default embedder: weighted words and character n-grams, folded into a dense vector. Needs no model file.

use super::features::{self, Feature, Kind};
use super::subspace::{Bag, RANK, Subspace};
use super::{Embedder, Idf, Thresholds, normalise};

/// The embedder's name.
pub const NAME: &str = "lexical";

/// Length of the vectors (1.5 kB each as `real[]`).
pub const DIMENSIONS: usize = 384;

/// Coordinates that each feature is spread over.
const SPREAD: u64 = 4;

/// Share of each kind of feature in the vector's length. Places only break ties: where something is says little about what
/// it is.
const SHARES: [(Kind, f32); 4] = [(Kind::Word, 1.0), (Kind::Pair, 0.4), (Kind::Characters, 0.4), (Kind::Place, 0.1)];

/// Length of the words' own part of a vector beside the part in the subspace, when the subspace knows all of them.
const WORDS: f32 = 0.4;

/// Embeds by what words a text has: TF-IDF of stems, pairs of stems and character n-grams, each kind scaled to its share.
///
/// With a [`Subspace`] learned from the stream, the first [`RANK`] coordinates say which matters these go with, the others
/// which they are: a sparse random projection with hashed signs (Charikar et al., "Finding Frequent Items in Data Streams",
/// 2002; Achlioptas, "Database-friendly random projections", 2003), whose dot products estimate those of the sparse vectors
/// with a deviation near `1 / sqrt(n)`. Without a subspace the projection takes all coordinates.
#[derive(Clone, Debug)]
pub struct Lexical {
    idf: Idf,
    subspace: Option<Subspace>,
}

impl Lexical {
    /// An embedder that weighs words by what the given state has seen, and places them in a subspace that was learned under it.
    pub fn new(idf: Idf, subspace: Option<Subspace>) -> Lexical {
        Lexical { idf, subspace }
    }

    /// The same embedder with a subspace learned from these texts; some thousands of the newest are enough.
    pub fn learn<T: AsRef<str>>(idf: Idf, texts: &[T]) -> Lexical {
        let plain = Lexical::new(idf, None);
        let bags: Vec<Bag> = texts.iter().map(|text| plain.bag(&features::extract(text.as_ref()))).collect();
        Lexical { subspace: Some(Subspace::learn(&bags)), ..plain }
    }

    /// The state that words are weighed by.
    pub fn idf(&self) -> &Idf {
        &self.idf
    }

    /// What was learned of words that go together, if anything.
    pub fn subspace(&self) -> Option<&Subspace> {
        self.subspace.as_ref()
    }

    /// The vector of a text whose features are already known; zeros for a mere address or mere stop words.
    pub fn embed_features(&self, features: &[Feature]) -> Vec<f32> {
        let mut vector = vec![0.0; DIMENSIONS];
        if features.iter().all(|f| matches!(f.kind, Kind::Place | Kind::Function)) {
            return vector;
        }
        let bag = self.bag(features);
        match &self.subspace {
            None => project(&mut vector, &bag),
            Some(subspace) => {
                let (matters, words) = vector.split_at_mut(RANK);
                project(words, &bag);
                words.iter_mut().for_each(|x| *x *= WORDS);
                let (place, known) = subspace.place(&bag);
                matters.iter_mut().zip(place).for_each(|(x, p)| *x = known * p);
                normalise(&mut vector);
            }
        }
        vector
    }

    /// The weights of features: sublinear term frequency times inverse document frequency, each kind scaled to its share.
    fn bag(&self, features: &[Feature]) -> Bag {
        let weight = |f: &Feature| (1.0 + (f.count as f32).ln()) * self.idf.weight(f.slot);
        let mut bag = Bag::with_capacity(features.len());
        for (kind, share) in SHARES {
            let of_kind = features.iter().filter(|f| f.kind == kind);
            let norm = of_kind.clone().map(|f| weight(f).powi(2)).sum::<f32>().sqrt();
            bag.extend(of_kind.map(|f| (f.slot, weight(f) * share / norm)));
        }
        let norm = bag.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        bag.iter_mut().for_each(|(_, w)| *w /= norm);
        bag
    }
}

/// Spreads the features of a text over the coordinates of a vector, which becomes of unit length.
fn project(vector: &mut [f32], bag: &[(u32, f32)]) {
    for &(slot, weight) in bag {
        for copy in 0..SPREAD {
            let hash = features::mix(u64::from(slot) * SPREAD + copy);
            let at = hash as usize % vector.len();
            vector[at] += if hash >> 63 == 0 { weight } else { -weight };
        }
    }
    normalise(vector);
}

impl Embedder for Lexical {
    fn name(&self) -> &str {
        NAME
    }

    /// Twice the number of texts behind the weights, and one more with a subspace: the later state has the greater number.
    fn version(&self) -> u32 {
        self.idf.documents().saturating_mul(2) | u32::from(self.subspace.is_some())
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn thresholds(&self) -> Thresholds {
        match self.subspace {
            None => Thresholds { join: 0.17, similar: 0.25 },
            Some(_) => Thresholds { join: 0.4, similar: 0.3 },
        }
    }

    fn embed(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        texts.iter().map(|text| self.embed_features(&features::extract(text))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nlp::dot;
    use proptest::prelude::*;

    #[test]
    fn same_matter_is_nearer_than_other_matter() {
        let texts = ["Не горит фонарь во дворе", "Фонари не горят второй день", "Ребёнку отказали в путёвке в лагерь"];
        let v = Lexical::new(Idf::new(), None).embed(&texts);
        assert!(dot(&v[0], &v[1]) > 0.3);
        assert!(dot(&v[0], &v[2]) < 0.2);
    }

    #[test]
    fn nothing_gives_zeros() {
        let vectors = Lexical::new(Idf::new(), None).embed(&["", "🙂🙂", "12 345", "и на в", &"QUJD".repeat(300)]);
        assert!(vectors.iter().all(|v| v.len() == DIMENSIONS && v.iter().all(|x| *x == 0.0)));
    }

    proptest! {
        #[test]
        fn vectors_are_of_unit_length_or_zero(text in "\\PC{0,60}") {
            let vector = Lexical::new(Idf::new(), None).embed(&[&text]).remove(0);
            let length = dot(&vector, &vector);
            prop_assert!(length == 0.0 || (length - 1.0).abs() < 1e-4);
        }
    }
}
