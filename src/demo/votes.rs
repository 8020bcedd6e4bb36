use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use rand::{
    Rng,
    rngs::StdRng,
    seq::{IndexedRandom, SliceRandom},
};
use serde_json::json;

use super::{
    data,
    people::City,
    sql::{AuditEntry, Ballot, Initiative, Point, Tables, Tally},
};
use crate::{gid::Kind, voting};

/// Has people vote between two times: a ballot each, the tally, its course by the hour, and the log.
pub fn cast(
    rng: &mut StdRng,
    city: &City,
    file: &data::Initiative,
    row: &Initiative,
    (opened, closed): (DateTime<Utc>, DateTime<Utc>),
    tables: &mut Tables,
) {
    let voters: Vec<_> = city.voters.choose_multiple(rng, file.votes).copied().collect();
    let mut choices = choices(rng, file, voters.len());
    choices.shuffle(rng);
    let seconds = (closed - opened).num_seconds().max(2);
    // People come in crowds at first, then one by one.
    let mut times: Vec<_> = voters.iter().map(|_| opened + TimeDelta::seconds(early(rng, seconds))).collect();
    times.sort_unstable();
    let mut tally = voting::Tally::empty(width(file));
    for ((voter, choices), at) in voters.into_iter().zip(choices).zip(times) {
        tally.shift(None, Some(&choices));
        tally.version += 1;
        let hour = at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at);
        let point = Point { initiative_id: row.id, hour, counts: tally.counts.clone(), ballots: tally.ballots };
        match tables.course.last_mut() {
            Some(last) if last.initiative_id == row.id && last.hour == hour => *last = point,
            _ => tables.course.push(point),
        }
        tables.ballots.push(Ballot { initiative_id: row.id, voter_id: voter, choices, cast_at: at, changed_at: at });
        tables.audit.push(AuditEntry {
            at,
            actor_id: Some(voter),
            action: "ballot.cast",
            subject_type: Kind::Initiative,
            subject_id: row.id,
            details: json!({}),
            sealed: true,
        });
    }
    let updated_at = tables.ballots.last().filter(|b| b.initiative_id == row.id).map_or(opened, |b| b.cast_at);
    let voting::Tally { counts, ballots, version } = tally;
    tables.tallies.push(Tally { initiative_id: row.id, counts, ballots, version, updated_at });
}

/// A second before the end, rather early than late.
fn early(rng: &mut StdRng, seconds: i64) -> i64 {
    let a = rng.random_range(1..seconds);
    let b = rng.random_range(1..seconds);
    if rng.random_bool(0.5) { a.min(b) } else { a }
}

/// Options of a ballot.
pub fn width(file: &data::Initiative) -> usize {
    match file.ballot.as_str() {
        "SUPPORT" => 1,
        "FOR_AGAINST_ABSTAIN" => 3,
        _ => file.options.len(),
    }
}

/// Ballots with the support that the file gives to the first option.
fn choices(rng: &mut StdRng, file: &data::Initiative, ballots: usize) -> Vec<Vec<i16>> {
    // At most a few hundred ballots.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let support = ((ballots as f64 * file.support).round() as usize).min(ballots);
    let others: Vec<i16> = (1..).take(width(file).saturating_sub(1)).collect();
    (0..ballots)
        .map(|n| match file.ballot.as_str() {
            "SUPPORT" => vec![0],
            _ if file.ballot != "MULTIPLE_CHOICE" && n < support => vec![0],
            // One of six who are not for it abstains.
            "FOR_AGAINST_ABSTAIN" => vec![if n % 6 == 5 { 2 } else { 1 }],
            "SINGLE_CHOICE" => some(rng, &others, 1),
            _ => {
                let (least, most) = (usize::try_from(file.min_choices).unwrap_or(1), usize::try_from(file.max_choices).unwrap_or(1));
                let count = rng.random_range(least..=most.max(least));
                if n < support {
                    let mut chosen = vec![0];
                    chosen.extend(some(rng, &others, count - 1));
                    chosen
                } else {
                    some(rng, &others, count)
                }
            }
        })
        .collect()
}

/// Some of the options in ascending order, those that stand first more often.
fn some(rng: &mut StdRng, options: &[i16], count: usize) -> Vec<i16> {
    let weight = |option: &i16| f64::from(options.len().try_into().unwrap_or(1) + 1 - option);
    let mut chosen: Vec<i16> =
        options.choose_multiple_weighted(rng, count, weight).map_or_else(|_| Vec::new(), |chosen| chosen.copied().collect());
    chosen.sort_unstable();
    chosen
}
