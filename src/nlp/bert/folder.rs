//! A model's folder as sentence-transformers lays it out, checked before anything of it is used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rust_bert::bert::BertConfig;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Unusable;

/// The least number of tokens a text may be cut to: fewer hold no sentence.
const LEAST_TOKENS: usize = 8;

/// Which embeddings the encoder has, and with them how positions are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Positions from 0 (Devlin et al., "BERT", 2019).
    Bert,
    /// Positions from 2 (Liu et al., "RoBERTa", 2019); XLM-R and CamemBERT are the same.
    Roberta,
}

/// How the vectors of a text's tokens become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// The first of them.
    Cls,
}

/// What comes after pooling.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// A linear layer with an activation, read from the folder named.
    Dense { folder: PathBuf, shape: Dense },
    /// Scaling to unit length.
    Normalise,
}

/// Shape of a linear layer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Dense {
    /// Length of the vectors that go in.
    pub in_features: i64,
    /// Length of those that come out.
    pub out_features: i64,
    /// Whether something is added to them.
    #[serde(default = "yes")]
    pub bias: bool,
    /// Python's name of the activation.
    pub activation_function: String,
}

/// What a folder says of its model.
#[derive(Debug)]
pub struct Folder {
    /// Where the encoder's own files are: mostly the folder itself.
    pub encoder: PathBuf,
    /// The embeddings' kind.
    pub family: Family,
    /// Sizes of the encoder.
    pub config: BertConfig,
    /// The token that fills up short texts.
    pub pad: i64,
    /// Tokens of a text at the most, with those for its beginning and end.
    pub most_tokens: usize,
    /// Whether texts are made lower-case before the tokenizer sees them.
    pub lower_case: bool,
    /// What is put before each text.
    pub prompt: String,
    /// How the tokens' vectors become one.
    pub pooling: Pooling,
    /// What comes after.
    pub layers: Vec<Layer>,
    /// Length of the vectors in the end.
    pub dimensions: usize,
    /// Files that the vectors depend on, for the version.
    pub files: Vec<PathBuf>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

/// The parts of `config.json` that [`BertConfig`] leaves out.
#[derive(Deserialize)]
struct Encoder {
    model_type: String,
    pad_token_id: Option<i64>,
    position_embedding_type: Option<String>,
}

#[derive(Default, Deserialize)]
struct Limits {
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

#[derive(Default, Deserialize)]
struct Prompts {
    #[serde(default)]
    prompts: BTreeMap<String, String>,
    default_prompt_name: Option<String>,
}

impl Folder {
    /// Reads what the folder says, but no weights.
    ///
    /// # Errors
    /// Names the file that is missing or the key that is wrong, or what of the model is not supported here.
    pub fn read(root: &Path) -> Result<Folder, Unusable> {
        if !root.is_dir() {
            return Err(Unusable::new(root, "is no folder; it should be that of a model, with modules.json in it"));
        }
        let listed = root.join("modules.json");
        let modules: Vec<Module> = read(&listed)?;
        let mut modules = modules.iter().map(|m| (m.kind.rsplit('.').next().unwrap_or_default(), root.join(&m.path)));
        let Some(("Transformer", encoder)) = modules.next() else {
            return Err(Unusable::new(&listed, "does not begin with a Transformer"));
        };
        let Some(("Pooling", pooling)) = modules.next() else {
            return Err(Unusable::new(&listed, "has no Pooling after the Transformer"));
        };
        let named = encoder.join("config.json");
        let config: BertConfig = read(&named)?;
        let (family, pad) = family(&named, read(&named)?, &config)?;
        let mut files = vec![listed.clone(), named, encoder.join("model.safetensors")];

        let pooling_file = pooling.join("config.json");
        let pooling = pooling_mode(&pooling_file, &read(&pooling_file)?, config.hidden_size)?;
        files.push(pooling_file);
        let mut width = config.hidden_size;
        let mut layers = Vec::new();
        for (kind, folder) in modules {
            match kind {
                "Normalize" => layers.push(Layer::Normalise),
                "Dense" => {
                    let file = folder.join("config.json");
                    let shape: Dense = read(&file)?;
                    if shape.in_features != width {
                        let reason = format!("`in_features` is {}, but {width} come in", shape.in_features);
                        return Err(Unusable::new(&file, reason));
                    }
                    width = shape.out_features;
                    files.extend([file, folder.join("model.safetensors")]);
                    layers.push(Layer::Dense { folder, shape });
                }
                other => return Err(Unusable::new(&listed, format!("names a module that is not supported here: {other}"))),
            }
        }

        let limits_file = encoder.join("sentence_bert_config.json");
        let limits: Limits = if limits_file.exists() { read(&limits_file)? } else { Limits::default() };
        let positions = usize::try_from(config.max_position_embeddings).unwrap_or(0).saturating_sub(family.first_position());
        let most_tokens = limits.max_seq_length.unwrap_or(positions).min(positions);
        if most_tokens < LEAST_TOKENS {
            return Err(Unusable::new(&limits_file, format!("`max_seq_length` comes to {most_tokens} tokens, of {LEAST_TOKENS} at least")));
        }
        let prompts_file = root.join("config_sentence_transformers.json");
        let prompts: Prompts = if prompts_file.exists() { read(&prompts_file)? } else { Prompts::default() };
        let prompt = prompts.default_prompt_name.and_then(|name| prompts.prompts.get(&name).cloned()).unwrap_or_default();
        files.extend([limits_file, prompts_file].into_iter().filter(|file| file.exists()));
        Ok(Folder {
            encoder,
            family,
            config,
            pad,
            most_tokens,
            lower_case: limits.do_lower_case,
            prompt,
            pooling,
            layers,
            dimensions: usize::try_from(width).unwrap_or(0),
            files,
        })
    }
}

impl Family {
    /// The number of a text's first position.
    fn first_position(self) -> usize {
        match self {
            Family::Bert => 0,
            Family::Roberta => 2,
        }
    }
}

/// The family of an encoder and its filling token.
fn family(file: &Path, encoder: Encoder, config: &BertConfig) -> Result<(Family, i64), Unusable> {
    if encoder.position_embedding_type.is_some_and(|kind| kind != "absolute") {
        return Err(Unusable::new(file, "`position_embedding_type` other than \"absolute\" is not supported here"));
    }
    if config.num_attention_heads < 1 || config.hidden_size < 1 || config.hidden_size % config.num_attention_heads != 0 {
        return Err(Unusable::new(file, "`hidden_size` is no multiple of `num_attention_heads`"));
    }
    match encoder.model_type.as_str() {
        "bert" => Ok((Family::Bert, encoder.pad_token_id.unwrap_or(0))),
        "roberta" | "xlm-roberta" | "camembert" => match encoder.pad_token_id.unwrap_or(1) {
            1 => Ok((Family::Roberta, 1)),
            // The numbers of the positions hang on it.
            other => Err(Unusable::new(file, format!("`pad_token_id` is {other}; only 1 is supported here"))),
        },
        other => {
            let reason = format!("`model_type` is \"{other}\"; supported are bert, roberta, xlm-roberta and camembert");
            Err(Unusable::new(file, reason))
        }
    }
}

/// The pooling that a `1_Pooling/config.json` names: by one flag a mode, or by one name in newer files.
fn pooling_mode(file: &Path, config: &serde_json::Map<String, serde_json::Value>, width: i64) -> Result<Pooling, Unusable> {
    for key in ["word_embedding_dimension", "embedding_dimension"] {
        if let Some(found) = config.get(key).filter(|found| found.as_i64() != Some(width)) {
            return Err(Unusable::new(file, format!("`{key}` is {found}, but the encoder's `hidden_size` is {width}")));
        }
    }
    let flags = config.iter().filter(|(_, on)| on.as_bool() == Some(true)).filter_map(|(key, _)| key.strip_prefix("pooling_mode_"));
    let modes: Vec<&str> = config.get("pooling_mode").and_then(|mode| mode.as_str()).into_iter().chain(flags).collect();
    match modes[..] {
        ["mean" | "mean_tokens"] => Ok(Pooling::Mean),
        ["cls" | "cls_token"] => Ok(Pooling::Cls),
        _ => Err(Unusable::new(file, format!("pooling by {modes:?} is not supported here: `mean_tokens` and `cls_token` are"))),
    }
}

/// A JSON file of the folder.
pub fn read<T: DeserializeOwned>(file: &Path) -> Result<T, Unusable> {
    let text = std::fs::read_to_string(file).map_err(|error| Unusable::unread(file, &error))?;
    serde_json::from_str(&text).map_err(|error| Unusable::new(file, error))
}
