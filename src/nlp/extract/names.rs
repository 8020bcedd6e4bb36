//! The words of a street's name, beside the word for the street.

use super::houses::{is_house_word, skip};
use super::places::following_number;
use super::streets::{Form, Kind, kind_of};
use super::tokens::{Shape, Token};
use crate::nlp::text;

/// The name after the word for a street: "улица Семёна Дежнёва", "ул. 8 Марта", "пл. им. Мира"; and the token after.
pub(super) fn after(tokens: &[Token], at: usize, kind: Kind, form: Form, word: &Token) -> Option<(Vec<String>, usize)> {
    // A sentence that ends after the whole word ends the address too.
    if form == Form::Whole && word.word.chars().count() > 3 && tokens.get(at - 1).is_some_and(|t| t.is(".")) {
        return None;
    }
    let mut next = at;
    let mut name = Vec::new();
    next = skip(tokens, next, &["им", "имени", "."]).min(next + 2);
    if tokens.get(next).is_some_and(|t| matches!(t.word.as_str(), "«" | "\"")) {
        next += 1;
    }
    if let Some((ordinal, after)) = ordinal(tokens, next) {
        name.push(ordinal);
        next = after;
    } else if let [number, month, ..] = tokens.get(next..).unwrap_or_default()
        && number.number().is_some_and(|n| n <= 99)
        && !month.glued
        && month.is_word()
        && (month.capital || is_month(&month.word))
        && kind_of(month).is_none()
    {
        name.push(number.word.clone());
        next += 1;
    }
    let small = form == Form::Short || following_number(tokens, next + 1);
    while let Some(token) = tokens.get(next) {
        if token.is_word() && token.word.chars().count() == 1 && token.capital && tokens.get(next + 1).is_some_and(|t| t.is(".")) {
            next += 2;
            continue;
        }
        let follows = name.len() == 1 && is_adjective(&tokens[next - 1].word) && !token.capital && is_second(tokens, next);
        let spelled = token.capital || follows || name.iter().all(|n| text::is_number(n)) && small && is_lower_name(token, kind);
        let ends = name.iter().any(|n| !text::is_number(n)) && (token.glued || kind_of(token).is_some());
        if !token.is_word() || !spelled || ends || is_house_word(token) || text::is_stop_word(&token.word) || name.len() >= 4 {
            break;
        }
        if !is_title(&token.word) {
            push_stems(&mut name, &token.word);
        }
        next += 1;
    }
    // "д" is a village only before a name; before a number it is a house.
    let named = name.iter().any(|n| !text::is_number(n));
    let alone = kind == Kind::Settlement && word.word.chars().count() == 1 && !tokens.get(at - 1).is_some_and(|t| t.is("."));
    (named && !alone).then_some((name, next))
}

/// Whether a word in small letters ends a name that an adjective began, as a house or the end of a clause shows: "ул. Сельских
/// строителей, 3".
fn is_second(tokens: &[Token], at: usize) -> bool {
    let clause = tokens.get(at + 1).is_none_or(|t| t.shape != Shape::Word || is_house_word(t));
    tokens[at].is_word() && clause && tokens[at].word.chars().count() > 3 && !text::is_stop_word(&tokens[at].word)
}

fn is_adjective(word: &str) -> bool {
    ["ая", "ой", "ую", "яя", "ей", "ий", "ый", "ое", "ее", "ье", "ых", "их"].iter().any(|ending| word.ends_with(ending))
}

/// Whether a word in small letters may be the name of a street whose house follows.
fn is_lower_name(token: &Token, kind: Kind) -> bool {
    kind.is_street() && token.word.chars().count() > 3 && !text::is_stop_word(&token.word) && kind_of(token).is_none()
}

/// The name before the word for a street: "Каширское шоссе", "2-й Заречный переулок", "Main Street".
pub(super) fn before(tokens: &[Token], at: usize) -> Option<(Vec<String>, usize)> {
    let token = at.checked_sub(1).map(|i| &tokens[i])?;
    let english = tokens[at].word.is_ascii();
    let adjective = ["ая", "ой", "ую", "яя", "ей", "юю", "ий", "ый", "ого", "его", "ому", "ему", "ом", "ем", "ым", "им", "ое", "ее"];
    let fits = if english { token.word.is_ascii() } else { adjective.iter().any(|ending| token.word.ends_with(ending)) };
    let spelled = token.capital || following_number(tokens, at + 1) && token.word.chars().count() > 3;
    let dull = text::is_stop_word(&token.word) || is_pronoun(&token.word) || kind_of(token).is_some() && token.capital;
    if !token.is_word() || !fits || !spelled || dull {
        return None;
    }
    let mut name = Vec::new();
    let mut from = at - 1;
    if english {
        // "Martin Luther King Street": capitals, back to a word that is none.
        while let Some(i) = from.checked_sub(1).filter(|&i| at - i < 4 && tokens[i].capital && tokens[i].is_word() && !tokens[i].first) {
            if text::is_stop_word(&tokens[i].word) {
                break;
            }
            from = i;
        }
    }
    if let Some(i) = (from.saturating_sub(3)..from).find(|&i| ordinal(tokens, i).is_some_and(|(_, next)| next == from)) {
        name.extend(ordinal(tokens, i).map(|(ordinal, _)| ordinal));
        from = i;
    }
    tokens[from..at].iter().filter(|t| t.is_word() && t.word.chars().nth(2).is_some()).for_each(|t| push_stems(&mut name, &t.word));
    name.dedup();
    (!name.is_empty()).then_some((name, from))
}

/// "1-я", "2-й", "9-ая", "21st": the number and the token after.
pub(super) fn ordinal(tokens: &[Token], at: usize) -> Option<(String, usize)> {
    let number = tokens.get(at).filter(|t| t.number().is_some_and(|n| n < 100))?;
    let (sign, ending) = (tokens.get(at + 1)?, tokens.get(at + 2));
    if sign.glued && sign.is_any(&["st", "nd", "rd", "th", "я", "й", "ая", "ый", "ой"]) {
        return Some((number.word.clone(), at + 2));
    }
    let ending =
        ending.filter(|t| sign.is("-") && t.is_any(&["я", "й", "ая", "ый", "ой", "го", "му", "ю", "ую", "е", "м", "ом", "х", "ей"]))?;
    (ending.end - sign.end <= 6).then(|| (number.word.clone(), at + 3))
}

/// Adds the stems of a word, a hyphenated one by its parts.
pub(super) fn push_stems(name: &mut Vec<String>, word: &str) {
    name.extend(word.split('-').filter(|part| !part.is_empty()).map(|part| text::stem(part).into_owned()));
}

/// Words that stand before "улица" and are no names.
fn is_pronoun(word: &str) -> bool {
    const STEMS: &[&str] = &[
        "наш",
        "ваш",
        "эт",
        "дан",
        "сво",
        "мо",
        "кажд",
        "соседн",
        "друг",
        "цел",
        "вс",
        "люб",
        "указан",
        "перв",
        "втор",
        "так",
        "так",
        "одн",
        "сам",
    ];
    STEMS.contains(&text::stem(word).as_ref()) || matches!(word, "этой" | "всей" | "другой" | "the" | "our" | "this" | "my")
}

fn is_title(word: &str) -> bool {
    const TITLES: &[&str] =
        &["маршала", "генерала", "академика", "адмирала", "профессора", "героя", "полковника", "капитана", "святого", "имени"];
    TITLES.contains(&word)
}

fn is_month(word: &str) -> bool {
    super::dates::month(word).is_some()
}
