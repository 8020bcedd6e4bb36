//! The engine of its own: an index of tantivy in the data folder, for each process that searches.

mod expand;
mod fields;
mod matching;
mod spelling;

use std::{
    collections::HashMap,
    path::Path,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result};
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, Term,
    aggregation::{
        AggContextParams, AggregationCollector,
        agg_req::Aggregations,
        agg_result::{AggregationResult, BucketResult},
    },
    collector::{Count, TopDocs},
    query::Query,
    schema::{OwnedValue, Value},
};

use super::{
    document::{Document, Facet, Key, Sort},
    port::{Counts, Found, Look, Standing},
};
use fields::Fields;

/// Memory for documents on their way into the index, in bytes.
const BUFFER: usize = 50_000_000;
/// Values of a property that are counted at the most.
const VALUES: u32 = 100;

/// An index in a folder, or in memory.
pub struct Embedded {
    fields: Fields,
    index: Index,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
}

impl Embedded {
    /// Opens the index in a folder, which is made where there is none.
    ///
    /// # Errors
    /// The folder cannot be used, another process holds it, or what lies there is no index of ours.
    pub fn open(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
        let (schema, fields) = fields::schema();
        let directory = tantivy::directory::MmapDirectory::open(folder).context("failed to open the folder of the index")?;
        Self::of(Index::open_or_create(directory, schema).context("failed to open the index")?, fields)
    }

    /// An index in memory, which ends with it.
    ///
    /// # Errors
    /// There is too little memory.
    pub fn in_memory() -> Result<Self> {
        let (schema, fields) = fields::schema();
        Self::of(Index::create_in_ram(schema), fields)
    }

    fn of(index: Index, fields: Fields) -> Result<Self> {
        fields::register(&index);
        let writer = index.writer_with_num_threads(1, BUFFER).context("failed to write to the index")?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().context("failed to read the index")?;
        Ok(Self { fields, index, reader, writer: Mutex::new(writer) })
    }

    /// Takes documents in, or anew, takes others out, and notes how far it is; all of it or nothing.
    ///
    /// # Errors
    /// The disk failed; nothing has changed then.
    pub fn apply(&self, documents: &[Document], gone: &[Key], mark: &str) -> Result<()> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = (|| {
            for key in documents.iter().map(Document::key).chain(gone.iter().copied()) {
                writer.delete_term(self.key_term(key));
            }
            for document in documents {
                writer.add_document(self.fields.document(document))?;
            }
            let mut prepared = writer.prepare_commit()?;
            prepared.set_payload(mark);
            prepared.commit()
        })();
        if let Err(error) = outcome {
            writer.rollback().context("failed to give up what could not be written")?;
            return Err(anyhow::Error::new(error).context("failed to write to the index"));
        }
        self.reader.reload().context("failed to read the index anew")
    }

    /// How far it is, and how many documents it holds.
    ///
    /// # Errors
    /// The disk failed.
    pub fn standing(&self) -> Result<Standing> {
        let mark = self.index.load_metas().context("failed to read the index")?.payload.filter(|mark| !mark.is_empty());
        Ok(Standing { mark, documents: self.reader.searcher().num_docs() })
    }

    fn key_term(&self, key: Key) -> Term {
        Term::from_field_text(self.fields.key, &fields::key(key))
    }

    /// Looks for a query.
    ///
    /// # Errors
    /// The disk failed.
    pub fn look(&self, look: &Look<'_>) -> Result<Found> {
        let searcher = self.reader.searcher();
        let wanted = self.wanted(&searcher, look.asked, look.reach, look.unfinished)?;
        let Some((matching, words)) = wanted else { return Ok(Found::default()) };
        let query = self.restricted(matching.box_clone(), look.reader, look.filter);
        let (hits, total) = self.hits(&searcher, &query, look)?;
        let facets = look.facets.iter().map(|facet| Ok((*facet, self.counts(&searcher, matching.as_ref(), *facet, look)?)));
        let facets = facets.collect::<Result<HashMap<Facet, Counts>>>()?;
        Ok(Found { hits, total, facets, words })
    }

    /// A page of hits in order, and how many there are.
    fn hits(&self, searcher: &Searcher, query: &dyn Query, look: &Look<'_>) -> Result<(Vec<(Key, f32)>, usize)> {
        let top = TopDocs::with_limit(look.size.max(1)).and_offset(look.offset);
        // A key of a document in two halves: what decides between equals.
        let halves = |segment: &tantivy::SegmentReader| {
            let column = |name| segment.fast_fields().u64(name).ok().map(|column| column.first_or_default_col(0));
            (column("high"), column("low"))
        };
        let half =
            |column: &Option<std::sync::Arc<dyn tantivy::columnar::ColumnValues<u64>>>, doc| column.as_ref().map_or(0, |c| c.get_val(doc));
        let (found, total) = match look.sort {
            Sort::Relevance => {
                let tops = top.tweak_score(move |segment: &tantivy::SegmentReader| {
                    let (high, low) = halves(segment);
                    // Scores that differ by less than people could tell are equal.
                    move |doc: u32, score: f32| ((score * 1000.0).round(), !half(&high, doc), !half(&low, doc))
                });
                let (found, total) = searcher.search(query, &(tops, Count)).context("failed to search")?;
                (found.into_iter().map(|((score, ..), address)| (score / 1000.0, address)).collect::<Vec<_>>(), total)
            }
            Sort::Newest | Sort::Oldest => {
                let newest = look.sort == Sort::Newest;
                let tops = top.tweak_score(move |segment: &tantivy::SegmentReader| {
                    let (high, low) = halves(segment);
                    let at = segment.fast_fields().i64("at").ok().map(|column| column.first_or_default_col(0));
                    move |doc: u32, _: f32| {
                        let at = at.as_ref().map_or(0, |at| at.get_val(doc));
                        (if newest { at } else { -at }, !half(&high, doc), !half(&low, doc))
                    }
                });
                let (found, total) = searcher.search(query, &(tops, Count)).context("failed to search")?;
                (found.into_iter().map(|(_, address)| (0.0, address)).collect(), total)
            }
        };
        let mut hits = Vec::with_capacity(found.len().min(look.size));
        for (score, address) in found.into_iter().take(look.size) {
            let document: TantivyDocument = searcher.doc(address).context("failed to read a document")?;
            let key = document.get_first(self.fields.key).and_then(|value| value.as_str()).and_then(fields::key_of);
            hits.extend(key.map(|key| (key, score)));
        }
        Ok((hits, total))
    }

    /// How many hits have which value of a property, whatever the filter says of it.
    fn counts(&self, searcher: &Searcher, matching: &dyn Query, facet: Facet, look: &Look<'_>) -> Result<Counts> {
        let request: Aggregations =
            serde_json::from_value(serde_json::json!({ "values": { "terms": { "field": facet.name(), "size": VALUES } } }))?;
        let query = self.restricted(matching.box_clone(), look.reader, &look.filter.without(facet));
        let collector = AggregationCollector::from_aggs(request, AggContextParams::default());
        let results = searcher.search(&query, &collector).context("failed to count")?;
        let Some(AggregationResult::BucketResult(BucketResult::Terms { buckets, sum_other_doc_count, .. })) = results.0.get("values")
        else {
            return Ok(Counts::default());
        };
        let values = buckets.iter().filter_map(|bucket| match &bucket.key {
            tantivy::aggregation::Key::Str(value) => Some((value.clone(), bucket.doc_count)),
            _ => None,
        });
        Ok(Counts { values: values.collect(), others: *sum_other_doc_count })
    }

    /// Keys and digests of all documents, to compare with the database.
    ///
    /// # Errors
    /// The disk failed.
    pub fn digests(&self) -> Result<HashMap<Key, Vec<u8>>> {
        let searcher = self.reader.searcher();
        let mut digests = HashMap::new();
        for segment in searcher.segment_readers() {
            let store = segment.get_store_reader(16)?;
            for document in store.iter::<TantivyDocument>(segment.alive_bitset()) {
                let document = document?;
                let key = document.get_first(self.fields.key).and_then(|value| value.as_str()).and_then(fields::key_of);
                let digest = document.get_first(self.fields.digest).map(OwnedValue::from);
                if let (Some(key), Some(OwnedValue::Bytes(digest))) = (key, digest) {
                    digests.insert(key, digest);
                }
            }
        }
        Ok(digests)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use uuid::Uuid;

    use super::{
        super::{
            document::{Filter, Reader},
            port::Reach,
            query::Asked,
        },
        *,
    };
    use crate::gid::Kind;

    fn document(n: u128, kind: Kind, title: &str, body: &str) -> Document {
        Document {
            kind,
            id: Uuid::from_u128(n),
            title: title.into(),
            body: body.into(),
            public: true,
            owner: None,
            language: Some("ru".into()),
            state: None,
            channel: None,
            topic: None,
            territory: None,
            working_group: None,
            department: None,
            created_at: Some(DateTime::UNIX_EPOCH + TimeDelta::days(i64::try_from(n).unwrap())),
        }
    }

    struct Asking {
        text: &'static str,
        reach: Reach,
        filter: Filter,
        reader: Reader,
        facets: &'static [Facet],
        sort: Sort,
        offset: usize,
        size: usize,
    }

    impl Default for Asking {
        fn default() -> Self {
            let (filter, reader) = (Filter::default(), Reader::Staff);
            Self { text: "", reach: Reach::Stems, filter, reader, facets: &[], sort: Sort::Relevance, offset: 0, size: 10 }
        }
    }

    fn look(index: &Embedded, asking: &Asking) -> Found {
        let Asking { text, reach, filter, reader, facets, sort, offset, size } = asking;
        let asked = Asked::of(text);
        let (reach, reader, sort, offset, size) = (*reach, *reader, *sort, *offset, *size);
        index.look(&Look { asked: &asked, reach, unfinished: false, filter, reader, facets, sort, offset, size }).unwrap()
    }

    fn numbers(found: &Found) -> Vec<u128> {
        found.hits.iter().map(|((_, id), _)| id.as_u128()).collect()
    }

    fn text(text: &'static str) -> Asking {
        Asking { text, ..Asking::default() }
    }

    #[test]
    fn who_may_not_read_finds_and_counts_nothing() {
        let index = Embedded::in_memory().unwrap();
        let owner = Uuid::from_u128(77);
        let private = Document { public: false, owner: Some(owner), ..document(1, Kind::Ticket, "Лампа", "") };
        index.apply(&[private, document(2, Kind::Ticket, "Лампа", "")], &[], "1").unwrap();
        for (reader, seen) in [
            (Reader::Anybody, vec![2]),
            (Reader::Person(Uuid::from_u128(78)), vec![2]),
            (Reader::Person(owner), vec![1, 2]),
            (Reader::Staff, vec![1, 2]),
        ] {
            let found = look(&index, &Asking { reader, facets: &[Facet::Kind], ..text("лампы") });
            assert_eq!((numbers(&found), found.total), (seen.clone(), seen.len()), "{reader:?}");
            assert_eq!(found.facets[&Facet::Kind].values, [("Ticket".to_owned(), seen.len() as u64)]);
        }
    }

    #[test]
    fn a_filter_holds_and_its_own_property_is_counted_without_it() {
        let index = Embedded::in_memory().unwrap();
        let topic = Uuid::from_u128(9);
        let documents = [
            document(1, Kind::Ticket, "Снег", ""),
            Document { topic: Some(topic), ..document(2, Kind::Initiative, "Снег", "") },
            Document { topic: Some(topic), state: Some("NEW".into()), ..document(3, Kind::Ticket, "Снег", "") },
        ];
        index.apply(&documents, &[], "1").unwrap();
        let of = |facet, value: &str| Filter { any_of: vec![(facet, vec![value.to_owned()])], ..Filter::default() };
        let asking = Asking { filter: of(Facet::Kind, "Ticket"), facets: &[Facet::Kind, Facet::Topic], ..text("снег") };
        let found = look(&index, &asking);
        assert_eq!(numbers(&found), [1, 3]);
        assert_eq!(found.facets[&Facet::Kind].values, [("Ticket".to_owned(), 2), ("Initiative".to_owned(), 1)]);
        assert_eq!(found.facets[&Facet::Topic].values, [(topic.simple().to_string(), 1)]);
        let topical = look(&index, &Asking { filter: of(Facet::Topic, &topic.simple().to_string()), ..text("снег") });
        assert_eq!(numbers(&topical), [2, 3]);
        assert_eq!(look(&index, &Asking { filter: of(Facet::State, "no such"), ..text("снег") }).total, 0);
        let day = |days| Some(DateTime::UNIX_EPOCH + TimeDelta::days(days));
        let filter = Filter { from: day(2), to: day(3), ..Filter::default() };
        assert_eq!(numbers(&look(&index, &Asking { filter, ..text("снег") })), [2]);
    }

    #[test]
    fn pages_follow_one_another_and_equals_stand_by_their_keys() {
        let index = Embedded::in_memory().unwrap();
        // In several segments, in no order.
        for chunk in [[5_u128, 1], [4, 2], [3, 6]] {
            let documents = chunk.map(|n| document(n, Kind::Ticket, "Яма", "Одна и та же яма"));
            index.apply(&documents, &[], "1").unwrap();
        }
        let page = |offset, sort| numbers(&look(&index, &Asking { offset, size: 2, sort, ..text("яма") }));
        assert_eq!([page(0, Sort::Relevance), page(2, Sort::Relevance), page(4, Sort::Relevance)], [[1, 2], [3, 4], [5, 6]]);
        assert_eq!(page(6, Sort::Relevance), [0_u128; 0]);
        assert_eq!((page(0, Sort::Newest), page(0, Sort::Oldest)), (vec![6, 5], vec![1, 2]));
        assert_eq!(look(&index, &Asking { offset: 100, ..text("яма") }).total, 6);
    }

    #[test]
    fn the_name_counts_more_than_the_text_and_the_spelling_more_than_the_stem() {
        let index = Embedded::in_memory().unwrap();
        let documents = [
            document(1, Kind::Ticket, "Двор", "Нет воды"),
            document(2, Kind::Ticket, "Вода", "Её нет во дворе"),
            document(3, Kind::Ticket, "Воды", "Их нет во дворе"),
        ];
        index.apply(&documents, &[], "1").unwrap();
        assert_eq!(numbers(&look(&index, &text("вода"))), [2, 3, 1]);
        assert_eq!(numbers(&look(&index, &text("«нет воды»"))), [1]);
        assert_eq!(numbers(&look(&index, &text("вода -двор"))), [0_u128; 0]);
        assert_eq!(numbers(&look(&index, &Asking { reach: Reach::Some, ..text("вода двор слон") })).len(), 3);
    }

    #[test]
    fn what_is_written_anew_is_there_once_and_what_is_gone_is_not() {
        let folder = tempfile::tempdir().unwrap();
        {
            let index = Embedded::open(folder.path()).unwrap();
            assert_eq!(index.standing().unwrap(), Standing { mark: None, documents: 0 });
            index.apply(&[document(1, Kind::Ticket, "Лифт", ""), document(2, Kind::Ticket, "Лифт", "")], &[], "7").unwrap();
            index.apply(&[document(1, Kind::Ticket, "Подъёмник", "")], &[(Kind::Ticket, Uuid::from_u128(2))], "8").unwrap();
            assert!(Embedded::open(folder.path()).is_err(), "one writer");
        }
        let index = Embedded::open(folder.path()).unwrap();
        assert_eq!(index.standing().unwrap(), Standing { mark: Some("8".into()), documents: 1 });
        assert_eq!((look(&index, &text("лифт")).total, numbers(&look(&index, &text("подъемники")))), (0, vec![1]));
        let digests = index.digests().unwrap();
        assert_eq!(digests.len(), 1);
        assert_eq!(digests[&(Kind::Ticket, Uuid::from_u128(1))], document(1, Kind::Ticket, "Подъёмник", "").digest());
        assert_ne!(digests[&(Kind::Ticket, Uuid::from_u128(1))], document(1, Kind::Ticket, "Лифт", "").digest());
    }

    #[test]
    fn a_folder_with_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("meta.json"), "{ not an index").unwrap();
        assert!(Embedded::open(folder.path()).is_err());
    }

    #[test]
    fn odd_queries_find_nothing_and_break_nothing() {
        let index = Embedded::in_memory().unwrap();
        index.apply(&[document(1, Kind::Ticket, "Лифт", "стоит")], &[], "1").unwrap();
        for odd in ["", " ", "\u{0}", "-", "\"\"", "«", "AND", "title:x", "*", "(", "лифт)", "\u{200b}"] {
            for reach in [Reach::Stems, Reach::Folded, Reach::Typos, Reach::Some] {
                let asked = Asked::of(odd);
                let (filter, reader, sort) = (Filter::default(), Reader::Staff, Sort::Relevance);
                index
                    .look(&Look {
                        asked: &asked,
                        reach,
                        unfinished: true,
                        filter: &filter,
                        reader,
                        facets: &Facet::ALL,
                        sort,
                        offset: 0,
                        size: 0,
                    })
                    .unwrap();
            }
        }
    }
}
