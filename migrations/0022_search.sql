-- What can be found changed: each row names a document that every index has to look at again. Triggers write it in the writer's transaction,
-- so that no way of writing forgets it, and take no lock that anybody could wait for. Read in the order of transactions; thrown away after
-- some days, when an index that was away for longer is made anew.
create table search_changes (
    seq  bigint generated always as identity primary key,
    xid  xid8 not null default pg_current_xact_id(),
    kind text not null,
    id   uuid not null,
    at   timestamptz not null default veche_now()
);
create index search_changes_xid on search_changes (xid, seq);

-- Each index there is: that of a process, or the one that all share. What it says of itself is what administrators see.
create table search_indexes (
    name        text primary key,
    engine      text not null check (engine in ('EMBEDDED', 'MEILISEARCH')),
    -- Of the analysis of texts; another one is another index.
    version     int not null,
    -- Grows when somebody wants all indexes made anew.
    generation  bigint not null,
    -- Transactions before this one are in it; null while it is made.
    mark        xid8,
    documents   bigint not null default 0,
    -- While it is made: how many of how many.
    filled      bigint,
    expected    bigint,
    -- What stands in its way.
    error       text,
    reported_at timestamptz not null default veche_now()
);

create table search_state (
    one        boolean primary key default true check (one),
    -- Indexes of an earlier generation are made anew.
    generation bigint not null default 1,
    -- Changes of transactions before this one are thrown away.
    forgotten  xid8 not null default '0'
);
insert into search_state default values;

-- Services of the city that people look for: how to get something, where, from whom.
create table services (
    id uuid primary key, key text not null unique, name_ru text not null, name_en text not null,
    description_ru text not null default '', description_en text not null default '',
    department_id uuid references departments, url text not null default '',
    created_at timestamptz not null default veche_now(), hidden_at timestamptz
);
create index services_department on services (department_id);

-- Everything that can be found, as it is indexed. Who may read it is decided when it is shown; here stands who may know that it is there.
create view search_documents as
select 'Initiative' as kind, i.id, i.title, concat_ws(E'\n', i.goal, nullif(i.effect, ''), nullif(i.resources, '')) as body,
       true as public, null::uuid as owner, i.locale as language, i.state, null::text as channel, i.topic_id as topic,
       i.territory_id as territory, null::uuid as working_group, i.department_id as department, i.created_at
from initiatives i
where initiative_public(i) and i.hidden_at is null
union all
select 'Ticket', t.id, t.subject,
       coalesce((select string_agg(a.body, E'\n' order by a.created_at, a.id) from articles a
                 where a.ticket_id = t.id and a.direction <> 'NOTE'), ''),
       t.public, t.author_id, t.language, t.state, t.channel, t.topic_id, t.territory_id, t.group_id, null, t.created_at
from tickets t
union all
select 'Cluster', c.id, coalesce(c.label, array_to_string(c.keywords, ' ')), array_to_string(c.keywords, ' '), true, null, null, c.state, null,
       null, null, c.group_id, null, c.first_seen
from clusters c
where c.state <> 'MERGED' and c.size > 1
union all
select 'Comment', m.id, '', m.body, coalesce(t.public, true), t.author_id, null, null, null, coalesce(i.topic_id, t.topic_id),
       coalesce(i.territory_id, t.territory_id), coalesce(t.group_id, c.group_id), i.department_id, m.created_at
from comments m
left join initiatives i on m.subject_type = 'Initiative' and i.id = m.subject_id
left join tickets t on m.subject_type = 'Ticket' and t.id = m.subject_id
left join clusters c on m.subject_type = 'Cluster' and c.id = m.subject_id
where m.hidden_at is null and case m.subject_type when 'Initiative' then initiative_public(i) and i.hidden_at is null else true end
union all
select 'Decision', d.id, coalesce(i.title, t.subject, c.label, array_to_string(c.keywords, ' '), ''), d.body, coalesce(t.public, true), t.author_id,
       null, d.kind, null, coalesce(i.topic_id, t.topic_id), coalesce(i.territory_id, t.territory_id), coalesce(t.group_id, c.group_id),
       coalesce(d.department_id, i.department_id), d.at
from decisions d
left join initiatives i on d.subject_type = 'Initiative' and i.id = d.subject_id
left join tickets t on d.subject_type = 'Ticket' and t.id = d.subject_id
left join clusters c on d.subject_type = 'Cluster' and c.id = d.subject_id
where case d.subject_type when 'Initiative' then initiative_public(i) and i.hidden_at is null else true end
union all
select 'Department', d.id, d.name_ru || E'\n' || d.name_en, d.description_ru || E'\n' || d.description_en, true, null, null, null, null, null, null, null,
       d.id, null
from departments d
union all
select 'Service', s.id, s.name_ru || E'\n' || s.name_en, s.description_ru || E'\n' || s.description_en, true, null, null, null, null, null, null, null,
       s.department_id, s.created_at
from services s
where s.hidden_at is null;

create function search_changed() returns trigger language plpgsql as $$
begin
    insert into search_changes (kind, id) values (tg_argv[0], case tg_op when 'DELETE' then old.id else new.id end);
    return null;
end $$;

-- A message changed: its ticket is another text.
create function search_article_changed() returns trigger language plpgsql as $$
begin
    insert into search_changes (kind, id) values ('Ticket', case tg_op when 'DELETE' then old.ticket_id else new.ticket_id end);
    return null;
end $$;

-- What is said about something is found as it is: where that changes its place, name or readers, so do comments and decisions.
create function search_about_changed() returns trigger language plpgsql as $$
begin
    insert into search_changes (kind, id)
    select 'Comment', m.id from comments m where m.subject_type = tg_argv[0] and m.subject_id = new.id
    union all
    select 'Decision', d.id from decisions d where d.subject_type = tg_argv[0] and d.subject_id = new.id;
    return null;
end $$;

create trigger search_made after insert or delete on initiatives for each row execute function search_changed('Initiative');
create trigger search_changed after update on initiatives for each row
    when ((old.title, old.goal, old.effect, old.resources, old.state, old.locale, old.voting_starts_at is null, old.hidden_at is null,
           old.topic_id, old.territory_id, old.department_id, old.created_at)
          is distinct from
          (new.title, new.goal, new.effect, new.resources, new.state, new.locale, new.voting_starts_at is null, new.hidden_at is null,
           new.topic_id, new.territory_id, new.department_id, new.created_at))
    execute function search_changed('Initiative');
create trigger search_about after update on initiatives for each row
    when ((old.title, old.state = 'REJECTED', old.voting_starts_at is null, old.hidden_at is null, old.topic_id, old.territory_id, old.department_id)
          is distinct from
          (new.title, new.state = 'REJECTED', new.voting_starts_at is null, new.hidden_at is null, new.topic_id, new.territory_id, new.department_id))
    execute function search_about_changed('Initiative');

create trigger search_made after insert or delete on tickets for each row execute function search_changed('Ticket');
create trigger search_changed after update on tickets for each row
    when ((old.subject, old.public, old.author_id, old.language, old.state, old.channel, old.topic_id, old.territory_id, old.group_id, old.created_at)
          is distinct from
          (new.subject, new.public, new.author_id, new.language, new.state, new.channel, new.topic_id, new.territory_id, new.group_id, new.created_at))
    execute function search_changed('Ticket');
create trigger search_about after update on tickets for each row
    when ((old.subject, old.public, old.author_id, old.topic_id, old.territory_id, old.group_id)
          is distinct from (new.subject, new.public, new.author_id, new.topic_id, new.territory_id, new.group_id))
    execute function search_about_changed('Ticket');

create trigger search_made after insert or delete on articles for each row execute function search_article_changed();
create trigger search_changed after update on articles for each row
    when ((old.body, old.direction, old.ticket_id) is distinct from (new.body, new.direction, new.ticket_id))
    execute function search_article_changed();

create trigger search_made after insert or delete on clusters for each row execute function search_changed('Cluster');
create trigger search_changed after update on clusters for each row
    when ((old.label, old.keywords, old.state, old.size > 1, old.group_id, old.first_seen)
          is distinct from (new.label, new.keywords, new.state, new.size > 1, new.group_id, new.first_seen))
    execute function search_changed('Cluster');
create trigger search_about after update on clusters for each row
    when ((old.label, old.keywords, old.group_id) is distinct from (new.label, new.keywords, new.group_id))
    execute function search_about_changed('Cluster');

create trigger search_made after insert or delete on comments for each row execute function search_changed('Comment');
create trigger search_changed after update on comments for each row
    when ((old.body, old.hidden_at is null) is distinct from (new.body, new.hidden_at is null))
    execute function search_changed('Comment');
create trigger search_changed after insert or update or delete on decisions for each row execute function search_changed('Decision');
create trigger search_changed after insert or update or delete on departments for each row execute function search_changed('Department');
create trigger search_changed after insert or update or delete on services for each row execute function search_changed('Service');
