//! Meilisearch as the engine: one index on a server that all processes share.
//!
//! Measured of 1.50: it stems no Russian and takes ё for another letter, so it is given our stems and folded forms beside the words, and
//! asked in them. Typos are its own business, and only of words as they are spelt.

mod http;
mod written;

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use meilisearch_sdk::{
    client::Client,
    documents::DocumentsQuery,
    errors::{Error, ErrorCode},
    indexes::{Index as Remote, IndexesQuery},
    search::{Filter as Expression, MatchingStrategies, SearchQuery, SearchResults, Selectors},
    settings::{FacetSortValue, FacetingSettings, MinWordSizeForTypos, PaginationSetting, Settings, TypoToleranceSettings},
    task_info::TaskInfo,
    tasks::Task,
};
use serde::{Deserialize, Serialize};

use super::{
    analysis::terms,
    document::{Document, Facet, Key, Sort},
    port::{Counts, Found, Look, Reach},
    query::{Asked, Word},
    synonyms::Groups,
};
use crate::nlp::text;
use http::Http;
use written::{FIELDS, Kept, Query, digest_of, filter, key, key_of, queries};

/// Values of a property that are counted at the most.
const VALUES: usize = 100;
/// Hits that are counted at the most.
const COUNTED: usize = 100_000;
/// How long the server may work on a batch.
const WORK: Duration = Duration::from_secs(300);
/// How long to wait before asking again whether it is done.
const ASK: Duration = Duration::from_millis(30);
/// Bytes of documents that are sent at once, well below the 100 MB that a server takes.
const SENT: usize = 8 << 20;
/// Documents whose digests are read at once.
const READ: usize = 1000;

/// A Meilisearch server.
#[derive(Clone)]
pub struct Server {
    client: Client<Http>,
}

/// An index on it.
pub struct Meilisearch {
    remote: Remote<Http>,
}

/// A hit as it is asked for: its key, and its words where they show what was taken for what.
#[derive(Debug, Serialize, Deserialize)]
struct Hit {
    key: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    body: String,
}

impl Server {
    /// A server by its address and key.
    ///
    /// # Errors
    /// The key cannot be sent.
    pub fn new(url: &str, key: &str) -> Result<Self> {
        let client = Client::new_with_client(url.trim_end_matches('/'), Some(key), Http::new(key)?);
        Ok(Self { client })
    }

    /// An index of this name, whether it is there or not.
    pub fn index(&self, name: &str) -> Meilisearch {
        Meilisearch { remote: self.client.index(name) }
    }

    /// Makes an empty index of this name; one that is there already goes.
    ///
    /// # Errors
    /// The server does not answer, or refuses the key.
    pub async fn create(&self, name: &str) -> Result<Meilisearch> {
        let index = self.index(name);
        index.remove().await?;
        self.done(self.client.create_index(name, Some("key")).await.context("failed to make an index")?).await?;
        self.done(index.remote.set_settings(&settings()).await.context("failed to set up an index")?).await?;
        Ok(index)
    }

    /// Removes all indexes whose names begin so, but one.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn sweep(&self, prefix: &str, but: &str) -> Result<()> {
        let mut query = IndexesQuery::new(&self.client);
        let indexes = query.with_limit(1000).execute().await.context("failed to list the indexes")?;
        for old in indexes.results.into_iter().filter(|index| index.uid.starts_with(prefix) && index.uid != but) {
            self.index(&old.uid).remove().await?;
        }
        Ok(())
    }

    async fn done(&self, task: TaskInfo) -> Result<()> {
        match self.client.wait_for_task(&task, Some(ASK), Some(WORK)).await {
            Ok(Task::Succeeded { .. }) => Ok(()),
            Ok(Task::Failed { content }) => bail!("Meilisearch failed: {}", content.error),
            Ok(_) | Err(Error::Timeout) => bail!("Meilisearch is still at work after {} s", WORK.as_secs()),
            // A task that somebody cancelled cannot be read by the library.
            Err(error) => Err(error).context("failed to hear how far Meilisearch is"),
        }
    }
}

/// The settings of an index.
fn settings() -> Settings {
    let filterable: Vec<&str> = Facet::ALL.iter().map(|facet| facet.name()).chain(["public", "owner", "at"]).collect();
    let names = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect::<Vec<String>>();
    let exact: Vec<&str> = FIELDS.iter().filter(|field| field.contains('_')).copied().collect();
    let typos = TypoToleranceSettings {
        enabled: Some(true),
        // Stems that are close to one another are other words.
        disable_on_attributes: Some(names(&exact)),
        disable_on_words: None,
        min_word_size_for_typos: Some(MinWordSizeForTypos { one_typo: Some(4), two_typos: Some(6) }),
        disable_on_numbers: Some(true),
    };
    let by_count = BTreeMap::from([("*".to_owned(), FacetSortValue::Count)]);
    Settings::new()
        .with_searchable_attributes(FIELDS)
        .with_displayed_attributes(["key", "digest", "title", "body"])
        .with_filterable_attributes(filterable)
        .with_sortable_attributes(["at", "key"])
        // Where an order is wanted, it goes before everything; equals stand by their keys.
        .with_ranking_rules(["sort", "words", "typo", "proximity", "attribute", "exactness", "key:asc"])
        .with_stop_words(Vec::<String>::new())
        .with_typo_tolerance(typos)
        .with_pagination(PaginationSetting { max_total_hits: COUNTED })
        .with_faceting(FacetingSettings { max_values_per_facet: VALUES, sort_facet_values_by: Some(by_count) })
}

impl Meilisearch {
    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.remote.uid
    }

    fn server(&self) -> Server {
        Server { client: self.remote.client.clone() }
    }

    /// Removes it; nothing where it is not there.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn remove(&self) -> Result<()> {
        let server = self.server();
        match server.client.delete_index(&self.remote.uid).await {
            Ok(task) => match server.done(task).await {
                Err(error) if format!("{error:#}").contains("index_not_found") => Ok(()),
                outcome => outcome,
            },
            Err(Error::Meilisearch(error)) if error.error_code == ErrorCode::IndexNotFound => Ok(()),
            Err(error) => Err(error).context("failed to remove an index"),
        }
    }

    /// Takes documents in, or anew, and takes others out.
    ///
    /// # Errors
    /// The server does not answer, or could not do it; some of it may be done then.
    pub async fn apply(&self, documents: &[Document], gone: &[Key]) -> Result<()> {
        let server = self.server();
        let mut tasks = Vec::new();
        let mut batch: Vec<Kept> = Vec::new();
        let mut size = 0;
        for document in documents {
            // Each text is kept in three forms.
            let bytes = (document.title.len() + document.body.len()) * 3 + 500;
            if size + bytes > SENT && !batch.is_empty() {
                tasks.push(self.remote.add_or_replace(&batch, Some("key")).await.context("failed to send documents")?);
                (batch, size) = (Vec::new(), 0);
            }
            batch.push(Kept::from(document));
            size += bytes;
        }
        if !batch.is_empty() {
            tasks.push(self.remote.add_or_replace(&batch, Some("key")).await.context("failed to send documents")?);
        }
        if !gone.is_empty() {
            let keys: Vec<String> = gone.iter().map(|gone| key(*gone)).collect();
            tasks.push(self.remote.delete_documents(&keys).await.context("failed to take documents out")?);
        }
        for task in tasks {
            server.done(task).await?;
        }
        Ok(())
    }

    /// Takes other words for the same from now on.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn set_synonyms(&self, groups: &Groups) -> Result<()> {
        let task = self.remote.set_synonyms(&groups.others()).await.context("failed to set words that mean the same")?;
        self.server().done(task).await
    }

    /// How many documents it holds.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn count(&self) -> Result<u64> {
        let stats = self.remote.get_stats().await.context("failed to ask for the number of documents")?;
        Ok(u64::try_from(stats.number_of_documents)?)
    }

    /// Keys and digests of all documents.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn digests(&self) -> Result<HashMap<Key, [u8; 16]>> {
        #[derive(Deserialize)]
        struct Known {
            key: String,
            digest: String,
        }
        let mut digests = HashMap::new();
        let mut offset = 0;
        loop {
            let mut query = DocumentsQuery::new(&self.remote);
            query.with_fields(["key", "digest"]).with_limit(READ).with_offset(offset);
            let page = self.remote.get_documents_with::<Known>(&query).await.context("failed to read the index")?;
            offset += page.results.len();
            let ended = page.results.len() < READ;
            for known in page.results {
                if let Some(key) = key_of(&known.key) {
                    digests.insert(key, digest_of(&known.digest).unwrap_or_default());
                }
            }
            if ended {
                return Ok(digests);
            }
        }
    }

    /// Looks once.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn look(&self, look: &Look) -> Result<Found> {
        let mut found = Found::default();
        for query in queries(&look.asked, look.reach, look.request.unfinished) {
            found = self.ask(&query, look).await?;
            if found.total > 0 {
                break;
            }
        }
        Ok(found)
    }

    /// Hits, their number, and what is counted, in one question.
    async fn ask(&self, query: &Query, look: &Look) -> Result<Found> {
        let request = &look.request;
        let restricted = filter(&request.filter, request.reader);
        let counted: Vec<(Facet, Vec<String>, [&str; 1])> = request
            .facets
            .iter()
            .map(|facet| {
                let mut restricted = filter(&request.filter.without(*facet), request.reader);
                // Its number says then how many have any value.
                restricted.push(format!("{} EXISTS", facet.name()));
                (*facet, restricted, [facet.name()])
            })
            .collect();
        // It finds words with typos wherever it looks for words as they are spelt.
        let typos = look.reach > Reach::Stems && query.fields.contains(&"title");
        let retrieved: &[&str] = if typos { &["key", "title", "body"] } else { &["key"] };
        let sort: Option<&[&str]> = match request.sort {
            Sort::Relevance => None,
            Sort::Newest => Some(&["at:desc", "key:asc"]),
            Sort::Oldest => Some(&["at:asc", "key:asc"]),
        };
        let filters: Vec<Vec<&str>> = std::iter::once(&restricted)
            .chain(counted.iter().map(|(_, restricted, _)| restricted))
            .map(|filter| filter.iter().map(String::as_str).collect())
            .collect();
        let mut queries = self.client().multi_search();
        for (at, filter) in filters.iter().enumerate() {
            let mut search = SearchQuery::new(&self.remote);
            search.with_index_uid();
            search.query = Some(&query.words);
            search.matching_strategy =
                Some(if look.reach == Reach::Some { MatchingStrategies::FREQUENCY } else { MatchingStrategies::ALL });
            search.attributes_to_search_on = Some(query.fields);
            if !filter.is_empty() {
                search.filter = Some(Expression::new(either::Either::Right(filter.clone())));
            }
            if at == 0 {
                search.offset = Some(request.offset);
                search.limit = Some(request.size);
                search.sort = sort;
                search.attributes_to_retrieve = Some(Selectors::Some(retrieved));
                search.show_ranking_score = Some(true);
                queries.with_search_query(search.clone());
            }
            // Only a query by pages counts exactly.
            let mut counting = search;
            (counting.offset, counting.limit) = (None, None);
            (counting.page, counting.hits_per_page) = (Some(1), Some(0));
            (counting.sort, counting.show_ranking_score) = (None, None);
            if at > 0 {
                counting.facets = Some(Selectors::Some(&counted[at - 1].2));
            }
            queries.with_search_query(counting);
        }
        let mut answers = queries.execute::<Hit>().await.context("failed to search")?.results.into_iter();
        let (Some(page), Some(all)) = (answers.next(), answers.next()) else { bail!("Meilisearch left an answer out") };
        let facets = counted.iter().zip(answers).map(|((facet, ..), answer)| (*facet, counts(*facet, answer))).collect();
        let words = if typos { taken(&look.asked, &page) } else { Vec::new() };
        let hits = page.hits.iter().filter_map(|hit| Some((key_of(&hit.result.key)?, score(hit.ranking_score)))).collect();
        let total = all.total_hits.unwrap_or(0);
        // It counts no further than that.
        Ok(Found { hits, total, about: total >= COUNTED, facets, words })
    }

    fn client(&self) -> &Client<Http> {
        &self.remote.client
    }
}

#[allow(clippy::cast_possible_truncation)]
fn score(score: Option<f64>) -> f32 {
    score.unwrap_or_default() as f32
}

fn counts(facet: Facet, mut answer: SearchResults<Hit>) -> Counts {
    let counted = answer.facet_distribution.as_mut().and_then(|all| all.remove(facet.name())).unwrap_or_default();
    let mut values: Vec<(String, u64)> = counted.into_iter().map(|(value, count)| (value, count as u64)).collect();
    values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let known: u64 = values.iter().map(|(_, count)| count).sum();
    let all = answer.total_hits.unwrap_or(0) as u64;
    Counts { values, others: all.saturating_sub(known) }
}

/// What words with typos were taken for: of the words of the first hits, the nearest.
fn taken(asked: &Asked, page: &SearchResults<Hit>) -> Vec<(String, String)> {
    let texts = page.hits.iter().take(10).map(|hit| format!("{} {}", hit.result.title, hit.result.body));
    let known: std::collections::HashSet<String> = texts.flat_map(|text| terms(&text)).map(|term| term.surface).collect();
    let mut taken = Vec::new();
    let is_known = |word: &Word| known.iter().any(|known| known.starts_with(&word.surface) || text::stem(known) == word.stem);
    for word in asked.words.iter().filter(|word| !word.is_exact() && !is_known(word)) {
        let near = known.iter().map(|known| (edits(&word.surface, known), known)).filter(|(edits, _)| *edits <= 2).min();
        taken.extend(near.map(|(_, near)| (word.surface.clone(), near.clone())));
    }
    taken
}

/// How many letters must be put in, left out, changed or swapped with the next to make one word of the other (optimal string alignment).
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mut least = (row[j - 1] + 1).min(last[j] + 1).min(last[j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        (before, last) = (last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use poem::{
        Body, EndpointExt, IntoResponse, Request as Incoming, Server as Listening,
        endpoint::make,
        http::StatusCode,
        listener::{Acceptor, Listener, TcpListener},
    };
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::{
        super::{
            document::{Filter, Reader},
            port::Request,
        },
        *,
    };
    use crate::gid::Kind;

    /// What was asked: the method and address, the key, the body.
    type Asked = Arc<Mutex<Vec<(String, String, Value)>>>;

    /// A server that answers as Meilisearch is documented to, or with an error, and notes what it is asked.
    async fn server(error: Option<(StatusCode, Value)>) -> (Server, Asked) {
        let asked = Asked::default();
        let noted = asked.clone();
        let answer = make(move |mut request: Incoming| {
            let (noted, error) = (noted.clone(), error.clone());
            async move {
                let line = format!("{} {}", request.method(), request.uri().path_and_query().unwrap());
                let key = request.header("authorization").unwrap_or_default().to_owned();
                let body: Value = serde_json::from_slice(&request.take_body().into_bytes().await.unwrap()).unwrap_or_default();
                let answers = body["queries"].as_array().map_or(0, Vec::len);
                let path = request.uri().path().to_owned();
                noted.lock().unwrap().push((line, key, body));
                if let Some((status, error)) = error {
                    return Ok::<_, poem::Error>(Body::from_json(error).unwrap().with_status(status).into_response());
                }
                let task = json!({ "taskUid": 7, "uid": 7, "indexUid": "i", "status": "succeeded", "type": "indexCreation", "details": { "primaryKey": "key" },
                                   "duration": "PT0.1S", "enqueuedAt": "2026-01-01T00:00:00Z", "startedAt": "2026-01-01T00:00:00Z",
                                   "finishedAt": "2026-01-01T00:00:00Z", "canceledBy": null, "error": null });
                let hit = json!({ "key": format!("Ticket-{}", Uuid::from_u128(3).simple()), "_rankingScore": 0.5 });
                let counted = json!({ "hits": [], "query": "", "processingTimeMs": 1, "page": 1, "hitsPerPage": 0, "totalHits": 5, "totalPages": 0,
                                      "facetDistribution": { "kind": { "Ticket": 1, "Initiative": 3 } } });
                let page = json!({ "hits": [hit], "query": "", "processingTimeMs": 1, "limit": 10, "offset": 0, "estimatedTotalHits": 1 });
                let (status, answer) = match path.as_str() {
                    "/multi-search" => {
                        let results: Vec<Value> = (0..answers).map(|at| if at == 0 { page.clone() } else { counted.clone() }).collect();
                        (StatusCode::OK, json!({ "results": results }))
                    }
                    "/tasks/7" => (StatusCode::OK, task),
                    path if path.ends_with("/stats") => (
                        StatusCode::OK,
                        json!({ "numberOfDocuments": 5, "isIndexing": false, "numberOfEmbeddedDocuments": 0, "numberOfEmbeddings": 0, "rawDocumentDbSize": 0, "avgDocumentSize": 0, "fieldDistribution": {} }),
                    ),
                    _ => (StatusCode::ACCEPTED, task),
                };
                Ok(Body::from_json(answer).unwrap().with_status(status).into_response())
            }
        });
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().unwrap().to_string();
        tokio::spawn(Listening::new_with_acceptor(acceptor).run(answer.boxed()));
        (Server::new(&format!("http://{address}/"), "secret").unwrap(), asked)
    }

    fn look(text: &str) -> Look {
        let filter = Filter { any_of: vec![(Facet::Kind, vec!["Ticket".into()])], ..Filter::default() };
        let (reader, sort) = (Reader::Anybody, Sort::Newest);
        let (facets, synonyms) = (vec![Facet::Kind], Arc::default());
        let request = Request { text: text.into(), unfinished: false, filter, reader, facets, sort, offset: 20, size: 10, synonyms };
        Look { asked: Arc::new(super::Asked::of(text)), reach: Reach::Stems, request: Arc::new(request) }
    }

    #[tokio::test]
    async fn a_question_is_one_request_with_the_key() {
        let (server, asked) = server(None).await;
        let found = server.index("veche_v1_1").look(&look("не горят фонари")).await.unwrap();
        assert_eq!(found.hits, [((Kind::Ticket, Uuid::from_u128(3)), 0.5)]);
        assert_eq!((found.total, found.about), (5, false));
        let counts = &found.facets[&Facet::Kind];
        assert_eq!((&counts.values[..], counts.others), (&[("Initiative".to_owned(), 3), ("Ticket".to_owned(), 1)][..], 1));
        let asked = asked.lock().unwrap();
        let [(line, key, body)] = &asked[..] else { panic!("{asked:?}") };
        assert_eq!((line.as_str(), key.as_str()), ("POST /multi-search", "Bearer secret"));
        let [page, all, kinds] = body["queries"].as_array().unwrap().as_slice() else { panic!("{body}") };
        for query in [page, all, kinds] {
            assert_eq!((&query["indexUid"], &query["q"]), (&json!("veche_v1_1"), &json!("гор фонар ")));
            assert_eq!(
                (&query["matchingStrategy"], &query["attributesToSearchOn"]),
                (&json!("all"), &json!(["title_stems", "body_stems"]))
            );
        }
        assert_eq!((&page["offset"], &page["limit"], &page["sort"]), (&json!(20), &json!(10), &json!(["at:desc", "key:asc"])));
        assert_eq!(page["filter"], json!(["public = true", "kind IN [\"Ticket\"]"]));
        assert_eq!((&all["hitsPerPage"], &all["filter"]), (&json!(0), &page["filter"]));
        assert_eq!((&kinds["facets"], &kinds["filter"]), (&json!(["kind"]), &json!(["public = true", "kind EXISTS"])));
    }

    #[tokio::test]
    async fn documents_are_sent_in_parts_and_waited_for() {
        let (server, asked) = server(None).await;
        let index = server.create("veche_v1_2").await.unwrap();
        let document = |n: u128| Document {
            kind: Kind::Ticket,
            id: Uuid::from_u128(n),
            title: "Фонари".into(),
            body: "слово ".repeat(200_000),
            public: false,
            owner: None,
            language: None,
            state: Some("NEW".into()),
            channel: None,
            topic: None,
            territory: None,
            working_group: None,
            department: None,
            created_at: None,
        };
        index.apply(&[document(1), document(2), document(3)], &[(Kind::Comment, Uuid::from_u128(4))]).await.unwrap();
        assert_eq!(index.count().await.unwrap(), 5);
        let asked = asked.lock().unwrap();
        let lines: Vec<&str> = asked.iter().map(|(line, ..)| line.as_str()).filter(|line| !line.starts_with("GET /tasks")).collect();
        let sent = "POST /indexes/veche_v1_2/documents?primaryKey=key";
        assert_eq!(
            lines,
            [
                "DELETE /indexes/veche_v1_2",
                "POST /indexes",
                "PATCH /indexes/veche_v1_2/settings",
                sent,
                sent,
                sent,
                "POST /indexes/veche_v1_2/documents/delete-batch",
                "GET /indexes/veche_v1_2/stats",
            ]
        );
        // Each task is waited for; the library asks once more when it is done.
        assert_eq!(asked.iter().filter(|(line, ..)| line.starts_with("GET /tasks/7")).count(), 2 * 7);
        let (.., documents) = asked.iter().find(|(line, ..)| line == sent).unwrap();
        assert_eq!(documents[0]["key"], format!("Ticket-{}", Uuid::from_u128(1).simple()));
        assert_eq!(
            (&documents[0]["title_stems"], &documents[0]["public"], &documents[0]["state"]),
            (&json!("фонар"), &json!(false), &json!("NEW"))
        );
        let (.., gone) = asked.iter().find(|(line, ..)| line.ends_with("delete-batch")).unwrap();
        assert_eq!(gone, &json!([format!("Comment-{}", Uuid::from_u128(4).simple())]));
    }

    #[tokio::test]
    async fn what_a_server_refuses_is_said() {
        let refusal = json!({ "message": "The provided API key is invalid.", "code": "invalid_api_key", "type": "auth", "link": "https://docs.example" });
        let (refusing, _) = server(Some((StatusCode::FORBIDDEN, refusal))).await;
        for error in [
            refusing.index("i").look(&look("лифт")).await.unwrap_err(),
            refusing.index("i").apply(&[], &[(Kind::Ticket, Uuid::nil())]).await.unwrap_err(),
            refusing.index("i").count().await.unwrap_err(),
            refusing.index("i").digests().await.unwrap_err(),
            refusing.create("i").await.err().unwrap(),
        ] {
            assert!(format!("{error:#}").contains("API key is invalid"), "{error:#}");
        }
        let (broken, _) = server(Some((StatusCode::BAD_GATEWAY, json!("not what was expected")))).await;
        assert!(format!("{:#}", broken.index("i").count().await.unwrap_err()).contains("502"));
        let nobody = Server::new("http://127.0.0.1:9", "").unwrap();
        assert!(nobody.index("i").look(&look("лифт")).await.is_err());
        assert!(Server::new("http://127.0.0.1:9", "bad\nkey").is_err());
    }

    #[test]
    fn edits_are_counted() {
        for (a, b, count) in
            [("лифт", "лифт", 0), ("лифт", "лфит", 1), ("подьезд", "подъезд", 1), ("снег", "снига", 2), ("а", "абвг", usize::MAX)]
        {
            assert_eq!(edits(a, b), count, "{a} {b}");
        }
    }
}
