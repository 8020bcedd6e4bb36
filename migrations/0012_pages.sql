-- People, newest first; those who are more than citizens have an index of their own, since they are few.
create index participants_newest on participants (created_at desc, id desc);
create index participants_staff on participants (created_at desc, id desc) where roles <> '{CITIZEN}';

-- A link for those who forgot their password.
alter table one_time_tokens drop constraint one_time_tokens_purpose_check;
alter table one_time_tokens add constraint one_time_tokens_purpose_check check (purpose in ('CONFIRM_EMAIL', 'CLAIM', 'RESET_PASSWORD'));
create index one_time_tokens_participant on one_time_tokens (participant_id) where used_at is null;

-- What changed last, of all and of a state.
create index initiatives_updated on initiatives (updated_at desc, id desc);
create index initiatives_state_updated on initiatives (state, updated_at desc, id desc);
create index initiative_coauthors_of on initiative_coauthors (participant_id, initiative_id);

-- One's own ballots, the latest first.
drop index ballots_of_voter;
create index ballots_of_voter on ballots (voter_id, cast_at desc, initiative_id desc);

-- A thread's arguments of one side.
create index comments_side_best on comments (subject_type, subject_id, side, (up - down) desc, id desc) where parent_id is null;
create index comments_side_threads on comments (subject_type, subject_id, side, created_at desc, id desc) where parent_id is null;

-- Who looked at a flag, and what was flagged before.
alter table flags add column resolved_by uuid references participants;
create index flags_newest on flags (at desc, id desc);
create index flags_resolved on flags (at desc, id desc) where resolved_at is not null;

-- What somebody did, without the many sealed ballots.
create index audit_log_actor on audit_log (actor_id, id) where not sealed;

-- What a department has answered.
create index official_answers_of on official_answers (department_id);

-- Files that administrators import in the browser. The file itself is an attachment of theirs.
create table imports (
    id            uuid primary key,
    kind          text not null check (kind in ('MESSAGES', 'INITIATIVES')),
    -- Format, columns and the other choices of who started it.
    options       jsonb not null,
    attachment_id uuid not null references attachments,
    file_name     text not null,
    started_by    uuid not null references participants,
    state         text not null default 'WAITING' check (state in ('WAITING', 'RUNNING', 'DONE', 'FAILED')),
    -- Rows of the file; null until they are counted.
    total         bigint,
    read          bigint not null default 0,
    stored        bigint not null default 0,
    ignored       bigint not null default 0,
    refused       bigint not null default 0,
    error         text,
    created_at    timestamptz not null default veche_now(),
    started_at    timestamptz,
    ended_at      timestamptz
);
create index imports_newest on imports (created_at desc, id desc);
