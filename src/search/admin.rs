//! What administrators do with search: words that mean the same, and indexes made anew.

use std::collections::HashSet;

use serde_json::json;
use uuid::Uuid;

use super::{
    sql::{
        standing,
        synonyms::{self as sql, Group},
    },
    synonyms::stems,
};
use crate::{
    app::App,
    audit,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    identity::{Act, Viewer},
    limits::Operation,
    validate::{self, Validate},
};

/// Words of a group at the least and at the most.
const COUNT: (usize, usize) = (2, 20);
/// Characters of a word or expression at the most.
const CHARACTERS: usize = 60;

/// All groups of words that mean the same.
///
/// # Errors
/// They are for administrators.
pub async fn groups(app: &App, viewer: &Viewer) -> Result<Vec<Group>> {
    viewer.may(Act::Administer)?;
    Ok(sql::all(&app.db).await?)
}

/// Words as they are kept: each once, whatever its form.
fn checked(words: &[String]) -> Result<Vec<(String, Vec<String>)>> {
    let wrong_count = || Refusal::new(ErrorCode::WrongCount, "words").with("min", COUNT.0).with("max", COUNT.1);
    if words.len() > COUNT.1 {
        return Err(wrong_count().into());
    }
    let mut v = Validate::new();
    let mut kept: Vec<(String, Vec<String>)> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let path = format!("words.{at}");
        let outcome = validate::line(&path, word, 1..=CHARACTERS).and_then(|word| match stems(&word) {
            Some(stems) => Ok((word, stems)),
            None => Err(Refusal::new(ErrorCode::InvalidFormat, &path).with("word", word)),
        });
        match outcome {
            Ok((word, stems)) if kept.iter().all(|(_, known)| *known != stems) => kept.push((word, stems)),
            Ok(_) => (),
            Err(refusal) => v.refuse(refusal),
        }
    }
    v.finish()?;
    if kept.len() < COUNT.0 { Err(wrong_count().into()) } else { Ok(kept) }
}

/// Refuses words that stand in another group: they would mean the same as all of it.
fn in_no_other(words: &[(String, Vec<String>)], others: &[Group]) -> Result<()> {
    let mut v = Validate::new();
    for group in others {
        let known: HashSet<Vec<String>> = group.words.iter().filter_map(|word| stems(word)).collect();
        for (at, (word, _)) in words.iter().enumerate().filter(|(_, (_, stems))| known.contains(stems)) {
            let refusal = Refusal::new(ErrorCode::AlreadyExists, &format!("words.{at}"));
            v.refuse(refusal.with("word", word.clone()).with("group", group.words.join(", ")));
        }
    }
    v.finish()
}

fn entry(action: &'static str, me: Uuid, group: &Group) -> audit::Entry {
    audit::Entry::new(action, Some(me), Kind::SearchSynonyms, group.id).with(json!({ "words": group.words.join(", ") }))
}

fn not_found() -> Refusal {
    Refusal::new(ErrorCode::NotFound, "synonymsId")
}

/// Makes a group.
///
/// # Errors
/// Refusals of the words; `ALREADY_EXISTS` for one that stands in another group.
pub async fn create(app: &App, viewer: &Viewer, words: &[String]) -> Result<Group> {
    let me = viewer.may(Act::Administer)?;
    viewer.limit(app, Operation::Write)?;
    let words = checked(words)?;
    let mut tx = app.begin().await?;
    in_no_other(&words, &sql::all_locked(&mut tx).await?)?;
    let words: Vec<String> = words.into_iter().map(|(word, _)| word).collect();
    let group = sql::insert(&mut tx, app.new_id(), &words).await?;
    audit::record(&mut tx, entry("search.synonyms_created", me, &group)).await?;
    tx.commit().await?;
    Ok(group)
}

/// Gives a group other words.
///
/// # Errors
/// As [`create`]; `NOT_FOUND`.
pub async fn update(app: &App, viewer: &Viewer, id: Uuid, words: &[String]) -> Result<Group> {
    let me = viewer.may(Act::Administer)?;
    viewer.limit(app, Operation::Write)?;
    let words = checked(words)?;
    let mut tx = app.begin().await?;
    let (own, others): (Vec<Group>, Vec<Group>) = sql::all_locked(&mut tx).await?.into_iter().partition(|group| group.id == id);
    if own.is_empty() {
        return Err(not_found().into());
    }
    in_no_other(&words, &others)?;
    let words: Vec<String> = words.into_iter().map(|(word, _)| word).collect();
    let group = sql::update(&mut tx, id, &words).await?.ok_or_else(not_found)?;
    audit::record(&mut tx, entry("search.synonyms_updated", me, &group)).await?;
    tx.commit().await?;
    Ok(group)
}

/// Removes a group.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn delete(app: &App, viewer: &Viewer, id: Uuid) -> Result<()> {
    let me = viewer.may(Act::Administer)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    // In the order in which others lock: the state of all groups, then the group.
    sql::all_locked(&mut tx).await?;
    let group = sql::delete(&mut tx, id).await?.ok_or_else(not_found)?;
    audit::record(&mut tx, entry("search.synonyms_deleted", me, &group)).await?;
    tx.commit().await?;
    Ok(())
}

/// Wants all indexes made anew; each serves on until its new one is whole.
///
/// # Errors
/// The database failed.
pub async fn rebuild(app: &App, viewer: &Viewer) -> Result<i64> {
    let me = viewer.may(Act::Administer)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    let generation = standing::renew(&mut tx).await?;
    let entry = audit::Entry::new("search.rebuilt", Some(me), Kind::Participant, me);
    audit::record(&mut tx, entry.with(json!({ "generation": generation }))).await?;
    tx.commit().await?;
    Ok(generation)
}

/// As `rebuildSearch`, from the command line. The generation that indexes are to have.
///
/// # Errors
/// The database failed.
pub async fn renew(app: &App) -> Result<i64> {
    let mut tx = app.db.begin().await?;
    let generation = standing::renew(&mut tx).await?;
    tx.commit().await?;
    Ok(generation)
}
