-- Words that mean the same: who looks for one finds the others too. Administrators keep them.
create table search_synonyms (
    id         uuid primary key default gen_random_uuid(),
    words      text[] not null check (cardinality(words) between 2 and 20),
    updated_at timestamptz not null default veche_now()
);

-- Grows with every change, so that each process knows by one number whether what it holds is still right.
alter table search_state add synonyms bigint not null default 1;

create function search_synonyms_changed() returns trigger language plpgsql as $$
begin
    update search_state set synonyms = synonyms + 1;
    return null;
end $$;
create trigger search_synonyms_changed after insert or update or delete or truncate on search_synonyms
    for each statement execute function search_synonyms_changed();

-- To begin with; one group a line.
insert into search_synonyms (words) values
    ('{лифт,подъёмник}'),
    ('{мусор,отходы,ТКО,ТБО}'),
    ('{ЖКХ,жилищно-коммунальное хозяйство,коммунальное хозяйство}'),
    ('{тротуар,пешеходная дорожка}'),
    ('{автобус,маршрутка,маршрутное такси}'),
    ('{детский сад,детсад,садик}'),
    ('{фонарь,светильник}'),
    ('{парковка,стоянка,автостоянка}'),
    ('{пешеходный переход,зебра}'),
    ('{лежачий полицейский,искусственная неровность}'),
    ('{управляющая компания,управляющая организация,УК}'),
    ('{велодорожка,велосипедная дорожка}'),
    ('{гололёд,гололедица,наледь}'),
    ('{капремонт,капитальный ремонт}'),
    ('{придомовая территория,двор}'),
    ('{электричество,электроэнергия}'),
    ('{МФЦ,многофункциональный центр}'),
    ('{garbage,trash,rubbish,waste}'),
    ('{sidewalk,pavement,footpath}'),
    ('{elevator,lift}'),
    ('{streetlight,lamppost}');

-- What an index had not taken in when it last spoke: how many changes, and since when the oldest of them waits.
alter table search_indexes add waiting bigint not null default 0, add oldest timestamptz;
