create table territories (
    id uuid primary key, key text not null unique, name_ru text not null, name_en text not null
);
create table topics (
    id uuid primary key, key text not null unique, name_ru text not null, name_en text not null
);
create table departments (
    id uuid primary key, key text not null unique, name_ru text not null, name_en text not null,
    description_ru text not null default '', description_en text not null default ''
);
create table department_members (
    department_id  uuid not null references departments on delete cascade,
    participant_id uuid not null references participants on delete cascade,
    primary key (department_id, participant_id)
);
create index department_members_participant on department_members (participant_id);

create table working_groups (
    id uuid primary key, key text not null unique, name_ru text not null, name_en text not null,
    description_ru text not null default '', description_en text not null default '',
    department_id uuid references departments,
    created_at timestamptz not null default veche_now()
);
create table working_group_members (
    group_id       uuid not null references working_groups on delete cascade,
    participant_id uuid not null references participants on delete cascade,
    role           text not null default 'EXPERT' check (role in ('LEAD', 'EXPERT', 'OBSERVER')),
    primary key (group_id, participant_id)
);
create index working_group_members_participant on working_group_members (participant_id);
