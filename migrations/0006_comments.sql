create table comments (
    id            uuid primary key,
    subject_type  text not null check (subject_type in ('Initiative', 'Ticket', 'Cluster')),
    subject_id    uuid not null,
    parent_id     uuid references comments,
    -- Ancestors from the first to the parent; empty for a comment on the subject itself.
    path          uuid[] not null default '{}' check (cardinality(path) < 20),
    author_id     uuid not null references participants,
    side          text not null default 'NEUTRAL' check (side in ('FOR', 'AGAINST', 'NEUTRAL')),
    body          text not null,
    official      boolean not null default false,
    up            int not null default 0,
    down          int not null default 0,
    created_at    timestamptz not null default veche_now(),
    edited_at     timestamptz,
    hidden_at     timestamptz,
    hidden_reason text
);
create index comments_newest on comments (subject_type, subject_id, created_at desc, id desc);
create index comments_best on comments (subject_type, subject_id, (up - down) desc, id desc);
create index comments_controversial on comments (subject_type, subject_id, (least(up, down)) desc, id desc);
create index comments_replies on comments (parent_id, created_at, id);

create table comment_revisions (
    comment_id uuid not null references comments on delete cascade,
    revision   int not null,
    body       text not null,
    at         timestamptz not null,
    primary key (comment_id, revision)
);
create table comment_votes (
    comment_id     uuid not null references comments on delete cascade,
    participant_id uuid not null references participants on delete cascade,
    value          smallint not null check (value in (-1, 1)),
    primary key (comment_id, participant_id)
);
create table comment_mentions (
    comment_id     uuid not null references comments on delete cascade,
    participant_id uuid not null references participants on delete cascade,
    primary key (comment_id, participant_id)
);
create table flags (
    id             uuid primary key,
    subject_type   text not null,
    subject_id     uuid not null,
    participant_id uuid not null references participants,
    reason         text not null check (reason in ('SPAM', 'ABUSE', 'PERSONAL_DATA', 'ILLEGAL', 'OFF_TOPIC', 'OTHER')),
    body           text not null default '',
    at             timestamptz not null default veche_now(),
    resolved_at    timestamptz,
    constraint flags_once unique (subject_type, subject_id, participant_id)
);
create index flags_open on flags (at desc, id) where resolved_at is null;
