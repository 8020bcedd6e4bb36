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
    port::{Counts, Found, Look, Request},
};
use fields::Fields;

/// Memory for documents on their way into the index, in bytes.
const BUFFER: usize = 50_000_000;
/// Values of a property that are counted at the most.
const VALUES: u32 = 100;

/// How far an index is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Up to where in the log of changes; none of an index that was never filled.
    pub mark: Option<String>,
    /// How many documents it holds.
    pub documents: u64,
}

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
    pub fn look(&self, look: &Look) -> Result<Found> {
        let searcher = self.reader.searcher();
        let request = &look.request;
        let wanted = self.wanted(&searcher, &look.asked, look.reach, request.unfinished)?;
        let Some((matching, words)) = wanted else { return Ok(Found::default()) };
        let query = self.restricted(matching.box_clone(), request.reader, &request.filter);
        let (hits, total) = self.hits(&searcher, &query, request)?;
        let facets = request.facets.iter().map(|facet| Ok((*facet, self.counts(&searcher, matching.as_ref(), *facet, request)?)));
        let facets = facets.collect::<Result<HashMap<Facet, Counts>>>()?;
        Ok(Found { hits, total, about: false, facets, words })
    }

    /// A page of hits in order, and how many there are.
    fn hits(&self, searcher: &Searcher, query: &dyn Query, request: &Request) -> Result<(Vec<(Key, f32)>, usize)> {
        let top = TopDocs::with_limit(request.size.max(1)).and_offset(request.offset);
        // A key of a document in two halves: what decides between equals.
        let halves = |segment: &tantivy::SegmentReader| {
            let column = |name| segment.fast_fields().u64(name).ok().map(|column| column.first_or_default_col(0));
            (column("high"), column("low"))
        };
        let half =
            |column: &Option<std::sync::Arc<dyn tantivy::columnar::ColumnValues<u64>>>, doc| column.as_ref().map_or(0, |c| c.get_val(doc));
        let (found, total) = match request.sort {
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
                let newest = request.sort == Sort::Newest;
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
        let mut hits = Vec::with_capacity(found.len().min(request.size));
        for (score, address) in found.into_iter().take(request.size) {
            let document: TantivyDocument = searcher.doc(address).context("failed to read a document")?;
            let key = document.get_first(self.fields.key).and_then(|value| value.as_str()).and_then(fields::key_of);
            hits.extend(key.map(|key| (key, score)));
        }
        Ok((hits, total))
    }

    /// How many hits have which value of a property, whatever the filter says of it.
    fn counts(&self, searcher: &Searcher, matching: &dyn Query, facet: Facet, request: &Request) -> Result<Counts> {
        let counting: Aggregations =
            serde_json::from_value(serde_json::json!({ "values": { "terms": { "field": facet.name(), "size": VALUES } } }))?;
        let query = self.restricted(matching.box_clone(), request.reader, &request.filter.without(facet));
        let collector = AggregationCollector::from_aggs(counting, AggContextParams::default());
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
    pub fn digests(&self) -> Result<HashMap<Key, [u8; 16]>> {
        let searcher = self.reader.searcher();
        let mut digests = HashMap::new();
        for segment in searcher.segment_readers() {
            let store = segment.get_store_reader(16)?;
            for document in store.iter::<TantivyDocument>(segment.alive_bitset()) {
                let document = document?;
                let key = document.get_first(self.fields.key).and_then(|value| value.as_str()).and_then(fields::key_of);
                let digest = document.get_first(self.fields.digest).map(OwnedValue::from);
                if let (Some(key), Some(OwnedValue::Bytes(digest))) = (key, digest) {
                    digests.insert(key, digest.try_into().unwrap_or_default());
                }
            }
        }
        Ok(digests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_writer_and_keeps_how_far_it_is() {
        let folder = tempfile::tempdir().unwrap();
        {
            let index = Embedded::open(folder.path()).unwrap();
            assert_eq!(index.standing().unwrap(), Standing { mark: None, documents: 0 });
            index.apply(&[], &[], "8").unwrap();
            assert!(Embedded::open(folder.path()).is_err(), "one writer");
        }
        let index = Embedded::open(folder.path()).unwrap();
        assert_eq!(index.standing().unwrap(), Standing { mark: Some("8".into()), documents: 0 });
    }

    #[test]
    fn a_folder_with_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("meta.json"), "{ not an index").unwrap();
        assert!(Embedded::open(folder.path()).is_err());
    }
}
