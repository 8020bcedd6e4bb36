use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Channel, link_secret, sql};
use crate::{
    app::App,
    error::{Error, Result},
    i18n, jobs, notify, validate,
};

/// Confirms to a sender without an account that the message has arrived, with its number and a link to follow it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Acknowledge {
    /// Which ticket.
    pub ticket: Uuid,
}

impl TaskHandler for Acknowledge {
    const IDENTIFIER: &'static str = "acknowledge";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        acknowledge(&jobs::app(&ctx)?, self.ticket).await
    }
}

async fn acknowledge(app: &App, ticket: Uuid) -> Result<()> {
    let Some(row) = sql::by_ids(&app.db, &[ticket]).await?.pop() else { return Ok(()) };
    let Some(contact) = row.contact_id else { return Ok(()) };
    // Only e-mail can be written to from here; a bot answers in its own channel at once.
    if !matches!(row.channel, Channel::Email | Channel::Web) {
        return Ok(());
    }
    let Some(contact) = sql::contacts(&app.db, &[contact]).await?.pop() else { return Ok(()) };
    let address = app.keys.open(contact.id, &contact.address_sealed)?;
    if validate::email("address", &address).is_err() {
        return Ok(());
    }
    let link = app.url(&format!("/tickets/{}?secret={}", row.number, link_secret(&app.keys, row.id)));
    let days = (row.due_at - row.created_at).num_days();
    let in_reply_to = sql::first_external_id(&app.db, row.id).await?;
    let text = |key| {
        let args = [("number", row.number.clone().into()), ("link", link.clone().into()), ("days", days.into())];
        i18n::text(contact.locale, key, &args)
    };
    let mail = notify::Mail {
        to: address,
        subject: text("acknowledge-subject"),
        body: text("acknowledge-body"),
        id: Some(format!("ticket-{}@{}", row.id.simple(), notify::host(&app.config.http.public_url))),
        in_reply_to,
        at: row.created_at,
    };
    app.mailer.send(mail).await
}

/// Closes what was answered long ago and not reopened, every night.
#[derive(Debug, Serialize, Deserialize)]
pub struct CloseAnswered {}

impl TaskHandler for CloseAnswered {
    const IDENTIFIER: &'static str = "close_answered";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = jobs::app(&ctx)?;
        let closed = sql::close_answered(&app.db, app.config.feedback.reopen_days).await?;
        tracing::info!(closed, "closed answered tickets");
        Ok::<(), Error>(())
    }
}
