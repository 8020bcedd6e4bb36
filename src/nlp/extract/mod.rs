//! What a text says beside its matter: where, when, how much, which; and what in it is personal.
//!
//! Grammars written by hand over tokens, for Russian and English, without any table of real names: what a street is called
//! is told by the words around it. Each reads a text once, looking a bounded number of tokens ahead, so the time is linear
//! in the length. Spans are byte ranges that lie on the boundaries of characters.

mod dates;
mod houses;
mod names;
mod personal;
mod places;
mod streets;
mod things;
pub(in crate::nlp) mod tokens;

pub use dates::When;
pub use houses::{House, Likeness};
pub use personal::{Personal, cover, personal};
pub use places::{Place, Position, Street};
pub use streets::Kind;
pub use things::{Amount, Numbered, What};

use std::ops::Range;

/// Something found in a text, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// What.
    pub what: T,
    /// The bytes of the text that say so.
    pub span: Range<usize>,
}

/// What was found in a text, each kind in the order of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Streets, houses, settlements.
    pub places: Vec<Found<Place>>,
    /// Days and times.
    pub dates: Vec<Found<When>>,
    /// Numbers of something: money, lamps, metres.
    pub amounts: Vec<Found<Amount>>,
    /// Bus routes, schools, hospitals and the like that have a number for a name.
    pub numbered: Vec<Found<Numbered>>,
    /// Licence plates in Cyrillic capitals: "А123ВС62".
    pub plates: Vec<Found<String>>,
    /// Names in quotation marks, as stems: "магазин «Ромашка»" → "ромашк".
    pub names: Vec<Found<String>>,
}

/// Everything this room can find in a text, personal data apart (see [`personal`]).
pub fn facts(text: &str) -> Facts {
    let tokens = tokens::tokens(text);
    let names = things::names(text, &tokens);
    // What is called after a street is not on it.
    let quoted = |span: &Range<usize>| names.iter().any(|name| name.span.start <= span.start && span.end <= name.span.end);
    let mut places = places::find(&tokens);
    places.retain(|place| !quoted(&place.span));
    let dates = dates::find(&tokens);
    let numbered = things::numbered(&tokens);
    // A number that already says where, when or which is not an amount of anything.
    let mut taken: Vec<Range<usize>> = Vec::new();
    taken.extend(places.iter().map(|p| p.span.clone()));
    taken.extend(dates.iter().map(|d| d.span.clone()));
    taken.extend(numbered.iter().map(|n| n.span.clone()));
    taken.sort_unstable_by_key(|span| span.start);
    let amounts = things::amounts(&tokens, &taken);
    Facts { places, dates, amounts, numbered, plates: things::plates(&tokens), names }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether every span lies on characters of the text.
    fn well_placed(text: &str) -> bool {
        let facts = facts(text);
        let spans = [
            facts.places.into_iter().map(|f| f.span).collect::<Vec<_>>(),
            facts.dates.into_iter().map(|f| f.span).collect(),
            facts.amounts.into_iter().map(|f| f.span).collect(),
            facts.numbered.into_iter().map(|f| f.span).collect(),
            facts.plates.into_iter().map(|f| f.span).collect(),
            facts.names.into_iter().map(|f| f.span).collect(),
        ];
        spans.concat().into_iter().chain(personal(text).into_iter().map(|(_, span)| span)).all(|span| text.get(span).is_some())
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "\\PC{0,80}") {
            prop_assert!(well_placed(&text));
        }

        #[test]
        fn any_row_of_telling_words_can_be_read(words in proptest::collection::vec(prop::sample::select(vec![
            "ул", ".", "улица", "Садовая", "д", "дом", "12", "/", "7", "к", "-", "я", "и", ",", "по", "«", "»", "\n", "в", "сторону", "№",
            "остановка", "автобус", "13.05", "мая", "руб", "+7", "912", "345-67-89", "А123ВС62", "@", "кв", "Иванович", "И", "5", "Street", "ё\u{301}",
        ]), 0..24), glued: bool) {
            let text = words.join(if glued { "" } else { " " });
            prop_assert!(well_placed(&text), "{}", text);
        }
    }

    #[test]
    fn time_grows_in_proportion() {
        for piece in ["ул. Садовая, д. 12 к. 2, ", "12 ", "Иванов И.", "«", "+7 912 345", "а", "улица ", "д. 1, 2, ", "@a."]
        {
            // The best of some runs: others may keep the machine busy.
            let time = |bytes: usize| {
                let text = piece.repeat(bytes / piece.len());
                let run = |_| {
                    let start = std::time::Instant::now();
                    assert!(well_placed(&text));
                    start.elapsed().as_secs_f64()
                };
                (0..2).map(run).fold(f64::INFINITY, f64::min)
            };
            let (short, long) = (time(1 << 14).max(0.01), time(1 << 17));
            assert!(long < 40.0 * short, "{piece}: {short} {long}");
        }
    }

    #[test]
    fn a_megabyte_can_be_read() {
        assert!(well_placed(&"ул. Садовая, д. 12 к. 2, +7 912 345 «".repeat(16_000)));
    }
}
