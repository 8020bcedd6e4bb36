use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use serde_json::json;
use uuid::Uuid;

use super::{
    data,
    people::{City, id_at},
    sql::{self, AuditEntry, Tables},
    talk, votes,
};
use crate::{gid::Kind, i18n::Locale, initiatives::State};

/// Days of voting on what is open, and on what has ended.
const VOTING_DAYS: (i64, i64) = (60, 30);

/// When things happened to an initiative. What has not happened is `None`.
struct Course {
    created: DateTime<Utc>,
    submitted: Option<DateTime<Utc>>,
    reviewed: Option<DateTime<Utc>>,
    /// The end of the vote by the calendar.
    ends: Option<DateTime<Utc>>,
    decided: Option<DateTime<Utc>>,
    answered: Option<DateTime<Utc>>,
    done: Option<DateTime<Utc>>,
}

/// Some days, give or take an hour's part.
fn days(rng: &mut StdRng, range: std::ops::Range<i64>) -> TimeDelta {
    TimeDelta::minutes(rng.random_range(range.start * 1440..range.end * 1440))
}

/// Times that lead to the state the initiative is in now. A vote by signatures ends as soon as there are enough, any other at its end.
fn course(rng: &mut StdRng, file: &data::Initiative, state: State, now: DateTime<Utc>) -> Course {
    let signatures = file.ballot == "SUPPORT";
    let due = file.milestones.iter().filter(|m| m.done).map(|m| m.due_days).max().unwrap_or(0);
    let done = (state == State::Implemented).then(|| now - days(rng, 4..40));
    let answered = match state {
        State::Implemented => done.map(|done| done - TimeDelta::days(due) - days(rng, 2..9)),
        State::InImplementation => Some(now - TimeDelta::days(due) - days(rng, 6..16)),
        _ => None,
    };
    let decided = match (state, answered) {
        (_, Some(answered)) => Some(answered - days(rng, 5..14)),
        (State::Accepted, _) => Some(now - days(rng, 1..9)),
        (State::NotSupported, _) => Some(now - days(rng, 3..60)),
        _ => None,
    };
    let voted = state == State::Voting || decided.is_some();
    let opened = match decided {
        Some(decided) if signatures && state != State::NotSupported => Some(decided - days(rng, 9..26)),
        Some(decided) => Some(decided - TimeDelta::days(VOTING_DAYS.1)),
        None if voted => Some(now - days(rng, 4..54)),
        None => None,
    };
    let ends = opened.map(|opened| opened + TimeDelta::days(if state == State::Voting { VOTING_DAYS.0 } else { VOTING_DAYS.1 }));
    let reviewed = match state {
        State::Returned => Some(now - days(rng, 1..10)),
        State::Rejected => Some(now - days(rng, 5..80)),
        State::Withdrawn => Some(now - days(rng, 3..40)),
        _ => opened,
    };
    let submitted = match state {
        State::Draft => None,
        State::InReview => Some(now - days(rng, 1..6)),
        _ => reviewed.map(|reviewed| reviewed - days(rng, 2..8)),
    };
    let created = submitted.unwrap_or(now) - days(rng, 1..7);
    Course { created, submitted, reviewed, ends, decided, answered, done }
}

/// The way of an initiative through its states, which only allows what the rules allow.
struct Walk<'a> {
    id: Uuid,
    state: State,
    tables: &'a mut Tables,
}

impl Walk<'_> {
    fn note(&mut self, at: DateTime<Utc>, actor_id: Option<Uuid>, action: &'static str, details: serde_json::Value) {
        let (subject_type, subject_id) = (Kind::Initiative, self.id);
        self.tables.audit.push(AuditEntry { at, actor_id, action, subject_type, subject_id, details, sealed: false });
    }

    fn step(&mut self, to: State, at: Option<DateTime<Utc>>, actor_id: Option<Uuid>, reason: &str) -> Result<()> {
        let at = at.context("a step of a demonstration initiative has no time")?;
        ensure!(self.state.may_become(to), "a demonstration initiative cannot go from {:?} to {to:?}", self.state);
        self.tables.transitions.push(sql::Transition {
            initiative_id: self.id,
            from_state: Some(self.state.name()),
            to_state: to.name(),
            at,
            actor_id,
            reason: reason.to_owned(),
        });
        self.note(at, actor_id, to.action(), json!({ "from": self.state.name(), "to": to.name() }));
        self.state = to;
        Ok(())
    }
}

/// All initiatives of the file with everything about them, as they stand at `now`.
pub fn plan(rng: &mut StdRng, city: &City, file: &[data::Initiative], now: DateTime<Utc>) -> Result<Tables> {
    let mut tables = Tables::default();
    for (n, one) in file.iter().enumerate() {
        add(rng, city, one, n, now, &mut tables).with_context(|| format!("failed to make {:?}", one.title))?;
    }
    Ok(tables)
}

fn add(rng: &mut StdRng, city: &City, file: &data::Initiative, n: usize, now: DateTime<Utc>, tables: &mut Tables) -> Result<()> {
    let state = State::ALL.into_iter().find(|s| s.name() == file.state).context("unknown state")?;
    let at = course(rng, file, state, now);
    let people = if file.locale == Locale::En { &city.english } else { &city.citizens };
    let author = people[n * 7 % people.len()];
    let known = |map: &std::collections::HashMap<String, Uuid>, key: &str| map.get(key).copied().with_context(|| format!("unknown: {key}"));
    let department_id = known(&city.departments, &file.department)?;
    let officer = city.officers.get(&department_id).copied();
    let id = id_at(rng, at.created);
    let choice = !file.options.is_empty();
    let voting_starts_at = at.ends.and(at.reviewed);
    let revised = n.is_multiple_of(3);
    let row = sql::Initiative {
        id,
        author_id: author,
        state: state.name(),
        locale: file.locale.tag(),
        title: file.title.clone(),
        goal: file.goal.clone(),
        effect: file.effect.clone(),
        resources: file.resources.clone(),
        department_id,
        territory_id: known(&city.territories, &file.territory)?,
        topic_id: known(&city.topics, &file.topic)?,
        ballot_kind: file.ballot.clone(),
        options: file.options.clone(),
        min_choices: file.min_choices,
        max_choices: file.max_choices,
        // Of several options the file's threshold counts ballots, and the first option needs the most of them.
        threshold: if choice { (file.threshold * 2 / 5).max(1) } else { file.threshold },
        quorum: if choice { file.threshold } else { 0 },
        voting_days: i32::try_from(if at.decided.is_some() { VOTING_DAYS.1 } else { VOTING_DAYS.0 })?,
        voting_starts_at,
        voting_ends_at: at.ends,
        revision: if revised { 2 } else { 1 },
        created_at: at.created,
        updated_at: at.done.or(at.answered).or(at.decided).or(at.reviewed).or(at.submitted).unwrap_or(at.created),
    };
    revisions(&row, at.submitted.unwrap_or(now), tables);
    tables.follows.push(sql::Follow { participant_id: author, subject_type: Kind::Initiative, subject_id: id, at: at.created });
    tables.transitions.push(sql::Transition {
        initiative_id: id,
        from_state: None,
        to_state: State::Draft.name(),
        at: at.created,
        actor_id: Some(author),
        reason: String::new(),
    });
    let mut walk = Walk { id, state: State::Draft, tables };
    walk.note(at.created, Some(author), State::Draft.action(), json!({}));
    if state != State::Draft {
        walk.step(State::InReview, at.submitted, Some(author), "")?;
    }
    match state {
        State::Draft | State::InReview => (),
        State::Withdrawn => walk.step(State::Withdrawn, at.reviewed, Some(author), &file.reason)?,
        State::Returned | State::Rejected => walk.step(state, at.reviewed, officer, &file.reason)?,
        _ => {
            walk.step(State::Voting, at.reviewed, officer, "")?;
            match state {
                State::Voting => (),
                State::NotSupported => walk.step(State::NotSupported, at.decided, None, "")?,
                _ => walk.step(State::Accepted, at.decided, None, "")?,
            }
        }
    }
    if let Some(answered) = at.answered {
        walk.note(answered, officer, "initiative.answered", json!({ "accepted": true }));
        walk.step(State::InImplementation, at.answered, officer, "")?;
        milestones(rng, &mut walk, file, answered, officer, now);
        walk.tables.answers.push(sql::Answer {
            initiative_id: id,
            department_id,
            author_id: officer,
            accepted: true,
            body: file.answer.clone(),
            at: answered,
        });
        if state == State::Implemented {
            walk.step(State::Implemented, at.done, officer, "")?;
        }
    }
    if let Some(opened) = voting_starts_at {
        let closed = at.decided.unwrap_or(now).min(now);
        votes::cast(rng, city, file, &row, (opened, closed), tables);
        talk::discuss(rng, city, file, &row, (opened, closed), tables);
    }
    tables.initiatives.push(row);
    Ok(())
}

/// The text as it was handed in, and before that, where there was an earlier one, without its last sentence.
fn revisions(row: &sql::Initiative, submitted: DateTime<Utc>, tables: &mut Tables) {
    let first = row.goal.trim_end_matches('.').rsplit_once(". ").map_or(row.goal.clone(), |(head, _)| format!("{head}."));
    let between = row.created_at + (submitted - row.created_at) / 2;
    for revision in 1..=row.revision {
        tables.revisions.push(sql::Revision {
            initiative_id: row.id,
            revision,
            at: if revision == 1 { row.created_at } else { between },
            author_id: row.author_id,
            title: row.title.clone(),
            goal: if revision == row.revision { row.goal.clone() } else { first.clone() },
            effect: row.effect.clone(),
            resources: row.resources.clone(),
            options: row.options.clone(),
        });
        if revision > 1 {
            tables.audit.push(AuditEntry {
                at: between,
                actor_id: Some(row.author_id),
                action: "initiative.revised",
                subject_type: Kind::Initiative,
                subject_id: row.id,
                details: json!({ "revision": revision }),
                sealed: false,
            });
        }
    }
}

fn milestones(
    rng: &mut StdRng,
    walk: &mut Walk<'_>,
    file: &data::Initiative,
    answered: DateTime<Utc>,
    officer: Option<Uuid>,
    now: DateTime<Utc>,
) {
    let notes = if file.locale == Locale::En { ["Done as planned.", ""] } else { ["Сделано в срок.", ""] };
    for (n, milestone) in file.milestones.iter().enumerate() {
        let due = answered + TimeDelta::days(milestone.due_days);
        let done_at = milestone.done.then(|| (due - days(rng, 0..2)).min(now).max(answered));
        if let Some(done) = done_at {
            walk.note(done, officer, "initiative.milestone_done", json!({}));
        }
        walk.tables.milestones.push(sql::Milestone {
            id: id_at(rng, answered),
            initiative_id: walk.id,
            position: n + 1,
            title: milestone.title.clone(),
            due_on: due.date_naive(),
            done_at,
            note: done_at.and_then(|_| notes.choose(rng)).copied().unwrap_or_default(),
        });
    }
}
