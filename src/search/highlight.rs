//! Where a query's words stand in a text: segments to show, never markup.

use std::{collections::HashSet, ops::Range};

use super::analysis::{Term, terms};

/// A piece of a text that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its words as they are written.
    pub text: String,
    /// Whether it is a word of the query.
    pub hit: bool,
}

/// The words of a query, to be found in texts.
#[derive(Debug, Default)]
pub struct Wanted {
    surfaces: HashSet<String>,
    stems: HashSet<String>,
    folded: HashSet<String>,
    /// Expressions, by the stems of their words.
    expressions: Vec<Vec<String>>,
    /// The unfinished last word.
    prefix: Option<String>,
}

impl Wanted {
    /// The words of a query that carry matter (all, where none does); what the engine took them for, such as a word with its typo mended,
    /// may be added. With `unfinished` the last word counts as a beginning.
    pub fn new<'a>(query: impl IntoIterator<Item = &'a str>, unfinished: bool) -> Self {
        let all: Vec<Term> = query.into_iter().flat_map(terms).collect();
        let matter: Vec<&Term> = all.iter().filter(|term| !term.stop).collect();
        let chosen = if matter.is_empty() { all.iter().collect() } else { matter };
        let prefix = chosen.last().filter(|_| unfinished).map(|term| term.surface.clone());
        let folded = chosen.iter().flat_map(|term| term.folded.clone()).collect();
        let each = |form: fn(&Term) -> &String| chosen.iter().map(|term| form(term).clone()).collect();
        Self { surfaces: each(|t| &t.surface), stems: each(|t| &t.stem), folded, expressions: Vec::new(), prefix }
    }

    /// What means the same, by its stems, is marked too; an expression only where all of it stands.
    #[must_use]
    pub fn also<'a>(mut self, same: impl IntoIterator<Item = &'a Vec<String>>) -> Self {
        for stems in same {
            match &stems[..] {
                [one] => {
                    self.stems.insert(one.clone());
                }
                _ => self.expressions.push(stems.clone()),
            }
        }
        self
    }

    fn holds(&self, term: &Term) -> bool {
        self.surfaces.contains(&term.surface)
            || self.stems.contains(&term.stem)
            // Folded forms of short words fall together too often to be shown.
            || term.folded.iter().any(|folded| folded.chars().count() > 2 && self.folded.contains(folded))
            || self.prefix.as_deref().is_some_and(|prefix| term.surface.starts_with(prefix))
    }

    /// Where the query's words stand in a text, in bytes, in order.
    fn hits(&self, text: &str) -> Vec<Range<usize>> {
        let terms = terms(text);
        let mut held: Vec<bool> = terms.iter().map(|term| self.holds(term)).collect();
        for expression in self.expressions.iter().filter(|expression| !expression.is_empty()) {
            for (at, part) in terms.windows(expression.len()).enumerate() {
                if part.iter().zip(expression).all(|(term, stem)| term.stem == *stem) {
                    held[at..at + part.len()].fill(true);
                }
            }
        }
        let mut hits: Vec<Range<usize>> = terms.into_iter().zip(held).filter(|(_, held)| *held).map(|(term, _)| term.at).collect();
        hits.dedup();
        hits
    }

    /// The whole text in segments.
    pub fn whole(&self, text: &str) -> Vec<Segment> {
        segments(text, 0..text.len(), &self.hits(text))
    }

    /// The part of about `most` characters of a text where most of the query's words stand, in segments, with `…` where it goes on; its
    /// beginning where none does.
    pub fn excerpt(&self, text: &str, most: usize) -> Vec<Segment> {
        let hits = self.hits(text);
        let part = window(text, &hits, most);
        let (before, after) = (part.start > 0, part.end < text.len());
        let mut segments = segments(text, part, &hits);
        if before {
            segments.insert(0, Segment { text: "…".into(), hit: false });
        }
        if after {
            segments.push(Segment { text: "…".into(), hit: false });
        }
        segments
    }
}

/// The part of a text, between words, of at most `most` characters that holds most hits; of equal ones the first.
fn window(text: &str, hits: &[Range<usize>], most: usize) -> Range<usize> {
    let bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let length = bounds.len() - 1;
    if length <= most {
        return 0..text.len();
    }
    let place = |at: usize| bounds.partition_point(|bound| *bound < at);
    let hits: Vec<Range<usize>> = hits.iter().map(|hit| place(hit.start)..place(hit.end)).collect();
    let mut best = (0, 0, 0);
    let mut last = 0;
    for (first, hit) in hits.iter().enumerate() {
        last = last.max(first);
        while last < hits.len() && hits[last].end <= hit.start + most {
            last += 1;
        }
        if last - first > best.0 {
            best = (last - first, hit.start, hits[last - 1].end);
        }
    }
    let (_, start, end) = best;
    // A third of what is left goes before, so that a reader sees what it is about.
    let room = most.saturating_sub(end - start);
    let from = start.saturating_sub(room / 3).min(length - most);
    let to = (from + most).min(length);
    let is_space = |at: usize| text[bounds[at]..].starts_with(char::is_whitespace);
    // Not in the midst of a word, unless it is longer than anything that can be shown.
    let from = if from == 0 { 0 } else { (from..start).find(|at| is_space(*at)).map_or(from, |at| at + 1) };
    let to = if to == length { length } else { (end.max(from + 1)..to).rev().find(|at| is_space(*at)).unwrap_or(to) };
    bounds[from]..bounds[to.max(from)]
}

fn segments(text: &str, part: Range<usize>, hits: &[Range<usize>]) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut at = part.start;
    for hit in hits.iter().filter(|hit| hit.start >= part.start && hit.end <= part.end) {
        if hit.start < at {
            continue;
        }
        if hit.start > at {
            segments.push(Segment { text: text[at..hit.start].to_owned(), hit: false });
        }
        segments.push(Segment { text: text[hit.clone()].to_owned(), hit: true });
        at = hit.end;
    }
    if at < part.end {
        segments.push(Segment { text: text[at..part.end].to_owned(), hit: false });
    }
    segments
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(segments: &[Segment]) -> String {
        segments.iter().map(|s| if s.hit { format!("[{}]", s.text) } else { s.text.clone() }).collect()
    }

    #[test]
    fn forms_of_the_words_are_found_and_nothing_is_markup() {
        let wanted = Wanted::new(["фонарь на ёлке"], false);
        assert_eq!(shown(&wanted.whole("<b>Фонари</b> и елки на улице")), "<b>[Фонари]</b> и [елки] на улице");
        assert_eq!(shown(&Wanted::new(["окон"], false).whole("Разбито окно")), "Разбито [окно]");
        assert_eq!(shown(&Wanted::new(["не горит фон"], true).whole("Фонтан и фонарь")), "[Фонтан] и [фонарь]");
        assert_eq!(shown(&Wanted::new(["и на"], false).whole("кот и пёс")), "кот [и] пёс");
        assert_eq!(shown(&Wanted::new([""], true).whole("кот")), "кот");
    }

    #[test]
    fn expressions_are_marked_as_a_whole() {
        let same = [vec!["пешеходн".to_owned(), "дорожк".to_owned()], vec!["тропинк".to_owned()]];
        let wanted = Wanted::new(["тротуар"], false).also(&same);
        assert_eq!(shown(&wanted.whole("Пешеходные дорожки, дорожка и тропинки")), "[Пешеходные] [дорожки], дорожка и [тропинки]");
    }

    #[test]
    fn an_excerpt_holds_most_of_the_words() {
        let text = format!("{} Не горит фонарь у школы. {}", "Много слов. ".repeat(30), "Ещё слова. ".repeat(30));
        let wanted = Wanted::new(["фонарь школа"], false);
        let part = shown(&wanted.excerpt(&text, 60));
        assert!(part.starts_with('…') && part.ends_with('…') && part.contains("[фонарь] у [школы]"), "{part}");
        assert_eq!(shown(&Wanted::new(["нигде"], false).excerpt("Слово за словом", 8)), "Слово…");
        assert_eq!(shown(&Wanted::new(["слово"], false).excerpt("Слово", 80)), "[Слово]");
    }

    proptest! {
        #[test]
        fn segments_are_the_text(text in any::<String>(), query in any::<String>(), unfinished in any::<bool>(), most in 1..50_usize) {
            let wanted = Wanted::new([query.as_str()], unfinished);
            prop_assert_eq!(wanted.whole(&text).into_iter().map(|s| s.text).collect::<String>(), text.clone());
            let part: String = wanted.excerpt(&text, most).into_iter().map(|s| s.text).collect();
            let bare = part.strip_prefix('…').unwrap_or(&part);
            let bare = bare.strip_suffix('…').unwrap_or(bare);
            prop_assert!(text.contains(bare) || text.contains(&part));
            prop_assert!(part.chars().count() <= most + 2);
        }
    }
}
