use async_graphql::{Context, ID, InputObject, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::{AccessToken, Participant};
use crate::{
    graphql::{Request, payload},
    i18n::Locale,
    identity::{Role, TokenScope, accounts},
};

/// What is needed for an account.
#[derive(InputObject)]
pub struct RegisterInput {
    /// The name that others see, 2 to 100 characters.
    pub(super) name: String,
    /// The e-mail address; a link to confirm it is sent there.
    pub(super) email: String,
    /// The password, 10 to 200 characters.
    pub(super) password: String,
    /// The language of mails; that of the request by default.
    pub(super) locale: Option<Locale>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    pub(super) client_mutation_id: Option<String>,
}

impl RegisterInput {
    pub(super) fn into_register(self, ctx: &Context<'_>) -> Result<accounts::Register> {
        let locale = self.locale.unwrap_or(ctx.viewer()?.locale);
        Ok(accounts::Register { name: self.name, email: self.email, password: self.password, locale })
    }
}

payload! {
    /// The outcome of `register`. It is the same for an address that has an account already: its owner gets a mail that says so.
    RegisterPayload {
        /// Where the mail was sent.
        email: String
    }
}

/// The link's token.
#[derive(InputObject)]
pub struct ConfirmEmailInput {
    /// The token from the mail's link.
    pub(super) token: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    pub(super) client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `confirmEmail`.
    ConfirmEmailPayload {
        /// Whose address is confirmed now.
        participant: Participant
    }
}

/// E-mail and password.
#[derive(InputObject)]
pub struct LogInInput {
    /// The account's address.
    pub(super) email: String,
    /// Its password.
    pub(super) password: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    pub(super) client_mutation_id: Option<String>,
}

/// A session. Browsers get it as a cookie too.
#[derive(SimpleObject)]
pub struct Session {
    /// The secret to send as `Authorization: Bearer …`.
    pub(super) token: String,
    /// When it ends by itself.
    pub(super) expires_at: DateTime<Utc>,
    /// Who is logged in.
    pub(super) participant: Participant,
}

payload! {
    /// The outcome of `logIn` and `claimInstallation`.
    LogInPayload {
        /// The session.
        session: Session
    }
}

/// Nothing is needed.
#[derive(InputObject)]
pub struct LogOutInput {
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    pub(super) client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `logOut`.
    LogOutPayload {
        /// True when no session is open any more.
        logged_out: bool
    }
}

/// The link of the first start and the first administrator's account.
#[derive(InputObject)]
pub struct ClaimInstallationInput {
    /// The token from the link that the first start printed.
    pub(super) token: String,
    /// The administrator's account.
    pub(super) account: RegisterInput,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    pub(super) client_mutation_id: Option<String>,
}

/// What a new token is for.
#[derive(InputObject)]
pub struct CreateAccessTokenInput {
    /// What to call it, 1 to 100 characters.
    pub(super) name: String,
    /// What it may be used for. `INTAKE` is for service accounts and goes with nothing else.
    pub(super) scopes: Vec<TokenScope>,
    /// Days until it ends by itself, 1 to 3650; without it, it lasts until it is revoked.
    pub(super) expires_in_days: Option<i32>,
    /// Of which service account (administrators); one's own by default.
    pub(super) service_account_id: Option<ID>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    pub(super) client_mutation_id: Option<String>,
}

/// A new token with its secret.
#[derive(SimpleObject)]
pub struct NewAccessToken {
    /// The token.
    pub(super) access_token: AccessToken,
    /// The secret to send as `Authorization: Bearer …`. It is not shown again.
    pub(super) secret: String,
}

payload! {
    /// The outcome of `createAccessToken`.
    CreateAccessTokenPayload {
        /// The new token.
        created: NewAccessToken
    }
}

/// Which token to end.
#[derive(InputObject)]
pub struct RevokeAccessTokenInput {
    /// The token.
    pub(super) token_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    pub(super) client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `revokeAccessToken`.
    RevokeAccessTokenPayload {
        /// The token, which works no longer.
        access_token: AccessToken
    }
}

/// What to call a service.
#[derive(InputObject)]
pub struct CreateServiceAccountInput {
    /// 2 to 100 characters.
    pub(super) name: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    pub(super) client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of mutations of an account.
    ParticipantPayload {
        /// The account.
        participant: Participant
    }
}

/// The roles of a person.
#[derive(InputObject)]
pub struct SetRolesInput {
    /// Who.
    pub(super) participant_id: ID,
    /// All their roles from now on.
    pub(super) roles: Vec<Role>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    pub(super) client_mutation_id: Option<String>,
}

/// What to change about oneself.
#[derive(InputObject)]
pub struct UpdateProfileInput {
    /// The name that others see, 2 to 100 characters.
    pub(super) name: Option<String>,
    /// A few words, at most 1,000 characters.
    pub(super) bio: Option<String>,
    /// The language of mails and messages.
    pub(super) locale: Option<Locale>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    pub(super) client_mutation_id: Option<String>,
}
