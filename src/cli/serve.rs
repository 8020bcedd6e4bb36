use std::time::Instant;

use anyhow::Result;
use clap::Args;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use super::{Common, boot::Boot, bots, settings};
use crate::{app::App, demo, i18n, identity, jobs, postgres::Cluster, search, telemetry, web};

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<String>,
    /// Fill an empty database with an example city.
    #[arg(long)]
    pub demo: bool,
    /// Make every text longer, to see whether the pages bear it.
    #[arg(long, hide = true)]
    pub pseudo: bool,
}

/// Resolves when the process is asked to end.
pub fn asked_to_end() -> Result<watch::Receiver<bool>> {
    let (tell, told) = watch::channel(false);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => (), _ = interrupt.recv() => () }
        tracing::info!("asked to end; finishing what is under way");
        let _ = tell.send(true);
    });
    Ok(told)
}

async fn ended(mut told: watch::Receiver<bool>) {
    // An error says that the teller is gone, which ends the process too.
    let _ = told.wait_for(|end| *end).await;
}

/// Runs the server.
///
/// # Errors
/// It could not start, or lost its port or its database for good.
pub async fn serve(common: &Common, options: Options) -> Result<()> {
    let began = Instant::now();
    let mut config = settings(common)?;
    telemetry::start(&config)?;
    if let Some(listen) = options.listen {
        // Links lead to where we listen, unless the settings name an address of their own.
        if config.http.public_url == crate::config::Http::default().public_url {
            config.http.public_url = format!("http://{listen}");
        }
        config.http.listen = listen;
    }
    if options.pseudo {
        i18n::stretch();
    }
    let bound = web::bind(&config.http.listen).await?;
    let boot = Boot::start(common, config).await?;
    let told = asked_to_end()?;
    let (app, cluster) = (boot.app, boot.cluster);
    let owner = cluster.as_ref().is_some_and(Cluster::is_owner);
    let listening = tokio::spawn({
        let app = app.clone();
        async move { app.live.listen(&app.db).await }
    });
    let indexing = tokio::spawn(search::follow(app.clone(), told.clone()));
    let working = app.config.worker.with_server.then(|| {
        let (app, told) = (app.clone(), told.clone());
        tokio::spawn(async move { jobs::run(&app, ended(told)).await })
    });
    if options.demo {
        demo::fill(&app).await?;
    }
    announce(&app, common, bound.address, owner, began).await?;
    let bots = bots::beside(&app, &common.data, bound.address, told.clone()).await?;
    let serving = {
        let app = app.clone();
        async move {
            let outcome = web::serve(&app, bound, ended(told)).await;
            for bot in bots {
                // It ends with the server; what it had in hand comes again.
                let _ = bot.await;
            }
            listening.abort();
            let _ = indexing.await;
            if let Some(working) = working
                && let Ok(Err(error)) = working.await
            {
                tracing::error!(error = format!("{error:#}"), "the worker did not end well");
            }
            app.db.close().await;
            outcome
        }
    };
    attended(cluster, serving).await
}

/// Looks after the private PostgreSQL until `work` is done; only then does it stop.
async fn attended(cluster: Option<Cluster>, work: impl Future<Output = Result<()>> + Send + 'static) -> Result<()> {
    let Some(cluster) = cluster else { return work.await };
    let (tell, told) = tokio::sync::oneshot::channel();
    let working = tokio::spawn(async move {
        let outcome = work.await;
        let _ = tell.send(());
        outcome
    });
    let cluster = cluster.keep_running(async { drop(told.await) }).await?;
    let outcome = working.await?;
    cluster.stop().await?;
    outcome
}

/// What a person who starts the server wants to know.
async fn announce(app: &App, common: &Common, address: std::net::SocketAddr, owner: bool, began: Instant) -> Result<()> {
    println!("Veche listens on http://{address} (ready in {:.1} s)", began.elapsed().as_secs_f32());
    println!("  GraphQL:  {}", app.url("/graphql"));
    if app.config.database.url.is_empty() {
        let data = std::fs::canonicalize(&common.data).unwrap_or_else(|_| common.data.clone());
        let whose = if owner { "private PostgreSQL" } else { "private PostgreSQL, shared with the process that started it" };
        println!("  data:     {} ({whose})", data.display());
    } else {
        println!("  data:     the database of DATABASE_URL");
    }
    if let Some(link) = identity::claim_link(app).await? {
        println!("  Become the administrator (this link works once): {link}");
    }
    Ok(())
}

/// Runs background work only.
///
/// # Errors
/// As [`serve`].
pub async fn work(common: &Common) -> Result<()> {
    let boot = super::start(common).await?;
    let told = asked_to_end()?;
    println!("Veche works on background jobs.");
    let app = boot.app;
    // Saved searches are looked for here.
    let indexing = tokio::spawn(search::follow(app.clone(), told.clone()));
    let work = async move {
        let outcome = jobs::run(&app, ended(told)).await;
        indexing.abort();
        app.db.close().await;
        outcome
    };
    attended(boot.cluster, work).await
}
