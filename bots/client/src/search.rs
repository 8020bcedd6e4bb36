//! Search over everything.

use cynic::{Id, QueryBuilder, QueryVariables};

use crate::{Client, Error, schema};

/// An initiative that was found.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "Initiative")]
pub struct FoundInitiative {
    /// The global identifier.
    pub id: Id,
    /// One line.
    pub title: String,
}

/// A ticket that was found.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "Ticket")]
pub struct FoundTicket {
    /// The public number.
    pub number: String,
    /// What it is about.
    pub subject: String,
}

/// Tickets about one matter that were found.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "Cluster")]
pub struct FoundCluster {
    /// The global identifier.
    pub id: Id,
    /// Its name.
    pub label: String,
}

/// A comment that was found.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "Comment")]
pub struct FoundComment {
    /// The global identifier.
    pub id: Id,
    /// What it says.
    pub body: String,
}

/// A department that was found.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "Department")]
pub struct FoundDepartment {
    /// The global identifier.
    pub id: Id,
    /// Its name.
    pub name: String,
}

/// A service of the city that was found.
#[derive(cynic::QueryFragment, Debug, Clone)]
#[cynic(graphql_type = "Service")]
pub struct FoundService {
    /// The global identifier.
    pub id: Id,
    /// Its name.
    pub name: String,
}

/// Something that was found.
#[derive(cynic::InlineFragments, Debug, Clone)]
#[cynic(graphql_type = "SearchResult")]
pub enum Found {
    /// An initiative.
    Initiative(FoundInitiative),
    /// A ticket.
    Ticket(FoundTicket),
    /// A cluster of tickets.
    Cluster(FoundCluster),
    /// A comment.
    Comment(FoundComment),
    /// A department.
    Department(FoundDepartment),
    /// A service of the city.
    Service(FoundService),
    /// A decision, and whatever else there may be.
    #[cynic(fallback)]
    Other,
}

/// A hit.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct SearchHit {
    /// What was found; none where it has gone meanwhile.
    pub node: Option<Found>,
}

/// A page of hits.
#[derive(cynic::QueryFragment, Debug, Clone)]
pub struct SearchHitConnection {
    /// The hits, the best first.
    pub nodes: Vec<SearchHit>,
    /// How many there are in all.
    pub total_count: i32,
}

#[derive(QueryVariables)]
struct SearchVariables {
    query: String,
    first: i32,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query", variables = "SearchVariables")]
struct SearchQuery {
    #[arguments(query: $query, first: $first)]
    search: SearchHitConnection,
}

/// Everything with these words, the best first, at most 100.
///
/// # Errors
/// [`Error`].
pub async fn search(client: &Client, words: &str, first: i32) -> Result<SearchHitConnection, Error> {
    Ok(client.run(SearchQuery::build(SearchVariables { query: words.to_owned(), first })).await?.search)
}
