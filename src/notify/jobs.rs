use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Letter, Mail, NotificationKind, Undeliverable, host, outgoing, render, sql, unsubscribe_token};
use crate::{
    app::App,
    error::{Error, Result},
    feedback,
    gid::{self, Kind},
    i18n, jobs,
};

/// Why a delivery failed whose recipient cannot be reached on the channel any more.
pub(super) const NO_ADDRESS: &str = "no-address";

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
    let made = sql::deliver(&mut tx, event, kind, app.config.feedback.acknowledgements_an_hour).await?;
    outgoing::dispatch(&mut tx, &made).await?;
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
        let last = ctx.job().attempts() >= ctx.job().max_attempts();
        deliver(&jobs::app(&ctx)?, self.delivery, last).await
    }
}

/// Sends a mail, unless it was sent; at the `last` try what may pass has not passed.
async fn deliver(app: &App, id: Uuid, last: bool) -> Result<()> {
    // The same at every try, so that a mailbox that got it twice shows it once.
    let message_id = format!("{id}@{}", host(&app.config.http.public_url));
    let Some(delivery) = sql::attempt(&app.db, id, &message_id).await? else {
        return Ok(());
    };
    let outcome = match mail(app, id, message_id, &delivery) {
        Ok(mail) => app.mailer.send(mail).await,
        Err(error) => Err(error),
    };
    let mut tx = app.db.begin().await?;
    let error = match outcome {
        Ok(()) => {
            sql::sent(&mut tx, id, None).await?;
            None
        }
        Err(error) => {
            let (text, gone) = match &error {
                Error::Internal(cause) => (cause.to_string(), cause.is::<Undeliverable>()),
                other => (other.to_string(), false),
            };
            if gone || last {
                tracing::warn!(delivery = %id, error = text, "a mail cannot be delivered");
                outgoing::give_up(&mut tx, id, delivery.subject_type, delivery.subject_id, &text).await?;
                None
            } else {
                sql::note(&mut tx, id, &text).await?;
                Some(error)
            }
        }
    };
    tx.commit().await?;
    error.map_or(Ok(()), Err)
}

/// A delivery as a mail.
fn mail(app: &App, id: Uuid, message_id: String, delivery: &sql::Waiting) -> Result<Mail> {
    let Some(sealed) = &delivery.address else { return Err(Error::Internal(anyhow::Error::new(Undeliverable::new(NO_ADDRESS)))) };
    let token = (!delivery.is_contact).then(|| unsubscribe_token(&app.keys, id));
    let letter = letter(app, delivery, token);
    let about_ticket = delivery.subject_type == Kind::Ticket && delivery.is_author;
    Ok(Mail {
        id: Some(message_id),
        in_reply_to: delivery.thread.last().cloned(),
        references: delivery.thread.clone(),
        reply_token: about_ticket.then(|| feedback::reply_token(&app.keys, delivery.subject_id)),
        delivery: Some(id),
        replied: delivery.kind == NotificationKind::TicketCreated,
        ..Mail::new(app.keys.open(delivery.recipient, sealed)?, &letter, delivery.created_at)?
    })
}

fn letter(app: &App, delivery: &sql::Waiting, unsubscribe: Option<String>) -> Letter {
    let locale = delivery.locale;
    let text = |key: &str| i18n::text(locale, key, &[]);
    let (subject, body) = render(locale, delivery.kind, &delivery.data);
    let own = delivery.is_author && delivery.subject_type == Kind::Ticket;
    let link = link(app, delivery.subject_type, delivery.subject_id, &delivery.data.number, delivery.is_contact);
    let mut notes = Vec::new();
    if delivery.is_contact && delivery.subject_type == Kind::Ticket {
        notes.push(text("mail-note-link"));
    }
    if own && app.mailer.takes_answers() {
        notes.push(text("mail-note-answer"));
    }
    Letter {
        locale,
        subject,
        body,
        own: None,
        link: Some((text(if delivery.is_contact { "mail-link-conversation" } else { "mail-link" }), link)),
        notes,
        unsubscribe: unsubscribe.map(|token| (text("mail-unsubscribe"), app.url(&format!("/unsubscribe/{token}")))),
    }
}

/// Where a recipient reads on. Who has no account opens the ticket with its secret; it is their own.
pub(super) fn link(app: &App, kind: Kind, id: Uuid, number: &str, is_contact: bool) -> String {
    match kind {
        Kind::Ticket if is_contact => app.url(&format!("/tickets/{number}?secret={}", feedback::link_secret(&app.keys, id))),
        Kind::Ticket => app.url(&format!("/tickets/{number}")),
        _ => app.url(&format!("/node/{}", gid::encode(kind, id).0)),
    }
}

/// Ends what waits although nobody tries it any more.
///
/// # Errors
/// The database failed.
pub async fn sweep(app: &App) -> Result<()> {
    let given_up = sql::give_up(&app.db).await?;
    if given_up > 0 {
        tracing::warn!(given_up, "notifications waited for too long");
    }
    Ok(())
}
