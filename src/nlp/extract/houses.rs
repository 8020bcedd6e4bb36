//! Numbers of houses as people write them: "12", "дом 12 к. 2", "12/7", "15к3", "8, 12 и 14", "14-16".

use std::fmt;

use super::tokens::{Shape, Token};

/// Up to this the number after a stroke may be a building's as well as that of a corner.
const BUILDINGS: u32 = 9;

/// The number of a house.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct House {
    /// The number itself, 1 to 9999.
    pub number: u32,
    /// The letter after it, small and Cyrillic where it looks so: "12А" → 'а'.
    pub letter: Option<char>,
    /// The number on the other street of a corner house: 7 of "12/7".
    pub corner: Option<u32>,
    /// корпус, строение.
    pub building: Option<String>,
}

/// How two house numbers of one street stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same in all that either says.
    Same,
    /// One leaves out the corner that the other tells.
    Vaguer,
    /// Two houses.
    Other,
}

impl House {
    /// Compares two house numbers of one street.
    pub fn like(&self, other: &House) -> Likeness {
        if (self.number, self.letter) != (other.number, other.letter) {
            return Likeness::Other;
        }
        let corners = |house: &House| house.corner.is_none_or(|corner| corner > BUILDINGS);
        // "25/1" is written for "25 к. 1" as well as for a corner; a house without a building is another than one with it.
        let parts = |house: &House| (house.corner.map(|corner| corner.to_string()), house.building.clone());
        match (parts(self), parts(other)) {
            (a, b) if a == b => Likeness::Same,
            ((Some(a), None), (None, Some(b))) | ((None, Some(a)), (Some(b), None)) if a == b => Likeness::Same,
            ((Some(_), a), (None, b)) | ((None, a), (Some(_), b)) if a == b && corners(self) && corners(other) => Likeness::Vaguer,
            _ => Likeness::Other,
        }
    }
}

impl fmt::Display for House {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number)?;
        self.letter.map_or(Ok(()), |letter| write!(f, "{letter}"))?;
        self.corner.map_or(Ok(()), |corner| write!(f, "/{corner}"))?;
        self.building.as_ref().map_or(Ok(()), |building| write!(f, " к{building}"))
    }
}

/// Whether a token is a word for a house; "д" and "зд" only with a number after them.
pub(super) fn is_house_word(token: &Token) -> bool {
    token.is_any(&[
        "д",
        "дом",
        "дома",
        "дому",
        "доме",
        "домом",
        "домов",
        "домами",
        "домам",
        "домах",
        "зд",
        "здание",
        "здания",
        "зданию",
        "зданием",
        "здании",
        "house",
        "houses",
        "building",
    ])
}

/// The houses whose numbers begin at token `at`, and the token after them. `announced` says that a word for a house or the
/// name of a street stands before, without which many numbers are not houses.
pub(super) fn houses(tokens: &[Token], at: usize, announced: bool) -> Option<(Vec<House>, usize)> {
    let (first, mut next) = house(tokens, at, announced)?;
    let mut found = vec![first];
    while let Some(separator) = tokens.get(next).filter(|t| t.is_any(&[",", "и", "-", "–", "или", "and", "&"])) {
        let mut number = next + 1;
        if tokens.get(number).is_some_and(is_house_word) && !separator.is("-") {
            number = skip(tokens, number + 1, &[".", "№"]);
        }
        let Some((other, after)) = house(tokens, number, false) else { break };
        found.push(other);
        next = after;
    }
    Some((found, next))
}

/// One house.
fn house(tokens: &[Token], at: usize, announced: bool) -> Option<(House, usize)> {
    let number = tokens.get(at)?.number().filter(|n| (1..=9999).contains(n))?;
    let mut house = House { number, letter: None, corner: None, building: None };
    let mut next = at + 1;
    if let Some((letter, after)) = letter(tokens, next, announced) {
        house.letter = Some(letter);
        next = after;
    }
    if let [slash, corner, ..] = tokens.get(next..).unwrap_or_default()
        && slash.is("/")
        && let Some(number) = corner.number()
    {
        house.corner = Some(number);
        next += 2;
        if house.letter.is_none()
            && let Some((letter, after)) = letter(tokens, next, true)
        {
            house.letter = Some(letter);
            next = after;
        }
    }
    if let Some((building, after)) = building(tokens, next) {
        house.building = Some(building);
        next = after;
    }
    // "5-этажный", "2-х", "13.05", "17:30" and "5 метров" are no houses.
    let goes_on = tokens.get(next).zip(tokens.get(next + 1)).is_some_and(|(sign, then)| {
        sign.glued && then.glued && (sign.is("-") && then.is_word() || sign.is_any(&[".", ":"]) && then.shape == Shape::Number)
    });
    let bare = house.letter.is_none() && house.corner.is_none() && house.building.is_none();
    let counts = bare && tokens.get(next).is_some_and(|t| t.is("%") || t.is_word() && is_unit(&t.word, announced));
    (!goes_on && !counts).then_some((house, next))
}

/// The letter after a number: glued to it, or alone as a capital or in quotation marks.
fn letter(tokens: &[Token], at: usize, announced: bool) -> Option<(char, usize)> {
    let token = tokens.get(at)?;
    if matches!(token.word.as_str(), "«" | "\"" | "“") {
        let (letter, _) = letter(tokens, at + 1, true)?;
        return tokens.get(at + 2).filter(|t| matches!(t.word.as_str(), "»" | "\"" | "”")).map(|_| (letter, at + 3));
    }
    let mut chars = token.word.chars();
    let letter = chars.next().filter(|c| token.is_word() && c.is_alphabetic() && chars.next().is_none())?;
    let before_building = letter == 'к' && tokens.get(at + 1).is_some_and(|t| t.shape == Shape::Number || t.is("."));
    let is_unit = !announced && matches!(letter, 'м' | 'г' | 'ч' | 'л' | 'm' | 'h');
    let stands = token.glued || token.capital && !token.first;
    (stands && !before_building && !is_unit).then(|| (cyrillic(letter), at + 1))
}

/// The Cyrillic letter that a Latin one is written for in a house number.
fn cyrillic(letter: char) -> char {
    match letter {
        'a' => 'а',
        'b' => 'б',
        'v' => 'в',
        'c' => 'с',
        'e' => 'е',
        'k' => 'к',
        _ => letter,
    }
}

/// "к. 2", ", корпус 2", "стр. 1", "к3".
fn building(tokens: &[Token], at: usize) -> Option<(String, usize)> {
    let at = skip(tokens, at, &[","]);
    let word = tokens.get(at)?;
    let names = word.is_any(&["к", "k", "корп", "кор", "стр", "лит", "литера", "bldg"])
        || word.word.starts_with("корпус")
        || word.word.starts_with("строени");
    let number = skip(tokens, at + 1, &[".", "№"]);
    let value = tokens.get(number).filter(|t| names && (t.shape == Shape::Number || word.is_any(&["лит", "литера"]) && t.is_word()))?;
    Some((value.word.clone(), number + 1))
}

/// The first token from `at` that is none of these.
pub(super) fn skip(tokens: &[Token], at: usize, signs: &[&str]) -> usize {
    (at..tokens.len()).find(|&i| !tokens[i].is_any(signs)).unwrap_or(tokens.len())
}

/// Whether a normalised word after a number says that something is counted, so that the number is no house. After an
/// announced house only what can follow no house counts ("дом 5 лет").
pub(super) fn is_unit(word: &str, announced: bool) -> bool {
    const ALWAYS: &[&str] = &["лет", "год", "руб", "процент", "этаж", "месяц", "недел", "человек", "квадрат", "раз"];
    const COUNTED: &[&str] = &[
        "дн",
        "день",
        "ден",
        "час",
        "мин",
        "метр",
        "километр",
        "литр",
        "градус",
        "тыс",
        "млн",
        "минут",
        "секунд",
        "штук",
        "люд",
        "дет",
        "дом",
        "подъезд",
        "квартир",
        "машин",
        "фонар",
        "столб",
        "дерев",
        "групп",
        "январ",
        "феврал",
        "март",
        "апрел",
        "июн",
        "июл",
        "август",
        "сентябр",
        "октябр",
        "ноябр",
        "декабр",
        "year",
        "month",
        "day",
        "week",
        "hour",
        "minute",
        "people",
        "times",
        "lamp",
        "light",
        "metre",
        "meter",
    ];
    let starts = |list: &[&str]| list.iter().any(|stem| word.starts_with(stem));
    matches!(word, "г" | "гг" | "м" | "км" | "см" | "мая" | "am" | "pm" | "шт" | "мкр" | "л" | "ч") && !announced
        || starts(ALWAYS)
        || !announced && starts(COUNTED)
}
