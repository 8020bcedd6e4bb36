use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{accounts::LINK_HOURS, secrets, sql};
use crate::{app::App, error::Result, i18n, jobs, notify};

/// Sends the link that confirms an account's address; to an account that is confirmed, word that it exists.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendConfirmation {
    /// Whose address.
    pub participant: Uuid,
}

impl TaskHandler for SendConfirmation {
    const IDENTIFIER: &'static str = "send_confirmation";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        send(&jobs::app(&ctx)?, self.participant).await
    }
}

async fn send(app: &App, participant: Uuid) -> Result<()> {
    let Some(person) = sql::participants(&app.db, &[participant]).await?.pop() else { return Ok(()) };
    let Some(sealed) = &person.email_sealed else { return Ok(()) };
    let email = app.keys.open(person.id, sealed)?;
    let name = person.name.clone();
    let (kind, link) = if person.confirmed_at.is_some() {
        ("already-registered", app.url("/"))
    } else {
        // Made here and not by the request, so that the secret stands nowhere but in the mail.
        let token = secrets::new_token(&app.entropy);
        let mut tx = app.db.begin().await?;
        sql::insert_one_time(&mut tx, &secrets::token_hash(&token), "CONFIRM_EMAIL", Some(person.id), LINK_HOURS).await?;
        tx.commit().await?;
        ("confirmation", app.url(&format!("/confirm/{token}")))
    };
    let text = |part: &str| {
        let args = [("name", name.clone().into()), ("link", link.clone().into()), ("hours", LINK_HOURS.into())];
        i18n::text(person.locale, &format!("mail-{kind}-{part}"), &args)
    };
    let mail = notify::Mail { to: email, subject: text("subject"), body: text("body"), id: None, in_reply_to: None, at: app.clock.now() };
    app.mailer.send(mail).await
}

/// Forgets ended sessions, used links and jobs that others took the place of.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sweep {}

impl TaskHandler for Sweep {
    const IDENTIFIER: &'static str = "sweep";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = jobs::app(&ctx)?;
        app.limiter.forget_idle();
        sql::sweep(&app.db).await?;
        crate::idempotency::sql::sweep(&app.db).await?;
        jobs::forget_replaced(&app.db).await?;
        Ok::<(), crate::error::Error>(())
    }
}
