-- Tutors' own accounts at meeting providers. Not events: tokens change every hour and are forgotten when a tutor disconnects.
create table provider_connections (
    tutor_id      uuid        not null,
    provider      text        not null,
    grant_id      uuid        not null,   -- one consent; connecting again makes another
    sealed        bytea,                  -- tokens or keys (ASP.NET Data Protection, purpose per provider and tutor); null when dead
    generation    bigint      not null default 0,   -- one higher with each refresh
    expires_at    timestamptz,            -- of the access token; null when nothing expires
    scopes        text        not null default '',
    account_label text,                   -- the account as the provider calls it, for its owner's eyes
    connected_at  timestamptz not null,
    checked_at    timestamptz not null,   -- when the provider last honoured it
    dead_at       timestamptz,
    dead_code     text,
    refresh_by    uuid,                   -- who refreshes it now, and until when nobody else does
    refresh_until timestamptz,
    unsettled     boolean     not null default false,   -- a refresh was sent whose answer never came
    primary key (tutor_id, provider)
);

-- Consents under way: for ten minutes, from "Connect" until the provider sends the browser back.
create table connection_attempts (
    state_hash   bytea       primary key,
    cookie_hash  bytea       not null,
    tutor_id     uuid        not null,
    person_id    uuid        not null,
    provider     text        not null,
    verifier     bytea       not null,    -- PKCE, sealed
    redirect_uri text        not null,
    made_at      timestamptz not null,
    expires_at   timestamptz not null
);
create index connection_attempts_of_tutor on connection_attempts (tutor_id, provider, made_at);
