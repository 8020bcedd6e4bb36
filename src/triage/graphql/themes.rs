//! Themes: what clusters have in common.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, Object, Result, dataloader::Loader};
use uuid::Uuid;

use super::{
    super::sql,
    object::{Cluster, MOST_BESIDE, up_to_twenty},
};
use crate::{
    error,
    gid::{self, Kind},
    graphql::{LoadFailed, Loaders, Request},
    page::{self, Args, Page},
};

/// Clusters with something in common, as the last look at all clusters found them. It keeps its identity as long as most of its
/// tickets stay together.
pub struct Theme(Arc<sql::Theme>);

/// Key of a theme's batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct ById(Uuid);
/// Key of a theme's largest clusters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct ClustersOf(Uuid);

impl Loader<ById> for Loaders {
    type Value = Arc<sql::Theme>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[ById]) -> Result<HashMap<ById, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        Ok(sql::themes(&self.app.db, &ids).await?.into_iter().map(|row| (ById(row.id), Arc::new(row))).collect())
    }
}

impl Loader<ClustersOf> for Loaders {
    type Value = Vec<sql::Cluster>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[ClustersOf]) -> Result<HashMap<ClustersOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let most = i64::try_from(MOST_BESIDE).unwrap_or(i64::MAX);
        let mut found: HashMap<ClustersOf, Self::Value> = HashMap::new();
        for row in sql::clusters_of_themes(&self.app.db, &ids, most).await? {
            if let Some(theme) = row.theme_id {
                found.entry(ClustersOf(theme)).or_default().push(row);
            }
        }
        Ok(found)
    }
}

/// The theme with this key.
///
/// # Errors
/// The database failed.
pub async fn theme(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<Theme>> {
    match id {
        Some(id) => Ok(ctx.load(ById(id)).await?.map(Theme)),
        None => Ok(None),
    }
}

/// Clusters with something in common, as the last look at all clusters found them. It keeps its identity as long as most of its
/// tickets stay together.
#[Object]
impl Theme {
    /// The global identifier.
    pub async fn id(&self) -> ID {
        gid::encode(Kind::Theme, self.0.id)
    }

    /// What to call it: its words.
    async fn label(&self) -> String {
        self.0.keywords.join(", ")
    }

    /// The words that are typical of it, the most typical first.
    async fn keywords(&self) -> &[String] {
        &self.0.keywords
    }

    /// How many tickets its clusters held when it was last looked at.
    async fn size(&self) -> i32 {
        self.0.size
    }

    /// How many clusters it held when it was last looked at.
    async fn cluster_count(&self) -> i32 {
        self.0.clusters
    }

    /// Its largest clusters, the largest first; `clusters` with the filter `themeId` lists all.
    async fn clusters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, up to 20.", default = 5)] first: i32,
    ) -> Result<Vec<Cluster>> {
        let most = up_to_twenty(ctx, first)?;
        let found = ctx.load(ClustersOf(self.0.id)).await?.unwrap_or_default();
        Ok(found.into_iter().take(most).map(Cluster::new).collect())
    }
}

/// Queries of themes.
#[derive(Default)]
pub struct Query;

/// Queries of themes.
#[Object(name = "ThemeQuery")]
impl Query {
    /// Themes, those with most tickets first.
    async fn themes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Page<Theme>> {
        let app = ctx.app()?;
        let outcome: error::Result<Page<Theme>> = async {
            let args = Args::<(i64, Uuid)>::new(first, after, last, before)?;
            let rows = sql::list_themes(&app.db, &args).await?;
            let total = if page::wants_total(ctx) { sql::count_themes(&app.db).await? } else { 0 };
            Ok(page::page(&args, rows, total, |row| (row.size.into(), row.id), |row| Theme(Arc::new(row))))
        }
        .await;
        ctx.out(outcome)
    }
}
