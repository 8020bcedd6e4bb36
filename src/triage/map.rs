//! The map of matters: where clusters lie, near ones beside each other.

use uuid::Uuid;

use super::sql;
use crate::{app::App, error::Result, nlp::projection};

/// Clusters that are laid out, the largest: the most that a layout takes.
pub const MOST: i64 = projection::MOST as i64;

/// Lays out the largest clusters anew.
///
/// # Errors
/// The database failed; the job is tried again.
pub async fn draw(app: &App) -> Result<()> {
    let largest = sql::largest_clusters(&app.db, MOST).await?;
    let directions = sql::directions(&app.db, &largest).await?;
    // Those of one space only: vectors of another embedder lie nowhere on this map.
    let dimensions = largest.iter().find_map(|id| directions.get(id)).map_or(0, Vec::len);
    let drawn: Vec<(Uuid, Vec<f32>)> =
        largest.iter().filter_map(|id| Some((*id, directions.get(id).filter(|d| d.len() == dimensions)?.clone()))).collect();
    let placed = tokio::task::spawn_blocking(move || {
        let (ids, vectors): (Vec<Uuid>, Vec<Vec<f32>>) = drawn.into_iter().unzip();
        ids.into_iter().zip(projection::project(&vectors)).collect::<Vec<_>>()
    });
    let placed = placed.await.map_err(anyhow::Error::from)?;
    let mut tx = app.db.begin().await?;
    sql::write_places(&mut tx, &placed).await?;
    tx.commit().await?;
    Ok(())
}
