-- A weekly lesson: what holds for all of its lessons. Each lesson is a booking of its own.
create table series (
    id               uuid        primary key,
    tutor_id         uuid        not null,
    student_id       uuid        not null,
    state            text        not null check (state in ('requested', 'confirmed', 'declined', 'cancelled', 'expired')),
    anchor           text        not null check (anchor in ('tutor', 'student')),
    time_zone        text        not null,
    start_local      timestamp   not null,
    -- The lesson that start_local is of.
    from_index       int         not null,
    interval_weeks   int         not null,
    duration_minutes int         not null,
    count            int         not null,
    -- Lessons from this index on were called off.
    ends_before      int         not null,
    skipped          jsonb       not null,
    expires_at       timestamptz,
    made_at          timestamptz not null,
    version          bigint      not null
);
create index series_of_tutor on series (tutor_id, made_at desc, id);
create index series_of_student on series (student_id, made_at desc, id);
create index series_expiring on series (expires_at) where state = 'requested';

alter table bookings add column series_id uuid, add column series_index int;
create index bookings_of_series on bookings (series_id, series_index) where series_id is not null;

-- A waiting series is one request, however many places it holds.
alter table agenda add column series_id uuid;

drop function agenda_take(uuid, uuid, uuid, tstzrange, timestamptz, timestamptz, int, int[], int);

-- As in 0023; 'waiting' now counts a series once, and not the one that the place is of.
create function agenda_take(
    booking uuid, series uuid, tutor uuid, student uuid, place tstzrange, until timestamptz, at timestamptz, lock_space int, lock_keys int[], most_waiting int)
returns text language plpgsql as $$
declare
    key int;
    taken uuid[];
begin
    foreach key in array lock_keys loop
        perform pg_advisory_xact_lock(lock_space, key);
    end loop;

    delete from agenda a where a.person in (tutor, student) and a.during && place and a.expires_at <= at;
    delete from agenda a where a.booking_id = booking;

    taken := array(
        select a.person from agenda a where a.person in (tutor, student) and a.during && place and not a.clash
        union all
        select a.person from agenda a where a.person in (tutor, student) and a.during && place and a.clash);
    if tutor = any(taken) then
        return 'tutor';
    elsif student = any(taken) then
        return 'student';
    end if;

    if until is not null and most_waiting <=
        (select count(distinct coalesce(a.series_id, a.booking_id)) from agenda a
          where a.person = student and a.side = 'student' and a.expires_at > at and (series is null or a.series_id is distinct from series)) then
        return 'waiting';
    end if;

    insert into agenda (booking_id, series_id, side, person, during, expires_at)
    values (booking, series, 'tutor', tutor, place, until), (booking, series, 'student', student, place, until);
    set constraints agenda_one_place_at_a_time immediate;
    return null;
end $$;
