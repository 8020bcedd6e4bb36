//! Whether a router is any good.

use super::super::features::mix;
use super::super::index::in_parallel;
use super::{Example, Prediction, Router, fingerprint};

/// Parts of a cross-validation.
pub const FOLDS: u64 = 5;

/// A retrained router beside the one in use, on examples that neither had learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Examples compared.
    pub examples: usize,
    /// Of these, right with the router in use only.
    pub lost: usize,
    /// Of these, right with the retrained one only.
    pub won: usize,
}

impl Comparison {
    /// Whether the retrained one may be switched on: it does not lose more than chance would (one standard deviation of the
    /// difference if both were equally good, after McNemar's test, 1947).
    pub fn holds(&self) -> bool {
        let chance = ((self.lost + self.won) as f32).sqrt();
        self.lost as f32 - self.won as f32 <= chance
    }
}

impl Router {
    /// Trains a successor on examples, old and new. It is compared on those that this router has not learned from, with a router
    /// trained on all the others; then it learns these too. The caller keeps this one unless [`Comparison::holds`].
    pub fn succeed(&self, examples: &[Example<'_>]) -> (Router, Comparison) {
        let (known, fresh): (Vec<Example<'_>>, Vec<_>) =
            examples.iter().partition(|example| self.seen.binary_search(&fingerprint(example)).is_ok());
        let mut comparison = Comparison { examples: fresh.len(), lost: 0, won: 0 };
        // What is new in kind is no test: half of it is learned first.
        let (learned, kept_back): (Vec<Example<'_>>, Vec<_>) =
            fresh.into_iter().partition(|e| mix(fingerprint(e).into()).is_multiple_of(2));
        let rival = Router::train(&[known, learned].concat());
        comparison.examples = kept_back.len();
        for example in &kept_back {
            let right = |router: &Router| router.predict(example.text, example.vector).is_some_and(|p| p.label == example.label);
            match (right(self), right(&rival)) {
                (true, false) => comparison.lost += 1,
                (false, true) => comparison.won += 1,
                _ => {}
            }
        }
        (Router::train(examples), comparison)
    }
}

/// Of each example what a router says that was trained on the others, in five parts of a fixed split; the truth that
/// confidences, thresholds and pictures of precision against coverage are judged by.
pub fn cross_validate(examples: &[Example<'_>]) -> Vec<Option<Prediction>> {
    let fold_of = |i: usize| mix(i as u64 ^ 0x5eed) % FOLDS;
    let of_fold = |fold: usize| {
        let others: Vec<Example<'_>> = (0..examples.len()).filter(|i| fold_of(*i) != fold as u64).map(|i| examples[i]).collect();
        let router = Router::train(&others);
        let own = (0..examples.len()).filter(|i| fold_of(*i) == fold as u64);
        own.map(|i| (i, router.predict(examples[i].text, examples[i].vector))).collect::<Vec<_>>()
    };
    let mut predictions: Vec<_> = in_parallel(FOLDS as usize, of_fold).into_iter().flatten().collect();
    predictions.sort_unstable_by_key(|(i, _)| *i);
    predictions.into_iter().map(|(_, prediction)| prediction).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::examples;
    use super::*;

    fn more(label: &'static str) -> Vec<Example<'static>> {
        let texts = [
            "Фонарь у дома погас",
            "Темно, нет света, фонарь",
            "Фонари не горят ночью",
            "Горит один фонарь из трёх",
            "Фонарь мигает",
            "Света нет, фонарь разбит",
        ];
        texts.map(|text| Example { text, vector: &[], label }).to_vec()
    }

    #[test]
    fn a_successor_that_was_taught_well_holds() {
        let router = Router::train(&examples());
        let (successor, comparison) = router.succeed(&[examples(), more("light")].concat());
        assert!(comparison.holds() && comparison.examples > 0, "{comparison:?}");
        assert!(successor.predict("фонарь мигает", &[]).is_some_and(|p| p.label == "light"));
    }

    #[test]
    fn losing_more_than_chance_does_not_hold() {
        assert!(Comparison { examples: 50, lost: 12, won: 8 }.holds());
        assert!(!Comparison { examples: 50, lost: 12, won: 4 }.holds());
        assert!(Comparison { examples: 0, lost: 0, won: 0 }.holds());
    }

    #[test]
    fn nobody_predicts_what_it_was_trained_on() {
        let alone = [Example { text: "фонарь", vector: &[], label: "a" }];
        assert_eq!(cross_validate(&alone), [None]);
        assert_eq!(cross_validate(&examples()).len(), 8);
    }
}
