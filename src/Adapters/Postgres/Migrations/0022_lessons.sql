-- Read model of lesson_* and of the lesson's meeting (inline).
create table lessons (
    id                uuid        primary key,
    booking_id        uuid        not null,
    tutor_id          uuid        not null,
    student_id        uuid        not null,
    state             text        not null,
    start_at          timestamptz not null,
    end_at            timestamptz not null,
    start_local       timestamp   not null,
    time_zone         text        not null,
    time_zone_database text       not null,
    clashes           boolean     not null default false,
    link              text        not null,
    version           bigint      not null
);
create index lessons_of_tutor on lessons (tutor_id, start_at, id);
create index lessons_of_student on lessons (student_id, start_at, id);
create index lessons_open on lessons (end_at) where state in ('scheduled', 'started');

-- A stream of its own, so a table of its own: the meeting's events may come before or after any of the lesson's.
create table meetings (
    lesson_id uuid primary key,
    provider  text,
    state     text not null,
    join_url  text
);

-- Every change of a lesson, the request before it and the meeting beside it included (inline).
create table lesson_timeline (
    sequence   bigint      primary key,
    booking_id uuid,
    lesson_id  uuid,
    at         timestamptz not null,
    type       text        not null,
    person     uuid,
    part       text,
    why        text,          -- the rule or provider that caused it
    words      jsonb,         -- a person's own words, sealed
    old_start  timestamptz,
    new_start  timestamptz,
    check (booking_id is not null or lesson_id is not null)
);
create index lesson_timeline_of_booking on lesson_timeline (booking_id, sequence) where booking_id is not null;
create index lesson_timeline_of_lesson on lesson_timeline (lesson_id, sequence) where lesson_id is not null;

-- The version of the time zone database that future lessons were last resolved with. Not rebuildable, one row.
create table rezoned (
    only_row           boolean     primary key default true check (only_row),
    time_zone_database text        not null,
    at                 timestamptz not null
);
