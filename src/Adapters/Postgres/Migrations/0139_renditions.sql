-- What is made of a recording of a built-in room after it was finalised: work to do and how far it is. Not events: it can be made again at any
-- time from the recording, but what people asked for would be forgotten, so it is kept.
create table renditions (
    recording_id uuid        not null,
    kind         text        not null,
    state        text        not null,
    progress     real        not null default 0,
    attempts     int         not null default 0,
    size         bigint,
    outline      bytea,
    error        text,
    wanted_at    timestamptz not null default clock_timestamp(),
    due_at       timestamptz not null default clock_timestamp(),
    leased_until timestamptz,
    primary key (recording_id, kind)
);
create index renditions_open on renditions (due_at) where state in ('waiting', 'making');
