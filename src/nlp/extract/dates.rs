//! Days and times, as written and as told from today.

use super::Found;
use super::tokens::Token;

/// A day or a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// A day of the calendar that exists in some year.
    Day {
        /// The year, when it is told; two figures mean this century.
        year: Option<u16>,
        /// 1 to 12.
        month: u8,
        /// 1 to 31.
        day: u8,
    },
    /// So many days from the day of writing: -1 for "вчера", 0 for "сегодня".
    Relative(i32),
    /// A time of day.
    Time {
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
}

/// The number of a month by its normalised name in the case of dates, whole or shortened.
pub(super) fn month(word: &str) -> Option<u8> {
    const MONTHS: [[&str; 4]; 12] = [
        ["января", "янв", "january", "jan"],
        ["февраля", "фев", "february", "feb"],
        ["марта", "мар", "march", "mar"],
        ["апреля", "апр", "april", "apr"],
        ["мая", "май", "may", "may"],
        ["июня", "июн", "june", "jun"],
        ["июля", "июл", "july", "jul"],
        ["августа", "авг", "august", "aug"],
        ["сентября", "сен", "september", "sep"],
        ["октября", "окт", "october", "oct"],
        ["ноября", "ноя", "november", "nov"],
        ["декабря", "дек", "december", "dec"],
    ];
    MONTHS.iter().zip(1u8..).find(|(names, _)| names.contains(&word)).map(|(_, number)| number)
}

/// Days and times of a text.
pub(super) fn find(tokens: &[Token]) -> Vec<Found<When>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match when(tokens, at) {
            Some((what, next)) => {
                found.push(Found { what, span: tokens[at].start..tokens[next - 1].end });
                at = next;
            }
            None => at += 1,
        }
    }
    found
}

fn when(tokens: &[Token], at: usize) -> Option<(When, usize)> {
    iso(tokens, at)
        .or_else(|| dotted(tokens, at))
        .or_else(|| named(tokens, at))
        .or_else(|| time(tokens, at))
        .or_else(|| relative(tokens, at))
}

fn day(year: Option<u32>, month: u32, day: u32) -> Option<When> {
    let most = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let year = match year {
        Some(short @ 0..=99) => Some(short + 2000),
        Some(year @ 1900..=2199) => Some(year),
        Some(_) => return None,
        None => None,
    };
    (1..=most).contains(&day).then(|| When::Day { year: year.map(|y| y as u16), month: month as u8, day: day as u8 })
}

/// Numbers with one sign between them and no space: their values and the token after.
fn joined(tokens: &[Token], at: usize, sign: &str, parts: usize) -> Option<(Vec<u32>, usize)> {
    let mut values = vec![tokens.get(at)?.number()?];
    let mut next = at + 1;
    while values.len() < parts {
        let (between, number) = (tokens.get(next)?, tokens.get(next + 1)?);
        if !(between.is(sign) && between.glued && number.glued) {
            return None;
        }
        values.push(number.number()?);
        next += 2;
    }
    Some((values, next))
}

/// "2019-05-13".
fn iso(tokens: &[Token], at: usize) -> Option<(When, usize)> {
    let (values, next) = joined(tokens, at, "-", 3)?;
    (values[0] >= 1900).then_some(())?;
    Some((day(Some(values[0]), values[1], values[2])?, next))
}

/// "13.05.2019", "13.05.19", "13/05/2019" and "13.05". Without a year two figures of the month are asked for, since "2.5"
/// is an amount.
fn dotted(tokens: &[Token], at: usize) -> Option<(When, usize)> {
    for sign in [".", "/"] {
        if let Some((values, next)) = joined(tokens, at, sign, 3)
            && let Some(day) = day(Some(values[2]), values[1], values[0])
        {
            return Some((day, next));
        }
    }
    let (values, next) = joined(tokens, at, ".", 2)?;
    (tokens[at + 2].word.len() == 2 && !tokens.get(next).is_some_and(|t| t.is("%") || t.word.starts_with("руб"))).then_some(())?;
    Some((day(None, values[1], values[0])?, next))
}

/// "13 мая 2019", "13th of May", "May 13, 2019".
fn named(tokens: &[Token], at: usize) -> Option<(When, usize)> {
    let word = |i: usize| tokens.get(i).filter(|t| t.is_word());
    let (number, month_number, mut next) = match tokens.get(at)?.number() {
        Some(number) => {
            let mut i = at + 1;
            while i < at + 4 && word(i).is_some_and(|t| t.is_any(&["th", "st", "nd", "rd", "of", "го"])) {
                i += 1;
            }
            (number, month(&word(i)?.word)?, i + 1)
        }
        // "may" is a verb more often than a month.
        None => {
            let name = word(at).filter(|t| t.word.is_ascii() && (t.capital || !t.is("may")))?;
            (tokens.get(at + 1)?.number()?, month(&name.word)?, at + 2)
        }
    };
    let comma = next + usize::from(tokens.get(next).is_some_and(|t| t.is(",")));
    let year = tokens.get(comma).and_then(Token::number).filter(|y| (1900..2200).contains(y));
    if year.is_some() {
        next = comma + 1;
    }
    Some((day(year, u32::from(month_number), number)?, next))
}

/// "17:30", "в 8 часов".
fn time(tokens: &[Token], at: usize) -> Option<(When, usize)> {
    let of = |hour: u32, minute: u32| (hour < 24 && minute < 60).then_some(When::Time { hour: hour as u8, minute: minute as u8 });
    if let Some((values, next)) = joined(tokens, at, ":", 2) {
        return (tokens[at + 2].word.len() == 2).then_some((of(values[0], values[1])?, next));
    }
    let hour = tokens.get(at)?.number().filter(|_| at > 0 && tokens[at - 1].is_any(&["в", "с", "до", "около", "после"]))?;
    tokens.get(at + 1).filter(|t| t.is_any(&["часов", "часа", "час"]))?;
    Some((of(hour, 0)?, at + 2))
}

/// "вчера", "3 дня назад", "two weeks ago" does not do: the number is in figures.
fn relative(tokens: &[Token], at: usize) -> Option<(When, usize)> {
    let days = match tokens.get(at)?.word.as_str() {
        "позавчера" => -2,
        "вчера" | "yesterday" => -1,
        "сегодня" | "today" => 0,
        "завтра" | "tomorrow" => 1,
        _ => {
            let count = tokens[at].number().filter(|n| *n < 1000)? as i32;
            let unit = match tokens.get(at + 1)?.word.as_str() {
                "день" | "дня" | "дней" | "day" | "days" => 1,
                "неделю" | "недели" | "недель" | "week" | "weeks" => 7,
                _ => return None,
            };
            tokens.get(at + 2).filter(|t| t.is_any(&["назад", "ago"]))?;
            return Some((When::Relative(-count * unit), at + 3));
        }
    };
    Some((When::Relative(days), at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nlp::extract::facts;

    fn of(text: &str) -> Vec<When> {
        facts(text).dates.into_iter().map(|found| found.what).collect()
    }

    #[test]
    fn days_in_many_spellings() {
        let may = |year| When::Day { year, month: 5, day: 13 };
        for text in ["с 13.05 нет воды", "13 мая отключили воду", "no water since May 13", "since the 13th of May"]
        {
            assert_eq!(of(text), [may(None)], "{text}");
        }
        for text in ["13.05.2019", "13.05.19", "2019-05-13", "13 мая 2019 года", "May 13, 2019", "13/05/2019"] {
            assert_eq!(of(text), [may(Some(2019))], "{text}");
        }
    }

    #[test]
    fn from_today_and_times() {
        assert_eq!(of("Вчера в 8 часов"), [When::Relative(-1), When::Time { hour: 8, minute: 0 }]);
        assert_eq!(of("3 дня назад, 17:30"), [When::Relative(-3), When::Time { hour: 17, minute: 30 }]);
    }

    #[test]
    fn what_is_no_day() {
        for text in ["31.02.2019", "тариф 11.65 руб.", "45.26%", "you may 13", "версия 2.5", "99:99"] {
            assert_eq!(of(text), [], "{text}");
        }
    }
}
