-- Read model of the room_recording events (inline): what was recorded in the built-in rooms.
create table room_recordings (
    id         uuid        primary key,
    lesson_id  uuid        not null,
    state      text        not null,
    started_at timestamptz not null,
    stopped_at timestamptz,
    because    text,
    from_at    timestamptz,
    length_ms  bigint,
    size       bigint,
    sha256     text,
    tracks     jsonb       not null default '[]'
);
create index room_recordings_of_lesson on room_recordings (lesson_id, started_at, id);
create index room_recordings_unfinished on room_recordings (id) where state in ('recording', 'paused', 'stopped');
