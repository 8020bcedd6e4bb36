-- Bots that answer on a channel need more than those that only bring messages.
alter table access_tokens drop constraint access_tokens_scopes_check;
alter table access_tokens add constraint access_tokens_scopes_check
    check (scopes <@ array['READ', 'PARTICIPATE', 'INTAKE', 'CONVERSE', 'TRIAGE', 'ADMINISTER']);

-- Contacts that belong to an account, and what is kept of them.
alter table contacts add column linked_at timestamptz;
-- Set when its owner asked to be forgotten: address and name are empty then.
alter table contacts add column forgotten_at timestamptz;
create index contacts_participant on contacts (participant_id) where participant_id is not null;
create index tickets_contact on tickets (contact_id, created_at desc, id desc) where contact_id is not null;

create index articles_contact on articles (contact_id) where contact_id is not null;

-- One-time codes by which an account takes a channel's address for its own.
create table contact_links (
    code_hash      bytea primary key,
    channel        text not null check (channel in ('EMAIL', 'TELEGRAM')),
    participant_id uuid not null references participants on delete cascade,
    expires_at     timestamptz not null
);
create index contact_links_participant on contact_links (participant_id);

-- What the sender's program quoted of earlier messages: folded away, never lost.
alter table articles add column quotation text not null default '';
-- The channel's id of the message of which this is a later wording.
alter table articles add column edits text;
-- What people should know before they believe or answer it.
alter table articles add column flags text[] not null default '{}'
    check (flags <@ array['SENDER_UNVERIFIED', 'FORGED_TOKEN', 'HIDDEN_CHARACTERS', 'NO_WORDS', 'TRUNCATED']);
-- Files that came with it and were not kept: [{"name": …, "reason": …}].
alter table articles add column refused_files jsonb not null default '[]';

-- A file that the scanner found fault with is kept apart: nobody may read it but administrators.
alter table attachments add column quarantine text;
-- When the scanner looked at it; where there is a scanner, nobody but its owner reads it before.
alter table attachments add column scanned_at timestamptz;
-- A program, by its name or content: only services bring such, and no message takes them.
alter table attachments add column executable boolean not null default false;
create index attachments_unscanned on attachments (created_at) where scanned_at is null;
-- Files that were uploaded and never attached, and contents that no file has any more, are swept up.
create index attachments_hash on attachments (hash);
create index attachments_loose on attachments (created_at) where subject_id is null;

-- Messages that could not be read, as they came, sealed.
create table unreadable_messages (
    id          uuid primary key,
    channel     text not null check (channel in ('EMAIL', 'TELEGRAM', 'API')),
    external_id text not null,
    reason      text not null,
    size        bigint not null,
    sealed      bytea not null,
    received_at timestamptz not null default veche_now(),
    seen_at     timestamptz,
    seen_by     uuid references participants,
    constraint unreadable_messages_once unique (channel, external_id)
);
create index unreadable_messages_newest on unreadable_messages (received_at desc, id desc);

-- What each bot last said of itself.
create table channel_reports (
    channel     text not null check (channel in ('EMAIL', 'TELEGRAM')),
    -- Which mailbox, which bot.
    name        text not null,
    state       text not null check (state in ('OK', 'FAILING')),
    detail      text not null default '',
    -- Since the bot was set up: taken in, and passed over as machines' mail.
    received    bigint not null default 0,
    ignored     bigint not null default 0,
    -- The bot's own counts when it last reported: they begin anew with it.
    counted_received bigint not null default 0,
    counted_ignored  bigint not null default 0,
    since       timestamptz not null default veche_now(),
    reported_at timestamptz not null default veche_now(),
    primary key (channel, name)
);
