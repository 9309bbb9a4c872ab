-- Who was imported under which id of an integrator's own system: a file that comes again finds them, and nobody else's.
create table imported_people (
    owner_id uuid not null,
    sandbox boolean not null,
    kind text not null check (kind in ('tutor', 'student')),
    external_id text not null,
    role_id uuid not null unique,
    primary key (owner_id, sandbox, kind, external_id)
);
