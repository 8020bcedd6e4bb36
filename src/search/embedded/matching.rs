//! A query of people as a query of the index.

use anyhow::Result;
use tantivy::{
    Searcher, Term,
    query::{BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, Occur, PhraseQuery, Query, RangeQuery, TermQuery},
    schema::IndexRecordOption,
};

use super::{
    super::{
        document::{Filter, Reader},
        port::Reach,
        query::{Asked, Word},
    },
    Embedded, expand,
    fields::Form,
};
use crate::nlp::text;

/// How much more a word in the title counts than one in the body.
const TITLE: f32 = 2.5;
/// How much a word counts as it is spelt, against its stem (1).
const SURFACE: f32 = 1.4;
/// How much a folded stem counts.
const FOLDED: f32 = 0.6;
/// How much the rest of a word that is only begun counts.
const BEGUN: f32 = 0.7;
/// How much what means the same counts.
const SAME: f32 = 0.8;
/// How much a word with one typo counts; with two, its square.
const TYPO: f32 = 0.5;
/// How much words near to one another count.
const NEAR: f32 = 1.5;
/// How far they may be from one another.
const SLOP: u32 = 3;

/// What a query looks for, and what its words were taken for.
type Wanted = (Box<dyn Query>, Vec<(String, String)>);

/// A word in one of its forms, and how much it counts.
struct Alternative {
    form: Form,
    word: String,
    boost: f32,
}

impl Embedded {
    /// What is looked for; none where nothing can be.
    pub(super) fn wanted(&self, searcher: &Searcher, asked: &Asked, reach: Reach, unfinished: bool) -> Result<Option<Wanted>> {
        if asked.is_empty() {
            return Ok(None);
        }
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        let mut words: Vec<Box<dyn Query>> = Vec::new();
        let mut taken = Vec::new();
        for (at, word) in asked.words.iter().enumerate() {
            let last = at + 1 == asked.words.len();
            let (alternatives, meant) = self.alternatives(searcher, word, reach, last, unfinished)?;
            if let Some(meant) = meant {
                taken.push((word.surface.clone(), meant));
            }
            words.push(self.any_of(alternatives, &word.same));
        }
        match reach {
            // At least two of three.
            Reach::Some if words.len() > 2 => {
                let enough = (words.len() * 2).div_ceil(3).min(words.len() - 1);
                clauses.push((Occur::Must, Box::new(BooleanQuery::union_with_minimum_required_clauses(words, enough))));
            }
            _ => clauses.extend(words.into_iter().map(|word| (Occur::Must, word))),
        }
        for phrase in &asked.phrases {
            let form = if reach == Reach::Stems { Form::Surface } else { Form::Stem };
            clauses.push((Occur::Must, self.phrase(phrase, form, 0)));
        }
        if asked.words.len() > 1 {
            clauses.push((Occur::Should, Box::new(BoostQuery::new(self.phrase(&asked.words, Form::Stem, SLOP), NEAR))));
        }
        for word in &asked.without {
            clauses.push((Occur::MustNot, self.any_of(vec![Alternative { form: Form::Stem, word: word.stem.clone(), boost: 1.0 }], &[])));
        }
        Ok(Some((Box::new(BooleanQuery::new(clauses)), taken)))
    }

    /// The forms in which a word is looked for, and what it is taken for where it is not known itself.
    fn alternatives(
        &self,
        searcher: &Searcher,
        word: &Word,
        reach: Reach,
        last: bool,
        unfinished: bool,
    ) -> Result<(Vec<Alternative>, Option<String>)> {
        let of = |form: Form| {
            let (title, body) = self.fields.texts(form);
            [title, body]
        };
        let mut found = vec![
            Alternative { form: Form::Surface, word: word.surface.clone(), boost: SURFACE },
            Alternative { form: Form::Stem, word: word.stem.clone(), boost: 1.0 },
        ];
        let begins = last && (unfinished || reach >= Reach::Folded) && word.length() >= 2;
        if begins {
            let near = expand::beginnings(searcher, of(Form::Surface), &word.surface)?;
            found.extend(near.into_iter().map(|near| Alternative { form: Form::Surface, word: near.word, boost: BEGUN }));
        }
        if reach == Reach::Stems || word.is_exact() {
            return Ok((found, None));
        }
        let folded = word.folded.iter().filter(|folded| folded.chars().count() > 1);
        found.extend(folded.map(|folded| Alternative { form: Form::Folded, word: folded.clone(), boost: FOLDED }));
        if reach < Reach::Typos {
            return Ok((found, None));
        }
        let known = expand::frequency(searcher, of(Form::Stem), &word.stem)? > 0;
        let mut meant = None;
        for (form, near) in self.near(searcher, word)? {
            // The word itself, and other forms of it.
            if near.distance == 0 {
                continue;
            }
            let boost = TYPO.powi(i32::from(near.distance));
            if form == Form::Surface {
                if !known && meant.is_none() {
                    meant = Some(near.word.clone());
                }
                found.push(Alternative { form: Form::Stem, word: text::stem(&near.word).into_owned(), boost: boost * 0.9 });
            }
            found.push(Alternative { form, word: near.word, boost });
        }
        Ok((found, meant))
    }

    /// Words with typos: as many as a word of its length may have.
    fn near(&self, searcher: &Searcher, word: &Word) -> Result<Vec<(Form, expand::Near)>> {
        let mut near = Vec::new();
        for (form, spelt) in [(Form::Surface, &word.surface), (Form::Stem, &word.stem)] {
            let length = spelt.chars().count();
            let distance = match length {
                0..=3 => 0,
                4..=5 => 1,
                _ => 2,
            };
            if distance == 0 {
                continue;
            }
            let (title, body) = self.fields.texts(form);
            let found = expand::typos(searcher, [title, body], spelt, distance)?;
            near.extend(found.into_iter().map(|near| (form, near)));
        }
        near.sort_by_key(|(_, near)| near.distance);
        Ok(near)
    }

    /// The best of the forms of a word and of what means the same, in title or body.
    fn any_of(&self, alternatives: Vec<Alternative>, same: &[Vec<String>]) -> Box<dyn Query> {
        let mut queries: Vec<Box<dyn Query>> = Vec::with_capacity(alternatives.len() * 2);
        for Alternative { form, word, boost } in alternatives {
            let (title, body) = self.fields.texts(form);
            for (field, boost) in [(title, boost * TITLE), (body, boost)] {
                let query = TermQuery::new(Term::from_field_text(field, &word), IndexRecordOption::WithFreqs);
                queries.push(Box::new(BoostQuery::new(Box::new(query), boost)));
            }
        }
        let (title, body) = self.fields.texts(Form::Stem);
        for stems in same {
            for (field, boost) in [(title, SAME * TITLE), (body, SAME)] {
                let mut terms = stems.iter().map(|stem| Term::from_field_text(field, stem)).enumerate();
                let query: Box<dyn Query> = match (terms.next(), stems.len()) {
                    (None, _) => continue,
                    (Some((_, only)), 1) => Box::new(TermQuery::new(only, IndexRecordOption::WithFreqs)),
                    (Some(first), _) => Box::new(PhraseQuery::new_with_offset_and_slop(std::iter::once(first).chain(terms).collect(), 0)),
                };
                queries.push(Box::new(BoostQuery::new(query, boost)));
            }
        }
        Box::new(DisjunctionMaxQuery::with_tie_breaker(queries, 0.1))
    }

    /// Words one after another, in title or body.
    fn phrase(&self, words: &[Word], form: Form, slop: u32) -> Box<dyn Query> {
        let (title, body) = self.fields.texts(form);
        let of = |field| {
            let terms = words.iter().enumerate().map(|(at, word)| {
                let word = if form == Form::Surface { &word.surface } else { &word.stem };
                (at, Term::from_field_text(field, word))
            });
            Box::new(PhraseQuery::new_with_offset_and_slop(terms.collect(), slop)) as Box<dyn Query>
        };
        Box::new(BooleanQuery::union(vec![Box::new(BoostQuery::new(of(title), TITLE)), of(body)]))
    }

    /// A query among those documents that a filter lets through and a reader may read. It changes no score.
    pub(super) fn restricted(&self, query: Box<dyn Query>, reader: Reader, filter: &Filter) -> BooleanQuery {
        let fields = &self.fields;
        let term = |term: Term| Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Box<dyn Query>;
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, query)];
        let mut must = |query: Box<dyn Query>| clauses.push((Occur::Must, Box::new(ConstScoreQuery::new(query, 0.0))));
        let public = term(Term::from_field_bool(fields.public, true));
        match reader {
            Reader::Staff => (),
            Reader::Anybody => must(public),
            Reader::Person(id) => {
                let own = term(Term::from_field_text(fields.owner, &id.simple().to_string()));
                must(Box::new(BooleanQuery::union(vec![public, own])));
            }
        }
        for (facet, values) in &filter.any_of {
            let field = fields.facet(*facet);
            let of = values.iter().map(|value| term(Term::from_field_text(field, value)));
            must(if values.is_empty() { Box::new(EmptyQuery) } else { Box::new(BooleanQuery::union(of.collect())) });
        }
        if filter.from.is_some() || filter.to.is_some() {
            use std::ops::Bound::{Excluded, Included, Unbounded};
            let at = |time: chrono::DateTime<chrono::Utc>| Term::from_field_i64(fields.at, time.timestamp_micros());
            let from = filter.from.map_or(Unbounded, |time| Included(at(time)));
            let to = filter.to.map_or(Unbounded, |time| Excluded(at(time)));
            must(Box::new(RangeQuery::new(from, to)));
        }
        BooleanQuery::new(clauses)
    }
}
