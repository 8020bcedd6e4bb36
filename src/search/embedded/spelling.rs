//! A query with its rare words as the texts of the index have them.

use anyhow::Result;

use super::{Embedded, expand, fields::Form};
use crate::search::analysis;

/// A word in more documents than that is no typo.
const RARE: u64 = 2;
/// How much more frequent the word must be that takes the place of a rare one.
const TIMES: u64 = 5;

impl Embedded {
    /// The query with each word that is unknown, or rare, replaced by the nearest one that is frequent. None where nothing is to be replaced.
    ///
    /// # Errors
    /// The disk failed.
    pub fn spelling(&self, text: &str) -> Result<Option<String>> {
        let searcher = self.reader.searcher();
        let of = |form: Form| {
            let (title, body) = self.fields.texts(form);
            [title, body]
        };
        let mut spelt = String::with_capacity(text.len());
        let mut from = 0;
        for term in analysis::terms(text) {
            let length = term.surface.chars().count();
            if term.joined || term.stop || length < 4 || term.at.start < from || term.surface.chars().any(char::is_numeric) {
                continue;
            }
            let frequency = expand::frequency(&searcher, of(Form::Stem), &term.stem)?;
            if frequency > RARE {
                continue;
            }
            let near = expand::typos(&searcher, of(Form::Surface), &term.surface, if length < 6 { 1 } else { 2 })?;
            let better = near.into_iter().find(|near| near.distance > 0 && near.frequency > frequency * TIMES);
            if let Some(better) = better {
                spelt.push_str(&text[from..term.at.start]);
                spelt.push_str(&better.word);
                from = term.at.end;
            }
        }
        if from == 0 {
            return Ok(None);
        }
        spelt.push_str(&text[from..]);
        Ok(Some(spelt))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{gid::Kind, search::document::Document};

    #[test]
    fn rare_words_are_as_most_write_them() {
        let index = Embedded::in_memory().unwrap();
        let texts = ["Ремонт подъезда"; 7].into_iter().chain(["Подьезд", "Лифт у подъезда"]);
        let documents: Vec<Document> = texts
            .zip(1_u128..)
            .map(|(title, n)| Document {
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
            })
            .collect();
        index.apply(&documents, &[], "1").unwrap();
        let spelt = |text| index.spelling(text).unwrap();
        assert_eq!(spelt("Ремонт «подьезда», 5").as_deref(), Some("Ремонт «подъезда», 5"));
        for fine in ["подъезд", "лифт", "и", "", "12345", "слон"] {
            assert_eq!(spelt(fine), None, "{fine}");
        }
    }
}
