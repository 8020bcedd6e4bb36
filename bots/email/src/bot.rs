//! The bot: all ways in, until it is told to stop.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};
use veche_client::Client;

use crate::{
    Envelope, Outcome, Settings, imap,
    intake::{hand_over, planned},
    lmtp, report,
    report::Source,
};

/// Takes in mail by every configured way, until `stop` turns true. What was under way then is taken up again at the next start.
///
/// # Errors
/// The settings cannot be right, or the LMTP address cannot be listened at. A mailbox that cannot be reached is none: it is reported, and
/// tried again.
pub async fn run(settings: &Settings, client: Client, mut stop: watch::Receiver<bool>) -> Result<()> {
    settings.check().map_err(anyhow::Error::msg)?;
    if !settings.is_configured() {
        bail!("no mailbox and no LMTP address is configured");
    }
    let settings = Arc::new(settings.clone());
    let changed = Arc::new(Notify::new());
    let (mut tasks, mut sources) = (JoinSet::new(), Vec::new());
    for mailbox in &settings.mailboxes {
        for folder in &mailbox.folders {
            let source = Source::new(mailbox.label(folder), changed.clone());
            sources.push(source.clone());
            tasks.spawn(imap::read(mailbox.clone(), folder.clone(), settings.clone(), client.clone(), source));
        }
    }
    if !settings.lmtp.listen.is_empty() {
        let source = Source::new(format!("LMTP {}", settings.lmtp.listen), changed.clone());
        let listener =
            lmtp::Listener::bind(&settings.lmtp.listen).await.with_context(|| format!("failed to listen at {}", settings.lmtp.listen))?;
        source.is_well();
        sources.push(source.clone());
        tasks.spawn(lmtp::serve(listener, settings.clone(), client.clone(), source));
    }
    tasks.spawn(report::keep_telling(sources, changed, client));
    tokio::select! {
        // Whoever holds the other end is gone: as good as a word.
        _ = stop.wait_for(|stop| *stop) => Ok(()),
        ended = tasks.join_next() => match ended {
            Some(Err(error)) => Err(error).context("a part of the mail bot broke"),
            _ => bail!("a part of the mail bot ended"),
        },
    }
}

/// Takes in one message, from a mail server that hands it to a program. `recipients` are whom it is for, where the server says so.
///
/// # Errors
/// The platform could not be reached: the server must keep the message and come again (exit status 75, `EX_TEMPFAIL`).
pub async fn deliver_one(settings: &Settings, client: &Client, raw: &[u8], recipients: &[String]) -> Result<Outcome> {
    let envelope = Envelope { recipients: recipients.to_vec() };
    let (plan, raw) = planned(raw.to_vec(), settings, envelope).await;
    hand_over(client, plan, &raw).await.context("failed to hand over the message")
}
