//! Online clustering: each text joins the nearest cluster when that is near enough, or opens one.

use std::collections::HashMap;

use uuid::Uuid;

use super::{dot, normalise};

/// The clusters in memory, each by the sum of its members' vectors, ready for the search of the nearest.
///
/// A search is one pass over a flat matrix of directions, so its time grows with the number of clusters.
#[derive(Clone, Debug)]
pub struct Centroids {
    dimensions: usize,
    keys: Vec<Uuid>,
    counts: Vec<u32>,
    sums: Vec<f32>,
    directions: Vec<f32>,
    rows: HashMap<Uuid, usize>,
}

/// A cluster and how near it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// The cluster's key.
    pub cluster: Uuid,
    /// Cosine of the vector and the centroid, -1..=1.
    pub similarity: f32,
}

/// Where a text belongs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Placement {
    /// It belongs to a cluster that exists.
    Join(Neighbour),
    /// It is the first of its matter (or holds nothing to go by).
    Open,
}

impl Centroids {
    /// No clusters yet, for vectors of one length.
    pub fn new(dimensions: usize) -> Centroids {
        Centroids { dimensions, keys: Vec::new(), counts: Vec::new(), sums: Vec::new(), directions: Vec::new(), rows: HashMap::new() }
    }

    /// Number of clusters.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no cluster.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Number of members of a cluster, if it exists.
    pub fn count(&self, cluster: Uuid) -> Option<u32> {
        self.rows.get(&cluster).map(|&row| self.counts[row])
    }

    /// Puts a cluster in, or in place of the one with its key: the sum of its members' vectors and their number.
    ///
    /// A sum of another length is cut or filled with zeros.
    pub fn insert(&mut self, cluster: Uuid, sum: &[f32], count: u32) {
        let row = *self.rows.entry(cluster).or_insert_with(|| {
            self.keys.push(cluster);
            self.counts.push(0);
            let end = self.keys.len() * self.dimensions;
            self.sums.resize(end, 0.0);
            self.directions.resize(end, 0.0);
            self.keys.len() - 1
        });
        self.counts[row] = count;
        let span = self.span(row);
        self.sums[span.clone()].fill(0.0);
        self.sums[span].iter_mut().zip(sum).for_each(|(mine, x)| *mine = *x);
        self.turn(row);
    }

    /// Adds one member to a cluster, which is made when it does not exist.
    pub fn add(&mut self, cluster: Uuid, vector: &[f32]) {
        match self.rows.get(&cluster).copied() {
            None => self.insert(cluster, vector, 1),
            Some(row) => {
                let span = self.span(row);
                self.sums[span].iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
                self.counts[row] = self.counts[row].saturating_add(1);
                self.turn(row);
            }
        }
    }

    /// Takes a cluster out; false when there was none.
    pub fn remove(&mut self, cluster: Uuid) -> bool {
        let Some(row) = self.rows.remove(&cluster) else {
            return false;
        };
        let last = self.keys.len() - 1;
        let (from, to) = (self.span(last), self.span(row).start);
        self.sums.copy_within(from.clone(), to);
        self.directions.copy_within(from.clone(), to);
        self.sums.truncate(from.start);
        self.directions.truncate(from.start);
        self.counts.swap_remove(row);
        self.keys.swap_remove(row);
        if let Some(moved) = self.keys.get(row) {
            self.rows.insert(*moved, row);
        }
        true
    }

    /// The `n` nearest clusters, nearest first; none for a zero vector.
    pub fn nearest(&self, vector: &[f32], n: usize) -> Vec<Neighbour> {
        let mut found: Vec<Neighbour> = self.similarities(vector).collect();
        found.sort_unstable_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.cluster.cmp(&b.cluster)));
        found.truncate(n);
        found
    }

    /// Where a vector belongs: to the nearest cluster when its similarity is at least `threshold`
    /// ([`super::Thresholds::join`]). A zero vector never joins.
    pub fn place(&self, vector: &[f32], threshold: f32) -> Placement {
        self.similarities(vector)
            .filter(|neighbour| neighbour.similarity >= threshold)
            .max_by(|a, b| a.similarity.total_cmp(&b.similarity).then(b.cluster.cmp(&a.cluster)))
            .map_or(Placement::Open, Placement::Join)
    }

    fn similarities(&self, vector: &[f32]) -> impl Iterator<Item = Neighbour> {
        let usable = vector.len() == self.dimensions && vector.iter().any(|x| *x != 0.0);
        let rows = if usable { self.directions.as_slice() } else { &[] };
        rows.chunks_exact(self.dimensions.max(1)).zip(&self.keys).map(|(row, &cluster)| Neighbour { cluster, similarity: dot(row, vector) })
    }

    fn span(&self, row: usize) -> std::ops::Range<usize> {
        row * self.dimensions..(row + 1) * self.dimensions
    }

    /// Points a cluster's direction along its sum.
    fn turn(&mut self, row: usize) {
        let span = self.span(row);
        let direction = &mut self.directions[span.clone()];
        direction.copy_from_slice(&self.sums[span]);
        normalise(direction);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn three() -> Centroids {
        let mut centroids = Centroids::new(2);
        centroids.insert(key(1), &[2.0, 0.0], 2);
        centroids.insert(key(2), &[0.0, 1.0], 1);
        centroids.insert(key(3), &[-3.0, 0.0], 3);
        centroids
    }

    #[test]
    fn places_with_the_nearest_when_near_enough() {
        let centroids = three();
        let near = Neighbour { cluster: key(2), similarity: 0.8 };
        assert_eq!(centroids.place(&[0.6, 0.8], 0.8), Placement::Join(near));
        assert_eq!(centroids.place(&[0.6, 0.8], 0.81), Placement::Open);
        assert_eq!(centroids.nearest(&[0.6, 0.8], 2)[0], near);
    }

    #[test]
    fn zero_vectors_never_join() {
        assert_eq!(three().place(&[0.0, 0.0], -1.0), Placement::Open);
        assert!(three().nearest(&[0.0, 0.0], 5).is_empty());
    }

    #[test]
    fn a_member_moves_the_centroid() {
        let mut centroids = three();
        centroids.add(key(2), &[1.0, 0.0]);
        assert_eq!(centroids.count(key(2)), Some(2));
        let [x] = centroids.nearest(&[0.0, 1.0], 1)[..] else { panic!() };
        assert!((x.similarity - 0.5f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn removal_keeps_the_others_in_place() {
        let mut centroids = three();
        assert!(centroids.remove(key(1)) && !centroids.remove(key(1)));
        assert_eq!(centroids.len(), 2);
        assert_eq!(centroids.nearest(&[-1.0, 0.0], 1)[0].cluster, key(3));
        assert_eq!(centroids.nearest(&[0.0, 1.0], 1)[0].cluster, key(2));
        assert!(centroids.remove(key(2)) && centroids.remove(key(3)) && centroids.is_empty());
    }

    #[test]
    fn insertion_replaces() {
        let mut centroids = three();
        centroids.insert(key(1), &[0.0, -5.0], 9);
        assert_eq!((centroids.len(), centroids.count(key(1))), (3, Some(9)));
        assert_eq!(centroids.nearest(&[0.0, -1.0], 1)[0].similarity, 1.0);
    }
}
