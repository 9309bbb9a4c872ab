-- Read model of consent_given and consent_revoked (inline): what was said last. Whether a guardian's word still counts depends on the person's age today,
-- so that is asked when it is read.
create table consents (
    person_id  uuid        not null,
    purpose    text        not null,
    by_id      uuid        not null,
    voice      text        not null,
    given_at   timestamptz not null,
    revoked_at timestamptz,
    primary key (person_id, purpose)
);
