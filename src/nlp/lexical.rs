//! The default embedder: weighted words and character n-grams, folded into a dense vector. Needs no model file.

use super::features::{self, Feature, Kind};
use super::{Embedder, Idf, Thresholds, normalise};

/// Length of the vectors (2 kB each as `real[]`).
pub const DIMENSIONS: usize = 512;

/// Coordinates that each feature is spread over.
const SPREAD: u64 = 4;

/// Share of each kind of feature in the vector's length. Places only break ties: where something is says little about what
/// it is.
const SHARES: [(Kind, f32); 4] = [(Kind::Word, 1.0), (Kind::Pair, 0.4), (Kind::Characters, 0.7), (Kind::Place, 0.1)];

/// Embeds by what words a text has: TF-IDF of stems, pairs of stems and character n-grams, each kind scaled to its share,
/// then a sparse random projection with hashed signs (Charikar et al., "Finding Frequent Items in Data Streams", 2002;
/// Achlioptas, "Database-friendly random projections", 2003). Dot products of the projected vectors estimate those of the
/// sparse ones with a deviation near `1 / sqrt(DIMENSIONS)`.
#[derive(Clone, Debug)]
pub struct Lexical {
    idf: Idf,
}

impl Lexical {
    /// An embedder that weighs words by what the given state has seen.
    pub fn new(idf: Idf) -> Lexical {
        Lexical { idf }
    }

    /// The state that words are weighed by.
    pub fn idf(&self) -> &Idf {
        &self.idf
    }

    /// The vector of a text whose features are already known; zeros for a mere address.
    pub fn embed_features(&self, features: &[Feature]) -> Vec<f32> {
        let mut vector = vec![0.0; DIMENSIONS];
        if features.iter().all(|f| f.kind == Kind::Place) {
            return vector;
        }
        for (kind, share) in SHARES {
            let weighted = features.iter().filter(|f| f.kind == kind).map(|f| (f.slot, self.weight(f)));
            let norm = weighted.clone().map(|(_, w)| w * w).sum::<f32>().sqrt();
            if norm > 0.0 {
                for (slot, weight) in weighted {
                    project(&mut vector, slot, weight * share / norm);
                }
            }
        }
        normalise(&mut vector);
        vector
    }

    /// Sublinear term frequency times inverse document frequency.
    fn weight(&self, feature: &Feature) -> f32 {
        (1.0 + (feature.count as f32).ln()) * self.idf.weight(feature.slot)
    }
}

/// Adds a feature to the coordinates that its slot is spread over.
fn project(vector: &mut [f32], slot: u32, weight: f32) {
    for copy in 0..SPREAD {
        let hash = features::mix(u64::from(slot) * SPREAD + copy);
        let sign = if hash >> 63 == 0 { weight } else { -weight };
        vector[hash as usize % DIMENSIONS] += sign;
    }
}

impl Embedder for Lexical {
    fn name(&self) -> &str {
        "lexical"
    }

    /// The number of texts behind the weights: a state of more texts is the newer one.
    fn version(&self) -> u32 {
        self.idf.documents()
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn thresholds(&self) -> Thresholds {
        Thresholds { join: 0.17, similar: 0.25 }
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
        let v = Lexical::new(Idf::new()).embed(&texts);
        assert!(dot(&v[0], &v[1]) > 0.3);
        assert!(dot(&v[0], &v[2]) < 0.2);
    }

    #[test]
    fn nothing_gives_zeros() {
        let vectors = Lexical::new(Idf::new()).embed(&["", "🙂🙂", "12 345", "и на в"]);
        assert!(vectors.iter().all(|v| v.len() == DIMENSIONS && v.iter().all(|x| *x == 0.0)));
    }

    proptest! {
        #[test]
        fn vectors_are_of_unit_length_or_zero(text in "\\PC{0,60}") {
            let vector = Lexical::new(Idf::new()).embed(&[&text]).remove(0);
            let length = dot(&vector, &vector);
            prop_assert!(length == 0.0 || (length - 1.0).abs() < 1e-4);
        }
    }
}
