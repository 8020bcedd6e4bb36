-- One ballot a person: the primary key says so.
create table ballots (
    initiative_id uuid not null references initiatives,
    voter_id      uuid not null references participants,
    -- Positions of the chosen options, ascending, from 0.
    choices       smallint[] not null check (cardinality(choices) between 1 and 50),
    cast_at       timestamptz not null default veche_now(),
    changed_at    timestamptz not null default veche_now(),
    primary key (initiative_id, voter_id)
);
create index ballots_of_voter on ballots (voter_id, cast_at desc);

-- Moved in the same transaction as the ballots; never counted on read.
create table tallies (
    initiative_id uuid primary key references initiatives,
    -- How many ballots chose each option.
    counts        bigint[] not null,
    ballots       bigint not null default 0 check (ballots >= 0),
    version       bigint not null default 0,
    updated_at    timestamptz not null default veche_now()
);

create index tallies_most on tallies (ballots desc, initiative_id desc);

-- The course of the vote, a point an hour at most.
create table tally_course (
    initiative_id uuid not null references initiatives,
    hour          timestamptz not null,
    counts        bigint[] not null,
    ballots       bigint not null,
    primary key (initiative_id, hour)
);
