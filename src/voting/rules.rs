use async_graphql::Enum;

use crate::error::{ErrorCode, Refusal};

/// How people vote on an initiative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BallotKind {
    /// Signatures are gathered until there are enough.
    Support,
    /// For, against or abstain.
    ForAgainstAbstain,
    /// One of several options.
    SingleChoice,
    /// From `minChoices` to `maxChoices` of several options.
    MultipleChoice,
}

impl BallotKind {
    /// How many options a ballot of this kind has, given the initiative's own.
    pub const fn width(self, options: usize) -> usize {
        match self {
            Self::Support => 1,
            Self::ForAgainstAbstain => 3,
            Self::SingleChoice | Self::MultipleChoice => options,
        }
    }

    /// Whether the initiative names its options itself.
    pub const fn has_options(self) -> bool {
        matches!(self, Self::SingleChoice | Self::MultipleChoice)
    }
}

/// What a vote is held on.
#[derive(Debug, Clone)]
pub struct Terms {
    /// How people vote.
    pub kind: BallotKind,
    /// Options of a ballot, see [`BallotKind::width`].
    pub width: usize,
    /// Options to choose at least, for `MULTIPLE_CHOICE`.
    pub min_choices: usize,
    /// Options to choose at most, for `MULTIPLE_CHOICE`.
    pub max_choices: usize,
    /// Ballots for the proposal that are needed.
    pub threshold: i64,
    /// Ballots that are needed for the vote to count at all; 0 for none.
    pub quorum: i64,
}

/// The count of a vote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Ballots that chose each option.
    pub counts: Vec<i64>,
    /// Ballots in all.
    pub ballots: i64,
    /// Grows with every change.
    pub version: i64,
}

impl Tally {
    /// Nobody has voted.
    pub fn empty(width: usize) -> Self {
        Self { counts: vec![0; width], ballots: 0, version: 0 }
    }

    /// Moves the count by one person's change of mind: from `old` (not voted: `None`) to `new` (withdrawn: `None`).
    pub fn shift(&mut self, old: Option<&[i16]>, new: Option<&[i16]>) {
        let mut add = |choices: &[i16], by: i64| {
            for choice in choices {
                if let Some(count) = usize::try_from(*choice).ok().and_then(|c| self.counts.get_mut(c)) {
                    *count += by;
                }
            }
            self.ballots += by;
        };
        if let Some(old) = old {
            add(old, -1);
        }
        if let Some(new) = new {
            add(new, 1);
        }
    }
}

/// A ballot's choices in ascending order, if they fit the terms.
///
/// # Errors
/// `INVALID_CHOICE` with how many may be chosen.
pub fn check_choices(terms: &Terms, mut choices: Vec<i16>) -> Result<Vec<i16>, Refusal> {
    choices.sort_unstable();
    let (min, max) = match terms.kind {
        BallotKind::MultipleChoice => (terms.min_choices, terms.max_choices),
        _ => (1, 1),
    };
    let distinct = choices.windows(2).all(|w| w[0] < w[1]);
    let known = choices.iter().all(|c| usize::try_from(*c).is_ok_and(|c| c < terms.width));
    if !distinct || !known || choices.len() < min || choices.len() > max {
        return Err(Refusal::new(ErrorCode::InvalidChoice, "choices").with("min", min).with("max", max).with("options", terms.width));
    }
    Ok(choices)
}

/// What a vote came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not decided yet.
    Open,
    /// Enough people want it.
    Accepted,
    /// The time is over, and not enough people want it.
    NotSupported,
}

/// The outcome by the rules that the voting page explains: signatures are decided as soon as there are enough; everything
/// else when the time is over, if the quorum is reached. `FOR` must outnumber `AGAINST` and reach the threshold; of several options
/// the most chosen one must be alone at the top and reach it.
pub fn outcome(terms: &Terms, tally: &Tally, ended: bool) -> Outcome {
    let accepted = tally.ballots >= terms.quorum
        && match (terms.kind, tally.counts.as_slice()) {
            (BallotKind::Support, [support]) => *support >= terms.threshold,
            (BallotKind::ForAgainstAbstain, [yes, no, _]) => yes > no && *yes >= terms.threshold,
            (BallotKind::SingleChoice | BallotKind::MultipleChoice, counts) => {
                let most = counts.iter().copied().max().unwrap_or(0);
                most >= terms.threshold && counts.iter().filter(|c| **c == most).count() == 1
            }
            _ => false,
        };
    match (accepted, ended, terms.kind) {
        (true, _, BallotKind::Support) | (true, true, _) => Outcome::Accepted,
        (false, true, _) => Outcome::NotSupported,
        _ => Outcome::Open,
    }
}

/// With how many ballots at the earliest a vote can be decided before its time is over; `None` if it cannot. Below it [`outcome`]
/// is open.
pub fn may_be_decided_at(terms: &Terms) -> Option<i64> {
    (terms.kind == BallotKind::Support).then(|| terms.threshold.max(terms.quorum))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn terms(kind: BallotKind, width: usize) -> Terms {
        Terms { kind, width, min_choices: 1, max_choices: width.min(3), threshold: 3, quorum: 0 }
    }

    proptest! {
        /// Whatever people do and in whatever order, the moved tally equals the recount of the ballots.
        #[test]
        fn the_tally_is_the_recount(acts in prop::collection::vec((0..8_u8, prop::option::of(prop::collection::btree_set(0..5_i16, 1..4))), 0..200)) {
            let mut tally = Tally::empty(5);
            let mut ballots: HashMap<u8, Vec<i16>> = HashMap::new();
            for (voter, choices) in acts {
                let new: Option<Vec<i16>> = choices.map(|c| c.into_iter().collect());
                tally.shift(ballots.get(&voter).map(Vec::as_slice), new.as_deref());
                match new {
                    Some(new) => ballots.insert(voter, new),
                    None => ballots.remove(&voter),
                };
            }
            let mut recount = Tally::empty(5);
            for ballot in ballots.values() {
                recount.shift(None, Some(ballot));
            }
            prop_assert_eq!(tally.counts, recount.counts);
            prop_assert_eq!(tally.ballots, i64::try_from(ballots.len()).unwrap());
        }

        #[test]
        fn accepted_choices_fit_the_terms(width in 1..6_usize, choices in prop::collection::vec(-2..8_i16, 0..6)) {
            let terms = terms(BallotKind::MultipleChoice, width);
            if let Ok(choices) = check_choices(&terms, choices) {
                prop_assert!((1..=terms.max_choices).contains(&choices.len()));
                prop_assert!(choices.windows(2).all(|w| w[0] < w[1]));
                prop_assert!(choices.iter().all(|c| (0..i16::try_from(width).unwrap()).contains(c)));
            }
        }

        /// More support never turns an accepted vote down, and an ended vote is always decided.
        #[test]
        fn outcomes_are_monotonic(counts in prop::collection::vec(0..10_i64, 3), quorum in 0..12_i64) {
            let terms = Terms { quorum, ..terms(BallotKind::ForAgainstAbstain, 3) };
            let tally = Tally { ballots: counts.iter().sum(), counts, version: 1 };
            let ended = outcome(&terms, &tally, true);
            prop_assert_ne!(ended, Outcome::Open);
            let mut more = tally.clone();
            more.shift(None, Some(&[0]));
            if ended == Outcome::Accepted {
                prop_assert_eq!(outcome(&terms, &more, true), Outcome::Accepted);
            }
            prop_assert_eq!(outcome(&terms, &tally, false), Outcome::Open);
        }

        /// No vote is decided early with fewer ballots than announced, whatever its kind.
        #[test]
        fn nothing_is_decided_earlier_than_it_may_be(kind in prop::sample::select(vec![BallotKind::Support, BallotKind::ForAgainstAbstain,
                BallotKind::SingleChoice]), counts in prop::collection::vec(0..10_i64, 3), threshold in 1..12_i64, quorum in 0..12_i64) {
            let width = kind.width(3);
            let terms = Terms { threshold, quorum, ..terms(kind, width) };
            let counts = counts[..width].to_vec();
            let tally = Tally { ballots: counts.iter().sum(), counts, version: 1 };
            if outcome(&terms, &tally, false) != Outcome::Open {
                prop_assert!(may_be_decided_at(&terms).is_some_and(|at| tally.ballots >= at));
            }
        }
    }

    #[test]
    fn signatures_are_decided_as_soon_as_there_are_enough() {
        let terms = terms(BallotKind::Support, 1);
        let tally = |n| Tally { counts: vec![n], ballots: n, version: n };
        assert_eq!(outcome(&terms, &tally(2), false), Outcome::Open);
        assert_eq!(outcome(&terms, &tally(3), false), Outcome::Accepted);
        assert_eq!(outcome(&terms, &tally(2), true), Outcome::NotSupported);
    }

    #[test]
    fn a_tie_at_the_top_decides_nothing() {
        let terms = terms(BallotKind::SingleChoice, 3);
        let tally = |counts: [i64; 3]| Tally { ballots: counts.iter().sum(), counts: counts.to_vec(), version: 1 };
        assert_eq!(outcome(&terms, &tally([5, 5, 0]), true), Outcome::NotSupported);
        assert_eq!(outcome(&terms, &tally([5, 4, 0]), true), Outcome::Accepted);
    }
}
