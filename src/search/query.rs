//! What somebody asks for: words, phrases in quotes, words to leave out.

use super::analysis::{Term, terms};

/// Words of a query that are looked at; the rest of a longer one is left out.
pub const WORDS: usize = 32;

/// A word that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its one spelling.
    pub surface: String,
    /// Its stem.
    pub stem: String,
    /// Its stem without what comes and goes in it.
    pub folded: Vec<String>,
    /// What means the same: the stems of words and expressions.
    pub same: Vec<Vec<String>>,
}

impl Word {
    /// Whether it is a number, which is meant as it is written.
    pub fn is_exact(&self) -> bool {
        self.surface.chars().any(char::is_numeric)
    }

    /// How many letters it has.
    pub fn length(&self) -> usize {
        self.surface.chars().count()
    }
}

impl From<&Term> for Word {
    fn from(term: &Term) -> Self {
        Self { surface: term.surface.clone(), stem: term.stem.clone(), folded: term.folded.clone(), same: Vec::new() }
    }
}

/// A query, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Words, of which each must be found in some form.
    pub words: Vec<Word>,
    /// Phrases in quotes, which must stand there as they are.
    pub phrases: Vec<Vec<Word>>,
    /// Words that must not be there.
    pub without: Vec<Word>,
}

impl Asked {
    /// Takes a query apart. Where no word carries matter, those that do not are asked for.
    pub fn of(query: &str) -> Self {
        let mut asked = Self::default();
        let mut loose = Vec::new();
        for (part, quoted) in parts(query) {
            if quoted {
                let phrase: Vec<Word> = terms(part).iter().filter(|term| !term.joined).take(WORDS).map(Word::from).collect();
                match &phrase[..] {
                    [] => (),
                    [one] => asked.words.push(one.clone()),
                    _ => asked.phrases.push(phrase),
                }
                continue;
            }
            for word in part.split_whitespace() {
                match word.strip_prefix(['-', '−']).filter(|rest| rest.starts_with(char::is_alphanumeric)) {
                    // "-5" is a temperature.
                    Some(rest) if !rest.starts_with(char::is_numeric) => {
                        asked.without.extend(terms(rest).iter().filter(|term| !term.joined).map(Word::from));
                        loose.push(' ');
                    }
                    _ => {
                        loose.extend(word.chars());
                        loose.push(' ');
                    }
                }
            }
        }
        let loose: String = loose.into_iter().collect();
        asked.words.extend(matter(&terms(&loose)));
        asked.words.truncate(WORDS);
        asked.phrases.truncate(4);
        asked.without.truncate(WORDS);
        let mut known = Vec::new();
        asked.words.retain(|word| {
            let new = !known.contains(&word.surface);
            known.push(word.surface.clone());
            new
        });
        asked
    }

    /// Whether nothing is asked for that could be found.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.phrases.is_empty()
    }
}

/// The words that carry matter, or all where none does. A number and the letter of its house are one word.
fn matter(terms: &[Term]) -> Vec<Word> {
    let mut kept: Vec<&Term> = Vec::new();
    let mut within = 0;
    for term in terms {
        if term.joined {
            // The number before it and the letter after it are in it.
            kept.pop();
            within = term.at.end;
        }
        if term.joined || term.at.start >= within {
            kept.push(term);
        }
    }
    let matter: Vec<Word> = kept.iter().filter(|term| !term.stop).map(|term| Word::from(*term)).collect();
    if matter.is_empty() { kept.into_iter().map(Word::from).collect() } else { matter }
}

/// The parts of a query in quotes and between them.
fn parts(query: &str) -> Vec<(&str, bool)> {
    let mut parts = Vec::new();
    let mut rest = query;
    while let Some(open) = rest.find(['"', '«', '“', '„']) {
        let quote = rest[open..].chars().next().map_or(1, char::len_utf8);
        let inside = &rest[open + quote..];
        // A quote that nothing ends is no quote.
        let Some(close) = inside.find(['"', '»', '”', '“']) else { break };
        parts.push((&rest[..open], false));
        parts.push((&inside[..close], true));
        let end = inside[close..].chars().next().map_or(1, char::len_utf8);
        rest = &inside[close + end..];
    }
    parts.push((rest, false));
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn surfaces(words: &[Word]) -> Vec<&str> {
        words.iter().map(|word| word.surface.as_str()).collect()
    }

    #[test]
    fn words_phrases_and_what_to_leave_out() {
        let asked = Asked::of("не горит «уличный фонарь» -реклама у школы 5 -5");
        assert_eq!(surfaces(&asked.words), ["горит", "школы", "5"]);
        assert_eq!(asked.phrases.iter().map(|phrase| surfaces(phrase)).collect::<Vec<_>>(), [["уличный", "фонарь"]]);
        assert_eq!(surfaces(&asked.without), ["реклама"]);
        assert_eq!(surfaces(&Asked::of("и на под").words), ["и", "на", "под"]);
        assert_eq!(surfaces(&Asked::of("ул. Ткацкая, д. 12 б").words), ["ткацкая", "12б"]);
        assert_eq!(surfaces(&Asked::of("\"лифт").words), ["лифт"]);
        assert!(Asked::of(" \u{200b}!? ").is_empty());
    }

    proptest! {
        #[test]
        fn any_query_comes_to_something(query in any::<String>()) {
            let asked = Asked::of(&query);
            prop_assert!(asked.words.len() <= WORDS && asked.phrases.len() <= 4 && asked.without.len() <= WORDS);
        }
    }
}
