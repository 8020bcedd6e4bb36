//! What a cluster looks like from outside: its typical tickets, the clusters beside it.

use std::collections::HashMap;

use uuid::Uuid;

use super::{ClusterState, sql};
use crate::{
    app::App,
    error::Result,
    nlp::{self, cluster::Neighbour},
};

/// Newest tickets of a cluster among which the typical ones are looked for.
const LOOKED_AT: i64 = 200;

/// The tickets of each cluster that are nearest to its centroid, nearest first, among its newest.
///
/// # Errors
/// The database failed.
pub async fn typical(app: &App, clusters: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Vec<Uuid>>> {
    let directions = sql::directions(&app.db, clusters).await?;
    let mut scored: HashMap<Uuid, Vec<(f32, Uuid)>> = HashMap::new();
    for member in sql::member_vectors(&app.db, clusters, LOOKED_AT).await? {
        if let Some(direction) = directions.get(&member.cluster).filter(|direction| direction.len() == member.vector.len()) {
            scored.entry(member.cluster).or_default().push((nlp::dot(direction, &member.vector), member.ticket));
        }
    }
    Ok(scored
        .into_iter()
        .map(|(cluster, mut tickets)| {
            tickets.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            (cluster, tickets.into_iter().map(|(_, ticket)| ticket).collect())
        })
        .collect())
}

/// The open clusters whose centroids are nearest to that of each cluster, nearest first, with the cosine; at most `most` of each.
///
/// # Errors
/// The database failed.
pub async fn neighbours(app: &App, clusters: &[Uuid], most: usize) -> Result<HashMap<Uuid, Vec<(sql::Cluster, f32)>>> {
    let directions = sql::directions(&app.db, clusters).await?;
    // Some of the nearest may be decided on: a few more than are wanted.
    let nearest = app.understanding.nearest(app, &directions, most * 4 + 1).await?;
    let ids: Vec<Uuid> = nearest.values().flatten().map(|neighbour| neighbour.cluster).collect();
    let rows = sql::clusters(&app.db, &ids).await?;
    let open: HashMap<Uuid, sql::Cluster> =
        rows.into_iter().filter(|row| row.state == ClusterState::Open).map(|row| (row.id, row)).collect();
    let beside = |cluster: Uuid, nearest: Vec<Neighbour>| {
        let others = nearest.into_iter().filter(|neighbour| neighbour.cluster != cluster);
        others.filter_map(|n| Some((open.get(&n.cluster)?.clone(), n.similarity.clamp(0.0, 1.0)))).take(most).collect()
    };
    Ok(nearest.into_iter().map(|(cluster, nearest)| (cluster, beside(cluster, nearest))).collect())
}
