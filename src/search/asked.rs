//! What people look for, counted without them: which words, on which day, how often. Nobody's address or name goes with it.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Filter, Reader, Request, Sort, analysis,
    query::Asked,
    sql::people::{self as sql, TopicName},
};
use crate::{app::App, error::Result, nlp::extract::personal};

/// How often a query must have been asked to be shown to others: what one person wonders about is not.
pub const POPULAR: i64 = 5;
/// Days that are looked back on; what is older is forgotten.
pub const DAYS: i32 = 30;
/// Popular queries that are known at the most.
const MOST: i64 = 100;
/// Characters of a query that is counted.
const LONGEST: usize = 80;
/// Digits in a row, and in all, that are no house and no bus any more.
const DIGITS: (usize, usize) = (5, 7);
/// Queries that wait to be counted at the most: whoever floods us is not counted.
const WAITING: usize = 1000;
/// How long they wait for others, to be written together.
const PAUSE: Duration = Duration::from_secs(5);
/// How long what is popular is known for.
const FRESH: TimeDelta = TimeDelta::seconds(60);

/// Queries on their way to be counted, and those that are popular, as this process knows them.
#[derive(Default)]
pub struct Queries {
    waiting: Mutex<HashMap<String, i64>>,
    known: Mutex<Option<(DateTime<Utc>, Arc<Known>)>>,
}

/// What can be suggested without looking for it.
#[derive(Debug, Default)]
pub struct Known {
    /// Queries that many asked, the most frequent first.
    pub popular: Vec<String>,
    /// The names of topics.
    pub topics: Vec<TopicName>,
}

impl Queries {
    /// Counts a query that found something, soon: whoever asked does not wait for it.
    pub fn note(&self, app: &App, text: &str) {
        let Some(query) = countable(text) else { return };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let first = waiting.is_empty();
        if waiting.len() < WAITING || waiting.contains_key(&query) {
            *waiting.entry(query).or_default() += 1;
        }
        if first {
            let app = app.clone();
            tokio::spawn(async move {
                let mut stopping = app.stopping.subscribe();
                tokio::select! { () = tokio::time::sleep(PAUSE) => (), _ = stopping.wait_for(|end| *end) => () }
                if let Err(error) = app.queries.write(&app).await {
                    tracing::warn!(%error, "what people look for could not be counted");
                }
            });
        }
    }

    /// Writes down what waits to be counted: of it, what everybody finds something for. What only some may read is not to be guessed from it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn write(&self, app: &App) -> Result<()> {
        let waiting = mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let (mut queries, mut asked, mut found) = (Vec::new(), Vec::new(), Vec::new());
        for (query, count) in waiting {
            let total = findable(app, &query).await?;
            if total > 0 {
                queries.push(query);
                asked.push(count);
                found.push(i64::try_from(total).unwrap_or(i64::MAX));
            }
        }
        if !queries.is_empty() {
            sql::count(&app.db, &queries, &asked, &found).await?;
        }
        Ok(())
    }

    /// What is popular, and the names of topics; a minute old at the most.
    ///
    /// # Errors
    /// The database failed.
    pub async fn known(&self, app: &App) -> Result<Arc<Known>> {
        let now = app.clock.now();
        let kept = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, known)) = kept
            && now - at < FRESH
        {
            return Ok(known);
        }
        let known = Known { popular: sql::popular(&app.db, POPULAR, DAYS, MOST).await?, topics: sql::topics(&app.db).await? };
        let known = Arc::new(known);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, known.clone()));
        Ok(known)
    }
}

/// How many things everybody may read a query finds as it is written.
async fn findable(app: &App, query: &str) -> Result<usize> {
    let (filter, sort) = (Filter::default(), Sort::Relevance);
    let request = Request {
        text: query.to_owned(),
        unfinished: false,
        filter,
        reader: Reader::Anybody,
        facets: Vec::new(),
        sort,
        offset: 0,
        size: 1,
        synonyms: app.synonyms.current(),
    };
    let results = super::find(app, request).await?;
    let as_written = results.layout.is_none() && results.meant.is_empty() && !results.in_part && !results.hits.is_empty();
    Ok(if as_written { results.total } else { 0 })
}

/// The query as it is counted: its words. None where it may hold personal data, is too long, or says what is not to be found.
fn countable(text: &str) -> Option<String> {
    let query = normalised(text);
    // Names are told by their capitals, which people leave out when they look for something.
    let named: Vec<String> = query.split(' ').map(capitalised).collect();
    let private = [text, &query, &named.join(" ")].into_iter().any(|text| text.contains('@') || !personal(text).is_empty());
    let fits = !query.is_empty() && query.chars().count() <= LONGEST && text.chars().count() <= 2 * LONGEST;
    (fits && !private && !has_number(text) && Asked::of(text).without.is_empty()).then_some(query)
}

/// The words of a text in their one spelling.
pub fn normalised(text: &str) -> String {
    let terms = analysis::terms(text);
    let words: Vec<&str> = terms.iter().filter(|term| !term.joined).map(|term| term.surface.as_str()).collect();
    words.join(" ")
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Whether it holds the number of something: a telephone, a card, a contract.
fn has_number(text: &str) -> bool {
    let (row, all) = DIGITS;
    let (mut longest, mut current, mut total) = (0, 0, 0);
    for c in text.chars() {
        current = if c.is_numeric() { current + 1 } else { 0 };
        total += usize::from(c.is_numeric());
        longest = longest.max(current);
    }
    longest >= row || total >= all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_and_personal_data_is_not() {
        for (text, counted) in [
            ("Не горит ФОНАРЬ!", "не горит фонарь"),
            ("Ёлка  у школы 12", "елка у школы 12"),
            ("автобус 33", "автобус 33"),
            ("bus stop", "bus stop"),
        ] {
            assert_eq!(countable(text).as_deref(), Some(counted));
        }
        for private in [
            "anna@example.org",
            "+7 912 345-67-89",
            "89123456789",
            "8 912 345 67 89 кто звонил",
            "Иванова Мария Петровна",
            "иванова мария петровна",
            "Иванов И. И.",
            "кв. 12",
            "ткацкая 5 квартира 7",
            "договор 123456",
            "4111 1111 1111 1111",
            "яма -школа",
            "",
            "!?",
            &"слово ".repeat(20),
        ] {
            assert_eq!(countable(private), None, "{private}");
        }
    }
}
