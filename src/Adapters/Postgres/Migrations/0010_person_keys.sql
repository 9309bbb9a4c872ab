-- One key a person, for free text about them in events. Deleting the row makes that text unreadable for ever.
create table person_keys (
    person_id uuid        primary key,
    key       bytea       not null check (length(key) = 32),
    made_at   timestamptz not null default clock_timestamp()
);
