use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgPool, QueryBuilder};

use crate::i18n::Locale;

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

/// What was counted in a week.
#[derive(Debug, sqlx::FromRow)]
pub struct Week {
    pub week: NaiveDate,
    pub tickets: i64,
    pub answered: i64,
    pub initiatives: i64,
    pub ballots: i64,
    pub comments: i64,
    pub participants: i64,
}

/// The last 53 weeks of a span, those without anything too; without a beginning, from the first that anything was counted in.
pub async fn course(db: &PgPool, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> sqlx::Result<Vec<Week>> {
    sqlx::query_as(
        "with span as (
             select greatest(coalesce($1, '-infinity'), hi - interval '53 weeks') as lo, hi
             from (select least(coalesce($2, 'infinity'), veche_now()) as hi) h),
         counted as (
             select 'tickets' as what, created_at as at from tickets, span where created_at >= lo and created_at < hi
             union all select 'answered', answered_at from tickets, span where answered_at >= lo and answered_at < hi
             union all select 'initiatives', created_at from initiatives i, span
                 where initiative_public(i) and created_at >= lo and created_at < hi
             union all select 'ballots', cast_at from ballots, span where cast_at >= lo and cast_at < hi
             union all select 'comments', created_at from comments, span where created_at >= lo and created_at < hi and hidden_at is null
             union all select 'participants', created_at from participants, span
                 where kind = 'PERSON' and created_at >= lo and created_at < hi),
         weekly as (
             select date_trunc('week', at at time zone 'UTC') as week, what, count(*) as n from counted group by 1, 2)
         select w.week::date as week,
                coalesce(sum(n) filter (where what = 'tickets'), 0)::bigint as tickets,
                coalesce(sum(n) filter (where what = 'answered'), 0)::bigint as answered,
                coalesce(sum(n) filter (where what = 'initiatives'), 0)::bigint as initiatives,
                coalesce(sum(n) filter (where what = 'ballots'), 0)::bigint as ballots,
                coalesce(sum(n) filter (where what = 'comments'), 0)::bigint as comments,
                coalesce(sum(n) filter (where what = 'participants'), 0)::bigint as participants
         from span, generate_series(
                  coalesce(date_trunc('week', $1 at time zone 'UTC'), (select min(week) from weekly)),
                  hi at time zone 'UTC', interval '1 week') w (week)
         left join weekly using (week) where w.week > hi at time zone 'UTC' - interval '53 weeks'
         group by 1 order by 1",
    )
    .bind(from)
    .bind(to)
    .fetch_all(db)
    .await
}

/// What tickets are counted by.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    Group,
    Topic,
    Territory,
}

/// Tickets by the entry of the directory that they have, by its name in a language, the most first; at most 1,000.
pub async fn tickets_by(
    db: &PgPool,
    part: Part,
    locale: Locale,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> sqlx::Result<Vec<(String, i64)>> {
    let (table, column) = match part {
        Part::Group => ("working_groups", "group_id"),
        Part::Topic => ("topics", "topic_id"),
        Part::Territory => ("territories", "territory_id"),
    };
    let name = match locale {
        Locale::Ru => "p.name_ru",
        Locale::En => "p.name_en",
    };
    let mut query = QueryBuilder::new("select ");
    query.push(name).push(", n.n from (select ").push(column).push(" as id, count(*) as n from tickets where created_at >= coalesce(");
    query.push_bind(from).push(", '-infinity') and created_at < coalesce(").push_bind(to);
    query.push(", 'infinity') group by 1) n join ").push(table).push(" p using (id) order by n.n desc, 1 limit 1000");
    query.build_query_as().fetch_all(db).await
}
