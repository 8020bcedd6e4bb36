use chrono::{DateTime, Utc};
use sqlx::PgPool;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Counts {
    pub initiatives: i64,
    pub ballots: i64,
    pub comments: i64,
    pub tickets: i64,
    pub answered: i64,
    pub overdue: i64,
    pub median_answer_hours: Option<f64>,
    pub average_rating: Option<f64>,
    pub participants: i64,
    pub clusters: i64,
}

/// Everything with one number, in one round trip. Private tickets count too; only their number shows.
pub async fn counts(db: &PgPool, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> sqlx::Result<Counts> {
    sqlx::query_as(
        "with range as (select coalesce($1, '-infinity'::timestamptz) as lo, coalesce($2, 'infinity'::timestamptz) as hi)
         select (select count(*) from initiatives i, range where initiative_public(i) and i.created_at >= lo and i.created_at < hi) as initiatives,
                (select count(*) from ballots, range where cast_at >= lo and cast_at < hi) as ballots,
                (select count(*) from comments, range where created_at >= lo and created_at < hi and hidden_at is null) as comments,
                t.tickets, t.answered, t.overdue, t.median_answer_hours, t.average_rating,
                (select count(*) from participants, range where kind = 'PERSON' and created_at >= lo and created_at < hi) as participants,
                (select count(*) from clusters, range where state <> 'MERGED' and size > 1 and last_seen >= lo and first_seen < hi) as clusters
         from (select count(*) as tickets,
                      count(*) filter (where answered_at is not null) as answered,
                      count(*) filter (where due_at < veche_now() and state in ('NEW', 'TRIAGED', 'IN_PROGRESS', 'REOPENED')) as overdue,
                      percentile_cont(0.5) within group (order by extract(epoch from answered_at - created_at) / 3600)
                          filter (where answered_at is not null)::float8 as median_answer_hours,
                      avg(rating)::float8 as average_rating
               from tickets, range where created_at >= lo and created_at < hi) t",
    )
    .bind(from)
    .bind(to)
    .fetch_one(db)
    .await
}

/// Numbers by name: initiatives by state, tickets by state, tickets by channel.
pub async fn breakdown(db: &PgPool, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> sqlx::Result<Vec<(String, String, i64)>> {
    sqlx::query_as(
        "with range as (select coalesce($1, '-infinity'::timestamptz) as lo, coalesce($2, 'infinity'::timestamptz) as hi)
         select 'initiatives', i.state, count(*) from initiatives i, range
         where initiative_public(i) and created_at >= lo and created_at < hi group by 2
         union all
         select 'tickets', state, count(*) from tickets, range where created_at >= lo and created_at < hi group by 2
         union all
         select 'channels', channel, count(*) from tickets, range where created_at >= lo and created_at < hi group by 2
         order by 1, 3 desc, 2",
    )
    .bind(from)
    .bind(to)
    .fetch_all(db)
    .await
}
