create table clusters (
    id           uuid primary key,
    state        text not null default 'OPEN' check (state in ('OPEN', 'DECIDED', 'MERGED')),
    group_id     uuid references working_groups,
    merged_into  uuid references clusters,
    -- The machine's words for it; an expert's own label wins.
    keywords     text[] not null default '{}',
    label        text,
    size         int not null default 0 check (size >= 0),
    -- Sum of the members' vectors (32-bit floats, little-endian); the centroid is its direction.
    vector_sum   bytea not null default '',
    embedder     text not null default '',
    -- Grows with every change, so that processes refresh what they hold.
    version      bigint not null default 0,
    -- Waits for new keywords.
    stale        boolean not null default true,
    first_seen   timestamptz not null default veche_now(),
    last_seen    timestamptz not null default veche_now()
);
create sequence cluster_version;
create index clusters_changed on clusters (version);
create index clusters_queue on clusters (group_id, last_seen desc, id desc) where state = 'OPEN';
create index clusters_recent on clusters (last_seen desc, id desc);
create index clusters_size on clusters (size desc, id desc);

create table assessments (
    id           uuid primary key,
    subject_type text not null check (subject_type in ('Initiative', 'Ticket', 'Cluster')),
    subject_id   uuid not null,
    author_id    uuid not null references participants,
    feasibility  smallint not null check (feasibility between 0 and 4),
    cost_low     bigint not null check (cost_low >= 0),
    cost_high    bigint not null,
    currency     text not null default 'RUB' check (currency ~ '^[A-Z]{3}$'),
    effect       text not null,
    opinion      text not null,
    at           timestamptz not null default veche_now(),
    check (cost_high >= cost_low),
    constraint assessments_once unique (subject_type, subject_id, author_id)
);

create table decisions (
    id            uuid primary key,
    subject_type  text not null check (subject_type in ('Initiative', 'Ticket', 'Cluster')),
    subject_id    uuid not null,
    kind          text not null check (kind in ('ACCEPT', 'ACCEPT_IN_PART', 'DECLINE', 'FORWARD', 'ANSWER')),
    body          text not null,
    department_id uuid references departments,
    author_id     uuid not null references participants,
    at            timestamptz not null default veche_now(),
    constraint decisions_once unique (subject_type, subject_id)
);
