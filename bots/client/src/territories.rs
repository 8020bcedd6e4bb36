//! Parts of the city, and its time.

use cynic::QueryBuilder;

use crate::{Client, Error, initiatives::Territory, schema};

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query")]
struct TerritoriesQuery {
    territories: Vec<Territory>,
}

/// Where tickets and initiatives can be, by name in the language of the request.
///
/// # Errors
/// [`Error`].
pub async fn territories(client: &Client) -> Result<Vec<Territory>, Error> {
    Ok(client.run(TerritoriesQuery::build(())).await?.territories)
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Query")]
struct TimeZoneQuery {
    time_zone: String,
}

/// The time zone in which the city tells dates, by its IANA name.
///
/// # Errors
/// [`Error`].
pub async fn time_zone(client: &Client) -> Result<String, Error> {
    Ok(client.run(TimeZoneQuery::build(())).await?.time_zone)
}
