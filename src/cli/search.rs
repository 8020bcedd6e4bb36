use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Result, bail};
use clap::Subcommand;

use super::Common;
use crate::{
    app::App,
    import::Progress,
    search::{self, Expected, Index},
};

/// What can be done with the indexes of the search.
#[derive(Debug, Subcommand)]
pub enum Search {
    /// Make all indexes anew, and wait until they are. Until the new ones are whole, the former ones are searched.
    Rebuild,
}

/// Between two looks at how far the indexes are.
const PAUSE: Duration = Duration::from_millis(500);
/// Seconds of silence after which an index is not waited for: its server speaks every ten.
const SILENT: i64 = 35;
/// Looks that an index has to say how much it holds in the end.
const LAST_LOOKS: usize = 30;

/// Makes all indexes anew.
///
/// # Errors
/// The database failed, or an index is not what it should be.
pub async fn rebuild(common: &Common) -> Result<()> {
    let boot = super::start(common).await?;
    let outcome = watch(&boot.app).await;
    boot.stop().await?;
    outcome
}

/// Those whose servers run, by name.
async fn alive(app: &App) -> Result<BTreeMap<String, Index>> {
    let indexes = search::standing(&app.db).await?.into_iter().filter(|index| index.silent < SILENT);
    Ok(indexes.map(|index| (index.name.clone(), index)).collect())
}

async fn watch(app: &App) -> Result<()> {
    let generation = search::renew(app).await?;
    let mut indexes = alive(app).await?;
    if indexes.is_empty() {
        println!("No server is running. Each server makes its index anew when it starts.");
        return Ok(());
    }
    println!("{} to make anew; who searches meanwhile is answered from the former ones.", count(indexes.len()));
    let is_done = |index: &Index| index.generation >= generation && index.is_ready();
    let each = u64::try_from(Expected::now(&app.db).await?.documents())?.max(1);
    let mut progress = Progress::items("documents", each * u64::try_from(indexes.len())?, true);
    let mut told = BTreeSet::new();
    while !indexes.values().all(is_done) {
        let left = indexes.values().filter(|index| !is_done(index)).map(|index| {
            let (done, expected) = index.filling().unwrap_or((0, i64::try_from(each).unwrap_or(i64::MAX)));
            u64::try_from(expected - done).unwrap_or(0)
        });
        progress.left(left.sum());
        for index in indexes.values() {
            if let Some(error) = index.error.as_ref().filter(|error| told.insert((index.name.clone(), (*error).clone()))) {
                eprintln!("{}: {error}; it is tried again", index.name);
            }
        }
        tokio::time::sleep(PAUSE).await;
        let now = alive(app).await?;
        // One that all share is followed by one of another name.
        let gone = indexes.values().filter(|index| index.engine == "EMBEDDED" && !now.contains_key(&index.name));
        for Index { name, .. } in gone {
            eprintln!("{name}: its server has ended, or fell silent; it makes its index anew when it is back");
        }
        indexes = now;
    }
    progress.left(0);
    progress.finish();
    if indexes.is_empty() {
        bail!("no server is left that could make an index");
    }
    let mut expected = Expected::now(&app.db).await?;
    // What was written while the indexes were made is in them a moment later, and they say so a few seconds later.
    for _ in 0..LAST_LOOKS {
        if indexes.values().all(|index| index.documents == expected.documents()) {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        (expected, indexes) = (Expected::now(&app.db).await?, alive(app).await?);
    }
    for index in indexes.values() {
        println!("{}: {} of {} documents", index.name, index.documents, expected.documents());
    }
    let differ = indexes.values().filter(|index| expected.differs(index)).count();
    if differ > 0 {
        bail!("{} of another size than the database", count(differ));
    }
    println!("{} made anew.", count(indexes.len()));
    Ok(())
}

fn count(indexes: usize) -> String {
    if indexes == 1 { "1 index is".into() } else { format!("{indexes} indexes are") }
}
