-- Read model of recording_* (inline).
create table recordings (
    id         uuid        primary key,
    lesson_id  uuid        not null,
    provider   text        not null,
    kind       text        not null,
    media_type text        not null,
    size       bigint,
    sha256     text,
    from_at    timestamptz not null,
    to_at      timestamptz not null,
    state      text        not null,
    found_at   timestamptz not null
);
create index recordings_of_lesson on recordings (lesson_id, from_at, id);

-- Who saw or fetched which recording, by the hour: a player asks for a file in hundreds of pieces, and one row tells it. Not rebuildable.
create table recording_views (
    recording_id uuid        not null,
    person_id    uuid        not null,
    hour         timestamptz not null,
    part         text        not null,
    first_at     timestamptz not null,
    last_at      timestamptz not null,
    requests     bigint      not null,
    primary key (recording_id, person_id, hour)
);
