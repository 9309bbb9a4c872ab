-- Takes a booking's place in the agendas of both people, or moves it there. Answers null, or why not: 'tutor', 'student' (not free) or
-- 'waiting' (too many unanswered requests of this student). In one function to spare round trips; each statement of a function has a snapshot
-- of its own under READ COMMITTED, so that the look comes after the lock. One statement for both would double-book.
create function agenda_take(
    booking uuid, tutor uuid, student uuid, place tstzrange, until timestamptz, at timestamptz, lock_space int, lock_keys int[], most_waiting int)
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
        (select count(*) from agenda a where a.person = student and a.side = 'student' and a.expires_at > at) then
        return 'waiting';
    end if;

    insert into agenda (booking_id, side, person, during, expires_at)
    values (booking, 'tutor', tutor, place, until), (booking, 'student', student, place, until);
    set constraints agenda_one_place_at_a_time immediate;
    return null;
end $$;
