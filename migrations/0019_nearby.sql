-- The order in which vectors came, so that a process can follow them. Those of the space that serves are written one transaction at a
-- time, so that none comes late.
alter table vectors add column serial bigint generated always as identity;
create index vectors_order on vectors (space_id, serial);
