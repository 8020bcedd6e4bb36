//! Words and meaning in one order: what is found by words, and the tickets nearest to the query for a sentence encoder.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    Key, Request, Sort,
    document::Document,
    find::{self, Answer, may_read},
    port::Index,
    query::Asked,
    sql,
};
use crate::{app::App, error::Result, gid::Kind, triage};

/// Hits of either kind that are put in one order; what words find beyond them follows as it is.
pub const DEPTH: usize = 100;
/// How little the first places count more than the next: the constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009).
const DAMPING: f32 = 60.0;

/// The tickets that are near to the query in meaning, which the reader may read and the filter lets through, the nearest first. None where
/// the query is more than words, another order is wanted, or there is no encoder.
///
/// # Errors
/// The database failed.
pub async fn near(app: &App, request: &Request) -> Result<Vec<Key>> {
    let weight = app.config.search.meaning;
    if weight == 0.0 || app.encoder.is_none() || request.sort != Sort::Relevance || request.unfinished {
        return Ok(Vec::new());
    }
    let asked = Asked::of(&request.text);
    if asked.words.is_empty() || !asked.phrases.is_empty() || !asked.without.is_empty() {
        return Ok(Vec::new());
    }
    let near: Vec<Key> = triage::nearest(app, &request.text, DEPTH).await?.into_iter().map(|id| (Kind::Ticket, id)).collect();
    let documents = sql::documents::documents(&app.db, &near).await?;
    let admitted = |document: &&Document| may_read(request.reader, document) && request.filter.admits(document);
    let admitted: HashSet<Key> = documents.iter().filter(admitted).map(Document::key).collect();
    Ok(near.into_iter().filter(|key| admitted.contains(key)).collect())
}

/// A page of what words and meaning find together.
///
/// # Errors
/// The index cannot be read.
pub async fn find_near(index: &Index, request: &Request, near: &[Key], weight: f32) -> anyhow::Result<Answer> {
    let first = Request { offset: 0, size: DEPTH, ..request.clone() };
    let mut answer = find::find(index, &Arc::new(first)).await?;
    // Where words find more than that, what is near may be among the rest: it is only put in order.
    let alone = answer.total > DEPTH;
    let words: Vec<Key> = answer.hits.iter().map(|(key, _)| *key).collect();
    let fused = fuse(&words, near, weight, alone);
    let fused_count = fused.len();
    answer.total += fused_count - words.len();
    let end = request.offset + request.size;
    let mut page: Vec<(Key, f32)> = fused.into_iter().skip(request.offset).take(request.size).collect();
    if end > fused_count && answer.total > fused_count {
        let offset = request.offset.max(fused_count);
        let rest = Request { offset, size: end - offset, facets: Vec::new(), ..request.clone() };
        page.extend(find::find(index, &Arc::new(rest)).await?.hits.into_iter().map(|(key, _)| (key, 0.0)));
    }
    answer.hits = page;
    Ok(answer)
}

/// Both lists in one order: each place in one of them counts by its rank (reciprocal rank fusion), that in meaning by `weight`, 0 to 1, that in
/// words by the rest. With `alone`, only what words find.
fn fuse(words: &[Key], near: &[Key], weight: f32, alone: bool) -> Vec<(Key, f32)> {
    let mut scores: HashMap<Key, f32> = HashMap::new();
    let known: HashSet<Key> = words.iter().copied().collect();
    for (list, weight) in [(words, 1.0 - weight), (near, weight)] {
        let mut rank = DAMPING;
        for key in list.iter().filter(|key| !alone || known.contains(key)) {
            rank += 1.0;
            *scores.entry(*key).or_default() += weight / rank;
        }
    }
    let mut fused: Vec<(Key, f32)> = scores.into_iter().collect();
    fused.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| (a.0.0.name(), a.0.1).cmp(&(b.0.0.name(), b.0.1))));
    fused
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::search::{Facet, Filter, Reader, embedded::Embedded};

    fn key(n: u128) -> Key {
        (Kind::Ticket, Uuid::from_u128(n))
    }

    fn keys(fused: &[(Key, f32)]) -> Vec<u128> {
        fused.iter().map(|((_, id), _)| id.as_u128()).collect()
    }

    #[test]
    fn what_both_find_comes_first() {
        let (words, near) = ([key(1), key(2), key(3)], [key(3), key(4)]);
        assert_eq!(keys(&fuse(&words, &near, 0.5, false)), [3, 1, 2, 4]);
        assert_eq!(keys(&fuse(&words, &near, 0.0, false))[..3], [1, 2, 3]);
        assert_eq!(keys(&fuse(&words, &near, 1.0, false))[..2], [3, 4]);
        assert_eq!(keys(&fuse(&words, &near, 1.0, true)), [3, 1, 2]);
        assert!(fuse(&[], &[], 0.5, false).is_empty());
    }

    #[tokio::test]
    async fn pages_of_both_follow_one_another() {
        let document = |n: u128, title: &str| Document {
            kind: Kind::Ticket,
            id: Uuid::from_u128(n),
            title: title.into(),
            body: String::new(),
            public: true,
            owner: None,
            language: None,
            state: None,
            channel: None,
            topic: None,
            territory: None,
            working_group: None,
            department: None,
            created_at: None,
        };
        let index = Index::Embedded(Arc::new(Embedded::in_memory().unwrap()));
        let documents = (1..=250).map(|n| document(n, if n <= 3 { "Прорвало трубу" } else { "Яма" })).collect();
        index.apply(documents, Vec::new(), "1".into()).await.unwrap();
        let request = |text: &str, offset| Request {
            text: text.into(),
            unfinished: false,
            filter: Filter::default(),
            reader: Reader::Anybody,
            facets: vec![Facet::Kind],
            sort: Sort::Relevance,
            offset,
            size: 2,
            synonyms: Arc::default(),
        };
        let page = async |text: &str, offset| {
            let answer = find_near(&index, &request(text, offset), &[key(200), key(2)], 0.5).await.unwrap();
            (keys(&answer.hits), answer.total)
        };
        assert_eq!(page("труба", 0).await, (vec![2, 1], 4));
        assert_eq!(page("труба", 2).await, (vec![200, 3], 4));
        assert_eq!(page("труба", 4).await, (vec![], 4));
        // Of many, what is near is put first and nothing comes twice.
        let mut all = Vec::new();
        for offset in (0..250).step_by(2) {
            let (hits, total) = page("яма", offset).await;
            assert_eq!(total, 247);
            all.extend(hits);
        }
        assert_eq!(all.len(), 247);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 247);
    }
}
