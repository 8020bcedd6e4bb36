-- Vectors of one embedder in one state can be compared with each other and with no others: together they are a space. One serves;
-- another may be filled meanwhile, and takes over when it is full.
create table spaces (
    id           bigint generated always as identity primary key,
    embedder     text not null,
    version      bigint not null,
    dimensions   int not null,
    -- Similarities from which a text joins a cluster, and from which two texts are shown as similar.
    join_from    real not null,
    similar_from real not null,
    -- What an embedder that goes by words has learned: how many texts, their word frequencies, which words go together.
    documents    bigint not null default 0,
    frequencies  bytea,
    subspace     bytea,
    state        text not null default 'FILLING' check (state in ('FILLING', 'SERVING', 'RETIRED')),
    -- How far the filling is.
    filled       bigint not null default 0,
    total        bigint not null default 0,
    started_at   timestamptz not null default veche_now(),
    serving_from timestamptz
);
create unique index spaces_one on spaces (state) where state <> 'RETIRED';

-- 32-bit floats, little-endian.
create table vectors (
    space_id   bigint not null references spaces on delete cascade,
    article_id uuid not null references articles on delete cascade,
    vector     bytea not null,
    primary key (space_id, article_id)
);
create index vectors_article on vectors (article_id);

-- Made anew before the next message is read.
alter table articles drop column vector, drop column embedder;
alter table clusters drop column embedder;
alter table models drop column applied;
