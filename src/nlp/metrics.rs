//! How well clusters and predictions agree with what people decided.

use std::collections::BTreeMap;

/// Joint and marginal counts of two labellings of the same items.
struct Contingency {
    cells: BTreeMap<(usize, usize), f64>,
    rows: BTreeMap<usize, f64>,
    columns: BTreeMap<usize, f64>,
    total: f64,
}

impl Contingency {
    fn of(a: &[usize], b: &[usize]) -> Contingency {
        let mut table = Contingency { cells: BTreeMap::new(), rows: BTreeMap::new(), columns: BTreeMap::new(), total: 0.0 };
        for (&a, &b) in a.iter().zip(b) {
            *table.cells.entry((a, b)).or_default() += 1.0;
            *table.rows.entry(a).or_default() += 1.0;
            *table.columns.entry(b).or_default() += 1.0;
            table.total += 1.0;
        }
        table
    }
}

/// Normalised mutual information of two labellings with the arithmetic mean of their entropies below the line (Strehl and
/// Ghosh 2002; Vinh et al. 2010), 0..=1. Two labellings of a single cluster each agree: 1. Items beyond the shorter are
/// ignored; without items 0.
pub fn nmi(a: &[usize], b: &[usize]) -> f64 {
    let table = Contingency::of(a, b);
    if table.total == 0.0 {
        return 0.0;
    }
    let entropy = |counts: &BTreeMap<usize, f64>| -> f64 { counts.values().map(|c| c / table.total).map(|p| -p * p.ln()).sum() };
    let mutual: f64 =
        table.cells.iter().map(|((a, b), n)| n / table.total * (n * table.total / (table.rows[a] * table.columns[b])).ln()).sum();
    let mean = (entropy(&table.rows) + entropy(&table.columns)) / 2.0;
    if mean == 0.0 { 1.0 } else { (mutual / mean).clamp(0.0, 1.0) }
}

/// Adjusted Rand index of two labellings (Hubert and Arabie 1985): 1 when they agree, about 0 by chance, at least -0.5.
/// When nothing could disagree, 1; without items 0.
pub fn ari(a: &[usize], b: &[usize]) -> f64 {
    let table = Contingency::of(a, b);
    if table.total == 0.0 {
        return 0.0;
    }
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let together: f64 = table.cells.values().map(|&n| pairs(n)).sum();
    let rows: f64 = table.rows.values().map(|&n| pairs(n)).sum();
    let columns: f64 = table.columns.values().map(|&n| pairs(n)).sum();
    let expected = if table.total > 1.0 { rows * columns / pairs(table.total) } else { 0.0 };
    let most = (rows + columns) / 2.0;
    if most == expected { 1.0 } else { (together - expected) / (most - expected) }
}

/// Share of right predictions, 0..=1; an abstention (`None`) is not right. 0 without items.
pub fn accuracy<T: PartialEq>(truth: &[T], predicted: &[Option<T>]) -> f64 {
    let right = truth.iter().zip(predicted).filter(|(t, p)| Some(*t) == p.as_ref()).count();
    right as f64 / truth.len().max(1) as f64
}

/// Mean over labels of F1, the harmonic mean of precision and recall, 0..=1; every label of the truth or the predictions
/// counts alike. 0 without items.
pub fn macro_f1<T: Ord>(truth: &[T], predicted: &[Option<T>]) -> f64 {
    // Of each label: right, wrongly predicted, missed.
    let mut outcomes: BTreeMap<&T, (f64, f64, f64)> = BTreeMap::new();
    for (truth, predicted) in truth.iter().zip(predicted) {
        if Some(truth) == predicted.as_ref() {
            outcomes.entry(truth).or_default().0 += 1.0;
        } else {
            outcomes.entry(truth).or_default().2 += 1.0;
            if let Some(predicted) = predicted {
                outcomes.entry(predicted).or_default().1 += 1.0;
            }
        }
    }
    let sum: f64 = outcomes.values().map(|(right, wrong, missed)| 2.0 * right / (2.0 * right + wrong + missed)).sum();
    sum / outcomes.len().max(1) as f64
}

/// Share of right ones among the most confident predictions, when only a share of all items (`coverage`, 0..=1) is
/// answered and the rest left to people. Items are `(right, confidence)`; 0 when nothing is answered.
pub fn accuracy_at_coverage(outcomes: &[(bool, f32)], coverage: f64) -> f64 {
    let mut ranked = outcomes.to_vec();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked.truncate((coverage.clamp(0.0, 1.0) * outcomes.len() as f64).round() as usize);
    ranked.iter().filter(|(right, _)| *right).count() as f64 / ranked.len().max(1) as f64
}

/// Expected calibration error over ten equal parts of the confidences (Naeini et al., "Obtaining Well Calibrated Probabilities Using
/// Bayesian Binning", 2015), 0..=1: how far confidences are from the share of right predictions, on average.
pub fn calibration_error(outcomes: &[(bool, f32)]) -> f64 {
    let mut bins = [(0.0, 0.0); 10];
    for (right, confidence) in outcomes {
        let (hits, sum) = &mut bins[((confidence * 10.0) as usize).min(9)];
        *hits += f64::from(u8::from(*right));
        *sum += f64::from(*confidence);
    }
    bins.iter().map(|(hits, sum)| (hits - sum).abs()).sum::<f64>() / outcomes.len().max(1) as f64
}

/// What a threshold of confidence brings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operating {
    /// Least confidence that is answered.
    pub threshold: f32,
    /// Share of all items that are answered, 0..=1.
    pub coverage: f64,
    /// Share of right ones among these, 0..=1.
    pub precision: f64,
}

/// Precision against coverage at each hundredth of confidence from 0 on, as far as anything is answered: the picture that an
/// operator sets the threshold by.
pub fn precision_against_coverage(outcomes: &[(bool, f32)]) -> Vec<Operating> {
    let at = |hundredths: u8| {
        let threshold = f32::from(hundredths) / 100.0;
        let answered = outcomes.iter().filter(|(_, confidence)| *confidence >= threshold);
        let (count, right) = answered.fold((0u32, 0u32), |(count, right), (hit, _)| (count + 1, right + u32::from(*hit)));
        let (count, right) = (f64::from(count), f64::from(right));
        (count > 0.0).then(|| Operating { threshold, coverage: count / outcomes.len() as f64, precision: right / count })
    };
    (0..=100).map_while(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn agreement_ignores_names() {
        assert!(near(nmi(&[0, 0, 1, 1], &[7, 7, 3, 3]), 1.0));
        assert!(near(ari(&[0, 0, 1, 1], &[7, 7, 3, 3]), 1.0));
    }

    #[test]
    fn independence_is_worth_nothing() {
        assert!(near(nmi(&[0, 0, 1, 1], &[0, 1, 0, 1]), 0.0));
        // Pairs: none together of 2 and 2 among 6; expected 4/6; (0 - 2/3) / (2 - 2/3).
        assert!(near(ari(&[0, 0, 1, 1], &[0, 1, 0, 1]), -0.5));
    }

    #[test]
    fn worked_by_hand() {
        let (a, b) = ([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2]);
        // Mutual information: 4/6 of certainty about a (the mixed column tells nothing): 2/3 ln 2.
        // Entropies: ln 2 and ln 3.
        let ln = f64::ln;
        assert!(near(nmi(&a, &b), 2.0 / 3.0 * ln(2.0) / ((ln(2.0) + ln(3.0)) / 2.0)));
        // Pairs: 2 together; rows 6, columns 3, of 15: expected 1.2; (2 - 1.2) / (4.5 - 1.2).
        assert!(near(ari(&a, &b), 0.8 / 3.3));
    }

    #[test]
    fn edges_have_values() {
        assert_eq!((nmi(&[], &[]), ari(&[], &[])), (0.0, 0.0));
        assert_eq!((nmi(&[1, 1], &[2, 2]), ari(&[1, 1], &[2, 2])), (1.0, 1.0));
        assert_eq!(ari(&[1], &[2]), 1.0);
        assert_eq!(accuracy::<u8>(&[], &[]), 0.0);
        assert_eq!(macro_f1::<u8>(&[], &[]), 0.0);
        assert_eq!(accuracy_at_coverage(&[], 0.5), 0.0);
    }

    #[test]
    fn predictions_worked_by_hand() {
        let truth = ["a", "a", "b", "c"];
        let predicted = [Some("a"), Some("b"), Some("b"), None];
        assert!(near(accuracy(&truth, &predicted), 0.5));
        // a: 1 right, 1 missed: 2/3; b: 1 right, 1 wrong: 2/3; c: 0.
        assert!(near(macro_f1(&truth, &predicted), 4.0 / 9.0));
    }

    #[test]
    fn the_most_confident_are_answered_first() {
        let outcomes = [(false, 0.1), (true, 0.9), (true, 0.8), (false, 0.7)];
        assert!(near(accuracy_at_coverage(&outcomes, 0.5), 1.0));
        assert!(near(accuracy_at_coverage(&outcomes, 0.75), 2.0 / 3.0));
        assert!(near(accuracy_at_coverage(&outcomes, 1.0), 0.5));
    }

    #[test]
    fn calibration_error_is_the_mean_distance() {
        // Nine of ten right at 0.9: none. One right of two at 1.0: half.
        let fair: Vec<(bool, f32)> = (0..10).map(|i| (i > 0, 0.9)).collect();
        assert!(calibration_error(&fair) < 1e-6);
        assert!(near(calibration_error(&[(true, 1.0), (false, 1.0)]), 0.5));
        assert!(near(calibration_error(&[]), 0.0));
    }

    #[test]
    fn precision_rises_with_the_threshold() {
        let curve = precision_against_coverage(&[(true, 0.9), (true, 0.5), (false, 0.2)]);
        assert_eq!(curve.len(), 91);
        assert!(near(curve[0].coverage, 1.0) && near(curve[0].precision, 2.0 / 3.0));
        assert!(near(curve[30].coverage, 2.0 / 3.0) && near(curve[30].precision, 1.0));
        assert!(precision_against_coverage(&[]).is_empty());
    }
}
