//! Near-duplicates: whether two texts report the same incident or ask for the same thing, so that one answer settles both.
//!
//! The same topic is not the same incident: one form of words about two houses is two incidents. So places, numbers and
//! dates decide how alike the words must be ([`judge`]), and every verdict says why. Vectors find candidates but do not judge:
//! they see the matter, which all of one topic share, and each embedder has another scale.

mod minhash;
mod places;
mod words;

pub use minhash::{BANDS, MinHash};

use super::extract::{self, Facts, When};
use super::features::hash;
use super::{Idf, text};
use places::Where;
use words::Words;

/// Least score of a [`Verdict`] at which two texts are shown to an expert as near-duplicates.
pub const THRESHOLD: f32 = 0.5;

/// A text, ready to be compared with others.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    words: Words,
    facts: Facts,
    signature: Option<MinHash>,
}

impl Prepared {
    /// Takes a text apart; `idf` tells which words are rare.
    pub fn new(text: &str, idf: &Idf) -> Prepared {
        let facts = extract::facts(text);
        let tokens = extract::tokens::tokens(text);
        // Places and dates are compared as such, not as words.
        let mut spans: Vec<_> = facts.places.iter().map(|p| p.span.clone()).chain(facts.dates.iter().map(|d| d.span.clone())).collect();
        spans.sort_unstable_by_key(|span| span.start);
        let mut spans = spans.into_iter().peekable();
        let mut said: Vec<&str> = Vec::new();
        for token in tokens.iter().filter(|t| t.shape != extract::tokens::Shape::Sign) {
            while spans.next_if(|span| span.end <= token.start).is_some() {}
            if spans.peek().is_none_or(|span| span.start > token.start) {
                said.extend(text::tokens(&token.word));
            }
        }
        let words = Words::new(said, idf);
        let signature = MinHash::new(words.stems());
        Prepared { words, facts, signature }
    }

    /// What was found in the text.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The signature of its words; `None` when it has none.
    pub fn signature(&self) -> Option<&MinHash> {
        self.signature.as_ref()
    }

    /// Keys under which texts on the same incident meet: the bands of the signature, and each house of each street.
    pub fn keys(&self) -> impl Iterator<Item = u64> {
        let houses = self.facts.places.iter().map(|found| &found.what).flat_map(|place| {
            let street = place.street.as_ref().map_or("", |street| street.name.last().map_or("", String::as_str));
            place.houses.iter().map(move |house| hash(5, &[street, &house.number.to_string()]))
        });
        self.signature.iter().flat_map(MinHash::bands).chain(houses)
    }
}

/// One thing that spoke for or against.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The same house of the same street.
    SameHouse,
    /// The same house, but one text tells of the house itself and the other of what is beside it.
    BesideHouse,
    /// The same street.
    SameStreet,
    /// The same settlement, district or stop.
    SameArea,
    /// Another house or entrance.
    OtherHouse,
    /// Another street.
    OtherStreet,
    /// Another settlement, district or stop.
    OtherArea,
    /// The same bus route, school or the like.
    SameRoute,
    /// Another bus route, school or the like.
    OtherRoute,
    /// The same licence plate.
    SamePlate,
    /// Another licence plate.
    OtherPlate,
    /// The same name: of a stop, a shop, a firm.
    SameName,
    /// Another name.
    OtherName,
    /// Another number of the same things.
    OtherNumber,
    /// Another day.
    OtherDate,
    /// So large a share of the words is the same, 0..=1.
    NearlySameWords(f32),
    /// Written so many days apart.
    DaysApart(f32),
}

/// Whether two texts are about the same incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// How sure it is, 0..=1; [`THRESHOLD`] parts.
    pub score: f32,
    /// What spoke for and against, the weightiest first.
    pub reasons: Vec<Reason>,
}

/// Steepness of the score in what is more alike than needed.
const STEEPNESS: f32 = 10.0;

/// Judges two texts, the same both ways. `days` is the time between them, when it is known.
pub fn judge(a: &Prepared, b: &Prepared, days: Option<f32>) -> Verdict {
    let mut reasons = Vec::new();
    let overlap = a.words.overlap(&b.words);
    let alike = overlap.map_or(0.0, |o| o.likeness());
    let place = places::compare(&a.facts, &b.facts);
    let weighty = overlap.map_or(0.0, |o| o.weightiness());
    let mut need = match place {
        Where::SameHouse => 0.4,
        Where::BesideHouse => 1.05,
        Where::SameStop | Where::SameStreet => 0.6,
        Where::AlongStreet => 1.0,
        Where::SameArea => 0.9 - 0.3 * weighty,
        Where::Untold => 1.05 - 0.35 * weighty,
        Where::ToldOnce => 1.3 - 0.4 * weighty,
        Where::OtherHouse | Where::OtherStreet | Where::OtherArea => 1.2,
    };
    reasons.extend(match place {
        Where::SameHouse => Some(Reason::SameHouse),
        Where::BesideHouse => Some(Reason::BesideHouse),
        Where::SameStreet | Where::AlongStreet => Some(Reason::SameStreet),
        Where::SameArea | Where::SameStop => Some(Reason::SameArea),
        Where::OtherHouse => Some(Reason::OtherHouse),
        Where::OtherStreet => Some(Reason::OtherStreet),
        Where::OtherArea => Some(Reason::OtherArea),
        Where::Untold | Where::ToldOnce => None,
    });
    need += numbers(&a.facts, &b.facts, &mut reasons);
    if let Some(jaccard) = overlap.map(|o| o.jaccard).filter(|jaccard| *jaccard >= 0.5) {
        reasons.push(Reason::NearlySameWords(jaccard));
    }
    if let Some(days) = days {
        reasons.push(Reason::DaysApart(days));
        need += (days / 365.0).clamp(0.0, 1.0) * 0.3;
    }
    Verdict { score: 1.0 / (1.0 + (STEEPNESS * (need - alike)).exp()), reasons }
}

/// What numbers, routes, plates and dates add to how alike the words must be.
fn numbers(a: &Facts, b: &Facts, reasons: &mut Vec<Reason>) -> f32 {
    let mut need = 0.0;
    let kinds = |facts: &Facts| -> Vec<_> { facts.numbered.iter().map(|n| n.what.clone()).collect() };
    match compared(&kinds(a), &kinds(b), |x, y| x.what == y.what) {
        Some(true) => {
            reasons.push(Reason::SameRoute);
            need -= 0.1;
        }
        Some(false) => {
            reasons.push(Reason::OtherRoute);
            need += 0.4;
        }
        None => {}
    }
    let plates = |facts: &Facts| -> Vec<_> { facts.plates.iter().map(|p| p.what.clone()).collect() };
    match compared(&plates(a), &plates(b), |_, _| true) {
        Some(true) => {
            reasons.push(Reason::SamePlate);
            need -= 0.3;
        }
        Some(false) => {
            reasons.push(Reason::OtherPlate);
            need += 0.3;
        }
        None => {}
    }
    let names = |facts: &Facts| -> Vec<_> { facts.names.iter().map(|n| Name(n.what.replace(' ', ""))).collect() };
    match compared(&names(a), &names(b), |_, _| true) {
        Some(true) => reasons.push(Reason::SameName),
        Some(false) => {
            reasons.push(Reason::OtherName);
            need += 0.2;
        }
        None => {}
    }
    let amounts = |facts: &Facts| -> Vec<_> { facts.amounts.iter().map(|n| n.what.clone()).collect() };
    if compared(&amounts(a), &amounts(b), |x, y| x.unit == y.unit) == Some(false) {
        reasons.push(Reason::OtherNumber);
        need += 0.1;
    }
    let days = |facts: &Facts| -> Vec<_> { facts.dates.iter().map(|d| d.what).filter(|d| matches!(d, When::Day { .. })).collect() };
    if compared(&days(a), &days(b), |_, _| true) == Some(false) {
        reasons.push(Reason::OtherDate);
        need += 0.1;
    }
    need
}

/// A name, the same as one that is spelled a little otherwise.
struct Name(String);

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        self.0 == other.0 || words::is_misspelling(&self.0, &other.0)
    }
}

/// Whether any of two lists is the same, among those that can be compared; `None` when none can.
fn compared<T: PartialEq>(a: &[T], b: &[T], comparable: impl Fn(&T, &T) -> bool) -> Option<bool> {
    let mut pairs = a.iter().flat_map(|x| b.iter().map(move |y| (x, y))).filter(|(x, y)| comparable(x, y)).peekable();
    pairs.peek()?;
    Some(pairs.any(|(x, y)| x == y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prepared(text: &str) -> Prepared {
        Prepared::new(text, &Idf::new())
    }

    fn verdict(a: &str, b: &str) -> Verdict {
        judge(&prepared(a), &prepared(b), None)
    }

    #[test]
    fn the_same_incident_in_other_words() {
        for (a, b) in [
            ("Яма на дороге у дома 5 по улице Садовой", "У дома 5 по улице Садовая на дороге яма!"),
            ("Третий день не работает лифт, Лесная улица 7", "не работает лифт третий день, улица лесная, 7. Когда починят?"),
            ("Не горит фонарь Садовая, 5", "Не горит фонарь уличного освещения возле дома ул. Садовая, 5"),
            ("Надписи на стене дома Мира, 25/1", "Надписи на стенах дома ул. Мира, 25к1"),
            ("На остановке «Рынок» не работает табло", "Не работает табло, ООТ Рынок"),
            ("The playground on Mill Street has a broken swing", "Broken swing at the playground, Mill Street"),
        ] {
            assert!(verdict(a, b).score >= THRESHOLD, "{a} / {b}: {:?}", verdict(a, b));
        }
    }

    #[test]
    fn one_form_of_words_about_two_places() {
        use Reason::*;
        for (a, b, reason) in [
            ("Не горит фонарь у дома Садовая улица, 14", "Не горит фонарь у дома Садовая улица, 16", OtherHouse),
            ("Не горит фонарь у дома Садовая улица, 14", "Не горит фонарь у дома Лесная улица, 14", OtherStreet),
            ("Надписи на стене дома Садовая, 14к1", "Надписи на стене дома Садовая, 14", OtherHouse),
            ("Надписи на стене дома Садовая, 14", "Надписи на стене здания во дворе дома Садовая, 14", BesideHouse),
            ("Не работает табло на остановке «Рынок»", "Не работает табло на остановке «Вокзал»", OtherArea),
            ("Автобус 17 опаздывает каждое утро", "Автобус 22 опаздывает каждое утро", OtherRoute),
            ("Please repair the broken light at 5 Mill Street", "Please repair the broken light at 5 Church Street", OtherStreet),
            ("Садовая, 14, подъезд 1: не работает лифт", "Садовая, 14, подъезд 2: не работает лифт", OtherHouse),
        ] {
            let verdict = verdict(a, b);
            assert!(verdict.score < THRESHOLD && verdict.reasons.contains(&reason), "{a} / {b}: {verdict:?}");
        }
    }

    #[test]
    fn other_things_at_one_place() {
        assert!(verdict("Не работает лифт, Садовая, 5", "Мусор не вывозят, Садовая, 5").score < THRESHOLD);
    }

    #[test]
    fn without_a_place_only_long_copies_count() {
        let long = "Из-за потока людей от торгового центра до вокзала на перекрёстке нужен пешеходный переход: дети и пожилые рискуют жизнью, \
                    перебегая дорогу между машинами, водители не видят их из-за рекламного щита, уже было несколько аварий этой осенью";
        assert!(verdict(long, &format!("{long}!")).score >= THRESHOLD);
        assert!(verdict("Не горит фонарь", "Не горит фонарь на Садовой, 5").score < THRESHOLD);
    }

    #[test]
    fn time_apart_speaks_against() {
        let of = |days| judge(&prepared("Яма у дома 5 по ул. Садовой"), &prepared("Яма, ул. Садовая, 5"), Some(days));
        assert!(of(2.0).score > of(200.0).score);
        assert!(of(2.0).reasons.starts_with(&[Reason::SameHouse]) && of(2.0).reasons.contains(&Reason::DaysApart(2.0)));
    }

    #[test]
    fn nothing_is_like_nothing() {
        assert!(verdict("", "").score < 0.01 && verdict("🙂", "фонарь").score < 0.01);
        assert_eq!(prepared("").keys().count(), 0);
    }

    #[test]
    fn one_house_is_a_key_to_other_words() {
        let (a, b) = (prepared("Лифт стоит, Садовая 5"), prepared("Кабина застряла между этажами в доме 5 по улице Садовой"));
        let theirs: Vec<u64> = b.keys().collect();
        assert!(a.keys().any(|key| theirs.contains(&key)));
    }

    proptest! {
        #[test]
        fn is_a_symmetric_share(a in "[а-г1-3А-В,. ]{0,30}", b in "[а-г1-3А-В,. ]{0,30}") {
            let (ab, ba) = (verdict(&a, &b).score, verdict(&b, &a).score);
            prop_assert!((0.0..=1.0).contains(&ab));
            prop_assert!((ab - ba).abs() < 1e-4);
        }
    }
}
