use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::rules::{BallotKind, Tally, Terms};

#[derive(Debug, sqlx::FromRow)]
pub struct Open {
    pub id: Uuid,
    ballot_kind: BallotKind,
    options: i32,
    min_choices: i32,
    max_choices: i32,
    threshold: i64,
    quorum: i64,
    counts: Vec<i64>,
    ballots: i64,
    version: i64,
}

fn size(n: i32) -> usize {
    usize::try_from(n).unwrap_or(0)
}

impl Open {
    pub fn terms(&self) -> Terms {
        Terms {
            kind: self.ballot_kind,
            width: self.ballot_kind.width(size(self.options)),
            min_choices: size(self.min_choices),
            max_choices: size(self.max_choices),
            threshold: self.threshold,
            quorum: self.quorum,
        }
    }

    pub fn tally(&self) -> Tally {
        Tally { counts: self.counts.clone(), ballots: self.ballots, version: self.version }
    }
}

/// Those of the initiatives that are open by the database's clock, locked until the transaction ends.
pub async fn lock_open(tx: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<Open>> {
    sqlx::query_as(
        "select i.id, i.ballot_kind, cardinality(i.options) as options, i.min_choices, i.max_choices, i.threshold, i.quorum,
                t.counts, t.ballots, t.version
         from initiatives i join tallies t on t.initiative_id = i.id
         where i.id = any($1) and i.state = 'VOTING' and i.hidden_at is null
           and veche_now() >= i.voting_starts_at and veche_now() < i.voting_ends_at
         order by i.id for no key update of i, t",
    )
    .bind(ids)
    .fetch_all(tx)
    .await
}

/// Those of the initiatives that the public may know of.
pub async fn known(tx: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<BTreeSet<Uuid>> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("select id from initiatives i where id = any($1) and initiative_public(i)").bind(ids).fetch_all(tx).await?;
    Ok(ids.into_iter().collect())
}

/// The ballots that these voters have on these initiatives, pair by pair.
pub async fn existing(tx: &mut PgConnection, initiatives: &[Uuid], voters: &[Uuid]) -> sqlx::Result<HashMap<(Uuid, Uuid), Vec<i16>>> {
    let rows: Vec<(Uuid, Uuid, Vec<i16>)> = sqlx::query_as(
        "select b.initiative_id, b.voter_id, b.choices
         from (select distinct i, v from unnest($1::uuid[], $2::uuid[]) p(i, v)) p
         join ballots b on b.initiative_id = p.i and b.voter_id = p.v",
    )
    .bind(initiatives)
    .bind(voters)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(i, v, c)| ((i, v), c)).collect())
}

/// Writes what the ballots are now; `None` removes one.
pub async fn write(tx: &mut PgConnection, now: &BTreeMap<(Uuid, Uuid), Option<Vec<i16>>>) -> sqlx::Result<()> {
    let (mut initiatives, mut voters, mut choices) = (Vec::new(), Vec::new(), Vec::new());
    let (mut gone_from, mut gone) = (Vec::new(), Vec::new());
    for ((initiative, voter), new) in now {
        if let Some(new) = new {
            initiatives.push(*initiative);
            voters.push(*voter);
            // Arrays of arrays must be rectangular in SQL, so each ballot travels as text.
            choices.push(format!("{{{}}}", new.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")));
        } else {
            gone_from.push(*initiative);
            gone.push(*voter);
        }
    }
    if !voters.is_empty() {
        sqlx::query(
            "insert into ballots (initiative_id, voter_id, choices)
             select i, v, c::smallint[] from unnest($1::uuid[], $2::uuid[], $3::text[]) p(i, v, c)
             on conflict (initiative_id, voter_id) do update set choices = excluded.choices, changed_at = veche_now()",
        )
        .bind(&initiatives)
        .bind(&voters)
        .bind(&choices)
        .execute(&mut *tx)
        .await?;
    }
    if !gone.is_empty() {
        sqlx::query("delete from ballots b using unnest($1::uuid[], $2::uuid[]) p(i, v) where b.initiative_id = p.i and b.voter_id = p.v")
            .bind(&gone_from)
            .bind(&gone)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Writes the tallies and the point of the current hour in their course.
pub async fn write_tallies(tx: &mut PgConnection, tallies: &[(Uuid, &Tally)]) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = tallies.iter().map(|(id, _)| *id).collect();
    let ballots: Vec<i64> = tallies.iter().map(|(_, t)| t.ballots).collect();
    let versions: Vec<i64> = tallies.iter().map(|(_, t)| t.version).collect();
    let counts: Vec<String> =
        tallies.iter().map(|(_, t)| format!("{{{}}}", t.counts.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))).collect();
    sqlx::query(
        "with new as (select i, c::bigint[] as counts, b, v from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) p(i, c, b, v)),
              moved as (update tallies t set counts = new.counts, ballots = new.b, version = new.v, updated_at = veche_now()
                        from new where t.initiative_id = new.i)
         insert into tally_course (initiative_id, hour, counts, ballots)
         select i, date_trunc('hour', veche_now()), counts, b from new
         on conflict (initiative_id, hour) do update set counts = excluded.counts, ballots = excluded.ballots",
    )
    .bind(ids)
    .bind(counts)
    .bind(ballots)
    .bind(versions)
    .execute(tx)
    .await?;
    Ok(())
}

/// What a change of a ballot is called in the log.
pub const fn act(had: bool, has: bool) -> &'static str {
    match (had, has) {
        (false, _) => "ballot.cast",
        (true, true) => "ballot.changed",
        (true, false) => "ballot.withdrawn",
    }
}

/// Logs who voted, sealed and without what was chosen.
pub async fn audit(tx: &mut PgConnection, acts: &[(Uuid, Uuid, &'static str)]) -> sqlx::Result<()> {
    let initiatives: Vec<Uuid> = acts.iter().map(|a| a.0).collect();
    let voters: Vec<Uuid> = acts.iter().map(|a| a.1).collect();
    let actions: Vec<&str> = acts.iter().map(|a| a.2).collect();
    sqlx::query(
        "insert into audit_log (actor_id, action, subject_type, subject_id, sealed)
         select v, a, 'Initiative', i, true from unnest($1::uuid[], $2::uuid[], $3::text[]) p(i, v, a)",
    )
    .bind(initiatives)
    .bind(voters)
    .bind(actions)
    .execute(tx)
    .await?;
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
