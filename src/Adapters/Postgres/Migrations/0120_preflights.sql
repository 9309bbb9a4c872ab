-- Read model of preflight_done (inline): each person's latest connection test. What it found is in its stream.
create table preflights (
    person_id    uuid        primary key,
    student_id   uuid,
    preflight_id uuid        not null,
    at           timestamptz not null
);
create unique index preflights_of_student on preflights (student_id) where student_id is not null;
