//! What the database finds by itself.

pub mod documents;
pub mod people;
pub mod standing;
pub mod synonyms;

use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Facet, Reader, Request, Sort};
use crate::gid::Kind;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Hit {
    pub kind: Kind,
    pub id: Uuid,
    pub rank: f32,
}

fn hits(query: &mut QueryBuilder<Postgres>, request: &Request) {
    query
        .push("with q as (select websearch_to_tsquery('russian', ")
        .push_bind(request.text.clone())
        .push(") || websearch_to_tsquery('english', ")
        .push_bind(request.text.clone())
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
    readable(query, request.reader, "t.author_id");
    query.push(
        ") group by t.id
             union all
             select 'Cluster', c.id, ts_rank_cd(w.words, q.q)
             from q, clusters c, lateral (select to_tsvector('russian', coalesce(c.label, '') || ' ' || array_to_string(c.keywords, ' '))
                                              || to_tsvector('english', array_to_string(c.keywords, ' ')) as words) w
             where c.state <> 'MERGED' and c.size > 1 and w.words @@ q.q
             union all
             -- These are few.
             select d.kind, d.id, ts_rank_cd(w.words, q.q)
             from q, search_documents d, lateral (select to_tsvector('russian', d.title || ' ' || d.body)
                                                      || to_tsvector('english', d.title || ' ' || d.body) as words) w
             where d.kind in ('Decision', 'Department', 'Service') and w.words @@ q.q and (d.public",
    );
    readable(query, request.reader, "d.owner");
    query.push(
        ")),
         chosen as (
             select h.kind, h.id, h.rank::real as rank, d.created_at
             from hits h join search_documents d on d.kind = h.kind and d.id = h.id where true",
    );
    for (facet, values) in &request.filter.any_of {
        // Keys are written without hyphens in an index.
        let column = match facet {
            Facet::Kind => "d.kind",
            Facet::Language => "d.language",
            Facet::State => "d.state",
            Facet::Channel => "d.channel",
            Facet::Topic => "replace(d.topic::text, '-', '')",
            Facet::Territory => "replace(d.territory::text, '-', '')",
            Facet::WorkingGroup => "replace(d.working_group::text, '-', '')",
            Facet::Department => "replace(d.department::text, '-', '')",
        };
        query.push(" and ").push(column).push(" = any(").push_bind(values.clone()).push(")");
    }
    if let Some(from) = request.filter.from {
        query.push(" and d.created_at >= ").push_bind(from);
    }
    if let Some(to) = request.filter.to {
        query.push(" and d.created_at < ").push_bind(to);
    }
    query.push(")");
}

/// Adds who may read what is not public.
fn readable(query: &mut QueryBuilder<Postgres>, reader: Reader, owner: &'static str) {
    match reader {
        Reader::Staff => {
            query.push(" or true");
        }
        Reader::Person(id) => {
            query.push(" or ").push(owner).push(" = ").push_bind(id);
        }
        Reader::Anybody => (),
    }
}

/// A page of hits.
pub async fn look_up(db: &PgPool, request: &Request) -> sqlx::Result<Vec<Hit>> {
    let mut query = QueryBuilder::new("");
    hits(&mut query, request);
    query.push(" select kind, id, rank from chosen order by ");
    query.push(match request.sort {
        Sort::Relevance => "rank desc, id",
        Sort::Newest => "created_at desc nulls last, id",
        Sort::Oldest => "created_at nulls last, id",
    });
    query.push(" offset ").push_bind(i64::try_from(request.offset).unwrap_or(i64::MAX));
    query.push(" limit ").push_bind(i64::try_from(request.size).unwrap_or(0));
    query.build_query_as().fetch_all(db).await
}

/// How many there are.
pub async fn count(db: &PgPool, request: &Request) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("");
    hits(&mut query, request);
    query.push(" select count(*) from chosen");
    query.build_query_scalar().fetch_one(db).await
}
