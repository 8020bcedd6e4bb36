-- What a caller has done under a key of its own, so that a repeated request does nothing again and gets the first answer.
create table idempotency_keys (
    -- SHA-256 of caller and key.
    key bytea primary key,
    -- SHA-256 of the request: the same key with another request is a mistake of the client.
    request bytea not null,
    -- Which attempt did it: one attempt may use several transactions.
    attempt uuid not null,
    -- The answer, sealed; null until it is known, and for good where the process died before.
    answer bytea,
    created_at timestamptz not null default veche_now()
);
create index idempotency_keys_created_at on idempotency_keys (created_at);
