alter table tickets
    -- When a person said what it is about, even that it is about nothing of the list; null where nobody did.
    add column topic_set_at timestamptz,
    -- How sure the machine was of the topic that it chose.
    add column topic_confidence real check (topic_confidence between 0 and 1);
update tickets set topic_set_at = created_at where topic_id is not null;
create index tickets_topic_set on tickets (topic_set_at desc, id desc) where topic_set_at is not null;
