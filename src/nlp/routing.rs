//! Which label (a topic, a working group) a text should get, learned from what people decided.

use super::features::{self, Kind, mix};
use super::idf::{read_varint, write_varint};
use super::{Idf, Malformed};

/// Slots of the classifier's weights; features are folded into them.
const SLOTS: usize = 1 << 16;

/// Most labels a router knows; examples of further ones are ignored.
pub const MAX_LABELS: usize = 256;

/// Passes over the examples in training.
const EPOCHS: usize = 8;

/// Cost of a margin that an example falls short of, against the length of the weights.
const COST: f32 = 2.0;

/// Value of the feature that every text has.
const BIAS: f32 = 0.3;

/// Examples below which also features of a single one are learned.
const FEW_TEXTS: u32 = 500;

/// A linear classifier: one-vs-rest support vector machines with squared hinge loss on TF-IDF of the sparse features,
/// trained by dual coordinate descent (Hsieh et al., "A Dual Coordinate Descent Method for Large-scale Linear SVM", 2008).
///
/// In memory 256 kB a label and 1 MB beside; as bytes at most 128 kB a label and 2 MB beside, not counting their names:
/// 35 MB with [`MAX_LABELS`].
#[derive(Clone, Debug)]
pub struct Router {
    labels: Vec<String>,
    idf: Idf,
    /// One row of weights a slot, one weight a label.
    weights: Vec<f32>,
    biases: Vec<f32>,
    /// Divisor of the scores that makes confidences true (Guo et al., "On Calibration of Modern Neural Networks", 2017).
    temperature: f32,
}

/// A label and how sure it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// One of the labels of the examples.
    pub label: String,
    /// Estimated chance that the label is right, 0..=1.
    pub confidence: f32,
}

/// Slots and weights of the features of one text, of unit length.
type Bag = Vec<(u32, f32)>;

const MAGIC: &[u8; 5] = b"VRTR\x01";

impl Router {
    /// Learns from examples, each a text and its label; the order of the examples is part of the result, chance is not.
    ///
    /// Confidences are calibrated on a fifth of the examples that is set aside for it before the final training on all.
    pub fn train(examples: &[(&str, &str)]) -> Router {
        let mut router = Router { labels: Vec::new(), idf: Idf::new(), weights: Vec::new(), biases: Vec::new(), temperature: 1.0 };
        let found: Vec<_> = examples.iter().map(|(text, _)| features::extract(text)).collect();
        found.iter().for_each(|features| router.idf.observe_features(features));
        let bags: Vec<(Bag, usize)> =
            found.iter().zip(examples).filter_map(|(features, (_, label))| Some((router.bag(features), router.label(label)?))).collect();
        let (kept, aside): (Vec<_>, Vec<_>) = (0..bags.len()).partition(|i| !mix(*i as u64).is_multiple_of(5));
        router.fit(&bags, kept);
        router.calibrate(&bags, &aside);
        router.fit(&bags, (0..bags.len()).collect());
        router
    }

    /// Learns from one more example, of a known label or a new one: the training's step on an example it never met, which is
    /// the passive-aggressive update PA-II (Crammer et al., "Online Passive-Aggressive Algorithms", 2006).
    pub fn learn(&mut self, text: &str, label: &str) {
        let features = features::extract(text);
        self.idf.observe_features(&features);
        if let Some(label) = self.label(label) {
            let bag = self.bag(&features);
            self.step(&bag, label, &mut vec![0.0; self.labels.len()]);
        }
    }

    /// The best label with its confidence; `None` when nothing was learned or the text holds nothing to go by.
    pub fn predict(&self, text: &str) -> Option<Prediction> {
        let bag = self.bag(&features::extract(text));
        if bag.is_empty() {
            return None;
        }
        let chances = self.chances(&bag, self.temperature);
        let (best, confidence) = chances.into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(Prediction { label: self.labels.get(best)?.clone(), confidence })
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
        let old = self.labels.len();
        if old == MAX_LABELS {
            return None;
        }
        self.labels.push(label.to_owned());
        self.biases.push(0.0);
        let mut weights = vec![0.0; SLOTS * (old + 1)];
        if old > 0 {
            for (new, row) in weights.chunks_exact_mut(old + 1).zip(self.weights.chunks_exact(old)) {
                new[..old].copy_from_slice(row);
            }
        }
        self.weights = weights;
        Some(old)
    }

    fn bag(&self, found: &[features::Feature]) -> Bag {
        let weigh = |f: &features::Feature| {
            let share = match f.kind {
                Kind::Word => 1.0,
                Kind::Pair => 0.5,
                Kind::Characters | Kind::Place => 0.3,
            };
            (f.slot % SLOTS as u32, share * (1.0 + (f.count as f32).ln()) * self.idf.weight(f.slot))
        };
        // What stands in one text only teaches nothing about others, but in a few texts everything does.
        let least = if self.idf.documents() < FEW_TEXTS { 1 } else { 2 };
        let mut bag: Bag = found.iter().filter(|f| self.idf.frequency(f.slot) >= least).map(weigh).collect();
        let norm = bag.iter().map(|(_, w)| w * w).sum::<f32>().sqrt();
        bag.iter_mut().for_each(|(_, w)| *w /= norm);
        bag
    }

    /// Trains anew on the examples of the given numbers.
    fn fit(&mut self, bags: &[(Bag, usize)], mut order: Vec<usize>) {
        self.weights.fill(0.0);
        self.biases.fill(0.0);
        let width = self.labels.len();
        let mut duals = vec![0.0; bags.len() * width];
        for epoch in 0..EPOCHS {
            order.sort_by_cached_key(|&i| mix((epoch * bags.len() + i) as u64));
            for &i in &order {
                let (bag, label) = &bags[i];
                self.step(bag, *label, &mut duals[i * width..(i + 1) * width]);
            }
        }
    }

    /// Moves the dual variable of one example under each label to its optimum, and the weights with it.
    fn step(&mut self, bag: &Bag, label: usize, duals: &mut [f32]) {
        const SLACK: f32 = 0.5 / COST;
        let mut moves = self.scores(bag);
        for (i, (score, dual)) in moves.iter_mut().zip(duals).enumerate() {
            let side = if i == label { 1.0 } else { -1.0 };
            let gradient = side * *score - 1.0 + SLACK * *dual;
            let new = (*dual - gradient / (1.0 + BIAS * BIAS + SLACK)).max(0.0);
            *score = side * (new - *dual);
            *dual = new;
        }
        let width = moves.len();
        for &(slot, weight) in bag {
            let start = slot as usize * width;
            for (w, change) in self.weights[start..start + width].iter_mut().zip(&moves) {
                *w += change * weight;
            }
        }
        self.biases.iter_mut().zip(&moves).for_each(|(bias, change)| *bias += BIAS * BIAS * change);
    }

    /// Score of each label: its margin, 1 where the training's demand is met.
    fn scores(&self, bag: &Bag) -> Vec<f32> {
        let mut scores = self.biases.clone();
        let width = scores.len();
        for &(slot, weight) in bag {
            let start = slot as usize * width;
            for (score, w) in scores.iter_mut().zip(&self.weights[start..start + width]) {
                *score += w * weight;
            }
        }
        scores
    }

    /// Chance of each label; they add up to 1.
    fn chances(&self, bag: &Bag, temperature: f32) -> Vec<f32> {
        let mut scores = self.scores(bag);
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        scores.iter_mut().for_each(|s| *s = ((*s - most) / temperature).exp());
        let sum: f32 = scores.iter().sum();
        scores.iter_mut().for_each(|s| *s /= sum);
        scores
    }

    /// Chooses the temperature with the least log loss on examples that were not trained on. As many as they are, so sure may
    /// they make it: the right label counts (n + 1) / (n + 2), the others share the rest (Platt, "Probabilistic Outputs for
    /// Support Vector Machines", 1999). Otherwise a handful of easy ones would make it certain of whatever comes.
    fn calibrate(&mut self, bags: &[(Bag, usize)], aside: &[usize]) {
        let share = (aside.len() as f32 + 1.0) / (aside.len() as f32 + 2.0);
        let others = (1.0 - share) / self.labels.len().saturating_sub(1).max(1) as f32;
        let loss = |temperature: f32| -> f32 {
            let of_one = |(bag, label): &(Bag, usize)| -> f32 {
                let chances = self.chances(bag, temperature).into_iter().enumerate();
                chances.map(|(i, chance)| -chance.max(1e-6).ln() * if i == *label { share } else { others }).sum()
            };
            aside.iter().map(|&i| of_one(&bags[i])).sum()
        };
        let candidates = (0..24).map(|i| 0.02 * 1.2f32.powi(i));
        let best = candidates.map(|t| (loss(t), t)).min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, temperature)) = best.filter(|_| !aside.is_empty()) {
            self.temperature = temperature;
        }
    }

    /// The router as bytes; weights lose all but 8 bits of precision, which no prediction is so near as to feel.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.temperature.to_le_bytes());
        write_varint(&mut bytes, self.labels.len() as u32);
        for (label, bias) in self.labels.iter().zip(&self.biases) {
            write_varint(&mut bytes, label.len() as u32);
            bytes.extend(label.as_bytes());
            bytes.extend(bias.to_le_bytes());
        }
        let idf = self.idf.to_bytes();
        write_varint(&mut bytes, idf.len() as u32);
        bytes.extend(idf);
        let mut next = 0;
        for (slot, row) in self.weights.chunks_exact(self.labels.len().max(1)).enumerate() {
            if row.iter().any(|w| *w != 0.0) {
                write_varint(&mut bytes, (slot - next) as u32);
                row.iter().for_each(|w| bytes.extend(to_bfloat16(*w).to_le_bytes()));
                next = slot + 1;
            }
        }
        bytes
    }

    /// Reads what [`Router::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`Malformed`] when the bytes are of another kind or version, cut short, or hold impossible values.
    pub fn from_bytes(bytes: &[u8]) -> Result<Router, Malformed> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(Malformed("not a router of this version"))?;
        let temperature = read_f32(&mut rest)?;
        let width = read_varint(&mut rest)? as usize;
        if temperature <= 0.0 || width > MAX_LABELS {
            return Err(Malformed("value out of range"));
        }
        let (mut labels, mut biases) = (Vec::new(), Vec::new());
        for _ in 0..width {
            let length = read_varint(&mut rest)? as usize;
            let label = str::from_utf8(take(&mut rest, length)?).map_err(|_| Malformed("label is not text"))?;
            labels.push(label.to_owned());
            biases.push(read_f32(&mut rest)?);
        }
        let length = read_varint(&mut rest)? as usize;
        let idf = Idf::from_bytes(take(&mut rest, length)?)?;
        let mut weights = vec![0.0; SLOTS * width];
        let mut next = 0usize;
        while !rest.is_empty() {
            let slot = next + read_varint(&mut rest)? as usize;
            let row = weights.get_mut(slot * width..(slot + 1) * width).filter(|row| !row.is_empty());
            let row = row.ok_or(Malformed("slot out of range"))?;
            let (pairs, _) = take(&mut rest, 2 * width)?.as_chunks::<2>();
            for (w, pair) in row.iter_mut().zip(pairs) {
                *w = f32::from_bits(u32::from(u16::from_le_bytes(*pair)) << 16);
                if !w.is_finite() {
                    return Err(Malformed("value out of range"));
                }
            }
            next = slot + 1;
        }
        Ok(Router { labels, idf, weights, biases, temperature })
    }
}

/// The upper half of a float's bits, rounded to the nearest.
fn to_bfloat16(value: f32) -> u16 {
    (value.to_bits().saturating_add(0x8000) >> 16) as u16
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], Malformed> {
    let (head, tail) = bytes.split_at_checked(length).ok_or(Malformed("cut short"))?;
    *bytes = tail;
    Ok(head)
}

fn read_f32(bytes: &mut &[u8]) -> Result<f32, Malformed> {
    let (four, _) = take(bytes, 4)?.as_chunks::<4>();
    let value = four.first().map(|four| f32::from_le_bytes(*four));
    value.filter(|value| value.is_finite()).ok_or(Malformed("value out of range"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn examples() -> Vec<(&'static str, &'static str)> {
        let light = ["Не горит фонарь во дворе", "Темно, фонари не работают", "Нет освещения на аллее", "Погас фонарь у школы"];
        let road = ["Яма на дороге", "Разбит асфальт, ямы", "Дорога вся в ямах", "Просел асфальт у перекрёстка"];
        let labelled = |texts: [&'static str; 4], label| texts.map(|text| (text, label));
        [labelled(light, "light"), labelled(road, "road")].concat()
    }

    fn label(router: &Router, text: &str) -> Option<String> {
        router.predict(text).map(|p| p.label)
    }

    #[test]
    fn learns_what_people_decided() {
        let router = Router::train(&examples());
        assert_eq!(label(&router, "фонарь не горит").as_deref(), Some("light"));
        assert_eq!(label(&router, "огромная яма в асфальте").as_deref(), Some("road"));
        assert_eq!(router.predict("🙂 12"), None);
    }

    #[test]
    fn is_less_sure_of_what_it_does_not_know() {
        let router = Router::train(&examples());
        let confidence = |text: &str| router.predict(text).map_or(0.0, |p| p.confidence);
        assert!(confidence("Не горит фонарь") > confidence("Прививка от гриппа"));
        assert!((0.5..=1.0).contains(&confidence("Не горит фонарь")));
    }

    #[test]
    fn learns_a_new_label_on_the_way() {
        let mut router = Router::train(&examples());
        for text in ["Не вывозят мусор", "Мусор у контейнеров", "Баки полны мусора", "Свалка мусора"]
        {
            router.learn(text, "waste");
        }
        assert_eq!(label(&router, "мусор не вывозят неделю").as_deref(), Some("waste"));
        assert_eq!(label(&router, "фонарь не горит").as_deref(), Some("light"));
    }

    #[test]
    fn knows_nothing_without_examples() {
        assert_eq!(Router::train(&[]).predict("Яма"), None);
        let read = Router::from_bytes(&Router::train(&[]).to_bytes());
        assert!(read.is_ok_and(|router| router.labels().is_empty()));
    }

    #[test]
    fn further_labels_than_there_is_room_for_are_ignored() {
        let mut router = Router::train(&examples());
        for i in 0..MAX_LABELS {
            router.label(&i.to_string());
        }
        router.learn("Яма", "one too many");
        assert_eq!(router.labels().len(), MAX_LABELS);
    }

    #[test]
    fn bytes_keep_the_predictions() {
        let router = Router::train(&examples());
        let bytes = router.to_bytes();
        let read = Router::from_bytes(&bytes).unwrap();
        for (text, _) in examples() {
            let (was, is) = (router.predict(text).unwrap(), read.predict(text).unwrap());
            assert_eq!(was.label, is.label);
            assert!((was.confidence - is.confidence).abs() < 0.02);
        }
        for cut in [3, 8, 12, 20, bytes.len() - 1] {
            assert!(Router::from_bytes(&bytes[..cut]).is_err());
        }
    }

    proptest! {
        #[test]
        fn foreign_bytes_are_refused_or_read(tail in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend(1f32.to_le_bytes());
            bytes.extend(tail);
            let _ = Router::from_bytes(&bytes);
        }
    }
}
