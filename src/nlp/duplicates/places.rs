//! Whether two texts speak of one place, by the addresses in them.

use crate::nlp::extract::{Facts, House, Kind, Likeness, Place, Position, Street};

/// How the places of two texts stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// A house in common.
    SameHouse,
    /// A house in common, but one text tells of the house itself and the other of what is beside it.
    BesideHouse,
    /// A stop of public transport in common.
    SameStop,
    /// A street or a crossing in common, and neither text is more exact.
    SameStreet,
    /// A street in common; one text tells a house or a crossing, the other does not.
    AlongStreet,
    /// A settlement or district in common and nothing closer.
    SameArea,
    /// Neither names a place.
    Untold,
    /// Only one names a place.
    ToldOnce,
    /// A street in common, but other houses on it, or other entrances of one house.
    OtherHouse,
    /// Other streets.
    OtherStreet,
    /// Other settlements.
    OtherArea,
}

fn streets(facts: &Facts) -> Vec<&Place> {
    let is_street = |place: &&Place| place.street.as_ref().is_none_or(|s| s.kind.is_none_or(Kind::is_street));
    let there = |place: &&Place| place.position != Position::Towards;
    facts.places.iter().map(|found| &found.what).filter(is_street).filter(there).collect()
}

fn areas(facts: &Facts, kind: Kind) -> Vec<&Street> {
    let there = facts.places.iter().filter(|found| found.what.position != Position::Towards);
    there.filter_map(|found| found.what.street.as_ref()).filter(|street| street.kind == Some(kind)).collect()
}

/// Compares the places of two texts, the same both ways.
pub fn compare(a: &Facts, b: &Facts) -> Where {
    let (mut area, mut stop) = (false, false);
    for kind in [Kind::Settlement, Kind::District, Kind::Stop] {
        let (here, there) = (areas(a, kind), areas(b, kind));
        let same = here.iter().any(|s| there.iter().any(|t| s.matches(t)));
        if !here.is_empty() && !there.is_empty() && !same {
            return Where::OtherArea;
        }
        area |= same;
        stop |= same && kind == Kind::Stop;
    }
    let (here, there) = (streets(a), streets(b));
    let named = |places: &[&Place]| places.iter().any(|place| place.street.is_some());
    let told = |facts: &Facts| !facts.places.is_empty();
    let place = if !here.is_empty() && !there.is_empty() && named(&here) == named(&there) {
        on_streets(&here, &there)
    } else if !told(a) && !told(b) {
        Where::Untold
    } else if here.is_empty() && there.is_empty() && area {
        Where::SameArea
    } else {
        Where::ToldOnce
    };
    if stop && place != Where::SameHouse { Where::SameStop } else { place }
}

fn on_streets(here: &[&Place], there: &[&Place]) -> Where {
    let same_street = |a: &Place, b: &Place| match (&a.street, &b.street) {
        (Some(a), Some(b)) => a.matches(b),
        (None, None) => true,
        _ => false,
    };
    let pairs: Vec<(&Place, &Place)> = here.iter().flat_map(|a| there.iter().filter(|b| same_street(a, b)).map(|b| (*a, *b))).collect();
    if pairs.is_empty() {
        return Where::OtherStreet;
    }
    let (mut same, mut beside, mut vaguer, mut other) = (false, false, false, false);
    for (a, b) in pairs.iter().filter(|(a, b)| !a.houses.is_empty() && !b.houses.is_empty()) {
        let entrances = a.entrance.is_some() && b.entrance.is_some() && a.entrance != b.entrance;
        match likest(&a.houses, &b.houses) {
            Likeness::Other => other = true,
            _ if entrances => other = true,
            _ if matches!((a.position, b.position), (Position::At, Position::Near) | (Position::Near, Position::At)) => beside = true,
            Likeness::Same => same = true,
            Likeness::Vaguer => vaguer = true,
        }
    }
    let exact = |places: &[&Place]| places.len() > 1 || places.iter().any(|place| !place.houses.is_empty());
    let common = |these: &[&Place], those: &[&Place]| these.iter().filter(|a| those.iter().any(|b| same_street(a, b))).count();
    // Two stretches or two lists that have one house in common are not one place.
    let alone = |these: &[&Place], those: &[&Place]| {
        let matched = |h: &House| those.iter().any(|p| p.houses.iter().any(|g| h.like(g) != Likeness::Other));
        these.iter().flat_map(|p| &p.houses).any(|h| !matched(h))
    };
    match (same || vaguer, beside, other) {
        (true, ..) if alone(here, there) && alone(there, here) => Where::AlongStreet,
        (true, ..) => Where::SameHouse,
        (_, true, _) => Where::BesideHouse,
        (_, _, true) => Where::OtherHouse,
        // A crossing is two streets: one in common is a long way.
        _ if common(here, there).min(common(there, here)) < here.len().min(there.len()) => Where::OtherStreet,
        _ if exact(here) != exact(there) || here.len() != there.len() => Where::AlongStreet,
        _ => Where::SameStreet,
    }
}

fn likest(a: &[House], b: &[House]) -> Likeness {
    let mut best = Likeness::Other;
    for likeness in a.iter().flat_map(|a| b.iter().map(|b| a.like(b))) {
        match likeness {
            Likeness::Same => return Likeness::Same,
            Likeness::Vaguer => best = Likeness::Vaguer,
            Likeness::Other => {}
        }
    }
    best
}
