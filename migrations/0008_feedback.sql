-- Somebody who wrote without an account. Address and name are sealed.
create table contacts (
    id             uuid primary key,
    channel        text not null check (channel in ('WEB', 'EMAIL', 'TELEGRAM', 'PHONE', 'API')),
    address_index  bytea not null,
    address_sealed bytea not null,
    name_sealed    bytea,
    locale         text not null default 'ru',
    participant_id uuid references participants,
    created_at     timestamptz not null default veche_now(),
    constraint contacts_unique unique (channel, address_index)
);

create table tickets (
    id               uuid primary key,
    number           text not null unique,
    state            text not null default 'NEW' check (state in (
                         'NEW','TRIAGED','IN_PROGRESS','ANSWERED','CLOSED','MERGED','REJECTED','REOPENED')),
    channel          text not null check (channel in ('WEB', 'EMAIL', 'TELEGRAM', 'PHONE', 'API')),
    public           boolean not null default false,
    subject          text not null,
    author_id        uuid references participants,
    contact_id       uuid references contacts,
    -- Who wrote it down on the author's behalf.
    operator_id      uuid references participants,
    language         text,
    topic_id         uuid references topics,
    territory_id     uuid references territories,
    cluster_id       uuid references clusters,
    group_id         uuid references working_groups,
    -- How sure the machine was of the group, 0 to 1; null when a person chose.
    route_confidence real,
    assignee_id      uuid references participants,
    merged_into      uuid references tickets,
    rating           smallint check (rating between 1 and 5),
    rating_comment   text,
    due_at           timestamptz not null,
    created_at       timestamptz not null default veche_now(),
    updated_at       timestamptz not null default veche_now(),
    answered_at      timestamptz
);
create index tickets_newest on tickets (created_at desc, id desc);
create index tickets_public on tickets (created_at desc, id desc) where public;
create index tickets_queue on tickets (group_id, state, due_at, id);
create index tickets_cluster on tickets (cluster_id, created_at desc, id desc);
create index tickets_author on tickets (author_id, created_at desc, id desc);
create index tickets_merged on tickets (merged_into) where merged_into is not null;

create table articles (
    id            uuid primary key,
    ticket_id     uuid not null references tickets,
    -- IN from the citizen, OUT from the platform, NOTE among the experts.
    direction     text not null check (direction in ('IN', 'OUT', 'NOTE')),
    channel       text not null check (channel in ('WEB', 'EMAIL', 'TELEGRAM', 'PHONE', 'API')),
    -- The channel's own message id: the same message twice is one article.
    external_id   text,
    author_id     uuid references participants,
    contact_id    uuid references contacts,
    body          text not null,
    decision_id   uuid references decisions,
    language      text,
    -- 32-bit floats, little-endian.
    vector        bytea,
    embedder      text,
    understood_at timestamptz,
    -- Counted in the document frequencies.
    learned       boolean not null default false,
    created_at    timestamptz not null default veche_now(),
    search        tsvector generated always as (to_tsvector('russian', body) || to_tsvector('english', body)) stored,
    constraint articles_once unique (channel, external_id)
);
create index articles_of on articles (ticket_id, created_at, id);
create index articles_waiting on articles (created_at) where understood_at is null;
create index articles_unlearned on articles (id) where not learned and direction = 'IN';
create index articles_search on articles using gin (search);
-- A decision answers each ticket once.
create unique index articles_decision on articles (ticket_id, decision_id) where decision_id is not null;

-- Where in a channel the conversation of a ticket goes on.
create table conversations (
    channel      text not null,
    conversation text not null,
    ticket_id    uuid not null references tickets,
    primary key (channel, conversation)
);
create index conversations_of on conversations (ticket_id);

create table ticket_transitions (
    id         bigint generated always as identity primary key,
    ticket_id  uuid not null references tickets on delete cascade,
    from_state text,
    to_state   text not null,
    at         timestamptz not null default veche_now(),
    actor_id   uuid references participants,
    reason     text not null default ''
);
create index ticket_transitions_of on ticket_transitions (ticket_id, id);
create trigger ticket_transitions_append_only before update on ticket_transitions
    for each row execute function refuse_change();

create table duplicate_links (
    ticket_id    uuid not null references tickets on delete cascade,
    duplicate_of uuid not null references tickets on delete cascade,
    score        real not null check (score between 0 and 1),
    at           timestamptz not null default veche_now(),
    primary key (ticket_id, duplicate_of)
);
create index duplicate_links_back on duplicate_links (duplicate_of);

-- What experts (and imports that carry a label) taught the router.
create table routing_examples (
    ticket_id uuid primary key references tickets on delete cascade,
    group_id  uuid not null references working_groups on delete cascade,
    source    text not null check (source in ('EXPERT', 'IMPORT')),
    at        timestamptz not null default veche_now()
);
