use std::{collections::HashSet, path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{
    Chunks, ColumnNames, Format, InitiativesSummary, Interrupt, Progress, file_name,
    messages::{Labels, entry},
    read::{self, IncomingInitiative, MAX_TEXT, Row},
    report::ALREADY,
    sql,
};
use crate::{app::App, i18n::Locale, initiatives::State, nlp::language, organisation::Part, validate};

/// Characters of a title at the most.
const TITLE: usize = 140;

/// What to import, and as what.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct InitiativesOptions {
    /// A table or lines of JSON.
    pub path: PathBuf,
    /// csv or jsonl; recognised when it is not given.
    #[arg(long)]
    pub format: Option<Format>,
    /// Names of its columns.
    #[command(flatten)]
    pub columns: ColumnNames,
    /// Votes that are needed, at least 1; that of the settings when it is not given.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    pub threshold: Option<i64>,
    /// Print one JSON object and draw no bars.
    #[arg(long)]
    pub json: bool,
}

/// Imports initiatives of another service in the state they are in: in voting while their time lasts (that of the settings,
/// from their date, or from now without one), and then accepted or not supported by their votes.
///
/// An imported initiative has no author. Its votes stand in the tally (`SUPPORT`) and count towards the threshold, but there are
/// no ballots behind them: the people who cast them elsewhere are unknown here. Repeating it does no harm, see the module.
///
/// # Errors
/// The source cannot be opened or read, or the database failed. What was stored until then stays.
pub async fn initiatives(app: &App, options: &InitiativesOptions) -> Result<InitiativesSummary> {
    let begun = Instant::now();
    let mut run = Run::open(app, options)?;
    let interrupt = Interrupt::listen();
    let mut progress = Progress::bytes("reading", run.total, !options.json);
    while let Some(position) = run.step().await? {
        progress.set(position);
        if interrupt.is_raised() {
            run.summary.rows.interrupted = true;
            break;
        }
    }
    progress.finish();
    let mut summary = run.end().await?;
    summary.rows.took = begun.elapsed();
    Ok(summary)
}

/// An import under way.
pub(super) struct Run<'a> {
    app: &'a App,
    threshold: i64,
    file: String,
    topics: Labels,
    /// Bytes of the source.
    pub total: u64,
    /// What it came to so far.
    pub summary: InitiativesSummary,
    source: Chunks<IncomingInitiative>,
}

impl<'a> Run<'a> {
    /// Opens the source.
    ///
    /// # Errors
    /// It cannot be opened or is not of its format.
    pub fn open(app: &'a App, options: &InitiativesOptions) -> Result<Self> {
        let threshold = options.threshold.unwrap_or(app.config.initiatives.threshold).max(1);
        let reader = read::open_initiatives(&options.path, options.format, &(&options.columns).into())?;
        let (topics, summary) = (Labels::new(), InitiativesSummary::default());
        let file = file_name(&options.path);
        Ok(Self { app, threshold, file, topics, total: reader.total(), summary, source: Chunks::of(reader) })
    }

    /// Stores the next chunk; gives the bytes of the source that lie behind it, and `None` at the end.
    ///
    /// # Errors
    /// The database failed.
    pub async fn step(&mut self) -> Result<Option<u64>> {
        let Some((rows, position)) = self.source.next().await else { return Ok(None) };
        let (app, summary) = (self.app, &mut self.summary);
        let mut new = Vec::new();
        for row in rows {
            summary.rows.read += 1;
            match row {
                Row::Item(incoming) => {
                    let place = format!("row {} ({})", summary.rows.read, incoming.external_id);
                    let topic = match &incoming.topic {
                        Some(name) => entry(app, &mut self.topics, Part::Topic, name).await?.map(Some),
                        None => Ok(None),
                    };
                    match topic.and_then(|topic| prepare(app, incoming, topic, self.threshold, &self.file)) {
                        Ok(row) => new.push(row),
                        Err(reason) => summary.rows.refuse(place, reason),
                    }
                }
                Row::Ignored { reason, .. } => summary.rows.ignore(&reason),
                Row::Refused { at, reason } => summary.rows.refuse(at, reason),
            }
        }
        let mut tx = app.db.begin().await?;
        let written = sql::insert_initiatives(&mut tx, &new, &format!("imported from {}", self.file)).await;
        let written: HashSet<Uuid> = written.context("failed to store a chunk")?.into_iter().collect();
        tx.commit().await?;
        for row in &new {
            if written.contains(&row.id) {
                summary.initiatives += 1;
            } else {
                summary.rows.ignore(ALREADY);
            }
        }
        Ok(Some(position))
    }

    /// Ends the reading, at the end or before.
    ///
    /// # Errors
    /// The source could not be read to the end.
    pub async fn end(self) -> Result<InitiativesSummary> {
        self.source.finish().await?;
        Ok(self.summary)
    }
}

fn prepare(
    app: &App,
    row: IncomingInitiative,
    topic_id: Option<Uuid>,
    threshold: i64,
    source: &str,
) -> std::result::Result<sql::NewInitiative, String> {
    let full = validate::salvage(&row.title, MAX_TEXT).replace(['\n', '\t'], " ");
    let text = validate::salvage(&row.text, MAX_TEXT);
    if full.is_empty() || text.is_empty() {
        return Err("nothing is left of its title or text".into());
    }
    let locale = language::detect(&text).and_then(|l| Locale::from_tag(l.code())).unwrap_or_default();
    let now = app.clock.now();
    let voting_days = i32::try_from(app.config.initiatives.voting_days).unwrap_or(60).clamp(1, 366);
    let (voting_starts_at, voting_ends_at) = period(row.date, voting_days, now);
    let votes = row.votes.unwrap_or(0);
    let title = shorten(&full, TITLE);
    Ok(sql::NewInitiative {
        id: app.new_id(),
        external_id: row.external_id,
        state: state(votes, threshold, voting_ends_at <= now).name(),
        locale: locale.tag(),
        goal: if title == full { text } else { format!("{full}\n\n{text}") },
        title,
        topic_id,
        threshold,
        voting_days,
        voting_starts_at,
        voting_ends_at,
        votes,
        details: json!({ "source": source, "jurisdiction": row.jurisdiction }),
    })
}

/// Begin and end of the vote. A date to come is a mistake of the source.
fn period(date: Option<DateTime<Utc>>, days: i32, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let begin = date.unwrap_or(now).min(now);
    (begin, begin + TimeDelta::days(days.into()))
}

const fn state(votes: i64, threshold: i64, ended: bool) -> State {
    match (ended, votes >= threshold) {
        (false, _) => State::Voting,
        (true, true) => State::Accepted,
        (true, false) => State::NotSupported,
    }
}

/// A line of at most `most` characters, cut at a word.
fn shorten(line: &str, most: usize) -> String {
    if line.chars().count() <= most {
        return line.to_owned();
    }
    let cut: String = line.chars().take(most - 1).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_title_is_short_and_begins_as_the_full_one(line in "[а-яё ]{0,400}") {
            let title = shorten(&line, TITLE);
            prop_assert!(title.chars().count() <= TITLE);
            prop_assert!(line.starts_with(title.trim_end_matches('…')));
        }
    }

    #[test]
    fn a_title_is_cut_at_a_word() {
        assert_eq!(shorten("Скамейки у пруда", 140), "Скамейки у пруда");
        assert_eq!(shorten("Скамейки у пруда", 12), "Скамейки у…");
        assert_eq!(shorten("Скамейки", 4), "Ска…");
    }

    #[test]
    fn the_date_decides_whether_it_is_in_voting_and_the_votes_how_it_ended() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let ended = |days| period(Some(now - TimeDelta::days(days)), 60, now).1 <= now;
        assert!(!ended(59) && ended(60) && !ended(-5));
        assert_eq!(period(None, 60, now).0, now);
        assert_eq!(state(100, 100, true), State::Accepted);
        assert_eq!(state(99, 100, true), State::NotSupported);
        assert_eq!(state(500, 100, false), State::Voting);
    }
}
