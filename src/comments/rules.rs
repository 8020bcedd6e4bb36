use async_graphql::Enum;
use uuid::Uuid;

use crate::gid::{self, Kind};

/// What a comment says to its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "CommentSide")]
pub enum Side {
    /// An argument for it.
    For,
    /// An argument against it.
    Against,
    /// Neither: a question, a remark.
    #[default]
    Neutral,
}

/// The order of comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Enum)]
#[graphql(name = "CommentOrder")]
pub enum Order {
    /// The greatest surplus of votes up over votes down first.
    #[default]
    Best,
    /// Newest first.
    Newest,
    /// Those with many votes both up and down first.
    Controversial,
    /// Oldest first.
    Oldest,
}

/// A person's vote on a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(name = "CommentVote")]
pub enum Vote {
    /// It helps.
    Up,
    /// It does not help.
    Down,
    /// No vote: takes back an earlier one.
    None,
}

impl Vote {
    /// As it is stored: 1, -1, or nothing.
    pub const fn stored(self) -> Option<i16> {
        match self {
            Self::Up => Some(1),
            Self::Down => Some(-1),
            Self::None => None,
        }
    }
}

/// What a changed vote adds to the scores (up, down), from the `old` stored vote to the `new` one.
pub fn shift(old: Option<i16>, new: Option<i16>) -> (i32, i32) {
    let moved = |value| i32::from(new == Some(value)) - i32::from(old == Some(value));
    (moved(1), moved(-1))
}

/// People mentioned in one comment at the most.
pub const MENTIONS: usize = 10;

/// The people mentioned in a text as `@[Name](participant id)`: each once, in the order of the text, at most [`MENTIONS`].
pub fn mentions(body: &str) -> Vec<Uuid> {
    let mut people = Vec::new();
    for part in body.split("@[").skip(1) {
        let id = part.split_once("](").and_then(|(name, rest)| {
            let (id, _) = rest.split_once(')')?;
            (!name.contains('\n')).then(|| gid::decode(id))?
        });
        if let Some((Kind::Participant, id)) = id
            && !people.contains(&id)
        {
            people.push(id);
            if people.len() == MENTIONS {
                break;
            }
        }
    }
    people
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn mention(name: &str, id: u128) -> String {
        format!("@[{name}]({})", gid::encode(Kind::Participant, Uuid::from_u128(id)).as_str())
    }

    proptest! {
        /// Whatever people vote and in whatever order, the moved scores equal the recount of the votes.
        #[test]
        fn the_score_is_the_recount(acts in prop::collection::vec((0..6_u8, prop::sample::select(vec![Vote::Up, Vote::Down, Vote::None])), 0..100)) {
            let (mut up, mut down) = (0, 0);
            let mut votes: HashMap<u8, i16> = HashMap::new();
            for (voter, vote) in acts {
                let (u, d) = shift(votes.get(&voter).copied(), vote.stored());
                (up, down) = (up + u, down + d);
                match vote.stored() {
                    Some(value) => votes.insert(voter, value),
                    None => votes.remove(&voter),
                };
            }
            let count = |value| i32::try_from(votes.values().filter(|v| **v == value).count()).unwrap();
            prop_assert_eq!((up, down), (count(1), count(-1)));
        }

        #[test]
        fn people_are_found_wherever_they_stand(texts in prop::collection::vec("[^@\\[\\]()]{0,12}", 1..15)) {
            let body: String = texts.iter().enumerate().map(|(i, text)| format!("{text}{}", mention("Анна", i as u128))).collect();
            let wanted: Vec<Uuid> = (0..texts.len().min(MENTIONS)).map(|i| Uuid::from_u128(i as u128)).collect();
            prop_assert_eq!(mentions(&body), wanted);
        }

        #[test]
        fn no_text_panics(text in "[@\\[\\]()а-яa-z \n]{0,60}") {
            prop_assert!(mentions(&text).len() <= MENTIONS);
        }
    }

    #[test]
    fn only_whole_mentions_of_people_count_and_each_once() {
        let anna = mention("Анна", 1);
        assert_eq!(mentions(&format!("{anna}, {anna}! @[ @[x](y) {}", mention("Б", 2))), [Uuid::from_u128(1), Uuid::from_u128(2)]);
        let ticket = gid::encode(Kind::Ticket, Uuid::from_u128(3));
        assert!(mentions(&format!("@[Тикет]({})", ticket.as_str())).is_empty());
        assert!(mentions(anna.trim_end_matches(')')).is_empty());
        assert!(mentions("@[](").is_empty());
    }
}
