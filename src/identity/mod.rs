//! Who one is: participants, sessions, tokens; and what one may do, in [`permissions`].

mod accounts;
pub mod graphql;
mod jobs;
mod known;
mod passwords;
pub mod permissions;
mod secrets;
pub(crate) mod sql;

use std::{net::IpAddr, sync::Arc};

use async_graphql::Enum;
use sqlx::PgConnection;
use uuid::Uuid;

pub use accounts::{
    LogIn, Profile, Register, Session, TokenScope, admit_bots, change_roles, claim, claim_link, confirm_email, create_service_account,
    create_token, hash_password, log_in, log_out, register, revoke_token, update_profile,
};
pub use jobs::{SendConfirmation, SendReset, Sweep};
pub use known::Known;
pub use permissions::Act;
pub use secrets::{Keys, Purpose, bots_token, new_token, token_hash};

use crate::{
    app::App,
    error::{Error, Result},
    i18n::Locale,
    limits::{Operation, Who},
};

/// What somebody is here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Proposes, votes, discusses, reports.
    Citizen,
    /// Works on tickets in working groups.
    Expert,
    /// Reviews initiatives, looks after the discussion.
    Moderator,
    /// Answers for a department.
    DepartmentOfficer,
    /// Looks after the installation.
    Administrator,
    /// A program: a bot or another client that brings messages.
    Service,
}

/// Part of an expert in a working group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GroupRole {
    /// Leads the group.
    Lead,
    /// Works on its tickets.
    Expert,
    /// Reads along.
    Observer,
}

/// Who asks, as far as the request shows.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The participant, when one is logged in.
    pub id: Option<Uuid>,
    /// Their roles.
    pub roles: Vec<Role>,
    /// Whether they confirmed their address (services count as confirmed).
    pub confirmed: bool,
    /// What a token was made for; `None` for a session, which may do all that the person may.
    pub scopes: Option<Vec<TokenScope>>,
    /// Working groups they belong to.
    pub groups: Vec<(Uuid, GroupRole)>,
    /// Departments they answer for.
    pub departments: Vec<Uuid>,
    /// Their language: the account's, or the browser's.
    pub locale: Locale,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// Hash of the session's token, to log out.
    pub session: Option<[u8; 32]>,
    /// Hash of the access token, where one is used.
    pub token: Option<[u8; 32]>,
    /// The service account that acts for them, where one does.
    pub service: Option<Uuid>,
}

impl Viewer {
    /// Somebody who is not logged in.
    pub fn anonymous(locale: Locale, address: Option<IpAddr>) -> Self {
        Self {
            id: None,
            roles: Vec::new(),
            confirmed: false,
            scopes: None,
            groups: Vec::new(),
            departments: Vec::new(),
            locale,
            address,
            session: None,
            token: None,
            service: None,
        }
    }

    /// Whether they have a role.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether they work in a group (observers only read).
    pub fn works_in(&self, group: Uuid) -> bool {
        self.groups.iter().any(|(id, role)| *id == group && *role != GroupRole::Observer)
    }

    /// Whether they answer for a department.
    pub fn answers_for(&self, department: Uuid) -> bool {
        self.departments.contains(&department)
    }

    /// Counts one attempt of this person or address. Many people write through a service account, so what it writes is not counted; where
    /// it acts for one of them, theirs is.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub fn limit(&self, app: &App, operation: Operation) -> Result<()> {
        if !matches!(operation, Operation::LogIn | Operation::Register) && self.can(Act::Intake) {
            return Ok(());
        }
        let outcome = match (self.id, self.address) {
            (Some(id), _) => app.limiter.check(operation, &Who::Participant(id)),
            (None, Some(address)) => app.limiter.check(operation, &Who::address(address)),
            (None, None) => Ok(()),
        };
        outcome.inspect_err(|_| app.metrics.refusal(operation.name()))
    }
}

/// The viewer behind a session's or an access token.
///
/// # Errors
/// `UNAUTHENTICATED` when the token is unknown, ended or revoked.
pub async fn authenticate(app: &App, token: &str, locale: Option<Locale>, address: Option<IpAddr>) -> Result<Viewer> {
    let (hash, now) = (token_hash(token), app.clock.now());
    let row = match app.live.known.find(&hash, now) {
        Ok(row) => row,
        Err(look) => {
            let row = Arc::new(sql::viewer(&app.db, &hash).await?.ok_or(Error::Unauthenticated)?);
            app.live.known.keep(look, hash, row.clone(), now);
            row
        }
    };
    Ok(Viewer {
        id: Some(row.id),
        confirmed: row.confirmed,
        scopes: row.scopes.clone(),
        groups: row.group_ids.iter().copied().zip(row.group_roles.iter().copied()).collect(),
        departments: row.departments.clone(),
        locale: locale.unwrap_or(row.locale),
        roles: row.roles.clone(),
        address,
        session: row.is_session.then_some(hash),
        token: (!row.is_session).then_some(hash),
        service: None,
    })
}

/// The participant for whom a service account acts: they read what is theirs and take part, and nothing else.
///
/// # Errors
/// `FORBIDDEN` for who is no service account, and for a participant whose account is disabled.
pub async fn act_for(app: &App, service: &Viewer, participant: Uuid, locale: Option<Locale>) -> Result<Viewer> {
    let by = service.may(Act::Converse)?;
    let row = sql::participant_as_viewer(&app.db, participant).await?.ok_or(Error::Forbidden)?;
    Ok(Viewer {
        id: Some(row.id),
        confirmed: row.confirmed,
        scopes: Some(vec![TokenScope::Read, TokenScope::Participate]),
        groups: row.group_ids.into_iter().zip(row.group_roles).collect(),
        departments: row.departments,
        locale: locale.unwrap_or(row.locale),
        roles: row.roles,
        address: service.address,
        session: None,
        token: None,
        service: Some(by),
    })
}

/// A person as they are when they ask themselves, for what is done for them while they are away; none of a disabled account.
///
/// # Errors
/// The database failed.
pub async fn in_absence(app: &App, participant: Uuid) -> Result<Option<Viewer>> {
    let row = sql::participant_as_viewer(&app.db, participant).await?;
    Ok(row.map(|row| Viewer {
        id: Some(row.id),
        confirmed: row.confirmed,
        groups: row.group_ids.into_iter().zip(row.group_roles).collect(),
        departments: row.departments,
        roles: row.roles,
        ..Viewer::anonymous(row.locale, None)
    }))
}

/// The confirmed account of an e-mail address, if it has one that is not disabled.
///
/// # Errors
/// The database failed.
pub async fn account_of(app: &App, tx: &mut PgConnection, email: &str) -> Result<Option<Uuid>> {
    Ok(sql::account_of(tx, &accounts::email_index(&app.keys, email)).await?)
}
