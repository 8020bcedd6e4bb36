use sqlx::{Executor, PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    nlp::{Embedder, Lexical},
    search::Document,
    triage::sql::{Sum, to_bytes},
};

/// The key of an initiative made here, as [`fill_initiatives`] and [`open_votes`] make it: in the order of time, as real ones are.
pub fn initiative(n: usize) -> Uuid {
    Uuid::from_u128(0x0197_1000_0000_7000_8000_0000_0000_0000 | n as u128)
}

fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub async fn version(db: &mut PgConnection) -> sqlx::Result<String> {
    sqlx::query_scalar("select current_setting('server_version')").fetch_one(db).await
}

/// People `from..to`, confirmed, each with a session.
pub async fn people(db: &PgPool, from: usize, to: usize) -> sqlx::Result<()> {
    sqlx::query(
        "with new as (
             insert into participants (id, name, roles, confirmed_at, locale)
             select ('01970000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Voter ' || n, '{CITIZEN}', veche_now(), 'ru'
             from generate_series($1::bigint, $2::bigint - 1) n)
         insert into sessions (token_hash, participant_id, expires_at)
         select sha256(convert_to('bench-' || n, 'UTF8')), ('01970000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
                veche_now() + interval '1 day'
         from generate_series($1::bigint, $2::bigint - 1) n",
    )
    .bind(number(from))
    .bind(number(to))
    .execute(db)
    .await?;
    Ok(())
}

/// A service account with a token that may bring messages.
pub async fn service(db: &PgPool, token: &str) -> sqlx::Result<()> {
    sqlx::query(
        "with new as (
             insert into participants (id, kind, name, roles, confirmed_at)
             values ('01970001-0000-7000-8000-000000000000', 'SERVICE', 'Mail', '{SERVICE}', veche_now()))
         insert into access_tokens (id, token_hash, participant_id, name, scopes)
         values ('01970002-0000-7000-8000-000000000000', sha256(convert_to($1, 'UTF8')), '01970001-0000-7000-8000-000000000000',
                 'bench', '{INTAKE}')",
    )
    .bind(token)
    .execute(db)
    .await?;
    Ok(())
}

/// Initiatives `from..to`, five of eight in voting, with tallies; by the first 1,000 people.
pub async fn fill_initiatives(db: &PgPool, from: usize, to: usize) -> sqlx::Result<()> {
    sqlx::query(
        "with words as (select
             array['Тёплые остановки','Новый фонарь','Безопасный переход','Детская площадка','Велосипедная дорожка','Ремонт двора',
                   'Пандус у входа','Раздельный сбор','Тихая улица','Зелёный сквер','Автобус до вокзала'] as what,
             array['на улице Садовой','у школы','возле поликлиники','в Заречье','на площади','вдоль набережной','у рынка'] as place),
         new as (
             select ('01971000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id, n,
                    ('01970000-0000-7000-8000-' || lpad(to_hex(n % 1000), 12, '0'))::uuid as author,
                    (array['VOTING','VOTING','VOTING','VOTING','VOTING','ACCEPTED','NOT_SUPPORTED','IMPLEMENTED'])[1 + n % 8] as state,
                    what[1 + n % 11] || ' ' || place[1 + n % 7] || ' № ' || n as title,
                    timestamptz '2020-01-01' + n * interval '13 seconds' as at
             from generate_series($1::bigint, $2::bigint - 1) n, words),
         made as (
             insert into initiatives (id, author_id, state, title, goal, effect, resources, ballot_kind, threshold, voting_days,
                                      voting_starts_at, voting_ends_at, created_at, updated_at)
             select id, author, state, title, 'Сделать до зимы, чтобы людям стало удобнее.', 'Меньше жалоб и травм.', 'Два месяца работы.',
                    'FOR_AGAINST_ABSTAIN', 1000000, 60, at, veche_now() + interval '1 day' + (n * 7 % 5000011) * interval '1 second', at, at
             from new)
         insert into tallies (initiative_id, counts, ballots, version)
         select id, array[n * 7919 % 10007, n % 13, n % 5], n * 7919 % 10007 + n % 13 + n % 5, 1 from new",
    )
    .bind(number(from))
    .bind(number(to))
    .execute(db)
    .await?;
    Ok(())
}

/// Initiatives `0..count` in voting, without a ballot; the author is the first person.
pub async fn open_votes(db: &PgPool, count: usize) -> sqlx::Result<()> {
    sqlx::query(
        "with new as (
             insert into initiatives (id, author_id, state, title, goal, ballot_kind, threshold, voting_days, voting_starts_at, voting_ends_at)
             select ('01971000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '01970000-0000-7000-8000-000000000000', 'VOTING',
                    'Тёплые остановки на улице Садовой', 'Поставить закрытые остановки с обогревом и расписанием.',
                    'FOR_AGAINST_ABSTAIN', 1000000000, 60, veche_now(), veche_now() + interval '60 days'
             from generate_series(0, $1::bigint - 1) n
             on conflict do nothing returning id)
         insert into tallies (initiative_id, counts) select id, '{0,0,0}' from new",
    )
    .bind(number(count))
    .execute(db)
    .await?;
    Ok(())
}

/// Messages of citizens in a group, of which the first person is an expert, sixty-six to a cluster.
pub async fn fill_tickets(db: &PgPool, count: usize) -> sqlx::Result<()> {
    sqlx::query(
        "with team as (
             insert into working_groups (id, key, name_ru, name_en) values ('01974000-0000-7000-8000-000000000000', 'roads', 'Дороги', 'Roads')
             on conflict do nothing),
         expert as (
             update participants set roles = '{CITIZEN,EXPERT}' where id = '01970000-0000-7000-8000-000000000000'),
         member as (
             insert into working_group_members (group_id, participant_id, role)
             values ('01974000-0000-7000-8000-000000000000', '01970000-0000-7000-8000-000000000000', 'EXPERT') on conflict do nothing),
         matter as (
             insert into clusters (id, keywords, size, group_id)
             select ('01973000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '{яма,дорога,улица}', 66,
                    '01974000-0000-7000-8000-000000000000'
             from generate_series(0, $1::bigint / 66) n),
         new as (
             insert into tickets (id, number, state, channel, public, subject, cluster_id, group_id, due_at, created_at)
             select ('01972000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '2026-' || lpad(n::text, 6, '0'),
                    (array['TRIAGED','TRIAGED','IN_PROGRESS','ANSWERED','CLOSED'])[1 + n % 5], 'WEB', n % 3 = 0, 'Яма на дороге № ' || n,
                    ('01973000-0000-7000-8000-' || lpad(to_hex(n / 66), 12, '0'))::uuid, '01974000-0000-7000-8000-000000000000',
                    veche_now() + (n % 60 - 20) * interval '1 day', veche_now() - n * interval '40 seconds'
             from generate_series(0, $1::bigint - 1) n returning id, subject, created_at)
         insert into articles (id, ticket_id, direction, channel, body, understood_at, created_at)
         select id, id, 'IN', 'WEB', subject || ': после дождя не проехать, просим заделать.', created_at, created_at from new",
    )
    .bind(number(count))
    .execute(db)
    .await?;
    Ok(())
}

/// Transactions that were committed so far: for pages that only read, as many as statements.
pub async fn committed(db: &PgPool) -> sqlx::Result<i64> {
    // Sessions report what they did within a second or when asked to.
    let mut last = -1;
    loop {
        let now: i64 =
            sqlx::query_scalar("select xact_commit from pg_stat_database where datname = current_database()").fetch_one(db).await?;
        if now - last <= 2 {
            return Ok(now);
        }
        last = now;
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    }
}

/// Up-to-date statistics and visibility, as a database has that was not filled a moment ago.
pub async fn settle(db: &PgPool) -> sqlx::Result<()> {
    db.execute("vacuum (analyze)").await?;
    Ok(())
}

/// Everything written to disk, so that one measurement does not pay for another.
pub async fn checkpoint(db: &PgPool) -> sqlx::Result<()> {
    db.execute("checkpoint").await?;
    Ok(())
}

/// Ballots in all, and how many tallies are not the recount of their ballots.
pub async fn recount(db: &PgPool) -> sqlx::Result<(i64, i64)> {
    sqlx::query_as(
        "select (select count(*) from ballots),
                (select count(*) from tallies t
                 where t.ballots <> (select count(*) from ballots b where b.initiative_id = t.initiative_id)
                    or t.counts <> array(select (select count(*) from ballots b
                                                 where b.initiative_id = t.initiative_id and o::smallint = any(b.choices))
                                         from generate_series(0, 2) o))",
    )
    .fetch_one(db)
    .await
}

/// The plain table of single-row commits.
pub async fn plain_table(db: &PgPool) -> sqlx::Result<()> {
    db.execute(
        "create table if not exists bench_commits (
             id bigint generated always as identity primary key, voter uuid not null, choice smallint not null,
             at timestamptz not null default now())",
    )
    .await?;
    Ok(())
}

/// One row of the plain table; without a transaction around it, it commits.
pub const PLAIN_ROW: &str = "insert into bench_commits (voter, choice) values ('01970000-0000-7000-8000-000000000000', 1)";

/// One row, committed.
pub async fn plain_row(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query(PLAIN_ROW).execute(db).await?;
    Ok(())
}

/// Where PostgreSQL's programs are.
pub async fn programs(db: &PgPool) -> sqlx::Result<String> {
    sqlx::query_scalar("select setting from pg_config where name = 'BINDIR'").fetch_one(db).await
}

/// How many messages wait to be understood.
pub async fn waiting(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from articles where direction = 'IN' and understood_at is null").fetch_one(db).await
}

/// Messages stored, and the seconds from that until they were understood: the middle one, 99 of 100, all.
pub async fn understanding(db: &PgPool) -> sqlx::Result<(i64, Vec<f64>)> {
    sqlx::query_as(
        "select count(*), percentile_disc(array[0.5, 0.99, 1]) within group (order by extract(epoch from understood_at - created_at)::float8)
         from articles where direction = 'IN'",
    )
    .fetch_one(db)
    .await
}

/// The space of an embedder by words, as if it had known so many messages; its key.
pub async fn space(db: &PgPool, words: &Lexical, known: usize, subspace: Option<Vec<u8>>) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "with counted as (insert into models (name, version, documents, state) values ('idf', 1, $1, $2))
         insert into spaces (embedder, version, dimensions, join_from, similar_from, documents, frequencies, subspace, state)
         values ($3, $4, $5, $6, $7, $1, $2, $8, 'SERVING') returning id",
    )
    .bind(number(known))
    .bind(words.idf().to_bytes())
    .bind(words.name())
    .bind(i64::from(words.version()))
    .bind(i32::try_from(words.dimensions()).unwrap_or(i32::MAX))
    .bind(words.thresholds().join)
    .bind(words.thresholds().similar)
    .bind(subspace)
    .fetch_one(db)
    .await
}

/// Public messages from number `from` on, understood, message `n` of matter `n % matters`.
pub async fn fill_messages(
    db: &PgPool,
    space: i64,
    from: usize,
    matters: usize,
    texts: &[String],
    vectors: &[Vec<f32>],
    keys: &[String],
) -> sqlx::Result<()> {
    sqlx::query(
        "with first as (
             insert into clusters (id) select ('01973000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid from generate_series(0, $3::bigint - 1) n
             where $2 = 0),
         new as materialized (
             select ('01972000-0000-7000-8000-' || lpad(to_hex($2 + u.n - 1), 12, '0'))::uuid as id, $2 + u.n - 1 as n, u.text, u.vector, u.keys,
                    ('01973000-0000-7000-8000-' || lpad(to_hex(($2 + u.n - 1) % $3), 12, '0'))::uuid as matter,
                    veche_now() - interval '1 year' + ($2 + u.n) * interval '20 seconds' as at
             from unnest($4::text[], $5::bytea[], $6::text[]) with ordinality u(text, vector, keys, n)),
         made as (
             insert into tickets (id, number, state, channel, public, subject, cluster_id, due_at, created_at)
             select id, '2026-' || lpad(n::text, 9, '0'), 'TRIAGED', 'WEB', true, left(text, 80), matter, at, at from new),
         written as (
             insert into articles (id, ticket_id, direction, channel, body, understood_at, learned, keys, created_at)
             select id, id, 'IN', 'WEB', text, at, true, keys::bigint[], at from new)
         insert into vectors (space_id, article_id, vector) select $1, id, vector from new",
    )
    .bind(space)
    .bind(number(from))
    .bind(number(matters))
    .bind(texts)
    .bind(vectors.iter().map(|vector| to_bytes(vector)).collect::<Vec<_>>())
    .bind(keys)
    .execute(db)
    .await?;
    Ok(())
}

/// The sums of the matters' vectors.
pub async fn fill_matters(db: &PgPool, sums: &[Sum]) -> sqlx::Result<()> {
    let sums =
        sums.iter().enumerate().map(|(n, sum)| (Uuid::from_u128(0x0197_3000_0000_7000_8000_0000_0000_0000 | n as u128), sum.clone()));
    let mut tx = db.begin().await?;
    crate::triage::sql::write_sums(&mut tx, &sums.collect()).await?;
    tx.commit().await?;
    Ok(())
}

/// A table of texts as one would search it without an index beside the database.
pub async fn make_texts(db: &PgPool) -> sqlx::Result<()> {
    sqlx::raw_sql(
        "create table texts (id uuid primary key, kind text not null, topic uuid, title text not null, body text not null,
             words tsvector not null generated always as (
                 setweight(to_tsvector('russian', title), 'A') || to_tsvector('russian', body)) stored)",
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Fills it.
pub async fn insert_texts(db: &PgPool, documents: &[Document]) -> sqlx::Result<()> {
    let of = |value: fn(&Document) -> String| documents.iter().map(value).collect::<Vec<String>>();
    sqlx::query(
        "insert into texts (id, kind, topic, title, body) select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[])",
    )
    .bind(documents.iter().map(|document| document.id).collect::<Vec<_>>())
    .bind(of(|document| document.kind.name().to_owned()))
    .bind(documents.iter().map(|document| document.topic).collect::<Vec<_>>())
    .bind(of(|document| document.title.clone()))
    .bind(of(|document| document.body.clone()))
    .execute(db)
    .await?;
    Ok(())
}

/// Indexes it.
pub async fn index_texts(db: &PgPool) -> sqlx::Result<()> {
    sqlx::raw_sql("create index on texts using gin (words); create index on texts (topic)").execute(db).await?;
    // In a transaction of several statements it would be refused.
    sqlx::raw_sql("vacuum analyze texts").execute(db).await?;
    Ok(())
}

/// The first page of what has the words, and how many there are; counted by kind and topic too, where `counted`; of a word that is `begun`, what
/// has a word that begins so.
pub async fn find_texts(db: &PgPool, text: &str, topic: Option<Uuid>, counted: bool, begun: bool) -> sqlx::Result<i64> {
    let (_, total): (Vec<Uuid>, i64) = sqlx::query_as(
        "with q as (select case when $3 then to_tsquery('russian', quote_literal($1) || ':*') else websearch_to_tsquery('russian', $1) end as q),
              hits as materialized (select t.id, ts_rank_cd(t.words, q.q) as rank from texts t, q where t.words @@ q.q and ($2::uuid is null or t.topic = $2))
         select array(select id from hits order by rank desc, id limit 20), (select count(*) from hits)",
    )
    .bind(text)
    .bind(topic)
    .bind(begun)
    .fetch_one(db)
    .await?;
    if counted {
        sqlx::query(
            "select kind, topic, count(*) from texts where words @@ websearch_to_tsquery('russian', $1) group by grouping sets ((kind), (topic))",
        )
        .bind(text)
        .fetch_all(db)
        .await?;
    }
    Ok(total)
}
