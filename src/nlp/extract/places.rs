//! Addresses: names of streets beside the words for them, houses, settlements, crossings.

use super::Found;
use super::houses::{self, House, is_house_word, skip};
use super::names::{after, before, ordinal, push_stems};
use super::streets::{Form, Kind, is_plural, kind_of};
use super::tokens::{Shape, Token};
use crate::nlp::text;

/// A street or an area by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Street {
    /// What it is; `None` when only the name is given ("дом 5 по Садовой").
    pub kind: Option<Kind>,
    /// Stems of the words of its name, in order, initials and titles left out: "1-я Линия" → `["1", "лин"]`. Never empty.
    pub name: Vec<String>,
}

impl Street {
    /// Whether both may be the same street: no other kind, and the words of one name are among the other's, numbers alike.
    pub fn matches(&self, other: &Street) -> bool {
        let kinds = match (self.kind, other.kind) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        let within = |a: &Street, b: &Street| a.name.iter().all(|word| b.name.contains(word));
        let numbers = |s: &Street| s.name.iter().find(|word| text::is_number(word)).cloned();
        let joined = || self.name.concat() == other.name.concat();
        kinds && numbers(self) == numbers(other) && (within(self, other) || within(other, self) || joined())
    }
}

/// Somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The street or area; `None` for a house whose street is not told.
    pub street: Option<Street>,
    /// Houses on it that are named, in order.
    pub houses: Vec<House>,
    /// The entrance of the house (подъезд).
    pub entrance: Option<u32>,
    /// How what is told of lies to it.
    pub position: Position,
}

/// How something lies to a place, by the words before the address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Position {
    /// There, as far as is told: "по адресу Садовая, 5".
    #[default]
    Untold,
    /// On or in the house itself: "на стене дома 5".
    At,
    /// Beside it: "во дворе дома 5", "напротив дома 5".
    Near,
    /// It is not there; the place only tells a direction: "в сторону площади".
    Towards,
}

/// The position that the words before token `from` tell.
fn position(tokens: &[Token], from: usize, next: usize) -> Position {
    const NEAR: &[&str] = &[
        "возле",
        "около",
        "рядом",
        "у",
        "за",
        "напротив",
        "между",
        "перед",
        "вблизи",
        "недалеко",
        "вдоль",
        "торца",
        "торце",
        "торцом",
        "near",
        "behind",
        "opposite",
        "beside",
        "outside",
        "between",
        "by",
    ];
    const BESIDE: &[&str] = &["двор", "въезд", "угл", "вход", "район", "yard", "corner"];
    let sentence = tokens[..from].iter().rev().take(7).take_while(|t| !t.is_any(&[".", "!", "?", "\n", ";"]));
    for (back, token) in sentence.enumerate() {
        if back < 2 && token.word.starts_with("сторон") || token.is_any(&["towards", "toward"]) {
            return Position::Towards;
        }
        if token.is_any(NEAR) || BESIDE.iter().any(|stem| token.word.starts_with(stem)) {
            return Position::Near;
        }
    }
    // "на стене дома по адресу Садовая, 5" as well as "на стене дома Садовая, 5".
    let house = tokens[from.saturating_sub(4)..next].iter().any(is_house_word);
    if house { Position::At } else { Position::Untold }
}

/// The places of a text. Houses belong to the street that they stand beside, else to the last one named before them.
pub(super) fn find(tokens: &[Token]) -> Vec<Found<Place>> {
    let mut found: Vec<Found<Place>> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some((mut place, from, next)) = address(tokens, at) {
            place.position = position(tokens, from, next);
            // A name before its kind ("Новая улица") begins before the token that told of it.
            let start = tokens[from.min(at)].start;
            found.push(Found { what: place, span: start..tokens[next - 1].end });
            at = next;
            let mut crossing = at;
            while let Some((street, next)) = listed(tokens, at, crossing, &found) {
                let span = tokens[crossing].start..tokens[next - 1].end;
                found.push(Found { what: Place { street: Some(street), ..Place::default() }, span });
                at = next;
                crossing = next;
            }
        } else if let Some((mut place, next)) = stop(tokens, at) {
            place.position = position(tokens, at, next);
            found.push(Found { what: place, span: tokens[at].start..tokens[next - 1].end });
            at = next;
        } else if let Some((houses, next)) = announced_houses(tokens, at) {
            let span = tokens[at].start..tokens[next - 1].end;
            let start = at;
            at = next;
            // "дом 12 по улице Садовой": the street comes after its house.
            let street = (at..tokens.len().min(at + 4)).take_while(|&i| is_link(&tokens[i])).last().map_or(at, |i| i + 1);
            let ahead = (street..tokens.len().min(street + 3)).find_map(|i| {
                let (place, from, next) = address(tokens, i).or_else(|| (i == street).then(|| after_house(tokens, i)).flatten())?;
                (place.houses.is_empty() && from <= street.max(at)).then_some((place, next))
            });
            if let Some((mut place, next)) = ahead {
                place.houses = houses;
                place.position = position(tokens, start, next);
                found.push(Found { what: place, span: span.start..tokens[next - 1].end });
                at = next;
            } else {
                let is_street = |f: &&Found<Place>| f.what.street.as_ref().is_none_or(|s| s.kind.is_none_or(Kind::is_street));
                let street = found.iter().rev().find(is_street).and_then(|last| last.what.street.clone());
                let place = Place { street, houses, position: position(tokens, start, at), ..Place::default() };
                found.push(Found { what: place, span });
            }
        } else if let Some((entrance, next)) = entrance(tokens, at) {
            match found.last_mut() {
                Some(last) => last.what.entrance = last.what.entrance.or(Some(entrance)),
                None => {
                    let place = Place { entrance: Some(entrance), ..Place::default() };
                    found.push(Found { what: place, span: tokens[at].start..tokens[next - 1].end });
                }
            }
            at = next;
        } else {
            at += 1;
        }
    }
    found
}

/// "по", "на", ",": what may stand between a house and its street.
fn is_link(token: &Token) -> bool {
    token.is_any(&["по", "на", "в", ",", "(", "of", "on", "at", "in"])
}

/// A street or area with its kind around token `at`, or a bare name with a house after it; the place, its first token and
/// the token after it.
fn address(tokens: &[Token], at: usize) -> Option<(Place, usize, usize)> {
    let Some((kind, form)) = kind_of(&tokens[at]) else { return line(tokens, at).or_else(|| bare(tokens, at)) };
    let dot = skip(tokens, at + 1, &[".", ")"]).min(at + 3);
    let behind = before(tokens, at);
    let ahead = after(tokens, dot, kind, form, &tokens[at]);
    let prefers_behind = form == Form::Whole && behind.as_ref().is_some_and(|(name, _)| !name.is_empty());
    let (name, from, next) = match (behind, ahead) {
        (Some((name, from)), _) if prefers_behind && kind != Kind::Settlement => (name, from, at + 1),
        (_, Some((name, next))) => (name, at, next),
        (Some((name, from)), None) if kind.is_street() => (name, from, at + 1),
        _ => return None,
    };
    let (houses, next) = match kind.is_street() || kind == Kind::District {
        true => following_houses(tokens, next).unwrap_or((Vec::new(), next)),
        false => (Vec::new(), next),
    };
    let (houses, from) = match english_house(tokens, from) {
        Some(house) if houses.is_empty() && from < at => (vec![house], from - 1),
        _ => (houses, from),
    };
    Some((Place { street: Some(Street { kind: Some(kind), name }), houses, ..Place::default() }, from, next))
}

/// Whether a number, as of a house, stands at or right after token `at`.
pub(super) fn following_number(tokens: &[Token], at: usize) -> bool {
    following_houses(tokens, at).is_some()
}

/// A stop by its name: "на остановке «Улица Пушкина»", "остановки общественного транспорта Дом Художника".
fn stop(tokens: &[Token], at: usize) -> Option<(Place, usize)> {
    (tokens[at].word.starts_with("остановк") || tokens[at].is_any(&["оот", "stop"])).then_some(())?;
    let from = skip(tokens, at + 1, &["общественного", "транспорта", "троллейбуса", "автобуса"]).min(at + 3);
    let quoted = tokens.get(from).is_some_and(|t| t.is_any(&["«", "\"", "“"]));
    let from = from + usize::from(quoted);
    let mut name = Vec::new();
    let mut next = from;
    while let Some(token) = tokens.get(next).filter(|_| next < from + 8) {
        match token.shape {
            Shape::Sign if quoted && token.is_any(&[".", "-"]) => {}
            Shape::Word if quoted || token.capital => push_stems(&mut name, &token.word),
            Shape::Number if quoted => name.push(token.word.clone()),
            _ => break,
        }
        next += 1;
    }
    next += usize::from(quoted && tokens.get(next).is_some_and(|t| t.is_any(&["»", "\"", "”"])));
    let street = Some(Street { kind: Some(Kind::Stop), name });
    street.filter(|s| !s.name.is_empty()).map(|street| (Place { street: Some(street), ..Place::default() }, next))
}

/// "1-я Линия", "на 9-й линии": a name of its own without a word for a street.
fn line(tokens: &[Token], at: usize) -> Option<(Place, usize, usize)> {
    let (number, next) = ordinal(tokens, at)?;
    let word = tokens.get(next).filter(|t| matches!(t.word.as_str(), "линия" | "линии" | "линию" | "линией"))?;
    let name = vec![number, text::stem(&word.word).into_owned()];
    let (houses, next) = following_houses(tokens, next + 1).unwrap_or((Vec::new(), next + 1));
    Some((Place { street: Some(Street { kind: None, name }), houses, ..Place::default() }, at, next))
}

/// A name with a house after it and nothing that says it is a street: "Садовая, 12", "дома Семёна Дежнёва, 37".
fn bare(tokens: &[Token], at: usize) -> Option<(Place, usize, usize)> {
    let announced = at.checked_sub(1).is_some_and(|i| is_house_word(&tokens[i]) || is_link(&tokens[i]));
    let is_name =
        |t: &Token| t.capital && t.word.chars().count() > 3 && !text::is_stop_word(&t.word) && !is_house_word(t) && kind_of(t).is_none();
    if !is_name(tokens.get(at)?) || at > 0 && is_name(&tokens[at - 1]) && !tokens[at].first {
        return None;
    }
    let mut next = at;
    let mut name = Vec::new();
    while let Some(token) = tokens.get(next).filter(|t| is_name(t) && name.len() < 3) {
        push_stems(&mut name, &token.word);
        next += 1;
    }
    let comma = tokens.get(next).is_some_and(|t| t.is(","));
    // A sentence may begin with any word: "Осталось 5 дней".
    if tokens[at].first && !comma && !announced || super::things::is_numbered_word(&tokens[next - 1].word) {
        return None;
    }
    let (houses, next) = following_houses(tokens, next)?;
    Some((Place { street: Some(Street { kind: None, name }), houses, ..Place::default() }, at, next))
}

/// The bare name of a street after its house: "дом 25 по Заречной".
fn after_house(tokens: &[Token], at: usize) -> Option<(Place, usize, usize)> {
    let linked = at.checked_sub(1).is_some_and(|i| tokens[i].is_any(&["по", "на", "on"]));
    let token = tokens.get(at).filter(|t| linked && t.capital && t.word.chars().count() > 3 && !text::is_stop_word(&t.word))?;
    let mut name = Vec::new();
    push_stems(&mut name, &token.word);
    Some((Place { street: Some(Street { kind: None, name }), ..Place::default() }, at, at + 1))
}

/// A further street of a list or a crossing: "улиц Мира и Садовой", "Садовой - Лесной".
fn listed(tokens: &[Token], at: usize, from: usize, found: &[Found<Place>]) -> Option<(Street, usize)> {
    let last = found.last().filter(|f| f.what.houses.is_empty())?;
    last.what.street.as_ref().filter(|s| s.kind.is_some_and(Kind::is_street))?;
    let separator = tokens.get(from)?;
    let name_at = from + 1;
    let crossing = tokens[..at].iter().rev().take(8).any(|t| {
        is_plural(&t.word)
            || t.word.starts_with("пересечени")
            || t.word.starts_with("перекрест")
            || t.is_any(&["углу", "угол", "между", "corner", "crossing", "intersection", "between"])
    });
    let token = tokens.get(name_at).filter(|t| crossing && t.capital && !t.first)?;
    let further = separator.is_any(&["и", ",", "-", "–", "с", "and"]) && !text::is_stop_word(&token.word) && !is_house_word(token);
    // A street with a word of its own is read as one.
    let own = kind_of(token).is_some() || tokens.get(name_at + 1).is_some_and(|t| kind_of(t).is_some_and(|(k, _)| k.is_street()));
    if !further || own {
        return None;
    }
    let mut name = Vec::new();
    let mut next = name_at;
    while let Some(token) = tokens.get(next).filter(|t| t.capital && !text::is_stop_word(&t.word) && name.len() < 3) {
        push_stems(&mut name, &token.word);
        next += 1;
    }
    Some((Street { kind: None, name }, next))
}

/// Houses after the name of a street: ", 12", " д. 5", ", дом № 8, 12".
fn following_houses(tokens: &[Token], at: usize) -> Option<(Vec<House>, usize)> {
    let close = tokens.get(at).is_some_and(|t| matches!(t.word.as_str(), "»" | "\""));
    let at = at + usize::from(close);
    let comma = tokens.get(at).is_some_and(|t| t.is(","));
    let at = at + usize::from(comma);
    announced_houses(tokens, at).or_else(|| houses::houses(tokens, skip(tokens, at, &["№"]).min(at + 1), false))
}

/// Houses after a word for a house: "дом 5", "д.№ 12", "домов 23 и 25", "№ 5" does not do.
fn announced_houses(tokens: &[Token], at: usize) -> Option<(Vec<House>, usize)> {
    let Some(word) = tokens.get(at).filter(|t| is_house_word(t)) else { return number_first(tokens, at) };
    let number = skip(tokens, at + 1, &[".", "№", "номер", "n"]);
    // "около дома. 5 лет": a sentence that ends after the whole word.
    let ended = word.word.chars().count() > 2 && tokens.get(at + 1).is_some_and(|t| t.is("."));
    // "домов 10" is how many, "домов 10 и 12" is which.
    let counted = |houses: &[House]| word.is_any(&["домов", "houses"]) && houses.len() < 2;
    houses::houses(tokens, number, true).filter(|(houses, _)| !ended && number <= at + 3 && !counted(houses))
}

/// "за 20 домом", "до 25 дома": the number before the word, after a preposition, or houses would be counted.
fn number_first(tokens: &[Token], at: usize) -> Option<(Vec<House>, usize)> {
    let before = tokens.get(at.checked_sub(1)?)?;
    let told = before.is_any(&["за", "у", "около", "возле", "от", "до", "угла", "перед", "напротив", "к", "с", "в", "и"]);
    let number = tokens.get(at)?.number().filter(|n| told && (1..1000).contains(n))?;
    tokens.get(at + 1).filter(|t| t.is_any(&["домом", "дома", "дому", "доме", "домами"]))?;
    Some((vec![House { number, letter: None, corner: None, building: None }], at + 2))
}

/// The number before an English name of a street: "5 Main St", "12B Baker Street".
fn english_house(tokens: &[Token], name_at: usize) -> Option<House> {
    let number = name_at.checked_sub(1).filter(|&i| tokens[name_at].word.is_ascii() && tokens[i].shape == Shape::Number)?;
    houses::houses(tokens, number, true).map(|(houses, _)| houses).and_then(|mut h| h.pop())
}

/// "подъезд 2", "2-й подъезд", "3 подъезда".
fn entrance(tokens: &[Token], at: usize) -> Option<(u32, usize)> {
    let is_word = |t: &Token| t.word.starts_with("подъезд") || t.word.starts_with("подьезд") || t.is("entrance");
    if tokens.get(at).is_some_and(is_word) {
        let number = skip(tokens, at + 1, &["№"]).min(at + 2);
        return tokens.get(number).and_then(Token::number).filter(|n| *n < 40).map(|n| (n, number + 1));
    }
    let (number, next) = ordinal(tokens, at).or_else(|| {
        let number = tokens
            .get(at)
            .filter(|t| t.number().is_some_and(|n| n < 40) && tokens.get(at + 1).is_some_and(|w| w.word.ends_with("подъезде")))?;
        Some((number.word.clone(), at + 1))
    })?;
    tokens.get(next).filter(|t| is_word(t)).and_then(|_| Some((number.parse().ok()?, next + 1)))
}

#[cfg(test)]
mod tests;
