-- Read model of stream_key_* (inline). Of a token there is only the hash.
create table stream_keys (
    key_id     uuid        primary key,
    stream_id  uuid        not null,
    lesson_id  uuid        not null,
    person_id  uuid        not null,
    part       text        not null,
    use        text        not null,
    listeners  int         not null,
    token_hash text        not null,
    made_at    timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index stream_keys_of_lesson on stream_keys (lesson_id, made_at, key_id);
-- Two keys of 256 random bits are never the same; a read model refuses no event.
create index stream_keys_of_token on stream_keys (token_hash);
