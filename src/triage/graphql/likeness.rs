use async_graphql::{Enum, SimpleObject};

use crate::nlp::duplicates::Reason;

/// Something that speaks for or against two messages being about the same incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum Likeness {
    /// The same house of the same street.
    SameHouse,
    /// The same house, but one tells of the house itself and the other of what is beside it.
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
    /// Much the same words; `value` is their share, 0 to 1.
    NearlySameWords,
    /// Written some time apart; `value` is the number of days.
    DaysApart,
}

/// Something that speaks for or against two messages being about the same incident.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct LikenessReason {
    /// What.
    kind: Likeness,
    /// How much, where it is a number.
    value: Option<f32>,
}

impl From<Reason> for LikenessReason {
    fn from(reason: Reason) -> Self {
        let (kind, value) = match reason {
            Reason::SameHouse => (Likeness::SameHouse, None),
            Reason::BesideHouse => (Likeness::BesideHouse, None),
            Reason::SameStreet => (Likeness::SameStreet, None),
            Reason::SameArea => (Likeness::SameArea, None),
            Reason::OtherHouse => (Likeness::OtherHouse, None),
            Reason::OtherStreet => (Likeness::OtherStreet, None),
            Reason::OtherArea => (Likeness::OtherArea, None),
            Reason::SameRoute => (Likeness::SameRoute, None),
            Reason::OtherRoute => (Likeness::OtherRoute, None),
            Reason::SamePlate => (Likeness::SamePlate, None),
            Reason::OtherPlate => (Likeness::OtherPlate, None),
            Reason::SameName => (Likeness::SameName, None),
            Reason::OtherName => (Likeness::OtherName, None),
            Reason::OtherNumber => (Likeness::OtherNumber, None),
            Reason::OtherDate => (Likeness::OtherDate, None),
            Reason::NearlySameWords(share) => (Likeness::NearlySameWords, Some(share)),
            Reason::DaysApart(days) => (Likeness::DaysApart, Some(days)),
        };
        Self { kind, value }
    }
}
