-- Read model of availability_set: the rules in force, as in the event. Local times and a zone, never instants.
create table availabilities (
    tutor_id uuid   primary key,
    rules    jsonb  not null,
    version  bigint not null
);
