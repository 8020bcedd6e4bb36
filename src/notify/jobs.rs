use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Mail, NotificationKind, Undeliverable, render, sql};
use crate::{
    app::App,
    error::{Error, Result},
    feedback,
    gid::{self, Kind},
    i18n, jobs,
};

/// Finds whom an event concerns and makes their deliveries.
#[derive(Debug, Serialize, Deserialize)]
pub struct Announce {
    /// Its number in the log.
    pub event: i64,
}

impl TaskHandler for Announce {
    const IDENTIFIER: &'static str = "announce";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        tell(&jobs::app(&ctx)?, self.event).await
    }
}

async fn tell(app: &App, event: i64) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let Some(kind) = sql::action(&mut tx, event).await?.and_then(|action| NotificationKind::of(&action)) else {
        return Ok(());
    };
    let by_email = sql::deliver(&mut tx, event, kind).await?;
    let deliveries: Vec<Deliver> = by_email.into_iter().map(|delivery| Deliver { delivery }).collect();
    jobs::enqueue_all(&mut tx, &deliveries).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends a delivery by e-mail.
#[derive(Debug, Serialize, Deserialize)]
pub struct Deliver {
    /// Which.
    pub delivery: Uuid,
}

impl TaskHandler for Deliver {
    const IDENTIFIER: &'static str = "deliver";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        deliver(&jobs::app(&ctx)?, self.delivery).await
    }
}

async fn deliver(app: &App, id: Uuid) -> Result<()> {
    let Some(delivery) = sql::waiting(&app.db, id).await? else {
        return Ok(());
    };
    let Some(sealed) = &delivery.address else {
        return Ok(sql::finish(&app.db, id, Some("there is no address any more")).await?);
    };
    let (subject, body) = render(delivery.locale, delivery.kind, &delivery.data);
    let link = link(app, &delivery);
    let footer = if delivery.is_contact {
        i18n::text(delivery.locale, "mail-footer-contact", &[("link", link.into())])
    } else {
        i18n::text(delivery.locale, "mail-footer", &[("link", link.into())])
    };
    let mail = Mail {
        to: app.keys.open(delivery.recipient, sealed)?,
        subject,
        body: format!("{body}\n\n-- \n{footer}\n"),
        // The same at every try, so that a mailbox that got it twice shows it once.
        id: Some(format!("{id}@{}", host(&app.config.http.public_url))),
        in_reply_to: delivery.thread,
        at: delivery.created_at,
    };
    match app.mailer.send(mail).await {
        Ok(()) => Ok(sql::finish(&app.db, id, None).await?),
        Err(Error::Internal(error)) if error.is::<Undeliverable>() => {
            tracing::warn!(delivery = %id, %error, "a mail cannot be delivered");
            Ok(sql::finish(&app.db, id, Some(&error.to_string())).await?)
        }
        Err(error) => Err(error),
    }
}

/// Where the recipient reads on. Who has no account opens the ticket with its secret; it is their own.
fn link(app: &App, delivery: &sql::Waiting) -> String {
    let (kind, id, number) = (delivery.subject_type, delivery.subject_id, &delivery.data.number);
    match kind {
        Kind::Ticket if delivery.is_contact => app.url(&format!("/tickets/{number}?secret={}", feedback::link_secret(&app.keys, id))),
        Kind::Ticket => app.url(&format!("/tickets/{number}")),
        _ => app.url(&format!("/node/{}", gid::encode(kind, id).0)),
    }
}

/// The host of a web address, without port: the right side of our message ids.
pub fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().filter(|host| !host.is_empty()).unwrap_or("localhost")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_host_of_an_address() {
        assert_eq!(super::host("https://veche.example.org/city"), "veche.example.org");
        assert_eq!(super::host("http://127.0.0.1:8080"), "127.0.0.1");
        assert_eq!(super::host(""), "localhost");
    }
}
