//! Accounts, sessions and tokens in the API.

mod inputs;
mod passwords;

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, InputObject, Object, Result, dataloader::Loader};
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use inputs::*;
pub use passwords::PasswordMutation;

use super::{Act, Role, TokenScope, accounts, sql};
use crate::{
    app::App,
    error,
    gid::{self, Kind},
    graphql::{LoadFailed, Loaders, Request},
    i18n::Locale,
    page::{self, Args, Page, TimeKey},
    search::graphql::{SavedSearch, saved_by},
    validate,
};

/// A person or a service with an account. Others see the name and what the account is for, nothing else.
pub struct Participant(pub Arc<sql::Participant>);

/// Key of a participant's batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ById(pub Uuid);

impl Loader<ById> for Loaders {
    type Value = Arc<sql::Participant>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[ById]) -> Result<HashMap<ById, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let rows = sql::participants(&self.app.db, &ids).await?;
        Ok(rows.into_iter().map(|row| (ById(row.id), Arc::new(row))).collect())
    }
}

/// The participant with this key.
///
/// # Errors
/// The database failed.
pub async fn participant(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<Participant>> {
    match id {
        Some(id) => Ok(ctx.load(ById(id)).await?.map(Participant)),
        None => Ok(None),
    }
}

/// A person or a service with an account. Others see the name and what the account is for, nothing else.
#[Object]
impl Participant {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::Participant, self.0.id)
    }

    /// The name they gave.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What they are here for.
    async fn roles(&self) -> &[Role] {
        &self.0.roles
    }

    /// A few words about themselves.
    async fn bio(&self) -> &str {
        &self.0.bio
    }

    /// Since when they have been here.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Their e-mail address; only they themselves see it.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        if ctx.viewer()?.id != Some(self.0.id) {
            return Ok(None);
        }
        let opened = self.0.email_sealed.as_ref().map(|sealed| ctx.app().map(|app| app.keys.open(self.0.id, sealed))).transpose()?;
        ctx.out(opened.transpose().map_err(error::Error::Internal))
    }

    /// Whether they confirmed their address; only they themselves see it.
    async fn confirmed(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        Ok((ctx.viewer()?.id == Some(self.0.id)).then_some(self.0.confirmed_at.is_some() || self.0.kind == "SERVICE"))
    }

    /// The language of their mails; only they themselves see it.
    async fn locale(&self, ctx: &Context<'_>) -> Result<Option<Locale>> {
        Ok((ctx.viewer()?.id == Some(self.0.id)).then_some(self.0.locale))
    }

    /// Their access tokens, newest first, at most 100; only they themselves see them, and administrators those of services.
    async fn access_tokens(&self, ctx: &Context<'_>) -> Result<Option<Vec<AccessToken>>> {
        let viewer = ctx.viewer()?;
        let own = viewer.id == Some(self.0.id) && viewer.can(Act::ManageTokens);
        let administers = self.0.kind == "SERVICE" && viewer.can(Act::Administer);
        if !own && !administers {
            return Ok(None);
        }
        let rows = ctx.out(sql::tokens_of(&ctx.app()?.db, self.0.id).await.map_err(Into::into))?;
        Ok(Some(rows.into_iter().map(AccessToken).collect()))
    }

    /// Their saved searches, newest first, at most 20; only they themselves see them.
    async fn saved_searches(&self, ctx: &Context<'_>) -> Result<Option<Vec<SavedSearch>>> {
        saved_by(ctx, self.0.id).await
    }
}

/// A token for a client of the API. The secret itself is shown once, when it is made.
pub struct AccessToken(sql::AccessToken);

/// A token for a client of the API. The secret itself is shown once, when it is made.
#[Object]
impl AccessToken {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::AccessToken, self.0.id)
    }

    /// What its owner calls it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it may be used for.
    async fn scopes(&self) -> &[TokenScope] {
        &self.0.scopes
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it ends by itself.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// When it was ended.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}

/// Which people and services to list. Conditions of different fields hold together.
#[derive(InputObject, Default)]
pub struct ParticipantFilter {
    /// A part of the name, or the whole e-mail address, in any case.
    text: Option<String>,
    /// With this role.
    role: Option<Role>,
}

/// Queries about accounts.
#[derive(Default)]
pub struct Query;

/// Queries about accounts.
#[Object(name = "IdentityQuery")]
impl Query {
    /// Who is logged in; null for nobody.
    async fn me(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, ctx.viewer()?.id).await
    }

    /// People and services with an account, newest first (administrators).
    #[allow(clippy::too_many_arguments)]
    async fn participants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all by default.")] filter: Option<ParticipantFilter>,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<Participant>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome: error::Result<Page<Participant>> = async {
            viewer.may(Act::Administer)?;
            let args = Args::<TimeKey>::new(first, after, last, before)?;
            let filter = filter.unwrap_or_default();
            let text = filter.text.as_deref().map(|text| validate::line("filter.text", text, 1..=320));
            let text = text.transpose().map_err(error::Error::BadRequest)?;
            let filter = sql::Filter { email: text.as_deref().map(|text| accounts::email_index(&app.keys, text)), text, role: filter.role };
            let rows = sql::list(&app.db, &filter, &args).await?;
            let total = if page::wants_total(ctx) { sql::count(&app.db, &filter).await? } else { 0 };
            Ok(page::page(&args, rows, total, |row| (row.created_at, row.id), |row| Participant(Arc::new(row))))
        }
        .await;
        ctx.out(outcome)
    }
}

/// Mutations of accounts.
#[derive(Default)]
pub struct Mutation;

async fn read(app: &App, id: Uuid) -> error::Result<Participant> {
    let row = sql::participants(&app.db, &[id]).await?.pop();
    let row = row.ok_or_else(|| error::Error::Internal(anyhow::anyhow!("the account is gone")))?;
    Ok(Participant(Arc::new(row)))
}

async fn started(ctx: &Context<'_>, session: accounts::Session) -> error::Result<Session> {
    let app = ctx.data::<App>().map_err(|e| anyhow::anyhow!(e.message))?;
    ctx.append_http_header("set-cookie", crate::web::session_cookie(app, &session.token));
    let participant = read(app, session.participant).await?;
    Ok(Session { token: session.token, expires_at: session.expires_at, participant })
}

/// Mutations of accounts.
#[Object(name = "IdentityMutation")]
impl Mutation {
    /// Makes an account. It can do little until the link in the mail has been opened.
    async fn register(&self, ctx: &Context<'_>, #[graphql(desc = "What it takes.")] input: RegisterInput) -> Result<RegisterPayload> {
        let input = input.into_register(ctx)?;
        let outcome = accounts::register(ctx.app()?, ctx.viewer()?, &input).await;
        RegisterPayload::settle(ctx, outcome.map(|()| input.email))
    }

    /// Confirms the address that a mail's link was sent to.
    async fn confirm_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ConfirmEmailInput,
    ) -> Result<ConfirmEmailPayload> {
        let app = ctx.app()?;
        let outcome =
            async { read(app, accounts::confirm_email(app, ctx.data_unchecked::<super::Viewer>(), &input.token).await?).await }.await;
        ConfirmEmailPayload::settle(ctx, outcome)
    }

    /// Starts a session.
    async fn log_in(&self, ctx: &Context<'_>, #[graphql(desc = "What it takes.")] input: LogInInput) -> Result<LogInPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            let input = accounts::LogIn { email: input.email, password: input.password };
            started(ctx, accounts::log_in(app, viewer, input).await?).await
        };
        let outcome = outcome.await;
        LogInPayload::settle(ctx, outcome)
    }

    /// Ends the session of this request.
    async fn log_out(&self, ctx: &Context<'_>, #[graphql(desc = "What it takes.")] input: LogOutInput) -> Result<LogOutPayload> {
        let _ = input.client_mutation_id;
        let outcome = accounts::log_out(ctx.app()?, ctx.viewer()?).await;
        ctx.append_http_header("set-cookie", crate::web::no_session_cookie(ctx.app()?));
        LogOutPayload::settle(ctx, outcome.map(|()| true))
    }

    /// Makes the first administrator, with the link that the first start printed.
    async fn claim_installation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ClaimInstallationInput,
    ) -> Result<LogInPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let account = input.account.into_register(ctx)?;
        let outcome = async { started(ctx, accounts::claim(app, viewer, &input.token, &account).await?).await }.await;
        LogInPayload::settle(ctx, outcome)
    }

    /// Makes a token for a client of the API.
    async fn create_access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CreateAccessTokenInput,
    ) -> Result<CreateAccessTokenPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::ManageTokens)?;
            let service = gid::maybe(Kind::Participant, input.service_account_id.as_ref(), "serviceAccountId")?;
            let created = accounts::create_token(app, viewer, &input.name, &input.scopes, input.expires_in_days, service).await?;
            Ok(NewAccessToken { access_token: AccessToken(created.0), secret: created.1 })
        };
        CreateAccessTokenPayload::settle(ctx, outcome.await)
    }

    /// Ends a token at once: one's own, or any (administrators).
    async fn revoke_access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RevokeAccessTokenInput,
    ) -> Result<RevokeAccessTokenPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::ManageTokens)?;
            let id = gid::expect(Kind::AccessToken, &input.token_id, "tokenId")?;
            Ok(AccessToken(accounts::revoke_token(app, viewer, id).await?))
        };
        RevokeAccessTokenPayload::settle(ctx, outcome.await)
    }

    /// Makes an account for a program: a bot, an import (administrators).
    async fn create_service_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CreateServiceAccountInput,
    ) -> Result<ParticipantPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async { read(app, accounts::create_service_account(app, viewer, &input.name).await?).await }.await;
        ParticipantPayload::settle(ctx, outcome)
    }

    /// Sets the roles of a person (administrators). The last administrator stays one.
    async fn set_roles(&self, ctx: &Context<'_>, #[graphql(desc = "What it takes.")] input: SetRolesInput) -> Result<ParticipantPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let id = gid::expect(Kind::Participant, &input.participant_id, "participantId")?;
            read(app, accounts::change_roles(app, viewer, id, &input.roles).await?).await
        };
        ParticipantPayload::settle(ctx, outcome.await)
    }

    /// Changes one's own account.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UpdateProfileInput,
    ) -> Result<ParticipantPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let profile = accounts::Profile { name: input.name, bio: input.bio, locale: input.locale };
        let outcome = async { read(app, accounts::update_profile(app, viewer, &profile).await?).await }.await;
        ParticipantPayload::settle(ctx, outcome)
    }
}
