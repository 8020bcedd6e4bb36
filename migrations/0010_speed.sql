-- Ballots of a group: one round trip, one transaction. What a ballot may hold was checked by the caller against terms that it may
-- have read long ago; `revisions` says which. If an initiative that is open has other terms, nothing at all is written and it
-- comes back as CHANGED. A person has at most one ballot on an initiative in a group; null choices withdraw.
--
-- Row by row of `ids`: OPEN with the tally after the group, or why nothing was counted: CLOSED, UNKNOWN to the public, CHANGED.
--
-- Planned once a connection: planning takes several times as long as the work. The other settings keep a plan that was made while
-- a table was small from reading all of a large one later.
create function cast_ballots(ids uuid[], revisions int[], settle_at bigint[], ballot_of uuid[], ballot_by uuid[], ballot_choices text[])
    returns table (initiative_id uuid, state text, counts bigint[], ballots bigint, version bigint)
    language plpgsql
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
    at   timestamptz := veche_now();
    open uuid[];
begin
    -- Locked in the order of the keys, so that two processes cannot wait for each other in a circle. From here on nobody else moves
    -- these tallies or closes these votes. The statements after this one see what was committed while it waited.
    open := array(
        select i.id from initiatives i join tallies t on t.initiative_id = i.id
        where i.id = any(ids) and i.state = 'VOTING' and i.hidden_at is null and at >= i.voting_starts_at and at < i.voting_ends_at
        order by i.id for no key update of i, t);
    return query
        select i.id, 'CHANGED', null::bigint[], null::bigint, null::bigint
        from unnest(ids, revisions) k (id, revision) join initiatives i on i.id = k.id
        where k.id = any(open) and i.revision is distinct from k.revision;
    if found then
        return;
    end if;
    return query
        with change as materialized (
                 select p.i, p.v, b.choices as was, p.c::smallint[] as now
                 from unnest(ballot_of, ballot_by, ballot_choices) p (i, v, c)
                 left join ballots b on b.initiative_id = p.i and b.voter_id = p.v
                 where p.i = any(open) and b.choices is distinct from p.c::smallint[]),
             put as (
                 insert into ballots as b (initiative_id, voter_id, choices, cast_at, changed_at)
                 select c.i, c.v, c.now, at, at from change c where c.now is not null
                 on conflict (initiative_id, voter_id) do update set choices = excluded.choices, changed_at = excluded.changed_at),
             removed as (
                 delete from ballots b using change c where c.now is null and b.initiative_id = c.i and b.voter_id = c.v),
             logged as (
                 -- Who voted, sealed and without what was chosen.
                 insert into audit_log (at, actor_id, action, subject_type, subject_id, sealed)
                 select at, c.v, case when c.was is null then 'ballot.cast' when c.now is null then 'ballot.withdrawn'
                                 else 'ballot.changed' end, 'Initiative', c.i, true
                 from change c),
             step as materialized (
                 select c.i, count(*) as acts, count(c.now) - count(c.was) as ballots from change c group by c.i),
             shift as materialized (
                 select s.i, s.o, sum(s.d) as d
                 from (select c.i, unnest(c.now) as o, 1 as d from change c
                       union all select c.i, unnest(c.was), -1 from change c) s
                 group by s.i, s.o),
             moved as (
                 update tallies t
                 set counts = array(select n.n + coalesce((select s.d from shift s where s.i = t.initiative_id and s.o = n.o - 1), 0)
                                    from unnest(t.counts) with ordinality n (n, o) order by n.o)::bigint[],
                     ballots = t.ballots + step.ballots, version = t.version + step.acts, updated_at = at
                 from step where t.initiative_id = step.i
                 returning t.initiative_id, t.counts, t.ballots, t.version),
             course as (
                 insert into tally_course as c (initiative_id, hour, counts, ballots)
                 select m.initiative_id, date_trunc('hour', at), m.counts, m.ballots from moved m
                 on conflict (initiative_id, hour) do update set counts = excluded.counts, ballots = excluded.ballots),
             settled as materialized (
                 -- Enough to decide, perhaps: the job looks closely.
                 select j.id from moved m join unnest(ids, settle_at) k (id, ballots) on k.id = m.initiative_id and m.ballots >= k.ballots,
                     lateral graphile_worker.add_job(identifier => 'settle', payload => json_build_object('initiative', m.initiative_id),
                                               job_key => 'settle:' || m.initiative_id, max_attempts => 12) j)
        select k.id,
               case when k.id = any(open) then 'OPEN'
                    when exists (select from initiatives i where i.id = k.id and initiative_public(i)) then 'CLOSED'
                    else 'UNKNOWN' end,
               coalesce(m.counts, t.counts), coalesce(m.ballots, t.ballots), coalesce(m.version, t.version)
        from unnest(ids) k (id) left join tallies t on t.initiative_id = k.id left join moved m on m.initiative_id = k.id
        where (select count(*) from settled) >= 0;
end $$;

-- Every process keeps for a while whom a token stands for. Whatever changes that says so in the changing transaction, whoever does it.
create function tell_viewer() returns trigger
    language plpgsql
as $$
begin
    if tg_op <> 'INSERT' then
        perform pg_notify('veche', json_build_object('kind', 'Viewer', 'participant',
            case tg_table_name when 'participants' then to_jsonb(old)->>'id' else to_jsonb(old)->>'participant_id' end)::text);
    end if;
    if tg_op <> 'DELETE' then
        perform pg_notify('veche', json_build_object('kind', 'Viewer', 'participant',
            case tg_table_name when 'participants' then to_jsonb(new)->>'id' else to_jsonb(new)->>'participant_id' end)::text);
    end if;
    return null;
end $$;

create trigger participants_tell after update on participants for each row
    when ((old.roles, old.confirmed_at, old.disabled_at, old.locale) is distinct from (new.roles, new.confirmed_at, new.disabled_at, new.locale))
    execute function tell_viewer();
create trigger participants_gone after delete on participants for each row execute function tell_viewer();
create trigger sessions_changed after update on sessions for each row execute function tell_viewer();
-- What has ended is served from nowhere, so that sweeping it up is not told.
create trigger sessions_gone after delete on sessions for each row when (old.expires_at > veche_now()) execute function tell_viewer();
create trigger access_tokens_tell after update or delete on access_tokens for each row execute function tell_viewer();
create trigger working_group_members_tell after insert or update or delete on working_group_members
    for each row execute function tell_viewer();
create trigger department_members_tell after insert or update or delete on department_members
    for each row execute function tell_viewer();

-- Lists go on after a key, in the order of an index that begins with what they are filtered by.
create index initiatives_by_topic on initiatives (topic_id, created_at desc, id desc);
create index initiatives_by_territory on initiatives (territory_id, created_at desc, id desc);
create index initiatives_of_department on initiatives (department_id, created_at desc, id desc);
-- Counts what the public may read from the index alone.
create index initiatives_public on initiatives (state) where hidden_at is null and (state = 'REJECTED' or voting_starts_at is not null);
drop index initiatives_ending;
create index initiatives_ending on initiatives (voting_ends_at, id) where state = 'VOTING';

-- The newest of a state, of a group; those that are due, of a state, of a group.
create index tickets_state_newest on tickets (state, created_at desc, id desc);
create index tickets_state_due on tickets (state, due_at, id);
create index tickets_due on tickets (due_at, id);
create index tickets_public_due on tickets (due_at, id) where public;
create index tickets_public_state on tickets (state, created_at desc, id desc) where public;
create index tickets_group_newest on tickets (group_id, state, created_at desc, id desc);
create index tickets_assignee on tickets (assignee_id, created_at desc, id desc) where assignee_id is not null;
create index tickets_operator on tickets (operator_id, created_at desc, id desc) where operator_id is not null;
create index tickets_desk_newest on tickets (created_at desc, id desc) where group_id is null;
create index tickets_desk_due on tickets (due_at, id) where group_id is null;
create index tickets_channel on tickets (channel, created_at desc, id desc);

-- Threads are listed without the replies within them.
drop index comments_best, comments_controversial;
create index comments_best on comments (subject_type, subject_id, (up - down) desc, id desc) where parent_id is null;
create index comments_controversial on comments (subject_type, subject_id, (least(up, down)) desc, id desc) where parent_id is null;
create index comments_threads on comments (subject_type, subject_id, created_at desc, id desc) where parent_id is null;

drop index flags_open;
create index flags_open on flags (at desc, id desc) where resolved_at is null;

-- Most of the log are sealed ballots, which only their voters look for.
drop index audit_log_subject, audit_log_actor;
create index audit_log_open on audit_log (id) where not sealed;
create index audit_log_subject on audit_log (subject_type, subject_id, id) where not sealed;
create index audit_log_action on audit_log (action, id) where not sealed;
create index audit_log_own on audit_log (actor_id, id) where sealed;

create index clusters_group_recent on clusters (group_id, last_seen desc, id desc);
create index clusters_group_size on clusters (group_id, size desc, id desc);
drop index clusters_queue;
create index clusters_state_recent on clusters (state, last_seen desc, id desc);

create index deliveries_unread on deliveries (participant_id, created_at desc, id desc) where channel = 'IN_APP' and read_at is null;
