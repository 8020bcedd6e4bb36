create table follows (
    participant_id uuid not null references participants on delete cascade,
    subject_type   text not null,
    subject_id     uuid not null,
    at             timestamptz not null default veche_now(),
    primary key (participant_id, subject_type, subject_id)
);
create index follows_of on follows (subject_type, subject_id);

-- What a person wants to hear and where; a missing row means the default.
create table notification_preferences (
    participant_id uuid not null references participants on delete cascade,
    kind           text not null,
    channel        text not null check (channel in ('IN_APP', 'EMAIL')),
    enabled        boolean not null,
    primary key (participant_id, kind, channel)
);

-- One delivery to one person on one channel about one event, ever.
create table deliveries (
    id             uuid primary key,
    event_id       bigint not null references audit_log,
    kind           text not null,
    channel        text not null check (channel in ('IN_APP', 'EMAIL')),
    -- Exactly one of the two: a person with an account, or a contact.
    participant_id uuid references participants on delete cascade,
    contact_id     uuid references contacts on delete cascade,
    subject_type   text not null,
    subject_id     uuid not null,
    data           jsonb not null default '{}',
    state          text not null default 'WAITING' check (state in ('WAITING', 'SENT', 'FAILED')),
    error          text,
    created_at     timestamptz not null default veche_now(),
    sent_at        timestamptz,
    read_at        timestamptz,
    check (num_nonnulls(participant_id, contact_id) = 1)
);
create unique index deliveries_once_participant on deliveries (event_id, participant_id, channel) where participant_id is not null;
create unique index deliveries_once_contact on deliveries (event_id, contact_id, channel) where contact_id is not null;
create index deliveries_inbox on deliveries (participant_id, created_at desc, id desc) where channel = 'IN_APP';
