create table initiatives (
    id               uuid primary key,
    -- The key of an imported row, so that an import can be repeated.
    external_id      text unique,
    author_id        uuid references participants,
    state            text not null default 'DRAFT' check (state in (
                         'DRAFT','IN_REVIEW','RETURNED','REJECTED','VOTING','ACCEPTED','NOT_SUPPORTED',
                         'IN_IMPLEMENTATION','IMPLEMENTED','WITHDRAWN')),
    locale           text not null default 'ru' check (locale in ('ru', 'en')),
    title            text not null,
    goal             text not null,
    effect           text not null default '',
    resources        text not null default '',
    department_id    uuid references departments,
    territory_id     uuid references territories,
    topic_id         uuid references topics,
    ballot_kind      text not null default 'SUPPORT'
                     check (ballot_kind in ('SUPPORT','FOR_AGAINST_ABSTAIN','SINGLE_CHOICE','MULTIPLE_CHOICE')),
    options          text[] not null default '{}',
    min_choices      int not null default 1,
    max_choices      int not null default 1,
    threshold        bigint not null check (threshold >= 1),
    quorum           bigint not null default 0 check (quorum >= 0),
    voting_days      int not null check (voting_days between 1 and 366),
    voting_starts_at timestamptz,
    voting_ends_at   timestamptz,
    revision         int not null default 1,
    created_at       timestamptz not null default veche_now(),
    updated_at       timestamptz not null default veche_now(),
    hidden_at        timestamptz,
    hidden_reason    text,
    search           tsvector generated always as (
                         setweight(to_tsvector('russian', title), 'A') || setweight(to_tsvector('english', title), 'A') ||
                         to_tsvector('russian', goal || ' ' || effect) || to_tsvector('english', goal || ' ' || effect)) stored,
    check (state <> 'VOTING' or (voting_starts_at is not null and voting_ends_at is not null))
);
create index initiatives_newest on initiatives (created_at desc, id desc);
create index initiatives_by_state on initiatives (state, created_at desc, id desc);
create index initiatives_by_author on initiatives (author_id, created_at desc, id desc);
create index initiatives_by_department on initiatives (department_id, state, created_at desc, id desc);
create index initiatives_ending on initiatives (voting_ends_at) where state = 'VOTING';
create index initiatives_search on initiatives using gin (search);

create table initiative_revisions (
    initiative_id uuid not null references initiatives on delete cascade,
    revision      int not null,
    at            timestamptz not null default veche_now(),
    author_id     uuid references participants,
    title         text not null,
    goal          text not null,
    effect        text not null,
    resources     text not null,
    options       text[] not null default '{}',
    primary key (initiative_id, revision)
);

create table initiative_transitions (
    id            bigint generated always as identity primary key,
    initiative_id uuid not null references initiatives on delete cascade,
    from_state    text,
    to_state      text not null,
    at            timestamptz not null default veche_now(),
    actor_id      uuid references participants,
    reason        text not null default ''
);
create index initiative_transitions_of on initiative_transitions (initiative_id, id);
create trigger initiative_transitions_append_only before update on initiative_transitions
    for each row execute function refuse_change();

create table initiative_coauthors (
    initiative_id  uuid not null references initiatives on delete cascade,
    participant_id uuid not null references participants on delete cascade,
    invited_at     timestamptz not null default veche_now(),
    signed_at      timestamptz,
    primary key (initiative_id, participant_id)
);

create table official_answers (
    initiative_id uuid primary key references initiatives on delete cascade,
    department_id uuid references departments,
    author_id     uuid references participants,
    accepted      boolean not null,
    body          text not null,
    at            timestamptz not null default veche_now()
);

create table milestones (
    id            uuid primary key,
    initiative_id uuid not null references initiatives on delete cascade,
    position      int not null,
    title         text not null,
    due_on        date not null,
    done_at       timestamptz,
    note          text not null default ''
);
create index milestones_of on milestones (initiative_id, position);

-- Files of any subject; a file is uploaded first and attached afterwards.
create table attachments (
    id           uuid primary key,
    owner_id     uuid references participants,
    subject_type text,
    subject_id   uuid,
    hash         bytea not null references blobs,
    name         text not null,
    content_type text not null,
    size         bigint not null,
    created_at   timestamptz not null default veche_now()
);
create index attachments_of on attachments (subject_type, subject_id);

-- What everybody may read: whatever came to a vote, and what was refused with a reason.
create function initiative_public(i initiatives) returns boolean
    language sql immutable parallel safe
as $$ select i.state = 'REJECTED' or i.voting_starts_at is not null $$;
