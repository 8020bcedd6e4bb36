-- What is understood of a message beyond its matter.
alter table articles
    -- Under equal keys texts on the same incident meet: bands of a MinHash of the words, houses of streets.
    add column keys bigint[];
create index articles_keys on articles using gin (keys) where direction = 'IN';

-- Why two tickets are thought to be about the same incident.
alter table duplicate_links add column reasons jsonb not null default '[]';

alter table tickets
    -- How soon somebody has to come, and by which rule.
    add column urgency text not null default 'ORDINARY' check (urgency in ('ORDINARY', 'SOON', 'DANGER')),
    add column urgency_rule text,
    -- From -1, nothing but blame, to 1, nothing but praise; null where nothing can be told.
    add column sentiment real check (sentiment between -1 and 1),
    -- How insulting, and how much like advertisement: signs for people, who decide.
    add column toxicity real check (toxicity between 0 and 1),
    add column spam real check (spam between 0 and 1);
