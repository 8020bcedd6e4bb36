//! Understanding of what people write: language, vectors, clusters, duplicates, labels.
//!
//! This room is pure: it knows no database, no clock and no task runtime. Everything in it is a function of its
//! arguments and gives the same bits in every process, so that vectors may be stored and compared later.
//!
//! The way of a message: [`language::detect`], [`Embedder::embed`], [`cluster::Centroids::place`],
//! [`routing::Router::predict`], [`duplicates::judge`] against the neighbours, [`keywords::keywords`] for the cluster.

#[cfg(feature = "bert")]
pub mod bert;
pub mod calibration;
pub mod cluster;
pub mod communities;
pub mod duplicates;
pub mod extract;
pub mod features;
pub mod idf;
pub mod index;
pub mod keywords;
pub mod language;
pub mod lexical;
pub mod metrics;
mod prior;
pub mod projection;
pub mod regroup;
pub mod routing;
pub mod signals;
mod stopwords;
pub mod subspace;
pub mod summary;
pub mod text;

pub use calibration::Calibration;
pub use idf::Idf;
pub use language::Language;
pub use lexical::Lexical;
pub use subspace::Subspace;

/// Turns texts into vectors whose dot product says how near two texts are in matter.
pub trait Embedder: Send + Sync {
    /// Name of the method, stored beside each vector; vectors of different names are never compared.
    fn name(&self) -> &str;

    /// Version of the method and of what it has learned. Vectors of an older version of the same name remain comparable,
    /// roughly; they are due to be embedded again.
    fn version(&self) -> u32;

    /// Length of every vector.
    fn dimensions(&self) -> usize;

    /// Similarities from which texts belong together under this embedder.
    fn thresholds(&self) -> Thresholds;

    /// One vector a text, in order: of unit length, or all zeros when the text holds nothing to go by.
    fn embed(&self, texts: &[&str]) -> Vec<Vec<f32>>;
}

/// Cosine similarities from which an embedder's vectors mean something; each in -1..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Least similarity to a cluster's centroid for joining it.
    pub join: f32,
    /// Least similarity of two texts for showing one as "similar" to the other.
    pub similar: f32,
}

/// The stored form that was to be read is not one that this version writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "failed to read a stored state: {}", self.0)
    }
}

impl std::error::Error for Malformed {}

/// Scalar product of two vectors of one length; the cosine when both are of unit length.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    // Eight running sums let the compiler use vector instructions, which a single float sum forbids.
    let mut sums = [0f32; 8];
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    for (x, y) in a8.iter().zip(b8) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

/// Scales a vector to unit length; leaves zeros (and what cannot be scaled) as all zeros.
pub fn normalise(vector: &mut [f32]) {
    let norm = dot(vector, vector).sqrt();
    if norm.is_normal() {
        vector.iter_mut().for_each(|x| *x /= norm);
    } else {
        vector.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_counts_every_element() {
        let a: Vec<f32> = (0..19).map(|i| i as f32).collect();
        assert_eq!(dot(&a, &[1.0; 19]), 171.0);
    }

    #[test]
    fn normalise_survives_zeros_and_infinities() {
        let mut v = [3.0, 4.0];
        normalise(&mut v);
        assert_eq!(v, [0.6, 0.8]);
        for mut v in [[0.0, 0.0], [f32::INFINITY, 1.0], [f32::NAN, 1.0]] {
            normalise(&mut v);
            assert_eq!(v, [0.0, 0.0]);
        }
    }
}
