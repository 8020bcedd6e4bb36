//! The life of an index beside a server: it follows the log, says how it fares, and is compared with the database once a night.

use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use tokio::sync::watch;

use super::{
    Following,
    standing::{self, Said},
};
use crate::app::App;

/// Keeps the index of this process what the database is, until told to end.
pub async fn follow(app: App, told: watch::Receiver<bool>) {
    let (say, news) = watch::channel(Said::default());
    tokio::join!(keep(&app, say, told), standing::report(&app, news));
}

async fn keep(app: &App, say: watch::Sender<Said>, mut told: watch::Receiver<bool>) {
    let mut following = Following::default();
    let mut failing = false;
    // Each process has a minute of its own, so that not all read everything at once.
    let minute = 60 + u16::from_le_bytes(app.entropy.bytes()) % 240;
    let mut comparing_at = next_comparing(app.clock.now(), minute);
    loop {
        let outcome = tokio::select! {
            _ = told.wait_for(|end| *end) => return,
            outcome = catch_up(app, &mut following, &say) => outcome,
        };
        let error = outcome.err().map(|error| format!("{error:#}"));
        match &error {
            None => failing = false,
            // Once for a row of failures: it is tried again at once.
            Some(error) if !failing => {
                tracing::warn!(error, "the index could not be brought up to date; trying again");
                failing = true;
            }
            Some(_) => (),
        }
        say.send_modify(|said| {
            said.name = app.search.name();
            (said.generation, said.filling, said.error) = (following.generation, None, error);
            // Before it was filled there is nothing that could wait to be taken in.
            said.mark = app.search.index().map(|_| following.mark);
            said.seen = following.seen.keys().copied().collect();
        });
        if !failing && app.clock.now() >= comparing_at {
            comparing_at = next_comparing(app.clock.now(), minute);
            tokio::select! {
                _ = told.wait_for(|end| *end) => return,
                outcome = app.search.compare(&mut following) => compared(outcome),
            }
        }
        let pause = tokio::time::sleep(Duration::from_millis(app.config.search.pause_millis));
        tokio::select! { _ = told.wait_for(|end| *end) => return, () = pause => () }
    }
}

/// Takes in what changed: words that mean the same, and what can be found.
async fn catch_up(app: &App, following: &mut Following, say: &watch::Sender<Said>) -> Result<()> {
    app.synonyms.refresh(&app.db).await?;
    let mut filling = |done, all| {
        say.send_modify(|said| {
            said.name = app.search.name();
            said.filling = Some((done, all));
        });
    };
    app.search.catch_up(following, &mut filling).await?;
    app.search.take_synonyms(following, &app.synonyms.current()).await
}

fn compared(outcome: Result<usize>) {
    match outcome {
        Ok(0) => tracing::info!("the index is what the database is"),
        Ok(differed) => tracing::warn!(differed, "documents in the index differed from the database, and were mended"),
        Err(error) => tracing::warn!(error = format!("{error:#}"), "the index could not be compared with the database"),
    }
}

/// When the index is compared next: at this minute of the day, in UTC.
fn next_comparing(now: DateTime<Utc>, minute: u16) -> DateTime<Utc> {
    let at = now.date_naive().and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(i64::from(minute));
    if at > now { at } else { at + TimeDelta::days(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_compared_once_a_day() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(next_comparing(at("2026-03-01T00:00:00Z"), 90), at("2026-03-01T01:30:00Z"));
        assert_eq!(next_comparing(at("2026-03-01T01:30:00Z"), 90), at("2026-03-02T01:30:00Z"));
        assert_eq!(next_comparing(at("2026-03-01T23:59:00Z"), 90), at("2026-03-02T01:30:00Z"));
    }
}
