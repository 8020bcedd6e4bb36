//! Things with a number or a name: routes, schools, amounts, licence plates, quoted names.

use std::ops::Range;

use super::Found;
use super::tokens::{Shape, Token};
use crate::nlp::text;

/// What kind of thing a number names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A route of public transport.
    Route,
    /// A school, a lyceum, a gymnasium.
    School,
    /// A nursery school.
    Kindergarten,
    /// A hospital, a clinic, a pharmacy.
    Clinic,
}

/// Something that goes by a number: bus 17, school No. 5.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Numbered {
    /// What it is.
    pub what: What,
    /// Its number, with a letter if it has one: "17а".
    pub number: String,
}

/// A number of something.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    /// How many.
    pub value: f64,
    /// Stem of what is counted: "фонар", "метр"; "₽" and "%" for money and shares.
    pub unit: String,
}

/// Kind of thing that a normalised word stands for.
fn what(word: &str) -> Option<What> {
    const KINDS: &[(What, &[&str])] = &[
        (
            What::Route,
            &["маршрут", "автобус", "троллейбус", "трамва", "микроавтобус", "электричк", "route", "bus", "tram", "trolleybus", "buses"],
        ),
        (What::School, &["школ", "лице", "гимнази", "school", "сош"]),
        (What::Kindergarten, &["детсад", "детсадик", "сад", "садик", "доу", "мдоу", "мбдоу", "kindergarten"]),
        (What::Clinic, &["больниц", "поликлиник", "гкб", "роддом", "аптек", "hospital", "clinic"]),
    ];
    let endings = |rest: &str| rest.chars().count() <= 3;
    KINDS.iter().find(|(_, stems)| stems.iter().any(|stem| word.strip_prefix(stem).is_some_and(endings))).map(|(what, _)| *what)
}

/// Whether a number after this normalised word is its name.
pub(super) fn is_numbered_word(word: &str) -> bool {
    what(word).is_some()
}

/// Routes and institutions.
pub(super) fn numbered(tokens: &[Token]) -> Vec<Found<Numbered>> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(what) = token.is_word().then(|| what(&token.word)).flatten() else { continue };
        // "автобус № 17а", "маршрутка 144", "школа #50"; else "17 автобус", "150-му детскому саду".
        let mut number = at + 1;
        while number < at + 4 && tokens.get(number).is_some_and(|t| t.is_any(&["№", "#", "номер", "n", "no", "."])) {
            number += 1;
        }
        let ended = tokens.get(at + 1).is_some_and(|t| t.is("."));
        if let Some((value, next)) = (!ended).then(|| value(tokens, number)).flatten() {
            found.push(Found { what: Numbered { what, number: value }, span: token.start..tokens[next - 1].end });
            let mut next = next;
            while tokens.get(next).is_some_and(|t| t.is_any(&[",", "и", "and"])) {
                let Some((other, after)) = value_in_list(tokens, next + 1) else { break };
                found.push(Found { what: Numbered { what, number: other }, span: tokens[next + 1].start..tokens[after - 1].end });
                next = after;
            }
        } else if let Some(before) = number_before(tokens, at) {
            let what = Numbered { what, number: tokens[before].word.clone() };
            found.push(Found { what, span: tokens[before].start..token.end });
        }
    }
    found
}

/// A number with a letter glued to it.
fn value(tokens: &[Token], at: usize) -> Option<(String, usize)> {
    let number = tokens.get(at).filter(|t| t.number().is_some_and(|n| n < 2000))?;
    let letter = tokens.get(at + 1).filter(|t| t.glued && t.is_word() && t.word.chars().count() == 1);
    let next = at + 1 + usize::from(letter.is_some());
    Some((format!("{}{}", number.word, letter.map_or("", |t| t.word.as_str())), next))
}

/// A further number of a list, unless it counts or dates something.
fn value_in_list(tokens: &[Token], at: usize) -> Option<(String, usize)> {
    let (value, next) = value(tokens, at)?;
    let counts = tokens.get(next).is_some_and(|t| {
        t.is_word() && super::houses::is_unit(&t.word, false)
            || t.is_any(&[".", ":"]) && tokens.get(next + 1).is_some_and(|t| t.glued && t.shape == Shape::Number)
    });
    (!counts).then_some((value, next))
}

/// The number that names the thing at `at` from before: "10 поликлиника", "17-й автобус", "к 150 детскому саду". More than
/// one automobile is counted, not named: the word must not be a genitive plural.
fn number_before(tokens: &[Token], at: usize) -> Option<usize> {
    if ["ов", "ев", "школ", "больниц", "buses", "schools"].iter().any(|ending| tokens[at].word.ends_with(ending)) {
        return None;
    }
    let adjective = |i: usize| matches!(text::stem(&tokens[i].word).as_ref(), "детск" | "городск" | "музыкальн" | "средн");
    let mut i = at.checked_sub(1)?;
    if adjective(i) {
        i = i.checked_sub(1)?;
    }
    // The ending of an ordinal: "17-й".
    if tokens[i].is_word() && tokens[i].glued && i >= 2 && tokens[i - 1].is("-") {
        i -= 2;
    }
    tokens[i].number().filter(|n| (4..2000).contains(n)).map(|_| i)
}

/// Amounts outside what the given spans, in order, have taken.
pub(super) fn amounts(tokens: &[Token], taken: &[Range<usize>]) -> Vec<Found<Amount>> {
    let mut found = Vec::new();
    let mut spans = taken.iter().peekable();
    let mut next = 0;
    for (at, token) in tokens.iter().enumerate() {
        while spans.next_if(|span| span.end <= token.start).is_some() {}
        if at < next || spans.peek().is_some_and(|span| span.start <= token.start) || at > 0 && tokens[at - 1].is_any(&["№", "#"]) {
            continue;
        }
        if let Some((amount, after)) = amount(tokens, at) {
            next = after;
            found.push(Found { what: amount, span: token.start..tokens[next - 1].end });
        }
    }
    found
}

/// "2 фонаря", "11,65 руб.", "10 тысяч рублей", "1 500 ₽", "$5", "45 %".
fn amount(tokens: &[Token], at: usize) -> Option<(Amount, usize)> {
    let mut value = f64::from(tokens.get(at)?.number()?);
    // The middle of a longer number is none of its own.
    if at > 0 && tokens[at].glued && (tokens[at - 1].is_any(&[".", ",", "-", "/", ":"]) || tokens[at - 1].is_word()) {
        return None;
    }
    let dollars = at > 0 && tokens[at - 1].is_any(&["$", "€", "₽"]) && tokens[at].glued;
    let mut next = at + 1;
    while let Some(group) = tokens.get(next).filter(|t| t.shape == Shape::Number && t.word.len() == 3 && value < 1e9) {
        value = value * 1000.0 + f64::from(group.number()?);
        next += 1;
    }
    if let [point, part, ..] = tokens.get(next..).unwrap_or_default()
        && point.is_any(&[",", "."])
        && point.glued
        && part.glued
        && let Some(fraction) = part.number()
    {
        value += f64::from(fraction) / 10f64.powi(part.word.len() as i32);
        next += 2;
    }
    if dollars {
        return Some((Amount { value, unit: tokens[at - 1].word.clone() }, next));
    }
    let mut unit = tokens.get(next)?;
    let scale = if unit.word.starts_with("тыс") {
        1e3
    } else if unit.word.starts_with("млн") || unit.word.starts_with("миллион") {
        1e6
    } else {
        1.0
    };
    if scale > 1.0 {
        value *= scale;
        next += 1;
        next += usize::from(tokens.get(next).is_some_and(|t| t.is(".")));
        unit = tokens.get(next)?;
    }
    let name = match unit.word.as_str() {
        "%" | "процент" | "процентов" | "процента" => "%".to_owned(),
        "₽" | "р" => "₽".to_owned(),
        word if word.starts_with("руб") => "₽".to_owned(),
        word if unit.is_word() && !text::is_stop_word(word) => text::stem(word).into_owned(),
        _ if scale > 1.0 => return Some((Amount { value, unit: String::new() }, next)),
        _ => return None,
    };
    Some((Amount { value, unit: name }, next + 1))
}

/// Letters that a Russian licence plate may have.
const PLATE_LETTERS: &str = "авекмнорстух";

/// Licence plates: "А123ВС62", with spaces or without, in letters of either script that look alike.
pub(super) fn plates(tokens: &[Token]) -> Vec<Found<String>> {
    let letters = |t: &Token, count: usize| -> Option<String> {
        let fits = t.is_word() && t.word.chars().count() == count;
        let folded: String = t.word.chars().map(plate_letter).collect();
        (fits && folded.chars().all(|c| PLATE_LETTERS.contains(c))).then_some(folded)
    };
    let digits = |t: &Token, counts: &[usize]| (t.shape == Shape::Number && counts.contains(&t.word.len())).then(|| t.word.clone());
    let plate = |w: &[Token]| -> Option<String> {
        let of = [letters(&w[0], 1)?, digits(&w[1], &[3])?, letters(&w[2], 2)?, digits(&w[3], &[2, 3])?];
        // A letter alone is a preposition ("в 123 ..."), unless the figures are glued to it.
        w[1].glued.then(|| of.concat().to_uppercase())
    };
    tokens.windows(4).filter_map(|w| plate(w).map(|what| Found { what, span: w[0].start..w[3].end })).collect()
}

fn plate_letter(c: char) -> char {
    match c {
        'a' => 'а',
        'b' => 'в',
        'e' => 'е',
        'k' => 'к',
        'm' => 'м',
        'h' => 'н',
        'o' => 'о',
        'p' => 'р',
        'c' => 'с',
        't' => 'т',
        'y' => 'у',
        'x' => 'х',
        _ => c,
    }
}

/// Most bytes of a name in quotation marks.
const LONGEST_NAME: usize = 80;

/// Names in quotation marks that begin with a capital: organisations, shops, stops.
pub(super) fn names(source: &str, tokens: &[Token]) -> Vec<Found<String>> {
    let mut found = Vec::new();
    let mut opened: Option<usize> = None;
    for (at, token) in tokens.iter().enumerate() {
        match (token.word.as_str(), opened) {
            ("«" | "“" | "„", _) | ("\"", None) => opened = Some(at),
            ("»" | "”" | "\"", Some(from)) => {
                opened = None;
                let span = tokens[from].end..token.start;
                let capital =
                    source.get(span.clone()).and_then(|name| name.chars().next()).is_some_and(|c| c.is_uppercase() || c.is_numeric());
                if capital && span.len() <= LONGEST_NAME {
                    let stems: Vec<_> =
                        tokens[from + 1..at].iter().filter(|t| t.shape != Shape::Sign).map(|t| text::stem(&t.word)).collect();
                    found.push(Found { what: stems.join(" "), span });
                }
            }
            ("\n", _) => opened = None,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nlp::extract::facts;

    fn numbers(text: &str) -> Vec<(What, String)> {
        facts(text).numbered.into_iter().map(|n| (n.what.what, n.what.number)).collect()
    }

    fn sums(text: &str) -> Vec<(f64, String)> {
        facts(text).amounts.into_iter().map(|a| (a.what.value, a.what.unit)).collect()
    }

    #[test]
    fn routes_and_institutions() {
        assert_eq!(numbers("Маршрутка 144 не ходит"), [(What::Route, "144".into())]);
        assert_eq!(numbers("автобусы № 17, 22а и 30 опаздывают"), ["17", "22а", "30"].map(|n| (What::Route, n.to_owned())));
        assert_eq!(numbers("к 150 детскому саду нет тротуара"), [(What::Kindergarten, "150".into())]);
        assert_eq!(numbers("у 10-й поликлиники"), [(What::Clinic, "10".into())]);
        assert_eq!(numbers("bus 42 is late near School No. 5"), [(What::Route, "42".into()), (What::School, "5".into())]);
        assert_eq!(numbers("нужно 5 школ и больше автобусов. 7 лет ждём"), []);
    }

    #[test]
    fn amounts_of_things() {
        assert_eq!(sums("Не горят 2 фонаря"), [(2.0, "фонар".into())]);
        assert_eq!(sums("тариф 11,65 руб. вместо 8.02 рублей"), [(11.65, "₽".into()), (8.02, "₽".into())]);
        assert_eq!(sums("10 тысяч рублей, 1 500 ₽ и 45,26%"), [(10_000.0, "₽".into()), (1500.0, "₽".into()), (45.26, "%".into())]);
        assert_eq!(sums("ул. Садовая, д. 12, школа 5, 13 мая"), []);
    }

    #[test]
    fn plates_in_either_script() {
        let of = |text: &str| -> Vec<String> { facts(text).plates.into_iter().map(|p| p.what).collect() };
        assert_eq!(of("машина А123ВС62 на газоне"), ["А123ВС62"]);
        assert_eq!(of("car a123bc 62 rus"), ["А123ВС62"]);
        assert_eq!(of("в 123 то 62"), Vec::<String>::new());
    }

    #[test]
    fn names_in_quotation_marks() {
        let of = |text: &str| -> Vec<String> { facts(text).names.into_iter().map(|p| p.what).collect() };
        assert_eq!(of("у магазина «Ромашка» и \"Пекарни Колос\""), ["ромашк", "пекарн колос"]);
        assert_eq!(of("так называемый «ремонт» и \"незакрытая Кавычка"), Vec::<String>::new());
    }
}
