//! Texts to numbers of tokens, by whichever layout of a tokenizer the folder has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use tokenizers::{AddedToken, PostProcessor, Tokenizer, TruncationParams};

use super::folder::{self, Family, Folder};
use super::{Unusable, sentencepiece};

/// Characters read of a text for each token that it may have: no language's words are so long, and a text of a megabyte is
/// not to be cut up for its first page.
const CHARACTERS: usize = 64;

/// Cuts texts into tokens.
pub struct Tokens {
    tokenizer: Tokenizer,
    unknown: Option<u32>,
    most_characters: usize,
    lower_case: bool,
    prompt: String,
    files: Vec<PathBuf>,
}

/// What `tokenizer_config.json` says where there is no tokenizer.json; the defaults are those of BERT's own.
#[derive(Default, Deserialize)]
struct Settings {
    do_lower_case: Option<bool>,
    strip_accents: Option<bool>,
    tokenize_chinese_chars: Option<bool>,
    #[serde(default)]
    add_prefix_space: bool,
}

impl Tokens {
    /// Reads `tokenizer.json`, or makes of older layouts what it would hold.
    ///
    /// # Errors
    /// Names the missing or broken file, or says that the tokenizer does not fit the encoder.
    pub fn open(folder: &Folder) -> Result<Tokens, Unusable> {
        let at = |name: &str| folder.encoder.join(name);
        let settings = at("tokenizer_config.json");
        let mut files = Vec::new();
        let mut found = |names: &[&str]| {
            let there = names.iter().all(|name| at(name).exists());
            if there {
                files = names.iter().map(|name| at(name)).collect();
            }
            there
        };
        let mut tokenizer = if found(&["tokenizer.json"]) {
            let file = at("tokenizer.json");
            Tokenizer::from_file(&file).map_err(|error| Unusable::new(&file, error))?
        } else {
            let layout = if folder.family == Family::Bert && found(&["vocab.txt"]) {
                word_piece(&at("vocab.txt"), &read_settings(&settings)?)?
            } else if folder.family == Family::Roberta && found(&["vocab.json", "merges.txt"]) {
                byte_pairs(&at("vocab.json"), &at("merges.txt"), &read_settings(&settings)?)?
            } else if found(&["sentencepiece.bpe.model"]) {
                sentencepiece::tokenizer(&at("sentencepiece.bpe.model"))?
            } else {
                let reason =
                    "is missing, and so are vocab.txt (of a BERT), vocab.json with merges.txt (of a RoBERTa) and sentencepiece.bpe.model";
                return Err(Unusable::new(&at("tokenizer.json"), reason));
            };
            files.extend(Some(settings).filter(|file| file.exists()));
            let mut made: Tokenizer = serde_json::from_value(layout).map_err(|error| Unusable::new(&folder.encoder, error))?;
            let special = ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "<s>", "</s>", "<pad>", "<unk>"];
            let special: Vec<AddedToken> =
                special.into_iter().filter(|name| made.token_to_id(name).is_some()).map(|name| AddedToken::from(name, true)).collect();
            made.add_special_tokens(&special);
            made
        };
        let refuse = |reason: String| Unusable::new(&folder.encoder, reason);
        let largest = tokenizer.get_vocab(true).into_values().max().unwrap_or(0);
        if i64::from(largest) >= folder.config.vocab_size {
            return Err(refuse(format!("the tokenizer goes up to token {largest}, but `vocab_size` is {}", folder.config.vocab_size)));
        }
        let ends = tokenizer.get_post_processor().map_or(0, |ends| ends.added_tokens(false));
        if ends + 1 > folder.most_tokens {
            return Err(refuse(format!("the tokenizer adds {ends} tokens to each text, of {} at the most", folder.most_tokens)));
        }
        let truncation = TruncationParams { max_length: folder.most_tokens, ..Default::default() };
        tokenizer.with_padding(None).with_truncation(Some(truncation)).map_err(|error| refuse(error.to_string()))?;
        let unknown = ["[UNK]", "<unk>"].iter().find_map(|name| tokenizer.token_to_id(name));
        let most_characters = folder.most_tokens * CHARACTERS;
        Ok(Tokens { tokenizer, unknown, most_characters, lower_case: folder.lower_case, prompt: folder.prompt.clone(), files })
    }

    /// The files that it was read from.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The tokens of a text with those for its beginning and end, cut to what the model bears; `None` when it holds nothing
    /// that the tokenizer knows.
    ///
    /// # Errors
    /// The tokenizer has no token for what it does not know.
    pub fn encode(&self, text: &str) -> Result<Option<Vec<i64>>, tokenizers::Error> {
        let text = text.char_indices().nth(self.most_characters).map_or(text, |(end, _)| &text[..end]);
        if text.trim().is_empty() {
            return Ok(None);
        }
        let lower = self.lower_case.then(|| text.to_lowercase());
        let text = lower.as_deref().unwrap_or(text);
        if !self.prompt.is_empty() && !self.knows(&self.tokenizer.encode_fast(text, true)?) {
            return Ok(None);
        }
        let encoding = self.tokenizer.encode_fast(format!("{}{text}", self.prompt), true)?;
        Ok(self.knows(&encoding).then(|| encoding.get_ids().iter().map(|id| i64::from(*id)).collect()))
    }

    fn knows(&self, encoding: &tokenizers::Encoding) -> bool {
        let tokens = encoding.get_ids().iter().zip(encoding.get_special_tokens_mask());
        tokens.into_iter().any(|(id, special)| *special == 0 && Some(*id) != self.unknown)
    }
}

fn read_settings(file: &Path) -> Result<Settings, Unusable> {
    if file.exists() { folder::read(file) } else { Ok(Settings::default()) }
}

/// Number of a token that a layout cannot do without.
fn number(file: &Path, vocabulary: &BTreeMap<String, u32>, token: &str) -> Result<u32, Unusable> {
    vocabulary.get(token).copied().ok_or_else(|| Unusable::new(file, format!("has no token {token}")))
}

/// BERT's layout: one token a line.
fn word_piece(file: &Path, settings: &Settings) -> Result<Value, Unusable> {
    let text = std::fs::read_to_string(file).map_err(|error| Unusable::unread(file, &error))?;
    let vocabulary: BTreeMap<String, u32> = text.lines().map(|line| line.trim_end().to_owned()).zip(0..).collect();
    Ok(json!({
        "version": "1.0",
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": true,
            "handle_chinese_chars": settings.tokenize_chinese_chars.unwrap_or(true),
            "strip_accents": settings.strip_accents,
            "lowercase": settings.do_lower_case.unwrap_or(true),
        },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": {
            "type": "BertProcessing",
            "cls": ["[CLS]", number(file, &vocabulary, "[CLS]")?],
            "sep": ["[SEP]", number(file, &vocabulary, "[SEP]")?],
        },
        "model": {
            "type": "WordPiece",
            "unk_token": number(file, &vocabulary, "[UNK]").map(|_| "[UNK]")?,
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
    }))
}

/// RoBERTa's layout: pairs of pieces to be merged, in order, over bytes.
fn byte_pairs(file: &Path, merges: &Path, settings: &Settings) -> Result<Value, Unusable> {
    let vocabulary: BTreeMap<String, u32> = folder::read(file)?;
    let pairs = std::fs::read_to_string(merges).map_err(|error| Unusable::unread(merges, &error))?;
    let pairs: Vec<&str> = pairs.lines().filter(|line| !line.starts_with("#version") && !line.is_empty()).collect();
    Ok(json!({
        "version": "1.0",
        "pre_tokenizer": { "type": "ByteLevel", "add_prefix_space": settings.add_prefix_space, "trim_offsets": true, "use_regex": true },
        "post_processor": {
            "type": "RobertaProcessing",
            "cls": ["<s>", number(file, &vocabulary, "<s>")?],
            "sep": ["</s>", number(file, &vocabulary, "</s>")?],
            "trim_offsets": true,
            "add_prefix_space": settings.add_prefix_space,
        },
        "model": {
            "type": "BPE",
            "unk_token": number(file, &vocabulary, "<unk>").map(|_| "<unk>")?,
            "fuse_unk": false,
            "byte_fallback": false,
            "vocab": vocabulary,
            "merges": pairs,
        },
    }))
}
