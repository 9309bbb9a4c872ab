-- Read model of api_key_* (inline). Of a secret there is only the hash.
create table api_keys (
    key_id      uuid        primary key,
    stream_id   uuid        not null,
    owner_id    uuid        not null,
    name        text        not null,
    scopes      text[]      not null,
    is_test     boolean     not null,
    secret_hash text        not null,
    old_hash    text,
    old_until   timestamptz,
    made_at     timestamptz not null,
    expires_at  timestamptz,
    rotated_at  timestamptz,
    revoked_at  timestamptz
);
create index api_keys_of_owner on api_keys (owner_id, made_at, key_id);
-- Two secrets of 256 random bits are never the same; a read model refuses no event.
create index api_keys_of_secret on api_keys (secret_hash);
create index api_keys_of_old_secret on api_keys (old_hash) where old_hash is not null;

-- When an API key was last used, to the minute. Not an event, and kept when the read model of the keys is built anew.
create table api_key_uses (
    key_id  uuid        primary key,
    used_at timestamptz not null
);
