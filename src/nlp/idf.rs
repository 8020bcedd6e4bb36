//! How common each feature is in the stream of texts, which tells telling words from ordinary ones.

use super::features::{self, Feature, SLOTS};
use super::{Malformed, prior};

/// Document frequencies of hashed features, learned one text at a time.
///
/// About 1 MB in memory whatever the number of texts; at most 1.6 MB as bytes, usually far less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idf {
    documents: u32,
    frequencies: Vec<u32>,
}

impl Default for Idf {
    fn default() -> Self {
        Idf::new()
    }
}

const MAGIC: &[u8; 5] = b"VIDF\x01";

impl Idf {
    /// A state that has seen nothing: every feature weighs the same.
    pub fn new() -> Idf {
        Idf { documents: 0, frequencies: vec![0; SLOTS] }
    }

    /// Counts one text.
    pub fn observe(&mut self, text: &str) {
        self.observe_features(&features::extract(text));
    }

    /// Counts one text whose features are already known.
    pub fn observe_features(&mut self, features: &[Feature]) {
        self.documents = self.documents.saturating_add(1);
        for feature in features {
            if let Some(frequency) = self.frequencies.get_mut(feature.slot as usize) {
                *frequency = frequency.saturating_add(1);
            }
        }
    }

    /// Number of texts counted.
    pub fn documents(&self) -> u32 {
        self.documents
    }

    /// Number of counted texts that have the feature of a slot, or one that shares the slot.
    pub fn frequency(&self, slot: u32) -> u32 {
        self.frequencies.get(slot as usize).copied().unwrap_or(0)
    }

    /// Smoothed inverse document frequency, `1 + ln((1 + N) / (1 + df))`, as if the texts of `nlp::prior` had been seen too: 1 for what is
    /// in every text, more for the rare.
    pub fn weight(&self, slot: u32) -> f32 {
        let all = 1.0 + self.documents as f32 + prior::TEXTS;
        let ratio = all / (1.0 + self.frequency(slot) as f32 + prior::frequency(slot));
        1.0 + ratio.max(1.0).ln()
    }

    /// Adds what another state has counted, as if this one had seen its texts too.
    pub fn merge(&mut self, other: &Idf) {
        self.documents = self.documents.saturating_add(other.documents);
        for (mine, theirs) in self.frequencies.iter_mut().zip(&other.frequencies) {
            *mine = mine.saturating_add(*theirs);
        }
    }

    /// The state as bytes: gaps and counts of the occupied slots as variable-length integers (LEB128).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        write_varint(&mut bytes, self.documents);
        let mut next = 0;
        for (slot, &count) in self.frequencies.iter().enumerate().filter(|(_, count)| **count > 0) {
            write_varint(&mut bytes, (slot - next) as u32);
            write_varint(&mut bytes, count);
            next = slot + 1;
        }
        bytes
    }

    /// Reads what [`Idf::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// [`Malformed`] when the bytes are of another kind or version, cut short, or hold impossible numbers.
    pub fn from_bytes(bytes: &[u8]) -> Result<Idf, Malformed> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(Malformed("not an IDF state of this version"))?;
        let mut idf = Idf { documents: read_varint(&mut rest)?, ..Idf::new() };
        let mut next = 0usize;
        while !rest.is_empty() {
            let slot = next + read_varint(&mut rest)? as usize;
            let count = read_varint(&mut rest)?;
            *idf.frequencies.get_mut(slot).ok_or(Malformed("slot out of range"))? = count;
            next = slot + 1;
        }
        Ok(idf)
    }
}

/// Appends an integer as LEB128.
pub(super) fn write_varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Takes an LEB128 integer off the front.
pub(super) fn read_varint(bytes: &mut &[u8]) -> Result<u32, Malformed> {
    let mut value = 0u64;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Malformed("cut short"))?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return u32::try_from(value).map_err(|_| Malformed("number out of range"));
        }
    }
    Err(Malformed("number out of range"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn learned(texts: &[&str]) -> Idf {
        let mut idf = Idf::new();
        texts.iter().for_each(|text| idf.observe(text));
        idf
    }

    #[test]
    fn rare_weighs_more_than_common() {
        let idf = learned(&["яма на дороге", "яма во дворе", "яма и забор"]);
        let [common, rare, unseen] = ["ям", "забор", "лифт"].map(|stem| idf.weight(features::word_slot(stem)));
        assert!(common < rare && rare < unseen);
        // Before anything was seen, words that are common everywhere weigh less than others already.
        let new = Idf::new();
        let [house, lift, other] = ["дом", "лифт", "ям"].map(|stem| new.weight(features::word_slot(stem)));
        assert!(house < lift && lift == other);
    }

    #[test]
    fn bytes_and_merging_keep_everything() {
        let texts = ["яма на дороге", "не горит фонарь", "broken street light"];
        let (mut a, b) = (learned(&texts[..1]), learned(&texts[1..]));
        a.merge(&b);
        assert_eq!(a, learned(&texts));
        assert_eq!(Idf::from_bytes(&a.to_bytes()), Ok(a));
    }

    proptest! {
        #[test]
        fn varints_return(value: u32) {
            let mut bytes = Vec::new();
            write_varint(&mut bytes, value);
            prop_assert_eq!(read_varint(&mut bytes.as_slice()), Ok(value));
        }

        #[test]
        fn foreign_bytes_are_refused_or_read(tail in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend(tail);
            let _ = Idf::from_bytes(&bytes);
        }
    }
}
