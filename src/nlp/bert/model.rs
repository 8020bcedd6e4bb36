//! The network: rust-bert's encoder, pooling, and what comes after.

use std::path::Path;

use rust_bert::RustBertError;
use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use rust_bert::roberta::RobertaEmbeddings;
use tch::nn::{self, Module, VarStore};
use tch::{Device, Kind, Tensor};

use super::Unusable;
use super::checkpoint::Checkpoint;
use super::folder::{Dense, Family, Folder, Layer, Pooling};

/// The weight that every encoder has.
const WORDS: &str = "embeddings.word_embeddings.weight";

/// A network in memory.
pub struct Model {
    encoder: Encoder,
    pooling: Pooling,
    layers: Vec<Step>,
    pad: i64,
}

enum Encoder {
    Bert(BertModel<BertEmbeddings>),
    Roberta(BertModel<RobertaEmbeddings>),
}

/// A layer after pooling.
enum Step {
    Dense(nn::Linear, fn(&Tensor) -> Tensor),
    Normalise,
}

impl Model {
    /// Reads the weights.
    ///
    /// # Errors
    /// Names the checkpoint and the weight that is missing or does not fit.
    pub fn open(folder: &Folder) -> Result<Model, Unusable> {
        let file = folder.encoder.join("model.safetensors");
        let checkpoint = Checkpoint::read(&file)?;
        let prefix = checkpoint.prefix_of(WORDS).unwrap_or_default();
        let encoder = load(&file, &checkpoint, prefix, |root| Encoder::new(folder.family, root, &folder.config))?;
        let layers = folder.layers.iter().map(Step::open).collect::<Result<_, _>>()?;
        Ok(Model { encoder, pooling: folder.pooling, layers, pad: folder.pad })
    }

    /// Compares the checkpoints with what the network needs, without reading their weights.
    ///
    /// # Errors
    /// As [`Model::open`].
    pub fn check(folder: &Folder) -> Result<(), Unusable> {
        let file = folder.encoder.join("model.safetensors");
        let checkpoint = Checkpoint::read(&file)?;
        let prefix = checkpoint.prefix_of(WORDS).unwrap_or_default();
        let refuse = |reason| Unusable::new(&file, reason);
        checkpoint.has(&format!("{prefix}{WORDS}"), &[folder.config.vocab_size, folder.config.hidden_size]).map_err(refuse)?;
        for layer in &folder.layers {
            if let Layer::Dense { folder, shape } = layer {
                let file = folder.join("model.safetensors");
                let refuse = |reason| Unusable::new(&file, reason);
                Checkpoint::read(&file)?.has("linear.weight", &[shape.out_features, shape.in_features]).map_err(refuse)?;
            }
        }
        Ok(())
    }

    /// The vectors of some texts, given by their tokens.
    ///
    /// # Errors
    /// The network failed, as when memory runs out.
    pub fn forward(&self, texts: &[Vec<i64>]) -> Result<Vec<Vec<f32>>, RustBertError> {
        let longest = texts.iter().map(Vec::len).max().unwrap_or(0);
        let fill = |text: &Vec<i64>, token: &dyn Fn(usize) -> i64| {
            (0..longest).map(|i| if i < text.len() { token(i) } else { self.pad }).collect::<Vec<_>>()
        };
        let ids: Vec<i64> = texts.iter().flat_map(|text| fill(text, &|i| text[i])).collect();
        let mask: Vec<i64> = texts.iter().flat_map(|text| (0..longest).map(|i| i64::from(i < text.len()))).collect();
        let shape = [texts.len() as i64, longest as i64];
        tch::no_grad(|| {
            let mask = Tensor::from_slice(&mask).f_view(shape)?;
            let tokens = self.encoder.forward(&Tensor::from_slice(&ids).f_view(shape)?, &mask)?;
            let mut vectors = match self.pooling {
                Pooling::Cls => tokens.f_select(1, 0)?,
                Pooling::Mean => {
                    let weights = mask.f_unsqueeze(-1)?.f_to_kind(tokens.kind())?;
                    let sums = tokens.f_mul(&weights)?.f_sum_dim_intlist([1].as_slice(), false, None)?;
                    sums.f_div(&weights.f_sum_dim_intlist([1].as_slice(), false, None)?)?
                }
            };
            for layer in &self.layers {
                vectors = layer.forward(&vectors)?;
            }
            Ok(Vec::try_from(vectors.f_to_kind(Kind::Float)?)?)
        })
    }
}

impl Encoder {
    fn new(family: Family, root: nn::Path<'_>, config: &BertConfig) -> Encoder {
        match family {
            Family::Bert => Encoder::Bert(BertModel::new_with_optional_pooler(root, config, false)),
            Family::Roberta => Encoder::Roberta(BertModel::new_with_optional_pooler(root, config, false)),
        }
    }

    fn forward(&self, ids: &Tensor, mask: &Tensor) -> Result<Tensor, RustBertError> {
        let output = match self {
            Encoder::Bert(model) => model.forward_t(Some(ids), Some(mask), None, None, None, None, None, false),
            Encoder::Roberta(model) => model.forward_t(Some(ids), Some(mask), None, None, None, None, None, false),
        };
        Ok(output?.hidden_state)
    }
}

impl Step {
    fn open(layer: &Layer) -> Result<Step, Unusable> {
        let Layer::Dense { folder, shape } = layer else { return Ok(Step::Normalise) };
        let Dense { in_features, out_features, bias, activation_function } = shape;
        let activation: fn(&Tensor) -> Tensor = match activation_function.rsplit('.').next() {
            Some("Identity") => Tensor::shallow_clone,
            Some("Tanh") => Tensor::tanh,
            Some("ReLU") => Tensor::relu,
            _ => {
                let reason = format!("`activation_function` is {activation_function}; supported are Identity, Tanh and ReLU");
                return Err(Unusable::new(&folder.join("config.json"), reason));
            }
        };
        let file = folder.join("model.safetensors");
        let config = nn::LinearConfig { bias: *bias, ..Default::default() };
        let linear = load(&file, &Checkpoint::read(&file)?, "linear", |root| nn::linear(root, *in_features, *out_features, config))?;
        Ok(Step::Dense(linear, activation))
    }

    fn forward(&self, vectors: &Tensor) -> Result<Tensor, tch::TchError> {
        match self {
            Step::Dense(linear, activation) => Ok(activation(&linear.forward(vectors))),
            Step::Normalise => vectors.f_div(&vectors.f_norm_scalaropt_dim(2, [1], true)?.f_clamp_min(1e-12)?),
        }
    }
}

/// Makes a part of the network and fills it from a checkpoint, where its weights' names begin with `prefix`.
fn load<T>(file: &Path, checkpoint: &Checkpoint, prefix: &str, make: impl FnOnce(nn::Path<'_>) -> T) -> Result<T, Unusable> {
    let mut weights = VarStore::new(Device::Cpu);
    let root = prefix.split('.').filter(|part| !part.is_empty()).fold(weights.root(), |path, part| path / part);
    let made = make(root);
    let mut needed: Vec<(String, Vec<i64>)> = weights.variables().into_iter().map(|(name, weight)| (name, weight.size())).collect();
    needed.sort();
    needed.iter().try_for_each(|(name, shape)| checkpoint.has(name, shape)).map_err(|reason| Unusable::new(file, reason))?;
    weights.load(file).map_err(|error| Unusable::new(file, error))?;
    // Checkpoints of half precision are slower on a processor, not faster.
    weights.float();
    weights.freeze();
    Ok(made)
}
