//! Searches that people saved: now and then each is looked for, and its owner hears of what is new.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Facet, Filter, Key, Reader, Request, Sort, asked,
    document::Document,
    readable, reader,
    sql::people::{self as sql, Saved},
};
use crate::{
    app::App,
    audit,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    identity::{self, Act, Viewer},
    jobs,
    limits::Operation,
    notify::{self, NotificationKind},
};

/// Saved searches of a person at the most.
pub const MOST: i64 = 20;
/// Things that are looked at of each, the newest first.
const WINDOW: usize = 50;
/// Things that are remembered of each as known.
const REMEMBERED: usize = 4 * WINDOW;
/// Things that are named in a message.
const NAMED: usize = 5;
/// Bytes of what a saved search is narrowed to: whoever narrows more looks for something else each time.
const NARROWED: usize = 4000;
/// Characters of a name in a message.
const NAME: usize = 100;
/// Saved searches that one job looks for.
const PAGE: i64 = 50;

/// Among what a saved search looks, as the database keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    /// Of each named property, one of these values.
    #[serde(default)]
    any_of: Vec<(String, Vec<String>)>,
    /// Not older.
    #[serde(default)]
    pub from: Option<DateTime<Utc>>,
    /// Older.
    #[serde(default)]
    pub to: Option<DateTime<Utc>>,
}

impl Conditions {
    /// A filter to be kept.
    pub fn of(filter: &Filter) -> Self {
        let any_of = filter.any_of.iter().map(|(facet, values)| (facet.name().to_owned(), values.clone()));
        Self { any_of: any_of.collect(), from: filter.from, to: filter.to }
    }

    /// The properties with their values.
    pub fn facets(&self) -> impl Iterator<Item = (Facet, &[String])> {
        self.any_of.iter().filter_map(|(name, values)| {
            let facet = Facet::ALL.into_iter().find(|facet| facet.name() == name)?;
            Some((facet, values.as_slice()))
        })
    }

    fn filter(&self) -> Filter {
        let any_of = self.facets().map(|(facet, values)| (facet, values.to_vec()));
        Filter { any_of: any_of.collect(), from: self.from, to: self.to }
    }
}

/// Saves a search: of what is found from now on its owner hears. Saving the same twice does no harm.
///
/// # Errors
/// `WRONG_COUNT` when they have as many as one may have.
pub async fn save(app: &App, viewer: &Viewer, text: &str, filter: &Filter) -> Result<Saved> {
    let me = viewer.may(Act::Follow)?;
    viewer.limit(app, Operation::Write)?;
    let conditions = Conditions::of(filter);
    // The database keeps no such characters.
    if filter.any_of.iter().flat_map(|(_, values)| values).any(|value| value.chars().any(char::is_control)) {
        return Err(Refusal::new(ErrorCode::InvalidCharacters, "filter").into());
    }
    let size: usize = filter.any_of.iter().flat_map(|(_, values)| values).map(String::len).sum();
    if size > NARROWED {
        return Err(Refusal::new(ErrorCode::TooLong, "filter").with("max", NARROWED).with("actual", size).into());
    }
    let now = window(app, reader(viewer), text, filter.clone(), None).await?;
    let mut since = None;
    if let Some(window) = &now {
        since = bound(window, &readable(app, reader(viewer), &window.last()).await?, None);
    }
    let seen: Option<Vec<Uuid>> = now.map(|window| window.keys.into_iter().map(|(_, id)| id).collect());
    let mut tx = app.begin().await?;
    let saved = match sql::saved_before(&mut tx, me, text, &conditions).await? {
        (Some(saved), _) => saved,
        (None, count) if count >= MOST => {
            return Err(Refusal::new(ErrorCode::WrongCount, "savedSearches").with("min", 0).with("max", MOST).into());
        }
        (None, _) => sql::save(&mut tx, (app.new_id(), me), (text, &conditions), (seen.as_deref(), since)).await?,
    };
    tx.commit().await?;
    Ok(saved)
}

/// Forgets a saved search of the viewer's own.
///
/// # Errors
/// `NOT_FOUND` at `id`, also for somebody else's.
pub async fn delete(app: &App, viewer: &Viewer, id: Uuid) -> Result<()> {
    let me = viewer.may(Act::Follow)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    if !sql::delete(&mut tx, me, id).await? {
        return Err(Refusal::new(ErrorCode::NotFound, "id").into());
    }
    tx.commit().await?;
    Ok(())
}

/// What a saved search finds now.
#[derive(Debug)]
struct Window {
    /// The newest things.
    keys: Vec<Key>,
    /// Whether there are older ones.
    more: bool,
}

impl Window {
    /// The oldest of the things.
    fn last(&self) -> Vec<Key> {
        self.keys.last().copied().into_iter().collect()
    }
}

/// Looks for a saved search; none while there is no index, as much would be missed. What only may be meant is not what was asked for.
async fn window(app: &App, reader: Reader, text: &str, filter: Filter, since: Option<DateTime<Utc>>) -> Result<Option<Window>> {
    let (text, filter) = (text.to_owned(), Filter { from: filter.from.max(since), ..filter });
    let (facets, synonyms) = (Vec::new(), app.synonyms.current());
    let request = Request { text, unfinished: false, filter, reader, facets, sort: Sort::Newest, offset: 0, size: WINDOW, synonyms };
    let results = super::find(app, request).await?;
    if results.plain {
        return Ok(None);
    }
    if results.in_part || !results.meant.is_empty() {
        return Ok(Some(Window { keys: Vec::new(), more: false }));
    }
    let keys = results.hits.into_iter().map(|hit| hit.key).collect();
    Ok(Some(Window { keys, more: results.next.is_some() }))
}

/// From when on things are new, where there are more than can be remembered.
fn bound(window: &Window, documents: &HashMap<Key, Document>, since: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let oldest = window.keys.last().and_then(|key| documents.get(key)).and_then(|document| document.created_at);
    if window.more { oldest.max(since) } else { since }
}

/// Looks for what is new and tells who wants to hear of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct LookForNews {
    /// Those after this one, in the order of their keys; from the start where there is none.
    #[serde(default)]
    pub after: Option<Uuid>,
}

impl TaskHandler for LookForNews {
    const IDENTIFIER: &'static str = "look_for_news";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        look_for_news(&jobs::app(&ctx)?, self.after).await
    }
}

async fn look_for_news(app: &App, after: Option<Uuid>) -> Result<()> {
    if after.is_none() {
        sql::forget_counts(&app.db, asked::DAYS).await?;
    }
    let page = sql::saved_after(&app.db, after.unwrap_or_default(), PAGE).await?;
    // Others are looked for whatever becomes of these.
    if let Some(last) = page.last().filter(|_| i64::try_from(page.len()).is_ok_and(|length| length == PAGE)) {
        let mut tx = app.db.begin().await?;
        let key = Some(format!("look_for_news:{}", last.id));
        jobs::enqueue(&mut tx, &LookForNews { after: Some(last.id) }, &jobs::Spec { key, ..jobs::Spec::default() }).await?;
        tx.commit().await?;
    }
    let mut outcome = Ok(());
    for saved in &page {
        if let Err(error) = look(app, saved).await {
            outcome = Err(error);
        }
    }
    outcome
}

/// Looks for one, as its owner, and tells of what is new: once, since what was told of is noted in the same transaction.
async fn look(app: &App, saved: &Saved) -> Result<()> {
    let Some(owner) = identity::in_absence(app, saved.participant_id).await? else { return Ok(()) };
    let reader = reader(&owner);
    let Some(window) = window(app, reader, &saved.query, saved.filter.filter(), saved.since).await? else { return Ok(()) };
    let known: HashSet<Uuid> = saved.seen.iter().flatten().copied().collect();
    let fresh: Vec<Key> = window.keys.iter().filter(|(_, id)| !known.contains(id)).copied().collect();
    let asked: Vec<Key> = fresh.iter().copied().chain(window.last()).collect();
    let documents = readable(app, reader, &asked).await?;
    let news = news(saved, &fresh, &documents);
    let mut seen: Vec<Uuid> = window.keys.iter().map(|(_, id)| *id).collect();
    let there: HashSet<Uuid> = seen.iter().copied().collect();
    seen.extend(saved.seen.iter().flatten().filter(|id| !there.contains(id)));
    seen.truncate(REMEMBERED);
    let since = bound(&window, &documents, saved.since);
    let mut tx = app.db.begin().await?;
    if !sql::looked(&mut tx, saved, &seen, since, !news.is_empty()).await? {
        return Ok(());
    }
    if !news.is_empty() {
        // Who looks for what is nobody's business, so the log says only that something was found.
        let entry = audit::Entry::new("saved_search.found", None, Kind::SavedSearch, saved.id);
        let event = audit::record(&mut tx, audit::Entry { sealed: true, ..entry }).await?;
        let data = told(&saved.query, &news);
        let subject = (Kind::SavedSearch, saved.id);
        notify::tell(&mut tx, event, NotificationKind::SavedSearchFound, saved.participant_id, subject, &data).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What is new to the owner: not their own, and not what was there when they saved the search.
fn news<'a>(saved: &Saved, fresh: &[Key], documents: &'a HashMap<Key, Document>) -> Vec<&'a Document> {
    let is_new = |document: &&Document| {
        let own = document.owner == Some(saved.participant_id) && document.kind == Kind::Ticket;
        // Where nothing could be looked for when it was saved, time alone tells.
        let was_there = saved.seen.is_none() && document.created_at.is_none_or(|at| at < saved.created_at);
        !own && !was_there
    };
    fresh.iter().filter_map(|key| documents.get(key)).filter(is_new).collect()
}

/// What stands in the message.
fn told(query: &str, news: &[&Document]) -> notify::Data {
    let name = |document: &&Document| {
        let text = if document.title.is_empty() { &document.body } else { &document.title };
        let line = text.lines().next().unwrap_or_default();
        let short: String = line.chars().take(NAME).collect();
        if short.len() < line.len() { format!("• {short}…") } else { format!("• {short}") }
    };
    let names: Vec<String> = news.iter().take(NAMED).map(name).collect();
    notify::Data { title: query.to_owned(), number: news.len().to_string(), text: names.join("\n"), ..notify::Data::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(n: u128, title: &str) -> Document {
        Document {
            kind: Kind::Ticket,
            id: Uuid::from_u128(n),
            title: title.into(),
            body: "Текст".into(),
            public: true,
            owner: None,
            language: None,
            state: None,
            channel: None,
            topic: None,
            territory: None,
            working_group: None,
            department: None,
            created_at: DateTime::from_timestamp(i64::try_from(n).unwrap(), 0),
        }
    }

    #[test]
    fn conditions_come_back_as_they_were() {
        let filter = Filter {
            any_of: vec![(Facet::Kind, vec!["Ticket".into()]), (Facet::Topic, vec!["7".into(), "8".into()])],
            from: DateTime::from_timestamp(7, 0),
            to: None,
        };
        let kept = serde_json::to_string(&Conditions::of(&filter)).unwrap();
        assert_eq!(serde_json::from_str::<Conditions>(&kept).unwrap().filter(), filter);
        assert_eq!(serde_json::from_str::<Conditions>("{}").unwrap().filter(), Filter::default());
    }

    #[test]
    fn some_are_named_and_all_counted() {
        let documents: Vec<Document> = (1..=7).map(|n| document(n, &format!("Яма {n}"))).collect();
        let data = told("яма", &documents.iter().collect::<Vec<_>>());
        assert_eq!((data.title.as_str(), data.number.as_str(), data.text.lines().count()), ("яма", "7", NAMED));
        let nameless = document(1, "");
        assert_eq!(told("яма", &[&nameless]).text, "• Текст");
    }

    #[test]
    fn ones_own_and_what_was_there_is_not_new() {
        let me = Uuid::from_u128(9);
        let mut saved = Saved {
            id: Uuid::nil(),
            participant_id: me,
            query: "яма".into(),
            filter: sqlx::types::Json(Conditions::default()),
            created_at: DateTime::from_timestamp(2, 0).unwrap(),
            seen: None,
            since: None,
            looked_at: None,
            found_at: None,
        };
        let own = Document { owner: Some(me), ..document(3, "Моя") };
        let documents: HashMap<Key, Document> =
            [document(1, "Прежняя"), own, document(4, "Новая")].into_iter().map(|d| (d.key(), d)).collect();
        let fresh: Vec<Key> = documents.keys().copied().collect();
        let titles = |saved: &Saved| {
            let mut titles: Vec<String> = news(saved, &fresh, &documents).iter().map(|d| d.title.clone()).collect();
            titles.sort();
            titles
        };
        assert_eq!(titles(&saved), ["Новая"]);
        saved.seen = Some(Vec::new());
        assert_eq!(titles(&saved), ["Новая", "Прежняя"]);
    }
}
