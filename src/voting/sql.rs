use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, QueryBuilder};
use uuid::Uuid;

use super::rules::{self, BallotKind, Tally};
use crate::page::{Args, TimeKey};

/// What a vote is held on, and the revision of the initiative that says so.
#[derive(Debug)]
pub struct Terms {
    pub id: Uuid,
    pub revision: i32,
    pub terms: rules::Terms,
}

/// The terms of those of the initiatives that exist, in whatever state.
pub async fn terms(db: &PgPool, ids: &[Uuid]) -> sqlx::Result<Vec<Terms>> {
    type Row = (Uuid, i32, BallotKind, i32, i32, i32, i64, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "select id, revision, ballot_kind, cardinality(options), min_choices, max_choices, threshold, quorum
         from initiatives where id = any($1)",
    )
    .bind(ids)
    .fetch_all(db)
    .await?;
    let size = |n: i32| usize::try_from(n).unwrap_or(0);
    Ok(rows
        .into_iter()
        .map(|(id, revision, kind, options, min, max, threshold, quorum)| Terms {
            id,
            revision,
            terms: rules::Terms {
                kind,
                width: kind.width(size(options)),
                min_choices: size(min),
                max_choices: size(max),
                threshold,
                quorum,
            },
        })
        .collect())
}

/// What a person chose, in ascending order; `None` takes the ballot back.
#[derive(Debug)]
pub struct Ballot<'a> {
    pub initiative: Uuid,
    pub voter: Uuid,
    pub choices: Option<&'a [i16]>,
}

/// How a vote stands after a group of ballots.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    /// Counted.
    Open(Tally),
    /// Not open by the database's clock.
    Closed,
    /// Nothing that the public may know of.
    Unknown,
    /// Its terms are not those that the ballots were checked against: nothing of the group was written.
    Changed,
}

/// Writes ballots, tallies, the course of the votes and the log in one transaction of one round trip, and wakes the job that closes a
/// vote where there may be ballots enough. A person has one ballot on an initiative in it at the most.
pub async fn cast(
    db: impl PgExecutor<'_>,
    initiatives: &[Uuid],
    terms: &HashMap<Uuid, Arc<Terms>>,
    ballots: &[Ballot<'_>],
) -> sqlx::Result<HashMap<Uuid, Standing>> {
    type Row = (Uuid, String, Option<Vec<i64>>, Option<i64>, Option<i64>);
    let of = |id: &Uuid| terms.get(id);
    // Arrays of arrays must be rectangular in SQL, so each ballot travels as text.
    let text = |choices: &[i16]| format!("{{{}}}", choices.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
    let rows: Vec<Row> = sqlx::query_as("select initiative_id, state, counts, ballots, version from cast_ballots($1, $2, $3, $4, $5, $6)")
        .bind(initiatives)
        .bind(initiatives.iter().map(|id| of(id).map(|t| t.revision)).collect::<Vec<_>>())
        .bind(initiatives.iter().map(|id| of(id).and_then(|t| rules::may_be_decided_at(&t.terms))).collect::<Vec<_>>())
        .bind(ballots.iter().map(|b| b.initiative).collect::<Vec<_>>())
        .bind(ballots.iter().map(|b| b.voter).collect::<Vec<_>>())
        .bind(ballots.iter().map(|b| b.choices.map(text)).collect::<Vec<_>>())
        .fetch_all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, state, counts, ballots, version)| {
            let standing = match (state.as_str(), counts, ballots, version) {
                ("OPEN", Some(counts), Some(ballots), Some(version)) => Standing::Open(Tally { counts, ballots, version }),
                ("CHANGED", ..) => Standing::Changed,
                ("CLOSED", ..) => Standing::Closed,
                _ => Standing::Unknown,
            };
            (id, standing)
        })
        .collect())
}

/// Tells other processes of tallies, when that commits; the payloads are events.
pub async fn notify(db: &PgPool, channel: &str, payloads: &[String]) -> sqlx::Result<()> {
    sqlx::query("select pg_notify($1, p) from unnest($2::text[]) p").bind(channel).bind(payloads).execute(db).await?;
    Ok(())
}

/// An empty tally for a vote that opens.
pub async fn open_tally(tx: &mut PgConnection, initiative: Uuid, width: usize) -> sqlx::Result<()> {
    sqlx::query("insert into tallies (initiative_id, counts) values ($1, $2) on conflict do nothing")
        .bind(initiative)
        .bind(vec![0_i64; width])
        .execute(tx)
        .await?;
    Ok(())
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TallyRow {
    pub initiative_id: Uuid,
    pub counts: Vec<i64>,
    pub ballots: i64,
    pub version: i64,
}

pub async fn tallies(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<TallyRow>> {
    sqlx::query_as("select initiative_id, counts, ballots, version from tallies where initiative_id = any($1)")
        .bind(ids)
        .fetch_all(db)
        .await
}

pub async fn own_ballots(db: &PgPool, voter: Uuid, ids: &[Uuid]) -> sqlx::Result<Vec<(Uuid, Vec<i16>, DateTime<Utc>)>> {
    sqlx::query_as("select initiative_id, choices, changed_at from ballots where voter_id = $1 and initiative_id = any($2)")
        .bind(voter)
        .bind(ids)
        .fetch_all(db)
        .await
}

/// A ballot of a voter's own.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OwnBallot {
    pub initiative_id: Uuid,
    pub choices: Vec<i16>,
    pub cast_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
}

/// A voter's ballots, those first that were cast last.
pub async fn ballots_of(db: &PgPool, voter: Uuid, args: &Args<TimeKey>) -> sqlx::Result<Vec<OwnBallot>> {
    let mut query = QueryBuilder::new("select initiative_id, choices, cast_at, changed_at from ballots where voter_id = ");
    query.push_bind(voter);
    if let Some((at, id)) = args.from {
        query.push(if args.backward { " and (cast_at, initiative_id) > (" } else { " and (cast_at, initiative_id) < (" });
        query.push_bind(at).push(", ").push_bind(id).push(")");
    }
    let direction = if args.backward { "" } else { " desc" };
    query.push(" order by cast_at").push(direction).push(", initiative_id").push(direction).push(" limit ").push_bind(args.limit());
    query.build_query_as().fetch_all(db).await
}

pub async fn count_ballots_of(db: &PgPool, voter: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from ballots where voter_id = $1").bind(voter).fetch_one(db).await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Point {
    pub initiative_id: Uuid,
    pub hour: DateTime<Utc>,
    pub counts: Vec<i64>,
    pub ballots: i64,
}

/// The last 1,000 points of each course.
pub async fn courses(db: &PgPool, ids: &[Uuid]) -> sqlx::Result<Vec<Point>> {
    sqlx::query_as(
        "select c.* from unnest($1::uuid[]) i, lateral (
             select * from tally_course c where c.initiative_id = i order by hour desc limit 1000) c
         order by c.initiative_id, c.hour",
    )
    .bind(ids)
    .fetch_all(db)
    .await
}
