//! What tickets are asked for, read together for all that are asked at once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::{Result, dataloader::Loader};
use uuid::Uuid;

use super::super::sql;
use crate::{
    graphql::{LoadFailed, Loaders},
    identity::{Act, Viewer},
};

/// Key of a ticket's batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ById(pub Uuid);
/// Key of the first articles of a ticket: how many.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FirstArticles(pub Uuid, pub i64);
/// Key of the number of a ticket's articles.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ArticleCount(pub Uuid);
/// Key of a ticket's history.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TransitionsOf(pub Uuid);
/// Key of the number of tickets that are part of one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct JoinedTo(pub Uuid);
/// Key of a ticket's near-duplicates.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct DuplicatesOf(pub Uuid);
/// Key of the newest tickets of a cluster: how many.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FirstOfCluster(pub Uuid, pub i64);
/// Key of the number of a cluster's tickets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CountOfCluster(pub Uuid);
/// Key of a contact's batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ContactById(pub Uuid);

/// Whether a viewer reads what experts note for one another.
pub(super) fn notes(viewer: &Viewer) -> bool {
    viewer.can(Act::Triage)
}

impl Loader<ById> for Loaders {
    type Value = Arc<sql::Ticket>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[ById]) -> Result<HashMap<ById, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let rows = sql::visible(&self.app.db, &ids, &self.viewer).await?;
        Ok(rows.into_iter().map(|row| (ById(row.id), Arc::new(row))).collect())
    }
}

impl Loader<FirstArticles> for Loaders {
    type Value = Vec<sql::Article>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[FirstArticles]) -> Result<HashMap<FirstArticles, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let most = keys.iter().map(|k| k.1).max().unwrap_or(0);
        let mut found: HashMap<Uuid, Vec<sql::Article>> = HashMap::new();
        for article in sql::first_articles(&self.app.db, &ids, notes(&self.viewer), most).await? {
            found.entry(article.ticket_id).or_default().push(article);
        }
        let take = |key: &FirstArticles| {
            let size = usize::try_from(key.1).unwrap_or(0);
            found.get(&key.0).map(|articles| articles.iter().take(size).cloned().collect())
        };
        Ok(keys.iter().filter_map(|key| Some((key.clone(), take(key)?))).collect())
    }
}

impl Loader<ArticleCount> for Loaders {
    type Value = i64;
    type Error = LoadFailed;

    async fn load(&self, keys: &[ArticleCount]) -> Result<HashMap<ArticleCount, i64>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let counts = sql::article_counts(&self.app.db, &ids, notes(&self.viewer)).await?;
        Ok(counts.into_iter().map(|(id, count)| (ArticleCount(id), count)).collect())
    }
}

impl Loader<TransitionsOf> for Loaders {
    type Value = Vec<sql::Transition>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[TransitionsOf]) -> Result<HashMap<TransitionsOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let mut found: HashMap<TransitionsOf, Self::Value> = HashMap::new();
        for row in sql::transitions(&self.app.db, &ids).await? {
            found.entry(TransitionsOf(row.ticket_id)).or_default().push(row);
        }
        Ok(found)
    }
}

impl Loader<JoinedTo> for Loaders {
    type Value = i64;
    type Error = LoadFailed;

    async fn load(&self, keys: &[JoinedTo]) -> Result<HashMap<JoinedTo, i64>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        Ok(sql::joined(&self.app.db, &ids).await?.into_iter().map(|(id, count)| (JoinedTo(id), count)).collect())
    }
}

impl Loader<DuplicatesOf> for Loaders {
    type Value = Vec<sql::Duplicate>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[DuplicatesOf]) -> Result<HashMap<DuplicatesOf, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let mut found: HashMap<DuplicatesOf, Self::Value> = HashMap::new();
        for row in sql::duplicates(&self.app.db, &ids).await? {
            found.entry(DuplicatesOf(row.ticket_id)).or_default().push(row);
        }
        Ok(found)
    }
}

impl Loader<FirstOfCluster> for Loaders {
    type Value = Vec<sql::Ticket>;
    type Error = LoadFailed;

    async fn load(&self, keys: &[FirstOfCluster]) -> Result<HashMap<FirstOfCluster, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect::<HashSet<_>>().into_iter().collect();
        let most = keys.iter().map(|k| k.1).max().unwrap_or(0);
        let mut found: HashMap<Uuid, Vec<sql::Ticket>> = HashMap::new();
        for row in sql::newest_of_clusters(&self.app.db, &self.viewer, &ids, most).await? {
            if let Some(cluster) = row.cluster_id {
                found.entry(cluster).or_default().push(row);
            }
        }
        let take = |key: &FirstOfCluster| {
            let size = usize::try_from(key.1).unwrap_or(0);
            found.get(&key.0).map(|rows| rows.iter().take(size).cloned().collect())
        };
        Ok(keys.iter().filter_map(|key| Some((key.clone(), take(key)?))).collect())
    }
}

impl Loader<CountOfCluster> for Loaders {
    type Value = i64;
    type Error = LoadFailed;

    async fn load(&self, keys: &[CountOfCluster]) -> Result<HashMap<CountOfCluster, i64>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        let counts = sql::count_of_clusters(&self.app.db, &self.viewer, &ids).await?;
        Ok(counts.into_iter().map(|(id, count)| (CountOfCluster(id), count)).collect())
    }
}

impl Loader<ContactById> for Loaders {
    type Value = sql::Contact;
    type Error = LoadFailed;

    async fn load(&self, keys: &[ContactById]) -> Result<HashMap<ContactById, Self::Value>, LoadFailed> {
        let ids: Vec<Uuid> = keys.iter().map(|k| k.0).collect();
        Ok(sql::contacts(&self.app.db, &ids).await?.into_iter().map(|row| (ContactById(row.id), row)).collect())
    }
}
