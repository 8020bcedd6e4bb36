use async_graphql::Enum;

/// Where a message came from or went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Channel {
    /// The web pages.
    Web,
    /// E-mail.
    Email,
    /// The Telegram bot.
    Telegram,
    /// The telephone, written down by an operator.
    Phone,
    /// Another client of the API.
    Api,
}

impl Channel {
    /// The channel of this name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Web, Self::Email, Self::Telegram, Self::Phone, Self::Api].into_iter().find(|c| c.name().eq_ignore_ascii_case(name.trim()))
    }

    /// Its name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "WEB",
            Self::Email => "EMAIL",
            Self::Telegram => "TELEGRAM",
            Self::Phone => "PHONE",
            Self::Api => "API",
        }
    }
}

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "TicketState")]
pub enum State {
    /// It has arrived.
    New,
    /// It is understood and lies in a queue.
    Triaged,
    /// An expert works on it.
    InProgress,
    /// The citizen has an answer.
    Answered,
    /// Nothing more is expected.
    Closed,
    /// It goes on as a part of another ticket.
    Merged,
    /// It is not a matter for the service, for the reason given.
    Rejected,
    /// The citizen wrote again after the answer.
    Reopened,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::New, Self::Triaged, Self::InProgress, Self::Answered, Self::Closed, Self::Merged, Self::Rejected, Self::Reopened];

    /// The states that may follow this one.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::New => &[Self::Triaged, Self::InProgress, Self::Answered, Self::Merged, Self::Rejected],
            Self::Triaged | Self::Reopened => &[Self::InProgress, Self::Answered, Self::Merged, Self::Rejected],
            Self::InProgress => &[Self::Triaged, Self::Answered, Self::Merged, Self::Rejected],
            Self::Answered => &[Self::Closed, Self::Reopened, Self::Merged],
            Self::Closed | Self::Rejected => &[Self::Reopened],
            Self::Merged => &[Self::Triaged],
        }
    }

    /// Whether `to` may follow this state.
    pub fn may_become(self, to: Self) -> bool {
        self.next().contains(&to)
    }

    /// Whether somebody still waits for an answer.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Triaged | Self::InProgress | Self::Reopened)
    }

    /// Its name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Triaged => "TRIAGED",
            Self::InProgress => "IN_PROGRESS",
            Self::Answered => "ANSWERED",
            Self::Closed => "CLOSED",
            Self::Merged => "MERGED",
            Self::Rejected => "REJECTED",
            Self::Reopened => "REOPENED",
        }
    }

    /// What reaching it is called in the log.
    pub const fn action(self) -> &'static str {
        match self {
            Self::New => "ticket.created",
            Self::Triaged => "ticket.triaged",
            Self::InProgress => "ticket.in_progress",
            Self::Answered => "ticket.answered",
            Self::Closed => "ticket.closed",
            Self::Merged => "ticket.merged",
            Self::Rejected => "ticket.rejected",
            Self::Reopened => "ticket.reopened",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is tried: a merged ticket is at most taken out again, none is reopened that was not ended, none closes unanswered.
        #[test]
        fn every_walk_keeps_the_order(tries in prop::collection::vec(0..State::ALL.len(), 0..60)) {
            let mut walk = vec![State::New];
            for to in tries.into_iter().map(|i| State::ALL[i]) {
                if walk[walk.len() - 1].may_become(to) {
                    walk.push(to);
                }
            }
            for pair in walk.windows(2) {
                if pair[0] == State::Merged {
                    prop_assert_eq!(pair[1], State::Triaged);
                }
                if pair[1] == State::Reopened {
                    prop_assert!(!pair[0].is_open());
                }
                if pair[1] == State::Closed {
                    prop_assert_eq!(pair[0], State::Answered);
                }
            }
        }
    }

    #[test]
    fn channels_are_known_by_name() {
        assert_eq!(Channel::from_name(" email "), Some(Channel::Email));
        assert_eq!(Channel::from_name("fax"), None);
    }
}
