use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use rand::{SeedableRng, rngs::StdRng};
use uuid::Uuid;

use super::{data, initiatives, people::City, sql::Tables, texts, votes};
use crate::{
    initiatives::State,
    voting::{self, BallotKind, Outcome, Tally, Terms},
};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn planned() -> (Vec<data::Initiative>, Tables) {
    let organisation = data::organisation().unwrap();
    let ids = |of: &[data::Entry]| of.iter().enumerate().map(|(n, e)| (e.key(), Uuid::from_u128(n as u128 + 1))).collect::<HashMap<_, _>>();
    let people = |from: u128, count: u128| (from..from + count).map(Uuid::from_u128).collect::<Vec<_>>();
    let departments = ids(&organisation.departments);
    let city = City {
        territories: organisation.territories.iter().map(|e| (e.name_ru.clone(), Uuid::from_u128(1))).collect(),
        topics: ids(&organisation.topics),
        groups: ids(&organisation.groups),
        citizens: people(1000, 40),
        english: people(1040, 8),
        voters: people(1000, 190),
        experts: Vec::new(),
        officers: departments.values().map(|d| (*d, Uuid::from_u128(d.as_u128() + 5000))).collect(),
        departments,
    };
    let file = data::initiatives().unwrap();
    let tables = initiatives::plan(&mut StdRng::seed_from_u64(super::SEED), &city, &file, now()).unwrap();
    (file, tables)
}

#[test]
fn every_tally_is_the_recount_of_its_ballots_and_agrees_with_the_file() {
    let (file, tables) = planned();
    for (one, row) in file.iter().zip(&tables.initiatives) {
        let ballots: Vec<_> = tables.ballots.iter().filter(|b| b.initiative_id == row.id).collect();
        assert_eq!(ballots.len(), one.votes, "{}", one.title);
        assert_eq!(ballots.iter().map(|b| b.voter_id).collect::<HashSet<_>>().len(), one.votes, "{}", one.title);
        let mut recount = Tally::empty(votes::width(one));
        for ballot in &ballots {
            recount.shift(None, Some(&ballot.choices));
            assert!(Some(ballot.cast_at) >= row.voting_starts_at && Some(ballot.cast_at) < row.voting_ends_at && ballot.cast_at < now());
        }
        let Some(tally) = tables.tallies.iter().find(|t| t.initiative_id == row.id) else {
            assert!(ballots.is_empty() && row.voting_starts_at.is_none());
            continue;
        };
        assert_eq!((&tally.counts, tally.ballots), (&recount.counts, recount.ballots));
        let last = tables.course.iter().rfind(|p| p.initiative_id == row.id).unwrap();
        assert_eq!((&last.counts, last.ballots), (&tally.counts, tally.ballots));
        #[allow(clippy::cast_precision_loss)]
        let share = recount.counts[0] as f64 / recount.ballots as f64;
        assert!((share - one.support).abs() < 0.02, "{}: {share}", one.title);
    }
}

#[test]
fn states_follow_from_the_votes_and_the_calendar() {
    let (file, tables) = planned();
    for (one, row) in file.iter().zip(&tables.initiatives) {
        let Some(tally) = tables.tallies.iter().find(|t| t.initiative_id == row.id) else { continue };
        let kind = match one.ballot.as_str() {
            "SUPPORT" => BallotKind::Support,
            "FOR_AGAINST_ABSTAIN" => BallotKind::ForAgainstAbstain,
            "SINGLE_CHOICE" => BallotKind::SingleChoice,
            _ => BallotKind::MultipleChoice,
        };
        let (min, max) = (usize::try_from(one.min_choices).unwrap(), usize::try_from(one.max_choices).unwrap());
        let terms =
            Terms { kind, width: votes::width(one), min_choices: min, max_choices: max, threshold: row.threshold, quorum: row.quorum };
        for ballot in tables.ballots.iter().filter(|b| b.initiative_id == row.id) {
            assert_eq!(voting::check_choices(&terms, ballot.choices.clone()).unwrap(), ballot.choices);
        }
        let counted = Tally { counts: tally.counts.clone(), ballots: tally.ballots, version: 0 };
        let expected = match one.state.as_str() {
            "VOTING" => Outcome::Open,
            "NOT_SUPPORTED" => Outcome::NotSupported,
            _ => Outcome::Accepted,
        };
        assert_eq!(voting::outcome(&terms, &counted, one.state != "VOTING"), expected, "{}", one.title);
        assert_eq!(row.voting_ends_at.unwrap() > now(), one.state == "VOTING" || row.voting_ends_at.unwrap() > now(), "{}", one.title);
    }
}

#[test]
fn the_histories_are_in_order_and_end_in_the_state() {
    let (_, tables) = planned();
    for row in &tables.initiatives {
        let steps: Vec<_> = tables.transitions.iter().filter(|t| t.initiative_id == row.id).collect();
        assert_eq!((steps[0].from_state, steps[0].at), (None, row.created_at));
        assert_eq!(steps.last().unwrap().to_state, row.state);
        for pair in steps.windows(2) {
            assert!(pair[0].at <= pair[1].at && pair[1].at < now() && pair[1].from_state == Some(pair[0].to_state), "{}", row.title);
        }
        for comment in tables.comments.iter().filter(|c| c.subject_id == row.id) {
            assert!(Some(comment.created_at) >= row.voting_starts_at && comment.created_at < now());
        }
        for milestone in tables.milestones.iter().filter(|m| m.initiative_id == row.id) {
            assert!(milestone.done_at.is_none_or(|at| at < now()));
            assert!(row.state != State::Implemented.name() || milestone.done_at < steps.last().map(|s| s.at));
        }
    }
    assert!(State::ALL.iter().all(|state| tables.initiatives.iter().any(|row| row.state == state.name())));
}

#[test]
fn the_scores_of_comments_are_the_votes_on_them() {
    let (file, tables) = planned();
    let said: usize = file.iter().flat_map(|i| &i.comments).map(|c| 1 + usize::from(c.reply.is_some())).sum();
    assert_eq!(tables.comments.len(), said);
    for comment in &tables.comments {
        let votes = tables.comment_votes.iter().filter(|v| v.comment_id == comment.id);
        assert_eq!(votes.map(|v| i32::from(v.value)).sum::<i32>(), comment.up - comment.down);
    }
}

#[test]
fn the_files_fit_each_other() {
    let organisation = data::organisation().unwrap();
    let messages = data::messages().unwrap();
    assert!(messages.iter().all(|m| organisation.groups.iter().any(|g| g.key == m.group)));
    assert!(texts::TEXTS.iter().all(|t| messages.iter().any(|m| m.matter == t.matter)));
    let keys: HashSet<String> = organisation.territories.iter().map(data::Entry::key).collect();
    assert_eq!(keys.len(), organisation.territories.len());
    assert!(keys.contains("smiths-quarter"));
    for service in &organisation.services {
        assert!(organisation.departments.iter().any(|d| [&d.key] == service.departments.iter().collect::<Vec<_>>()[..]), "{}", service.key);
        assert!(!service.description_ru.is_empty() && !service.description_en.is_empty(), "{}", service.key);
    }
    assert!(organisation.services.iter().any(|service| service.name_ru == "Вызов мастера по уличному освещению"));
}
