//! Words that mean the same: the groups that administrators keep, as queries use them.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use sqlx::PgPool;

use super::{
    analysis::{Term, terms},
    query::{Asked, Word},
    sql::synonyms as sql,
};

/// Words of an expression at the most.
const LONGEST: usize = 3;

/// The stems of a word or an expression of a few words; none of what cannot be looked for as such: more words, or words that carry no
/// matter of their own.
pub fn stems(expression: &str) -> Option<Vec<String>> {
    let terms: Vec<Term> = terms(expression).into_iter().filter(|term| !term.joined).collect();
    let fits = (1..=LONGEST).contains(&terms.len()) && terms.iter().all(|term| !term.stop);
    fits.then(|| terms.into_iter().map(|term| term.stem).collect())
}

/// Groups of words and expressions that mean the same, by their stems.
#[derive(Debug, Default)]
pub struct Groups {
    version: i64,
    groups: Vec<Vec<Vec<String>>>,
    /// Where expressions stand that begin with a stem: the group, and the place in it.
    places: HashMap<String, Vec<(usize, usize)>>,
}

impl Groups {
    /// Groups as they are written. What cannot be looked for is passed over.
    pub fn new(version: i64, written: impl IntoIterator<Item = Vec<String>>) -> Self {
        let groups: Vec<Vec<Vec<String>>> =
            written.into_iter().map(|group| group.iter().filter_map(|expression| stems(expression)).collect()).collect();
        let mut places: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        for (group, expressions) in groups.iter().enumerate() {
            for (at, first) in expressions.iter().enumerate().filter_map(|(at, stems)| Some((at, stems.first()?))) {
                places.entry(first.clone()).or_default().push((group, at));
            }
        }
        Self { version, groups, places }
    }

    /// Which ones these are: others have another number.
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// Of each word or expression what means the same, in stems.
    pub fn others(&self) -> HashMap<String, Vec<String>> {
        let mut others: HashMap<String, Vec<String>> = HashMap::new();
        for group in &self.groups {
            let written: Vec<String> = group.iter().map(|stems| stems.join(" ")).collect();
            for (at, expression) in written.iter().enumerate() {
                let same = written.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other.clone());
                others.entry(expression.clone()).or_default().extend(same);
            }
        }
        others
    }

    /// Adds to the words of a query what means the same. Where an expression was written, what means the same stands for each of its words.
    #[must_use]
    pub fn widen(&self, mut asked: Asked) -> Asked {
        for at in 0..asked.words.len() {
            let Some(places) = self.places.get(&asked.words[at].stem) else { continue };
            for (group, place) in places {
                let (others, written) = (&self.groups[*group], &self.groups[*group][*place]);
                let Some(words) = asked.words.get_mut(at..at + written.len()) else { continue };
                if words.iter().zip(written).any(|(word, stem)| word.stem != *stem) {
                    continue;
                }
                for word in words {
                    word.same.extend(others.iter().filter(|other| *other != written).cloned());
                }
            }
        }
        for Word { same, .. } in &mut asked.words {
            same.sort();
            same.dedup();
        }
        asked
    }
}

/// The groups as this process holds them. The database has them; here they are copied when they have changed.
#[derive(Debug, Default)]
pub struct Synonyms(RwLock<Arc<Groups>>);

impl Synonyms {
    /// The groups.
    pub fn current(&self) -> Arc<Groups> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Copies the groups anew if they have changed.
    ///
    /// # Errors
    /// The database failed; what was held stays.
    pub async fn refresh(&self, db: &PgPool) -> sqlx::Result<()> {
        if sql::version(db).await? != self.current().version {
            let (version, written) = sql::groups(db).await?;
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Groups::new(version, written));
        }
        Ok(())
    }
}

#[cfg(test)]
impl Groups {
    /// The groups that every installation begins with.
    pub fn shipped() -> Self {
        let lines = include_str!("../../migrations/0023_search_synonyms.sql").lines();
        let groups = lines.filter_map(|line| line.trim().strip_prefix("('{")?.split_once("}')")).map(|(words, _)| words);
        Self::new(1, groups.map(|words| words.split(',').map(str::to_owned).collect()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn same(groups: &Groups, query: &str) -> Vec<Vec<String>> {
        let asked = groups.widen(Asked::of(query));
        asked.words.iter().map(|word| word.same.iter().map(|stems| stems.join(" ")).collect()).collect()
    }

    fn groups(written: &[&[&str]]) -> Groups {
        Groups::new(1, written.iter().map(|group| group.iter().map(|word| (*word).to_owned()).collect()))
    }

    #[test]
    fn words_in_any_form_and_expressions_are_widened() {
        let groups = groups(&[&["лифт", "подъёмник"], &["тротуар", "пешеходная дорожка"]]);
        assert_eq!(same(&groups, "сломаны лифты"), [vec![], vec!["подъемник".to_owned()]]);
        let walk = stems("пешеходная дорожка").unwrap().join(" ");
        assert_eq!(same(&groups, "на тротуаре"), [[walk]]);
        assert_eq!(same(&groups, "пешеходной дорожкой"), [["тротуар"], ["тротуар"]]);
        // Half of an expression is another word.
        assert_eq!(same(&groups, "дорожка лифт пешеходная").concat(), ["подъемник"]);
        assert!(same(&Groups::default(), "лифт").concat().is_empty());
    }

    #[test]
    fn what_carries_no_matter_is_no_synonym() {
        assert_eq!(stems("детского сада").map(|stems| stems.len()), Some(2));
        for bad in ["", "!?", "на", "дом культуры", "очень много длинных слов"] {
            assert_eq!(stems(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_shipped_can_be_looked_for_and_stands_in_one_group() {
        let shipped = Groups::shipped();
        assert!(shipped.groups.len() >= 12, "{}", shipped.groups.len());
        let all: Vec<&Vec<String>> = shipped.groups.iter().flatten().collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "{all:?}");
        let written = include_str!("../../migrations/0023_search_synonyms.sql").lines().filter_map(|line| line.trim().strip_prefix("('{"));
        for (group, line) in shipped.groups.iter().zip(written) {
            let words = line.split_once('}').unwrap().0.split(',').count();
            assert!(group.len() == words && words >= 2, "{line}: {group:?}");
        }
    }
}
