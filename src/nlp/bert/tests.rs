//! Against the tiny models of `tests/data`, whose vectors `make_tiny_models.py` reckons in another way.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::*;
use crate::nlp::dot;

#[derive(Deserialize)]
struct Expected {
    text: String,
    tokens: Vec<i64>,
    vector: Vec<f32>,
}

fn tiny(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// A copy of a tiny model that may be spoilt.
fn copy(name: &str) -> tempfile::TempDir {
    fn all(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            let target = to.join(entry.file_name());
            if entry.path().is_dir() { all(&entry.path(), &target) } else { std::fs::copy(entry.path(), target).map(drop).unwrap() }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    all(&tiny(name), folder.path());
    folder
}

/// Compares tokens and vectors with the stored ones, in one batch and one by one.
fn agrees(root: &Path, dimensions: usize) {
    let bert = Bert::open(root).unwrap();
    assert_eq!(bert.dimensions(), dimensions);
    let expected: Vec<Expected> = folder::read(&root.join("expected.json")).unwrap();
    let texts: Vec<&str> = expected.iter().map(|e| e.text.as_str()).collect();
    let together = bert.try_embed(&texts).unwrap();
    for (expected, vector) in expected.iter().zip(&together) {
        let alone = bert.embed(&[&expected.text]).remove(0);
        match bert.tokens.encode(&expected.text).unwrap() {
            Some(tokens) => assert_eq!(tokens, expected.tokens, "{}", expected.text),
            None => {
                assert!(alone.iter().all(|x| *x == 0.0));
                continue;
            }
        }
        for found in [&alone, vector] {
            let furthest = found.iter().zip(&expected.vector).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(furthest < 5e-6, "{}: {furthest}", expected.text);
        }
    }
    assert!(together.iter().filter(|v| (dot(v, v) - 1.0).abs() < 1e-5).count() >= 7);
}

#[test]
fn word_pieces_and_mean_pooling() {
    agrees(&tiny("tiny-bert"), 16);
}

#[test]
fn byte_pairs_and_positions_from_two() {
    agrees(&tiny("tiny-roberta"), 16);
}

#[test]
fn sentence_pieces_cls_pooling_and_a_dense_layer() {
    agrees(&tiny("tiny-xlmr"), 12);
}

#[test]
fn a_sentencepiece_model_alone_is_enough() {
    let folder = copy("tiny-xlmr");
    std::fs::remove_file(folder.path().join("tokenizer.json")).unwrap();
    agrees(folder.path(), 12);
}

#[test]
fn nothing_gives_zeros_and_much_is_cut() {
    let bert = Bert::open(&tiny("tiny-bert")).unwrap();
    let long = "вода ".repeat(200_000);
    let vectors = bert.embed(&["", " \n", "🙂🙂", "漢", &long, "вода вода вода вода вода вода вода вода вода вода вода"]);
    assert!(vectors[..4].iter().flatten().all(|x| *x == 0.0));
    assert!(dot(&vectors[4], &vectors[5]) > 0.9);
    assert_eq!(bert.tokens.encode(&long).unwrap().unwrap().len(), 24);
    assert!(bert.embed(&[]).is_empty());
}

#[test]
fn a_model_is_known_by_what_it_reckons() {
    let first = Bert::open(&tiny("tiny-bert")).unwrap();
    assert_eq!(first.name(), format!("tiny-bert@{:08x}", first.version()));
    assert!(i32::try_from(first.version()).is_ok());
    let folder = copy("tiny-bert");
    let same = Bert::open(folder.path()).unwrap();
    assert_eq!(same.version(), first.version());
    std::fs::write(folder.path().join("sentence_bert_config.json"), r#"{"max_seq_length": 9}"#).unwrap();
    let cut = Bert::open(folder.path()).unwrap();
    assert_ne!(cut.version(), first.version());
    assert_eq!(cut.tokens.encode(&"вода ".repeat(9)).unwrap().unwrap().len(), 9);
}

#[test]
fn what_is_put_before_each_text_counts() {
    let folder = copy("tiny-bert");
    let prompts = r#"{"prompts": {"query": "вода: "}, "default_prompt_name": "query"}"#;
    std::fs::write(folder.path().join("config_sentence_transformers.json"), prompts).unwrap();
    let (with, without) = (Bert::open(folder.path()).unwrap(), Bert::open(&tiny("tiny-bert")).unwrap());
    assert_eq!(with.embed(&["яма"]), without.embed(&["вода: яма"]));
    assert!(with.embed(&["🙂"])[0].iter().all(|x| *x == 0.0));
    assert_ne!(with.version(), without.version());
}

/// A spoilt folder and what the refusal names.
fn refused(model: &str, file: &str, content: Option<&str>, named: &[&str]) {
    let folder = copy(model);
    let path = folder.path().join(file);
    match content {
        Some(content) => std::fs::write(&path, content).unwrap(),
        None => std::fs::remove_file(&path).unwrap(),
    }
    let refusal = Bert::open(folder.path()).err().unwrap().to_string();
    assert!(named.iter().all(|word| refusal.contains(word)), "{refusal}");
    if file != "model.safetensors" || content.is_none() {
        assert_eq!(Bert::check(folder.path()).unwrap_err().to_string(), refusal);
    }
}

#[test]
fn the_missing_file_is_named() {
    for file in
        ["modules.json", "config.json", "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors", "model.safetensors"]
    {
        refused("tiny-xlmr", file, None, &[file, "is missing"]);
    }
    refused("tiny-bert", "vocab.txt", None, &["tokenizer.json", "is missing", "vocab.txt"]);
    refused("tiny-roberta", "merges.txt", None, &["tokenizer.json", "is missing", "merges.txt"]);
    let nowhere = Bert::open(Path::new("/nowhere/at/all")).err().unwrap().to_string();
    assert!(nowhere.contains("/nowhere/at/all") && nowhere.contains("modules.json"), "{nowhere}");
}

#[test]
fn the_wrong_key_is_named() {
    let edited = |model: &str, file: &str, from: &str, to: &str| {
        let text = std::fs::read_to_string(tiny(model).join(file)).unwrap();
        assert!(text.contains(from), "{text}");
        text.replace(from, to)
    };
    for (model, file, from, to, named) in [
        ("tiny-bert", "config.json", "\"bert\"", "\"gpt2\"", "model_type"),
        ("tiny-bert", "config.json", "\"hidden_size\": 16", "\"hidden_size\": 18", "hidden_size"),
        ("tiny-bert", "config.json", "\"hidden_size\": 16,", "", "hidden_size"),
        ("tiny-bert", "config.json", "\"num_attention_heads\": 2", "\"num_attention_heads\": 3", "num_attention_heads"),
        ("tiny-bert", "config.json", "\"vocab_size\"", "\"vocab_size\": 9, \"was\"", "vocab_size"),
        ("tiny-bert", "config.json", "\"gelu\"", "\"gelu_fast\"", "gelu_fast"),
        ("tiny-xlmr", "config.json", "\"pad_token_id\": 1", "\"pad_token_id\": 0", "pad_token_id"),
        ("tiny-xlmr", "modules.json", "Dense", "LSTM", "LSTM"),
        ("tiny-xlmr", "2_Dense/config.json", "Tanh", "Mish", "activation_function"),
        ("tiny-xlmr", "2_Dense/config.json", "\"in_features\": 16", "\"in_features\": 17", "in_features"),
        ("tiny-bert", "1_Pooling/config.json", "\"pooling_mode_max_tokens\": false", "\"pooling_mode_max_tokens\": true", "max_tokens"),
        ("tiny-bert", "sentence_bert_config.json", "24", "2", "max_seq_length"),
    ] {
        let folder = copy(model);
        std::fs::write(folder.path().join(file), edited(model, file, from, to)).unwrap();
        let refusal = Bert::open(folder.path()).err().unwrap().to_string();
        assert!(refusal.contains(named), "{file} {named}: {refusal}");
    }
    refused("tiny-bert", "model.safetensors", Some("version https://git-lfs.github.com/spec/v1"), &["model.safetensors", "git-lfs"]);
    let three_layers = edited("tiny-bert", "config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3");
    let folder = copy("tiny-bert");
    std::fs::write(folder.path().join("config.json"), three_layers).unwrap();
    let refusal = Bert::open(folder.path()).err().unwrap().to_string();
    assert!(refusal.contains("model.safetensors") && refusal.contains("`bert.encoder.layer.2."), "{refusal}");
}
