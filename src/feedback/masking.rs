//! Personal data that citizens wrote into their messages: seen by the machine, hidden by people. The masked text takes the place of the
//! original, so that nothing that reads texts has to know; the original is kept, sealed.

use std::{collections::HashSet, ops::Range};

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{check_group, intake::headline, sql};
use crate::{
    app::App,
    audit,
    error::{Error, ErrorCode, Refusal, Result},
    gid::Kind,
    identity::{Act, Viewer},
    limits::Operation,
    live::{self, Event},
    nlp::extract::{Personal, cover, personal},
    notify, triage,
    validate::Validate,
};

/// What stands in the place of what is hidden.
const MASK: &str = "[…]";
/// Passages at once, and characters of one, at the most.
const MOST: usize = 50;
const LONGEST: usize = 200;

/// A message as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// The ticket's subject; `None` where the message is not the ticket's first.
    pub subject: Option<String>,
    /// The message itself.
    pub body: String,
}

impl Original {
    /// Opens what was sealed for an article.
    ///
    /// # Errors
    /// It was sealed under another key or for another article.
    pub fn open(app: &App, article: Uuid, sealed: &[u8]) -> Result<Self> {
        Ok(serde_json::from_str(&app.keys.open(article, sealed)?).map_err(anyhow::Error::from)?)
    }

    fn seal(&self, app: &App, article: Uuid) -> Result<Vec<u8>> {
        let text = serde_json::to_string(self).map_err(anyhow::Error::from)?;
        Ok(app.keys.seal(&app.entropy, article, &text)?)
    }
}

/// The text with the mask in the place of every occurrence of each passage; where they overlap or touch, of all of them together.
fn masked(text: &str, passages: &[String]) -> String {
    let occurrences = |passage: &String| text.match_indices(passage.as_str()).map(|(at, part)| at..at + part.len()).collect::<Vec<_>>();
    let mut spans: Vec<Range<usize>> = passages.iter().flat_map(occurrences).collect();
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    cover(text, joined, MASK)
}

/// The subject with the same hidden. One that is the message's beginning, perhaps cut within a passage, is made anew from what is left.
fn masked_subject(subject: &str, before: &str, after: &str, passages: &[String]) -> String {
    if subject == headline(before) { headline(after) } else { masked(subject, passages) }
}

/// Personal data that the machine sees in a message and, where it is the ticket's first, in the subject: each passage once, in order, at
/// most 50.
pub fn found(body: &str, subject: Option<&str>) -> Vec<(Personal, String)> {
    // A subject that is only the message's beginning holds nothing more.
    let subject = subject.filter(|subject| *subject != headline(body)).unwrap_or_default();
    let passages = [subject, body].into_iter().flat_map(|text| personal(text).into_iter().map(move |(kind, span)| (kind, &text[span])));
    let mut seen = HashSet::new();
    let fits = |passage: &str| passage.chars().count() <= LONGEST;
    let fresh = passages.filter(|(_, passage)| fits(passage) && seen.insert(*passage));
    fresh.take(MOST).map(|(kind, passage)| (kind, passage.to_owned())).collect()
}

/// The passages, cleaned as the texts are that hold them.
fn checked(passages: &[String]) -> Result<Vec<String>> {
    if passages.is_empty() || passages.len() > MOST {
        return Err(Refusal::new(ErrorCode::WrongCount, "passages").with("min", 1).with("max", MOST).into());
    }
    let mut v = Validate::new();
    let cleaned = passages.iter().enumerate().map(|(i, passage)| v.text(&format!("passages.{i}"), passage, 1..=LONGEST)).collect();
    v.finish()?;
    Ok(cleaned)
}

/// The locked ticket of a citizen's message, for an expert who works on it.
async fn lock(tx: &mut PgConnection, viewer: &Viewer, article: Uuid) -> Result<sql::Ticket> {
    // First of all, as whoever changes clusters does: the machine locks messages before their tickets, and must not wait for this one.
    triage::sql::lock_clusters(tx).await?;
    let row = sql::lock_of_message(tx, article).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "articleId"))?;
    check_group(viewer, row.group_id, "articleId")?;
    Ok(row)
}

/// Hides passages of a citizen's message from everybody but its author and those who work on it, wherever they occur in it and, for a
/// ticket's first message, in the subject; gives the ticket. The original that is kept is the first one, however often more is hidden.
///
/// # Errors
/// `WRONG_COUNT` for none or over 50 passages; refusals of each, `NOT_FOUND` for one that the message does not hold; `NOT_FOUND` for what
/// is no citizen's message; `NOT_ALLOWED` for another group's.
pub async fn mask(app: &App, viewer: &Viewer, article: Uuid, passages: &[String]) -> Result<Uuid> {
    let me = viewer.may(Act::Triage)?;
    viewer.limit(app, Operation::Write)?;
    let passages = checked(passages)?;
    let mut tx = app.begin().await?;
    let row = lock(&mut tx, viewer, article).await?;
    let (body, first) = sql::message(&mut tx, article).await?;
    let known = sql::masked(&mut *tx, &[article]).await?.pop();
    let original = match &known {
        Some(known) => Original::open(app, article, &known.sealed)?,
        None => Original { subject: first.then(|| row.subject.clone()), body: body.clone() },
    };
    let holds = |passage: &str| body.contains(passage) || original.subject.is_some() && row.subject.contains(passage);
    let missing = passages.iter().zip(0..).filter(|(passage, _)| !holds(passage));
    let refusal = |(_, i): (_, usize)| Refusal::new(ErrorCode::NotFound, &format!("passages.{i}")).with("place", i + 1);
    let missing: Vec<Refusal> = missing.map(refusal).collect();
    if !missing.is_empty() {
        return Err(Error::Refused(missing));
    }
    if known.is_none() {
        sql::keep_original(&mut tx, article, &original.seal(app, article)?, me).await?;
    }
    let shown = masked(&body, &passages);
    let subject = original.subject.map(|_| masked_subject(&row.subject, &body, &shown, &passages));
    rewrite(app, &mut tx, &row, article, &Original { subject, body: shown }).await?;
    // How many, never which: the log is public.
    let entry = audit::Entry::new("article.masked", Some(me), Kind::Ticket, row.id);
    audit::record(&mut tx, entry.with(serde_json::json!({ "passages": passages.len() }))).await?;
    tx.commit().await?;
    Ok(row.id)
}

/// Shows a message again as its author wrote it; gives the ticket.
///
/// # Errors
/// `NOT_FOUND` for what is no citizen's message; `NOT_ALLOWED` for another group's; `WRONG_STATE` where nothing is hidden.
pub async fn unmask(app: &App, viewer: &Viewer, article: Uuid) -> Result<Uuid> {
    let me = viewer.may(Act::Triage)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    let row = lock(&mut tx, viewer, article).await?;
    let sealed = sql::take_original(&mut tx, article).await?;
    let sealed = sealed.ok_or_else(|| Refusal::new(ErrorCode::WrongState, "articleId").with("state", row.state.name()))?;
    rewrite(app, &mut tx, &row, article, &Original::open(app, article, &sealed)?).await?;
    audit::record(&mut tx, audit::Entry::new("article.unmasked", Some(me), Kind::Ticket, row.id)).await?;
    tx.commit().await?;
    Ok(row.id)
}

/// Puts other words in the place of a message's, and wherever they are told again.
async fn rewrite(app: &App, tx: &mut PgConnection, row: &sql::Ticket, article: Uuid, words: &Original) -> Result<()> {
    let subject = words.subject.as_deref().unwrap_or(&row.subject);
    sql::rewrite(tx, article, &words.body, row.id, subject).await?;
    notify::retitle(tx, Kind::Ticket, row.id, subject).await?;
    triage::retell(app, tx, row.id, row.cluster_id, row.group_id).await?;
    Ok(live::tell(tx, &Event::Ticket { ticket: row.id }).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{app::Entropy, identity::Keys};
    use proptest::prelude::*;

    fn all(passages: &[&str]) -> Vec<String> {
        passages.iter().map(|passage| (*passage).to_owned()).collect()
    }

    #[test]
    fn every_occurrence_is_hidden_and_what_overlaps_is_one() {
        assert_eq!(masked("тел. 12-34, снова 12-34!", &all(&["12-34"])), "тел. […], снова […]!");
        assert_eq!(masked("Иванов Иван Иванович", &all(&["Иванов Иван", "Иван Иванович"])), "[…]");
        assert_eq!(masked("кв. 5, Анна", &all(&["кв. 5", ", Анна"])), "[…]");
        assert_eq!(masked("ничего", &all(&["12"])), "ничего");
    }

    #[test]
    fn a_subject_that_was_cut_within_a_passage_holds_nothing_of_it() {
        let before = format!("{} Иванов Иван Иванович ждёт", "слово ".repeat(18).trim());
        let subject = headline(&before);
        assert!(subject.contains("Иван") && !subject.contains("Иванович"), "{subject}");
        let passages = all(&["Иванов Иван Иванович"]);
        let after = masked(&before, &passages);
        assert!(!masked_subject(&subject, &before, &after, &passages).contains("Иван"));
        assert_eq!(masked_subject("Иванов Иван Иванович просит", &before, &after, &passages), "[…] просит");
    }

    #[test]
    fn each_passage_is_found_once_and_the_subject_is_looked_at_too() {
        let body = "Звоните +7 912 345-67-89 или anna@example.org, ещё раз: anna@example.org";
        let kinds = |found: &[(Personal, String)]| found.iter().map(|(kind, _)| *kind).collect::<Vec<_>>();
        assert_eq!(kinds(&found(body, Some(body))), [Personal::Phone, Personal::Email]);
        assert_eq!(kinds(&found(body, None)), [Personal::Phone, Personal::Email]);
        assert_eq!(kinds(&found(body, Some("Просит Иванов И. И."))), [Personal::Name, Personal::Phone, Personal::Email]);
        assert_eq!(found("Яма на дороге", Some("Яма")), []);
        let many: String = (0..80).map(|n| format!("a{n}@example.org ")).collect();
        assert_eq!(found(&many, None).len(), MOST);
    }

    #[test]
    fn passages_are_counted_and_measured() {
        let code = |passages: &[String]| match checked(passages) {
            Err(Error::Refused(refusals)) => (refusals[0].code, refusals[0].path.join(".")),
            other => panic!("{other:?}"),
        };
        assert_eq!(code(&[]), (ErrorCode::WrongCount, "passages".to_owned()));
        assert_eq!(code(&vec!["a".to_owned(); MOST + 1]), (ErrorCode::WrongCount, "passages".to_owned()));
        assert_eq!(code(&all(&["a", " "])), (ErrorCode::Required, "passages.1".to_owned()));
        assert_eq!(code(&["a".repeat(LONGEST + 1)]), (ErrorCode::TooLong, "passages.0".to_owned()));
        assert_eq!(checked(&all(&[" Иванова\r\nАнна "])).unwrap(), ["Иванова\nАнна"]);
    }

    proptest! {
        #[test]
        fn nothing_of_a_passage_is_left(text in "[абв ёa\\n]{0,60}", cuts in prop::collection::vec((0..60usize, 1..8usize), 1..6)) {
            let letters: Vec<char> = text.chars().collect();
            let cut = |(from, length): &(usize, usize)| letters.iter().skip(*from).take(*length).collect::<String>();
            let passages: Vec<String> = cuts.iter().map(cut).filter(|passage| !passage.is_empty()).collect();
            let shown = masked(&text, &passages);
            prop_assert!(passages.iter().all(|passage| !shown.contains(passage.as_str())), "{:?} of {:?}: {:?}", passages, text, shown);
            // What is left stood there before.
            let mut rest = text.as_str();
            for part in shown.split(MASK) {
                let at = rest.find(part);
                prop_assert!(at.is_some());
                rest = &rest[at.unwrap() + part.len()..];
            }
        }

        #[test]
        fn the_original_comes_back_byte_by_byte(body in any::<String>(), subject in any::<Option<String>>()) {
            let (keys, entropy, id) = (Keys::new(&[1; 32]).unwrap(), Entropy::seeded(1), Uuid::from_u128(1));
            let original = Original { subject, body };
            let sealed = keys.seal(&entropy, id, &serde_json::to_string(&original).unwrap()).unwrap();
            prop_assert_eq!(serde_json::from_str::<Original>(&keys.open(id, &sealed).unwrap()).unwrap(), original);
        }
    }
}
