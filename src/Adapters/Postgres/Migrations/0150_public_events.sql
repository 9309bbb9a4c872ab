-- Read model of what integrators may hear of (async): each event once, in the log's order, with whose world it is of. The first table knows whose a
-- booking and a lesson are.
create table public_subjects (
    id         uuid primary key,
    tutor_id   uuid not null,
    student_id uuid not null
);

create table public_events (
    position bigint      primary key,
    id       uuid        not null unique,
    type     text        not null,
    at       timestamptz not null,
    tutor_id uuid        not null,
    data     jsonb       not null
);
