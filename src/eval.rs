//! `veche eval`: how well clustering and routing do on labelled texts, by the code that runs in production.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use serde::Serialize;
use uuid::Uuid;

use crate::nlp::cluster::{Centroids, Placement};
use crate::nlp::routing::Router;
use crate::nlp::{Embedder, Idf, Lexical, features, metrics};

/// Labels of fewer texts are left out: nothing can be learned of them in five folds.
pub const LEAST_TEXTS: usize = 5;

/// Parts of the cross-validation.
const FOLDS: u64 = 5;

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Texts measured.
    pub texts: usize,
    /// Distinct labels measured.
    pub labels: usize,
    /// Labels left out for having fewer than [`LEAST_TEXTS`] texts.
    pub dropped_labels: usize,
    /// Texts of those labels.
    pub dropped_texts: usize,
    /// Normalised mutual information of clusters and labels, 0..=1.
    pub nmi: f64,
    /// Adjusted Rand index of clusters and labels, -0.5..=1.
    pub ari: f64,
    /// Clusters opened.
    pub clusters: usize,
    /// Share of texts routed right when all are, 5-fold, 0..=1.
    pub accuracy: f64,
    /// Mean F1 over labels, 5-fold, 0..=1.
    pub macro_f1: f64,
    /// Accuracy when only the most confident share is answered.
    pub coverage: Coverage,
    /// Texts through embedding, placing and prediction in a second of one core.
    pub per_second: f64,
}

/// Accuracy, 0..=1, when only the most confident share of the texts is answered.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// Half of them.
    pub at_50: f64,
    /// 70 %.
    pub at_70: f64,
    /// 90 %.
    pub at_90: f64,
}

/// Measures on texts and the label of each: online clusters, in the order given and without being told how many, and
/// routing by cross-validation with a fixed split. Clusters go by the vectors of `encoder`, or by those of words, as routing
/// does. Texts beyond the shorter slice are ignored.
pub fn evaluate(texts: &[String], labels: &[String], encoder: Option<&dyn Embedder>) -> Report {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    let pairs = || texts.iter().map(String::as_str).zip(labels.iter().map(String::as_str));
    pairs().for_each(|(_, label)| *sizes.entry(label).or_default() += 1);
    let (kept, dropped): (Vec<_>, Vec<_>) = pairs().partition(|(_, label)| sizes[label] >= LEAST_TEXTS);
    let numbers: BTreeMap<&str, usize> = sizes.iter().filter(|(_, size)| **size >= LEAST_TEXTS).map(|(label, _)| *label).zip(0..).collect();
    let truth: Vec<usize> = kept.iter().map(|(_, label)| numbers[label]).collect();

    let stream = match encoder {
        Some(encoder) => encode(encoder, &kept.iter().map(|(text, _)| *text).collect::<Vec<_>>()),
        None => cluster(kept.iter().map(|(text, _)| *text)),
    };
    let routed = route(&kept);
    let right: Vec<(bool, f32)> =
        kept.iter().zip(&routed.predictions).map(|((_, label), p)| (p.0.as_deref() == Some(*label), p.1)).collect();
    let known: Vec<&str> = kept.iter().map(|(_, label)| *label).collect();
    let predicted: Vec<Option<&str>> = routed.predictions.iter().map(|p| p.0.as_deref()).collect();
    let coverage = |share| metrics::accuracy_at_coverage(&right, share);
    Report {
        texts: kept.len(),
        labels: numbers.len(),
        dropped_labels: sizes.len() - numbers.len(),
        dropped_texts: dropped.len(),
        nmi: metrics::nmi(&stream.clusters, &truth),
        ari: metrics::ari(&stream.clusters, &truth),
        clusters: stream.clusters.iter().max().map_or(0, |last| last + 1),
        accuracy: metrics::accuracy(&known, &predicted),
        macro_f1: metrics::macro_f1(&known, &predicted),
        coverage: Coverage { at_50: coverage(0.5), at_70: coverage(0.7), at_90: coverage(0.9) },
        per_second: kept.len() as f64 / (stream.time + routed.time).as_secs_f64().max(1e-9),
    }
}

/// The cluster of each text, and the time that embedding and placing took.
struct Stream {
    clusters: Vec<usize>,
    time: Duration,
}

/// Streams the texts as production does: each is embedded by what was learned from those before it; when the stream has
/// grown by a quarter, the weights are taken over from it and the centroids rebuilt from newly embedded members.
fn cluster<'a>(texts: impl Iterator<Item = &'a str>) -> Stream {
    let mut idf = Idf::new();
    let mut embedder = Lexical::new(idf.clone());
    let mut centroids = Centroids::new(embedder.dimensions());
    let mut seen: Vec<&str> = Vec::new();
    let mut stream = Stream { clusters: Vec::new(), time: Duration::ZERO };
    for text in texts {
        idf.observe(text);
        if idf.has_outgrown(embedder.version()) {
            embedder = Lexical::new(idf.clone());
            centroids = Centroids::new(embedder.dimensions());
            for (vector, cluster) in embedder.embed(&seen).iter().zip(&stream.clusters) {
                centroids.add(Uuid::from_u128(*cluster as u128), vector);
            }
        }
        let start = Instant::now();
        let vector = embedder.embed(&[text]).pop().unwrap_or_default();
        stream.clusters.push(place(&mut centroids, &vector, embedder.thresholds().join));
        stream.time += start.elapsed();
        seen.push(text);
    }
    stream
}

/// Streams the texts through an embedder that does not learn from them.
fn encode(encoder: &dyn Embedder, texts: &[&str]) -> Stream {
    let mut centroids = Centroids::new(encoder.dimensions());
    let start = Instant::now();
    let clusters = encoder.embed(texts).iter().map(|vector| place(&mut centroids, vector, encoder.thresholds().join)).collect();
    Stream { clusters, time: start.elapsed() }
}

/// Puts a vector into its cluster and gives back the number of that.
fn place(centroids: &mut Centroids, vector: &[f32], join: f32) -> usize {
    let cluster = match centroids.place(vector, join) {
        Placement::Join(neighbour) => neighbour.cluster,
        Placement::Open => Uuid::from_u128(centroids.len() as u128),
    };
    centroids.add(cluster, vector);
    cluster.as_u128() as usize
}

/// The label and confidence predicted for each text, and the time that prediction took.
struct Routed {
    predictions: Vec<(Option<String>, f32)>,
    time: Duration,
}

/// Predicts each text by a router that was trained on the other folds.
fn route(examples: &[(&str, &str)]) -> Routed {
    let mut routed = Routed { predictions: vec![(None, 0.0); examples.len()], time: Duration::ZERO };
    let fold_of = |i: usize| features::mix(i as u64 ^ 0x5eed) % FOLDS;
    for fold in 0..FOLDS {
        let (tested, trained): (Vec<usize>, Vec<usize>) = (0..examples.len()).partition(|i| fold_of(*i) == fold);
        let router = Router::train(&trained.iter().map(|i| examples[*i]).collect::<Vec<_>>());
        let start = Instant::now();
        for i in tested {
            if let Some(prediction) = router.predict(examples[i].0) {
                routed.predictions[i] = (Some(prediction.label), prediction.confidence);
            }
        }
        routed.time += start.elapsed();
    }
    routed
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "texts       {:>9}   labels {}", self.texts, self.labels)?;
        writeln!(f, "left out    {:>9}   of {} labels with fewer than {LEAST_TEXTS} texts", self.dropped_texts, self.dropped_labels)?;
        writeln!(f, "clusters    {:>9}   NMI {:.3}   ARI {:.3}", self.clusters, self.nmi, self.ari)?;
        writeln!(f, "accuracy    {:>9.3}   macro-F1 {:.3}", self.accuracy, self.macro_f1)?;
        let Coverage { at_50, at_70, at_90 } = self.coverage;
        writeln!(f, "answering   {:>9}   50 % {at_50:.3}   70 % {at_70:.3}   90 % {at_90:.3}", "")?;
        write!(f, "a second    {:>9.0}   texts on one core", self.per_second)
    }
}
