//! How each index fares: what the process that keeps it says, and what is wrong with it.

use std::time::{Duration, Instant};

use lettre::transport::smtp::extension::ClientId;
use sqlx::PgPool;
use tokio::sync::watch;

use super::{
    analysis::VERSION,
    sql::{self, standing::Report},
};
use crate::app::App;

pub use sql::standing::Index;

/// Between two reports where nothing happens.
const PAUSE: Duration = Duration::from_secs(10);
/// Between two reports at the least.
const LEAST: Duration = Duration::from_secs(1);
/// Characters of an error that are kept.
const ERROR: usize = 500;

/// Seconds of silence after which an index counts as gone.
pub const SILENT: i64 = 300;
/// Seconds that a change may wait before that is a fault.
pub const LATE: i64 = 60;

/// What the process that keeps an index knows of it.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// The machine and the folder, or the name of the index that all share; none while this process keeps none.
    pub name: Option<String>,
    /// Of which generation it is.
    pub generation: i64,
    /// Transactions before this one are in it.
    pub mark: Option<i64>,
    /// Changes of later ones that are in it too.
    pub seen: Vec<i64>,
    /// While it is made: how many are in, of how many.
    pub filling: Option<(i64, i64)>,
    /// What stands in its way.
    pub error: Option<String>,
}

impl Said {
    /// Whether something happened since then that people want to know at once.
    fn is_news(&self, before: &Self) -> bool {
        let told = |said: &Self| (said.generation, said.mark.is_some(), said.filling.is_some(), said.error.is_some());
        self.name != before.name || told(self) != told(before) || self.filling.is_some()
    }
}

/// The name of the index of this process: the machine and the folder.
pub fn name(folder: &std::path::Path) -> String {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    format!("{}:{}", ClientId::default(), folder.display())
}

/// Reports what is said: at once where it is news, and every few seconds; until nobody says anything any more.
pub async fn report(app: &App, mut news: watch::Receiver<Said>) {
    let mut last: Option<(Said, Instant)> = None;
    loop {
        let said = news.borrow_and_update().clone();
        let due = last.as_ref().is_none_or(|(before, at)| at.elapsed() >= if said.is_news(before) { LEAST } else { PAUSE });
        if due {
            if let Some((Said { name: Some(name), .. }, _)) = last.as_ref().filter(|(before, _)| before.name != said.name) {
                let _ = sql::standing::gone(&app.db, name).await;
            }
            // What keeps the database from answering is said by whoever asks it for more than this.
            if let Err(error) = write(app, &said).await {
                tracing::debug!(error = format!("{error:#}"), "the standing of the index could not be reported");
            }
            last = Some((said, Instant::now()));
        }
        tokio::select! {
            changed = news.changed() => if changed.is_err() { break },
            () = tokio::time::sleep(PAUSE) => (),
        }
    }
    if let Some((Said { name: Some(name), .. }, _)) = last {
        let _ = sql::standing::gone(&app.db, &name).await;
    }
}

async fn write(app: &App, said: &Said) -> anyhow::Result<()> {
    let Some(name) = &said.name else { return Ok(()) };
    let documents = match app.search.index() {
        Some(index) => i64::try_from(index.count().await?)?,
        None => 0,
    };
    let error: Option<String> = said.error.as_ref().map(|error| error.chars().take(ERROR).collect());
    let report = Report {
        name,
        engine: app.search.engine(),
        version: i32::try_from(VERSION)?,
        generation: said.generation,
        mark: said.mark,
        seen: &said.seen,
        documents,
        filling: said.filling,
        error: error.as_deref(),
    };
    Ok(sql::standing::report(&app.db, &report).await?)
}

/// All indexes, as each last spoke of itself.
///
/// # Errors
/// The database failed.
pub async fn standing(db: &PgPool) -> sqlx::Result<Vec<Index>> {
    sql::standing::indexes(db).await
}

impl Index {
    /// Whether it spoke of itself not long ago.
    pub const fn is_alive(&self) -> bool {
        self.silent < SILENT
    }

    /// While it is made: how many documents are in, and how many there are.
    pub fn filling(&self) -> Option<(i64, i64)> {
        self.filled.zip(self.expected)
    }

    /// Whether it was made as is wanted, and answers.
    pub fn is_ready(&self) -> bool {
        self.whole && self.current && self.filling().is_none()
    }
}

/// How many documents the database has, and whether an index must hold as many: nothing was changed since it spoke.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    documents: i64,
    changed_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Expected {
    /// As it is now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn now(db: &PgPool) -> sqlx::Result<Self> {
        let (documents, changed_at) = sql::standing::documents(db).await?;
        Ok(Self { documents, changed_at })
    }

    /// How many documents the database has.
    pub const fn documents(self) -> i64 {
        self.documents
    }

    /// Whether an index holds another number of documents than it should.
    pub fn differs(self, index: &Index) -> bool {
        let spoke_since = self.changed_at.is_none_or(|at| at < index.reported_at);
        index.is_ready() && index.waiting == 0 && spoke_since && index.documents != self.documents
    }

    /// What is wrong with an index, in words for whoever runs the service.
    pub fn faults(self, index: &Index) -> Vec<String> {
        let mut faults = Vec::new();
        if !index.is_alive() {
            let minutes = index.silent / 60;
            return vec![format!("has said nothing for {minutes} minutes: its server has ended, or cannot reach the database")];
        }
        if let Some(error) = &index.error {
            faults.push(format!("cannot be kept: {error}"));
        }
        if index.lag > LATE {
            faults.push(format!("is {} s behind, with {} changes to take in", index.lag, index.waiting));
        }
        if self.differs(index) {
            let (held, known) = (index.documents, self.documents);
            faults.push(format!("holds {held} documents where the database has {known}: `veche search rebuild` makes it anew"));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    fn well() -> Index {
        Index {
            name: "here:/data/search/0".into(),
            engine: "EMBEDDED".into(),
            version: 1,
            generation: 1,
            whole: true,
            current: true,
            documents: 7,
            filled: None,
            expected: None,
            waiting: 0,
            lag: 0,
            error: None,
            reported_at: DateTime::UNIX_EPOCH,
            silent: 4,
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let expected = Expected { documents: 7, changed_at: Some(DateTime::UNIX_EPOCH - TimeDelta::seconds(1)) };
        assert!(expected.faults(&well()).is_empty());
        for (index, word) in [
            (Index { silent: 300, ..well() }, "5 minutes"),
            (Index { error: Some("no space left".into()), ..well() }, "no space left"),
            (Index { lag: 61, waiting: 3, ..well() }, "61 s behind, with 3 changes"),
            (Index { documents: 6, ..well() }, "holds 6 documents where the database has 7"),
        ] {
            let faults = expected.faults(&index);
            assert!(faults.len() == 1 && faults[0].contains(word), "{faults:?}");
        }
        // What is on its way is no difference.
        for index in [
            Index { documents: 6, waiting: 1, ..well() },
            Index { documents: 6, filled: Some(1), expected: Some(7), ..well() },
            Index { documents: 6, reported_at: DateTime::UNIX_EPOCH - TimeDelta::seconds(5), ..well() },
        ] {
            assert!(expected.faults(&index).is_empty(), "{index:?}");
        }
    }

    #[test]
    fn news_is_told_at_once() {
        let said = Said { generation: 1, mark: Some(5), ..Said::default() };
        assert!(!Said { mark: Some(6), seen: vec![1], ..said.clone() }.is_news(&said));
        assert!(Said { error: Some("x".into()), ..said.clone() }.is_news(&said));
        assert!(Said { filling: Some((0, 1)), ..said.clone() }.is_news(&said));
        assert!(Said { generation: 2, ..said.clone() }.is_news(&said));
    }
}
