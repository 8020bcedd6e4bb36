//! Saved searches in the API.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{SearchFacet, SearchFilter, value};
use crate::{
    gid::{self, Kind},
    graphql::{Request, payload},
    identity::Act,
    search::{
        saved,
        sql::people::{self as sql, Saved},
    },
    validate::Validate,
};

/// A search that somebody wants to hear of when there is something new. Only they themselves see it.
pub struct SavedSearch(Saved);

/// What must hold of what a saved search finds: one of these values of a property.
#[derive(SimpleObject)]
pub struct SavedSearchCondition {
    /// The property.
    property: SearchFacet,
    /// The values: names of kinds or states, ISO 639 codes, or global identifiers.
    values: Vec<String>,
}

/// A search that somebody wants to hear of when there is something new. Only they themselves see it.
#[Object]
impl SavedSearch {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::SavedSearch, self.0.id)
    }

    /// The words.
    async fn query(&self) -> &str {
        &self.0.query
    }

    /// What must hold of what it finds, all of it.
    async fn conditions(&self) -> Vec<SavedSearchCondition> {
        let condition = |(facet, values): (_, &[String])| {
            let property = SearchFacet::ALL.into_iter().find(|known| known.facet() == facet)?;
            Some(SavedSearchCondition { property, values: values.iter().map(|one| value(property, one.clone())).collect() })
        };
        self.0.filter.facets().filter_map(condition).collect()
    }

    /// It finds only what was made then or later.
    async fn from(&self) -> Option<DateTime<Utc>> {
        self.0.filter.from
    }

    /// It finds only what was made before.
    async fn to(&self) -> Option<DateTime<Utc>> {
        self.0.filter.to
    }

    /// When it was saved.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it found something new last.
    async fn found_at(&self) -> Option<DateTime<Utc>> {
        self.0.found_at
    }
}

impl SavedSearch {
    /// One of the viewer's own.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        let Ok(me) = ctx.viewer()?.may(Act::ReadOwn) else { return Ok(None) };
        Ok(ctx.out(sql::saved_one(&ctx.app()?.db, me, id).await.map_err(Into::into))?.map(Self))
    }
}

/// The saved searches of a participant; none for anybody else.
///
/// # Errors
/// The database failed.
pub async fn saved_by(ctx: &Context<'_>, participant: Uuid) -> Result<Option<Vec<SavedSearch>>> {
    let viewer = ctx.viewer()?;
    if viewer.id != Some(participant) || !viewer.can(Act::ReadOwn) {
        return Ok(None);
    }
    let rows = ctx.out(sql::saved_by(&ctx.app()?.db, participant).await.map_err(Into::into))?;
    Ok(Some(rows.into_iter().map(SavedSearch).collect()))
}

/// What to look for from now on.
#[derive(InputObject)]
pub struct SaveSearchInput {
    /// The words, up to 500 characters, as of `search`.
    query: String,
    /// Which of what is found; all by default.
    filter: Option<SearchFilter>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

/// What to look for no longer.
#[derive(InputObject)]
pub struct DeleteSavedSearchInput {
    /// The saved search.
    id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `saveSearch`.
    SaveSearchPayload {
        /// What is looked for from now on.
        saved_search: SavedSearch
    }
}

payload! {
    /// The outcome of `deleteSavedSearch`.
    DeleteSavedSearchPayload {
        /// What is looked for no longer.
        deleted_id: ID
    }
}

/// Mutations of saved searches.
#[derive(Default)]
pub struct SavedMutation;

/// Mutations of saved searches.
#[Object(name = "SavedSearchMutation")]
impl SavedMutation {
    /// Hears of new things with these words from now on, at most 20 such searches a person. What is there already is not told of. Saving the same
    /// twice does no harm.
    async fn save_search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SaveSearchInput,
    ) -> Result<SaveSearchPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Follow)?;
            let mut validate = Validate::default();
            let text = validate.line("query", &input.query, 1..=500);
            validate.finish()?;
            let filter = input.filter.unwrap_or_default().checked()?;
            saved::save(app, viewer, &text, &filter).await
        };
        SaveSearchPayload::settle(ctx, outcome.await.map(SavedSearch))
    }

    /// Hears no more of a saved search.
    async fn delete_saved_search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: DeleteSavedSearchInput,
    ) -> Result<DeleteSavedSearchPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Follow)?;
            let id = gid::expect(Kind::SavedSearch, &input.id, "id")?;
            saved::delete(app, viewer, id).await?;
            Ok(input.id)
        };
        DeleteSavedSearchPayload::settle(ctx, outcome.await)
    }
}
