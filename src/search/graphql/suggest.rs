//! What is said while somebody types, and what many look for.

use async_graphql::{Context, ID, Object, Result};

use super::{SearchSegment, segments};
use crate::{
    error::{self, Error, ErrorCode, Refusal},
    gid::{self, Kind},
    graphql::Request,
    schema::{Node, node},
    search::{
        self,
        suggest::{self, Suggestion},
    },
    validate,
};

/// Something that somebody may want to find: the name of a thing, or words that many look for.
pub struct SearchSuggestion(Suggestion);

/// Something that somebody may want to find: the name of a thing, or words that many look for.
#[Object]
impl SearchSuggestion {
    /// Its words.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// Its words in pieces, those that were typed apart.
    async fn segments(&self) -> Vec<SearchSegment> {
        segments(&self.0.segments)
    }

    /// What kind of thing has this name; null for words that many look for.
    async fn kind(&self) -> Option<Kind> {
        self.0.thing.map(|(kind, _)| kind)
    }

    /// The identifier of the thing; null for words that many look for.
    async fn node_id(&self) -> Option<ID> {
        self.0.thing.map(|(kind, id)| gid::encode(kind, id))
    }

    /// The thing; null for words that many look for, and when it has gone meanwhile.
    async fn node(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        match self.0.thing {
            Some((kind, id)) => node(ctx, kind, id).await,
            None => Ok(None),
        }
    }
}

/// How many are asked for, if it is not too many.
fn size(first: Option<i32>) -> error::Result<usize> {
    let size = usize::try_from(first.unwrap_or(8)).ok().filter(|size| *size <= suggest::MOST);
    size.ok_or_else(|| Error::BadRequest(Refusal::new(ErrorCode::OutOfRange, "first").with("min", 0).with("max", suggest::MOST)))
}

/// Suggestions.
#[derive(Default)]
pub struct SuggestQuery;

/// Suggestions.
#[Object(name = "SearchSuggestQuery")]
impl SuggestQuery {
    /// What somebody may want to find, while they type: words that many look for, and names of things that they may read. For no words, what
    /// many look for.
    async fn suggest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was typed so far, up to 200 characters; the last word is only begun.")] prefix: String,
        #[graphql(desc = "How many at the most, up to 20; 8 by default.")] first: Option<i32>,
    ) -> Result<Vec<SearchSuggestion>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome: error::Result<_> = async {
            let prefix = validate::line("prefix", &prefix, 0..=suggest::LONGEST).map_err(Error::BadRequest)?;
            suggest::suggest(app, search::reader(viewer), viewer.locale, &prefix, size(first)?).await
        }
        .await;
        Ok(ctx.out(outcome)?.into_iter().map(SearchSuggestion).collect())
    }

    /// Words that many looked for in the last thirty days, the most frequent first. Who asked is not kept.
    async fn popular_searches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, up to 20; 8 by default.")] first: Option<i32>,
    ) -> Result<Vec<String>> {
        let app = ctx.app()?;
        let outcome: error::Result<_> = async {
            let size = size(first)?;
            Ok(app.queries.known(app).await?.popular.iter().take(size).cloned().collect())
        }
        .await;
        ctx.out(outcome)
    }
}
