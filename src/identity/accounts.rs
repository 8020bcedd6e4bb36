use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::SaltString};
use async_graphql::Enum;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Act, Keys, Purpose, Role, Viewer, jobs::SendConfirmation, secrets, sql};
use crate::{
    app::{App, Entropy},
    audit,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    i18n::Locale,
    jobs::{self, Spec},
    limits::{Operation, Who},
    validate::{self, Validate},
};

/// How long a browser stays logged in.
const SESSION_DAYS: i32 = 30;
/// How long the link of an e-mail works.
pub const LINK_HOURS: i32 = 72;

/// What an access token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TokenScope {
    /// Read what the person may read.
    Read,
    /// Propose, vote, comment, write.
    Participate,
    /// Bring messages from a channel (service accounts).
    Intake,
    /// Carry answers out and act for people who write on a channel (service accounts, beside `INTAKE`).
    Converse,
    /// Review, triage, moderate, answer.
    Triage,
    /// Manage accounts and the installation.
    Administer,
}

/// What somebody fills in to get an account.
#[derive(Debug)]
pub struct Register {
    /// Shown beside what they write.
    pub name: String,
    /// Where the confirmation goes.
    pub email: String,
    /// 10 to 200 characters.
    pub password: String,
    /// The language of mails.
    pub locale: Locale,
}

/// A new session.
#[derive(Debug)]
pub struct Session {
    /// Whose.
    pub participant: Uuid,
    /// The secret that stands for it.
    pub token: String,
    /// Its end.
    pub expires_at: DateTime<Utc>,
}

pub(super) fn check_password(v: &mut Validate, path: &str, password: &str) {
    let length = password.chars().count();
    if length == 0 {
        v.refuse(Refusal::new(ErrorCode::Required, path));
    } else if length < 10 {
        v.refuse(Refusal::new(ErrorCode::TooShort, path).with("min", 10).with("actual", length));
    } else if length > 200 {
        v.refuse(Refusal::new(ErrorCode::TooLong, path).with("max", 200).with("actual", length));
    }
}

/// Argon2id with the parameters of RFC 9106's second recommendation scaled to OWASP's minimum (19 MiB, 2 passes).
///
/// # Errors
/// The hash could not be computed.
pub async fn hash_password(entropy: &Entropy, password: &str) -> Result<String> {
    let salt = SaltString::encode_b64(&entropy.bytes::<16>()).map_err(|e| anyhow::anyhow!("salt: {e}"))?;
    let password = password.to_owned();
    let hash =
        tokio::task::spawn_blocking(move || Argon2::default().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string()));
    let hash = hash.await.map_err(anyhow::Error::from)?.map_err(|e| anyhow::anyhow!("password hash: {e}"))?;
    Ok(hash)
}

pub(super) async fn verify_password(hash: String, password: String) -> Result<bool> {
    let outcome = tokio::task::spawn_blocking(move || {
        PasswordHash::new(&hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    });
    Ok(outcome.await.map_err(anyhow::Error::from)?)
}

pub(super) fn email_index(keys: &Keys, email: &str) -> Vec<u8> {
    keys.index(Purpose::Email, email.to_lowercase().as_bytes())
}

/// Makes an account and sends a link to confirm its address. An address that has an account already gets a mail that
/// says so; the caller cannot tell the difference.
///
/// # Errors
/// Refusals of the fields; `RATE_LIMITED`.
pub async fn register(app: &App, viewer: &Viewer, input: &Register) -> Result<()> {
    viewer.limit(app, Operation::Register)?;
    let mut v = Validate::new();
    let name = v.line("name", &input.name, 2..=100);
    let email = validate::email("email", &input.email);
    let email = v.keep(email);
    check_password(&mut v, "password", &input.password);
    v.finish()?;
    let id = app.new_id();
    let hash = hash_password(&app.entropy, &input.password).await?;
    let index = email_index(&app.keys, &email);
    let mut tx = app.begin().await?;
    let new = sql::NewParticipant {
        id,
        kind: "PERSON",
        name: &name,
        email_sealed: Some(app.keys.seal(&app.entropy, id, &email)?),
        email_index: Some(index.clone()),
        password_hash: Some(&hash),
        locale: input.locale,
        roles: &[Role::Citizen],
        bio: "",
        confirmed: false,
    };
    let participant = if sql::insert_participant(&mut tx, &new).await? {
        audit::record(&mut tx, audit::Entry::new("participant.registered", Some(id), Kind::Participant, id)).await?;
        Some(id)
    } else {
        sql::credentials(&app.db, &index).await?.map(|known| known.id)
    };
    if let Some(participant) = participant {
        jobs::enqueue(&mut tx, &SendConfirmation { participant }, &Spec::default()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Confirms the address that a link was sent to.
///
/// # Errors
/// `INVALID_TOKEN`.
pub async fn confirm_email(app: &App, viewer: &Viewer, token: &str) -> Result<Uuid> {
    viewer.limit(app, Operation::LogIn)?;
    let mut tx = app.begin().await?;
    let participant = sql::use_one_time(&mut tx, &secrets::token_hash(token), "CONFIRM_EMAIL").await?.flatten();
    let participant = participant.ok_or_else(|| Refusal::new(ErrorCode::InvalidToken, "token"))?;
    sql::confirm(&mut tx, participant).await?;
    audit::record(&mut tx, audit::Entry::new("participant.confirmed", Some(participant), Kind::Participant, participant)).await?;
    tx.commit().await?;
    forget(app, Some(participant));
    Ok(participant)
}

/// What somebody fills in to log in.
#[derive(Debug)]
pub struct LogIn {
    /// The account's address.
    pub email: String,
    /// Its password.
    pub password: String,
}

/// Starts a session.
///
/// # Errors
/// `WRONG_CREDENTIALS`, the same whether the account or the password is unknown; `RATE_LIMITED` by address and account.
pub async fn log_in(app: &App, viewer: &Viewer, input: LogIn) -> Result<Session> {
    viewer.limit(app, Operation::LogIn)?;
    let wrong = || Refusal::new(ErrorCode::WrongCredentials, "password");
    let mut v = Validate::new();
    let email = validate::email("email", &input.email);
    let email = v.keep(email);
    if input.password.is_empty() {
        v.refuse(Refusal::new(ErrorCode::Required, "password"));
    }
    v.finish()?;
    if input.password.len() > 1000 {
        return Err(wrong().into());
    }
    let index = email_index(&app.keys, &email);
    app.limiter.check(Operation::LogIn, &Who::Account(index.clone())).inspect_err(|_| app.metrics.refusal(Operation::LogIn.name()))?;
    let known = sql::credentials(&app.db, &index).await?;
    let Some((known, hash)) = known.and_then(|k| k.password_hash.clone().map(|hash| (k, hash))) else {
        // Takes as long as a wrong password, so that time does not tell who has an account.
        hash_password(&app.entropy, &input.password).await?;
        return Err(wrong().into());
    };
    if !verify_password(hash, input.password).await? {
        return Err(wrong().into());
    }
    let token = secrets::new_token(&app.entropy);
    let mut tx = app.begin().await?;
    let expires_at = sql::insert_session(&mut tx, &secrets::token_hash(&token), known.id, SESSION_DAYS).await?;
    tx.commit().await?;
    Ok(Session { participant: known.id, token, expires_at })
}

/// Looks a participant's tokens up again in this process at once; the others hear of it from the database.
pub(super) fn forget(app: &App, participant: Option<Uuid>) {
    if let Some(participant) = participant {
        app.live.known.forget(participant);
    }
}

/// Ends the session of the request. Doing it twice does no harm.
///
/// # Errors
/// The database failed.
pub async fn log_out(app: &App, viewer: &Viewer) -> Result<()> {
    if let Some(hash) = &viewer.session {
        let mut tx = app.begin().await?;
        sql::delete_session(&mut tx, hash).await?;
        tx.commit().await?;
        forget(app, viewer.id);
    }
    Ok(())
}

/// A link that makes whoever opens it first the administrator; `None` when somebody has.
///
/// # Errors
/// The database failed.
pub async fn claim_link(app: &App) -> Result<Option<String>> {
    if sql::is_claimed(&app.db).await? {
        return Ok(None);
    }
    let token = secrets::new_token(&app.entropy);
    let mut tx = app.begin().await?;
    sql::insert_one_time(&mut tx, &secrets::token_hash(&token), "CLAIM", None, LINK_HOURS).await?;
    tx.commit().await?;
    Ok(Some(app.url(&format!("/claim/{token}"))))
}

/// Makes the first administrator's account.
///
/// # Errors
/// Refusals of the fields; `INVALID_TOKEN` when the link was used or somebody was faster.
pub async fn claim(app: &App, viewer: &Viewer, token: &str, input: &Register) -> Result<Session> {
    viewer.limit(app, Operation::LogIn)?;
    let mut v = Validate::new();
    let name = v.line("name", &input.name, 2..=100);
    let email = validate::email("email", &input.email);
    let email = v.keep(email);
    check_password(&mut v, "password", &input.password);
    v.finish()?;
    let invalid = || Refusal::new(ErrorCode::InvalidToken, "token");
    let hash = hash_password(&app.entropy, &input.password).await?;
    let mut tx = app.begin().await?;
    sql::use_one_time(&mut tx, &secrets::token_hash(token), "CLAIM").await?.ok_or_else(invalid)?;
    if !sql::claim_installation(&mut tx).await? {
        return Err(invalid().into());
    }
    let id = app.new_id();
    let new = sql::NewParticipant {
        id,
        kind: "PERSON",
        name: &name,
        email_sealed: Some(app.keys.seal(&app.entropy, id, &email)?),
        email_index: Some(email_index(&app.keys, &email)),
        password_hash: Some(&hash),
        locale: input.locale,
        roles: &[Role::Citizen, Role::Administrator],
        bio: "",
        confirmed: true,
    };
    if !sql::insert_participant(&mut tx, &new).await? {
        return Err(Refusal::new(ErrorCode::AlreadyExists, "email").into());
    }
    audit::record(&mut tx, audit::Entry::new("installation.claimed", Some(id), Kind::Participant, id)).await?;
    let token = secrets::new_token(&app.entropy);
    let expires_at = sql::insert_session(&mut tx, &secrets::token_hash(&token), id, SESSION_DAYS).await?;
    tx.commit().await?;
    Ok(Session { participant: id, token, expires_at })
}

/// A new access token: its row and the secret, which is shown once.
///
/// # Errors
/// Refusals of the fields; scopes must not exceed what the account may do; `NOT_ALLOWED` for somebody else's account,
/// unless an administrator makes a token for a service.
pub async fn create_token(
    app: &App,
    viewer: &Viewer,
    name: &str,
    scopes: &[TokenScope],
    days: Option<i32>,
    service: Option<Uuid>,
) -> Result<(sql::AccessToken, String)> {
    let me = viewer.may(Act::ManageTokens)?;
    viewer.limit(app, Operation::Write)?;
    let mut v = Validate::new();
    let name = v.line("name", name, 1..=100);
    if scopes.is_empty() {
        v.refuse(Refusal::new(ErrorCode::Required, "scopes"));
    }
    if let Some(days) = days {
        v.range("expiresInDays", days.into(), 1..=3650);
    }
    let brings = scopes.contains(&TokenScope::Intake);
    if service.is_some() != brings || scopes.contains(&TokenScope::Converse) && !brings {
        // Only services bring messages, and they do nothing else.
        v.refuse(Refusal::new(ErrorCode::NotAllowed, "scopes"));
    }
    v.finish()?;
    let owner = match service {
        None => me,
        Some(service) => {
            viewer.may(Act::Administer)?;
            let known = sql::participants(&app.db, &[service]).await?;
            if !known.iter().any(|p| p.kind == "SERVICE" && p.disabled_at.is_none()) {
                return Err(Refusal::new(ErrorCode::NotFound, "serviceAccountId").into());
            }
            service
        }
    };
    let (id, token) = (app.new_id(), secrets::new_token(&app.entropy));
    let mut tx = app.begin().await?;
    let row = sql::insert_token(&mut tx, id, &secrets::token_hash(&token), owner, &name, scopes, days).await?;
    audit::record(&mut tx, audit::Entry::new("token.created", Some(me), Kind::AccessToken, id)).await?;
    tx.commit().await?;
    Ok((row, token))
}

/// Ends a token at once.
///
/// # Errors
/// `NOT_FOUND` when it is nobody's or somebody else's.
pub async fn revoke_token(app: &App, viewer: &Viewer, id: Uuid) -> Result<sql::AccessToken> {
    let me = viewer.may(Act::ManageTokens)?;
    let mut tx = app.begin().await?;
    let row = sql::revoke_token(&mut tx, id, me, viewer.can(Act::Administer)).await?;
    let row = row.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "tokenId"))?;
    audit::record(&mut tx, audit::Entry::new("token.revoked", Some(me), Kind::AccessToken, id)).await?;
    tx.commit().await?;
    forget(app, Some(row.participant_id));
    Ok(row)
}

/// An account for a program.
///
/// # Errors
/// Refusals of the name.
pub async fn create_service_account(app: &App, viewer: &Viewer, name: &str) -> Result<Uuid> {
    let me = viewer.may(Act::Administer)?;
    let name = validate::line("name", name, 2..=100)?;
    let id = app.new_id();
    let mut tx = app.begin().await?;
    let new = sql::NewParticipant {
        id,
        kind: "SERVICE",
        name: &name,
        email_index: None,
        email_sealed: None,
        password_hash: None,
        locale: viewer.locale,
        roles: &[Role::Service],
        bio: "",
        confirmed: true,
    };
    sql::insert_participant(&mut tx, &new).await?;
    audit::record(&mut tx, audit::Entry::new("service.created", Some(me), Kind::Participant, id)).await?;
    tx.commit().await?;
    Ok(id)
}

/// Lets the service's own bots in: an account for them and their token, made at the first start that has bots. Gives the token.
///
/// # Errors
/// The database failed, or an administrator revoked the token or disabled the account.
pub async fn admit_bots(app: &App) -> anyhow::Result<String> {
    let token = secrets::bots_token(&app.keys);
    let hash = secrets::token_hash(&token);
    let mut tx = app.db.begin().await?;
    // Servers that start together make one account.
    sql::lock_bots(&mut tx).await?;
    match sql::token_holds(&mut tx, &hash).await? {
        Some(true) => return Ok(token),
        Some(false) => {
            anyhow::bail!("the access of the service's own bots was revoked: set bots.token to a token of another service account")
        }
        None => (),
    }
    let (id, token_id) = (app.new_id(), app.new_id());
    let new = sql::NewParticipant {
        id,
        kind: "SERVICE",
        name: "Veche",
        email_index: None,
        email_sealed: None,
        password_hash: None,
        locale: crate::i18n::Locale::default(),
        roles: &[Role::Service],
        bio: "",
        confirmed: true,
    };
    sql::insert_participant(&mut tx, &new).await?;
    sql::insert_token(&mut tx, token_id, &hash, id, "Veche", &[TokenScope::Intake, TokenScope::Converse], None).await?;
    audit::record(&mut tx, audit::Entry::new("service.created", None, Kind::Participant, id)).await?;
    audit::record(&mut tx, audit::Entry::new("token.created", None, Kind::AccessToken, token_id)).await?;
    tx.commit().await?;
    Ok(token)
}

/// Sets the roles of a person. The last administrator stays one.
///
/// # Errors
/// `NOT_FOUND`; `REQUIRED` for an empty list; `NOT_ALLOWED` for the service role or the last administrator.
pub async fn change_roles(app: &App, viewer: &Viewer, id: Uuid, roles: &[Role]) -> Result<Uuid> {
    let me = viewer.may(Act::Administer)?;
    if roles.is_empty() {
        return Err(Refusal::new(ErrorCode::Required, "roles").into());
    }
    if roles.contains(&Role::Service) {
        return Err(Refusal::new(ErrorCode::NotAllowed, "roles").into());
    }
    let mut tx = app.begin().await?;
    let administrators = sql::lock_administrators(&mut tx).await?;
    if administrators == [id] && !roles.contains(&Role::Administrator) {
        return Err(Refusal::new(ErrorCode::NotAllowed, "roles").into());
    }
    if !sql::set_roles(&mut tx, id, roles).await? {
        return Err(Refusal::new(ErrorCode::NotFound, "participantId").into());
    }
    let details = serde_json::json!({ "roles": roles.iter().map(|r| format!("{r:?}")).collect::<Vec<_>>() });
    audit::record(&mut tx, audit::Entry::new("participant.roles_changed", Some(me), Kind::Participant, id).with(details)).await?;
    tx.commit().await?;
    forget(app, Some(id));
    Ok(id)
}

/// What a person changes about themselves; `None` leaves it.
#[derive(Debug, Default)]
pub struct Profile {
    /// Shown beside what they write.
    pub name: Option<String>,
    /// A few words about themselves.
    pub bio: Option<String>,
    /// The language of mails and messages.
    pub locale: Option<Locale>,
}

/// Changes one's own account.
///
/// # Errors
/// Refusals of the fields.
pub async fn update_profile(app: &App, viewer: &Viewer, input: &Profile) -> Result<Uuid> {
    let me = viewer.may(Act::ManageOwn)?;
    viewer.limit(app, Operation::Write)?;
    let mut v = Validate::new();
    let name = input.name.as_deref().map(|name| v.line("name", name, 2..=100));
    let bio = input.bio.as_deref().map(|bio| v.text("bio", bio, 0..=1000));
    v.finish()?;
    let mut tx = app.begin().await?;
    sql::update_profile(&mut tx, me, name.as_deref(), bio.as_deref(), input.locale).await?;
    audit::record(&mut tx, audit::Entry::new("participant.profile_changed", Some(me), Kind::Participant, me)).await?;
    tx.commit().await?;
    forget(app, Some(me));
    Ok(me)
}
