//! Search in the API.

use async_graphql::{Context, Enum, InputObject, Object, Result, Union};

use super::sql;
use crate::{
    error::{self, Error},
    feedback::graphql::Ticket,
    gid::Kind,
    graphql::Request,
    initiatives::graphql::Initiative,
    page::{self, Args, Page},
    triage::graphql::{Cluster, cluster},
    validate,
};

/// A kind of thing that can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SearchKind {
    /// Initiatives.
    Initiative,
    /// Tickets.
    Ticket,
    /// Clusters of tickets.
    Cluster,
}

/// What to look among.
#[derive(InputObject, Default)]
pub struct SearchFilter {
    /// Only these kinds; all by default.
    kinds: Option<Vec<SearchKind>>,
}

/// Something that was found.
#[derive(Union)]
pub enum SearchResult {
    /// An initiative.
    Initiative(Initiative),
    /// A ticket.
    Ticket(Ticket),
    /// A cluster of tickets.
    Cluster(Cluster),
}

/// A hit.
pub struct SearchHit(sql::Hit);

/// A hit.
#[Object]
impl SearchHit {
    /// What was found; null when it has gone meanwhile.
    async fn node(&self, ctx: &Context<'_>) -> Result<Option<SearchResult>> {
        Ok(match self.0.kind {
            Kind::Initiative => Initiative::load(ctx, self.0.id).await?.map(SearchResult::Initiative),
            Kind::Ticket => Ticket::load(ctx, self.0.id).await?.map(SearchResult::Ticket),
            _ => cluster(ctx, Some(self.0.id)).await?.map(SearchResult::Cluster),
        })
    }

    /// How well it fits; larger is better. Comparable within one search only.
    async fn rank(&self) -> f32 {
        self.0.rank
    }
}

/// Search.
#[derive(Default)]
pub struct Query;

/// Search.
#[Object(name = "SearchQuery")]
impl Query {
    /// Initiatives, tickets and clusters with these words, in any form, best first.
    #[allow(clippy::too_many_arguments)]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The words, up to 500 characters; \"in quotes\" for a phrase, -word to leave one out.")] query: String,
        #[graphql(desc = "Which of them; all by default.")] filter: Option<SearchFilter>,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<SearchHit>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome: error::Result<Page<SearchHit>> = async {
            let args = Args::<sql::Key>::new(first, after, last, before)?;
            let text = validate::line("query", &query, 1..=500).map_err(Error::BadRequest)?;
            let kinds: Vec<Kind> = filter.and_then(|f| f.kinds).map_or_else(
                || vec![Kind::Initiative, Kind::Ticket, Kind::Cluster],
                |kinds| {
                    let kind = |k: &SearchKind| match k {
                        SearchKind::Initiative => Kind::Initiative,
                        SearchKind::Ticket => Kind::Ticket,
                        SearchKind::Cluster => Kind::Cluster,
                    };
                    kinds.iter().take(3).map(kind).collect()
                },
            );
            let rows = sql::list(&app.db, viewer, &text, &kinds, &args).await?;
            let total = if page::wants_total(ctx) { sql::count(&app.db, viewer, &text, &kinds).await? } else { 0 };
            Ok(page::page(&args, rows, total, |row| (row.rank, row.id), SearchHit))
        }
        .await;
        ctx.out(outcome)
    }
}
