//! A few sentences that say what a cluster of texts is about, each as somebody wrote it.

use std::collections::BTreeMap;

use super::extract::personal;
use super::{dot, text};

/// Characters of a sentence that can be read at a glance and still says something.
const LENGTH: std::ops::RangeInclusive<usize> = 20..=240;

/// Sentences looked at in one text: what matters stands near the beginning.
const SENTENCES: usize = 6;

/// Texts looked at; of a larger cluster evenly spread ones.
const TEXTS: usize = 300;

/// Share of a text's own words that a sentence has to have for covering it.
const COVERED: f32 = 0.3;

/// One sentence of a summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which text it is from.
    pub text: usize,
    /// The sentence, verbatim.
    pub sentence: String,
    /// How many texts, of those looked at, it stands for and no line before it does; 1 or more.
    pub covers: usize,
}

/// A sentence that may stand for others.
struct Candidate<'a> {
    text: usize,
    sentence: &'a str,
    /// How well it stands for each text, 0..=1.
    covers: Vec<f32>,
}

/// At most `most` sentences that together stand for as much of the texts as any so few can, up to a constant factor: greedy
/// maximisation of a monotone submodular coverage, each step the sentence that adds most (Lin and Bilmes, "A Class of
/// Submodular Functions for Document Summarization", 2011; the bound is Nemhauser, Wolsey and Fisher's, 1978).
///
/// How well a sentence stands for a text is the share of the cluster's common words in the text that the sentence has, times
/// how near both texts are by `vectors` (of unit length or empty, one a text). Sentences with personal data are passed over.
pub fn of(texts: &[&str], vectors: &[Vec<f32>], most: usize) -> Vec<Line> {
    let step = texts.len().div_ceil(TEXTS).max(1);
    let looked_at: Vec<usize> = (0..texts.len()).step_by(step).collect();
    let words: Vec<BTreeMap<String, f32>> = weighted(looked_at.iter().map(|&i| stems(texts[i])).collect());
    let near = |a: usize, b: usize| match (vectors.get(a), vectors.get(b)) {
        (Some(a), Some(b)) if !a.is_empty() && a.len() == b.len() => dot(a, b).clamp(0.0, 1.0),
        _ => 1.0,
    };
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    for &text in &looked_at {
        for sentence in sentences(texts[text]) {
            let own = stems(sentence);
            let share = |theirs: &BTreeMap<String, f32>| {
                let all: f32 = theirs.values().sum();
                let common: f32 = theirs.iter().filter(|(stem, _)| own.contains(stem)).map(|(_, weight)| weight).sum();
                if all > 0.0 { common / all } else { 0.0 }
            };
            let covers = looked_at.iter().zip(&words).map(|(&other, theirs)| share(theirs) * near(text, other)).collect();
            candidates.push(Candidate { text, sentence, covers });
        }
    }
    greedy(candidates, looked_at.len(), most)
}

fn greedy(mut candidates: Vec<Candidate<'_>>, texts: usize, most: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut best = vec![0f32; texts];
    while lines.len() < most {
        let gain = |c: &Candidate<'_>| c.covers.iter().zip(&best).map(|(new, old)| (new - old).max(0.0)).sum::<f32>();
        // The first of equals, and no text twice.
        let Some((at, _)) = candidates.iter().map(gain).enumerate().reduce(|a, b| if b.1 > a.1 { b } else { a }) else { break };
        let chosen = candidates.swap_remove(at);
        let covers = chosen.covers.iter().zip(&best).filter(|(new, old)| **new >= COVERED && **old < COVERED).count();
        if covers == 0 {
            break;
        }
        best.iter_mut().zip(&chosen.covers).for_each(|(old, new)| *old = old.max(*new));
        candidates.retain(|c| c.text != chosen.text);
        candidates.sort_by_key(|c| c.text);
        lines.push(Line { text: chosen.text, sentence: chosen.sentence.to_owned(), covers });
    }
    lines
}

/// The words of each text with their weights: how many of the texts have it, for those that more than one has. What only
/// one text says is not what the cluster is about.
fn weighted(texts: Vec<Vec<String>>) -> Vec<BTreeMap<String, f32>> {
    let mut frequencies: BTreeMap<String, f32> = BTreeMap::new();
    texts.iter().flatten().for_each(|stem| *frequencies.entry(stem.clone()).or_default() += 1.0);
    let alone = texts.len() < 2;
    let weigh = |stem: String| {
        let frequency = frequencies.get(&stem).copied().unwrap_or_default();
        (alone || frequency > 1.0).then(|| (stem, frequency.ln_1p()))
    };
    texts.into_iter().map(|stems| stems.into_iter().filter_map(weigh).collect()).collect()
}

/// The stems of a text, each once, stop words and numbers left out.
fn stems(source: &str) -> Vec<String> {
    let normalised = text::normalise(source);
    let telling = text::tokens(&normalised).filter(|token| !text::is_stop_word(token) && !text::is_number(token));
    let mut stems: Vec<String> = telling.map(|token| text::stem(token).into_owned()).collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// Sentences that can be shown: of a fit length and without personal data.
fn sentences(source: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    let mut ends: Vec<usize> = Vec::new();
    let mut chars = source.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        // "ул. Садовая" and "д. 5" do not end a sentence: the word before the full stop is longer, and a space follows.
        let abbreviation = || source[..at].chars().rev().take_while(|c| c.is_alphanumeric()).count() < 4;
        let ends_here = match c {
            '\n' | '!' | '?' | '…' => true,
            '.' => next.is_none_or(char::is_whitespace) && !abbreviation(),
            _ => false,
        };
        if ends_here {
            ends.push(at + c.len_utf8());
        }
        if ends.len() >= SENTENCES {
            break;
        }
    }
    if ends.len() < SENTENCES {
        ends.push(source.len());
    }
    let cut = ends.into_iter().map(move |end| {
        let sentence = source[from..end].trim();
        from = end;
        sentence
    });
    cut.filter(|s| LENGTH.contains(&s.chars().count()) && personal(s).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn few_sentences_stand_for_both_matters() {
        let texts = [
            "Здравствуйте! Во дворе не горят фонари, темно идти домой.",
            "Фонари во дворе не горят уже неделю. Когда почините?",
            "Не горят фонари во дворе нашего дома на ул. Садовой, д. 5.",
            "Контейнеры переполнены, мусор не вывозят вторую неделю.",
            "Не вывозят мусор, контейнеры переполнены!",
        ];
        let lines = of(&texts, &[], 2);
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].covers, lines[1].covers), (3, 2));
        assert!(lines[0].text < 3 && lines[1].text >= 3);
        assert!(lines.iter().all(|line| texts[line.text].contains(&line.sentence)));
    }

    #[test]
    fn sentences_are_whole_and_name_nobody() {
        let found: Vec<&str> =
            sentences("Яма у дома на ул. Садовой, д. 5 растёт. Звоните Петрову Ивану Ильичу Сергеевичу +7 912 345-67-89 днём!").collect();
        assert_eq!(found, ["Яма у дома на ул. Садовой, д. 5 растёт."]);
    }

    #[test]
    fn nothing_says_nothing() {
        assert!(of(&[], &[], 3).is_empty());
        assert!(of(&["", "🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂", "12"], &[], 3).is_empty());
        assert!(of(&["Во дворе нет света и темно"], &[], 0).is_empty());
        assert_eq!(of(&["Во дворе нет света и темно"], &[], 3).len(), 1);
    }

    proptest! {
        #[test]
        fn lines_are_verbatim_and_counted(texts in proptest::collection::vec("[а-в.! \\n]{0,60}", 0..6), most in 0usize..4) {
            let slices: Vec<&str> = texts.iter().map(String::as_str).collect();
            let lines = of(&slices, &[], most);
            prop_assert!(lines.len() <= most);
            prop_assert!(lines.iter().map(|l| l.covers).sum::<usize>() <= texts.len());
            prop_assert!(lines.iter().all(|l| l.covers > 0 && slices[l.text].contains(&l.sentence)));
        }
    }
}
