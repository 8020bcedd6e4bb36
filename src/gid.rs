//! Global identifiers (Relay): opaque to clients, they carry the kind of object and its key.

use async_graphql::ID;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::error::{ErrorCode, Refusal};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A kind of object that has a global identifier and may be the subject of others.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, sqlx::Type, serde::Serialize, serde::Deserialize, async_graphql::Enum)]
        #[sqlx(type_name = "text")]
        #[graphql(name = "Kind")]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name, the same as that of the GraphQL type.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The kind of a name.
            pub fn of(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.name() == name)
            }
        }
    };
}

kinds! {
    /// A person or a service with an account.
    Participant,
    /// An access token.
    AccessToken,
    /// An initiative.
    Initiative,
    /// A milestone of an initiative's implementation.
    Milestone,
    /// A comment.
    Comment,
    /// A flag: somebody asks moderators to look.
    Flag,
    /// A ticket.
    Ticket,
    /// A message in a ticket.
    Article,
    /// A file.
    Attachment,
    /// Tickets about the same matter.
    Cluster,
    /// An expert's assessment.
    Assessment,
    /// What was decided.
    Decision,
    /// A group of experts.
    WorkingGroup,
    /// An authority that answers.
    Department,
    /// A part of the city.
    Territory,
    /// A subject area.
    Topic,
    /// A notification.
    Notification,
    /// An import of a file.
    Import,
    /// Clusters with something in common.
    Theme,
    /// A proposed change of clusters.
    ClusterProposal,
    /// A fresh clustering.
    Regrouping,
    /// A notification on its way to one person on one channel.
    Delivery,
    /// An address on a channel that somebody writes from.
    Contact,
    /// A message that could not be read.
    UnreadableMessage,
    /// Something that people can get from the city.
    Service,
    /// Words that mean the same to the search.
    SearchSynonyms,
    /// A search that somebody wants to hear of.
    SavedSearch,
}

/// The global identifier of an object.
pub fn encode(kind: Kind, id: Uuid) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("{}:{}", kind.name(), id.simple())))
}

/// Kind and key of a global identifier; `None` when it is not one of ours.
pub fn decode(id: &str) -> Option<(Kind, Uuid)> {
    if id.len() > 128 {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(id).ok()?;
    let (kind, key) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    let kind = Kind::of(kind)?;
    let key = Uuid::try_parse(key).ok()?;
    // An object has one identifier: other ways to write the same key (capitals, hyphens, braces) are nobody's.
    (encode(kind, key) == id).then_some((kind, key))
}

/// The key of an identifier that must be of one kind.
///
/// # Errors
/// `INVALID_ID` at `path`.
pub fn expect(kind: Kind, id: &ID, path: &str) -> Result<Uuid, Refusal> {
    one_of(&[kind], id, path).map(|(_, id)| id)
}

/// Kind and key of an identifier that must be of one of several kinds.
///
/// # Errors
/// `INVALID_ID` at `path`.
pub fn one_of(kinds: &[Kind], id: &ID, path: &str) -> Result<(Kind, Uuid), Refusal> {
    decode(id).filter(|(kind, _)| kinds.contains(kind)).ok_or_else(|| {
        let names = kinds.iter().map(|k| k.name()).collect::<Vec<_>>().join(", ");
        Refusal::new(ErrorCode::InvalidId, path).with("example", names)
    })
}

/// As [`expect`], for an optional identifier.
///
/// # Errors
/// `INVALID_ID` at `path`.
pub fn maybe(kind: Kind, id: Option<&ID>, path: &str) -> Result<Option<Uuid>, Refusal> {
    id.map(|id| expect(kind, id, path)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn there_and_back(key in any::<u128>(), kind in 0..Kind::ALL.len()) {
            let (kind, key) = (Kind::ALL[kind], Uuid::from_u128(key));
            prop_assert_eq!(decode(&encode(kind, key)), Some((kind, key)));
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            decode(&text);
        }
    }

    #[test]
    fn an_object_has_one_identifier() {
        let key = Uuid::from_u128(0xabcdef);
        for written in
            [key.hyphenated().to_string(), key.braced().to_string(), key.urn().to_string(), key.simple().to_string().to_uppercase()]
        {
            assert_eq!(decode(&URL_SAFE_NO_PAD.encode(format!("Ticket:{written}"))), None, "{written}");
        }
    }

    #[test]
    fn hostile_identifiers_are_no_others() {
        const WORDS: &[&[u8]] = &[
            b"Ticket:",
            b"Participant:",
            b":",
            b"-",
            b"{",
            b"urn:uuid:",
            b"0",
            b"f",
            b"F",
            b"\0",
            b"\xff",
            b"VGlja2V0",
            b"==",
            b"_",
            b"%",
        ];
        let id = encode(Kind::Ticket, Uuid::from_u128(1));
        let plain = format!("Ticket:{}", Uuid::from_u128(u128::MAX).simple());
        crate::fuzz::run("gid", &[], &[id.as_bytes(), plain.as_bytes()], WORDS, |input| {
            let text = String::from_utf8_lossy(input);
            // As it is, and as what stands inside.
            let [outer, inner] = [decode(&text), decode(&URL_SAFE_NO_PAD.encode(input))];
            for ((kind, key), written) in
                [(outer, text.into_owned()), (inner, URL_SAFE_NO_PAD.encode(input))].into_iter().filter_map(|(d, w)| Some((d?, w)))
            {
                assert_eq!(encode(kind, key).as_str(), written);
                assert_eq!(expect(kind, &ID(written.clone()), "id").ok(), Some(key));
            }
            let refused = one_of(&Kind::ALL[..2], &ID(String::from_utf8_lossy(input).into_owned()), "id").err().map(|r| r.code);
            assert!(refused.is_none_or(|code| code == ErrorCode::InvalidId));
            crate::fuzz::shape((outer.map(|d| d.0), inner.map(|d| d.0)))
        });
    }

    #[test]
    fn another_kind_is_refused() {
        let id = encode(Kind::Ticket, Uuid::from_u128(1));
        assert_eq!(expect(Kind::Initiative, &id, "id").unwrap_err().code, ErrorCode::InvalidId);
    }
}
