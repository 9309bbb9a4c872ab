-- Read model of webhook_endpoint_* (inline): where to post what happens. made_seq: it hears of what came behind that. sandbox: how the ids of its
-- world begin; null of real people.
create table webhook_endpoints (
    endpoint_id   uuid        primary key,
    owner_id      uuid        not null,
    made_seq      bigint      not null,
    sandbox       text,
    url           text        not null,
    types         text[]      not null,
    made_at       timestamptz not null,
    old_until     timestamptz,
    disabled      text,
    disabled_at   timestamptz,
    version       bigint      not null
);
create index webhook_endpoints_of_owner on webhook_endpoints (owner_id, made_at, endpoint_id);

-- What an endpoint signs with, sealed with the keys of the data folder. Not events.
create table webhook_secrets (
    endpoint_id uuid  primary key,
    secret      bytea not null,
    old_secret  bytea
);

-- How the endpoint did lately. failing_since: nothing was taken since; paused_until: it asked to be left alone.
create table webhook_paces (
    endpoint_id   uuid primary key,
    failing_since timestamptz,
    paused_until  timestamptz
);

-- The fan-out's place in public_events. Kept and never set back: what was fanned out is not fanned out again.
create table webhook_fan_out (
    only_one boolean primary key default true check (only_one),
    position bigint  not null
);

-- One for each endpoint and event. subject: what keeps its order. place: that order; a test event has a place of its own.
create table webhook_deliveries (
    id           uuid        primary key,
    endpoint_id  uuid        not null,
    event_id     uuid        not null,
    type         text        not null,
    subject      uuid        not null,
    place        bigint      not null,
    body         text        not null,
    state        text        not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
    made_at      timestamptz not null,
    due_at       timestamptz not null,
    leased_until timestamptz,
    round        integer     not null default 0,
    attempts     integer     not null default 0,
    settled_at   timestamptz,
    last_status  integer,
    last_error   text
);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, due_at, place) where state = 'waiting';
create index webhook_deliveries_order on webhook_deliveries (endpoint_id, subject, place) where state = 'waiting';
create index webhook_deliveries_log on webhook_deliveries (endpoint_id, made_at, id);
create index webhook_deliveries_age on webhook_deliveries (made_at);

create table webhook_attempts (
    delivery_id uuid        not null,
    number      integer     not null,
    at          timestamptz not null,
    took_ms     integer     not null,
    status      integer,
    error       text,
    primary key (delivery_id, number)
);
