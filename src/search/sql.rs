use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::{
    gid::Kind,
    identity::{Act, Viewer},
    page::Args,
};

/// Where a page goes on: rank and key of the last hit.
pub type Key = (f32, Uuid);

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Hit {
    pub kind: Kind,
    pub id: Uuid,
    pub rank: f32,
}

fn hits(query: &mut QueryBuilder<Postgres>, viewer: &Viewer, text: &str, kinds: &[Kind]) {
    query
        .push("with q as (select websearch_to_tsquery('russian', ")
        .push_bind(text.to_owned())
        .push(") || websearch_to_tsquery('english', ")
        .push_bind(text.to_owned())
        .push(
            ") as q),
         hits as (
             select 'Initiative' as kind, i.id, ts_rank_cd(i.search, q.q) as rank
             from q, initiatives i where i.search @@ q.q and initiative_public(i) and i.hidden_at is null
             union all
             select 'Ticket', t.id, max(ts_rank_cd(a.search, q.q))
             from q, articles a join tickets t on t.id = a.ticket_id
             where a.search @@ q.q and a.direction <> 'NOTE' and (t.public",
        );
    if viewer.can(Act::Triage) || viewer.can(Act::Moderate) {
        query.push(" or true");
    } else if viewer.can(Act::ReadOwn) {
        query.push(" or t.author_id = ").push_bind(viewer.id);
    }
    query.push(
        ") group by t.id
             union all
             select 'Cluster', c.id, ts_rank_cd(w.words, q.q)
             from q, clusters c, lateral (select to_tsvector('russian', coalesce(c.label, '') || ' ' || array_to_string(c.keywords, ' '))
                                              || to_tsvector('english', array_to_string(c.keywords, ' ')) as words) w
             where c.state <> 'MERGED' and c.size > 1 and w.words @@ q.q)
         ",
    );
    query.push(" , chosen as (select kind, id, rank::real as rank from hits where kind = any(");
    query.push_bind(kinds.to_vec()).push("))");
}

pub async fn list(db: &PgPool, viewer: &Viewer, text: &str, kinds: &[Kind], args: &Args<Key>) -> sqlx::Result<Vec<Hit>> {
    let mut query = QueryBuilder::new("");
    hits(&mut query, viewer, text, kinds);
    query.push(" select kind, id, rank from chosen");
    if let Some((rank, id)) = args.from {
        query.push(if args.backward { " where (rank, id) > (" } else { " where (rank, id) < (" });
        query.push_bind(rank).push(", ").push_bind(id).push(")");
    }
    query.push(if args.backward { " order by rank, id limit " } else { " order by rank desc, id desc limit " }).push_bind(args.limit());
    query.build_query_as().fetch_all(db).await
}

pub async fn count(db: &PgPool, viewer: &Viewer, text: &str, kinds: &[Kind]) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("");
    hits(&mut query, viewer, text, kinds);
    query.push(" select count(*) from chosen");
    query.build_query_scalar().fetch_one(db).await
}
