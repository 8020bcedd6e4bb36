//! Personal data of messages in the API.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject, dataloader::Loader};
use uuid::Uuid;

use super::{
    super::{self as feedback, sql},
    Ticket, reread,
};
use crate::{
    gid::{self, Kind},
    graphql::{LoadFailed, Loaders, Request, payload},
    identity::Act,
    nlp::extract::Personal,
};

/// A kind of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Personal")]
pub enum PersonalDataKind {
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// Series and number of a Russian passport.
    Passport,
    /// Insurance number (СНИЛС).
    Snils,
    /// Taxpayer's number (ИНН).
    Inn,
    /// Number of a bank card.
    Card,
    /// Number of a flat.
    Flat,
    /// A full name: with a patronymic or with initials.
    Name,
}

/// A part of a message that the machine takes for personal data.
#[derive(SimpleObject)]
pub struct PersonalPassage {
    /// What kind of data.
    kind: PersonalDataKind,
    /// The part, as it stands in the message or in the ticket's subject.
    text: String,
}

impl From<(Personal, String)> for PersonalPassage {
    fn from((kind, text): (Personal, String)) -> Self {
        Self { kind: kind.into(), text }
    }
}

/// Key of what was hidden of a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct MaskedOf(pub Uuid);
/// Key of the first message of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FirstMessage(pub Uuid);

impl Loader<MaskedOf> for Loaders {
    type Value = sql::Masked;
    type Error = LoadFailed;

    async fn load(&self, keys: &[MaskedOf]) -> Result<HashMap<MaskedOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        Ok(sql::masked(&self.app.db, &ids).await?.into_iter().map(|row| (MaskedOf(row.article_id), row)).collect())
    }
}

impl Loader<FirstMessage> for Loaders {
    type Value = Uuid;
    type Error = LoadFailed;

    async fn load(&self, keys: &[FirstMessage]) -> Result<HashMap<FirstMessage, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        Ok(sql::first_messages(&self.app.db, &ids).await?.into_iter().map(|(ticket, article)| (FirstMessage(ticket), article)).collect())
    }
}

/// What to hide.
#[derive(InputObject)]
pub struct MaskArticleInput {
    /// Which message: one of a citizen.
    article_id: ID,
    /// The parts to hide, as they stand in the message (or, for a ticket's first one, in its subject), found by the machine or not: 1 to 50,
    /// each of 1 to 200 characters.
    passages: Vec<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `maskArticle`.
    MaskArticlePayload {
        /// The ticket that the message stands in.
        ticket: Ticket
    }
}

/// What to show again.
#[derive(InputObject)]
pub struct UnmaskArticleInput {
    /// Which message.
    article_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `unmaskArticle`.
    UnmaskArticlePayload {
        /// The ticket that the message stands in.
        ticket: Ticket
    }
}

/// Mutations of what is hidden.
#[derive(Default)]
pub struct Mutation;

/// Mutations of what is hidden.
#[Object(name = "MaskingMutation")]
impl Mutation {
    /// Hides personal data of a citizen's message, wherever they occur in it, from everybody but its author and those who work on it
    /// (experts of its group). Lists, search, mails and summaries tell the masked text from then on.
    async fn mask_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: MaskArticleInput,
    ) -> Result<MaskArticlePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Triage)?;
            let id = gid::expect(Kind::Article, &input.article_id, "articleId")?;
            let ticket = feedback::mask(app, viewer, id, &input.passages).await?;
            reread(ctx, ticket, None).await
        };
        MaskArticlePayload::settle(ctx, outcome.await)
    }

    /// Shows a message again as its author wrote it (experts of its group).
    async fn unmask_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UnmaskArticleInput,
    ) -> Result<UnmaskArticlePayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Triage)?;
            let id = gid::expect(Kind::Article, &input.article_id, "articleId")?;
            let ticket = feedback::unmask(app, viewer, id).await?;
            reread(ctx, ticket, None).await
        };
        UnmaskArticlePayload::settle(ctx, outcome.await)
    }
}
