//! Themes.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgPool, QueryBuilder};
use uuid::Uuid;

use super::{Cluster, clusters::COLUMNS};
use crate::page::Args;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Theme {
    pub id: Uuid,
    pub keywords: Vec<String>,
    pub clusters: i32,
    pub size: i32,
}

/// A theme to be written.
#[derive(Debug)]
pub struct NewTheme {
    pub id: Uuid,
    pub keywords: Vec<String>,
    pub size: u32,
    pub clusters: Vec<Uuid>,
}

/// The themes that these clusters are on.
pub async fn themes_of(db: &PgPool, clusters: &[Uuid]) -> sqlx::Result<BTreeMap<Uuid, Uuid>> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as("select id, theme_id from clusters where id = any($1) and theme_id is not null")
        .bind(clusters)
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Puts `window`'s clusters on these themes and no others; themes that are gone let go of theirs.
pub async fn write_themes(tx: &mut PgConnection, window: &[Uuid], themes: &[NewTheme]) -> sqlx::Result<()> {
    let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    sqlx::query(
        "with given as (
             select id, string_to_array(words, E'\\n') as keywords, clusters, size
             from unnest($1::uuid[], $2::text[], $3::int[], $4::int[]) u(id, words, clusters, size)),
         gone as (delete from themes where id <> all($1))
         insert into themes (id, keywords, clusters, size) select * from given
         on conflict (id) do update set keywords = excluded.keywords, clusters = excluded.clusters, size = excluded.size",
    )
    .bind(themes.iter().map(|theme| theme.id).collect::<Vec<_>>())
    .bind(themes.iter().map(|theme| theme.keywords.join("\n")).collect::<Vec<_>>())
    .bind(themes.iter().map(|theme| number(theme.clusters.len())).collect::<Vec<_>>())
    .bind(themes.iter().map(|theme| i32::try_from(theme.size).unwrap_or(i32::MAX)).collect::<Vec<_>>())
    .execute(&mut *tx)
    .await?;
    let placed: Vec<(Uuid, Uuid)> =
        themes.iter().flat_map(|theme| theme.clusters.iter().map(move |cluster| (*cluster, theme.id))).collect();
    sqlx::query(
        "update clusters c set theme_id = p.theme
         from unnest($1::uuid[]) w(id) left join unnest($2::uuid[], $3::uuid[]) p(cluster, theme) on p.cluster = w.id
         where c.id = w.id and c.theme_id is distinct from p.theme",
    )
    .bind(window)
    .bind(placed.iter().map(|pair| pair.0).collect::<Vec<_>>())
    .bind(placed.iter().map(|pair| pair.1).collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn themes(db: &PgPool, ids: &[Uuid]) -> sqlx::Result<Vec<Theme>> {
    sqlx::query_as("select * from themes where id = any($1)").bind(ids).fetch_all(db).await
}

/// Themes, the largest first.
pub async fn list_themes(db: &PgPool, args: &Args<(i64, Uuid)>) -> sqlx::Result<Vec<Theme>> {
    let mut query = QueryBuilder::new("select * from themes where true");
    if let Some((size, id)) = args.from {
        query.push(if args.backward { " and (size, id) > (" } else { " and (size, id) < (" });
        query.push_bind(i32::try_from(size).unwrap_or(i32::MAX)).push(", ").push_bind(id).push(")");
    }
    let direction = if args.backward { " asc" } else { " desc" };
    query.push(" order by size").push(direction).push(", id").push(direction).push(" limit ").push_bind(args.limit());
    query.build_query_as().fetch_all(db).await
}

pub async fn count_themes(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from themes").fetch_one(db).await
}

/// The largest clusters of each theme.
pub async fn clusters_of_themes(db: &PgPool, themes: &[Uuid], most: i64) -> sqlx::Result<Vec<Cluster>> {
    let mut query = QueryBuilder::new("select ");
    query.push(COLUMNS).push(" from unnest(").push_bind(themes);
    query.push(
        "::uuid[]) t(id), lateral (select * from clusters c where c.theme_id = t.id and c.size > 0 order by c.size desc, c.id desc limit ",
    );
    query.push_bind(most).push(") c");
    query.build_query_as().fetch_all(db).await
}
