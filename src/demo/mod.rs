//! A made-up city to look at: its organisation and people, sixty initiatives in every state, eight hundred messages and what
//! the experts made of them. The choices are the same every time; the dates lead up to today.

mod data;
mod initiatives;
mod messages;
mod people;
mod sql;
mod talk;
mod texts;
mod votes;

use std::sync::LazyLock;

use anyhow::{Context, Result};
use rand::{SeedableRng, rngs::StdRng};

use crate::{
    app::App,
    error,
    import::{Interrupt, Progress, Worker},
    jobs::{self, Spec},
    triage::{DrawMap, Regroup},
};

/// The password of every demonstration account.
pub const PASSWORD: &str = "veche-demo-2026";
/// Of the choices.
const SEED: u64 = 2026;

/// An account to log in with, of which everybody may know the password.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The name of its role.
    pub role: String,
    /// Its address.
    pub email: String,
}

/// One account for each role where the installation is a demonstration; none anywhere else.
///
/// # Errors
/// The database failed.
pub async fn offers(app: &App) -> Result<Vec<Offer>, error::Error> {
    static OFFERS: LazyLock<Vec<Offer>> = LazyLock::new(|| {
        let accounts = data::organisation().map(|file| file.accounts).unwrap_or_default();
        let first = |role: &&str| accounts.iter().find(|account| account.role == *role);
        let roles = ["CITIZEN", "EXPERT", "MODERATOR", "DEPARTMENT_OFFICER", "ADMINISTRATOR"];
        roles.iter().filter_map(first).map(|one| Offer { role: one.role.clone(), email: one.email.clone() }).collect()
    });
    Ok(if sql::is_demo(&app.db).await? { OFFERS.clone() } else { Vec::new() })
}

/// Fills an empty installation, makes it a demonstration, and prints the accounts to log in with. Where there are initiatives or
/// tickets already, it says so and does nothing.
///
/// # Errors
/// The database failed, the files do not fit each other, or somebody interrupted it.
pub async fn fill(app: &App) -> Result<()> {
    if !sql::is_empty(&app.db).await? {
        println!("There are initiatives or tickets already: nothing to do.");
        return Ok(());
    }
    let (rng, now) = (&mut StdRng::seed_from_u64(SEED), app.clock.now());
    let (organisation, file) = (data::organisation()?, data::initiatives()?);
    let mut progress = Progress::items("initiatives", file.len() as u64, true);
    let mut tx = app.db.begin().await?;
    let city = people::settle(&mut tx, app, &organisation, rng, now).await.context("failed to make the people")?;
    let tables = initiatives::plan(rng, &city, &file, now)?;
    sql::insert_tables(&mut tx, &tables).await.context("failed to write the initiatives")?;
    sql::mark(&mut tx).await?;
    tx.commit().await?;
    progress.set(file.len() as u64);
    progress.finish();

    let (worker, interrupt) = (Worker::start(app), Interrupt::listen());
    let matters = messages::bring_in(app, (&worker, &interrupt), &city, rng, now).await.context("failed to bring in the messages")?;
    messages::work(app, (&worker, &interrupt), &city, &matters, rng, now).await.context("failed to work on the tickets")?;
    // What else happens at night.
    let mut tx = app.db.begin().await?;
    jobs::enqueue(&mut tx, &Regroup { run: None }, &Spec { queue: Some(Regroup::QUEUE), ..Spec::default() }).await?;
    jobs::enqueue(&mut tx, &DrawMap {}, &Spec::default()).await?;
    tx.commit().await?;
    worker.wait_for(app, &["regroup", "draw_map"], "clusters", &interrupt, true).await?;
    worker.stop().await?;

    println!("The demonstration is ready. Every account has the password {PASSWORD}");
    for account in &organisation.accounts {
        println!("  {:<20} {}", account.role, account.email);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
