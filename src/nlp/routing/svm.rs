//! The linear classifier under the router.

use super::super::features::mix;

/// Rows of weights for hashed features of words.
pub const WORD_ROWS: usize = 1 << 16;

/// Longest vectors that there is room for beside the words.
pub const MOST_DIMENSIONS: usize = 1 << 12;

/// Passes over the examples in training.
const EPOCHS: usize = 8;

/// Cost of a margin that an example falls short of, against the length of the weights.
const COST: f32 = 1.0;

/// Value of the feature that every text has.
const BIAS: f32 = 0.3;

/// Rows and values of the features of one text: hashed words below [`WORD_ROWS`], coordinates of its vector from there on.
pub type Bag = Vec<(u32, f32)>;

/// One-vs-rest support vector machines with squared hinge loss, trained by dual coordinate descent (Hsieh et al., "A Dual
/// Coordinate Descent Method for Large-scale Linear SVM", 2008).
#[derive(Clone, Debug, Default)]
pub struct Machines {
    /// One weight a label in each row; as many rows as features were met.
    pub weights: Vec<f32>,
    pub biases: Vec<f32>,
}

impl Machines {
    /// Number of labels.
    pub fn width(&self) -> usize {
        self.biases.len()
    }

    /// Makes room for one more label.
    pub fn widen(&mut self) {
        let old = self.width();
        self.biases.push(0.0);
        let rows = self.weights.len() / old.max(1);
        let mut weights = vec![0.0; rows * (old + 1)];
        if old > 0 {
            for (new, row) in weights.chunks_exact_mut(old + 1).zip(self.weights.chunks_exact(old)) {
                new[..old].copy_from_slice(row);
            }
        }
        self.weights = weights;
    }

    /// Trains anew on the examples of the given numbers; each is a bag and the number of its label.
    pub fn fit(&mut self, bags: &[(Bag, usize)], mut order: Vec<usize>) {
        self.weights.clear();
        self.biases.fill(0.0);
        let width = self.width();
        let mut duals = vec![0.0; bags.len() * width];
        for epoch in 0..EPOCHS {
            order.sort_by_cached_key(|&i| mix((epoch * bags.len() + i) as u64));
            for &i in &order {
                let (bag, label) = &bags[i];
                self.step(bag, *label, &mut duals[i * width..(i + 1) * width]);
            }
        }
    }

    /// Learns from one example that was not in the training: the same step from a dual of 0, which is the passive-aggressive
    /// update PA-II (Crammer et al., "Online Passive-Aggressive Algorithms", 2006).
    pub fn learn(&mut self, bag: &Bag, label: usize) {
        self.step(bag, label, &mut vec![0.0; self.width()]);
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
        let rows = bag.iter().map(|(row, _)| *row as usize + 1).max().unwrap_or(0);
        if self.weights.len() < rows * width {
            self.weights.resize(rows * width, 0.0);
        }
        for &(row, value) in bag {
            let weights = &mut self.weights[row as usize * width..][..width];
            weights.iter_mut().zip(&moves).for_each(|(w, change)| *w += change * value);
        }
        self.biases.iter_mut().zip(&moves).for_each(|(bias, change)| *bias += BIAS * BIAS * change);
    }

    /// Score of each label: its margin, 1 where the training's demand is met.
    pub fn scores(&self, bag: &[(u32, f32)]) -> Vec<f32> {
        let mut scores = self.biases.clone();
        for &(row, value) in bag {
            scores.iter_mut().zip(self.row(row)).for_each(|(score, w)| *score += w * value);
        }
        scores
    }

    /// The weights of one feature under each label; none when it was never met.
    pub fn row(&self, row: u32) -> &[f32] {
        let width = self.width();
        self.weights.get(row as usize * width..(row as usize + 1) * width).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separates_what_can_be_separated() {
        let bags = [(vec![(0, 1.0)], 0), (vec![(1, 1.0)], 1), (vec![(0, 0.8), (2, 0.6)], 0), (vec![(1, 0.8), (2, 0.6)], 1)];
        let mut machines = Machines::default();
        machines.widen();
        machines.widen();
        machines.fit(&bags, (0..4).collect());
        for (bag, label) in &bags {
            let scores = machines.scores(bag);
            assert!(scores[*label] > 0.0 && scores[1 - label] < 0.0);
        }
        let before = machines.scores(&bags[0].0);
        machines.widen();
        assert_eq!(machines.scores(&bags[0].0)[..2], before);
        machines.learn(&vec![(9, 1.0)], 2);
        assert!(machines.scores(&[(9, 1.0)])[2] > 0.3);
    }
}
