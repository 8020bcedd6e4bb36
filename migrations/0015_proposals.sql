-- Clusters made anew each night, as proposals that people accept or refuse; and themes, the shelves that clusters stand on.

-- A person put it into its cluster: the machine proposes nothing else for it.
alter table tickets add column pinned_at timestamptz;

create table themes (
    id       uuid primary key,
    keywords text[] not null default '{}',
    -- Clusters on it, and tickets of them, when it was last looked at.
    clusters int not null,
    size     int not null
);
create index themes_largest on themes (size desc, id desc);

alter table clusters add column theme_id uuid references themes on delete set null;
create index clusters_theme on clusters (theme_id, size desc, id desc) where theme_id is not null;

-- Each time that all clusters of the window were made anew, to be compared with those there are.
create table regroupings (
    id         uuid primary key,
    -- Null for those by the clock.
    started_by uuid references participants,
    state      text not null default 'WAITING' check (state in ('WAITING', 'READING', 'GROUPING', 'COMPARING', 'DONE', 'FAILED')),
    -- Tickets of the window; null until they are read.
    tickets    int,
    -- Proposals that were new, and that no longer held.
    proposed   int not null default 0,
    outdated   int not null default 0,
    created_at timestamptz not null default veche_now(),
    started_at timestamptz,
    ended_at   timestamptz
);
create index regroupings_newest on regroupings (created_at desc, id desc);

create table cluster_proposals (
    id         uuid primary key,
    kind       text not null check (kind in ('MERGE', 'SPLIT', 'MOVE')),
    state      text not null default 'OPEN' check (state in ('OPEN', 'ACCEPTED', 'REFUSED', 'OUTDATED')),
    -- The cluster that stays as it is, or grows.
    cluster_id uuid not null references clusters,
    -- Those that become part of it, or that tickets leave for it.
    sources    uuid[] not null default '{}',
    -- Those that are moved; none where whole clusters are.
    tickets    uuid[] not null default '{}',
    -- How many tickets change their cluster; and how many it is about, by which its growth is measured: all those of the clusters for a
    -- merge, those that are moved otherwise.
    weight     int not null,
    size       int not null,
    -- Why: likeness, words and examples of both sides.
    evidence   jsonb not null,
    created_at timestamptz not null default veche_now(),
    decided_by uuid references participants,
    decided_at timestamptz,
    -- A person's words on a refusal.
    reason     text not null default ''
);
create index cluster_proposals_heaviest on cluster_proposals (state, weight desc, id desc);
create index cluster_proposals_of on cluster_proposals (cluster_id);
