//! Kinds of streets and settlements: the words for them, in Russian in any case form, and in English.

use super::tokens::Token;

/// What kind of place a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Kind {
    /// улица, street, road.
    Street,
    /// проспект, avenue.
    Avenue,
    /// переулок, lane.
    Lane,
    /// бульвар, boulevard.
    Boulevard,
    /// шоссе, тракт, highway.
    Highway,
    /// набережная, embankment.
    Embankment,
    /// площадь, square.
    Square,
    /// проезд, drive.
    Drive,
    /// тупик.
    DeadEnd,
    /// аллея, alley.
    Alley,
    /// микрорайон, квартал: a district of a town.
    District,
    /// город, село, деревня, посёлок: a settlement of its own.
    Settlement,
    /// остановка: a stop of public transport.
    Stop,
}

impl Kind {
    /// Whether it is a way with houses, and not an area.
    pub fn is_street(self) -> bool {
        !matches!(self, Kind::District | Kind::Settlement | Kind::Stop)
    }
}

/// How sure a word is to announce a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// An abbreviation that is used with names only, which may then be in small letters: "ул".
    Short,
    /// The whole word; a name beside it has a capital or a house after it.
    Whole,
}

/// The kind of street that a word stands for, as far as the word alone tells.
pub(super) fn kind_of(token: &Token) -> Option<(Kind, Form)> {
    use Form::{Short, Whole};
    use Kind::*;
    let word = token.word.as_str();
    Some(match word {
        "ул" => (Street, Short),
        "пр-т" | "пр-кт" | "просп" => (Avenue, Short),
        "пер" => (Lane, Short),
        "б-р" | "бул" => (Boulevard, Short),
        "пр-д" => (Drive, Short),
        "мкр" | "мкрн" | "мкр-н" | "кв-л" => (District, Short),
        // Short, but other words too: only a capital makes them one.
        "пр" => (Avenue, Whole),
        "ш" => (Highway, Whole),
        "наб" => (Embankment, Whole),
        "пл" => (Square, Whole),
        "туп" => (DeadEnd, Whole),
        "м-н" | "м-он" | "р-н" => (District, Whole),
        "г" | "гор" | "с" | "д" | "дер" | "п" | "пос" | "пгт" | "рп" | "ст-ца" => (Settlement, Whole),
        "шоссе" | "тракт" | "тракта" | "тракту" | "тракте" | "highway" | "hwy" => (Highway, Whole),
        "street" | "st" | "road" | "rd" => (Street, Whole),
        "avenue" | "ave" => (Avenue, Whole),
        "lane" | "ln" => (Lane, Whole),
        "boulevard" | "blvd" => (Boulevard, Whole),
        "square" | "sq" => (Square, Whole),
        "drive" | "dr" => (Drive, Whole),
        "alley" => (Alley, Whole),
        "embankment" => (Embankment, Whole),
        _ => {
            let is = |stem: &str, endings: &[&str]| word.strip_prefix(stem).is_some_and(|rest| endings.contains(&rest));
            const NOUN: &[&str] = &["", "а", "у", "ом", "е", "ы", "ов", "ам", "ами", "ах"];
            if is("улиц", &["а", "ы", "е", "у", "ей", "", "ам", "ами", "ах"]) {
                (Street, Whole)
            } else if is("проспект", NOUN) {
                (Avenue, Whole)
            } else if is("переул", &["ок", "ка", "ку", "ком", "ке", "ки", "ков", "ками", "ках"]) {
                (Lane, Whole)
            } else if is("бульвар", NOUN) {
                (Boulevard, Whole)
            } else if is("набережн", &["ая", "ой", "ую", "ые"]) {
                (Embankment, Whole)
            } else if is("площад", &["ь", "и", "ью", "ей"]) {
                (Square, Whole)
            } else if is("проезд", NOUN) {
                (Drive, Whole)
            } else if is("тупик", &["", "а", "у", "ом", "е"]) {
                (DeadEnd, Whole)
            } else if is("алле", &["я", "и", "ю", "ей"]) {
                (Alley, Whole)
            } else if is("микрорайон", NOUN) || is("квартал", &["", "а", "у", "ом", "е"]) {
                (District, Whole)
            } else if is("город", &["", "а", "у", "ом", "е"])
                || is("сел", &["о", "а", "у", "ом", "е"])
                || is("деревн", &["я", "и", "е", "ю", "ей"])
                || is("поселк", &["а", "у", "ом", "е"])
                || word == "поселок"
            {
                (Settlement, Whole)
            } else {
                return None;
            }
        }
    })
}

/// Whether the word for a street is in the plural, so that several names follow.
pub(super) fn is_plural(word: &str) -> bool {
    matches!(word, "улиц" | "улицам" | "улицами" | "улицах" | "проспектов" | "переулков" | "streets" | "roads")
}
