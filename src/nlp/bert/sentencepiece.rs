//! XLM-R's layout: a sentencepiece model in its own binary form.

use std::path::Path;

use base64::Engine;
use serde_json::{Value, json};

use super::Unusable;

/// What XLM-R puts before the model's own pieces, of which the first three are its names for the same.
const FIRST: [&str; 4] = ["<s>", "<pad>", "</s>", "<unk>"];

/// A field of a protocol buffer (<https://protobuf.dev/programming-guides/encoding>).
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Float(f32),
    Skipped,
}

/// Takes fields off a message, each with its number.
struct Message<'a>(&'a [u8]);

impl<'a> Message<'a> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next field; `None` where the message is broken off.
    fn field(&mut self) -> Option<(u64, Field<'a>)> {
        let key = self.number()?;
        let value = match key & 7 {
            0 => Field::Number(self.number()?),
            1 => self.take(8).map(|_| Field::Skipped)?,
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                Field::Bytes(self.take(length)?)
            }
            5 => Field::Float(f32::from_le_bytes(self.take(4)?.try_into().ok()?)),
            _ => return None,
        };
        Some((key >> 3, value))
    }
}

/// What is needed of a model: <https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto>.
#[derive(Debug, Default, PartialEq)]
struct Model {
    pieces: Vec<(String, f32)>,
    unigram: bool,
    characters: Vec<u8>,
}

fn parse(bytes: &[u8]) -> Option<Model> {
    // Unigram is the format's default.
    let mut model = Model { unigram: true, ..Model::default() };
    let mut message = Message(bytes);
    while !message.0.is_empty() {
        let (number, Field::Bytes(part)) = message.field()? else { continue };
        let mut part = Message(part);
        let mut piece = (String::new(), 0.0);
        while !part.0.is_empty() {
            match (number, part.field()?) {
                (1, (1, Field::Bytes(text))) => piece.0 = String::from_utf8(text.to_vec()).ok()?,
                (1, (2, Field::Float(score))) => piece.1 = score,
                (2, (3, Field::Number(kind))) => model.unigram = kind == 1,
                (3, (2, Field::Bytes(characters))) => model.characters = characters.to_vec(),
                _ => {}
            }
        }
        if number == 1 {
            model.pieces.push(piece);
        }
    }
    Some(model)
}

/// What a `tokenizer.json` of the model would hold, with XLM-R's numbers for the pieces.
///
/// # Errors
/// The file cannot be read, is no such model, or is not one of unigrams.
pub fn tokenizer(file: &Path) -> Result<Value, Unusable> {
    let bytes = std::fs::read(file).map_err(|error| Unusable::unread(file, &error))?;
    let model = parse(&bytes).ok_or_else(|| Unusable::new(file, "is no sentencepiece model"))?;
    if !model.unigram {
        return Err(Unusable::new(file, "is not a model of unigrams, which XLM-R's are"));
    }
    let pieces = FIRST.into_iter().map(|name| json!([name, 0.0]));
    let pieces = pieces.chain(model.pieces.iter().skip(3).map(|(text, score)| json!([text, score])));
    let characters = base64::engine::general_purpose::STANDARD.encode(&model.characters);
    Ok(json!({
        "version": "1.0",
        "normalizer": (!characters.is_empty()).then(|| json!({ "type": "Precompiled", "precompiled_charsmap": characters })),
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                { "type": "WhitespaceSplit" },
                { "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true },
            ],
        },
        "post_processor": { "type": "RobertaProcessing", "cls": ["<s>", 0], "sep": ["</s>", 2], "trim_offsets": true, "add_prefix_space": false },
        "model": { "type": "Unigram", "unk_id": 3, "vocab": pieces.collect::<Vec<_>>(), "byte_fallback": false },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pieces_are_read_in_order() {
        let bytes = b"\x0a\x0a\x0a\x03\xe2\x96\x81\x15\x00\x00\x80\xbf\x0a\x03\x0a\x01a\x12\x02\x18\x01\x1a\x04\x12\x02\x01\x02";
        let pieces = vec![("▁".to_owned(), -1.0), ("a".to_owned(), 0.0)];
        assert_eq!(parse(bytes), Some(Model { pieces, unigram: true, characters: vec![1, 2] }));
        assert!(!parse(b"\x12\x02\x18\x02").unwrap().unigram);
    }

    proptest! {
        #[test]
        fn no_bytes_are_fatal(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
