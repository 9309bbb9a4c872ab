-- Who a person is to others. Mutable, because names and contacts are forgotten on request; events carry person_id only.
create table people (
    person_id    uuid        primary key,
    display_name text        not null,
    country      text        not null,
    time_zone    text        not null,
    locale       text        not null,
    birth_date   date,
    version      bigint      not null default 1,
    created_at   timestamptz not null default clock_timestamp()
);

-- Read models of tutor_registered, student_registered, guardian_registered, child_added, tutor_profile_set.
create table person_roles (
    role_id   uuid primary key,
    person_id uuid not null,
    kind      text not null
);
create unique index person_roles_of_person on person_roles (person_id, kind);

create table guardianships (
    guardian_id uuid not null,
    student_id  uuid not null,
    person_id   uuid not null,
    primary key (guardian_id, student_id)
);
create index guardianships_of_student on guardianships (student_id);

create table tutor_profiles (
    tutor_id    uuid   primary key,
    person_id   uuid   not null,
    instruments text[] not null,
    languages   text[] not null,
    levels      text[] not null,
    pro_bono    boolean not null,
    is_set      boolean not null,
    version     bigint not null
);
create index tutor_profiles_instruments on tutor_profiles using gin (instruments);
create index tutor_profiles_languages on tutor_profiles using gin (languages);

-- What a tutor says about themself: free text about a person, so not in the events.
create table introductions (
    tutor_id uuid primary key,
    text     text not null
);
