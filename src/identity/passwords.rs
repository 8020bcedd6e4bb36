//! Choosing another password, with the old one or without it.

use uuid::Uuid;

use super::{
    Act, Viewer,
    accounts::{check_password, email_index, forget, hash_password, verify_password},
    jobs::{SendConfirmation, SendReset},
    secrets, sql,
};
use crate::{
    app::App,
    audit,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    jobs::{self, Spec},
    limits::{Operation, Who},
    validate::{self, Validate},
};

/// Sends a link to choose another password to the address, if it has an account. The caller cannot tell whether it has.
///
/// # Errors
/// Refusals of the address; `RATE_LIMITED` by who asks and by address asked for.
pub async fn request_reset(app: &App, viewer: &Viewer, email: &str) -> Result<()> {
    viewer.limit(app, Operation::Register)?;
    let email = validate::email("email", email)?;
    let index = email_index(&app.keys, &email);
    let account = Who::Account(index.clone());
    app.limiter.check(Operation::Register, &account).inspect_err(|_| app.metrics.refusal(Operation::Register.name()))?;
    let known = sql::credentials(&app.db, &index).await?;
    let mut tx = app.begin().await?;
    if let Some(known) = known {
        jobs::enqueue(&mut tx, &SendReset { participant: known.id }, &Spec::default()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Sets the password of whom the link was sent to, and ends all their sessions. Who opened the link has confirmed the address too.
///
/// # Errors
/// Refusals of the password; `INVALID_TOKEN`; `RATE_LIMITED`.
pub async fn reset(app: &App, viewer: &Viewer, token: &str, password: &str) -> Result<Uuid> {
    viewer.limit(app, Operation::LogIn)?;
    let mut v = Validate::new();
    check_password(&mut v, "password", password);
    v.finish()?;
    let hash = hash_password(&app.entropy, password).await?;
    let mut tx = app.begin().await?;
    let participant = sql::use_one_time(&mut tx, &secrets::token_hash(token), sql::RESET).await?.flatten();
    let participant = participant.ok_or_else(|| Refusal::new(ErrorCode::InvalidToken, "token"))?;
    sql::set_password(&mut tx, participant, &hash).await?;
    sql::end_resets(&mut tx, participant).await?;
    sql::confirm(&mut tx, participant).await?;
    sql::end_sessions(&mut tx, participant, None).await?;
    let entry = audit::Entry::new("participant.password_reset", Some(participant), Kind::Participant, participant);
    audit::record(&mut tx, entry).await?;
    tx.commit().await?;
    forget(app, Some(participant));
    Ok(participant)
}

/// Sets another password for the viewer who knows the current one, and ends their other sessions.
///
/// # Errors
/// Refusals of the new password; `WRONG_CREDENTIALS` at `current`; `RATE_LIMITED`.
pub async fn change(app: &App, viewer: &Viewer, current: String, password: &str) -> Result<Uuid> {
    let me = viewer.may(Act::ManageOwn)?;
    viewer.limit(app, Operation::LogIn)?;
    let mut v = Validate::new();
    if current.is_empty() {
        v.refuse(Refusal::new(ErrorCode::Required, "current"));
    }
    check_password(&mut v, "password", password);
    v.finish()?;
    let wrong = || Refusal::new(ErrorCode::WrongCredentials, "current");
    let known = sql::password_hash(&app.db, me).await?.filter(|_| current.len() <= 1000).ok_or_else(wrong)?;
    if !verify_password(known, current).await? {
        return Err(wrong().into());
    }
    let hash = hash_password(&app.entropy, password).await?;
    let mut tx = app.begin().await?;
    sql::set_password(&mut tx, me, &hash).await?;
    sql::end_resets(&mut tx, me).await?;
    sql::end_sessions(&mut tx, me, viewer.session.as_ref()).await?;
    audit::record(&mut tx, audit::Entry::new("participant.password_changed", Some(me), Kind::Participant, me)).await?;
    tx.commit().await?;
    forget(app, Some(me));
    Ok(me)
}

/// Sends the link that confirms the viewer's address once more; nothing where it is confirmed.
///
/// # Errors
/// `RATE_LIMITED`.
pub async fn resend_confirmation(app: &App, viewer: &Viewer) -> Result<Uuid> {
    let me = viewer.may(Act::ManageOwn)?;
    viewer.limit(app, Operation::Register)?;
    let mut tx = app.begin().await?;
    if !viewer.confirmed {
        jobs::enqueue(&mut tx, &SendConfirmation { participant: me }, &Spec::default()).await?;
    }
    tx.commit().await?;
    Ok(me)
}
