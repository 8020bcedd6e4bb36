//! The sparse features of a text that vectors and labels are made of: stems, pairs of stems, character n-grams.
//!
//! Features are hashed into a fixed number of slots (Weinberger et al., "Feature Hashing for Large Scale Multitask
//! Learning", 2009), so nothing grows with the vocabulary and no dictionary has to be shared between processes.

use std::borrow::Cow;

use super::text::{self, Marked};

/// Number of slots that features are hashed into.
pub const SLOTS: usize = 1 << 18;

/// What a feature was made of; each kind is weighted on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The stem of one word.
    Word,
    /// The stems of two neighbouring words.
    Pair,
    /// Some neighbouring characters inside one word.
    Characters,
    /// Any of these of a number or a word in the name of a street.
    Place,
    /// A stop word, or a neighbouring pair with one. It says nothing of the matter, but something of what is wanted.
    Function,
}

/// One feature and how often the text has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feature {
    /// What it was made of.
    pub kind: Kind,
    /// Its slot, below [`SLOTS`].
    pub slot: u32,
    /// Occurrences in the text, 1 or more.
    pub count: u32,
}

/// Lengths of the character n-grams.
const NGRAMS: std::ops::RangeInclusive<usize> = 3..=5;

/// Characters of a word at most: what is longer (encoded data, links) is none.
const LONGEST: usize = 40;

/// Words that are read of a text at most.
const MOST_TOKENS: usize = 4000;

/// The features of a text, ordered by kind and slot, each once.
pub fn extract(text: &str) -> Vec<Feature> {
    let mut features = Vec::new();
    walk(&tokens(&text::normalise(&text::without_links(text))), |kind, slot, _| features.push(Feature { kind, slot, count: 1 }));
    features.sort_unstable_by_key(|f| (f.kind, f.slot));
    features.dedup_by(|next, kept| {
        let same = (next.kind, next.slot) == (kept.kind, kept.slot);
        if same {
            kept.count += next.count;
        }
        same
    });
    features
}

/// The words of a normalised text that features are made of.
pub fn tokens(normalised: &str) -> Vec<&str> {
    text::tokens(normalised).filter(|token| token.chars().nth(LONGEST).is_none()).take(MOST_TOKENS).collect()
}

/// Gives each feature of some words with its kind, its slot and the number of the word that it ends in.
pub fn walk(tokens: &[&str], mut add: impl FnMut(Kind, u32, usize)) {
    // The last word, and the last one that is no stop word with whether it was a place.
    let mut last: Option<Cow<'_, str>> = None;
    let mut previous: Option<(bool, Cow<'_, str>)> = None;
    for (at, (token, in_street)) in tokens.iter().zip(in_street(tokens)).enumerate() {
        let is_place = in_street || text::is_number(token);
        let is_stop = text::is_stop_word(token) || !is_place && token.chars().nth(1).is_none();
        let stem = text::stem(token);
        if let Some(last) = last.filter(|last| is_stop || text::is_stop_word(last)) {
            add(Kind::Function, slot(hash(4, &[&last, &stem])), at);
        }
        last = Some(if is_stop { Cow::Borrowed(*token) } else { stem.clone() });
        if is_stop {
            add(Kind::Function, word_slot(&stem), at);
            continue;
        }
        let [single, double, inner] = if is_place { [Kind::Place; 3] } else { [Kind::Word, Kind::Pair, Kind::Characters] };
        add(single, word_slot(&stem), at);
        if let Some((_, previous)) = previous.filter(|(was_place, _)| *was_place == is_place) {
            add(double, slot(hash(2, &[&previous, &stem])), at);
        }
        let marked = Marked::new(token);
        for n in NGRAMS {
            marked.ngrams(n).for_each(|gram| add(inner, slot(hash(3, &[gram])), at));
        }
        previous = Some((is_place, stem));
    }
}

/// Of each token whether it belongs to the name of a street: the words for a street and those beside them.
pub fn in_street(tokens: &[&str]) -> Vec<bool> {
    let mut marked = vec![false; tokens.len()];
    for (i, token) in tokens.iter().enumerate() {
        if is_street(token) {
            // The name stands before an adjective's noun ("Новая улица") or after it ("улица Новая").
            let neighbours = [i.checked_sub(1), Some(i), Some(i + 1)];
            for near in neighbours.into_iter().flatten().filter(|&near| near < tokens.len()) {
                marked[near] |= !text::is_stop_word(tokens[near]);
            }
        }
    }
    marked
}

/// Whether a normalised token is a word for a kind of street, whole or shortened.
fn is_street(token: &str) -> bool {
    matches!(
        token,
        "ул" | "улица"
            | "улице"
            | "улицы"
            | "улицу"
            | "улиц"
            | "улицей"
            | "пр"
            | "просп"
            | "проспект"
            | "проспекте"
            | "проспекта"
            | "пер"
            | "переулок"
            | "переулке"
            | "переулка"
            | "шоссе"
            | "бульвар"
            | "бульваре"
            | "бульвара"
            | "проезд"
            | "проезде"
            | "street"
            | "st"
            | "avenue"
            | "ave"
            | "boulevard"
            | "lane"
            | "road"
    )
}

/// The slot of a word's stem.
pub fn word_slot(stem: &str) -> u32 {
    slot(hash(1, &[stem]))
}

fn slot(hash: u64) -> u32 {
    (hash % SLOTS as u64) as u32
}

/// FNV-1a over the parts with a separator and a seed, finished by the mixer of SplitMix64: the same on every machine.
pub fn hash(seed: u64, parts: &[&str]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325 ^ seed;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    mix(state)
}

/// The finishing step of SplitMix64 (Steele, Lea, Flood 2014): every input bit stirs every output bit.
pub fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_feature_comes_once_with_its_count() {
        let features = extract("Яма. Ямы, яма!");
        let word = features.iter().find(|f| f.slot == word_slot("ям")).map(|f| f.count);
        assert_eq!(word, Some(3));
        assert!(features.is_sorted_by(|a, b| (a.kind, a.slot) < (b.kind, b.slot)));
    }

    #[test]
    fn stop_words_are_features_of_their_own_kind() {
        assert!(extract("в на — the a").iter().all(|f| f.kind == Kind::Function));
        assert!(extract("— 🙂 !").is_empty());
        let kinds = |text: &str| extract(text).iter().filter(|f| f.kind == Kind::Function).count();
        assert_eq!((kinds("can I cancel it"), kinds("cancel transfer")), (6, 0));
    }

    #[test]
    fn encoded_data_is_no_word() {
        assert!(extract(&"SGVsbG8gd29ybGQh".repeat(60)).is_empty());
        assert!(extract(&"яма ".repeat(300_000)).iter().all(|f| f.count <= MOST_TOKENS as u32));
    }

    #[test]
    fn an_address_is_a_place_and_not_matter() {
        let features = extract("Не горит фонарь на улице Садовой, 12");
        let kinds = |stem: &str| -> Vec<Kind> { features.iter().filter(|f| f.slot == word_slot(stem)).map(|f| f.kind).collect() };
        assert_eq!(kinds("фонар"), [Kind::Word]);
        assert_eq!(kinds("садов"), [Kind::Place]);
        assert_eq!(kinds("12"), [Kind::Place]);
    }

    #[test]
    fn the_hash_never_changes() {
        // Stored vectors and states depend on these numbers.
        assert_eq!(hash(1, &["фонар"]), hash(1, &["фонар"]));
        assert_ne!(hash(1, &["ab", "c"]), hash(1, &["a", "bc"]));
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }
}
