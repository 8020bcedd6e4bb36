//! What somebody may want to find, while they type.

use std::collections::HashSet;

use super::{
    Facet, Filter, Key, Reader, Request, Segment, Sort, analysis,
    asked::{Known, normalised},
    highlight::Wanted,
    layout,
};
use crate::{app::App, error::Result, gid::Kind, i18n::Locale};

/// Characters of a beginning.
pub const LONGEST: usize = 200;
/// Suggestions at the most.
pub const MOST: usize = 20;
/// Things whose names are suggested.
const KINDS: [Kind; 5] = [Kind::Initiative, Kind::Ticket, Kind::Cluster, Kind::Department, Kind::Service];

/// Something that somebody may want to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Its words.
    pub text: String,
    /// Its words in pieces, with what was typed.
    pub segments: Vec<Segment>,
    /// The thing of that name; none of a query that others ask.
    pub thing: Option<Key>,
}

/// Suggests queries that many ask and the names of things that the reader may read, where they have the words; of these the last is only
/// begun. For no words, what is asked most.
///
/// # Errors
/// The database failed.
pub async fn suggest(app: &App, reader: Reader, locale: Locale, prefix: &str, most: usize) -> Result<Vec<Suggestion>> {
    let known = app.queries.known(app).await?;
    if most == 0 {
        return Ok(Vec::new());
    }
    if normalised(prefix).is_empty() {
        let popular = known.popular.iter().take(most);
        return Ok(popular.map(|query| of_query(query, &Wanted::default())).collect());
    }
    let mut suggestions = known_ones(&known, locale, prefix, most);
    let filter = Filter { any_of: vec![(Facet::Kind, KINDS.iter().map(|kind| kind.name().to_owned()).collect())], ..Filter::default() };
    // Some are found by their texts, and some share a name.
    let (text, size) = (prefix.to_owned(), most * 2);
    let (facets, synonyms) = (Vec::new(), app.synonyms.current());
    let request = Request { text, unfinished: true, filter, reader, facets, sort: Sort::Relevance, offset: 0, size, synonyms };
    let results = super::find(app, request).await?;
    if !results.in_part {
        let hits = results.hits.into_iter().map(|hit| (hit.key, line(hit.title, locale)));
        suggestions.extend(hits.filter(|(_, title)| title.iter().any(|segment| segment.hit)).map(|(key, segments)| {
            let text = segments.iter().map(|segment| segment.text.as_str()).collect();
            Suggestion { text, segments, thing: Some(key) }
        }));
    }
    let mut names = HashSet::new();
    suggestions.retain(|suggestion| names.insert(suggestion.text.to_lowercase()));
    suggestions.truncate(most);
    Ok(suggestions)
}

fn of_query(query: &str, wanted: &Wanted) -> Suggestion {
    Suggestion { text: query.to_owned(), segments: wanted.whole(query), thing: None }
}

/// Popular queries that begin so, a third of all at the most, and topics with the words; as written, or else in the other keyboard layout.
fn known_ones(known: &Known, locale: Locale, prefix: &str, most: usize) -> Vec<Suggestion> {
    for typed in [Some(prefix.to_owned()), layout::other(prefix)].into_iter().flatten() {
        let (begun, wanted) = (normalised(&typed), Wanted::new([typed.as_str()], true));
        let queries = known.popular.iter().filter(|query| query.starts_with(&begun)).take(most.div_ceil(3));
        let mut found: Vec<Suggestion> = queries.map(|query| of_query(query, &wanted)).collect();
        found.extend(known.topics.iter().filter_map(|topic| {
            // In the reader's language, unless only the other one has the words.
            let names = if locale == Locale::Ru { [&topic.name_ru, &topic.name_en] } else { [&topic.name_en, &topic.name_ru] };
            let name = names.into_iter().find(|name| has_words(name, &typed))?;
            Some(Suggestion { text: name.clone(), segments: wanted.whole(name), thing: Some((Kind::Topic, topic.id)) })
        }));
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Whether a name has all words of a text in some form, the last of them perhaps only begun.
fn has_words(name: &str, text: &str) -> bool {
    let (there, typed) = (analysis::terms(name), analysis::terms(text));
    let last = typed.len().saturating_sub(1);
    let has = |at: usize, word: &analysis::Term| {
        there.iter().any(|term| term.stem == word.stem || at == last && term.surface.starts_with(&word.surface))
    };
    !typed.is_empty() && typed.iter().enumerate().all(|(at, word)| has(at, word))
}

/// Of a name in both languages, the line in the reader's; where only the other one has the words, that.
fn line(title: Vec<Segment>, locale: Locale) -> Vec<Segment> {
    let mut lines: Vec<Vec<Segment>> = vec![Vec::new()];
    for segment in title {
        for (n, text) in segment.text.split('\n').enumerate() {
            if n > 0 {
                lines.push(Vec::new());
            }
            if let (false, Some(line)) = (text.is_empty(), lines.last_mut()) {
                line.push(Segment { text: text.to_owned(), hit: segment.hit });
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    if locale == Locale::En {
        lines.reverse();
    }
    let found = lines.iter().position(|line| line.iter().any(|segment| segment.hit)).unwrap_or(0);
    if lines.is_empty() { Vec::new() } else { lines.swap_remove(found) }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{super::sql::people::TopicName, *};

    fn shown(segments: &[Segment]) -> String {
        segments.iter().map(|s| if s.hit { format!("[{}]", s.text) } else { s.text.clone() }).collect()
    }

    #[test]
    fn popular_queries_and_topics_begin_so() {
        let topic =
            TopicName { id: Uuid::from_u128(1), name_ru: "Уличное освещение".into(), name_en: "Street lights".into() };
        let known =
            Known { popular: vec!["не горит фонарь".into(), "нет воды".into(), "яма".into()], topics: vec![topic] };
        let all = |locale, typed: &str| known_ones(&known, locale, typed, 8).iter().map(|s| shown(&s.segments)).collect::<Vec<_>>();
        assert_eq!(all(Locale::Ru, "Не гор"), ["не [горит] фонарь"]);
        assert_eq!(all(Locale::Ru, "не"), ["[не] горит фонарь", "[нет] воды"]);
        assert_eq!(all(Locale::Ru, "осв"), ["Уличное [освещение]"]);
        assert_eq!(all(Locale::En, "street li"), ["Street [lights]"]);
        // "яма" in the other layout.
        assert_eq!(all(Locale::Ru, "zvf"), ["[яма]"]);
        assert!(all(Locale::Ru, "осв фонарь").is_empty() && all(Locale::Ru, "горит").is_empty());
    }

    #[test]
    fn a_name_in_two_languages_is_shown_in_the_readers() {
        let segment = |text: &str, hit| Segment { text: text.into(), hit };
        let name = || vec![segment("Дороги", true), segment("\nRoads", false)];
        assert_eq!(shown(&line(name(), Locale::Ru)), "[Дороги]");
        assert_eq!(shown(&line(name(), Locale::En)), "[Дороги]");
        assert_eq!(shown(&line(vec![segment("Дороги\nRoads", false)], Locale::En)), "Roads");
        assert!(line(Vec::new(), Locale::Ru).is_empty());
    }
}
