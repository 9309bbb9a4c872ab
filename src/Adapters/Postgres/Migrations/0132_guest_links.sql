-- Read model of guest_link_* and of participant_joined by guests (inline). Of a secret there is only the hash.
create table guest_links (
    link_id     uuid        primary key,
    stream_id   uuid        not null,
    lesson_id   uuid        not null,
    secret_hash text        not null,
    made_at     timestamptz not null,
    revoked_at  timestamptz
);
create index guest_links_of_lesson on guest_links (lesson_id, made_at, link_id);
-- Two secrets of 256 random bits are never the same; a read model refuses no event.
create index guest_links_of_secret on guest_links (secret_hash);
-- Who has come by a link, each once however often they came.
create table guest_link_guests (
    link_id  uuid not null,
    guest_id uuid not null,
    primary key (link_id, guest_id)
);
