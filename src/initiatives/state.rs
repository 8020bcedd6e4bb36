use async_graphql::Enum;

/// Where an initiative stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "InitiativeState")]
pub enum State {
    /// The author writes it.
    Draft,
    /// A specialist of the department looks at it.
    InReview,
    /// The author is asked to change something.
    Returned,
    /// It cannot be put to a vote, for the reason given.
    Rejected,
    /// People vote.
    Voting,
    /// Enough people want it.
    Accepted,
    /// Not enough people want it.
    NotSupported,
    /// The department does it.
    InImplementation,
    /// It is done.
    Implemented,
    /// The author took it back.
    Withdrawn,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Draft,
        Self::InReview,
        Self::Returned,
        Self::Rejected,
        Self::Voting,
        Self::Accepted,
        Self::NotSupported,
        Self::InImplementation,
        Self::Implemented,
        Self::Withdrawn,
    ];

    /// The states that may follow this one.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Draft | Self::Returned => &[Self::InReview, Self::Withdrawn],
            Self::InReview => &[Self::Returned, Self::Rejected, Self::Voting, Self::Withdrawn],
            Self::Voting => &[Self::Accepted, Self::NotSupported, Self::Withdrawn],
            Self::Accepted => &[Self::InImplementation],
            Self::InImplementation => &[Self::Implemented],
            Self::Rejected | Self::NotSupported | Self::Implemented | Self::Withdrawn => &[],
        }
    }

    /// Whether `to` may follow this state.
    pub fn may_become(self, to: Self) -> bool {
        self.next().contains(&to)
    }

    /// Whether the author may still change the text.
    pub const fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::Returned)
    }

    /// Its name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::InReview => "IN_REVIEW",
            Self::Returned => "RETURNED",
            Self::Rejected => "REJECTED",
            Self::Voting => "VOTING",
            Self::Accepted => "ACCEPTED",
            Self::NotSupported => "NOT_SUPPORTED",
            Self::InImplementation => "IN_IMPLEMENTATION",
            Self::Implemented => "IMPLEMENTED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    /// What reaching it is called in the log.
    pub const fn action(self) -> &'static str {
        match self {
            Self::Draft => "initiative.created",
            Self::InReview => "initiative.submitted",
            Self::Returned => "initiative.returned",
            Self::Rejected => "initiative.rejected",
            Self::Voting => "initiative.published",
            Self::Accepted => "initiative.accepted",
            Self::NotSupported => "initiative.not_supported",
            Self::InImplementation => "initiative.in_implementation",
            Self::Implemented => "initiative.implemented",
            Self::Withdrawn => "initiative.withdrawn",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is tried, a vote comes only after a review, work only after acceptance, and an end stays an end.
        #[test]
        fn every_walk_keeps_the_order(tries in prop::collection::vec(0..State::ALL.len(), 0..60)) {
            let (mut state, mut walk) = (State::Draft, vec![State::Draft]);
            for to in tries.into_iter().map(|i| State::ALL[i]) {
                if state.may_become(to) {
                    prop_assert!(!state.next().is_empty());
                    state = to;
                    walk.push(to);
                }
            }
            let before = |later: State, earlier: State| {
                walk.iter().position(|s| *s == later).is_none_or(|at| walk[..at].contains(&earlier))
            };
            prop_assert!(before(State::Voting, State::InReview));
            prop_assert!(before(State::Accepted, State::Voting));
            prop_assert!(before(State::Implemented, State::InImplementation));
            prop_assert!(walk.iter().filter(|s| **s == State::Voting).count() <= 1);
        }
    }

    #[test]
    fn every_state_can_be_reached() {
        let mut reached = vec![State::Draft];
        for at in 0..State::ALL.len() {
            let next = reached.get(at).map_or(&[][..], |s| s.next());
            reached.extend(next.iter().filter(|s| !reached.contains(s)).copied().collect::<Vec<_>>());
        }
        assert_eq!(reached.len(), State::ALL.len());
    }
}
