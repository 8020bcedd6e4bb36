-- Messages in which people have hidden personal data, as their authors wrote them: body and, of a first message, the ticket's subject,
-- sealed. What stands in articles and tickets is what everybody may read.
create table article_originals (
    article_id uuid primary key references articles on delete cascade,
    sealed     bytea not null,
    masked_by  uuid references participants,
    masked_at  timestamptz not null default veche_now()
);

-- Notifications carry the subject of what they are about; it changes with it.
create index deliveries_about on deliveries (subject_id);
