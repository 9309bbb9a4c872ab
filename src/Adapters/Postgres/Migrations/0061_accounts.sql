create table accounts (
    account_id     uuid        primary key references people (person_id) on delete cascade,
    email          text        not null,
    email_key      text        not null unique,
    password_hash  text        not null,
    security_stamp text        not null,
    is_admin       boolean     not null default false,
    is_integrator  boolean     not null default false,
    created_at     timestamptz not null default clock_timestamp()
);

-- A family is one signed-in device: the refresh tokens that followed one another since it signed in.
create table refresh_families (
    family_id      uuid        primary key,
    person_id      uuid        not null references people (person_id) on delete cascade,
    client         text        not null,
    device_link_id uuid,
    created_at     timestamptz not null,
    used_at        timestamptz not null,
    expires_at     timestamptz not null,
    revoked_at     timestamptz,
    revoked_why    text
);
create index refresh_families_of_person on refresh_families (person_id);
create index refresh_families_expiry on refresh_families (expires_at);

create table refresh_tokens (
    token_hash bytea       primary key,
    family_id  uuid        not null references refresh_families (family_id) on delete cascade,
    issued_at  timestamptz not null,
    used_at    timestamptz
);
create index refresh_tokens_of_family on refresh_tokens (family_id);

create table device_links (
    link_id     uuid        primary key,
    guardian_id uuid        not null,
    student_id  uuid        not null,
    person_id   uuid        not null references people (person_id) on delete cascade,
    secret_hash bytea       not null unique,
    created_at  timestamptz not null,
    expires_at  timestamptz not null,
    used_at     timestamptz,
    revoked_at  timestamptz
);
create index device_links_of_student on device_links (student_id);
