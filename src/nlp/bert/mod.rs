//! A sentence encoder: a transformer that was trained elsewhere, read from a folder of this machine. Nothing is downloaded.
//!
//! Behind the feature `bert`, as it needs libtorch. The way of a text: [`tokens`], [`model`]; the folder is looked through by
//! [`folder`] and [`checkpoint`] first, so that a wrong one is refused when the program starts.

mod checkpoint;
mod folder;
mod model;
mod sentencepiece;
#[cfg(test)]
mod tests;
mod tokens;

use std::fmt;
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::{Calibration, Embedder, Thresholds};
use folder::Folder;
use model::Model;
use tokens::Tokens;

/// Texts that go through the network at once: more gain little and take memory for their longest.
const AT_ONCE: usize = 32;

/// A sentence encoder (Reimers and Gurevych, "Sentence-BERT", 2019) in memory. Texts that are asked for at once are embedded
/// one group after another: whoever has many callers puts a queue before it.
pub struct Bert {
    name: String,
    version: u32,
    dimensions: usize,
    thresholds: Thresholds,
    tokens: Tokens,
    model: Mutex<Model>,
}

/// A folder from which no model can be read: the file, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    file: PathBuf,
    reason: String,
}

impl Unusable {
    fn new(file: &Path, reason: impl fmt::Display) -> Unusable {
        Unusable { file: file.to_owned(), reason: reason.to_string() }
    }

    /// What a file that could not be opened or read means.
    fn unread(file: &Path, error: &io::Error) -> Unusable {
        match error.kind() {
            io::ErrorKind::NotFound => Unusable::new(file, "is missing"),
            _ => Unusable::new(file, format_args!("cannot be read: {error}")),
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to open the model: {}: {}", self.file.display(), self.reason)
    }
}

impl std::error::Error for Unusable {}

impl Bert {
    /// Reads a model from a folder, which takes a second or so, and tries it on sentences of its own (see [`Calibration`]).
    ///
    /// From then on libtorch works with one thread in this whole process: two that wait for each other on a busy machine are
    /// many times slower, and it is processes that are added for more.
    ///
    /// # Errors
    /// A file is missing or broken, or the model is of a kind that is not supported. The message names the file and the key or
    /// the weight.
    pub fn open(root: &Path) -> Result<Bert, Unusable> {
        tch::set_num_threads(1);
        let folder = Folder::read(root)?;
        let tokens = Tokens::open(&folder)?;
        let model = Model::open(&folder)?;
        let version = fingerprint(folder.files.iter().map(PathBuf::as_path).chain(tokens.files().iter().map(PathBuf::as_path)))?;
        let title = root.canonicalize().ok().and_then(|root| Some(root.file_name()?.to_string_lossy().into_owned()));
        let mut bert = Bert {
            // Vectors of two models must never be compared, though both lay in a folder of the same name.
            name: format!("{}@{version:08x}", title.unwrap_or_else(|| "bert".into())),
            version,
            dimensions: folder.dimensions,
            thresholds: Thresholds { join: 1.0, similar: 1.0 },
            tokens,
            model: Mutex::new(model),
        };
        let refuse = |failure: Failed| Unusable::new(root, failure);
        bert.thresholds = Calibration::of(|texts| bert.try_embed(texts)).map_err(refuse)?.thresholds();
        Ok(bert)
    }

    /// With other thresholds than those that were found, where some are given.
    pub fn with_thresholds(mut self, join: Option<f32>, similar: Option<f32>) -> Bert {
        self.thresholds = Thresholds { join: join.unwrap_or(self.thresholds.join), similar: similar.unwrap_or(self.thresholds.similar) };
        self
    }

    /// Looks at a folder as [`Bert::open`] does, but reads no weights.
    ///
    /// # Errors
    /// As there, but for weights.
    pub fn check(root: &Path) -> Result<(), Unusable> {
        let folder = Folder::read(root)?;
        Tokens::open(&folder)?;
        Model::check(&folder)
    }

    /// One vector a text, in order, as [`Embedder::embed`] gives them. How a text is embedded does not depend on the others but
    /// for the last bits of rounding.
    ///
    /// # Errors
    /// The model failed on one of the texts, as when memory runs out.
    pub fn try_embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Failed> {
        let encode = |text: &&str| self.tokens.encode(text).map_err(|error| Failed(error.to_string()));
        let mut encoded: Vec<(usize, Vec<i64>)> = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            encoded.extend(encode(text)?.map(|tokens| (at, tokens)));
        }
        // Texts of one length go together, or most of the work is done on what fills up the short ones.
        encoded.sort_by_key(|(at, tokens)| (tokens.len(), *at));
        let mut vectors = vec![vec![0.0; self.dimensions]; texts.len()];
        for group in encoded.chunks(AT_ONCE) {
            let (places, tokens): (Vec<usize>, Vec<Vec<i64>>) = group.iter().cloned().unzip();
            for (at, mut vector) in places.into_iter().zip(self.forward(&tokens)?) {
                super::normalise(&mut vector);
                vectors[at] = vector;
            }
        }
        Ok(vectors)
    }

    fn forward(&self, tokens: &[Vec<i64>]) -> Result<Vec<Vec<f32>>, Failed> {
        let model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        // The encoder of rust-bert panics where libtorch fails. The network is only read, so it is as it was.
        catch_unwind(AssertUnwindSafe(|| model.forward(tokens)))
            .map_err(|_| Failed("the network panicked".into()))?
            .map_err(|error| Failed(error.to_string()))
    }
}

impl Embedder for Bert {
    /// The name of the model's folder and the version.
    fn name(&self) -> &str {
        &self.name
    }

    /// The first 31 bits of a hash of the checkpoint and of all else in the folder that the vectors depend on.
    fn version(&self) -> u32 {
        self.version
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// A text that the model fails on gives zeros, as one does that holds nothing to go by, and an entry in the log.
    fn embed(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let alone = |text: &&str| {
            self.try_embed(&[text]).map(|mut vectors| vectors.pop().unwrap_or_default()).unwrap_or_else(|failure| {
                tracing::error!(model = self.name, "{failure}");
                vec![0.0; self.dimensions]
            })
        };
        self.try_embed(texts).unwrap_or_else(|_| texts.iter().map(alone).collect())
    }
}

/// The model failed on a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to embed: {}", self.0)
    }
}

impl std::error::Error for Failed {}

/// The first 31 bits of the SHA-256 of some files, one after another.
fn fingerprint<'a>(files: impl Iterator<Item = &'a Path>) -> Result<u32, Unusable> {
    let mut hash = Sha256::new();
    for file in files {
        let mut source = File::open(file).map_err(|error| Unusable::unread(file, &error))?;
        io::copy(&mut source, &mut hash).map_err(|error| Unusable::unread(file, &error))?;
    }
    let hash = hash.finalize();
    Ok(u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) >> 1)
}
