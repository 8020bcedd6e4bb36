//! Parts of the city.

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
