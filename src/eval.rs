//! `veche eval`: how well clustering and routing do on labelled texts, by the code that runs in production.

pub mod pairs;

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    time::{Duration, Instant},
};

use indicatif::ProgressBar;
use serde::Serialize;
use uuid::Uuid;

use crate::nlp::{
    Embedder, Idf, Lexical,
    cluster::{Centroids, Placement},
    features, metrics,
    regroup::regroup,
    routing::{Example, Prediction, Router, cross_validate},
};

/// Labels of fewer texts are left out: nothing can be learned of them in five folds.
pub const LEAST_TEXTS: usize = 5;

/// Texts measured at most; of more, a fixed sample.
pub const MOST_TEXTS: usize = 8000;

/// Examples that corrections start from.
const FIRST: usize = 200;

/// Texts between two points of the learning curve, and between two trainings.
const STEP: usize = 100;

/// Words: weights and subspace are learned from the file's own texts, without their labels.
fn words_of(texts: &[&str]) -> Lexical {
    let mut idf = Idf::new();
    texts.iter().for_each(|text| idf.observe(text));
    Lexical::learn(idf, texts)
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The embedder's name.
    pub embedder: String,
    /// Texts measured.
    pub texts: usize,
    /// Distinct labels measured.
    pub labels: usize,
    /// Labels left out for having fewer than [`LEAST_TEXTS`] texts.
    pub dropped_labels: usize,
    /// Texts of those labels.
    pub dropped_texts: usize,
    /// Matters found in all texts at once, against the labels.
    #[serde(flatten)]
    pub offline: Agreement,
    /// Themes that the matters lie in.
    pub themes: usize,
    /// Clusters opened when the texts come one by one, against the labels.
    pub online: Agreement,
    /// Share of texts routed right when all are, 5-fold, 0..=1.
    pub accuracy: f64,
    /// Mean F1 over labels, 5-fold, 0..=1.
    pub macro_f1: f64,
    /// Accuracy when only the most confident share is answered.
    pub coverage: Coverage,
    /// Expected calibration error of the confidences, 0..=1.
    pub ece: f64,
    /// Texts through embedding, placing and prediction in a second of one core.
    pub per_second: f64,
}

/// How well clusters agree with labels.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Agreement {
    /// Normalised mutual information, 0..=1.
    pub nmi: f64,
    /// Harmonic mean of homogeneity and completeness, which is the same number (Rosenberg and Hirschberg 2007; Becker 2011).
    pub v_measure: f64,
    /// Adjusted Rand index, -0.5..=1.
    pub ari: f64,
    /// Clusters found.
    pub clusters: usize,
}

impl Agreement {
    fn of(clusters: &[usize], truth: &[usize]) -> Agreement {
        let nmi = metrics::nmi(clusters, truth);
        let count = clusters.iter().collect::<HashSet<_>>().len();
        Agreement { nmi, v_measure: nmi, ari: metrics::ari(clusters, truth), clusters: count }
    }
}

/// Accuracy, 0..=1, when only the most confident share of the texts is answered.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// Half of them.
    #[serde(rename = "50")]
    pub at_50: f64,
    /// 70 %.
    #[serde(rename = "70")]
    pub at_70: f64,
    /// 90 %.
    #[serde(rename = "90")]
    pub at_90: f64,
}

/// The labelled texts that are measured: a sample of too many, without labels of too few texts.
struct Corpus<'a> {
    texts: Vec<&'a str>,
    labels: Vec<&'a str>,
    dropped: Vec<&'a str>,
}

impl<'a> Corpus<'a> {
    fn new(texts: &'a [String], labels: &'a [String]) -> Corpus<'a> {
        let mut sample: Vec<usize> = (0..texts.len().min(labels.len())).collect();
        sample.sort_by_cached_key(|i| features::mix(*i as u64 ^ 0x8000));
        sample.truncate(MOST_TEXTS);
        sample.sort_unstable();
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        sample.iter().for_each(|&i| *sizes.entry(&labels[i]).or_default() += 1);
        let (kept, dropped): (Vec<usize>, Vec<usize>) = sample.into_iter().partition(|&i| sizes[labels[i].as_str()] >= LEAST_TEXTS);
        let of = |rows: &[usize], column: &'a [String]| rows.iter().map(|&i| column[i].as_str()).collect::<Vec<_>>();
        Corpus { texts: of(&kept, texts), labels: of(&kept, labels), dropped: of(&dropped, labels) }
    }

    /// The labels as numbers, and how many there are.
    fn truth(&self) -> (Vec<usize>, usize) {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let number = |label: &&'a str| {
            let next = numbers.len();
            *numbers.entry(label).or_insert(next)
        };
        (self.labels.iter().map(number).collect(), numbers.len())
    }

    fn examples<'b>(&'b self, vectors: &'b [Vec<f32>]) -> Vec<Example<'b>> {
        let rows = self.texts.iter().zip(vectors).zip(&self.labels);
        rows.map(|((text, vector), label)| Example { text, vector, label }).collect()
    }
}

/// Measures on texts and the label of each: clusters without being told how many, in all texts at once and one by one, and routing
/// by cross-validation with a fixed split. Vectors are those of `encoder`, or of words. Texts beyond the shorter slice are ignored.
pub fn evaluate(texts: &[String], labels: &[String], encoder: Option<&dyn Embedder>) -> Report {
    let corpus = Corpus::new(texts, labels);
    let (truth, count) = corpus.truth();
    let progress = ProgressBar::new(5);
    let words;
    let embedder = match encoder {
        Some(encoder) => encoder,
        None => {
            words = words_of(&corpus.texts);
            &words
        }
    };
    progress.inc(1);
    let (vectors, embedding) = timed(|| embedder.embed(&corpus.texts));
    progress.inc(1);
    let found = regroup(&vectors, embedder.thresholds().similar);
    // Without a place in any matter each is alone.
    let matters: Vec<usize> = found.iter().enumerate().map(|(i, label)| label.map_or(found.len() + i, |l| l.matter as usize)).collect();
    let themes: HashSet<u32> = found.iter().flatten().map(|label| label.theme).collect();
    progress.inc(1);
    let (online, placing) = timed(|| place_one_by_one(&vectors, embedder));
    progress.inc(1);
    let examples = corpus.examples(&vectors);
    let predictions = cross_validate(&examples);
    let router = Router::train(&examples[..examples.len().min(1000)]);
    let (_, routing) = timed(|| examples.iter().filter_map(|e| router.predict(e.text, e.vector)).count());
    progress.finish_and_clear();

    let outcome = |(prediction, label): (&Option<Prediction>, &&str)| {
        prediction.as_ref().map_or((false, 0.0), |p| (p.label == **label, p.confidence))
    };
    let outcomes: Vec<(bool, f32)> = predictions.iter().zip(&corpus.labels).map(outcome).collect();
    let predicted: Vec<Option<&str>> = predictions.iter().map(|p| p.as_ref().map(|p| p.label.as_str())).collect();
    let coverage = |share| metrics::accuracy_at_coverage(&outcomes, share);
    Report {
        embedder: embedder.name().to_owned(),
        texts: corpus.texts.len(),
        labels: count,
        dropped_labels: corpus.dropped.iter().collect::<HashSet<_>>().len(),
        dropped_texts: corpus.dropped.len(),
        offline: Agreement::of(&matters, &truth),
        themes: themes.len(),
        online: Agreement::of(&online, &truth),
        accuracy: metrics::accuracy(&corpus.labels, &predicted),
        macro_f1: metrics::macro_f1(&corpus.labels, &predicted),
        coverage: Coverage { at_50: coverage(0.5), at_70: coverage(0.7), at_90: coverage(0.9) },
        ece: metrics::calibration_error(&outcomes),
        per_second: corpus.texts.len() as f64 / (embedding + placing + routing).as_secs_f64().max(1e-9),
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// The cluster that each text joins or opens when it comes.
fn place_one_by_one(vectors: &[Vec<f32>], embedder: &dyn Embedder) -> Vec<usize> {
    let mut centroids = Centroids::new(embedder.dimensions());
    let mut place = |vector: &Vec<f32>| {
        let cluster = match centroids.place(vector, embedder.thresholds().join) {
            Placement::Join(neighbour) => neighbour.cluster,
            Placement::Open => Uuid::from_u128(centroids.len() as u128),
        };
        centroids.add(cluster, vector);
        cluster.as_u128() as usize
    };
    vectors.iter().map(&mut place).collect()
}

/// How routing learns from corrections.
#[derive(Clone, Debug, Serialize)]
pub struct LearningCurve {
    /// Examples that it started from.
    pub first: usize,
    /// Texts since then, and the share of the last hundred of them that was routed right.
    pub points: Vec<(usize, f64)>,
    /// Corrections that were fed.
    pub corrections: usize,
    /// Share of the last half of the texts that was routed right.
    pub last_half: f64,
    /// Share of all texts that is routed right, 5-fold, when every label is known.
    pub reference: f64,
}

/// Routes texts in a fixed random order by a router that starts from 200 examples and is told the true label of each text that
/// it got wrong: it learns that at once, and trains anew after every 100 texts on all it was told, and on what nobody corrected.
pub fn corrections(texts: &[String], labels: &[String], encoder: Option<&dyn Embedder>) -> LearningCurve {
    let corpus = Corpus::new(texts, labels);
    let vectors = match encoder {
        Some(encoder) => encoder.embed(&corpus.texts),
        None => words_of(&corpus.texts).embed(&corpus.texts),
    };
    let mut examples = corpus.examples(&vectors);
    let predictions = cross_validate(&examples);
    let hits = predictions.iter().zip(&corpus.labels).filter(|(p, label)| p.as_ref().is_some_and(|p| p.label == **label)).count();
    let mut order: Vec<usize> = (0..examples.len()).collect();
    order.sort_by_cached_key(|i| features::mix(*i as u64 ^ 0xc0de));
    examples = order.into_iter().map(|i| examples[i]).collect();
    let (first, rest) = examples.split_at(FIRST.min(examples.len()));
    let mut told = first.to_vec();
    let mut router = Router::train(&told);
    let (mut right, mut points, mut corrections) = (Vec::new(), Vec::new(), 0);
    let progress = ProgressBar::new(rest.len() as u64);
    for chunk in rest.chunks(STEP) {
        for example in chunk {
            let hit = router.predict(example.text, example.vector).is_some_and(|p| p.label == example.label);
            if !hit {
                router.learn(example);
                corrections += 1;
            }
            told.push(*example);
            right.push(hit);
        }
        points.push((right.len(), share(&right[right.len() - chunk.len()..])));
        let (successor, comparison) = router.succeed(&told);
        if comparison.holds() {
            router = successor;
        }
        progress.inc(chunk.len() as u64);
    }
    progress.finish_and_clear();
    let reference = hits as f64 / examples.len().max(1) as f64;
    LearningCurve { first: first.len(), points, corrections, last_half: share(&right[right.len() / 2..]), reference }
}

fn share(right: &[bool]) -> f64 {
    right.iter().filter(|hit| **hit).count() as f64 / right.len().max(1) as f64
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "texts       {:>9}   labels {}   embedder {}", self.texts, self.labels, self.embedder)?;
        writeln!(f, "left out    {:>9}   of {} labels with fewer than {LEAST_TEXTS} texts", self.dropped_texts, self.dropped_labels)?;
        for (name, found) in [("matters", self.offline), ("online", self.online)] {
            let Agreement { nmi, v_measure, ari, clusters } = found;
            writeln!(f, "{name:<11} {clusters:>9}   NMI {nmi:.3}   V {v_measure:.3}   ARI {ari:.3}")?;
        }
        writeln!(f, "themes      {:>9}", self.themes)?;
        writeln!(f, "accuracy    {:>9.3}   macro-F1 {:.3}   ECE {:.3}", self.accuracy, self.macro_f1, self.ece)?;
        let Coverage { at_50, at_70, at_90 } = self.coverage;
        writeln!(f, "answering   {:>9}   50 % {at_50:.3}   70 % {at_70:.3}   90 % {at_90:.3}", "")?;
        write!(f, "a second    {:>9.0}   texts on one core", self.per_second)
    }
}

impl fmt::Display for LearningCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "after {} labelled texts; reference with all labels known {:.3}", self.first, self.reference)?;
        for (texts, accuracy) in &self.points {
            writeln!(f, "{texts:>9}   {accuracy:.3}   {}", "#".repeat((accuracy * 40.0).round() as usize))?;
        }
        write!(f, "last half {:.3}   corrections {}", self.last_half, self.corrections)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> (Vec<String>, Vec<String>) {
        let nouns = ["фонарь", "яма", "мусор"];
        let adjectives = ["большой", "новый", "старый", "опасный", "третий", "грязный", "знакомый", "странный"];
        let rows =
            nouns.iter().flat_map(|noun| adjectives.iter().map(move |adjective| (format!("{adjective} {noun}"), (*noun).to_owned())));
        let alone = ("один такой".to_owned(), "прочее".to_owned());
        rows.chain([alone]).unzip()
    }

    #[test]
    fn what_is_easy_is_done_well() {
        let (texts, labels) = texts();
        let report = evaluate(&texts, &labels, None);
        assert_eq!((report.texts, report.labels, report.dropped_texts, report.dropped_labels), (24, 3, 1, 1));
        assert!(report.accuracy > 0.9, "{report}");
        let json = serde_json::to_value(&report).unwrap();
        for key in ["nmi", "v_measure", "ari", "clusters", "accuracy", "macro_f1", "coverage", "ece", "per_second"] {
            assert!(json.get(key).is_some(), "{key}");
        }
    }

    #[test]
    fn nothing_is_measured_of_nothing() {
        let report = evaluate(&[], &[], None);
        assert_eq!((report.texts, report.offline.clusters), (0, 0));
        let (texts, labels) = texts();
        let curve = corrections(&texts, &labels, None);
        assert_eq!((curve.first, curve.points.len()), (24, 0));
    }
}
