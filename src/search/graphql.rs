//! Search in the API.

mod admin;
mod saved;
mod suggest;

use async_graphql::{
    Context, Enum, ID, InputObject, Object, Result, SimpleObject, Union,
    connection::{Connection, Edge, EmptyFields},
};
use chrono::{DateTime, Utc};

pub use saved::{SavedMutation, SavedSearch, saved_by};
pub use suggest::SuggestQuery;

use super::{self as search, Facet, Filter, Hit, Request, Results, Segment, Sort};
use crate::{
    comments::graphql::{Comment, comment},
    error::{self, Error, ErrorCode, Refusal},
    feedback::graphql::Ticket,
    gid::{self, Kind},
    graphql::Request as _,
    initiatives::graphql::Initiative,
    organisation::graphql::{Department, Service, department, service},
    page::{self, Args},
    triage::graphql::{Cluster, Decision, cluster, decision},
    validate,
};

pub use admin::{AdminMutation, AdminQuery};

/// A kind of thing that can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SearchKind {
    /// Initiatives.
    Initiative,
    /// Tickets.
    Ticket,
    /// Clusters of tickets.
    Cluster,
    /// Comments.
    Comment,
    /// Decisions.
    Decision,
    /// Departments.
    Department,
    /// Services of the city.
    Service,
}

impl SearchKind {
    const fn kind(self) -> Kind {
        match self {
            Self::Initiative => Kind::Initiative,
            Self::Ticket => Kind::Ticket,
            Self::Cluster => Kind::Cluster,
            Self::Comment => Kind::Comment,
            Self::Decision => Kind::Decision,
            Self::Department => Kind::Department,
            Self::Service => Kind::Service,
        }
    }
}

/// What to look among. All that is given must hold; of each list, one of its values.
#[derive(InputObject, Default)]
pub struct SearchFilter {
    /// Only these kinds; all by default.
    kinds: Option<Vec<SearchKind>>,
    /// Only about these topics.
    topic_ids: Option<Vec<ID>>,
    /// Only in these territories.
    territory_ids: Option<Vec<ID>>,
    /// Only of these working groups.
    group_ids: Option<Vec<ID>>,
    /// Only of these departments.
    department_ids: Option<Vec<ID>>,
    /// Only in these states, by the names of their kinds, such as `VOTING` or `ANSWERED`.
    states: Option<Vec<String>>,
    /// Only in these languages: ISO 639 codes, such as `ru`.
    languages: Option<Vec<String>>,
    /// Only made then or later.
    from: Option<DateTime<Utc>>,
    /// Only made before.
    to: Option<DateTime<Utc>>,
}

impl SearchFilter {
    fn checked(self) -> Result<Filter, Refusal> {
        let mut any_of = Vec::new();
        if let Some(kinds) = self.kinds {
            any_of.push((Facet::Kind, kinds.into_iter().map(|kind| kind.kind().name().to_owned()).collect()));
        }
        for (facet, kind, ids, path) in [
            (Facet::Topic, Kind::Topic, self.topic_ids, "filter.topicIds"),
            (Facet::Territory, Kind::Territory, self.territory_ids, "filter.territoryIds"),
            (Facet::WorkingGroup, Kind::WorkingGroup, self.group_ids, "filter.groupIds"),
            (Facet::Department, Kind::Department, self.department_ids, "filter.departmentIds"),
        ] {
            let Some(ids) = ids else { continue };
            let ids = ids.iter().map(|id| gid::expect(kind, id, path).map(|id| id.simple().to_string()));
            any_of.push((facet, ids.collect::<Result<_, _>>()?));
        }
        for (facet, values) in [(Facet::State, self.states), (Facet::Language, self.languages)] {
            any_of.extend(values.map(|values| (facet, values)));
        }
        for (facet, values) in &any_of {
            if values.len() > 100 {
                let path = format!("filter.{}", facet.name());
                return Err(Refusal::new(ErrorCode::WrongCount, &path).with("min", 0).with("max", 100));
            }
        }
        Ok(Filter { any_of, from: self.from, to: self.to })
    }
}

/// A property by which hits are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SearchFacet {
    /// What it is.
    Kind,
    /// What it is about.
    Topic,
    /// Where it is.
    Territory,
    /// The working group that has it.
    Group,
    /// The department that answers for it.
    Department,
    /// Its state.
    State,
    /// Its language.
    Language,
}

impl SearchFacet {
    /// All of them.
    const ALL: [Self; 7] = [Self::Kind, Self::Topic, Self::Territory, Self::Group, Self::Department, Self::State, Self::Language];

    const fn facet(self) -> Facet {
        match self {
            Self::Kind => Facet::Kind,
            Self::Topic => Facet::Topic,
            Self::Territory => Facet::Territory,
            Self::Group => Facet::WorkingGroup,
            Self::Department => Facet::Department,
            Self::State => Facet::State,
            Self::Language => Facet::Language,
        }
    }
}

/// In which order hits come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum SearchOrder {
    /// The best first.
    #[default]
    Relevance,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// Something that was found.
#[derive(Union)]
pub enum SearchResult {
    /// An initiative.
    Initiative(Initiative),
    /// A ticket.
    Ticket(Ticket),
    /// A cluster of tickets.
    Cluster(Cluster),
    /// A comment.
    Comment(Comment),
    /// A decision.
    Decision(Decision),
    /// A department.
    Department(Department),
    /// A service of the city.
    Service(Service),
}

/// A piece of a text.
#[derive(SimpleObject)]
pub struct SearchSegment {
    /// Its words.
    text: String,
    /// Whether it is what was looked for.
    hit: bool,
}

fn segments(segments: &[Segment]) -> Vec<SearchSegment> {
    segments.iter().map(|segment| SearchSegment { text: segment.text.clone(), hit: segment.hit }).collect()
}

/// A hit.
pub struct SearchHit(Hit);

/// A hit.
#[Object]
impl SearchHit {
    /// What was found; null when it has gone meanwhile.
    async fn node(&self, ctx: &Context<'_>) -> Result<Option<SearchResult>> {
        let (kind, id) = self.0.key;
        Ok(match kind {
            Kind::Initiative => Initiative::load(ctx, id).await?.map(SearchResult::Initiative),
            Kind::Ticket => Ticket::load(ctx, id).await?.map(SearchResult::Ticket),
            Kind::Cluster => cluster(ctx, Some(id)).await?.map(SearchResult::Cluster),
            Kind::Comment => comment(ctx, id).await?.map(SearchResult::Comment),
            Kind::Decision => decision(ctx, id).await?.map(SearchResult::Decision),
            Kind::Department => department(ctx, Some(id)).await?.map(SearchResult::Department),
            Kind::Service => service(ctx, Some(id)).await?.map(SearchResult::Service),
            _ => None,
        })
    }

    /// How well it fits; larger is better. Comparable within one search only.
    async fn rank(&self) -> f32 {
        self.0.rank
    }

    /// Its name in pieces, those that were looked for apart. Empty of a comment.
    async fn title(&self) -> Vec<SearchSegment> {
        segments(&self.0.title)
    }

    /// The part of its text where most of the words are, in pieces.
    async fn excerpt(&self) -> Vec<SearchSegment> {
        segments(&self.0.excerpt())
    }
}

/// How many hits have a value.
#[derive(SimpleObject)]
pub struct SearchFacetValue {
    /// The value: the name of a kind or state, an ISO 639 code, or a global identifier.
    value: String,
    /// How many.
    count: u64,
}

/// How many hits have which value of a property, whatever the filter says of that property.
#[derive(SimpleObject)]
pub struct SearchFacetCounts {
    /// The property.
    facet: SearchFacet,
    /// The hundred most frequent values, the most frequent first.
    values: Vec<SearchFacetValue>,
    /// Hits with any other value.
    others: u64,
}

/// A word with a typo, and what it was taken for.
#[derive(SimpleObject)]
pub struct SearchMeant {
    /// The word as it was written.
    written: String,
    /// What it was taken for.
    meant: String,
}

/// What a search tells beside its hits.
#[derive(SimpleObject)]
pub struct SearchSummary {
    /// How many there are in all pages together.
    total_count: i64,
    /// Whether there are exactly so many; otherwise some fewer.
    total_is_exact: bool,
    /// What was counted, in the order in which it was asked for.
    facets: Vec<SearchFacetCounts>,
    /// The words as the same keys write them in the other keyboard layout, where nothing was found for those that were written.
    other_layout: Option<String>,
    /// What words that nobody writes were taken for.
    meant: Vec<SearchMeant>,
    /// Whether there is nothing with all of the words, so that some are missing in what was found.
    in_part: bool,
    /// The words as others write them, where little or nothing was found for a word that hardly anybody writes so; there is more for these.
    did_you_mean: Option<String>,
    /// Whether only words as they are were looked for, as the index cannot be asked at present.
    plain: bool,
}

/// A page of hits.
pub type SearchPage = Connection<String, SearchHit, SearchSummary, EmptyFields>;

/// The identifiers in facets as clients know them.
fn value(facet: SearchFacet, value: String) -> String {
    let kind = match facet {
        SearchFacet::Topic => Kind::Topic,
        SearchFacet::Territory => Kind::Territory,
        SearchFacet::Group => Kind::WorkingGroup,
        SearchFacet::Department => Kind::Department,
        SearchFacet::Kind | SearchFacet::State | SearchFacet::Language => return value,
    };
    uuid::Uuid::try_parse(&value).map_or(value, |id| gid::encode(kind, id).0)
}

fn connection(begun: usize, facets: &[SearchFacet], mut results: Results) -> SearchPage {
    let counted = facets.iter().filter_map(|facet| {
        let counts = results.facets.remove(&facet.facet())?;
        let values = counts.values.into_iter().map(|(name, count)| SearchFacetValue { value: value(*facet, name), count });
        Some(SearchFacetCounts { facet: *facet, values: values.collect(), others: counts.others })
    });
    let summary = SearchSummary {
        facets: counted.collect(),
        total_count: i64::try_from(results.total).unwrap_or(i64::MAX),
        total_is_exact: !results.about,
        other_layout: results.layout,
        meant: results.meant.into_iter().map(|(written, meant)| SearchMeant { written, meant }).collect(),
        in_part: results.in_part,
        did_you_mean: None,
        plain: results.plain,
    };
    let mut page = Connection::with_additional_fields(begun > 0, results.next.is_some(), summary);
    page.edges.extend(results.hits.into_iter().map(|hit| Edge::new(page::cursor(&hit.place), SearchHit(hit))));
    page
}

/// Search.
#[derive(Default)]
pub struct Query;

/// Search.
#[Object(name = "SearchQuery")]
impl Query {
    /// Everything with these words in any form, best first: initiatives, tickets, clusters, comments, decisions, departments, services.
    /// Typos, beginnings and the wrong keyboard layout are understood where nothing is found otherwise.
    #[allow(clippy::too_many_arguments)]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The words, up to 500 characters unless the service is set otherwise; \"in quotes\" for a phrase, -word to leave one out."
        )]
        query: String,
        #[graphql(desc = "Which of them; all by default.")] filter: Option<SearchFilter>,
        #[graphql(desc = "What to count.")] facets: Option<Vec<SearchFacet>>,
        #[graphql(desc = "In which order.", default)] sort: SearchOrder,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<SearchPage> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome: error::Result<SearchPage> = async {
            let args = Args::<i64>::new(first, after, last, before)?;
            let text = validate::line("query", &query, 1..=app.config.search.query_chars).map_err(Error::BadRequest)?;
            let filter = filter.unwrap_or_default().checked().map_err(Error::BadRequest)?;
            let mut facets = facets.unwrap_or_default();
            facets.truncate(7);
            let deepest = app.config.search.deepest;
            let path = if args.backward { "before" } else { "after" };
            let place = |place: i64| usize::try_from(place).ok().filter(|place| *place < deepest);
            let from = args
                .from
                .map(|from| place(from).ok_or_else(|| Refusal::new(ErrorCode::OutOfRange, path).with("min", 0).with("max", deepest)));
            let from = from.transpose().map_err(Error::BadRequest)?;
            let sort = match sort {
                SearchOrder::Relevance => Sort::Relevance,
                SearchOrder::Newest => Sort::Newest,
                SearchOrder::Oldest => Sort::Oldest,
            };
            let counted = facets.iter().map(|facet| facet.facet()).collect();
            let (reader, synonyms) = (search::reader(viewer), app.synonyms.current());
            let mut request = Request { text, unfinished: false, filter, reader, facets: Vec::new(), sort, offset: 0, size: 0, synonyms };
            // Places are counted from the start: those before one end just before it.
            (request.offset, request.size) = match (args.backward, from) {
                (false, None) => (0, args.size),
                (false, Some(after)) => (after + 1, args.size),
                (true, before) => {
                    let end = match before {
                        Some(before) => before,
                        None => search::find(app, request.clone()).await?.total.min(deepest),
                    };
                    (end.saturating_sub(args.size), args.size.min(end))
                }
            };
            request.facets = counted;
            let (offset, first_page) = (request.offset, !args.backward && from.is_none());
            let results = search::find(app, request.clone()).await?;
            let did_you_mean = search::spelling::did_you_mean(app, &request, &results).await?;
            // Turning a page or narrowing what was found asks nothing new.
            if first_page && results.total > 0 && request.filter == Filter::default() && sort == Sort::Relevance {
                app.queries.note(app, &request.text);
            }
            let mut page = connection(offset, &facets, results);
            page.additional_fields.did_you_mean = did_you_mean;
            Ok(page)
        }
        .await;
        ctx.out(outcome)
    }
}
