//! What a cluster says as a whole: a headline and a few sentences, each as somebody wrote it.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::sql;
use crate::{
    app::App,
    error::Result,
    nlp::{
        self,
        extract::{cover, personal},
        summary,
    },
};

/// Newest members of a cluster that are looked at.
const LOOKED_AT: i64 = 100;
/// Clusters at once, and rounds of a job: what is left waits for the next one.
const CLUSTERS: i64 = 50;
const ROUNDS: usize = 20;
/// Sentences of a summary.
const LINES: usize = 5;
/// Messages that a summary is made of, at the least.
const FEW: usize = 3;

/// A line of a cluster: at place 0 its headline, behind it its summary.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Line {
    /// Whose line.
    pub cluster: Uuid,
    /// Whether it is made from what everybody may read.
    pub public: bool,
    /// The order.
    pub place: i16,
    /// Where it stands.
    pub ticket: Uuid,
    /// A sentence of the ticket, or its subject.
    pub body: String,
    /// How many of the messages looked at it stands for.
    pub covers: i32,
}

/// A member with its vector and how near it is to the middle of its cluster.
struct Reading<'a> {
    member: &'a sql::Member,
    text: String,
    vector: Vec<f32>,
    central: f32,
}

/// Gives changed clusters their headlines and summaries.
///
/// # Errors
/// The database failed; the job is tried again and goes on where it was.
pub async fn describe(app: &App) -> Result<()> {
    let mut after = -1;
    for _ in 0..ROUNDS {
        let stale = sql::undescribed(&app.db, after, CLUSTERS).await?;
        let Some((_, last)) = stale.last() else { return Ok(()) };
        after = *last;
        let ids: Vec<Uuid> = stale.iter().map(|c| c.0).collect();
        let members = sql::newest_members(&app.db, &ids, LOOKED_AT).await?;
        let vectors = sql::member_vectors(&app.db, &ids, LOOKED_AT).await?;
        let directions = sql::directions(&app.db, &ids).await?;
        let described = tokio::task::spawn_blocking(move || {
            let vectors: HashMap<Uuid, Vec<f32>> = vectors.into_iter().map(|member| (member.ticket, member.vector)).collect();
            let of = |members: &[sql::Member]| {
                let direction = members.first().and_then(|first| directions.get(&first.cluster)).map_or(&[][..], Vec::as_slice);
                lines(members, direction, &vectors)
            };
            members.chunk_by(|a, b| a.cluster == b.cluster).flat_map(of).collect::<Vec<_>>()
        });
        let lines = described.await.map_err(anyhow::Error::from)?;
        let mut tx = app.db.begin().await?;
        sql::write_lines(&mut tx, &stale, &lines).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Lets clusters say anew what they say, after the words of a ticket of this cluster and group have changed. In the caller's
/// transaction, under the lock of the clusters; what they quote from it is gone at once.
///
/// # Errors
/// The database failed.
pub async fn retell(app: &App, tx: &mut PgConnection, ticket: Uuid, cluster: Option<Uuid>, group: Option<Uuid>) -> Result<()> {
    sql::forget_lines(tx, ticket, cluster).await?;
    super::work::relabel_and_tell(app, tx, [group].into_iter()).await
}

/// The lines of one cluster: of all its members, and of those that everybody may read.
fn lines(members: &[sql::Member], direction: &[f32], vectors: &HashMap<Uuid, Vec<f32>>) -> Vec<Line> {
    let read = |member| {
        let member: &sql::Member = member;
        let vector = vectors.get(&member.ticket).filter(|vector| vector.len() == direction.len()).cloned().unwrap_or_default();
        let central = if vector.is_empty() { 0.0 } else { nlp::dot(direction, &vector) };
        Reading { member, text: member.text(), vector, central }
    };
    let of = |public: bool| {
        let readings: Vec<Reading<'_>> = members.iter().filter(|member| member.public || !public).map(read).collect();
        headline(&readings, public).into_iter().chain(sentences(&readings, public)).collect::<Vec<_>>()
    };
    [of(false), of(true)].concat()
}

/// What the most central message says: its weightiest sentence that names nobody, or else its subject with names masked.
fn headline(readings: &[Reading<'_>], public: bool) -> Option<Line> {
    // The newest of equals.
    let central = readings.iter().reduce(|a, b| if b.central > a.central { b } else { a })?;
    let sentence = summary::of(&[&central.text], &[], 1).pop().map(|line| line.sentence);
    let body = sentence.unwrap_or_else(|| masked(&central.member.subject));
    let covers = i32::try_from(readings.len()).unwrap_or(i32::MAX);
    (!body.is_empty()).then_some(Line { cluster: central.member.cluster, public, place: 0, ticket: central.member.ticket, body, covers })
}

/// The sentences that together stand for most of the messages.
fn sentences(readings: &[Reading<'_>], public: bool) -> Vec<Line> {
    if readings.len() < FEW {
        return Vec::new();
    }
    let texts: Vec<&str> = readings.iter().map(|reading| reading.text.as_str()).collect();
    let vectors: Vec<Vec<f32>> = readings.iter().map(|reading| reading.vector.clone()).collect();
    let line = |(place, found): (i16, summary::Line)| {
        let member = readings.get(found.text)?.member;
        let covers = i32::try_from(found.covers).unwrap_or(i32::MAX);
        Some(Line { cluster: member.cluster, public, place, ticket: member.ticket, body: found.sentence, covers })
    };
    (1..).zip(summary::of(&texts, &vectors, LINES)).filter_map(line).collect()
}

/// The text with dots where it holds personal data.
fn masked(text: &str) -> String {
    cover(text, personal(text).into_iter().map(|(_, span)| span), "•••").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(number: u128, public: bool, subject: &str, body: &str) -> sql::Member {
        sql::Member::of(Uuid::nil(), Uuid::from_u128(number), public, subject, body)
    }

    #[test]
    fn the_headline_is_of_the_message_in_the_middle() {
        let members = [
            member(1, false, "Обращение", "Дома очень холодно, батареи еле тёплые."),
            member(2, true, "Холодно", "Во дворе не горят фонари, темно идти."),
            member(3, false, "Нет тепла", "Батареи холодные вторую неделю."),
        ];
        let vectors = HashMap::from([(1, [0.9, 0.1]), (2, [0.0, 1.0]), (3, [0.8, 0.2])].map(|(n, v)| (Uuid::from_u128(n), v.to_vec())));
        let lines = lines(&members, &[1.0, 0.0], &vectors);
        let headline = |public| lines.iter().find(|line| line.public == public && line.place == 0).unwrap();
        assert_eq!((headline(false).body.as_str(), headline(false).covers), ("Дома очень холодно, батареи еле тёплые.", 3));
        // Others see what everybody may read, and nothing else.
        assert_eq!((headline(true).ticket, headline(true).covers), (Uuid::from_u128(2), 1));
        assert!(lines.iter().filter(|line| line.public).all(|line| line.ticket == Uuid::from_u128(2)));
        assert!(lines.iter().any(|line| line.place > 0 && !line.public));
    }

    #[test]
    fn nobody_is_named() {
        let text = "Позвоните Иванову Петру Сергеевичу: +7 912 345-67-89";
        let shown = masked(text);
        assert!(shown.contains("•••") && !shown.contains("912") && !shown.contains("Петр"), "{shown}");
        assert_eq!(masked("Яма на дороге"), "Яма на дороге");
        let lines = lines(&[member(1, true, text, text)], &[], &HashMap::new());
        assert!(lines.iter().all(|line| !line.body.contains("912")), "{lines:?}");
    }
}
