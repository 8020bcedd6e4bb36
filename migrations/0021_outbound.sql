-- Telegram as a channel of notifications; the recipient's contact there is found when it is sent.
alter table notification_preferences drop constraint notification_preferences_channel_check;
alter table notification_preferences add constraint notification_preferences_channel_check
    check (channel in ('IN_APP', 'EMAIL', 'TELEGRAM'));
alter table deliveries drop constraint deliveries_channel_check;
alter table deliveries add constraint deliveries_channel_check check (channel in ('IN_APP', 'EMAIL', 'TELEGRAM'));

-- The channel's own id of what was sent: Message-ID of a mail, chat and message of Telegram. An answer to it finds the ticket by it.
alter table deliveries add column external_id text;
create unique index deliveries_external on deliveries (channel, external_id) where external_id is not null;
-- The message of the ticket that it carries: an answer, or the report whose arrival it confirms.
alter table deliveries add column article_id uuid references articles;
create index deliveries_article on deliveries (article_id) where article_id is not null;
-- Tries so far, and until when a bot has it in hand.
alter table deliveries add column attempts integer not null default 0;
alter table deliveries add column not_before timestamptz not null default veche_now();
alter table deliveries add column failed_at timestamptz;
update deliveries set failed_at = created_at where state = 'FAILED';
create index deliveries_waiting on deliveries (channel, not_before, id) where state = 'WAITING';
create index deliveries_failed on deliveries (failed_at desc, id desc) where state = 'FAILED';
create index deliveries_contact on deliveries (contact_id, created_at) where contact_id is not null;
create index deliveries_thread on deliveries (participant_id, subject_id, created_at) where channel = 'EMAIL' and participant_id is not null;
