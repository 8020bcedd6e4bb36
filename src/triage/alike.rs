//! What is like what: near-duplicates of new tickets, tickets like a text.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{nearby::Nearby, sql, understand::Held};
use crate::{
    app::App,
    error::Result,
    feedback,
    identity::Viewer,
    live::{self, Event},
    nlp::{
        self, Embedder, Idf,
        duplicates::{self, Prepared, Verdict},
        keywords,
    },
};

/// Earlier tickets of the same cluster, and others under the same keys, that a ticket is compared with.
const COMPARED: i64 = 20;
/// Clusters, and newest tickets of each, among which those like a text are looked for.
const NEAREST: usize = 5;
const NEWEST: i64 = 200;
/// The tickets nearest among all that are looked at, where they are indexed.
const INDEXED: usize = 200;
/// Words of a text that are looked for in those like it, and of these found, the ones that are told.
const TELLING: usize = 30;
const TOLD: usize = 4;

fn days(a: DateTime<Utc>, b: DateTime<Utc>) -> f32 {
    (a - b).as_seconds_f32().abs() / 86_400.0
}

/// The cosine of two vectors of unit length; 0 where they are of different spaces.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    if a.len() == b.len() { nlp::dot(a, b) } else { 0.0 }
}

/// Looks which earlier tickets may be about the same incident as these, and links them.
///
/// # Errors
/// The database failed; the job is tried again.
pub async fn compare(app: &App, tickets: &[Uuid]) -> Result<()> {
    let idf = app.understanding.frequencies(app).await?;
    let pairs = sql::candidates(&app.db, tickets, COMPARED).await?;
    let ids: Vec<Uuid> = pairs.iter().flat_map(|pair| [pair.0, pair.1]).collect();
    let texts = sql::first_texts(&app.db, &ids).await?;
    let links = tokio::task::spawn_blocking(move || links(&pairs, &texts, &idf)).await.map_err(anyhow::Error::from)?;
    if links.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    sql::insert_duplicates(&mut tx, &links).await?;
    for ticket in links.iter().map(|link| link.ticket).collect::<std::collections::BTreeSet<_>>() {
        live::tell(&mut tx, &Event::Ticket { ticket }).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn links(pairs: &[(Uuid, Uuid)], texts: &[sql::FirstText], idf: &Idf) -> Vec<sql::DuplicateLink> {
    let prepared: HashMap<Uuid, (Prepared, DateTime<Utc>)> =
        texts.iter().map(|text| (text.ticket, (Prepared::new(&text.text(), idf), text.created_at))).collect();
    let judge = |&(ticket, duplicate_of): &(Uuid, Uuid)| {
        let ((a, at), (b, earlier)) = (prepared.get(&ticket)?, prepared.get(&duplicate_of)?);
        let Verdict { score, reasons } = duplicates::judge(a, b, Some(days(*at, *earlier)));
        (score >= duplicates::THRESHOLD).then_some(sql::DuplicateLink { ticket, duplicate_of, score, reasons })
    };
    pairs.iter().filter_map(judge).collect()
}

/// A ticket like a text.
#[derive(Debug, Clone)]
pub struct Similar {
    /// The ticket.
    pub ticket: feedback::sql::Ticket,
    /// How alike in matter, 0 to 1.
    pub score: f32,
    /// Whether it is the same incident.
    pub verdict: Verdict,
}

/// The tickets most like a text that `viewer` may read: those that may be the same incident first, then by matter. None for a text that
/// holds nothing to go by.
///
/// # Errors
/// The database failed.
pub async fn similar(app: &App, viewer: &Viewer, text: &str, most: usize) -> Result<Vec<Similar>> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let held = app.understanding.current(app).await?;
    let Some(space) = held.space.clone() else { return Ok(Vec::new()) };
    let vector = space.embed_soon(app, text.to_owned()).await.unwrap_or_default();
    let (own, idf) = (text.to_owned(), held.idf.clone());
    let prepared = tokio::task::spawn_blocking(move || Prepared::new(&own, &idf)).await.map_err(anyhow::Error::from)?;
    let keys: Vec<i64> = prepared.keys().map(u64::cast_signed).collect();
    if keys.is_empty() && vector.iter().all(|x| *x == 0.0) {
        return Ok(Vec::new());
    }
    let least = space.thresholds.similar;
    let indexed = Nearby::nearest(app, &space, &vector, INDEXED).await?;
    let whole = indexed.is_some();
    let mut scored = match indexed {
        Some(near) => near,
        None => members(app, &held, &vector).await?,
    };
    scored.retain(|_, score| *score >= least);
    for (ticket, other) in sql::keyed_vectors(&app.db, &keys, COMPARED).await? {
        scored.entry(ticket).or_insert_with(|| cosine(&vector, &other));
    }
    let mut visible = readable(app, viewer, &scored).await?;
    if whole && visible.len() < most {
        // The nearest of all are mostly others' affairs: what may be read is looked for in the nearest clusters.
        let mut more = members(app, &held, &vector).await?;
        more.retain(|ticket, score| *score >= least && !scored.contains_key(ticket));
        visible.extend(readable(app, viewer, &more).await?);
        scored.extend(more);
    }
    let mut order: Vec<(Uuid, f32)> = scored.into_iter().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    // A few more than are wanted are judged: what is the same incident comes before what is only the same matter.
    order.retain(|hit| visible.contains_key(&hit.0));
    order.truncate(most.saturating_mul(2).max(20));
    let ids: Vec<Uuid> = order.iter().map(|hit| hit.0).collect();
    let texts = sql::first_texts(&app.db, &ids).await?;
    let (now, idf) = (app.clock.now(), held.idf.clone());
    let judged = tokio::task::spawn_blocking(move || {
        let judge = |text: &sql::FirstText| {
            let other = Prepared::new(&text.text(), &idf);
            (text.ticket, duplicates::judge(&prepared, &other, Some(days(now, text.created_at))))
        };
        texts.iter().map(judge).collect::<HashMap<Uuid, Verdict>>()
    });
    let mut judged = judged.await.map_err(anyhow::Error::from)?;
    let hit = |(id, score): (Uuid, f32)| {
        let (ticket, verdict) = (visible.remove(&id)?, judged.remove(&id)?);
        Some(Similar { ticket, score: score.clamp(0.0, 1.0), verdict })
    };
    let mut hits: Vec<Similar> = order.into_iter().filter_map(hit).collect();
    let same = |hit: &Similar| hit.verdict.score >= duplicates::THRESHOLD;
    hits.sort_by_key(|hit| std::cmp::Reverse(same(hit)));
    hits.truncate(most);
    Ok(hits)
}

/// Members of the clusters nearest to a vector, the newest of each, with their cosines.
async fn members(app: &App, held: &Held, vector: &[f32]) -> Result<HashMap<Uuid, f32>> {
    let clusters: Vec<Uuid> = held.centroids.nearest(vector, NEAREST).into_iter().map(|neighbour| neighbour.cluster).collect();
    let members = sql::member_vectors(&app.db, &clusters, NEWEST).await?;
    Ok(members.into_iter().map(|member| (member.ticket, cosine(vector, &member.vector))).collect())
}

/// The tickets nearest to a text in meaning, whoever may read them, the nearest first. None where no sentence encoder is on, or it has no time
/// now: words have no meaning beyond themselves.
///
/// # Errors
/// The database failed.
pub async fn nearest(app: &App, text: &str, most: usize) -> Result<Vec<Uuid>> {
    let held = app.understanding.current(app).await?;
    let Some(space) = held.space.clone().filter(|_| app.encoder.is_some()) else { return Ok(Vec::new()) };
    let vector = space.embed_soon(app, text.to_owned()).await.unwrap_or_default();
    if vector.iter().all(|x| *x == 0.0) {
        return Ok(Vec::new());
    }
    let scored = match Nearby::nearest(app, &space, &vector, most).await? {
        Some(near) => near,
        None => members(app, &held, &vector).await?,
    };
    let mut near: Vec<(Uuid, f32)> = scored.into_iter().filter(|(_, score)| *score >= space.thresholds.similar).collect();
    near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    near.truncate(most);
    Ok(near.into_iter().map(|(ticket, _)| ticket).collect())
}

/// Those of some tickets that the viewer may read.
async fn readable(app: &App, viewer: &Viewer, scored: &HashMap<Uuid, f32>) -> Result<HashMap<Uuid, feedback::sql::Ticket>> {
    let ids: Vec<Uuid> = scored.keys().copied().collect();
    Ok(feedback::sql::visible(&app.db, &ids, viewer).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// How a text is like another.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// How much it is about the same, 0 to 1.
    pub score: f32,
    /// The most telling of the words that both have, as the first has them.
    pub words: Vec<String>,
}

/// Of each of some texts with a title, how it is about the same as another text: by the words of its title or by all of it, whichever is
/// more. In the order given; `None` for those that are not.
///
/// # Errors
/// The database failed.
pub async fn resembling(app: &App, text: String, others: Vec<(String, String)>) -> Result<Vec<Option<Likeness>>> {
    let words = app.understanding.words(app).await?;
    let compared = tokio::task::spawn_blocking(move || {
        let embed = |text: &str| words.embed(&[text]).pop().unwrap_or_default();
        let own = embed(&text);
        let telling = keywords::keywords(&[&text], words.idf(), TELLING);
        let least = words.thresholds().similar;
        let likeness = |(title, body): (String, String)| {
            let whole = format!("{title}\n{body}");
            let score = nlp::dot(&own, &embed(&title)).max(nlp::dot(&own, &embed(&whole))).clamp(0.0, 1.0);
            (score >= least).then(|| {
                let mut words = keywords::shared(&whole, &telling);
                words.truncate(TOLD);
                Likeness { score, words }
            })
        };
        others.into_iter().map(likeness).collect()
    });
    Ok(compared.await.map_err(anyhow::Error::from)?)
}
