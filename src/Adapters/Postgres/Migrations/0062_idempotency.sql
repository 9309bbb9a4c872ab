-- The first answer to a request with an Idempotency-Key; status is null while it runs.
create table idempotency_keys (
    scope       bytea       primary key,
    fingerprint bytea       not null,
    lease       uuid        not null,
    leased_until timestamptz not null,
    status      smallint,
    headers     jsonb,
    body        bytea,
    expires_at  timestamptz not null
);
create index idempotency_keys_expiry on idempotency_keys (expires_at);
