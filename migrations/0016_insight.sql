-- What a cluster says as a whole, as somebody wrote it: line 0 is its headline, the others are its summary. Once from all of its
-- messages, for those who may read them, and once from those that everybody may read.
create table cluster_lines (
    cluster_id uuid not null references clusters on delete cascade,
    public     boolean not null,
    place      smallint not null check (place >= 0),
    ticket_id  uuid not null references tickets on delete cascade,
    body       text not null,
    -- How many of the messages looked at it stands for.
    covers     int not null check (covers > 0),
    primary key (cluster_id, public, place)
);
create index cluster_lines_ticket on cluster_lines (ticket_id);
-- The version of the cluster that its lines are of.
alter table clusters add column described bigint not null default -1;
create index clusters_undescribed on clusters (version) where described < version and state <> 'MERGED' and size > 0;

-- Where the router would have put a ticket when it was first read, however sure it was.
create table route_guesses (
    ticket_id  uuid primary key references tickets on delete cascade,
    group_id   uuid not null references working_groups on delete cascade,
    confidence real not null check (confidence between 0 and 1),
    -- Whether the machine put it there.
    routed     boolean not null,
    at         timestamptz not null default veche_now()
);
create index route_guesses_at on route_guesses (at);
create index routing_examples_at on routing_examples (at);

-- The least confidence at which the machine chooses the group, where an administrator put one in the place of the settings.
create table routing_threshold (
    only_row  boolean primary key default true check (only_row),
    threshold real not null check (threshold between 0 and 1),
    set_by    uuid references participants,
    at        timestamptz not null default veche_now()
);

-- Times when people wrote about a matter far more than usual.
create table cluster_alarms (
    id         uuid primary key default gen_random_uuid(),
    cluster_id uuid not null references clusters on delete cascade,
    since      timestamptz not null default veche_now(),
    -- When it was last seen to go on, and when it was found to be over.
    seen_at    timestamptz not null default veche_now(),
    ended_at   timestamptz,
    -- The largest number of tickets in 24 hours, and how many were to be expected.
    count      int not null check (count > 0),
    expected   real not null check (expected >= 0)
);
create unique index cluster_alarms_open on cluster_alarms (cluster_id) where ended_at is null;
create index cluster_alarms_of on cluster_alarms (cluster_id, since desc);

-- Where a cluster lies on the map of matters, 0 to 1 each way; null for one that is not drawn.
alter table clusters
    add column x real check (x between 0 and 1),
    add column y real check (y between 0 and 1);
create index clusters_mapped on clusters (size desc, id desc) where x is not null;
