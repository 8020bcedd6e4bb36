//! Keyset pages: a page goes on after the last key of the one before, whatever was added meanwhile.

use async_graphql::connection::{Connection, Edge, EmptyFields};
use async_graphql::{OutputType, SimpleObject};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Datelike, Utc};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::error::{Error, ErrorCode, Refusal, Result};

/// Entries of one page at the most.
pub const MAX: usize = 100;
/// Entries of a page where the client names no number.
pub const DEFAULT: usize = 20;

/// What every connection carries besides its edges.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct Total {
    /// How many there are in all pages together.
    pub total_count: i64,
}

/// A connection of ours.
pub type Page<T> = Connection<String, T, Total, EmptyFields>;

/// The arguments of a page, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Args<K> {
    /// How many entries, 0 to [`MAX`].
    pub size: usize,
    /// The key to go on from.
    pub from: Option<K>,
    /// Towards the beginning (`last`/`before`) instead of the end.
    pub backward: bool,
}

/// What a page goes on from. A cursor comes back from a client, who may have changed it.
pub trait Key: Serialize + DeserializeOwned {
    /// Whether the database knows such values.
    fn is_sound(&self) -> bool {
        true
    }
}

impl Key for i32 {}
impl Key for i64 {}
impl Key for Uuid {}

/// A rank in search results.
impl Key for (f32, Uuid) {
    fn is_sound(&self) -> bool {
        self.0.is_finite()
    }
}

/// A number, or a time in microseconds since 1970.
impl Key for (i64, Uuid) {
    fn is_sound(&self) -> bool {
        DateTime::from_timestamp_micros(self.0).is_some_and(has_usual_year)
    }
}

impl Key for TimeKey {
    fn is_sound(&self) -> bool {
        has_usual_year(self.0)
    }
}

fn has_usual_year(time: DateTime<Utc>) -> bool {
    (1..=9999).contains(&time.year())
}

impl<K: Key> Args<K> {
    /// Checks `first`, `after`, `last` and `before`.
    ///
    /// # Errors
    /// `BAD_REQUEST` naming the argument.
    pub fn new(first: Option<i32>, after: Option<String>, last: Option<i32>, before: Option<String>) -> Result<Self> {
        let refuse = |code, path: &str| Error::BadRequest(Refusal::new(code, path).with("min", 0).with("max", MAX));
        if first.is_some() && last.is_some() {
            return Err(refuse(ErrorCode::OutOfRange, "last"));
        }
        let backward = last.is_some() || (before.is_some() && first.is_none());
        let (asked, path) = if backward { (last, "last") } else { (first, "first") };
        let size = match asked {
            None => DEFAULT,
            Some(n) => usize::try_from(n).ok().filter(|n| *n <= MAX).ok_or_else(|| refuse(ErrorCode::OutOfRange, path))?,
        };
        let (cursor, path) = if backward { (before, "before") } else { (after, "after") };
        let from = cursor
            .map(|c| decode(&c).ok_or_else(|| Error::BadRequest(Refusal::new(ErrorCode::InvalidFormat, path).with("example", "endCursor"))))
            .transpose()?;
        Ok(Self { size, from, backward })
    }

    /// One more than the page, to know whether there is another.
    pub fn limit(&self) -> i64 {
        i64::try_from(self.size).unwrap_or(0) + 1
    }
}

/// Key of lists in the order of time.
pub type TimeKey = (DateTime<Utc>, Uuid);

fn decode<K: Key>(cursor: &str) -> Option<K> {
    if cursor.len() > 512 {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).ok()?).ok().filter(K::is_sound)
}

/// The cursor of a key.
pub fn cursor<K: Serialize>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

/// A page from rows read with [`Args::limit`], in the order they were read (turned around for backward pages).
pub fn page<R, T, K>(args: &Args<K>, mut rows: Vec<R>, total: i64, key: impl Fn(&R) -> K, node: impl Fn(R) -> T) -> Page<T>
where
    T: OutputType,
    K: Serialize,
{
    let more = rows.len() > args.size;
    rows.truncate(args.size);
    if args.backward {
        rows.reverse();
    }
    let (previous, next) = if args.backward { (more, args.from.is_some()) } else { (args.from.is_some(), more) };
    let mut connection = Connection::with_additional_fields(previous, next, Total { total_count: total });
    connection.edges.extend(rows.into_iter().map(|row| {
        let cursor = cursor(&key(&row));
        Edge::new(cursor, node(row))
    }));
    connection
}

/// Whether the client asks for `totalCount`, which costs a query of its own.
pub fn wants_total(ctx: &async_graphql::Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_checked() {
        let args = |first, last| Args::<i32>::new(first, None, last, None);
        assert_eq!(args(None, None).unwrap().size, DEFAULT);
        assert_eq!(args(Some(100), None).unwrap().size, 100);
        assert!(args(Some(101), None).is_err());
        assert!(args(Some(-1), None).is_err());
        assert!(args(Some(1), Some(1)).is_err());
        assert!(Args::<i32>::new(None, Some("nonsense!".into()), None, None).is_err());
        assert!(Args::<i32>::new(None, Some(cursor(&7)), None, None).unwrap().from == Some(7));
    }

    #[test]
    fn hostile_cursors_are_refused_by_name() {
        const WORDS: &[&[u8]] = &[
            b"[",
            b"]",
            b"\"",
            b",",
            b"-262143-01-01T00:00:00Z",
            b"+262142-12-31T23:59:60Z",
            b"2026-11-22T00:00:00Z",
            b"1e39",
            b"-0.0",
            b"9223372036854775807",
            b"-9223372036854775808",
            b"null",
            b"\\u0000",
            b"00000000-0000-0000-0000-000000000001",
            b"{",
            b"\xff",
            b" ",
        ];
        fn check<K: Key + std::fmt::Debug + PartialEq>(written: &str) -> Option<bool> {
            let args = match Args::<K>::new(Some(1), Some(written.to_owned()), None, None) {
                Ok(args) => args,
                Err(Error::BadRequest(refusal)) => {
                    assert_eq!((refusal.code, refusal.path.as_slice()), (ErrorCode::InvalidFormat, ["after".to_owned()].as_slice()));
                    return None;
                }
                Err(other) => panic!("{other:?}"),
            };
            let key = args.from.unwrap();
            assert!(key.is_sound());
            assert_eq!(decode::<K>(&cursor(&key)), Some(key), "there and back");
            Some(true)
        }
        let id = Uuid::from_u128(7);
        let seeds = [
            serde_json::to_vec(&(DateTime::<Utc>::from_timestamp(1_800_000_000, 1), id)).unwrap(),
            serde_json::to_vec(&(1_800_000_000_000_000_i64, id)).unwrap(),
            serde_json::to_vec(&(0.5_f32, id)).unwrap(),
            serde_json::to_vec(&id).unwrap(),
        ];
        crate::fuzz::run("cursors", &[], &seeds.each_ref().map(Vec::as_slice), WORDS, |input| {
            let written = [URL_SAFE_NO_PAD.encode(input), String::from_utf8_lossy(input).into_owned()];
            crate::fuzz::shape(
                written.map(|w| {
                    (check::<TimeKey>(&w), check::<(i64, Uuid)>(&w), check::<(f32, Uuid)>(&w), check::<Uuid>(&w), check::<i64>(&w))
                }),
            )
        });
    }

    #[test]
    fn times_that_no_database_knows_are_refused() {
        for year in ["-262143", "-4714", "+10000", "+262142"] {
            let forged = URL_SAFE_NO_PAD.encode(format!("[\"{year}-01-01T00:00:00Z\",\"{}\"]", Uuid::nil()));
            assert!(Args::<TimeKey>::new(None, Some(forged), None, None).is_err(), "{year}");
        }
        assert!(Args::<(i64, Uuid)>::new(None, Some(cursor(&(i64::MIN, Uuid::nil()))), None, None).is_err());
        assert!(Args::<(i64, Uuid)>::new(None, Some(cursor(&(i64::MAX, Uuid::nil()))), None, None).is_err());
    }

    #[test]
    fn a_backward_page_is_turned_around() {
        let args = Args::<i32>::new(None, None, Some(2), Some(cursor(&9))).unwrap();
        let page = page(&args, vec![8, 7, 6], 9, |r| *r, |r| r);
        assert_eq!(page.edges.iter().map(|e| e.node).collect::<Vec<_>>(), [7, 8]);
        assert!(page.has_previous_page && page.has_next_page);
    }
}
