create table participants (
    id            uuid primary key,
    kind          text not null default 'PERSON' check (kind in ('PERSON', 'SERVICE')),
    name          text not null,
    -- E-mail: a keyed hash to find by, the address itself sealed.
    email_index   bytea,
    email_sealed  bytea,
    password_hash text,
    locale        text not null default 'ru' check (locale in ('ru', 'en')),
    roles         text[] not null default '{CITIZEN}'
                  check (roles <@ array['CITIZEN','EXPERT','MODERATOR','DEPARTMENT_OFFICER','ADMINISTRATOR','SERVICE']),
    bio           text not null default '',
    confirmed_at  timestamptz,
    disabled_at   timestamptz,
    created_at    timestamptz not null default veche_now(),
    constraint participants_email_unique unique (email_index),
    check ((email_index is null) = (email_sealed is null))
);

create table sessions (
    token_hash     bytea primary key,
    participant_id uuid not null references participants on delete cascade,
    created_at     timestamptz not null default veche_now(),
    expires_at     timestamptz not null
);
create index sessions_participant on sessions (participant_id);
create index sessions_expiry on sessions (expires_at);

create table access_tokens (
    id             uuid primary key,
    token_hash     bytea not null unique,
    participant_id uuid not null references participants on delete cascade,
    name           text not null,
    scopes         text[] not null check (scopes <@ array['READ','PARTICIPATE','INTAKE','TRIAGE','ADMINISTER']),
    created_at     timestamptz not null default veche_now(),
    expires_at     timestamptz,
    revoked_at     timestamptz
);
create index access_tokens_participant on access_tokens (participant_id);

-- Links that work once: confirming an address, claiming the installation.
create table one_time_tokens (
    token_hash     bytea primary key,
    purpose        text not null check (purpose in ('CONFIRM_EMAIL', 'CLAIM')),
    participant_id uuid references participants on delete cascade,
    expires_at     timestamptz not null,
    used_at        timestamptz
);
