//! Why a ticket lies where it lies: what it shares with its cluster, which tickets are nearest, which words chose its group.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{sql, understand::Choice};
use crate::{
    app::App,
    error::Result,
    nlp::{
        self, keywords,
        routing::{Reason, Router},
    },
};

/// Newest tickets of the cluster among which the nearest are looked for.
const LOOKED_AT: i64 = 200;
/// Nearest tickets, and words, that are told at the most.
const NEAREST: usize = 5;
const WORDS: usize = 8;

/// A ticket to explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Asked {
    /// Its key.
    pub ticket: Uuid,
    /// The cluster that it is in.
    pub cluster: Option<Uuid>,
    /// The group that it lies with.
    pub group: Option<Uuid>,
    /// What it is said to be about.
    pub topic: Option<Uuid>,
}

/// Why a ticket lies where it lies.
#[derive(Debug, Clone, Default)]
pub struct Why {
    /// Words of its cluster that it has too, the most typical first.
    pub words: Vec<String>,
    /// The nearest tickets of its cluster with their cosine, 0..=1.
    pub nearest: Vec<(Uuid, f32)>,
    /// What the router thought when it first read it: group and confidence.
    pub guess: Option<(Uuid, f32)>,
    /// What speaks for its group and against it by what the router knows now, the weightiest first; of one without a group, for that of
    /// the guess.
    pub reasons: Vec<Reason>,
    /// What speaks for its topic and against it.
    pub topic_reasons: Vec<Reason>,
}

/// Why each of the tickets lies where it lies.
///
/// # Errors
/// The database failed.
pub async fn why(app: &App, asked: &[Asked]) -> Result<HashMap<Uuid, Why>> {
    let ids: Vec<Uuid> = asked.iter().map(|a| a.ticket).collect();
    let clusters: Vec<Uuid> = asked.iter().filter_map(|a| a.cluster).collect::<HashSet<_>>().into_iter().collect();
    let texts: HashMap<Uuid, String> =
        sql::first_texts(&app.db, &ids).await?.into_iter().map(|first| (first.ticket, first.text())).collect();
    let vectors: HashMap<Uuid, Vec<f32>> = sql::ticket_vectors(&app.db, &ids).await?.into_iter().collect();
    let keywords: HashMap<Uuid, Vec<String>> =
        sql::clusters(&app.db, &clusters).await?.into_iter().map(|cluster| (cluster.id, cluster.keywords)).collect();
    let members = sql::member_vectors(&app.db, &clusters, LOOKED_AT).await?;
    let guesses: HashMap<Uuid, (Uuid, f32)> = sql::guesses(&app.db, &ids).await?.into_iter().map(|(t, g, c)| (t, (g, c))).collect();
    let router = app.understanding.router(app, Choice::Group).await?;
    let topics = app.understanding.router(app, Choice::Topic).await?;
    let asked = asked.to_vec();
    let explained = tokio::task::spawn_blocking(move || {
        let explain = |Asked { ticket, cluster, group, topic }: Asked| {
            let text = texts.get(&ticket).map_or("", String::as_str);
            let vector = vectors.get(&ticket).map_or(&[][..], Vec::as_slice);
            let guess = guesses.get(&ticket).copied();
            let own = members.iter().filter(|member| Some(member.cluster) == cluster && member.ticket != ticket);
            let label = group.or(guess.map(|g| g.0));
            let why = Why {
                words: cluster.and_then(|cluster| keywords.get(&cluster)).map_or_else(Vec::new, |words| keywords::shared(text, words)),
                nearest: nearest(vector, own),
                guess,
                reasons: reasons(router.as_deref(), text, vector, label),
                topic_reasons: reasons(topics.as_deref(), text, vector, topic),
            };
            (ticket, why)
        };
        asked.into_iter().map(explain).collect()
    });
    Ok(explained.await.map_err(anyhow::Error::from)?)
}

fn nearest<'a>(vector: &[f32], others: impl Iterator<Item = &'a sql::MemberVector>) -> Vec<(Uuid, f32)> {
    let alike = others.filter(|other| other.vector.len() == vector.len()).map(|other| (other.ticket, nlp::dot(vector, &other.vector)));
    let mut found: Vec<(Uuid, f32)> = alike.filter(|(_, cosine)| *cosine > 0.0).map(|(ticket, cosine)| (ticket, cosine.min(1.0))).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    found.truncate(NEAREST);
    found
}

fn reasons(router: Option<&Router>, text: &str, vector: &[f32], label: Option<Uuid>) -> Vec<Reason> {
    router.zip(label).map_or_else(Vec::new, |(router, label)| router.explain(text, vector, &label.to_string(), WORDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first_and_other_spaces_do_not_count() {
        let member = |ticket: u128, vector: &[f32]| sql::MemberVector {
            cluster: Uuid::nil(),
            ticket: Uuid::from_u128(ticket),
            vector: vector.to_vec(),
        };
        let members = [member(1, &[0.6, 0.8]), member(2, &[1.0, 0.0]), member(3, &[1.0]), member(4, &[-1.0, 0.0])];
        let found = nearest(&[1.0, 0.0], members.iter());
        assert_eq!(found, [(Uuid::from_u128(2), 1.0), (Uuid::from_u128(1), 0.6)]);
    }
}
