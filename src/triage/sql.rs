mod alarms;
mod alike;
mod clusters;
mod insight;
mod map;
mod matters;
mod proposals;
mod reading;
mod report;
mod spaces;
mod themes;

pub use alarms::*;
pub use alike::*;
pub use clusters::*;
pub use insight::*;
pub use map::*;
pub use matters::*;
pub use proposals::*;
pub use reading::*;
pub use report::*;
pub use spaces::*;
pub use themes::*;

/// A vector as it is stored: 32-bit floats, little-endian.
pub fn to_bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn from_bytes(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

/// A sum of vectors and how many they are.
#[derive(Debug, Clone, Default)]
pub struct Sum {
    vector: Vec<f32>,
    count: i32,
}

impl Sum {
    /// Adds one vector.
    pub fn add(&mut self, vector: &[f32]) {
        self.merge(&Self { vector: vector.to_vec(), count: 1 });
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        if self.vector.len() < other.vector.len() {
            self.vector.resize(other.vector.len(), 0.0);
        }
        for (sum, x) in self.vector.iter_mut().zip(&other.vector) {
            *sum += x;
        }
        self.count += other.count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_stored_exactly() {
        let vector = [0.1, -2.5, f32::MIN_POSITIVE, 0.0];
        assert_eq!(from_bytes(&to_bytes(&vector)), vector);
        assert!(from_bytes(&[]).is_empty());
    }

    #[test]
    fn sums_add_up() {
        let mut sum = Sum::default();
        sum.add(&[1.0, 2.0]);
        sum.merge(&Sum { vector: vec![3.0, 4.0], count: 2 });
        assert_eq!((sum.vector, sum.count), (vec![4.0, 6.0], 3));
    }
}
