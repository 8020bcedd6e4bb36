//! What a cluster is about, in a few words.

use std::collections::{BTreeMap, BTreeSet};

use super::features::word_slot;
use super::{
    Idf,
    extract::{self, tokens::tokens},
    text,
};

/// What is known of one stem in the texts of a cluster.
#[derive(Default)]
struct Candidate {
    texts: u32,
    forms: BTreeMap<String, u32>,
    /// Occurrences, and those that name a place, a person or a firm.
    all: u32,
    names: u32,
}

/// The `n` words that tell the texts of a cluster from all others, best first, each in the form people use most.
///
/// Class-based TF-IDF (Grootendorst, "BERTopic", 2022) over stems: the share of the cluster's texts that have the word,
/// times `ln(1 + N / df)` of the background. Stop words, numbers, short words and names do not stand; in a
/// cluster of three texts or more neither do words of a single text. Fewer than `n` when there are no more.
pub fn keywords<T: AsRef<str>>(texts: &[T], background: &Idf, n: usize) -> Vec<String> {
    let mut candidates: BTreeMap<String, Candidate> = BTreeMap::new();
    for text in texts {
        let text = text.as_ref();
        let (places, capitals) = (extract::facts(text).places, capitals(text));
        let mut seen = Vec::new();
        for raw in text::words(text) {
            let word = text::normalise(raw);
            if text::is_stop_word(&word) || text::is_number(&word) || word.chars().nth(2).is_none() {
                continue;
            }
            let stem = text::stem(&word).into_owned();
            let candidate = candidates.entry(stem.clone()).or_default();
            *candidate.forms.entry(display_form(raw)).or_default() += 1;
            let at = raw.as_ptr().addr() - text.as_ptr().addr();
            candidate.all += 1;
            candidate.names += u32::from(capitals.contains(&at) || places.iter().any(|place| place.span.contains(&at)));
            if !seen.contains(&stem) {
                candidate.texts += 1;
                seen.push(stem);
            }
        }
    }
    let least = if texts.len() > 2 { 2 } else { 1 };
    let mut scored: Vec<(f32, String)> = candidates
        .into_iter()
        .filter(|(_, candidate)| candidate.texts >= least && candidate.names * 2 < candidate.all)
        .filter_map(|(stem, candidate)| {
            // The cluster's own texts are part of the stream, whether or not the state has seen them yet.
            let everywhere = background.frequency(word_slot(&stem)).max(candidate.texts) as f32;
            let all = background.documents().max(texts.len() as u32) as f32;
            let score = candidate.texts as f32 * (1.0 + all / everywhere).ln();
            let form = candidate.forms.into_iter().rev().max_by_key(|(_, count)| *count)?;
            Some((score, form.0))
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    scored.into_iter().take(n).map(|(_, form)| form).collect()
}

/// Where words begin with a capital within a sentence, as names do. Abbreviations are no names, and where every other word begins with
/// a capital, as in headlines, that says nothing.
fn capitals(text: &str) -> BTreeSet<usize> {
    let tokens = tokens(text);
    let words = tokens.iter().filter(|token| token.is_word()).count();
    let named = tokens.iter().filter(|token| token.capital && !token.first);
    let named = named.filter(|token| text[token.start..token.end].chars().any(char::is_lowercase));
    let starts: BTreeSet<usize> = named.map(|token| token.start).collect();
    if starts.len() * 2 > words { BTreeSet::new() } else { starts }
}

/// Those of some words that a text has in any form.
pub fn shared(text: &str, words: &[String]) -> Vec<String> {
    let stem = |word: &str| text::stem(&text::normalise(word)).into_owned();
    let own: BTreeSet<String> = text::words(text).map(stem).collect();
    words.iter().filter(|word| own.contains(&stem(word))).cloned().collect()
}

/// A word as it may stand in a label: an abbreviation keeps its capitals, everything else is in lower case.
fn display_form(raw: &str) -> String {
    let short = raw.chars().count() <= 5;
    if short && raw.chars().all(char::is_uppercase) { raw.to_owned() } else { raw.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shared_in_any_form() {
        let words = ["фонарь", "двор", "ЖКХ"].map(str::to_owned);
        assert_eq!(shared("Во дворах не горят фонари", &words), ["фонарь", "двор"]);
        assert!(shared("", &words).is_empty());
    }

    fn background(texts: &[&str]) -> Idf {
        let mut idf = Idf::new();
        texts.iter().for_each(|text| idf.observe(text));
        idf
    }

    #[test]
    fn where_it_is_does_not_say_what_it_is() {
        let texts = ["Нет горячей воды, ул. Росистая, д. 41", "На Росистой 9/2 прорвало трубу горячей воды", "Росистая 12, воды нет"];
        let words = keywords(&texts, &background(&texts), 5);
        assert!(words.iter().any(|word| word == "воды") && !words.iter().any(|word| word.contains("росист")), "{words:?}");
    }

    #[test]
    fn neither_does_what_it_is_called() {
        let texts = ["Проехать по Кузовной нельзя, яма на яме", "ехал по кузовной, попал в яму", "Яма на Кузовной у Зари"];
        let words = keywords(&texts, &background(&texts), 5);
        assert!(words.iter().any(|word| word.starts_with("ям")) && !words.iter().any(|word| word.contains("кузов")), "{words:?}");
        assert_eq!(keywords(&["Big Fire In Old Town Hall"], &Idf::new(), 3).len(), 3);
    }

    #[test]
    fn shows_whole_words_that_tell_the_cluster_apart() {
        let cluster = ["В доме не работает лифт", "Лифт стоит третий день", "Когда починят лифт в доме?"];
        let mut all = vec!["Крыша течёт в доме", "Двор дома не убран", "Возле дома яма", "Шум в доме"];
        all.extend(cluster);
        assert_eq!(keywords(&cluster, &background(&all), 2), ["лифт", "доме"]);
    }

    #[test]
    fn keeps_abbreviations_and_yo() {
        let cluster = ["Долг по ЖКХ, нужен счётчик", "ЖКХ: счётчик", "счётчик от ЖКХ"];
        assert_eq!(keywords(&cluster, &Idf::new(), 5), ["ЖКХ", "счётчик"]);
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(keywords::<&str>(&[], &Idf::new(), 3).is_empty());
        assert!(keywords(&["12 и 🙂"], &Idf::new(), 3).is_empty());
    }
}
