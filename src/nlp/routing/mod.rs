//! Which label (a topic, a working group) a text should get, learned from what people decided.

mod bytes;
mod calibration;
mod svm;
mod trial;

use std::collections::BTreeMap;

use self::calibration::Calibration;
use self::svm::{Bag, Machines};
use super::features::{self, Kind, hash, mix};
use super::{Idf, text};
pub use trial::{Comparison, cross_validate};

/// Most labels a router knows; examples of further ones are ignored.
pub const MAX_LABELS: usize = 256;

/// Length of a text's vector beside its words.
const VECTOR: f32 = 0.5;

/// Examples below which also features of a single one are learned.
const FEW_TEXTS: u32 = 500;

/// A text of which people decided where it belongs.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// The text.
    pub text: &'a str,
    /// Its vector; empty where there is none.
    pub vector: &'a [f32],
    /// Where it belongs.
    pub label: &'a str,
}

/// A linear classifier (support vector machines, one a label) over TF-IDF of the sparse features and the embedder's vectors.
///
/// Vectors must all be of one embedder in one version; who changes it trains anew. In memory 256 kB a label and 1 MB beside; as
/// bytes at most 128 kB a label and 2 MB beside, not counting their names: 35 MB with [`MAX_LABELS`].
#[derive(Clone, Debug)]
pub struct Router {
    labels: Vec<String>,
    idf: Idf,
    machines: Machines,
    calibration: Calibration,
    /// Hashes of the examples that were learned, in order.
    seen: Vec<u32>,
}

/// A label and how sure it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// One of the labels of the examples.
    pub label: String,
    /// Estimated chance that the label is right, 0..=1.
    pub confidence: f32,
}

/// What spoke for a label or against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// A word of the text, in lower case.
    pub word: String,
    /// What it adds to the label's score, all its features together; a score of 1 is a safe distance from all others.
    pub weight: f32,
}

impl Router {
    /// Learns from examples; the order of the examples is part of the result, chance is not.
    ///
    /// Confidences are calibrated on a fifth of the examples that is set aside for it before the final training on all.
    pub fn train(examples: &[Example<'_>]) -> Router {
        let (labels, idf, machines) = (Vec::new(), Idf::new(), Machines::default());
        let mut router = Router { labels, idf, machines, calibration: Calibration::default(), seen: Vec::new() };
        let found: Vec<_> = examples.iter().map(|example| features::extract(example.text)).collect();
        found.iter().for_each(|features| router.idf.observe_features(features));
        router.seen = examples.iter().map(fingerprint).collect();
        router.seen.sort_unstable();
        router.seen.dedup();
        let bags: Vec<(Bag, usize)> = (found.iter().zip(examples))
            .filter_map(|(features, example)| Some((router.bag(features, example.vector), router.label(example.label)?)))
            .collect();
        let (kept, aside): (Vec<_>, Vec<_>) = (0..bags.len()).partition(|i| !mix(*i as u64).is_multiple_of(5));
        router.machines.fit(&bags, kept);
        let outcome = |&i: &usize| calibration::best(&router.machines.scores(&bags[i].0)).map(|(best, odds)| (odds, best == bags[i].1));
        router.calibration = Calibration::fit(&aside.iter().filter_map(outcome).collect::<Vec<_>>());
        router.machines.fit(&bags, (0..bags.len()).collect());
        router
    }

    /// Learns from one more example, of a known label or a new one.
    pub fn learn(&mut self, example: &Example<'_>) {
        let features = features::extract(example.text);
        self.idf.observe_features(&features);
        if let Err(at) = self.seen.binary_search(&fingerprint(example)) {
            self.seen.insert(at, fingerprint(example));
        }
        if let Some(label) = self.label(example.label) {
            let bag = self.bag(&features, example.vector);
            self.machines.learn(&bag, label);
        }
    }

    /// The best label with its confidence; `None` when fewer than two labels were learned or the text holds nothing to go by.
    pub fn predict(&self, text: &str, vector: &[f32]) -> Option<Prediction> {
        let features = features::extract(text);
        if features.iter().all(|f| f.kind == Kind::Function) {
            return None;
        }
        let bag = self.bag(&features, vector);
        if bag.is_empty() {
            return None;
        }
        let (best, odds) = calibration::best(&self.machines.scores(&bag))?;
        Some(Prediction { label: self.labels.get(best)?.clone(), confidence: self.calibration.confidence(odds) })
    }

    /// The `n` words of a text that speak most for a label or against it, strongest first; none for an unknown label.
    pub fn explain(&self, text: &str, vector: &[f32], label: &str, n: usize) -> Vec<Reason> {
        let Some(label) = self.labels.iter().position(|known| known == label) else {
            return Vec::new();
        };
        // Each feature's share goes to the word that it ends in.
        let bag: BTreeMap<u32, f32> = self.bag(&features::extract(text), vector).into_iter().collect();
        let normalised = text::normalise(&text::without_links(text));
        let tokens = features::tokens(&normalised);
        let mut counts: BTreeMap<u32, f32> = BTreeMap::new();
        features::walk(&tokens, |_, slot, _| *counts.entry(row(slot)).or_default() += 1.0);
        let mut weights: BTreeMap<&str, f32> = BTreeMap::new();
        features::walk(&tokens, |_, slot, at| {
            let row = row(slot);
            if let (Some(value), Some(weight), Some(count)) = (bag.get(&row), self.machines.row(row).get(label), counts.get(&row)) {
                *weights.entry(tokens[at]).or_default() += value * weight / count;
            }
        });
        let mut reasons: Vec<Reason> = weights
            .into_iter()
            .filter(|(_, weight)| *weight != 0.0)
            .map(|(word, weight)| Reason { word: word.to_owned(), weight })
            .collect();
        reasons.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()).then_with(|| a.word.cmp(&b.word)));
        reasons.truncate(n);
        reasons
    }

    /// The labels, in order of first sight.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The number of a label, which is made when it is new and there is room.
    fn label(&mut self, label: &str) -> Option<usize> {
        if let Some(known) = self.labels.iter().position(|l| l == label) {
            return Some(known);
        }
        let new = self.labels.len();
        (new < MAX_LABELS).then(|| {
            self.labels.push(label.to_owned());
            self.machines.widen();
            new
        })
    }

    /// The features of a text and its vector; empty when no feature is known or every one would be.
    fn bag(&self, found: &[features::Feature], vector: &[f32]) -> Bag {
        let weigh = |f: &features::Feature| {
            let share = match f.kind {
                Kind::Word => 1.0,
                Kind::Function => 0.5,
                Kind::Pair => 0.5,
                Kind::Characters => 0.4,
                Kind::Place => 0.3,
            };
            (row(f.slot), share * (1.0 + (f.count as f32).ln()) * self.idf.weight(f.slot))
        };
        // What stands in one text only teaches nothing about others, but in a few texts everything does.
        let least = if self.idf.documents() < FEW_TEXTS { 1 } else { 2 };
        let mut bag: Bag = found.iter().filter(|f| self.idf.frequency(f.slot) >= least).map(weigh).collect();
        bag.sort_unstable_by_key(|(row, _)| *row);
        bag.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let norm = bag.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        bag.iter_mut().for_each(|(_, w)| *w /= norm);
        let vector = vector.iter().take(svm::MOST_DIMENSIONS).zip(svm::WORD_ROWS as u32..);
        bag.extend(vector.filter(|(x, _)| **x != 0.0).map(|(x, row)| (row, VECTOR * x)));
        let norm = bag.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        bag.iter_mut().for_each(|(_, w)| *w /= norm);
        bag
    }
}

/// The row of the feature of a slot.
fn row(slot: u32) -> u32 {
    slot % svm::WORD_ROWS as u32
}

/// An example in 32 bits.
fn fingerprint(example: &Example<'_>) -> u32 {
    hash(6, &[example.text, example.label]) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn examples() -> Vec<Example<'static>> {
        let light = ["Не горит фонарь во дворе", "Темно, фонари не работают", "Нет освещения на аллее", "Погас фонарь у школы"];
        let road = ["Яма на дороге", "Разбит асфальт, ямы", "Дорога вся в ямах", "Просел асфальт у перекрёстка"];
        let labelled = |texts: [&'static str; 4], label| texts.map(|text| Example { text, vector: &[], label });
        [labelled(light, "light"), labelled(road, "road")].concat()
    }

    pub fn plain(router: &Router, text: &str) -> Option<Prediction> {
        router.predict(text, &[])
    }

    fn label(router: &Router, text: &str) -> Option<String> {
        plain(router, text).map(|p| p.label)
    }

    #[test]
    fn learns_what_people_decided() {
        let router = Router::train(&examples());
        assert_eq!(label(&router, "фонарь не горит").as_deref(), Some("light"));
        assert_eq!(label(&router, "огромная яма в асфальте").as_deref(), Some("road"));
        assert_eq!(plain(&router, "🙂 и на"), None);
    }

    #[test]
    fn one_label_is_no_choice() {
        let router = Router::train(&examples()[..4]);
        assert_eq!(plain(&router, "фонарь не горит"), None);
    }

    #[test]
    fn is_less_sure_of_what_it_does_not_know() {
        let router = Router::train(&examples());
        let confidence = |text: &str| plain(&router, text).map_or(0.0, |p| p.confidence);
        assert!(confidence("Не горит фонарь") > confidence("Прививка от гриппа"));
        assert!((0.5..=1.0).contains(&confidence("Не горит фонарь")));
    }

    #[test]
    fn learns_a_new_label_on_the_way() {
        let mut router = Router::train(&examples());
        for text in ["Не вывозят мусор", "Мусор у контейнеров", "Баки полны мусора", "Свалка мусора"]
        {
            router.learn(&Example { text, vector: &[], label: "waste" });
        }
        assert_eq!(label(&router, "мусор не вывозят неделю").as_deref(), Some("waste"));
        assert_eq!(label(&router, "фонарь не горит").as_deref(), Some("light"));
    }

    #[test]
    fn knows_nothing_without_examples() {
        assert_eq!(plain(&Router::train(&[]), "Яма"), None);
        let read = Router::from_bytes(&Router::train(&[]).to_bytes());
        assert!(read.is_ok_and(|router| router.labels().is_empty()));
    }

    #[test]
    fn further_labels_than_there_is_room_for_are_ignored() {
        let mut router = Router::train(&examples());
        for i in 0..MAX_LABELS {
            router.label(&i.to_string());
        }
        router.learn(&Example { text: "Яма", vector: &[], label: "one too many" });
        assert_eq!(router.labels().len(), MAX_LABELS);
    }

    #[test]
    fn says_which_words_decided() {
        let router = Router::train(&examples());
        let reasons = router.explain("Не горит фонарь, рядом яма", &[], "light", 2);
        assert_eq!(reasons[0].word, "фонарь");
        assert!(reasons[0].weight > 0.0 && reasons.len() == 2);
        let against = router.explain("Не горит фонарь, рядом яма", &[], "road", 9);
        assert!(against.iter().any(|reason| reason.word == "фонарь" && reason.weight < 0.0));
        assert!(router.explain("фонарь", &[], "nobody", 3).is_empty());
    }

    #[test]
    fn vectors_speak_where_words_are_unknown() {
        let [a, b] = [[1.0, 0.0], [0.0, 1.0]];
        let texts = ["раз", "два", "три", "четыре"];
        let example = |(i, text): (usize, &&'static str)| -> Example<'_> {
            Example { text, vector: if i < 2 { &[1.0, 0.0] } else { &[0.0, 1.0] }, label: if i < 2 { "a" } else { "b" } }
        };
        let examples: Vec<Example<'_>> = texts.iter().enumerate().map(example).collect();
        let router = Router::train(&examples);
        assert_eq!(router.predict("пять", &a).map(|p| p.label).as_deref(), Some("a"));
        assert_eq!(router.predict("пять", &b).map(|p| p.label).as_deref(), Some("b"));
    }
}
