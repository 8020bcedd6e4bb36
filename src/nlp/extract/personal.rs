//! Personal data in a text, to be masked before strangers see it.

use std::ops::Range;

use super::tokens::{Shape, Token, tokens};

/// What kind of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Personal {
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// Series and number of a Russian passport.
    Passport,
    /// Insurance number (СНИЛС), told by its check digits.
    Snils,
    /// Taxpayer's number (ИНН) of a person or a firm, told by its check digits.
    Inn,
    /// Number of a bank card, told by its check digit.
    Card,
    /// Number of a flat.
    Flat,
    /// A full name: with a patronymic or with initials.
    Name,
}

/// Personal data of a text: kinds and byte spans, in order, without overlaps.
pub fn personal(text: &str) -> Vec<(Personal, Range<usize>)> {
    let tokens = tokens(text);
    let mut found: Vec<(Personal, Range<usize>)> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let data = figures(&tokens, at).or_else(|| flat(&tokens, at)).or_else(|| name(&tokens, at)).or_else(|| email(text, &tokens, at));
        match data {
            Some((kind, from, next)) => {
                let start = tokens[from].start.max(found.last().map_or(0, |last| last.1.end));
                found.push((kind, start..tokens[next - 1].end));
                at = next;
            }
            None => at += 1,
        }
    }
    found
}

/// The text with a mark in the place of each of these byte spans, which are in order and without overlaps.
pub fn cover(text: &str, spans: impl IntoIterator<Item = Range<usize>>, mark: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        shown.push_str(text.get(from..span.start).unwrap_or_default());
        shown.push_str(mark);
        from = span.end;
    }
    shown.push_str(text.get(from..).unwrap_or_default());
    shown
}

type Data = Option<(Personal, usize, usize)>;

/// A group of figures with the signs that people put between them.
fn figures(tokens: &[Token], at: usize) -> Data {
    let opens = tokens[at].is_any(&["+", "("]);
    if !opens && (tokens[at].shape != Shape::Number || at > 0 && tokens[at].glued && tokens[at - 1].shape != Shape::Sign) {
        return None;
    }
    let mut digits = String::new();
    let mut groups = Vec::new();
    let mut next = at;
    // Ends of each group, so that a year or a house after a number can be left out again.
    let mut ends = Vec::new();
    while let Some(token) = tokens.get(next).filter(|_| next < at + 24 && digits.len() <= 19) {
        match token.shape {
            Shape::Number if digits.len() + token.word.len() <= 19 => {
                digits.push_str(&token.word);
                groups.push(token.word.len());
                ends.push((digits.len(), next + 1));
            }
            Shape::Sign if token.is_any(&["-", "–", "(", ")", " "]) || token.is("+") && digits.is_empty() => {}
            Shape::Sign if token.is(".") && token.glued => {}
            Shape::Sign if token.is("№") && digits.len() == 4 => {}
            _ => break,
        }
        next += 1;
    }
    let before = |words: &[&str]| tokens[at.saturating_sub(4)..at].iter().any(|t| words.iter().any(|w| t.word.starts_with(w)));
    let value: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(10)).collect();
    let upto = |count: usize| ends.iter().find(|(sum, _)| *sum == count).map(|(_, end)| *end);
    let plus = tokens[at].is("+");
    for count in (5..=19).rev() {
        let Some(end) = upto(count) else { continue };
        let d = &value[..count];
        let kind = match count {
            13..=19 if !plus && luhn(d) && d[0] > 0 => Personal::Card,
            12 if is_inn12(d) => Personal::Inn,
            11 if is_snils(d) && (before(&["снилс", "snils"]) || groups.starts_with(&[3, 3, 3, 2])) => Personal::Snils,
            11 if plus || matches!(d, [7 | 8, 3..=9, ..]) => Personal::Phone,
            10..=15 if plus => Personal::Phone,
            10 if before(&["паспорт", "серия", "passport"]) || groups.starts_with(&[4, 6]) || groups.starts_with(&[2, 2, 6]) => {
                Personal::Passport
            }
            10 if before(&["инн", "inn"]) && is_inn10(d) => Personal::Inn,
            10 if d[0] == 9 || before(&["тел", "моб", "phone", "call", "звон"]) => Personal::Phone,
            5..=9 if before(&["тел", "phone", "звонить"]) && !tokens.get(end).is_some_and(|t| t.word.starts_with("руб")) => {
                Personal::Phone
            }
            _ => continue,
        };
        return Some((kind, at, end));
    }
    None
}

/// Check digit of bank cards (Luhn; ISO/IEC 7812-1).
fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits.iter().rev().enumerate().map(|(i, &d)| if i % 2 == 0 { d } else { d * 2 / 10 + d * 2 % 10 }).sum();
    sum.is_multiple_of(10)
}

/// Check digits of a СНИЛС: the weighted sum of the first nine, modulo 101.
fn is_snils(digits: &[u32]) -> bool {
    let sum: u32 = digits[..9].iter().zip((1..=9).rev()).map(|(d, weight)| d * weight).sum();
    sum % 101 % 100 == digits[9] * 10 + digits[10]
}

fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(d, w)| d * w).sum::<u32>() % 11 % 10
}

/// Check digit of a firm's ИНН.
fn is_inn10(digits: &[u32]) -> bool {
    weighted(digits, &[2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[9]
}

/// Check digits of a person's ИНН.
fn is_inn12(digits: &[u32]) -> bool {
    weighted(digits, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[10] && weighted(digits, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digits[11]
}

/// "кв. 5", "квартира № 12", "flat 3"; "12 квартира" is how many there are as often as which.
fn flat(tokens: &[Token], at: usize) -> Data {
    let word = &tokens[at];
    (word.is_any(&["кв", "flat", "apartment", "apt"]) || word.word.starts_with("квартир")).then_some(())?;
    let number = super::houses::skip(tokens, at + 1, &[".", "№", "#"]).min(at + 3);
    tokens.get(number).and_then(Token::number)?;
    let metres = tokens.get(number + 1).is_some_and(|t| t.is_any(&["м", "метр", "метров"]));
    (!metres).then_some((Personal::Flat, at, number + 1))
}

/// "Иванова Мария Петровна", "Марии Петровне", "Иванов И. И.", "И.И. Иванов".
fn name(tokens: &[Token], at: usize) -> Data {
    let capital = |i: usize| tokens.get(i).filter(|t| t.capital && t.word.chars().count() > 1);
    let initial =
        |i: usize| tokens.get(i).is_some_and(|t| t.capital && t.word.chars().count() == 1) && tokens.get(i + 1).is_some_and(|t| t.is("."));
    if initial(at) && initial(at + 2) && capital(at + 4).is_some() {
        return Some((Personal::Name, at, at + 5));
    }
    capital(at)?;
    if initial(at + 1) && initial(at + 3) {
        return Some((Personal::Name, at, at + 5));
    }
    // Surname, name, patronymic, or name and patronymic with or without the surname after.
    let patronymic = (at + 1..=at + 2).find(|&i| capital(i).is_some_and(|t| is_patronymic(&t.word)))?;
    (at + 1..patronymic).all(|i| capital(i).is_some()).then_some(())?;
    let surname = patronymic == at + 1 && capital(patronymic + 1).is_some_and(|t| !t.first);
    Some((Personal::Name, at, patronymic + 1 + usize::from(surname)))
}

/// Whether a normalised word is a patronymic in any case form.
fn is_patronymic(word: &str) -> bool {
    const ENDINGS: &[&str] = &["", "а", "у", "ем", "е", "ы", "ой", "и"];
    let with = |suffix: &str| word.rfind(suffix).is_some_and(|at| at > 2 && ENDINGS.contains(&&word[at + suffix.len()..]));
    word.chars().count() > 5 && ["ович", "евич", "овн", "евн", "ичн", "инична"].iter().any(|suffix| with(suffix))
}

/// An address around an "@".
fn email(source: &str, tokens: &[Token], at: usize) -> Data {
    tokens.get(at).filter(|t| t.is("@"))?;
    let part = |t: &Token| t.shape != Shape::Sign || t.is_any(&[".", "-", "_", "+"]);
    let mut from = at;
    while from > 0 && at - from < 12 && tokens[from].glued && part(&tokens[from - 1]) {
        from -= 1;
    }
    let mut next = at + 1;
    while next < tokens.len() && next - at < 12 && tokens[next].glued && part(&tokens[next]) {
        next += 1;
    }
    while next > at + 1 && tokens[next - 1].shape == Shape::Sign {
        next -= 1;
    }
    let host = source.get(tokens[at].end..tokens[next - 1].end)?;
    (from < at && host.contains('.')).then_some((Personal::Email, from, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(Personal, &str)> {
        personal(text).into_iter().map(|(kind, span)| (kind, &text[span])).collect()
    }

    #[test]
    fn numbers_by_their_check_digits() {
        use Personal::*;
        for (text, kind, span) in [
            ("Звоните +7 (912) 345-67-89!", Phone, "+7 (912) 345-67-89"),
            ("8-800-555-35-35", Phone, "8-800-555-35-35"),
            ("тел. 44-55-66", Phone, "44-55-66"),
            ("карта 4539 1488 0343 6467", Card, "4539 1488 0343 6467"),
            ("СНИЛС 112-233-445 95", Snils, "112-233-445 95"),
            ("инн 500100732259", Inn, "500100732259"),
            ("ИНН: 7707083893", Inn, "7707083893"),
            ("паспорт серия 6101 № 123456", Passport, "6101 № 123456"),
            ("пишите ivan.petrov+1@mail.example.ru.", Email, "ivan.petrov+1@mail.example.ru"),
        ] {
            assert_eq!(of(text), [(kind, span)], "{text}");
        }
    }

    #[test]
    fn flats_and_names() {
        use Personal::*;
        assert_eq!(of("ул. Лесная, д. 5, кв. 12, Петрова Анна Ивановна"), [(Flat, "кв. 12"), (Name, "Петрова Анна Ивановна")]);
        assert_eq!(of("передайте Петру Ильичу Сидорову"), [] as [(Personal, &str); 0]);
        assert_eq!(of("передайте Петру Сергеевичу Сидорову"), [(Name, "Петру Сергеевичу Сидорову")]);
        assert_eq!(of("директор Иванов И. И. и А.Б. Петров"), [(Name, "Иванов И. И."), (Name, "А.Б. Петров")]);
    }

    #[test]
    fn what_is_nobodys() {
        for text in ["Дом 12, 2019 год", "площадь 4539 кв. м", "обращение №2906", "1539 1488 0343 6468", "в 2012 и 2013 годах", "a@b", "@"]
        {
            assert_eq!(of(text), [], "{text}");
        }
    }
}
