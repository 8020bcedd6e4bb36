//! The fields of the index, and how texts become words in it.

use tantivy::{
    Index, TantivyDocument,
    schema::{FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{Token, TokenStream, Tokenizer},
};
use uuid::Uuid;

use super::super::{
    analysis::{self, Term},
    document::{Document, Facet, Key},
};
use crate::gid::Kind;

/// The form in which words of a text are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// As they are spelt.
    Surface,
    /// Their stems.
    Stem,
    /// Their folded stems.
    Folded,
}

impl Form {
    const ALL: [Self; 3] = [Self::Surface, Self::Stem, Self::Folded];

    const fn name(self) -> &'static str {
        match self {
            Self::Surface => "surface",
            Self::Stem => "stem",
            Self::Folded => "folded",
        }
    }

    fn of(self, term: Term) -> Vec<String> {
        match self {
            Self::Surface => vec![term.surface],
            Self::Stem => vec![term.stem],
            Self::Folded => term.folded,
        }
    }
}

/// The fields of the index.
#[derive(Debug, Clone)]
pub struct Fields {
    pub key: Field,
    pub digest: Field,
    pub public: Field,
    pub owner: Field,
    pub at: Field,
    high: Field,
    low: Field,
    titles: [Field; 3],
    bodies: [Field; 3],
    facets: [Field; Facet::ALL.len()],
}

impl Fields {
    /// The fields of the title and the body in a form.
    pub fn texts(&self, form: Form) -> (Field, Field) {
        let at = form as usize;
        (self.titles[at], self.bodies[at])
    }

    /// The field of a property.
    pub fn facet(&self, facet: Facet) -> Field {
        self.facets[facet as usize]
    }

    /// A document in the form of the index.
    pub fn document(&self, document: &Document) -> TantivyDocument {
        let mut kept = TantivyDocument::new();
        kept.add_text(self.key, key(document.key()));
        kept.add_bytes(self.digest, &document.digest());
        kept.add_bool(self.public, document.public);
        if let Some(owner) = document.owner {
            kept.add_text(self.owner, owner.simple().to_string());
        }
        kept.add_i64(self.at, document.created_at.map_or(0, |at| at.timestamp_micros()));
        let (high, low) = document.id.as_u64_pair();
        kept.add_u64(self.high, high);
        kept.add_u64(self.low, low);
        for (titles, bodies) in self.titles.iter().zip(&self.bodies) {
            kept.add_text(*titles, &document.title);
            kept.add_text(*bodies, &document.body);
        }
        for facet in Facet::ALL {
            if let Some(value) = facet.of(document) {
                kept.add_text(self.facet(facet), value);
            }
        }
        kept
    }
}

/// The schema, and where each field is in it.
pub fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let words = |form: Form| {
        let record = match form {
            Form::Folded => IndexRecordOption::WithFreqs,
            Form::Surface | Form::Stem => IndexRecordOption::WithFreqsAndPositions,
        };
        TextOptions::default().set_indexing_options(TextFieldIndexing::default().set_tokenizer(form.name()).set_index_option(record))
    };
    let fields = Fields {
        key: schema.add_text_field("key", STRING | STORED),
        digest: schema.add_bytes_field("digest", STORED),
        public: schema.add_bool_field("public", INDEXED),
        owner: schema.add_text_field("owner", STRING),
        at: schema.add_i64_field("at", INDEXED | FAST),
        high: schema.add_u64_field("high", FAST),
        low: schema.add_u64_field("low", FAST),
        titles: Form::ALL.map(|form| schema.add_text_field(&format!("title_{}", form.name()), words(form))),
        bodies: Form::ALL.map(|form| schema.add_text_field(&format!("body_{}", form.name()), words(form))),
        facets: Facet::ALL.map(|facet| schema.add_text_field(facet.name(), STRING | FAST)),
    };
    (schema.build(), fields)
}

/// Makes the index know how texts become words.
pub fn register(index: &Index) {
    for form in Form::ALL {
        index.tokenizers().register(form.name(), Words { form });
    }
}

/// A document's key in the index.
pub fn key((kind, id): Key) -> String {
    format!("{}:{}", kind.name(), id.simple())
}

/// A key from its form in the index.
pub fn key_of(written: &str) -> Option<Key> {
    let (kind, id) = written.split_once(':')?;
    Some((Kind::of(kind)?, Uuid::try_parse(id).ok()?))
}

#[derive(Debug, Clone)]
struct Words {
    form: Form,
}

/// The words of one text, one after another.
struct WordStream {
    words: std::vec::IntoIter<Token>,
    current: Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = WordStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream {
        let mut position = usize::MAX;
        let words: Vec<Token> = analysis::terms(text)
            .into_iter()
            .flat_map(|term| {
                // A house with its letter stands where its number stands: `joined` comes after the number.
                if !term.joined {
                    position = position.wrapping_add(1);
                }
                let (offset_from, offset_to, position) = (term.at.start, term.at.end, position);
                let words = self.form.of(term).into_iter();
                words.map(move |text| Token { offset_from, offset_to, position, text, position_length: 1 })
            })
            .collect();
        WordStream { words: words.into_iter(), current: Token::default() }
    }
}

impl TokenStream for WordStream {
    fn advance(&mut self) -> bool {
        self.words.next().is_some_and(|word| {
            self.current = word;
            true
        })
    }

    fn token(&self) -> &Token {
        &self.current
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.current
    }
}
