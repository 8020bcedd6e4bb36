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

/// Hours for which the link to choose another password works.
const RESET_HOURS: i32 = 1;

/// Sends the link to choose another password.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendReset {
    /// To whom.
    pub participant: Uuid,
}

impl TaskHandler for SendReset {
    const IDENTIFIER: &'static str = "send_reset";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let app = jobs::app(&ctx)?;
        let Some(person) = person(&app, self.participant).await? else { return Ok(()) };
        let link = link(&app, &person, sql::RESET, RESET_HOURS, "reset").await?;
        mail(&app, &person, "reset", link, RESET_HOURS).await
    }
}

async fn send(app: &App, participant: Uuid) -> Result<()> {
    let Some(person) = person(app, participant).await? else { return Ok(()) };
    if person.confirmed_at.is_some() {
        return mail(app, &person, "already-registered", app.url("/"), LINK_HOURS).await;
    }
    let link = link(app, &person, "CONFIRM_EMAIL", LINK_HOURS, "confirm").await?;
    mail(app, &person, "confirmation", link, LINK_HOURS).await
}

async fn person(app: &App, id: Uuid) -> Result<Option<sql::Participant>> {
    Ok(sql::participants(&app.db, &[id]).await?.pop())
}

/// A link that works once. Made by the job and not by the request, so that the secret stands nowhere but in the mail.
async fn link(app: &App, person: &sql::Participant, purpose: &str, hours: i32, path: &str) -> Result<String> {
    let token = secrets::new_token(&app.entropy);
    let mut tx = app.db.begin().await?;
    sql::insert_one_time(&mut tx, &secrets::token_hash(&token), purpose, Some(person.id), hours).await?;
    tx.commit().await?;
    Ok(app.url(&format!("/{path}/{token}")))
}

/// Sends a mail about the account to its address, in its language.
async fn mail(app: &App, person: &sql::Participant, kind: &str, link: String, hours: i32) -> Result<()> {
    let Some(sealed) = &person.email_sealed else { return Ok(()) };
    let to = app.keys.open(person.id, sealed)?;
    let text = |part: &str| {
        let args = [("name", person.name.clone().into()), ("link", link.clone().into()), ("hours", hours.into())];
        i18n::text(person.locale, &format!("mail-{kind}-{part}"), &args)
    };
    let letter = notify::Letter {
        locale: person.locale,
        subject: text("subject"),
        body: text("body"),
        own: Some(link.clone()),
        ..notify::Letter::default()
    };
    app.mailer.send(notify::Mail::new(to, &letter, app.clock.now())?).await
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
        notify::sweep(&app).await?;
        Ok::<(), crate::error::Error>(())
    }
}
