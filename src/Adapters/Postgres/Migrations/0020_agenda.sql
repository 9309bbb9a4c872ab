-- Who is where when: two rows per live booking, one of the tutor and one of the student. This is the one place where a rule across streams
-- holds (docs/decisions/0007-the-agenda.md). A person is a human: someone who teaches and learns has one agenda.
create table agenda (
    booking_id uuid        not null,
    person     uuid        not null,
    side       text        not null check (side in ('tutor', 'student')),
    during     tstzrange   not null check (not isempty(during) and not lower_inf(during) and not upper_inf(during)),
    -- A request holds its place until then; null once confirmed.
    expires_at timestamptz,
    -- Two lessons that collide after a change of the zone rules are stored, shown and solved by people.
    clash      boolean     not null default false,
    primary key (booking_id, side),
    -- Deferrable, so that adjacent lessons can move together.
    constraint agenda_one_place_at_a_time exclude using gist (person with =, during with &&) where (not clash) deferrable initially deferred
);
create index agenda_clashed on agenda (person) where clash;
create index agenda_expiring on agenda (expires_at) where expires_at is not null;
