"""Makes the tiny models of random weights beside it, and the vectors that `src/nlp/bert/tests.rs` expects of them.

The network is reckoned here by numpy, the tokens by other programs than the tested one (sentencepiece's own, and the
bindings of a later version of tokenizers), so that the two agree only where both are right.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 tokenizers==0.23.3 safetensors==0.8.0 sentencepiece==0.2.1
    venv/bin/python tests/data/make_tiny_models.py
"""

import json
import math
import re
import shutil
import struct
from pathlib import Path

import numpy as np
import sentencepiece
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
HIDDEN, LAYERS, HEADS, INNER, POSITIONS, TOKENS = 16, 2, 2, 32, 40, 24
# The project's own sentences, from the calibration of models.
SENTENCES = re.findall(r'"([^"]{20,})"', (HERE / "../../src/nlp/calibration.rs").read_text())
TEXTS = [
    "Во дворе не горят фонари",
    "ЁЛКА упала на дорогу!",
    "The lamps in our yard are out, naïve café",
    "Дом 5, корп. 2 — вода ржавая; call 112",
    "42",
    "Яма",
    "漢字 и 🙂 вместе со словами",
    " ".join(SENTENCES[:3]),
]


def layer_norm(x, weight, bias, eps):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + eps) * weight + bias


def gelu(x):
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def forward(w, prefix, ids, first, eps):
    """The hidden states of one text, in double precision, without padding."""
    get = lambda name: w[prefix + name].astype(np.float64)
    linear = lambda x, name: x @ get(name + ".weight").T + get(name + ".bias")
    norm = lambda x, name: layer_norm(x, get(name + ".weight"), get(name + ".bias"), eps)
    words, places = get("embeddings.word_embeddings.weight"), get("embeddings.position_embeddings.weight")
    x = words[ids] + places[np.arange(len(ids)) + first] + get("embeddings.token_type_embeddings.weight")[0]
    x = norm(x, "embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        split = lambda name: linear(x, f"{at}attention.self.{name}").reshape(len(ids), HEADS, -1).transpose(1, 0, 2)
        scores = split("query") @ split("key").transpose(0, 2, 1) / math.sqrt(HIDDEN // HEADS)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        seen = (scores / scores.sum(-1, keepdims=True)) @ split("value")
        seen = seen.transpose(1, 0, 2).reshape(len(ids), HIDDEN)
        x = norm(linear(seen, at + "attention.output.dense") + x, at + "attention.output.LayerNorm")
        inner = gelu(linear(x, at + "intermediate.dense"))
        x = norm(linear(inner, at + "output.dense") + x, at + "output.LayerNorm")
    return x


def weights(rng, vocabulary, types, prefix):
    draw = lambda *shape: rng.normal(0, 1, shape).astype(np.float32)
    # Rows as large as this make the encoder's fixed epsilon of 1e-12 and the configured one of 1e-5 the same to six digits.
    w = {
        "embeddings.word_embeddings.weight": draw(vocabulary, HIDDEN),
        "embeddings.position_embeddings.weight": draw(POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": draw(types, HIDDEN),
    }

    def norm(name):
        w[name + ".weight"], w[name + ".bias"] = 1 + draw(HIDDEN) / 10, draw(HIDDEN) / 10

    def linear(name, out, into):
        w[name + ".weight"], w[name + ".bias"] = draw(out, into) / 4, draw(out) / 10

    norm("embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        for name in ("query", "key", "value"):
            linear(f"{at}attention.self.{name}", HIDDEN, HIDDEN)
        linear(at + "attention.output.dense", HIDDEN, HIDDEN)
        norm(at + "attention.output.LayerNorm")
        linear(at + "intermediate.dense", INNER, HIDDEN)
        linear(at + "output.dense", HIDDEN, INNER)
        norm(at + "output.LayerNorm")
    # Checkpoints hold more than is needed.
    linear("pooler.dense", HIDDEN, HIDDEN)
    return {prefix + name: value for name, value in w.items()}


def write(folder, name, value):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def model(folder, rng, kind, vocabulary, pooling, encode, prefix="", types=1, eps=1e-5, pad=1, first=2, dense=None):
    module = lambda i, path, kind: {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
    modules = [module(0, "", "Transformer"), module(1, "1_Pooling", "Pooling")]
    modules += [module(2, "2_Dense", "Dense")] * bool(dense)
    modules += [module(len(modules), f"{len(modules)}_Normalize", "Normalize")]
    write(folder, "modules.json", modules)
    config = dict(
        model_type=kind, hidden_act="gelu", hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        intermediate_size=INNER, max_position_embeddings=POSITIONS, type_vocab_size=types, vocab_size=vocabulary,
        pad_token_id=pad, layer_norm_eps=eps, attention_probs_dropout_prob=0.1, hidden_dropout_prob=0.1,
        initializer_range=0.02,
    )  # fmt: skip
    write(folder, "config.json", config)
    write(folder, "sentence_bert_config.json", {"max_seq_length": TOKENS, "do_lower_case": False})
    modes = {f"pooling_mode_{mode}": mode == pooling for mode in ("cls_token", "mean_tokens", "max_tokens")}
    write(folder, "1_Pooling/config.json", {"word_embedding_dimension": HIDDEN, **modes})
    w = weights(rng, vocabulary, types, prefix)
    save_file(w, folder / "model.safetensors", metadata={"format": "pt"})
    if dense:
        shape = {"in_features": HIDDEN, "out_features": dense, "bias": True}
        write(folder, "2_Dense/config.json", {**shape, "activation_function": "torch.nn.modules.activation.Tanh"})
        linear = {"linear.weight": rng.normal(0, 0.3, (dense, HIDDEN)), "linear.bias": rng.normal(0, 0.3, dense)}
        linear = {name: value.astype(np.float32) for name, value in linear.items()}
        save_file(linear, folder / "2_Dense/model.safetensors")
    expected = []
    for text in TEXTS:
        ids = encode(text)
        ids = ids if len(ids) <= TOKENS else ids[: TOKENS - 1] + ids[-1:]
        states = forward(w, prefix, ids, first, eps)
        vector = states[0] if pooling == "cls_token" else states.mean(0)
        if dense:
            vector = np.tanh(linear["linear.weight"].astype(np.float64) @ vector + linear["linear.bias"])
        vector = [float(f"{x:.8f}") for x in vector / np.linalg.norm(vector)]
        expected.append({"text": text, "tokens": ids, "vector": vector})
    (folder / "expected.json").write_text("[\n" + ",\n".join(json.dumps(e, ensure_ascii=False) for e in expected) + "\n]\n")


def fresh(name):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def bert(rng):
    folder = fresh("tiny-bert")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=260, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    (folder / "vocab.txt").write_text("".join(token + "\n" for token, _ in vocabulary))
    write(folder, "tokenizer_config.json", {"do_lower_case": True, "strip_accents": None, "tokenize_chinese_chars": True})
    encode = lambda text: tokenizer.encode(text).ids
    model(folder, rng, "bert", len(vocabulary), "mean_tokens", encode, "bert.", types=2, eps=1e-12, pad=0, first=0)


def roberta(rng):
    folder = fresh("tiny-roberta")
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    tokenizer.model.save(str(folder))
    write(folder, "tokenizer_config.json", {"add_prefix_space": False})
    model(folder, rng, "roberta", tokenizer.get_vocab_size(), "mean_tokens", lambda text: tokenizer.encode(text).ids, "roberta.")


def xlmr(rng):
    folder = fresh("tiny-xlmr")
    file = folder / "sentencepiece.bpe.model"
    with open(file, "wb") as out:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(SENTENCES), model_writer=out, vocab_size=200, model_type="unigram",
            normalization_rule_name="identity", character_coverage=1.0, minloglevel=2, num_threads=1,
        )  # fmt: skip
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(file))
    # XLM-R's own four come first (https://github.com/facebookresearch/fairseq, as in fairseq's dictionaries).
    number = lambda piece: 3 if piece == pieces.unk_id() else piece + 1
    encode = lambda text: [0] + [number(piece) for piece in pieces.encode(text)] + [2]
    vocabulary = pieces.get_piece_size() + 2
    model(folder, rng, "xlm-roberta", vocabulary, "cls_token", encode, dense=12)
    # The same tokenizer in the newer layout.
    scored = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    scored += [(pieces.id_to_piece(i), pieces.get_score(i)) for i in range(3, pieces.get_piece_size())]
    tokenizer = Tokenizer(models.Unigram(scored + [("<mask>", 0.0)], unk_id=3))
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    # Other limits than the model's: they must not count.
    tokenizer.enable_truncation(7)
    tokenizer.enable_padding(length=64)
    tokenizer.save(str(folder / "tokenizer.json"))


if __name__ == "__main__":
    assert len(SENTENCES) >= 60, len(SENTENCES)
    rng = np.random.default_rng(20261122)
    bert(rng)
    roberta(rng)
    xlmr(rng)
