use async_graphql::{Context, InputObject, Object, Result};

use super::{ParticipantPayload, read};
use crate::{
    graphql::{Request, payload},
    identity::{Act, passwords},
};

/// Whose password is forgotten.
#[derive(InputObject)]
pub struct RequestPasswordResetInput {
    /// The account's e-mail address.
    email: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `requestPasswordReset`. It is the same whether the address has an account or not.
    RequestPasswordResetPayload {
        /// Where a mail was sent, if the address has an account.
        email: String
    }
}

/// The link's token and another password.
#[derive(InputObject)]
pub struct ResetPasswordInput {
    /// The token from the mail's link.
    token: String,
    /// The new password, 10 to 200 characters.
    password: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// The password and another one.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password as it is.
    current: String,
    /// The new password, 10 to 200 characters.
    password: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// Nothing is needed.
#[derive(InputObject)]
pub struct ResendConfirmationInput {
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// Mutations of passwords.
#[derive(Default)]
pub struct PasswordMutation;

/// Mutations of passwords.
#[Object(name = "PasswordMutation")]
impl PasswordMutation {
    /// Sends a link to choose another password, which works once and for an hour. Nobody learns whether the address has an account.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RequestPasswordResetInput,
    ) -> Result<RequestPasswordResetPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = passwords::request_reset(app, viewer, &input.email).await.map(|()| input.email);
        RequestPasswordResetPayload::settle(ctx, outcome)
    }

    /// Chooses another password with a link's token. Ends all sessions of the account.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ResetPasswordInput,
    ) -> Result<ParticipantPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async { read(app, passwords::reset(app, viewer, &input.token, &input.password).await?).await };
        ParticipantPayload::settle(ctx, outcome.await)
    }

    /// Chooses another password with the current one. Ends the account's other sessions.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ChangePasswordInput,
    ) -> Result<ParticipantPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::ManageOwn)?;
            read(app, passwords::change(app, viewer, input.current, &input.password).await?).await
        };
        ParticipantPayload::settle(ctx, outcome.await)
    }

    /// Sends the link that confirms one's address once more; nothing where it is confirmed.
    async fn resend_confirmation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: ResendConfirmationInput,
    ) -> Result<ParticipantPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async { read(app, passwords::resend_confirmation(app, viewer).await?).await };
        let _ = input.client_mutation_id;
        ParticipantPayload::settle(ctx, outcome.await)
    }
}
