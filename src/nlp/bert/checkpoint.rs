//! The head of a checkpoint: which weights it has and of what shape. Format: <https://github.com/huggingface/safetensors>.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::Unusable;

/// The largest head that is believed; the largest models' take a few hundred kB.
const MOST_BYTES: u64 = 16 << 20;

/// A weight as the head tells of it.
#[derive(Debug, Deserialize, PartialEq)]
pub struct Weight {
    /// Name of the number format, such as `F32`.
    pub dtype: String,
    /// Length of each axis.
    pub shape: Vec<i64>,
}

/// The weights of a checkpoint by their names.
#[derive(Debug)]
pub struct Checkpoint(BTreeMap<String, Weight>);

impl Checkpoint {
    /// Reads the head of a file.
    ///
    /// # Errors
    /// There is no such file, or it is no safetensors.
    pub fn read(file: &Path) -> Result<Checkpoint, Unusable> {
        let mut source = File::open(file).map_err(|error| match file.with_file_name("pytorch_model.bin").exists() {
            true => Unusable::new(file, "is missing; only pytorch_model.bin is there: convert it to safetensors"),
            false => Unusable::unread(file, &error),
        })?;
        let mut length = [0; 8];
        source.read_exact(&mut length).map_err(|error| Unusable::new(file, error))?;
        let length = u64::from_le_bytes(length);
        if length > MOST_BYTES {
            return Err(Unusable::new(file, "is no safetensors, or the pointer that git-lfs leaves in place of one"));
        }
        let mut head = Vec::new();
        source.take(length).read_to_end(&mut head).map_err(|error| Unusable::new(file, error))?;
        Checkpoint::parse(&head).map_err(|error| Unusable::new(file, error))
    }

    /// The weights that a head lists.
    fn parse(head: &[u8]) -> serde_json::Result<Checkpoint> {
        let mut entries: BTreeMap<String, serde_json::Value> = serde_json::from_slice(head)?;
        entries.remove("__metadata__");
        entries.into_iter().map(|(name, entry)| Ok((name, serde_json::from_value(entry)?))).collect::<Result<_, _>>().map(Checkpoint)
    }

    /// What stands before `name` in the checkpoint, such as `bert.`: encoders are kept inside other models too.
    pub fn prefix_of(&self, name: &str) -> Option<&str> {
        self.0.keys().filter_map(|key| key.strip_suffix(name)).find(|prefix| prefix.is_empty() || prefix.ends_with('.'))
    }

    /// Compares what a model needs with what is there.
    ///
    /// # Errors
    /// Names the first weight that is missing or of another shape.
    pub fn has(&self, name: &str, shape: &[i64]) -> Result<(), String> {
        match self.0.get(name) {
            None => Err(format!("the weight `{name}` is missing")),
            Some(weight) if weight.shape != shape => {
                Err(format!("the weight `{name}` is of shape {:?}, but the configuration asks for {shape:?}", weight.shape))
            }
            Some(weight) if !matches!(weight.dtype.as_str(), "F32" | "F16" | "BF16" | "F64") => {
                Err(format!("the weight `{name}` is of type {}, which is not supported here", weight.dtype))
            }
            Some(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn weights_are_found_inside_other_models() {
        let head = br#"{"__metadata__":{"format":"pt"},"bert.a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#;
        let checkpoint = Checkpoint::parse(head).unwrap();
        assert_eq!(checkpoint.prefix_of("a.weight"), Some("bert."));
        assert_eq!(checkpoint.prefix_of("weight"), Some("bert.a."));
        assert_eq!(checkpoint.prefix_of("eight"), None);
        assert!(checkpoint.has("bert.a.weight", &[2, 3]).is_ok());
        assert!(checkpoint.has("bert.a.weight", &[3, 2]).unwrap_err().contains("[2, 3]"));
        assert!(checkpoint.has("a.weight", &[2, 3]).unwrap_err().contains("`a.weight` is missing"));
    }

    proptest! {
        #[test]
        fn no_head_is_fatal(head in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Checkpoint::parse(&head);
        }
    }
}
