//! The stored form of a router.

use super::super::idf::{read_varint, write_varint};
use super::super::{Idf, Malformed};
use super::calibration::Calibration;
use super::svm::{self, Machines};
use super::{MAX_LABELS, Router};

const MAGIC: &[u8; 5] = b"VRTR\x02";

impl Router {
    /// The router as bytes; weights lose all but 8 bits of precision, which no prediction is so near as to feel.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.calibration.slope.to_le_bytes());
        bytes.extend(self.calibration.offset.to_le_bytes());
        write_varint(&mut bytes, self.labels.len() as u32);
        for (label, bias) in self.labels.iter().zip(&self.machines.biases) {
            write_varint(&mut bytes, label.len() as u32);
            bytes.extend(label.as_bytes());
            bytes.extend(bias.to_le_bytes());
        }
        let idf = self.idf.to_bytes();
        write_varint(&mut bytes, idf.len() as u32);
        bytes.extend(idf);
        write_varint(&mut bytes, self.seen.len() as u32);
        self.seen.iter().for_each(|hash| bytes.extend(hash.to_le_bytes()));
        let mut next = 0;
        for (slot, row) in self.machines.weights.chunks_exact(self.labels.len().max(1)).enumerate() {
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
        let calibration = Calibration { slope: read_f32(&mut rest)?, offset: read_f32(&mut rest)? };
        let width = read_varint(&mut rest)? as usize;
        if calibration.slope <= 0.0 || width > MAX_LABELS {
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
        let seen = read_varint(&mut rest)? as usize;
        let (seen, _) = take(&mut rest, 4 * seen)?.as_chunks::<4>();
        let seen = seen.iter().map(|hash| u32::from_le_bytes(*hash)).collect();
        let mut weights = Vec::new();
        let mut next = 0usize;
        while !rest.is_empty() {
            let slot = next + read_varint(&mut rest)? as usize;
            if width == 0 || slot >= svm::WORD_ROWS + svm::MOST_DIMENSIONS {
                return Err(Malformed("slot out of range"));
            }
            weights.resize((slot + 1) * width, 0.0);
            let row = &mut weights[slot * width..];
            let (pairs, _) = take(&mut rest, 2 * width)?.as_chunks::<2>();
            for (w, pair) in row.iter_mut().zip(pairs) {
                *w = f32::from_bits(u32::from(u16::from_le_bytes(*pair)) << 16);
                if !w.is_finite() {
                    return Err(Malformed("value out of range"));
                }
            }
            next = slot + 1;
        }
        Ok(Router { labels, idf, machines: Machines { weights, biases }, calibration, seen })
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
    use super::super::tests::{examples, plain};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_keep_the_predictions() {
        let router = Router::train(&examples());
        let bytes = router.to_bytes();
        let read = Router::from_bytes(&bytes).unwrap();
        for example in examples() {
            let (was, is) = (plain(&router, example.text).unwrap(), plain(&read, example.text).unwrap());
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
            bytes.extend([1f32, 0.0].into_iter().flat_map(f32::to_le_bytes));
            bytes.extend(tail);
            let _ = Router::from_bytes(&bytes);
        }
    }
}
