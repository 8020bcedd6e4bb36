//! What is different between two versions of a text, word by word.

/// Steps of comparison for all texts of a page; beyond it a text is shown as replaced altogether.
pub const BUDGET: usize = 2_000_000;
/// Characters shown of what stayed, on either side of a change.
const AROUND: usize = 80;

/// A part of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// In both versions.
    Same,
    /// Only in the former one.
    Removed,
    /// Only in the later one.
    Added,
}

/// A piece of text and what became of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// What became of it.
    pub change: Change,
    /// The text.
    pub text: String,
}

/// Pieces of both versions in their order. Takes its steps from `budget`.
pub fn compare(before: &str, after: &str, budget: &mut usize) -> Vec<Piece> {
    let old: Vec<&str> = before.split_inclusive(char::is_whitespace).collect();
    let new: Vec<&str> = after.split_inclusive(char::is_whitespace).collect();
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut pieces = Vec::new();
    push(&mut pieces, Change::Same, &old[..head]);
    let steps = (a.len() + 1).saturating_mul(b.len() + 1);
    if steps > *budget {
        push(&mut pieces, Change::Removed, a);
        push(&mut pieces, Change::Added, b);
    } else {
        *budget -= steps;
        walk(a, b, &mut pieces);
    }
    push(&mut pieces, Change::Same, &old[old.len() - tail..]);
    let count = pieces.len();
    for (at, piece) in pieces.iter_mut().enumerate().filter(|(_, p)| p.change == Change::Same) {
        shorten(&mut piece.text, at > 0, at + 1 < count);
    }
    pieces
}

/// The longest common subsequence, by the table of lengths of what follows.
fn walk(a: &[&str], b: &[&str], pieces: &mut Vec<Piece>) {
    let width = b.len() + 1;
    let mut longest = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = if a[i] == b[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            push(pieces, Change::Same, &a[i..=i]);
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
            push(pieces, Change::Removed, &a[i..=i]);
            i += 1;
        } else {
            push(pieces, Change::Added, &b[j..=j]);
            j += 1;
        }
    }
}

fn push(pieces: &mut Vec<Piece>, change: Change, words: &[&str]) {
    if words.is_empty() {
        return;
    }
    match pieces.last_mut() {
        Some(last) if last.change == change => last.text.extend(words.iter().copied()),
        _ => pieces.push(Piece { change, text: words.concat() }),
    }
}

/// Leaves only what stands beside a change.
fn shorten(text: &mut String, after_change: bool, before_change: bool) {
    let kept = AROUND * (usize::from(after_change) + usize::from(before_change));
    let length = text.chars().count();
    if length <= kept + AROUND {
        return;
    }
    let start: String = if after_change { text.chars().take(AROUND).collect() } else { String::new() };
    let end: String = if before_change { text.chars().skip(length - AROUND).collect() } else { String::new() };
    *text = format!("{start} … {end}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str, mut budget: usize) -> String {
        let mark = |p: &Piece| match p.change {
            Change::Same => p.text.clone(),
            Change::Removed => format!("[-{}]", p.text),
            Change::Added => format!("[+{}]", p.text),
        };
        compare(before, after, &mut budget).iter().map(mark).collect()
    }

    #[test]
    fn words_are_compared() {
        assert_eq!(shown("one two three", "one four three", BUDGET), "one [-two ][+four ]three");
        assert_eq!(shown("", "new", BUDGET), "[+new]");
        assert_eq!(shown("old", "", BUDGET), "[-old]");
        assert_eq!(shown("same", "same", BUDGET), "same");
        assert_eq!(shown("a b c d", "b c x d", BUDGET), "[-a ]b c [+x ]d");
    }

    #[test]
    fn what_is_too_long_to_compare_is_shown_as_replaced() {
        assert_eq!(shown("a b c d", "a x y d", 3), "a [-b c ][+x y ]d");
    }

    #[test]
    fn what_stayed_is_cut() {
        let long = "word ".repeat(200);
        let text = shown(&format!("{long}old"), &format!("{long}new"), BUDGET);
        assert!(text.chars().count() < 120 && text.ends_with("word [-old][+new]"), "{text}");
    }
}
