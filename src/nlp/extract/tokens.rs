//! A text as words, numbers and signs that know where they stand: what the grammars of this room read.

use crate::nlp::text;

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::nlp) enum Shape {
    /// Letters, with hyphens and apostrophes between them: "пр-т", "Нижне-Заречная", "don't".
    Word,
    /// ASCII digits.
    Number,
    /// Any other character that is not a space; the end of a line counts as one.
    Sign,
}

/// One token.
#[derive(Clone, Debug)]
pub(in crate::nlp) struct Token {
    pub shape: Shape,
    /// In the spelling of [`text::normalise`].
    pub word: String,
    /// First byte, and the one after the last.
    pub start: usize,
    pub end: usize,
    /// Whether nothing stands between this token and the one before.
    pub glued: bool,
    /// Whether it is a word that begins with a capital while the text does not shout.
    pub capital: bool,
    /// Whether a sentence begins here.
    pub first: bool,
}

impl Token {
    /// The value of a number of at most nine digits.
    pub fn number(&self) -> Option<u32> {
        (self.shape == Shape::Number && self.word.len() <= 9).then(|| self.word.parse().ok()).flatten()
    }

    pub fn is_word(&self) -> bool {
        self.shape == Shape::Word
    }

    /// Whether the token is this sign or normalised word.
    pub fn is(&self, what: &str) -> bool {
        self.word == what
    }

    /// Whether the token is one of these signs or normalised words.
    pub fn is_any(&self, of: &[&str]) -> bool {
        of.contains(&self.word.as_str())
    }
}

/// The tokens of a text, in order.
pub(in crate::nlp) fn tokens(source: &str) -> Vec<Token> {
    let (upper, lower) =
        source.chars().fold((0usize, 0usize), |(u, l), c| (u + usize::from(c.is_uppercase()), l + usize::from(c.is_lowercase())));
    let shouts = upper > lower;
    let mut found: Vec<Token> = Vec::new();
    let mut chars = source.char_indices().peekable();
    let mut first = true;
    while let Some((start, c)) = chars.next() {
        if c.is_whitespace() && c != '\n' {
            continue;
        }
        let mut end = start + c.len_utf8();
        let shape = match c {
            '0'..='9' => Shape::Number,
            _ if c.is_alphabetic() => Shape::Word,
            _ => Shape::Sign,
        };
        while let Some(&(at, next)) = chars.peek() {
            let goes_on = match shape {
                Shape::Number => next.is_ascii_digit(),
                Shape::Word => is_letter(next) || matches!(next, '-' | '\'' | '\u{2019}') && letter_follows(source, at + next.len_utf8()),
                Shape::Sign => false,
            };
            if !goes_on {
                break;
            }
            end = at + next.len_utf8();
            chars.next();
        }
        let glued = found.last().is_some_and(|last| last.end == start);
        let capital = shape == Shape::Word && c.is_uppercase() && !shouts;
        let word = if shape == Shape::Word { text::normalise(&source[start..end]) } else { source[start..end].to_owned() };
        let ends_sentence = shape == Shape::Sign && matches!(c, '.' | '!' | '?' | '\n');
        found.push(Token { shape, word, start, end, glued, capital, first });
        first = ends_sentence || first && shape == Shape::Sign;
    }
    found
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || ('\u{300}'..='\u{36f}').contains(&c)
}

fn letter_follows(source: &str, at: usize) -> bool {
    source[at..].chars().next().is_some_and(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_and_signs_know_where_they_stand() {
        let text = "У д.12а, Нижне-Заречная!";
        let found = tokens(text);
        let words: Vec<&str> = found.iter().map(|t| t.word.as_str()).collect();
        assert_eq!(words, ["у", "д", ".", "12", "а", ",", "нижне-заречная", "!"]);
        assert!(found.iter().all(|t| text.get(t.start..t.end).is_some()));
        assert!(found[4].glued && !found[6].glued && found[6].capital);
    }

    #[test]
    fn capitals_mean_nothing_when_everything_is_one() {
        assert!(tokens("НЕ ГОРИТ ФОНАРЬ").iter().all(|t| !t.capital));
    }
}
