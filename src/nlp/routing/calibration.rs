//! From scores to chances.

/// Divisor of the differences between scores before they become shares: a fifth of the margin that training demands.
const TEMPERATURE: f32 = 0.2;

/// Rounds of Newton's method; a few are enough for two unknowns.
const ROUNDS: usize = 20;

/// Turns the scores of labels into a confidence that is right as often as it says: the log-odds of the best label's share (softmax)
/// are scaled and shifted as outcomes show (Platt, "Probabilistic Outputs for Support Vector Machines", 1999).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    pub slope: f32,
    pub offset: f32,
}

impl Default for Calibration {
    fn default() -> Self {
        Calibration { slope: 1.0, offset: 0.0 }
    }
}

impl Calibration {
    /// Fits to outcomes on examples that were not trained on: log-odds of the best label ([`best`]) and whether it was right.
    ///
    /// As many as they are, so sure may they make it: a normal prior of variance 1 holds both numbers near no change, and targets
    /// are Platt's (n + 1) / (n + 2); otherwise a handful of easy ones would make it certain of whatever comes.
    pub fn fit(outcomes: &[(f32, bool)]) -> Calibration {
        let right = outcomes.iter().filter(|(_, right)| *right).count() as f64;
        let wrong = outcomes.len() as f64 - right;
        let target = |hit: bool| if hit { (right + 1.0) / (right + 2.0) } else { 1.0 / (wrong + 2.0) };
        let (mut a, mut b) = (1.0, 0.0);
        for _ in 0..ROUNDS {
            // Gradient and Hessian of the negative log posterior.
            let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (a - 1.0, b, 1.0, 0.0, 1.0);
            for (odds, hit) in outcomes {
                let x = f64::from(*odds);
                let p = 1.0 / (1.0 + (-a * x - b).exp());
                let (error, curve) = (p - target(*hit), p * (1.0 - p));
                ga += error * x;
                gb += error;
                haa += curve * x * x;
                hab += curve * x;
                hbb += curve;
            }
            let determinant = haa * hbb - hab * hab;
            a = (a - (hbb * ga - hab * gb) / determinant).clamp(0.01, 10.0);
            b = (b - (haa * gb - hab * ga) / determinant).clamp(-10.0, 10.0);
        }
        Calibration { slope: a as f32, offset: b as f32 }
    }

    /// The chance, 0..=1, that a label with these log-odds is right.
    pub fn confidence(&self, odds: f32) -> f32 {
        1.0 / (1.0 + (-self.slope * odds - self.offset).exp())
    }
}

/// The number of the best score and the log-odds of its share; `None` where there is no choice: one score says nothing of others that
/// were never seen. Odds are at most a million to one.
pub fn best(scores: &[f32]) -> Option<(usize, f32)> {
    if scores.len() < 2 {
        return None;
    }
    let (best, most) = scores.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let others: f32 = scores.iter().enumerate().filter(|(i, _)| *i != best).map(|(_, s)| ((s - most) / TEMPERATURE).exp()).sum();
    Some((best, -others.max(1e-6).ln()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_follows_the_outcomes() {
        // At odds of 2 two thirds are right, at odds of -1 one in ten.
        let outcomes: Vec<(f32, bool)> = (0..600).map(|i| if i % 2 == 0 { (2.0, i % 3 > 0) } else { (-1.0, i % 20 == 1) }).collect();
        let calibration = Calibration::fit(&outcomes);
        assert!((calibration.confidence(2.0) - 0.667).abs() < 0.02);
        assert!((calibration.confidence(-1.0) - 0.1).abs() < 0.02);
    }

    #[test]
    fn a_handful_of_easy_ones_does_not_make_it_certain() {
        let calibration = Calibration::fit(&[(5.0, true), (6.0, true)]);
        assert!((0.6..0.95).contains(&calibration.confidence(6.0)));
        assert_eq!(Calibration::fit(&[]), Calibration::default());
    }

    #[test]
    fn the_best_is_sure_when_it_is_far_ahead() {
        assert_eq!(best(&[]), None);
        let (first, near) = best(&[0.5, 0.4]).unwrap();
        let (second, far) = best(&[-1.0, 1.0]).unwrap();
        assert_eq!((first, second), (0, 1));
        assert!(near > 0.0 && far > near);
        assert!(best(&[9.0, -90.0]).is_some_and(|(_, odds)| odds < 14.0));
        assert_eq!(best(&[9.0]), None, "one is no choice");
    }
}
