//! Breaking a text into lines.

/// The lines of a text that are no wider than `width`, and no more than `most`; what does not fit ends in `…`. `measure` gives the width
/// of a text. Lines break between words, and inside a word that is wider than a line.
pub fn wrap(text: &str, width: f32, most: usize, measure: impl Fn(&str) -> f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if let Some(last) = lines.last_mut() {
            let longer = format!("{last} {word}");
            if measure(&longer) <= width {
                *last = longer;
                continue;
            }
        }
        lines.extend(pieces(word, width, &measure));
        if lines.len() > most {
            break;
        }
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while !last.is_empty() && measure(&format!("{last}…")) > width {
                last.pop();
            }
            last.truncate(last.trim_end_matches([' ', ',', ';', ':', '—', '-']).len());
            last.push('…');
        }
    }
    lines
}

/// A word, in pieces where it is wider than a line.
fn pieces(word: &str, width: f32, measure: &impl Fn(&str) -> f32) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut filled = 0.0;
    for c in word.chars() {
        let step = measure(c.encode_utf8(&mut [0; 4]));
        if filled + step > width && filled > 0.0 {
            pieces.push(String::new());
            filled = 0.0;
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
            filled += step;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, width: usize, most: usize) -> Vec<String> {
        // A face in which every letter is one wide.
        wrap(text, width as f32, most, |t| t.chars().count() as f32)
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(lines("тёплые остановки на улице Садовой", 16, 4), ["тёплые остановки", "на улице Садовой"]);
        assert_eq!(lines("  one \n two\t", 20, 4), ["one two"]);
        assert!(lines("", 10, 3).is_empty());
    }

    #[test]
    fn long_words_are_broken() {
        assert_eq!(lines("абвгдежз", 3, 9), ["абв", "где", "жз"]);
        assert_eq!(lines("a абвгде z", 3, 9), ["a", "абв", "где", "z"]);
        assert_eq!(lines("ab", 0, 9), ["a", "b"], "a letter that is wider than the line stands alone");
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        assert_eq!(lines("one two three four", 7, 2), ["one two", "three…"]);
        assert_eq!(lines("one, two, three", 9, 1), ["one, two…"]);
        let long = lines(&"ы".repeat(10_000), 10, 3);
        assert_eq!(long, ["ы".repeat(10), "ы".repeat(10), format!("{}…", "ы".repeat(9))]);
        for line in lines("слово ещё-одно-длинное слово и снова слово", 8, 3) {
            assert!(line.chars().count() <= 8, "{line}");
        }
    }
}
