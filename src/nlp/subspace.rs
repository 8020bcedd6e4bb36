//! The subspace of matters: which words go together, learned from the texts themselves.

use std::collections::BTreeMap;

use super::features::{SLOTS, mix};
use super::idf::{read_varint, write_varint};
use super::{Malformed, dot, normalise};

/// Dimensions of the subspace.
pub const RANK: usize = 192;

/// Features that the subspace knows at most: the most frequent.
const COLUMNS: usize = 1 << 16;

/// Texts that a feature must stand in to be known.
const LEAST_TEXTS: u32 = 2;

/// Rounds of the subspace iteration.
const ROUNDS: usize = 4;

/// Slots and weights of the features of one text, of unit length.
pub type Bag = Vec<(u32, f32)>;

/// Directions in which the texts of a corpus differ most (latent semantic analysis, Deerwester et al. 1990), found by randomised
/// subspace iteration (Halko, Martinsson and Tropp, "Finding Structure with Randomness", 2011, algorithm 4.4) from fixed seeds.
///
/// Each direction keeps its singular value once more than a plain projection does, so that a text is described by the texts it
/// resembles and rare accidents fade. At most 13 MB in memory and as bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Subspace {
    texts: u32,
    /// Column of each slot; `COLUMNS` and above: unknown.
    columns: Vec<u32>,
    /// Value of one step of each row of the basis.
    steps: Vec<f32>,
    /// A row of [`RANK`] steps for each known feature.
    basis: Vec<i8>,
}

const MAGIC: &[u8; 5] = b"VSUB\x01";
const UNKNOWN: u32 = u32::MAX;

impl Subspace {
    /// Learns from the weighted features of texts; the order of the texts does not matter much, chance not at all. Some thousands
    /// of texts are enough, and take a second for a thousand.
    pub fn learn(bags: &[Bag]) -> Subspace {
        let columns = known_features(bags);
        let width = columns.iter().filter(|column| **column != UNKNOWN).count();
        let rows: Vec<Bag> = bags.iter().map(|bag| compact(bag, &columns)).collect();
        let mut basis: Vec<f32> = (0..width * RANK).map(|i| noise(i as u64)).collect();
        let mut image = vec![0.0; rows.len() * RANK];
        for _ in 0..ROUNDS {
            for (row, out) in rows.iter().zip(image.chunks_exact_mut(RANK)) {
                out.fill(0.0);
                row.iter().for_each(|&(column, weight)| add(out, weight, &basis[column as usize * RANK..][..RANK]));
            }
            orthonormalise(&mut image);
            basis.fill(0.0);
            for (row, direction) in rows.iter().zip(image.chunks_exact(RANK)) {
                row.iter().for_each(|&(column, weight)| add(&mut basis[column as usize * RANK..][..RANK], weight, direction));
            }
        }
        forget_the_common(&rows, &mut basis);
        let mut subspace = Subspace { texts: bags.len() as u32, columns, steps: Vec::new(), basis: Vec::with_capacity(basis.len()) };
        for row in basis.chunks_exact(RANK) {
            let step = row.iter().fold(0f32, |most, x| most.max(x.abs())) / f32::from(i8::MAX);
            subspace.steps.push(step);
            subspace.basis.extend(row.iter().map(|x| if step > 0.0 { (x / step).round() as i8 } else { 0 }));
        }
        subspace
    }

    /// Number of texts it was learned from.
    pub fn texts(&self) -> u32 {
        self.texts
    }

    /// A text in the subspace, of unit length or zeros, and the share of its length that the subspace knows, 0..=1.
    pub fn place(&self, bag: &[(u32, f32)]) -> (Vec<f32>, f32) {
        let mut vector = vec![0.0; RANK];
        let (mut known, mut all) = (0.0, 0.0);
        for &(slot, weight) in bag {
            all += weight * weight;
            let column = self.columns.get(slot as usize).map_or(usize::MAX, |column| *column as usize);
            if let Some(step) = self.steps.get(column) {
                known += weight * weight;
                let scaled = weight * step;
                let row = &self.basis[column * RANK..][..RANK];
                vector.iter_mut().zip(row).for_each(|(sum, x)| *sum += scaled * f32::from(*x));
            }
        }
        normalise(&mut vector);
        (vector, if all > 0.0 { (known / all).sqrt() } else { 0.0 })
    }

    /// The subspace as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        write_varint(&mut bytes, self.texts);
        write_varint(&mut bytes, self.steps.len() as u32);
        let mut next = 0;
        for (slot, &column) in self.columns.iter().enumerate().filter(|(_, column)| **column != UNKNOWN) {
            write_varint(&mut bytes, (slot - next) as u32);
            next = slot + 1;
            let column = column as usize;
            bytes.extend(self.steps[column].to_le_bytes());
            bytes.extend(self.basis[column * RANK..][..RANK].iter().map(|x| *x as u8));
        }
        bytes
    }

    /// Reads what [`Subspace::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`Malformed`] when the bytes are of another kind or version, cut short, or hold impossible values.
    pub fn from_bytes(bytes: &[u8]) -> Result<Subspace, Malformed> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(Malformed("not a subspace of this version"))?;
        let texts = read_varint(&mut rest)?;
        let width = read_varint(&mut rest)? as usize;
        if width > COLUMNS {
            return Err(Malformed("value out of range"));
        }
        let mut subspace = Subspace { texts, columns: vec![UNKNOWN; SLOTS], steps: Vec::new(), basis: Vec::new() };
        let mut next = 0usize;
        for column in 0..width {
            let slot = next + read_varint(&mut rest)? as usize;
            *subspace.columns.get_mut(slot).ok_or(Malformed("slot out of range"))? = column as u32;
            let (step, tail) = rest.split_first_chunk::<4>().ok_or(Malformed("cut short"))?;
            let (row, tail) = tail.split_at_checked(RANK).ok_or(Malformed("cut short"))?;
            let step = f32::from_le_bytes(*step);
            if !(0.0..=f32::MAX).contains(&step) {
                return Err(Malformed("value out of range"));
            }
            subspace.steps.push(step);
            subspace.basis.extend(row.iter().map(|x| *x as i8));
            (rest, next) = (tail, slot + 1);
        }
        if rest.is_empty() { Ok(subspace) } else { Err(Malformed("more than was announced")) }
    }
}

/// Of each slot its column, in order of slots: the features of enough texts, and of these the most frequent.
fn known_features(bags: &[Bag]) -> Vec<u32> {
    let mut frequencies: BTreeMap<u32, u32> = BTreeMap::new();
    for (slot, _) in bags.iter().flatten() {
        *frequencies.entry(*slot).or_default() += 1;
    }
    let mut known: Vec<(u32, u32)> = frequencies.into_iter().filter(|(_, texts)| *texts >= LEAST_TEXTS).collect();
    known.sort_by_key(|(slot, texts)| (std::cmp::Reverse(*texts), *slot));
    known.truncate(COLUMNS);
    known.sort_unstable();
    let mut columns = vec![UNKNOWN; SLOTS];
    for (column, (slot, _)) in known.into_iter().enumerate() {
        if let Some(entry) = columns.get_mut(slot as usize) {
            *entry = column as u32;
        }
    }
    columns
}

/// The known features of a text, by their columns.
fn compact(bag: &[(u32, f32)], columns: &[u32]) -> Bag {
    let column = |slot: u32| columns.get(slot as usize).copied().filter(|column| *column != UNKNOWN);
    bag.iter().filter_map(|&(slot, weight)| Some((column(slot)?, weight))).collect()
}

fn add(sum: &mut [f32], factor: f32, vector: &[f32]) {
    sum.iter_mut().zip(vector).for_each(|(s, x)| *s += factor * x);
}

/// A number of mean 0 and variance 1 that depends on the seed only: nearly normal, the sum of four uniform ones.
fn noise(seed: u64) -> f32 {
    let sum: u64 = mix(seed).to_le_bytes().as_chunks::<2>().0.iter().map(|two| u64::from(u16::from_le_bytes(*two))).sum();
    (sum as f32 / 65_536.0 - 2.0) * 3f32.sqrt()
}

/// Takes out of the basis the direction that all texts have in common, which says what corpus it is and not what matter (Arora,
/// Liang and Ma, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", 2017).
fn forget_the_common(rows: &[Bag], basis: &mut [f32]) {
    let mut common = vec![0.0; RANK];
    for row in rows {
        row.iter().for_each(|&(column, weight)| add(&mut common, weight, &basis[column as usize * RANK..][..RANK]));
    }
    normalise(&mut common);
    basis.chunks_exact_mut(RANK).for_each(|row| add(row, -dot(row, &common), &common));
}

/// Makes the columns of a matrix with rows of [`RANK`] numbers orthonormal: Gram and Schmidt's process, done twice against rounding.
fn orthonormalise(matrix: &mut [f32]) {
    let height = matrix.len() / RANK;
    if height == 0 {
        return;
    }
    let mut columns = vec![0.0; matrix.len()];
    for (i, row) in matrix.chunks_exact(RANK).enumerate() {
        row.iter().enumerate().for_each(|(j, x)| columns[j * height + i] = *x);
    }
    for j in 0..RANK {
        let (done, rest) = columns.split_at_mut(j * height);
        let column = &mut rest[..height];
        // What remains of a column that depends on those before is noise; it must not be blown up to unit length.
        let least = 1e-5 * dot(column, column).sqrt();
        for _ in 0..2 {
            done.chunks_exact(height).for_each(|other| add(column, -dot(other, column), other));
        }
        if dot(column, column).sqrt() > least {
            normalise(column);
        } else {
            column.fill(0.0);
        }
    }
    for (i, row) in matrix.chunks_exact_mut(RANK).enumerate() {
        row.iter_mut().enumerate().for_each(|(j, x)| *x = columns[j * height + i]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Texts of two matters, whose words meet only through others.
    fn bags() -> Vec<Bag> {
        let chain = |words: &[u32]| words.windows(2).map(|pair| vec![(pair[0], 0.6), (pair[1], 0.8)]).collect::<Vec<_>>();
        [chain(&[1, 2, 3, 4, 1, 3]), chain(&[11, 12, 13, 14, 11, 13])].concat()
    }

    #[test]
    fn words_that_go_together_are_near() {
        let subspace = Subspace::learn(&bags());
        let place = |slot: u32| subspace.place(&[(slot, 1.0)]).0;
        assert!(dot(&place(1), &place(3)) > dot(&place(1), &place(13)) + 0.3);
        assert!(dot(&place(11), &place(14)) > dot(&place(1), &place(14)) + 0.3);
    }

    #[test]
    fn says_how_much_it_knows() {
        let subspace = Subspace::learn(&bags());
        assert_eq!(subspace.place(&[(1, 0.6), (99, 0.8)]).1, 0.6);
        assert_eq!(subspace.place(&[(99, 1.0)]), (vec![0.0; RANK], 0.0));
        assert_eq!(subspace.place(&[]).1, 0.0);
        assert_eq!(Subspace::learn(&[]).place(&[(1, 1.0)]).1, 0.0);
    }

    #[test]
    fn bytes_keep_it() {
        let subspace = Subspace::learn(&bags());
        let bytes = subspace.to_bytes();
        assert_eq!(Subspace::from_bytes(&bytes), Ok(subspace));
        for cut in [0, 4, 6, 9, bytes.len() - 1] {
            assert!(Subspace::from_bytes(&bytes[..cut]).is_err());
        }
    }

    proptest! {
        #[test]
        fn foreign_bytes_are_refused_or_read(tail in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend(tail);
            let _ = Subspace::from_bytes(&bytes);
        }
    }
}
