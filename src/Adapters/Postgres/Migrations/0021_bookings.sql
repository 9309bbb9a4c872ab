-- Read model of booking_* (inline).
create table bookings (
    id               uuid        primary key,
    tutor_id         uuid        not null,
    student_id       uuid        not null,
    state            text        not null,
    start_at         timestamptz not null,
    end_at           timestamptz not null,
    duration_minutes int         not null,
    start_local      timestamp   not null,
    time_zone        text        not null,
    expires_at       timestamptz,
    lesson_id        uuid,
    version          bigint      not null
);
create index bookings_of_tutor on bookings (tutor_id, start_at, id);
create index bookings_of_student on bookings (student_id, start_at, id);
create index bookings_expiring on bookings (expires_at) where state = 'requested';
