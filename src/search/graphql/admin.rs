//! Search in the API, for administrators: words that mean the same, and how indexes fare.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::{
    gid::{self, Kind},
    graphql::{Request, payload},
    identity::Act,
    search::{self, Index, admin, sql::synonyms::Group},
};

/// Words and expressions that mean the same: who looks for one finds the others too.
#[derive(SimpleObject)]
pub struct SearchSynonyms {
    /// The global identifier.
    id: ID,
    /// The words and expressions.
    words: Vec<String>,
    /// When they were last changed.
    updated_at: DateTime<Utc>,
}

impl From<Group> for SearchSynonyms {
    fn from(group: Group) -> Self {
        Self { id: gid::encode(Kind::SearchSynonyms, group.id), words: group.words, updated_at: group.updated_at }
    }
}

/// What keeps an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SearchEngine {
    /// A server, for itself, in its data folder.
    Embedded,
    /// A Meilisearch that all servers share.
    Meilisearch,
}

/// How far the making of an index is.
#[derive(SimpleObject)]
pub struct SearchFilling {
    /// Documents that are in.
    done: i64,
    /// Documents that there are.
    expected: i64,
}

/// An index, as it last spoke of itself.
pub struct SearchIndex(Index);

/// An index, as it last spoke of itself.
#[Object]
impl SearchIndex {
    /// Its name: the machine and the folder, or that of the index that all servers share.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What keeps it.
    async fn engine(&self) -> SearchEngine {
        if self.0.engine == "MEILISEARCH" { SearchEngine::Meilisearch } else { SearchEngine::Embedded }
    }

    /// The version of what is made of texts; another one is another index.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// How many documents it holds.
    async fn documents(&self) -> i64 {
        self.0.documents
    }

    /// For how many seconds the oldest change had waited that it had not taken in; 0 where none had.
    async fn lag_seconds(&self) -> i64 {
        self.0.lag
    }

    /// How many changes it had not taken in.
    async fn waiting(&self) -> i64 {
        self.0.waiting
    }

    /// How far it is, while it is made; null otherwise.
    async fn filling(&self) -> Option<SearchFilling> {
        self.0.filling().map(|(done, expected)| SearchFilling { done, expected })
    }

    /// Whether it was made as is wanted and is searched. While it is made anew, the former one is.
    async fn ready(&self) -> bool {
        self.0.is_ready()
    }

    /// What stands in its way; null where nothing does.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// When it spoke.
    async fn reported_at(&self) -> DateTime<Utc> {
        self.0.reported_at
    }

    /// Whether that was within the last five minutes. One that is silent for a day is forgotten.
    async fn alive(&self) -> bool {
        self.0.is_alive()
    }
}

/// Queries of search for administrators.
#[derive(Default)]
pub struct AdminQuery;

/// Queries of search for administrators.
#[Object(name = "SearchAdminQuery")]
impl AdminQuery {
    /// Groups of words that mean the same to the search, by their first words (administrators).
    async fn search_synonyms(&self, ctx: &Context<'_>) -> Result<Vec<SearchSynonyms>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let groups = ctx.out(admin::groups(app, viewer).await)?;
        Ok(groups.into_iter().map(SearchSynonyms::from).collect())
    }

    /// How each index fares (administrators).
    async fn search_indexes(&self, ctx: &Context<'_>) -> Result<Vec<SearchIndex>> {
        ctx.out(ctx.viewer()?.may(Act::Administer))?;
        let indexes = ctx.out(search::standing(&ctx.app()?.db).await.map_err(Into::into))?;
        Ok(indexes.into_iter().map(SearchIndex).collect())
    }
}

/// Words that mean the same.
#[derive(InputObject)]
pub struct CreateSearchSynonymsInput {
    /// 2 to 20 words or expressions of up to 3 words, each at most 60 characters long and in no other group.
    words: Vec<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `createSearchSynonyms`.
    CreateSearchSynonymsPayload {
        /// The new group.
        synonyms: SearchSynonyms
    }
}

/// Other words for a group.
#[derive(InputObject)]
pub struct UpdateSearchSynonymsInput {
    /// Which group.
    synonyms_id: ID,
    /// All of its words from now on: 2 to 20 words or expressions of up to 3 words, each at most 60 characters long and in no other group.
    words: Vec<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `updateSearchSynonyms`.
    UpdateSearchSynonymsPayload {
        /// The changed group.
        synonyms: SearchSynonyms
    }
}

/// Which group is to go.
#[derive(InputObject)]
pub struct DeleteSearchSynonymsInput {
    /// Which group.
    synonyms_id: ID,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `deleteSearchSynonyms`.
    DeleteSearchSynonymsPayload {
        /// The group that is no more.
        synonyms_id: ID
    }
}

/// Making indexes anew.
#[derive(InputObject)]
pub struct RebuildSearchInput {
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `rebuildSearch`.
    RebuildSearchPayload {
        /// The indexes, which are made anew from now on.
        indexes: Vec<SearchIndex>
    }
}

/// Mutations of search (administrators).
#[derive(Default)]
pub struct AdminMutation;

/// Mutations of search (administrators).
#[Object(name = "SearchAdminMutation")]
impl AdminMutation {
    /// Lets words mean the same to the search, within a second everywhere (administrators).
    async fn create_search_synonyms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CreateSearchSynonymsInput,
    ) -> Result<CreateSearchSynonymsPayload> {
        let outcome = admin::create(ctx.app()?, ctx.viewer()?, &input.words).await;
        CreateSearchSynonymsPayload::settle(ctx, outcome.map(SearchSynonyms::from))
    }

    /// Gives a group of synonyms other words (administrators).
    async fn update_search_synonyms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UpdateSearchSynonymsInput,
    ) -> Result<UpdateSearchSynonymsPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let id = gid::expect(Kind::SearchSynonyms, &input.synonyms_id, "synonymsId")?;
            Ok(admin::update(app, viewer, id, &input.words).await?.into())
        };
        UpdateSearchSynonymsPayload::settle(ctx, outcome.await)
    }

    /// Removes a group of synonyms: its words mean only themselves again (administrators).
    async fn delete_search_synonyms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: DeleteSearchSynonymsInput,
    ) -> Result<DeleteSearchSynonymsPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let id = gid::expect(Kind::SearchSynonyms, &input.synonyms_id, "synonymsId")?;
            admin::delete(app, viewer, id).await?;
            Ok(input.synonyms_id)
        };
        DeleteSearchSynonymsPayload::settle(ctx, outcome.await)
    }

    /// Makes all indexes anew; until the new ones are whole, the former ones are searched (administrators).
    async fn rebuild_search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: RebuildSearchInput,
    ) -> Result<RebuildSearchPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let RebuildSearchInput { client_mutation_id: _ } = input;
        let outcome = async {
            admin::rebuild(app, viewer).await?;
            Ok(search::standing(&app.db).await?.into_iter().map(SearchIndex).collect())
        };
        RebuildSearchPayload::settle(ctx, outcome.await)
    }
}
