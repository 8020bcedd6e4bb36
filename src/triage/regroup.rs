//! The window clustered anew, at night or when somebody asks: themes are put in place, everything else is proposed.

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

use super::{
    ClusterState, RegroupingState,
    changes::{self, Change, Known, Member},
    evidence::Window,
    shelves::{self, Shelf},
    sql,
};
use crate::{
    app::App,
    error::Result,
    live::{self, Event},
    nlp::{Idf, keywords, regroup},
};

/// Changes, or themes, whose texts are looked at together.
const CHUNK: usize = 50;
/// Words of a theme's label, and newest tickets that they are made from.
const WORDS: usize = 5;
const SAMPLE: usize = 60;

/// Clusters the tickets of the window anew and compares: what differs is proposed, themes are renewed. Without a number it is one by
/// the clock. One at a time in the installation: they share a queue.
///
/// # Errors
/// The database failed; the job is tried again from the start.
pub async fn regroup(app: &App, run: Option<Uuid>) -> Result<()> {
    let run = run.unwrap_or_else(|| app.new_id());
    if !sql::begin_regrouping(&app.db, run).await? {
        return Ok(());
    }
    let outcome = compare(app, run).await;
    if outcome.is_err() {
        sql::note_regrouping(&app.db, run, RegroupingState::Failed, None).await?;
    }
    outcome
}

/// What the fresh clustering says.
struct Found {
    window: Window,
    changes: Vec<Change>,
    shelves: Vec<Shelf>,
}

async fn compare(app: &App, run: Uuid) -> Result<()> {
    let idf = app.understanding.frequencies(app).await?;
    let settings = &app.config.triage;
    let tickets = sql::window(&app.db, settings.window_days, settings.window_tickets).await?;
    sql::note_regrouping(&app.db, run, RegroupingState::Grouping, Some(tickets.len())).await?;
    let mut ids: Vec<Uuid> = tickets.iter().map(|ticket| ticket.cluster).collect();
    ids.sort_unstable();
    ids.dedup();
    let clusters: Vec<Known> = sql::clusters(&app.db, &ids).await?.iter().map(known).collect();
    let sizes: HashMap<Uuid, u32> = clusters.iter().map(|known| (known.id, known.size)).collect();
    let refused = sql::refused_changes(&app.db).await?;
    let before = sql::themes_of(&app.db, &ids).await?;
    // Before there is a space there is no vector, and no ticket below.
    let similar = app.understanding.space(app).await?.map_or(1.0, |space| space.thresholds.similar);
    let grouped = tokio::task::spawn_blocking(move || {
        let (window, themes) = group(tickets, similar);
        let changes = changes::propose(&clusters, window.members(), &refused);
        Found { changes, shelves: shelves::shelve(&themes, &before), window }
    });
    let Found { window, changes, shelves } = grouped.await.map_err(anyhow::Error::from)?;
    sql::note_regrouping(&app.db, run, RegroupingState::Comparing, None).await?;
    let window = Arc::new(window);
    let open = sql::open_proposals(&app.db).await?;
    let proposals = describe(app, &window, &idf, changes, &open, &sizes).await?;
    let themes = name(app, &window, &idf, shelves, &sizes).await?;

    let mut tx = app.db.begin().await?;
    sql::lock_clusters(&mut tx).await?;
    sql::write_themes(&mut tx, &ids, &themes).await?;
    let outdated = sql::write_proposals(&mut tx, &proposals).await?;
    let proposed = proposals.iter().filter(|proposal| !proposal.known).count();
    sql::end_regrouping(&mut tx, run, proposed, outdated).await?;
    live::tell(&mut tx, &Event::Queue { group: None }).await?;
    tx.commit().await?;
    tracing::info!(tickets = window.members().len(), proposed, outdated, themes = themes.len(), "the window was clustered anew");
    Ok(())
}

fn known(row: &sql::Cluster) -> Known {
    Known { id: row.id, size: u32::try_from(row.size).unwrap_or(0), open: row.state == ClusterState::Open }
}

/// The matters of the tickets, and their clusters with the themes; tickets that hold nothing to go by are in neither.
fn group(tickets: Vec<sql::Windowed>, similar: f32) -> (Window, Vec<(Uuid, u32)>) {
    let (rows, vectors): (Vec<_>, Vec<Vec<f32>>) =
        tickets.into_iter().map(|ticket| ((ticket.ticket, ticket.cluster, ticket.standing), ticket.vector)).unzip();
    let labels = regroup::regroup(&vectors, similar);
    let (mut members, mut themes, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for (((ticket, cluster, standing), vector), label) in rows.into_iter().zip(vectors).zip(labels) {
        let Some(label) = label else { continue };
        members.push(Member { ticket, cluster, matter: label.matter, standing });
        themes.push((cluster, label.theme));
        kept.push(vector);
    }
    (Window::new(members, kept), themes)
}

/// The changes with what speaks for them. One that an open proposal stands for keeps its identity.
async fn describe(
    app: &App,
    window: &Arc<Window>,
    idf: &Arc<Idf>,
    changes: Vec<Change>,
    open: &[sql::Proposal],
    sizes: &HashMap<Uuid, u32>,
) -> Result<Vec<sql::NewProposal>> {
    let mut proposals = Vec::with_capacity(changes.len());
    let open: Vec<(Uuid, Change)> = open.iter().map(|row| (row.id, row.change())).collect();
    for chunk in changes.chunks(CHUNK) {
        let samples: Vec<Uuid> = chunk.iter().flat_map(|change| window.samples(change)).collect();
        let texts = texts(app, &samples).await?;
        let (window, idf, chunk) = (window.clone(), idf.clone(), chunk.to_vec());
        let described = tokio::task::spawn_blocking(move || {
            let why = |change: Change| (window.evidence(&change, &texts, &idf), change);
            chunk.into_iter().map(why).collect::<Vec<_>>()
        });
        for (evidence, change) in described.await.map_err(anyhow::Error::from)? {
            let known = open.iter().find(|(_, before)| before.covers(&change)).map(|(id, _)| *id);
            let size = |cluster: &Uuid| sizes.get(cluster).copied().unwrap_or(0);
            proposals.push(sql::NewProposal::new(known, || app.new_id(), change, evidence, size));
        }
    }
    Ok(proposals)
}

/// The shelves with words for their labels.
async fn name(app: &App, window: &Window, idf: &Arc<Idf>, shelves: Vec<Shelf>, sizes: &HashMap<Uuid, u32>) -> Result<Vec<sql::NewTheme>> {
    let mut themes = Vec::with_capacity(shelves.len());
    for chunk in shelves.chunks(CHUNK) {
        let samples: Vec<Vec<Uuid>> = chunk.iter().map(|shelf| window.newest(&shelf.clusters, SAMPLE)).collect();
        let texts = texts(app, &samples.concat()).await?;
        let idf = idf.clone();
        let words = tokio::task::spawn_blocking(move || {
            let label = |sample: Vec<Uuid>| {
                let read: Vec<&String> = sample.iter().filter_map(|ticket| texts.get(ticket)).collect();
                keywords::keywords(&read, &idf, WORDS)
            };
            samples.into_iter().map(label).collect::<Vec<_>>()
        });
        for (shelf, keywords) in chunk.iter().zip(words.await.map_err(anyhow::Error::from)?) {
            let size: u32 = shelf.clusters.iter().filter_map(|cluster| sizes.get(cluster)).sum();
            let id = shelf.was.unwrap_or_else(|| app.new_id());
            themes.push(sql::NewTheme { id, keywords, size, clusters: shelf.clusters.clone() });
        }
    }
    Ok(themes)
}

async fn texts(app: &App, tickets: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    let texts = sql::first_texts(&app.db, tickets).await?;
    Ok(texts.into_iter().map(|text| (text.ticket, text.text())).collect())
}
