-- Time: the database's clock decides, for every process alike. `skew` is zero in production; tests move it.
create table clock (
    only_row boolean primary key default true check (only_row),
    skew     interval not null default interval '0'
);
insert into clock default values;

create function veche_now() returns timestamptz
    language sql stable parallel safe
as $$ select statement_timestamp() + skew from clock $$;

-- What makes this installation itself.
create table installation (
    only_row        boolean primary key default true check (only_row),
    -- Shows that a process was given the same secret key as the data were written with.
    key_fingerprint bytea not null,
    -- Set when the first administrator has claimed the installation.
    claimed_at      timestamptz,
    demo            boolean not null default false,
    created_at      timestamptz not null default now()
);

-- Counts tickets; the public number is a keyed permutation of it.
create sequence ticket_serial;

-- Refuses changes of what must only grow.
create function refuse_change() returns trigger
    language plpgsql
as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'VE001';
end $$;

create table audit_log (
    id           bigint generated always as identity primary key,
    at           timestamptz not null default veche_now(),
    -- Null when the platform itself acted, or when who acted must not stand beside what was done (ballots).
    actor_id     uuid,
    action       text not null,
    subject_type text not null,
    subject_id   uuid not null,
    details      jsonb not null default '{}',
    -- Never given out to anybody but the actor.
    sealed       boolean not null default false
);
create index audit_log_subject on audit_log (subject_type, subject_id, id);
create index audit_log_actor on audit_log (actor_id, id);
create trigger audit_log_append_only before update or delete on audit_log
    for each row execute function refuse_change();
create trigger audit_log_no_truncate before truncate on audit_log
    for each statement execute function refuse_change();

-- Learned state, by name: document frequencies, classifiers.
create table models (
    name       text primary key,
    version    bigint not null,
    -- How much it was learned from: texts, or a stamp of the examples.
    documents  bigint not null,
    -- At how many texts the stored vectors were last made anew (document frequencies only).
    applied    bigint not null default 0,
    state      bytea not null,
    updated_at timestamptz not null default veche_now()
);

-- The content of files, by hash, apart from the rows that mention them.
create table blobs (
    hash    bytea primary key check (octet_length(hash) = 32),
    content bytea not null
);
