-- What people look for, counted by day and without people: nothing here says who asked. Only what found something and holds no personal data.
create table search_queries (
    day   date not null,
    query text not null check (char_length(query) between 1 and 80),
    asked bigint not null,
    -- How many things everybody may read it found when it was asked last.
    found bigint not null,
    primary key (day, query)
);

-- Searches that people want to hear of when there is something new.
create table saved_searches (
    id             uuid primary key,
    participant_id uuid not null references participants on delete cascade,
    query          text not null,
    filter         jsonb not null default '{}',
    created_at     timestamptz not null default veche_now(),
    -- What it found and was told of, the newest first; null as long as it could not be looked for.
    seen           uuid[],
    -- Where there was more than could be kept, what is older than this is not new.
    since          timestamptz,
    looked_at      timestamptz,
    -- When something new was told of last.
    found_at       timestamptz
);
create index saved_searches_participant on saved_searches (participant_id, created_at desc, id desc);
